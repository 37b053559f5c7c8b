"""
What is in trajectory files, whatever their format: opened by MDAnalysis, frame by frame, with its silences broken.

MDAnalysis reads some forty formats. Where a file is broken it often stops early without a word, and where a format
lacks times or elements it fills in guesses; here the first is an error and the second is said.
"""

import re
import tempfile
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import MDAnalysis as mda
import numpy as np
from ase.data import atomic_numbers

from .integrity import check_file, unreadable

# Endings that programs write and MDAnalysis does not know.
FORMATS = {".lammpstrj": "LAMMPSDUMP", ".dump": "LAMMPSDUMP", ".lmp": "DATA", ".extxyz": "XYZ"}
# Formats that keep the times of frames; readers of the others count frames or steps, as if one were a picosecond.
TIMED = {"XTC", "TRR", "TNG", "DCD", "NCDF", "H5MD"}
# How models of water call their atoms, and the massless charge of those with four sites.
WATER_NAMES = {"OW": "O", "OH2": "O", "HW": "H"}
MASSLESS_SITES = ("M", "Mw", "Dummy", "Ep", "Epw", "Lp", "X", "Vs")


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
def opened(topology, trajectory=None):
    """
    A pair of files as MDAnalysis sees them, known to belong together.

    Nothing is written beside the files: MDAnalysis keeps an index next to an XTC file, which is put in a temporary
    folder here, so that read-only data give no warning and a working tree gets no litter.

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
        If a file cannot be read, they do not belong together, or the trajectory is not whole, see
        `soaplens_lite.integrity.check_file`.
    """
    topology = Path(topology)
    trajectory = topology if trajectory is None else Path(trajectory)
    for path in (topology, trajectory):
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / trajectory.name
        link.symlink_to(trajectory.resolve())
        universe = _open_universe(topology, trajectory, link)
        try:
            check_file(link, format_of(universe), universe.atoms.n_atoms, len(universe.trajectory))
            yield universe
        finally:
            universe.trajectory.close()


def format_of(universe):
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


def frames(universe, n_frames=0, *, name="the trajectory"):
    """
    The first frames of a trajectory, one at a time.

    Parameters
    ----------
    universe : MDAnalysis.Universe
        As `opened` gives it.
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
        If there are fewer frames, or one of them is announced but cannot be read as the atoms of the first one.
    """
    available = len(universe.trajectory)
    if n_frames < 0:
        raise ValueError(f"n_frames = {n_frames}: must be positive, or 0 for all frames")
    if n_frames > available:
        raise ValueError(
            f"{n_frames} frames asked for, but {name} has {available}: ask for at most {available}, or 0 for all"
        )
    wanted, whole = n_frames or available, 0
    steps = iter(universe.trajectory[:wanted])
    while whole < wanted:
        try:
            with warnings.catch_warnings():
                # Who needs times asks `stored_interval`, which knows the formats that have none.
                warnings.filterwarnings("ignore", message="Reader has no dt information")
                step = next(steps)
                time = step.time / 1000  # ps to ns
        except (OSError, EOFError, ValueError, IndexError, StopIteration) as error:
            raise ValueError(unreadable(name, whole, error)) from None
        yield Frame(step.positions, step.dimensions, time)
        whole += 1


def stored_interval(universe):
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
    first, second = (universe.trajectory[k].time / 1000 for k in (0, 1))
    return float(f"{second - first:.6g}") if second > first else None  # Many formats keep times in single precision.


def atom_names(atoms, elements=None):
    """
    What tells the chemical elements: the element column where there is one, otherwise types or names.

    Parameters
    ----------
    atoms : MDAnalysis.AtomGroup
    elements : dict of str to str, optional
        See `chemical_symbols`; the first column in which one of its keys stands is taken.

    Returns
    -------
    names : list of str, length n_atoms

    Raises
    ------
    ValueError
        If the topology names no atoms.
    """
    columns = []
    for attribute in ("elements", "types", "names"):
        values = [str(value).strip() for value in getattr(atoms, attribute, [])]
        if values and all(values):
            columns.append(values)
    for values in columns:
        if elements and not set(elements).isdisjoint(values):
            return values
    if not columns:
        raise ValueError("the topology names neither elements nor types of atoms: give one that does, such as PDB")
    return columns[0]


