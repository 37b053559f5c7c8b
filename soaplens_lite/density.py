"""Clusters of one density: DBSCAN, the plainest of the methods that look for crowds."""

import numpy as np
from scipy.spatial import cKDTree
from sklearn.cluster import DBSCAN


def knee(values):
    """
    Where a curve that rises slowly at first begins to rise steeply.

    Parameters
    ----------
    values : numpy.ndarray, shape (n_values,)
        In any order; the curve is that of the sorted ones.

    Returns
    -------
    value : float
        The one that lies farthest below the straight line from the lowest to the highest.

    Examples
    --------
    >>> float(knee(np.array([9.0, 1.0, 1.5, 2.0, 5.0])))
    2.0
    """
    curve = np.sort(values)
    return curve[np.argmax(np.linspace(curve[0], curve[-1], len(curve)) - curve)]


def dbscan(samples):
    """
    Crowds of one density, noise as noise, with both settings by the usual rules.

    A point is in a crowd if it has twice as many neighbors as there are dimensions within a distance, which is the
    `knee` of the distances in which points have as many.

    Parameters
    ----------
    samples : numpy.ndarray, shape (n_samples, n_dimensions)
        Memory grows with the number of neighbors of all of them: tens of thousands of samples are many.

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
    # The first neighbor that the tree finds is the point itself, which DBSCAN counts as well.
    distances, _ = cKDTree(samples).query(samples, n_neighbors)
    return DBSCAN(eps=float(knee(distances[:, -1])), min_samples=n_neighbors).fit_predict(samples)
