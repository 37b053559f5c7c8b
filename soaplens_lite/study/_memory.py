"""
Private memory of a process and its children, and a sampler that looks at it from outside.

``python -m soaplens_lite.study._memory PID SECONDS`` prints the private memory in bytes, samples it until its input
ends, and prints the peak. See `soaplens_lite.study.cost.watch_memory`.
"""

import signal
import sys
import threading
from contextlib import suppress
from itertools import count

import psutil

SAMPLES_PER_SEARCH = 10  # A search for new child processes takes far longer than a sample.


def private_memory(process=None, *, without=()):
    """
    Private memory of a process and all its children: resident memory without shared pages and pages of files.

    Parameters
    ----------
    process : psutil.Process, optional
        Default: this one.
    without : collection of int
        Identifiers of processes that do not count.

    Returns
    -------
    bytes : int
        0 for a process that has ended.

    Notes
    -----
    The unique set size, `psutil.Process.memory_full_info().uss`, is not used: it counts the pages of a mapped file when
    no other process maps it, and the system can drop such pages at any time.

    Examples
    --------
    >>> private_memory() > 1_000_000
    True
    """
    return sum(map(_private, _family(process or psutil.Process(), without)))


def _family(process, without):
    """A process and all its children, without some."""
    try:
        members = [process, *process.children(recursive=True)]
    except psutil.Error:
        return []  # It has ended.
    return [member for member in members if member.pid not in without]


def _private(process):
    """Private memory of one process in bytes."""
    try:
        memory = process.memory_info()
    except psutil.Error:
        return 0  # It ended between the search and the sample.
    # Where the system does not count shared pages, they count as private.
    return max(0, memory.rss - getattr(memory, "shared", 0))


def _sample(pid, every):
    """Print the private memory, sample it until the input ends, print the peak."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the watched process; the sampler ends with its input.
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    watched, own = psutil.Process(pid), (psutil.Process().pid,)
    peak = private_memory(watched, without=own)
    print(peak, flush=True)
    for number in count():
        if number % SAMPLES_PER_SEARCH == 0:
            family = _family(watched, own)
        peak = max(peak, sum(map(_private, family)))
        if ended.wait(every):
            break
    with suppress(BrokenPipeError):  # The process that asked may have ended.
        print(max(peak, private_memory(watched, without=own)), flush=True)


if __name__ == "__main__":
    _sample(int(sys.argv[1]), float(sys.argv[2]))
