"""A run as an RO-Crate: what is packed, and what its description says when it is read back."""

import gc
import hashlib
import json
import zipfile
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from limits import no_file_above
from rocrate.rocrate import ROCrate

from soaplens_lite.cli import main
from soaplens_lite.study import data as registry
from soaplens_lite.study import record
from soaplens_lite.study.report import crate
from soaplens_lite.study.run import folders

pytestmark = pytest.mark.slow

CITATION = Path(__file__).resolve().parents[1] / "CITATION.cff"


def plot_map(ax):
    """A picture that has the name of a kind."""
    ax.plot([0, 1])


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A complete run with one figure."""
    folder = tmp_path_factory.mktemp("results") / "01_cu211" / "c0ffee"
    folder.mkdir(parents=True)
    about = {
        "status": "running",
        "notebook": "01_cu211",
        "run_id": "c0ffee",
        "start": "2031-01-01T10:00:00+00:00",
        "end": "2031-01-01T10:03:00+00:00",
        "seconds": 180.0,
        "seconds_per_section": {"A question": 170.0},
        "figures": 1,
        "parameters": {"data": "cu211-sample", "r_cut": 5.5},
        "changed": {"r_cut": 5.5},
        "data": {"cu211-sample": registry.data_sets()["cu211-sample"].checksum},
        "code": "12" * 32,
        "git": {"commit": "813d10f", "clean": True},
        "versions": {"numpy": "2.4.6", "soaplens_lite": "0.1.0", "numba": None},
        "python": "3.11.7",
        "platform": "Linux",
    }
    folders.write_json(folder / "run.json", about)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOAPLENS_RUN_DIR", str(folder))
        left = record.Record("01_cu211", about["parameters"])
        left.panel("fig2b_map", plot_map)
        left.finish()
    (folder / "notebook.ipynb").write_text("{}")
    folders.write_json(folder / "run.json", about | {"status": "complete"})
    return folder


@pytest.fixture(scope="module")
def back(run, tmp_path_factory):
    """The crate of the run, made by the command and read back."""
    out = tmp_path_factory.mktemp("crate") / "run.zip"
    result = CliRunner().invoke(main, ["crate", str(run), str(out)])
    assert result.exit_code == 0 and result.output.strip() == str(out)
    return ROCrate(out)


def test_every_file_is_packed_and_described(run, back):
    """As it is, with type, size and checksum; figures say what they show."""
    expected = {path.relative_to(run).as_posix(): path.read_bytes() for path in run.rglob("*") if path.is_file()}
    described = {entity.id: entity for entity in back.data_entities}
    assert set(described) == set(expected) and len(expected) == 5
    for name, content in expected.items():
        assert (Path(back.source) / name).read_bytes() == content
        assert described[name]["contentSize"] == str(len(content))
        assert described[name]["sha256"] == hashlib.sha256(content).hexdigest()
    kinds = {Path(name).suffix: entity["encodingFormat"] for name, entity in described.items()}
    expected = ("image/png", "image/svg+xml", "application/json", "application/x-ipynb+json")
    assert tuple(kinds[ending] for ending in (".png", ".svg", ".json", ".ipynb")) == expected
    assert described["figures/fig2b_map.svg"]["description"].startswith("Figure 2b: map of all points")


def test_licence_date_and_profile(back):
    """What a repository asks for before it takes anything."""
    root = back.root_dataset
    assert [entity.id for entity in root["license"]] == ["https://creativecommons.org/licenses/by/4.0/"]
    assert root["datePublished"] == "2031-01-01T10:03:00+00:00" and "c0ffee" in root["name"]
    assert root["conformsTo"].id == "https://w3id.org/ro/wfrun/process/0.5"
    assert "Not the article's own data" in root["description"]


def test_the_article_is_cited_as_in_the_citation_file(back):
    """Title, journal, and all authors in their order."""
    paper = yaml.safe_load(CITATION.read_text("utf-8"))["preferred-citation"]
    article = back.root_dataset["citation"]
    assert article.type == "ScholarlyArticle" and article["name"] == paper["title"]
    names = [(author["familyName"], author["givenName"]) for author in article["author"]]
    assert names == [(author["family-names"], author["given-names"]) for author in paper["authors"]]
    assert paper["journal"] in article["isPartOf"] and article["pagination"] == paper["start"]


def test_what_made_the_files(run, back):
    """The program with its packages and commit, the data with their checksum, every parameter, and the command."""
    action = back.root_dataset["mentions"]
    program, objects = action["instrument"], action["object"]
    assert (program["softwareVersion"], program["version"]) == ("0.1.0", "813d10f")
    packages = {entity["name"]: entity["softwareVersion"] for entity in program["softwareRequirements"]}
    assert packages == {"Python": "3.11.7", "numpy": "2.4.6"}
    values = {entity["name"]: entity["value"] for entity in objects if entity.type == "PropertyValue"}
    assert values == {"data": "cu211-sample", "r_cut": 5.5}
    (data,) = (entity for entity in objects if entity.type == "Dataset")
    assert data["identifier"] == f"sha256:{registry.data_sets()['cu211-sample'].checksum}"
    assert {entity.id for entity in action["result"]} == {entity.id for entity in back.data_entities}
    assert action["description"].endswith("soaplens run 01_cu211 -p r_cut=5.5")


def test_the_metadata_are_one_whole_graph(back):
    """No reference leads nowhere, but to addresses on the web."""
    graph = json.loads((Path(back.source) / "ro-crate-metadata.json").read_text("utf-8"))["@graph"]
    known = {entity["@id"] for entity in graph}

    def references(value):
        if isinstance(value, dict):
            yield from [value["@id"]] if set(value) == {"@id"} else []
            value = list(value.values())
        for item in value if isinstance(value, list) else []:
            yield from references(item)

    asked = {target for entity in graph for target in references(list(entity.values()))}
    assert {target for target in asked - known if not target.startswith("https://w3id.org/ro/crate/")} == set()


def test_data_of_ones_own_have_the_licence_that_their_owner_gives(run, tmp_path):
    """It is not guessed."""
    about = folders.state(run)
    own = tmp_path / "run"
    own.mkdir()
    folders.write_json(own / "run.json", about | {"data": {"mine": "ab" * 32}})
    (own / "numbers.json").write_text("{}")
    back = ROCrate(crate.export(own, tmp_path / "own.zip"))
    assert [entity["name"] for entity in back.root_dataset["license"]] == ["that of the user's own data"]


@pytest.mark.parametrize(
    ("status", "out", "message"),
    [
        ("failed", "x.zip", r"holds no complete run \(status: failed\)"),
        ("complete", "x.tar", "must end in .zip"),
        ("complete", "/dev/null/x.zip", "/dev/null/x.zip cannot be written"),
    ],
)
def test_what_cannot_be_exported(run, tmp_path, monkeypatch, status, out, message):
    """One message, and nothing is written."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "run"
    folder.mkdir()
    folders.write_json(folder / "run.json", folders.state(run) | {"status": status})
    (folder / "numbers.json").write_text("{}")
    with pytest.raises(crate.CrateError, match=message):
        crate.export(folder, out)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ('{"status": "complete"}', "does not say where it came from"),
        ('"x"', "holds no complete run"),
        ('{"status": ["complete"]}', "holds no complete run"),
        ({"data": 3}, "does not say where it came from"),
        ({"versions": None}, "does not say where it came from"),
        ({"git": {"commit": 3}}, "does not say where it came from"),
        ({"code": None}, "no longer complete: code is not known: run it again"),
        ({"end": None}, "no longer complete: run.json does not say end"),
        ({"files": {"figures/fig2b_map.png": 9}}, "no longer complete: figures/fig2b_map.png is missing: run it again"),
        ({"files": {"numbers.json": 9}}, "no longer complete: numbers.json is cut short: run it again"),
        ({"files": {"numbers.json": "9"}}, "no longer complete: numbers.json is cut short"),
        ({"files": []}, "no longer complete: run.json does not say which files"),
    ],
)
def test_what_is_damaged_is_not_exported(run, tmp_path, told, message):
    """A run.json of another origin, and files that are no longer there: one message, and nothing is written."""
    folder = tmp_path / "01_cu211" / "abc"
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(told if isinstance(told, str) else json.dumps(folders.state(run) | told))
    (folder / "numbers.json").write_text("{}")
    result = CliRunner().invoke(main, ["crate", str(folder), str(tmp_path / "x.zip")])
    assert result.exit_code == 1 and message in result.output and isinstance(result.exception, SystemExit)
    assert [path.name for path in tmp_path.iterdir()] == ["01_cu211"]


def test_a_full_disk_leaves_no_archive(run, tmp_path, capsys):
    """Neither half of one nor a complaint of the library, wherever the disk becomes full."""
    size = crate.export(run, tmp_path / "whole.zip").stat().st_size
    for limit in (0, size // 2, size - 1):
        with no_file_above(limit), pytest.raises(crate.CrateError, match="x.zip cannot be written: File too large"):
            crate.export(run, tmp_path / "x.zip")
    gc.collect()
    assert [path.name for path in tmp_path.iterdir()] == ["whole.zip"] and capsys.readouterr().err == ""


def test_the_archive_is_named_after_the_run(run, tmp_path, monkeypatch):
    """In the current folder, where no name is given."""
    monkeypatch.chdir(tmp_path)
    assert crate.export(run) == Path("01_cu211-c0ffee.crate.zip")
    assert "ro-crate-metadata.json" in zipfile.ZipFile("01_cu211-c0ffee.crate.zip").namelist()
