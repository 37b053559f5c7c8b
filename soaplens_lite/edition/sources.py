"""
Where the paper's own trajectories come from.

The authors published them twice: in an archive with a DOI, and in the repository of their example. Both are asked, in
this order, after a folder that a user may have filled by hand. Wherever a file comes from, it is taken only if its
content is exactly the authors', which its git blob id shows; everything else is refused by name.
"""

import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

from . import DataError
from .blobs import BlobError, check_blob, is_archive, take_members
from .pins import changes
from .transfer import (
    ANOTHER_PLACE,
    SourceError,
    Unreachable,
    content_length,
    download,
    in_bytes,
    settings_from_environment,
)
from .zenodo import DOI, RECORD, RECORD_PAGE, read_record

REPOSITORY = "GMPavanLab/StrDynRel"
COMMIT = "813d10f88f1db9b27512aadb94cca1c7ac819fc8"


class Found(NamedTuple):
    """A file that is here and is the authors': where, and its content's git blob id."""

    path: Path
    git_blob: str


class Job(NamedTuple):
    """What all sources need to know: what is wanted and what welcome, where it goes, how to say it; and what came."""

    wanted: dict
    welcome: dict
    folder: Path
    scratch: Path
    settings: object
    pins: object
    say: object
    kept: set


def data_folder(folder=None):
    """
    Where downloaded files are kept.

    Parameters
    ----------
    folder : path, optional
        Default: the environment variable ``SOAPLENS_DATA_CACHE``, otherwise ``data`` in the cache folder (environment
        variable ``SOAPLENS_CACHE``, otherwise the user's).

    Returns
    -------
    folder : pathlib.Path
        Absolute; need not exist.
    """
    cache = os.environ.get("SOAPLENS_CACHE") or user_cache_path("soaplens_lite")
    return Path(folder or os.environ.get("SOAPLENS_DATA_CACHE") or Path(cache) / "data").absolute()


def local_folder():
    """
    The folder that a user filled by hand.

    Returns
    -------
    folder : pathlib.Path or None
        The environment variable ``SOAPLENS_DATA``: a clone of the authors' repository, what was downloaded from
        the record, or a folder with the files.
    """
    given = os.environ.get("SOAPLENS_DATA")
    return Path(given).absolute() if given else None


def look(wanted, folder=None):
    """
    Which files are here already, without asking any server.

    Parameters
    ----------
    wanted : dict of str to collection of str
        Paths in the authors' repository, and the git blob ids that are accepted for each.
    folder : path, optional
        See `data_folder`; the one that a user filled is looked through first.

    Returns
    -------
    found : dict of str to Found
    faults : list of str
        Files that have a wanted name and another content, one sentence each.
    """
    found, faults = {}, []
    for published, accepted in wanted.items():
        for path in _candidates(published, data_folder(folder)):
            try:
                found[published] = Found(path, check_blob(path, accepted, path.name))
                break
            except (BlobError, OSError) as error:
                faults.append(f"{path}: {error}")
    return found, faults


def _candidates(published, folder):
    """Files that could be the wanted one, by their names."""
    name, local = PurePosixPath(published).name, local_folder()
    places = [local / published, local / name, *sorted(local.glob(f"*/{name}"))] if local else []
    return [path for path in dict.fromkeys([*places, folder / name]) if os.path.isfile(path)]


