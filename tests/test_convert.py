"""From one format into another and back: what survives is all that the formats can hold."""

import re
import warnings

import h5py
import MDAnalysis as mda
import numpy as np
import pytest

from soaplens_lite.trajectory import (
    convert,
    interval_of,
    make_trajectory,
    open_hdf5,
    read_hdf5,
    read_trajectory,
    write_hdf5,
)
from soaplens_lite.trajectory._files._convert import WRITABLE

SKEWED = (12, 13, 14, 80, 75, 65)


@pytest.fixture
def hdf5_file(tmp_path, wander):
    """A skewed cell, two elements, 45 frames of 12 atoms, 0.5 ns apart; and what it holds."""
    trajectory = wander(45, 12, cell=SKEWED, species=("O", "H", "H"))
    return write_hdf5(tmp_path / "water.hdf5", trajectory), trajectory


@pytest.mark.parametrize(
    ("ending", "precision"),
    [("xtc", 0.006), ("dcd", 1e-5), ("trr", 1e-5), ("ncdf", 1e-5), ("pdb", 0.0006), ("xyz", 1e-6)],
)
def test_there_and_back(hdf5_file, tmp_path, ending, precision):
    """HDF5 to another format and to HDF5 again: every frame, within what the format holds."""
    path, before = hdf5_file
    paths = convert(path, tmp_path / f"there.{ending}")
    topology = paths[0] if len(paths) > 1 else None
    cell = (
        SKEWED if ending in ("pdb", "xyz") else None
    )  # MDAnalysis reads the cell of neither, if there are many frames.
    read = read_trajectory(topology or paths[-1], paths[-1], cell=cell, interval=0.5)
    np.testing.assert_allclose(read.positions, before.positions, atol=precision)
    np.testing.assert_allclose(read.cell, before.cell, atol=0.02)
    assert read.species.values.tolist() == before.species.values.tolist()
    convert(paths[-1], tmp_path / "back.hdf5", topology=topology)
    back = read_hdf5(tmp_path / "back.hdf5", interval=0.5, periodic=cell is None)
    np.testing.assert_array_equal(back.positions, read.positions)


@pytest.mark.parametrize("ending", ["xtc", "dcd", "trr", "ncdf"])
def test_times_are_kept(hdf5_file, tmp_path, ending):
    """The interval that the HDF5 file knows is that of the new file, and the other way round."""
    topology, trajectory = convert(hdf5_file[0], tmp_path / f"there.{ending}")
    np.testing.assert_allclose(np.diff(read_trajectory(topology, trajectory).time), 0.5, rtol=1e-5)
    convert(trajectory, tmp_path / "back.hdf5", topology=topology)
    with h5py.File(tmp_path / "back.hdf5") as file:
        assert file["Trajectories/back"].attrs["interval_ns"] == pytest.approx(0.5)


def test_extended_xyz_holds_cell_and_time(hdf5_file, tmp_path):
    """As others read it."""
    import ase.io

    convert(hdf5_file[0], tmp_path / "there.xyz", n_frames=3)
    frames = ase.io.read(tmp_path / "there.xyz", index=":", format="extxyz")
    assert [atoms.info["time"] for atoms in frames] == [0, 0.5, 1.0]
    np.testing.assert_allclose(frames[1].cell.cellpar(), SKEWED, atol=1e-4)


def test_copper_sample_as_the_authors_have_it(copper_files, tmp_path):
    """XTC to HDF5, only the atoms of a rule, under a name of choice: the very numbers of the sample."""
    topology, trajectory = copper_files
    rule = "prop z > 18.34"
    convert(trajectory, tmp_path / "mask.hdf5", topology=topology, selection=rule, n_frames=25, name="211")
    expected = read_trajectory(topology, trajectory, interval=0.04, n_frames=25)
    found = read_hdf5(tmp_path / "mask.hdf5", interval=0.04, name="211")
    chosen = expected.positions.values[0, :, 2] > 18.34
    assert chosen.sum() == 904
    np.testing.assert_array_equal(found.positions, expected.positions.values[:, chosen])
    np.testing.assert_array_equal(found.cell, expected.cell)


