"""
The common style of all panels: sizes for print, and text that fits its cell.

Panels are 50 to 85 mm wide, with text of 6 to 7 points and thin lines. The same function draws a panel alone and on a
page. On a page the size of the axes is known only when the figure is drawn. Text is therefore fitted at that time.
"""

import functools
import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.textpath import TextPath
from matplotlib.transforms import ScaledTranslation
from matplotlib.typing import ColorType
from scipy.optimize import isotonic_regression

MM = 1 / 25.4
"""Inches per millimeter. The unit of figure sizes in matplotlib is the inch."""

SMALL, NORMAL = 6.0, 7.0
"""Font sizes in points: for numbers and names; for axis labels and titles."""

INK, PALE = "#222222", "#8a8a8a"
"""Colors of lines and text: for data; for auxiliary lines."""

STYLE = mpl.rc_params_from_file(Path(__file__).with_name("panels.mplstyle"), use_default_template=False)
"""Matplotlib settings of every panel."""


def style() -> AbstractContextManager:
    """
    Context manager in which figures have the style of the panels.

    Returns
    -------
    context manager
        ``with style(): fig, ax = plt.subplots()``

    Examples
    --------
    >>> with style():
    ...     mpl.rcParams["font.size"]
    6.0
    """
    return mpl.rc_context(STYLE)


def styled(plot: Callable) -> Callable:
    """Decorator: run a plot function in the style of the panels instead of the settings of the caller."""

    @functools.wraps(plot)
    def wrapper(*args, **kwargs):
        with style():
            return plot(*args, **kwargs)

    return wrapper


def axes_for(ax: Axes | None, width: float = 60.0, height: float = 50.0) -> Axes:
    """
    Axes in the style of the panels: the given axes, or new ones.

    Parameters
    ----------
    ax : matplotlib.axes.Axes or None
        Axes of the caller, which may have another style.
    width, height : float
        Size in mm of the new figure if *ax* is None.

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


def wrapped_title(ax: Axes, title: str | None, **where) -> None:
    """
    Set a title and break it into lines if it is wider than the panel.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes that get the title.
    title : str or None
        Title. A number and its unit stay on one line. None: no title.
    **where
        ``loc`` and ``pad`` of `matplotlib.axes.Axes.set_title`.
    """
    if title:
        # The layout reserves space for the height of a title, but not for its width.
        ax.set_title(with_units(title), fontsize=NORMAL, wrap=True, **where)


def with_units(text: str) -> str:
    """
    Join every number and its unit by a no-break space.

    Parameters
    ----------
    text : str
        Text that may be broken into lines.

    Returns
    -------
    str

    Examples
    --------
    >>> with_units("at 600 K").split(" ")
    ['at', '600\\xa0K']
    """
    return re.sub(r"(?<=\d) (?=[^\W\d]|%)", "\N{NO-BREAK SPACE}", text)


def disc_beside(ax: Axes, axis: str, position: float, color: ColorType, size: float = 5.0, gap: float = 4.5) -> None:
    """
    Draw the colored disc of a state beside an axis, at a fixed distance in points.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Axes that get the disc.
    axis : {"x", "y"}
        "x": above the axes; "y": on their left.
    position : float
        Data coordinate along the axis.
    color : color
        Color of the disc.
    size : float
        Diameter in points.
    gap : float
        Distance of the center from the axes in points.
    """
    figure = ax.get_figure(root=False)
    if axis == "x":
        place, beside, xy = ax.get_xaxis_transform(), (0, gap / 72), (position, 1)
    else:
        place, beside, xy = ax.get_yaxis_transform(), (-gap / 72, 0), (0, position)
    transform = place + ScaledTranslation(*beside, figure.dpi_scale_trans)
    disc = Line2D(
        [xy[0]], [xy[1]], ls="", marker="o", ms=size, mfc=color, mec=PALE, mew=0.4, transform=transform, clip_on=False
    )
    disc.set_in_layout(False)
    ax.add_artist(disc)


@functools.lru_cache(maxsize=4096)
def text_size(text: str, size: float = 1.0) -> tuple[float, float]:
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
    width : float
        Width in points.
    height : float
        Height of a digit or capital letter in points. It does not depend on the text.

    Examples
    --------
    >>> text_size("edge", 6.0)[1]
    4.38
    """
    font = FontProperties(family=STYLE["font.sans-serif"])
    width = TextPath((0, 0), text, size=100, prop=font).get_extents().width if text.strip() else 0.0
    return width * size / 100, 0.73 * size


