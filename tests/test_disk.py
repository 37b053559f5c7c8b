"""Files on a disk that is full: whole, or not there. A limit to the size of files stands for the disk."""

import errno

import h5py
import numpy as np
import pytest
from limits import no_file_above

from soaplens_lite import _disk as disk
from soaplens_lite.trajectory import convert
from soaplens_lite.trajectory._files import _hdf5_write as hdf5

pytestmark = pytest.mark.slow


def test_a_file_appears_when_it_is_whole(tmp_path):
    """What was there before stays until then, and after an error nothing else is left."""
    path = tmp_path / "a.txt"
    path.write_text("before")
    with pytest.raises(RuntimeError), disk.whole(path) as scratch:
        scratch.write_text("half")
        assert scratch.suffix == ".txt" and path.read_text() == "before"
        raise RuntimeError
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"] and path.read_text() == "before"
    with disk.whole(path) as scratch:
        scratch.write_text("after")
    assert [file.name for file in tmp_path.iterdir()] == ["a.txt"] and path.read_text() == "after"


def test_what_is_told(tmp_path, monkeypatch):
    """A full disk, known by the error or by the room left, is named with what to do; it is not blamed for others."""
    told = disk.refusal(tmp_path / "new" / "a", OSError(errno.ENOSPC, "No space left on device"))
    assert told.endswith(
        f"No space left on device (the disk of {tmp_path} is full): make room there, or choose another folder"
    )
    assert disk.refusal("a", OSError("an error of a library")) == "a cannot be written: an error of a library"
    monkeypatch.setattr(disk, "free", lambda folder: 1000)
    assert "is full" in disk.refusal("a", OSError("an error of a library"))


def test_room_is_reserved_or_refused(tmp_path):
    """A file that only claims its size takes its blocks, or says that it cannot; its numbers stay."""
    path = tmp_path / "a"
    with open(path, "wb") as file:
        file.write(b"abc")
        file.truncate(1_000_000)
    disk.reserve(path, 1_000_000)
    assert path.stat().st_blocks * 512 >= 1_000_000 and path.read_bytes()[:4] == b"abc\0"
    with no_file_above(1_000_000), pytest.raises(OSError, match="too large"):
        disk.reserve(path, 2_000_000)


@pytest.mark.parametrize("size", [0, 1_000, 20_000])
def test_hdf5_meets_a_full_disk_at_any_point(tmp_path, size):
    """A failed write would crash the library when it lets go of its file: it is an error, and nothing is left."""
    blocks = ((np.random.default_rng(k).normal(size=(20, 30, 3)), np.ones((20, 6))) for k in range(8))
    with no_file_above(size), pytest.raises(OSError, match="too large"):
        hdf5.write_blocks(tmp_path / "a.hdf5", blocks, ["Cu"] * 30)
    assert list(tmp_path.iterdir()) == []


def test_a_remembering_file_is_a_file(tmp_path):
    """Where all goes well, the library leaves the same file through it as by its name."""
    with disk.RememberingFile(tmp_path / "a.h5") as on_disk, h5py.File(on_disk, "w") as file:
        file["a"] = np.arange(1000)
        on_disk.check()
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["a"], np.arange(1000))


@pytest.mark.parametrize("ending", ["xtc", "dcd", "trr", "ncdf", "xyz", "hdf5"])
def test_a_conversion_is_whole_or_refused(tmp_path, wander, ending):
    """Writers of XTC and DCD take no notice of a full disk; whatever the format, no cut file gets a name."""
    hdf5.write_hdf5(tmp_path / "a.hdf5", wander(45, 30, cell=(12, 13, 14, 80, 75, 65)))
    (tmp_path / "new").mkdir()
    target = tmp_path / "new" / f"b.{ending}"
    convert(tmp_path / "a.hdf5", target)
    size = target.stat().st_size
    for path in target.parent.iterdir():
        path.unlink()
    for limit in (size - 1, size // 2):
        with no_file_above(limit), pytest.raises(OSError, match=f"b.{ending} cannot be written: "):
            convert(tmp_path / "a.hdf5", target)
        assert list(target.parent.iterdir()) == []
