"""A wheel carries the package, the notebooks as text and the data registry, works by itself, and holds no litter."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest
import yaml
from hatchling.builders.wheel import WheelBuilder

from soaplens_lite.study import PACKAGE
from soaplens_lite.study.run import notebooks

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parent.parent
WHERE = "import sysconfig; print(sysconfig.get_path('purelib'))"
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
    names = {n for n in zipfile.ZipFile(wheel).namelist() if not re.search(r"\.(dist-info|data)/", n)}
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


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A new environment that holds the wheel, and for all else takes the packages of the present one."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    where = subprocess.run([python, "-c", WHERE], capture_output=True, text=True, check=True).stdout.strip()
    Path(where, "others.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run(pip, check=True, capture_output=True)
    return folder


def test_a_tutorial_runs_from_a_wheel(environment, tmp_path):
    """Outside the repository: the command writes the tutorial, which runs with the wheel's own code and data."""
    settings = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
    settings |= {"PATH": f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}", "CI": "true"}
    settings |= {"JUPYTER_DATA_DIR": str(tmp_path / "jupyter"), "IPYTHONDIR": str(tmp_path / "ipython")}

    def run(*command):
        done = subprocess.run(command, cwd=tmp_path, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    bin = environment / "bin"
    assert str(environment) in run(bin / "python", "-c", "import soaplens_lite; print(soaplens_lite.__file__)")
    run(bin / "soaplens", "notebooks", "course", "--solutions")
    assert sorted(path.name for path in tmp_path.glob("course/tutorials/*")) == ["t1.ipynb", "t2.ipynb", "t3.ipynb"]
    execute = ("-m", "nbconvert", "--to", "notebook", "--execute", "--output", "done")
    run(bin / "python", *execute, "course/tutorials/t1.ipynb")
    executed = nbformat.read(tmp_path / "course" / "tutorials" / "done.ipynb", 4)
    replies = [
        output.get("data", {}).get("text/markdown", "") for cell in executed.cells for output in cell.get("outputs", [])
    ]
    assert sum(": right." in reply for reply in replies) == 5


def test_a_wheel_opens_python_files_as_notebooks(environment):
    """The setting that tests/test_lab.py tries in JupyterLab stands where JupyterLab looks for settings of packages."""
    setting = Path("overrides.d", "soaplens_lite.json")
    installed = environment / "share" / "jupyter" / "lab" / "settings" / setting
    assert installed.read_bytes() == (PACKAGE / "study" / "templates" / "lab" / setting).read_bytes()


def test_binder_installs_what_the_lock_says():
    """Its list names the lock, its script is valid and copies the page that the badge opens."""
    listed = yaml.safe_load((ROOT / "binder" / "environment.yml").read_text())
    assert listed["dependencies"][-1] == {"pip": ["-r ../requirements.lock"]}
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK) and subprocess.run(["bash", "-n", script], check=False).returncode == 0
    links = re.findall(r"\]\(([^)]+)\.ipynb\)", (ROOT / "binder" / "start.md").read_text())
    assert links and set(links) <= set(notebooks.names())
    (badge,) = re.findall(r"https://mybinder.org/v2/\S+urlpath=([^)\s]+)", (ROOT / "README.md").read_text())
    assert unquote(badge) == "lab/tree/lab/start.md?factory=Markdown%20Preview"
