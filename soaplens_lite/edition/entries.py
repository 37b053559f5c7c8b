"""
What the registry says of a data set: one checked model for each tier.

The sampling interval, the units, whether the cell is periodic, which atoms are analyzed and how many that must be: a
notebook takes all of it from here and assumes nothing.
"""

import hashlib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from . import DataError
from .sources import data_folder


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
        What identifies its content wherever it comes from, see `soaplens_lite.edition.blobs.git_blob_id`.
    size : int or None
        In bytes, where the record was looked at before, see `soaplens_lite.edition.pins`.
    differing : tuple of str
        Git blob ids of other bytes under this name in the record, which are accepted and named as differing.
    """

    path: Path = Field(strict=False)
    published: str = Field(min_length=1)
    git_blob: str = Field(pattern="^[0-9a-f]{40}$")
    size: int | None = None
    differing: tuple[str, ...] = ()


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


def read_entry(entry, folder, where):
    """
    Check one entry of the registry.

    Parameters
    ----------
    entry : dict
        As the TOML file holds it.
    folder : pathlib.Path
        Of the registry. A sample's files stand beside it, the paper's where downloads are kept.
    where : str
        For messages.

    Returns
    -------
    data_set : Sample or Published

    Raises
    ------
    DataError
        If a key is missing, not known, or has a value that makes no sense. All faults are named at once.
    """
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
