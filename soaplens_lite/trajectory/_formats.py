"""
Trajectory files of all formats that MDAnalysis reads, frame by frame.

A frame that cannot be read is an error here. Where a format has no times, MDAnalysis fills in guesses; this module
returns None.
"""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import MDAnalysis as mda
import numpy as np

from soaplens_lite.trajectory._integrity import check_even, check_ids, check_lines, unreadable

# Endings that MDAnalysis does not know, or whose reader gets options from `_universe`.
FORMATS = {
    **dict.fromkeys((".lammpstrj", ".dump", ".lammpsdump"), "LAMMPSDUMP"),
    ".lmp": "DATA",
    ".extxyz": "XYZ",
}
COMPRESSED = (".gz", ".bz2")
PS_PER_NS = 1000
# Formats that keep the times of frames; readers of the others count frames or steps, as if one were a picosecond.
TIMED = {"XTC", "TRR", "TNG", "DCD", "NCDF", "H5MD"}


@dataclass(frozen=True)
class Frame:
    """
    One frame of a file.

    Attributes
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3), float32
        In Angstrom, as stored. Valid until the next frame is read.
    cell : numpy.ndarray of shape (6,), or None
        a, b, c in Angstrom and alpha, beta, gamma in degrees.
    time : float
        In ns.
    """

    positions: np.ndarray
    cell: np.ndarray | None
    time: float


@contextmanager
def open_files(topology: str | Path, trajectory: str | Path | None = None) -> Iterator[mda.Universe]:
    """
    Open a topology and its trajectory with MDAnalysis.

    Nothing is written beside the files. MDAnalysis keeps an index next to an XTC file; here it goes to a temporary
    folder, so that read-only data give no warning.

    Parameters
    ----------
    topology : path
    trajectory : path, optional
        Default: the topology, if one file holds both.

    Yields
    ------
    universe : MDAnalysis.Universe

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a file cannot be read, they do not belong together, or a text file ends in the middle of a frame.
    """
    topology = Path(topology)
    trajectory = topology if trajectory is None else Path(trajectory)
    for path in (topology, trajectory):
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / trajectory.name
        link.symlink_to(trajectory.resolve())
        universe = _universe(topology, trajectory, link)
        try:
            check_lines(link, format_of(universe), universe.atoms.n_atoms)
            yield universe
        finally:
            universe.trajectory.close()


def format_of(universe: mda.Universe) -> str:
    """
    The format of a trajectory, as MDAnalysis calls it.

    Parameters
    ----------
    universe : MDAnalysis.Universe

    Returns
    -------
    name : str
        ``XTC`` for instance.
    """
    name = universe.trajectory.format
    return name if isinstance(name, str) else name[0]


def wanted_frames(wanted: int, available: int, source: str) -> int:
    """
    How many frames to read.

    Parameters
    ----------
    wanted : int
        0 for all.
    available : int
    source : str
        For the message.

    Returns
    -------
    n_frames : int

    Raises
    ------
    ValueError
        If there are not so many.
    """
    if wanted < 0:
        raise ValueError(f"n_frames = {wanted}: must be positive, or 0 for all frames")
    if wanted > available:
        raise ValueError(
            f"{wanted} frames asked for, but {source} has {available}: ask for at most {available}, or 0 for all"
        )
    return wanted or available


