"""
Looking at the authors' record as a whole, for maintainers: what it holds, and whether its bytes are the repository's.

A user's download trusts no name and no server, only the content. This module is for the one who wants to know, once,
what the record holds, and to write it down for all.
"""

import datetime
import json
from pathlib import PurePosixPath

from . import DataError
from .blobs import git_blob_id, is_archive, take_members
from .pins import NAME, PinnedFile, PinnedTrajectory, Pins
from .registry import data_sets, registry_folder
from .sources import alone, data_folder, to_standard_error
from .transfer import SourceError, download, in_bytes, settings_from_environment
from .zenodo import DOI, read_record

HEADER = f"""\
# What the record {DOI} held when it was looked at. Written by `soaplens data pin`.
#
#   file        as the record lists them; checksums are the record's word
#   trajectory  as they are in the record; `differs` tells that these bytes are not those of the authors' repository.
#               Then they are accepted besides, and named as differing wherever they are used.
"""


def pin(*, folder=None, settings=None, say=to_standard_error):
    """
    Download what the record holds, compare it with the authors' repository, and write the table of pins.

    Parameters
    ----------
    folder : path, optional
        Of the registry, see `soaplens_lite.edition.registry.registry_folder`.
    settings : transfer.Settings, optional
        Default: those of the environment.
    say : callable
        Told, in text, what is found.

    Returns
    -------
    path : pathlib.Path
        Of the table.

    Raises
    ------
    DataError
        If the record cannot be had, or lacks a trajectory: nothing is written then.
    """
    folder = registry_folder(folder)
    settings = settings or settings_from_environment()
    listed = {d.trajectory_file.published: d for d in data_sets(folder=folder).values() if d.tier == "paper"}
    wanted = {PurePosixPath(path).name: (d.trajectory_file.git_blob,) for path, d in listed.items()}
    try:
        record = read_record(settings)
        say(f"licence {record.licence}")
        with alone(data_folder(), say) as scratch:
            found = _contents(record, wanted, scratch, settings, say)
    except (SourceError, ValueError) as error:
        raise DataError(f"the record {DOI} cannot be pinned: {error}") from None
    lacking = sorted(wanted.keys() - found.keys())
    if lacking:
        names = ", ".join(file.name for file in record.files)
        raise DataError(f"the record {DOI} cannot be pinned: it lacks {', '.join(lacking)}; it holds {names}")
    trajectories = []
    for published in listed:
        name = PurePosixPath(published).name
        git_blob, size = found[name]
        differs = git_blob not in wanted[name]
        say(f"{name}: {'DIFFERS from' if differs else 'the same as in'} the authors' repository")
        trajectories.append(PinnedTrajectory(published, size, git_blob, differs))
    files = tuple(PinnedFile(file.name, file.size, file.checksum) for file in record.files)
    today = datetime.date.today().isoformat()
    return _write(Pins(today, record.licence, files, tuple(trajectories)), folder)


def _contents(record, wanted, scratch, settings, say):
    """Git blob id and size, by file name, of every trajectory in the record; exact ones before others."""
    found = {}
    for file in record.files:
        path = scratch / PurePosixPath(file.name).name
        if path.name not in wanted and not is_archive(file.name):
            continue
        say(f"  {file.name}: {in_bytes(file.size)}")
        download(file.url, path, settings, known_hash=file.checksum, size=file.size)
        if path.name in wanted:
            found[path.name] = git_blob_id(path), path.stat().st_size
        else:
            taken, others = take_members(path, wanted, scratch)
            exact = {name: (git_blob, (scratch / name).stat().st_size) for name, git_blob in taken.items()}
            found = others | found | exact
        path.unlink()
    return found


def _write(pins, folder):
    """The table as TOML, put in place as a whole."""
    lines = [HEADER, f"date = {json.dumps(pins.date)}", f"licence = {json.dumps(pins.licence)}"]
    for key, entries in (("file", pins.files), ("trajectory", pins.trajectories)):
        for entry in entries:
            lines += ["", f"[[{key}]]", *(f"{name} = {json.dumps(value)}" for name, value in entry._asdict().items())]
    path, scratch = folder / NAME, folder / f"{NAME}.new"
    try:
        scratch.write_text("\n".join(lines) + "\n", "utf-8")
        scratch.replace(path)
    except OSError as error:
        raise DataError(f"{path} cannot be written ({error.strerror}): pin in a checkout of the repository") from None
    return path
