"""Other trajectories made of one: copies of the cell and more frames, frames without rotation, fewer frames."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation

from soaplens_lite._arguments import check_count
from soaplens_lite.trajectory._trajectory import make_trajectory


def supercell(trajectory: xr.Dataset, copies: tuple[int, int, int]) -> xr.Dataset:
    """
    Copies of a periodic system side by side, in one larger cell.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`; periodic.
    copies : tuple of int, length 3
        Number of copies along the three vectors of the cell, each at least 1.

    Returns
    -------
    larger : xarray.Dataset
        n_atoms times the product of `copies` atoms, labelled from 0: copy k of the atom in row i has the label
        ``i + k * n_atoms``. Copy 0 is the original.

    Raises
    ------
    ValueError
        If the system is not periodic along a vector that is copied, or `copies` are not three numbers of at least 1.

    Examples
    --------
    >>> pair = make_trajectory([[[0, 0, 0], [1, 0, 0]]], ["O", "H"], cell=[4, 5, 6, 90, 90, 90])
    >>> twice = supercell(pair, (1, 2, 1))
    >>> twice.positions.values[0].tolist(), twice.cell.values[0].diagonal().tolist()
    ([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 5.0, 0.0], [1.0, 5.0, 0.0]], [4.0, 10.0, 6.0])
    """
    if not trajectory.periodic:
        raise ValueError(f"{trajectory.source}: is not periodic; copies need a periodic cell")
    if len(copies) != 3 or min(copies) < 1:
        raise ValueError(f"copies = {copies}: must be three numbers, each at least 1")
    if any(number > 1 for number, periodic in zip(copies, trajectory.pbc.values, strict=True) if not periodic):
        raise ValueError(f"copies = {copies}: {trajectory.source} is periodic along {_periodic(trajectory)} only")
    places = np.stack(np.meshgrid(*map(np.arange, copies), indexing="ij"), axis=-1).reshape(-1, 3)
    cells, positions = trajectory.cell.values, trajectory.positions.values
    shifts = np.einsum("cv,fvx->fcx", places, cells)
    larger = positions[:, None] + shifts[:, :, None]
    return make_trajectory(
        larger.reshape(len(positions), -1, 3),
        np.tile(trajectory.species.values, len(places)),
        cell=cells * np.array(copies)[:, None],
        pbc=trajectory.pbc.values,
        time=trajectory.time.values,
        source=f"{trajectory.source}, {' x '.join(map(str, copies))} copies",
    )


def _periodic(trajectory):
    """Names of the vectors along which a system is periodic."""
    return " and ".join(trajectory.vector.values[trajectory.pbc.values])


def repeat_frames(trajectory: xr.Dataset, n_frames: int) -> xr.Dataset:
    """
    A longer trajectory that runs forward and backward through the given frames, so that no atom jumps.

    Parameters
    ----------
    trajectory : xarray.Dataset
        At least two frames.
    n_frames : int
        Wanted number of frames; may be smaller than the given number.

    Returns
    -------
    longer : xarray.Dataset
        `n_frames` frames, labelled from 0, with the time interval of the first two frames.

    Raises
    ------
    ValueError
        If there are fewer than two frames, or `n_frames` is less than 1.

    Examples
    --------
    >>> short = make_trajectory([[[0, 0, 0]], [[0, 0, 1]], [[0, 0, 2]]], ["Cu"], interval=0.5)
    >>> repeat_frames(short, 6).positions.values[:, 0, 2].tolist()
    [0.0, 1.0, 2.0, 1.0, 0.0, 1.0]
    """
    available = trajectory.sizes["frame"]
    if available < 2 or n_frames < 1:
        raise ValueError(
            f"n_frames = {n_frames}, {available} frames to repeat: n_frames must be at least 1, and the trajectory "
            "must have at least 2 frames"
        )
    step = np.arange(n_frames) % (2 * available - 2)
    chosen = trajectory.isel(frame=np.minimum(step, 2 * available - 2 - step))
    interval = float(trajectory.time[1] - trajectory.time[0])
    return make_trajectory(
        chosen.positions.values,
        chosen.species.values,
        cell=chosen.cell.values if trajectory.periodic else None,
        pbc=trajectory.pbc.values,
        interval=interval,
        source=f"{trajectory.source}, {n_frames} frames forward and backward",
    )


def align(trajectory: xr.Dataset, *, reference: int = 0, atoms: ArrayLike | None = None) -> xr.Dataset:
    """
    Move and rotate every frame onto a reference frame, as a rigid body (Kabsch).

    A free particle drifts and rotates. Pictures and paths in space need aligned frames; distances, and with them all
    descriptors, do not change.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Not periodic, see `soaplens_lite.trajectory.make_trajectory`.
    reference : int
        Label of the reference frame.
    atoms : array_like of int, shape (n,), optional
        Labels of the atoms that are fitted, for instance the interior of a particle. All other atoms follow the same
        movement. Default: all atoms.

    Returns
    -------
    aligned : xarray.Dataset
        The trajectory with new positions (Angstrom, float32). The mean of the fitted atoms is at the origin in every
        frame; the reference frame is not rotated.

    Raises
    ------
    ValueError
        If the trajectory is periodic, or the fitted atoms are fewer than three or lie on a line, so that the rotation
        would not be determined.
    KeyError
        If the trajectory does not have the frame or one of the atoms.

    Notes
    -----
    `scipy.spatial.transform.Rotation.align_vectors` finds the rotation that minimizes the sum of squared distances.
    Reflections are excluded.

    References
    ----------
    Kabsch, Acta Crystallogr. A 32, 922 (1976).

    Examples
    --------
    A triangle, and the same triangle after a quarter turn about z:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> turned = make_trajectory([[[1, 0, 0], [0, 2, 0], [0, 0, 3]], [[0, 1, 0], [-2, 0, 0], [0, 0, 3]]], ["Au"] * 3)
    >>> first, second = align(turned).positions.values
    >>> bool(np.allclose(first, second, atol=1e-6))
    True
    """
    if trajectory.periodic:
        raise ValueError(f"{trajectory.source}: is periodic; only isolated particles (periodic=False) can be aligned")
    fitted = trajectory.positions if atoms is None else trajectory.positions.sel(atom=atoms)
    points = fitted.values.astype(float)
    middle = points.mean(axis=1, keepdims=True)
    points -= middle
    _check_span(points)
    target = points[trajectory.indexes["frame"].get_loc(reference)]
    rotations = np.array([Rotation.align_vectors(target, frame)[0].as_matrix() for frame in points])
    moved = (trajectory.positions.values - middle) @ np.swapaxes(rotations, 1, 2)
    return trajectory.assign(positions=trajectory.positions.copy(data=moved.astype(np.float32)))


def _check_span(points):
    """Check that the points of every frame, relative to their mean, span a plane at least."""
    spread = np.linalg.svd(points, compute_uv=False)
    if points.shape[1] < 3 or (spread[:, 1] <= 1e-6 * spread[:, 0]).any():
        raise ValueError(f"{points.shape[1]} atoms to align, or all on a line: give at least three that span a plane")


def thin_to_pairs(data: xr.DataArray | xr.Dataset, stride: int) -> xr.DataArray | xr.Dataset:
    """
    Keep pairs of successive frames, one pair per stride.

    There are fewer points, and transitions from one frame to the next can still be counted: see
    `soaplens_lite.kinetics.transitions`, which counts nothing across missing frames.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset, dims (frame, ...)
    stride : int
        Frames from the start of one pair to the start of the next; 1 and 2 keep all frames.

    Returns
    -------
    thinned : xarray.DataArray or xarray.Dataset
        The frames whose label leaves 0 or 1 when divided by `stride`.

    Raises
    ------
    ValueError
        If `stride` is less than 1.

    Examples
    --------
    >>> import xarray as xr
    >>> thin_to_pairs(xr.DataArray(range(9), dims="frame", coords={"frame": range(9)}), 4).values.tolist()
    [0, 1, 4, 5, 8]
    """
    check_count(stride=stride)
    return data.sel(frame=data.frame[data.frame % stride < 2])