def frames(universe: mda.Universe, n_frames: int = 0, *, name: str = "the trajectory") -> Iterator[Frame]:
    """
    The first frames of a trajectory, one at a time.

    Parameters
    ----------
    universe : MDAnalysis.Universe
        As `open_files` gives it.
    n_frames : int
        0 for all.
    name : str
        Of the file, for messages.

    Yields
    ------
    frame : Frame

    Raises
    ------
    ValueError
        If there are fewer frames, or one of them cannot be read or does not hold the atoms of the first one; for LAMMPS
        dumps also if atoms have no ids or the steps are not even.
    """
    wanted = wanted_frames(n_frames, len(universe.trajectory), name)
    is_dump, first_ids, steps = format_of(universe) == "LAMMPSDUMP", None, []
    reader = iter(universe.trajectory[:wanted])
    for k in range(wanted):
        try:
            with warnings.catch_warnings():
                # Who needs times calls `stored_interval`, which knows the formats without times.
                warnings.filterwarnings("ignore", message="Reader has no dt information")
                step = next(reader)
                time = step.time / PS_PER_NS
        except (OSError, EOFError, ValueError, IndexError, StopIteration):
            raise ValueError(unreadable(name, k, universe.atoms.n_atoms)) from None
        if is_dump:
            first_ids = check_ids(step.data.get("id"), first_ids, name, k)
            steps.append(step.data["step"])
        yield Frame(step.positions, step.dimensions, time)
    if is_dump:
        check_even(steps, name, unit="steps", remedy="remove what overlaps, or write the dump anew")


def read_frames(universe: mda.Universe, n_frames: int, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    The first frames of a trajectory as arrays.

    Parameters
    ----------
    universe : MDAnalysis.Universe
        As `open_files` gives it.
    n_frames : int
        0 for all.
    name : str
        Of the file, for messages.

    Returns
    -------
    positions : numpy.ndarray of float32, shape (n_frames, n_atoms, 3)
        In Angstrom.
    cells : numpy.ndarray, shape (n_frames, 6)
        Zeros where the file has no cell.
    time : numpy.ndarray, shape (n_frames,)
        In ns.

    Raises
    ------
    ValueError
        See `frames`.
    """
    wanted = n_frames if n_frames > 0 else len(universe.trajectory)
    positions = np.empty((wanted, universe.atoms.n_atoms, 3), dtype=np.float32)
    cells, time = np.zeros((wanted, 6)), np.empty(wanted)
    for k, frame in enumerate(frames(universe, n_frames, name=name)):
        positions[k], time[k] = frame.positions, frame.time
        if frame.cell is not None:
            cells[k] = frame.cell
    return positions, cells, time


def stored_interval(universe: mda.Universe) -> float | None:
    """
    The time between the first two frames, if the format keeps times.

    Parameters
    ----------
    universe : MDAnalysis.Universe

    Returns
    -------
    interval : float or None
        In ns. None where the format has no times, or the file holds the same for both frames.
    """
    if format_of(universe) not in TIMED or len(universe.trajectory) < 2:
        return None
    first, second = (universe.trajectory[k].time / PS_PER_NS for k in (0, 1))
    return float(f"{second - first:.6g}") if second > first else None  # Many formats keep times in single precision.


def _universe(topology, trajectory, link):
    """Open the pair of files. Errors of MDAnalysis become one sentence that says what to do."""
    formats = {"topology_format": _format_by_name(topology), "format": _format_by_name(link)}
    columns = {"additional_columns": ["id"]} if formats["format"] == "LAMMPSDUMP" else {}  # for `check_ids`
    with warnings.catch_warnings():
        # The analysis of positions does not need masses, charges or chain names.
        warnings.filterwarnings("ignore", module="MDAnalysis")
        try:
            return mda.Universe(str(topology.resolve()), str(link), to_guess=(), **formats, **columns)
        except ValueError as error:
            if "number of atoms" not in str(error):
                raise ValueError(f"{topology.name} with {trajectory.name} cannot be read: {error}") from error
            counted = mda.Universe(str(topology.resolve()), topology_format=formats["topology_format"], to_guess=())
            raise ValueError(
                f"{topology.name} has {counted.atoms.n_atoms} atoms, {trajectory.name} has another number: "
                f"they do not belong together ({' '.join(str(error).split())})"
            ) from None
        except (OSError, EOFError, TypeError) as error:
            raise ValueError(
                f"{trajectory.name} cannot be read ({error}): is it complete, and in the format that its ending says?"
            ) from error


def _format_by_name(path):
    """Format of a file whose ending MDAnalysis does not know or that needs options; None for all others."""
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return FORMATS.get(name.suffix.lower())
