"""Files in the layout of the paper: written, read back, and refused where they are not whole."""

import re
import tracemalloc

import h5py
import numpy as np
import pytest

from soaplens_lite.descriptors import find_neighbors
from soaplens_lite.trajectory import (
    interval_of,
    lengths_and_angles,
    make_trajectory,
    open_hdf5,
    read_hdf5,
    select_centers,
    trajectory_names,
    write_blocks,
    write_hdf5,
)

CELL = (10, 11, 12, 90, 90, 90)
SKEWED = (12, 13, 14, 80, 75, 65)


@pytest.fixture
def by_hand(tmp_path):
    """A function that writes a file as the authors' tools do, double precision and chunks of 100, or with a fault."""

    def write(positions, *, name="run", path="run.hdf5", types=None, cell=CELL, leave_out=(), chunked=True):
        positions = np.asarray(positions, dtype=float)
        n_frames, n_atoms, _ = positions.shape
        storage = {"chunks": (100, n_atoms, 3), "maxshape": (None, n_atoms, 3), "compression": "gzip"}
        with h5py.File(tmp_path / path, "a") as file:
            group = file.create_group(f"Trajectories/{name}")
            if "Trajectory" not in leave_out:
                group.create_dataset("Trajectory", data=positions, **(storage if chunked else {}))
            if "Box" not in leave_out:
                group["Box"] = np.broadcast_to(cell, (n_frames, 6))
            if "Types" not in leave_out:
                group.create_dataset("Types", data=types or ["Cu"] * n_atoms, dtype=h5py.string_dtype())
            group.attrs["note"] = "attributes are free"
        return tmp_path / path

    return write


def counted(n_frames=3, n_atoms=4):
    """Positions that say where they stand: frame in x, atom in y, and z beyond the cell."""
    positions = np.zeros((n_frames, n_atoms, 3))
    positions[..., 0], positions[..., 1], positions[..., 2] = np.arange(n_frames)[:, None], np.arange(n_atoms), 12.5
    return positions


# ---------------------------------------------------------------------------------------------- reading


def test_what_is_read_is_what_is_stored(by_hand):
    """Positions unwrapped, the cell, symbols, and times from the interval alone."""
    trajectory = read_hdf5(by_hand(counted(), types=["Cu", "O", "H", "H"]), interval=0.3)
    np.testing.assert_array_equal(trajectory.positions, counted().astype(np.float32))
    assert trajectory.positions.dtype == np.float32
    assert trajectory.species.values.tolist() == ["Cu", "O", "H", "H"]
    np.testing.assert_allclose(trajectory.time, [0, 0.3, 0.6])
    assert lengths_and_angles(trajectory.cell).tolist() == [list(CELL)] * 3
    assert trajectory.periodic and trajectory.source == "run.hdf5"


@pytest.mark.parametrize("chunked", [True, False])
def test_first_frames_and_some_atoms(by_hand, chunked):
    """A part of the file, whether its data are chunked or contiguous; atoms keep their numbers."""
    path = by_hand(counted(7, 5), chunked=chunked, types=["Cu", "O", "H", "Cu", "Au"])
    part = read_hdf5(path, interval=1, n_frames=4, atoms=[1, 4])
    np.testing.assert_array_equal(part.positions, counted(7, 5)[:4, [1, 4]])
    assert part.atom.values.tolist() == [1, 4] and part.species.values.tolist() == ["O", "Au"]


