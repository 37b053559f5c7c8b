"""The site: builds without a warning and without a network, holds every public name, and asks no other host."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import numpy as np
import pytest

import soaplens_lite as sl
from soaplens_lite.study.run import notebooks

pytest.importorskip("myst_nb", reason="the extra docs is not installed")
pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (
    "trajectory",
    "descriptors",
    "states",
    "kinetics",
    "plots",
    "teaching",
    "study.data",
    "study.batch",
    "study.claims",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The pages by name; of the studies only 01 was executed. Tutorials are not executed here, other tests do that."""
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("api", "studies", "tutorials"))
    executed = notebooks.read(notebooks.find("01_cu211"))
    code = next(cell for cell in executed.cells if cell.cell_type == "code")
    code.outputs = [nbformat.v4.new_output("stream", text="it was executed", name="stdout")]
    run = folder / "results" / "01_cu211" / "latest"
    run.mkdir(parents=True)
    nbformat.write(executed, run / "notebook.ipynb")
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-D", "nb_execution_mode=off", "docs", "out"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "SOAPLENS_RESULTS": str(folder / "results")}
    built = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    return {p.relative_to(folder / "out").as_posix(): p.read_text("utf-8") for p in (folder / "out").rglob("*.html")}


def test_every_notebook_has_a_page(site):
    """A study that was executed shows its outputs; one that was not says so."""
    assert {f"{n}.html" if "/" in n else f"studies/{n}.html" for n in notebooks.names()} <= site.keys()
    assert "it was executed" in site["studies/01_cu211.html"]
    said = {name: "Not executed when" in page for name, page in site.items() if name.startswith("studies/")}
    assert said.pop("studies/01_cu211.html") is False and said and all(said.values())


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_public_name_is_described(site, folder):
    """It has an anchor, to which other pages can lead."""
    names = importlib.import_module(f"soaplens_lite.{folder}").__all__
    anchors = set(re.findall(r'id="([^"]+)"', site[f"api/{folder}.html"]))
    assert [name for name in names if f"soaplens_lite.{folder}.{name}" not in anchors] == []


def test_pages_load_nothing_from_other_hosts(site):
    """Neither scripts, styles, fonts nor pictures."""
    loaded = re.compile(
        r"""<(?:script|img|iframe)[^>]*src=["']?(?:https?:)?//|<link[^>]*stylesheet[^>]*href=["']?http"""
    )
    assert {name: loaded.findall(page) for name, page in site.items() if loaded.search(page)} == {}


def test_formulas_are_shown_as_such(site):
    """MathML, with nothing left of LaTeX; of LENS, SOAP and the correlation distance among others."""
    assert site["concepts.html"].count('<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"') >= 7
    texts = {name: re.sub(r"<(pre|code|script).*?</\1>", "", page, flags=re.DOTALL) for name, page in site.items()}
    assert {name for name, text in texts.items() if re.search(r"\$\$|\\frac|\\sum", text)} == set()


def test_links_to_sections_lead_somewhere(site):
    """Sphinx warns of links in text; tables and pages of notebooks are looked at here."""
    broken = []
    for name, page in site.items():
        for link in re.findall(r'<a class="reference internal" href="([^"]*)"', page):
            target, _, anchor = unescape(link).partition("#")
            path = os.path.normpath(os.path.join(os.path.dirname(name), target)) if target else name
            if path not in site or (anchor and f'id="{anchor}"' not in site[path]):
                broken.append((name, link))
    assert broken == []


def test_the_descriptor_of_the_guide_is_right():
    """Atom 0 has neighbors 1 and 2 Angstrom away, then 1 alone; atom 3 has none."""
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "new_descriptor.md").read_text(), re.DOTALL)
    exec(compile(code, "new_descriptor.md", "exec"), names := {})
    frames = [[[0, 0, 0], [1, 0, 0], [0, 2, 0], [9, 9, 9]], [[0, 0, 0], [1, 0, 0], [0, 3, 0], [9, 9, 9]]]
    found = names["mean_distance"](sl.make_trajectory(frames, ["Cu"] * 4), np.array([0, 3]), 2.5)
    np.testing.assert_allclose(found, [[1.5, np.nan], [1.0, np.nan]])
