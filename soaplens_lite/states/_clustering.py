"""Clusters of samples: Gaussian mixtures, k-means (also of a scalar such as LENS) and DBSCAN. HDBSCAN: `_hdbscan`."""

import warnings
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import entr
from sklearn.cluster import DBSCAN, KMeans
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from soaplens_lite._arguments import check_count, check_whole

POINTS_COMPARED = 20_000  # for the number of Gaussians


class NoClusterError(ValueError):
    """The method finds no cluster among the points."""


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
        True for samples that were noise before the soft assignment.
    n_nearest : int
        Number of samples without usable memberships, which were assigned to the nearest cluster.
    memberships : numpy.ndarray, shape (n_samples, n_clusters), float32
        Probabilities of the clusters. A row sums to the probability of being in any cluster; NaN if undefined.
    """

    labels: np.ndarray
    n_clusters: int
    was_noise: np.ndarray
    n_nearest: int
    memberships: np.ndarray

    @property
    def noise(self) -> float:
        """Fraction of samples that were noise before the soft assignment."""
        return float(self.was_noise.mean())


def gmm(
    samples: np.ndarray, n_components: int, *, seed: int = 0, n_starts: int = 5, max_steps: int = 300
) -> Clustering:
    """
    Gaussian mixture, each component with its own covariance: clusters may overlap.

    Density-based clustering finds one cluster where two environments overlap without a region of low density between
    them. A mixture can separate them, but needs the number of clusters.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_dimensions)
    n_components : int
        Number of Gaussians, at most that of distinct samples.
    seed : int
        Seed of the random starts.
    n_starts : int
        Number of fits from different starts; the most likely one is kept, since a fit finds a local maximum.
    max_steps : int
        Steps of expectation maximization in each fit.

    Returns
    -------
    clustering : Clustering
        The label of a sample is its most likely Gaussian. No sample is noise, and rows of memberships sum to 1. The
        order of the clusters is arbitrary.

    Raises
    ------
    ValueError
        If a number is not a positive integer, `n_components` is out of range, or a sample is not finite.
    RuntimeError
        If the fit did not converge within `max_steps`.

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
    # The first samples usually have enough distinct ones; sorting all of them is slow.
    if not 1 <= n_components <= len(np.unique(samples[:1000], axis=0)):
        n_distinct = len(np.unique(samples, axis=0))
        if not 1 <= n_components <= n_distinct:
            raise ValueError(
                f"n_components = {n_components}: must be at least 1 and at most {n_distinct}, the number of distinct "
                "points"
            )
    model = GaussianMixture(n_components, n_init=n_starts, max_iter=max_steps, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # It becomes an error below.
        model.fit(samples)
    if not model.converged_:
        raise RuntimeError(
            f"the mixture of {n_components} Gaussians has not converged within max_steps = {max_steps}: raise it, ask "
            "for fewer components, or change the seed"
        )
    memberships = model.predict_proba(samples)
    labels, no_noise = memberships.argmax(axis=1), np.zeros(len(samples), dtype=bool)
    return Clustering(labels, n_components, no_noise, 0, memberships.astype(np.float32))


def kmeans(samples: np.ndarray, n_components: int, *, seed: int = 0, n_starts: int = 5) -> Clustering:
    """
    k-means: every sample belongs to the nearest mean.

    It finds round clusters of similar size. A state that k-means finds as well does not depend on the choice of the
    clustering method.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_dimensions)
    n_components : int
        Number of means, at most that of distinct samples.
    seed : int
        Seed of the random starts.
    n_starts : int
        Number of starts; the result with the smallest squared distances is kept.

    Returns
    -------
    clustering : Clustering
        No sample is noise; the memberships are 1 and 0.

    Raises
    ------
    ValueError
        If a number is not a positive integer, or there are fewer distinct samples than clusters.

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


def kmeans_classes(values: np.ndarray, n_classes: int, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """
    Classes of a scalar, numbered by increasing value.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_samples,)
        For instance LENS.
    n_classes : int
    seed : int
        Seed of the random starts.

    Returns
    -------
    labels : numpy.ndarray of int, shape (n_samples,)
        0 is the class of the lowest values.
    thresholds : numpy.ndarray, shape (n_classes - 1,)
        Borders between the classes. A value on a border belongs to the upper class.

    Raises
    ------
    ValueError
        If `n_classes` is not a positive integer, or there are fewer distinct values than classes.

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


def best_number(points: np.ndarray, most: int, *, seed: int = 0) -> int:
    """
    How many separate Gaussians describe points best, by the integrated completed likelihood.

    The Bayesian information criterion alone divides one cluster of another shape than a Gaussian into several that
    overlap. The integrated completed likelihood adds the entropy of the assignment, so that only Gaussians count to
    which points belong clearly.

    Parameters
    ----------
    points : numpy.ndarray, shape (n_points, n_components)
    most : int
    seed : int

    Returns
    -------
    number : int
        At least 1; at most `most` and the number of distinct points.

    References
    ----------
    Biernacki, Celeux and Govaert, IEEE Trans. Pattern Anal. Mach. Intell. 22, 719 (2000).
    """
    points = np.asarray(points, dtype=float)
    if len(points) > POINTS_COMPARED:
        points = np.random.default_rng(seed).choice(points, POINTS_COMPARED, replace=False)
    most = min(most, len(np.unique(points, axis=0)))
    models = [GaussianMixture(k, random_state=seed).fit(points) for k in range(1, most + 1)]
    criteria = [model.bic(points) + 2 * entr(model.predict_proba(points)).sum() for model in models]
    return int(np.argmin(criteria)) + 1


def knee(values: np.ndarray) -> float:
    """
    The value at which the sorted values begin to rise steeply.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_values,)
        In any order.

    Returns
    -------
    value : float
        The value farthest below the straight line from the lowest to the highest of the sorted values.

    Examples
    --------
    >>> float(knee(np.array([9.0, 1.0, 1.5, 2.0, 5.0])))
    2.0
    """
    curve = np.sort(values)
    return curve[np.argmax(np.linspace(curve[0], curve[-1], len(curve)) - curve)]


def dbscan(samples: np.ndarray) -> np.ndarray:
    """
    DBSCAN: clusters of one density, with both settings chosen by the usual rules.

    `min_samples` is twice the number of dimensions. `eps` is the `knee` of the distances from each sample to its
    neighbor of that rank.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_dimensions)
        At most some tens of thousands: memory grows with the number of all neighbors.

    Returns
    -------
    labels : numpy.ndarray of int, shape (n_samples,)
        -1 is noise.

    References
    ----------
    Schubert, Sander, Ester, Kriegel and Xu, ACM Trans. Database Syst. 42, 19 (2017).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = dbscan(np.concatenate([rng.normal(0, 1, (99, 2)), rng.normal(50, 1, (99, 2))]))
    >>> found[:99].max().item(), found[99:].max().item()
    (0, 1)
    """
    n_neighbors = 2 * samples.shape[1]
    # The first neighbor is the sample itself, which DBSCAN counts too.
    distances, _ = cKDTree(samples).query(samples, n_neighbors)
    return DBSCAN(eps=float(knee(distances[:, -1])), min_samples=n_neighbors).fit_predict(samples)
