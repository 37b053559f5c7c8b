"""
The outcomes of many runs together: one tidy table, and one labelled data set.

A number has the name under which the notebook recorded it, and the ends of its 95 % interval have that name with
``.low`` and ``.high``. What is inside a list or a dict has its place or key at the end: ``lens.thresholds.0``.
"""

import hashlib
import json
from contextlib import suppress
from functools import cache
from pathlib import Path

import pandas as pd
import xarray as xr

from soaplens_lite import _disk as disk
from soaplens_lite.study import StudyError
from soaplens_lite.study.batch import _folder
from soaplens_lite.study.batch._folder import Entry
from soaplens_lite.study.batch._plan import BatchError
from soaplens_lite.study.claims import verdicts
from soaplens_lite.study.claims.ledger import NOTEBOOKS
from soaplens_lite.study.claims.recorded import Recorded, open_results, tier_of
from soaplens_lite.study.claims.results import NotRecorded
from soaplens_lite.study.data import FILE_NAME
from soaplens_lite.study.run import parameters
from soaplens_lite.study.run.folders import DamagedError, read_numbers, results_folder, state, write_json
from soaplens_lite.study.values import shape_of

OF_A_RUN = ("notebook", "run_id", "status")
AT_THE_END = ("start", "seconds", "error", "folder")
RECORDED = ".recorded"  # end of the name of a number that has the name of a parameter
VERDICTS = "verdicts.json"  # in the folder of a batch, as judging a run takes long
INTERVAL = ("low", "high")


def table(source, *, long=False, results=None):
    """
    What many runs found, as one table.

    Parameters
    ----------
    source : path or sequence of path
        Name or folder of a batch, empty for the newest one; a folder of runs, ``results/01_cu211`` for instance, also
        of those that papermill made; or run folders.
    long : bool
        A number is a row, in place of a run.
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.

    Returns
    -------
    table : pandas.DataFrame
        A run is a row: ``notebook``, ``run_id``, ``status``; its parameters; its numbers with their intervals
        (``<name>.low``, ``<name>.high``); ``verdict.<claim>``, whether the paper's statement holds in this run,
        whatever its parameters; ``start``, ``seconds``, ``seconds.<section>``, ``error``, ``folder``. A number that has
        the name of a parameter ends in ``.recorded``. With `long`, a number is a row with ``name``,
        ``value``, ``low``, ``high``, ``unit`` and ``meaning``; tables that a run recorded are there only. Attributes:
        ``source``; ``varying``, the parameters that differ between runs; ``numbers``, the columns of numbers, without
        the ends of their intervals.

    Raises
    ------
    BatchError
        If there is no such batch or folder, or no run in it.
    """
    runs, kept = _runs(source, results)
    rows = [_read(folder, entry) for folder, entry in runs]
    _judge(rows, kept)
    found = _long(rows) if long else _wide(rows)
    given = [name for name in dict.fromkeys(name for row in rows for name in row["parameters"]) if name in found]
    found.attrs["source"] = kept.parent.name if kept else str(source)
    found.attrs["numbers"] = list(dict.fromkeys(name for row in rows for name, *_ in _numbers_of(row, tables=False)))
    found.attrs["varying"] = [name for name in given if found[name].astype(str).nunique() > 1]
    return found


def write_table(table, path=None):
    """
    Write a table to a file.

    Parameters
    ----------
    table : pandas.DataFrame
    path : path, optional
        ``.csv`` or ``.parquet``.

    Returns
    -------
    text : str
        The path; without one, the table as CSV.

    Raises
    ------
    BatchError
        If the file has another ending or cannot be written, or a package that writes it is missing.
    """
    if path is None:
        return table.to_csv(index=False)
    path = Path(path)
    if path.suffix not in (".csv", ".parquet"):
        raise BatchError(f"{path}: a table must be a .csv or a .parquet file")
    try:
        with disk.whole(path) as scratch:
            if path.suffix == ".csv":
                table.to_csv(scratch, index=False)
            else:
                _one_kind(table).to_parquet(scratch, index=False)
    except OSError as error:
        raise BatchError(disk.refusal(path, error)) from None
    except ImportError:
        raise BatchError(f"{path}: needs pyarrow (pip install pyarrow); install it, or name a .csv file") from None
    return str(path)


def _one_kind(table):
    """A table whose columns hold one kind of value each, as Parquet wants; mixed ones become text."""
    mixed = [name for name in table if table[name].dropna().map(type).nunique() > 1]
    return table.assign(**{name: table[name].map(str, na_action="ignore") for name in mixed})


def _runs(source, results):
    """Folders of runs, each with its entry in the plan if there is one, and where verdicts are kept."""
    if not isinstance(source, str | Path):
        return [(Path(folder), None) for folder in source], None
    path = Path(source).expanduser()
    if (_folder.home_of(results, source or ".") / _folder.PLAN).is_file():  # the name of a batch comes first
        path = _folder.home_of(results, source)
    path = path if path.is_dir() else results_folder(results) / source
    if source and path.is_dir() and not (path / _folder.PLAN).is_file():
        found = sorted(p for p in path.iterdir() if not p.is_symlink() and _is_run(p))
        found = [path] if _is_run(path) else found
        if not found:
            raise BatchError(f"{path}: there is no run in this folder")
        return [(folder, None) for folder in found], None
    home = _folder.find(source, results)
    return [(entry.folder(home.parents[1]), entry) for entry in _folder.read(home)], home / VERDICTS


