"""A trajectory of the user's own: what its files say, what is stated of it, what lacks, and a run on it."""

import gzip
import json
import re

import ase.io
import h5py
import MDAnalysis as mda
import numpy as np
import pytest
from ase.build import bulk
from click.testing import CliRunner

from soaplens_lite.cli import main
from soaplens_lite.study import data
from soaplens_lite.study.data import DataError, _own, read_statement
from soaplens_lite.study.run import notebooks, provenance, runner
from soaplens_lite.study.run import prepare as checks
from soaplens_lite.study.run.folders import RunError, results_folder
from soaplens_lite.study.run.parameters import ParameterError, validate
from soaplens_lite.trajectory import lengths_and_angles, make_trajectory, read_hdf5, write_hdf5

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def messages_of_runs(caplog):
    """What a run says is logged at the level that the command line prints."""
    caplog.set_level("INFO", logger="soaplens_lite")


RULE = "prop z > 18.34"
NOTEBOOK = """
# %% [markdown]
# # A question

# %% tags=["parameters"]
data: str = "cu211-sample"
frames: int = 0

# %%
import json, os
from pathlib import Path
from soaplens_lite.study.run import prepare as checks
from soaplens_lite.study.run import parameters
from soaplens_lite.study import data as data_sets
chosen = parameters.in_notebook("01_cu211", globals())
dataset = checks.fetch_for("01_cu211", chosen)
trajectory = data_sets.open_data_set(dataset, n_frames=frames)
numbers = {"data": data, "sum": float(trajectory.positions.sum()), "interval": dataset.interval}
numbers |= {"introduced": data_sets.introduce(dataset), "placed": list(dataset.placed_atoms)}
folder = Path(os.environ["SOAPLENS_RUN_DIR"])
content = {"complete": True, "figures": {}, "parameters": chosen, "numbers": numbers}
(folder / "numbers.json").write_text(json.dumps(content))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """30 frames of the samples in other formats: copper as PDB and DCD and as HDF5, gold as XYZ."""
    folder = tmp_path_factory.mktemp("own")
    copper, gold = data.fetch("cu211-sample"), data.fetch("au309-sample")
    data.convert(copper.trajectory, folder / "surface.dcd", topology=copper.topology, n_frames=30)
    data.convert(copper.trajectory, folder / "surface.hdf5", topology=copper.topology, n_frames=30)
    data.convert(gold.trajectory, folder / "particle.xyz", topology=gold.topology, n_frames=30)
    return folder


@pytest.fixture
def describe(files, monkeypatch):
    """A function that describes data by what is stated, in the folder of the files."""
    monkeypatch.chdir(files)
    return lambda **stated: data.describe(read_statement(**stated))


def from_where(data_set):
    """Where each thing is known from."""
    return {what: origin for what, _, origin in data_set.rows}


# ----------------------------------------------------------------------------------- what files say, and users


def test_what_the_files_say_need_not_be_stated(describe):
    """DCD keeps times and cell, PDB the elements; only which atoms are analyzed was stated."""
    surface = describe(topology="surface.pdb", trajectory="surface.dcd", centers=RULE)
    assert (surface.n_frames, surface.n_atoms, surface.n_centers) == (30, 1804, 904)
    assert surface.interval == 0.04 and surface.periodic and surface.cell is None and surface.species == ("Cu",)
    assert from_where(surface) | {"trajectory": "", "topology": ""} == {
        "trajectory": "",
        "topology": "",
        "frames": "from the file",
        "atoms": "from the file",
        "interval": "from the file",
        "cell": "from the file",
        "centers": "stated",
        "distances": "seen in 1 frame",
        "boundary": "seen in 1 frame",
    }


def test_what_is_stated_counts_more(describe):
    """And the table says what the file would have said."""
    cell = (70.0, 26.0, 40.0, 90.0, 90.0, 90.0)
    surface = describe(topology="surface.pdb", trajectory="surface.dcd", interval=0.3, cell=cell)
    table = data.as_table(surface)
    assert "0.3 ns" in table and "stated; the file says 0.04 ns" in table and "70 26 40 90 90 90" in table
    trajectory = data.open_data_set(surface, n_frames=2)
    assert trajectory.time.values.tolist() == [0, 0.3] and lengths_and_angles(trajectory.cell[1]).tolist() == list(cell)


def test_what_lacks_is_named_with_its_option(describe, files):
    """XYZ has neither times nor a cell: both are said at once, below all that is known."""
    plain = re.sub(r"\n[^\n]*Properties=[^\n]*\n", "\n\n", (files / "particle.xyz").read_text())
    (files / "plain.xyz").write_text(plain)
    with pytest.raises(DataError) as caught:
        describe(trajectory="plain.xyz")
    text = str(caught.value)
    assert "atoms       309 Au" in text and text.count("missing") == 2
    assert "interval: plain.xyz holds no times: state the ns between frames (--interval 0.04;" in text
    assert "cell: plain.xyz has no cell: state it, or that the system is not periodic (--cell A B C" in text
    particle = describe(trajectory="particle.xyz", interval=0.05, periodic=False)
    assert not particle.periodic and particle.n_centers == 309 and particle.topology == particle.trajectory


def test_own_formats_give_the_numbers_of_the_sample(describe, files):
    """The same frames from DCD and HDF5 as from the sample; HDF5 written here knows its interval."""
    expected = data.open_data_set(data.fetch("cu211-sample"), n_frames=30)
    for stated in ({"topology": "surface.pdb", "trajectory": "surface.dcd"}, {"trajectory": "surface.hdf5"}):
        found = data.open_data_set(describe(**stated, centers=RULE))
        np.testing.assert_allclose(found.positions, expected.positions, atol=1e-5)
        np.testing.assert_allclose(found.time, expected.time, atol=1e-9)
        np.testing.assert_allclose(found.cell, expected.cell, atol=1e-3)


def test_elements_of_numbers(describe, tmp_path):
    """A dump knows types alone: they are kept, unless elements are stated."""
    head = "ITEM: TIMESTEP\n0\nITEM: NUMBER OF ATOMS\n2\nITEM: BOX BOUNDS pp pp pp\n0 9\n0 9\n0 9\n"
    (tmp_path / "run.dump").write_text(head + "ITEM: ATOMS id type x y z\n2 2 1 2 3\n1 1 4 5 6\n")
    run = tmp_path / "run.dump"
    found = describe(trajectory=run, interval=1.0)
    assert found.species == ("1", "2") and from_where(found)["atoms"] == "names of the file, not elements"
    assert describe(trajectory=run, interval=1.0, elements={"1": "Cu", "2": "Au"}).species == ("Au", "Cu")
    with pytest.raises(DataError, match="elements: no atom is called '3'; the files call them 1, 2"):
        describe(trajectory=run, interval=1.0, elements={"1": "Cu", "2": "Au", "3": "Ag"})
    with pytest.raises(DataError, match="elements: .*'Qq' is not a chemical symbol"):
        describe(trajectory=run, interval=1.0, elements={"1": "Qq"})


def test_a_guess_with_two_readings_has_to_be_confirmed(describe, tmp_path):
    """CD of a molecule whose residue says nothing: cadmium or a carbon."""
    atoms = ["    1QDT     CD    1   0.100   0.100   0.100", "    1QDT     SE    2   0.300   0.300   0.300"]
    (tmp_path / "dots.gro").write_text("\n".join(["t= 0", "2", *atoms, "   2.0   2.0   2.0", ""]))
    given = {"trajectory": tmp_path / "dots.gro", "interval": 1.0}
    with pytest.raises(DataError, match=r"elements: CD in QDT is read as Cd, but can be C: .*--confirm elements"):
        describe(**given)
    confirmed = describe(**given, confirmed=["elements"])
    assert confirmed.species == ("Cd", "Se") and from_where(confirmed)["atoms"].endswith("confirmed")
    assert describe(**given, elements={"CD": "C"}).species == ("C", "Se")
    assert describe(**given, beads=True).species == ("CD", "SE")


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"n_frames": 31}, "n_frames: 31 is stated, but there are 30"),
        ({"n_centers": 900}, "n_centers: 900 is stated, but there are 904"),
        ({"species": ["Au"]}, "species: .*Au.* is stated, but there are .*Cu"),
        ({"centers": "name Au"}, "centers = 'name Au' selects no atom of surface.dcd"),
        (
            {"periodic": False, "cell": (9.0,) * 3 + (90.0,) * 3},
            "cell: a cell is stated, and .* not periodic",
        ),
        ({"group": "foo"}, "group = 'foo': surface.dcd is not an HDF5 file"),
        ({"intervall": 1}, "intervall: no such key is known; known are trajectory, topology, group, interval"),
        ({"cell": [1, 2]}, r"cell: .*must be 1, 3, 6 or 9 numbers"),
        ({"cell": "large"}, r"cell: .*large: must be 1, 3, 6 or 9 numbers"),
        ({"periodic": "yx"}, r"periodic: .*'yx': must be .* axes: xyz, xy, z or none"),
        ({"stride": 0}, "stride: .*greater than or equal to 1"),
        ({"start": 30}, "start = 30: surface.dcd has 30 frames, counted from 0"),
        ({"stop": 31}, "stop = 31: surface.dcd has 30 frames"),
        ({"start": 7, "stop": 7}, "1 frames asked for, but surface.dcd has 0 of 30 with start, stop and stride"),
        ({"interval": -1}, "interval: .*greater than 0"),
        ({"interval": float("nan")}, "interval: .*finite"),
        ({"topology": "absent.pdb"}, "absent.pdb: No such file"),
        ({"topology": "particle.xyz"}, "particle.xyz has 309 atoms, surface.dcd has 1804"),
        ({"topology": "surface.dcd"}, r"surface.dcd: the topology names neither.*\(--topology FILE"),
    ],
)
def test_statements_that_cannot_be_true(describe, stated, message):
    """What is stated is held against the files."""
    given = {"topology": "surface.pdb", "trajectory": "surface.dcd", "centers": RULE} | stated
    with pytest.raises(DataError, match=message):
        describe(**given)


def test_another_reading_is_another_run(describe, later):
    """The checksum follows the files and how they are read, not where they are or what they are called."""
    given = {"topology": "surface.pdb", "trajectory": "surface.dcd"}
    same = describe(**given, title="by another name", id="other").checksum
    others = [{"interval": 0.3}, {"centers": RULE}, {"periodic": False}, {"cell": (99.0,) * 3 + (90.0,) * 3}]
    others += [{"start": 1}, {"stop": 29}, {"stride": 2}, {"periodic": "xy"}, {"trajectory": ["surface.dcd", later]}]
    sums = [describe(**given).checksum, *(describe(**given | other).checksum for other in others)]
    assert sums[0] == same and len(set(sums)) == 10
    for other in ({"start": 0}, {"stop": 30}, {"stride": 1}, {"trajectory": ["surface.dcd"]}):  # what holds anyway
        assert describe(**given | other).checksum == same


# --------------------------------------------------------------------- parts of a run, frames, cell, periodicity


@pytest.fixture
def later(files):
    """A part of the run, later by 40 ns, under the name of the first one."""
    (files / "later").mkdir(exist_ok=True)
    frame = mda.Universe(files / "surface.pdb")
    with mda.Writer(str(files / "later" / "surface.dcd"), n_atoms=1804, dt=40.0, istart=1000) as writer:
        writer.write(frame)
    return "later/surface.dcd"


@pytest.fixture
def parts(files):
    """The surface in two parts: frames 0 to 17, compressed, and 15 to 29. XTC keeps times, which begin at 0 ns."""
    read = data.open_data_set(data.describe(read_statement(trajectory=files / "surface.hdf5")))
    universe = mda.Universe(files / "surface.pdb")
    for name, frames in (("one.xtc", range(18)), ("two.xtc", range(15, 30))):
        with mda.Writer(str(files / name), n_atoms=1804) as writer:
            for k in frames:
                universe.atoms.positions = read.positions.values[k]
                universe.dimensions = lengths_and_angles(read.cell.values[k])
                universe.trajectory.ts.time = 40.0 * k  # ps
                writer.write(universe.atoms)
    (files / "one.xtc.gz").write_bytes(gzip.compress((files / "one.xtc").read_bytes()))
    return ["one.xtc.gz", "two.xtc"]


def test_parts_of_a_run(describe, parts, files):
    """Thirty frames of 18 + 15, in TOML as in the library; written down and read again with both checksums."""
    whole = describe(topology="surface.pdb", trajectory=parts)
    assert (whole.n_frames, whole.interval, whole.title) == (30, 0.04, "one.xtc.gz + two.xtc")
    assert [row[1] for row in whole.rows if row[0] == "trajectory"] == parts
    expected = data.open_data_set(describe(topology="surface.pdb", trajectory="surface.dcd"))
    np.testing.assert_allclose(data.open_data_set(whole).positions, expected.positions, atol=0.006)  # XTC: 0.01
    (files / "parts.toml").write_text('topology = "surface.pdb"\ntrajectory = ["one.xtc.gz", "two.xtc"]\n')
    again = data.find(data.write(data.find(files / "parts.toml"), files / "again.toml"))
    assert again.checksum == whole.checksum and len(again.files) == 3
    assert sorted(again.description["files"]) == ["one.xtc.gz", "surface.pdb", "two.xtc"]
    with pytest.raises(DataError, match="one.xtc.gz begins at 0 .*give the parts of a run in their order"):
        describe(topology="surface.pdb", trajectory=parts[::-1])
    with pytest.raises(DataError, match="surface.hdf5 cannot be a part of a run"):
        describe(topology="surface.pdb", trajectory=["one.xtc.gz", "surface.hdf5"])


def test_parts_that_share_a_name(describe, later):
    """From two folders: both are in the record."""
    both = describe(topology="surface.pdb", trajectory=["surface.dcd", later])
    assert sorted(both.description["files"]) == ["surface.dcd", "surface.dcd (2)", "surface.pdb"]


@pytest.mark.parametrize("trajectory", ["surface.dcd", "surface.hdf5"])
@pytest.mark.parametrize("stated", [{}, {"interval": 0.04}])
def test_only_some_frames(describe, trajectory, stated, tmp_path):
    """Frames 3, 7, ..., 27 of 30, which lie 0.16 ns apart; the file's interval is what is stated and written down."""
    topology = {} if trajectory.endswith("hdf5") else {"topology": "surface.pdb"}
    some = describe(trajectory=trajectory, **topology, start=3, stop=28, stride=4, **stated)
    assert (some.n_frames, some.interval, some.file_interval) == (7, 0.16, 0.04)
    assert [row for row in some.rows if row[0] == "frames"] == [("frames", "7 of 30: 3 to 27, every 4", "stated")]
    read = data.open_data_set(some)
    every = data.open_data_set(describe(trajectory=trajectory, **topology, **stated))
    np.testing.assert_array_equal(read.positions, every.positions[3:28:4])
    np.testing.assert_allclose(read.time, every.time[3:28:4])
    np.testing.assert_allclose(data.open_data_set(some, n_frames=1).time, every.time[3:4])
    assert some.description.items() >= {"start": 3, "stop": 28, "stride": 4}.items()
    again = data.find(data.write(some, tmp_path / "data.toml"))
    assert again.checksum == some.checksum and again.n_frames == 7
    last = describe(trajectory=trajectory, **topology, start=-5, **stated)  # as in a slice
    assert (last.start, last.stop, last.n_frames) == (25, 30, 5)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (70, (70.0, 70.0, 70.0, 90.0, 90.0, 90.0)),
        ([70, 26, 40], (70.0, 26.0, 40.0, 90.0, 90.0, 90.0)),
        ([70, 26, 40, 90, 90, 90], (70.0, 26.0, 40.0, 90.0, 90.0, 90.0)),
        ([[70, 0, 0], [0, 26, 0], [0, 0, 40]], (70.0, 0, 0, 0, 26.0, 0, 0, 0, 40.0)),
    ],
)
def test_a_cell_in_as_many_numbers_as_it_needs(describe, files, given, kept):
    """A cube, right angles, lengths and angles, vectors: in a file and in the library."""
    (files / "cell.toml").write_text(f'trajectory = "surface.hdf5"\nperiodic = "xy"\ncell = {given}\n')
    found = data.find(files / "cell.toml")
    assert found.cell == kept and found.periodic == (True, True, False)
    trajectory = data.open_data_set(found, n_frames=2)
    assert trajectory.pbc.values.tolist() == [True, True, False]
    direct = read_hdf5(files / "surface.hdf5", interval=0.04, n_frames=2, cell=given, periodic="xy")
    np.testing.assert_allclose(trajectory.cell, direct.cell, atol=1e-9)


