"""Tables as figures: numbers in columns, with as few lines as a printed table has."""

from __future__ import annotations

from soaplens_lite.plots.style import INK, MM, PALE, SMALL, axes_for, styled, text_size

__all__ = ["plot_table", "table_size"]

ROW, GAP, NOTE = 10.5, 9.0, 8.5
"""In points: height of a row, least space between two columns, height of a line below the table."""

BOLD = 1.13
"""By which bold text is wider; names of columns are bold."""


def _layout(table):
    """Header rows and texts of all columns, the index as the first, and the places of their edges in points."""
    groups = ["", *(column[0] if isinstance(column, tuple) else "" for column in table.columns)]
    names = [column[-1] if isinstance(column, tuple) else column for column in table.columns]
    columns = [[table.index.name or "", *map(str, table.index)]]
    columns += [[name, *map(str, table.iloc[:, k])] for k, name in enumerate(names)]
    widths = [
        max(BOLD * text_size(head, SMALL)[0], *(text_size(text, SMALL)[0] for text in cells))
        for head, *cells in columns
    ]
    for group in filter(None, dict.fromkeys(groups)):
        own = [k for k, other in enumerate(groups) if other == group]
        lacking = text_size(group, SMALL)[0] - sum(widths[k] for k in own) - GAP * (len(own) - 1)
        for k in own:
            widths[k] += max(0.0, lacking) / len(own)
    edges, place = [], 0.0
    for k, width in enumerate(widths):
        place += GAP * (0 if k == 0 else 1 if groups[k] == groups[k - 1] else 2)
        edges.append((place, place + width))
        place += width
    return groups, columns, edges


def table_size(table, notes=()):
    """
    The size of figure that a table needs.

    Parameters
    ----------
    table, notes
        As in `plot_table`.

    Returns
    -------
    width, height : float
        In mm.

    Examples
    --------
    >>> import pandas as pd
    >>> small = pd.DataFrame({"seconds": ["12"]}, index=["SOAP"])
    >>> table_size(small, notes=["A line below."])[1] > table_size(small)[1]
    True
    """
    groups, columns, edges = _layout(table)
    widest_note = max((text_size(note, SMALL)[0] for note in notes), default=0.0)
    rows = len(columns[0]) + any(groups)
    width = max(edges[-1][1], widest_note) + 2 * GAP
    return width / 72 / MM, (rows * ROW + len(notes) * NOTE + 2.2 * ROW) / 72 / MM


@styled
def plot_table(table, *, notes=(), ax=None):
    """
    Draw a table.

    Parameters
    ----------
    table : pandas.DataFrame of str
        The index is the first column, under its name. Columns may have two levels: the upper one stands above those
        that share it.
    notes : sequence of str
        Lines below.
    ax : matplotlib.axes.Axes, optional
        Where to draw; `table_size` says how large its figure should be.

    Returns
    -------
    matplotlib.axes.Axes
    """
    groups, columns, edges = _layout(table)
    ax = axes_for(ax, *table_size(table, notes))
    top = 1 if any(groups) else 0
    right, bottom = edges[-1][1], ROW * (len(columns[0]) + top)
    for number, (column, (start, end)) in enumerate(zip(columns, edges, strict=True)):
        for row, text in enumerate(column):
            place, side = (start, "left") if number == 0 else (end, "right")
            weight = "bold" if row == 0 else "normal"
            ax.text(place, ROW * (row + top + 0.5), text, ha=side, va="center_baseline", fontsize=SMALL, color=INK,
                    fontweight=weight)  # fmt: skip
    for group in dict.fromkeys(filter(None, groups)):
        own = [edges[k] for k, other in enumerate(groups) if other == group]
        start, end = own[0][0], own[-1][1]
        ax.text((start + end) / 2, ROW * 0.5, group, ha="center", va="center_baseline", fontsize=SMALL, color=INK)
        ax.plot([start, end], [ROW, ROW], color=PALE, lw=0.5)
    for place, width in ((0.0, 0.9), (ROW * (1 + top), 0.5), (bottom, 0.9)):
        ax.plot([0, right], [place, place], color=INK, lw=width, clip_on=False)
    for number, note in enumerate(notes):
        ax.text(0, bottom + NOTE * (number + 1), note, ha="left", va="center_baseline", fontsize=SMALL, color=INK)
    ax.set_xlim(-1, max(right, table_size(table, notes)[0] * 72 * MM - 2 * GAP))
    ax.set_ylim(bottom + NOTE * (len(notes) + 0.7), -1)
    ax.set_axis_off()
    return ax
