"""
Finding the microscopic states: HDBSCAN with soft assignment, Gaussian mixtures, and k-means for the LENS classes.

Clusters come out in the order in which an algorithm happens to find them; `soaplens_lite.states` gives them an
order and names.
"""

import warnings
from dataclasses import dataclass
from unittest.mock import patch

import hdbscan
import numpy as np
from hdbscan.prediction import PredictionData
from scipy.spatial import cKDTree
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from soaplens_lite.arguments import check_count, check_whole


@dataclass(frozen=True)
class Clustering:
    """
    Clusters of samples.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (n_samples,)
        Cluster of every sample, 0 to n_clusters - 1.
    n_clusters : int
    was_noise : numpy.ndarray of bool, shape (n_samples,)
        Samples that were noise before the soft assignment.
    n_nearest : int
        Samples without usable memberships, which went to the nearest cluster.
    memberships : numpy.ndarray, shape (n_samples, n_clusters), float32
        Probabilities of the clusters; a row sums to that of being in any of them (NaN where there was none).
    """

    labels: np.ndarray
    n_clusters: int
    was_noise: np.ndarray
    n_nearest: int
    memberships: np.ndarray

    @property
    def noise(self):
        """Share of the samples that were noise before the soft assignment."""
        return float(self.was_noise.mean())


class NeighborSearch:
    """
    Finds the neighbors that hdbscan estimates densities from: what it asks scikit-learn's tree, answered by SciPy's.

    The answers are the same to the last bit. They come ten times faster, which is most of the time of a clustering,
    and take a third of the memory: in the order of the tree, where neighbors in space are neighbors in memory, in
    blocks, and without the distances that nobody reads.

    Parameters
    ----------
    data : numpy.ndarray, shape (n_samples, n_components)
    **_
        Settings of scikit-learn's tree, of which none changes an exact answer.
    """

    block = 20_000  # points

    def __init__(self, data, **_):
        self.data = data
        self._tree = cKDTree(data)

    def query(self, points, k, **_):
        """
        The k nearest samples of every sample, itself included.

        Parameters
        ----------
        points : array_like, shape (n_samples, n_components)
            The samples themselves: hdbscan asks for no others.
        k : int

        Returns
        -------
        distances : numpy.ndarray, shape (n_samples, k), read-only
            Every column holds the distance to the *k-th* neighbor, the only one that hdbscan reads.
        indices : numpy.ndarray of int, shape (n_samples, k)
            Nearest first.
        """
        points, order = np.asarray(points), self._tree.indices
        farthest, indices = np.empty(len(points)), np.empty((len(points), k), dtype=np.intp)
        for start in range(0, len(points), self.block):
            rows = order[start : start + self.block]
            distances, indices[rows] = self._tree.query(points[rows], k)
            farthest[rows] = distances[:, -1]
        return np.broadcast_to(farthest[:, None], indices.shape), indices


def hdbscan_soft(samples, *, min_cluster_size=80, min_samples=None, exact_tree=False):
    """
    Density-based clusters, with every sample given to the cluster that it most likely belongs to.

    HDBSCAN leaves thin regions between clusters as noise. As in the published analysis (its code, not its text),
    the label of *every* sample is the largest of its soft memberships.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_components)
    min_cluster_size : int
        Smallest group of samples that may be a cluster.
    min_samples : int, optional
        Neighbors that the density is estimated from; default: `min_cluster_size`.
    exact_tree : bool
        Compute the exact minimum spanning tree. The default is the library's faster approximation, which the
        published analysis used, and the answer depends on it.

    Returns
    -------
    clustering : Clustering

    Raises
    ------
    ValueError
        If there are fewer samples than `min_cluster_size`, it or `min_samples` is no whole number above 0, or no
        cluster is found.

    References
    ----------
    McInnes, Healy and Astels, J. Open Source Softw. 2, 205 (2017).
    """
    samples, model = _fit_hdbscan(samples, min_cluster_size, min_samples, exact_tree)
    hard = model.labels_
    if hard.max() < 0:
        raise ValueError(
            f"no cluster: all {len(samples)} points are noise with min_cluster_size = {min_cluster_size}; lower it, "
            "or set min_samples lower than it"
        )
    with warnings.catch_warnings():
        # hdbscan divides rows of memberships by a sum that can be zero; such rows are dealt with below.
        warnings.simplefilter("ignore", RuntimeWarning)
        # Memberships do not use the core distances that prediction data hold as well: 1 neighbor spares their search.
        model.prediction_data_ = PredictionData(samples, model.condensed_tree_, min_samples=1)
        memberships = hdbscan.all_points_membership_vectors(model)
    labels, n_nearest = assign_softly(samples, hard, memberships)
    return Clustering(labels, int(hard.max()) + 1, hard < 0, n_nearest, memberships.astype(np.float32))


