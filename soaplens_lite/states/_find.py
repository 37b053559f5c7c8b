"""The protocol of the paper's Methods in one call: from vectors to merged states."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from soaplens_lite.descriptors._joint import Features, to_labelled, to_samples
from soaplens_lite.kinetics._transitions import transitions
from soaplens_lite.states._cluster import cluster
from soaplens_lite.states._clustering import NoClusterError, best_number, kmeans_classes
from soaplens_lite.states._merging import label_clusters, merge_states
from soaplens_lite.states._naming import state_properties
from soaplens_lite.states._pca import fit_pca, project
from soaplens_lite.states._records import States


def find_states(
    vectors: Features | dict[str, Features],
    order_by: xr.DataArray,
    *,
    falling: bool = True,
    pca: xr.Dataset | dict[str, xr.Dataset] | None = None,
    variance: float = 0.995,
    method: str = "hdbscan",
    cut: float | None = 1.0,
    recount: bool | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
    n_jobs: int = 0,
    cache_folder: str | Path | None = None,
    **settings: object,
) -> States | dict[str, States]:
    """
    Find microscopic states: principal components, clusters, and clusters merged into states.

    This is the protocol of the published analysis. Each of its steps is a function of its own: `fit_pca`, `project`,
    `cluster`, `label_clusters`, `merge_states`.

    Parameters
    ----------
    vectors : Features, or dict of str to Features
        One vector per atom and frame, see `soaplens_lite.structure_alone` and `soaplens_lite.join`. Several are
        clustered at the same time.
    order_by : xarray.DataArray, dims (frame, atom)
        States are numbered by its mean: coordination numbers, for instance, or LENS.
    falling : bool
        Whether the state of the highest mean comes first.
    pca : xarray.Dataset, or dict of them, optional
        Principal components that were fitted before, see `fit_pca`.
    variance : float
        Share of the variance that the components must retain, where `pca` is not given.
    method : {"hdbscan", "stable", "gmm", "kmeans"}
        "hdbscan" is the published method; "stable" does not depend on the directions of the axes, see `cluster`.
    cut : float or None
        Correlation distance below which clusters become one state, see `merge_clusters`; None merges nothing.
    recount : bool, optional
        Whether transitions are counted anew after every merge, see `merge_clusters`. Default: for "stable" only.
    n_resamples : int
        Resamples of the atoms for the intervals of transitions.
    seed : int
        Seed of the resamples, and of methods that draw random numbers.
    n_jobs : int
        Number of processes; 0 takes all cores. The result does not depend on it.
    cache_folder : path, optional
        Where clusterings are kept between runs.
    **settings
        Settings of the method: ``min_cluster_size``, ``min_samples`` and ``exact_tree`` of "hdbscan";
        ``min_leaf_size`` and ``min_samples`` of "stable"; ``n_components`` and ``n_starts`` of the others. One that
        differs between several vectors is a dict with their names.

    Returns
    -------
    states : States, or dict of them
        Unnamed, see `measure_states` and `name_states`.

    Raises
    ------
    ValueError
        As the single steps.
    """
    recount = method == "stable" if recount is None else recount
    several = isinstance(vectors, dict)
    vectors = vectors if several else {"": vectors}
    fits = {} if pca is None else pca if several else {"": pca}
    scores = {
        name: project(data, fits[name] if name in fits else fit_pca(data, variance=variance))
        for name, data in vectors.items()
    }
    if method in ("gmm", "kmeans"):
        settings |= {"seed": seed}
    found = cluster(scores, method=method, n_jobs=n_jobs, cache_folder=cache_folder, **settings)
    resampling, ordered = {"n_resamples": n_resamples, "seed": seed}, {"falling": falling}
    states = {}
    for name, points in scores.items():
        clusters = label_clusters(found[name], points, order_by, **ordered, **resampling)
        states[name] = merge_states(
            clusters, order_by, cut=cut, recount=recount, scores=points, **ordered, **resampling
        )
    return states if several else states[""]


def find_any_states(
    vectors: Features,
    order_by: xr.DataArray,
    *,
    method: str = "choose",
    variance: float = 0.995,
    min_cluster_size: int = 100,
    most_components: int = 6,
    cut: float = 1.0,
    **options: object,
) -> tuple[States | None, str]:
    """
    States, if the points show any: one cluster is a finding, not an error.

    Parameters
    ----------
    vectors : Features
        See `soaplens_lite.join`.
    order_by : xarray.DataArray, dims (frame, atom)
        LENS for instance: the state with the lowest mean is the first.
    method : {"choose", "hdbscan", "gmm"}
        "choose": HDBSCAN where it finds several peaks of density, otherwise a mixture of Gaussians.
    variance, min_cluster_size, cut
        See `find_states`.
    most_components : int
        Largest number of Gaussians that are tried, see `best_number`.
    **options
        ``n_resamples``, ``seed``, ``n_jobs``.

    Returns
    -------
    states : States or None
        None if there is one cluster, or all vectors are the same. Names are those of `named_by_rank`.
    finding : str
    """
    try:
        pca = fit_pca(vectors, variance=variance)
    except ValueError as error:
        return None, f"One state: {str(error).partition(':')[0]}."
    shared, finding = {"falling": False, "pca": pca} | options, ""
    if method != "gmm":
        try:
            return _peaks(vectors, order_by, min_cluster_size=min_cluster_size, cut=cut, **shared)
        except NoClusterError as error:
            finding = f"{error} "
        if method == "hdbscan":
            return None, f"{finding}One state."
    number = best_number(to_samples(project(vectors, pca)), most_components, seed=options.get("seed", 0))
    if number == 1:
        return None, f"{finding}One Gaussian describes the points better than several: one state."
    states = find_states(vectors, order_by, method="gmm", n_components=number, cut=cut, **shared)
    return _merged(states, f"{finding}Of mixtures, {number} Gaussians describe the points best")


def _peaks(vectors, order_by, *, min_cluster_size, **settings):
    """States of HDBSCAN, or None for one; and what was found."""
    if (n_points := vectors.shape[0] * vectors.shape[1]) < min_cluster_size:
        raise NoClusterError(
            f"HDBSCAN is left out: {n_points} points are fewer than min_cluster_size = {min_cluster_size}."
        )
    try:
        states = find_states(vectors, order_by, min_cluster_size=min_cluster_size, **settings)
    except NoClusterError:
        found = f"HDBSCAN finds no separate peaks of density of at least {min_cluster_size} points."
        raise NoClusterError(found) from None
    return _merged(states, f"HDBSCAN finds {len(states.clusters.table)} peaks of density")


def _merged(states, found):
    """States with names, or None where all clusters became one; and what was found."""
    n_states = len(states.table)
    if n_states == 1:
        return None, f"{found}; they exchange particles so quickly that they are one state."
    return named_by_rank(states), f"{found}; by their exchange of particles they are {n_states} states."


def named_by_rank(states: States) -> States:
    """
    States with names by their order: slowest, state 1, ..., fastest.

    Parameters
    ----------
    states : States
        Two or more, ordered by rising mean LENS.

    Returns
    -------
    states : States
        The kinds of the first and the last are "slow" and "fast", which have colors of their own.
    """
    between = [f"state {k}" for k in range(1, len(states.table) - 1)]
    names = ["slowest", *between, "fastest"]
    table = states.table.assign(name=names, kind=["slow", *[""] * len(between), "fast"])
    return replace(states, table=table, kinetics=states.kinetics.assign_coords(origin=names, target=names))


def lens_classes(
    delta: xr.DataArray, n_classes: int, interval: float, *, n_resamples: int = 1000, seed: int = 0
) -> States:
    """
    Classes of LENS alone, by k-means: from slow to fast.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom)
        LENS.
    n_classes : int
        At least 2.
    interval : float
        Time between frames, in ns.
    n_resamples : int
        Resamples of the atoms for the intervals.
    seed : int
        Seed of k-means and of the resamples.

    Returns
    -------
    classes : States
        Without clusters, tree and scores. In its table ``lens_from`` is the lower border of each class, which belongs
        to it; NaN for the lowest.

    Raises
    ------
    ValueError
        As `kmeans_classes`.

    Examples
    --------
    >>> import xarray as xr
    >>> delta = xr.DataArray([[0.0, 0.9], [0.1, 1.0]], dims=("frame", "atom"), coords={"frame": [0, 1], "atom": [7, 8]})
    >>> classes = lens_classes(delta, 2, interval=0.1)
    >>> classes.table["name"].tolist(), classes.table["lens_from"].round(3).tolist()
    (['slow', 'fast'], [nan, 0.5])
    """
    found, borders = kmeans_classes(to_samples(delta), n_classes, seed=seed)
    labels = to_labelled(found, delta)
    between = [f"intermediate {k}" if k > 1 else "intermediate" for k in range(1, n_classes - 1)]
    names = pd.DataFrame(
        {"name": ["slow", *between, "fast"], "kind": ["slow", *["intermediate"] * len(between), "fast"]},
        index=pd.RangeIndex(n_classes, name="state"),
    )
    resampling = {"n_resamples": n_resamples, "seed": seed}
    properties = state_properties(labels, {"mean_lens": delta}, interval, **resampling)
    table = names.join(properties).assign(lens_from=np.concatenate([[np.nan], borders]))
    return States(labels, table, transitions(labels, names=table["name"], **resampling))
