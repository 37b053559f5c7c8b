"""What Zenodo says about the authors' record: its files, their sizes and checksums, and the licence."""

import re
from typing import NamedTuple

from .transfer import SourceError, read_json

DOI = "10.5281/zenodo.10213827"
RECORD = DOI.rpartition(".")[2]
RECORD_PAGE = f"https://zenodo.org/records/{RECORD}"
CHECKSUM = re.compile("(md5|sha1|sha256|sha512):[0-9a-f]+")


class RecordFile(NamedTuple):
    """A file of the record; `size` in bytes, `checksum` as ``algorithm:digits``, `url` where it can be had."""

    name: str
    size: int
    checksum: str
    url: str


class Record(NamedTuple):
    """The record: tuple of `RecordFile`, and the licence as it is stated there."""

    files: tuple
    licence: str


def read_record(settings):
    """
    Ask Zenodo, in one request, what the record holds.

    Parameters
    ----------
    settings : transfer.Settings

    Returns
    -------
    record : Record

    Raises
    ------
    SourceError
        If there is no answer, or one that is not a record with files.
    """
    url = f"{settings.zenodo.rstrip('/')}/records/{RECORD}"
    try:
        answer = read_json(url, settings)
    except SourceError as error:
        raise SourceError(f"{url}: {error}") from None
    try:
        files = tuple(_file(entry, settings) for entry in answer["files"])
        licence = answer.get("metadata", {}).get("license") or {}
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(f"{url}: the answer is not a record with files ({type(error).__name__}: {error})") from None
    if not files:
        raise SourceError(f"{url}: the record lists no files")
    return Record(
        files, (licence.get("id") if isinstance(licence, dict) else str(licence)) or "not stated in the record"
    )


def _file(entry, settings):
    """One file in either of the two forms that Zenodo's interface has had."""
    name = entry.get("key") or entry["filename"]
    checksum = entry["checksum"] if ":" in entry["checksum"] else f"md5:{entry['checksum']}"
    if not CHECKSUM.fullmatch(checksum):
        raise ValueError(f"{name} has the checksum {checksum!r}")
    size = int(entry["size"] if "size" in entry else entry["filesize"])
    links = entry.get("links", {})
    url = links.get("self") or links.get("download")
    return RecordFile(name, size, checksum, url or f"{settings.zenodo}/records/{RECORD}/files/{name}/content")