def two_lines(name: str, longest: int = 9) -> str:
    """
    Break a long name at the hyphen or space nearest to its middle.

    Parameters
    ----------
    name : str
        Name of a state.
    longest : int
        Names of at most this number of letters stay on one line.

    Returns
    -------
    str
        The name in one or two lines. A name without hyphen or space stays on one line.

    Examples
    --------
    >>> two_lines("sub-surface 2"), two_lines("valley")
    ('sub-\\nsurface 2', 'valley')
    """
    breaks = [i + 1 for i, letter in enumerate(name[:-1]) if letter in "- "]
    if len(name) <= longest or not breaks:
        return name
    # A number stays on the line of its word: "sub-surface 2" breaks after the hyphen.
    words = [b for b in breaks if not name[b:].isdigit()] or breaks
    at = min(words, key=lambda b: abs(b - len(name) / 2))
    return name[:at].rstrip(" ") + "\n" + name[at:]


class FittedText(Text):
    """
    Text in the middle of a cell. The font size is fitted to the cell when the figure is drawn.

    Parameters
    ----------
    x, y : float
        Center of the cell in data coordinates.
    text : str
        What to write.
    cell : tuple of float
        Largest width and height of the text in data units.
    reference : str, optional
        Fit this text instead. Cells with the same reference have the same font size.
    largest, smallest : float
        Limits of the font size in points. Text below *smallest* is left out.
    below : FittedText, optional
        A second line in the same cell. If it is drawn, this text moves up.
    """

    def __init__(self, x, y, text, *, cell, reference=None, largest=NORMAL, smallest=0.0, below=None, **kwargs):
        super().__init__(x, y, text, ha="center", va="center_baseline", fontsize=largest, **kwargs)
        self._cell, self._largest, self._smallest = cell, largest, smallest
        self._unit = text_size(reference or text)
        self._middle, self._below = y, below
        # The text adapts to the axes, so that the layout must ignore it.
        self.set_in_layout(False)

    def fitted_size(self) -> float:
        """Font size in points that fits the cell at the current size of the axes."""
        corners = self.axes.transData.transform([(0, 0), self._cell])
        width, height = np.abs(corners[1] - corners[0]) * 72 / self.get_figure(root=True).dpi
        unit_width, unit_height = self._unit
        return min(self._largest, width / max(unit_width, 1e-9), height / unit_height)

    def fits(self) -> bool:
        """Whether the text is drawn at the current size of the axes."""
        return self.fitted_size() >= self._smallest

    def draw(self, renderer):
        """Fit, then draw."""
        if not self.fits():
            return
        self.set_fontsize(self.fitted_size())
        if self._below is not None:
            # The y axis of a matrix points down. 0.7 of the offset of the lower line centers both lines.
            self.set_y(self._middle - 0.7 * (self._below.get_position()[1] - self._middle) * self._below.fits())
        super().draw(renderer)


def unit_of(array: xr.DataArray, otherwise: str) -> str:
    """
    Name of the unit of labelled values, as it stands beside an axis.

    Parameters
    ----------
    array : xarray.DataArray
    otherwise : str
        Where the attribute ``units`` is missing.

    Returns
    -------
    str

    Examples
    --------
    >>> unit_of(xr.DataArray(1.0, attrs={"units": "Angstrom"}), "nm"), unit_of(xr.DataArray(1.0), "ns")
    ('Å', 'ns')
    """
    return array.attrs.get("units", otherwise).replace("Angstrom", "Å")


def spread(positions: Sequence[float], gap: float, low: float, high: float) -> np.ndarray:
    """
    Move labels along a line as little as possible, such that they do not overlap.

    Parameters
    ----------
    positions : sequence of float, shape (n,)
        Preferred positions of the labels.
    gap : float
        Smallest distance between two labels.
    low, high : float
        Range of the labels. If it is too short for all gaps, the gaps are smaller and equal.

    Returns
    -------
    numpy.ndarray, shape (n,)
        New positions in the same order, with the smallest sum of squared displacements.

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
