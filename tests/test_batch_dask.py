"""Batches on a Dask cluster: the same runs, also where a worker is killed, has nothing, or sees no results folder."""

import json
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from batches import Place, wait_for

import soaplens_lite as sl
from soaplens_lite.study import batch
from soaplens_lite.study.batch import _dask, _worker
from soaplens_lite.trajectory import make_trajectory

distributed = pytest.importorskip("distributed")
Client, LocalCluster = distributed.Client, distributed.LocalCluster


@pytest.mark.slow
def test_a_killed_worker_of_a_cluster_is_replaced(tmp_path):
    """Dask gives its run to another worker; the numbers are those of workers without Dask."""
    place = Place(tmp_path / "ein Ort")
    words = ["batch", "01_demo", "-p", "n=1,2,3", "--name", "cluster", "--jobs", "2", "--dask", "local"]
    process = place.begin_held(*words, n_running=2)
    psutil.Process(place.kernels()[0]).parent().parent().kill()
    place.hold.unlink()
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0 and "3 runs: 3 complete" in output, output
    found = batch.table("cluster", results=place.results).set_index("n")["square"]
    assert found.to_dict() == {1: 1, 2: 4, 3: 9}


@pytest.mark.slow
def test_a_scheduler_that_dies(tmp_path):
    """The command ends and says so, nothing that is complete is lost, and the same batch goes on without it."""
    place, file = Place(tmp_path / "ein Ort"), tmp_path / "scheduler.json"

    def dask(command, *words):
        words = ["-m", f"distributed.cli.dask_{command}", "--scheduler-file", str(file), "--no-dashboard", *words]
        return subprocess.Popen([sys.executable, *words], env=place.environment, stderr=subprocess.DEVNULL)

    preload = str(place.folder / "soaplens.py")  # knows the notebook of the tests
    scheduler, worker = dask("scheduler", "--port", "0"), dask("worker", "--nthreads", "1", "--preload", preload)
    try:
        wait_for(lambda: file.is_file() and file.stat().st_size)
        address = json.loads(file.read_text())["address"]
        process = place.begin_held("batch", "01_demo", "-p", "n=1,2", "--name", "cluster", "--dask", address)
        scheduler.kill()
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 1 and "the cluster lost the run" in output, output
    finally:
        for each in (scheduler, worker):
            each.kill()
    place.hold.unlink()
    wait_for(lambda: not psutil.pid_exists(place.kernels()[0]))
    assert "2 runs: 2 complete" in place("batch", "cluster")


@pytest.mark.slow
def test_spectra_are_tasks_of_the_cluster(tmp_path, monkeypatch):
    """By blocks of frames, on workers that are processes of their own; they are equal to those computed here."""
    points = np.random.default_rng(0).uniform(0, 12, (40, 30, 3))
    trajectory = make_trajectory(points, ["Cu"] * 30, cell=[12, 12, 12, 90, 90, 90])
    settings = {"r_cut": 4.0, "n_max": 2, "l_max": 2}
    here = sl.soap(trajectory, centers=range(30), **settings, cache_folder=tmp_path / "here").values
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as started, Client(started) as client:
        monkeypatch.setenv("SOAPLENS_DASK", started.scheduler_address)
        there = sl.soap(trajectory, centers=range(30), **settings, cache_folder=tmp_path / "there").values
        kinds = client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.task_prefixes))
    assert any("_spectra_of_block" in kind for kind in kinds), kinds
    np.testing.assert_array_equal(here, there)


def test_a_scheduler_that_does_not_answer(tmp_path, monkeypatch):
    """Is named, within the time to connect."""
    monkeypatch.setattr(_dask, "SECONDS_TO_CONNECT", 1)
    with pytest.raises(batch.BatchError, match="dask = tcp://127.0.0.1:9: the cluster does not answer"):
        with _dask.cluster("tcp://127.0.0.1:9", 1, tmp_path):
            pass


def test_an_address_that_is_none(tmp_path):
    """Is refused with the same words."""
    with pytest.raises(batch.BatchError, match="dask = nonsense://x: the cluster does not answer"):
        with _dask.cluster("nonsense://x", 1, tmp_path):
            pass


@pytest.mark.parametrize(("there", "words"), [(None, "lacks the package"), ({"numpy": "1.0"}, "numpy 1.0 in place of")])
def test_workers_that_would_compute_something_else(there, words):
    """Are named with what differs."""
    here = _dask.versions(("soaplens_lite", *_dask.SCIENCE))
    client = SimpleNamespace(run=lambda ask: {"tcp://worker:1": there and here | there})
    with pytest.raises(batch.BatchError, match=f"tcp://worker:1 .*{words}"):
        _dask._check_versions(client)
    _dask._check_versions(SimpleNamespace(run=lambda ask: {"tcp://worker:1": ask()}))


def test_a_worker_without_the_package(monkeypatch):
    """Answers nothing, in place of an error that only programmers understand."""
    answers = []
    client = SimpleNamespace(run=lambda ask: answers.append(ask()) or {})
    monkeypatch.setitem(sys.modules, "soaplens_lite.study.run.provenance", None)
    _dask._check_versions(client)
    assert answers == [None]


def test_runs_come_back_where_the_results_folder_is_not_shared(tmp_path, monkeypatch):
    """With their task; an attempt that stood there is replaced, and a shared folder is written to directly."""

    def carry_out(notebook, given, run_id, *, results, timeout):
        run = _dask.Path(results) / notebook / run_id
        run.mkdir(parents=True)
        (run / "run.json").write_text("{}")
        (run.parent / "latest").symlink_to(run_id)
        return {"status": "complete", "seconds": 1.0, "error": "", "results": results}

    monkeypatch.setattr(_worker, "carry_out", carry_out)
    task = {"results": str(tmp_path / "results"), "timeout": 9}
    outcome = _dask._carry_out("01_demo", {}, "abc", plan=(str(tmp_path / "batch.toml"), b"x"), **task)
    assert not (tmp_path / "results").exists()
    home = tmp_path / "results" / "01_demo"
    (home / "abc.partial").mkdir(parents=True)
    _dask.unpack(outcome["archive"], home)
    assert [path.name for path in home.iterdir()] == ["abc"] and (home / "abc" / "run.json").is_file()

    (tmp_path / "batch.toml").write_bytes(b"x")
    outcome = _dask._carry_out("01_demo", {}, "def", plan=(str(tmp_path / "batch.toml"), b"x"), **task)
    assert "archive" not in outcome and (home / "def" / "run.json").is_file()
