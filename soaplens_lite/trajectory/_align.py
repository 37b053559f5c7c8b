"""Alignment of free particles: remove translation and rotation, so that only changes of shape remain."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike
from scipy.spatial.transform import Rotation


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
