"""
Memory at the size of the paper's largest system: 2048 molecules of ice and water in 500 frames. `make bench` runs it.

The spectra of that study take 14 GB when they are held in memory as the paper writes them (1728 components in double
precision). Here SOAP, LENS, joining, principal components and projection go through them in blocks; what is measured is
the peak of private memory of all processes together, for several numbers of frames. The trajectory is generated: the
sample three times side by side, of which 2048 molecules are analyzed, forth and back in time.

Reading is measured too: positions of more frames than are kept in memory, described as before a run and then read.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import xarray as xr
from ase.build import bulk
from ase.io import write
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
READ = ((600, 600), (6000, 6000), (600, 6000))  # frames of 105 kB, of those in the file


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


def write_crystal(path, n_frames):
    """A DCD of a crystal that vibrates, and a PDB file that names its atoms."""
    atoms, rng = bulk("Cu", cubic=True) * 13, np.random.default_rng(0)
    noise = rng.normal(0, 0.1, (50, len(atoms), 3))
    universe = mda.Universe.empty(len(atoms), trajectory=True)
    universe.dimensions = atoms.cell.cellpar()
    with mda.Writer(str(path), n_atoms=len(atoms), dt=40.0) as writer:
        for k in range(n_frames):
            universe.atoms.positions = atoms.positions + noise[k % 50]
            writer.write(universe.atoms)
    write(path.with_suffix(".pdb"), atoms)


def read(n_frames, n_available):
    """Describe a trajectory as before a run and read it; a line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "crystal.dcd")
        write_crystal(path, n_available)
        stated = {"topology": path.with_suffix(".pdb"), "trajectory": path, "stride": n_available // n_frames}
        data_set = registry.describe(registry.read_statement(**stated), n_frames=0)
        trajectory = registry.open_data_set(data_set)
        assert trajectory.sizes["frame"] == n_frames
        assert np.isclose(trajectory.positions[:, 0].mean(), 0, atol=0.1), "read as it was written"
        print(json.dumps({"bytes": trajectory.positions.nbytes}))


def watched(*options):
    """What a process of this file said at its end, and its peak of private memory in bytes, with its children."""
    command = [sys.executable, __file__, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | {"CI": "1"})
    with watch_memory(process.pid, every=0.02) as memory:
        said, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{' '.join(options)} failed")
    return json.loads(said.splitlines()[-1]), memory.peak


def watch_reading(n_frames, n_available):
    """The peak of private memory in bytes of a process that reads so many frames of a file."""
    found, peak = watched("--read", str(n_frames), str(n_available))
    size = found["bytes"] / 1e6
    print(
        f"reading {n_frames} of {n_available} frames, {size:.0f} MB of positions: peak {peak / 1e6:.0f} MB", flush=True
    )
    return peak


def watch(n_joint, all_soap):
    """The peak of private memory in bytes of a process that analyzes so many frames, and of those that it starts."""
    found, peak = watched("--one", str(n_joint), *(["--all-soap"] if all_soap else []))
    print(f"{n_joint} frames, {found['components']} components kept: peak {peak / 1e6:.0f} MB")
    for name, step in found["steps"].items():
        print(f"    {name:<10} {step['seconds']:7.1f} s   rise of memory {step['bytes'] / 1e6:5.0f} MB", flush=True)
    return peak


def main():
    """Measure and print; the exit status says whether all claims hold."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--all-soap", action="store_true", help="compute SOAP of all frames, which takes long")
    arguments.add_argument("--one", type=int, metavar="N", help="analyze N frames in this process and print the costs")
    arguments.add_argument("--read", type=int, nargs=2, metavar=("N", "OF"), help="read N of so many frames")
    options = arguments.parse_args()
    if options.read:
        read(*options.read)
        return 0
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
    few, many, skipped = (watch_reading(*frames) for frames in READ)
    peaks = [watch(n_frames, options.all_soap) for n_frames in FRAMES]
    holds = [
        report("peak of reading ten times as many frames, relative", many / few, 1.2, at_least=False),
        report("peak of reading where nine of ten frames are skipped, relative", skipped / few, 1.2, at_least=False),
        report(f"peak of private memory in GB, {FRAMES[-1]} frames", peaks[-1] / 1e9, 2, at_least=False),
        report(f"peak with {FRAMES[-1]} frames over that with {FRAMES[0]}", peaks[-1] / peaks[0], 1.2, at_least=False),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
