"""What the README promises is there: its files, its commands, and its lines of Python, which are run."""

import re
import shlex
import shutil
from pathlib import Path

import MDAnalysis
import pytest

from soaplens_lite.cli import main
from soaplens_lite.study import data as own
from soaplens_lite.study.claims import load_claims
from soaplens_lite.study.run import runner
from soaplens_lite.study.run.runner import RunResult

DONE = RunResult("01_cu211", "0" * 12, "complete", None)
ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
OWN = (ROOT / "docs" / "own_trajectory.md").read_text(encoding="utf-8")


def test_linked_files_exist():
    """A link or picture that leads nowhere is worse than none."""
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
        written = "tutorials/", "studies/", "api/"  # with the site, whose links tests/test_site.py follows
        lost = [target for target in targets if not target.startswith(written) and not (page.parent / target).exists()]
        assert lost == []


ON_TWO_TIERS = {  # what the README calls the claims that it shows on two tiers of data
    "LENS passes between slow and fast only through the class between": "icewater.lens.passes-between",
    "SOAP alone: ice and two liquids": "icewater.soap.states",
    "jointly: ice, interface, liquid": "icewater.joint.states",
    "the interface is found only jointly": "icewater.joint.interface-only-jointly",
    "no molecule passes directly between ice and liquid": "icewater.joint.only-through-interface",
    "a molecule crosses the interface": "icewater.joint.crossing",
    "the joint data need fewer components": "icewater.variance.fewer",
    "HDBSCAN fails on SOAP alone": "icewater.hdbscan.fails-on-soap",
}


def test_verdicts_on_two_tiers_are_those_of_the_ledger():
    """The table of the README says what the ledger expects, and what every run is compared with."""
    known = {claim.id: claim for claim in load_claims()}
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in README.splitlines() if line[:2] == "| "]
    shown = {row[0]: tuple(row[1:]) for row in rows if row[0] in ON_TWO_TIERS}
    claims = {words: known[name] for words, name in ON_TWO_TIERS.items()}
    assert shown == {
        words: (claim.expected_on("sample")[0], claim.expected_on("authors")[0]) for words, claim in claims.items()
    }


def test_make_words_exist():
    """Every `make word` of README and CONTRIBUTING is a target that `make help` explains."""
    text = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    words = set(re.findall(r"(?:`|^)make (?:[A-Z]+=\S+ )?([a-z]+)", text, flags=re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert {"reproduce", "test"} <= words <= explained


@pytest.fixture
def surface(tmp_path):
    """Write surface.pdb and surface.xtc, the first frames of the copper sample."""
    for ending in ("pdb", "xtc"):  # copied first: MDAnalysis writes an index beside what it reads
        shutil.copy(ROOT / "data_registry" / "samples" / "cu211" / f"cu211.{ending}", tmp_path)
    sample = MDAnalysis.Universe(tmp_path / "cu211.pdb", tmp_path / "cu211.xtc")
    sample.atoms.write(tmp_path / "surface.pdb")
    sample.atoms.write(tmp_path / "surface.xtc", frames=sample.trajectory[:26])
    return tmp_path


@pytest.mark.slow
def test_own_trajectory(surface, monkeypatch, capsys):
    """The recipe for one's own trajectory runs as printed and ends with rows that sum to one."""
    monkeypatch.chdir(surface)
    monkeypatch.setenv("SOAPLENS_CACHE", str(surface / "cache"))
    names = {}
    exec(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1], names)
    states = names["states"]
    assert states.labels.shape == names["delta"].shape
    assert states.kinetics.matrix.sum("target").values == pytest.approx(1)
    assert "state 0" in capsys.readouterr().out


def test_own_trajectory_by_command(surface, monkeypatch):
    """The file as printed describes the data that the command as printed states; all that differs is the frames."""
    monkeypatch.chdir(surface)
    (surface / "my.toml").write_text(re.search(r"```toml\n(.*?)```", OWN, re.DOTALL)[1])
    asked = []
    monkeypatch.setattr(runner, "run", lambda *given, **options: asked.append((given, options)) or DONE)
    by_options, by_file = re.findall(r"^soaplens (run 01_cu211 .*)$", OWN, flags=re.MULTILINE)
    assert f".venv/bin/soaplens {by_options}" in README
    for words in (by_options, by_file):
        with pytest.raises(SystemExit):
            main(shlex.split(words))
    assert asked[1][0] == ("01_cu211", {"frames": "200", "data": "my.toml"})
    stated = own.describe(own.read_statement(**asked[0][1]["stated"]))
    assert stated.checksum == own.find("my.toml").checksum and stated.n_centers == 904
