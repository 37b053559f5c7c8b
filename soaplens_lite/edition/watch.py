"""
Watching a notebook while it is executed: which cell and section it is in, how long each took, what the
kernel answered; and telling whoever waits.

In a terminal there is one progress bar over the cells, with the current section and the state of a longer
computation inside it. Elsewhere, and in continuous integration, there is one plain line per section.
"""

import os
import re
import sys
import threading
import time
from contextlib import contextmanager

from tqdm import tqdm

HEADING = re.compile(r"^#{1,3}\s+(.+?)\s*#*\s*$", re.MULTILINE)

# No estimate of what remains: cells take from milliseconds to minutes.
BAR = "{desc} |{bar}| {n_fmt}/{total_fmt} cells, {elapsed}{postfix}"


def section_of(text):
    """
    The section that a markdown cell opens.

    Parameters
    ----------
    text : str

    Returns
    -------
    title : str or None
        Its last heading of the first three levels, without markup; None if it has none.

    Examples
    --------
    >>> section_of("Some words.\\n\\n## 1c: the *states* of `SOAP`\\nMore.")
    '1c: the states of SOAP'
    """
    headings = HEADING.findall(text)
    return re.sub(r"[*`$]", "", headings[-1]) if headings else None


def in_words(seconds):
    """
    A duration as one would say it.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    text : str

    Examples
    --------
    >>> in_words(7.25), in_words(252), in_words(3700)
    ('7.2 s', '4 min 12 s', '1 h 1 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


class Watch:
    """
    Hooks for the execution of one notebook, and what they saw.

    Parameters
    ----------
    title : str
        Stands before the bar.
    n_cells : int
        Code cells that will be executed.
    progress_file : pathlib.Path
        Where computations inside the kernel write their own progress bars.
    progress : bool, optional
        True for a bar, False for silence. Default: a bar in a terminal, otherwise plain lines.

    Attributes
    ----------
    answers : dict of int to str
        What the kernel answered to each code cell: "ok", "error", "aborted".
    cell : int
        The cell that was begun last.
    section : str
        The section it stands in.
    seconds : dict of str to float
        Time spent in the code cells of each section, in their order.
    """

    def __init__(self, title, n_cells, progress_file, progress=None):
        self.answers, self.seconds = {}, {}
        self.cell, self.section = 0, title
        self._begun = time.monotonic()
        self._title, self._file = title, progress_file
        in_terminal = sys.stderr.isatty() and not os.environ.get("CI")
        self._lines = progress is None and not in_terminal
        hidden = not (in_terminal if progress is None else progress)
        self._bar = tqdm(total=n_cells, desc=title, bar_format=BAR, disable=hidden, leave=False, dynamic_ncols=True)

    def hooks(self):
        """Keyword arguments for the notebook client: dict of callables."""
        return {"on_cell_start": self._on_start, "on_cell_executed": self._on_executed}

    def _on_start(self, cell, cell_index):
        self.cell, self._begun = cell_index, time.monotonic()
        opened = section_of(cell.source) if cell.cell_type == "markdown" else None
        if opened:
            self._end_section()
            self.section = opened
            self._bar.set_description(f"{self._title}: {opened[:40]}")

    def _on_executed(self, cell, cell_index, execute_reply):
        self.answers[cell_index] = execute_reply["content"]["status"]
        self._add_time()
        self._bar.update()

    def _add_time(self):
        spent = time.monotonic() - self._begun
        self.seconds[self.section] = round(self.seconds.get(self.section, 0.0) + spent, 3)

    def _end_section(self):
        if self._lines and self.section in self.seconds:
            print(f"  {self.section}: {in_words(self.seconds[self.section])}", file=sys.stderr, flush=True)

    @contextmanager
    def running(self):
        """Keep the bar alive between cells, and close it in the end."""
        ended = threading.Event()

        def refresh():
            while not ended.wait(1.0):
                self._bar.set_postfix_str(self._inner_progress())

        ticker = threading.Thread(target=refresh, daemon=True)
        if not self._bar.disable:
            ticker.start()
        try:
            yield
        finally:
            ended.set()
            if ticker.is_alive():
                ticker.join()
            self._end_section()
            self._bar.close()

    def _inner_progress(self):
        """What a computation in the kernel last said of itself: the end of its progress file, in short."""
        try:
            with open(self._file, "rb") as file:
                file.seek(max(0, os.fstat(file.fileno()).st_size - 1000))
                said = re.split(r"[\r\n]+", file.read().decode("utf-8", "replace").strip())[-1]
        except OSError:
            return ""
        match = re.match(r"(.*?:\s*\d+%)", said)
        return match[1] if match and "100%" not in said else ""
