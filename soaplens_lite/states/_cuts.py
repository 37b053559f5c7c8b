"""
How much a state depends on the cut of the dendrogram.

The cut decides which clusters become one state. For two kinds of clusters, these functions give the cut that separates
them, and the uncertainty of the separation.
"""

from collections.abc import Collection, Sequence

import numpy as np
import xarray as xr

from soaplens_lite.kinetics._transitions import counts_per_atom
from soaplens_lite.states._merging import merge_clusters


def separating_cut(tree: np.ndarray, some: Collection[int], others: Collection[int]) -> float:
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
        Midpoint between that merge and the next lower one. Infinity if no merge joins the two kinds; 0 if they merge
        at 0, where no cut can separate them.

    Examples
    --------
    Clusters 0 and 1 merge at 0.4, and cluster 2 joins them at 0.8:

    >>> tree = np.array([[0, 1, 0.4, 2], [2, 3, 0.8, 3]])
    >>> [round(separating_cut(tree, *kinds), 2) for kinds in (([0], [2]), ([0], [1]), ([0], []))]
    [0.6, 0.2, inf]
    """
    some, others = set(some), set(others)
    members = [{cluster} for cluster in range(len(tree) + 1)]
    for left, right, distance, _ in tree:
        members.append(members[int(left)] | members[int(right)])
        if members[-1] & some and members[-1] & others:
            below = max(tree[tree[:, 2] < distance, 2], default=0.0)
            # A cut at the distance of a merge includes the merge: rounding must not move the midpoint up to it.
            return float(min((below + distance) / 2, np.nextafter(distance, 0)))
    return float("inf")


def mixed_shares(
    labels: xr.DataArray,
    some: Collection[int],
    others: Collection[int],
    cuts: Sequence[float],
    *,
    recount: bool = False,
    n_resamples: int = 1000,
    seed: int = 0,
) -> np.ndarray:
    """
    How often each cut merges two kinds of clusters, over bootstrap resamples of the atoms.

    The atoms are resampled. The clusters stay as they are; only their merging is repeated.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        Clusters 0 to n_clusters - 1.
    some, others : collection of int
        The two kinds; there may be clusters of neither kind.
    cuts : sequence of float
        Correlation distances.
    recount : bool
        See `soaplens_lite.states.merge_clusters`.
    n_resamples, seed
        As in `soaplens_lite.kinetics.atom_interval`.

    Returns
    -------
    shares : numpy.ndarray, shape (n_cuts,)
        Fraction of the resamples in which a state has clusters of both kinds.
    """
    per_atom = counts_per_atom(labels, int(labels.max()) + 1)
    n_atoms, n_clusters, _ = per_atom.shape
    some, others = list(some), list(others)
    draws = np.random.default_rng(seed).multinomial(n_atoms, np.full(n_atoms, 1 / n_atoms), size=n_resamples)
    resampled = (draws @ per_atom.reshape(n_atoms, -1)).reshape(n_resamples, n_clusters, n_clusters)
    mixed = np.zeros((n_resamples, len(cuts)), dtype=bool)
    for row, counts in zip(mixed, resampled, strict=True):
        for column, cut in enumerate(cuts):
            mapping, _ = merge_clusters(counts, cut=cut, recount=recount)
            row[column] = np.isin(mapping[some], mapping[others]).any()
    return mixed.mean(axis=0)
