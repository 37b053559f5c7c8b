"""Batches that run: what they leave, how they go on after every kind of end, and what workers share."""

import json
import os
import signal
from pathlib import Path

import psutil
import pytest
from batches import Place, wait_for

from soaplens_lite.study import batch

pytestmark = pytest.mark.slow  # every test starts workers and kernels


@pytest.fixture
def place(tmp_path):
    """A place of its own for each test."""
    return Place(tmp_path / "ein Ort mit ä")


def test_a_batch_runs_side_by_side_and_is_tabulated(place):
    """
    What is done is not done again, by whomever it was done; what failed is tried again on request; rows join.

    Kernels of a worker are forked with libraries that are imported already, but each is a process of its own.
    """
    place("run", "01_demo", "-p", "n=1")
    output = place("batch", "01_demo", "-p", "n=1,2,4", "--jobs", "2", code=1)
    assert "3 runs: 1 complete, 2 left" in output and "3 runs: 2 complete, 1 failed" in output
    assert "ValueError: four is not allowed" in output and ".partial/notebook.ipynb" in output
    assert place.statuses("01_demo-n") == {1: "complete", 2: "complete", 4: "failed"}

    (place.folder / "plan.csv").write_text("n\n2\n4\n5\n6\n")
    output = place("batch", "plan.csv", "01_demo", "--name", "01_demo-n", code=1)
    assert "4 runs: 1 complete, 1 failed, 2 left" in output
    assert place.statuses("01_demo-n") == dict.fromkeys([2, 5, 6, 1], "complete") | {4: "failed"}

    before = {path: path.stat().st_mtime for path in place.results.glob("01_demo/*/run.json")}
    output = place("batch", "01_demo-n", "--retry", code=1)
    assert "run 2 (n=4): failed" in output
    after = {path: path.stat().st_mtime for path in place.results.glob("01_demo/*/run.json")}
    assert [path.parent.suffix for path in after if after[path] != before[path]] == [".partial"]

    table = batch.table("01_demo-n", results=place.results).set_index("n")
    assert table["square"].dropna().to_dict() == {1: 1, 2: 4, 5: 25, 6: 36}
    assert table["pid"].dropna().is_unique
    assert table["numpy"].dropna().to_dict() == {1: False, 2: True, 5: True, 6: True}
    links = place.results / "batches" / "01_demo-n" / "runs"
    assert {json.loads((link / "run.json").read_text())["status"] for link in links.iterdir() if link.exists()} == {
        "complete"
    }


@pytest.mark.parametrize("end", ["Ctrl-C", "kill -9"])
def test_a_batch_that_was_stopped_goes_on(place, end):
    """No process is left; the table says what is interrupted; a second start at the same time is refused."""
    words = ["batch", "01_demo", "-p", "n=1,2,3", "--jobs", "2", "--name", "held"]
    process = place.begin_held(*words, n_running=2)
    assert "is being run by process" in place(*words, "-p", f"hold={place.hold}", code=1)
    family = psutil.Process(process.pid).children(recursive=True)
    if end == "Ctrl-C":
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=600)
        assert process.returncode == 130 and "2 interrupted, 1 left" in output
        assert place.statuses("held") == {1: "interrupted", 2: "interrupted", 3: "left"}
    else:
        process.kill()
        process.communicate()
    kernels = [psutil.Process(pid) for pid in place.kernels() if psutil.pid_exists(pid)]
    _, alive = psutil.wait_procs([*family, *kernels], timeout=60)
    assert not alive
    place.hold.unlink()
    output = place(*words, "-p", f"hold={place.hold}")
    assert "3 runs: 2 interrupted, 1 left" in output and "3 runs: 3 complete" in output
    assert set(place.statuses("held").values()) == {"complete"}


def test_a_killed_worker_takes_nothing_with_it(place):
    """Its run is interrupted, the next one has a new worker, and the same command does what is left."""
    process = place.begin_held("batch", "01_demo", "-p", "n=1,2", "--name", "held")
    (kernel,) = place.kernels()
    worker = psutil.Process(kernel).parent().parent()  # the kernel's parent forks kernels for the worker
    worker.kill()
    place.hold.unlink()
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 1 and "run 1 (n=1): interrupted, the worker was killed" in output
    assert place.statuses("held") == {1: "interrupted", 2: "complete"}
    assert "2 runs: 2 complete" in place("batch", "held")


def test_a_plan_that_changes_meanwhile(place):
    """A batch does what it showed; the same command does the new rows."""
    plan = place.folder / "my plan.csv"
    plan.write_text(f"n,hold\n1,{place.hold}\n")
    place.hold.touch()
    process = place.begin("batch", plan, "01_demo")
    wait_for(lambda: place.kernels())
    plan.write_text(f"n,hold\n1,{place.hold}\n2,{place.hold}\n")
    place.hold.unlink()
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0 and "1 runs: 1 complete" in output
    assert "2 runs: 1 complete, 1 left" in place("batch", plan, "01_demo")
    assert place.statuses("my plan") == {1: "complete", 2: "complete"}


def test_parts_make_the_same_table(place):
    """An array of parts, two of them at the same time; afterwards the whole finishes what is missing."""
    words = ["batch", "01_demo", "-p", "n=1,2,3,5,6", "--name", "parts"]
    parts = [place.begin(*words, "--part", f"{k}/3") for k in (1, 3)]
    for part in parts:
        output, _ = part.communicate(timeout=600)
        assert part.returncode == 0, output
    done = place.statuses("parts")
    assert sorted(done) == [1, 2, 3, 5, 6] and sorted(done.values()) == ["complete"] * 3 + ["left"] * 2
    assert "5 runs: 5 complete" in place(*words)
    table = batch.table("parts", results=place.results)
    assert table.set_index("n")["square"].to_dict() == {n: n * n for n in (1, 2, 3, 5, 6)}


def test_bad_input_begins_nothing(place):
    """Parts, names, numbers of workers and folders are checked before a worker starts."""
    words = ["batch", "01_demo", "-p", "n=1"]
    assert "must be the number of a part" in place(*words, "--part", "4/3", code=1)
    assert "must be the name of a folder" in place(*words, "--name", "a/b", code=1)
    assert "jobs = 0" in place(*words, "--jobs", "0", code=1)
    assert not (place.results / "01_demo").exists()
    (place.folder / "cache").write_text("a file")
    assert "cache folder" in place(*words, code=1)
    assert not (place.results / "01_demo").exists()


def test_cores_are_divided_among_workers(place):
    """Two workers on the cores of this process have half of them each, also the kernels."""
    place("batch", "01_demo", "-p", "n=1,2", "--jobs", "2")
    share = str(max(1, len(os.sched_getaffinity(0)) // 2))
    table = batch.table("01_demo-n", results=place.results)
    assert set(table["threads"]) == {share}
    assert Path(table["folder"][0]).is_dir()
