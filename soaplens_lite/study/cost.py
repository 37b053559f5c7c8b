"""
What a computation costs: time, and memory at its peak.

Memory is *private* memory: resident memory without shared pages and pages of files. Spectra that are mapped from disk
do not count, because the system can drop their pages at any time.

Memory is sampled by a process of its own. A thread would not run while a library computes without releasing Python's
lock, which is when most memory is used.
"""

import ctypes
import gc
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

SECONDS_BETWEEN_SAMPLES = 0.01


class Measured(NamedTuple):
    """
    A value and its cost.

    Attributes
    ----------
    value : object
        What the function returned.
    seconds : float
    bytes : int
        Private memory at the peak above the private memory before the call.
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
        In bytes, at the start.
    peak : int
        In bytes; known at the end.
    """

    before: int = 0
    peak: int = 0


@contextmanager
def watch_memory(pid=None, *, every=SECONDS_BETWEEN_SAMPLES):
    """
    Sample the private memory of a process and its children, from another process.

    Parameters
    ----------
    pid : int, optional
        Identifier of the process. Default: this one.
    every : float
        Seconds between two samples; a shorter peak may be missed.

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
    command = [sys.executable, "-P", "-m", "soaplens_lite.study._memory", str(pid or os.getpid()), str(every)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as sampler:
        watch = MemoryWatch(before=int(sampler.stdout.readline()))
        try:
            yield watch
        finally:
            answer, _ = sampler.communicate()  # closes its input, which ends the sampling
            watch.peak = int(answer)


def measure(function, *, every=SECONDS_BETWEEN_SAMPLES):
    """
    Call a function once, and measure time and memory.

    Parameters
    ----------
    function : callable
        Without arguments.
    every : float
        Seconds between two samples of the memory.

    Returns
    -------
    measured : Measured
        The value, the seconds, and the rise of private memory in bytes, with that of child processes.

    Notes
    -----
    Unused memory is first returned to the system; otherwise the function would use it again, without a rise. This works
    with GNU's C library only. Elsewhere memory that the process already holds is not counted.

    Examples
    --------
    >>> value, seconds, memory = measure(lambda: len(b"x" * 80_000_000))
    >>> value, seconds < 60
    (80000000, True)
    """
    _return_unused_memory()
    with watch_memory(every=every) as watch:
        start = time.perf_counter()
        value = function()
        seconds = time.perf_counter() - start
    return Measured(value, seconds, max(0, watch.peak - watch.before))


def _return_unused_memory():
    """Return unused memory to the system, which the C library would keep."""
    gc.collect()
    with suppress(AttributeError):  # Only GNU's C library has this function.
        ctypes.CDLL(None).malloc_trim(0)


def best_time(function, *, repeats=3):
    """
    The shortest of several durations: disturbances only make a measurement longer.

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
    Fit a power law :math:`c = f s^p` to measured costs, by least squares on logarithmic scales.

    A power of 1 means that twice the size costs twice as much.

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
        If all sizes are equal, or a number is not above 0.

    Examples
    --------
    >>> factor, power = fit_power([1, 2, 4], [3.0, 12.0, 48.0])
    >>> round(factor, 6), round(power, 6)
    (3.0, 2.0)
    """
    sizes, costs = np.asarray(sizes, dtype=float), np.asarray(costs, dtype=float)
    if len(np.unique(sizes)) < 2 or (sizes <= 0).any() or (costs <= 0).any():
        raise ValueError(
            f"sizes = {sizes.tolist()}, costs = {costs.tolist()}: must be numbers above 0, with two different sizes at "
            "least"
        )
    power, logarithm = np.polyfit(np.log(sizes), np.log(costs), 1)
    return float(np.exp(logarithm)), float(power)


def fit_powers(costs):
    """
    The powers with which the costs of steps grow, see `fit_power`.

    Parameters
    ----------
    costs : pandas.DataFrame
        One measurement per row: ``system``, ``step``, ``size`` and ``cost``.

    Returns
    -------
    powers : dict of (str, str) to float
        By system and step; only where there are several sizes.

    Examples
    --------
    >>> import pandas as pd
    >>> costs = pd.DataFrame({"system": "gold", "step": "SOAP", "size": [1, 2], "cost": [3.0, 6.0]})
    >>> {key: round(power, 6) for key, power in fit_powers(costs).items()}
    {('gold', 'SOAP'): 1.0}
    """
    groups = {key: group for key, group in costs.groupby(["system", "step"], sort=False)}
    groups = {key: group for key, group in groups.items() if group["size"].nunique() > 1}
    return {key: fit_power(group["size"], group["cost"])[1] for key, group in groups.items()}


def rounded(value, digits=3):
    """
    Round a number to significant digits.

    Printed numbers and what is computed from them then agree: a ratio is that of the numbers beside it.

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
