"""
What data exist and how to get them, verified.

Everything that belongs to a trajectory and not to its analysis stands in ``data_registry/registry.toml``:
the sampling interval, the units, whether the cell is periodic, which atoms are analyzed and how many that
must be. Files are only ever read, so that they may stand in a folder that cannot be written to.

There are two tiers. Samples travel with the package. The paper's own trajectories are brought from where the
authors published them, see `soaplens_lite.edition.sources`, when they are asked for.
"""

import hashlib
import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from . import DataError, bundled, suggest
from .sources import bring, data_folder


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class DataFile(_Entry):
    """A file of a data set: where it is, and the checksum and size in bytes that it must have."""

    path: Path = Field(strict=False)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    size: int = Field(gt=0)


class PublishedFile(_Entry):
    """
    A file that the authors published.

    Attributes
    ----------
    path : pathlib.Path
        Where it is here, or will be once it was fetched.
    published : str
        Its path in the authors' repository.
    git_blob : str
        What identifies its content wherever it comes from, see `soaplens_lite.edition.sources.git_blob_id`.
    """

    path: Path = Field(strict=False)
    published: str = Field(min_length=1)
    git_blob: str = Field(pattern="^[0-9a-f]{40}$")


class Units(_Entry):
    """Units of what the registry and the files hold; no others are known, since nothing converts them."""

    length: Literal["Angstrom"]
    time: Literal["ns"]
    temperature: Literal["K"]


class DataSet(_Entry):
    """
    One entry of the registry: what `Sample` and `Published` have in common.

    Attributes
    ----------
    id, title : str
    tier : {"sample", "paper"}
        Where the files come from.
    study : str
        Which of the paper's systems it stands for.
    units : Units
    interval : float
        Between frames, in ns.
    periodic : bool
        Whether the cell in the files is meant.
    species : tuple of str
    centers : str
        The analyzed atoms, as an MDAnalysis selection at frame 0 that must give `n_centers` of `n_atoms`.
    n_centers, n_frames, n_atoms : int
    temperature : float
        In K.
    licence, source : str
    differs_from_paper : tuple of str
        In what the data are not the paper's; empty if they are.
    placed_atoms : tuple of int
        Atoms, counted from 0, that were put there and did not grow with the rest; usually none.
    """

    id: str = Field(pattern="^[a-z0-9][a-z0-9-]*$")
    study: str
    title: str
    units: Units
    interval: float = Field(gt=0, strict=False)
    periodic: bool
    species: tuple[str, ...] = Field(min_length=1, strict=False)
    centers: str = Field(min_length=1)
    n_centers: int = Field(gt=0)
    temperature: float = Field(gt=0, strict=False)
    licence: str
    source: str
    differs_from_paper: tuple[str, ...] = Field(strict=False)
    placed_atoms: tuple[int, ...] = Field((), strict=False)

    @property
    def trajectory(self):
        """Path of the trajectory."""
        return self.trajectory_file.path


class Sample(DataSet):
    """
    A simulation made for this edition, which travels with the repository and the wheel.

    Attributes
    ----------
    topology_file, trajectory_file : DataFile
    """

    tier: Literal["sample"]
    n_frames: int = Field(gt=0)
    n_atoms: int = Field(gt=0)
    topology_file: DataFile = Field(alias="topology")
    trajectory_file: DataFile = Field(alias="trajectory")

    @property
    def files(self):
        """The files, topology first: tuple of `DataFile`."""
        return self.topology_file, self.trajectory_file

    @property
    def topology(self):
        """Path of the topology."""
        return self.topology_file.path

    @property
    def checksum(self):
        """One checksum for all files: sha256 over their sha256, as hexadecimal digits."""
        return hashlib.sha256("".join(file.sha256 for file in self.files).encode()).hexdigest()


class Published(DataSet):
    """
    A trajectory of the paper, in the authors' HDF5 layout.

    Attributes
    ----------
    n_frames, n_atoms : int or None
        None where the paper leaves it open: the file says it.
    group : str
        Name of the group below ``Trajectories`` in the file.
    remarks : tuple of str
        Where the paper contradicts itself about these data, and what was chosen.
    trajectory_file : PublishedFile
    """

    tier: Literal["paper"]
    n_frames: int | None = Field(None, gt=0)
    n_atoms: int | None = Field(None, gt=0)
    group: str = Field(min_length=1)
    remarks: tuple[str, ...] = Field((), strict=False)
    trajectory_file: PublishedFile = Field(alias="trajectory")

    @property
    def files(self):
        """The one file: tuple of `PublishedFile`."""
        return (self.trajectory_file,)

    @property
    def topology(self):
        """None: the species stand in the trajectory."""
        return None

    @property
    def checksum(self):
        """One checksum of the content: sha256 over the file's git blob id, as hexadecimal digits."""
        return hashlib.sha256(self.trajectory_file.git_blob.encode()).hexdigest()


TIERS = {"sample": Sample, "paper": Published}


def registry_folder(folder=None):
    """
    The folder of the registry.

    Parameters
    ----------
    folder : path, optional
        Default: the environment variable ``SOAPLENS_REGISTRY``, otherwise the one that travels with the package.

    Returns
    -------
    folder : pathlib.Path
        Absolute.
    """
    folder = folder or os.environ.get("SOAPLENS_REGISTRY")
    return Path(folder).absolute() if folder else bundled("data_registry")


