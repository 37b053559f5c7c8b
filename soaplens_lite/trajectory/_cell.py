"""
Periodic cells: three vectors, and for each of them whether the system repeats along it.

Lengths and angles do not say how a cell lies in space, so cells are kept as vectors. Searches for neighbors want a cell
that is periodic along all three vectors, with the first along x and the second in the plane xy: `search_box` gives
the same system in such a cell.
"""

import re
from collections.abc import Iterator
from numbers import Real

import numpy as np
import xarray as xr
from ase.cell import Cell
from ase.geometry import complete_cell, find_mic, minkowski_reduce
from MDAnalysis.lib.distances import minimize_vectors
from MDAnalysis.lib.mdamath import triclinic_vectors
from numpy.typing import ArrayLike

FORMS = (
    "must be six numbers (a, b, c in Angstrom, alpha, beta, gamma in degrees) or three vectors, for one or all frames"
)
MIN_RELATIVE_VOLUME = 1e-3  # of a cell, relative to the right-angled one with the same lengths


def cell_vectors(cell: ArrayLike, n_frames: int = 1, *, source: str = "cell") -> np.ndarray:
    """
    Vectors of cells that are given by lengths and angles, or as vectors.

    Parameters
    ----------
    cell : array_like, shape (6,), (3, 3), (n_frames, 6) or (n_frames, 3, 3)
        a, b, c in Angstrom and alpha, beta, gamma in degrees, or the vectors a, b, c in Angstrom. Lengths and angles
        stand for a cell whose a is along x and whose b is in the plane xy.
    n_frames : int
    source : str
        Of the cell, for messages.

    Returns
    -------
    vectors : numpy.ndarray, shape (n_frames, 3, 3)
        ``vectors[k, 0]`` is the vector a in frame k.

    Raises
    ------
    ValueError
        If the shape is another one, or a cell encloses no volume.

    Examples
    --------
    >>> cell_vectors([2, 3, 4, 90, 90, 90]).tolist()
    [[[2.0, 0.0, 0.0], [0.0, 3.0, 0.0], [0.0, 0.0, 4.0]]]
    """
    cell = np.asarray(cell, dtype=float)
    if cell.shape not in ((6,), (3, 3), (n_frames, 6), (n_frames, 3, 3)):
        raise ValueError(f"{source}: a cell of shape {cell.shape} for {n_frames} frames: {FORMS}")
    given = cell[None] if cell.shape in ((6,), (3, 3)) else cell
    if given.shape[1:] == (6,):
        unique, inverse = np.unique(given, axis=0, return_inverse=True)
        # Lengths and angles that make no cell become zeros here, which `_check_volume` finds.
        with np.errstate(invalid="ignore"):
            vectors = np.array([triclinic_vectors(row, dtype=np.float64) for row in unique])[inverse.reshape(-1)]
    else:
        vectors = given
    _check_volume(vectors, given, source)
    return np.broadcast_to(vectors, (n_frames, 3, 3))


def as_cell(numbers: ArrayLike | None) -> np.ndarray | None:
    """
    A cell as `cell_vectors` takes it, from as many numbers as it needs.

    Parameters
    ----------
    numbers : float, array_like of shape (1,), (3,), (6,), (9,) or (3, 3), or None
        The side of a cube; the sides of a cell with right angles; lengths and angles; three vectors.

    Returns
    -------
    cell : numpy.ndarray of shape (6,) or (3, 3), or None

    Raises
    ------
    ValueError
        If they are more or fewer, or not numbers.

    Examples
    --------
    >>> as_cell([8, 9, 7]).tolist(), as_cell([8, 0, 0, 0, 9, 0, 0, 0, 7]).shape
    ([8.0, 9.0, 7.0, 90.0, 90.0, 90.0], (3, 3))
    """
    if numbers is None:
        return None
    try:
        values = np.ravel(np.asarray(numbers, dtype=float))
    except (TypeError, ValueError):
        values = np.empty(0)
    if len(values) not in (1, 3, 6, 9):
        raise ValueError(f"cell = {numbers}: must be 1, 3, 6 or 9 numbers (sides, angles, or vectors)")
    if len(values) <= 3:
        return np.concatenate([np.broadcast_to(values, 3), np.full(3, 90.0)])
    return values if len(values) == 6 else values.reshape(3, 3)


def as_pbc(periodic: bool | str | ArrayLike) -> np.ndarray:
    """
    Along which vectors of the cell a system repeats itself.

    Parameters
    ----------
    periodic : bool, str, or sequence of bool, length 3
        One answer for all vectors, one for each, or axes: ``"xy"`` stands for the vectors a and b, ``"none"`` for none.

    Returns
    -------
    pbc : numpy.ndarray of bool, shape (3,)

    Raises
    ------
    ValueError
        If it is anything else.

    Examples
    --------
    >>> as_pbc("xy").tolist(), as_pbc(True).tolist(), as_pbc([1, 0, 0]).tolist()
    ([True, True, False], [True, True, True], [True, False, False])
    """
    values = np.asarray(periodic)
    if isinstance(periodic, str) and re.fullmatch("none|(?=.)x?y?z?", periodic):
        values = np.array([axis in periodic for axis in "xyz"]) & (periodic != "none")
    if values.dtype.kind not in "biu" or values.shape not in ((), (3,)) or not np.isin(values, (0, 1)).all():
        raise ValueError(f"periodic = {periodic!r}: must be true or false, three of them, or axes: xyz, xy, z or none")
    return np.broadcast_to(values.astype(bool), 3)


