"""
Run folders: reserved for one process, written as ``<run id>.partial``, moved to their name when they are complete.

What stands under its name is complete. A ``.partial`` folder is being written, or was left by a run that failed or was
interrupted; ``run.json`` in it says which. A run whose process is gone counts as interrupted.
"""

import json
import os
import shutil
import socket
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psutil
from filelock import FileLock

from soaplens_lite import _disk as disk
from soaplens_lite.study import StudyError
from soaplens_lite.study.settings import settings

RESULTS_FOLDER = "SOAPLENS_RESULTS"

# What stands in the run.json of every run.
OF_A_RUN = {"notebook": str, "run_id": str, "start": str, "parameters": dict, "data": dict}
OF_A_COMPLETE_RUN = {"end": str, "seconds": float | int, "seconds_per_section": dict}
SAVED_ANEW = "notebook.ipynb"  # by Jupyter, when its reader closes it


class RunError(StudyError):
    """A run that cannot begin."""


class DamagedError(StudyError):
    """A file of a run that is missing or was changed since the run wrote it."""


def results_folder(given=None):
    """
    Where results go.

    Parameters
    ----------
    given : path, optional
        Taken as it is.

    Returns
    -------
    folder : pathlib.Path
        Absolute: `given`; otherwise the environment variable ``SOAPLENS_RESULTS``; otherwise ``results`` at the
        top of the project that the current folder belongs to (the nearest folder with a ``pyproject.toml``),
        or in the current folder.
    """
    chosen = given or settings().results
    if chosen:
        return Path(chosen).expanduser().absolute()
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)
    return top / "results"


def existing_results(given=None):
    """
    Where results are read from, see `results_folder`.

    Returns
    -------
    folder : pathlib.Path
        It may be missing if nobody named it: then nothing was run yet.

    Raises
    ------
    RunError
        If it was named and is not a folder.
    """
    folder = results_folder(given)
    if (given or settings().results) and not folder.is_dir():
        what = "a file, not a folder" if folder.exists() else "no such folder"
        raise RunError(
            f"results {folder}: {what}; --results or the environment variable {RESULTS_FOLDER} must name one that runs "
            "were written to"
        )
    return folder


def write_json(path, content):
    """Write a dict to a JSON file, which appears when it is complete."""
    with disk.whole(path) as scratch:
        scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n", "utf-8")


