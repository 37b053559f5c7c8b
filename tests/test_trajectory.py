"""Trajectories: what is read is what was written, and what cannot be analysed is refused before work starts."""

import os
import shutil
import stat
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from MDAnalysis.lib.formats.libmdaxdr import XTCFile

from soaplens_lite.trajectory import (
    cell_heights,
    cell_vectors,
    check_atoms,
    check_cutoff,
    checksum,
    make_trajectory,
    read_trajectory,
    select_centers,
)

CUBE = [10, 10, 10, 90, 90, 90]

# A file that cannot be opened leaves MDAnalysis's reader half built, and its destructor complains.
quiet_reader = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def some_positions(n_frames=4, n_atoms=12, seed=0):
    """Random positions, to 0.01 Angstrom as an XTC file keeps them."""
    return np.random.default_rng(seed).uniform(-5, 25, (n_frames, n_atoms, 3)).round(2)


def listing(folder):
    """Every file below a folder with its size and time of change."""
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in folder.rglob("*")}


# ---------------------------------------------------------------------------------------------- reading


@pytest.mark.parametrize("n_atoms", [4, 12])
def test_reads_what_was_written(write_files, n_atoms):
    """Positions, cell, species and times come back in Angstrom and ns, labelled from 0."""
    positions = some_positions(n_atoms=n_atoms)
    trajectory = read_trajectory(*write_files(positions))
    assert trajectory.positions.dtype == np.float32
    np.testing.assert_allclose(trajectory.positions, positions, atol=2e-5)
    np.testing.assert_allclose(trajectory.cell, [np.diag([20, 21, 22])] * 4, atol=1e-5)
    np.testing.assert_allclose(trajectory.time, [0, 0.04, 0.08, 0.12], atol=1e-9)  # 0, 40, 80, 120 ps
    assert trajectory.species.values.tolist() == ["Cu"] * n_atoms
    assert trajectory.frame.values.tolist() == [0, 1, 2, 3]
    assert trajectory.atom.values.tolist() == list(range(n_atoms))
    assert trajectory.periodic and trajectory.source == "run.xtc"


def test_stated_interval_replaces_the_times_of_the_file(write_files):
    """The interval of the data set holds, even where the file's own times make no sense."""
    files = write_files(some_positions(), times=[0, 40, 20, 80])
    assert read_trajectory(*files, interval=0.3).time.values.tolist() == pytest.approx([0, 0.3, 0.6, 0.9])


def test_only_the_first_frames(write_files):
    """n_frames cuts from the start; 0 reads all."""
    positions = some_positions()
    files = write_files(positions)
    np.testing.assert_allclose(read_trajectory(*files, n_frames=2).positions, positions[:2], atol=2e-5)
    assert read_trajectory(*files, n_frames=4).sizes["frame"] == read_trajectory(*files, n_frames=0).sizes["frame"] == 4


def test_not_periodic_drops_the_cell(write_files):
    """The cell in a file need not be meant, and need not be there then."""
    for cell in ((20, 21, 22, 90, 90, 90), None):
        trajectory = read_trajectory(*write_files(some_positions(), cell=cell), periodic=False)
        assert not trajectory.periodic and "cell" not in trajectory


def test_sample_is_as_it_says(copper):
    """The copper sample: 1804 atoms, its cell, and 904 centers by its rule."""
    assert dict(copper.sizes) == {"frame": 12, "atom": 1804, "xyz": 3, "vector": 3}
    np.testing.assert_allclose(copper.cell[0], np.diag([63.359, 25.866, 36.544]), atol=1e-3)
    np.testing.assert_allclose(np.diff(copper.time), 0.04)
    assert set(copper.species.values) == {"Cu"}
    assert len(select_centers(copper, "prop z > 18.34", n_centers=904)) == 904