def data_sets(*, folder=None):
    """
    The data sets that the registry lists.

    Parameters
    ----------
    folder : path, optional
        That holds ``registry.toml``, see `registry_folder`.

    Returns
    -------
    data_sets : dict of str to DataSet
        By id, in the order of the file. Their files are not looked at; `fetch` does that.

    Raises
    ------
    DataError
        If the registry cannot be read, an entry lacks a key or has one too many, or two share an id.
    """
    folder = registry_folder(folder)
    path = folder / "registry.toml"
    try:
        entries = tomllib.loads(path.read_text("utf-8")).get("data_set", [])
    except OSError as error:
        raise DataError(f"the registry {path} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"the registry {path} is not valid TOML: {error}") from None
    if not isinstance(entries, list):
        raise DataError(f"{path}: every data set begins with [[data_set]], in two brackets")
    listed = {}
    for number, entry in enumerate(entries, start=1):
        data_set = _read_entry(entry, folder, f"{path}, data set {entry.get('id', f'number {number}')!r}")
        if data_set.id in listed:
            raise DataError(f"{path}: two data sets have the id {data_set.id!r}; give one another id")
        listed[data_set.id] = data_set
    return listed


def _read_entry(entry, folder, where):
    """Check one entry; a sample's files stand beside the registry, the paper's where downloads are kept."""
    if entry.get("tier") not in TIERS:
        raise DataError(f"{where}: tier = {entry.get('tier')!r}: must be one of {', '.join(TIERS)}")
    for key in ("topology", "trajectory"):
        file = entry.get(key)
        if isinstance(file, dict) and isinstance(file.get("path"), str):
            entry = entry | {key: file | {"path": (folder / file["path"]).resolve()}}
        elif isinstance(file, dict) and isinstance(file.get("published"), str):
            entry = entry | {key: file | {"path": data_folder() / Path(file["published"]).name}}
    try:
        return TIERS[entry["tier"]].model_validate(entry)
    except ValidationError as error:
        faults = []
        for fault in error.errors():
            key = ".".join(map(str, fault["loc"]))
            message = {"missing": "the key is missing", "extra_forbidden": "no such key is known"}
            faults.append(f"  {key}: {message.get(fault['type'], fault['msg'])}")
        raise DataError("\n".join([f"{where} is not as it should be:", *faults])) from None


def fetch(dataset_id, *, folder=None):
    """
    A data set whose files are there and are what the registry lists.

    Parameters
    ----------
    dataset_id : str
        ``cu211-sample`` for instance.
    folder : path, optional
        That holds ``registry.toml``, see `registry_folder`.

    Returns
    -------
    data_set : Sample or Published
        With a file of the paper's tier downloaded, if it was not here.

    Raises
    ------
    DataError
        If no data set has this id, or a file is missing or differs by a single byte.

    Examples
    --------
    >>> copper = fetch("cu211-sample")
    >>> copper.n_frames, copper.interval, copper.trajectory.name
    (502, 0.04, 'cu211.xtc')
    """
    listed = data_sets(folder=folder)
    if dataset_id not in listed:
        raise DataError(f"data = {dataset_id!r}: no data set has this id; {suggest(dataset_id, listed)}")
    data_set = listed[dataset_id]
    if data_set.tier == "paper":
        return _bring(data_set)
    for file in data_set.files:
        _verify(file)
    return data_set


def _bring(data_set):
    """A data set of the paper with its file, wherever that was found."""
    file = data_set.trajectory_file
    found = bring({file.published: (file.git_blob,)})[file.published]
    file = file.model_copy(update={"path": found.path, "git_blob": found.git_blob})
    return data_set.model_copy(update={"trajectory_file": file})


def published(study):
    """
    Numbers that the authors published of a study, to set beside measured ones.

    They come from the paper's trajectories, and numbers measured on other trajectories neither confirm nor refute them.

    Parameters
    ----------
    study : str
        ``cu211``, ``au309``, ``icewater`` or ``cost``.

    Returns
    -------
    numbers : dict
        As ``data_registry/published.toml`` holds them; percentages.

    Raises
    ------
    DataError
        If nothing is known of this study.

    Examples
    --------
    >>> published("cu211")["text"]["edge_to_fast"]
    0.1
    """
    numbers = tomllib.loads((bundled("data_registry") / "published.toml").read_text(encoding="utf-8"))
    if study not in numbers:
        raise DataError(f"study = {study!r}: nothing published is known of it; {suggest(study, numbers)}")
    return numbers[study]


def _verify(file):
    """Refuse a file that is missing or differs, and say how to get it back."""
    remedy = "restore it (git checkout -- FILE in a repository) or install soaplens_lite again"
    try:
        with open(file.path, "rb") as opened:
            sha256 = hashlib.file_digest(opened, "sha256").hexdigest()
        size = file.path.stat().st_size
    except OSError as error:
        raise DataError(f"{file.path}, which the registry lists: {error.strerror}; {remedy}") from None
    if sha256 != file.sha256:
        raise DataError(
            f"{file.path} is not the file that the registry lists: {remedy}\n"
            f"  listed: sha256 {file.sha256}, {file.size} bytes\n"
            f"  found:  sha256 {sha256}, {size} bytes"
        )
