"""HDBSCAN, with and without soft assignment of the samples that it leaves as noise."""

import warnings

import hdbscan
import numpy as np
from hdbscan.prediction import PredictionData
from scipy.spatial import cKDTree

from soaplens_lite._arguments import check_count, check_whole
from soaplens_lite._progress import number_of_processes
from soaplens_lite.states._clustering import Clustering, NoClusterError
from soaplens_lite.states._depth_first import depth_first_search


def hdbscan_soft(
    samples: np.ndarray,
    *,
    min_cluster_size: int = 80,
    min_samples: int | None = None,
    exact_tree: bool = False,
    n_jobs: int = 1,
) -> Clustering:
    """
    HDBSCAN with soft assignment: every sample belongs to its most likely cluster.

    HDBSCAN alone leaves regions of low density as noise. As in the code of the published analysis (its text does not
    say so), the label of *every* sample is its largest soft membership. Labels are those of the library, see
    `soaplens_lite.states._depth_first`.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_components)
    min_cluster_size : int
        Smallest number of samples in a cluster.
    min_samples : int, optional
        Number of neighbors for the estimate of the density; default: `min_cluster_size`.
    exact_tree : bool
        Compute the exact minimum spanning tree. The default is the library's faster approximation, which the
        published analysis used. The result depends on it.
    n_jobs : int
        Threads of the neighbor search; 0 for one per core. The result does not depend on it.

    Returns
    -------
    clustering : Clustering

    Raises
    ------
    ValueError
        If `min_cluster_size` or `min_samples` is not an allowed number, a sample is not finite, or no cluster is
        found.

    References
    ----------
    McInnes, Healy and Astels, J. Open Source Softw. 2, 205 (2017).
    """
    samples, model = _fit(samples, min_cluster_size, min_samples, exact_tree, n_jobs)
    hard = model.labels_
    if hard.max() < 0:
        raise NoClusterError(
            f"no cluster: all {len(samples)} points are noise with min_cluster_size = {min_cluster_size}: lower it"
        )
    with warnings.catch_warnings():
        # hdbscan divides rows of memberships by a sum that can be zero; `assign_softly` treats such rows.
        warnings.simplefilter("ignore", RuntimeWarning)
        # Memberships do not use the core distances of the prediction data: min_samples=1 avoids their search.
        model.prediction_data_ = PredictionData(samples, model.condensed_tree_, min_samples=1)
        memberships = hdbscan.all_points_membership_vectors(model)
    labels, n_nearest = assign_softly(samples, hard, memberships)
    return Clustering(labels, int(hard.max()) + 1, hard < 0, n_nearest, memberships.astype(np.float32))


def hdbscan_hard(
    samples: np.ndarray,
    *,
    min_cluster_size: int = 80,
    min_samples: int | None = None,
    exact_tree: bool = False,
    n_jobs: int = 1,
) -> np.ndarray:
    """
    HDBSCAN without soft assignment: noise stays noise.

    Parameters
    ----------
    samples, min_cluster_size, min_samples, exact_tree, n_jobs
        As in `hdbscan_soft`.

    Returns
    -------
    labels : numpy.ndarray of int, shape (n_samples,)
        Largest cluster first; -1 is noise.

    Raises
    ------
    ValueError
        As `hdbscan_soft`, but not if no cluster is found.
    """
    _, model = _fit(samples, min_cluster_size, min_samples, exact_tree, n_jobs)
    found, sizes = np.unique(model.labels_[model.labels_ >= 0], return_counts=True)
    rank = np.full(len(found) + 1, -1)  # The last place is that of label -1.
    rank[found[np.argsort(-sizes, kind="stable")]] = np.arange(len(found))
    return rank[model.labels_]


