"""
Paths of single atoms, and flows between states over long intervals.

Transitions are counted from one frame to the next; excursions and changes of phase take hundreds of frames.
"""

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite.kinetics._transitions import transition_counts


def longest_visit(
    visits: pd.DataFrame, states: Collection[int], neighbors: Collection[int], *, settled: int = 1
) -> pd.Series | None:
    """
    The longest visit to one of some states that begins and ends in given other states.

    A state that is left again within a frame or two is seldom a place where the atom was: with `settled` it must have
    stayed there, before the visit and after it.

    Parameters
    ----------
    visits : pandas.DataFrame
        As returned by `soaplens_lite.kinetics.find_visits`.
    states : collection of int
        States that are visited.
    neighbors : collection of int
        States that the atom comes from and goes to.
    settled : int
        Frames that the stay before and the one after must last, at least.

    Returns
    -------
    visit : pandas.Series or None
        A row of `visits`; of equally long ones the first by atom and time. None if there is no such visit.

    Examples
    --------
    >>> import xarray as xr
    >>> from soaplens_lite.kinetics import find_visits
    >>> labels = xr.DataArray([[0], [1], [1], [0]], dims=("frame", "atom"), coords={"frame": range(4), "atom": [7]})
    >>> longest_visit(find_visits(labels), {1}, {0})["n_frames"]
    np.int64(2)
    >>> longest_visit(find_visits(labels), {1}, {0}, settled=2) is None
    True
    """
    # Rows are ordered by atom and time: those of a complete visit's neighbors are the ones above and below.
    lasts = visits["n_frames"] >= settled
    chosen = visits[
        visits["complete"]
        & visits["state"].isin(states)
        & visits["before"].isin(neighbors)
        & visits["after"].isin(neighbors)
        & lasts.shift(1, fill_value=False)
        & lasts.shift(-1, fill_value=False)
    ]
    return None if chosen.empty else chosen.loc[chosen["n_frames"].idxmax()]


