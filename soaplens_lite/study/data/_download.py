"""
One file from a server, one member from an archive, and the identity of a content.

Downloads use pooch: it writes to a temporary file, compares the checksum, tries again after a cut connection or wrong
bytes, and renames the file when it is complete. Its DOI downloader is not used, because it asks Zenodo without a time
limit, takes an error page for an answer, and tells neither sizes nor the licence.
"""

import errno
import hashlib
import lzma
import os
import shutil
import tarfile
import zipfile
import zlib
from contextlib import nullcontext
from pathlib import PurePosixPath

import pooch
import requests

from soaplens_lite._progress import progress_bar
from soaplens_lite.study import DataError

CHUNK_BYTES = 2**16
TEMPORARY_STATUS = (408, 425, 429)  # and all from 500 on: the same request can succeed later
ARCHIVE_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
BAD_ARCHIVE = (EOFError, ValueError, RuntimeError, lzma.LZMAError, tarfile.TarError, zipfile.BadZipFile, zlib.error)
DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES}
ANOTHER_FOLDER = "choose another folder for downloads with the environment variable SOAPLENS_DATA_CACHE"

pooch.get_logger().setLevel("WARNING")  # It would announce the checksum of every file that came without one.


class SourceError(Exception):
    """A source does not give what was asked for. Another source may."""


def git_blob_id(path):
    """
    The id that git gives to a file: SHA-1 of ``blob <size>``, a zero byte and the content.

    Parameters
    ----------
    path : path

    Returns
    -------
    git_blob : str
        40 hexadecimal digits, the same wherever the file comes from.
    """
    digest = hashlib.sha1(b"blob %d\0" % os.path.getsize(path), usedforsecurity=False)
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: digest).hexdigest()


def check_content(path, git_blob, name):
    """
    Refuse a file with another content than the authors'.

    Parameters
    ----------
    path : path
    git_blob : str
        Id of the authors' content.
    name : str
        Of the file, for the message.

    Raises
    ------
    ValueError
        If the content is another one.
    """
    found = git_blob_id(path)
    if found != git_blob:
        with open(path, "rb") as file:
            start = file.read(100).lstrip().lower()
        page = ": a web page, perhaps of a proxy" if start.startswith((b"<!doctype", b"<html")) else ""
        raise ValueError(f"{name} is not the authors' file{page} (git blob id {found}, must be {git_blob})")


def download(url, path, settings, *, known_hash=None, size=None, check=None):
    """
    Download a file, with a progress bar.

    Parameters
    ----------
    url : str
    path : pathlib.Path
        In a folder that exists. The file gets this name when it is complete and checked.
    settings : soaplens_lite.study.settings.Settings
    known_hash : str, optional
        ``algorithm:digits``.
    size : int, optional
        In bytes.
    check : callable, optional
        Called with the path of the download. Raises ValueError if the content is wrong.

    Raises
    ------
    SourceError
        If the server does not give the file.
    requests.RequestException
        If the server does not answer.
    ValueError
        If the content is wrong at each attempt.
    DataError
        If the disk has no room, which no other source would change.
    """
    if size and shutil.disk_usage(path.parent).free < size:
        raise DataError(f"{path.parent} has less than the {in_bytes(size)} that {path.name} needs; {ANOTHER_FOLDER}")

    def get(address, target, registry):
        shown = progress_bar(path.name, total=size, unit="B", unit_scale=True, leave=False) if size else nullcontext()
        with shown as bar:
            headers = {"Accept-Encoding": "identity", "User-Agent": "soaplens_lite"}
            options = {"progressbar": bar, "chunk_size": CHUNK_BYTES, "timeout": settings.timeout, "headers": headers}
            try:
                pooch.HTTPDownloader(**options)(address, target, registry)
            except requests.HTTPError as error:
                status = error.response.status_code
                if status < 500 and status not in TEMPORARY_STATUS:
                    raise SourceError(in_words(error, settings)) from None  # pooch does not repeat it
                raise
        if check:
            check(target)

    files = pooch.Pooch(
        path=path.parent,
        base_url="",
        registry={path.name: known_hash},
        urls={path.name: url},
        retry_if_failed=settings.attempts - 1,
    )
    path.unlink(missing_ok=True)
    files.fetch(path.name, downloader=get)


