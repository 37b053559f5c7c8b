"""
Executing notebooks, one or all, so that every run can be identified, checked and repeated.

Whether a run went well is judged by the kernel's answer to every cell, by the record's own statement that it is
complete, and by the parameters in it. The metadata that papermill writes are not used for that: they call a notebook
complete whose kernel was killed.
"""

import json
import logging
import math
import os
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError, strip_color

from soaplens_lite import _disk as disk
from soaplens_lite._cache import cache_folder
from soaplens_lite.study import columns
from soaplens_lite.study.data import FILE_NAME, as_table, fetch_all
from soaplens_lite.study.data import write as write_description
from soaplens_lite.study.run import kernel, notebooks, provenance
from soaplens_lite.study.run.folders import (
    DamagedError,
    RunError,
    check_writable,
    files_of,
    make_whole,
    now,
    read_json,
    reserve,
    results_folder,
    state,
    write_json,
)
from soaplens_lite.study.run.kernel import Watch, in_words
from soaplens_lite.study.run.parameters import QUICK, ParameterError
from soaplens_lite.study.run.prepare import on_tier, prepare

log = logging.getLogger(__name__)

DEFAULT_TIMEOUT = 4 * 3600  # seconds for one cell
IOPUB_TIMEOUT = 60  # seconds within which the output of a finished cell must have arrived

# Its warnings (a cell timed out, a kernel died) are given here in our words, once.
logging.getLogger("papermill").addHandler(logging.NullHandler())


@dataclass(frozen=True)
class RunResult:
    """
    How a run ended.

    Attributes
    ----------
    notebook, run_id : str
    status : {"complete", "failed"}
    folder : pathlib.Path or None
        The run folder; ``.partial`` if the run failed, None if it did not get that far.
    figures : int
        Panels and composed figures.
    seconds : float
        The run took, when it was carried out.
    reused : bool
        Whether it was complete before and nothing was done.
    error : str
        What went wrong, and where; empty if nothing did.
    """

    notebook: str
    run_id: str
    status: str
    folder: Path | None
    figures: int = 0
    seconds: float = 0.0
    reused: bool = False
    error: str = ""


def run(notebook, parameters=None, *, stated=None, results=None, timeout=DEFAULT_TIMEOUT, force=False, latest=True):
    """
    Execute a notebook and leave a run folder.

    The folder is ``<results>/<notebook>/<run id>``, and ``<run id>.partial`` while it is written or when the
    run failed. A run that is complete is not repeated; one that was interrupted begins again, and what it
    had computed for the cache is not computed again.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    parameters : dict, optional
        Those that are not to have their default; numbers may be given as text.
    stated : dict, optional
        What the user says about a trajectory of their own, see `statement.Statement`; it counts more than what the TOML
        file says that the parameter ``data`` may name.
    results : path, optional
        See `folders.results_folder`.
    timeout : float
        Longest time for one cell, in seconds.
    force : bool
        Whether to repeat a run that is complete.
    latest : bool
        Whether ``latest``, which the report and the verdicts are about, is pointed to this run. If not, it is only
        pointed to a run with the notebook's own parameters.

    Returns
    -------
    result : RunResult
        Also of a run that failed.

    Raises
    ------
    StudyError
        If the run cannot begin; nothing has been written then.
    KeyboardInterrupt
        If it was interrupted; the folder says so then.
    """
    if not timeout > 0:
        raise RunError(f"timeout = {timeout} s: must be above 0")
    job = prepare(notebook, parameters or {}, stated)
    if job.on_own_data:
        log.info("%s on data of your own, %s:\n%s", job.notebook, job.data_set.id, as_table(job.data_set))
    try:
        cache = cache_folder()
    except OSError as error:
        raise RunError(str(error)) from None
    about = {
        "notebook": job.notebook,
        "run_id": job.run_id,
        "start": now(),
        "parameters": job.parameters,
        "changed": job.changed,
        "data": job.data,
        "licences": job.licences,
        "code": job.code,
        **({"data_set": job.data_set.description} if job.on_own_data else {}),
        **provenance.environment(),
    }
    latest = latest or not job.changed
    force = force or job.notebook == notebooks.SUMMARY  # runs may have joined the batch that it is about
    reserved = reserve(results_folder(results) / job.notebook, job.run_id, about, force=force, latest=latest)
    if reserved.done:
        result = _result_of(state(reserved.folder), reserved.folder, reused=True)
        log.info("%s: this was run before with the same code, data and parameters; nothing to do", job.notebook)
    else:
        again = f" again (the attempt before: {reserved.replaced})" if reserved.replaced else ""
        log.info("%s: running%s in %s", job.notebook, again, _short(reserved.folder))
        result = _carry_out(job, reserved.folder, cache, timeout, latest)
    log.info(_in_short(result))
    return result