def to_standard_error(text):
    """Say something where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)


def bring(wanted, *, welcome=None, pins=None, folder=None, settings=None, say=to_standard_error):
    """
    The authors' files, downloaded if they are not here.

    Two processes that want the same take turns: the second finds it done. A file gets its name when it is whole and
    was compared; so a process can be killed at any moment.

    Parameters
    ----------
    wanted : dict of str to collection of str
        Paths in the authors' repository, and the git blob ids that are accepted for each.
    welcome : dict of str to collection of str, optional
        As `wanted`: what is kept of an archive that has to be downloaded anyway.
    pins : pins.Pins, optional
        What the record was found to hold before.
    folder : path, optional
        See `data_folder`.
    settings : transfer.Settings, optional
        Default: those of the environment.
    say : callable
        Told, in text, what is about to be downloaded and which source did not serve.

    Returns
    -------
    found : dict of str to Found

    Raises
    ------
    DataError
        If no source has a file: the message lists what was tried, and how to place it by hand. What the sources did
        have is kept.
    """
    settings = settings or settings_from_environment()
    found, faults = look(wanted, folder)
    if len(found) == len(wanted):
        return found
    with alone(data_folder(folder), say) as scratch:
        found, faults = look(wanted, folder)  # Another process may have brought them meanwhile.
        _check_not_ones_own(faults, scratch.parent)
        tried = [f"refused: {fault}" for fault in faults]
        if faults:
            say("\n".join(tried))
        for name, source in SOURCES.items():
            missing = {published: ids for published, ids in wanted.items() if published not in found}
            if not missing:
                break
            try:
                problems = source(Job(missing, welcome or {}, scratch.parent, scratch, settings, pins, say, set()))
            except SourceError as error:
                problems = [str(error)]
            tried += [f"{name}: {problem}" for problem in problems]
            found |= look(missing, folder)[0]
            if problems and len(found) < len(wanted) and source is not _from_github:
                say("\n".join([*tried[-len(problems) :], "  trying the next source"]))
    missing = [published for published in wanted if published not in found]
    if missing:
        raise DataError(_nowhere(missing, tried, scratch.parent))
    return found


@contextmanager
def alone(folder, say):
    """
    An empty folder for what is on its way, which only one process at a time has.

    Parameters
    ----------
    folder : pathlib.Path
        See `data_folder`; made if it is not there.
    say : callable
        Told if another process has to be waited for.

    Yields
    ------
    scratch : pathlib.Path

    Raises
    ------
    DataError
        If the folder cannot be written to.
    """
    scratch = folder / "incoming"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / "incoming.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"another process is bringing data to {folder}: waiting for it")
            lock.acquire()
    except OSError as error:
        raise DataError(f"{folder} cannot be written to ({error.strerror or error}): {ANOTHER_PLACE}") from None
    try:
        shutil.rmtree(scratch, ignore_errors=True)  # What a killed process left.
        scratch.mkdir()
        yield scratch
    except OSError as error:
        raise DataError(f"{folder} cannot be written to ({error.strerror or error}): {ANOTHER_PLACE}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        lock.release()


def _check_not_ones_own(faults, folder):
    """A download that lost its content is replaced by a good one; a file that a user put there is not."""
    local = local_folder()
    if faults and local and local.resolve() == folder.resolve():
        raise DataError(
            "\n".join(
                [*faults, "SOAPLENS_DATA names the folder of downloads: move these files away, or", ANOTHER_PLACE]
            )
        )


def _from_local_folder(job):
    """Archives in the folder that a user filled; plain files there were looked at before."""
    local = local_folder()
    if local is None:
        return []
    if not os.path.isdir(local):  # Unlike a Path's own method, this raises nothing where reading is forbidden.
        return [f"{local} is no folder"]
    try:
        archives = sorted(path for path in local.iterdir() if is_archive(path.name))
    except OSError as error:
        return [f"{local} cannot be read ({error.strerror})"]
    problems = []
    for archive in archives:
        problems += _unpack(archive, job)
    lacking = _lacking(job)
    return problems + ([f"{local} lacks {', '.join(lacking)}"] if lacking else [])


def _from_zenodo(job):
    """Single files by their name; then archives, one after the other, until nothing is missing."""
    record = read_record(job.settings)
    job.say(f"Zenodo record {RECORD}: licence {record.licence}")
    changed = changes(job.pins, record.files)
    if changed:
        job.say(f"  the record is not what it was on {job.pins.date}: {', '.join(changed)}")
    problems = []
    for file in sorted(record.files, key=lambda file: is_archive(file.name)):
        missing = _lacking(job)
        if PurePosixPath(file.name).name in missing or (missing and is_archive(file.name)):
            job.say(f"  {file.name}: {in_bytes(file.size)}")
            problems += _take(file, job, missing)
    lacking = _lacking(job)
    if lacking and not problems:
        held = ", ".join(file.name for file in record.files)
        problems.append(f"the record lacks {', '.join(lacking)}; it holds {held}")
    return problems


def _take(file, job, missing):
    """One file of the record; that its bytes are not those of the repository is said as what it is."""
    path = job.scratch / PurePosixPath(file.name).name
    try:
        download(file.url, path, job.settings, known_hash=file.checksum, size=file.size)
    except Unreachable as error:
        raise Unreachable(f"{file.name}: {error}") from None
    except SourceError as error:
        return [f"{file.name}: {error}"]
    if path.name not in missing:
        return _unpack(path, job)
    try:
        check_blob(path, missing[path.name], path.name)
    except BlobError as error:
        return [f"{error}: the record and the authors' repository differ"]
    _keep(path, job)
    return []


def _unpack(archive, job):
    """Keep what is wanted or welcome of an archive; say what has only the name of something wanted."""
    names = _lacking(job)
    welcome = {name: ids for name, ids in _by_name(job.welcome).items() if not (job.folder / name).exists()}
    try:
        taken, others = take_members(archive, welcome | names, job.scratch)
    except BlobError as error:
        return [str(error)]
    for name in taken:
        _keep(job.scratch / name, job)
    return [
        f"{name} in {archive.name} is not the authors' file (git blob id {others[name][0]})"
        for name in names
        if name in others
    ]


def _from_github(job):
    """One file after the other, at the commit that the blob ids were read from."""
    problems = []
    for published, accepted in job.wanted.items():
        url = f"{job.settings.github.rstrip('/')}/{REPOSITORY}/{COMMIT}/{published}"
        path = job.scratch / PurePosixPath(published).name
        size = content_length(url, job.settings)
        job.say(f"GitHub {REPOSITORY}: {path.name}, {in_bytes(size)}; {_licence(job.pins)}")

        def check(arrived, accepted=accepted, name=path.name):
            check_blob(arrived, accepted, name)

        try:
            download(url, path, job.settings, size=size, check=check)
            _keep(path, job)
        except Unreachable as error:
            raise Unreachable(f"{published}: {error}") from None
        except SourceError as error:
            problems.append(f"{published}: {error}")
    return problems


SOURCES = {"SOAPLENS_DATA": _from_local_folder, "Zenodo": _from_zenodo, "GitHub": _from_github}


def _licence(pins):
    """The licence where the record itself did not serve."""
    return f"licence of the record {DOI}: {pins.licence if pins else 'as stated there'}"


def _by_name(wanted):
    """File names and the ids that are accepted for each."""
    return {PurePosixPath(published).name: accepted for published, accepted in wanted.items()}


def _lacking(job):
    """What this source has not given yet, by name; a damaged file of an earlier time may still be in the place."""
    return {name: accepted for name, accepted in _by_name(job.wanted).items() if name not in job.kept}


def _keep(path, job):
    """Give a file that was compared its name, at once and readable for all who share the folder."""
    path.chmod(0o644)
    path.replace(job.folder / path.name)
    job.kept.add(path.name)


def _nowhere(missing, tried, folder):
    """What was tried, and what a person can do."""
    names = ", ".join(PurePosixPath(published).name for published in missing)
    tried = tried if local_folder() else ["SOAPLENS_DATA: not set", *tried]
    return "\n".join(
        [
            f"{names}: could not be had",
            *(f"  {line}" for line in tried),
            f"by hand: download from {RECORD_PAGE} or from",
            f"  github.com/{REPOSITORY}, folder {PurePosixPath(missing[0]).parent}, at commit {COMMIT},",
            "  put the files (or the archive as it is) into one folder, and name it in the environment variable",
            f"  SOAPLENS_DATA; or put the files into {folder}",
        ]
    )
