"""
Trajectories in text files: extended XYZ, and formats of single frames one after the other (GRO, PDB).

A file is indexed by the places where its frames begin, so that any frame is read without those before it. Each frame is
compared with the first one: LENS follows atoms by their identity, and a text file can list them in another order.
"""

import io
import re
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import MDAnalysis as mda
import numpy as np
from ase.data import chemical_symbols
from ase.io.extxyz import key_val_str_to_dict
from MDAnalysis.lib.util import NamedStream

from soaplens_lite.trajectory._cell import cell_vectors
from soaplens_lite.trajectory._files._frame import SAME_ATOMS, Frame, completed, unreadable
from soaplens_lite.trajectory._trajectory import check_memory

NAME_PROPERTIES = ("species", "symbols", "element", "type", "name", "Z", "numbers")
BYTES_PER_CHARACTER = 30  # of memory that reading a frame takes
OWN_UNIT_OF_TIME = re.compile(r"time in ns")  # what `write_states` and `convert` say about themselves


class TextFrames:
    """
    Frames of a text file.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the file, for messages.
    starts : callable
        Places where frames begin, and the place where the last one ends.
    """

    interval, is_timed, guessed = None, False, {}

    def __init__(self, path: Path, name: str, starts: Callable[[BinaryIO], Iterator[int]]):
        self.name, self._file = name, open(path, "rb")
        self._starts = np.fromiter(starts(self._file), dtype=np.int64)
        if len(self._starts) < 2:
            raise ValueError(f"{name} holds no frame: is it complete, and in the format that its ending says?")
        check_memory(BYTES_PER_CHARACTER * int(np.diff(self._starts).max()), name)
        self._first = None

    def __len__(self) -> int:
        return len(self._starts) - 1

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def text(self, k: int) -> str:
        """
        The lines of a frame.

        Parameters
        ----------
        k : int

        Returns
        -------
        text : str
        """
        start, stop = self._starts[k : k + 2].tolist()
        self._file.seek(start)
        return self._file.read(stop - start).decode("utf-8", errors="replace")

    def same_as_first(self, k: int, **columns) -> None:
        """
        Refuse a frame that lists other atoms than the first one.

        Parameters
        ----------
        k : int
        **columns : array_like, shape (n_atoms,)
            What names the atoms.

        Raises
        ------
        ValueError
            With the frame and the first atom.
        """
        for what, values in columns.items():
            expected = self._first[what]
            if len(values) != len(expected):
                raise ValueError(unreadable(self.name, k, len(expected)))
            other = np.flatnonzero(np.asarray(values) != np.asarray(expected))
            if len(other):
                atom = other[0]
                raise ValueError(
                    f"{self.name}: frame {k} has {values[atom]} as atom {atom}, where frame 0 has {expected[atom]}: "
                    f"{SAME_ATOMS}, in the same order; sort the atoms of each frame"
                )


class XyzFrames(TextFrames):
    """
    Frames of XYZ and extended XYZ files: columns by ``Properties``, cell by ``Lattice`` and ``pbc``.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the file, for messages.
    """

    def __init__(self, path: Path, name: str):
        super().__init__(path, name, _starts_of_xyz)
        names, _, header = self._parsed(0)
        self._first, self.n_atoms = {"species": names}, len(names)
        self.atoms = universe_of(names=names, elements=names).atoms
        self._parsed(len(self) - 1)  # A file that is cut off ends with a broken frame.
        if self.is_timed and len(self) > 1:
            self.interval = self._parsed(1)[2]["time"] - header["time"]

    def frame(self, k: int) -> Frame:
        """
        One frame.

        Parameters
        ----------
        k : int

        Returns
        -------
        frame : Frame
        """
        names, positions, header = self._parsed(k)
        self.same_as_first(k, species=names)
        cell, pbc = header["cell"], header["pbc"]
        return Frame(positions, completed(cell, pbc, positions), header["time"], pbc)

    def _parsed(self, k):
        """Names, positions, and cell, periodicity and time of a frame."""
        lines = self.text(k).splitlines()
        try:
            n_atoms, header = int(lines[0]), _header(lines[1])
            table = np.array([line.split() for line in lines[2 : n_atoms + 2]])
            places = _places(header["properties"])
            positions = table[:, places["pos"]].astype(np.float64)
            names = table[:, places["names"]][:, 0]
            if places["names"].start == places["numbers"]:
                names = np.array(chemical_symbols)[names.astype(int)]
            if len(table) < n_atoms:
                raise IndexError
            if "id" in places:
                order = np.argsort(table[:, places["id"]][:, 0].astype(int), kind="stable")
                names, positions = names[order], positions[order]
        except KeyError as error:
            raise ValueError(f"{self.name}: frame {k} has no {error.args[0]} among its Properties") from None
        except (ValueError, IndexError):
            expected = len(self._first["species"]) if self._first else lines[0].strip()
            raise ValueError(unreadable(self.name, k, expected)) from None
        self.is_timed = header["in_ns"]
        return names, positions.astype(np.float32), header


