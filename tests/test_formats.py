"""Files of many formats: what they hold is read rightly, and what is broken in them is an error that says where."""

import bz2
import gzip

import numpy as np
import pytest

from soaplens_lite.descriptors import find_neighbors
from soaplens_lite.trajectory import (
    check_even,
    make_trajectory,
    open_files,
    read_trajectory,
)

RNG = np.random.default_rng(0)
FRAMES = RNG.uniform(0, 9, (4, 5, 3)).round(3)


@pytest.fixture
def dump(tmp_path):
    """A function that writes a LAMMPS dump, its atoms shuffled anew in every frame."""

    def write(frames, *, steps=None, ids=None, bounds="pp pp pp\n0 10\n0 11\n0 12", name="run.lammpstrj"):
        lines = []
        for k, frame in enumerate(frames):
            step = 100 * k if steps is None else steps[k]
            lines += [f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{len(frame)}", f"ITEM: BOX BOUNDS {bounds}"]
            lines += ["ITEM: ATOMS id type x y z"]
            names = range(1, len(frame) + 1) if ids is None else ids[k]
            lines += [f"{names[atom]} 1 {' '.join(map(str, frame[atom]))}" for atom in RNG.permutation(len(frame))]
        (tmp_path / name).write_text("\n".join(lines) + "\n")
        return tmp_path / name

    return write


@pytest.fixture
def xyz(tmp_path):
    """A function that writes XYZ."""

    def write(frames):
        text = ""
        for frame in frames:
            text += f"{len(frame)}\n\n" + "".join(f"Cu {' '.join(map(str, place))}\n" for place in frame)
        (tmp_path / "run.xyz").write_text(text)
        return tmp_path / "run.xyz"

    return write


def changed_counts():
    """Frames of 5 atoms, one of them with 4 or 6: inside, at the end, and both so that the lines add up."""
    four, six = FRAMES[2][:4], np.vstack([FRAMES[2], FRAMES[0][:1]])
    yield [*FRAMES[:2], four, FRAMES[3]]
    yield [*FRAMES[:2], six, FRAMES[3]]
    yield [*FRAMES[:3], four]
    yield [*FRAMES[:3], six]
    yield [FRAMES[0], four, six, FRAMES[3]]
    yield [FRAMES[0], six, four, FRAMES[3]]


# -------------------------------------------------------------------------------------- what is read rightly


def test_shuffled_atoms_keep_their_identity(dump):
    """A dump writes atoms in any order, another one in every frame: they are sorted by their ids."""
    trajectory = read_trajectory(dump(FRAMES), interval=0.1, elements={"1": "Cu"})
    np.testing.assert_allclose(trajectory.positions, FRAMES, atol=1e-5)
    assert trajectory.cell.values[3].tolist() == np.diag([10, 11, 12]).tolist()
    assert trajectory.species.values.tolist() == ["Cu"] * 5


def test_one_file_is_topology_and_trajectory(xyz):
    """XYZ names its atoms itself; there is no cell in it, and one can be stated."""
    path = xyz(FRAMES)
    assert not read_trajectory(path, interval=1, periodic=False).periodic
    assert read_trajectory(path, interval=1, cell=(10, 10, 10, 90, 90, 60)).cell.values[2, 1, 0] == pytest.approx(5)


@pytest.mark.parametrize("n_blank", [0, 3])
def test_blank_lines_at_the_end_do_no_harm(xyz, n_blank):
    """Editors leave them there."""
    path = xyz(FRAMES)
    path.write_text(path.read_text() + "\n" * n_blank)
    assert read_trajectory(path, interval=1, periodic=False).sizes["frame"] == 4


def test_compressed_text(xyz):
    """MDAnalysis unpacks; the check of the lines does so too."""
    path = xyz(FRAMES)
    packed = path.with_name("run.xyz.gz")
    packed.write_bytes(gzip.compress(path.read_bytes()))
    np.testing.assert_allclose(read_trajectory(packed, interval=1, periodic=False).positions, FRAMES, atol=1e-5)


@pytest.mark.parametrize("name", ["run.dump", "run.lammpsdump", "run.lammpstrj.gz", "run.lammpsdump.bz2"])
def test_names_of_dumps(dump, name):
    """All endings that programs write, compressed or not: the ids are read and atoms sorted by them."""
    path = dump(FRAMES).with_name(name)
    compress = {".gz": gzip.compress, ".bz2": bz2.compress}.get(path.suffix, bytes)
    path.write_bytes(compress(dump(FRAMES).read_bytes()))
    np.testing.assert_allclose(read_trajectory(path, interval=1).positions, FRAMES, atol=1e-5)


def test_neighbors_in_a_skewed_cell(dump):
    """Bounds and tilts of a dump: b = (3, 11, 0), and the last atom is next to the first one's image along b."""
    frame = np.array([[1, 1, 1], [5, 5, 5], [1 + 0.9 * 3, 1 + 0.9 * 11, 1]])  # |0.1 b| = 1.14 from the image
    path = dump([frame, frame + 0.1], bounds="xy xz yz pp pp pp\n0 13 3\n0 11 0\n0 12 0")
    trajectory = read_trajectory(path, interval=1, elements={"1": "Cu"})
    np.testing.assert_allclose(trajectory.cell[0], [[10, 0, 0], [3, 11, 0], [0, 0, 12]], atol=1e-5)
    neighbors = find_neighbors(trajectory, 1.2)
    assert [neighbors.of(atom, 1).tolist() for atom in range(3)] == [[2], [], [0]]


def test_times_only_where_the_format_has_them(dump, xyz, write_files):
    """XTC keeps picoseconds; readers of the others would say one picosecond for a frame or a step."""
    for path in (dump(FRAMES), xyz(FRAMES)):
        with open_files(path) as universe:
            assert universe.interval is None
    for ending in ("xtc", "trr", "dcd", "ncdf"):
        with open_files(*write_files(FRAMES, ending=ending, folder=ending)) as universe:
            found = universe.interval
            assert found == (0.001 if ending == "dcd" else 0.04)  # DCD is written with a step of its own.
    with open_files(*write_files(FRAMES, times=[7, 7, 7, 7], folder="constant")) as universe:
        assert universe.interval is None


# ---------------------------------------------------------------------------------------- what is broken


@pytest.mark.parametrize("frames", list(changed_counts()))
@pytest.mark.parametrize("kind", ["dump", "xyz"])
def test_atoms_that_come_and_go_are_refused(kind, frames, request):
    """LENS follows atoms by their identity: every frame must hold the same ones."""
    path = request.getfixturevalue(kind)(frames)
    with pytest.raises(ValueError, match=f"{path.name}: frame . .*(does not hold 5 atoms|other atoms than the first)"):
        read_trajectory(path, interval=1, periodic=False)


@pytest.mark.parametrize("n_lines", [1, 3, 6])
@pytest.mark.parametrize("kind", ["dump", "xyz"])
def test_text_that_is_cut_off_is_refused(kind, n_lines, request):
    """Also where whole frames are asked for that come before."""
    path = request.getfixturevalue(kind)(FRAMES)
    path.write_text("\n".join(path.read_text().splitlines()[:-n_lines]) + "\n")
    with pytest.raises(ValueError, match=f"{path.name}: frame 3 .*cannot be read"):
        read_trajectory(path, interval=1, periodic=False, n_frames=2)


@pytest.mark.parametrize("change", [lambda lines: lines[1:], lambda lines: [lines[0], *lines]])
def test_models_of_other_atoms_are_refused(tmp_path, write_files, change):
    """A PDB file in which a later model has an atom fewer, or one more."""
    one = [line for line in write_files(FRAMES)[0].read_text().splitlines() if line.startswith("ATOM")]
    models = [one, one, change(one), one]
    text = "".join(f"MODEL {k}\n" + "\n".join(lines) + "\nENDMDL\n" for k, lines in enumerate(models))
    (tmp_path / "models.pdb").write_text(text + "END\n")
    with pytest.raises(ValueError, match="models.pdb: frame 2 .* does not hold 5 atoms"):
        read_trajectory(tmp_path / "models.pdb", interval=1, periodic=False)


IDS = [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([IDS, IDS, [1, 2, 9, 4, 5], IDS], r"frame 2 has other atoms than the first \(ids .3, 9.\)"),
        ([IDS, [1, 2, 4, 4, 5], IDS, IDS], r"frame 1 has other atoms than the first \(ids .3.\)"),
        ([[1, 2, 4, 4, 5]] * 4, "frame 0 has 4 ids for 5 atoms"),
    ],
)
def test_ids_that_change_are_refused(dump, ids, message):
    """Sorted by ids, other atoms would take the places of those that were followed."""
    with pytest.raises(ValueError, match=f"run.lammpstrj: {message}: LENS follows every atom by its identity"):
        read_trajectory(dump(FRAMES, ids=ids), interval=1, elements={"1": "Cu"})


