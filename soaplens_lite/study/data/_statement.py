"""
What the user states about a trajectory of their own, in a TOML file or on the command line.

Two or three lines are enough, as far as the data themselves say the rest::

    topology = "surface.pdb"
    trajectory = "surface.dcd"
    interval = 0.04              # ns between frames
    centers = "prop z > 18.34"   # the analyzed atoms; default: all

Paths are relative to the TOML file.
"""

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from soaplens_lite.study import DataError
from soaplens_lite.trajectory._cell import as_cell
from soaplens_lite.trajectory._elements import MASSLESS_SITES, is_element
from soaplens_lite.trajectory._hdf5 import is_paper_hdf5

from ._registry import DataFile, Entry, Units, validated

HOW_TO_STATE = {
    "trajectory": '--trajectory FILE; in a TOML file: trajectory = "FILE"',
    "topology": '--topology FILE; in a TOML file: topology = "FILE"',
    "interval": "--interval 0.04; in a TOML file: interval = 0.04",
    "cell": "--cell A B C ALPHA BETA GAMMA or --not-periodic; in a TOML file: cell = [...] or periodic = false",
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


class Statement(Entry):
    """
    What the user can say about a trajectory.

    Attributes
    ----------
    trajectory : DataFile, or its path
        In any format that MDAnalysis reads, or the paper's HDF5.
    topology : DataFile or its path, optional
        Where the trajectory does not name its atoms itself.
    group : str, optional
        Name of the trajectory in an HDF5 file with several.
    interval : float, optional
        Between frames, in ns. Default: as the file says, if its format keeps times.
    periodic : bool or three of them, optional
        Whether the system repeats itself, or along which vectors of the cell.
        Default: whether there is a cell.
    cell : six or nine numbers, optional
        In place of the file's: a, b, c in Angstrom, alpha, beta, gamma in degrees, for a cell whose a is along x and
        whose b is in the plane xy; or the vectors a, b, c.
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
    n_frames, n_atoms, n_centers, species, units : optional
        Compared with what the files say.
    """

    trajectory: DataFile
    topology: DataFile | None = None
    group: str | None = None
    interval: float | None = Field(None, gt=0, strict=False)
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
    units: Units = Units()

    @field_validator("cell")
    @classmethod
    def _six_or_nine(cls, value):
        """Numbers of a cell."""
        as_cell(value)
        return value

    @field_validator("elements")
    @classmethod
    def _real_elements(cls, value):
        """Symbols of the periodic table, or massless sites of water."""
        for name, symbol in value.items():
            if not is_element(symbol) and symbol not in MASSLESS_SITES:
                raise ValueError(f"{name} = {symbol!r}: {symbol!r} is not a chemical symbol")
        return value

    @property
    def is_hdf5(self):
        """Whether the trajectory is in the paper's format: bool."""
        return is_paper_hdf5(self.trajectory.path)


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
    for key in ("trajectory", "topology"):
        value = content.get(key)
        value = {"path": value} if isinstance(value, str | os.PathLike) else value
        if isinstance(value, dict) and isinstance(value.get("path"), str | os.PathLike):
            # A link keeps its name, because the ending says the format.
            content[key] = value | {"path": Path(os.path.normpath(folder / value["path"]))}
    return content