def test_only_the_wanted_frames_take_memory(by_hand):
    """Five frames of 12 MB: far less than the file is in memory at any time."""
    path = by_hand(np.random.default_rng(0).uniform(0, 9, (500, 1000, 3)), chunked=False)
    tracemalloc.start()
    try:
        read_hdf5(path, interval=1, n_frames=5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 12e6 and peak < 1.5e6


def test_blocks_meet_without_gap(by_hand, monkeypatch):
    """Read two frames at a time, the last block is short and nothing is lost."""
    monkeypatch.setattr("soaplens_lite.trajectory._files._hdf5.BLOCK_BYTES", 2 * 4 * 3 * 8)
    path = by_hand(counted(5), chunked=False)
    np.testing.assert_array_equal(read_hdf5(path, interval=1).positions, counted(5))


def test_cell_and_elements_can_be_stated(by_hand):
    """Where the file says numbers for elements and nothing right of the cell."""
    path = by_hand(counted(2), types=["1", "1", "2", "OW"], cell=np.zeros(6))
    trajectory = read_hdf5(path, interval=1, cell=SKEWED, elements={"1": "Cu", "2": "Au"})
    assert trajectory.species.values.tolist() == ["Cu", "Cu", "Au", "O"]
    np.testing.assert_allclose(lengths_and_angles(trajectory.cell[1]), SKEWED)
    assert not read_hdf5(path, interval=1, periodic=False, elements={"1": "Cu", "2": "Au"}).periodic


def test_types_that_are_not_elements_are_kept(by_hand):
    """Beads or numbers: LENS and SOAP need names only."""
    path = by_hand(counted(2), types=["PO4", "1", "1", "W"])
    assert read_hdf5(path, interval=1).species.values.tolist() == ["PO4", "1", "1", "W"]


def test_centers_by_stored_height(by_hand):
    """A rule on z sees what is stored: an atom that left the cell below is not put back on top of it."""
    positions = np.zeros((2, 4, 3))
    positions[0, :, 2] = [-0.5, 11.9, 12.1, 30.0]  # In a cell of 12 Angstrom, -0.5 would become 11.5 and 30 become 6.
    trajectory = read_hdf5(by_hand(positions), interval=0.3)
    assert select_centers(trajectory, "prop z > 12", n_centers=2).tolist() == [2, 3]
    with pytest.raises(ValueError, match="selects 2 atoms of run.hdf5, not the 900"):
        select_centers(trajectory, "prop z > 12", n_centers=900)


def test_one_of_several_trajectories(by_hand):
    """The only one needs no name; of several one must be chosen."""
    by_hand(counted(2), name="first")
    assert read_hdf5(by_hand(counted(3), name="second"), interval=1, name="second").sizes["frame"] == 3
    path = by_hand(counted(4), name="third")
    assert trajectory_names(path) == ["first", "second", "third"]
    with pytest.raises(ValueError, match="run.hdf5: a name is needed; it holds first, second, third"):
        read_hdf5(path, interval=1)
    with pytest.raises(ValueError, match="no trajectory 'fourth' in it; it holds first"):
        read_hdf5(path, interval=1, name="fourth")


# ------------------------------------------------------------------------------------------ files with faults


def test_missing_group_says_what_there_is(tmp_path):
    """A file of spectra, or an empty one, is no trajectory."""
    with h5py.File(tmp_path / "soap.hdf5", "w") as file:
        file["SOAP/run"] = np.zeros(3)
    with pytest.raises(ValueError, match="soap.hdf5 has no group 'Trajectories'.*it holds SOAP"):
        read_hdf5(tmp_path / "soap.hdf5", interval=1)
    h5py.File(tmp_path / "empty.hdf5", "w").close()
    with pytest.raises(ValueError, match="empty.hdf5 has no group.*it holds nothing"):
        read_hdf5(tmp_path / "empty.hdf5", interval=1)


@pytest.mark.parametrize("part", ["Trajectory", "Box", "Types"])
def test_missing_part_is_named(by_hand, part):
    """What lacks and what is there."""
    path = by_hand(counted(), leave_out=[part])
    there = ", ".join(sorted({"Trajectory", "Box", "Types"} - {part}))
    with pytest.raises(ValueError, match=f"run.hdf5, /Trajectories/run lacks {part}: it holds {there}"):
        read_hdf5(path, interval=1)


def test_shapes_must_fit(by_hand):
    """Five types for four atoms, and a trajectory of no frame."""
    with pytest.raises(ValueError, match=r"do not fit: Trajectory \(3, 4, 3\), Box \(3, 6\), Types \(5,\)"):
        read_hdf5(by_hand(counted(), types=["Cu"] * 5), interval=1)
    with pytest.raises(ValueError, match="holds 0 frames of 4 atoms: there is nothing to read"):
        read_hdf5(by_hand(counted(0), path="none.hdf5", chunked=False), interval=1)


@pytest.mark.parametrize(
    ("part", "values", "message"),
    [
        ("Types", [29] * 4, "Types holds int64 and not texts"),
        ("Trajectory", np.full((3, 4, 3), b"x"), "Trajectory holds |S1 and not numbers"),
        ("Box", np.full((3, 6), True), "Box holds bool and not numbers"),
    ],
)
def test_parts_of_another_kind(by_hand, part, values, message):
    """Numbers for names, and what is no number for positions and cells."""
    path = by_hand(counted(), leave_out=[part])
    with h5py.File(path, "a") as file:
        file[f"Trajectories/run/{part}"] = values
    with pytest.raises(ValueError, match=re.escape(f"run.hdf5, /Trajectories/run: {message}")):
        read_hdf5(path, interval=1)


def test_names_of_fixed_length(by_hand):
    """Are texts as well."""
    path = by_hand(counted(), leave_out=["Types"])
    with h5py.File(path, "a") as file:
        file["Trajectories/run/Types"] = [b"Cu", b"O", b"H", b"H"]
    assert read_hdf5(path, interval=1).species.values.tolist() == ["Cu", "O", "H", "H"]


@pytest.mark.parametrize("interval", [float("nan"), -0.1, 0, float("inf"), "0.1 ns", [0.1, 0.2]])
def test_an_interval_that_is_none(by_hand, interval):
    """Is not passed on: it has to be stated then."""
    path = by_hand(counted())
    with h5py.File(path, "a") as file:
        file["Trajectories/run"].attrs["interval_ns"] = interval
    with open_hdf5(path) as group:
        assert interval_of(group) is None


@pytest.mark.parametrize("share", [0.2, 0.6, 0.99])
def test_truncated_file_is_refused(by_hand, share):
    """A copy that stopped early."""
    path = by_hand(np.random.default_rng(0).uniform(0, 9, (300, 20, 3)))
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.raises(ValueError, match="run.hdf5 is cut off: copy it again"):
        read_hdf5(path, interval=1)


def test_damaged_block_is_named(by_hand):
    """Wrong bytes inside: the frames that cannot be unpacked."""
    path = by_hand(np.random.default_rng(0).uniform(0, 9, (250, 20, 3)))
    with h5py.File(path) as file:
        where = file["Trajectories/run/Trajectory"].id.get_chunk_info(1).byte_offset
    with open(path, "r+b") as file:
        file.seek(where)
        file.write(bytes(500))
    with pytest.raises(ValueError, match="run.hdf5: frames 0 to 249 cannot be read"):
        read_hdf5(path, interval=1)


def test_what_is_no_hdf5(tmp_path):
    """A text file, and one that is not there."""
    (tmp_path / "letter.hdf5").write_text("Dear reader")
    with pytest.raises(ValueError, match="letter.hdf5 is not an HDF5 file"):
        read_hdf5(tmp_path / "letter.hdf5", interval=1)
    with pytest.raises(FileNotFoundError, match="absent.hdf5: no such file"):
        read_hdf5(tmp_path / "absent.hdf5", interval=1)


def test_too_many_frames(by_hand):
    """More than there are, and fewer than none."""
    path = by_hand(counted())
    with pytest.raises(ValueError, match="4 frames asked for, but run.hdf5 has 3: ask for at most 3"):
        read_hdf5(path, interval=1, n_frames=4)
    with pytest.raises(ValueError, match="n_frames = -1: must be positive"):
        read_hdf5(path, interval=1, n_frames=-1)


def test_late_nan_is_named(by_hand):
    """One number that is none, in frame 170: frame and atom are said."""
    positions = np.random.default_rng(0).uniform(0, 9, (200, 6, 3))
    positions[170, 4, 2] = np.nan
    with pytest.raises(ValueError, match="run.hdf5: the position of atom 4 in frame 170 is not finite"):
        read_hdf5(by_hand(positions), interval=1)


def test_triclinic_cell_is_used(by_hand):
    """Two atoms at opposite ends of a skewed vector are neighbors across the boundary, whatever the cell's form."""
    vector = 13 * np.array([np.cos(np.radians(65)), np.sin(np.radians(65)), 0])  # b, at 65 degrees from a
    positions = np.array([[[1, 1, 1], np.array([1, 1, 1]) + 0.9 * vector, [7, 6, 8]]])  # 1.3 Angstrom from an image
    trajectory = read_hdf5(by_hand(positions, cell=SKEWED), interval=1)
    neighbors = find_neighbors(trajectory, 1.4)
    assert [neighbors.of(atom, 0).tolist() for atom in range(3)] == [[1], [0], []]


# ---------------------------------------------------------------------------------------------- writing


@pytest.mark.parametrize("cell", [CELL, SKEWED, None])
def test_written_and_read_again(tmp_path, wander, cell):
    """The very same numbers come back."""
    there = wander(45, 6, cell=cell, species=("O", "H", "H"))
    write_hdf5(tmp_path / "there.hdf5", there)
    back = read_hdf5(tmp_path / "there.hdf5", interval=0.5, periodic=cell is not None)
    assert back.drop_attrs().equals(there.drop_attrs())


def test_the_box_keeps_double_precision(tmp_path, wander):
    """A third of a picometer is not rounded."""
    sides = [10 + 1 / 3, 11 + 1 / 7, 12.1, 90, 90, 90]
    path = write_hdf5(tmp_path / "run.hdf5", wander(2, 3, cell=sides))
    assert lengths_and_angles(read_hdf5(path, interval=1).cell).tolist() == [sides] * 2


def test_uneven_times_are_not_written(tmp_path, wander):
    """The file holds one interval: frames 0, 1, 2 and 5 have none, 0, 2 and 4 do."""
    run = wander(6, 3)
    with pytest.raises(ValueError, match="between frames 2 and 3 lie 1.5 ns, between others 0.5 ns"):
        write_hdf5(tmp_path / "run.hdf5", run.isel(frame=[0, 1, 2, 5]))
    assert list(tmp_path.iterdir()) == []
    with open_hdf5(write_hdf5(tmp_path / "run.hdf5", run.isel(frame=[0, 2, 4]))) as group:
        assert interval_of(group) == 1.0


def test_the_layout_is_that_of_the_authors(tmp_path, wander):
    """Chunked along frames, open for more of them, compressed, and texts of any length."""
    path = write_hdf5(tmp_path / "211_600mask.hdf5", wander(45, 6, cell=CELL), name="211_600")
    with h5py.File(path) as file:
        group = file["Trajectories/211_600"]
        stored = group["Trajectory"]
        assert stored.shape == (45, 6, 3) and stored.maxshape == (None, 6, 3) and stored.chunks == (20, 6, 3)
        assert group["Box"].shape == (45, 6) and group["Box"].maxshape == (None, 6)
        assert stored.compression == group["Box"].compression == group["Types"].compression == "gzip"
        assert h5py.check_string_dtype(group["Types"].dtype).length is None


def test_nothing_is_written_over(tmp_path, wander):
    """A file that exists stays what it is."""
    path = tmp_path / "run.hdf5"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="run.hdf5 exists: choose another name"):
        write_hdf5(path, wander(2, 3))
    assert path.read_text() == "mine"


def test_a_name_of_parts_is_refused(tmp_path, wander):
    """The trajectory would be written where nobody looks for it."""
    with pytest.raises(ValueError, match="name = 'a/b'"):
        write_hdf5(tmp_path / "run.hdf5", wander(2, 3), name="a/b")
    assert list(tmp_path.iterdir()) == []


def test_nothing_half_is_left(tmp_path):
    """When the frames end in an error there is no file, neither whole nor partial."""

    def blocks():
        yield np.zeros((2, 3, 3)), np.zeros((2, 6))
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        write_blocks(tmp_path / "run.hdf5", blocks(), ["Cu"] * 3)
    assert list(tmp_path.iterdir()) == []


def test_without_trajectories_there_are_no_names(tmp_path):
    """A file of another layout."""
    h5py.File(tmp_path / "empty.hdf5", "w").close()
    assert trajectory_names(tmp_path / "empty.hdf5") == []


def test_positions_of_a_name_alone(tmp_path):
    """The default name is the file's, without its ending."""
    trajectory = make_trajectory(counted(2), ["Cu"] * 4, cell=CELL)
    assert trajectory_names(write_hdf5(tmp_path / "ico309-T_200.hdf5", trajectory)) == ["ico309-T_200"]
