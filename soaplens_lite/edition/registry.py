"""
What data exist and how to get them, verified.

Everything that belongs to a trajectory and not to its analysis stands in ``data_registry/registry.toml``, see
`soaplens_lite.edition.entries`. Files are only ever read, so that they may stand in a folder that cannot be written
to. Samples travel with the package. The paper's own trajectories are brought from where the authors published them,
see `soaplens_lite.edition.sources`, when they are asked for.
"""

import hashlib
import os
import tomllib
from pathlib import Path

from soaplens_lite.hdf5 import opened

from . import DataError, bundled, suggest
from .entries import DataFile, DataSet, Units, read_entry
from .pins import read_pins
from .sources import bring

__all__ = [
    "DataError",
    "DataFile",
    "DataSet",
    "Units",
    "accepted",
    "choose",
    "data_sets",
    "fetch",
    "fetch_all",
    "published",
    "registry_folder",
    "verify_file",
]


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
    pins, listed = read_pins(folder), {}
    for number, entry in enumerate(entries, start=1):
        data_set = read_entry(entry, folder, f"{path}, data set {entry.get('id', f'number {number}')!r}")
        if data_set.id in listed:
            raise DataError(f"{path}: two data sets have the id {data_set.id!r}; give one another id")
        listed[data_set.id] = _pinned(data_set, pins) if pins and data_set.tier == "paper" else data_set
    return listed


def _pinned(data_set, pins):
    """A data set of the paper with what is known of the record."""
    file, pinned = data_set.trajectory_file, pins.of(data_set.trajectory_file.published)
    update = {"size": pinned.size, "differing": (pinned.git_blob,) * pinned.differs} if pinned else {}
    return data_set.model_copy(
        update={"licence": pins.licence, "trajectory_file": file.model_copy(update=update)},
    )


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
    data_sets : list of Sample or Published

    Raises
    ------
    DataError
        If one is not known.
    """
    listed = data_sets(folder=folder)
    for name in names:
        if name not in listed:
            own = " (data of your own are described in a .toml file, see the README)" if Path(name).suffix else ""
            raise DataError(f"data = {name!r}: no data set has this id{own}; {suggest(name, listed)}")
    return [listed[name] for name in names]


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
    return fetch_all([dataset_id], folder=folder)[0]


def fetch_all(names, *, folder=None):
    """
    Several data sets at once, so that servers are asked once for all of them.

    Parameters
    ----------
    names : iterable of str
    folder : path, optional
        See `registry_folder`.

    Returns
    -------
    data_sets : list of Sample or Published
        As `fetch` returns them, in the given order.

    Raises
    ------
    DataError
        If one is not known, or a file is missing or differs by a single byte.
    """
    chosen = choose(names, folder=folder)
    for file in (file for data_set in chosen if data_set.tier == "sample" for file in data_set.files):
        fault = verify_file(file)
        if fault:
            raise DataError(fault)
    wanted = _of_the_paper(chosen)
    welcome = _of_the_paper(data_sets(folder=folder).values())
    found = bring(wanted, welcome=welcome, pins=read_pins(registry_folder(folder))) if wanted else {}
    return [_here(d, found[d.trajectory_file.published]) if d.tier == "paper" else d for d in chosen]


def _of_the_paper(chosen):
    """Published files of data sets, and the content that each may have."""
    files = (data_set.trajectory_file for data_set in chosen if data_set.tier == "paper")
    return {file.published: accepted(file) for file in files}


def accepted(file):
    """
    The content that a published file may have.

    Parameters
    ----------
    file : PublishedFile

    Returns
    -------
    git_blobs : tuple of str
        The authors' own first.
    """
    return file.git_blob, *file.differing


def _here(data_set, found):
    """A data set of the paper with its file where it was found, and what only the file tells."""
    file = data_set.trajectory_file
    update = {"path": found.path, "git_blob": found.git_blob, "size": found.path.stat().st_size}
    differs = [*data_set.differs_from_paper]
    if found.git_blob != file.git_blob:
        differs.append("the bytes are those of the record, which differ from the authors' repository")
    try:
        with opened(found.path, data_set.group) as group:
            n_frames, n_atoms, _ = group["Trajectory"].shape
    except (OSError, ValueError) as error:
        raise DataError(f"{data_set.id}: {error}") from None
    for name, stated, counted in (("n_frames", data_set.n_frames, n_frames), ("n_atoms", data_set.n_atoms, n_atoms)):
        if stated not in (None, counted):
            raise DataError(f"{data_set.id}: the registry says {name} = {stated}, {found.path.name} has {counted}")
    return data_set.model_copy(
        update={
            "trajectory_file": file.model_copy(update=update),
            "differs_from_paper": tuple(differs),
            "n_frames": n_frames,
            "n_atoms": n_atoms,
        }
    )


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


def verify_file(file):
    """
    What is wrong with a file of a sample.

    Parameters
    ----------
    file : DataFile

    Returns
    -------
    fault : str
        Empty if it is what the registry lists; otherwise how to get it back, too.
    """
    remedy = "restore it (git checkout -- FILE in a repository) or install soaplens_lite again"
    try:
        with open(file.path, "rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        size = file.path.stat().st_size
    except OSError as error:
        return f"{file.path}, which the registry lists: {error.strerror}; {remedy}"
    if sha256 == file.sha256:
        return ""
    return (
        f"{file.path} is not the file that the registry lists: {remedy}\n"
        f"  listed: sha256 {file.sha256}, {file.size} bytes\n"
        f"  found:  sha256 {sha256}, {size} bytes"
    )
