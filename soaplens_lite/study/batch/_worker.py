"""
Worker processes on this computer: each does one run after the other, with libraries that stay imported.

Nothing heavy is imported before the numbers of threads are set, as libraries read them when they are imported.
"""

import logging
import logging.handlers
import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures import wait as wait_for
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from multiprocessing import connection

# Threads of numeric libraries, and what joblib takes for the number of cores (a run with n_jobs = 0 uses all of them).
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "LOKY_MAX_CPU_COUNT",
)
SECONDS_TO_STOP = 20  # that interrupted workers have to close their run folders

_one_at_a_time = threading.Lock()  # a worker of Dask may have several threads
_current = ""  # run id of what this worker is doing, for its messages


def share(n_workers, n_cores=None):
    """
    The environment variables that give a worker its share of the cores.

    Parameters
    ----------
    n_workers : int
    n_cores : int, optional
        Default: those that this process may use.

    Returns
    -------
    environment : dict of str to str

    Examples
    --------
    >>> share(3, 8)["OMP_NUM_THREADS"], share(4, 2)["LOKY_MAX_CPU_COUNT"]
    ('2', '1')
    """
    n_cores = n_cores or len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count()))
    return dict.fromkeys(THREAD_VARIABLES, str(max(1, n_cores // n_workers)))


def start(environment, messages, log):
    """
    Set up the process of a local worker.

    It ends with the process that started it, however that ended. Ctrl-C in the terminal does not reach it; SIGTERM is
    what interrupts its run.

    Parameters
    ----------
    environment : dict of str to str
    messages : multiprocessing.Queue
        Gets the log records of runs.
    log : path
        Of a file for everything else that is printed.
    """
    os.environ.update(environment)
    if hasattr(os, "setsid"):
        os.setsid()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(multiprocessing.parent_process().sentinel,), daemon=True).start()
    sys.stdout = sys.stderr = open(log, "a", encoding="utf-8", buffering=1)
    messages.cancel_join_thread()  # nobody reads the rest once the command ends
    handler = logging.handlers.QueueHandler(messages)
    handler.addFilter(_with_run)
    logger = logging.getLogger("soaplens_lite")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.handlers = [handler]
    keep_imports()


def keep_imports():
    """Let the kernels of this process be forked from one that has imported everything."""
    from soaplens_lite.study.batch import _fork

    _fork.use()


def _end_with(sentinel):
    connection.wait([sentinel])
    os._exit(1)


def _with_run(record):
    record.run_id = _current
    return True


def carry_out(notebook, given, run_id, *, results, timeout):
    """
    One run of a batch.

    Parameters
    ----------
    notebook, given
        See `soaplens_lite.study.run.runner.run`.
    run_id : str
        That the plan says.
    results : path
    timeout : float
        In seconds, for a cell.

    Returns
    -------
    outcome : dict
        ``status``, ``seconds``, ``error``; ``verdicts``, if the run is complete.
    """
    global _current
    from soaplens_lite.study import StudyError
    from soaplens_lite.study.batch import _table
    from soaplens_lite.study.run import runner

    with _one_at_a_time:
        keep_imports()
        _current = run_id
        try:
            result = runner.run(notebook, given, results=results, timeout=timeout, latest=False)
        except StudyError as error:
            return {"status": "failed", "seconds": 0.0, "error": str(error)}
        finally:
            _current = ""
    if result.run_id != run_id:
        error = f"code or data changed since the plan was made, and the run is {result.run_id}; give the command again"
        return {"status": "failed", "seconds": result.seconds, "error": error}
    outcome = {"status": result.status, "seconds": result.seconds, "error": result.error}
    return outcome | ({"verdicts": _table.judge(result.folder)} if result.status == "complete" else {})


class LocalWorkers(Executor):
    """
    Worker processes on this computer, each of which can die without harm to the others.

    Parameters
    ----------
    n_workers : int
    log : path
        Of a file for what workers print.

    Attributes
    ----------
    messages : multiprocessing.Queue
        Log records of the runs.
    """

    def __init__(self, n_workers, log):
        self.n_workers, self._log = n_workers, log
        self._context = multiprocessing.get_context("spawn")
        self.messages = self._context.Queue()
        self._slots, self._pids, self._tasks = {}, {}, {}
        for k in range(n_workers):
            self._start(k)

    def _start(self, k):
        settings = (share(self.n_workers), self.messages, str(self._log))
        self._slots[k] = ProcessPoolExecutor(1, mp_context=self._context, initializer=start, initargs=settings)
        self._pids[k] = self._slots[k].submit(os.getpid)

    def submit(self, function, /, *arguments, **options):
        """Give a task to a worker that has none; there must be one. Its concurrent.futures.Future."""
        k = next(k for k in self._slots if k not in self._tasks or self._tasks[k].done())
        try:
            future = self._slots[k].submit(function, *arguments, **options)
        except BrokenProcessPool:  # its process died with the task before
            self._start(k)
            future = self._slots[k].submit(function, *arguments, **options)
        self._tasks[k] = future
        return future

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Interrupt what is running, and end all workers."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            busy = {k: task for k, task in self._tasks.items() if not task.done()}
            for k in busy:
                with suppress(BrokenProcessPool, ProcessLookupError):
                    os.kill(self._pids[k].result(SECONDS_TO_STOP), number)
            wait_for(busy.values(), timeout=SECONDS_TO_STOP)
        for slot in self._slots.values():
            slot.shutdown(wait=wait, cancel_futures=True)
        self.messages.close()