def test_ids_need_not_be_counted(dump):
    """A group of atoms keeps the ids that it has in the whole."""
    path = dump(FRAMES, ids=[[7, 30, 100, 101, 2000]] * 4)
    np.testing.assert_allclose(read_trajectory(path, interval=1).positions, FRAMES, atol=1e-5)


def test_atoms_without_ids_are_refused(dump, write_files):
    """Beside a topology, by the number of whose atoms alone the order would be believed."""
    topology, _ = write_files(FRAMES)
    path = dump(FRAMES)
    path.write_text(path.read_text().replace("ATOMS id type", "ATOMS mol type"))
    with pytest.raises(ValueError, match="run.lammpstrj: the atoms of frame 0 have no ids"):
        read_trajectory(topology, path, interval=1)


def test_frame_that_comes_twice(write_files):
    """A run that was continued wrote its last frame again: said even though the interval is stated."""
    frames = [FRAMES[0], FRAMES[1], FRAMES[1], FRAMES[2]]
    with pytest.raises(ValueError, match="run.xtc: frame 2 is a duplicate of frame 1"):
        read_trajectory(*write_files(frames, times=[0, 40, 40, 80]), interval=1)
    # Without motion, and at other times, it is no repetition; nor is another frame whose clock began anew.
    assert read_trajectory(*write_files(frames, folder="still"), interval=1).sizes["frame"] == 4
    assert read_trajectory(*write_files(FRAMES, times=[0, 40, 0, 40], folder="anew"), interval=1).sizes["frame"] == 4


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([0, 100, 100, 200], "between frames 1 and 2 lie 0 steps, between others 100 steps"),
        ([0, 100, 200, 50], "between frames 2 and 3 lie -150 steps"),
        ([0, 100, 0, 100], "between frames 1 and 2 lie -100 steps"),
        ([0, 100, 200, 900], "between frames 2 and 3 lie 700 steps"),
        ([300, 200, 100, 0], "between frames 0 and 1 lie -100 steps"),
    ],
)
def test_steps_out_of_order_are_refused(dump, steps, message):
    """A stated interval gives the unit of time, not the order of the frames."""
    with pytest.raises(ValueError, match=f"run.lammpstrj: {message}"):
        read_trajectory(dump(FRAMES, steps=steps), interval=1)


