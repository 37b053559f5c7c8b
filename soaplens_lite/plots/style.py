"""
What all panels share: sizes for print, and text that fits its place.

A panel is drawn for a page: 50 to 85 mm wide, text of 6 to 7 points, thin lines. The same function draws it
alone and inside a composed figure, where its axes get their size only while the figure is drawn; what must
fit is therefore fitted then.
"""

from __future__ import annotations

import functools
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import ScaledTranslation
from scipy.optimize import isotonic_regression

__all__ = [
    "MM",
    "STYLE",
    "FittedText",
    "axes_for",
    "disc_beside",
    "spread",
    "style",
    "styled",
    "text_size",
    "two_lines",
    "wrapped_title",
]

MM = 1 / 25.4
"""Inches in a millimeter, matplotlib's unit of figure size."""

SMALL, NORMAL = 6.0, 7.0
"""Font sizes in points: numbers and names; axis labels and titles."""

INK, PALE = "#222222", "#8a8a8a"
"""Lines that carry meaning, and lines that only help."""

STYLE = {
    # DejaVu Sans comes with matplotlib: the same picture on every machine.
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": SMALL,
    "mathtext.fontset": "dejavusans",
    "axes.labelsize": NORMAL,
    "axes.titlesize": NORMAL,
    "axes.labelpad": 2.0,
    "axes.titlepad": 3.0,
    "axes.linewidth": 0.6,
    "axes.edgecolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.0,
    "ytick.major.size": 2.0,
    "xtick.major.pad": 1.5,
    "ytick.major.pad": 1.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.minor.size": 1.2,
    "ytick.minor.size": 1.2,
    "lines.linewidth": 0.8,
    "patch.linewidth": 0.6,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 0.9,
    "legend.handletextpad": 0.4,
    "legend.labelspacing": 0.25,
    "legend.borderaxespad": 0.2,
    "pdf.fonttype": 42,
}
"""Matplotlib settings of every panel."""


def style():
    """
    Context in which figures have the style of the panels.

    Returns
    -------
    context manager
        ``with style(): fig, ax = plt.subplots()``
    """
    return mpl.rc_context(STYLE)


def styled(plot):
    """Decorator: run a plot function with the style of the panels, whatever the caller's settings."""

    @functools.wraps(plot)
    def wrapper(*args, **kwargs):
        with style():
            return plot(*args, **kwargs)

    return wrapper


def axes_for(ax, width=60.0, height=50.0):
    """
    The axes to draw in: the given ones in the style of the panels, or new ones.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        Axes of the caller; they may have been made with other settings.
    width, height : float
        Size in mm of the figure that is made when *ax* is None.

    Returns
    -------
    matplotlib.axes.Axes
    """
    if ax is None:
        _, ax = plt.subplots(figsize=(width * MM, height * MM), layout="constrained")
    for side, spine in ax.spines.items():
        spine.set_linewidth(STYLE["axes.linewidth"])
        spine.set_edgecolor(INK)
        spine.set_visible(side in ("left", "bottom"))
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set_size(NORMAL)
        axis.labelpad = STYLE["axes.labelpad"]
    ax.tick_params(which="major", labelsize=SMALL, width=0.6, length=2.0, pad=1.5)
    ax.tick_params(which="minor", width=0.4, length=1.2)
    return ax


def wrapped_title(ax, title, **where):
    """
    Title of axes, broken into lines where the page or the panel's place on it is too narrow.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    title : str
        A number stays on the line of its unit.
    **where
        Handed on to `matplotlib.axes.Axes.set_title`: ``loc`` and ``pad``.

    Returns
    -------
    text : matplotlib.text.Text
    """
    # A layout makes room for a title's height only, and lets one that is too wide be cut at the edge.
    return ax.set_title(with_units(title), fontsize=NORMAL, wrap=True, **where)


def with_units(text):
    """
    Keep every number on the line of its unit, wherever the text is broken.

    Parameters
    ----------
    text : str

    Returns
    -------
    text : str

    Examples
    --------
    >>> with_units("at 600 K").split(" ")
    ['at', '600\\xa0K']
    """
    return re.sub(r"(?<=\d) (?=[^\W\d]|%)", "\N{NO-BREAK SPACE}", text)


def disc_beside(ax, axis, position, color, size=5.0, gap=4.5):
    """
    Draw the colored disc of a state beside an axis, at a distance in points that no axes size changes.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    axis : {"x", "y"}
        "x": above the axes at the data coordinate *position*; "y": to the left of them.
    position : float
    color : color
    size, gap : float
        Diameter, and distance of the middle from the axes, in points.
    """
    figure = ax.get_figure(root=False)
    if axis == "x":
        place, beside, xy = ax.get_xaxis_transform(), (0, gap / 72), (position, 1)
    else:
        place, beside, xy = ax.get_yaxis_transform(), (-gap / 72, 0), (0, position)
    transform = place + ScaledTranslation(*beside, figure.dpi_scale_trans)
    disc = Line2D(
        [xy[0]],
        [xy[1]],
        ls="",
        marker="o",
        ms=size,
        mfc=color,
        mec=PALE,
        mew=0.4,
        transform=transform,
        clip_on=False,
    )
    disc.set_in_layout(False)
    ax.add_artist(disc)