def show(*words):
    """What ``soaplens data show`` prints."""
    return CliRunner().invoke(main, ["data", "show", *map(str, words)])


def test_the_command_line_says_the_same(describe, parts, files):
    """Two trajectories in their order, frames, cell and axes; a table like that of the library."""
    words = ["--topology", "surface.pdb", "--trajectory", parts[0], "--trajectory", parts[1], "--start", 2]
    words += ["--stop", 30, "--stride", 3, "--cell", 70, 26, 40, "--periodic", "xy", "--interval", 0.05]
    stated = {"start": 2, "stop": 30, "stride": 3, "cell": [70, 26, 40], "periodic": "xy", "interval": 0.05}
    expected = data.describe(read_statement(topology="surface.pdb", trajectory=parts, **stated), n_frames=0)
    shown = show(*words)
    assert shown.exit_code == 0 and shown.output.rstrip() == data.as_table(expected)
    assert "10 of 30: 2 to 29, every 3" in shown.output and "periodic along a and b" in shown.output
    (files / "two.toml").write_text('topology = "surface.pdb"\ntrajectory = ["one.xtc.gz", "two.xtc"]\nstart = 2\n')
    assert show("two.toml", *words[8:]).output == shown.output
    for cell in (
        [70.0],
        [70, 26, 40, 90, 90, 90],
        ["70,26,40"],
        ["70 0 0 0 26 0 0 0 40"],
        [70, 0, 0, -1, 26, 0, 0, 0, 4],
    ):
        assert show(*words[:6], "--cell", *cell, "--not-periodic").output.count("cell: a cell is stated") == 1
    assert "must be 1, 3, 6 or 9 numbers" in show(*words[:6], "--cell", 70, 26).output
    assert "not periodic" in show(*words[:6], "--periodic", "none").output
    assert show("cu211-sample", "--start", 3).exit_code == 2 and show().exit_code == 2


