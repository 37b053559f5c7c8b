"""
Trajectory files of all formats, each opened by the reader that understands it best: `READERS` says which.

ASE reads its own files and those of VASP, MDAnalysis most others. It leaves out cells, periodicity, origins and the
identity of atoms of XYZ and LAMMPS dumps, which `_text` and `_dump` read. A frame that cannot be read is an error.
"""

import bz2
import gzip
import lzma
import re
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import h5py
import MDAnalysis as mda
import numpy as np

from soaplens_lite.trajectory._files._dump import DumpFrames
from soaplens_lite.trajectory._files._frame import Frame, check_even, unreadable
from soaplens_lite.trajectory._files._readers import AseFrames, MdaFrames, lammps_style
from soaplens_lite.trajectory._files._text import SingleFrames, XyzFrames
from soaplens_lite.trajectory._trajectory import empty_positions

# Who reads a file, by its ending or its name; MDAnalysis reads all others, by the ending.
READERS = {
    **dict.fromkeys((".xyz", ".extxyz"), "XYZ"),
    **dict.fromkeys((".lammpstrj", ".dump", ".lammpsdump"), "DUMP"),
    ".gro": "GRO",
    ".traj": "ase:traj",
    "xdatcar": "ase:vasp-xdatcar",
    "outcar": "ase:vasp-out",
    "vasprun.xml": "ase:vasp-xml",
    **dict.fromkeys(("poscar", "contcar", ".vasp"), "ase:vasp"),
    **dict.fromkeys((".lmp", ".data", ".lammps"), "DATA"),
    **{name: name.upper() for name in ("config", "history")},
}
# Messages of readers that fell over what stands in a file, and do not say more.
SAYS_NOTHING = re.compile(r"codec|literal|broadcast|reshape|\\x|[^ -~]")
# By the first bytes of a file; endings that say so are left out of its name.
UNPACKERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
PACKED = {".gz", ".bz2", ".xz"}


class OpenTrajectory:
    """
    A topology and the parts of its trajectory, opened for reading.

    Attributes
    ----------
    atoms : MDAnalysis.AtomGroup
        What the files say about the atoms; nothing is guessed.
    name : str
        Of the trajectory, for messages.
    interval : float or None
        Time between the first two frames in ns. None where the files do not say it.
    guessed : dict of str to str
        Facts that are only likely, and why.
    """

    def __init__(self, atoms, parts, name):
        self.atoms, self.name, self._parts = atoms, name, parts
        self.guessed = parts[0].guessed
        self._counts = [_frames_before(*pair) for pair in zip(parts, parts[1:], strict=False)] + [len(parts[-1])]
        self.interval = self._interval()

    def __len__(self) -> int:
        return sum(self._counts)

    def _interval(self):
        """Time between the first two frames, where the file keeps times."""
        if self._parts[0].interval is not None or not self._parts[0].is_timed or len(self) < 2:
            return self._parts[0].interval
        step = self.frame(1).time - self.frame(0).time
        return float(f"{step:.6g}") if step > 0 else None  # Many formats keep times in single precision.

    def frame(self, k: int) -> Frame:
        """
        One frame.

        Parameters
        ----------
        k : int
            Counted through all parts.

        Returns
        -------
        frame : Frame

        Raises
        ------
        ValueError
            If it cannot be read, or does not hold the atoms of the first one.
        """
        part, number = 0, k
        while number >= self._counts[part]:
            number -= self._counts[part]
            part += 1
        try:
            return self._parts[part].frame(number)
        except ValueError as error:
            if str(error).startswith(f"{self._parts[part].name}: "):
                raise
            raise ValueError(unreadable(self._parts[part].name, number, len(self.atoms))) from None
        except Exception:  # Readers raise many kinds of errors where a file is cut or damaged.
            raise ValueError(unreadable(self._parts[part].name, number, len(self.atoms))) from None

    def frames(self, start: int = 0, stop: int | None = None, stride: int = 1) -> Iterator[Frame]:
        """
        Frames, one at a time.

        Parameters
        ----------
        start, stop, stride : int
            As in `slice`.

        Yields
        ------
        frame : Frame

        Raises
        ------
        ValueError
            See `frame`; also if steps are not even where the file counts steps, or the periodicity changes.
        """
        chosen, times, pbc = range(len(self))[start:stop:stride], [], None
        for k in chosen:
            frame = self.frame(k)
            pbc = frame.pbc if pbc is None else pbc
            if not np.array_equal(frame.pbc, pbc):
                raise ValueError(f"{self.name}: frame {k} is periodic along other vectors than frame {chosen[0]}")
            times.append(frame.time)
            yield frame
        if not self._parts[0].is_timed and not np.isnan(times).any():
            check_even(times, self.name, unit="steps", remedy="remove what overlaps, or write the file anew")

    def read(
        self, start: int = 0, stop: int | None = None, stride: int = 1
    ) -> tuple[np.ndarray, np.ndarray | None, np.ndarray, np.ndarray]:
        """
        Frames as arrays.

        Parameters
        ----------
        start, stop, stride : int
            As in `slice`.

        Returns
        -------
        positions : numpy.ndarray of float32, shape (n_frames, n_atoms, 3)
            In Angstrom; in a file of the cache if they are many.
        cells : numpy.ndarray, shape (n_frames, 3, 3), or None
            None if no frame has a cell; zeros where one is missing.
        pbc : numpy.ndarray of bool, shape (3,)
        time : numpy.ndarray, shape (n_frames,)
            See `Frame`.

        Raises
        ------
        ValueError
            See `frames`.
        """
        n_frames = len(range(len(self))[start:stop:stride])
        positions = empty_positions(n_frames, len(self.atoms), self.name)
        cells, time, pbc = np.zeros((n_frames, 3, 3)), np.empty(n_frames), np.zeros(3, dtype=bool)
        for k, frame in enumerate(self.frames(start, stop, stride)):
            positions[k], time[k], pbc = frame.positions, frame.time, frame.pbc
            if frame.cell is not None:
                cells[k] = frame.cell
        return positions, cells if cells.any() else None, pbc, time


