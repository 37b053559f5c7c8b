"""Which states a clustering finds again when the same points are turned; all distances between them stay."""

from dataclasses import replace

import numpy as np
import xarray as xr
from scipy.sparse import coo_array

from soaplens_lite._arguments import check_count
from soaplens_lite.descriptors._joint import to_labelled, to_samples
from soaplens_lite.kinetics._transitions import transition_counts
from soaplens_lite.states._cluster import cluster, settings_of
from soaplens_lite.states._clustering import NoClusterError
from soaplens_lite.states._merging import merge_clusters, relabel

# A state is found again where a state of the other clustering has a Jaccard index above this limit with it. No two
# states of one clustering can both have one above 1/2 with the same state.
FOUND_AGAIN = 0.5


def stability(
    points,
    reference,
    *,
    method="hdbscan",
    cut=1.0,
    recount=None,
    n_rotations=10,
    seed=0,
    n_jobs=0,
    cache_folder=None,
    **settings,
):
    """
    How often the states of a clustering are found again if the points are turned.

    A clustering should depend on the distances between points only. HDBSCAN's approximate spanning tree also depends on
    the directions of the axes, and so on the signs of principal components. This function clusters and merges the
    same points after random rotations and reflections, and once with the exact tree. A finding about a state that
    is rarely found again is a finding about the axes.

    Parameters
    ----------
    points : xarray.DataArray, dims (frame, atom, component), or dict of them
        Scores that were clustered. Several are clustered at the same time.
    reference : soaplens_lite.states.States, or dict of them
        States to find again, with their micro-clusters, at the frames and atoms of `points`.
    method : str
        As in `soaplens_lite.states.cluster`.
    cut : float or None
    recount : bool, optional
        As in `soaplens_lite.states.find_states`.
    n_rotations : int
    seed : int
        Seed of the rotations.
    n_jobs, cache_folder
        As in `soaplens_lite.states.cluster`.
    **settings
        Settings of the method, as those of `reference`.

    Returns
    -------
    found : xarray.Dataset, or dict of them
        Along `state` (names of the reference): ``overlap`` (clustering, state), the largest Jaccard index of the state
        with a state of each clustering; ``found_again``, the share of the rotations with an overlap above 0.5;
        ``mean_overlap`` over the rotations. ``n_states`` (clustering). The same for micro-clusters:
        ``cluster_overlap``, ``cluster_found_again``, ``cluster_mean_overlap`` and ``n_clusters``. The coordinate
        `clustering` is "rotation 1", "rotation 2" and so on; "exact tree" follows for ``method="hdbscan"``, and counts
        neither in ``found_again`` nor in ``mean_overlap``. Attributes: ``n_rotations`` and ``found_again_above``, the
        limit of 0.5. A rotation without any cluster has overlaps of 0.

    Raises
    ------
    ValueError
        If the reference has no micro-clusters or other frames or atoms, or `n_rotations` is not a positive integer.

    See Also
    --------
    with_stability : Adds the result to the tables of the states.

    Examples
    --------
    >>> import tempfile
    >>> from soaplens_lite.states import label_clusters, merge_states
    >>> rng = np.random.default_rng(0)
    >>> points = xr.DataArray(rng.normal(size=(20, 6, 2)), dims=("frame", "atom", "component"),
    ...                       coords={"frame": np.arange(20), "atom": np.arange(6)})
    >>> points[:, :3] += 20  # two groups of atoms, far from each other
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     how = {"min_cluster_size": 10, "n_jobs": 1, "cache_folder": folder}
    ...     clusters = label_clusters(cluster(points, **how), points, points[..., 0])
    ...     found = stability(points, merge_states(clusters, points[..., 0]), n_rotations=3, **how)
    >>> found.n_states.values.tolist(), found.found_again.values.tolist()
    ([2, 2, 2, 2], [1.0, 1.0])
    """
    check_count(n_rotations=n_rotations)
    if not isinstance(points, dict):
        points, reference = {"": points}, {"": reference}
    samples, how = {}, {}
    for data, scores in points.items():
        _check_reference(reference[data], scores)
        own, unturned = settings_of(data, settings), to_samples(scores)
        own |= {"exact_tree": own.get("exact_tree", False)} if method == "hdbscan" else {}
        for k, rotation in enumerate(random_rotations(unturned.shape[1], n_rotations, seed=seed), start=1):
            samples[data, f"rotation {k}"], how[data, f"rotation {k}"] = unturned @ rotation, own
        if method == "hdbscan":
            samples[data, "exact tree"], how[data, "exact tree"] = unturned, own | {"exact_tree": True}
    clusterings = _cluster_each(samples, how, method=method, n_jobs=n_jobs, cache_folder=cache_folder)
    merging = {"cut": cut, "recount": method == "stable" if recount is None else recount}
    found = {}
    for data, scores in points.items():
        of_data = {name: clustering for (of, name), clustering in clusterings.items() if of == data}
        found[data] = _compare(of_data, scores, reference[data], merging)
    return found[""] if list(found) == [""] else found


