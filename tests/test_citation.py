"""What CITATION.cff says is complete and agrees with the package."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
CITATION = yaml.safe_load(TEXT)


def test_software_agrees_with_the_package():
    """Format version, kind, name, version and licence; the version is kept in two files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert CITATION["cff-version"] == "1.2.0"
    assert CITATION["type"] == "software"
    assert CITATION["title"].startswith(project["name"])
    assert CITATION["version"] == project["version"]
    assert CITATION["license"] == project["license"]
    assert CITATION["authors"] == project["authors"]
    assert CITATION["message"]


def test_changelog_knows_this_version():
    """Each version that can be cited says what it brought."""
    assert f"## {CITATION['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_paper_is_the_preferred_citation():
    """Five authors, journal, volume, article number, year and preprint, as printed on the paper."""
    paper = CITATION["preferred-citation"]
    names = [author["family-names"] for author in paper["authors"]]
    assert names == ["Crippa", "Cardellini", "Cioni", "Csányi", "Pavan"]
    assert paper["title"].startswith("Machine learning of microscopic structure-dynamics relationships")
    assert paper["journal"] == "Machine Learning: Science and Technology"
    assert (paper["volume"], paper["start"], paper["year"]) == (4, "045044", 2023)
    assert [i["value"] for i in paper["identifiers"]] == ["arXiv:2308.16829"]


def test_data_of_the_paper_are_the_only_doi():
    """The paper's archive is named; no other DOI stands here, in no field."""
    assert [r["doi"] for r in CITATION["references"]] == ["10.5281/zenodo.10213827"]
    assert re.findall(r"\b10\.\d{4,}/\S+", TEXT) == ["10.5281/zenodo.10213827"]
