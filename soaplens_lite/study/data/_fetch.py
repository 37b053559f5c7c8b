"""
Data sets whose files are here and are exactly what the registry lists.

Bundled files are compared with their sha256. Published files are looked for in a folder of the user, then in the folder
of downloads, then on Zenodo and GitHub as far as the tier names them. Wherever a file comes from, it is accepted only
if its git blob id is the authors'.
"""

import hashlib
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import PurePosixPath

from filelock import FileLock, Timeout

from soaplens_lite.study import DataError
from soaplens_lite.study.settings import settings
from soaplens_lite.trajectory._files._hdf5 import HDF5_ENDINGS, open_hdf5

from ._download import ANOTHER_FOLDER, check_content
from ._registry import choose, data_sets, tiers
from ._sources import Job, ask, sources

RESTORE = "restore it (git checkout -- FILE in a repository) or install soaplens_lite again"


def fetch(dataset_id, *, folder=None):
    """
    A data set whose files are here and verified.

    Parameters
    ----------
    dataset_id : str
        ``cu211-sample`` for instance.
    folder : path, optional
        See `registry_folder`.

    Returns
    -------
    data_set : DataSet
        Published files are downloaded if they are not here.

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
    Several data sets at once, so that a server is asked once for all of them.

    Parameters
    ----------
    names : iterable of str
    folder : path, optional
        See `registry_folder`.

    Returns
    -------
    data_sets : list of DataSet
        In the given order.

    Raises
    ------
    DataError
        If an id is not known, or a file is missing or differs by a single byte.
    """
    chosen, listed, found = choose(names, folder=folder), data_sets(folder=folder).values(), {}
    for name, tier in tiers(folder=folder).items():
        wanted = [data_set for data_set in chosen if data_set.tier == name]
        if tier.is_bundled:
            for fault in (fault for data_set in wanted for fault in map(verify_file, data_set.files) if fault):
                raise DataError(fault)
        elif wanted:
            welcome = _published_files(data_set for data_set in listed if data_set.tier == name)
            found |= bring(_published_files(wanted), tier, welcome=welcome)
    return [_as_found(data_set, found) for data_set in chosen]