def test_convert_takes_the_same(describe, parts, tmp_path, monkeypatch):
    """Frames 2, 5, ..., 29 of two parts, in a cell that is stated, 0.12 ns apart; from a TOML file too."""
    monkeypatch.setenv("CI", "1")
    words = ["--topology", "surface.pdb", "--start", 2, "--stride", 3, "--cell", 70, 26, 40, "--periodic", "xy"]
    done = CliRunner().invoke(main, ["data", "convert", *map(str, [*parts, tmp_path / "new.hdf5", *words])])
    assert done.exit_code == 0, done.output
    read = data.open_data_set(data.describe(read_statement(trajectory=tmp_path / "new.hdf5")))
    assert read.sizes["frame"] == 10 and read.pbc.values.tolist() == [True, True, False]
    np.testing.assert_allclose(read.time, 0.12 * np.arange(10), atol=1e-9)
    np.testing.assert_allclose(read.cell[0], np.diag([70.0, 26, 40]), atol=1e-9)
    some = describe(topology="surface.pdb", trajectory=parts, start=2, stride=3)
    np.testing.assert_allclose(read.positions, data.open_data_set(some).positions, atol=1e-5)
    data.convert(data.write(some, tmp_path / "some.toml"), tmp_path / "some.xyz", length_unit=2.0, n_frames=4)
    twice = data.open_data_set(data.describe(read_statement(trajectory=tmp_path / "some.xyz", confirmed=["units"])))
    np.testing.assert_allclose(twice.positions, 2 * read.positions[:4], atol=1e-4)