def hdbscan_hard(samples, *, min_cluster_size=80, min_samples=None, exact_tree=False):
    """
    Density-based clusters as they are found, noise as noise.

    Parameters
    ----------
    samples, min_cluster_size, min_samples, exact_tree
        As in `hdbscan_soft`.

    Returns
    -------
    labels : numpy.ndarray of int, shape (n_samples,)
        Largest cluster first; -1 is noise, which all samples may be.

    Raises
    ------
    ValueError
        As `hdbscan_soft`, but not where no cluster is found.
    """
    _, model = _fit_hdbscan(samples, min_cluster_size, min_samples, exact_tree)
    found, sizes = np.unique(model.labels_[model.labels_ >= 0], return_counts=True)
    rank = np.full(len(found) + 1, -1)  # The last place is that of label -1.
    rank[found[np.argsort(-sizes, kind="stable")]] = np.arange(len(found))
    return rank[model.labels_]


def _fit_hdbscan(samples, min_cluster_size, min_samples, exact_tree):
    """Checked samples, and the library's model fitted to them."""
    n_samples = len(samples)
    check_whole(min_cluster_size=min_cluster_size)
    if min_samples is not None:
        check_count(min_samples=min_samples)
    if not 2 <= min_cluster_size <= n_samples:
        raise ValueError(
            f"min_cluster_size = {min_cluster_size} points: must be at least 2 and at most {n_samples}, the number "
            "of points"
        )
    if not np.isfinite(samples).all():
        raise ValueError("the points to cluster are not all finite: look for a broken frame")
    # Other processes get their samples as read-only memory maps, which hdbscan does not take.
    samples = np.require(samples, dtype=float, requirements=["C", "W"])
    model = hdbscan.HDBSCAN(
        min_cluster_size=min_cluster_size,
        min_samples=min_samples,
        approx_min_span_tree=not exact_tree,
        algorithm="boruvka_kdtree",
        core_dist_n_jobs=1,
    )
    with patch.object(hdbscan.hdbscan_, "KDTree", NeighborSearch), warnings.catch_warnings():
        # Points at one place have an infinite density, which hdbscan divides by; the labels are unharmed.
        warnings.simplefilter("ignore", RuntimeWarning)
        return samples, model.fit(samples)


