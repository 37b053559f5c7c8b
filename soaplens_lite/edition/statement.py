"""
What a user states of a trajectory of their own, in a small TOML file or on the command line.

A file with two or three lines is enough, as far as the data themselves say the rest::

    topology = "surface.pdb"
    trajectory = "surface.dcd"
    interval = 0.04              # ns between frames
    centers = "prop z > 18.34"   # the analyzed atoms; all, if nothing is said

Paths are relative to the file.
"""

import json
import os
import tomllib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from soaplens_lite.formats import MASSLESS_SITES, is_element

from . import DataError
from .registry import Units

UNITS = {"length": "Angstrom", "time": "ns", "temperature": "K"}


class _Stated(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class StatedFile(_Stated):
    """A file: where it is, and the checksum and size in bytes that it must have, if they are stated."""

    path: Path = Field(strict=False)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    size: int | None = Field(None, gt=0)


class Statement(_Stated):
    """
    What can be stated of a trajectory.

    Attributes
    ----------
    trajectory : StatedFile, or its path as text
        In any format that MDAnalysis reads, or the paper's HDF5.
    topology : StatedFile or its path, optional
        Where the trajectory does not name its atoms itself.
    group : str, optional
        Name of the trajectory in an HDF5 file with several.
    interval : float, optional
        Between frames, in ns. Default: as the file says, if its format keeps times.
    periodic : bool, optional
        Default: whether there is a cell.
    cell : six numbers, optional
        a, b, c in Angstrom, alpha, beta, gamma in degrees, in place of the file's.
    elements : dict of str to str, optional
        Chemical symbols of names or types that are none, ``{"1": "Cu"}`` for instance.
    centers : str
        The analyzed atoms, as an MDAnalysis selection at frame 0, where an atom's name is its symbol.
    id, title, temperature, licence, source : optional
        For the record.
    n_frames, n_atoms, n_centers, species, units : optional
        Held against what the files say.
    """

    trajectory: StatedFile
    topology: StatedFile | None = None
    group: str | None = None
    interval: float | None = Field(None, gt=0, strict=False)
    periodic: bool | None = None
    cell: tuple[float, float, float, float, float, float] | None = Field(None, strict=False)
    elements: dict[str, str] = Field({}, strict=False)
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
    units: Units = Units(**UNITS)

    @field_validator("trajectory", "topology", mode="before")
    @classmethod
    def _path_alone(cls, value):
        """A path will do where nothing is known of the file."""
        return {"path": value} if isinstance(value, str | os.PathLike) else value

    @field_validator("elements")
    @classmethod
    def _real_elements(cls, value):
        """Symbols that the periodic table has, or sites of water that carry no mass."""
        for name, symbol in value.items():
            if not is_element(symbol) and symbol not in MASSLESS_SITES:
                raise ValueError(f"{name} = {symbol!r}: {symbol!r} is no chemical symbol")
        return value


def read_statement(path=None, **stated):
    """
    What a TOML file states, and what is stated beside it.

    Parameters
    ----------
    path : path, optional
    **stated
        Keys of `Statement`, over those of the file; paths relative to the current folder.

    Returns
    -------
    statement : Statement
        With absolute paths.

    Raises
    ------
    DataError
        If the file cannot be read, a key is not known, or a value makes no sense.
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
        raise DataError(f"{where} names no trajectory: state it ({how('trajectory')})")
    return validated(Statement, content, where)


def validated(model, content, where):
    """
    What is known of data, checked.

    Parameters
    ----------
    model : type of pydantic.BaseModel
    content : dict
    where : str
        Where it stands, for the message.

    Returns
    -------
    checked : model

    Raises
    ------
    DataError
        If a key is not known, or a value makes no sense. All faults are named at once.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [f"  {'.'.join(map(str, fault['loc']))}: {_in_words(fault, model)}" for fault in error.errors()]
        raise DataError("\n".join([f"{where} is not as it should be:", *faults])) from None


def _in_words(fault, model):
    """One fault that pydantic found."""
    if fault["type"] == "extra_forbidden":
        return f"no such key is known; known are {', '.join(model.model_fields)}"
    return fault["msg"]


def _absolute(content, folder):
    """The same statements with paths that do not depend on the current folder."""
    content = dict(content)
    for key in ("trajectory", "topology"):
        value = content.get(key)
        if isinstance(value, str | os.PathLike):
            content[key] = {"path": _joined(folder, value)}
        elif isinstance(value, dict) and isinstance(value.get("path"), str):
            content[key] = value | {"path": _joined(folder, value["path"])}
    return content


def _joined(folder, path):
    """A path within a folder, without steps up; the name of a link is kept, as its ending says the format."""
    return Path(os.path.normpath(folder / path))


def write_toml(path, content):
    """
    Write a description of data.

    Parameters
    ----------
    path : path
    content : dict
        Keys of `Statement`; what is None or empty is left out.

    Returns
    -------
    path : pathlib.Path
    """
    lines = [f"{key} = {_toml(value)}\n" for key, value in content.items() if value not in (None, {})]
    Path(path).write_text("".join(lines), "utf-8")
    return Path(path)


def _toml(value):
    """A value as TOML; text, numbers and lists look there as they do in JSON that escapes no more than it must."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(str(key))} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def how(key):
    """
    How something is stated, on the command line and in a file, for messages.

    Parameters
    ----------
    key : {"trajectory", "topology", "interval", "cell", "elements"}

    Returns
    -------
    text : str
    """
    option, line = {
        "trajectory": ("--trajectory FILE", 'trajectory = "FILE"'),
        "topology": ("--topology FILE", 'topology = "FILE"'),
        "interval": ("--interval 0.04", "interval = 0.04"),
        "cell": ("--cell A B C ALPHA BETA GAMMA or --not-periodic", "cell = [...] or periodic = false"),
        "elements": ("--element NAME=SYMBOL", 'elements = { NAME = "SYMBOL" }'),
    }[key]
    return f"{option}; in a TOML file: {line}"
