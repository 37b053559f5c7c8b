"""Carry out a batch: which runs are to be done, which comes next, and what is left at the end."""

import logging
import os
from concurrent.futures import FIRST_COMPLETED, CancelledError
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from soaplens_lite import _disk as disk
from soaplens_lite._cache import cache_folder
from soaplens_lite.study.batch import _folder, _table, _view, _worker
from soaplens_lite.study.batch._plan import BatchError, Row, keys_of, validate
from soaplens_lite.study.run import notebooks, runner
from soaplens_lite.study.run.folders import check_writable, results_folder

log = logging.getLogger(__name__)

TICK = 0.5  # seconds after which what is shown is renewed


@dataclass(frozen=True)
class Batch:
    """
    A batch: its checked rows and where it stands; made by `prepare_batch`. Nothing is written before `run`.

    Attributes
    ----------
    rows : list of Row
        All of the plan.
    home, results : pathlib.Path
        Folders of the batch and of all results.
    part : tuple of int
        Which part of how many is to be run; (1, 1) for all rows.
    """

    rows: list[Row]
    home: Path
    results: Path
    part: tuple[int, int] = (1, 1)

    @property
    def chosen(self):
        """The rows of the part that is to be run: list of Row."""
        return rows_of_part(self.rows, *self.part)

    def todo(self, *, retry=False):
        """
        The rows that are not done.

        Parameters
        ----------
        retry : bool
            Whether those that failed are tried again.

        Returns
        -------
        rows : list of Row
        """
        wanted = {"left", "interrupted"} | ({"failed"} if retry else set())
        return [row for row in self.chosen if _folder.entry_of(row).status(self.results) in wanted]

    def is_complete(self):
        """Whether every run of the part is complete: bool."""
        return all(_folder.entry_of(row).status(self.results) == "complete" for row in self.chosen)

    def show(self, *, n_workers=1, retry=False):
        """The plan for people, with estimated time and disk: str."""
        entries = [_folder.entry_of(row) for row in self.chosen]
        cost = _view.estimate(self.todo(retry=retry), self.results, n_workers)
        return _view.show_plan(entries, [entry.status(self.results) for entry in entries], cost)

    def run(self, *, jobs=1, retry=False, timeout=runner.DEFAULT_TIMEOUT, dask=None):
        """
        Carry out what is not done, and write the table of the batch, however it ends.

        Parameters
        ----------
        jobs : int
            Worker processes on this computer.
        retry : bool
            Whether runs that failed are tried again.
        timeout : float
            Longest time for one cell, in seconds.
        dask : str, optional
            Address of the scheduler of a Dask cluster, or "local" for one on this computer with `jobs` workers.

        Returns
        -------
        table : pandas.DataFrame
            See `soaplens_lite.study.batch.table`.

        Raises
        ------
        BatchError
            If another process runs this batch, a folder cannot be written to, or there is no such cluster.
        KeyboardInterrupt
            If it was stopped. The same call goes on.
        """
        if jobs < 1:
            raise BatchError(f"jobs = {jobs}: must be a number of workers, at least 1")
        check_writable(self.results)
        try:
            cache_folder()
        except OSError as error:
            raise BatchError(str(error)) from None
        with _folder.locked(self.home, "{}-of-{}".format(*self.part) if self.part != (1, 1) else ""):
            _folder.join(self.home, [_folder.entry_of(row) for row in self.rows], self.results)
            judged = {}
            try:
                rows = self.todo(retry=retry)
                if rows:
                    self._drive(rows, jobs, timeout, dask, judged)
            finally:
                _table.keep_verdicts(self.home, judged)
                table = self._write_table()
        return table

    def summarize(self):
        """Execute the notebook ``07_batch`` on the runs that are complete, if it is there and there are any."""
        statuses = [entry.status(self.results) for entry in _folder.read(self.home)]
        if notebooks.SUMMARY in notebooks.studies() and "complete" in statuses:
            given = {"batch": self.home.name}
            runner.run(notebooks.SUMMARY, given, results=self.results, latest=False)

    def _drive(self, rows, jobs, timeout, dask, judged):
        log_file = self.home / "workers.log"
        with _workers(min(jobs, len(rows)), log_file, dask) as (executor, limit, messages):
            with _view.view_of(rows, messages, environment=os.environ) as view:
                drive(rows, executor, limit, view, results=self.results, timeout=timeout, judged=judged)

    def _write_table(self):
        """The table of all runs of the batch, in its folder."""
        table = _table.table(self.home)
        try:
            with disk.whole(self.home / _folder.TABLE) as scratch:
                table.to_csv(scratch, index=False)
        except OSError as error:
            raise BatchError(disk.refusal(self.home / _folder.TABLE, error)) from None
        log.info(_view.summary(_folder.read(self.home), self.results, self.home))
        return table


