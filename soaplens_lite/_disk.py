"""
Files that appear when they are complete, also where a disk is full.

Libraries in C ignore a write that failed, or crash on it; here it becomes an error that says what to do.
"""

import errno
import io
import os
import secrets
import shutil
from contextlib import contextmanager
from pathlib import Path

FULL_DISK_ERRORS = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
MIN_FREE_BYTES = 1e6  # a disk with less counts as full


@contextmanager
def whole(path):
    """
    Write a file that appears under its name only when it is complete.

    Parameters
    ----------
    path : path
        May exist; it is replaced.

    Yields
    ------
    scratch : pathlib.Path
        What to write to: a hidden file beside it with the same ending. Nothing is left of it after an error.
    """
    path = Path(path)
    scratch = path.with_name(f".{os.getpid()}-{secrets.token_hex(4)}.{path.name}")  # folders can be shared by computers
    try:
        yield scratch
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def refusal(path, error):
    """
    The message about a file that could not be written.

    Parameters
    ----------
    path : path
    error : OSError

    Returns
    -------
    message : str
        One line, which says so if the disk is full.

    Examples
    --------
    >>> refusal("a.zip", PermissionError(13, "Permission denied"))
    'a.zip cannot be written: Permission denied'
    """
    folder = next(folder for folder in Path(path).absolute().parents if folder.is_dir())
    message = f"{path} cannot be written: {error.strerror or error}"
    if error.errno in FULL_DISK_ERRORS or free(folder) < MIN_FREE_BYTES:
        message += f" (the disk of {folder} is full): make room there, or choose another folder"
    return message


def free(folder):
    """
    Free space on the disk of a folder.

    Parameters
    ----------
    folder : path

    Returns
    -------
    size : int
        In bytes.
    """
    return shutil.disk_usage(folder).free


def reserve(path, size):
    """
    Take the room that a file will need before it is filled through memory.

    A file of zeros takes none: a disk that runs full while such a file is mapped kills the process without a word.

    Parameters
    ----------
    path : path
        Of a file that exists.
    size : int
        In bytes.

    Raises
    ------
    OSError
        If there is no room. Systems that cannot reserve any pass.
    """
    if not hasattr(os, "posix_fallocate"):
        return
    with open(path, "r+b") as file:
        try:
            os.posix_fallocate(file.fileno(), 0, size)
        except OSError as error:
            if error.errno in FULL_DISK_ERRORS:
                raise


class RememberingFile(io.FileIO):
    """
    A new file for HDF5, which ends this process with a segmentation fault where a write to a path fails.

    The library is told that every write succeeded; whoever called it must call `check` afterwards.

    Attributes
    ----------
    fault : OSError or None
        The first error of writing. What is in the file then is of no use.
    """

    def __init__(self, path):
        super().__init__(path, "w+b")
        self.fault = None

    def write(self, data):
        """Write all of `data`, or remember why not; its length."""
        view = memoryview(data).cast("B")
        written = 0
        try:
            while written < len(view):
                written += super().write(view[written:])
        except OSError as error:
            self.fault = self.fault or error
        return len(view)

    def truncate(self, size=None):
        """Change the file's length, or remember why not."""
        try:
            return super().truncate(size)
        except OSError as error:
            self.fault = self.fault or error
            return size

    def check(self):
        """Raise the error of writing, if there was one."""
        if self.fault:
            raise self.fault