def _check_volume(vectors, given, source):
    """Name the first frame whose cell encloses no volume."""
    lengths = np.linalg.norm(vectors, axis=2).prod(axis=1)
    with np.errstate(invalid="ignore"):
        sound = np.isfinite(given).all(axis=tuple(range(1, given.ndim))) & (lengths > 0)
        sound &= np.abs(np.linalg.det(vectors)) > MIN_RELATIVE_VOLUME * lengths
    if not sound.all():
        frame = int(np.argmin(sound))
        raise ValueError(
            f"{source}: the cell of frame {frame} is {given[frame].tolist()} (Angstrom, degrees), which encloses no "
            "volume: give the file a cell, or say that the system is not periodic"
        )


def lengths_and_angles(vectors: ArrayLike) -> np.ndarray:
    """
    Lengths and angles of cells.

    Parameters
    ----------
    vectors : array_like, shape (..., 3, 3)
        In Angstrom.

    Returns
    -------
    parameters : numpy.ndarray, shape (..., 6)
        a, b, c in Angstrom and alpha, beta, gamma in degrees.

    Examples
    --------
    >>> lengths_and_angles([[0, 2, 0], [3, 0, 0], [0, 0, 4]]).tolist()
    [2.0, 3.0, 4.0, 90.0, 90.0, 90.0]
    """
    vectors = np.asarray(vectors, dtype=float)
    lengths = np.linalg.norm(vectors, axis=-1)
    units = vectors / lengths[..., None]
    cosines = np.einsum("...ij,...ij->...i", np.roll(units, -1, axis=-2), np.roll(units, -2, axis=-2))
    return np.concatenate([lengths, np.degrees(np.arccos(np.clip(cosines, -1, 1)))], axis=-1)


def cell_heights(vectors: np.ndarray) -> np.ndarray:
    """
    Distances between opposite faces of cells.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (n_frames, 3, 3)
        In Angstrom.

    Returns
    -------
    heights : numpy.ndarray, shape (n_frames, 3)
        In Angstrom, along the normals of the faces bc, ca and ab; for a right-angled cell a, b and c.

    Examples
    --------
    >>> cell_heights(np.diag([2.0, 3.0, 4.0])[None]).round(6).tolist()
    [[2.0, 3.0, 4.0]]
    """
    normals = np.cross(np.roll(vectors, -1, axis=1), np.roll(vectors, -2, axis=1))
    volume = np.abs(np.einsum("fi,fi->f", vectors[:, 0], normals[:, 0]))
    return volume[:, None] / np.linalg.norm(normals, axis=2)


def check_cutoff(trajectory: xr.Dataset, r_cut: float) -> None:
    """
    Check that a cutoff counts every neighbor once.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    r_cut : float
        Radius of the neighborhood in Angstrom.

    Raises
    ------
    ValueError
        If `r_cut` is not a positive number, or exceeds half the shortest height of the cell along its periodic
        vectors, so that an atom could have two images of one neighbor.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[0, 0, 0], [1, 0, 0]]], ["Cu", "Cu"], cell=[8, 9, 9, 90, 90, 90])
    >>> check_cutoff(pair, 5.0)
    Traceback (most recent call last):
        ...
    ValueError: r_cut = 5 Angstrom: more than half the shortest height of the cell (8 Angstrom in frame 0), so \
that an atom would meet two images of one neighbor and the identities that LENS compares would be ambiguous; \
use at most 4 Angstrom or a larger cell
    """
    if isinstance(r_cut, bool) or not isinstance(r_cut, Real):
        raise ValueError(f"r_cut = {r_cut!r}: must be a number, the radius in Angstrom")
    if not np.isfinite(r_cut) or r_cut <= 0:
        raise ValueError(f"r_cut = {r_cut:g} Angstrom: must be positive")
    if not trajectory.periodic:
        return
    heights = periodic_heights(trajectory)
    frame = int(np.argmin(heights))
    if r_cut > heights[frame] / 2:
        raise ValueError(
            f"r_cut = {r_cut:g} Angstrom: more than half the shortest height of the cell ({heights[frame]:.4g} "
            f"Angstrom in frame {trajectory.frame.values[frame]}), so that an atom would meet two images of one "
            "neighbor and the identities that LENS compares would be ambiguous; use at most "
            f"{heights[frame] / 2:.4g} Angstrom or a larger cell"
        )


