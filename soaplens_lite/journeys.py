"""
Over long intervals: who crosses from one side to the other, and how many atoms change sides.

`soaplens_lite.transitions` looks from one frame to the next. A change of phase takes hundreds of frames.
"""

import numpy as np

from soaplens_lite.transitions import transition_counts


def crossing_visit(visits, origin, through, target):
    """
    The visit in which an atom goes for good from one side to the other.

    Of all complete visits to the states between, that come from the one side and lead to the other, it is the one
    with the longest stays on both sides: the shorter of the two stays is longest. An atom that only looks in on
    either side has not crossed.

    Parameters
    ----------
    visits : pandas.DataFrame
        As returned by `soaplens_lite.transitions.find_visits`.
    origin, through, target : collection of int
        States that the atom comes from, passes and goes to.

    Returns
    -------
    visit : pandas.Series or None
        A row of `visits`; of equals the first by atom and time. None if no atom crosses.

    Examples
    --------
    >>> import xarray as xr
    >>> from soaplens_lite.transitions import find_visits
    >>> way = xr.DataArray([[0], [0], [1], [2], [2]], dims=("frame", "atom"),
    ...                    coords={"frame": range(5), "atom": [7]})
    >>> crossing_visit(find_visits(way), {0}, {1}, {2})["first_frame"]
    np.int64(2)
    """
    passes = visits["state"].isin(through) & visits["before"].isin(origin) & visits["after"].isin(target)
    rows = visits.index[passes & visits["complete"]]
    if len(rows) == 0:
        return None
    # Rows of a table of visits follow one another: the stays on both sides stand above and below.
    stays = np.minimum(visits.n_frames.loc[rows - 1].values, visits.n_frames.loc[rows + 1].values)
    return visits.loc[rows[np.argmax(stays)]]


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
