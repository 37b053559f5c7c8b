"""
Two descriptions of the same points: what one takes for what the other calls something else, and how sure each is.

SOAP alone, LENS alone and both together label the same atoms in the same frames. What coupling them changes is said
here in numbers, each with an interval that resamples whole atoms where it is a share of points.
"""

import numpy as np
from scipy.spatial import cKDTree
from sklearn.metrics import adjusted_rand_score

from soaplens_lite.transitions import atom_interval, counts_per_atom


def share_of_points(chosen, condition, *, n_resamples=1000, seed=0):
    """
    Of some points, the share that meets a condition.

    Parameters
    ----------
    chosen : xarray.DataArray, dims (frame, atom), bool
        The points that count.
    condition : xarray.DataArray, dims (frame, atom), bool or number
        On the same frames and atoms; of numbers, the mean is taken.
    n_resamples, seed
        As in `soaplens_lite.transitions.atom_interval`.

    Returns
    -------
    share : dict or None
        ``value``, and ``low`` and ``high`` of the 95 % interval; None if no point is chosen.

    Examples
    --------
    Three points are chosen, two of which meet the condition:

    >>> import xarray as xr
    >>> chosen = xr.DataArray([[True, True], [True, False]], dims=("frame", "atom"))
    >>> condition = xr.DataArray([[True, False], [True, True]], dims=("frame", "atom"))
    >>> round(share_of_points(chosen, condition)["value"], 2)
    0.67
    """
    met = (chosen * condition).sum("frame").values
    return _share(met, chosen.sum("frame").values, n_resamples, seed)


def share_of_passages(labels, origin, target, of, *, n_resamples=1000, seed=0):
    """
    Of all entries into some states, the share that comes from given others; or of all exits, the share that goes there.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    origin, target : collection of int
        States that are left and entered, none of them in both.
    of : {"entries", "exits"}
        Whether the share is one of all entries into `target` or of all exits from `origin`.
    n_resamples, seed
        As in `soaplens_lite.transitions.atom_interval`.

    Returns
    -------
    share : dict or None
        ``value``, and ``low`` and ``high`` of the 95 % interval; None if nothing enters, or leaves.

    Raises
    ------
    ValueError
        If a state is left and entered, or `of` is something else.

    Examples
    --------
    State 2 is entered once from 0 and once from 1:

    >>> import xarray as xr
    >>> way = xr.DataArray([[0], [2], [1], [2]], dims=("frame", "atom"))
    >>> share_of_passages(way, [0], [2], "entries")["value"]
    0.5
    """
    if set(origin) & set(target):
        raise ValueError(
            f"states {sorted(set(origin) & set(target))} are in origin and in target: leave them out of one"
        )
    if of not in ("entries", "exits"):
        raise ValueError(f"of = {of!r}: must be 'entries' or 'exits'")
    per_atom = counts_per_atom(labels, int(labels.max()) + 1)
    rows, columns = (np.isin(np.arange(per_atom.shape[1]), list(states)) for states in (origin, target))
    passes = per_atom[:, rows][:, :, columns].sum(axis=(1, 2))
    among = per_atom[:, ~columns][:, :, columns] if of == "entries" else per_atom[:, rows][:, :, ~rows]
    return _share(passes, among.sum(axis=(1, 2)), n_resamples, seed)


def _share(part, whole, n_resamples, seed):
    """Sum of the parts by sum of the wholes, one of each per atom, with its interval."""
    if not whole.sum():
        return None

    def ratio(sums):
        return np.divide(sums[..., 0], sums[..., 1], out=np.full(len(sums), np.nan), where=sums[..., 1] > 0)

    per_atom = np.stack([part, whole], axis=-1).astype(float)
    low, high = atom_interval(per_atom, ratio, n_resamples=n_resamples, seed=seed)
    return {"value": float(part.sum() / whole.sum()), "low": float(low), "high": float(high)}


def keeps_name(labels, names, other, other_names):
    """
    Points whose state has, among its names in the one labelling, the name that the other labelling gives them.

    A state of "face/valley" holds what the other calls "face" and what it calls "valley". Numbers at the end of a
    name, which tell states of one name apart, do not count.

    Parameters
    ----------
    labels, other : xarray.DataArray, dims (frame, atom), int
        On the same frames and atoms.
    names, other_names : sequence of str
        Of the states of each.

    Returns
    -------
    same : xarray.DataArray, dims (frame, atom), bool

    Examples
    --------
    >>> import xarray as xr
    >>> joint = xr.DataArray([[0, 0, 1]], dims=("frame", "atom"))
    >>> soap = xr.DataArray([[0, 1, 1]], dims=("frame", "atom"))
    >>> keeps_name(joint, ["face/valley", "edge"], soap, ["valley 2", "face"]).values.tolist()
    [[True, True, False]]
    """
    parts, other_parts = ([set(_bare(name).split("/")) for name in given] for given in (names, other_names))
    fits = np.array([[there <= here for there in other_parts] for here in parts])
    return labels.copy(data=fits[labels.values, other.values])


