"""Numbers on a map: they identify the states if there are too many for colors."""

from collections.abc import Sequence

import matplotlib.patheffects as pe
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from soaplens_lite.plots._palette import state_style, text_color_on
from soaplens_lite.plots._style import SMALL, text_size

GRID_CELLS = (48, 40)
"""Columns and rows of the grid of positions for the numbers."""


def mark_of(table: pd.DataFrame, state: int) -> str:
    """
    Short mark of a state on a map: its number.

    Parameters
    ----------
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    state : int

    Returns
    -------
    str
        The number of the state, or its name if the name is a number (micro-clusters).

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"name": ["edge", "7"], "color": ["blue", "red"]})
    >>> mark_of(table, 0), mark_of(table, 1)
    ('0', '7')
    """
    name, _ = state_style(table, state)
    return name if name.isdigit() else str(state)


def entry_of(table: pd.DataFrame, state: int) -> str:
    """
    Entry of a numbered state in a legend: "3 edge", or "7" if the name is a number.

    Parameters
    ----------
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    state : int

    Returns
    -------
    str

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"name": ["edge", "7"], "color": ["blue", "red"]})
    >>> entry_of(table, 0), entry_of(table, 1)
    ('0 edge', '7')
    """
    name, mark = state_style(table, state)[0], mark_of(table, state)
    return name if name == mark else f"{mark} {name}"


def mark_places(
    points: np.ndarray,
    labels: np.ndarray,
    states: Sequence[int],
    limits: tuple[float, float, float, float],
    *,
    apart: tuple[float, float] = (0.06, 0.06),
) -> dict[int, tuple[float, float]]:
    """
    Positions of the numbers of states on a map.

    A number stands where its state has many points and other states have few. Numbers do not overlap.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
    labels : numpy.ndarray of int, shape (n,)
        State of every point.
    states : sequence of int
        States to number, in the order in which they get a position.
    limits : tuple (x low, x high, y low, y high)
        Range of the axes.
    apart : pair of float
        Smallest distance of two numbers: in x as a fraction of the width of the axes, or in y of their height.

    Returns
    -------
    dict of int to tuple of float
        Positions in axes fractions, of the states with points within the limits. If no position is free, a state
        gets the position that is farthest from the other numbers.
    """
    places, ranges = {}, (limits[:2], limits[2:])
    everyone = np.histogram2d(*points.T, bins=GRID_CELLS, range=ranges)[0]
    for state in states:
        counts = np.histogram2d(*points[labels == state].T, bins=GRID_CELLS, range=ranges)[0]
        column, row = np.nonzero(counts)
        if not len(column):
            continue
        # The square avoids regions with more points of another state, where the number would be misread.
        own = counts[column, row] * (counts[column, row] / everyone[column, row]) ** 2
        order = np.argsort(-own, kind="stable")
        cells = (np.column_stack([column, row])[order] + 0.5) / GRID_CELLS
        taken = np.array(list(places.values())).reshape(-1, 2)
        gaps = (np.abs(cells[:, None] - taken) / apart).max(axis=2).min(axis=1, initial=np.inf)
        free = int(np.argmax(gaps > 1)) if (gaps > 1).any() else int(np.argmax(gaps))
        places[state] = tuple(cells[free].tolist())
    return places


def draw_marks(
    ax: Axes,
    points: np.ndarray,
    labels: np.ndarray,
    table: pd.DataFrame,
    states: Sequence[int],
    limits: tuple[float, float, float, float],
) -> None:
    """
    Write the numbers of states on a map, in black with a white outline or in white with a black outline.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes of the map, with the range *limits*.
    points, labels : numpy.ndarray, shapes (n, 2) and (n,)
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    states : sequence of int
        States from rare to frequent: rare states have fewer possible positions.
    limits : tuple (x low, x high, y low, y high)
    """
    box = ax.get_window_extent()
    pixel = ax.get_figure(root=True).dpi / 72
    # The layout may still make the axes smaller: hence the factor 1.5.
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