def _is_run(folder):
    is_replaced = folder.suffix == ".outdated"
    return not is_replaced and any((folder / name).is_file() for name in ("run.json", "numbers.json"))


def _read(folder, entry):
    """All that is known of a run: dict of the parts of a row."""
    run, numbers = state(folder), {}
    with suppress(DamagedError):
        content = read_numbers(folder)
        if run["status"] == "none":
            run = _by_hand(folder, content)
        numbers = content["numbers"] if run["status"] == "complete" else {}
    entry = entry or Entry(run.get("notebook") or folder.parent.name, run.get("run_id", folder.name), {})
    asked = run.get("parameters") or _asked(entry)
    if asked.get("data") == FILE_NAME:  # the run's own copy, which does not tell data apart
        asked = asked | {"data": entry.given.get("data") or " ".join(run.get("data", {})) or FILE_NAME}
    status = _folder.LEFT if run["status"] == "none" else run["status"]
    error = run.get("error") if isinstance(run.get("error"), dict) else {}
    return {
        "run": {"notebook": entry.notebook, "run_id": entry.run_id, "status": status},
        "parameters": asked,
        "numbers": numbers,
        "verdicts": {},
        "times": run.get("seconds_per_section") or {},
        "end": {"start": run.get("start"), "seconds": run.get("seconds"), "error": error.get("message", "")}
        | {"folder": str(folder) if folder.is_dir() else ""},
        "data": run.get("data", {}),
        "folder": folder,
    }


def _by_hand(folder, content):
    """What is known of a run that papermill or a reader did without `soaplens run`, in the words of ``run.json``."""
    stamp = content.get("provenance", {})
    return {
        "notebook": content.get("notebook"),
        "run_id": folder.name,
        "status": "complete" if content.get("complete") is True else "interrupted",
        "parameters": content["parameters"],
        "start": stamp.get("date"),
        "data": stamp.get("data", {}),
    }


def _asked(entry):
    """All parameters that a run would have."""
    try:
        return parameters.validate(entry.notebook, entry.given)
    except StudyError:  # of an older version
        return entry.given


def _flat(name, value):
    """A recorded value as numbers, answers or texts by name, each with the ends of its interval, if it has them."""
    if isinstance(value, dict) and {"value", *INTERVAL} <= set(value):
        yield name, value["value"], tuple(value[end] for end in INTERVAL)
    elif isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in items:
            yield from _flat(f"{name}.{key}", item)
    else:
        yield name, float(value) if value in ("inf", "-inf") else value, None


def _wide(rows):
    """A run is a row."""
    asked = dict.fromkeys(name for row in rows for name in row["parameters"])
    lines = []
    for row in rows:
        line = row["run"] | {name: row["parameters"].get(name) for name in asked}
        for name, value, interval, _ in _numbers_of(row, tables=False):
            line[name] = value
            if interval:
                line |= {f"{name}.{end}": limit for end, limit in zip(INTERVAL, interval, strict=True)}
        line |= {f"verdict.{claim}": verdict for claim, verdict in row["verdicts"].items()}
        line |= {f"seconds.{section}": seconds for section, seconds in row["times"].items()}
        lines.append(line | row["end"])
    frame = pd.DataFrame(lines)
    return frame[[name for name in frame if name not in AT_THE_END] + list(AT_THE_END)]


def _numbers_of(row, *, tables=True):
    """The numbers of a run: name in a table, value, ends of the interval if there is one, unit and meaning."""
    taken = (*row["parameters"], *OF_A_RUN, *AT_THE_END)
    for name, entry in row["numbers"].items():
        about = {"unit": entry.get("unit", ""), "meaning": entry.get("note", "")}
        if tables or shape_of(entry["value"]) != "table":
            for flat, value, interval in _flat(f"{name}{RECORDED}" if name in taken else name, entry["value"]):
                yield flat, value, interval, about


def _long(rows):
    """A number is a row."""
    lines = []
    for row in rows:
        asked = row["run"] | row["parameters"]
        for name, value, interval, about in _numbers_of(row):
            low, high = interval or (None, None)
            lines.append(asked | {"name": name, "value": value, "low": low, "high": high} | about)
    return pd.DataFrame(lines)


def _judge(rows, path):
    """Add verdicts on the claims about each study; those in the file `path` are of these very claims or not used."""
    known, fresh = _kept_verdicts(path), {}
    for row in rows:
        run_id = row["run"]["run_id"]
        row["verdicts"] = known.get(run_id) or _verdicts(row)
        if row["verdicts"] and run_id not in known:  # of a run that is not complete, nothing is kept
            fresh[run_id] = row["verdicts"]
    if path and fresh:
        _write_verdicts(path, known | fresh)


