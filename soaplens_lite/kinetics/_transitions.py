"""
How atoms move between states: counts, probabilities, residence times, and their confidence intervals.

Successive frames of one atom are correlated: a thousand transitions of an atom are worth far fewer than a thousand
independent ones. All intervals therefore resample *atoms*, each with its complete history.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from soaplens_lite._arguments import check_count, check_positive, check_whole


def transitions(
    labels: xr.DataArray, *, names: Sequence[str] | None = None, lag: int = 1, n_resamples: int = 1000, seed: int = 0
) -> xr.Dataset:
    """
    Count transitions between states, and say how certain their probabilities are.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        States 0 to n_states - 1; -1 means no state and is skipped. Nothing is counted across missing frames.
    names : sequence of str, length n_states, optional
        Names of the states, all different. Default: "state 0", "state 1" and so on, up to the highest label.
    lag : int
        Interval in frames, 1 <= lag < n_frames.
    n_resamples : int
        Draws of atoms for the intervals, see `atom_interval`.
    seed : int
        Seed of the random draws.

    Returns
    -------
    kinetics : xarray.Dataset, dims (origin, target)
        The names are the coordinates ``origin`` and ``target``. ``counts`` are the transitions; ``matrix`` their
        probabilities (each row sums to 1, or is NaN where no transition starts); ``shares`` tell where the atoms that
        enter a state come from (each column sums to 1). ``low`` and ``high`` are the 95 % interval of ``matrix``,
        ``shares_low`` and ``shares_high`` that of ``shares``.

    Raises
    ------
    ValueError
        If no atom is ever in a state, names are repeated or too few, or `lag` or `n_resamples` is out of range.

    Examples
    --------
    One atom stays in an edge, becomes fast and returns:

    >>> labels = xr.DataArray([[0], [0], [1], [0]], dims=("frame", "atom"))
    >>> found = transitions(labels, names=["edge", "fast"], n_resamples=100)
    >>> int(found.counts.sel(origin="edge", target="fast")), float(found.matrix.sel(origin="fast", target="edge"))
    (1, 1.0)
    """
    n_states = int(labels.max()) + 1 if names is None else len(names)
    if n_states < 1 or int(labels.max()) < 0:
        raise ValueError("no atom is in a state in any frame: all labels are -1")
    names = [f"state {state}" for state in range(n_states)] if names is None else list(names)
    if repeated := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names {repeated} are given to several states: each state needs a name of its own")
    per_atom = counts_per_atom(labels, n_states, lag=lag)
    counts = per_atom.sum(axis=0)
    low, high = atom_interval(per_atom, transition_matrix, n_resamples=n_resamples, seed=seed)
    shares_low, shares_high = atom_interval(per_atom, arrival_shares, n_resamples=n_resamples, seed=seed)
    values = {
        "counts": counts,
        "matrix": transition_matrix(counts),
        "low": low,
        "high": high,
        "shares": arrival_shares(counts),
        "shares_low": shares_low,
        "shares_high": shares_high,
    }
    return xr.Dataset(
        {name: (("origin", "target"), array) for name, array in values.items()},
        coords={"origin": names, "target": names},
        attrs={"lag_frames": lag, "n_resamples": n_resamples, "seed": seed},
    )


def counts_per_atom(labels: xr.DataArray, n_states: int, *, lag: int = 1) -> np.ndarray:
    """
    Transitions of every atom, self-transitions included.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        States 0 to n_states - 1; -1 means no state and is skipped. Nothing is counted across missing frames.
    n_states : int
    lag : int
        Interval in frames, 1 <= lag < n_frames.

    Returns
    -------
    counts : numpy.ndarray of int, shape (n_atoms, n_states, n_states)
        ``counts[a, i, j]`` times atom a was in i at t and in j at t + lag; all 0 of an atom that is never in a state.

    Raises
    ------
    ValueError
        If `lag` or a label is out of range, or `lag` or `n_states` is not a whole number.

    Examples
    --------
    Frames 2 to 8 are missing, so that the atom is seen to stay twice and not to move:

    >>> pairs = xr.DataArray([[0], [0], [1], [1]], dims=("frame", "atom"), coords={"frame": [0, 1, 9, 10]})
    >>> counts_per_atom(pairs, 2).tolist()
    [[[1, 0], [0, 1]]]
    """
    check_whole(lag=lag)
    states = _without_gaps(labels).values
    n_frames, n_atoms = states.shape
    if not 1 <= lag < n_frames:
        raise ValueError(f"lag = {lag} frames: must be between 1 and {n_frames - 1}, as there are {n_frames} frames")
    _check_states(states, n_states)
    before, after = states[:-lag], states[lag:]
    valid = (before >= 0) & (after >= 0)
    atom = np.broadcast_to(np.arange(n_atoms), before.shape)[valid]
    flat = (atom * n_states + before[valid]) * n_states + after[valid]
    return np.bincount(flat, minlength=n_atoms * n_states**2).reshape(n_atoms, n_states, n_states)


def _without_gaps(labels):
    """Labels in evenly spaced frames: -1 where a frame is missing."""
    distances = np.diff(labels.frame.values)
    if len(set(distances)) < 2:
        return labels
    first, last = labels.frame.values[[0, -1]]
    return labels.reindex(frame=np.arange(first, last + 1, np.gcd.reduce(distances)), fill_value=-1)


def _check_states(states, n_states):
    """Refuse a number of states that some label is not below."""
    check_whole(n_states=n_states)
    if states.max() >= n_states:
        raise ValueError(f"state {states.max()} among n_states = {n_states}: states are 0 to n_states - 1")


def transition_counts(labels: xr.DataArray, n_states: int, *, lag: int = 1) -> np.ndarray:
    """
    Transitions of all atoms together; rows are the states that atoms come from.

    Parameters
    ----------
    labels, n_states, lag
        As in `counts_per_atom`.

    Returns
    -------
    counts : numpy.ndarray of int, shape (n_states, n_states)

    Examples
    --------
    One atom that stays in 0, goes to 1 and comes back:

    >>> labels = xr.DataArray([[0], [0], [1], [0]], dims=("frame", "atom"))
    >>> transition_counts(labels, 2).tolist()
    [[1, 1], [1, 0]]
    """
    return counts_per_atom(labels, n_states, lag=lag).sum(axis=0)


def transition_matrix(counts: np.ndarray) -> np.ndarray:
    """
    Probabilities of the transitions from each state.

    Parameters
    ----------
    counts : numpy.ndarray, shape (..., n_states, n_states)

    Returns
    -------
    matrix : numpy.ndarray, same shape, in [0, 1]
        Rows sum to 1; the row of a state that no transition starts from is NaN: undefined, not zero.

    Raises
    ------
    ValueError
        If a count is negative.

    Examples
    --------
    >>> transition_matrix(np.array([[3, 1], [0, 0]])).tolist()
    [[0.75, 0.25], [nan, nan]]
    """
    counts = _checked(counts)
    total = counts.sum(axis=-1, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)


def arrival_shares(counts: np.ndarray) -> np.ndarray:
    """
    Where the atoms that enter each state come from.

    Parameters
    ----------
    counts : numpy.ndarray, shape (..., n_states, n_states)

    Returns
    -------
    shares : numpy.ndarray, same shape, in [0, 1]
        ``shares[i, j]``: of all entries into j from other states, the share that comes from i. The diagonal is 0;
        the column of a state that is never entered is NaN.

    Raises
    ------
    ValueError
        If a count is negative.

    Examples
    --------
    State 0 is entered three times from 1 and once from 2:

    >>> arrival_shares(np.array([[9, 0, 0], [3, 9, 0], [1, 0, 9]]))[:, 0].tolist()
    [0.0, 0.75, 0.25]
    """
    counts = _checked(counts).copy()
    states = np.arange(counts.shape[-1])
    counts[..., states, states] = 0
    total = counts.sum(axis=-2, keepdims=True)
    return np.divide(counts, total, out=np.full_like(counts, np.nan), where=total > 0)


def _checked(counts):
    """Counts as floating-point numbers, none of them negative."""
    counts = np.asarray(counts, dtype=float)
    if (counts < 0).any():
        raise ValueError(f"counts hold {counts.min():g}: how often something happened cannot be below 0")
    return counts


def atom_interval(
    per_atom: np.ndarray, statistic: Callable, *, n_resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """
    Bootstrap interval of a statistic of summed counts, by resampling atoms.

    Parameters
    ----------
    per_atom : numpy.ndarray, shape (n_atoms, ...)
        What each atom contributes to the sum, for instance from `counts_per_atom`.
    statistic : callable
        Takes sums of shape (n_resamples, ...) and returns one value or array for each resample, for instance
        `transition_matrix`.
    n_resamples : int
        Number of draws of n_atoms atoms with replacement, at least 1.
    level : float
        Share of the draws within the interval, between 0 and 1.
    seed : int
        Of the random numbers.

    Returns
    -------
    low, high : numpy.ndarray
        Of the statistic's shape; NaN where it is undefined in every draw.

    Raises
    ------
    ValueError
        If `n_resamples` is not a whole number of at least 1, or `level` is not between 0 and 1.

    Notes
    -----
    Percentile method. With one atom there is nothing to resample, and the interval has no width.

    Examples
    --------
    >>> low, high = atom_interval(np.full((50, 1, 1), 2), transition_matrix, n_resamples=100)
    >>> low.item(), high.item()
    (1.0, 1.0)
    """
    check_count(n_resamples=n_resamples)
    check_positive(level=level)
    if level >= 1:
        raise ValueError(f"level = {level:g}: must be below 1, 0.95 for instance")
    n_atoms = len(per_atom)
    draws = np.random.default_rng(seed).multinomial(n_atoms, np.full(n_atoms, 1 / n_atoms), size=n_resamples)
    sums = (draws @ per_atom.reshape(n_atoms, -1)).reshape(n_resamples, *per_atom.shape[1:])
    values = np.asarray(statistic(sums), dtype=float)
    defined = np.isfinite(values).any(axis=0)
    filled = np.where(defined, values, 0.0)
    low, high = np.nanquantile(filled, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.where(defined, low, np.nan), np.where(defined, high, np.nan)


def find_visits(labels: xr.DataArray) -> pd.DataFrame:
    """
    All stays of atoms in states, one row each.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
        State of every atom in every frame.

    Returns
    -------
    visits : pandas.DataFrame
        ``atom`` and ``first_frame`` (labels), ``state``, ``n_frames`` (length), ``before`` and ``after`` (the states
        that the atom came from and went to, -1 where the trajectory cuts the visit off), ``complete`` (neither
        end is cut off). Ordered by atom, then by time.

    Examples
    --------
    >>> labels = xr.DataArray([[0], [1], [1], [0]], dims=("frame", "atom"), coords={"frame": range(4), "atom": [7]})
    >>> find_visits(labels)[["atom", "state", "first_frame", "n_frames", "complete"]].values.tolist()
    [[7, 0, 0, 1, False], [7, 1, 1, 2, True], [7, 0, 3, 1, False]]
    """
    states = labels.values.T
    n_atoms, n_frames = states.shape
    starts = np.ones((n_atoms, n_frames), dtype=bool)
    starts[:, 1:] = states[:, 1:] != states[:, :-1]
    atom, first = np.nonzero(starts)
    length = np.diff(np.append(atom * n_frames + first, n_atoms * n_frames))
    state = states[atom, first]
    opens, closes = first == 0, first + length == n_frames
    before, after = np.roll(state, 1), np.roll(state, -1)
    return pd.DataFrame(
        {
            "atom": labels.atom.values[atom],
            "state": state,
            "first_frame": labels.frame.values[first],
            "n_frames": length,
            "before": np.where(opens, -1, before),
            "after": np.where(closes, -1, after),
            "complete": ~opens & ~closes,
        }
    )


def residence_times(
    labels: xr.DataArray, n_states: int, interval: float, *, n_resamples: int = 1000, level: float = 0.95, seed: int = 0
) -> pd.DataFrame:
    """
    Mean duration of completed visits to each state.

    Visits that the trajectory cuts off at either end have an unknown duration; they are counted separately. Where a
    state is left rarely within the trajectory, its completed visits are its short ones, and the mean is a lower
    bound.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    n_states : int
    interval : float
        Between frames, in ns.
    n_resamples, level, seed
        As in `atom_interval`.

    Returns
    -------
    residence : pandas.DataFrame, index state
        ``residence_ns`` with ``residence_low`` and ``residence_high`` (NaN without a completed visit),
        ``visits_complete``, ``visits_cut``.

    Raises
    ------
    ValueError
        If `interval` is not positive, a label is not below `n_states`, or as `atom_interval`.

    Examples
    --------
    A completed visit of two frames to state 1, and two visits to state 0 that are cut off:

    >>> labels = xr.DataArray([[0], [1], [1], [0]], dims=("frame", "atom"), coords={"frame": range(4), "atom": [0]})
    >>> residence_times(labels, 2, interval=0.5)["residence_ns"].tolist()
    [nan, 1.0]
    """
    check_positive(interval=interval)
    _check_states(labels.values, n_states)
    visits = find_visits(labels)
    visits = visits[visits["state"] >= 0]
    n_atoms = labels.sizes["atom"]
    row = pd.Index(labels.atom.values).get_indexer(visits["atom"])
    totals = np.zeros((n_atoms, n_states, 2))  # Frames in completed visits, and their number.
    complete = visits["complete"].values
    state = visits["state"].values
    np.add.at(totals[:, :, 0], (row[complete], state[complete]), visits["n_frames"].values[complete])
    np.add.at(totals[:, :, 1], (row[complete], state[complete]), 1)

    def mean_duration(sums):
        frames, number = sums[..., 0], sums[..., 1]
        return interval * np.divide(frames, number, out=np.full_like(frames, np.nan), where=number > 0)

    low, high = atom_interval(totals, mean_duration, n_resamples=n_resamples, level=level, seed=seed)
    return pd.DataFrame(
        {
            "residence_ns": mean_duration(totals.sum(axis=0)),
            "residence_low": low,
            "residence_high": high,
            "visits_complete": np.bincount(state[complete], minlength=n_states),
            "visits_cut": np.bincount(state[~complete], minlength=n_states),
        },
        index=pd.RangeIndex(n_states, name="state"),
    )