def _starts_of_xyz(file):
    """Places of the frames: a line with the number of atoms, a comment, and a line for each atom."""
    place = 0
    while line := file.readline():
        if line.strip():
            yield place
            if not line.strip().isdigit():  # The frame before holds more or fewer lines than it says.
                place = file.tell()
                break
            for _ in range(int(line) + 1):
                file.readline()
        place = file.tell()
    yield place


def _header(comment):
    """What the comment line of a frame says: properties, cell, periodicity, time and whether this counts ns."""
    said = {}
    if re.search(r"(Properties|Lattice)\s*=", comment, re.IGNORECASE):
        said = {key.lower(): value for key, value in key_val_str_to_dict(comment).items()}
    cell = np.ravel(said["lattice"], order="F").reshape(3, 3).astype(float) if "lattice" in said else None
    pbc = np.broadcast_to(np.asarray(said.get("pbc", cell is not None), dtype=bool), 3)
    plain = re.search(r"\btime\s*=\s*([-+]?\d*\.?\d+(?:e[-+]?\d+)?)", comment, re.IGNORECASE)
    time = said.get("time", float(plain[1]) if plain else np.nan)
    return {
        "properties": said.get("properties", "species:S:1:pos:R:3"),
        "cell": cell,
        "pbc": pbc,
        "time": float(time) if np.isscalar(time) and not isinstance(time, str) else np.nan,
        "in_ns": bool(OWN_UNIT_OF_TIME.search(comment)),
    }


def _places(properties):
    """Columns of positions, names and ids in the lines of atoms."""
    fields, column, places = properties.split(":"), 0, {}
    for name, width in zip(fields[::3], map(int, fields[2::3]), strict=True):
        places[name] = slice(column, column + width)
        column += width
    named = [places[name] for name in NAME_PROPERTIES if name in places]
    numbers = [places[name].start for name in ("Z", "numbers") if name in places]
    found = {"pos": places["pos"], "numbers": min(numbers, default=None)}
    found["names"] = named[0] if named else places["species"]
    return found | ({"id": places["id"]} if "id" in places else {})


