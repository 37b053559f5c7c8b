"""
What a result depends on: code, data, parameters, and the libraries that compute it.

The id of a run is derived from these, so that the same run is recognized and a changed one is not taken for it.
What does not change a result does not enter it: comments, docstrings, text of notebooks, claims, the report. Together
with commit and platform they are the *stamp* that every file of a run carries (see `stamps`); it tells which command
makes the file again.
"""

import ast
import hashlib
import json
import platform
import re
import shlex
import subprocess
import tomllib
from functools import cache
from importlib import metadata
from pathlib import Path

from soaplens_lite.study import PACKAGE, StudyError, bundled, checkout
from soaplens_lite.study.data import data_sets
from soaplens_lite.study.run import notebooks, stamps
from soaplens_lite.study.run.folders import OF_A_RUN, lacks, now, results_folder, state

SCIENCE = ("numpy", "scipy", "scikit-learn", "hdbscan", "dscribe", "MDAnalysis", "numba")
TOOLS = ("soaplens_lite", "xarray", "pandas", "matplotlib", "pycirclize", "papermill", "nbclient", "ipykernel")

# Code that starts runs, judges or shows them: a run is not repeated because it changed.
NOT_IN_RESULTS = (
    "cli/",
    "__main__.py",
    "study/settings.py",
    "study/run/",
    "study/batch/",
    "teaching/",
    "study/claims/",
    "study/report/",
)
# Of these folders, what results do depend on.
IN_RESULTS = ("study/run/parameters.py", "study/run/prepare.py", "study/claims/results.py", "study/claims/findings.py")

OF_A_STAMP = {"notebook": str, "run": str, "date": str, "parameters": dict}
OF_A_STAMP |= {"data": dict, "versions": dict, "python": str, "platform": str}

INTERACTIVE = "interactive"  # in place of a run id where a notebook was executed by hand


class ProvenanceError(StudyError):
    """A file whose origin is not recorded."""


def code_checksum(notebook):
    """
    One checksum for the code that the results of a notebook depend on.

    Parameters
    ----------
    notebook : path
        Its source. The parameters cell does not count, as a run gets all its parameters from outside.

    Returns
    -------
    checksum : str
        Over the code of package and notebook, without comments and docstrings, and the colors, style and layout of
        figures.
    """
    cells = [cell for cell in notebooks.read(notebook).cells if cell.cell_type == "code"]
    counting = [cell.source for cell in cells if "parameters" not in cell.metadata.get("tags", [])]
    summary = hashlib.sha256(json.dumps([without_comments(source) for source in counting]).encode())
    for path in sorted(path for ending in (".py", ".toml", ".mplstyle") for path in PACKAGE.rglob(f"*{ending}")):
        name = path.relative_to(PACKAGE)
        hidden = any(part.startswith((".", "_bundled")) for part in name.parts)
        if not hidden and (not name.as_posix().startswith(NOT_IN_RESULTS) or name.as_posix() in IN_RESULTS):
            content = path.read_text("utf-8")
            counting = _counting(content, path.suffix)
            summary.update(json.dumps([name.as_posix(), counting]).encode())
    return summary.hexdigest()


def _counting(content, suffix):
    """What counts of a file: all but comments and layout."""
    if suffix == ".toml":
        return json.dumps(tomllib.loads(content))
    return without_comments(content) if suffix == ".py" else re.sub(r"(?m)^#.*\n?", "", content)


