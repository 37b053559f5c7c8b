"""
Files known by their content: git blob ids, and archives searched for them.

A git blob id is the same wherever a file comes from and whatever it is called. So a member of an archive is taken for
what it holds; no path that an archive states is ever written to.
"""

import hashlib
import lzma
import os
import tarfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import PurePosixPath, PureWindowsPath

CHUNK = 2**20  # bytes read at once
ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
TRAJECTORIES = (".hdf5", ".h5")
# What Python's readers raise on archives that are cut, damaged, locked or none; OSError includes gzip's own.
UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError),
    *(lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, zlib.error),
)


class BlobError(ValueError):
    """Content that is not what was meant, or that cannot be trusted."""


def git_blob_id(path):
    """
    The id that git gives to a file: SHA-1 over ``blob <size>``, a zero byte and the content.

    Parameters
    ----------
    path : path

    Returns
    -------
    git_blob : str
        40 hexadecimal digits.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    with open(path, "rb") as file:
        return _copy(_pieces(file), os.fstat(file.fileno()).st_size)


def check_blob(path, accepted, name):
    """
    Refuse a file with another content than one of those accepted.

    Parameters
    ----------
    path : path
    accepted : collection of str
        Git blob ids.
    name : str
        What it should be, for the message.

    Returns
    -------
    git_blob : str

    Raises
    ------
    BlobError
        If it is another one.
    """
    git_blob = git_blob_id(path)
    if git_blob not in accepted:
        with open(path, "rb") as file:
            start = file.read(100).lstrip().lower()
        page = ": a web page, perhaps a proxy's" if start.startswith((b"<!doctype", b"<html")) else ""
        raise BlobError(
            f"what came as {name} is not the authors' file{page} (git blob id {git_blob}, must be "
            f"{' or '.join(sorted(accepted))})"
        )
    return git_blob


def is_archive(name):
    """
    Whether a file can be searched for members.

    Parameters
    ----------
    name : str
        Of the file.

    Returns
    -------
    is_archive : bool

    Examples
    --------
    >>> is_archive("input.tar.GZ"), is_archive("input.rar")
    (True, False)
    """
    return name.lower().endswith(ARCHIVES)


def take_members(archive, wanted, scratch):
    """
    Take those members out of an archive that hold what is wanted.

    Parameters
    ----------
    archive : pathlib.Path
        Zip or tar.
    wanted : dict of str to collection of str
        Names and the git blob ids that are accepted for each.
    scratch : pathlib.Path
        Folder where members are put, under the names of `wanted`.

    Returns
    -------
    taken : dict of str to str
        Git blob ids of the files that now lie in `scratch`.
    others : dict of str to (str, int)
        Git blob id and size of members that have a wanted name and another content.

    Raises
    ------
    BlobError
        If it is no archive, is damaged, or has a member whose path leads out of its folder.
    """
    taken, others = {}, {}
    for path, size, content in _members(archive):
        base = PurePosixPath(path).name
        if base not in wanted and not base.lower().endswith(TRAJECTORIES):
            continue
        target = scratch / "member"
        with open(target, "wb") as copy:
            git_blob = _copy(content, size, copy)
        names = [name for name, accepted in wanted.items() if git_blob in accepted and name not in taken]
        if names:
            target.replace(scratch / names[0])
            taken[names[0]] = git_blob
        elif base in wanted:
            others[base] = git_blob, size
        target.unlink(missing_ok=True)
    return taken, others


@contextmanager
def _reading(archive):
    """Whatever goes wrong in here is the fault of the archive: nothing is written."""
    try:
        yield
    except BlobError:
        raise
    except UNREADABLE as error:
        raise BlobError(f"{archive.name} is not a whole zip or tar archive ({error})") from None


def _members(archive):
    """Path, size and content of every regular member; none at all if a single path leads out."""
    with _reading(archive):
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                every = [(info.filename, info) for info in opened.infolist()]
                _check_paths(archive, every)
                for path, info in every:
                    if not info.is_dir():
                        yield path, info.file_size, _content(archive, opened.open, info)
        else:
            with tarfile.open(archive) as opened:
                every = [(info.name, info) for info in opened]
                _check_paths(archive, every)
                for path, info in every:
                    if info.isreg():
                        yield path, info.size, _content(archive, opened.extractfile, info)


def _content(archive, open_member, info):
    """What a member holds, in pieces."""
    with _reading(archive), open_member(info) as source:
        yield from _pieces(source)


def _pieces(source):
    while piece := source.read(CHUNK):
        yield piece


def _check_paths(archive, every):
    """An archive that tries to write elsewhere is not the authors'."""
    for path, _ in every:
        if PurePosixPath(path).is_absolute() or PureWindowsPath(path).drive or ".." in PureWindowsPath(path).parts:
            raise BlobError(f"{archive.name} is refused: its member {path!r} leads out of its folder")


def _copy(pieces, size, target=None):
    """The git blob id of what comes in pieces, which is written to *target* on the way."""
    digest = hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    for piece in pieces:
        digest.update(piece)
        if target:
            target.write(piece)
    return digest.hexdigest()