def visit_frames(visits: pd.DataFrame, visit: pd.Series, *, margin: float = 0.25) -> tuple[np.ndarray, list[int]]:
    """
    The frames of a visit with some of the stays before and after it, and three stations on that path.

    Parameters
    ----------
    visits : pandas.DataFrame
        As returned by `soaplens_lite.kinetics.find_visits`.
    visit : pandas.Series
        A complete visit, a row of `visits`.
    margin : float
        How much of the neighboring stays is shown, at most, as a share of the visit's length.

    Returns
    -------
    frames : numpy.ndarray of int
        Labels of successive frames.
    stations : list of int
        Labels of the first frame, the middle of the visit and the last frame.

    Examples
    --------
    >>> import xarray as xr
    >>> from soaplens_lite.kinetics import find_visits
    >>> labels = xr.DataArray([[0]] * 3 + [[1]] * 4 + [[0]] * 3, dims=("frame", "atom"),
    ...                       coords={"frame": range(10), "atom": [7]})
    >>> visits = find_visits(labels)
    >>> frames, stations = visit_frames(visits, visits.iloc[1], margin=0.5)
    >>> frames.tolist(), stations
    ([1, 2, 3, 4, 5, 6, 7, 8], [1, 5, 8])
    """
    before, after = visits.loc[visit.name - 1], visits.loc[visit.name + 1]
    shown = max(1, round(margin * visit.n_frames))
    begin, end = visit.first_frame, visit.first_frame + visit.n_frames
    frames = np.arange(max(before.first_frame, begin - shown), min(after.first_frame + after.n_frames, end + shown))
    return frames, [int(frames[0]), int(begin + visit.n_frames // 2), int(frames[-1])]


def majority(labels: xr.DataArray, window: int) -> xr.DataArray:
    """
    The state in which every atom mostly is around each frame.

    Near a border between two clusters the state changes from frame to frame. The state of most frames around shows the
    path of an atom better.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    window : int
        Frames, odd, with the frame in question in the middle; at either end of the trajectory those that there are.

    Returns
    -------
    lasting : xarray.DataArray, dims (frame, atom), int
        Of states that are there equally often the first.

    Raises
    ------
    ValueError
        If the window is even or below 1.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = xr.DataArray([[2], [2], [1], [2], [1], [1]], dims=("frame", "atom"))
    >>> majority(labels, 3).values.ravel().tolist()
    [2, 2, 2, 1, 1, 1]
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window = {window} frames: must be odd, so that the frame in question is in the middle")
    states = np.unique(labels)
    counts = [(labels == state).rolling(frame=window, center=True, min_periods=1).sum() for state in states]
    return labels.copy(data=states[np.argmax(counts, axis=0)])


def crossing_visit(
    visits: pd.DataFrame, origin: Collection[int], through: Collection[int], target: Collection[int]
) -> pd.Series | None:
    """
    The visit in which an atom goes most clearly from one side to the other.

    Many atoms look in on the other side and turn back. Of all visits to the states between that come from the one side
    and lead to the other, this is the one with the longest stays on both sides; the shorter of the two counts.

    Parameters
    ----------
    visits : pandas.DataFrame
        As returned by `soaplens_lite.kinetics.find_visits`, best of lasting states, see `majority`.
    origin, through, target : collection of int
        States that the atom comes from, passes and goes to.

    Returns
    -------
    visit : pandas.Series or None
        A row of `visits`; of equals the first by atom and time. None if no atom crosses.

    Examples
    --------
    >>> import xarray as xr
    >>> from soaplens_lite.kinetics import find_visits
    >>> labels = xr.DataArray([[2], [1], [0], [2], [2], [1], [0], [0]], dims=("frame", "atom"),
    ...                       coords={"frame": range(8), "atom": [7]})
    >>> int(crossing_visit(find_visits(labels), {2}, {1}, {0}).first_frame)
    5
    """
    passes = visits["state"].isin(through) & visits["before"].isin(origin) & visits["after"].isin(target)
    # Rows are ordered by atom and time: those of a complete visit's neighbors are the ones above and below.
    stays = np.minimum(visits["n_frames"].shift(1), visits["n_frames"].shift(-1))[passes & visits["complete"]]
    return None if stays.empty else visits.loc[stays.idxmax()]


def flows(labels: xr.DataArray, frames: Sequence[int], n_states: int) -> np.ndarray:
    """
    How many atoms go from state to state between chosen frames, whatever they do in between.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    frames : sequence of int
        Labels of at least two frames, rising.
    n_states : int

    Returns
    -------
    counts : numpy.ndarray of int, shape (n_frames - 1, n_states, n_states)
        ``counts[k, i, j]`` atoms are in i at the k-th frame and in j at the next one.

    Raises
    ------
    ValueError
        If there are fewer than two frames, or they do not rise.

    Examples
    --------
    >>> import xarray as xr
    >>> labels = xr.DataArray([[0, 0], [1, 0], [1, 1]], dims=("frame", "atom"), coords={"frame": [5, 6, 7]})
    >>> flows(labels, [5, 7], 2).tolist()
    [[[0, 2], [0, 0]]]
    """
    frames = list(frames)
    if len(frames) < 2 or (np.diff(frames) <= 0).any():
        raise ValueError(f"frames {frames}: flows need at least two frames in rising order")
    chosen = labels.sel(frame=frames)
    pairs = (chosen.isel(frame=slice(k, k + 2)) for k in range(len(frames) - 1))
    return np.array([transition_counts(pair, n_states) for pair in pairs])


def frames_at(frames: ArrayLike, fractions: Sequence[float]) -> list[int]:
    """
    Frames at given fractions of a stretch.

    Parameters
    ----------
    frames : array_like of int
        Labels of successive frames.
    fractions : sequence of float, in [0, 1]
        0 is the first frame and 1 the last.

    Returns
    -------
    chosen : list of int

    Examples
    --------
    >>> frames_at([50, 51, 52, 53, 54], [0, 0.5, 1])
    [50, 52, 54]
    """
    frames = np.asarray(frames)
    return frames[np.round(np.asarray(fractions) * (len(frames) - 1)).astype(int)].tolist()


def movie_frames(frames: ArrayLike, path: ArrayLike, number: int) -> np.ndarray:
    """
    The frames of a movie of a path: evenly spaced, and as many as asked for.

    A long path is thinned out; a short one is shown with what was before it and after it.

    Parameters
    ----------
    frames : array_like of int
        Labels of all frames there are, rising.
    path : array_like of int
        Labels of the first frame of the path, of any between, and of its last frame.
    number : int
        How many frames are wanted, at least 1; fewer come out where `frames` has not so many to give.

    Returns
    -------
    shown : numpy.ndarray of int
        Labels.

    Raises
    ------
    ValueError
        If `number` is below 1.

    Examples
    --------
    A path of two frames for a movie of four, and a path of six frames for a movie of three:

    >>> movie_frames(range(10, 20), [14, 15], 4).tolist(), movie_frames(range(10, 20), [14, 19], 3).tolist()
    ([13, 14, 15, 16], [14, 16, 18])
    """
    if number < 1:
        raise ValueError(f"number = {number} frames: must be at least 1")
    frames = np.asarray(frames)
    first, last = np.searchsorted(frames, [path[0], path[-1]])
    length = last - first + 1
    step = -(-length // number)
    window = min(number * step, len(frames))
    start = np.clip(first - (window - length) // 2, 0, len(frames) - window)
    return frames[start : start + window : step]
