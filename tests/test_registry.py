"""The registry: what it lists is there, verified, and whatever is not as it should be is named."""

import hashlib
import shutil
import stat
import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soaplens_lite.study import bundled
from soaplens_lite.study.data import DataError, data_sets, fetch, published
from soaplens_lite.trajectory import open_files

ENTRY = """
[tier.sample]

[[data_set]]
id = "two-atoms"
tier = "sample"
study = "cu211"
title = "Two atoms"
units = { length = "Angstrom", time = "ns", temperature = "K" }
interval = 1
periodic = false
species = ["Cu"]
centers = "all"
n_centers = 2
n_frames = 3
n_atoms = 2
temperature = 300.0
licence = "CC BY 4.0"
source = "typed by hand"
differs_from_paper = []

[data_set.topology]
path = "files/top.pdb"
sha256 = "SUM_TOP"
size = 8

[data_set.trajectory]
path = "files/traj.xtc"
sha256 = "SUM_TRAJ"
size = 5
"""


@pytest.fixture
def small(tmp_path):
    """A registry of one data set; a function that writes it with a changed text."""
    files = {"top.pdb": b"topology", "traj.xtc": b"moves"}
    (tmp_path / "files").mkdir()
    for name, content in files.items():
        (tmp_path / "files" / name).write_bytes(content)
    sums = [hashlib.sha256(content).hexdigest() for content in files.values()]
    text = ENTRY.replace("SUM_TOP", sums[0]).replace("SUM_TRAJ", sums[1])

    def write(before="", after=""):
        assert before in text
        (tmp_path / "registry.toml").write_text(text.replace(before, after, 1) if before else text)
        return tmp_path

    write()
    return write


def test_the_copper_sample_is_what_the_registry_says():
    """Frames, atoms, interval, cell and the count of centers, read from the files themselves."""
    copper = fetch("cu211-sample")
    with open_files(copper.topology, copper.trajectory) as opened:
        assert len(opened.atoms) == copper.n_atoms == 1804
        assert len(opened) == copper.n_frames == 502
        assert opened.interval == copper.interval
    assert copper.periodic and copper.species == ("Cu",) and copper.temperature == 700
    assert copper.licence == "CC BY 4.0" and len(copper.differs_from_paper) == 5
    assert [file.path.stat().st_size for file in copper.files] == [file.size for file in copper.files]
    assert (copper.topology.parent / "PROVENANCE.md").is_file()


def test_every_sample_is_there_and_has_a_checksum_of_its_own():
    """What is listed is there; the checksum is sha256 over the files' sha256, topology first."""
    listed = data_sets()
    entries = tomllib.loads((bundled("data_registry") / "registry.toml").read_text())["data_set"]
    assert list(listed) == [entry["id"] for entry in entries]
    samples = [name for name in listed if listed[name].tier == "sample"]
    sums = {fetch(name).checksum for name in samples}
    assert len(sums) == len(samples) == 4
    copper = listed["cu211-sample"]
    both = (copper.topology_file.sha256 + copper.trajectory_file.sha256).encode()
    assert copper.checksum == hashlib.sha256(both).hexdigest()


def test_a_small_registry(small):
    """Paths are relative to the registry; whole numbers are taken for real ones."""
    data_set = fetch("two-atoms", folder=small())
    assert data_set.topology.read_bytes() == b"topology" and data_set.trajectory.is_absolute()
    assert data_set.interval == 1.0 and data_set.differs_from_paper == ()


@given(position=st.integers(0, 4), bit=st.integers(0, 7), data=st.sampled_from(["traj.xtc", "top.pdb"]))
@settings(max_examples=40, deadline=None)
def test_one_flipped_bit_is_refused_by_name(tmp_path_factory, position, bit, data):
    """Any bit of any file."""
    folder = tmp_path_factory.mktemp("registry")
    files = {"top.pdb": b"topology", "traj.xtc": b"moves"}
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (folder / "registry.toml").write_text(
        ENTRY.replace("SUM_TOP", sums["top.pdb"]).replace("SUM_TRAJ", sums["traj.xtc"])
    )
    (folder / "files").mkdir()
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)
    fetch("two-atoms", folder=folder)
    flipped = bytearray(files[data])
    flipped[position] ^= 1 << bit
    (folder / "files" / data).write_bytes(flipped)
    with pytest.raises(DataError, match=f"{data} is not the file that the registry lists") as caught:
        fetch("two-atoms", folder=folder)
    assert sums[data] in str(caught.value) and hashlib.sha256(flipped).hexdigest() in str(caught.value)


