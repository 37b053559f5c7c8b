"""The tier "authors": ice and water as the paper's group published it, from its files to its verdicts."""

import json
import math
import os
import warnings
from pathlib import Path, PurePosixPath

import MDAnalysis as mda
import numpy as np
import pytest
from click.testing import CliRunner
from rocrate.rocrate import ROCrate
from zenodo_server import blob_id

import soaplens_lite as sl
from soaplens_lite.cli import main
from soaplens_lite.study import DataError, bundled, claims
from soaplens_lite.study import data as registry
from soaplens_lite.study.run import runner
from soaplens_lite.study.run.parameters import ParameterError, validate
from soaplens_lite.study.run.prepare import fetch_for, on_tier
from soaplens_lite.trajectory import lengths_and_angles

pytestmark = pytest.mark.server

NAME, NOTEBOOK, FRAMES = "icewater-authors", "03_ice_water", 24
SHORT = {"frames": 20, "lens_window": 10, "n_max": 2, "l_max": 2, "n_starts": 1, "n_jobs": 1}
SHORT |= {"bootstrap": 100, "movie_frames": 0, "export_stride": 0, "min_cluster_size": 40}
# LENS of all 2048 oxygens in 99 intervals, summed, by `naive_lens` on the coordinates as MDAnalysis reads them.
LENS_SUMS = {6.0: (53787.084148006164, 10), 10.0: (38734.28291340943, 75)}
ROUNDING = 1e-5  # Angstrom: coordinates of some 30 Angstrom in single precision


def real_folder():
    """The folder with the published files, where it is: named by SOAPLENS_DATA, or beside the repository."""
    beside = Path(__file__).parents[2] / "shared" / "authors"
    places = [Path(os.environ["SOAPLENS_DATA"])] if "SOAPLENS_DATA" in os.environ else []
    return next((place for place in (*places, beside) if (place / "ice_water_ox.xtc").is_file()), None)


REAL = real_folder()


def files_of(trajectory, folder):
    """GRO and XTC of the oxygens of a trajectory, named as in the published files."""
    oxygens = trajectory.sel(atom=trajectory.atom[trajectory.species == "O"])
    n_atoms = oxygens.sizes["atom"]
    residues = {"n_residues": n_atoms, "atom_resindex": np.arange(n_atoms)}
    universe = mda.Universe.empty(n_atoms, trajectory=True, **residues)
    universe.add_TopologyAttr("names", ["OW"] * n_atoms)
    universe.add_TopologyAttr("resnames", ["water"] * n_atoms)
    paths = folder / "ice_water_ox.gro", folder / "ice_water_ox.xtc"
    for path, n_frames in zip(paths, (1, oxygens.sizes["frame"]), strict=True):
        with warnings.catch_warnings(action="ignore"), mda.Writer(str(path), n_atoms) as writer:
            for k in range(n_frames):
                universe.atoms.positions = oxygens.positions.values[k]
                universe.dimensions = lengths_and_angles(oxygens.cell.values[k])
                universe.trajectory.ts.time = 100.0 * k  # ps
                writer.write(universe.atoms)
    return paths


@pytest.fixture
def authors(server, tmp_path, monkeypatch):
    """A registry whose tier "authors" is a stretch of the sample's oxygens, in a repository that a server plays."""
    folder, published = tmp_path / "registry", registry.data_sets()[NAME]
    folder.mkdir()
    sample = registry.open_data_set(registry.fetch("icewater-sample"), n_frames=FRAMES)
    text = (bundled("data_registry") / "registry.toml").read_text("utf-8")
    server.tier, server.repository = registry.tiers()["authors"], {}
    for file, path in zip(published.files, files_of(sample, tmp_path), strict=True):
        content = server.repository[file.published] = path.read_bytes()
        path.unlink()
        text = text.replace(file.git_blob, blob_id(content)).replace(f"size = {file.size}", f"size = {len(content)}")
    start, end = text.index(f'id = "{NAME}"'), text.index('id = "cu211-paper"')
    entry = text[start:end].replace("2048", "859").replace("1001", str(FRAMES)).replace("frames = 500", "frames = 22")
    (folder / "registry.toml").write_text(text[:start] + entry + text[end:], "utf-8")
    (folder / "samples").symlink_to(bundled("data_registry") / "samples")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SOAPLENS_REGISTRY", str(folder))
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SOAPLENS_DATA", raising=False)
    return server.repository


