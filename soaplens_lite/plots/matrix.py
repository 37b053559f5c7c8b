"""
The transition matrix as a table that can be read: percent, from row to column, with the names of the states.
"""

from __future__ import annotations

from textwrap import fill

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patches import Rectangle

from soaplens_lite.plots.palette import state_style, text_color_on
from soaplens_lite.plots.style import (
    INK,
    NORMAL,
    SMALL,
    FittedText,
    axes_for,
    disc_beside,
    styled,
    text_size,
    two_lines,
    with_units,
)

__all__ = ["interval", "percent", "plot_matrix"]

SHADES = LinearSegmentedColormap.from_list(
    "shades", ["#ffffff", "#dfe6ee", "#b7c4d4", "#7c8da3", "#3d4a5e"]
).with_extremes(bad="#f4f4f4")
SMALLEST_INTERVAL = 5.4
"""Points: an interval that would be smaller than this is left out rather than printed unreadably."""
SMALLEST_NUMBER = 3.5
"""Points, of the numbers themselves: in the cells of very many states only the shade is left."""


def percent(value, decimals=1):
    """
    Write a probability as percent such that nothing is lost and nothing is invented.

    Parameters
    ----------
    value : float
        Probability in [0, 1], or NaN.
    decimals : int
        Decimals of the percent value.

    Returns
    -------
    str
        "0" only for exactly zero, "<0.1" for what would be rounded to it, "100" only for exactly one, an en
        dash for NaN.

    Examples
    --------
    >>> [percent(p) for p in (0, 0.0002, 0.064, 0.9996, 1, float("nan"))]
    ['0', '<0.1', '6.4', '>99.9', '100', '–']
    """
    if np.isnan(value):
        return "–"
    if value in (0, 1):
        return "100" if value else "0"
    smallest = 10.0**-decimals
    text = f"{100 * value:.{decimals}f}"
    if float(text) == 0:
        return f"<{smallest:.{decimals}f}"
    return f">{100 - smallest:.{decimals}f}" if float(text) == 100 else text


def interval(low, high, decimals=1):
    """
    Write a confidence interval in percent, its ends rounded outwards.

    Parameters
    ----------
    low, high : float
        Ends of the interval, in [0, 1]. NaN gives an empty text.
    decimals : int
        Decimals of the percent values.

    Returns
    -------
    str

    Examples
    --------
    >>> interval(0.0, 0.0004), interval(0.0512, 0.0787)
    ('0–0.1', '5.1–7.9')
    """
    if np.isnan(low) or np.isnan(high):
        return ""
    scale = 10**decimals
    # The small number keeps 0.3 % from becoming 0.4 % by the rounding error of 100 * 0.003.
    ends = np.floor(100 * scale * low + 1e-9) / scale, np.ceil(100 * scale * high - 1e-9) / scale
    return "–".join("0" if end == 0 else "100" if end == 100 else f"{end:.{decimals}f}" for end in ends)