def test_no_name_of_the_registry_is_borrowed(describe):
    """Results would be taken for those of the sample."""
    assert describe(trajectory="surface.hdf5", id="cu211-sample").id == "own-cu211-sample"


# ------------------------------------------------------------------------------------------- what is seen


def test_what_cannot_be_right_stops(describe, files):
    """Frames of the surface in nanometers; the table stands before what was seen and what to do."""
    with open(files / "nm.xyz", "w") as file:
        for frame in data.open_data_set(data.fetch("cu211-sample"), n_frames=3).positions.values / 10:
            rows = "\n".join(f"Cu {x:.5f} {y:.5f} {z:.5f}" for x, y, z in frame)
            file.write(f"{len(frame)}\n\n{rows}\n")
    given = {"trajectory": "nm.xyz", "interval": 0.04, "periodic": False}
    with pytest.raises(DataError) as caught:
        describe(**given)
    table, message = str(caught.value).split("\nunits: ")
    assert "1804 Cu" in table and "nearest 0.2" in table
    assert message.startswith("nm.xyz: 100% of the atoms are closer") and "--confirm units" in message
    assert describe(**given, confirmed=["units"]).n_atoms == 1804
    scaled = describe(**given, length_unit=10.0)
    assert not scaled.doubts and data.open_data_set(scaled).attrs["length_unit"] == 10
    assert scaled.checksum != describe(**given, confirmed=["units"]).checksum


