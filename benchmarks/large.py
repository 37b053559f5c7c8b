"""
Memory at the size of the paper's largest system: 2048 molecules of ice and water in 500 frames. `make bench` runs it.

The spectra of that study take 14 GB when they are held in memory as the paper writes them (1728 components in double
precision). Here SOAP, LENS, joining, principal components and projection go through them in blocks; what is measured is
the peak of private memory of all processes together, for several numbers of frames. The trajectory is generated: the
sample three times side by side, of which 2048 molecules are analyzed, forth and back in time.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
import xarray as xr
from run import report

from soaplens_lite import _cache as cache
from soaplens_lite.descriptors import join, lens, smooth_lens
from soaplens_lite.descriptors._soap import FRAMES_PER_BLOCK, soap
from soaplens_lite.states import fit_pca, project
from soaplens_lite.study import data as registry
from soaplens_lite.study.cost import measure, watch_memory
from soaplens_lite.trajectory import read_trajectory, repeat_frames, supercell

N_MOLECULES, N_COMPONENTS, PUBLISHED_COMPONENTS = 2048, 1224, 1728
FRAMES = (125, 250, 500)  # joint frames; the last one is the paper's
WINDOW = 100
STRETCH = 4 * FRAMES_PER_BLOCK  # frames of which SOAP is computed unless all are wanted
R_CUT = 6.0


def generate(n_frames):
    """A trajectory of so many frames: the sample three times side by side, forth and back in time."""
    data = registry.fetch("icewater-sample")
    sample = read_trajectory(data.topology, data.trajectory, interval=data.interval, n_frames=min(n_frames, 400))
    return repeat_frames(supercell(sample, (3, 1, 1)), n_frames)


def repeated_soap(trajectory, centers, *, r_cut, cache_folder):
    """Spectra of all frames, of which those of the first frames are computed and then written again and again."""
    stretch = soap(trajectory.isel(frame=slice(STRETCH)), centers, r_cut=r_cut, cache_folder=cache_folder)

    def blocks_again(blocks):
        for start, stop in blocks:
            first = start % STRETCH
            yield (start, stop), stretch.values[first : first + stop - start]

    shape = (trajectory.sizes["frame"], *stretch.shape[1:])
    spectra = cache.fill("repeated", {}, shape, FRAMES_PER_BLOCK, blocks_again, folder=cache_folder)
    coords = {"frame": trajectory.frame, "time": trajectory.time, "atom": centers}
    return xr.DataArray(spectra, dims=stretch.dims, coords=coords)


def analyze(n_joint, all_soap):
    """The whole way in this process; seconds and rise of memory of each step, as JSON."""
    trajectory = generate(n_joint + 1 + WINDOW)
    centers = trajectory.atom.values[trajectory.species.values == "O"][:N_MOLECULES]
    compute = soap if all_soap else repeated_soap
    with tempfile.TemporaryDirectory() as folder:
        steps = {"SOAP": measure(lambda: compute(trajectory, centers, r_cut=R_CUT, cache_folder=folder))}
        spectra = steps["SOAP"].value
        assert spectra.shape == (n_joint + 1 + WINDOW, N_MOLECULES, N_COMPONENTS), spectra.shape
        steps["LENS"] = measure(lambda: smooth_lens(lens(trajectory, R_CUT, centers=centers), window=WINDOW))
        chi = join(spectra, steps["LENS"].value)
        steps["PCA"] = measure(lambda: fit_pca(chi))
        steps["projection"] = measure(lambda: project(chi, steps["PCA"].value))
        scores = steps["projection"].value
        assert scores.shape[:2] == (n_joint, N_MOLECULES) and np.isfinite(scores.values).all(), scores.shape
    found = {name: {"seconds": step.seconds, "bytes": step.bytes} for name, step in steps.items()}
    print(json.dumps({"steps": found, "components": scores.shape[2]}))


def watch(n_joint, all_soap):
    """The peak of private memory in bytes of a process that analyzes so many frames, and of those that it starts."""
    command = [sys.executable, __file__, "--one", str(n_joint), *(["--all-soap"] if all_soap else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"CI": "1"})
    with watch_memory(process.pid, every=0.02) as memory:
        said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"the analysis of {n_joint} frames failed")
    found = json.loads(said.splitlines()[-1])
    print(f"{n_joint} frames, {found['components']} components kept: peak {memory.peak / 1e6:.0f} MB")
    for name, step in found["steps"].items():
        print(f"    {name:<10} {step['seconds']:7.1f} s   rise of memory {step['bytes'] / 1e6:5.0f} MB", flush=True)
    return memory.peak


def main():
    """Measure and print; the exit status says whether all claims hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all-soap", action="store_true", help="compute SOAP of all frames, which takes long")
    arguments.add_argument("--one", type=int, metavar="N", help="analyze N frames in this process and print the costs")
    options = arguments.parse_args()
    if options.one:
        analyze(options.one, options.all_soap)
        return 0
    on_disk = (FRAMES[-1] + 1 + WINDOW) * N_MOLECULES * N_COMPONENTS * 4
    if shutil.disk_usage(tempfile.gettempdir()).free < 1.1 * on_disk:
        raise SystemExit(
            f"{tempfile.gettempdir()} needs {1.1 * on_disk / 1e9:.0f} GB; set TMPDIR to a folder with more"
        )
    whole = FRAMES[-1] * N_MOLECULES * PUBLISHED_COMPONENTS * 8
    print(f"{N_MOLECULES} molecules, {N_COMPONENTS} components, {os.cpu_count()} processes")
    print(f"{FRAMES[-1]} frames: {on_disk / 1e9:.1f} GB on disk, with those that the smoothing crops")
    print(f"({whole / 1e9:.1f} GB in memory, if written out as in the paper and held in double precision)")
    if not options.all_soap:
        print(f"SOAP is computed of {STRETCH} frames, whose spectra stand for the others: --all-soap computes all")
    peaks = [watch(n_frames, options.all_soap) for n_frames in FRAMES]
    holds = [
        report(f"peak of private memory in GB, {FRAMES[-1]} frames", peaks[-1] / 1e9, 2, at_least=False),
        report(f"peak with {FRAMES[-1]} frames over that with {FRAMES[0]}", peaks[-1] / peaks[0], 1.2, at_least=False),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
