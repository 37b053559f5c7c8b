"""The transition matrix as a table: percent, from the state of the row to the state of the column."""

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patches import Rectangle

from soaplens_lite.plots._palette import state_style, text_color_on
from soaplens_lite.plots._style import (
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

SHADE_COLORMAP = LinearSegmentedColormap.from_list(
    "shades", ["#ffffff", "#dfe6ee", "#b7c4d4", "#7c8da3", "#3d4a5e"]
).with_extremes(bad="#f4f4f4")
MIN_INTERVAL_FONT_SIZE = 5.4
"""Points. Intervals that would be smaller are left out."""

MIN_NUMBER_FONT_SIZE = 3.5
"""Points. Numbers that would be smaller are left out, and only the shades remain."""


def percent(value: float, decimals: int = 1) -> str:
    """
    Write a probability as percent. Values next to 0 and 1 are not rounded to "0" and "100".

    Parameters
    ----------
    value : float
        Probability in [0, 1], or NaN.
    decimals : int
        Decimals of the percent value.

    Returns
    -------
    str
        "0" for exactly zero, "<0.1" for values that would be rounded to zero, ">99.9" for values that would be
        rounded to one, "100" for exactly one, and an en dash for NaN.

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


def interval(low: float, high: float, decimals: int = 1) -> str:
    """
    Write a confidence interval in percent. Its ends are rounded outwards.

    Parameters
    ----------
    low, high : float
        Ends of the interval, in [0, 1]. NaN gives an empty string.
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
    # 1e-9 removes the rounding error of 100 * 0.003, which would make 0.4 % of 0.3 %.
    ends = np.floor(100 * scale * low + 1e-9) / scale, np.ceil(100 * scale * high - 1e-9) / scale
    return "–".join("0" if end == 0 else "100" if end == 100 else f"{end:.{decimals}f}" for end in ends)


@styled
def plot_matrix(
    kinetics: xr.Dataset,
    table: pd.DataFrame,
    *,
    intervals: bool = True,
    highlight: int | Sequence[int] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw a transition matrix in percent, from the state of the row to the state of the column.

    The shade of a cell is the fourth root of the probability, so that rare transitions are visible. All numbers have
    the same font size, which fits the cells when the figure is drawn. Numbers too small to read are left out.

    Parameters
    ----------
    kinetics : xarray.Dataset, dims (origin, target)
        ``matrix`` holds probabilities. A row of NaN (a state without transitions) is drawn as dashes. ``low`` and
        ``high`` are optional: the confidence interval is written below the number if cells are large enough (8 mm).
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``) with the states 0 to k-1.
    intervals : bool
        False: leave the intervals out.
    highlight : int or sequence of int, optional
        State or states whose rows and columns are framed.
    title : str, optional
        Title below the matrix, for example the source of a published matrix.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the matrix is not square, or the table does not contain one of the states.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> kinetics = xr.Dataset({"matrix": (("origin", "target"), [[0.9, 0.1], [0.5, 0.5]])})
    >>> table = pd.DataFrame({"name": ["ice", "liquid"], "color": ["navy", "skyblue"]})
    >>> ax = plot_matrix(kinetics, table, ax=Figure().subplots())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['ice', 'liquid']
    """
    matrix = kinetics["matrix"].values
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"transition matrix of shape {matrix.shape}: must be square")
    low, high = (kinetics[end].values if intervals and end in kinetics else None for end in ("low", "high"))
    k = len(matrix)
    styles = [state_style(table, s) for s in range(k)]
    ax = axes_for(ax, 62, 60)
    image = ax.imshow(matrix, cmap=SHADE_COLORMAP, norm=PowerNorm(0.25, 0, 1), zorder=0)
    _names(ax, styles)
    _numbers(ax, matrix, low, high, image)
    for state in [] if highlight is None else np.atleast_1d(highlight):
        for corner, size in (((-0.5, state - 0.5), (k, 1)), ((state - 0.5, -0.5), (1, k))):
            ax.add_patch(Rectangle(corner, *size, fill=False, ec=styles[state][1], lw=1.4, zorder=4, clip_on=False))
    if title:
        # The layout reserves space for wide labels, but not for wide titles. Two thirds of the panel are cells, and
        # the width of a letter is about half of its height.
        points = ax.figure.bbox.width / ax.figure.dpi * 72
        lines = fill(with_units(title), max(12, round(points / 1.5 / (0.55 * NORMAL))))
        ax.set_xlabel(f"{lines}\nto (%)", fontsize=NORMAL, labelpad=6)
    return ax


def _names(ax, styles):
    """Draw discs and names along rows and columns, and thin lines between the cells."""
    k = len(styles)
    ticks = np.arange(k)
    names = [name for name, _ in styles]
    # With many states the rows are too low for names of two lines.
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
    """Write percent values into the cells, and intervals below them."""
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
                smallest=MIN_INTERVAL_FONT_SIZE,
                color=ink,
                zorder=3,
            )
            ax.add_artist(bounds)
        cell = (0.84, 0.6 if bounds is None else 0.36)
        text = texts[row, column]
        fitted = {"cell": cell, "reference": longest, "smallest": MIN_NUMBER_FONT_SIZE, "below": bounds}
        ax.add_artist(FittedText(column, row, text, **fitted, color=ink, zorder=3))
