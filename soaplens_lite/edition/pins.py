"""
What the authors' record held when a maintainer last looked, in ``pins.toml`` beside the registry.

With it, sizes and the licence are known before anything is asked, and a record whose files were replaced is noticed.
The table is written by `soaplens_lite.edition.pinning` and only read here.
"""

import tomllib
from pathlib import Path
from typing import NamedTuple

from . import DataError

NAME = "pins.toml"


class PinnedFile(NamedTuple):
    """A file of the record: `size` in bytes, `checksum` as ``algorithm:digits``."""

    name: str
    size: int
    checksum: str


class PinnedTrajectory(NamedTuple):
    """
    A trajectory as it is in the record.

    `published` is its path in the authors' repository, `size` is in bytes, and `differs` tells that these bytes are
    not those of the repository; they are accepted too, and named as differing wherever they are used.
    """

    published: str
    size: int
    git_blob: str
    differs: bool


class Pins(NamedTuple):
    """The whole table; `date` is the day on which the record was looked at."""

    date: str
    licence: str
    files: tuple = ()
    trajectories: tuple = ()

    def of(self, published):
        """The pinned trajectory of that path, or None."""
        return next((pinned for pinned in self.trajectories if pinned.published == published), None)


def read_pins(folder):
    """
    The pins beside a registry.

    Parameters
    ----------
    folder : path
        Of the registry.

    Returns
    -------
    pins : Pins or None
        None if nobody has pinned the record yet.

    Raises
    ------
    DataError
        If the table is there and cannot be read.
    """
    path = Path(folder) / NAME
    if not path.exists():
        return None
    try:
        content = tomllib.loads(path.read_text("utf-8"))
        return Pins(
            date=content["date"],
            licence=content["licence"],
            files=tuple(PinnedFile(**entry) for entry in content.get("file", [])),
            trajectories=tuple(PinnedTrajectory(**entry) for entry in content.get("trajectory", [])),
        )
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise DataError(f"{path} cannot be read ({error}): write it anew with `soaplens data pin`") from None


def changes(pins, files):
    """
    In what the record is not what was pinned.

    Parameters
    ----------
    pins : Pins or None
    files : iterable
        With `name` and `checksum`, as the record lists them now.

    Returns
    -------
    changes : list of str
        Empty if nothing changed, or nothing was pinned.

    Examples
    --------
    >>> old = Pins("2024-01-31", "cc-by-4.0", (PinnedFile("a.zip", 3, "md5:1"), PinnedFile("b.zip", 3, "md5:2")))
    >>> changes(old, [PinnedFile("a.zip", 3, "md5:9"), PinnedFile("c.zip", 3, "md5:2")])
    ['a.zip has another checksum', 'b.zip is gone', 'c.zip is new']
    """
    if pins is None:
        return []
    before = {file.name: file.checksum for file in pins.files}
    now = {file.name: file.checksum for file in files}
    texts = []
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            texts.append(f"{name} is gone")
        elif name not in before:
            texts.append(f"{name} is new")
        elif now[name] != before[name]:
            texts.append(f"{name} has another checksum")
    return texts