def state(folder):
    """
    What ``run.json`` says about a run.

    Parameters
    ----------
    folder : path
        Of the run.

    Returns
    -------
    state : dict
        Contents of ``run.json``. ``status`` is "running", "complete", "failed", "interrupted" (also where
        the process that said "running" is gone), or "none" where there is no such file, or one of another origin.
    """
    try:
        content = json.loads((Path(folder) / "run.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {"status": "none"}
    if not isinstance(content, dict) or not isinstance(content.get("status"), str):
        return {"status": "none"}
    if content.get("status") == "running" and not _is_alive(content.get("process")):
        content["status"] = "interrupted"
    return content


def this_process():
    """What identifies this process, even when its number is given again: dict of host, pid, started (s since 1970)."""
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": psutil.Process().create_time()}


def _is_alive(process):
    """Whether a process lives; a process on another computer is assumed to."""
    if not isinstance(process, dict) or lacks(process, {"host": str, "pid": int, "started": float | int}):
        return False
    if process["host"] != socket.gethostname():
        return True
    try:
        found = psutil.Process(process["pid"])
        return abs(found.create_time() - process["started"]) < 1 and found.status() != psutil.STATUS_ZOMBIE
    except (psutil.Error, ValueError, OverflowError):
        return False


@dataclass(frozen=True)
class Reservation:
    """
    The right to write a run folder, or the message that the run is complete already.

    Attributes
    ----------
    folder : pathlib.Path
        The ``.partial`` folder to write to; the complete one if `done`.
    done : bool
        Whether the run is complete already.
    replaced : str
        How an earlier attempt, which is deleted, had ended; empty if there was none.
    """

    folder: Path
    done: bool = False
    replaced: str = ""


def check_writable(folder):
    """Make a folder and check that files can be made in it; `RunError` says what to do if not."""
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RunError(
            f"the results folder {folder} cannot be written to ({error.strerror}): choose another one with "
            f"--results or the environment variable {RESULTS_FOLDER}"
        ) from None


def reserve(home, run_id, about, *, force=False, latest=True):
    """
    Reserve a run folder for this process alone.

    Parameters
    ----------
    home : pathlib.Path
        Holds all runs of the notebook.
    run_id : str
    about : dict
        First contents of ``run.json``, besides status and process.
    force : bool
        Whether to run again what is complete.
    latest : bool
        Whether ``latest`` is pointed to a run that is complete already.

    Returns
    -------
    reservation : Reservation

    Raises
    ------
    RunError
        If another process is working on the same run, the folder cannot be written to, or something else stands where
        the run or the link to it belongs.
    """
    check_writable(home)
    whole, partial = home / run_id, home / f"{run_id}.partial"
    _check_free(home / "latest", whole, partial)
    with FileLock(home / ".reserve.lock"):
        lost = ""
        if (finished := state(whole))["status"] == "complete" and not force:
            lost = damage(whole, finished)
            if not lost:
                if latest:
                    _point_latest_to(whole)
                return Reservation(whole, done=True)
        earlier = state(partial)
        if earlier["status"] == "running":
            process = earlier["process"]
            raise RunError(
                f"{partial} is being written by process {process['pid']} on {process['host']} since "
                f"{earlier.get('start', 'an unknown time')}: wait until it is done, or stop it and run this again"
            )
        replaced = f"complete, but {lost}" if lost else earlier["status"] if partial.exists() else ""
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            write_json(partial / "run.json", {"status": "running", "process": this_process(), **about})
        except OSError as error:
            raise RunError(disk.refusal(partial, error)) from None
    return Reservation(partial, replaced=replaced)


def _check_free(latest, *folders):
    """Refuse files that stand where the run and the link to it belong, before the work instead of after it."""
    if latest.exists() and not latest.is_symlink():
        raise RunError(f"{latest} must be a link to the newest run, and is a file or a folder: move or remove it")
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            raise RunError(f"{folder} is a file, and a run belongs there: move it away or remove it")


def make_whole(partial, *, latest=True):
    """
    Give the folder of a complete run its name, without ``.partial``.

    Parameters
    ----------
    partial : pathlib.Path
    latest : bool
        Whether ``latest`` is pointed to it.

    Returns
    -------
    folder : pathlib.Path

    Raises
    ------
    RunError
        If it cannot; the partial folder stays.
    """
    whole = partial.with_suffix("")
    try:
        _rename(partial, whole)
        if latest:
            _point_latest_to(whole)
    except OSError as error:
        raise RunError(disk.refusal(whole, error)) from None
    return whole


def _rename(partial, whole):
    """In place of an earlier run of the same name, if there is one."""
    outdated = partial.with_suffix(".outdated")
    shutil.rmtree(outdated, ignore_errors=True)  # left by a killed process
    if whole.exists():
        whole.rename(outdated)
    partial.rename(whole)
    shutil.rmtree(outdated, ignore_errors=True)


def _point_latest_to(whole):
    """Let ``latest`` lead to a run that was asked for last."""
    latest = whole.parent / "latest"
    if latest.is_symlink() and latest.readlink() == Path(whole.name):
        return
    with disk.whole(latest) as link:
        link.unlink(missing_ok=True)
        link.symlink_to(whole.name)


def now():
    """The present time in ISO format with seconds and offset from UTC: str."""
    return datetime.now().astimezone().isoformat(timespec="seconds")


def read_json(path):
    """
    The content of a JSON file in a run folder.

    Parameters
    ----------
    path : path

    Returns
    -------
    content : dict

    Raises
    ------
    DamagedError
        If it is missing, cannot be read or does not hold one JSON object.
    """
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing: {again(_of(path))}") from None
    except OSError as error:
        raise DamagedError(f"{path} cannot be read ({error.strerror}): {again(_of(path))}") from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise DamagedError(f"{path} is damaged: {again(_of(path))}")
    return content


def again(notebook):
    """How a damaged run is repeated, for the end of a message: str."""
    return f"run it again (soaplens run {notebook} --force, with its -p if it had any)"


def _of(path):
    """The notebook whose run a file belongs to, by the folder in which it stands."""
    return Path(path).absolute().parents[1].name


def read_numbers(folder):
    """
    What the notebook of a run recorded.

    Parameters
    ----------
    folder : path
        Of the run.

    Returns
    -------
    content : dict
        Of ``numbers.json``: at least ``parameters``, ``numbers`` (each with a value), ``figures``.

    Raises
    ------
    DamagedError
        If the file is missing or damaged.
    """
    path = Path(folder) / "numbers.json"
    content = {"figures": {}} | read_json(path)
    entries = content.get("numbers")
    if lacks(content, {"parameters": dict, "numbers": dict, "figures": dict}) or not all(
        isinstance(entry, dict) and "value" in entry for entry in entries.values()
    ):
        raise DamagedError(f"{path} is damaged: {again(_of(path))}")
    return content


def lacks(content, kinds):
    """
    Names of entries that are missing in a dict or have another type than they must have.

    Examples
    --------
    >>> lacks({"run_id": 3, "data": {}}, OF_A_RUN)
    ['notebook', 'run_id', 'start', 'parameters']
    """
    return [name for name, kind in kinds.items() if not isinstance(content.get(name), kind)]


def files_of(folder):
    """Sizes in bytes of all files in a run folder but ``run.json``: dict of str to int."""
    paths = (path for path in sorted(folder.rglob("[!.]*")) if path.is_file() and path.name != "run.json")
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def damage(folder, content):
    """
    What a complete run has lost since it ended.

    Parameters
    ----------
    folder : path
    content : dict
        Of its ``run.json``.

    Returns
    -------
    damage : str
        Names a file that is missing or was cut short; empty if there is none. Changed contents are not judged.
    """
    if lacking := lacks(content, OF_A_RUN | OF_A_COMPLETE_RUN):
        return f"run.json does not say {', '.join(lacking)}"
    files = content.get("files", {"numbers.json": 1})
    if not isinstance(files, dict):
        return "run.json does not say which files there are"
    for name, size in files.items():
        path = Path(folder) / name
        if not path.is_file():
            return f"{name} is missing"
        if not isinstance(size, int) or path.stat().st_size < size and name != SAVED_ANEW:
            return f"{name} is cut short"
    return ""
