"""From clusters to states: clusters that exchange their atoms in the same way become one state."""

from dataclasses import replace
from numbers import Real

import numpy as np
import xarray as xr
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist, squareform

from soaplens_lite.descriptors._joint import to_labelled
from soaplens_lite.kinetics._transitions import transitions
from soaplens_lite.states._clustering import Clustering
from soaplens_lite.states._naming import means_in_states, unnamed
from soaplens_lite.states._records import Clusters, States


def exchange_linkage(matrix: np.ndarray) -> np.ndarray:
    """
    Hierarchical clustering of clusters by how alike their transitions are.

    Two clusters that send their atoms to the same places are two parts of one state. The distance is the
    correlation distance between rows, from 0 (same) over 1 (unrelated) to 2 (opposite); it is the same for
    counts and for probabilities. Linkage is average.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n_clusters, n_clusters)
        Transition counts or probabilities, rows are "from".

    Returns
    -------
    tree : numpy.ndarray, shape (n_clusters - 1, 4)
        SciPy's linkage. A cluster whose row is undefined, or the same everywhere, is like no other: it is put at the
        largest distance, 2.
    """
    return linkage(exchange_distances(matrix), method="average") if len(matrix) > 1 else np.empty((0, 4))


def exchange_distances(matrix: np.ndarray) -> np.ndarray:
    """
    Correlation distances between the rows of a matrix of transitions.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n_clusters, n_clusters)
        Transition counts or probabilities, rows are "from".

    Returns
    -------
    distances : numpy.ndarray, shape (n_clusters * (n_clusters - 1) / 2,)
        As of `scipy.spatial.distance.pdist`, 2 where a row is undefined, or the same everywhere.
    """
    matrix = np.asarray(matrix, dtype=float)
    # A row that is the same everywhere has no correlation: rounding would make one up.
    matrix = np.where(np.ptp(matrix, axis=1, keepdims=True) > 0, matrix, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        distances = pdist(matrix, metric="correlation")
    distances = np.where(np.isfinite(distances), distances, 2.0)
    return np.clip(distances, 0, 2)


def recounted_linkage(counts: np.ndarray) -> np.ndarray:
    r"""
    Hierarchical clustering of clusters in which the transitions are counted anew after every merge.

    Of rows :math:`p_i` of transition probabilities of `k` clusters, the correlation distance is below 1 if and only if
    :math:`\sum_c p_{ic} p_{jc} > 1/k`. So the published rule, which computes all distances once, merges more
    if there are more clusters: two states that are apart among 7 clusters are merged if other states are divided into
    more parts. Here the nearest two clusters are merged, their counts are added, and the distances are computed
    again, so that the last merges do not depend on how finely the states were divided.

    Parameters
    ----------
    counts : numpy.ndarray, shape (n_clusters, n_clusters)
        Numbers of transitions (not probabilities), rows are "from".

    Returns
    -------
    tree : numpy.ndarray, shape (n_clusters - 1, 4)
        SciPy's linkage. A height is the distance at which two clusters were merged, or that of an earlier merge if this
        is larger: a cut at a height then gives the clusters at the moment when all distances exceeded it.

    Examples
    --------
    Clusters 0 and 1 exchange their atoms:

    >>> recounted_linkage(np.array([[5, 5, 0], [4, 6, 0], [0, 0, 9]]))[:, 3].tolist()
    [2.0, 3.0]
    """
    counts = np.array(counts, dtype=float)
    n_clusters, tree = len(counts), []
    ids, sizes = list(range(n_clusters)), [1] * n_clusters
    for new in range(n_clusters, 2 * n_clusters - 1):
        distances = squareform(exchange_distances(counts))
        np.fill_diagonal(distances, np.inf)
        i, j = sorted(np.unravel_index(distances.argmin(), distances.shape))
        sizes[i] += sizes.pop(j)
        tree.append([*sorted((ids[i], ids.pop(j))), distances[i, j], sizes[i]])
        ids[i] = new
        counts[i] += counts[j]
        counts[:, i] += counts[:, j]
        counts = np.delete(np.delete(counts, j, axis=0), j, axis=1)
    tree = np.array(tree, dtype=float).reshape(-1, 4)
    tree[:, 2] = np.maximum.accumulate(tree[:, 2])
    return tree


def merge_clusters(matrix: np.ndarray, *, cut: float = 1.0, recount: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """
    Merge clusters by cutting their dendrogram.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n_clusters, n_clusters)
        Transition counts or probabilities, rows are "from".
    cut : float
        Clusters at most this correlation distance apart become one; from 0 on.
    recount : bool
        Count transitions anew after every merge, see `recounted_linkage`; `matrix` must then hold counts. The
        published rule does not.

    Returns
    -------
    mapping : numpy.ndarray of int, shape (n_clusters,)
        State of every cluster, numbered in the order in which clusters first name them.
    tree : numpy.ndarray, shape (n_clusters - 1, 4)
        See `exchange_linkage` and `recounted_linkage`.

    Raises
    ------
    ValueError
        If `cut` is negative or no number.

    Examples
    --------
    Clusters 0 and 1 exchange their atoms, cluster 2 keeps its own:

    >>> mapping, tree = merge_clusters(np.array([[0.5, 0.5, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]]))
    >>> mapping.tolist()
    [0, 0, 1]
    """
    if isinstance(cut, bool) or not isinstance(cut, Real) or not cut >= 0:
        raise ValueError(f"cut = {cut!r}: must be a correlation distance, 0 (same) or more; 2 are opposites")
    tree = recounted_linkage(matrix) if recount else exchange_linkage(matrix)
    if len(tree) == 0:
        return np.zeros(len(matrix), dtype=int), tree
    groups = fcluster(tree, t=cut, criterion="distance")
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse], tree


def order_states(labels: xr.DataArray, values: xr.DataArray, *, falling: bool = True) -> np.ndarray:
    """
    Ranks of states by the mean of a measured value; ties go to the more populated state.

    A state that is never visited has no mean and comes last: soft assignment and mixtures may leave one empty.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        States 0 to n_states - 1 in any order.
    values : xarray.DataArray, dims (frame, atom)
        For instance coordination numbers; may cover more frames than `labels`.
    falling : bool
        Whether the state of the highest mean comes first.

    Returns
    -------
    rank : numpy.ndarray of int, shape (n_states,)
        ``rank[labels]`` are the labels in the new order.

    Examples
    --------
    >>> import xarray as xr
    >>> coords = {"frame": [0], "atom": [0, 1, 2]}
    >>> labels = xr.DataArray([[0, 1, 1]], dims=("frame", "atom"), coords=coords)
    >>> coordination = xr.DataArray([[7, 12, 12]], dims=("frame", "atom"), coords=coords)
    >>> order_states(labels, coordination)
    array([1, 0])
    """
    means, population = means_in_states(labels, values)
    order = np.lexsort((-population, -means if falling else means))
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    return rank


def label_clusters(
    clustering: Clustering,
    scores: xr.DataArray,
    order_by: xr.DataArray,
    *,
    falling: bool = True,
    n_resamples: int = 1000,
    seed: int = 0,
) -> Clusters:
    """
    Micro-clusters as labelled data, in an order that is derived from the data.

    An algorithm numbers its clusters as it happens to find them. Here they are ordered by the mean of a measured value;
    clusters that hold no point are left out.

    Parameters
    ----------
    clustering : Clustering
        As `cluster` returns it.
    scores : xarray.DataArray, dims (frame, atom, component)
        The points that were clustered.
    order_by : xarray.DataArray, dims (frame, atom)
        Coordination numbers, for instance, or LENS; may cover more frames than `scores`.
    falling : bool
        Whether the cluster of the highest mean comes first.
    n_resamples, seed
        Of the intervals of the transitions, see `soaplens_lite.kinetics.atom_interval`.

    Returns
    -------
    clusters : Clusters
        Named "cluster 0", "cluster 1" and so on; each is a state of its own so far.
    """
    found = to_labelled(clustering.labels, scores)
    rank = order_states(found, order_by, falling=falling)
    labels = relabel(found, rank)
    n_clusters = int(labels.max()) + 1
    memberships = xr.DataArray(
        clustering.memberships[:, np.argsort(_complete(rank, clustering.n_clusters))].reshape(*labels.shape, -1),
        dims=("frame", "atom", "membership"),
        coords=labels.coords,
    )
    table = unnamed(n_clusters, of="cluster").assign(state=np.arange(n_clusters))
    kinetics = transitions(labels, names=table["name"], n_resamples=n_resamples, seed=seed)
    was_noise = to_labelled(clustering.was_noise, scores)
    return Clusters(labels, table, kinetics, memberships, was_noise, clustering.n_nearest)


def _complete(rank, n_clusters):
    """Ranks of all clusters: those that hold no point and have no rank yet come last."""
    return np.concatenate([rank, np.arange(len(rank), n_clusters)])


def merge_states(
    clusters: Clusters,
    order_by: xr.DataArray,
    *,
    falling: bool = True,
    cut: float | None = 1.0,
    recount: bool = False,
    scores: xr.DataArray | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
) -> States:
    """
    Merge micro-clusters by a cut of their dendrogram; the states are ordered by the mean of a measured value.

    Parameters
    ----------
    clusters : Clusters
        As `label_clusters` returns it.
    order_by : xarray.DataArray, dims (frame, atom)
        Coordination numbers, for instance, or LENS; may cover more frames than the labels.
    falling : bool
        Whether the state of the highest mean comes first.
    cut : float or None
        See `merge_clusters`; None merges nothing.
    recount : bool
        See `merge_clusters`.
    scores : xarray.DataArray, dims (frame, atom, component), optional
        Kept in the result, for pictures.
    n_resamples, seed
        Of the intervals of the transitions, see `soaplens_lite.kinetics.atom_interval`.

    Returns
    -------
    states : States
        Named "state 0", "state 1" and so on, see `name_states`.
    """
    counts = clusters.kinetics["counts"].values
    if cut is None:
        mapping = np.arange(len(counts))
        tree = recounted_linkage(counts) if recount else exchange_linkage(counts)
    else:
        merged, tree = merge_clusters(counts, cut=cut, recount=recount)
        mapping = order_states(relabel(clusters.labels, merged), order_by, falling=falling)[merged]
    labels = relabel(clusters.labels, mapping)
    table = unnamed(int(labels.max()) + 1)
    kinetics = transitions(labels, names=table["name"], n_resamples=n_resamples, seed=seed)
    parts = replace(clusters, table=clusters.table.assign(state=mapping))
    return States(labels, table, kinetics, tree, parts, scores)


def relabel(labels: xr.DataArray, mapping: np.ndarray) -> xr.DataArray:
    """
    Replace every label by what a table says; -1 stays -1.

    Parameters
    ----------
    labels : xarray.DataArray of int
    mapping : numpy.ndarray of int, shape (n_old,)

    Returns
    -------
    relabelled : xarray.DataArray of int
    """
    values = labels.values
    return labels.copy(data=np.where(values >= 0, np.asarray(mapping)[values], -1))