def verify_file(file):
    """
    What is wrong with a bundled file.

    Parameters
    ----------
    file : DataFile

    Returns
    -------
    fault : str
        Empty if the file is what the registry lists.
    """
    try:
        size = file.path.stat().st_size
        with open(file.path, "rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"{file.path}, which the registry lists: {error.strerror}; {RESTORE}"
    if sha256 == file.sha256:
        return ""
    return (
        f"{file.path} is not the file that the registry lists: {RESTORE}\n"
        f"  listed: sha256 {file.sha256}, {file.size} bytes\n"
        f"  found:  sha256 {sha256}, {size} bytes"
    )


def look(wanted):
    """
    Which published files are here already. No server is asked.

    Parameters
    ----------
    wanted : dict of str to str
        Paths in the authors' repository, and git blob ids.

    Returns
    -------
    found : dict of str to pathlib.Path
    faults : list of str
        Files that have a wanted name and another content, one sentence each.
    """
    found, faults, chosen = {}, [], settings()
    for published, git_blob in wanted.items():
        for path in _candidates(published, chosen):
            try:
                check_content(path, git_blob, path.name)
                found[published] = path
                break
            except (ValueError, OSError) as error:
                faults.append(f"{path}: {error}")
    return found, faults


def bring(wanted, tier, *, welcome=None, say=None):
    """
    Published files, downloaded if they are not here.

    Two processes that want the same file take turns; the second finds it done. A file gets its name when it is complete
    and checked, so that a process can be killed at any moment.

    Parameters
    ----------
    wanted : dict of str to str
        Paths in the authors' repository, and git blob ids.
    tier : Tier
        Where the files are published.
    welcome : dict of str to str, optional
        As `wanted`: other files that are kept if an archive with them has to be downloaded anyway.
    say : callable, optional
        Called with text: what is downloaded, and which source failed. Default: print to standard error.

    Returns
    -------
    found : dict of str to pathlib.Path

    Raises
    ------
    DataError
        If no source has a file. The message lists what was tried and how to place the file by hand. Files that a
        source did have are kept.
    """
    say = say or _to_standard_error
    found, _ = look(wanted)
    if len(found) == len(wanted):
        return found
    chosen, tried = settings(), []
    with _exclusive(chosen.data_folder, say) as scratch:
        found, faults = look(wanted)  # another process may have brought them meanwhile
        _check_not_ones_own(faults, chosen)
        tried += [f"refused: {fault}" for fault in faults]
        if faults:
            say("\n".join(tried))
        for name, source in sources(chosen, tier).items():
            missing = {published: git_blob for published, git_blob in wanted.items() if published not in found}
            if not missing:
                break
            job = Job(missing, welcome or {}, tier, scratch, chosen, say)
            problems = [f"{name}: {problem}" for problem in ask(source, job)]
            found |= look(missing)[0]
            tried += problems
            if problems and len(found) < len(wanted):
                say("\n".join(problems))
    missing = [published for published in wanted if published not in found]
    if missing:
        raise DataError(_not_found(missing, tried, tier, chosen))
    return found


def _candidates(published, chosen):
    """Files that could be the wanted one, by their names."""
    name, local = PurePosixPath(published).name, chosen.data and chosen.data.absolute()
    places = [local / published, local / name, *sorted(local.glob(f"*/{name}"))] if local else []
    return [path for path in dict.fromkeys([*places, chosen.data_folder / name]) if os.path.isfile(path)]


@contextmanager
def _exclusive(folder, say):
    """An empty scratch folder in the folder of downloads, for one process at a time."""
    scratch, lock = folder / "incoming", FileLock(folder / "incoming.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            say(f"another process is bringing data to {folder}: waiting for it")
            lock.acquire()
        shutil.rmtree(scratch, ignore_errors=True)  # what a killed process left
        scratch.mkdir()
        yield scratch
    except OSError as error:
        raise DataError(f"{folder} cannot be written to ({error.strerror or error}): {ANOTHER_FOLDER}") from None
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
        lock.release()


def _check_not_ones_own(faults, chosen):
    """Refuse to replace a file that the user placed: a damaged download may be replaced, a user's file may not."""
    if faults and chosen.data and chosen.data.resolve() == chosen.data_folder.resolve():
        raise DataError(
            "\n".join([*faults, f"SOAPLENS_DATA is the folder of downloads: move these files, or {ANOTHER_FOLDER}"])
        )


def _not_found(missing, tried, tier, chosen):
    """What was tried, and what a person can do."""
    lines = [f"{', '.join(PurePosixPath(published).name for published in missing)}: could not be had"]
    lines += [f"  {line}" for line in (tried if chosen.data else ["SOAPLENS_DATA: not set", *tried])]
    lines.append("by hand: download from")
    lines += [f"  https://doi.org/{tier.zenodo}"] if tier.zenodo else []
    if tier.github:
        lines += [f"  https://github.com/{tier.github}/blob/{tier.commit}/{published}" for published in missing]
    lines.append("  put the files (or the archive as it is) into one folder and name it in the environment variable")
    lines.append(f"  SOAPLENS_DATA; or put the files into {chosen.data_folder}")
    return "\n".join(lines)


def _published_files(chosen):
    """Published paths and git blob ids of the files of data sets."""
    return {file.published: file.git_blob for data_set in chosen for file in data_set.files}


def _as_found(data_set, found):
    """A data set with its files where they were found, and with what only the files tell."""
    update = {}
    for key in ("topology_file", "trajectory_file"):
        file = getattr(data_set, key)
        if file and file.published in found:
            path = found[file.published]
            update[key] = file.model_copy(update={"path": path, "size": path.stat().st_size})
    data_set = data_set.model_copy(update=update)
    if not update or data_set.trajectory.suffix.lower() not in HDF5_ENDINGS:
        return data_set
    try:
        with open_hdf5(data_set.trajectory, data_set.group) as group:
            counted = dict(zip(("n_frames", "n_atoms"), group["Trajectory"].shape, strict=False))
    except (OSError, ValueError) as error:
        raise DataError(f"{data_set.id}: {error}") from None
    for name, n in counted.items():
        if getattr(data_set, name) not in (None, n):
            listed = getattr(data_set, name)
            raise DataError(f"{data_set.id}: the registry says {name} = {listed}, {data_set.trajectory.name} has {n}")
    return data_set.model_copy(update=counted)


def _to_standard_error(text):
    """Print where it does not mix with results."""
    print(text, file=sys.stderr, flush=True)
