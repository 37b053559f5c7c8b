"""
Numbers on a map: the second channel where there are more states than colors alone can tell apart.
"""

import matplotlib.patheffects as pe
import numpy as np

from soaplens_lite.plots.palette import state_style, text_color_on
from soaplens_lite.plots.style import SMALL, text_size

__all__ = ["draw_marks", "entry_of", "mark_of", "mark_places"]

CELLS = (48, 40)
"""Places that a number may take, along both axes of a map."""


def mark_of(table, state):
    """
    What stands for a state where its name has no room.

    Parameters
    ----------
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    state : int

    Returns
    -------
    mark : str
        Its number; or its name, if that is a number as with micro-clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"name": ["edge", "7"], "color": ["blue", "red"]})
    >>> mark_of(table, 0), mark_of(table, 1)
    ('0', '7')
    """
    name, _ = state_style(table, state)
    return name if name.isdigit() else str(state)


def entry_of(table, state):
    """
    How a legend lists a state that is marked by its number: "3 edge", or "7" where the name is a number.

    Parameters
    ----------
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    state : int

    Returns
    -------
    entry : str
    """
    name, mark = state_style(table, state)[0], mark_of(table, state)
    return name if name == mark else f"{mark} {name}"


def mark_places(points, labels, states, limits, *, apart=(0.06, 0.06)):
    """
    Where to write the numbers of states on a map: where a state has many points and others few, none upon another.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
    labels : numpy.ndarray of int, shape (n,)
        State of every point.
    states : sequence of int
        Those to be marked; the first ones choose first.
    limits : tuple (x low, x high, y low, y high)
        Range of the axes.
    apart : pair of float
        Two numbers are farther from each other than this share of the axes' width, or of their height.

    Returns
    -------
    places : dict of int to tuple of float
        Shares of the axes, for the states that have points within the limits. A state whose every place is taken
        gets the one that is farthest from the numbers that are already there.
    """
    places, ranges = {}, (limits[:2], limits[2:])
    everyone = np.histogram2d(*points.T, bins=CELLS, range=ranges)[0]
    for state in states:
        counts = np.histogram2d(*points[labels == state].T, bins=CELLS, range=ranges)[0]
        column, row = np.nonzero(counts)
        if not len(column):
            continue
        # The square: on the hill of another state a number would be taken for that one's.
        own = counts[column, row] * (counts[column, row] / everyone[column, row]) ** 2
        order = np.argsort(-own, kind="stable")
        cells = (np.column_stack([column, row])[order] + 0.5) / CELLS
        taken = np.array(list(places.values())).reshape(-1, 2)
        gaps = (np.abs(cells[:, None] - taken) / apart).max(axis=2).min(axis=1, initial=np.inf)
        free = int(np.argmax(gaps > 1)) if (gaps > 1).any() else int(np.argmax(gaps))
        places[state] = tuple(cells[free].tolist())
    return places


def draw_marks(ax, points, labels, table, states, limits):
    """
    Write the numbers of states on a map, black or white with a rim of the other.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        With the *limits* as its range.
    points, labels : numpy.ndarray, shapes (n, 2) and (n,)
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    states : sequence of int
        From rare to frequent: what has little room chooses first.
    limits : tuple (x low, x high, y low, y high)
    """
    box = ax.get_window_extent()
    pixel = ax.get_figure(root=True).dpi / 72
    # The layout is not final here: a margin is left for axes that get smaller.
    apart = tuple(1.5 * pixel * size / side for size, side in zip(text_size("88", SMALL), box.size, strict=True))
    for state, place in mark_places(points, labels, states, limits, apart=apart).items():
        ink = text_color_on(state_style(table, state)[1])
        rim = pe.withStroke(linewidth=1.2, foreground="white" if ink == "black" else "black")
        ax.text(
            *place,
            mark_of(table, state),
            transform=ax.transAxes,
            ha="center",
            va="center_baseline",
            fontsize=SMALL,
            fontweight="bold",
            color=ink,
            path_effects=[rim],
            zorder=6,
        )
