"""What a person sees of a batch: the plan before it, a live table during it, or lines where nobody watches."""

import logging
import queue
import sys
import time
from pathlib import Path
from statistics import median
from types import SimpleNamespace

from soaplens_lite.study import columns
from soaplens_lite.study.batch._plan import keys_of
from soaplens_lite.study.run.folders import lacks, state
from soaplens_lite.study.run.kernel import in_words

log = logging.getLogger(__name__)

ORDER = ("complete", "running", "failed", "interrupted", "left")
SHOWN_ROWS = 20  # of a plan


def varying(entries):
    """
    Names of the parameters that differ between runs.

    Parameters
    ----------
    entries : list of Entry or Row

    Returns
    -------
    names : list of str
    """
    names = dict.fromkeys(name for entry in entries for name in entry.given)
    return [name for name in names if len({str(entry.given.get(name)) for entry in entries}) > 1]


def in_short(entry, names):
    """What distinguishes a run from the others, ``r_cut=5 seed=1``, or all that was given where it is alone: str."""
    shown = [name for name in names or entry.given if name in entry.given]
    return " ".join(f"{name}={entry.given[name]}" for name in shown) or "as published"


def count(statuses):
    """
    How many runs have which status, in words.

    Examples
    --------
    >>> count(["left", "complete", "left"])
    '1 complete, 2 left'
    """
    statuses = list(statuses)
    return ", ".join(f"{statuses.count(status)} {status}" for status in ORDER if status in statuses)


def show_plan(entries, statuses, cost):
    """
    The plan for people: its runs, how many are done, and what the others will take.

    Parameters
    ----------
    entries : list of Entry
    statuses : list of str
    cost : str
        See `estimate`.

    Returns
    -------
    text : str
    """
    names = varying(entries)
    several = len({entry.notebook for entry in entries}) > 1
    rows = [("run", *(["notebook"] if several else []), *names, "id", "status")]
    for number, (entry, status) in enumerate(zip(entries, statuses, strict=True), start=1):
        given = [str(entry.given.get(name, "-")) for name in names]
        rows.append((str(number), *([entry.notebook] if several else []), *given, entry.run_id, status))
    shown, more = rows[: SHOWN_ROWS + 1], len(rows) - SHOWN_ROWS - 1
    lines = [columns(shown), *([f"... and {more} more"] if more > 0 else [])]
    return "\n".join([*lines, f"{len(entries)} runs: {count(statuses)}", cost])


def estimate(rows, results, n_workers):
    """
    Time and disk that runs will take, from earlier runs of their notebooks.

    Parameters
    ----------
    rows : list of Row
        Those to be run.
    results : pathlib.Path
    n_workers : int

    Returns
    -------
    text : str
    """
    if not rows:
        return "nothing to do"
    seconds, size, known = 0.0, 0.0, set()
    for notebook in dict.fromkeys(row.job.notebook for row in rows):
        first, later, sizes, seen = _earlier(results / notebook)
        if not sizes:
            return f"time and disk are not known: no run of {notebook} is complete yet"
        for row in (row for row in rows if row.job.notebook == notebook):
            descriptors = keys_of(row)[0]
            seconds += median((later if descriptors in seen | known else first) or first + later)
            known.add(descriptors)
        size += median(sizes) * sum(row.job.notebook == notebook for row in rows)
    return (
        f"about {in_words(seconds / n_workers)} on {n_workers} worker{'s' * (n_workers > 1)} and "
        f"{size / 1e6:.0f} MB of results, as earlier runs took"
    )


def _earlier(home):
    """Seconds of runs that computed descriptors, of those that found them; sizes in bytes; descriptors computed."""
    runs = [state(path.parent) for path in home.glob("*/run.json") if not path.parent.is_symlink()]
    needed = {"notebook": str, "data": dict, "parameters": dict, "seconds": float | int, "start": str, "files": dict}
    runs = [run for run in runs if run["status"] == "complete" and not lacks(run, needed)]
    first, later, seen = [], [], set()
    for run in sorted(runs, key=lambda run: run["start"]):
        descriptors = keys_of(SimpleNamespace(**run))[0]
        (later if descriptors in seen else first).append(run["seconds"])
        seen.add(descriptors)
    return first, later, [sum(run["files"].values()) for run in runs], seen


