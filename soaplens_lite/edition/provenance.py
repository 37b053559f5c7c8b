"""
What a result depends on: the code, the data, the parameters, and the environment they met in.

The id of a run is derived from the first three, so that the same run is recognized and an edited one is not
mistaken for it. The environment is written beside the results.
"""

import hashlib
import json
import platform
import subprocess
from importlib import metadata

from . import PACKAGE, bundled, checkout

SCIENCE = ("numpy", "scipy", "scikit-learn", "hdbscan", "dscribe", "MDAnalysis", "numba")
TOOLS = ("soaplens_lite", "xarray", "pandas", "matplotlib", "pycirclize", "papermill", "nbclient", "ipykernel")


def code_checksum(notebook):
    """
    One checksum for everything of ours that a run executes.

    Parameters
    ----------
    notebook : pathlib.Path
        Its source.

    Returns
    -------
    checksum : str
        Over the sources of package and notebook, the tables beside the data, and the lock where there is one.
    """
    files = [path for path in PACKAGE.rglob("*.py") if "_bundled" not in path.parts]
    files += bundled("data_registry").glob("*.toml")
    files += [notebook]
    if checkout() and (checkout() / "requirements.lock").is_file():
        files += [checkout() / "requirements.lock"]
    summary = hashlib.sha256()
    for name, path in sorted((_name(path), path) for path in files):
        summary.update(f"{name} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return summary.hexdigest()


def _name(path):
    """Name of a file that does not depend on where the package stands."""
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name


def run_id(notebook, parameters, data, code):
    """
    Short name of a run, the same whenever the same is run.

    Parameters
    ----------
    notebook : str
    parameters : dict
    data : dict of str to str
        Checksums by data set.
    code : str
        See `code_checksum`.

    Returns
    -------
    run_id : str
        12 hexadecimal digits.
    """
    what = [notebook, parameters, data, code, versions(SCIENCE)]
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:12]


def versions(names=SCIENCE + TOOLS):
    """
    Versions of installed packages.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    versions : dict of str to str or None
        None for a package that is not installed.
    """
    return {name: _version(name) for name in names}


def _version(name):
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def git_state():
    """
    The commit that the code stands at.

    Returns
    -------
    state : dict or None
        ``commit`` and ``clean`` (False if tracked or new files differ from it). None for an installed package,
        and where there is no git.
    """
    root = checkout()
    if root is None or not (root / ".git").exists():
        return None
    try:
        commit, changes = (
            subprocess.run(["git", "-C", root, *command], capture_output=True, text=True, check=True, timeout=30).stdout
            for command in (["rev-parse", "HEAD"], ["status", "--porcelain"])
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return {"commit": commit.strip(), "clean": not changes.strip()}


def environment():
    """
    What to write beside a result about where it was made.

    Returns
    -------
    environment : dict
        ``git``, ``versions``, ``python``, ``platform``.
    """
    return {
        "git": git_state(),
        "versions": versions(),
        "python": platform.python_version(),
        "platform": platform.platform(),
    }