def prepare_batch(rows, name, *, results=None, part=""):
    """
    A batch that can be shown and run: every row is checked.

    Parameters
    ----------
    rows : list of Row
        See `grid` and `read_plan`.
    name : str
        Of the folder in ``<results>/batches``.
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.
    part : str
        ``3/40`` for a part of the rows.

    Returns
    -------
    batch : Batch

    Raises
    ------
    BatchError
        If a row cannot be run, or there is no such part.
    """
    if not name or "/" in name or name.startswith("."):
        raise BatchError(f"name = {name!r}: must be the name of a folder, without / and not beginning with a dot")
    chosen = parse_part(part) if part else (1, 1)
    return Batch(validate(rows), _folder.home_of(results, name), results_folder(results), chosen)


@contextmanager
def _workers(n_workers, log_file, dask):
    """What takes tasks, how many at a time, and the queue of its messages."""
    if dask:
        from soaplens_lite.study.batch import _dask

        with _dask.cluster(dask, n_workers, log_file.parent) as (executor, limit):
            yield executor, limit, None
    else:
        with _worker.LocalWorkers(n_workers, log_file) as workers:
            yield workers, lambda: n_workers, workers.messages


def drive(rows, executor, limit, view, *, results, timeout, judged):
    """
    Carry out the runs of some rows, one on each worker at a time.

    Parameters
    ----------
    rows : list of Row
        Checked, in the order of the plan.
    executor : concurrent.futures.Executor
    limit : callable
        How many tasks it takes at a time, now.
    view : object
        Is told what happens: ``begun(row)``, ``ended(row, outcome)``, ``tick()``.
    results : pathlib.Path
    timeout : float
        In seconds, for a cell.
    judged : dict
        Gets the verdicts on each run that is done, by its id.

    Raises
    ------
    KeyboardInterrupt
        If the user stops it; runs that were going on are interrupted then.
    """
    waiting, running, finished = list(rows), {}, []
    while waiting or running:
        while waiting and len(running) < limit():
            row = waiting.pop(_next(waiting, list(running.values()), finished))
            task = (row.notebook, row.given, row.job.run_id)
            running[executor.submit(_worker.carry_out, *task, results=str(results), timeout=timeout)] = row
            view.begun(row)
        done, _ = wait_for(running, timeout=TICK, return_when=FIRST_COMPLETED)
        for future in done:
            row = running.pop(future)
            finished.append(row)
            outcome = _kept(_outcome(future), row, results)
            judged |= {row.job.run_id: outcome["verdicts"]} if "verdicts" in outcome else {}
            view.ended(row, outcome)
        view.tick()


def _next(waiting, running, finished):
    """
    Place of the row to begin next.

    One run fills the cache for all that need the same: a row waits while another computes its descriptors, or else its
    clusterings, as long as there is a row that need not. If all would wait, the first begins: it takes turns with the
    other at the lock of the cache.
    """
    filling = {key for row in running for key in keys_of(row)} - {key for row in finished for key in keys_of(row)}
    would_wait = [[key in filling for key in keys_of(row)] for row in waiting]
    return would_wait.index(min(would_wait))


def _outcome(future):
    """How a task ended, also where its worker did not say."""
    try:
        error = future.exception()
    except CancelledError:
        return {"status": "interrupted", "seconds": 0.0, "error": "the cluster lost the run"}
    if error is None:
        return future.result()
    if isinstance(error, BrokenProcessPool | KeyboardInterrupt):
        error = "the worker was killed; often the computer ran out of memory, which the system's log would say"
        return {"status": "interrupted", "seconds": 0.0, "error": error}
    return {"status": "failed", "seconds": 0.0, "error": f"{type(error).__name__}: {error}"}


def _kept(outcome, row, results):
    """An outcome, whose run is where it belongs: a worker that does not see the results folder sends its run back."""
    if "archive" in outcome:
        from soaplens_lite.study.batch import _dask

        _dask.unpack(outcome.pop("archive"), results / row.job.notebook)
    return outcome


def parse_part(text):
    """
    Which part of how many a command is to carry out.

    Parameters
    ----------
    text : str
        ``3/40`` for instance.

    Returns
    -------
    part, n_parts : int

    Raises
    ------
    BatchError
        If it is anything else.

    Examples
    --------
    >>> parse_part("3/40")
    (3, 40)
    """
    first, _, second = text.partition("/")
    if not (first.isdecimal() and second.isdecimal() and 1 <= int(first) <= int(second)):
        raise BatchError(f"part = {text!r}: must be the number of a part, from 1, and how many there are: 3/40")
    return int(first), int(second)


def rows_of_part(rows, part, n_parts):
    """
    The rows of one part; the parts of a plan have no row in common and are about equally long.

    Parameters
    ----------
    rows : list of Row
        Checked.
    part, n_parts : int

    Returns
    -------
    rows : list of Row
        Those that share descriptors or clusterings stand together, so that as few parts as possible compute the same.
    """
    together = sorted(rows, key=lambda row: (row.job.notebook, *keys_of(row))) if n_parts > 1 else rows
    return together[len(rows) * (part - 1) // n_parts : len(rows) * part // n_parts]
