"""
Over long intervals: who crosses from one side to the other, and how many atoms change sides.

`soaplens_lite.transitions` looks from one frame to the next. A change of phase takes hundreds of frames.
"""

import numpy as np
import pandas as pd

from soaplens_lite.transitions import transition_counts


def crossing_visit(visits, origin, through, target):
    """
    The visit in which an atom goes for good from one side to the other.

    Near a border atoms look in on either side and turn back. Of all visits to the states between that come from the
    one side and lead to the other, this is the one with the longest time on both sides: before it without having been
    on the other side, and after it without coming back; the shorter of the two counts.

    Parameters
    ----------
    visits : pandas.DataFrame
        As returned by `soaplens_lite.transitions.find_visits`.
    origin, through, target : collection of int
        States that the atom comes from, passes and goes to.

    Returns
    -------
    visit : pandas.Series or None
        A row of `visits`, and ``committed``: the number of frames that counts. Of equals the first by atom and time.
        None if no atom crosses.

    Examples
    --------
    Before the crossing three frames pass without state 0, after it two without state 2:

    >>> import xarray as xr
    >>> from soaplens_lite.transitions import find_visits
    >>> way = xr.DataArray([[2], [1], [2], [1], [0], [1]], dims=("frame", "atom"),
    ...                    coords={"frame": range(6), "atom": [7]})
    >>> visit = crossing_visit(find_visits(way), {2}, {1}, {0})
    >>> int(visit.first_frame), int(visit.committed)
    (3, 2)
    """
    passes = visits["state"].isin(through) & visits["before"].isin(origin) & visits["after"].isin(target)
    best = None
    for row in visits.index[passes & visits["complete"]]:
        visit = visits.loc[row]
        own = visits[visits["atom"] == visit.atom]
        starts, ends = own["first_frame"], own["first_frame"] + own["n_frames"]
        begin, end = visit.first_frame, visit.first_frame + visit.n_frames
        last_there = ends[own["state"].isin(target) & (ends <= begin)].max()
        next_back = starts[own["state"].isin(origin) & (starts >= end)].min()
        since = starts.min() if np.isnan(last_there) else last_there
        until = ends.max() if np.isnan(next_back) else next_back
        committed = int(min(begin - since, until - end))
        if best is None or committed > best.committed:
            best = pd.concat([visit, pd.Series({"committed": committed})]).rename(row)
    return best


def way_of_crossing(labels, visit, origin, target, *, margin=40):
    """
    The frames of a crossing with some of the time before and after it, and three stations on that way.

    Parameters
    ----------
    labels : xarray.DataArray, dims (frame, atom), int
    visit : pandas.Series
        As returned by `crossing_visit`.
    origin, target : collection of int
        States that the atom comes from and goes to.
    margin : int
        Frames before and after the visit, at most, and at most those that it is committed for.

    Returns
    -------
    frames : numpy.ndarray of int
        Labels of successive frames, from one on the one side to one on the other.
    stations : list of int
        Labels of the first frame, the middle of the visit and the last frame.

    Examples
    --------
    >>> import xarray as xr
    >>> from soaplens_lite.transitions import find_visits
    >>> way = xr.DataArray([[2], [2], [1], [1], [0], [1]], dims=("frame", "atom"),
    ...                    coords={"frame": range(6), "atom": [7]})
    >>> visit = crossing_visit(find_visits(way), {2}, {1}, {0})
    >>> frames, stations = way_of_crossing(way, visit, {2}, {0})
    >>> frames.tolist(), stations
    ([0, 1, 2, 3, 4], [0, 3, 4])
    """
    begin, end = visit.first_frame, visit.first_frame + visit.n_frames
    shown = min(margin, visit.committed)
    way = labels.sel(atom=visit.atom, frame=slice(begin - shown, end - 1 + shown))
    first = int(way.frame[way.isin(list(origin)).values][0])
    last = int(way.frame[way.isin(list(target)).values][-1])
    return np.arange(first, last + 1), [first, int(begin + visit.n_frames // 2), last]


def flows(labels, frames, n_states):
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
    >>> way = xr.DataArray([[0, 0], [1, 0], [1, 1]], dims=("frame", "atom"), coords={"frame": [5, 6, 7]})
    >>> flows(way, [5, 7], 2).tolist()
    [[[0, 2], [0, 0]]]
    """
    frames = list(frames)
    if len(frames) < 2 or (np.diff(frames) <= 0).any():
        raise ValueError(f"frames {frames}: flows need at least two frames in rising order")
    chosen = labels.sel(frame=frames)
    pairs = (chosen.isel(frame=slice(k, k + 2)) for k in range(len(frames) - 1))
    return np.array([transition_counts(pair, n_states) for pair in pairs])


def frames_at(frames, fractions):
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


def movie_frames(frames, way, number):
    """
    The frames of a movie of a way: evenly apart, and as many as asked for.

    A long way is thinned out; a short one is shown with what was before it and after it.

    Parameters
    ----------
    frames : array_like of int
        Labels of all frames there are, rising.
    way : array_like of int
        Labels of the first frame of the way, of any between, and of its last frame.
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
    The way takes two frames of which four are wanted; then six frames of which three are wanted:

    >>> movie_frames(range(10, 20), [14, 15], 4).tolist(), movie_frames(range(10, 20), [14, 19], 3).tolist()
    ([13, 14, 15, 16], [14, 16, 18])
    """
    if number < 1:
        raise ValueError(f"number = {number} frames: must be at least 1")
    frames = np.asarray(frames)
    first, last = np.searchsorted(frames, [way[0], way[-1]])
    length = last - first + 1
    step = -(-length // number)
    window = min(number * step, len(frames))
    start = np.clip(first - (window - length) // 2, 0, len(frames) - window)
    return frames[start : start + window : step]
