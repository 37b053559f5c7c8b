"""
Larger trajectories from small ones: copies of the cell, and more frames. They serve to measure cost.

Every atom keeps its surroundings, so a larger trajectory contains no new information.
"""

import numpy as np
import xarray as xr

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
