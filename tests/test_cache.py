"""The cache: what is whole is used, what is half is finished, what is damaged is computed again."""

import errno
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from soaplens_lite import _cache as cache

SHAPE, BLOCK = (7, 2, 3), 3
BLOCKS = [(0, 3), (3, 6), (6, 7)]
WANTED = np.arange(42, dtype=np.float32).reshape(SHAPE) + 1  # No zero, so that an unwritten block shows.


class Work:
    """Computes blocks of WANTED, remembers which, and gives up after `limit` of them."""

    def __init__(self, limit=None):
        self.asked, self.limit = [], limit

    def __call__(self, blocks):
        self.asked.append(list(blocks))
        for done, block in enumerate(blocks):
            if done == self.limit:
                raise RuntimeError("interrupted")
            yield block, WANTED[slice(*block)]


def fill(folder, work, description=None):
    """The array under test."""
    return cache.fill("numbers", description or {"r_cut": 6.0}, SHAPE, BLOCK, work, folder=folder)


def interrupt(folder, n_blocks):
    """Leave a fill that ended after some blocks; returns the unfinished array and its list of blocks."""
    with pytest.raises(RuntimeError, match="interrupted"):
        fill(folder, Work(limit=n_blocks))
    (partial,) = folder.glob("*.partial")
    return partial, partial.with_suffix(".blocks.json")


def test_fills_and_remembers(tmp_path):
    """Seven rows in blocks of three are 3 + 3 + 1; the second call computes nothing and gives the same."""
    work = Work()
    first = fill(tmp_path / "new" / "folder", work)
    second = fill(tmp_path / "new" / "folder", work)
    assert work.asked == [BLOCKS]
    for array in (first, second):
        np.testing.assert_array_equal(array, WANTED)
        assert array.dtype == np.float32 and isinstance(array, np.memmap) and not array.flags.writeable


def test_a_disk_without_room_is_met_before_work_starts(tmp_path, monkeypatch):
    """An error that says how much is needed: a mapped file without room would kill its process in the middle."""

    def full(file, start, size):
        raise OSError(errno.ENOSPC, "No space left on device")

    work = Work()
    with monkeypatch.context() as patch:
        patch.setattr(os, "posix_fallocate", full)
        with pytest.raises(OSError, match=r"0.000168 MB are needed in the cache and .*SOAPLENS_CACHE"):
            fill(tmp_path, work)
        assert work.asked == [] and not list(tmp_path.glob("*.npy"))
        patch.delattr(os, "posix_fallocate")  # as on systems without it
        np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    np.testing.assert_array_equal(fill(tmp_path, Work(), {"r_cut": 5.0}), WANTED)


def test_blocks_in_any_order(tmp_path):
    """Processes finish when they finish."""
    array = fill(tmp_path, lambda blocks: ((block, WANTED[slice(*block)]) for block in reversed(blocks)))
    np.testing.assert_array_equal(array, WANTED)


def test_another_description_is_another_array(tmp_path):
    """Values count, the order in which they stand does not."""
    work = Work()
    fill(tmp_path, work, {"r_cut": 6.0, "n_max": 8})
    fill(tmp_path, work, {"n_max": 8, "r_cut": 6.0})
    assert len(work.asked) == 1
    fill(tmp_path, work, {"r_cut": 6.5, "n_max": 8})
    assert len(work.asked) == 2


def test_another_shape_is_another_array(tmp_path):
    """Of the same description: neither is taken for the other."""

    def ones(blocks):
        for start, stop in blocks:
            yield (start, stop), np.ones((stop - start, 1), dtype=np.float32)

    shapes = [(4, 1), (6, 1), (4, 1)]
    arrays = [cache.fill("numbers", {"r_cut": 6.0}, shape, BLOCK, ones, folder=tmp_path) for shape in shapes]
    assert [array.shape for array in arrays] == shapes


def test_description_stands_beside_the_array(tmp_path):
    """A reader of the folder can tell what is in it, and nothing unfinished is left."""
    fill(tmp_path, Work(), {"r_cut": 6.0, "species": ["Cu"]})
    (array,) = tmp_path.glob("*.npy")
    assert json.loads(array.with_suffix(".json").read_text()) == {"r_cut": 6.0, "species": ["Cu"]}
    assert not [path for path in tmp_path.iterdir() if path.suffix not in (".npy", ".json", ".lock")]
    assert not list(tmp_path.glob("*.blocks.json"))


@pytest.mark.parametrize("n_done", [0, 1, 2])
def test_interrupted_fill_resumes(tmp_path, n_done):
    """Only the missing blocks are computed, and the array has its name only when it is whole."""
    interrupt(tmp_path, n_done)
    assert not list(tmp_path.glob("*.npy"))
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    assert work.asked == [BLOCKS[n_done:]]


@pytest.mark.parametrize("content", ["", "[[0, 3], [3", "null", "[[0], [3]]", '"text"', "[1, 2]"])
def test_damaged_list_of_blocks_is_not_trusted(tmp_path, content):
    """Cut, empty or something else: everything is computed again."""
    _, ledger = interrupt(tmp_path, 2)
    ledger.write_text(content)
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    assert work.asked == [BLOCKS]


def test_array_without_its_list_is_not_trusted(tmp_path):
    """Nobody vouches for what is in it."""
    partial, ledger = interrupt(tmp_path, 2)
    ledger.unlink()
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    assert work.asked == [BLOCKS]


def test_list_without_its_array_is_not_trusted(tmp_path):
    """Neither at once, nor after the next fill was interrupted before its first block."""
    partial, _ = interrupt(tmp_path, 2)
    partial.unlink()
    interrupt(tmp_path, 0)
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    assert work.asked == [BLOCKS]