def _carry_out(job, folder, cache, timeout, latest):
    """Execute in a reserved folder, judge, and close the folder in any case."""
    notebook = notebooks.read(job.source)
    n_cells = sum(_is_executed(cell) for cell in notebook.cells) + 1  # the one with the parameters of this run
    begun, error = time.monotonic(), None
    with tempfile.TemporaryDirectory(prefix="soaplens-") as scratch:
        watch = Watch(job.notebook, n_cells)
        manager = kernel.manager(folder, cache, scratch)
        try:
            if job.on_own_data:
                write_description(job.data_set, folder / FILE_NAME)
            with watch.running(), kernel.quiet_waiting():
                executed = _execute(job, notebook, folder, manager, watch, timeout)
            error = _judge(executed, watch, folder, job.parameters)
            if error is None:
                _publish(executed, job.notebook, folder)
        except KeyboardInterrupt:
            _close(folder, "interrupted", begun, watch, _where(watch, "KeyboardInterrupt", "stopped by the user"))
            raise
        except Exception as exception:
            error = _explain(exception, watch, timeout, kernel.log_of(scratch))
            error["message"] += _full_disks(folder, cache, Path(scratch))
        finally:
            kernel.end(manager)
    content = _close(folder, "failed" if error else "complete", begun, watch, error)
    return _result_of(content, folder if error else make_whole(folder, latest=latest))


def _full_disks(*folders):
    """Names of the full disks, for the end of a message: errors on a full disk often do not mention it."""
    full = sorted({folder for folder in folders if disk.free(folder) < disk.MIN_FREE_BYTES})
    return "".join(f"; the disk of {folder} is full: make room there" for folder in full)


def _execute(job, notebook, folder, manager, watch, timeout):
    """The notebook after papermill executed it, cell by cell saved in the run folder."""
    path = folder / "notebook.ipynb"
    nbformat.write(notebook, path)
    as_papermill_reads = str(path).replace("{", "{{").replace("}", "}}")
    return papermill.execute_notebook(
        as_papermill_reads,
        as_papermill_reads,
        parameters=job.parameters,
        engine_name=kernel.ENGINE,
        progress_bar=False,
        execution_timeout=math.ceil(timeout),
        iopub_timeout=IOPUB_TIMEOUT,
        kernel_manager_class=manager,
        **watch.hooks(),
    )


def _is_executed(cell):
    return cell.cell_type == "code" and bool(cell.source.strip())


def _judge(executed, watch, folder, asked):
    """None if every cell was executed without error and the record is complete and of this run; else the error."""
    for index, cell in enumerate(executed.cells):
        if _is_executed(cell) and watch.answers.get(index) != "ok":
            answer = watch.answers.get(index, "none")
            return _where(watch, "NotExecuted", f"the kernel's answer to cell {index} was: {answer}", cell=index)
    if not _recorded(folder).get("complete"):
        return _where(watch, "NotFinished", "the notebook ended without finishing its record (finish())")
    return _other_parameters(_recorded(folder).get("parameters"), asked, watch)


def _other_parameters(recorded, asked, watch):
    """The error of a notebook that worked with other parameters than it was given; None if it did not."""
    recorded = recorded if isinstance(recorded, dict) else {}
    differing = [
        f"{name} = {recorded.get(name)!r} in place of {asked.get(name)!r}"
        for name in sorted({*recorded, *asked})
        if recorded.get(name) != asked.get(name)
    ]
    if not differing:
        return None
    message = f"the notebook recorded other parameters than this run has: {'; '.join(differing)}"
    return _where(watch, "OtherParameters", f"{message}; no cell may assign to a parameter")


def _recorded(folder):
    try:
        return read_json(folder / "numbers.json")
    except DamagedError:
        return {}


def _publish(executed, name, folder):
    """The executed notebook as a notebook and as a page, without paths of this computer."""
    for key in ("input_path", "output_path"):
        executed.metadata.papermill.pop(key, None)
    nbformat.write(executed, folder / "notebook.ipynb")
    (folder / "notebook.html").write_text(notebooks.as_page(executed, name), "utf-8")


def _where(watch, kind, message, *, last_lines=(), cell=None):
    """An error as it stands in ``run.json``."""
    cell = watch.cell if cell is None else cell
    return {"kind": kind, "message": message, "section": watch.section, "cell": cell, "last_lines": list(last_lines)}