class Lines:
    """
    A line for every run that ended: for logs, and wherever nobody watches.

    Parameters
    ----------
    rows : list of Row
        Those that are run now.
    messages : queue or None
        Log records of workers.
    """

    def __init__(self, rows, messages=None):
        self._names, self._messages = varying(rows), messages
        self.running, self.ended_rows, self.sections, self.n_rows = {}, [], {}, len(rows)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def begun(self, row):
        """A run was given to a worker."""
        self.running[row.job.run_id] = (row, time.monotonic())

    def ended(self, row, outcome):
        """A run ended."""
        self.running.pop(row.job.run_id, None)
        self.ended_rows.append(outcome["status"])
        left = self.n_rows - len(self.ended_rows)
        last = outcome["error"].splitlines()[-1] if outcome["error"] else in_words(outcome["seconds"])
        self.say(f"run {row.number} ({in_short(row, self._names)}): {outcome['status']}, {last}; {left} left")

    def say(self, text):
        """Show a line."""
        log.info(text)

    def tick(self):
        """Take the messages of the workers: which section each run has finished last."""
        while self._messages:
            try:
                record = self._messages.get_nowait()
            except queue.Empty:
                break
            if record.name.endswith(".kernel"):
                self.sections[record.run_id] = record.getMessage().strip()


class LiveTable(Lines):
    """The same in a terminal: what runs where, since when, and what is left, renewed in place."""

    def __enter__(self):
        from rich.live import Live

        self._live = Live(self._table(), refresh_per_second=2, transient=True)
        self._live.__enter__()
        return self

    def __exit__(self, *error):
        self._live.__exit__(*error)

    def say(self, text):
        """Show a line above the table."""
        self._live.console.print(text, highlight=False, markup=False)

    def tick(self):
        """Renew the table."""
        super().tick()
        self._live.update(self._table())

    def _table(self):
        from rich.table import Table

        left = self.n_rows - len(self.ended_rows) - len(self.running)
        table = Table(title=f"{count(self.ended_rows) or 'none ended'}, {len(self.running)} running, {left} left")
        for name in ("run", "parameters", "since", "finished last"):
            table.add_column(name)
        for row, begun in self.running.values():
            section = self.sections.get(row.job.run_id, "-")
            since = in_words(time.monotonic() - begun)
            table.add_row(str(row.number), in_short(row, self._names), since, section)
        return table


def view_of(rows, messages, *, environment):
    """A live table in a terminal, lines elsewhere and in continuous integration (variable ``CI``)."""
    in_terminal = sys.stdout.isatty() and not environment.get("CI")
    return (LiveTable if in_terminal else Lines)(rows, messages)


def summary(entries, results, home):
    """
    How a batch stands, with every run that failed: the last line of its error, and its notebook so far.

    Parameters
    ----------
    entries : list of Entry
    results, home : pathlib.Path

    Returns
    -------
    text : str
    """
    statuses = [entry.status(results) for entry in entries]
    names, lines = varying(entries), []
    for number, (entry, status) in enumerate(zip(entries, statuses, strict=True), start=1):
        if status in ("failed", "interrupted"):
            notebook = Path(entry.folder(results)) / "notebook.ipynb"
            lines.append(f"run {number} ({in_short(entry, names)}) {status}: {entry.error(results) or 'it was killed'}")
            lines.append(f"  the notebook so far: {notebook}")
        elif status == "running":  # no run of this command is, when it ends
            run = state(entry.folder(results))
            where = f"process {run['process']['pid']} on {run['process']['host']}, since {run.get('start')}"
            lines.append(f"run {number} ({in_short(entry, names)}) is being done by {where}")
            lines.append(f"  if that process is gone, delete {entry.folder(results)} and give the command again")
    return "\n".join([*lines, f"{len(entries)} runs: {count(statuses)}", f"table: {home / 'table.csv'}"])