def test_particles_in_a_unit_of_their_own(describe, tmp_path):
    """A crystal in units of sigma at rest: both have to be stated before a run, the second only if frames are seen."""
    atoms = bulk("Cu", a=1.55, cubic=True) * 4
    rows = "\n".join(f"{k + 1} 1 {x} {y} {z}" for k, (x, y, z) in enumerate(atoms.positions))
    head = "ITEM: TIMESTEP\n{}\nITEM: NUMBER OF ATOMS\n256\nITEM: BOX BOUNDS pp pp pp\n" + "0 6.2\n" * 3
    frames = [f"{head.format(step)}ITEM: ATOMS id type x y z\n{rows}\n" for step in (0, 1)]
    (tmp_path / "rest.dump").write_text("".join(frames))
    given = {"trajectory": tmp_path / "rest.dump", "interval": 1.0}
    with pytest.raises(DataError, match="length_unit: .* 1.1 apart.*--length-unit ANGSTROM"):
        describe(**given)
    found = describe(**given, length_unit=2.3)
    assert found.first.attrs["length_unit"] == 2.3 and "nearest 1.1 units of 2.3 Angstrom" in data.as_table(found)
    statement = read_statement(**given, length_unit=2.3)
    with pytest.raises(DataError, match="motion: .* no atom moves .*--confirm motion"):
        data.describe(statement, n_frames=0)


# --------------------------------------------------------------------------------------------- in a file


def test_a_file_of_three_lines(files, tmp_path):
    """Paths are relative to the file, wherever it is read from."""
    (files / "my.toml").write_text('topology = "surface.pdb"\ntrajectory = "surface.dcd"\ninterval = 0.04\n')
    assert data.find(str(files / "my.toml")).trajectory == files / "surface.dcd"


