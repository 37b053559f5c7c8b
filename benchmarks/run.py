"""
Speed and memory, as ratios measured in one run: `make bench`.

Absolute times depend on the machine; what is claimed here are ratios between two things that were timed one after
the other on the same machine and the same data. Every pair is timed in turns, and the best of each is taken.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import MDAnalysis as mda
import nbformat
import numpy as np
import psutil
from ase import Atoms
from MDAnalysis.lib.NeighborSearch import AtomNeighborSearch

from soaplens_lite.descriptors import lens, make_descriptor, soap
from soaplens_lite.study import data as registry
from soaplens_lite.study.cost import watch_memory
from soaplens_lite.trajectory import lengths_and_angles, read_trajectory, select_centers

R_CUT = 6.0


def best_of(repeats, *calls):
    """Shortest time in seconds of each call; the calls take turns, so that a busy moment hits all alike."""
    times = [[] for _ in calls]
    for _ in range(repeats):
        for call, taken in zip(calls, times, strict=True):
            start = time.perf_counter()
            call()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def load(n_frames):
    """The first frames of the copper sample, and its centers."""
    data = registry.fetch("cu211-sample")
    trajectory = read_trajectory(data.topology, data.trajectory, interval=data.interval, n_frames=n_frames)
    return trajectory, select_centers(trajectory, data.centers, n_centers=data.n_centers)


def report(what, ratio, wanted, *, at_least):
    """One line per claim; returns whether it holds."""
    holds = ratio >= wanted if at_least else ratio <= wanted
    sign = "at least" if at_least else "at most"
    print(f"{'ok  ' if holds else 'MISS'}  {what}: {ratio:.2f} ({sign} {wanted:g})", flush=True)
    return holds


def bare_dscribe(trajectory, centers):
    """DScribe itself, frame by frame, on the same centers."""
    descriptor = make_descriptor(species=["Cu"], r_cut=R_CUT, n_max=8, l_max=8, periodic=True)
    for k in range(trajectory.sizes["frame"]):
        system = Atoms(
            trajectory.species.values, trajectory.positions.values[k], cell=trajectory.cell.values[k], pbc=True
        )
        descriptor.create(system, centers=system.positions[centers])


def our_soap(trajectory, centers, n_jobs):
    """Spectra with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        soap(trajectory, centers, r_cut=R_CUT, n_jobs=n_jobs, cache_folder=folder)


def lens_by_sets(trajectory, centers):
    """LENS as one would write it first: MDAnalysis's neighbor search for every atom, and Python's sets."""
    universe = mda.Universe.empty(trajectory.sizes["atom"], trajectory=True)
    group = universe.atoms[centers]
    known = []
    for k in range(trajectory.sizes["frame"]):
        universe.atoms.positions = trajectory.positions.values[k]
        box = lengths_and_angles(trajectory.cell.values[k])
        universe.dimensions = box
        search = AtomNeighborSearch(group, box=box)
        known.append([set(search.search(atom, R_CUT).indices) - {atom.index} for atom in group])
    return np.array(
        [
            [len(a ^ b) / (len(a) + len(b)) for a, b in zip(*pair, strict=True)]
            for pair in zip(known, known[1:], strict=False)
        ]
    )


def our_lens(trajectory, centers):
    """LENS from neighbor lists."""
    return lens(trajectory, R_CUT, centers=centers)


def watch_notebook(folder):
    """
    Run the copper notebook with an empty cache.

    Returns seconds, peak of private memory in bytes, and the seconds that the cells of SOAP and of the clusterings
    took, and that of the movie.
    """
    environment = os.environ | {"SOAPLENS_CACHE": f"{folder}/cache", "CI": "1"}
    command = [sys.executable, "-m", "soaplens_lite", "run", "01_cu211", "--results", f"{folder}/results"]
    start = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    with watch_memory(process.pid, every=0.1) as memory:
        process.wait()
    if process.returncode:
        raise SystemExit("the notebook failed")
    seconds = time.perf_counter() - start
    run = Path(folder, "results", "01_cu211", "latest")
    if json.loads((run / "run.json").read_text())["status"] != "complete":
        raise SystemExit("the notebook did not complete")
    cells = nbformat.read(run / "notebook.ipynb", as_version=4).cells
    heavy, movie = (
        sum(cell.metadata.papermill.duration for cell in cells if any(call in cell.source for call in calls))
        for calls in (("sl.soap(", "sl.cluster("), ("study.path_movie(",))
    )
    return seconds, memory.peak, heavy, movie


def main():
    """Measure and print; the exit status says whether all claims hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--frames", type=int, default=48, help="frames for the SOAP comparisons")
    arguments.add_argument("--no-notebook", action="store_true", help="leave out the run of the whole notebook")
    options = arguments.parse_args()
    os.environ.setdefault("CI", "1")
    trajectory, centers = load(options.frames)
    print(f"copper sample, {options.frames} frames, {len(centers)} centers, {psutil.cpu_count()} cores")

    our_soap(trajectory, centers, 2)  # Starts the worker processes, which later calls find running.
    one, two, bare = best_of(
        2,
        lambda: our_soap(trajectory, centers, 1),
        lambda: our_soap(trajectory, centers, 2),
        lambda: bare_dscribe(trajectory, centers),
    )
    ours, naive = best_of(2, lambda: our_lens(trajectory, centers), lambda: lens_by_sets(trajectory, centers))
    assert np.allclose(our_lens(trajectory, centers).values, lens_by_sets(trajectory, centers)), "LENS differs"
    holds = [
        report("SOAP, throughput of one core over bare DScribe", bare / one, 0.95, at_least=True),
        report("SOAP, two processes over one", one / two, 1.7, at_least=True),
        report("LENS, times faster than sets over MDAnalysis neighbor searches", naive / ours, 10, at_least=True),
        report("LENS, share of SOAP's time on as many cores", ours / one, 0.1, at_least=False),
    ]
    if not options.no_notebook:
        with tempfile.TemporaryDirectory() as folder:
            seconds, peak, heavy, movie = watch_notebook(folder)
            own = seconds - heavy - movie
            print(f"copper notebook: {seconds:.0f} s: SOAP and clustering {heavy:.0f} s, movie {movie:.0f} s")
        holds += [
            report("copper notebook, minutes", seconds / 60, 6, at_least=False),
            report("copper notebook, peak of private memory in GB", peak / 1e9, 2, at_least=False),
            # Against the six minutes, not the run's own time: else a faster clustering would look like a fault.
            report("copper notebook, all but SOAP, clustering, movie over 6 minutes", own / 360, 0.2, at_least=False),
        ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
