"""Batches that run: what they leave, how they go on after every kind of end, and what workers share."""

import json
import os
import signal
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import psutil
import pytest
from batches import Place, wait_for

from soaplens_lite.study import batch
from soaplens_lite.study.batch import _folder
from soaplens_lite.study.report import exhibits
from soaplens_lite.study.run import parameters, runner

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
    assert "is being run by another process" in place(*words, "-p", f"hold={place.hold}", code=1)
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


def test_two_batches_with_a_run_in_common(place):
    """The second one leaves it to the first, does its own, and is complete once the first has done it."""
    first = place.begin_held("batch", "01_demo", "-p", "n=1", "--name", "first")
    words = ["batch", "01_demo", "-p", "n=1,2", "-p", f"hold={place.hold}", "--name", "second"]
    second = place.begin(*words)
    wait_for(lambda: len(place.kernels()) == 2)
    place.hold.unlink()
    assert first.wait(600) == 0
    output, _ = second.communicate(timeout=600)
    assert "2 runs: 1 running, 1 left" in output
    assert "2 runs: 2 complete" in place(*words)
    runs = [path.parent.name for path in place.results.glob("01_demo/*/run.json")]
    assert len(runs) == 2 and not (place.results / "01_demo" / "latest").exists()


def test_the_runs_are_summarized_by_a_notebook(tmp_path):
    """``07_batch`` draws a number against the parameter and says which findings change; the report leads to it."""
    shape = {"frames": 40, "bootstrap": 100, "rotations": 0, "movie_frames": 0, "export_stride": 0}
    home = tmp_path / "batches" / "cuts"
    entries = []
    for n, (cut, states) in enumerate([(0.9, 6), (1.0, 6), (1.1, 5)]):
        given = parameters.validate("01_cu211", shape | {"merge_cut": cut})
        share = {"value": 0.1 * n, "low": 0.1 * n - 0.02, "high": 0.1 * n + 0.02}
        recorded = {"fast.population": share, "joint.n_states": states}
        folder = complete(tmp_path, "01_cu211", f"run{n}", given, recorded)
        plt.imsave(folder / "figures" / "fig2b_map.png", np.full((20, 30, 3), 80 * n, np.uint8))
        entries.append(_folder.Entry("01_cu211", folder.name, shape | {"merge_cut": cut}))
    _folder.write(home, entries)
    done = runner.run("07_batch", {"batch": "cuts"}, results=tmp_path, latest=False)
    assert done.status == "complete", done.error
    content = json.loads((done.folder / "numbers.json").read_text())
    assert content["numbers"]["findings.changing"]["value"] == 1 and content["numbers"]["runs"]["value"] == 3
    assert {"fast.population_against_merge_cut", "side_by_side"} <= set(content["figures"])
    assert content["learned"][::2] == ["3 of 3 runs are complete.", "Changing: joint.n_states."]
    (shown,) = exhibits.batches(tmp_path, tmp_path / "report")
    assert shown["name"] == "cuts" and (tmp_path / "report" / shown["link"]).resolve().is_file()


def complete(results, notebook, run_id, given, recorded):
    """A complete run, as a runner leaves it, with a folder for figures."""
    folder = results / notebook / run_id
    (folder / "figures").mkdir(parents=True)
    numbers = {name: {"value": value, "unit": "", "note": "a note"} for name, value in recorded.items()}
    content = {"notebook": notebook, "complete": True, "parameters": given, "numbers": numbers, "figures": {}}
    (folder / "numbers.json").write_text(json.dumps(content))
    run = {"status": "complete", "notebook": notebook, "run_id": run_id, "start": "2026", "parameters": given}
    run |= {"data": {}, "seconds": 1.0, "seconds_per_section": {}, "files": {}}
    (folder / "run.json").write_text(json.dumps(run))
    return folder


def test_bad_input_begins_nothing(place):
    """Parts, names, numbers of workers and folders are checked before a worker starts."""
    words = ["batch", "01_demo", "-p", "n=1"]
    assert "must be the number of a part" in place(*words, "--part", "4/3", code=1)
    assert "must be the name of a folder" in place(*words, "--name", "a/b", code=1)
    assert "0 is not in the range" in place(*words, "--jobs", "0", code=2)
    assert not (place.results / "01_demo").exists()
    (place.folder / "cache").write_text("a file")
    assert "cache folder" in place(*words, code=1)
    assert not (place.results / "01_demo").exists()


def test_cores_are_divided_among_workers(place):
    """
    Two workers on the cores of this process have half of them each, also the kernels.

    ``latest`` leads to a run of the batch only if that has all defaults, as the one with n = 3.
    """
    place("batch", "01_demo", "-p", "n=1,3", "--jobs", "2")
    latest = json.loads((place.results / "01_demo" / "latest" / "run.json").read_text())
    assert latest["parameters"]["n"] == 3 and latest["changed"] == {}
    share = str(max(1, len(os.sched_getaffinity(0)) // 2))
    table = batch.table("01_demo-n", results=place.results)
    assert set(table["threads"]) == {share}
    assert Path(table["folder"][0]).is_dir()