def test_the_published_data_set():
    """What the registry says of it, terms included; the repository and the contents are those that were published."""
    data_set, tier = registry.data_sets()[NAME], registry.tiers()["authors"]
    assert (tier.github, tier.commit) == ("GMPavanLab/dynsight", "486f8864164191450eeff2ebbd492484169c1fc1")
    assert tier.terms == data_set.terms == "MIT, Copyright (c) 2023 Andrew Tarzia, GMPavanLab"
    assert [file.git_blob[:7] for file in data_set.files] == ["cba9542", "7ab806b"]
    assert (data_set.n_centers, data_set.n_frames, data_set.interval, data_set.species) == (2048, 1001, 0.1, ("O",))
    assert on_tier(NOTEBOOK, "authors") == {"data": NAME, "frames": 500}
    assert data_set.interval * data_set.paper_frames == pytest.approx(50)
    assert "not known to be the very run of the paper" in registry.introduce(data_set)


def test_licence_and_copyright_are_shown_before_the_download(authors, server):
    """Each file once, from the repository at its commit; the second time nobody is asked."""
    fetched = CliRunner().invoke(main, ["data", "fetch", "--tier", "authors"])
    assert fetched.exit_code == 0 and fetched.stdout.startswith(f"{NAME}: ")
    assert fetched.stderr.count("licence MIT, Copyright (c) 2023 Andrew Tarzia, GMPavanLab") == 2
    assert [path for method, path in server.asked if method == "GET"] == [server.raw(path) for path in authors]
    asked = len(server.asked)
    trajectory = registry.open_data_set(registry.fetch(NAME))
    assert trajectory.sizes == {"frame": FRAMES, "atom": 859, "xyz": 3, "vector": 3}
    assert set(trajectory.species.values) == {"O"} and len(server.asked) == asked


def test_without_network_and_folder_there_is_one_error(authors, monkeypatch):
    """What was tried, the address of each file, and where to put them by hand."""
    monkeypatch.setenv("SOAPLENS_GITHUB", "http://127.0.0.1:9/raw")
    with pytest.raises(DataError) as caught:
        registry.fetch(NAME)
    text = str(caught.value)
    assert text.startswith("ice_water_ox.gro, ice_water_ox.xtc: could not be had\n  SOAPLENS_DATA: not set")
    assert "GitHub: no connection" in text and "Zenodo" not in text and "doi.org" not in text
    for published in authors:
        assert (
            f"https://github.com/GMPavanLab/dynsight/blob/486f8864164191450eeff2ebbd492484169c1fc1/{published}" in text
        )


def test_one_file_in_the_folder(authors, server, tmp_path, monkeypatch):
    """The other one is downloaded; where it cannot be, it alone is named."""
    folder = tmp_path / "by hand"
    folder.mkdir()
    topology = next(path for path in authors if path.endswith("gro"))
    (folder / PurePosixPath(topology).name).write_bytes(authors[topology])
    monkeypatch.setenv("SOAPLENS_DATA", str(folder))
    with monkeypatch.context() as patch:
        patch.setenv("SOAPLENS_GITHUB", "http://127.0.0.1:9/raw")
        with pytest.raises(DataError, match=r"^ice_water_ox.xtc: could not be had\n.* lacks ice_water_ox.xtc"):
            registry.fetch(NAME)
    data_set = registry.fetch(NAME)
    assert data_set.topology.parent == folder and data_set.trajectory.parent != folder
    assert server.count(server.raw(topology)) == 0


@pytest.mark.parametrize("where", ["folder", "server"])
def test_a_file_of_another_version_is_refused(authors, server, tmp_path, monkeypatch, where):
    """By its git blob id, wherever it comes from; the user's own file is left alone, and the right one is fetched."""
    trajectory = next(path for path in authors if path.endswith("xtc"))
    other = authors[trajectory][:-1] + b"?"
    if where == "server":
        authors[trajectory] = other
        with pytest.raises(DataError, match=f"is not the authors' file .git blob id {blob_id(other)}"):
            registry.fetch(NAME)
        return
    folder = tmp_path / "clone" / PurePosixPath(trajectory).parent
    folder.mkdir(parents=True)
    (folder / "ice_water_ox.xtc").write_bytes(other)
    monkeypatch.setenv("SOAPLENS_DATA", str(tmp_path / "clone"))
    assert registry.fetch(NAME).trajectory.parent != folder
    assert (folder / "ice_water_ox.xtc").read_bytes() == other