def test_a_missing_file_is_named(small):
    """With the reason of the system and what to do."""
    folder = small()
    (folder / "files" / "traj.xtc").unlink()
    with pytest.raises(DataError, match="traj.xtc, which the registry lists: No such file .* restore it"):
        fetch("two-atoms", folder=folder)
    assert "two-atoms" in data_sets(folder=folder)  # listing does not look at files


def test_an_unknown_id_suggests_the_nearest():
    """And lists what is known."""
    with pytest.raises(DataError, match="'cu21-sample': .* did you mean cu211-sample\\? Known: cu211-sample"):
        fetch("cu21-sample")


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("interval = 1\n", "", "interval: the key is missing"),
        ("size = 8", "", "topology.size: the key is missing"),
        ("n_atoms = 2", "n_atoms = 2\nn_atom = 2", "n_atom: no such key is known"),
        ("interval = 1", "interval = 0", "interval: Input should be greater than 0"),
        ("n_centers = 2", "n_centers = 0", "n_centers: Input should be greater than 0"),
        ("temperature = 300", "temperature = 0", "temperature: Input should be greater than 0"),
        ("interval = 1", 'interval = "often"', "interval: Input should be a valid number"),
        ("n_frames = 3", "n_frames = 3.5", "n_frames: Input should be a valid integer"),
        ('time = "ns"', 'time = "ps"', "units.time: Input should be 'ns'"),
        ('tier = "sample"', 'tier = "cloud"', "tier = 'cloud': must be one of sample"),
    ],
)
def test_an_entry_that_is_not_as_it_should_be(small, before, after, message):
    """The data set, the key and the fault are named."""
    folder = small(before, after)
    with pytest.raises(DataError, match="registry.toml, data set 'two-atoms'") as caught:
        fetch("two-atoms", folder=folder)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('id = "two-atoms"', "", "data set 'number 1'"),
        ('id = "two-atoms"', 'id = "two-atoms', "is not valid TOML"),
        ("[[data_set]]", "[data_set]", "two brackets"),
    ],
)
def test_a_registry_that_is_not_as_it_should_be(small, before, after, message):
    """Faults above a single entry."""
    with pytest.raises(DataError, match=message):
        data_sets(folder=small(before, after))


def test_two_data_sets_with_one_id(small):
    """Are refused, since one would hide the other."""
    folder = small()
    registry_file = folder / "registry.toml"
    registry_file.write_text(registry_file.read_text() + registry_file.read_text().replace("[tier.sample]", ""))
    with pytest.raises(DataError, match="two data sets have the id 'two-atoms'"):
        data_sets(folder=folder)
    with pytest.raises(DataError, match="cannot be read: No such file"):
        data_sets(folder=folder / "nowhere")


@pytest.mark.parametrize("analysis", ["soap", "joint", "lens"])
def test_published_matrices(analysis):
    """Square, one row per state, and percentages that sum to 100 within the rounding of each number."""
    numbers = published("cu211")[analysis]
    for key in ("matrix", "micro_matrix"):
        matrix = numbers.get(key, numbers["matrix"])
        assert {len(row) for row in matrix} == {len(matrix)}
        assert all(abs(sum(row) - 100) <= 0.05 * len(row) + 1e-9 for row in matrix)
    assert len(numbers["states"]) == len(numbers["matrix"])


def test_published_numbers_of_an_unknown_study():
    """Suggest the nearest."""
    with pytest.raises(DataError, match="did you mean cu211"):
        published("cu21")


def test_data_in_a_read_only_folder_are_left_alone(tmp_path, recwarn):
    """Nothing is written beside the files and nothing warns."""
    folder = tmp_path / "data_registry"
    shutil.copytree(bundled("data_registry"), folder, ignore=shutil.ignore_patterns(".*", "*offsets*"))
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    for path in before:
        path.chmod(stat.S_IRUSR | (stat.S_IXUSR if path.is_dir() else 0))
    try:
        fetch("cu211-sample", folder=folder)
        assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before
    finally:
        for path in before:
            path.chmod(stat.S_IRWXU)
    assert not recwarn.list
    assert fetch("cu211-sample").topology.parent != folder