def hdbscan_leaves(samples, *, min_samples=80, min_leaf_size=None, n_jobs=1):
    """
    Leaves of HDBSCAN's exact tree: a clustering that does not depend on the directions of the axes.

    The published clustering uses an approximate spanning tree, which depends on signs and rotations of the points, and
    selects clusters by their excess of mass, which may take a whole hill of density for one cluster. The exact tree
    depends on distances only. Its leaves are the peaks of density that do not divide further. Too many leaves do little
    harm: `merge_states` with ``recount=True`` merges those that exchange their atoms, however many there are. Noise
    belongs to the cluster of the nearest clustered sample. Several spanning trees can be exact, because mutual
    reachability distances are often equal: a leaf that just reaches `min_leaf_size` can then come and go when the
    samples are rotated or stand in another order. `soaplens_lite.states.stability` shows whether a state does.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_components)
    min_samples : int
        Number of neighbors for the estimate of the density.
    min_leaf_size : int, optional
        Smallest number of samples in a leaf; default: `min_samples`. A state whose peak of density holds fewer samples
        is not found.
    n_jobs : int
        Threads of the neighbor search; 0 for one per core. The result does not depend on it.

    Returns
    -------
    clustering : Clustering
        Memberships are 1 and 0.

    Raises
    ------
    ValueError
        If `min_leaf_size` or `min_samples` is not an allowed number, a sample is not finite, or no cluster is found.

    References
    ----------
    Campello, Moulavi, Zimek and Sander, ACM Trans. Knowl. Discov. Data 10, 5 (2015).
    """
    if min_leaf_size is None:
        min_leaf_size = min_samples
    settings = {"exact_tree": True, "n_jobs": n_jobs, "leaves": True, "name": "min_leaf_size"}
    samples, model = _fit(samples, min_leaf_size, min_samples, **settings)
    hard = model.labels_
    if hard.max() < 0:
        raise NoClusterError(
            f"no cluster: the {len(samples)} points have a single peak of density with min_leaf_size = "
            f"{min_leaf_size}; lower it"
        )
    n_clusters = int(hard.max()) + 1
    labels, _ = assign_softly(samples, hard, np.eye(n_clusters + 1, n_clusters)[hard])
    return Clustering(labels, n_clusters, hard < 0, 0, np.eye(n_clusters, dtype=np.float32)[labels])


def _fit(samples, min_cluster_size, min_samples, exact_tree, n_jobs, leaves=False, name="min_cluster_size"):
    """Checked samples, and the library's model fitted to them."""
    n_samples = len(samples)
    check_whole(**{name: min_cluster_size})
    if min_samples is not None:
        check_count(min_samples=min_samples)
    if not 2 <= min_cluster_size <= n_samples:
        raise ValueError(
            f"{name} = {min_cluster_size} points: must be at least 2 and at most {n_samples}, the number of points"
        )
    if not np.isfinite(samples).all():
        raise ValueError("the points to cluster are not all finite: look for a broken frame")
    # joblib passes samples to processes as read-only memory maps, which hdbscan does not accept.
    samples = np.require(samples, dtype=float, requirements=["C", "W"])
    model = hdbscan.HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=min_samples,
        approx_min_span_tree=not exact_tree,
        cluster_selection_method="leaf" if leaves else "eom",
        algorithm="boruvka_kdtree",
        core_dist_n_jobs=1,
    )
    with depth_first_search(number_of_processes(n_jobs)), warnings.catch_warnings():
        # hdbscan divides by the infinite density of duplicated points; the labels are not affected.
        warnings.simplefilter("ignore", RuntimeWarning)
        return samples, model.fit(samples)


def assign_softly(samples: np.ndarray, hard_labels: np.ndarray, memberships: np.ndarray) -> tuple[np.ndarray, int]:
    """
    The most likely cluster of every sample.

    The library divides each row of memberships by its sum. If the sum is zero, the row is NaN and its argmax would be
    cluster 0. Such samples are counted and assigned to the cluster of the nearest clustered sample.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_components)
    hard_labels : numpy.ndarray of int, shape (n_samples,)
        -1 is noise.
    memberships : numpy.ndarray, shape (n_samples, n_clusters)

    Returns
    -------
    labels : numpy.ndarray of int, shape (n_samples,)
    n_nearest : int
        Number of samples that were assigned to the nearest cluster.

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [5.0], [4.0]])
    >>> rows = np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [np.nan, np.nan]])
    >>> assign_softly(points, np.array([0, 0, 1, -1]), rows)
    (array([0, 0, 1, 1]), 1)
    """
    usable = np.isfinite(memberships).all(axis=1)
    usable[usable] = memberships[usable].sum(axis=1) > 0
    labels = np.empty(len(samples), dtype=int)
    labels[usable] = memberships[usable].argmax(axis=1)
    lost = ~usable
    if lost.any():
        clustered = hard_labels >= 0
        _, nearest = cKDTree(samples[clustered]).query(samples[lost])
        labels[lost] = hard_labels[clustered][nearest]
    return labels, int(lost.sum())
