"""Free particles drift and tumble: frames laid over each other, so that pictures and ways show changes of shape."""

import numpy as np


def superpose(trajectory, *, reference=0, atoms=None):
    """
    Move and rotate every frame so that it lies over one of them as well as a rigid body can.

    Distances and therefore all descriptors stay what they are; only pictures and ways in space need this.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Of a particle that is not periodic, see `soaplens_lite.trajectory.make_trajectory`.
    reference : int
        Label of the frame that the others are laid over.
    atoms : array_like of int, shape (n,), optional
        Labels of the atoms that are fitted, for instance those of the interior, which keep their places; all atoms
        follow their movement. Default: all.

    Returns
    -------
    superposed : xarray.Dataset
        With other positions: the mean of the fitted atoms is at the origin in every frame, and the reference is not
        rotated.

    Raises
    ------
    ValueError
        If the trajectory is periodic, or the fitted atoms are fewer than three or lie on a line, about which the
        rotation would be arbitrary.

    Notes
    -----
    Least squares over rotations without reflections.

    References
    ----------
    Kabsch, Acta Crystallogr. A 32, 922 (1976).

    Examples
    --------
    A triangle and the same one after a quarter of a turn about z:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> turned = make_trajectory([[[1, 0, 0], [0, 2, 0], [0, 0, 3]], [[0, 1, 0], [-2, 0, 0], [0, 0, 3]]], ["Au"] * 3)
    >>> first, second = superpose(turned).positions.values
    >>> bool(np.allclose(first, second, atol=1e-6))
    True
    """
    if trajectory.periodic:
        raise ValueError("a periodic system has no rotation of its own: superpose isolated particles only")
    fitted = trajectory.positions if atoms is None else trajectory.positions.sel(atom=atoms)
    points = fitted.values.astype(float)
    middle = points.mean(axis=1, keepdims=True)
    rotations = kabsch_rotations(points - middle, (points - middle)[trajectory.indexes["frame"].get_loc(reference)])
    moved = (trajectory.positions.values - middle) @ np.swapaxes(rotations, 1, 2)
    return trajectory.assign(positions=trajectory.positions.copy(data=moved.astype(np.float32)))


def kabsch_rotations(points, target):
    """
    The rotations that bring sets of points nearest to a target, about the origin.

    Parameters
    ----------
    points : numpy.ndarray, shape (n_sets, n_points, 3)
    target : numpy.ndarray, shape (n_points, 3)

    Returns
    -------
    rotations : numpy.ndarray, shape (n_sets, 3, 3)
        Determinant +1; ``points[k] @ rotations[k].T`` is nearest to the target.

    Raises
    ------
    ValueError
        If the points are fewer than three, or those of a set lie on a line through the origin.
    """
    spread = np.linalg.svd(points, compute_uv=False)
    if points.shape[1] < 3 or (spread[:, 1] <= 1e-6 * spread[:, 0]).any():
        raise ValueError(
            f"{points.shape[1]} atoms to superpose, or all on a line: give at least three that span a plane"
        )
    u, _, vt = np.linalg.svd(np.einsum("pi,npj->nij", target, points))
    # The best orthogonal matrix may be a reflection; the best rotation turns the direction that matters least.
    u[:, :, 2] *= np.linalg.det(u @ vt)[:, None]
    return u @ vt
