"""Trajectories that are larger than memory: what is read, where it is kept, and what is said before it is read."""

import gc
import tracemalloc
from types import SimpleNamespace

import h5py
import numpy as np
import pytest

import soaplens_lite as sl
from soaplens_lite import _disk as disk
from soaplens_lite.study import data
from soaplens_lite.trajectory import _trajectory, checksum, make_trajectory, read_hdf5, read_trajectory, write_hdf5

pytestmark = pytest.mark.slow

N_FRAMES, N_ATOMS = 60, 2000


@pytest.fixture(scope="module")
def crystal(tmp_path_factory):
    """Frames of a crystal that vibrates, as HDF5, and six of them as extended XYZ."""
    folder, rng = tmp_path_factory.mktemp("large"), np.random.default_rng(0)
    places = 2.6 * np.stack(np.meshgrid(*[np.arange(n) for n in (20, 10, 10)], indexing="ij"), -1).reshape(-1, 3)
    positions = places + rng.normal(0, 0.05, (N_FRAMES, N_ATOMS, 3))
    trajectory = make_trajectory(positions, ["Cu"] * N_ATOMS, cell=[52, 26, 26, 90, 90, 90], interval=0.1)
    write_hdf5(folder / "crystal.hdf5", trajectory)
    data.convert(folder / "crystal.hdf5", folder / "crystal.xyz", n_frames=6)
    return folder


@pytest.fixture
def in_a_file(monkeypatch, tmp_path):
    """Positions of more than 100 kB are kept in a file of the cache."""
    monkeypatch.setattr(_trajectory, "MOST_IN_MEMORY", 100e3)
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def memory_of(call):
    """The result of a call, and the peak of the memory that Python and NumPy took for it."""
    gc.collect()
    tracemalloc.start()
    try:
        result = call()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["crystal.hdf5", "crystal.xyz"])
def test_positions_in_a_file_are_the_same(crystal, in_a_file, monkeypatch, name):
    """Read, looked at and analyzed as those in memory; no file is left in the cache."""

    def read():
        if name.endswith("hdf5"):
            return read_hdf5(crystal / name, interval=0.1)
        return read_trajectory(crystal / name)

    kept = read()
    assert isinstance(kept.positions.values.base, np.memmap) and not list(in_a_file.iterdir())
    monkeypatch.setattr(_trajectory, "MOST_IN_MEMORY", 1e9)
    plain = read()
    assert not isinstance(plain.positions.values.base, np.memmap) and checksum(plain) == checksum(kept)
    np.testing.assert_array_equal(sl.lens(kept, 3.2, n_jobs=1), sl.lens(plain, 3.2, n_jobs=1))


def test_memory_does_not_grow_with_the_frames(crystal, in_a_file):
    """60 frames of 24 kB take as much memory as six: reading, describing and the look go frame by frame."""
    given = data.read_statement(trajectory=crystal / "crystal.hdf5")
    few = data.read_statement(trajectory=crystal / "crystal.hdf5", stop=6)
    data.describe(few, n_frames=0)  # what is imported and kept the first time
    (_, small), (found, large) = (memory_of(lambda s=s: data.describe(s, n_frames=0)) for s in (few, given))
    assert found.n_frames == N_FRAMES and large - small < 0.2 * 12 * N_FRAMES * N_ATOMS


def test_frames_that_are_left_out_take_no_memory(crystal):
    """Three frames of sixty: 72 kB, and as much again in the precision of the file while they are read."""
    three, every = ({"start": 40, "stop": 60, "stride": 7}, {})
    read_hdf5(crystal / "crystal.hdf5", interval=1)
    read = [memory_of(lambda s=s: read_hdf5(crystal / "crystal.hdf5", interval=1, **s)) for s in (three, every)]
    assert read[0][0].time.values.tolist() == [40, 47, 54]
    assert read[1][1] - read[0][1] > 0.8 * 12 * 57 * N_ATOMS


def test_a_disk_without_room_is_named_before_reading(crystal, in_a_file, monkeypatch):
    """With what is needed, and what can be done."""
    monkeypatch.setattr(disk.os, "posix_fallocate", lambda *where: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(data.DataError, match=r"2000 atoms in 60 frames .* 1.44 MB are needed .*start, stop, stride"):
        data.describe(data.read_statement(trajectory=crystal / "crystal.hdf5"), n_frames=0)


def test_more_atoms_than_memory(crystal, tmp_path, monkeypatch):
    """The header of an HDF5 file tells it, and the length of a frame in a text; neither is read."""
    texts = h5py.string_dtype()
    with h5py.File(tmp_path / "huge.hdf5", "w") as file:
        group = file.create_group("Trajectories/huge")
        group.create_dataset("Trajectory", (1, 10**10, 3), dtype="f4", chunks=(1, 10**6, 3))
        group.create_dataset("Box", (1, 6), dtype="f8")
        group.create_dataset("Types", (10**10,), dtype=texts, chunks=(10**6,))
    with pytest.raises(data.DataError, match="huge.hdf5: reading one frame takes about 3e.03 GB of memory, and"):
        data.describe(data.read_statement(trajectory=tmp_path / "huge.hdf5", interval=1.0))
    monkeypatch.setattr(_trajectory.psutil, "virtual_memory", lambda: SimpleNamespace(available=1e6))
    with pytest.raises(
        data.DataError, match=r"crystal.xyz: reading one frame .* and 0.001 GB are free: use a computer"
    ):
        data.describe(data.read_statement(trajectory=crystal / "crystal.xyz"))
