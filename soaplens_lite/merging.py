"""
How much a state depends on the cut of the dendrogram.

The cut decides which clusters are one state, and a merge that happens just below it might as well not have. Of two
kinds of clusters these functions say which cut keeps them apart, and how sure the trajectory is of that.
"""

import numpy as np

from soaplens_lite.states import merge_clusters
from soaplens_lite.transitions import counts_per_atom


def parting_cut(tree, some, others):
    """
    The cut just below the merge that joins some clusters with certain others.

    Parameters
    ----------
    tree : numpy.ndarray, shape (n_clusters - 1, 4)
        As returned by `soaplens_lite.states.merge_clusters`.
    some, others : collection of int
        Two kinds of clusters; there may be clusters of neither kind.

    Returns
    -------
    cut : float
        In the middle between that merge and the next lower one; infinity if no merge joins the two kinds. 0 if they
        merge at 0: no cut parts clusters that exchange exactly alike.

    Examples
    --------
    Clusters 0 and 1 merge at 0.4, and cluster 2 joins them at 0.8:

    >>> tree = np.array([[0, 1, 0.4, 2], [2, 3, 0.8, 3]])
    >>> [round(parting_cut(tree, *kinds), 2) for kinds in (([0], [2]), ([0], [1]), ([0], []))]
    [0.6, 0.2, inf]
    """
    some, others = set(some), set(others)
    members = [{cluster} for cluster in range(len(tree) + 1)]
    for left, right, distance, _ in tree:
        members.append(members[int(left)] | members[int(right)])
        if members[-1] & some and members[-1] & others:
            below = max(tree[tree[:, 2] < distance, 2], default=0.0)
            # Cutting at the very distance of a merge merges: rounding must not bring the middle up to it.
            return float(min((below + distance) / 2, np.nextafter(distance, 0)))
    return float("inf")


def mixed_shares(labels, some, others, cuts, *, n_resamples=1000, seed=0):
    """
    How often each cut would make one state of two kinds of clusters, if other atoms had been seen.

    As everywhere, whole atoms are resampled. The clusters stay as they are: only what is done with them is in
    question.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        Clusters 0 to n_clusters - 1.
    some, others : collection of int
        The two kinds; there may be clusters of neither kind.
    cuts : sequence of float
        Correlation distances.
    n_resamples, seed
        As in `soaplens_lite.transitions.atom_interval`.

    Returns
    -------
    shares : numpy.ndarray, shape (n_cuts,)
        Share of the resamples in which a state holds clusters of both kinds.
    """
    per_atom = counts_per_atom(labels, int(labels.max()) + 1)
    n_atoms, n_clusters, _ = per_atom.shape
    some, others = list(some), list(others)
    draws = np.random.default_rng(seed).multinomial(n_atoms, np.full(n_atoms, 1 / n_atoms), size=n_resamples)
    resampled = (draws @ per_atom.reshape(n_atoms, -1)).reshape(n_resamples, n_clusters, n_clusters)
    mixed = np.zeros((n_resamples, len(cuts)), dtype=bool)
    for row, counts in zip(mixed, resampled, strict=True):
        for column, cut in enumerate(cuts):
            mapping, _ = merge_clusters(counts, cut=cut)
            row[column] = np.isin(mapping[some], mapping[others]).any()
    return mixed.mean(axis=0)
