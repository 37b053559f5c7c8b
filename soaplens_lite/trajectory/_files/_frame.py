"""One frame of a file as all readers give it, and what must be right about the frames of a file."""

from collections.abc import Sequence
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


UNEVEN_SHARE = 0.01  # two intervals that differ by less than this share count as equal
TIME_ROUNDING = 2 * np.finfo(np.float32).eps  # relative error of times: many formats keep single precision
SAME_ATOMS = "LENS follows every atom by its identity, so all frames must hold the same atoms"


def check_ids(ids: np.ndarray | None, first_ids: np.ndarray | None, source: str, frame: int) -> np.ndarray:
    """
    Refuse a frame of a LAMMPS dump whose atoms are not those of the first frame.

    Parameters
    ----------
    ids : numpy.ndarray or None
        Sorted ids of the frame; None if the dump has no column ``id``.
    first_ids : numpy.ndarray or None
        Those of the first frame; None for the first frame itself.
    source : str
    frame : int

    Returns
    -------
    first_ids : numpy.ndarray

    Raises
    ------
    ValueError
        If there are no ids, an id is repeated, or the ids changed.
    """
    if ids is None:
        raise ValueError(
            f"{source}: the atoms of frame {frame} have no ids: {SAME_ATOMS}; write the dump with a column id"
        )
    first_ids = np.array(ids) if first_ids is None else first_ids
    strange = np.setxor1d(ids, first_ids).astype(int).tolist()
    if strange:
        raise ValueError(f"{source}: frame {frame} has other atoms than the first (ids {strange[:5]}): {SAME_ATOMS}")
    if len(np.unique(ids)) < len(ids):
        raise ValueError(f"{source}: frame {frame} has {len(np.unique(ids))} ids for {len(ids)} atoms: {SAME_ATOMS}")
    return first_ids


def check_even(
    values: Sequence[float],
    source: str,
    *,
    unit: str = "ns",
    remedy: str = "leave frames out, or state the interval if the file's times are wrong",
) -> None:
    """
    Refuse frames that are not evenly spaced in time: LENS would compare exchanges over different times.

    Parameters
    ----------
    values : sequence of float or int, length n_frames
        Times, or steps of the simulation. If all are the same, or none is a number, they say nothing and pass.
    source, unit, remedy : str
        For the message.

    Raises
    ------
    ValueError
        If they decrease or are not even.

    Examples
    --------
    >>> check_even([0, 0.04, 0.08, 0.2], "run.xtc", remedy="leave frames out")
    Traceback (most recent call last):
    ValueError: run.xtc: between frames 2 and 3 lie 0.12 ns, between others 0.04 ns: LENS needs even intervals; leave \
frames out
    """
    values = np.asarray(values)
    steps = np.diff(values)
    if len(steps) == 0:
        return
    usual = np.median(steps)
    slack = UNEVEN_SHARE * abs(usual) + (TIME_ROUNDING * abs(values).max() if values.dtype.kind == "f" else 0)
    uneven = np.flatnonzero((abs(steps - usual) > slack) | (steps < 0))
    if len(uneven):
        frame = uneven[0]
        raise ValueError(
            f"{source}: between frames {frame} and {frame + 1} lie {steps[frame]:.6g} {unit}, between others "
            f"{usual:.6g} {unit}: LENS needs even intervals; {remedy}"
        )


def check_repeats(positions: np.ndarray, time: np.ndarray, source: str) -> None:
    """
    Refuse a frame that equals the one before, as left by concatenated restarts.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n_frames, n_atoms, 3)
    time : numpy.ndarray, shape (n_frames,)
        As the file says. Only frames whose time does not increase are compared.
    source : str

    Raises
    ------
    ValueError
        With the frame.
    """
    for frame in np.flatnonzero(np.diff(time) <= 0) + 1:
        if np.array_equal(positions[frame], positions[frame - 1]):
            raise ValueError(duplicated(source, frame))


def duplicated(source: str, frame: int) -> str:
    """
    Error message for a duplicated frame, as left by concatenated restarts.

    Parameters
    ----------
    source : str
    frame : int

    Returns
    -------
    message : str
    """
    return f"{source}: frame {frame} is a duplicate of frame {frame - 1}: remove one of them"


def unreadable(name: str, frame: int, n_atoms: int) -> str:
    """
    Error message for a frame that cannot be read.

    Parameters
    ----------
    name : str
        Of the file.
    frame : int
    n_atoms : int
        Number of atoms in the first frame.

    Returns
    -------
    message : str
    """
    number = n_atoms if str(n_atoms).isdigit() else "as many"  # what stands there need not be a number
    return (
        f"{name}: frame {frame} (counted from 0) cannot be read: the file is cut off or damaged there, or the frame "
        f"does not hold {number} atoms. {SAME_ATOMS}. Copy the file again, or remove that frame and those after it"
    )
