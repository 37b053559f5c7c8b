"""
LENS of 100,000 atoms: time and memory as ratios measured in one run.

The old way, written naively here, held the neighbor sets of all frames (int64 indices) before it compared them. The
package holds those of lag + 1 frames. The copper sample is repeated in space; SOAP is not involved.
"""

import argparse
import gc
import os
import sys

import numpy as np
import psutil
from joblib import Parallel, delayed
from run import R_CUT, best_of, load, report
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from soaplens_lite.descriptors import lens
from soaplens_lite.study.cost import measure
from soaplens_lite.trajectory import supercell

COPIES = (8, 7, 1)  # of 1804 atoms: 101,024 atoms
N_FRAMES = 20


def all_sets_at_once(trajectory):
    """LENS after the neighbor sets of all frames were found, in a right-angled cell."""
    held = []
    for positions, cell in zip(trajectory.positions.values, trajectory.cell.values, strict=True):
        lengths = cell.diagonal()
        wrapped = positions - np.floor(positions / lengths) * lengths
        wrapped[wrapped >= lengths] = 0.0
        pairs = cKDTree(wrapped, boxsize=lengths).query_pairs(R_CUT, output_type="ndarray")
        places = pairs.min(axis=1), pairs.max(axis=1)
        held.append(csr_array((np.ones(len(pairs), dtype=bool), places), shape=(len(positions),) * 2))
    sizes = [set_sizes(sets) for sets in held]
    delta = np.zeros((len(held) - 1, trajectory.sizes["atom"]))
    for k in range(len(delta)):
        total = sizes[k] + sizes[k + 1]
        common = set_sizes(held[k].multiply(held[k + 1]))
        np.divide(total - 2 * common, total, out=delta[k], where=total > 0)
    return delta


def set_sizes(sets):
    """Number of neighbors of every atom, from a matrix that holds every pair once."""
    return np.diff(sets.indptr) + np.bincount(sets.indices, minlength=sets.shape[0])


def main():
    """Measure and print; the exit status says whether all claims hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--frames", type=int, default=N_FRAMES)
    n_frames = arguments.parse_args().frames
    os.environ.setdefault("CI", "1")
    trajectory = supercell(load(n_frames)[0], COPIES)
    print(f"{trajectory.sizes['atom']} atoms, {n_frames} frames, r_cut = {R_CUT} Angstrom, {psutil.cpu_count()} cores")

    old = measure(lambda: all_sets_at_once(trajectory))
    new = measure(lambda: lens(trajectory, R_CUT, n_jobs=1))
    assert np.array_equal(old.value, new.value.values), "LENS differs"
    half = measure(lambda: lens(trajectory.isel(frame=slice(n_frames // 2)), R_CUT, n_jobs=1))
    for name, measured in (("all sets at once", old), ("stream", new), ("stream, half the frames", half)):
        print(f"    {name:<25} {measured.seconds:6.1f} s   peak {measured.bytes / 1e6:6.0f} MB", flush=True)
    # What is left beside the sets is the result itself: 8 bytes for each atom and frame.
    growth = (new.bytes - half.bytes - (new.value.nbytes - half.value.nbytes)) / half.bytes
    old_seconds, peak_ratio = old.seconds, old.bytes / new.bytes
    del old, new, half
    gc.collect()

    Parallel(n_jobs=2)(
        delayed(lens)(trajectory.isel(frame=slice(2), atom=slice(9)), 2.0) for _ in range(4)
    )  # starts them
    one, two = best_of(2, *(lambda n=n: lens(trajectory, R_CUT, n_jobs=n) for n in (1, 2)))
    both = measure(lambda: lens(trajectory, R_CUT, n_jobs=2))
    print(f"    {'one process':<25} {one:6.1f} s")
    print(f"    {'two processes':<25} {two:6.1f} s   peak {both.bytes / 1e6:6.0f} MB")
    holds = [
        report("LENS, peak memory of all sets at once over the stream", peak_ratio, 2, at_least=True),
        report("LENS, growth of the peak by twice the frames", growth, 0.1, at_least=False),
        report("LENS, time of all sets at once over the stream", old_seconds / one, 0.9, at_least=True),
        report("LENS, two processes over one", one / two, 1.7, at_least=True),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
