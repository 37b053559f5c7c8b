"""For what takes more than seconds: progress bars, also handed on by the runner, and numbers of processes."""

import os
from contextlib import contextmanager
from numbers import Integral

from joblib import cpu_count
from tqdm import tqdm


@contextmanager
def progress_bar(description, *, total, unit="it", unit_scale=False, leave=True):
    """
    A progress bar that keeps silent where nobody watches.

    The runner names a file in the environment variable ``SOAPLENS_PROGRESS``: the bar is written there, for
    the runner to show it in its own terminal. Otherwise the bar is drawn where the work happens, except in
    continuous integration (environment variable ``CI``).

    Parameters
    ----------
    description : str
        What is being done.
    total : int or None
        Number of steps, where it is known.
    unit : str
        What a step is.
    unit_scale : bool
        Whether to count in thousands, millions and so on: for bytes.
    leave : bool
        Whether the bar stays when it is done.

    Yields
    ------
    bar : tqdm.tqdm
    """
    look = {"total": total, "desc": description, "unit": unit, "unit_scale": unit_scale, "leave": leave}
    path = os.environ.get("SOAPLENS_PROGRESS")
    if path:
        with open(path, "a") as file, tqdm(file=file, ncols=80, **look) as bar:
            yield bar
    else:
        with tqdm(disable=bool(os.environ.get("CI")), **look) as bar:
            yield bar


def number_of_processes(n_jobs):
    """
    How many processes are meant.

    Parameters
    ----------
    n_jobs : int
        0 for one per core.

    Returns
    -------
    number : int

    Raises
    ------
    ValueError
        If it is negative or no whole number.

    Examples
    --------
    >>> number_of_processes(3), number_of_processes(0) >= 1
    (3, True)
    """
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral) or n_jobs < 0:
        raise ValueError(f"n_jobs = {n_jobs!r}: must be a whole number of processes, or 0 for one per core")
    return int(n_jobs) or cpu_count()
