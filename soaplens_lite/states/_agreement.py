"""
Compare two labellings of the same points: overlap, agreement, uncertainty.

SOAP alone, LENS alone and both together label the same atoms in the same frames. These functions measure what the
coupling changes. Shares of points have a 95 % interval from resampling the atoms.
"""

from collections.abc import Collection, Sequence

import numpy as np
import xarray as xr
from scipy.spatial import cKDTree
from scipy.stats import binomtest
from sklearn.metrics import adjusted_rand_score

from soaplens_lite.kinetics._transitions import atom_interval, counts_per_atom


def share_of_points(
    chosen: xr.DataArray, condition: xr.DataArray, *, n_resamples: int = 1000, seed: int = 0
) -> dict[str, float] | None:
    """
    Share of the chosen points that meet a condition.

    Parameters
    ----------
    chosen : xarray.DataArray, dims (frame, atom), bool
        The points that count.
    condition : xarray.DataArray, dims (frame, atom), bool or number
        On the same frames and atoms; of numbers, the mean is taken. A chosen point with NaN does not count.
    n_resamples, seed
        As in `soaplens_lite.kinetics.atom_interval`.

    Returns
    -------
    share : dict or None
        ``value``, and ``low`` and ``high`` of the 95 % interval; None if no point is chosen that counts.

    Examples
    --------
    Two of the three chosen points meet the condition:

    >>> import xarray as xr
    >>> chosen = xr.DataArray([[True, True], [True, False]], dims=("frame", "atom"))
    >>> condition = xr.DataArray([[True, False], [True, True]], dims=("frame", "atom"))
    >>> round(share_of_points(chosen, condition)["value"], 2)
    0.67
    """
    chosen = chosen & condition.notnull()
    met = (chosen * condition).sum("frame").values
    return _share(met, chosen.sum("frame").values, n_resamples, seed)


