"""For work that takes more than seconds: progress bars, also sent to the runner, and numbers of processes."""

import io
import os
import sys
from contextlib import contextmanager, nullcontext
from numbers import Integral

from joblib import cpu_count, parallel_config
from tqdm import tqdm

SHORTEST_TASK = 1.0  # s; less takes no bar
PROGRESS_MESSAGE = "soaplens-progress"  # display id of the messages by which a bar reaches the runner


@contextmanager
def progress_bar(description, *, total, unit="it", unit_scale=False, leave=True):
    """
    A progress bar that is shown where somebody watches.

    In a run (environment variable ``SOAPLENS_RUN_DIR``) it is sent to the runner as a message of the kernel, and the
    runner shows it in its own bar. Otherwise it is drawn where the work happens: as a widget in a notebook, as text in
    a terminal, and not at all in continuous integration (environment variable ``CI``).

    Parameters
    ----------
    description : str
        Name of the task.
    total : int or None
        Number of steps; None if it is not known.
    unit : str
        Name of a step.
    unit_scale : bool
        Whether to use the prefixes k, M, G, for instance for bytes.
    leave : bool
        Whether the bar stays visible at the end.

    Yields
    ------
    bar : tqdm.tqdm
    """
    look = {"total": total, "desc": description, "unit": unit, "unit_scale": unit_scale, "leave": leave}
    if os.environ.get("SOAPLENS_RUN_DIR") and _in_kernel():
        look |= {"file": _Messages(), "bar_format": "{desc}: {percentage:.0f}%", "leave": False}
        with tqdm(mininterval=0.5, **look) as bar:
            yield bar
    else:
        from tqdm.auto import tqdm as shown  # a widget in a notebook; where its error stream would be red

        with shown(disable=bool(os.environ.get("CI")), delay=SHORTEST_TASK, **look) as bar:
            yield bar


def _in_kernel():
    """Whether this process executes the cells of a notebook."""
    ipython = sys.modules.get("IPython")
    shell = ipython and ipython.get_ipython()
    return bool(shell and hasattr(shell, "kernel"))


class _Messages(io.TextIOBase):
    """A file whose text goes to the runner; an output that was never shown is updated, so no notebook keeps it."""

    def write(self, text):
        from IPython.display import update_display

        shown = text.strip()
        update_display({"text/plain": shown}, display_id=PROGRESS_MESSAGE, raw=True)
        return len(text)


def on_cluster():
    """
    Context in which joblib gives its tasks to a Dask cluster, if there is one.

    Returns
    -------
    context : context manager
        The environment variable ``SOAPLENS_DASK`` names the scheduler. Without it nothing changes.
    """
    scheduler = os.environ.get("SOAPLENS_DASK")
    return parallel_config("dask", scheduler_host=scheduler) if scheduler else nullcontext()


def number_of_processes(n_jobs):
    """
    Number of processes, with 0 replaced by the number of cores.

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
        If it is negative or not a whole number.

    Examples
    --------
    >>> number_of_processes(3), number_of_processes(0) >= 1
    (3, True)
    """
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral) or n_jobs < 0:
        raise ValueError(f"n_jobs = {n_jobs!r}: must be a whole number of processes, or 0 for one per core")
    return int(n_jobs) or cpu_count()