@pytest.fixture
def copper_files():
    """Topology and trajectory of the copper sample."""
    from soaplens_lite.study.data import fetch

    sample = fetch("cu211-sample")
    return sample.topology, sample.trajectory


def test_some_atoms_keep_their_elements(tmp_path, wander):
    """Of O, H, H the hydrogens alone: both are H, and stand where they stood."""
    water = wander(3, 3, cell=SKEWED, species=("O", "H", "H"))
    source = write_hdf5(tmp_path / "water.hdf5", water)
    convert(source, tmp_path / "hydrogen.hdf5", selection="name H")
    found = read_hdf5(tmp_path / "hydrogen.hdf5", interval=0.5)
    assert found.species.values.tolist() == ["H", "H"]
    np.testing.assert_array_equal(found.positions, water.positions[:, 1:])


def test_a_stated_interval_counts_more_than_the_stored_one(tmp_path, wander):
    """The source says 0.5 ns."""
    source = write_hdf5(tmp_path / "water.hdf5", wander(3, 3, cell=SKEWED))
    convert(source, tmp_path / "other.hdf5", interval=0.1)
    with open_hdf5(tmp_path / "other.hdf5") as group:
        assert interval_of(group) == 0.1


def test_without_a_cell(tmp_path, wander):
    """What is not periodic stays so; the authors' tools need a box, and get one in which no atom sees an image."""
    path = write_hdf5(tmp_path / "gold.hdf5", wander(5, 13, species=("Au",)))
    topology, trajectory = convert(path, tmp_path / "gold.dcd")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert mda.Universe(str(topology), str(trajectory)).dimensions is None
    convert(trajectory, tmp_path / "back.hdf5", topology=topology)
    with h5py.File(tmp_path / "back.hdf5") as file:
        assert (file["Trajectories/back/Box"][:, :3] > 50).all()
    back = read_hdf5(tmp_path / "back.hdf5", interval=0.5)
    assert not back.periodic and "cell" not in back


# ------------------------------------------------------------------------------------------------ refused


def listing(folder):
    """Names of everything in a folder."""
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("present", ["there.xtc", "there.pdb"])
def test_nothing_is_written_over(hdf5_file, tmp_path, present):
    """Neither the trajectory nor the topology beside it."""
    (tmp_path / present).write_text("mine")
    with pytest.raises(FileExistsError, match=f"{present} exists: choose another name"):
        convert(hdf5_file[0], tmp_path / "there.xtc")
    assert (tmp_path / present).read_text() == "mine" and listing(tmp_path) == sorted([present, "water.hdf5"])


@pytest.mark.parametrize("ending", ["hdf5", "xtc", "xyz"])
def test_nothing_half_is_left(tmp_path, ending):
    """A position in a late frame that is no number: frame and atom are said, and no file is left."""
    positions = np.random.default_rng(0).uniform(0, 9, (50, 5, 3)).astype(np.float32)
    source = write_hdf5(tmp_path / "run.hdf5", make_trajectory(positions, ["Cu"] * 5))
    with h5py.File(source, "a") as file:
        file["Trajectories/run/Trajectory"][41, 3, 1] = np.nan
    with pytest.raises(ValueError, match="run.hdf5: the position of atom 3 in frame 41 is not finite"):
        convert(source, tmp_path / f"there.{ending}")
    assert listing(tmp_path) == ["run.hdf5"]


def test_a_group_is_named_only_where_there_are_any(write_files, tmp_path):
    """In another format it would be passed over, and something else converted than was meant."""
    topology, trajectory = write_files(np.random.default_rng(0).uniform(0, 9, (4, 5, 3)))
    with pytest.raises(ValueError, match="group = 'foo': run.xtc is not an HDF5 file"):
        convert(trajectory, tmp_path / "new.hdf5", topology=topology, group="foo")
    assert not (tmp_path / "new.hdf5").exists()


def test_formats_that_nobody_writes(hdf5_file, tmp_path):
    """The ending, and which are known."""
    with pytest.raises(
        ValueError, match=r"there.docx: no format with this ending can be written; use .hdf5, .xyz, .*\.xtc"
    ):
        convert(hdf5_file[0], tmp_path / "there.docx")
    with pytest.raises(ValueError, match="there.gro: no format"):
        convert(hdf5_file[0], tmp_path / "there.gro")  # One frame alone.
    with pytest.raises(FileNotFoundError, match="absent: no such folder"):
        convert(hdf5_file[0], tmp_path / "absent" / "there.xtc")