def test_what_is_written_is_read_again(describe, tmp_path):
    """With checksums and counts, so that another file is refused by name."""
    surface = describe(topology="surface.pdb", trajectory="surface.dcd", centers=RULE, elements={"Cu": "Cu"})
    again = data.find(data.write(surface, tmp_path / "data.toml"))
    assert again.checksum == surface.checksum and again.files == surface.files
    assert (again.n_centers, again.id, again.title) == (904, "surface", "surface.dcd")
    text = (tmp_path / "data.toml").read_text().replace(surface.trajectory_file.sha256, 64 * "0")
    (tmp_path / "data.toml").write_text(text)
    with pytest.raises(DataError, match="surface.dcd is not the file that was described.*\n.*0000.*\n.*found"):
        data.find(tmp_path / "data.toml")


def test_a_system_without_a_cell_stays_one(describe, tmp_path):
    """Written and read again, though the file itself has a cell."""
    free = describe(topology="surface.pdb", trajectory="surface.dcd", periodic=False)
    again = data.find(data.write(free, tmp_path / "data.toml"))
    assert not free.periodic and not again.periodic
    assert not data.open_data_set(again, n_frames=2).periodic


def test_the_command_line_counts_more_than_the_file(tmp_path):
    """What is not stated beside the file is the file's."""
    (tmp_path / "data.toml").write_text('trajectory = "a.xtc"\ninterval = 0.04\ncenters = "name O"\n')
    stated = read_statement(tmp_path / "data.toml", interval=0.1)
    assert (stated.interval, stated.centers) == (0.1, "name O")


def test_a_link_keeps_its_name(tmp_path):
    """Its ending says the format, which that of the file behind it may not; steps up are gone."""
    (tmp_path / "blob").write_bytes(b"")
    link = tmp_path / "a.xtc"
    link.symlink_to(tmp_path / "blob")
    assert read_statement(trajectory=str(link)).parts == [link]
    (tmp_path / "data.toml").write_text(f'trajectory = "../{tmp_path.name}/a.xtc"\n')
    assert read_statement(tmp_path / "data.toml").name == "a.xtc"


@pytest.mark.parametrize("name", ["smile \U0001f600", 'q"uo\\te', "tab\tdel\x7f", "中文 é", "line\nbreak"])
def test_any_name_of_a_file_is_read_again(files, tmp_path, name):
    """Whatever characters are in it: TOML escapes other ones than JSON does."""
    path = tmp_path / f"{name}.hdf5"
    path.write_bytes((files / "surface.hdf5").read_bytes())
    folder = tmp_path / f"run {name}"
    folder.mkdir()
    again = data.find(data.write(data.describe(read_statement(trajectory=path)), folder / "data.toml"))
    assert again.trajectory == path and again.title == path.name


def test_what_contradicts_itself_is_one_message(describe, monkeypatch):
    """Even where it is the reader of a file that gives what makes no sense."""
    monkeypatch.setattr(_own.hdf5, "interval_of", lambda group: -1.0)
    with pytest.raises(DataError, match="what surface.hdf5 says .* is not valid:\n  interval: .*greater than 0"):
        describe(trajectory="surface.hdf5")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("interval = 0.04", "names no trajectory: state it"),
        ("interval = ", "is not valid TOML"),
        ('trajectory = { path = "a.xyz", md5 = "0" }', "trajectory.md5: no such key is known"),
    ],
)
def test_files_that_describe_nothing(tmp_path, text, message):
    """The file is named, and what is wrong in it."""
    (tmp_path / "my.toml").write_text(text)
    with pytest.raises(DataError, match=message):
        data.find(tmp_path / "my.toml")
    with pytest.raises(DataError, match="absent.toml: No such file"):
        data.find(tmp_path / "absent.toml")


def test_show_and_convert_by_command(files, tmp_path, monkeypatch):
    """The table, and a file in another format; a file that exists is not touched."""
    (files / "shown.toml").write_text('trajectory = "surface.hdf5"\ncenters = "prop z > 18.34"\n')
    shown = CliRunner().invoke(main, ["data", "show", str(files / "shown.toml")])
    assert shown.exit_code == 0 and "0.04 ns" in shown.output and "904 atoms" in shown.output
    monkeypatch.setenv("CI", "1")
    command = ["data", "convert", str(files / "surface.hdf5"), str(tmp_path / "top.xyz")]
    done = CliRunner().invoke(main, [*command, "--selection", RULE, "--frames", "3"])
    assert done.exit_code == 0 and done.output == f"{tmp_path / 'top.xyz'}\n"
    assert (tmp_path / "top.xyz").read_text().startswith("904\nLattice=")
    again = CliRunner().invoke(main, command)
    assert again.exit_code == 1 and again.output.startswith("Error: ") and "top.xyz exists" in again.output


