"""
Executing one notebook: the kernel, what is watched of it, and how its processes end.

The kernel is the interpreter of this process with settings of its own. Cells, sections, times and answers are watched
through the messages of the kernel; a progress bar inside a cell arrives as such a message, too. If this process is
killed, a small shell ends the kernel with its workers and removes the scratch folder.
"""

import asyncio
import logging
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.utils import run_sync
from nbclient.exceptions import DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from tqdm import tqdm
from traitlets import default

from soaplens_lite._progress import PROGRESS_MESSAGE
from soaplens_lite.study.run.notebooks import section_of

log = logging.getLogger(__name__)

ENGINE = "soaplens"
SOCKET_PATH_LIMIT = 90  # letters; systems allow about 104 and the socket's name gets an ending

# No estimate of the remaining time: cells take from milliseconds to minutes.
BAR = "{desc} |{bar}| {n_fmt}/{total_fmt} cells, {elapsed}{postfix}"

# Waits until this process closes its end of the pipe, at the latest by its death. The group of the kernel holds its
# workers. SIGTERM, not SIGKILL: joblib's tracker ignores it and removes the shared memory of the workers afterwards.
ENDER = 'read -r _; kill -s TERM -- "-$0" 2>/dev/null; rm -rf -- "$1"'


def manager(folder, cache, scratch):
    """
    What starts a kernel in this very interpreter, whatever kernels the user has installed.

    Settings of the user for IPython and matplotlib, which would change a figure, do not reach it. Messages go through
    sockets in a private folder, so that no port is opened.

    Parameters
    ----------
    folder : pathlib.Path
        Of the run.
    cache : pathlib.Path
    scratch : path
        A folder that is removed after the run.

    Returns
    -------
    manager : type of jupyter_client.manager.AsyncKernelManager
        For papermill.
    """
    connection = str(Path(scratch) / "kernel.json")
    matplotlib = Path(find_spec("matplotlib").origin).parent
    environment = os.environ | {
        "SOAPLENS_RUN_DIR": str(folder),
        "SOAPLENS_CACHE": str(cache.absolute()),
        "IPYTHONDIR": str(Path(scratch) / "ipython"),
        "MATPLOTLIBRC": str(matplotlib / "mpl-data" / "matplotlibrc"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    }

    class RunningInterpreter(AsyncKernelManager):
        enders = []

        @default("kernel_spec_manager")
        def _only_the_native_kernel(self):
            return KernelSpecManager(kernel_dirs=[])

        @default("connection_file")
        def _private(self):
            return connection

        @default("transport")
        def _without_ports(self):
            return "ipc" if len(connection) < SOCKET_PATH_LIMIT else "tcp"

        async def start_kernel(self, **options):
            with open(log_of(scratch), "ab") as file:
                await super().start_kernel(cwd=str(folder), env=environment, stdout=file, stderr=file, **options)
            self.enders += _end_after(self.provisioner.pid, scratch)

    return RunningInterpreter


def _end_after(process, scratch):
    """Start what ends a kernel and its workers when this process is gone; it must outlive Ctrl-C, too."""
    if os.name != "posix" or os.getpgid(process) == os.getpgid(0):
        return []
    command = ["sh", "-c", ENDER, str(process), str(scratch)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return [subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True, **quiet)]


def end(manager):
    """
    End what a kernel may have left: its workers, its scratch folder, and the shell that waits to do this.

    Parameters
    ----------
    manager : type of jupyter_client.manager.AsyncKernelManager
        See `manager`.
    """
    for ender in manager.enders:
        ender.communicate()
    manager.enders.clear()


def log_of(scratch):
    """What the kernel says outside of cells: path of a file in the scratch folder."""
    return Path(scratch) / "kernel.log"


@contextmanager
def quiet_waiting():
    """
    Let tasks that wait for a kernel end with it without a message.

    After Ctrl-C nobody asks for their errors, and the event loop would print each of them with its traceback, as late
    as at the end of the process. Errors of other tasks are shown as ever. The loop's own handler is put back at the
    end, unless the run was interrupted.
    """
    loop = run_sync(_loop)()
    before = loop.get_exception_handler()

    def handle(loop, context):
        if isinstance(context.get("exception"), DeadKernelError | KeyboardInterrupt):
            return
        if before is None:
            loop.default_exception_handler(context)
        else:
            before(loop, context)

    loop.set_exception_handler(handle)
    interrupted = False
    try:
        yield
    except KeyboardInterrupt:
        interrupted = True
        raise
    finally:
        if not interrupted:
            loop.set_exception_handler(before)


async def _loop():
    return asyncio.get_running_loop()


class _Client(PapermillNotebookClient):
    """Executes the cells; a progress bar in the kernel goes to the watch and into no output."""

    def __init__(self, *arguments, on_progress, **options):
        super().__init__(*arguments, **options)
        self._on_progress = on_progress

    def process_message(self, msg, *arguments, **options):
        content = msg["content"]
        if content.get("transient", {}).get("display_id") == PROGRESS_MESSAGE:
            self._on_progress(content["data"]["text/plain"])
        return super().process_message(msg, *arguments, **options)


class _Engine(NBClientEngine):
    """What papermill asks to execute a notebook; told from its own by the client."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, *, start_timeout=60, execution_timeout=None, **options):
        for name in ("input_path", "log_output", "stdout_file", "stderr_file"):
            options.pop(name, None)
        timeouts = {"startup_timeout": start_timeout, "timeout": execution_timeout}
        return _Client(nb_man, kernel_name=kernel_name, **timeouts, **options).execute()


papermill_engines.register(ENGINE, _Engine)


def in_words(seconds):
    """
    A duration for people.

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
    What is seen of a notebook while it is executed, and shown: a bar in a terminal, a log line per section elsewhere.

    Parameters
    ----------
    title : str
        Stands before the bar.
    n_cells : int
        Code cells that will be executed.
    progress : bool, optional
        True for a bar, False for silence. Default: a bar in a terminal, otherwise log lines.

    Attributes
    ----------
    answers : dict of int to str
        What the kernel answered to each code cell: "ok", "error", "aborted".
    cell : int
        The cell that was begun last.
    section : str
        The section of this cell.
    seconds : dict of str to float
        Time spent in the code cells of each section, in their order.
    """

    def __init__(self, title, n_cells, progress=None):
        self.answers, self.seconds = {}, {}
        self.cell, self.section = 0, title
        self._begun = time.monotonic()
        self._title = title
        in_terminal = sys.stderr.isatty() and not os.environ.get("CI")
        self._lines = progress is None and not in_terminal
        hidden = not (in_terminal if progress is None else progress)
        self._bar = tqdm(total=n_cells, desc=title, bar_format=BAR, disable=hidden, leave=False, dynamic_ncols=True)

    def hooks(self):
        """Keyword arguments for the notebook client: dict of callables."""
        return {
            "on_cell_start": self._on_start,
            "on_cell_executed": self._on_executed,
            "on_progress": self._bar.set_postfix_str,
        }

    def _on_start(self, cell, cell_index):
        self.cell, self._begun = cell_index, time.monotonic()
        opened = section_of(cell.source) if cell.cell_type == "markdown" else None
        if opened:
            self._end_section()
            self.section = opened
            self._bar.set_description(f"{self._title}: {opened[:40]}")

    def _on_executed(self, cell, cell_index, execute_reply):
        self.answers[cell_index] = execute_reply["content"]["status"]
        spent = time.monotonic() - self._begun
        self.seconds[self.section] = round(self.seconds.get(self.section, 0.0) + spent, 3)
        self._bar.update()

    def _end_section(self):
        if self._lines and self.section in self.seconds:
            log.info("  %s: %s", self.section, in_words(self.seconds[self.section]))

    @contextmanager
    def running(self):
        """Close the bar, and tell of the last section, at the end."""
        try:
            yield
        finally:
            self._end_section()
            self._bar.close()