@pytest.mark.parametrize("n_bytes", [0, 5, 130, -8])
def test_shortened_array_is_not_trusted(tmp_path, n_bytes):
    """A disk that was full: the list says that blocks are there which are not."""
    partial, _ = interrupt(tmp_path, 2)
    partial.write_bytes(partial.read_bytes()[:n_bytes])
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    assert work.asked == [BLOCKS]


@pytest.mark.parametrize("n_bytes", [0, 5, 130, -8])
def test_finished_array_that_was_damaged_is_computed_again(tmp_path, n_bytes):
    """A finished file that the disk lost the end of later: neither read nor in the way."""
    fill(tmp_path, Work())
    (finished,) = tmp_path.glob("*.npy")
    finished.write_bytes(finished.read_bytes()[:n_bytes])
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path, work), WANTED)
    assert work.asked == [BLOCKS]


def test_array_of_another_shape_is_not_trusted(tmp_path):
    """Only an array of the shape and kind that are wanted is continued."""
    for other in (np.ones((7, 2, 4), np.float32), np.ones(SHAPE)):
        folder = tmp_path / str(other.dtype)
        folder.mkdir()
        partial, _ = interrupt(folder, 2)
        with open(partial, "wb") as file:
            np.save(file, other)
        work = Work()
        np.testing.assert_array_equal(fill(folder, work), WANTED)
        assert work.asked == [BLOCKS]


CHILD = """
import os, sys, time
import numpy as np
from soaplens_lite import _cache as cache

folder, mode, name = sys.argv[1:]
wanted = np.arange(42, dtype=np.float32).reshape(7, 2, 3) + 1

def work(blocks):
    open(os.path.join(folder, f"computed-by-{name}"), "w").close()
    for number, block in enumerate(blocks):
        if mode == "killed" and number == 2:
            os.kill(os.getpid(), 9)
        if mode == "slow":
            time.sleep(0.4)
        yield block, wanted[slice(*block)]

if mode == "slow":
    open(os.path.join(folder, f"ready-{name}"), "w").close()
    deadline = time.monotonic() + 20
    while not os.path.exists(os.path.join(folder, "go")) and time.monotonic() < deadline:
        time.sleep(0.01)
array = cache.fill("numbers", {"r_cut": 6.0}, (7, 2, 3), 3, work, folder=os.path.join(folder, "cache"))
assert (array == wanted).all()
"""


def start(folder, mode, name):
    """A process of its own that fills the array."""
    return subprocess.Popen([sys.executable, "-c", CHILD, str(folder), mode, name], stderr=subprocess.PIPE, text=True)


def test_killed_process(tmp_path):
    """Killed without a chance to clean up, lock in hand: the next process goes on after its last whole block."""
    child = start(tmp_path, "killed", "first")
    child.communicate(timeout=60)
    assert child.returncode == -9
    assert not list((tmp_path / "cache").glob("*.npy"))
    work = Work()
    np.testing.assert_array_equal(fill(tmp_path / "cache", work), WANTED)
    assert work.asked == [[(6, 7)]]


def test_two_processes_at_once(tmp_path):
    """One computes, the other waits; both get the whole array."""
    children = [start(tmp_path, "slow", name) for name in ("a", "b")]
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("ready-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    (tmp_path / "go").touch()
    errors = [child.communicate(timeout=60)[1] for child in children]
    assert [child.returncode for child in children] == [0, 0], errors
    assert len(list(tmp_path.glob("computed-by-*"))) == 1
    np.testing.assert_array_equal(fill(tmp_path / "cache", Work(limit=0)), WANTED)


def test_folder_by_environment_and_by_default(tmp_path, monkeypatch):
    """SOAPLENS_CACHE, otherwise the user's cache folder; it is made where it is missing."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "here" / "below"))
    assert cache.cache_folder() == tmp_path / "here" / "below" and cache.cache_folder().is_dir()
    monkeypatch.setattr(cache, "user_cache_dir", lambda name: str(tmp_path / "user" / name))
    for unset in (lambda: monkeypatch.setenv("SOAPLENS_CACHE", ""), lambda: monkeypatch.delenv("SOAPLENS_CACHE")):
        unset()
        assert cache.cache_folder() == tmp_path / "user" / "soaplens_lite"
    assert cache.cache_folder(tmp_path / "given") == tmp_path / "given"
    assert not any(path.is_file() for path in tmp_path.rglob("*"))  # The trial of writing leaves nothing.


def test_unwritable_folder(tmp_path, monkeypatch):
    """The folder and the way out are said before anything is computed."""
    (tmp_path / "file").write_text("")
    unwritable = tmp_path / "file" / "cache"
    work = Work()
    monkeypatch.setenv("SOAPLENS_CACHE", str(unwritable))
    for folder in (None, unwritable, tmp_path / "file"):
        with pytest.raises(OSError, match="cache folder .*file.* cannot be written to .*SOAPLENS_CACHE"):
            fill(folder, work)
    assert work.asked == []


def test_stored_arrays_are_whole(tmp_path, monkeypatch):
    """An .npz has its name only when all is in it; a failing write leaves what was there before."""
    path = tmp_path / "result.npz"
    cache.store_arrays(path, labels=[1, 2, 3], noise=0.25)
    with np.load(path) as stored:
        assert stored["labels"].tolist() == [1, 2, 3] and stored["noise"].item() == 0.25

    def full_disk(file, **_):
        file.write(b"half")
        raise OSError("no space left")

    monkeypatch.setattr(np, "savez", full_disk)
    with pytest.raises(OSError, match="no space"):
        cache.store_arrays(path, labels=[4])
    with np.load(path) as stored:
        assert stored["labels"].tolist() == [1, 2, 3]
    assert [Path(entry).name for entry in tmp_path.iterdir()] == ["result.npz"]
