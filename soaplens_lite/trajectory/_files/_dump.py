"""Trajectories in LAMMPS dumps, sorted by ids and in the coordinates of the simulation."""

import re
from pathlib import Path

import numpy as np
from ase.units import Bohr

from soaplens_lite.trajectory._files._frame import Frame, check_ids, unreadable
from soaplens_lite.trajectory._files._text import TextFrames, universe_of

# Length in Angstrom and time in ns of LAMMPS's units; those of `lj` have none.
LAMMPS_UNITS = {
    "real": (1.0, 1e-6),
    "metal": (1.0, 1e-3),
    "electron": (Bohr, 1e-6),
    "nano": (10.0, 1.0),
    "micro": (1e4, 1e3),
    "cgs": (1e8, 1e9),
    "si": (1e10, 1e9),
}
COORDINATES = (("x", "y", "z"), ("xs", "ys", "zs"), ("xu", "yu", "zu"), ("xsu", "ysu", "zsu"))


class DumpFrames(TextFrames):
    """
    Frames of a LAMMPS dump, sorted by ids, in the coordinates of the simulation.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the file, for messages.
    """

    def __init__(self, path: Path, name: str):
        super().__init__(path, name, _starts_of_dump)
        said, table = self._parsed(0)
        named = {"element": "elements", "type": "types", "mass": "masses"}
        columns = {plural: table[single] for single, plural in named.items() if single in table}
        if "elements" in columns:
            columns["names"] = columns["elements"]
        if not columns.keys() & {"names", "types"}:
            columns["types"] = np.full(len(table["id"]), "1")
        self._first = {single: table[single] for single in ("element", "type") if single in table}
        self._ids, self.n_atoms = table["id"], len(table["id"])
        self.atoms = universe_of(**columns).atoms
        self._parsed(len(self) - 1)  # A file that is cut off ends with a broken frame.
        # The first frame alone says it; most dumps do not, and most simulations are in Angstrom.
        self._length, self._time = LAMMPS_UNITS.get(said.get("UNITS"), (1.0, None))
        self.is_timed = self._time is not None and "TIME" in said

    def frame(self, k: int) -> Frame:
        """
        One frame; its time is the number of the step, where the dump does not say its units.

        Parameters
        ----------
        k : int

        Returns
        -------
        frame : Frame
        """
        said, table = self._parsed(k)
        check_ids(table["id"], self._ids, self.name, k)
        self.same_as_first(k, **{what: table[what] for what in self._first if what in table})
        cell, origin, pbc = said["box"]
        names = next((names for names in COORDINATES if table.keys() >= set(names)), None)
        if names is None:
            raise ValueError(f"{self.name}: frame {k} has no positions: write the dump with columns x y z")
        positions = np.column_stack([table[name] for name in names]).astype(np.float64)
        if "s" in names[0]:
            positions = positions @ cell + origin
        time = self._time * float(said["TIME"]) if self.is_timed else float(said["TIMESTEP"])
        return Frame((self._length * positions).astype(np.float32), self._length * cell, time, pbc)

    def _parsed(self, k):
        """Header of a frame, and its columns sorted by ids."""
        lines, said, number = self.text(k).splitlines(), {}, 0
        try:
            while not lines[number].startswith("ITEM: ATOMS"):
                key = lines[number].removeprefix("ITEM: ")
                if key.startswith("BOX BOUNDS"):
                    rows = [list(map(float, line.split())) for line in lines[number + 1 : number + 4]]
                    said["box"] = _box(key.split()[2:], np.array(rows))
                    number += 4
                else:
                    said[key] = lines[number + 1].strip()
                    number += 2
            columns, n_atoms = lines[number].split()[2:], int(said["NUMBER OF ATOMS"])
            rows = np.array([line.split() for line in lines[number + 1 : number + 1 + n_atoms]]).T
            if rows.shape != (len(columns), n_atoms):
                raise IndexError
            table = dict(zip(columns, rows, strict=True))
            table["id"] = table["id"].astype(int)
        except KeyError:
            check_ids(None, None, self.name, k)
        except (ValueError, IndexError):
            expected = len(self._ids) if self._first else said.get("NUMBER OF ATOMS", "these")
            raise ValueError(unreadable(self.name, k, expected)) from None
        order = np.argsort(table["id"], kind="stable")
        return said, {name: values[order] for name, values in table.items()}


def _starts_of_dump(file):
    """Places of the lines ``ITEM: TIMESTEP``, or of ``ITEM: UNITS`` before the first one, and the end."""
    place, begun = 0, False
    for line in file:
        if line.startswith(b"ITEM: TIMESTEP") and not begun or line.startswith(b"ITEM: UNITS"):
            yield place
            begun = line.startswith(b"ITEM: UNITS")
        elif line.startswith(b"ITEM: TIMESTEP"):
            begun = False
        place += len(line)
    yield place


def _box(words, rows):
    """Vectors, lower corner and periodicity of the box; words are those behind ``BOX BOUNDS``."""
    flags = [word for word in words if re.fullmatch("[pfsm]{2}", word)]
    pbc = np.array([flag == "pp" for flag in flags]) if len(flags) == 3 else np.ones(3, dtype=bool)
    if "abc" in words:  # any three vectors, each with a coordinate of the corner behind it
        return rows[:, :3], rows[:, 3], pbc
    (low_x, low_y, low_z), (high_x, high_y, high_z) = rows[:, 0], rows[:, 1]
    xy, xz, yz = rows[:, 2] if rows.shape[1] == 3 else (0.0, 0.0, 0.0)
    low_x, high_x = low_x - min(0, xy, xz, xy + xz), high_x - max(0, xy, xz, xy + xz)
    low_y, high_y = low_y - min(0, yz), high_y - max(0, yz)
    cell = np.array([[high_x - low_x, 0, 0], [xy, high_y - low_y, 0], [xz, yz, high_z - low_z]])
    return cell, np.array([low_x, low_y, low_z]), pbc
