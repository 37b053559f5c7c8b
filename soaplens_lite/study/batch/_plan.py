"""
What a batch is to run: rows of parameters, from a grid or from a file, all checked before the first run starts.

A row is a run and a column is a parameter; an empty cell means the notebook's default.
"""

import csv
import itertools
import math
import tomllib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from soaplens_lite.study import StudyError, suggest
from soaplens_lite.study.run import notebooks, parameters
from soaplens_lite.study.run.prepare import Job, prepare

MAX_RUNS = 10_000
RUNS_WITHOUT_ASKING = 200
MAX_FAULTS = 20  # that one message names

# Parameters that descriptors depend on, and parameters that no clustering depends on: runs that agree in the first, or
# differ in the last only, share what the cache holds.
OF_DESCRIPTORS = ("data", "copper", "gold", "water", "frames", "r_cut", "n_max", "l_max")
AFTER_CLUSTERING = ("merge_cut", "lens_classes", "bootstrap", "movie_frames", "export_stride", "n_jobs", "palette")

OWN_COLUMNS = ("notebook", "run_id")  # of a plan, beside parameters; the second one only in the plan of a batch


class BatchError(StudyError):
    """A batch that cannot begin or go on."""


@dataclass(frozen=True)
class Row:
    """
    A row of a plan.

    Attributes
    ----------
    number : int
        Place in the plan, from 1.
    notebook : str
        As it was given.
    given : dict of str to (str, number or bool)
        Parameters that do not have their default; text is read as the type of the parameter.
    job : soaplens_lite.study.run.prepare.Job or None
        What is to be run, once `validate` has checked the row.
    """

    number: int
    notebook: str
    given: dict
    job: Job | None = None


def grid(notebook, axes):
    """
    All combinations of some values.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    axes : dict of str to sequence
        Values of each parameter.

    Returns
    -------
    rows : list of Row
        The last parameter varies fastest.

    Raises
    ------
    BatchError
        If a parameter has no value, or there are more than 10,000 combinations.

    Examples
    --------
    >>> [row.given for row in grid("01_cu211", {"r_cut": [5, 6], "seed": [1]})]
    [{'r_cut': 5, 'seed': 1}, {'r_cut': 6, 'seed': 1}]
    """
    if empty := [name for name, values in axes.items() if not len(values)]:
        raise BatchError(f"{', '.join(empty)}: no value is given; give at least one, r_cut=5,6 for instance")
    _check_number(math.prod(len(values) for values in axes.values()))
    combinations = itertools.product(*axes.values())
    return [
        Row(number, notebook, dict(zip(axes, values, strict=True)))
        for number, values in enumerate(combinations, start=1)
    ]


def rows_of(what, axes, results=None):
    """
    The rows that the words of a command name, and a name for their batch.

    Parameters
    ----------
    what : sequence of str
        A notebook, a plan file, both, or the name or folder of a batch that was begun.
    axes : dict of str to list of str
        Values of parameters: a grid over the notebook; for a plan file, added to each of its rows.
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.

    Returns
    -------
    rows : list of Row
    name : str
    place : path or None
        The results folder: that of a batch that was begun, otherwise `results`.

    Raises
    ------
    BatchError
        If the words name nothing, or a batch in another results folder than `results`.
    """
    from soaplens_lite.study.batch import _folder

    files = [Path(word) for word in what if Path(word).suffix.lower() in (".csv", ".toml")]
    others = [word for word in what if Path(word) not in files]
    if len(files) > 1 or len(others) > 1:
        raise BatchError(f"{' '.join(what)}: name one notebook and at most one plan file")
    if files:
        rows = read_plan(files[0], *others)
        path = files[0].absolute()
        begun = path.name == _folder.PLAN and path.parent.parent.name == _folder.BATCHES
        home, name = path.parent if begun else None, path.parent.name if path.name == _folder.PLAN else path.stem
    elif axes or Path(others[0]).stem in notebooks.studies():
        if not axes:
            raise BatchError(f"{others[0]}: name parameters (-p r_cut=5,6) or a plan file")
        name = "-".join([Path(others[0]).stem, *(k for k, v in axes.items() if len(v) > 1)])
        return placed(grid(others[0], axes), Path.cwd()), name, results
    else:
        home = _folder.find(others[0], results)
        rows, name = read_plan(home / _folder.PLAN), home.name
    if axes:
        _check_number(len(rows) * math.prod(map(len, axes.values())))
        combined = [(row, added.given) for row in rows for added in grid(row.notebook, axes)]
        rows = [Row(number, row.notebook, row.given | given) for number, (row, given) in enumerate(combined, start=1)]
    place = home.parents[1] if home else results
    if results and Path(place).absolute() != Path(results).expanduser().absolute():
        raise BatchError(f"{home} stands in the results folder {place}, and {results} is named: name the same one")
    return placed(rows, Path.cwd()), name, place