@cache  # a batch asks for the same code for each of its runs
def without_comments(source):
    """
    Code as it counts: without comments, docstrings and layout.

    Parameters
    ----------
    source : str

    Returns
    -------
    code : str
        `source` itself where it is not plain Python, a cell with a magic command for instance.

    Examples
    --------
    >>> print(without_comments("def f(x):\\n    'Twice.'\\n    return  2*x  # as it says"))
    def f(x):
        return 2 * x
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return source
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if ast.get_docstring(node, clean=False) is not None:
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def of_data(data_set):
    """
    What of a data set changes results: its files, and what the registry or the user states of them.

    Parameters
    ----------
    data_set : soaplens_lite.study.data.DataSet

    Returns
    -------
    content : dict
    """
    stated = ("id", "interval", "periodic", "species", "centers", "n_centers", "cell", "elements", "group")
    return {"checksum": data_set.checksum} | {name: getattr(data_set, name, None) for name in stated}


def run_id(notebook, parameters, data, code):
    """
    Short name of a run, the same whenever the same is run.

    Parameters
    ----------
    notebook : str
    parameters : dict
    data : list of dict
        See `of_data`.
    code : str
        See `code_checksum`.

    Returns
    -------
    run_id : str
        12 hexadecimal digits.
    """
    what = [notebook, parameters, data, code, versions(SCIENCE)]
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:12]


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


def folder_by_hand(notebook, parameters):
    """
    Where a notebook records that papermill or a reader executes, without `soaplens run`.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    parameters : dict
        As the notebook uses them.

    Returns
    -------
    folder : pathlib.Path
        ``<results>/<notebook>/interactive-<key>``, the same for the same parameters and another one for others: what
        two executions leave is never mixed.
    """
    text = json.dumps(parameters, sort_keys=True, default=str)
    return results_folder() / notebook / f"{INTERACTIVE}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


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


def stamp_of_run(folder, notebook, parameters):
    """
    What the stamps of all files of a run have in common.

    Parameters
    ----------
    folder : path
        Of the run. What the runner wrote to its ``run.json`` is taken over; a notebook that is executed by hand
        has none, and what can be found out is.
    notebook : str
    parameters : dict
        As the notebook uses them, of what JSON knows.

    Returns
    -------
    stamp : dict
        ``notebook``, ``run`` (its id or "interactive"), ``date`` (when the run began), ``parameters``, ``changed``
        (those that are not the notebook's own; unknown and absent if it was executed by hand), ``data``
        (checksums by data set), ``licences`` (and copyright, by data set), ``code`` (checksum, likewise absent),
        ``git``, ``versions``, ``python``, ``platform``.
    """
    known = state(folder)
    if lacks(known, OF_A_RUN):
        listed, named = data_sets(), [value for value in parameters.values() if isinstance(value, str)]
        data = {name: listed[name].checksum for name in named if name in listed}
        licences = {name: listed[name].terms for name in data}
        known = {"run_id": INTERACTIVE, "start": now(), "data": data, "licences": licences, **environment()}
    stamp = {"notebook": notebook, "run": known["run_id"], "date": known["start"], "parameters": parameters}
    names = ("changed", "data", "licences", "code", "git", "versions", "python", "platform")
    return stamp | {name: known[name] for name in names if name in known}


def read(path):
    """
    Where a file came from.

    Parameters
    ----------
    path : path
        A file that a run left, wherever it is now, or a run folder.

    Returns
    -------
    stamp : dict
        See `stamp_of_run`; ``panel`` besides for a single file.

    Raises
    ------
    ProvenanceError
        If there is no such file, or neither it nor the folder it lies in says where it came from.
    """
    path = Path(path)
    try:
        stamp = None if path.is_dir() else stamps.read(path)
    except OSError as error:
        raise ProvenanceError(f"{path} cannot be read: {error.strerror}") from None
    if stamp and _is_whole(stamp):
        return stamp
    for folder in [path.resolve(), *path.resolve().parents][:3]:  # the run folder, or one of its files or figures
        known = state(folder)
        if not lacks(known, OF_A_RUN):
            stamp = stamp_of_run(folder, known["notebook"], known["parameters"])
        elif (folder / "numbers.json").is_file():
            stamp = stamps.read(folder / "numbers.json")
        if stamp and _is_whole(stamp):
            return {key: value for key, value in stamp.items() if key != "panel"}
    raise ProvenanceError(
        f"{path} does not say where it came from: give a figure, movie, table or folder that a run left. Programs that "
        "change a figure, and messengers that send it, often drop what it carries; the original in results/ has it"
    )


def _is_whole(stamp):
    """Whether a stamp says all that is shown of it; another program may have put something else in its place."""
    git, changed = stamp.get("git"), stamp.get("changed", {})
    has_commit = git is None or (isinstance(git, dict) and not lacks(git, {"commit": str, "clean": bool}))
    return has_commit and isinstance(changed, dict) and not lacks(stamp, OF_A_STAMP)


def commands(stamp):
    """
    What to type to make a file again.

    Parameters
    ----------
    stamp : dict

    Returns
    -------
    lines : list of str
        To be typed at the top of the repository.

    Examples
    --------
    >>> commands({"notebook": "01_cu211", "changed": {"r_cut": 5.5}, "git": {"commit": "813d10f", "clean": True}})
    ['git checkout 813d10f', 'make setup', '.venv/bin/soaplens run 01_cu211 -p r_cut=5.5']
    """
    changed = stamp.get("changed", stamp.get("parameters", {}))
    given = [f"-p {shlex.quote(f'{name}={_as_typed(value)}')}" for name, value in changed.items()]
    run = " ".join(["soaplens run", stamp["notebook"], *given])
    if not stamp.get("git"):
        return [run]
    return [f"git checkout {stamp['git']['commit']}", "make setup", f".venv/bin/{run}"]


def _as_typed(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def readable(stamp):
    """
    A stamp for people, ending with the command that makes the file again.

    Parameters
    ----------
    stamp : dict

    Returns
    -------
    text : str
    """
    git = stamp.get("git")
    rows = {
        "panel": stamp.get("panel"),
        "notebook": f"{stamp['notebook']}, run {stamp['run']}",
        "run began": stamp["date"],
        "data": [f"{name}, sha256 {checksum}" for name, checksum in stamp.get("data", {}).items()],
        "licence": [f"{name}: {terms}" for name, terms in stamp.get("licences", {}).items()],
        "parameters": [f"{name} = {_as_typed(value)}" for name, value in stamp["parameters"].items()],
        "code": git and f"commit {git['commit']}, {'clean' if git['clean'] else 'and changes that are in no commit'}",
        "packages": ", ".join(f"{name} {version}" for name, version in stamp["versions"].items() if version),
        "Python": f"{stamp['python']} on {stamp['platform']}",
    }
    lines = []
    for name, value in rows.items():
        for number, line in enumerate(value if isinstance(value, list) else [value] if value else []):
            lines.append(f"{'' if number else name:<12}{line}")
    return "\n".join([*lines, "", "To make it again:", *(f"  {line}" for line in commands(stamp)), *_remarks(stamp)])


def _remarks(stamp):
    """What one has to know before trusting that the commands give the same."""
    if not stamp.get("git"):
        version = stamp["versions"].get("soaplens_lite")
        yield f"The code came from no repository but from an installed package, soaplens_lite {version}."
    elif not stamp["git"]["clean"]:
        yield "The tree had changes that are in no commit: this commit alone may give something else."
    if str(stamp["parameters"].get("data", "")).endswith(".toml"):
        yield "The data are the user's own: give the path of the TOML file in the run's folder, which describes them."
    if stamp["run"] == INTERACTIVE:
        yield "The notebook was executed by hand: its cells may have been changed, or run in another order."
    elif stamp.get("code") == _code_here(stamp["notebook"]):
        yield "The code in use here is that very code: the last command is enough."
    yield "A run that is still in results/ is not repeated unless --force is given."


def _code_here(notebook):
    source = bundled("notebooks") / f"{notebook}.py"
    return code_checksum(source) if source.is_file() else None