def content_length(url, settings):
    """
    Size of a file before it is downloaded.

    Parameters
    ----------
    url : str
    settings : soaplens_lite.study.settings.Settings

    Returns
    -------
    size : int or None
        In bytes. None if the server does not tell.
    """
    options = {"timeout": settings.timeout, "allow_redirects": True, "headers": {"Accept-Encoding": "identity"}}
    try:
        response = requests.head(url, **options)
        response.raise_for_status()
        return int(response.headers["Content-Length"])
    except (requests.RequestException, KeyError, ValueError):
        return None


def in_words(error, settings):
    """
    What went wrong with a download, in a few words.

    Parameters
    ----------
    error : requests.RequestException or ValueError
    settings : soaplens_lite.study.settings.Settings

    Returns
    -------
    text : str
    """
    if isinstance(error, requests.HTTPError):
        return f"{error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout) or "Read timed out" in str(error):
        return f"no answer within {settings.timeout:g} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error).partition(". Deleted download")[0]


def in_bytes(size):
    """
    A size for people.

    Parameters
    ----------
    size : int or None

    Returns
    -------
    text : str

    Examples
    --------
    >>> in_bytes(3858424), in_bytes(146250), in_bytes(12), in_bytes(None)
    ('3.9 MB', '146.2 kB', '12 B', 'size not known')
    """
    if size is None:
        return "size not known"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"


def is_archive(name):
    """
    Whether a file is an archive that can be searched.

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
    return name.lower().endswith(ARCHIVE_SUFFIXES)


def take_members(archive, wanted, scratch):
    """
    Copy those members of an archive that have a wanted content.

    A member is known by its content, whatever its name. No path of the archive is written to.

    Parameters
    ----------
    archive : pathlib.Path
        Zip or tar.
    wanted : dict of str to str
        Names and git blob ids.
    scratch : pathlib.Path
        Folder for the copies, which get the names of `wanted`.

    Returns
    -------
    taken : set of str
        Names of the files that are now in `scratch`.
    others : dict of str to str
        Git blob ids of members that have a wanted name and another content.

    Raises
    ------
    SourceError
        If it is not an archive, or is damaged.
    OSError
        If `scratch` cannot be written to.
    """
    by_content = {git_blob: name for name, git_blob in wanted.items()}
    suffixes = {PurePosixPath(name).suffix for name in wanted}
    taken, others, copy = set(), {}, scratch / "member"
    try:
        for path, source in _members(archive):
            base = PurePosixPath(path).name
            if PurePosixPath(base).suffix not in suffixes:
                continue
            with source() as stream, open(copy, "wb") as file:
                shutil.copyfileobj(stream, file)
            content = git_blob_id(copy)
            if content in by_content:
                copy.replace(scratch / by_content[content])
                taken.add(by_content[content])
            elif base in wanted:
                others[base] = content
    except BAD_ARCHIVE as error:
        raise SourceError(f"{archive.name} is not a complete zip or tar archive ({error})") from None
    except OSError as error:
        if error.errno in DISK_ERRORS:
            raise
        raise SourceError(f"{archive.name} is not a complete zip or tar archive ({error})") from None
    return taken, {name: content for name, content in others.items() if name not in taken}


def _members(archive):
    """Path of every regular file in an archive, and a function that opens it."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as opened:
            for info in opened.infolist():
                if not info.is_dir():
                    yield info.filename, lambda info=info: opened.open(info)
    else:
        with tarfile.open(archive) as opened:
            for info in opened:
                if info.isreg():
                    yield info.name, lambda info=info: opened.extractfile(info)