def told_apart(names, kinds):
    """
    Whether each of some kinds is a state of its own.

    Parameters
    ----------
    names : sequence of str
        Of the states.
    kinds : collection of str

    Returns
    -------
    apart : bool
        Whether every kind names a state that no other of them names too.

    Examples
    --------
    >>> told_apart(["face 2", "edge", "vertex"], ["edge", "face"]), told_apart(["edge/face"], ["edge", "face"])
    (True, False)
    """
    parts = [set(_bare(name).split("/")) & set(kinds) for name in names]
    return all({kind} in parts for kind in kinds)


def _bare(name):
    """A name without the number that tells it from others of that name."""
    words = name.split(" ")
    return " ".join(words[:-1]) if words[-1].isdecimal() else name


def adjusted_rand(labels, other, *, where=None):
    """
    How far two labellings part the points alike: 1 for the same parts, 0 for what chance would give.

    Parameters
    ----------
    labels, other : xarray.DataArray, dims (frame, atom), int
        On the same frames and atoms.
    where : xarray.DataArray of bool, optional
        Points that count. Default: all.

    Returns
    -------
    index : float

    References
    ----------
    Hubert and Arabie, J. Classif. 2, 193 (1985).
    """
    counted = slice(None) if where is None else where.values.ravel()
    return float(adjusted_rand_score(labels.values.ravel()[counted], other.values.ravel()[counted]))


def overlap(one, other):
    """
    How far two sets of points are the same: points in both by points in either.

    Parameters
    ----------
    one, other : xarray.DataArray or numpy.ndarray of bool
        Of one shape.

    Returns
    -------
    overlap : float
        1 for the same points, 0 for none in common, and where both are empty.

    Examples
    --------
    >>> overlap(np.array([True, True, False]), np.array([True, False, False]))
    0.5
    """
    one, other = np.asarray(one), np.asarray(other)
    either = np.count_nonzero(one | other)
    return float(np.count_nonzero(one & other) / either) if either else 0.0


def doubt(memberships):
    r"""
    How unsure a clustering is of its points: the mean entropy of the memberships.

    .. math:: \left\langle -\sum_k p_k \ln p_k \right\rangle / \ln K

    Rows are scaled to a sum of 1, and :math:`K` is the number of clusters, so that clusterings with different numbers
    of them can be compared.

    Parameters
    ----------
    memberships : numpy.ndarray, shape (n_samples, n_clusters)
        Rows without usable memberships (NaN, or all 0) do not count.

    Returns
    -------
    doubt : float or None
        0 if every point belongs to one cluster, 1 if every point belongs to all alike. None with a single cluster,
        and without usable rows: there is nothing to be unsure of.

    Examples
    --------
    >>> doubt(np.array([[1.0, 0.0], [0.5, 0.5]]))
    0.5
    """
    memberships = np.asarray(memberships, dtype=float)
    total = memberships.sum(axis=1)
    usable = np.isfinite(total) & (total > 0)
    if memberships.shape[1] < 2 or not usable.any():
        return None
    shares = memberships[usable] / total[usable, None]
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    return float(-(shares * logarithms).sum(axis=1).mean() / np.log(memberships.shape[1]))


def crowd(scores, chosen, *, n_components=2, n_neighbors=10):
    """
    Of the nearest neighbors of each chosen point on a map, the share that is chosen too.

    A cloud that stands apart from the rest has all of its neighbors in itself; points that are scattered among others
    have few of their own kind around.

    Parameters
    ----------
    scores : xarray.DataArray, dims (frame, atom, component)
    chosen : xarray.DataArray, dims (frame, atom), bool
    n_components : int
        Of the map.
    n_neighbors : int
        Nearest points that are looked at, the point itself left out.

    Returns
    -------
    crowd : xarray.DataArray, dims (frame, atom)
        0 where a point is not chosen.

    Examples
    --------
    On a line at 0, 1, 9 and 10, the first three are chosen; the third has a neighbor that is not:

    >>> import xarray as xr
    >>> line = xr.DataArray([[[0.0], [1.0], [9.0], [10.0]]], dims=("frame", "atom", "component"))
    >>> chosen = xr.DataArray([[True, True, True, False]], dims=("frame", "atom"))
    >>> crowd(line, chosen, n_components=1, n_neighbors=1).values.tolist()
    [[1.0, 1.0, 0.0, 0.0]]
    """
    points = scores.values[..., :n_components].reshape(-1, n_components)
    flags = chosen.values.ravel()
    found = np.zeros(len(points))
    if flags.any():
        _, nearest = cKDTree(points).query(points[flags], n_neighbors + 1)
        found[flags] = flags[nearest[:, 1:]].mean(axis=1)
    return chosen.astype(float).copy(data=found.reshape(chosen.shape))


def best_overlap(labels, chosen):
    """
    How well any one cluster matches some points: the largest `overlap` of a cluster with them.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (n_samples,)
        Clusters, numbered from 0; -1 is noise and no cluster.
    chosen : numpy.ndarray of bool, shape (n_samples,)

    Returns
    -------
    overlap : float or None
        None if no point is chosen.

    Examples
    --------
    Cluster 1 holds both chosen points and one more:

    >>> best_overlap(np.array([0, 1, 1, 1]), np.array([False, True, True, False])) == 2 / 3
    True
    """
    if not chosen.any():
        return None
    return max(overlap(labels == label, chosen) for label in np.unique(labels[labels >= 0]))