def placed(rows, folder):
    """
    The same rows, with whole paths of the files that describe own data.

    Parameters
    ----------
    rows : list of Row
    folder : pathlib.Path
        Where a file is looked for.

    Returns
    -------
    rows : list of Row
    """
    found = []
    for row in rows:
        name = row.given.get("data")
        is_there = isinstance(name, str) and name.endswith(".toml") and (folder / name).is_file()
        found.append(replace(row, given=row.given | {"data": str((folder / name).absolute())}) if is_there else row)
    return found


def _check_number(n_runs):
    if n_runs > MAX_RUNS:
        raise BatchError(f"the plan has {n_runs:,} runs: a batch holds at most {MAX_RUNS:,}; divide it")
    if not n_runs:
        raise BatchError("the plan has no runs: it must have at least one row")


def read_plan(path, notebook=None):
    """
    The rows of a plan file.

    Parameters
    ----------
    path : path
        ``.csv`` (separated by commas or semicolons, with names of parameters in the first line) or ``.toml`` (a table
        ``[grid]`` with a list for each parameter, or ``[[run]]`` for each run, or both). ``notebook`` may be a column.
    notebook : str, optional
        For rows that do not name one.

    Returns
    -------
    rows : list of Row

    Raises
    ------
    BatchError
        If the file cannot be read or is not a plan. All faults are named at once.
    """
    path = Path(path)
    readers = {".csv": _read_csv, ".toml": _read_toml}
    if path.suffix.lower() not in readers:
        raise BatchError(f"{path}: a plan must be a .csv or a .toml file")
    try:
        found = readers[path.suffix.lower()](path, path.read_text("utf-8-sig"), notebook)
    except OSError as error:
        raise BatchError(f"the plan {path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, csv.Error) as error:
        raise BatchError(f"the plan {path} cannot be read: {error}; it must be UTF-8 text") from None
    _check_number(len(found))
    rows = [Row(number, name or "", given) for number, (name, given) in enumerate(found, start=1)]
    if nameless := [row.number for row in rows if not row.notebook]:
        raise BatchError(
            f"{path}, row {nameless[0]}: no notebook is named; name it in the command (soaplens batch 01_cu211 "
            f"{path.name}) or in a column `notebook`"
        )
    return placed(rows, path.parent)


def _read_csv(path, text, notebook):
    """Notebook and given parameters of each row."""
    lines = text.splitlines()
    delimiter = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    header, *rows = list(csv.reader(lines, delimiter=delimiter, strict=True)) or [[]]
    header, rows = [name.strip() for name in header], [row for row in rows if any(map(str.strip, row))]
    faults = [f"column {k}: has no name" for k, name in enumerate(header, start=1) if not name]
    faults += [f"column {name}: stands there twice" for name in {*header} if name and header.count(name) > 1]
    faults += [
        f"row {number}: has {len(row)} cells, and there are {len(header)} columns"
        for number, row in enumerate(rows, start=1)
        if len(row) != len(header)
    ]
    if faults:
        raise BatchError(_listed(faults, path))
    cells = [{name: cell.strip() for name, cell in zip(header, row, strict=True) if cell.strip()} for row in rows]
    return [_parted(row, notebook) for row in cells]


def _read_toml(path, text, notebook):
    """Notebook and given parameters of each row; first those of the grid."""
    content = tomllib.loads(text)
    if unknown := set(content) - {"notebook", "grid", "run"}:
        raise BatchError(
            f"{path}: {', '.join(sorted(unknown))}: a plan has the keys notebook, [grid] and [[run]]; parameters stand "
            "below one of the last two"
        )
    notebook = notebook or content.get("notebook")
    axes, runs = content.get("grid", {}), content.get("run", [])
    if not isinstance(axes, dict) or not isinstance(runs, list) or not all(isinstance(run, dict) for run in runs):
        raise BatchError(f"{path}: [grid] must be one table, and every run begins with [[run]], in two brackets")
    axes = {name: values if isinstance(values, list) else [values] for name, values in axes.items()}
    combined = [row.given for row in grid(notebook, axes)] if axes else []
    return [_parted(row, notebook) for row in [*combined, *runs]]


def _parted(row, notebook):
    """The notebook of a row, and its parameters."""
    return row.get("notebook", notebook), {name: row[name] for name in row if name not in OWN_COLUMNS}


def validate(rows):
    """
    Check every row against the notebook's parameters and data, before anything starts.

    Parameters
    ----------
    rows : list of Row

    Returns
    -------
    rows : list of Row
        With their jobs. Of rows that are the same run only the first is kept.

    Raises
    ------
    BatchError
        If a row cannot be run; all faults are named at once, with row and column.
    """
    rows = list(rows)
    unknown = _unknown_columns(rows)
    messages, checked = [*unknown.values(), *_without_parameters(rows)], {}
    for row in rows:
        known = {name: value for name, value in row.given.items() if name not in unknown}
        try:
            job = prepare(row.notebook, known)
        except StudyError as error:
            messages += [f"row {row.number}: {line}" for line in str(error).splitlines()]
        else:
            checked.setdefault(job.run_id, Row(row.number, job.notebook, row.given, job))
    if messages:
        raise BatchError(_listed(dict.fromkeys(messages)))
    return list(checked.values())


def _without_parameters(rows):
    """Messages about notebooks that have no cell of parameters, and would do the same in every run."""
    for name in dict.fromkeys(row.notebook for row in rows):
        with suppress(StudyError):  # `prepare` says it of the row
            cells = notebooks.read(notebooks.find(name)).cells
            if not any("parameters" in cell.metadata.get("tags", []) for cell in cells):
                yield f"notebook {name}: has no cell with the tag `parameters`; give it one, a batch changes its values"


def _unknown_columns(rows):
    """Columns that no parameter of any notebook of the plan is named like: name -> message, once for all rows."""
    models = []
    for name in dict.fromkeys(row.notebook for row in rows):
        try:
            models.append(parameters.model_of(notebooks.find(name).stem))
        except StudyError:
            return {}  # `prepare` says it of the row
    known = list(dict.fromkeys(field for model in models for field in model.model_fields))
    columns = dict.fromkeys(name for row in rows for name in row.given if name not in known)
    return {name: f"column {name}: no parameter has this name; {suggest(name, known)}" for name in columns}


def _listed(faults, path=None):
    """Faults as one message; the first twenty of them."""
    faults = [f"{path}: {fault}" if path else fault for fault in faults]
    more = len(faults) - MAX_FAULTS
    return "\n".join([*faults[:MAX_FAULTS], *([f"... and {more} more faults"] if more > 0 else [])])


def keys_of(run):
    """
    What a run takes from the cache or leaves there.

    Parameters
    ----------
    run : Row, or anything with ``notebook``, ``data`` and ``parameters``

    Returns
    -------
    descriptors, clusterings : tuple
        Equal for runs that need the same ones.
    """
    run = getattr(run, "job", run)
    given = {"notebook": run.notebook} | run.data | run.parameters
    descriptors = tuple((name, str(given[name])) for name in sorted(given) if name in (*OF_DESCRIPTORS, *run.data))
    clusterings = tuple((name, str(given[name])) for name in sorted(given) if name not in AFTER_CLUSTERING)
    return descriptors, clusterings