def assign_softly(samples, hard_labels, memberships):
    """
    The most likely cluster of every sample.

    The library divides each row of memberships by its sum. Where that sum is zero the row is NaN, and its
    argmax would silently be cluster 0: such samples go to the cluster of the nearest clustered sample, and are
    counted.

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
        Number of samples that went to the nearest cluster.

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


def gmm(samples, n_components, *, seed=0, n_starts=5, max_steps=300):
    """
    A mixture of Gaussians, each with a covariance of its own: clusters that overlap.

    Where one environment passes into another without a thin region between them, density-based clustering sees one
    hill. A mixture does not need the gap, but has to be told the number of clusters.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_dimensions)
    n_components : int
        Number of Gaussians, at most that of distinct samples.
    seed : int
        Of the random starts.
    n_starts : int
        Fits from different starts, of which the likeliest is kept: a fit climbs to the next summit only.
    max_steps : int
        Of expectation maximization, in each fit.

    Returns
    -------
    clustering : Clustering
        Of the Gaussian that a sample most likely comes from; there is no noise, and rows of memberships sum to 1. The
        clusters are numbered as found: see `soaplens_lite.states.label_states`.

    Raises
    ------
    ValueError
        If the number of Gaussians is out of range, a number is no whole one above 0, or the samples are not all finite.
    RuntimeError
        If the likelihood still rises after `max_steps`.

    References
    ----------
    Dempster, Laird and Rubin, J. R. Stat. Soc. B 39, 1 (1977).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = gmm(np.concatenate([rng.normal(0, 1, (50, 2)), rng.normal(9, 1, (50, 2))]), 2)
    >>> np.unique(found.labels[:50]).size, np.unique(found.labels[50:]).size, found.memberships.shape
    (1, 1, (100, 2))
    """
    check_whole(n_components=n_components)
    check_count(n_starts=n_starts, max_steps=max_steps)
    samples = np.asarray(samples, dtype=float)
    if not np.isfinite(samples).all():
        raise ValueError("the points to cluster are not all finite: look for a broken frame")
    # As many distinct ones as are asked for usually turn up early: a sort of all would take long.
    if not 1 <= n_components <= len(np.unique(samples[:1000], axis=0)):
        n_distinct = len(np.unique(samples, axis=0))
        if not 1 <= n_components <= n_distinct:
            raise ValueError(
                f"n_components = {n_components}: must be at least 1 and at most {n_distinct}, the number of distinct "
                "points"
            )
    model = GaussianMixture(n_components, n_init=n_starts, max_iter=max_steps, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # Said below, with what to do.
        model.fit(samples)
    if not model.converged_:
        raise RuntimeError(
            f"the mixture of {n_components} Gaussians has not converged within max_steps = {max_steps}: raise it, ask "
            "for fewer components, or change the seed"
        )
    memberships = model.predict_proba(samples)
    labels, no_noise = memberships.argmax(axis=1), np.zeros(len(samples), dtype=bool)
    return Clustering(labels, n_components, no_noise, 0, memberships.astype(np.float32))


def kmeans(samples, n_components, *, seed=0, n_starts=5):
    """
    Clusters around means: every sample belongs to the nearest mean.

    The plainest of all clusterings, which looks for round crowds of like size. It serves as a test: what it finds too
    does not hang on the choice of a better one.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_dimensions)
    n_components : int
        Number of means, at most that of distinct samples.
    seed : int
        Of the random starts.
    n_starts : int
        Of which the tightest result is kept.

    Returns
    -------
    clustering : Clustering
        There is no noise; the memberships are 1 and 0.

    Raises
    ------
    ValueError
        If there are fewer distinct samples than clusters, or a number is no whole one above 0.

    References
    ----------
    Lloyd, IEEE Trans. Inf. Theory 28, 129 (1982).

    Examples
    --------
    >>> kmeans(np.array([[0.0], [0.1], [5.0]]), 2).memberships.sum(axis=0).tolist() in ([1, 2], [2, 1])
    True
    """
    check_whole(n_components=n_components)
    check_count(n_starts=n_starts)
    n_distinct = len(np.unique(samples, axis=0))
    if not 1 <= n_components <= n_distinct:
        raise ValueError(
            f"n_components = {n_components}: must be from 1 to {n_distinct}, the number of distinct samples"
        )
    labels = KMeans(n_clusters=n_components, n_init=n_starts, random_state=seed).fit_predict(samples)
    no_noise = np.zeros(len(samples), dtype=bool)
    return Clustering(labels, n_components, no_noise, 0, np.eye(n_components, dtype=np.float32)[labels])


def kmeans_classes(values, n_classes, *, seed=0):
    """
    Classes of a scalar, numbered by increasing value.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_samples,)
        For instance LENS.
    n_classes : int
    seed : int
        Of the random starts.

    Returns
    -------
    labels : numpy.ndarray of int, shape (n_samples,)
        0 is the class of the lowest values.
    thresholds : numpy.ndarray, shape (n_classes - 1,)
        Values that part the classes; one that lies on a threshold is of the upper class.

    Raises
    ------
    ValueError
        If there are fewer distinct values than classes, or `n_classes` is no whole number above 0.

    References
    ----------
    Lloyd, IEEE Trans. Inf. Theory 28, 129 (1982).

    Examples
    --------
    >>> labels, thresholds = kmeans_classes(np.array([0.9, 0.0, 0.1, 1.0]), 2)
    >>> labels.tolist(), thresholds.round(3).tolist()
    ([1, 0, 0, 1], [0.5])
    """
    check_count(n_classes=n_classes)
    values = np.asarray(values, dtype=float)
    n_distinct = len(np.unique(values))
    if n_distinct < n_classes:
        raise ValueError(
            f"{n_classes} classes of {n_distinct} distinct values: ask for at most {n_distinct}, or look why the "
            "values hardly differ"
        )
    model = KMeans(n_clusters=n_classes, n_init=10, random_state=seed).fit(values[:, None])
    centers = np.sort(model.cluster_centers_.ravel())
    thresholds = (centers[1:] + centers[:-1]) / 2
    return np.searchsorted(thresholds, values, side="right"), thresholds
