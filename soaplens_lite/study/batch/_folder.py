"""
The folder of a batch, ``<results>/batches/<name>``: its plan, its table, links to its runs, and how far these are.

``batch.toml`` is a plan file itself, in which each run has its id besides. Rows that an earlier command began stay in
it, so that the table of a batch grows with it.
"""

import tomllib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import tomlkit
from filelock import FileLock, Timeout

from soaplens_lite import _disk as disk
from soaplens_lite.study.batch._plan import BatchError, read_plan
from soaplens_lite.study.run.folders import results_folder, state

BATCHES = "batches"
PLAN, TABLE, LINKS, LOCK = "batch.toml", "table.csv", "runs", ".lock"
LEFT = "left"  # status of a run that nobody has begun
HEADER = "The plan of a batch and the ids of its runs. `soaplens batch FOLDER` goes on with it."


@dataclass(frozen=True)
class Entry:
    """
    A run of a batch: which it is, and how far it is.

    Attributes
    ----------
    notebook, run_id : str
    given : dict
        Parameters that do not have their default.
    """

    notebook: str
    run_id: str
    given: dict

    def folder(self, results):
        """The run folder, with ``.partial`` at its end unless the run is complete: pathlib.Path."""
        whole = results / self.notebook / self.run_id
        return whole if whole.is_dir() else whole.with_name(f"{self.run_id}.partial")

    def status(self, results):
        """The run's status: "complete", "failed", "interrupted", "running" or "left"."""
        folder = self.folder(results)
        status = state(folder)["status"]
        if status == "complete" and folder.suffix == ".partial":  # killed before the folder got its name
            return "interrupted"
        return LEFT if status == "none" else status

    def error(self, results):
        """The last line of the error of a run that failed: str."""
        error = state(self.folder(results)).get("error")
        return error["message"].splitlines()[-1] if isinstance(error, dict) and error.get("message") else ""


def home_of(results, name):
    """The folder of a batch by its name: pathlib.Path."""
    return results_folder(results) / BATCHES / name


def find(name, results=None):
    """
    The folder of a batch that exists.

    Parameters
    ----------
    name : str or path
        Name of the batch, its folder, or a file in it; empty for the newest batch.
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.

    Returns
    -------
    home : pathlib.Path

    Raises
    ------
    BatchError
        If there is none; those that exist are listed.
    """
    plans = list((results_folder(results) / BATCHES).glob(f"*/{PLAN}"))
    if not name:
        if not plans:
            raise BatchError("there is no batch yet: make one, soaplens batch 01_cu211 -p min_cluster_size=40,80,160")
        return max(plans, key=lambda plan: plan.stat().st_mtime).parent
    path = Path(name).expanduser()
    for candidate in (path.parent if path.name == PLAN else path, home_of(results, name)):
        if (candidate / PLAN).is_file():
            return candidate.absolute()
    known = sorted(plan.parent.name for plan in plans)
    raise BatchError(f"{name}: there is no such batch; known: {', '.join(known) or 'none'}")


def read(home):
    """
    The runs of a batch.

    Parameters
    ----------
    home : pathlib.Path
        The batch's folder.

    Returns
    -------
    entries : list of Entry
        Empty if the batch was not begun.

    Raises
    ------
    BatchError
        If its plan is damaged, or of a version that wrote no ids.
    """
    path = home / PLAN
    if not path.is_file():
        return []
    rows = read_plan(path)
    ids = [run.get("run_id") for run in tomllib.loads(path.read_text("utf-8")).get("run", [])]
    if len(ids) != len(rows) or not all(isinstance(each, str) for each in ids):
        raise BatchError(f"{path}: not every run has a run_id; move the folder away and give the command again")
    return [Entry(row.notebook, run_id, row.given) for row, run_id in zip(rows, ids, strict=True)]


def write(home, entries):
    """
    Write the plan of a batch, and links to its runs.

    Parameters
    ----------
    home : pathlib.Path
    entries : list of Entry
    """
    runs = [{"notebook": e.notebook, "run_id": e.run_id, **e.given} for e in entries]
    document = tomlkit.document()
    document.add(tomlkit.comment(HEADER))
    document.update({"run": runs})
    (home / LINKS).mkdir(parents=True, exist_ok=True)
    with disk.whole(home / PLAN) as scratch:
        scratch.write_text(tomlkit.dumps(document), "utf-8")
    with suppress(OSError):  # a convenience, which some file systems do not have
        _link(home / LINKS, entries)


def _link(folder, entries):
    """Links ``0001``, ``0002``, ... to the runs; one leads nowhere until its run is complete."""
    wanted = {f"{k:04d}": Path("..", "..", "..", e.notebook, e.run_id) for k, e in enumerate(entries, start=1)}
    for link in folder.iterdir():
        if link.is_symlink() and (link.name not in wanted or link.readlink() != wanted[link.name]):
            link.unlink()
    for name, target in wanted.items():
        if not (folder / name).is_symlink():
            (folder / name).symlink_to(target, target_is_directory=True)


def join(home, now, results):
    """
    Write the runs of a command into the plan of a batch; those that an earlier command began stay.

    Parameters
    ----------
    home : pathlib.Path
    now : list of Entry
    results : pathlib.Path
    """
    try:
        home.mkdir(parents=True, exist_ok=True)
        with FileLock(home / f"{PLAN}.lock"):  # parts of one plan do this at the same time
            asked = [(entry.notebook, entry.given) for entry in now]  # also where the code, and with it the id, is new
            ids = {entry.run_id for entry in now}
            others = [e for e in read(home) if (e.notebook, e.given) not in asked and e.run_id not in ids]
            write(home, now + [e for e in others if e.status(results) != LEFT])
    except OSError as error:
        raise BatchError(disk.refusal(home / PLAN, error)) from None


def entry_of(row):
    """The run of a checked row: Entry, in which numbers are numbers and text stays as it was given."""
    checked = row.job.parameters
    given = {name: row.given[name] if isinstance(checked[name], str) else checked[name] for name in row.given}
    return Entry(row.job.notebook, row.job.run_id, given)


@contextmanager
def locked(home, part=""):
    """
    Keep a batch, or one part of it, for this process.

    Parameters
    ----------
    home : pathlib.Path
    part : str
        ``3-of-40`` for instance.

    Raises
    ------
    BatchError
        If another process has it.
    """
    lock = FileLock(home / f"{LOCK}{part and '-'}{part}", blocking=False)
    try:
        home.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise BatchError(f"{home} is being run by another process: wait until it is done, or stop it") from None
    except OSError as error:
        raise BatchError(disk.refusal(home / PLAN, error)) from None
    try:
        yield
    finally:
        lock.release()