def random_rotations(n_dimensions, number, *, seed=0):
    """
    Random orthogonal matrices: rotations, half of them with a reflection.

    Parameters
    ----------
    n_dimensions : int
    number : int
    seed : int

    Returns
    -------
    rotations : numpy.ndarray, shape (number, n_dimensions, n_dimensions)
        Uniformly distributed. The first ones do not depend on `number`.

    References
    ----------
    Mezzadri, Not. Am. Math. Soc. 54, 592 (2007).

    Examples
    --------
    >>> (one,) = random_rotations(3, 1)
    >>> bool(np.allclose(one @ one.T, np.eye(3)))
    True
    """
    rng = np.random.default_rng(seed)
    normal = [rng.normal(size=(n_dimensions, n_dimensions)) for _ in range(number)]
    factors = [np.linalg.qr(matrix) for matrix in normal]
    # The signs make the factorization unique, without which the distribution is not uniform.
    return np.array([q * np.where(np.diag(r) < 0, -1, 1) for q, r in factors])


def best_overlaps(labels, reference, n_reference):
    """
    The largest Jaccard index of every group of points with any group of another labelling.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (n_samples,)
        -1 is no group.
    reference : numpy.ndarray of int, shape (n_samples,)
        Groups 0 to `n_reference` - 1; -1 is no group.
    n_reference : int

    Returns
    -------
    overlaps : numpy.ndarray, shape (n_reference,)
        Points in both groups divided by points in either; 0 where there is no common point.

    Examples
    --------
    Group 0 shares one of three points with group 5; group 1 is found again:

    >>> best_overlaps(np.array([5, 5, 7, -1]), np.array([0, -1, 1, 0]), 2).round(2).tolist()
    [0.33, 1.0]
    """
    n_labels = int(labels.max()) + 1
    if n_labels < 1:
        return np.zeros(n_reference)
    both = (labels >= 0) & (reference >= 0)
    pairs = np.ones(np.count_nonzero(both), dtype=int), (reference[both], labels[both])
    common = coo_array(pairs, shape=(n_reference, n_labels)).toarray()
    sizes = [np.bincount(x[x >= 0], minlength=n) for x, n in ((reference, n_reference), (labels, n_labels))]
    return (common / np.maximum(np.add.outer(*sizes) - common, 1)).max(axis=1)


def with_stability(states, found):
    """
    States whose tables say how often each is found again.

    Parameters
    ----------
    states : soaplens_lite.states.States
    found : xarray.Dataset
        As returned by `stability` for these states.

    Returns
    -------
    states : soaplens_lite.states.States
        The tables of states and micro-clusters have the columns ``found_again`` (number of rotations),
        ``n_rotations`` and ``mean_overlap``.
    """
    n_rotations = found.attrs["n_rotations"]

    def extended(table, prefix=""):
        again = found[f"{prefix}found_again"].values * n_rotations
        columns = {"found_again": again.round().astype(int), "n_rotations": n_rotations}
        return table.assign(**columns, mean_overlap=found[f"{prefix}mean_overlap"].values)

    clusters = replace(states.clusters, table=extended(states.clusters.table, "cluster_"))
    return replace(states, table=extended(states.table), clusters=clusters)


def _check_reference(reference, points):
    """Refuse states of other points."""
    if reference.clusters is None:
        raise ValueError("the reference has no micro-clusters: take states that find_states has found")
    if not all(np.array_equal(reference.labels[dim], points[dim]) for dim in ("frame", "atom")):
        raise ValueError("the reference has other frames or atoms than the points: select the same ones of both")


def _cluster_each(samples, how, **run):
    """Clusterings of all samples, each with settings of its own; None where the method finds no cluster."""
    settings = {key: {name: own[key] for name, own in how.items()} for key in next(iter(how.values()))}
    try:
        return cluster(samples, **run, **settings)
    except NoClusterError:
        if len(samples) == 1:
            return dict.fromkeys(samples)
    found = {}
    for name, points in samples.items():
        found |= _cluster_each({name: points}, {name: how[name]}, **run)
    return found


def _compare(found, points, reference, merging):
    """The dataset of `stability`, from all clusterings; the rotations stand first."""
    groups = {name: _groups(clustering, points, **merging) for name, clustering in found.items()}
    n_rotations = sum(name.startswith("rotation") for name in found)
    data, coords = {}, {"clustering": list(found)}
    for dim, prefix, expected in (("state", "", reference), ("cluster", "cluster_", reference.clusters)):
        labels, names = to_samples(expected.labels), expected.table["name"].to_numpy().astype(str)
        overlaps = np.array([best_overlaps(group[dim], labels, len(names)) for group in groups.values()])
        rotated = overlaps[:n_rotations]
        data |= {
            f"n_{dim}s": ("clustering", [int(group[dim].max()) + 1 for group in groups.values()]),
            f"{prefix}overlap": (("clustering", dim), overlaps),
            f"{prefix}found_again": (dim, (rotated > FOUND_AGAIN).mean(axis=0)),
            f"{prefix}mean_overlap": (dim, rotated.mean(axis=0)),
        }
        coords[dim] = names
    return xr.Dataset(data, coords, attrs={"n_rotations": n_rotations, "found_again_above": FOUND_AGAIN})


def _groups(clustering, points, cut, recount):
    """Labels of micro-clusters and of states, numbered without gaps; all -1 where nothing is found."""
    if clustering is None:
        nothing = np.full(points.shape[0] * points.shape[1], -1)
        return {"cluster": nothing, "state": nothing}
    _, numbers = np.unique(clustering.labels, return_inverse=True)  # Some clusters may hold no point.
    if cut is None:
        return {"cluster": numbers, "state": numbers}
    clusters = to_labelled(numbers, points)
    counts = transition_counts(clusters, int(numbers.max()) + 1)
    mapping, _ = merge_clusters(counts, cut=cut, recount=recount)
    return {"cluster": numbers, "state": to_samples(relabel(clusters, mapping))}
