"""
Batches: overhead of a run, what runs share, workers, memory, tables; measured in one run: `make bench`.

A trivial notebook shows what a batch adds to the cells; a sweep over copper shows what its runs share.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import psutil

from soaplens_lite.study import batch
from soaplens_lite.study.batch import _folder

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
Place = importlib.import_module("batches").Place  # with the trivial notebook of the tests

N_QUEUED, N_IN_TABLE = 200, 1000
SIZES = ("-p", "min_cluster_size=30,40,50", "-p", "merge_cut=0.9,1.0,1.1")
QUICK = {"bootstrap": 100, "movie_frames": 0, "export_stride": 0, "rotations": 0}


def timed(process, memory=None):
    """Seconds until a command ends; `memory` gets (seconds, private MB of it and its workers) every second."""
    start = time.perf_counter()
    while process.poll() is None:
        if memory is not None:
            memory.append((time.perf_counter() - start, private(process.pid)))
        time.sleep(1 if memory is not None else 0.1)
    if process.returncode:
        raise SystemExit(f"{process.args} failed")
    return time.perf_counter() - start


def private(pid):
    """Private memory in MB of a command and its workers, without the kernels, which come and go."""
    total = 0.0
    try:
        command = psutil.Process(pid)
        for process in (command, *command.children()):
            total += process.memory_full_info().uss / 1e6
    except psutil.Error:
        pass
    return total


def soaplens(results, *words, cache):
    """Start the command on the notebooks of the paper."""
    environment = os.environ | {"SOAPLENS_RESULTS": str(results), "SOAPLENS_CACHE": str(cache), "CI": "1"}
    command = [sys.executable, "-m", "soaplens_lite", *words]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)


def report(what, value, wanted, *, at_least=False):
    """One line per claim; returns whether it holds."""
    holds = value >= wanted if at_least else value <= wanted
    print(f"{'ok  ' if holds else 'MISS'}  {what}: {value:.2f} ({'at least' if at_least else 'at most'} {wanted:g})")
    return holds


def trivial(folder):
    """Overhead of a run in s, from the second one of a worker on, and how memory grows over many runs."""
    place = Place(folder)

    def batch_of(n_runs, memory=None, n_workers=1):
        values = ",".join(map(str, range(100, 100 + n_runs)))
        words = ["batch", "01_demo", "-p", f"n={values}", "--name", f"of{n_runs}", "--yes", "--jobs", n_workers]
        return timed(place.begin(*words), memory)

    two, memory = batch_of(2), []
    twelve = batch_of(12)  # two of them are done
    runs = [json.loads(path.read_text()) for path in place.results.glob("01_demo/*/run.json")]
    cells = np.mean([sum(run["seconds_per_section"].values()) for run in runs])
    batch_of(N_QUEUED, memory, 2)
    table = batch.table(place.results / "batches" / f"of{N_QUEUED}")
    assert (table.status == "complete").sum() == N_QUEUED
    seconds, sizes = np.transpose(memory)
    early, late = (np.median(sizes[abs(seconds / seconds[-1] - middle) < 0.15]) for middle in (0.35, 0.8))
    # Both commands start a worker, for which the first two runs stand.
    return (twelve - 10 * cells - (two - 2 * cells) / 2) / 10, late / early


def sweep(folder, frames):
    """Times of one first run, and of a sweep on cached descriptors by one worker and by two."""
    short = [word for name, value in (QUICK | {"frames": frames}).items() for word in ("-p", f"{name}={value}")]
    first = timed(soaplens(folder / "a", "run", "01_cu211", *short, cache=folder / "empty"))
    times = {}
    for n_workers in (1, 2):
        cache = folder / f"cache{n_workers}"
        timed(soaplens(folder / "b", "run", "01_cu211", *short, "-p", f"seed={n_workers}", cache=cache))
        words = ["batch", "01_cu211", *short, *SIZES, "--name", "sweep", "--no-summary", "--jobs", str(n_workers)]
        times[n_workers] = timed(soaplens(folder / f"by{n_workers}", *words, cache=cache))
    return first, times


def table_of_many(folder):
    """Seconds per run of a table that has to judge its runs, and seconds of the table of many that were judged."""
    results = folder / "by1"
    entry = _folder.read(results / "batches" / "sweep")[0]
    source, entries = entry.folder(results), []
    for k in range(N_IN_TABLE):  # copies of one run of the sweep
        copy = folder / "many" / "01_cu211" / f"{k:012d}"
        copy.mkdir(parents=True)
        for name in ("run.json", "numbers.json", "results.nc"):
            os.link(source / name, copy / name)
        entries.append(_folder.Entry("01_cu211", copy.name, entry.given))
    home, few, seconds = folder / "many" / "batches" / "copies", entries[:10], []
    for chosen in (few, entries):
        _folder.write(home, chosen)
        start = time.perf_counter()
        assert len(batch.table(home)) == len(chosen)
        seconds.append(time.perf_counter() - start)
        judged = json.loads((home / "verdicts.json").read_text())
        verdicts = judged["runs"][few[0].run_id]
        (home / "verdicts.json").write_text(json.dumps(judged | {"runs": {e.run_id: verdicts for e in entries}}))
    return seconds[0] / len(few), seconds[1]


def main():
    """Measure and print; the exit status says whether all bounds hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--frames", type=int, default=120, help="frames of copper")
    frames = arguments.parse_args().frames
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        overhead, growth = trivial(folder / "trivial")
        holds = [report("overhead of a run from the second one of a worker on, s", overhead, 3)]
        holds += [report(f"memory late over early in {N_QUEUED} runs", growth, 1.1)]
        first, times = sweep(folder, frames)
        holds += [report("nine first runs over a sweep of nine, one worker", 9 * first / times[1], 3, at_least=True)]
        holds += [report("one worker over two", times[1] / times[2], 1.7, at_least=True)]
        first_time, again = table_of_many(folder)
        print(f"      the first table of a batch judges its runs, once: {first_time:.2f} s a run")
        holds += [report(f"table of {N_IN_TABLE} runs, s", again, 5)]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