@styled
def plot_matrix(transition_matrix, table, *, low=None, high=None, highlight=None, title=None, ax=None):
    """
    Draw a transition matrix: from the state of the row to the state of the column, in percent.

    The shade of a cell grows with the fourth root of the probability, so that a rare transition is seen
    beside the diagonal. All numbers have one font size, fitted to the cells when the figure is drawn; where they
    could not be read they are left out.

    Parameters
    ----------
    transition_matrix : array-like, shape (k, k)
        Probabilities; a row of NaN (a state that is never left nor kept) is drawn as dashes.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``) that holds the states 0 to k-1.
    low, high : array-like, shape (k, k), optional
        Confidence interval, written below the number if the cells have room for readable text (about 8 mm).
    highlight : int or sequence of int, optional
        State or states whose row and column are framed.
    title : str, optional
        Title, for instance where another matrix comes from.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the matrix is not square, or the interval has another shape or only one end.
    """
    matrix = np.asarray(transition_matrix, dtype=float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"transition matrix of shape {matrix.shape}: must be square")
    if (low is None) != (high is None) or (low is not None and not np.shape(low) == np.shape(high) == matrix.shape):
        raise ValueError(f"low and high must both be given, with the shape of the matrix {matrix.shape}")
    k = len(matrix)
    styles = [state_style(table, s) for s in range(k)]
    ax = axes_for(ax, 62, 60)
    image = ax.imshow(matrix, cmap=SHADES, norm=PowerNorm(0.25, 0, 1), zorder=0)
    _names(ax, styles)
    _numbers(ax, matrix, low, high, image)
    for state in [] if highlight is None else np.atleast_1d(highlight):
        for corner, size in (((-0.5, state - 0.5), (k, 1)), ((state - 0.5, -0.5), (1, k))):
            ax.add_patch(Rectangle(corner, *size, fill=False, ec=styles[state][1], lw=1.4, zorder=4, clip_on=False))
    if title:
        # The layout keeps room for a label as wide as it is, for a title it does not; two thirds of the panel are
        # the cells, and a letter is about half as wide as it is high.
        points = ax.figure.bbox.width / ax.figure.dpi * 72
        lines = fill(with_units(title), max(12, round(points / 1.5 / (0.55 * NORMAL))))
        ax.set_xlabel(f"{lines}\nto (%)", fontsize=NORMAL, labelpad=6)
    return ax


def _names(ax, styles):
    """Discs and names along the rows and columns, and thin lines between the cells."""
    k = len(styles)
    ticks = np.arange(k)
    names = [name for name, _ in styles]
    # Two lines need the height of a row that many states do not leave.
    longest = 14 if k <= 8 else 99
    ax.set_xticks(ticks, names, fontsize=SMALL, rotation=45, ha="left", rotation_mode="anchor")
    ax.set_yticks(ticks, [two_lines(name, longest) for name in names], fontsize=SMALL)
    ax.xaxis.set_ticks_position("top")
    ax.xaxis.set_label_position("top")
    ax.tick_params(which="major", length=0, pad=8.5)
    ax.set_xlabel("to (%)", fontsize=NORMAL, labelpad=7)
    ax.set_ylabel("from", fontsize=NORMAL)
    for tick, (_, color) in zip(ticks, styles, strict=True):
        disc_beside(ax, "x", tick, color)
        disc_beside(ax, "y", tick, color)
    for line in np.arange(k - 1) + 0.5:
        ax.axhline(line, color="white", lw=0.6, zorder=1)
        ax.axvline(line, color="white", lw=0.6, zorder=1)
    for spine in ax.spines.values():
        spine.set_visible(True)
        spine.set_linewidth(0.5)


def _numbers(ax, matrix, low, high, image):
    """Percent values in the cells, and the intervals below them."""
    k = len(matrix)
    texts = np.array([[percent(p) for p in row] for row in matrix])
    longest = max(texts.ravel(), key=lambda text: text_size(text)[0])
    for row, column in np.ndindex(k, k):
        value = matrix[row, column]
        ink = INK if np.isnan(value) or text_color_on(image.cmap(image.norm(value))) == "black" else "white"
        bounds = None
        if low is not None:
            written = interval(low[row][column], high[row][column]) if value > 0 else ""
            bounds = FittedText(
                column,
                row + 0.25,
                written,
                cell=(0.86, 0.3),
                reference="98.8–98.8",
                largest=SMALL,
                smallest=SMALLEST_INTERVAL,
                color=ink,
                zorder=3,
            )
            ax.add_artist(bounds)
        cell = (0.84, 0.6 if bounds is None else 0.36)
        text = texts[row, column]
        fitted = {"cell": cell, "reference": longest, "smallest": SMALLEST_NUMBER, "below": bounds}
        ax.add_artist(FittedText(column, row, text, **fitted, color=ink, zorder=3))