def chemical_symbols(names, elements=None):
    """
    Chemical symbols of atoms by the names that files give them.

    Parameters
    ----------
    names : sequence of str
    elements : dict of str to str, optional
        Symbols of names from which they cannot be seen, ``{"1": "Cu"}`` for instance.

    Returns
    -------
    symbols : list of str
        A name that is neither listed nor understood stays as it is, with a capital: LENS has no need of elements.

    Examples
    --------
    >>> chemical_symbols(["CU", "OW", "HW1", "MW", "2"], {"2": "Au"})
    ['Cu', 'O', 'H', 'Mw', 'Au']
    """
    known = {name: _symbol(name, elements or {}) for name in set(names)}
    return [known[name] for name in names]


def _symbol(name, elements):
    """One symbol; counters and charges behind a name (O1, Cu2+) are no part of it."""
    if name in elements:
        return elements[name]
    bare = re.sub(r"[\d+-]+$", "", name.strip()).upper()
    symbol = WATER_NAMES.get(name.strip().upper(), WATER_NAMES.get(bare, bare.capitalize()))
    return symbol if is_element(symbol) or symbol in MASSLESS_SITES else name.strip().capitalize()


def is_element(symbol):
    """
    Whether a text is a chemical symbol.

    Parameters
    ----------
    symbol : str

    Returns
    -------
    answer : bool

    Examples
    --------
    >>> is_element("Cu"), is_element("X"), is_element("1")
    (True, False, False)
    """
    return symbol in atomic_numbers and symbol != "X"


def check_elements(symbols, source, *, remedy="elements = {name: symbol}"):
    """
    Refuse atoms of which the chemical element is not known.

    Parameters
    ----------
    symbols : sequence of str
        As `chemical_symbols` gives them; massless sites of water pass.
    source : str
        Of the atoms, for the message.
    remedy : str
        How the elements can be stated.

    Raises
    ------
    ValueError
        With the names that are not understood.

    Examples
    --------
    >>> check_elements(["Cu", "1", "1"], "a.dump")
    Traceback (most recent call last):
    ValueError: a.dump: '1' (2 atoms) is no chemical element: state which it is, by elements = {name: symbol}
    """
    found, numbers = np.unique(np.asarray(symbols, dtype=str), return_counts=True)
    for name, number in zip(found.tolist(), numbers.tolist(), strict=True):
        if not is_element(name) and name not in MASSLESS_SITES:
            raise ValueError(
                f"{source}: {name!r} ({number} atoms) is no chemical element: state which it is, by {remedy}"
            )


def _open_universe(topology, trajectory, link):
    """Open the pair of files, turning MDAnalysis's complaints into one sentence that says what to do."""
    formats = {"topology_format": FORMATS.get(topology.suffix.lower()), "format": FORMATS.get(link.suffix.lower())}
    with warnings.catch_warnings():
        # Missing masses, charges or chain names are no concern of an analysis of positions.
        warnings.filterwarnings("ignore", module="MDAnalysis")
        try:
            return mda.Universe(str(topology.resolve()), str(link), **formats)
        except ValueError as error:
            if "number of atoms" not in str(error):
                raise ValueError(f"{topology.name} with {trajectory.name} cannot be read: {error}") from error
            counted = mda.Universe(str(topology.resolve()), topology_format=formats["topology_format"])
            raise ValueError(
                f"{topology.name} has {counted.atoms.n_atoms} atoms, {trajectory.name} has another number: "
                f"they do not belong together ({' '.join(str(error).split())})"
            ) from None
        except (OSError, EOFError, TypeError) as error:
            raise ValueError(
                f"{trajectory.name} cannot be read ({error}): is it whole, and of the format that its ending says?"
            ) from error