class SingleFrames(TextFrames):
    """
    Frames of a format of which MDAnalysis reads one frame (GRO), or one cell (PDB).

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the file, for messages.
    kind : {"GRO", "PDB"}
    """

    def __init__(self, path: Path, name: str, kind: str):
        super().__init__(path, name, _starts_of_gro if kind == "GRO" else _starts_of_pdb)
        self._kind = kind
        self._reader = mda.coordinates.core.get_reader_for(f"x.{kind}", format=kind)
        first = self.text(0)
        self._first = {"name": self._named(first)}
        self.n_atoms = len(self._first["name"])
        stream = NamedStream(io.StringIO(first), f"frame.{kind.lower()}")
        self.atoms = mda.Universe(stream, to_guess=()).atoms
        self._cell_line = "".join(re.findall(r"^CRYST1.*\n", first, re.MULTILINE)[:1])
        self._parsed(len(self) - 1)  # A file that is cut off ends with a broken frame.
        times = [self._time(self.text(k)) for k in range(min(2, len(self)))]
        self.is_timed = bool(np.isfinite(times).all())
        self.interval = round(times[1] - times[0], 9) if self.is_timed and len(self) > 1 else None

    def frame(self, k: int) -> Frame:
        """
        One frame.

        Parameters
        ----------
        k : int

        Returns
        -------
        frame : Frame
        """
        text, step = self._parsed(k)
        self.same_as_first(k, name=self._named(text))
        cell = None if step.dimensions is None else cell_vectors(step.dimensions, source=self.name)[0]
        numbers = text.splitlines()[-1].split()
        if self._kind == "GRO" and cell is not None and len(numbers) == 9:
            cell = 10 * np.array(numbers, dtype=float)[[[0, 3, 4], [5, 1, 6], [7, 8, 2]]]  # in the file's orientation
        return Frame(step.positions, cell, self._time(text), np.full(3, cell is not None))

    def _parsed(self, k):
        """The text of a frame, and what MDAnalysis reads in it."""
        text = re.sub(r"^MODEL.*\n", "", self.text(k), flags=re.MULTILINE)  # MDAnalysis skips the cell before it.
        if "CRYST1" not in text:
            text = self._cell_line + text
        try:
            with warnings.catch_warnings():
                warnings.filterwarnings("ignore", module="MDAnalysis")
                return text, self._reader(NamedStream(io.StringIO(text), f"frame.{self._kind.lower()}")).ts
        except Exception:  # The readers raise many kinds of errors where a line is cut or damaged.
            raise ValueError(unreadable(self.name, k, len(self._first["name"]))) from None

    def _named(self, text):
        """What names the atoms of a frame: the columns before the coordinates, without serial numbers."""
        lines = text.splitlines()
        if self._kind == "GRO":
            return [line[5:15].strip() for line in lines[2:-1]]
        return [line[12:21] for line in lines if line.startswith(("ATOM", "HETATM"))]

    def _time(self, text):
        """Time in ns, which GROMACS writes in ps into the title."""
        found = re.search(r"\bt=\s*([-+.\deE]+)", text.split("\n", 1)[0])
        return float(found[1]) / 1000 if found else np.nan


def _starts_of_gro(file):
    """Places of the frames: a title, the number of atoms, a line for each atom, and the cell."""
    place = 0
    while file.readline().strip() or file.peek(1):
        count = file.readline()
        if not count.strip():
            break
        yield place
        if not count.strip().isdigit():  # The frame before holds more or fewer lines than it says.
            place = file.tell()
            break
        for _ in range(int(count) + 1):
            file.readline()
        place = file.tell()
    yield place


def _starts_of_pdb(file):
    """
    Places of the frames, each of which begins with ``MODEL`` or ends with ``END`` or ``ENDMDL``.

    A cell between two frames is that of the second, unless the first frame of the file has its cell behind it.
    """
    yield (place := 0)
    has_atoms = has_ended = cell_leads = False
    for line in file:
        is_cell, begins = line.startswith(b"CRYST1"), line.startswith(b"MODEL")
        begins |= is_cell and cell_leads or has_ended and not is_cell and not line.startswith(b"END")
        if has_atoms and begins:
            yield place
            has_atoms = has_ended = False
        cell_leads |= is_cell and not has_atoms
        has_atoms |= line.startswith((b"ATOM", b"HETATM"))
        has_ended |= has_atoms and line.startswith(b"END")
        place += len(line)
    if has_atoms:
        yield place


def universe_of(**columns) -> mda.Universe:
    """
    A universe that names atoms and holds no positions.

    Parameters
    ----------
    **columns : array_like, shape (n_atoms,)
        ``names``, ``types``, ``elements``, ``masses``.

    Returns
    -------
    universe : MDAnalysis.Universe
    """
    universe = mda.Universe.empty(len(next(iter(columns.values()))))
    for name, values in columns.items():
        universe.add_TopologyAttr(name, np.asarray(values, dtype=float if name == "masses" else object))
    return universe
