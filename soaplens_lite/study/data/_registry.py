"""
What the registry says about data: tiers, data sets and files.

A notebook takes everything that belongs to a trajectory from here: the sampling interval, the units, whether the cell
is meant, which atoms are analyzed and how many. All of it stands in ``data_registry/registry.toml``.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from soaplens_lite.study import DataError, bundled, suggest
from soaplens_lite.study.settings import settings

OWN_TIER = "own"  # of a data set that the user describes, see `soaplens_lite.study.data.describe`


class Entry(BaseModel):
    """A part of the registry: unknown keys and values of another type are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Licensed(Entry):
    """What may be used under stated terms."""

    licence: str
    copyright: str = ""

    @property
    def terms(self):
        """Licence and copyright, for reading: str."""
        return ", ".join(filter(None, (self.licence, self.copyright)))


class Tier(Licensed):
    """
    Where the files of some data sets come from.

    A tier without an address is bundled: its files travel with the package.

    Attributes
    ----------
    name : str
    zenodo : str or None
        DOI of a Zenodo record.
    github, commit : str or None
        ``owner/name`` of a repository, and the commit at which its files are taken.
    licence : str
        Shown before a download where the record does not state one; also that of the tier's data sets.
    copyright : str
        Shown with the licence; empty if the source names none.
    """

    name: str
    zenodo: str | None = Field(None, pattern=r"^10\.5281/zenodo\.[0-9]+$")
    github: str | None = Field(None, pattern="^[^/]+/[^/]+$")
    commit: str | None = Field(None, pattern="^[0-9a-f]{40}$")
    licence: str = "not stated"

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.github is None) != (self.commit is None):
            raise ValueError("github and commit belong together: give both or neither")
        return self

    @property
    def is_bundled(self):
        """Whether the files travel with the package: bool."""
        return not (self.zenodo or self.github)


class DataFile(Entry):
    """
    A file of a data set and the identity of its content.

    Attributes
    ----------
    path : pathlib.Path
        Where it is, or will be after the download.
    sha256, git_blob : str or None
        Checksum, or the id that git gives to the content. A file of the registry has one of them.
    size : int or None
        In bytes.
    published : str or None
        Its path in the authors' repository.
    """

    path: Path = Field(strict=False)
    sha256: str | None = Field(None, pattern="^[0-9a-f]{64}$")
    git_blob: str | None = Field(None, pattern="^[0-9a-f]{40}$")
    size: int | None = Field(None, gt=0)
    published: str | None = Field(None, min_length=1)

    @property
    def content(self):
        """What identifies the content: str of hexadecimal digits, or None."""
        return self.sha256 or self.git_blob


class Units(Entry):
    """Units of all numbers in the registry and in the files. Nothing is converted, so no others are allowed."""

    length: Literal["Angstrom"] = "Angstrom"
    time: Literal["ns"] = "ns"
    temperature: Literal["K"] = "K"


class DataSet(Licensed):
    """
    A trajectory and all that its analysis has to know.

    Attributes
    ----------
    id, title : str
    tier : str
        Name of a `Tier`, or ``own``.
    study : str
        Which of the paper's systems it is.
    units : Units
    interval : float
        Between frames, in ns.
    periodic : bool
        Whether the cell in the files is meant.
    species : tuple of str
    centers : str
        The analyzed atoms, as an MDAnalysis selection at frame 0 that must give `n_centers` of `n_atoms`.
    n_centers, n_frames, n_atoms : int
        The last two are None until the download where the paper leaves them open.
    paper_frames : int or None
        Frames from the start that are as long as the paper's trajectory, where the file has more.
    temperature : float or None
        In K.
    licence, copyright, source : str
        The first two are those of the tier unless the entry states others.
    differs_from_paper : tuple of str
        How the data differ from the paper's.
    remarks : tuple of str
        Where the paper contradicts itself about these data, and what was chosen.
    placed_atoms : tuple of int
        Atoms, counted from 0, that were added by hand.
    group : str or None
        Name of the trajectory in an HDF5 file.
    topology_file : DataFile or None
        None for HDF5, which names its atoms itself.
    trajectory_file : DataFile
    """

    id: str = Field(pattern="^[a-z0-9][a-z0-9-]*$")
    tier: str
    study: str
    title: str
    units: Units
    interval: float = Field(gt=0, strict=False)
    periodic: bool
    species: tuple[str, ...] = Field(min_length=1, strict=False)
    centers: str = Field(min_length=1)
    n_centers: int = Field(gt=0)
    n_frames: int | None = Field(None, gt=0)
    n_atoms: int | None = Field(None, gt=0)
    paper_frames: int | None = Field(None, gt=0)
    temperature: float | None = Field(None, gt=0, strict=False)
    source: str
    differs_from_paper: tuple[str, ...] = Field(strict=False)
    remarks: tuple[str, ...] = Field((), strict=False)
    placed_atoms: tuple[int, ...] = Field((), strict=False)
    group: str | None = None
    topology_file: DataFile | None = Field(None, alias="topology")
    trajectory_file: DataFile = Field(alias="trajectory")

    @property
    def files(self):
        """The files, topology first: tuple of `DataFile`."""
        return tuple(file for file in (self.topology_file, self.trajectory_file) if file)

    @property
    def topology(self):
        """Path of the topology, or None."""
        return self.topology_file and self.topology_file.path

    @property
    def trajectory(self):
        """Path of the trajectory."""
        return self.trajectory_file.path

    @property
    def checksum(self):
        """One checksum of all files: sha256 of their identities, as hexadecimal digits."""
        return hashlib.sha256("".join(file.content for file in self.files).encode()).hexdigest()