def periodic_heights(trajectory: xr.Dataset) -> np.ndarray:
    """
    Shortest height of the cell along its periodic vectors, in every frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic, see `make_trajectory`.

    Returns
    -------
    heights : numpy.ndarray, shape (n_frames,)
        In Angstrom.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> slab = make_trajectory([[[0, 0, 0]]], ["Cu"], cell=[8, 9, 3, 90, 90, 90], pbc=[True, True, False])
    >>> periodic_heights(slab).tolist()
    [8.0]
    """
    cells, pbc = trajectory.cell.values, trajectory.pbc.values
    if not pbc.all():
        cells = np.array([complete_cell(cell * pbc[:, None]) for cell in cells])
    return cell_heights(cells)[:, pbc].min(axis=1)


def search_cell(positions: np.ndarray, vectors: np.ndarray, pbc: np.ndarray, reach: float) -> np.ndarray:
    """
    A cell, periodic along all three vectors, in which atoms have the same neighbors.

    A vector along which the system does not repeat is replaced by one that is perpendicular to the others and so long
    that no atom reaches an image along it.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3)
        In Angstrom.
    vectors : numpy.ndarray, shape (3, 3)
    pbc : numpy.ndarray of bool, shape (3,)
    reach : float
        Largest distance of neighbors in Angstrom.

    Returns
    -------
    vectors : numpy.ndarray, shape (3, 3)

    Examples
    --------
    >>> positions, pbc = np.array([[0, 0, 1.0], [0, 0, 4]]), np.array([True, True, False])
    >>> search_cell(positions, np.diag([8.0, 9, 5]), pbc, 2.0).tolist()
    [[8.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 8.0]]
    """
    if pbc.all():
        return vectors
    vectors = complete_cell(vectors * pbc[:, None])
    extent = np.ptp(positions @ np.linalg.inv(vectors), axis=0)
    return vectors * np.where(pbc, 1, extent + 2 * reach + 1)[:, None]


def search_box(
    positions: np.ndarray, vectors: np.ndarray, pbc: np.ndarray, reach: float
) -> tuple[np.ndarray, np.ndarray]:
    """
    The same system, rotated into a cell in which MDAnalysis can search.

    Parameters
    ----------
    positions, vectors, pbc, reach
        As in `search_cell`.

    Returns
    -------
    positions : numpy.ndarray, shape (n_atoms, 3)
        As they are, if the cell has the orientation that MDAnalysis wants.
    box : numpy.ndarray, shape (6,)
        a, b, c in Angstrom and alpha, beta, gamma in degrees.
    """
    vectors = search_cell(positions, vectors, pbc, reach)
    if is_standard(vectors):
        return positions, lengths_and_angles(vectors)
    standard, rotation = Cell(vectors).standard_form()
    return (positions @ rotation.T).astype(positions.dtype), lengths_and_angles(standard)


def boxed_frames(trajectory: xr.Dataset, reach: float) -> Iterator[tuple[np.ndarray, np.ndarray | None]]:
    """
    Positions and cells of all frames, one by one, as MDAnalysis's searches want them.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    reach : float
        Largest distance of neighbors in Angstrom.

    Yields
    ------
    positions : numpy.ndarray, shape (n_atoms, 3)
    box : numpy.ndarray of shape (6,), or None without periodicity
        See `search_box`.
    """
    for k, positions in enumerate(trajectory.positions.values):
        if trajectory.periodic:
            yield search_box(positions, trajectory.cell.values[k], trajectory.pbc.values, reach)
        else:
            yield positions, None


def is_standard(vectors: np.ndarray) -> bool:
    """
    Whether cells have the orientation that lengths and angles stand for: a along x, b in the plane xy.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (..., 3, 3)

    Returns
    -------
    answer : bool

    Examples
    --------
    >>> is_standard(np.diag([2, 3, 4])), is_standard(np.array([[0, 2, 0], [3, 0, 0], [0, 0, 4]]))
    (True, False)
    """
    above = np.abs(vectors[..., [0, 0, 1], [1, 2, 2]])
    slack = 1e-6 * np.abs(vectors).max()  # Files round vectors; a cell turned by less moves no neighbor.
    return bool((above <= slack).all() and (np.einsum("...ii->...i", vectors) > 0).all())


def nearest_images(vectors: np.ndarray, cell: np.ndarray, pbc: np.ndarray) -> np.ndarray:
    """
    The shortest of all vectors that differ by vectors of the cell.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (n, 3)
        Between atoms, in Angstrom.
    cell : numpy.ndarray, shape (3, 3)
    pbc : numpy.ndarray of bool, shape (3,)

    Returns
    -------
    vectors : numpy.ndarray, shape (n, 3)

    Examples
    --------
    >>> nearest_images(np.array([[8.0, 0, 8]]), np.diag([10.0, 10, 10]), np.array([True, True, False])).tolist()
    [[-2.0, 0.0, 8.0]]
    """
    if pbc.all() and is_standard(cell):
        return minimize_vectors(vectors, lengths_and_angles(cell).astype(np.float32))
    reduced, _ = minkowski_reduce(complete_cell(cell * pbc[:, None]), pbc)
    return find_mic(vectors, reduced, pbc)[0]