def judge(folder):
    """
    Verdicts on a run; a worker asks for them when the run is done, so that a table of many runs need not.

    Parameters
    ----------
    folder : path
        Of a run.

    Returns
    -------
    verdicts : dict of str to str
        By the claim.
    """
    return _verdicts(_read(Path(folder), None))


def keep_verdicts(home, fresh):
    """
    Keep verdicts for the table of a batch.

    Parameters
    ----------
    home : pathlib.Path
        The batch's folder.
    fresh : dict of str to dict
        By the id of the run; see `judge`.
    """
    if fresh:
        _write_verdicts(home / VERDICTS, _kept_verdicts(home / VERDICTS) | fresh)


@cache
def _claims():
    """All claims, and a key that is another one when they change."""
    claims = verdicts.load_claims()
    return claims, hashlib.sha256(repr(claims).encode()).hexdigest()


def _kept_verdicts(path):
    with suppress(OSError, ValueError, AttributeError):
        content = json.loads(path.read_text("utf-8"))
        return content["runs"] if content.get("claims") == _claims()[1] else {}
    return {}


def _write_verdicts(path, runs):
    with suppress(OSError):
        write_json(path, {"claims": _claims()[1], "runs": runs})


def _verdicts(row):
    """Whether each statement holds in a run, whatever its parameters: dict of claim id to verdict."""
    notebook, found = row["run"]["notebook"], {}
    study = {notebook: study for study, notebook in NOTEBOOKS.items()}.get(notebook)
    if not row["numbers"] or not study:
        return {}
    numbers = {name: entry["value"] for name, entry in row["numbers"].items()}
    published = parameters.model_of(notebook)().model_dump()  # so that the run is judged although others were chosen
    try:
        tree = open_results(row["folder"])
    except DamagedError:
        return {}
    run = Recorded(notebook, row["run"]["run_id"], tier_of(row["data"]), published, numbers, tree)
    for claim in _claims()[0]:
        if claim.study == study and not claim.cell_of and not claim.parameter:
            with suppress(NotRecorded):
                found[claim.id] = verdicts.judge_one(claim, run).verdict
    if tree is not None:
        tree.close()
    return found


def batch_results(source, *, results=None):
    """
    The labelled results of all complete runs of a batch, as one tree.

    Parameters
    ----------
    source : path
        Name or folder of the batch.
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.

    Returns
    -------
    results : xarray.DataTree
        Of each variable the values of all runs, along one dimension for each parameter that varies if the batch is a
        grid; otherwise along ``run``, with run ids. A label that a run does not have, a state for instance, is NaN
        there.

    Raises
    ------
    BatchError
        If there is no such batch, or none of its complete runs has results.

    Examples
    --------
    ``batch_results("cuts")["joint/table/population"].sel(state="fast", merge_cut=1.0)``
    """
    home = _folder.find(source, results)
    entries = [entry for entry in _folder.read(home) if entry.status(home.parents[1]) == "complete"]
    found = {entry.run_id: _nodes(entry.folder(home.parents[1])) for entry in entries}
    entries = [entry for entry in entries if found[entry.run_id]]
    if not entries:
        raise BatchError(f"{home}: no complete run has results")
    asked = pd.DataFrame([_asked(entry) for entry in entries])
    varying = [name for name in asked if asked[name].nunique(dropna=False) > 1]
    is_grid = varying and len(asked) == asked[varying].nunique().prod() and not asked.duplicated(varying).any()
    if is_grid:
        index = pd.MultiIndex.from_frame(asked[varying])
    else:
        index = pd.Index([entry.run_id for entry in entries], name="run")
    nodes = [found[entry.run_id] for entry in entries]
    paths = dict.fromkeys(path for each in nodes for path in each)
    return xr.DataTree.from_dict({path: _stacked([each.get(path) for each in nodes], index) for path in paths})


def _nodes(folder):
    """The results of a run by their place in the tree, in memory: a file for each of many runs cannot stay open."""
    tree = open_results(folder)
    if tree is None:
        return {}
    nodes = {node.path: node.to_dataset(inherit=False).load() for node in tree.subtree}
    tree.close()
    return nodes


def _stacked(nodes, index):
    """One node of all runs, None where a run lacks it, along the dimensions of an index."""
    having = [k for k, node in enumerate(nodes) if node is not None]
    options = {"join": "outer", "combine_attrs": "drop_conflicts", "data_vars": "all", "coords": "minimal"}
    data = [_numbered(nodes[k]) for k in having]
    whole = xr.concat(data, dim=pd.Index(having, name="run"), compat="override", **options)
    whole = whole.reindex(run=range(len(nodes)))
    if isinstance(index, pd.MultiIndex):
        return whole.assign_coords(xr.Coordinates.from_pandas_multiindex(index, "run")).unstack("run")
    return whole.assign_coords(run=index.values)


def _numbered(data):
    """Places as labels of dimensions that have none, so that runs with fewer of them can be joined."""
    return data.assign_coords({dim: range(size) for dim, size in data.sizes.items() if dim not in data.coords})