@pytest.mark.parametrize("ending", WRITABLE)
def test_named_formats_can_be_written(hdf5_file, tmp_path, ending):
    """What the message above names is true."""
    paths = convert(hdf5_file[0], tmp_path / f"there{ending}", n_frames=2)
    assert all(path.stat().st_size > 0 for path in paths)


def test_formats_with_times_need_an_interval(hdf5_file, tmp_path):
    """From plain XYZ, which has none, to XTC, which must have them."""
    convert(hdf5_file[0], tmp_path / "timed.xyz")
    plain = re.sub(r"\n[^\n]*Properties=[^\n]*\n", "\n\n", (tmp_path / "timed.xyz").read_text())
    (tmp_path / "there.xyz").write_text(plain)
    with pytest.raises(ValueError, match="interval: there.xyz holds no times and .xtc needs them: state it"):
        convert(tmp_path / "there.xyz", tmp_path / "there.xtc")
    topology, trajectory = convert(tmp_path / "there.xyz", tmp_path / "there.xtc", interval=0.25)
    np.testing.assert_allclose(np.diff(read_trajectory(topology, trajectory, periodic=False).time), 0.25)


def test_numbers_become_elements_if_it_is_said_which(tmp_path):
    """Otherwise the types of a dump are kept."""
    dump = tmp_path / "run.lammpstrj"
    head = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
    dump.write_text(head + "ITEM: ATOMS id type x y z\n1 1 1 2 3\n2 2 4 5 6\n")
    convert(dump, tmp_path / "types.hdf5")
    assert read_hdf5(tmp_path / "types.hdf5", interval=1).species.values.tolist() == ["1", "2"]
    convert(dump, tmp_path / "run.hdf5", elements={"1": "Cu", "2": "Au"})
    assert read_hdf5(tmp_path / "run.hdf5", interval=1).species.values.tolist() == ["Cu", "Au"]


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0, 40, 80, 40, 80, 120], "between frames 2 and 3 lie -0.04 ns, between others 0.04 ns"),
        ([0, 40, 40, 80, 120, 160], "between frames 1 and 2 lie 0 ns"),
        ([0, 0, 40, 80, 120, 160], "between frames 0 and 1 lie 0 ns"),
        ([0, 40, 80, 500, 540, 580], "between frames 2 and 3 lie 0.42 ns"),
    ],
)
def test_uneven_times_are_refused(write_files, tmp_path, times, message):
    """The new file would say one interval for all; who states it means it."""
    frames = np.random.default_rng(0).uniform(0, 9, (6, 5, 3))
    topology, trajectory = write_files(frames, times=times)
    with pytest.raises(ValueError, match=f"run.xtc: {message}.*state the interval"):
        convert(trajectory, tmp_path / "new.hdf5", topology=topology)
    assert not (tmp_path / "new.hdf5").exists()
    convert(trajectory, tmp_path / "new.hdf5", topology=topology, interval=0.04)
    assert len(read_hdf5(tmp_path / "new.hdf5", interval=0.04).frame) == 6


def test_frame_that_comes_twice(write_files, tmp_path):
    """Is refused even though the interval is stated."""
    frames = np.random.default_rng(0).uniform(0, 9, (4, 5, 3))
    frames[2] = frames[1]
    topology, trajectory = write_files(frames, times=[0, 40, 40, 80])
    for interval in (None, 0.04):
        with pytest.raises(ValueError, match="run.xtc: frame 2 is a duplicate of frame 1: remove one of them"):
            convert(trajectory, tmp_path / "new.hdf5", topology=topology, interval=interval)


@pytest.mark.parametrize("interval", [-5.0, 0.0, float("nan"), float("inf")])
def test_an_interval_must_be_a_time(hdf5_file, tmp_path, interval):
    """As it is everywhere else."""
    with pytest.raises(ValueError, match=f"interval = {interval} ns: must be positive"):
        convert(hdf5_file[0], tmp_path / "new.xtc", interval=interval)
    assert listing(tmp_path) == ["water.hdf5"]