def share_of_passages(
    labels: xr.DataArray,
    origin: Collection[int],
    target: Collection[int],
    of: str,
    *,
    n_resamples: int = 1000,
    seed: int = 0,
) -> dict[str, float] | None:
    """
    Share of the entries into some states that come from given others, or of the exits that go there.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    origin, target : collection of int
        States that are left and entered, none of them in both.
    of : {"entries", "exits"}
        Whether the share is one of all entries into `target` or of all exits from `origin`.
    n_resamples, seed
        As in `soaplens_lite.kinetics.atom_interval`.

    Returns
    -------
    share : dict or None
        ``value``, and ``low`` and ``high`` of the 95 % interval; None if nothing enters, or leaves.

    Raises
    ------
    ValueError
        If a state is left and entered, or `of` is something else.

    Notes
    -----
    Resampling gives an interval without width if a passage was never, or always, seen. It is then replaced by the
    exact interval of independent passages (C. J. Clopper and E. S. Pearson, Biometrika 26, 404, 1934).

    Examples
    --------
    State 2 is entered once from 0 and once from 1:

    >>> import xarray as xr
    >>> labels = xr.DataArray([[0], [2], [1], [2]], dims=("frame", "atom"))
    >>> share_of_passages(labels, [0], [2], "entries")["value"]
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
    share = _share(passes, among.sum(axis=(1, 2)), n_resamples, seed)
    if share and share["low"] == share["high"]:
        low, high = binomtest(int(passes.sum()), int(among.sum())).proportion_ci(0.95, method="exact")
        share |= {"low": float(low), "high": float(high)}
    return share


def _share(part, total, n_resamples, seed):
    """Sum of the parts divided by the sum of the totals, one of each per atom, with its interval."""
    if not total.sum():
        return None

    def ratio(sums):
        return np.divide(sums[..., 0], sums[..., 1], out=np.full(len(sums), np.nan), where=sums[..., 1] > 0)

    per_atom = np.stack([part, total], axis=-1).astype(float)
    low, high = atom_interval(per_atom, ratio, n_resamples=n_resamples, seed=seed)
    return {"value": float(part.sum() / total.sum()), "low": float(low), "high": float(high)}


def keeps_name(
    labels: xr.DataArray, names: Sequence[str], other: xr.DataArray, other_names: Sequence[str]
) -> xr.DataArray:
    """
    Points whose state has the same name in both labellings.

    A state that holds several kinds ("face/valley") counts as none of them, because it does not distinguish them.
    Noise has no name.

    Parameters
    ----------
    labels, other : xarray.DataArray, dims (frame, atom), int
        On the same frames and atoms; -1 is noise.
    names, other_names : sequence of str
        Of the states of each, numbers of states that share a name included.

    Returns
    -------
    same : xarray.DataArray, dims (frame, atom), bool

    Examples
    --------
    >>> import xarray as xr
    >>> joint = xr.DataArray([[0, 0, 1]], dims=("frame", "atom"))
    >>> soap = xr.DataArray([[0, 1, 1]], dims=("frame", "atom"))
    >>> keeps_name(joint, ["face/valley", "edge"], soap, ["valley", "edge"]).values.tolist()
    [[False, False, True]]
    """
    same = np.equal.outer(np.array(names, dtype=object), np.array(other_names, dtype=object)).astype(bool)
    # The table would take -1 for its last state.
    return labels.copy(data=same[labels.values, other.values] & (labels.values >= 0) & (other.values >= 0))


def separates(
    kinds: Sequence[str], wanted: Collection[str], *, mixed: dict[str, Collection[str]] | None = None
) -> bool:
    """
    True if every wanted kind has a state of its own and no state mixes two of them.

    Parameters
    ----------
    kinds : sequence of str
        Kinds of the states, see `soaplens_lite.states.name_states`.
    wanted : collection of str
        Kinds that should be separate. A state may hold something else beside one of them.
    mixed : dict of str to collection of str, optional
        The parts of kinds that are mixtures: ``{"edge/face": ["edge", "face"]}``.

    Returns
    -------
    separate : bool

    Examples
    --------
    >>> mixed = {"edge/face": ["edge", "face"]}
    >>> separates(["face", "edge", "vertex"], ["edge", "face"]), separates(["edge/face"], ["edge", "face"], mixed=mixed)
    (True, False)
    """
    parts = [set((mixed or {}).get(kind, [kind])) & set(wanted) for kind in kinds]
    return all(len(part) < 2 for part in parts) and all({kind} in parts for kind in wanted)


def nearest_reading(readings: dict[str, dict[str, float | None]], published: dict[str, float]) -> str:
    """
    Which reading of some published numbers, the same for all of them, is nearest to what was measured.

    Readings are compared by the numbers that all of them measured: one that lacks a number is not nearer for that.
    Those that measured nothing are left out.

    Parameters
    ----------
    readings : dict of str to dict
        For each reading, the measured value of each published number; None where it was not measured.
    published : dict of str to float

    Returns
    -------
    reading : str
        With the smallest sum of distances; the first of those that are equally near. The first of all if none measured
        anything.

    Examples
    --------
    >>> nearest_reading({"in": {"a": 3.0, "b": 9.0}, "out": {"a": 1.0, "b": 4.0}}, {"a": 3.0, "b": 5.0})
    'out'
    """
    known = {
        reading: {name: value for name, value in measured.items() if value is not None}
        for reading, measured in readings.items()
    }
    telling = {reading: values for reading, values in known.items() if values} or known
    shared = set.intersection(*(set(values) for values in telling.values()))
    distances = {
        reading: sum(abs(values[name] - published[name]) for name in shared) for reading, values in telling.items()
    }
    return min(distances, key=distances.get)


def adjusted_rand(labels: xr.DataArray, other: xr.DataArray, *, where: xr.DataArray | None = None) -> float:
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


def overlap(one: xr.DataArray | np.ndarray, other: xr.DataArray | np.ndarray) -> float:
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


def assignment_entropy(
    memberships: np.ndarray, like: xr.DataArray, *, n_resamples: int = 1000, seed: int = 0
) -> dict[str, float] | None:
    r"""
    How unsure a clustering is of its points: the mean entropy of the memberships.

    .. math:: \left\langle -\sum_k p_k \ln p_k \right\rangle / \ln K

    Rows are scaled to a sum of 1, and :math:`K` is the number of clusters, so that clusterings with different numbers
    of them can be compared.

    Parameters
    ----------
    memberships : numpy.ndarray, shape (n_samples, n_clusters)
        Rows without usable memberships (NaN, or all 0) do not count.
    like : xarray.DataArray, dims (frame, atom)
        Whose frames and atoms the samples are.
    n_resamples, seed
        As in `soaplens_lite.kinetics.atom_interval`.

    Returns
    -------
    assignment_entropy : dict or None
        ``value``, 0 if every point belongs to one cluster and 1 if every point belongs to all alike, and ``low`` and
        ``high`` of the 95 % interval. None with a single cluster, and without usable rows: there is nothing to be
        unsure of.

    Examples
    --------
    >>> import xarray as xr
    >>> two_atoms = xr.DataArray([[0, 1]], dims=("frame", "atom"))
    >>> assignment_entropy(np.array([[1.0, 0.0], [0.5, 0.5]]), two_atoms)["value"]
    0.5
    """
    memberships = np.asarray(memberships, dtype=float)
    if memberships.shape[1] < 2:
        return None
    total = memberships.sum(axis=1, keepdims=True)
    usable = np.isfinite(total) & (total > 0)
    shares = np.divide(memberships, total, out=np.zeros_like(memberships), where=usable)
    logarithms = np.log(shares, out=np.zeros_like(shares), where=shares > 0)
    entropy = -(shares * logarithms).sum(axis=1) / np.log(memberships.shape[1])
    chosen, condition = (like.copy(data=values.reshape(like.shape)) for values in (usable.ravel(), entropy))
    return share_of_points(chosen, condition, n_resamples=n_resamples, seed=seed)


def local_purity(
    scores: xr.DataArray, chosen: xr.DataArray, *, n_components: int = 2, n_neighbors: int = 10
) -> xr.DataArray:
    """
    Share of chosen points among the nearest neighbors of each chosen point on a map.

    The share is 1 where the chosen points form a separate cloud. It is small where they are scattered among others.

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
    share : xarray.DataArray, dims (frame, atom)
        0 where a point is not chosen.

    Examples
    --------
    On a line at 0, 1, 9 and 10, the first three are chosen; the third has a neighbor that is not:

    >>> import xarray as xr
    >>> line = xr.DataArray([[[0.0], [1.0], [9.0], [10.0]]], dims=("frame", "atom", "component"))
    >>> chosen = xr.DataArray([[True, True, True, False]], dims=("frame", "atom"))
    >>> local_purity(line, chosen, n_components=1, n_neighbors=1).values.tolist()
    [[1.0, 1.0, 0.0, 0.0]]
    """
    points = scores.values[..., :n_components].reshape(-1, n_components)
    flags = chosen.values.ravel()
    found = np.zeros(len(points))
    if flags.any():
        _, nearest = cKDTree(points).query(points[flags], n_neighbors + 1)
        found[flags] = flags[nearest[:, 1:]].mean(axis=1)
    return chosen.astype(float).copy(data=found.reshape(chosen.shape))


def best_overlap(labels: np.ndarray, chosen: np.ndarray) -> float | None:
    """
    How well any one cluster matches some points: the largest `overlap` of a cluster with them.

    Parameters
    ----------
    labels : numpy.ndarray of int, shape (n_samples,)
        Clusters, numbered from 0; -1 means noise.
    chosen : numpy.ndarray of bool, shape (n_samples,)

    Returns
    -------
    overlap : float or None
        None if no point is chosen; 0 if all is noise.

    Examples
    --------
    Cluster 1 holds both chosen points and one more:

    >>> best_overlap(np.array([0, 1, 1, 1]), np.array([False, True, True, False])) == 2 / 3
    True
    """
    if not chosen.any():
        return None
    return max((overlap(labels == label, chosen) for label in np.unique(labels[labels >= 0])), default=0.0)
