"""
From clusters to states: merging what exchanges like one, a data-derived order, and names by measured properties.

Nothing here is typed by hand for a system: the mapping from clusters to states is produced by the cut
of a dendrogram, the order by coordination, and a name by a rule about measured numbers.
"""

import re
from numbers import Real

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

from soaplens_lite.features import to_labelled
from soaplens_lite.transitions import residence_times


def exchange_linkage(matrix):
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
    matrix = np.asarray(matrix, dtype=float)
    if len(matrix) < 2:
        return np.empty((0, 4))
    # A row that is the same everywhere has no correlation: rounding would make one up.
    matrix = np.where(np.ptp(matrix, axis=1, keepdims=True) > 0, matrix, np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        distances = pdist(matrix, metric="correlation")
    distances = np.where(np.isfinite(distances), distances, 2.0)
    return linkage(np.clip(distances, 0, 2), method="average")


def merge_clusters(matrix, *, cut=1.0):
    """
    Merge clusters by cutting their dendrogram.

    Parameters
    ----------
    matrix : numpy.ndarray, shape (n_clusters, n_clusters)
        Transition counts or probabilities, rows are "from".
    cut : float
        Clusters at most this correlation distance apart become one; from 0 on.

    Returns
    -------
    mapping : numpy.ndarray of int, shape (n_clusters,)
        State of every cluster, numbered in the order in which clusters first name them.
    tree : numpy.ndarray, shape (n_clusters - 1, 4)
        See `exchange_linkage`.

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
    tree = exchange_linkage(matrix)
    if len(tree) == 0:
        return np.zeros(len(matrix), dtype=int), tree
    groups = fcluster(tree, t=cut, criterion="distance")
    _, first, inverse = np.unique(groups, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse], tree


def order_states(labels, values, *, falling=True):
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
    means, population = _means(labels, values)
    order = np.lexsort((-population, -means if falling else means))
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    return rank


def merge_states(clusters, counts, values, *, cut=1.0):
    """
    Merge micro-clusters by the cut, and order what results by falling mean of a measured value.

    Parameters
    ----------
    clusters : xarray.DataArray, dims (frame, atom), int
        Micro-clusters 0 to n_clusters - 1.
    counts : numpy.ndarray, shape (n_clusters, n_clusters)
        Their transitions, rows are "from".
    values : xarray.DataArray, dims (frame, atom)
        Coordination numbers, for instance.
    cut : float
        See `merge_clusters`.

    Returns
    -------
    labels : xarray.DataArray, dims (frame, atom), int
    mapping : numpy.ndarray of int, shape (n_clusters,)
        State of every micro-cluster.
    tree : numpy.ndarray, shape (n_clusters - 1, 4)
        See `exchange_linkage`.
    """
    merged, tree = merge_clusters(counts, cut=cut)
    mapping = order_states(relabel(clusters, merged), values)[merged]
    return relabel(clusters, mapping), mapping, tree


def relabel(labels, mapping):
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


def label_states(clustering, like, values, *, falling=True):
    """
    Labels of a clustering, its clusters ordered by the mean of a measured value; empty ones are gone.

    Parameters
    ----------
    clustering : soaplens_lite.clustering.Clustering
    like : xarray.DataArray, dims (frame, atom, ...)
        Whose frames and atoms the samples are.
    values : xarray.DataArray, dims (frame, atom)
        Coordination numbers for instance, or LENS.
    falling : bool
        Whether the cluster of the highest mean comes first.

    Returns
    -------
    labels : xarray.DataArray, dims (frame, atom), int
    """
    labels = to_labelled(clustering.labels, like)
    return relabel(labels, order_states(labels, values, falling=falling))


def state_cards(labels, delta, coordination, height, interval, *, n_resamples=1000, seed=0):
    """
    What is measured of every state: the table that names are given by.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        States 0 to n_states - 1.
    delta, coordination, height : xarray.DataArray, dims (frame, atom)
        LENS, coordination number, and height in Angstrom; may cover more frames than `labels`.
    interval : float
        Between frames, in ns.
    n_resamples, seed
        Of the intervals, see `soaplens_lite.transitions.residence_times`.

    Returns
    -------
    cards : pandas.DataFrame, index state
        ``population`` (share of all samples), ``atoms`` (mean number per frame), ``mean_lens``,
        ``mean_coordination``, ``depth`` (Angstrom below the highest of the states that hold at least one atom in a
        hundred), and the columns of `soaplens_lite.transitions.residence_times`.
    """
    measured = {"mean_lens": delta, "mean_coordination": coordination, "depth": height}
    cards = measure_states(labels, measured, interval, n_resamples=n_resamples, seed=seed)
    highest = cards.depth[cards.population >= 0.01].max()
    return cards.assign(depth=highest - cards.depth)


def measure_states(labels, values, interval, *, n_resamples=1000, seed=0):
    """
    The mean of measured values in every state, how many atoms it holds, and for how long.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        States 0 to n_states - 1.
    values : dict of str to xarray.DataArray, dims (frame, atom)
        May cover more frames than `labels`.
    interval : float
        Between frames, in ns.
    n_resamples, seed
        Of the intervals, see `soaplens_lite.transitions.residence_times`.

    Returns
    -------
    cards : pandas.DataFrame, index state
        ``population`` (share of all samples), ``atoms`` (mean number per frame), a column of means for each of the
        values under its name, and the columns of `soaplens_lite.transitions.residence_times`. What a state that is
        never visited has on average is NaN.
    """
    number = np.bincount(labels.values[labels.values >= 0])
    cards = pd.DataFrame(
        {"population": number / number.sum(), "atoms": number / labels.sizes["frame"]},
        index=pd.RangeIndex(len(number), name="state"),
    ).assign(**{name: _means(labels, measured)[0] for name, measured in values.items()})
    residence = residence_times(labels, len(number), interval, n_resamples=n_resamples, seed=seed)
    return cards.join(residence)


def name_states(cards, rules):
    """
    Names by measured properties: the first rule that a state meets names it.

    Parameters
    ----------
    cards : pandas.DataFrame, index state
        As returned by `state_cards`.
    rules : pandas.DataFrame
        One rule per row: ``name``, and for any column of `cards` the bounds ``<column>_from`` (included) and
        ``<column>_below`` (excluded); a missing or NaN bound does not bind. Other columns are for the reader.

    Returns
    -------
    names : pandas.Series of str, index state
        A name that several states earn is numbered from its second owner on ("face", "face 2"); a state that meets
        no rule stays "state k".

    Raises
    ------
    KeyError
        If a rule bounds something that was not measured.

    Examples
    --------
    >>> cards = pd.DataFrame({"mean_coordination": [9.1, 7.0, 3.0]})
    >>> rules = pd.DataFrame({"name": ["edge", "face"], "mean_coordination_from": [6, 8],
    ...                       "mean_coordination_below": [8, 9.5]})
    >>> name_states(cards, rules).tolist()
    ['face', 'edge', 'state 2']
    """
    owners, names = {}, []
    for state, card in cards.iterrows():
        base = next((rule["name"] for _, rule in rules.iterrows() if _meets(card, rule)), None)
        if base is None:
            names.append(f"state {state}")
            continue
        owners[base] = owners.get(base, 0) + 1
        names.append(base if owners[base] == 1 else f"{base} {owners[base]}")
    return pd.Series(names, index=cards.index, name="name")


def named(table, name):
    """
    States of a name, its numbered ones included.

    Parameters
    ----------
    table : pandas.DataFrame, index state
        With a column ``name``.
    name : str

    Returns
    -------
    states : list of int

    Examples
    --------
    >>> named(pd.DataFrame({"name": ["bulk", "edge", "edge 2", "edge case"]}), "edge")
    [1, 2]
    """
    return [int(state) for state in table.index[table["name"].str.fullmatch(rf"{re.escape(name)}( \d+)?")]]


def shares_among_states(labels, table, points):
    """
    Which states one labelling gives to the points that another one picks out.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    table : pandas.DataFrame, index state
        With a column ``name``.
    points : xarray.DataArray, dims (frame, atom), bool
        On the same frames and atoms.

    Returns
    -------
    shares : pandas.Series, index name
        Of the points, for each of the states that hold any; empty without points.

    Examples
    --------
    >>> import xarray as xr
    >>> labels, points = (xr.DataArray(x, dims=("frame", "atom")) for x in ([[0, 1, 1]], [[True, True, True]]))
    >>> shares_among_states(labels, pd.DataFrame({"name": ["bulk", "edge"]}), points).round(2).to_dict()
    {'bulk': 0.33, 'edge': 0.67}
    """
    chosen = pd.Series(labels.values[points.values])
    shares = chosen.value_counts(normalize=True).reindex(table.index).dropna()
    return shares.rename(index=table["name"])


def lens_class_names(n_classes):
    """
    Names of classes of LENS, from low to high.

    Parameters
    ----------
    n_classes : int
        At least 2.

    Returns
    -------
    names : list of str

    Examples
    --------
    >>> lens_class_names(4)
    ['slow', 'intermediate', 'intermediate 2', 'fast']
    """
    between = [f"intermediate {k}" if k > 1 else "intermediate" for k in range(1, n_classes - 1)]
    return ["slow", *between, "fast"]


def _meets(card, rule):
    """Whether a state's card lies within all bounds of a rule."""
    for key, bound in rule.items():
        if key.endswith("_from") and pd.notna(bound) and not card[key.removesuffix("_from")] >= bound:
            return False
        if key.endswith("_below") and pd.notna(bound) and not card[key.removesuffix("_below")] < bound:
            return False
    return True


def _means(labels, values):
    """Mean of the values in every state (NaN where there are none), and number of samples, each (n_states,)."""
    values = values.sel(frame=labels.frame, atom=labels.atom).values.ravel()
    states = labels.values.ravel()
    valid = states >= 0
    number = np.bincount(states[valid])
    sums = np.bincount(states[valid], weights=values[valid])
    return np.divide(sums, number, out=np.full(len(number), np.nan), where=number > 0), number
