"""
A folder for arrays that are expensive to compute, kept between runs.

An array is filled block by block. Finished blocks on disk are used again, interrupted ones
are not: the list of finished blocks is replaced in one step after the numbers of a block were written,
and the file gets its final name when all blocks are there.
"""

import hashlib
import json
import math
import os
import tempfile
from pathlib import Path

import numpy as np
from filelock import FileLock
from platformdirs import user_cache_dir

from soaplens_lite import _disk as disk


def cache_folder(folder=None):
    """
    The folder of the cache: the environment variable ``SOAPLENS_CACHE``, otherwise the user's cache folder.

    Parameters
    ----------
    folder : path, optional
        Another folder, given by the caller.

    Returns
    -------
    folder : pathlib.Path
        Exists and can be written to.

    Raises
    ------
    OSError
        If it cannot be made or written to.
    """
    folder = Path(folder or os.environ.get("SOAPLENS_CACHE") or user_cache_dir("soaplens_lite"))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OSError(
            f"the cache folder {folder} cannot be written to ({error.strerror or error}): choose one that can, for "
            "instance with the environment variable SOAPLENS_CACHE"
        ) from None
    return folder


def digest(description):
    """
    Short key of what an array depends on.

    Parameters
    ----------
    description : dict
        Of numbers, strings and lists.

    Returns
    -------
    key : str
        20 hexadecimal digits, the same for the same description in any order.

    Examples
    --------
    >>> digest({"r_cut": 6.0, "n_max": 8}) == digest({"n_max": 8, "r_cut": 6.0})
    True
    """
    text = json.dumps(description, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def fill(name, description, shape, block_length, compute_blocks, *, folder=None):
    """
    A float32 array on disk, computed where it is not there yet.

    Parameters
    ----------
    name : str
        Begin of the file's name.
    description : dict
        What the numbers depend on; kept beside the array in a readable file.
    shape : tuple of int
        Of the complete array; it is divided into blocks along the first axis.
    block_length : int
        Rows of a block, the last one may be shorter.
    compute_blocks : callable
        Takes a list of ``(start, stop)`` and yields ``((start, stop), values)`` in any order.
    folder : path, optional
        Default: `cache_folder`.

    Returns
    -------
    array : numpy.ndarray
        Read-only memory map.

    Notes
    -----
    Two processes that want the same array take turns: the second finds it done.
    """
    folder = cache_folder(folder)
    key = digest(description | {"shape": list(shape), "block_length": block_length})
    done = folder / f"{name}-{key}.npy"
    array = _load(done)
    if array is None:
        with FileLock(folder / f"{name}-{key}.lock"):
            if _load(done) is None:
                _fill_missing(done, description, shape, block_length, compute_blocks)
            array = np.load(done, mmap_mode="r")
    return array


def scratch_array(shape, *, folder=None):
    """
    A float32 array in a file without a name, for numbers that are too many for memory.

    Parameters
    ----------
    shape : tuple of int
    folder : path, optional
        Default: `cache_folder`.

    Returns
    -------
    array : numpy.ndarray
        Of zeros. The file is gone when the array is.

    Raises
    ------
    OSError
        If the disk has no room for it.
    """
    with tempfile.NamedTemporaryFile(prefix="scratch-", dir=cache_folder(folder)) as file:
        size = 4 * math.prod(shape)
        file.truncate(size)
        _reserve(Path(file.name), size)
        return np.memmap(file, dtype=np.float32, shape=shape)


def store_arrays(path, **arrays):
    """
    Write arrays to an .npz file. The file gets its name only when it is complete.

    Parameters
    ----------
    path : pathlib.Path
    **arrays : array_like
    """
    with disk.whole(path) as scratch, open(scratch, "wb") as file:
        np.savez(file, **arrays)


def _load(done):
    """The finished array; None where there is none, or a disk that failed later has damaged it."""
    try:
        return np.load(done, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None


def _fill_missing(done, description, shape, block_length, compute_blocks):
    """Compute the blocks that an earlier attempt did not finish, then give the file its name."""
    partial, ledger = done.with_suffix(".partial"), done.with_suffix(".blocks.json")
    array, finished = _resume(partial, ledger, tuple(shape))
    _reserve(partial, array.nbytes)
    blocks = [(start, min(start + block_length, shape[0])) for start in range(0, shape[0], block_length)]
    missing = [block for block in blocks if block not in finished]
    for block, values in compute_blocks(missing):
        array[slice(*block)] = values
        array.flush()
        finished.add(block)
        _write_whole(ledger, json.dumps(sorted(finished)))
    _write_whole(done.with_suffix(".json"), json.dumps(description, indent=1, sort_keys=True))
    del array
    partial.replace(done)
    ledger.unlink(missing_ok=True)


def _resume(partial, ledger, shape):
    """The array and the blocks that an earlier attempt left; from the start where either of its files is not sound."""
    try:
        finished = {(start, stop) for start, stop in json.loads(ledger.read_text())}
        # Mapped for reading first: for writing, NumPy would lengthen a file that was cut short, with zeros.
        array = np.lib.format.open_memmap(partial, mode="r")
        if array.shape == shape and array.dtype == np.float32:
            return np.lib.format.open_memmap(partial, mode="r+"), finished
    except (OSError, ValueError, TypeError):
        pass
    # The old list must not outlive its array: it would vouch for blocks of the new one.
    ledger.unlink(missing_ok=True)
    return np.lib.format.open_memmap(partial, mode="w+", dtype=np.float32, shape=shape), set()


def _reserve(partial, size):
    """Room for all blocks: without it, writing to the mapped file would kill the process somewhere in the middle."""
    try:
        disk.reserve(partial, partial.stat().st_size)
    except OSError as error:
        needed, free = size / 1e6, disk.free(partial.parent) / 1e6
        raise OSError(
            f"{needed:.3g} MB are needed in the cache and {free:.3g} MB are free in {partial.parent} "
            f"({error.strerror}): make room there, or choose another folder with the variable SOAPLENS_CACHE"
        ) from None


def _write_whole(path, text):
    """Replace a file in one step, so that nobody reads an incomplete one."""
    with disk.whole(path) as scratch:
        scratch.write_text(text)