# ------------------------------------------------------------------------------------------------ runs


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A short notebook in place of the copper study's."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    (folder / "01_cu211.py").write_text(NOTEBOOK)
    monkeypatch.setattr(notebooks, "folder", lambda: folder)
    monkeypatch.setattr(provenance, "PACKAGE", folder)
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("SOAPLENS_RESULTS", str(tmp_path / "results"))
    monkeypatch.setenv("CI", "1")


def test_a_run_on_own_data(study, files, monkeypatch, capsys):
    """Shown before it begins, written down in its folder without a path of this computer in what is published."""
    monkeypatch.chdir(files)
    words = "run 01_cu211 --topology surface.pdb --trajectory surface.dcd --interval 0.3 -p frames=28 --centers"
    with pytest.raises(SystemExit) as ended:
        main([*words.split(), RULE])
    printed = capsys.readouterr().out
    assert ended.value.code == 0
    assert printed.startswith("01_cu211 on data of your own, surface:\ntrajectory  surface.dcd")
    assert "stated; the file says 0.04 ns" in printed.split("running in")[0]
    folder = results_folder() / "01_cu211" / "latest"
    content = json.loads((folder / "run.json").read_text())
    assert content["parameters"]["data"] == "data.toml" and list(content["data"]) == ["surface"]
    assert content["data_set"]["interval"] == 0.3 and content["data_set"]["files"].keys() == {
        "surface.pdb",
        "surface.dcd",
    }
    assert str(files) not in (folder / "run.json").read_text() + (folder / "notebook.ipynb").read_text()
    numbers = json.loads((folder / "numbers.json").read_text())["numbers"]
    expected = data.open_data_set(data.fetch("cu211-sample"), n_frames=28)
    assert numbers["sum"] == pytest.approx(float(expected.positions.sum()), rel=1e-6)
    assert numbers["interval"] == 0.3 and numbers["placed"] == []
    assert numbers["introduced"].startswith("**These are your data**: surface.dcd. 30 frames every 0.3 ns, 904 of 1804")
    # What the run left behind describes the data well enough to run on them again, which has no need to.
    assert runner.run("01_cu211", {"data": str(folder / "data.toml"), "frames": 28}).reused


def test_faults_of_late_frames_come_before_the_run(study, describe, files, tmp_path):
    """What only reading through shows: a position that is no number, in a frame far behind the first."""
    broken = tmp_path / "broken.hdf5"
    broken.write_bytes((files / "surface.hdf5").read_bytes())
    with h5py.File(broken, "a") as file:
        file["Trajectories/surface/Trajectory"][27, 1000, 0] = np.inf
    with pytest.raises(DataError, match="broken: broken.hdf5: the position of atom 1000 in frame 27 is not finite"):
        runner.prepare("01_cu211", {}, {"trajectory": str(broken)})
    assert not (tmp_path / "results").exists()
    assert runner.prepare("01_cu211", {"frames": 25}, {"trajectory": str(broken)}).on_own_data


@pytest.fixture
def openings(monkeypatch):
    """How often MDAnalysis opened a trajectory, and how many frames were read in all."""
    counted = {"opened": 0, "frames": 0}
    open_files, frame = _own.formats.open_files, _own.formats.OpenTrajectory.frame

    def open_and_count(*paths):
        counted["opened"] += 1
        return open_files(*paths)

    def read_and_count(*arguments):
        counted["frames"] += 1
        return frame(*arguments)

    monkeypatch.setattr(_own.formats, "open_files", open_and_count)
    monkeypatch.setattr(_own.formats.OpenTrajectory, "frame", read_and_count)
    return counted


def test_a_trajectory_is_opened_once_before_a_run_and_twice_in_it(study, files, openings):
    """The runner reads all 30 frames, and two for their times; the notebook the first one, then all."""
    stated = {"topology": str(files / "surface.pdb"), "trajectory": str(files / "surface.dcd"), "centers": RULE}
    job = runner.prepare("01_cu211", {"lens_window": 10}, stated)
    assert openings == {"opened": 1, "frames": 2 + 30}
    again = checks.fetch_for("01_cu211", job.parameters | {"data": str(data.write(job.data_set, files / "data.toml"))})
    data.open_data_set(again)
    assert openings == {"opened": 3, "frames": 3 * 2 + 30 + 1 + 30}


def test_a_cell_that_shrinks(study, wander, tmp_path):
    """The neighborhood must fit into the smallest cell of the frames that are analyzed, not only into the first."""
    cells = [[20 - 0.5 * k] * 3 + [90] * 3 for k in range(10)]  # the last one: 15.5 Angstrom
    trajectory = make_trajectory(wander(10, 30).positions, ["Cu"] * 30, cell=cells, interval=0.1)
    path = write_hdf5(tmp_path / "shrinking.hdf5", trajectory)
    stated = {"trajectory": str(path), "confirmed": ["units"]}  # positions are random
    chosen = {"min_cluster_size": 40, "lens_window": 4, "r_cut": 8}
    with pytest.raises(ParameterError, match=r"r_cut = 8 .* \(15.5 Angstrom in frame 9\)"):
        runner.prepare("01_cu211", chosen, stated)
    assert not (tmp_path / "results").exists()
    assert runner.prepare("01_cu211", chosen | {"frames": 9, "min_cluster_size": 2}, stated).on_own_data