@contextmanager
def open_files(topology: str | Path, trajectory: str | Path | Sequence | None = None) -> Iterator[OpenTrajectory]:
    """
    Open a topology and its trajectory.

    Nothing is written beside the files: compressed ones are unpacked into a temporary folder, where the index that
    MDAnalysis makes of an XTC file goes too.

    Parameters
    ----------
    topology : path
    trajectory : path or sequence of path, optional
        Several are the parts of one run, in their order: where they overlap, the later part counts. Default: the
        topology, if one file holds both.

    Yields
    ------
    opened : OpenTrajectory

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If a file cannot be read, they do not belong together, or a text file ends in the middle of a frame.
    """
    trajectory = topology if trajectory is None else trajectory
    paths = [Path(path) for path in ([trajectory] if isinstance(trajectory, str | Path) else trajectory)]
    for path in (Path(topology), *paths):
        if not path.is_file():
            raise FileNotFoundError(f"{path}: no such file")
    if not paths:
        raise ValueError("trajectory = []: give at least one file")
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        topology, parts = Path(topology), []
        atoms = _atoms_of(_unpacked(topology, Path(folder, "topology")), topology.name)
        for number, path in enumerate(paths):
            part = _reader_of(_unpacked(path, Path(folder, str(number))), path.name, len(atoms))
            stack.callback(part.close)
            if part.n_atoms != len(atoms):
                counts = f"{topology.name} has {len(atoms)} atoms, {path.name} has {part.n_atoms}"
                raise ValueError(f"{counts}: they do not belong together")
            _check_order(atoms, topology.name, part)
            parts.append(part)
        yield OpenTrajectory(atoms, parts, " + ".join(path.name for path in paths))


def _check_order(atoms, topology, part):
    """Refuse a trajectory that has the topology's elements or types in another order."""
    for what in ("elements", "types") if part.atoms is not None else ():
        known, found = (np.asarray(getattr(group, what, []), dtype=str) for group in (atoms, part.atoms))
        if set(known) == set(found) and not np.array_equal(known, found):
            atom = np.flatnonzero(known != found)[0]
            raise ValueError(
                f"{topology} has {known[atom]} as atom {atom}, {part.name} has {found[atom]}: the two list the atoms "
                "in another order, or do not belong together"
            )


def _reader_of(path, name, n_atoms):
    """The reader of a trajectory."""

    def opened():
        kind = _kind(path)
        if kind == "XYZ":
            return XyzFrames(path, name)
        if kind == "DUMP":
            return DumpFrames(path, name)
        if kind in ("GRO", "PDB"):
            return SingleFrames(path, name, kind)
        if kind and kind.startswith("ase:"):
            return AseFrames(path, name, kind.removeprefix("ase:"))
        return MdaFrames(path, name, kind, n_atoms)

    return _or_one_sentence(opened, name, path)


def _atoms_of(path, name):
    """The atoms of a topology, as the file names them."""

    def parsed():
        kind = _kind(path)
        if kind in ("XYZ", "DUMP", "GRO", "PDB") or (kind or "").startswith("ase:"):
            reader = _reader_of(path, name, None)
            reader.close()
            return reader.atoms
        options = lammps_style(path) if kind == "DATA" else {}
        return mda.Universe(str(path), topology_format=kind, to_guess=(), **options).atoms

    return _or_one_sentence(parsed, name, path)