def registry_folder(folder=None):
    """
    The folder of the registry.

    Parameters
    ----------
    folder : path, optional
        Default: the environment variable ``SOAPLENS_REGISTRY``, otherwise the folder that travels with the package.

    Returns
    -------
    folder : pathlib.Path
        Absolute.
    """
    folder = folder or settings().registry
    return Path(folder).absolute() if folder else bundled("data_registry")


def tiers(*, folder=None):
    """
    The tiers that the registry lists.

    Parameters
    ----------
    folder : path, optional
        See `registry_folder`.

    Returns
    -------
    tiers : dict of str to Tier

    Raises
    ------
    DataError
        If the registry cannot be read or a tier is not valid.

    Examples
    --------
    >>> [(name, tier.is_bundled) for name, tier in tiers().items()]
    [('sample', True), ('authors', False), ('paper', False)]
    """
    path = registry_folder(folder) / "registry.toml"
    return {
        name: validated(Tier, entry | {"name": name}, f"{path}, tier {name!r}")
        for name, entry in read_toml(path).get("tier", {}).items()
    }


def data_sets(*, folder=None):
    """
    The data sets that the registry lists.

    Parameters
    ----------
    folder : path, optional
        See `registry_folder`.

    Returns
    -------
    data_sets : dict of str to DataSet
        By id, in the order of the file. Their files are not read; `fetch` does that.

    Raises
    ------
    DataError
        If the registry cannot be read, an entry lacks a key or has an unknown one, or two have the same id.
    """
    folder = registry_folder(folder)
    path, known, listed = folder / "registry.toml", tiers(folder=folder), {}
    entries = read_toml(path).get("data_set", [])
    if not isinstance(entries, list):
        raise DataError(f"{path}: every data set begins with [[data_set]], in two brackets")
    for number, entry in enumerate(entries, start=1):
        where = f"{path}, data set {entry.get('id', f'number {number}')!r}"
        if entry.get("tier") not in known:
            raise DataError(f"{where}: tier = {entry.get('tier')!r}: must be one of {', '.join(known)}")
        tier = known[entry["tier"]]
        data_set = validated(DataSet, _with_paths(_with_terms(entry, tier), folder), where)
        _check_files(data_set, tier, where)
        if data_set.id in listed:
            raise DataError(f"{path}: two data sets have the id {data_set.id!r}; rename one of them")
        listed[data_set.id] = data_set
    return listed


def choose(names, *, folder=None):
    """
    Data sets by their ids.

    Parameters
    ----------
    names : iterable of str
    folder : path, optional
        See `registry_folder`.

    Returns
    -------
    data_sets : list of DataSet

    Raises
    ------
    DataError
        If an id is not known.
    """
    listed = data_sets(folder=folder)
    for name in names:
        if name not in listed:
            own = " (describe your own data in a .toml file, see the README)" if Path(name).suffix else ""
            raise DataError(f"data = {name!r}: no data set has this id{own}; {suggest(name, listed)}")
    return [listed[name] for name in names]


def validated(model, content, where):
    """
    An entry, checked.

    Parameters
    ----------
    model : type of pydantic.BaseModel
    content : dict
    where : str
        Where the content stands, for the message.

    Returns
    -------
    entry : model

    Raises
    ------
    DataError
        If a key is missing or unknown, or a value is not allowed. All faults are named at once.
    """
    try:
        return model.model_validate(content)
    except ValidationError as error:
        faults = [f"  {_place(fault)}: {_message(fault, model)}" for fault in error.errors()]
        raise DataError("\n".join([f"{where} is not valid:", *faults])) from None


def _place(fault):
    """The key that pydantic found a fault in. A key may hold one value or a list, so places in a list are left out."""
    return ".".join(word for word in fault["loc"] if isinstance(word, str))


def _message(fault, model):
    """One fault that pydantic found, in words."""
    if fault["type"] == "missing":
        return "the key is missing"
    if fault["type"] == "extra_forbidden":
        return f"no such key is known; known are {', '.join(model.model_fields)}"
    return fault["msg"].removeprefix("Value error, ")


def read_toml(path):
    """
    Content of a TOML file of the registry.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    content : dict

    Raises
    ------
    DataError
        If the file cannot be read or is not valid TOML.
    """
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"the registry {path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the registry {path} is not valid TOML: {error}") from None


def _with_terms(entry, tier):
    """The entry with licence and copyright of its tier, unless it states a licence of its own."""
    return entry if tier.is_bundled or "licence" in entry else entry | tier.model_dump(include={"licence", "copyright"})


def _with_paths(entry, folder):
    """The entry with absolute paths: bundled files stand in the registry, downloads in the data folder."""
    entry = dict(entry)
    for key in ("topology", "trajectory"):
        file = entry.get(key)
        if isinstance(file, dict) and isinstance(file.get("path"), str):
            entry[key] = file | {"path": (folder / file["path"]).resolve()}
        elif isinstance(file, dict) and isinstance(file.get("published"), str):
            entry[key] = file | {"path": settings().data_folder / Path(file["published"]).name}
    return entry


def _check_files(data_set, tier, where):
    """Refuse a file without the keys that its tier needs."""
    needed = ("sha256", "size") if tier.is_bundled else ("published", "git_blob")
    for name, file in (("topology", data_set.topology_file), ("trajectory", data_set.trajectory_file)):
        lacking = [key for key in needed if file and getattr(file, key) is None]
        if lacking:
            raise DataError(f"{where} is not valid:\n  {name}.{lacking[0]}: the key is missing")
