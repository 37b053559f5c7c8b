"""
How many states are there? The same points and distances, and answers that depend on the directions of the axes.

`python benchmarks/stability.py` clusters all frames of the copper sample; `--stride 12` takes pairs of frames as the
notebook on sensitivities does. Results are cached, so that an interrupted run continues.
"""

import argparse
import os
import time

import numpy as np
import pandas as pd

import soaplens_lite as sl
from soaplens_lite.states import cluster, project, random_rotations, stability, with_stability
from soaplens_lite.study import data as registry
from soaplens_lite.trajectory import thin_to_pairs

R_CUT, WINDOW, ORDER, MIN_CLUSTER_SIZE = 6.0, 20, 2, 80
LIMIT = 360  # seconds for 10 rotations of all frames on two cores


def load(stride):
    """Vectors of the copper sample without and with LENS, LENS itself, and coordination numbers."""
    data = registry.fetch("cu211-sample")
    trajectory = sl.read_trajectory(data.topology, data.trajectory, interval=data.interval)
    centers = sl.select_centers(trajectory, data.centers, n_centers=data.n_centers)
    shell = sl.first_minimum(sl.radial_distribution(trajectory))
    coordination = sl.coordination_numbers(trajectory, centers, shell)
    delta = sl.smooth_lens(sl.lens(trajectory, R_CUT, centers=centers), window=WINDOW, order=ORDER)
    delta = thin_to_pairs(delta, stride)
    spectra = sl.soap(trajectory, centers, r_cut=R_CUT)
    return {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}, delta, coordination


def changed_points(features):
    """Scores under every change of the table; all distances stay the same, most of them exactly."""
    scores = project(features, sl.fit_pca(features, signs="loadings"))
    rotation = random_rotations(scores.sizes["component"], 1)[0]
    changes = {"loadings (scikit-learn from 1.5 on)": scores}
    for k in range(scores.sizes["component"]):
        sign = np.where(np.arange(scores.sizes["component"]) == k, -1, 1)
        changes[f"sign of component {k + 1} turned"] = scores * sign
    changes["noise of 1e-12"] = scores + 1e-12 * np.random.default_rng(0).normal(size=scores.shape)
    changes["turned and turned back"] = scores.copy(data=scores.values @ rotation @ rotation.T)
    changes["scores (scikit-learn before 1.5)"] = project(features, sl.fit_pca(features, signs="scores"))
    return changes


def states_of(clustering, points, coordination, **merging):
    """Merged states, without intervals of their transitions."""
    clusters = sl.label_clusters(clustering, points, coordination, n_resamples=1)
    return sl.merge_states(clusters, coordination, scores=points, n_resamples=1, **merging)


def summary(states, delta):
    """Numbers of clusters and states, the sizes of the states, and the mean LENS of the fastest."""
    sizes = np.bincount(states.labels.values.ravel())
    fastest = max(float(delta.where(states.labels == k).mean()) for k in range(len(sizes)))
    numbers = {"clusters": len(states.clusters.table), "states": len(sizes)}
    return numbers | {"sizes": " ".join(map(str, sizes)), "fastest": round(fastest, 3)}


def table_of_changes(vectors, delta, coordination, size, n_jobs):
    """The table: what each change does to the published clustering, and to the stable one."""
    rows = []
    for name, features in vectors.items():
        points = changed_points(features)
        found = cluster(points, min_cluster_size=size, n_jobs=n_jobs)
        exact = next(iter(points))
        points["exact tree"], points["stable"] = points[exact], points[exact]
        found["exact tree"] = cluster(points[exact], min_cluster_size=size, exact_tree=True, n_jobs=n_jobs)
        found["stable"] = cluster(points[exact], method="stable", min_samples=size, n_jobs=n_jobs)
        for change, clustering in found.items():
            states = states_of(clustering, points[change], coordination, recount=change == "stable")
            rows.append({"data": name, "change": change} | summary(states, delta))
    return pd.DataFrame(rows)


def rotations(vectors, coordination, settings, n_rotations, n_jobs):
    """How often the states of the reference are found again; prints a table, returns seconds of each descriptor."""
    seconds = {}
    for name, features in vectors.items():
        points = project(features, sl.fit_pca(features))
        clustering = cluster(points, n_jobs=n_jobs, **settings)
        reference = states_of(clustering, points, coordination, recount=settings["method"] == "stable")
        start = time.perf_counter()
        found = stability(points, reference, n_rotations=n_rotations, n_jobs=n_jobs, **settings)
        seconds[name] = time.perf_counter() - start
        table = with_stability(reference, found).table.drop(columns="kind")
        table["population"] = np.bincount(reference.labels.values.ravel())
        print(
            f"\n{name}, {settings}: {seconds[name]:.0f} s, states {found.n_states.values.tolist()}, "
            f"clusters {found.n_clusters.values.tolist()}\n{table.round(3).to_string(index=False)}",
            flush=True,
        )
    return seconds


def main():
    """Measure and print; the exit status says whether the limit of time is kept."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--stride", type=int, default=1, help="cluster a pair of frames out of so many")
    arguments.add_argument("--rotations", type=int, default=10)
    arguments.add_argument("--data", choices=["SOAP", "SOAP&LENS"], help="one of the descriptors only")
    arguments.add_argument("--no-table", action="store_true", help="leave out the table of changes")
    arguments.add_argument("--n-jobs", type=int, default=0)
    options = arguments.parse_args()
    os.environ.setdefault("CI", "1")
    vectors, delta, coordination = load(options.stride)
    vectors = {options.data: vectors[options.data]} if options.data else vectors
    size = max(5, round(MIN_CLUSTER_SIZE * min(1, 2 / options.stride)))
    if not options.no_table:
        print(table_of_changes(vectors, delta, coordination, size, options.n_jobs).to_string(index=False), flush=True)
    slowest = 0
    for settings in ({"method": "hdbscan", "min_cluster_size": size}, {"method": "stable", "min_samples": size}):
        seconds = rotations(vectors, coordination, settings, options.rotations, options.n_jobs)
        slowest = max(slowest, *seconds.values())
    holds = slowest <= LIMIT
    print(f"\n{'ok  ' if holds else 'MISS'}  {options.rotations} rotations: {slowest:.0f} s (at most {LIMIT} s)")
    raise SystemExit(not holds)


if __name__ == "__main__":
    main()