def test_more_frames_than_there_are(authors):
    """Is refused before anything is computed, with the largest number."""
    with pytest.raises(ParameterError, match=f"frames = 25: {NAME} has {FRAMES}; at most {FRAMES}"):
        fetch_for(NOTEBOOK, validate(NOTEBOOK, SHORT | {"data": NAME, "frames": 25}))


def test_a_cell_that_shrinks_in_a_late_frame(wander, tmp_path, monkeypatch):
    """
    The last cell is 11.9 Angstrom high, less than twice r_cut: the frame is named, also if fewer frames would do.

    The data set is entered with a checksum of its own, as bundled files are.
    """
    cells = np.full((30, 6), 90.0)
    cells[:, :3] = 14, 14, 20
    cells[-1, 2] = 11.9
    topology, trajectory = files_of(wander(30, 60, size=12.0, cell=cells, species=("O",)), tmp_path)
    about = tmp_path / "water.toml"
    about.write_text(f'topology = "{topology.name}"\ntrajectory = "{trajectory.name}"\n')
    shrunk = registry.fetch("icewater-sample").model_copy(
        update={
            "topology_file": registry.DataFile(path=topology),
            "trajectory_file": registry.DataFile(path=trajectory),
            "n_frames": 30,
        }
    )
    monkeypatch.setattr("soaplens_lite.study.run.prepare.find", lambda name: shrunk)
    with pytest.raises(ParameterError, match=r"r_cut = 6 Angstrom: .*11.9 Angstrom in frame 29"):
        fetch_for(NOTEBOOK, validate(NOTEBOOK, SHORT | {"frames": 0}))
    assert fetch_for(NOTEBOOK, validate(NOTEBOOK, SHORT | {"frames": 29})) is shrunk
    with pytest.raises(ParameterError, match=r"r_cut = 6 Angstrom: .*11.9 Angstrom in frame 29"):
        runner.run(NOTEBOOK, SHORT | {"frames": 0, "data": str(about)}, results=tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_some_oxygens_without_hydrogens(tmp_path):
    """Oxygens alone are water; a file in which some lost theirs is not."""
    sample = registry.open_data_set(registry.fetch("icewater-sample"), n_frames=20)
    oxygens = sample.sel(atom=sample.atom[sample.species == "O"])
    assert sl.systems.water.water_molecules(oxygens).tolist() == [[label] for label in oxygens.atom.values]
    with pytest.raises(ValueError, match=r"oxygen atoms \[3\] \(1 in all\) have not just two hydrogen"):
        sl.systems.water.water_molecules(sample.drop_sel(atom=[4, 5]))


def test_reproduce_runs_what_the_tier_has(authors, server, tmp_path, monkeypatch):
    """Ice and water alone, to its figures and verdicts; licence and copyright travel with the run."""
    monkeypatch.setattr(runner, "QUICK", {NOTEBOOK: SHORT, "01_cu211": SHORT})
    results = tmp_path / "results"
    called = CliRunner().invoke(main, ["reproduce", "--data", "authors", "--quick", "--results", str(results)])
    assert called.exit_code == 0, called.output
    assert [path.name for path in results.iterdir() if path.is_dir()] == [NOTEBOOK, "report"]
    folder = results / NOTEBOOK / "latest"
    about = json.loads((folder / "run.json").read_text("utf-8"))
    assert about["parameters"]["data"] == NAME and about["parameters"]["frames"] == SHORT["frames"]
    assert about["licences"] == {NAME: "MIT, Copyright (c) 2023 Andrew Tarzia, GMPavanLab"}
    numbers = json.loads((folder / "numbers.json").read_text("utf-8"))
    assert numbers["provenance"]["licences"] == about["licences"]
    values = {name: entry["value"] for name, entry in numbers["numbers"].items()}
    assert (values["atoms"], values["centers"], values["frames_joint"]) == (859, 859, 9)
    assert values["soap.features"] == 3 * 3  # of one species: three pairs of two radial functions, three l
    assert (folder / "figures" / "fig4.png").stat().st_size > 20_000
    shown = CliRunner().invoke(main, ["provenance", str(folder / "figures" / "fig4.png")]).output
    assert f"licence     {NAME}: MIT, Copyright (c) 2023 Andrew Tarzia, GMPavanLab" in shown
    page = (results / "report" / "index.html").read_text("utf-8")
    assert "not known to be the very run of the paper" in page and "Copyright (c) 2023 Andrew Tarzia" in page
    CliRunner().invoke(main, ["crate", str(folder), str(tmp_path / "run.zip")])
    data = ROCrate(tmp_path / "run.zip").get(f"#data-{NAME}")
    assert data["copyrightNotice"] == "Copyright (c) 2023 Andrew Tarzia, GMPavanLab"
    assert data["license"]["@id"] == "https://opensource.org/license/mit"


# ----------------------------------------------------------------------------------------------- two tiers side by side


def write_run(results, tier, run_id, numbers, *, end, newest=False, **changed):
    """A complete run of ice and water with recorded numbers and nothing else."""
    folder = results / NOTEBOOK / run_id
    folder.mkdir(parents=True)
    parameters = validate(NOTEBOOK, on_tier(NOTEBOOK, tier) | changed)
    data = {parameters["data"]: "0" * 64}
    about = {"status": "complete", "notebook": NOTEBOOK, "run_id": run_id, "start": end, "end": end, "seconds": 1.0}
    about |= {"seconds_per_section": {}, "parameters": parameters, "data": data}
    (folder / "run.json").write_text(json.dumps(about))
    recorded = {name: {"value": value} for name, value in numbers.items()}
    (folder / "numbers.json").write_text(json.dumps({"parameters": parameters, "numbers": recorded}))
    latest = results / NOTEBOOK / "latest"
    if newest or not latest.is_symlink():
        latest.unlink(missing_ok=True)
        latest.symlink_to(run_id)


def claim_on(quantity, **fields):
    """A finding that both tiers can decide."""
    whole = {"id": "icewater.demo", "section": "2", "figure": "4", "study": "icewater", "kind": "finding"}
    whole |= {"statement": "Something is found.", "published": "found", "reason": "a yes or no", "quantity": quantity}
    whole |= {"test": "is", "than": True, "tiers": ["sample", "authors"]}
    whole |= {"expected": "reproduced", "expected_reason": "here", "expected_on_authors": "differs"}
    return claims.Claim(**(whole | {"expected_on_authors_reason": "there"} | fields))


@pytest.mark.parametrize("newest", ["sample", "authors"])
def test_a_finding_on_one_tier_and_not_on_the_other(tmp_path, newest):
    """Whichever run was last, the sample comes first and the authors' beside it; each has its own expectation."""
    write_run(tmp_path, "sample", "aaa", {"found": True}, end="2031-01-01", newest=newest == "sample")
    write_run(tmp_path, "authors", "bbb", {"found": False}, end="2031-01-02", newest=newest == "authors")
    write_run(tmp_path, "authors", "ccc", {"found": True}, end="2031-01-01")  # an older one
    write_run(tmp_path, "authors", "ddd", {"found": True}, end="2031-01-03", r_cut=5.0)  # another question
    [judged] = claims.judge(tmp_path, claims=[claim_on("found")])
    [other] = judged.beside
    assert (judged.tier, judged.verdict, judged.departs) == ("sample", "reproduced", False)
    assert (other.tier, other.verdict, other.departs, other.expected_reason) == ("authors", "differs", False, "there")
    assert judged.disagrees and "03_ice_water/bbb" in other.source
    table = claims.as_table([judged])
    assert "! icewater.demo  reproduced: yes" in table and "differs: no" in table
    assert "1 of the statements on the authors' trajectory, too: 1 differs." in table
    [judged] = claims.judge(tmp_path, claims=[claim_on("found", expected_on_authors="reproduced")])
    assert (
        not judged.departs
        and "* icewater.demo: differs on the authors' trajectory, expected reproduced" in claims.summary([judged])
    )


def test_a_tier_alone_is_judged_by_what_is_expected_there(tmp_path):
    """Only the authors' data were run; all of the trajectory is another stretch than the paper's."""
    write_run(tmp_path, "authors", "bbb", {"found": False}, end="2031-01-02")
    [judged] = claims.judge(tmp_path, claims=[claim_on("found")])
    assert (judged.tier, judged.verdict, judged.departs, judged.beside) == ("authors", "differs", False, ())
    [left] = claims.judge(tmp_path, claims=[claim_on("found", tiers=["sample"], expected_on_authors="not evaluated")])
    assert (left.verdict, left.why, left.departs) == ("not evaluated", "there", False)
    write_run(tmp_path, "authors", "eee", {"found": False}, end="2031-01-04", newest=True, frames=0)
    [judged] = claims.judge(tmp_path, claims=[claim_on("found")])
    assert (judged.verdict, judged.why) == ("not evaluated", "run with other parameters: frames = 0")


def test_what_a_claim_must_say_of_the_authors_data():
    """What cannot be judged there cannot be expected, and what can be has a reason."""
    for fields, words in [
        ({"tiers": ["sample"]}, "cannot be judged on the authors' data"),
        ({"expected_on_authors_reason": ""}, "say what is expected there, and why"),
    ]:
        with pytest.raises(ValueError, match=words):
            claim_on("found", **fields)


# --------------------------------------------------------------------------------------------------- LENS by plain sets


def naive_lens(trajectory, r_cut):
    """LENS by its definition, in double precision with the nearest image; and how many distances are close to r_cut."""
    before, close, delta = None, 0, []
    for positions, cell in zip(trajectory.positions.values.astype(float), trajectory.cell.values, strict=True):
        squares = np.zeros((len(positions),) * 2)
        for x, side in zip(positions.T, cell.diagonal(), strict=True):
            apart = x[:, None] - x
            squares += (apart - side * np.round(apart / side)) ** 2
        now = (squares <= r_cut**2) & ~np.eye(len(positions), dtype=bool)
        close += int((abs(np.sqrt(squares) - r_cut) < ROUNDING).sum()) // 2
        if before is not None:
            delta.append((now ^ before).sum(1) / np.maximum(now.sum(1) + before.sum(1), 1))
        before = now
    return np.array(delta), close


@pytest.mark.slow
@pytest.mark.skipif(REAL is None, reason="the published files are not here")
@pytest.mark.parametrize("r_cut", LENS_SUMS)
def test_lens_of_the_published_files(r_cut):
    """
    Over 100 frames: the stated sum with all digits, and what plain sets give, molecule by molecule.

    The coordinates are multiples of 0.01 Angstrom, read in single precision. Only the counted pairs, whose distance is
    within the rounding of r_cut, may differ in another program.
    """
    trajectory = sl.read_trajectory(REAL / "ice_water_ox.gro", REAL / "ice_water_ox.xtc", interval=0.1, n_frames=100)
    assert registry.git_blob_id(REAL / "ice_water_ox.xtc").startswith("7ab806b")
    delta, (expected, close) = sl.lens(trajectory, r_cut), naive_lens(trajectory, r_cut)
    np.testing.assert_array_equal(delta, expected)
    assert (math.fsum(delta.values.ravel()), close) == LENS_SUMS[r_cut]


@pytest.mark.slow
@pytest.mark.notebook
@pytest.mark.skipif(REAL is None, reason="the published files are not here")
def test_a_short_stretch_of_the_published_files(run_notebook, monkeypatch):
    """From the folder: the interface is found only jointly, and no molecule goes from ice to liquid directly."""
    monkeypatch.setenv("SOAPLENS_DATA", str(REAL))
    short = SHORT | {"data": NAME, "frames": 24, "n_max": 4, "l_max": 4, "lens_window": 10, "n_jobs": 0}
    _, numbers = run_notebook(NOTEBOOK, short)
    assert (numbers["centers"], numbers["frames_joint"]) == (2048, 13)
    assert numbers["joint.state_names"] == "ice, interface, liquid" and numbers["interface.only_joint"]
