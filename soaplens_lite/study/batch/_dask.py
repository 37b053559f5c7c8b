"""
A batch on a Dask cluster: a run is a task. Which worker does it, and what happens when one is lost, is Dask's business.

Workers write to the results folder if they see it under the same path; otherwise a run comes back with its task.
"""

import io
import os
import shutil
import tarfile
import tempfile
from contextlib import contextmanager
from pathlib import Path

from soaplens_lite import _disk as disk
from soaplens_lite.study.batch import _folder, _worker
from soaplens_lite.study.batch._plan import BatchError
from soaplens_lite.study.run.provenance import SCIENCE, versions

LOCAL = "local"
SECONDS_TO_CONNECT = 20
SECONDS_FOR_A_WORKER = 120  # that a cluster may take to bring its first one


@contextmanager
def cluster(address, n_workers, home):
    """
    The workers of a Dask cluster as an executor.

    Parameters
    ----------
    address : str
        Of the scheduler, ``tcp://node1:8786`` for instance, or "local" to start a cluster on this computer.
    n_workers : int
        Of the local one.
    home : pathlib.Path
        Folder of the batch.

    Yields
    ------
    executor : concurrent.futures.Executor
    limit : callable
        How many workers there are now.

    Raises
    ------
    BatchError
        If `distributed` is missing, there is no such cluster or it is lost, or a worker has another version.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise BatchError("--dask needs the package distributed: pip install distributed") from None
    started = None
    if address == LOCAL:
        started = LocalCluster(
            n_workers=n_workers, threads_per_worker=1, dashboard_address=None, env=_worker.share(n_workers)
        )
    try:
        with Client(started or address, timeout=SECONDS_TO_CONNECT, set_as_default=False) as client:
            client.wait_for_workers(1, timeout=SECONDS_FOR_A_WORKER)
            _check_versions(client)
            yield _Remote(client, home), lambda: max(1, len(client.nthreads()))
    except (OSError, ValueError) as error:  # a time-out is an OSError
        if isinstance(error, OSError) and error.errno in disk.FULL_DISK_ERRORS:
            raise
        raise BatchError(f"dask = {address}: the cluster does not answer ({error}); what is complete is kept") from None
    finally:
        if started:
            started.close()


def _check_versions(client):
    """Refuse a cluster whose workers would compute something else."""
    names = ("soaplens_lite", *SCIENCE)

    def ask():  # sent as it stands, since a worker may lack the package
        try:
            from soaplens_lite.study.run.provenance import versions
        except ImportError:
            return None
        return versions(names)

    here = versions(names)
    for worker, there in client.run(ask).items():
        if there is None:
            raise BatchError(f"the worker {worker} lacks the package soaplens_lite: install it there, or leave it out")
        if other := [name for name in here if there[name] != here[name]]:
            listed = ", ".join(f"{name} {there[name]} in place of {here[name]}" for name in other)
            raise BatchError(f"the worker {worker} has other versions: {listed}; install the same ones there")


class _Remote:
    """An executor whose tasks find the results folder, or send back what they wrote."""

    def __init__(self, client, home):
        self._client, self._home, self._given = client, home, {}

    def submit(self, function, notebook, given, run_id, *, results, timeout):
        """Give a run to a worker that has none, or to another one if that is lost; its concurrent.futures.Future."""
        busy = {address for future, address in self._given.items() if not future.done()}
        address = next((each for each in self._client.nthreads() if each not in busy), None)
        place = {"workers": address, "allow_other_workers": True} if address else {}
        executor = self._client.get_executor(pure=False, **place)
        plan = self._home / _folder.PLAN
        task = (str(plan), plan.read_bytes()), notebook, given, run_id
        future = executor.submit(_on_worker, *task, results=results, timeout=timeout)
        self._given[future] = address
        return future


def _on_worker(plan, *run, **options):
    """One run as a task, which leaves its place to blocks of spectra, the tasks that kernels give to the cluster."""
    from distributed import get_worker, secede

    os.environ["SOAPLENS_DASK"] = get_worker().scheduler.address
    secede()
    return _carry_out(*run, plan=plan, **options)


def _carry_out(notebook, given, run_id, *, results, timeout, plan):
    """One run, in the process of a Dask worker."""
    path, content = plan
    if Path(path).is_file() and Path(path).read_bytes() == content:  # the very folder
        return _worker.carry_out(notebook, given, run_id, results=results, timeout=timeout)
    with tempfile.TemporaryDirectory(prefix="soaplens-") as folder:
        outcome = _worker.carry_out(notebook, given, run_id, results=folder, timeout=timeout)
        return outcome | {"archive": _packed(Path(folder) / notebook)}


def _packed(home):
    """The run folders of a notebook as an archive: bytes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for run in home.glob("[!.]*"):
            if not run.is_symlink():
                archive.add(run, run.name)
    return stream.getvalue()


def unpack(archive, home):
    """
    Put runs that came back with their tasks where runs stand.

    Parameters
    ----------
    archive : bytes
    home : pathlib.Path
        Holds all runs of the notebook.
    """
    home.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=home, prefix=".") as scratch:
        with tarfile.open(fileobj=io.BytesIO(archive)) as stored:
            stored.extractall(scratch, filter="data")
        for run in Path(scratch).iterdir():
            shutil.rmtree(home / run.name, ignore_errors=True)
            shutil.rmtree(home / f"{run.name}.partial", ignore_errors=True)  # of an attempt before
            run.rename(home / run.name)