def _explain(exception, watch, timeout, log):
    """What went wrong, for one who did not see it happen."""
    if isinstance(exception, PapermillExecutionError):
        lines = strip_color("\n".join(exception.traceback)).rstrip().splitlines()
        message = f"{exception.ename}: {exception.evalue}"
        return _where(watch, exception.ename, message, last_lines=lines[-15:], cell=exception.cell_index)
    if isinstance(exception, CellTimeoutError):
        return _where(watch, "Timeout", f"a cell took more than {timeout:g} s; --timeout allows more")
    if isinstance(exception, DeadKernelError):
        reason = "the kernel died; often the computer ran out of memory, which the system's log would say"
        last_words = log.read_text("utf-8", "replace").splitlines()[-15:] if log.exists() else []
        return _where(watch, "DeadKernel", reason, last_lines=last_words)
    return _where(watch, type(exception).__name__, f"{type(exception).__name__}: {exception}")


def _close(folder, status, begun, watch, error):
    """Say in ``run.json`` how the run ended; what it says."""
    content = state(folder)
    content.pop("process", None)
    content |= {
        "status": status,
        "end": now(),
        "seconds": round(time.monotonic() - begun, 1),
        "seconds_per_section": watch.seconds,
        "figures": len(_recorded(folder).get("figures", {})),
        "files": files_of(folder),
    } | ({"error": error} if error else {})
    try:
        write_json(folder / "run.json", content)
    except OSError as fault:
        if status == "complete":
            raise RunError(disk.refusal(folder / "run.json", fault)) from None
        with suppress(OSError):  # Perhaps in the place of the old one, where there is no room beside it.
            (folder / "run.json").write_text(json.dumps(content), "utf-8")
    return content


def _result_of(content, folder, *, reused=False):
    """The result that the ``run.json`` of a closed run folder tells of."""
    error = ""
    if "error" in content:
        fault = content["error"]
        error = f"{fault['message']} (section {fault['section']!r}, cell {fault['cell']})"
    return RunResult(
        notebook=content["notebook"],
        run_id=content["run_id"],
        status=content["status"],
        folder=folder,
        figures=content.get("figures", 0),
        seconds=content["seconds"],
        reused=reused,
        error=error,
    )


def _short(path):
    """A path as short as it can be typed."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def _in_short(result):
    """The last lines about a run: where it is, and what came out."""
    if result.error:
        return (
            f"{result.notebook}: FAILED after {in_words(result.seconds)}: {result.error}\n"
            f"  see run.json and the notebook so far in {_short(result.folder)}"
        )
    figures = f"{result.figures} figure{'s' * (result.figures != 1)}"
    return f"{result.notebook}: {figures} in {in_words(result.seconds)}: {_short(result.folder)}"


def reproduce(*, quick=False, data="sample", results=None, timeout=DEFAULT_TIMEOUT, force=False):
    """
    Run all studies of the paper, one after the other; one that fails does not keep the others from running.

    Parameters
    ----------
    quick : bool
        The three case studies alone, on a short stretch of frames.
    data : {"sample", "authors", "paper"}
        Tier of the data. Published data are brought here first, all at once. Studies that have none on this tier are
        left out.
    results, timeout, force
        See `run`.

    Returns
    -------
    results : list of RunResult
        In the order of the studies; `table` shows them.

    Raises
    ------
    StudyError
        If there are no notebooks, data cannot be brought here, or the results folder cannot be written to.
    """
    check_writable(results_folder(results))
    names = [name for name in notebooks.of_paper() if name in QUICK or not quick]
    if not names:
        raise RunError(f"no notebooks to run in {notebooks.folder()}")
    changed = {}
    for name in names:
        with suppress(ParameterError):
            changed[name] = on_tier(name, data)
    if not changed:
        raise RunError(f"data = {data!r}: no study has data on this tier")
    named = {value for parameters in changed.values() for value in parameters.values() if isinstance(value, str)}
    fetch_all(sorted(named))
    outcomes = []
    for name in changed:
        chosen = changed[name] | (QUICK.get(name, {}) if quick else {})
        try:
            outcome = run(name, chosen, results=results, timeout=timeout, force=force)
        except Exception as error:
            log.error("%s: could not be run: %s", name, error)
            outcome = RunResult(name, "", "failed", None, error=str(error))
        outcomes.append(outcome)
    return outcomes


def table(outcomes):
    """
    How several runs ended, one line for each.

    Parameters
    ----------
    outcomes : list of RunResult

    Returns
    -------
    text : str
    """
    rows = [("study", "status", "figures", "time", "folder")]
    for outcome in outcomes:
        where = _short(outcome.folder) if outcome.folder else "-"
        rows.append((outcome.notebook, outcome.status, str(outcome.figures), in_words(outcome.seconds), where))
    return columns(rows)