def test_uneven_times_are_refused(study, write_files):
    """LENS would compare exchanges over different times; a stated interval overrides what the file says."""
    times = [40 * k + 40 * (k > 20) for k in range(30)]
    topology, trajectory = write_files(np.random.default_rng(0).uniform(0, 15, (30, 40, 3)), times=times)
    stated = {"topology": str(topology), "trajectory": str(trajectory)}
    with pytest.raises(DataError, match="between frames 20 and 21 lie 0.08 ns, between others 0.04 ns"):
        runner.prepare("01_cu211", {}, stated)
    assert runner.prepare("01_cu211", {}, stated | {"interval": 0.04}).data_set.interval == 0.04


def test_parameters_must_fit_own_data(describe):
    """As for every data set."""
    surface = describe(topology="surface.pdb", trajectory="surface.dcd", centers=RULE)
    with pytest.raises(ParameterError, match="frames = 31: surface has 30"):
        checks.fits("01_cu211", validate("01_cu211", {"frames": 31}), surface)
    with pytest.raises(ParameterError, match="03_ice_water is about water: there is no O"):
        checks.fits("03_ice_water", validate("03_ice_water", {}), surface)
    one = describe(topology="surface.pdb", trajectory="surface.dcd", centers="index 5")
    with pytest.raises(ParameterError, match="centers = 'index 5': analyzes 1 of 1804 atoms; must be at least 2"):
        checks.fits("01_cu211", validate("01_cu211", {"min_cluster_size": 2}), one)
    for notebook in ("01_cu211", "02_au_nanoparticle"):
        assert checks.fits(notebook, validate(notebook, {"lens_window": 20}), surface) is surface


def test_oxygen_and_hydrogen_that_are_no_water(wander, tmp_path):
    """Are refused before anything starts, by the atoms that have no partners; real water passes."""
    write_hdf5(tmp_path / "gas.hdf5", wander(110, 30, size=90.0, species=("O", "H", "H")))
    sizes = {"lens_window": 20, "min_cluster_size": 5, "r_cut": 5}
    gas = data.describe(
        read_statement(trajectory=tmp_path / "gas.hdf5", periodic=False, confirmed=["contacts", "units"])
    )
    with pytest.raises(ParameterError, match="03_ice_water is about water: .*have not just one oxygen within"):
        checks.fits("03_ice_water", validate("03_ice_water", sizes), gas)
    ice = data.fetch("icewater-sample")
    paths = data.convert(ice.trajectory, tmp_path / "ice.xtc", topology=ice.topology, n_frames=30)
    real = data.describe(read_statement(topology=paths[0], trajectory=paths[1], centers="name O"))
    assert checks.fits("03_ice_water", validate("03_ice_water", sizes), real) is real


def test_the_registry_is_not_overruled(study):
    """Of a data set that it lists nothing can be stated."""
    with pytest.raises(RunError, match="data = 'au309-sample' is known to the registry: interval cannot be stated"):
        runner.prepare("01_cu211", {"data": "au309-sample"}, {"interval": 1.0})
    with pytest.raises(RunError, match="data = 'cu211-sample' is known to the registry: trajectory cannot be stated"):
        runner.prepare("01_cu211", {"data": "cu211-sample"}, {"trajectory": "own.xtc"})  # the default, but named
    with pytest.raises(DataError, match="names no trajectory"):
        runner.prepare("01_cu211", {}, {"interval": 1.0})


def test_centers_are_counted_as_the_frames_are_periodic(describe, files):
    """Two layers, 2 Angstrom apart across the faces of the cell, along z: neighbors only where that is periodic."""
    atoms = bulk("Cu", "sc", a=3.0) * (5, 5, 4)
    atoms.cell[2, 2] = atoms.positions[:, 2].max() + 2.0
    rule = "prop z < 1 or around 2.5 prop z < 1"
    for pbc, expected in (("xyz", 50), ("xy", 25)):
        atoms.pbc = [axis in pbc for axis in "xyz"]
        images = [atoms.copy() for _ in range(3)]
        for k, image in enumerate(images):
            image.rattle(0.05, seed=k)
        ase.io.write(files / f"layers-{pbc}.xyz", images, format="extxyz")
        told = describe(trajectory=f"layers-{pbc}.xyz", interval=0.1, centers=rule, confirmed=["boundary"])
        assert told.n_centers == expected
