"""Figures as wholes: panels that were drawn one by one, set on one page and lettered as in the paper."""

import matplotlib.pyplot as plt

from soaplens_lite.plots.style import MM


def compose(panels, layout, *, width_mm=180):
    """
    Set panels on a page, row by row.

    Every panel is drawn anew at its size on the page by the function that drew it alone, so that text and lines keep
    their printed size.

    Parameters
    ----------
    panels : dict of str to callable
        Called as ``panels[name](ax=ax)``.
    layout : list of (height, cells)
        One row of the page: its height in mm and its cells from left to right, each ``(letter, name, width)``. The
        letter may be empty; widths are relative to each other.
    width_mm : float
        Of the page.

    Returns
    -------
    figure : matplotlib.figure.Figure

    Raises
    ------
    KeyError
        If the layout names a panel that was not drawn.

    Examples
    --------
    >>> figure = compose({"one": lambda ax: ax.plot([0, 1])}, [(50, [("a", "one", 1)])], width_mm=90)
    >>> [float(side.round(2)) for side in figure.get_size_inches()]
    [3.54, 1.97]
    """
    missing = [name for _, cells in layout for _, name, _ in cells if name not in panels]
    if missing:
        raise KeyError(f"panels {missing} were not drawn; drawn: {sorted(panels)}")
    heights = [height for height, _ in layout]
    figure = plt.figure(figsize=(width_mm * MM, sum(heights) * MM), layout="constrained")
    rows = figure.subfigures(len(layout), 1, height_ratios=heights, squeeze=False, hspace=0.0)[:, 0]
    for row, (_, cells) in zip(rows, layout, strict=True):
        places = row.subfigures(1, len(cells), width_ratios=[width for *_, width in cells], squeeze=False, wspace=0.0)[
            0
        ]
        for place, (letter, name, _) in zip(places, cells, strict=True):
            panels[name](ax=place.subplots())
            if letter:
                place.text(0.004, 0.995, letter, fontsize=10, fontweight="bold", ha="left", va="top")
    return figure
