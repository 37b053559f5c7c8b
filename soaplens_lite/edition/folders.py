"""
The life of a run folder: claimed by one process, written as ``<run id>.partial``, given its name when whole.

What stands under its name is whole. What stands as ``.partial`` is being written, or was left by a run that
failed or was interrupted; ``run.json`` in it says which, and a process that is gone reads as interrupted.
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

from soaplens_lite import disk

from . import EditionError
from .intact import damage, lacks

RESULTS_FOLDER = "SOAPLENS_RESULTS"


class RunError(EditionError):
    """A run that cannot begin."""


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
    chosen = given or os.environ.get(RESULTS_FOLDER)
    if chosen:
        return Path(chosen).expanduser().absolute()
    here = Path.cwd()
    top = next((folder for folder in (here, *here.parents) if (folder / "pyproject.toml").is_file()), here)
    return top / "results"


def existing_results(given=None):
    """
    Where results are read from.

    Parameters
    ----------
    given : path, optional
        See `results_folder`.

    Returns
    -------
    folder : pathlib.Path
        Need not exist if nobody named it: then nothing was run yet.

    Raises
    ------
    RunError
        If it was named and is no folder.
    """
    folder = results_folder(given)
    if (given or os.environ.get(RESULTS_FOLDER)) and not folder.is_dir():
        what = "a file, not a folder" if folder.exists() else "no such folder"
        raise RunError(
            f"results {folder}: {what}; --results or the environment variable {RESULTS_FOLDER} must name one that runs "
            "were written to"
        )
    return folder


def write_json(path, content):
    """
    Replace a JSON file as a whole.

    Parameters
    ----------
    path : path
    content : dict
        Of what JSON knows.
    """
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
    """
    What tells this process from every other one, also from one that gets its number later.

    Returns
    -------
    process : dict
        ``host``, ``pid``, and ``started`` as seconds since 1970.
    """
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": psutil.Process().create_time()}


def _is_alive(process):
    """Whether a process lives; one on another computer is believed to."""
    if not isinstance(process, dict) or lacks(process, {"host": str, "pid": int, "started": float | int}):
        return False
    if process["host"] != socket.gethostname():
        return True
    try:
        return abs(psutil.Process(process["pid"]).create_time() - process["started"]) < 1
    except (psutil.Error, ValueError, OverflowError):
        return False


@dataclass(frozen=True)
class Claim:
    """
    The right to write a run folder, or the news that the run is there already.

    Attributes
    ----------
    folder : pathlib.Path
        The ``.partial`` folder to write to; the whole one if `done`.
    done : bool
        Whether the run was complete before.
    replaced : str
        What there is of an earlier attempt that is thrown away; empty if there was none.
    """

    folder: Path
    done: bool = False
    replaced: str = ""


def check_writable(folder):
    """
    Make a folder and see that files can be made in it.

    Parameters
    ----------
    folder : path

    Raises
    ------
    RunError
        If not, with what to do.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise RunError(
            f"the results folder {folder} cannot be written to ({error.strerror}): choose another one with "
            f"--results or the environment variable {RESULTS_FOLDER}"
        ) from None


def claim(home, run_id, about, *, force=False):
    """
    Take a run folder for this process, and for no other; ``latest`` leads to a run that is there already.

    Parameters
    ----------
    home : pathlib.Path
        Holds all runs of the notebook.
    run_id : str
    about : dict
        First contents of ``run.json``, besides status and process.
    force : bool
        Whether to run again what is complete.

    Returns
    -------
    claim : Claim

    Raises
    ------
    RunError
        If another process is working on the same run, the folder cannot be written to, or something else stands where
        the run or the link to it belongs.
    """
    check_writable(home)
    whole, partial = home / run_id, home / f"{run_id}.partial"
    _check_free(home / "latest", whole, partial)
    with FileLock(home / ".claim.lock"):
        lost = ""
        if (finished := state(whole))["status"] == "complete" and not force:
            lost = damage(whole, finished)
            if not lost:
                _point_latest_to(whole)
                return Claim(whole, done=True)
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
    return Claim(partial, replaced=replaced)


def _check_free(latest, *folders):
    """Refuse what would only be met when the work is done: other things where the run and the link to it belong."""
    if latest.exists() and not latest.is_symlink():
        raise RunError(
            f"{latest} is not the link to the newest run that belongs there, but a copy: move it away or remove it"
        )
    for folder in folders:
        if folder.exists() and not folder.is_dir():
            raise RunError(f"{folder} is a file, and a run belongs there: move it away or remove it")


def make_whole(partial):
    """
    Give a finished run its name and point ``latest`` to it.

    Parameters
    ----------
    partial : pathlib.Path
        Ends in ``.partial``; complete in every respect.

    Returns
    -------
    whole : pathlib.Path

    Raises
    ------
    RunError
        If that cannot be done; the partial folder stays.
    """
    whole = partial.with_suffix("")
    try:
        _rename(partial, whole)
        _point_latest_to(whole)
    except OSError as error:
        raise RunError(disk.refusal(whole, error)) from None
    return whole


def _rename(partial, whole):
    """In place of an earlier run of the same name, if there is one."""
    if whole.exists():
        outdated = partial.with_suffix(".outdated")
        shutil.rmtree(outdated, ignore_errors=True)  # What a killed process left.
        whole.rename(outdated)
        partial.rename(whole)
        shutil.rmtree(outdated)
    else:
        partial.rename(whole)


def _point_latest_to(whole):
    """Let ``latest`` lead to a run that was asked for last."""
    latest = whole.parent / "latest"
    if latest.is_symlink() and latest.readlink() == Path(whole.name):
        return
    with disk.whole(latest) as link:
        link.unlink(missing_ok=True)
        link.symlink_to(whole.name)


def now():
    """
    The present time.

    Returns
    -------
    time : str
        ISO format with seconds and offset from UTC.
    """
    return datetime.now().astimezone().isoformat(timespec="seconds")