@functools.lru_cache(maxsize=4096)
def text_size(text, size=1.0):
    """
    Width and height of a line of text, without drawing it.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Font size in points.

    Returns
    -------
    width, height : float
        In points. The height is that of a digit or capital letter, the same for every text.
    """
    font = FontProperties(family=STYLE["font.sans-serif"])
    width = TextPath((0, 0), text, size=100, prop=font).get_extents().width if text.strip() else 0.0
    return width * size / 100, 0.73 * size


def two_lines(name, longest=9):
    """
    Break a long name at the hyphen or space nearest to its middle.

    Parameters
    ----------
    name : str
        A name of a state.
    longest : int
        Number of letters up to which a name stays on one line.

    Returns
    -------
    str
        The name in one or two lines; a name without hyphen or space in one.

    Examples
    --------
    >>> two_lines("sub-surface 2"), two_lines("valley")
    ('sub-\\nsurface 2', 'valley')
    """
    breaks = [i + 1 for i, letter in enumerate(name[:-1]) if letter in "- "]
    if len(name) <= longest or not breaks:
        return name
    # A number stays with its word: "sub-surface 2" breaks after the hyphen.
    words = [b for b in breaks if not name[b:].isdigit()] or breaks
    at = min(words, key=lambda b: abs(b - len(name) / 2))
    return name[:at].rstrip(" ") + "\n" + name[at:]


class FittedText(Text):
    """
    Text in the middle of a cell, as large as the cell allows when the figure is drawn.

    Parameters
    ----------
    x, y : float
        Middle of the cell in data coordinates.
    text : str
        What to write.
    cell : tuple of float
        Width and height in data units that the text may fill.
    reference : str, optional
        Fit this text instead: cells that share a reference share a font size.
    largest, smallest : float
        Limits of the font size in points. Text that would be smaller than *smallest* is left out.
    below : FittedText, optional
        A second line in the same cell: if it is drawn, this text moves up to make room for it.
    """

    def __init__(self, x, y, text, *, cell, reference=None, largest=NORMAL, smallest=0.0, below=None, **kwargs):
        super().__init__(x, y, text, ha="center", va="center_baseline", fontsize=largest, **kwargs)
        self._cell, self._largest, self._smallest = cell, largest, smallest
        self._unit = text_size(reference or text)
        self._middle, self._below = y, below
        # The text cannot ask for room: it takes what the layout leaves.
        self.set_in_layout(False)

    def fitted_size(self):
        """Font size in points that fits the cell at the present size of the axes."""
        corners = self.axes.transData.transform([(0, 0), self._cell])
        width, height = np.abs(corners[1] - corners[0]) * 72 / self.get_figure(root=True).dpi
        unit_width, unit_height = self._unit
        return min(self._largest, width / max(unit_width, 1e-9), height / unit_height)

    def fits(self):
        """Whether the text is drawn at the present size of the axes."""
        return self.fitted_size() >= self._smallest

    def draw(self, renderer):
        """Fit, then draw."""
        if not self.fits():
            return
        self.set_fontsize(self.fitted_size())
        if self._below is not None:
            # Rows count downwards in a matrix; half the lower line's offset brings both to the middle.
            self.set_y(self._middle - 0.7 * (self._below.get_position()[1] - self._middle) * self._below.fits())
        super().draw(renderer)


def spread(positions, gap, low, high):
    """
    Move labels along a line so little that none overlap.

    Parameters
    ----------
    positions : sequence of float, shape (n,)
        Where the labels would like to be.
    gap : float
        Least distance between two of them.
    low, high : float
        Range in which all must stay. If it is too short for all gaps, the labels share it evenly.

    Returns
    -------
    numpy.ndarray, shape (n,)
        New positions, in the same order of size, with the least sum of squared moves.

    Examples
    --------
    >>> spread([5.0, 5.0, 9.0], gap=2.0, low=0.0, high=10.0).tolist()
    [4.0, 6.0, 9.0]
    """
    positions = np.asarray(positions, dtype=float)
    n = len(positions)
    if n == 0:
        return positions
    gap = min(gap, (high - low) / max(n - 1, 1))
    order = np.argsort(positions, kind="stable")
    steps = gap * np.arange(n)
    placed = isotonic_regression(positions[order] - steps).x
    result = np.empty(n)
    result[order] = np.clip(placed, low, high - steps[-1]) + steps
    return result
