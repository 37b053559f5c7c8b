"""Who may import whom, as the layers in pyproject.toml say; and that importing the package imports little else."""

import subprocess
import sys
from pathlib import Path

import pytest

import soaplens_lite as sl

ROOT = Path(__file__).resolve().parents[1]


def test_nothing_imports_upwards():
    """The contracts of import-linter in pyproject.toml hold; in a process of its own, as it silences all loggers."""
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))",
    ]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", sorted(sl.__all__))
def test_every_public_name_exists(name):
    """A lazily loaded name is a string until it is used: a wrong one would be noticed by readers only."""
    assert getattr(sl, name) is not None


@pytest.mark.parametrize(
    "folder", ["trajectory", "descriptors", "states", "kinetics", "systems", "plots", "study", "teaching"]
)
def test_every_name_of_a_folder_exists(folder):
    """The same for the folders."""
    module = getattr(sl, folder)
    assert [name for name in dir(module) if getattr(module, name) is None] == []


def test_importing_the_package_is_cheap():
    """Libraries of the science are loaded when they are used, so that the command line answers at once."""
    heavy = "dscribe", "hdbscan", "MDAnalysis", "sklearn", "matplotlib", "xarray", "numpy"
    code = f"import soaplens_lite, sys; print([name for name in {heavy} if name in sys.modules])"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"