def _or_one_sentence(call, name, path):
    """The result of a call, or its error as one sentence; what unfinished readers print on deletion is left out."""
    before, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    try:
        with warnings.catch_warnings():
            # The analysis of positions does not need masses, charges or chain names.
            warnings.filterwarnings("ignore", module="MDAnalysis")
            return call()
    except Exception as error:  # Readers and parsers raise many kinds of errors.
        fault = _explained(error, name, path).with_traceback(None)
    finally:
        sys.unraisablehook = before
    raise fault  # here, where the first error and what it holds are gone


def _kind(path):
    """Who reads a file: a value of `READERS`, a format of MDAnalysis, or None if the ending says it."""
    name = path.name.lower()
    with open(path, "rb") as file:
        begin = file.read(64)
    if begin.startswith(b"ITEM: "):
        return "DUMP"
    if h5py.is_hdf5(path) and path.suffix.lower() != ".ncdf":
        with h5py.File(path) as file:
            return "H5MD" if "h5md" in file else None
    if path.suffix.lower() in (".pdb", ".ent") and _has_frames(path):
        return "PDB"
    words = (name, path.suffix.lower(), re.split(r"[._-]", name)[0])
    return next((READERS[word] for word in words if word in READERS), None)


def _has_frames(path):
    """Whether a PDB file has more than one frame, or end of a frame."""
    with open(path, "rb") as file:
        return sum(line.startswith((b"END", b"MODEL")) for line in file) > 1


def _unpacked(path, folder):
    """The file in a folder for temporary files: unpacked if it is compressed, otherwise as a link."""
    folder.mkdir()
    with open(path, "rb") as file:
        begin = file.read(6)
    target = folder / (path.stem if path.suffix.lower() in PACKED else path.name)
    unpack = next((unpack for magic, unpack in UNPACKERS.items() if begin.startswith(magic)), None)
    if unpack is None:
        target.symlink_to(path.resolve())
        return target
    try:
        with unpack(path) as packed, open(target, "wb") as plain:
            shutil.copyfileobj(packed, plain)
    except (EOFError, OSError, lzma.LZMAError, ValueError) as error:
        raise ValueError(f"{path.name} cannot be unpacked ({error}): copy it again") from None
    return target


def _frames_before(part, following):
    """How many frames of a part of a run lie before the first one of the part that follows it."""
    first, count = following.frame(0), len(part)
    if np.isnan(first.time) or np.isnan(part.frame(0).time):
        same = (k for k in reversed(range(count)) if np.array_equal(part.frame(k).positions, first.positions))
        return next(same, count)
    if first.time <= part.frame(0).time:
        raise ValueError(
            f"{following.name} begins at {first.time:g} and {part.name} at {part.frame(0).time:g} (ns or steps): give "
            "the parts of a run in their order; if each counts from zero, join them first"
        )
    last, end = part.frame(count - 1).time, following.frame(len(following) - 1).time
    if end < last:
        raise ValueError(
            f"{following.name} ends at {end:g} and {part.name} at {last:g} (ns or steps): leave out {following.name}, "
            "which lies within the part before it"
        )
    while part.frame(count - 1).time > first.time * (1 - 1e-7):
        count -= 1
    return count


def _explained(error, name, path):
    """An error of a reader as a sentence for the user."""
    text = " ".join(str(error).split()).replace(str(path), name)
    if isinstance(error, ValueError) and text.startswith((f"{name}: ", f"{name} holds ", f"{name} cannot ")):
        return error
    if isinstance(error, MemoryError):
        return ValueError(f"{name} needs more memory than is free: use a computer with more, or fewer atoms")
    if isinstance(error, ImportError):
        package = text.split()[-1]  # "To read GSD files, please install gsd"
        return ValueError(f"{name} cannot be read without the package {package}: pip install {package}")
    if "convert_units" in text:
        return ValueError(f"{name} does not say its units of length and time: write the file with units")
    text = re.sub(r"^Failed to .* parser <.*?>\. Error: ", "", text)
    if "deduce the number of atoms" in text or "object 'trajectory' doesn't exist" in text:
        return ValueError(f"{name} names neither elements nor types of atoms: give a topology that does, such as PDB")
    if "dict_keys" in text:  # all formats of MDAnalysis
        return ValueError(f"{name}: its ending names no format that can be read, or it does not name its atoms")
    says_nothing = isinstance(error, LookupError | TypeError | UnicodeError) or SAYS_NOTHING.search(text)
    detail = "" if says_nothing or not text else f" ({text[:200]})"
    return ValueError(f"{name} cannot be read{detail}: is it complete, and in the format that its ending says?")