def test_steps_that_say_nothing(dump):
    """Programs that know no steps write the same one everywhere."""
    assert read_trajectory(dump(FRAMES, steps=[0] * 4), interval=1).sizes["frame"] == 4


@pytest.mark.parametrize(("times", "frame"), [([0, 40, 40, 80], 2), ([0, 40, 80, 20], 3)])
def test_repeated_or_decreasing_times(write_files, times, frame):
    """Where the file's own times are used they must increase."""
    with pytest.raises(ValueError, match=f"run.xtc: frame {frame} has the time .*times must increase"):
        read_trajectory(*write_files(FRAMES, times=times))


def test_times_in_single_precision_are_even():
    """After 3 microseconds a number of 32 bits tells apart a quarter of a picosecond: 1.1 ps become 1 or 1.25."""
    check_even(np.float32(3e6 + 1.1 * np.arange(200)).astype(float) / 1000, "run.xtc")
    with pytest.raises(ValueError, match="between frames 98 and 99 lie 0.04 ns, between others 0.02 ns"):
        check_even(np.delete(np.arange(200), 99) * 0.02, "run.xtc")


@pytest.mark.parametrize("kind", [int, float])
def test_a_hundredth_of_an_interval_is_even(kind):
    """40.2 among 40 is; 50 among 40 is not, nor a quarter more in ns."""
    check_even(np.array([0, 4000, 8020, 12020], dtype=kind), "run.xtc")
    for times in ([0, 40, 80, 130], [0, 4000, 8000, 12050]):
        with pytest.raises(ValueError, match="between frames 2 and 3 lie"):
            check_even(np.array(times, dtype=kind), "run.xtc")


def test_late_nan(xyz):
    """Frame and atom."""
    frames = FRAMES.copy()
    frames[3, 2, 1] = np.nan
    with pytest.raises(ValueError, match="run.xyz: the position of atom 2 in frame 3 is not finite"):
        read_trajectory(xyz(frames), interval=1, periodic=False)


def test_species_of_a_trajectory_do_not_need_to_be_elements(dump):
    """LENS works without: what is not understood stays as it is."""
    trajectory = read_trajectory(dump(FRAMES), interval=1)
    assert trajectory.species.values.tolist() == ["1"] * 5
    assert make_trajectory(FRAMES, ["Bead"] * 5).species.values[0] == "Bead"
