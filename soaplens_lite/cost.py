"""
What a computation costs: the time it takes, and the memory that it needs at its peak.

Memory is *private* memory: what is resident less what is shared or backed by a file. Pages of the spectra, which are
mapped from disk, do not count, as the system can drop them at any time.

The memory is watched by a process of its own. A thread would see nothing while a library computes without handing
control back to Python, which is just when the memory is in use.
"""

import ctypes
import gc
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple

import psutil

EVERY = 0.01  # seconds between two looks


class Measured(NamedTuple):
    """
    A value and what it cost.

    Attributes
    ----------
    value : object
        What the function returned.
    seconds : float
    bytes : int
        By which the private memory rose, at its peak, above what was in use before.
    """

    value: Any
    seconds: float
    bytes: int


@dataclass
class MemoryWatch:
    """
    Private memory of a process and its children.

    Attributes
    ----------
    before : int
        In bytes, when the watch began.
    peak : int
        In bytes; known when the watch has ended.
    """

    before: int = 0
    peak: int = 0


def private_memory(process=None, *, without=()):
    """
    Private memory of a process and all its children.

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

    Examples
    --------
    >>> private_memory() > 1_000_000
    True
    """
    return sum(map(_private, _family(process or psutil.Process(), without)))


def _family(process, without):
    """A process and all its children but some."""
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
        return 0  # It ended while we looked.
    # Systems that do not tell shared pages apart count them as private.
    return max(0, memory.rss - getattr(memory, "shared", 0))


@contextmanager
def watch_memory(pid=None, *, every=EVERY):
    """
    Watch the private memory of a process and its children, from outside.

    Parameters
    ----------
    pid : int, optional
        Identifier of the process. Default: this one.
    every : float
        Seconds between two looks; a peak that is shorter may be missed.

    Yields
    ------
    watch : MemoryWatch
        Its `peak` is filled in at the end of the ``with`` block.

    Examples
    --------
    >>> with watch_memory() as watch:
    ...     block = bytearray(b"x" * 80_000_000)
    >>> watch.peak - watch.before > 70_000_000
    True
    """
    pid = pid or psutil.Process().pid
    # As a file, not as a module: the watcher then starts without the rest of the package.
    command = [sys.executable, "-P", __file__, str(pid), str(every)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as watcher:
        watch = MemoryWatch(before=int(watcher.stdout.readline()))
        try:
            yield watch
        finally:
            said, _ = watcher.communicate()  # Its input ends, and with it the watch.
            watch.peak = int(said)


def measure(function, *, every=EVERY):
    """
    Call a function once and measure what that costs.

    Parameters
    ----------
    function : callable
        Without arguments.
    every : float
        Seconds between two looks at the memory.

    Returns
    -------
    measured : Measured
        The value, the seconds, and the rise of private memory in bytes, child processes included.

    Notes
    -----
    What earlier work no longer needs is given back to the system first, or it would be used again without a rise. That
    is possible on Linux; elsewhere the rise is that of memory which the process did not hold already.

    Examples
    --------
    >>> value, seconds, memory = measure(lambda: len(b"x" * 80_000_000))
    >>> value, seconds < 60
    (80000000, True)
    """
    _give_back()
    with watch_memory(every=every) as watch:
        start = time.perf_counter()
        value = function()
        seconds = time.perf_counter() - start
    return Measured(value, seconds, max(0, watch.peak - watch.before))


def _give_back():
    """Free what is not in use; the C library keeps it for later otherwise."""
    gc.collect()
    with suppress(AttributeError):  # Only GNU's C library has this function.
        ctypes.CDLL(None).malloc_trim(0)


def best_time(function, *, repeats=3):
    """
    The shortest of several durations: what disturbs a measurement only ever makes it longer.

    Parameters
    ----------
    function : callable
        Without arguments.
    repeats : int

    Returns
    -------
    seconds : float

    Raises
    ------
    ValueError
        If `repeats` is less than 1.
    """
    if repeats < 1:
        raise ValueError(f"repeats = {repeats}: must be at least 1")
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        function()
        taken.append(time.perf_counter() - start)
    return min(taken)


def fit_power(sizes, costs):
    r"""
    The power law :math:`c = f s^p` that lies nearest to measured costs, on logarithmic scales.

    A power of 1 says that twice the size costs twice as much.

    Parameters
    ----------
    sizes, costs : array_like, shape (n,)
        Above 0; at least two different sizes.

    Returns
    -------
    factor, power : float

    Raises
    ------
    ValueError
        If they do not determine a power law.

    Examples
    --------
    >>> factor, power = fit_power([1, 2, 4], [3.0, 12.0, 48.0])
    >>> round(factor, 6), round(power, 6)
    (3.0, 2.0)
    """
    import numpy as np  # The watcher, which is this file too, starts without it.

    sizes, costs = np.asarray(sizes, dtype=float), np.asarray(costs, dtype=float)
    if len(np.unique(sizes)) < 2 or (sizes <= 0).any() or (costs <= 0).any():
        raise ValueError(
            f"sizes = {sizes.tolist()}, costs = {costs.tolist()}: a power law needs two different sizes, and all "
            "numbers above 0"
        )
    power, logarithm = np.polyfit(np.log(sizes), np.log(costs), 1)
    return float(np.exp(logarithm)), float(power)


def rounded(value, digits=3):
    """
    A number with so many digits that count.

    What is printed and what is computed from it then agree: a ratio is that of the numbers beside it.

    Parameters
    ----------
    value : float
    digits : int
        At least 1.

    Returns
    -------
    rounded : float

    Raises
    ------
    ValueError
        If `digits` is less than 1.

    Examples
    --------
    >>> rounded(0.0012345), rounded(1234.5), rounded(69.8, digits=1)
    (0.00123, 1230.0, 70.0)
    """
    if digits < 1:
        raise ValueError(f"digits = {digits}: must be at least 1")
    return float(f"{value:.{digits}g}")


def _watch(pid, every):
    """The watching process: says what is in use, looks until its input ends, and says the peak."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who is watched; the watch ends with its input.
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    watched, own = psutil.Process(pid), (psutil.Process().pid,)
    peak = private_memory(watched, without=own)
    print(peak, flush=True)
    for look in count():
        if look % 10 == 0:
            family = _family(watched, own)  # Takes far longer than to look at the few that it finds.
        peak = max(peak, sum(map(_private, family)))
        if ended.wait(every):
            break
    with suppress(BrokenPipeError):  # Whoever asked may be gone.
        print(max(peak, private_memory(watched, without=own)), flush=True)


if __name__ == "__main__":
    _watch(int(sys.argv[1]), float(sys.argv[2]))
