"""
What the user states about a trajectory of their own, in a TOML file or on the command line.

Two or three lines are enough, as far as the data themselves say the rest::

    topology = "surface.pdb"
    trajectory = "surface.dcd"
    interval = 0.04              # ns between frames
    centers = "prop z > 18.34"   # the analyzed atoms; default: all

``trajectory = ["first.dcd", "second.dcd"]`` names the parts of one run. Paths are relative to the TOML file.
"""

import math
import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from soaplens_lite.study import DataError
from soaplens_lite.trajectory._cell import as_cell, as_pbc
from soaplens_lite.trajectory._elements import MASSLESS_SITES, is_element
from soaplens_lite.trajectory._files._hdf5 import is_paper_hdf5

from ._registry import DataFile, Entry, Units, validated

ANGSTROM_IN = {"Angstrom": 1.0, "nm": 10.0, "Bohr": 0.529177}
HOW_TO_STATE = {
    "trajectory": '--trajectory FILE; in a TOML file: trajectory = "FILE"',
    "topology": '--topology FILE; in a TOML file: topology = "FILE"',
    "interval": "--interval 0.04; in a TOML file: interval = 0.04",
    "cell": "--cell A B C ALPHA BETA GAMMA or --not-periodic; in a TOML file: cell = [...] or periodic = false",
    "periodic": '--periodic xy; in a TOML file: periodic = "xy"',
    "elements": '--element NAME=SYMBOL, or --beads; in a TOML file: elements = { NAME = "SYMBOL" }, or beads = true',
    "length_unit": "--length-unit ANGSTROM; in a TOML file: length_unit = 2.5",
}


def how_to_confirm(fact):
    """
    How the user confirms what was guessed.

    Parameters
    ----------
    fact : str

    Returns
    -------
    text : str
    """
    return f'--confirm {fact}; in a TOML file: confirmed = ["{fact}"]'


class OwnUnits(Units):
    """What the user calls the units of the files: names for labels, which convert nothing. Empty: see `named`."""

    length: str = ""
    time: str = ""

    def named(self, length_unit, *, own_time):
        """
        The same with a name for each unit.

        Parameters
        ----------
        length_unit : float or None
            Angstrom in one unit of length; None for one Angstrom.
        own_time : bool
            Whether the user states the interval. A user of a model's unit of length states the model's time, too;
            times in a file are converted to ns when they are read.

        Returns
        -------
        units : OwnUnits

        Examples
        --------
        >>> [(units.length, units.time) for units in (OwnUnits().named(10, own_time=True),
        ...  OwnUnits().named(2.5, own_time=True), OwnUnits(length="sigma").named(2.5, own_time=False))]
        [('nm', 'ns'), ('model units', 'model units'), ('sigma', 'ns')]
        """
        known = [name for name, value in ANGSTROM_IN.items() if math.isclose(length_unit or 1, value, rel_tol=1e-4)]
        length = known[0] if known else "model units"
        time = "ns" if known or not own_time else "model units"
        return self.model_copy(update={"length": self.length or length, "time": self.time or time})


