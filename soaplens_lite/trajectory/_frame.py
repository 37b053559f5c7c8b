"""One frame of a file, as all readers give it."""

from dataclasses import dataclass

import numpy as np
from ase.geometry import complete_cell


@dataclass(frozen=True)
class Frame:
    """
    One frame of a file.

    Attributes
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3), float32
        In Angstrom, in the coordinates of the file. Valid until the next frame is read.
    cell : numpy.ndarray of shape (3, 3), or None
        The vectors a, b, c in Angstrom.
    time : float
        In ns where the file says so, otherwise as the file counts (steps for instance); NaN if it does not count.
    pbc : numpy.ndarray of bool, shape (3,)
        Along which vectors the system repeats itself.
    """

    positions: np.ndarray
    cell: np.ndarray | None
    time: float
    pbc: np.ndarray


def completed(cell: np.ndarray | None, pbc: np.ndarray, positions: np.ndarray) -> np.ndarray | None:
    """
    A cell in which missing vectors are perpendicular to the others and as long as the system.

    Files leave vectors out, as zeros, along which a system does not repeat.

    Parameters
    ----------
    cell : numpy.ndarray of shape (3, 3), or None
    pbc : numpy.ndarray of bool, shape (3,)
    positions : numpy.ndarray, shape (n_atoms, 3)

    Returns
    -------
    cell : numpy.ndarray of shape (3, 3), or None
        None if there is no vector at all.

    Examples
    --------
    >>> slab = np.array([[8.0, 0, 0], [0, 9, 0], [0, 0, 0]])
    >>> completed(slab, np.array([True, True, False]), np.array([[0, 0, 1.0], [0, 0, 5]])).tolist()
    [[8.0, 0.0, 0.0], [0.0, 9.0, 0.0], [0.0, 0.0, 5.0]]
    """
    if cell is None or not cell.any():
        return None
    missing = ~cell.any(axis=1) & ~pbc
    if not missing.any():
        return cell
    whole = complete_cell(np.where(missing[:, None], 0, cell))
    return whole * np.where(missing, np.ptp(positions @ np.linalg.inv(whole), axis=0) + 1, 1)[:, None]
