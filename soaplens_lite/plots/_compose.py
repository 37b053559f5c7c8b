"""Pages: panels that were drawn one by one, composed and lettered as in the paper."""

from functools import partial

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from soaplens_lite.plots._style import MM, axes_for


def compose(panels, layout, *, width_mm=180, options=None):
    """
    Set panels on a page, row by row.

    Every panel is drawn anew at its size on the page by the function that drew it alone, so that text and lines keep
    their printed size.

    Parameters
    ----------
    panels : dict of str to callable
        Called as ``panels[name](ax=ax, **options)``. A panel that is missing becomes a note.
    layout : list of (height, cells)
        One row of the page: its height in mm and its cells from left to right, each ``(letter, names, width)``. The
        letter may be empty; *names* is one panel or a list of panels that stand one above the other; widths are
        relative to each other.
    width_mm : float
        Of the page.
    options : dict of str to dict, optional
        What single panels are called with besides: ``{"fig3a_map": {"legend": False}}`` where a neighbor has the
        legend.

    Returns
    -------
    figure : matplotlib.figure.Figure

    Examples
    --------
    >>> figure = compose({"one": lambda ax: ax.plot([0, 1])}, [(50, [("a", "one", 1)])], width_mm=90)
    >>> [float(side.round(2)) for side in figure.get_size_inches()]
    [3.54, 1.97]
    """
    rows = [
        (height, [(letter, [names] if isinstance(names, str) else names, width) for letter, names, width in cells])
        for height, cells in layout
    ]
    heights = [height for height, _ in rows]
    figure = plt.figure(figsize=(width_mm * MM, sum(heights) * MM), layout="constrained")
    for strip, (_, cells) in zip(_rows(figure, heights), rows, strict=True):
        widths = [width for _, _, width in cells]
        for column, (letter, names, _) in zip(_columns(strip, widths), cells, strict=True):
            for place, name in zip(_rows(column, [1] * len(names)), names, strict=True):
                draw = panels.get(name, partial(plot_note, f"{name} was not drawn"))
                is_note = isinstance(draw, partial) and draw.func is plot_note
                draw(ax=place.subplots(), **({} if is_note else (options or {}).get(name, {})))
            if letter:
                column.text(0.004, 0.995, letter, fontsize=10, fontweight="bold", ha="left", va="top")
    return figure


def _rows(figure, heights):
    """A figure divided into rows without gaps."""
    return figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False, hspace=0.0)[:, 0]


def _columns(figure, widths):
    """A figure divided into columns without gaps."""
    return figure.subfigures(1, len(widths), width_ratios=widths, squeeze=False, wspace=0.0)[0]


def plot_note(text: str, *, ax: Axes | None = None) -> Axes:
    """
    Write a text in place of a picture, for example the reason why there is no picture.

    Parameters
    ----------
    text : str
        What to write.
    ax : matplotlib.axes.Axes, optional
        Where to write.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> plot_note("no visit", ax=Figure().subplots()).texts[0].get_text()
    'no visit'
    """
    ax = axes_for(ax)
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", wrap=True, fontsize=7)
    return ax