class Statement(Entry):
    """
    What the user can say about a trajectory.

    Attributes
    ----------
    trajectory : tuple of DataFile, one of them, or their paths
        In any format that MDAnalysis or ASE reads, or the paper's HDF5; compressed or not. Several are the parts of one
        run, in their order: where they overlap, the later part counts.
    topology : DataFile or its path, optional
        Where the trajectory does not name its atoms itself.
    group : str, optional
        Name of the trajectory in an HDF5 file with several.
    interval : float, optional
        Between frames of the file, in ns. Default: as the file says, if its format keeps times.
    start, stop, stride : int
        Which frames are analyzed, as in `slice`. The others are not read.
    periodic : bool, three of them, or axes, optional
        Whether the system repeats itself, or along which vectors of the cell, see `soaplens_lite.trajectory.as_pbc`.
        Default: whether there is a cell.
    cell : 1, 3, 6 or 9 numbers, optional
        In place of the file's, see `soaplens_lite.trajectory.as_cell`.
    elements : dict of str to str, optional
        Chemical symbols of names or types that are not symbols, ``{"1": "Cu"}`` for instance.
    beads : bool
        The particles are not atoms: they keep the names that the file gives them.
    length_unit : float, optional
        Length in Angstrom of the unit of all lengths in the files, if it is another: 10 for nm, 4.7 for a bead of this
        size that has length 1. Radii and positions stay in the files' unit; SOAP computes in Angstrom.
    confirmed : tuple of str
        Facts that were guessed or look doubtful, and are right: names as in the message that asks for them.
    centers : str
        The analyzed atoms, as an MDAnalysis selection at frame 0, where an atom's name is its symbol.
    id, title, temperature, licence, source : optional
        For the record.
    n_frames, n_atoms, n_centers, species : optional
        Compared with what the files say.
    units : OwnUnits
        What figures and tables call the units, ``{ length = "sigma", time = "tau" }`` for instance.
    """

    trajectory: tuple[DataFile, ...] = Field(min_length=1, strict=False)
    topology: DataFile | None = None
    group: str | None = None
    interval: float | None = Field(None, gt=0, strict=False)
    start: int = 0
    stop: int | None = None
    stride: int = Field(1, ge=1)
    periodic: bool | Annotated[tuple[bool, bool, bool], Field(strict=False)] | None = None
    cell: tuple[float, ...] | None = Field(None, strict=False)
    elements: dict[str, str] = Field({}, strict=False)
    beads: bool = False
    length_unit: float | None = Field(None, gt=0, strict=False)
    confirmed: tuple[str, ...] = Field((), strict=False)
    centers: str = Field("all", min_length=1)
    id: str | None = Field(None, pattern="^[a-z0-9][a-z0-9-]*$")
    title: str | None = None
    temperature: float | None = Field(None, gt=0, strict=False)
    licence: str = "not stated"
    source: str = "a trajectory of the user's own"
    n_frames: int | None = Field(None, gt=0)
    n_atoms: int | None = Field(None, gt=0)
    n_centers: int | None = Field(None, gt=0)
    species: tuple[str, ...] | None = Field(None, strict=False)
    units: OwnUnits = OwnUnits()

    @field_validator("cell", mode="before")
    @classmethod
    def _six_or_nine(cls, value):
        """Numbers of a cell: lengths and angles, or three vectors."""
        return None if value is None else as_cell(value).ravel().tolist()

    @field_validator("periodic", mode="before")
    @classmethod
    def _one_or_three(cls, value):
        """One answer, or three where they differ."""
        if value is None:
            return None
        answers = as_pbc(value).tolist()
        return answers[0] if len(set(answers)) == 1 else answers

    @field_validator("elements")
    @classmethod
    def _real_elements(cls, value):
        """Symbols of the periodic table, or massless sites of water."""
        for name, symbol in value.items():
            if not is_element(symbol) and symbol not in MASSLESS_SITES:
                raise ValueError(f"{name} = {symbol!r}: {symbol!r} is not a chemical symbol")
        return value

    @model_validator(mode="after")
    def _hdf5_alone(self):
        """The paper's HDF5 holds no times, so that parts cannot be joined."""
        for path in self.parts[1:] and filter(is_paper_hdf5, self.parts):
            raise ValueError(f"{path.name} cannot be a part of a run: join them in one file, or convert it first")
        return self

    @property
    def parts(self):
        """Paths of the trajectory: list of pathlib.Path."""
        return [file.path for file in self.trajectory]

    @property
    def name(self):
        """Names of the trajectory's files, for messages: str."""
        return " + ".join(path.name for path in self.parts)

    @property
    def is_hdf5(self):
        """Whether the trajectory is in the paper's format: bool."""
        return len(self.parts) == 1 and is_paper_hdf5(self.parts[0])


def is_description(name):
    """
    Whether a name is that of a TOML file and not the id of a data set of the registry.

    Parameters
    ----------
    name : str or path

    Returns
    -------
    answer : bool
    """
    return str(name).endswith(".toml")


def read_statement(path=None, **stated):
    """
    Read a TOML file about a trajectory, and replace values in it.

    Parameters
    ----------
    path : path, optional
    **stated
        Keys of `Statement`. They replace those of the file; paths are relative to the current folder.

    Returns
    -------
    statement : Statement
        With absolute paths.

    Raises
    ------
    DataError
        If the file cannot be read, a key is unknown, or a value is not allowed.
    """
    content, where = {}, "the description of the data"
    if path is not None:
        path, where = Path(path), str(path)
        try:
            content = tomllib.loads(path.read_text("utf-8"))
        except OSError as error:
            raise DataError(f"{path}: {error.strerror}: no description of data can be read there") from None
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DataError(f"{path} is not valid TOML: {error}") from None
        content = _absolute(content, path.parent.resolve())
    content |= _absolute(stated, Path.cwd())
    if "trajectory" not in content:
        raise DataError(f"{where} names no trajectory: state it ({HOW_TO_STATE['trajectory']})")
    return validated(Statement, content, where)


def _absolute(content, folder):
    """The same statements, with files as tables and paths that do not depend on the current folder."""
    content = dict(content)
    if "trajectory" in content:
        given = content["trajectory"]
        parts = given if isinstance(given, list | tuple) else [given]
        content["trajectory"] = [_file(part, folder) for part in parts]
    if "topology" in content:
        content["topology"] = _file(content["topology"], folder)
    return content


def _file(value, folder):
    """A file as a table with an absolute path; what is neither a path nor a table stays as it is."""
    value = {"path": value} if isinstance(value, str | os.PathLike) else value
    if not (isinstance(value, dict) and isinstance(value.get("path"), str | os.PathLike)):
        return value
    # A link keeps its name, because the ending says the format.
    return value | {"path": Path(os.path.normpath(folder / value["path"]))}