def test_reading_writes_nothing_and_warns_of_nothing(write_files, tmp_path):
    """A folder in which nothing may be written stays as it is: no index file beside the XTC, no lock, no warning."""
    files = write_files(some_positions())
    folder = files[0].parent
    os.chmod(folder, stat.S_IRUSR | stat.S_IXUSR)
    before = listing(tmp_path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            read_trajectory(*files)
    finally:
        os.chmod(folder, stat.S_IRWXU)
    assert listing(tmp_path) == before


def test_relative_paths(write_files, monkeypatch):
    """Files are found from the current folder too, and nothing appears there."""
    topology, trajectory = write_files(some_positions())
    monkeypatch.chdir(topology.parent)
    before = listing(topology.parent)
    assert read_trajectory(topology.name, trajectory.name).sizes["frame"] == 4
    assert listing(topology.parent) == before


# ------------------------------------------------------------------------------------- files that are broken


@pytest.mark.parametrize("missing", [0, 1])
def test_missing_file_is_named(write_files, missing):
    """The path that is not there stands in the message."""
    files = list(write_files(some_positions()))
    files[missing] = files[missing].with_name("absent.xyz")
    with pytest.raises(FileNotFoundError, match="absent.xyz"):
        read_trajectory(*files)


def test_xtc_cut_within_its_last_frame_is_refused(write_files):
    """Within the coordinates. MDAnalysis ignores a last frame whose header is cut."""
    topology, trajectory = write_files(some_positions(n_atoms=12))
    raw, start = trajectory.read_bytes(), int(XTCFile(str(trajectory)).offsets[-1])
    cut = trajectory.with_name("cut.xtc")
    for end in (start + 92, start + 100, len(raw) - 1):
        cut.write_bytes(raw[:end])
        with pytest.raises(ValueError, match="cut.xtc: frame 3 .*cannot be read"):
            read_trajectory(topology, cut)
    cut.write_bytes(raw[:start])
    assert read_trajectory(topology, cut).sizes["frame"] == 3


@quiet_reader
@pytest.mark.parametrize("n_bytes", [0, 10, 60, 100])
def test_xtc_cut_in_its_first_frame_is_refused(write_files, n_bytes):
    """With no frame whole there is nothing to read."""
    topology, trajectory = write_files(some_positions())
    trajectory.write_bytes(trajectory.read_bytes()[:n_bytes])
    with pytest.raises(ValueError, match="run.xtc cannot be read"):
        read_trajectory(topology, trajectory)


def test_trr_cut_within_its_coordinates_is_refused(write_files):
    """The count of whole frames is right for another format too."""
    topology, trajectory = write_files(some_positions(), ending="trr")
    trajectory.write_bytes(trajectory.read_bytes()[:-20])
    with pytest.raises(ValueError, match="run.trr: frame 3 .*cannot be read"):
        read_trajectory(topology, trajectory)


@quiet_reader
def test_atom_counts_must_agree(write_files):
    """Topology and trajectory of different systems: both names and the topology's count are said."""
    topology, _ = write_files(some_positions(n_atoms=12), folder="one")
    _, trajectory = write_files(some_positions(n_atoms=13), folder="other")
    with pytest.raises(ValueError, match="top.pdb has 12 atoms, run.xtc has 13: they do not belong together"):
        read_trajectory(topology, trajectory)


@quiet_reader
@pytest.mark.parametrize(
    ("name", "reason"), [("letter.xtc", "cannot be read"), ("letter.nonsense", "its ending names no format")]
)
def test_what_is_no_trajectory_is_refused(write_files, name, reason):
    """A file of something else, or with an ending that nobody knows."""
    topology, _ = write_files(some_positions())
    letter = topology.with_name(name)
    letter.write_text("Dear reader, this is not a trajectory.")
    with pytest.raises(ValueError, match=f"{name}:? {reason}"):
        read_trajectory(topology, letter)


def test_more_frames_than_there_are(write_files):
    """Too many frames, or a negative number of them."""
    files = write_files(some_positions())
    with pytest.raises(ValueError, match="5 frames asked for, but run.xtc has 4"):
        read_trajectory(*files, n_frames=5)
    with pytest.raises(ValueError, match="n_frames = -1: must be positive, or 0"):
        read_trajectory(*files, n_frames=-1)


def test_decreasing_times_of_a_file(write_files):
    """A trajectory glued together wrongly: the frame and both times are said."""
    files = write_files(some_positions(), times=[0, 40, 20, 80])
    with pytest.raises(ValueError, match=r"run.xtc: frame 2 has the time 0.02 ns after 0.04 ns.*must increase"):
        read_trajectory(*files)


@pytest.mark.parametrize("cell", [None, (20, 21, 0, 90, 90, 90)])
def test_periodic_file_without_a_cell(write_files, cell):
    """A cell that is missing or of no size."""
    with pytest.raises(ValueError, match="run.xtc: .*(encloses no volume|no cell).*not periodic"):
        read_trajectory(*write_files(some_positions(), cell=cell), periodic=True)


def test_position_that_is_not_finite_in_a_file(write_files):
    """One NaN among the coordinates: file, atom and frame are said."""
    positions = some_positions()
    positions[2, 7, 1] = np.nan
    with pytest.raises(ValueError, match="run.trr: the position of atom 7 in frame 2 is not finite"):
        read_trajectory(*write_files(positions, ending="trr"))


# -------------------------------------------------------------------------------------------- from arrays


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_positions_must_be_finite(bad):
    """The first bad atom is named."""
    positions = some_positions()
    positions[1, 3, 2] = positions[2, 0, 0] = bad
    with pytest.raises(ValueError, match="atom 3 in frame 1 is not finite"):
        make_trajectory(positions, ["Cu"] * 12)


@pytest.mark.parametrize(
    "cell",
    [
        [0, 10, 10, 90, 90, 90],
        [10, 10, -10, 90, 90, 90],
        [10, 10, 10, 90, 0, 90],
        [10, 10, 10, 90, 90, 180],
        [10, 10, 10, 60, 60, 120],  # Flat: the third vector lies between the first two.
        [10, 10, 10, 60, 60, 150],  # No three vectors stand like this.
        [10, np.nan, 10, 90, 90, 90],
        [10, 10, np.inf, 90, 90, 90],
    ],
)
def test_cell_must_enclose_a_volume(cell):
    """The frame with the bad cell is named."""
    cells = np.array([CUBE, CUBE, cell, CUBE], dtype=float)
    with pytest.raises(ValueError, match="cell of frame 2 .*encloses no volume"):
        make_trajectory(some_positions(), ["Cu"] * 12, cell=cells)


def test_skewed_cell_is_accepted():
    """The primitive cell of fcc, all angles 60 degrees, has a volume."""
    assert make_trajectory(some_positions(), ["Cu"] * 12, cell=[9, 9, 9, 60, 60, 60]).periodic


@pytest.mark.parametrize("time", [[0, 1, 1, 2], [0, 1, 0.5, 2], [0, 1, np.nan, 2]])
def test_times_must_increase(time):
    """Equal, decreasing and missing times."""
    with pytest.raises(ValueError, match="frame 2 has the time .* after 1 ns: times must increase"):
        make_trajectory(some_positions(), ["Cu"] * 12, time=time)


@pytest.mark.parametrize(("time", "frame"), [([0, 1, 2, np.inf], 3), ([-np.inf, 1, 2, 3], 0)])
def test_times_are_numbers(time, frame):
    """Infinity increases as well."""
    with pytest.raises(ValueError, match=f"frame {frame} has the time -?inf ns: must be a number"):
        make_trajectory(some_positions(), ["Cu"] * 12, time=time)


def test_shapes_must_fit():
    """Positions of three numbers, and a species for every atom."""
    with pytest.raises(ValueError, match=r"shape \(4, 12, 2\): must be \(frames, atoms, 3\)"):
        make_trajectory(some_positions()[:, :, :2], ["Cu"] * 12)
    with pytest.raises(ValueError, match="11 species for 12 atoms"):
        make_trajectory(some_positions(), ["Cu"] * 11)


@pytest.mark.parametrize("cell", [[10, 10, 10], np.ones((2, 3, 3)), np.full((2, 6), 90.0), 10.0])
def test_a_cell_has_six_numbers_or_three_vectors(cell):
    """Lengths alone, vectors, or too few frames: what is wanted is said."""
    with pytest.raises(ValueError, match="a cell of shape .* for 4 frames: must be six numbers .* or three vectors"):
        make_trajectory(some_positions(), ["Cu"] * 12, cell=cell)


@pytest.mark.parametrize("empty", [some_positions()[:0], some_positions()[:, :0]])
def test_nothing_is_no_trajectory(empty):
    """No frames, or no atoms."""
    with pytest.raises(ValueError, match=r"[04] frames of (0|12) atoms: there is nothing to analyze"):
        make_trajectory(empty, ["Cu"] * empty.shape[1])


def test_checksum_follows_the_data_alone():
    """Equal data give equal checksums; a moved atom, another cell or species do not; times and names do not matter."""
    positions = some_positions()
    species = ["Cu"] * 12
    reference = checksum(make_trajectory(positions, species, cell=CUBE))
    assert checksum(make_trajectory(positions, species, cell=CUBE, interval=2.0, source="other")) == reference
    moved = positions.copy()
    moved[3, 11, 2] += 0.01
    others = [
        make_trajectory(moved, species, cell=CUBE),
        make_trajectory(positions, species, cell=[10, 10, 10.1, 90, 90, 90]),
        make_trajectory(positions, species),
        make_trajectory(positions, ["Au"] + species[1:], cell=CUBE),
        make_trajectory(positions[:3], species, cell=CUBE),
    ]
    assert len({reference, *map(checksum, others)}) == 6


# -------------------------------------------------------------------------------------------- selections


def test_centers_keep_their_identity():
    """Labels are those of the full trajectory, also after atoms were cut away before."""
    z = np.array([0, 5, 1, 6, 7, 2])  # Atoms 1, 3 and 4 stand above 4 Angstrom in the first frame,
    frames = np.zeros((2, 6, 3))
    frames[0, :, 2], frames[1, :, 2] = z, z[::-1]  # in the second frame others do.
    trajectory = make_trajectory(frames, ["Cu"] * 6)
    assert select_centers(trajectory, "prop z > 4").tolist() == [1, 3, 4]
    assert select_centers(trajectory.isel(atom=[0, 3, 4, 5]), "prop z > 4").tolist() == [3, 4]


def test_selection_by_species():
    """Names are species."""
    trajectory = make_trajectory(np.zeros((1, 5, 3)), ["O", "H", "H", "O", "H"])
    assert select_centers(trajectory, "name O").tolist() == [0, 3]
    assert select_centers(trajectory, "all", n_centers=5).tolist() == [0, 1, 2, 3, 4]


def test_empty_selection_says_what_there_is():
    """Species and extent are in the message."""
    trajectory = make_trajectory([[[0, 0, 1.5], [0, 0, 7.25]]], ["Cu", "Au"])
    with pytest.raises(ValueError, match=r"'prop z > 9' selects no atom.*\['Au', 'Cu'\].*7.25"):
        select_centers(trajectory, "prop z > 9")


def test_wrong_number_of_centers():
    """The count belongs to the data set, and one atom more is an error."""
    trajectory = make_trajectory(np.zeros((1, 5, 3)), ["Cu"] * 5)
    with pytest.raises(ValueError, match="selects 5 atoms .*not the 4"):
        select_centers(trajectory, "all", n_centers=4)


@pytest.mark.parametrize(
    "rule",
    [
        *("prop z >", "nonsense", "protein", "prop mass > 1"),
        *("prop z", "same", "point 1 2", "cyzone 1 2", "around", "smarts C"),
    ],
)
def test_selection_that_cannot_be_read(rule):
    """Errors of the language, words that lack, and properties that the atoms do not have: one line that quotes it."""
    with pytest.raises(ValueError, match=f"centers = '{rule}': not a selection") as caught:
        select_centers(make_trajectory(np.zeros((1, 2, 3)), ["Cu"] * 2), rule)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300
    assert caught.value.__suppress_context__


def test_labels_of_atoms_are_checked():
    """None, unknown and repeated atoms; any order is allowed."""
    trajectory = make_trajectory(np.zeros((1, 9, 3)), ["Cu"] * 9).isel(atom=slice(2, 7))
    assert check_atoms(trajectory, [6, 2]).tolist() == [6, 2]
    with pytest.raises(ValueError, match="selection is empty"):
        check_atoms(trajectory, [])
    with pytest.raises(ValueError, match=r"atoms \[1, 7\] are not in .*from 2 to 6"):
        check_atoms(trajectory, [1, 3, 7])
    with pytest.raises(ValueError, match=r"atoms \[4\] are chosen more than once"):
        check_atoms(trajectory, [4, 5, 4])
    for atoms in ([True, False], np.ones(9, dtype=bool), [2.0, 3.0], ["Cu"], None, 3, [[2, 3]]):
        with pytest.raises(ValueError, match=r"atoms = .*: must be a list of labels.*atom.values\[mask\]"):
            check_atoms(trajectory, atoms)


# ------------------------------------------------------------------------------------------ cells and cutoffs


def test_heights_by_hand():
    """A hexagonal cell: a sin(120 degrees) = 4 * 0.8660 along both sides, c along the third."""
    np.testing.assert_allclose(cell_heights(cell_vectors([4, 4, 9, 90, 90, 120])), [[3.464102, 3.464102, 9]], atol=1e-5)


def naive_heights(cell):
    """Volume over the area of each face, with the vectors written out by trigonometry."""
    a, b, c = cell[:3]
    cos_alpha, cos_beta, cos_gamma = np.cos(np.radians(cell[3:]))
    sin_gamma = np.sqrt(1 - cos_gamma**2)
    x = (cos_alpha - cos_beta * cos_gamma) / sin_gamma
    va, vb = np.array([a, 0, 0]), np.array([b * cos_gamma, b * sin_gamma, 0])
    vc = c * np.array([cos_beta, x, np.sqrt(1 - cos_beta**2 - x**2)])
    volume = abs(np.linalg.det([va, vb, vc]))
    return [volume / np.linalg.norm(np.cross(u, v)) for u, v in ((vb, vc), (vc, va), (va, vb))]


lengths, angles = st.floats(3, 50), st.floats(65, 115)


@given(st.tuples(lengths, lengths, lengths, angles, angles, angles))
def test_heights_of_any_cell(cell):
    """Each height is volume over area; a cell that comes twice gets the same answer twice."""
    cells = np.array([cell, CUBE, cell], dtype=float)
    expected = naive_heights(cells[0])
    np.testing.assert_allclose(cell_heights(cell_vectors(cells, 3)), [expected, [10, 10, 10], expected], rtol=1e-5)


@pytest.mark.parametrize("r_cut", [0, -1.5, np.nan, np.inf])
def test_cutoff_must_be_positive(r_cut):
    """Periodic or not."""
    for cell in (CUBE, None):
        with pytest.raises(ValueError, match="r_cut = .* Angstrom: must be positive"):
            check_cutoff(make_trajectory(some_positions(), ["Cu"] * 12, cell=cell), r_cut)


@pytest.mark.parametrize("r_cut", ["6", None, [6.0], True])
def test_cutoff_must_be_a_number(r_cut):
    """What is no number is shown as it was given."""
    with pytest.raises(ValueError, match=r"r_cut = .*: must be a number, the radius in Angstrom"):
        check_cutoff(make_trajectory(some_positions(), ["Cu"] * 12), r_cut)


def test_cutoff_ends_at_half_the_shortest_height():
    """The smallest cell of all frames counts, and its heights and not its lengths: 10 sin(60 degrees) / 2 = 4.330."""
    cells = np.array([CUBE, CUBE, [10, 10, 10, 90, 90, 60], CUBE], dtype=float)
    trajectory = make_trajectory(some_positions(), ["Cu"] * 12, cell=cells)
    check_cutoff(trajectory, 4.33)
    with pytest.raises(ValueError, match=r"r_cut = 4.34 .*half the shortest height.*8.66 Angstrom in frame 2.*images"):
        check_cutoff(trajectory, 4.34)
    check_cutoff(trajectory.isel(frame=[0, 1]), 5)
    check_cutoff(make_trajectory(some_positions(), ["Cu"] * 12), 400)  # Nothing repeats without a cell.


def test_copy_of_a_file_is_the_same_data(write_files, tmp_path):
    """The checksum is that of the numbers, wherever they were read from."""
    topology, trajectory = write_files(some_positions())
    copied = shutil.copy(trajectory, tmp_path / "copy.xtc")
    assert checksum(read_trajectory(topology, trajectory)) == checksum(read_trajectory(topology, copied))
