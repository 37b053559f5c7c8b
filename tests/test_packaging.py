"""A wheel carries the package, the notebooks as text and the data registry, works by itself, and holds no litter."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
LITTER = ("notebooks/01_cu211.ipynb", "notebooks/.ipynb_checkpoints/01_cu211.ipynb", "soaplens_lite/__pycache__/x.pyc",
          "soaplens_lite/study/.ipynb_checkpoints/a-checkpoint.py", "notebooks/.ipynb_checkpoints/01-checkpoint.py",
          "data_registry/samples/cu211/.cu211.xtc_offsets.npz")  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build a wheel from a copy of the sources in which somebody has worked."""
    folder = tmp_path_factory.mktemp("sources")
    for name in ("pyproject.toml", "README.md", "LICENSE", "CITATION.cff", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    for name in ("soaplens_lite", "notebooks", "data_registry"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.ipynb", ".*", "__pycache__"))
    for name in LITTER:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("{}")
    return Path(next(WheelBuilder(str(folder)).build(directory=str(folder / "dist"))))


def files(folder, pattern="*"):
    """Paths of the files in a folder of the repository, without hidden ones and caches."""
    found = (path.relative_to(folder) for path in folder.rglob(pattern) if path.is_file())
    return {p.as_posix() for p in found if not any(s.startswith((".", "__pycache__")) for s in p.parts)}


def test_wheel_holds_what_a_reader_needs_and_no_more(wheel):
    """The three folders, each at its place; neither checkpoints nor outputs nor index files."""
    names = {n for n in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in n}
    expected = {f"soaplens_lite/{name}" for name in files(ROOT / "soaplens_lite", "*.py")}
    others = {
        name for name in files(ROOT / "soaplens_lite") if name.endswith((".toml", ".mplstyle")) or "/templates/" in name
    }
    expected |= {f"soaplens_lite/{name}" for name in others}
    expected |= {"soaplens_lite/py.typed"}
    expected |= {f"soaplens_lite/_bundled/notebooks/{name}" for name in files(ROOT / "notebooks", "*.py")}
    expected |= {f"soaplens_lite/_bundled/data_registry/{name}" for name in files(ROOT / "data_registry")}
    assert names == expected | {"soaplens_lite/_bundled/CITATION.cff"}


def test_wheel_works_by_itself(wheel, tmp_path):
    """Unpacked far from the checkout, it finds its own notebooks and verified data."""
    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    code = (
        "from soaplens_lite.study import checkout, data as registry; from soaplens_lite.study.run import notebooks;"
        "print(checkout(), *notebooks.studies(), registry.fetch('cu211-sample').trajectory)"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    root, *studies, trajectory = run.stdout.split()
    assert root == "None"
    assert studies == sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.py"))
    assert Path(trajectory).is_relative_to(tmp_path / "site")


def test_entry_points(wheel):
    """The command and papermill's reader are announced under the names that the README uses."""
    with zipfile.ZipFile(wheel) as archive:
        text = next(archive.read(n).decode() for n in archive.namelist() if n.endswith("/entry_points.txt"))
    assert "[console_scripts]\nsoaplens = soaplens_lite.cli:main" in text
    assert "[papermill.io]\nsoaplens:// = soaplens_lite.study.run.notebooks:SoaplensHandler" in text
