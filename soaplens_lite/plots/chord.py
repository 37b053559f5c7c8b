"""
The chord diagram: how atoms go to and fro between the states.

pyCirclize draws the sectors and ribbons. Its own chord_diagram is for other data: it sizes a sector by the
sum of row and column, counts what stays twice, and draws the two directions of a pair as two ribbons. Here
a sector is as long as the row sum of its state and a pair has one ribbon whose two ends are as wide as the
two opposite flows, so the geometry is our own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform

from soaplens_lite.plots.palette import state_style
from soaplens_lite.plots.style import INK, PALE, SMALL, axes_for, spread, styled, text_size, two_lines, wrapped_title

# pyCirclize changes matplotlib's settings when it is imported (margins of saved figures, fonts in SVG):
# keep the user's.
with rc_context():
    from pycirclize import Circos

__all__ = ["Ribbon", "chord_geometry", "chord_layout", "flows_of", "plot_chord"]

GAP = 2.5
"""Degrees between two arcs."""


class Ribbon(NamedTuple):
    """One pair of states that exchange atoms; angles in degrees, clockwise from the top."""

    i: int
    j: int
    start_i: float
    end_i: float
    start_j: float
    end_j: float
    sender: int


def chord_geometry(counts, *, self_transitions=True, gap=GAP):
    """
    Angles of the arcs and ribbons of a chord diagram.

    The ends of the ribbons lie in the middle of their arc, in the order in which the partners follow around
    the circle, so that ribbons of one arc do not cross each other; what stays in the state takes the two
    sides.

    Parameters
    ----------
    counts : array-like, shape (k, k)
        Transition counts, rows are "from".
    self_transitions : bool
        Arcs as long as the row sums. False: as the row sums without the diagonal.
    gap : float
        Degrees between neighboring arcs.

    Returns
    -------
    arcs : numpy.ndarray, shape (k, 2)
        Start and end of every arc in degrees, clockwise from the top. A state without counts has an arc of
        no length, and no gap.
    ribbons : list of Ribbon
        One for every pair with a flow in either direction. The end at i is as wide as counts[i, j] on the
        scale of the arcs, the end at j as wide as counts[j, i]; *sender* is the state that sends more (of
        equals, the first).

    Raises
    ------
    ValueError
        If the counts are not a square matrix of finite numbers >= 0.

    Examples
    --------
    >>> arcs, ribbons = chord_geometry([[8, 1], [1, 2]], gap=0)
    >>> arcs.tolist()
    [[0.0, 270.0], [270.0, 360.0]]
    >>> ribbons[0]
    Ribbon(i=0, j=1, start_i=120.0, end_i=150.0, start_j=300.0, end_j=330.0, sender=0)
    """
    counts = np.array(counts, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1] or not (np.isfinite(counts) & (counts >= 0)).all():
        raise ValueError(f"counts of shape {counts.shape}: must be a square matrix of finite numbers >= 0")
    if not self_transitions:
        np.fill_diagonal(counts, 0)
    k, sizes = len(counts), counts.sum(axis=1)
    if sizes.sum() == 0:
        return np.zeros((k, 2)), []
    gaps = np.where(sizes > 0, gap, 0.0) if np.count_nonzero(sizes) > 1 else np.zeros(k)
    scale = (360 - gaps.sum()) / sizes.sum()
    starts = np.concatenate([[0.0], np.cumsum(sizes * scale + gaps)[:-1]])
    arcs = np.column_stack([starts, starts + sizes * scale])
    ends = {}
    for i in range(k):
        angle = starts[i] + counts[i, i] * scale / 2
        # Clockwise along the arc: first the partner just before it on the circle, last the one just after it.
        for j in ((i - step) % k for step in range(1, k)):
            ends[i, j] = (angle, angle + counts[i, j] * scale)
            angle = ends[i, j][1]
    ribbons = [
        Ribbon(i, j, *map(float, ends[i, j] + ends[j, i]), sender=i if counts[i, j] >= counts[j, i] else j)
        for i in range(k)
        for j in range(i + 1, k)
        if counts[i, j] + counts[j, i] > 0
    ]
    return arcs, ribbons


def flows_of(counts, state):
    """
    The transition counts into and out of one state, and nothing else.

    A chord diagram of them shows how a rare state is fed, at a scale of its own.

    Parameters
    ----------
    counts : array-like, shape (k, k)
        Transition counts, rows are "from".
    state : int
        The state.

    Returns
    -------
    numpy.ndarray, shape (k, k)
        The row and the column of the state without their common cell; zero elsewhere.

    Examples
    --------
    >>> flows_of([[5, 1, 2], [3, 6, 4], [0, 9, 7]], 0).tolist()
    [[0, 1, 2], [3, 0, 0], [0, 0, 0]]
    """
    counts = np.asarray(counts)
    kept = np.zeros_like(counts)
    kept[state], kept[:, state] = counts[state], counts[:, state]
    kept[state, state] = 0
    return kept


def chord_layout(angles, widths, box, line_height, pad):
    """
    Place a circle and the names around it in a box, so that no name overlaps another or leaves the box.

    Parameters
    ----------
    angles : sequence of float
        Where each name belongs, in degrees clockwise from the top.
    widths : sequence of float
        Widths of the names, in the unit of the box.
    box : tuple of float
        Left, bottom, right, top.
    line_height : float
        Least vertical distance of two names on one side.
    pad : float
        Room between the circle and the names.

    Returns
    -------
    center : tuple of float
    radius : float
    places : list of (x, y, side)
        Anchor of each name; side is +1 (right of the circle, text starts here) or -1 (left, text ends here).
    """
    angles, widths = np.radians(np.asarray(angles, dtype=float)), np.asarray(widths, dtype=float)
    left, bottom, right, top = box
    on_right = np.sin(angles) >= 0
    room_left = max(widths[~on_right], default=0.0) + pad
    room_right = max(widths[on_right], default=0.0) + pad
    # A name near the top or bottom stands above or below the circle and needs its height there.
    room = line_height if (np.abs(np.cos(angles)) > 0.85).any() else 0.1 * line_height
    radius = max(min((right - left - room_left - room_right) / 2, (top - bottom) / 2 - room), 0.0)
    # Center the circle with its names, not the circle alone.
    x = (left + room_left + right - room_right) / 2
    y = (bottom + top) / 2
    places = [None] * len(angles)
    for side, members in ((1, np.flatnonzero(on_right)), (-1, np.flatnonzero(~on_right))):
        wanted = y + (radius + line_height / 2) * np.cos(angles[members])
        heights = spread(wanted, line_height, bottom + line_height / 2, top - line_height / 2)
        for member, height in zip(members, heights, strict=True):
            nearest = max(abs(height - y) - line_height / 2, 0.0)
            beside = np.sqrt(max(radius**2 - nearest**2, 0.0))
            places[member] = (float(x + side * (beside + pad)), float(height), side)
    return (float(x), float(y)), float(radius), places


def _width(text, bold=False):
    """Width in points of a name as it is written; bold letters are wider by about a seventh."""
    return max(text_size(line, SMALL)[0] for line in text.split("\n")) * (1.15 if bold else 1.0)


class _Names(Artist):
    """The names around the circle, placed while the figure is drawn: only then the axes have their size."""

    def __init__(self, host, angles, names, bold, legend_rows):
        super().__init__()
        self.host, self.angles, self.legend_rows = host, angles, legend_rows
        self.texts = [
            Text(
                0,
                0,
                two_lines(name),
                fontsize=SMALL,
                color=INK,
                fontweight="bold" if b else "normal",
                va="center",
                linespacing=1.0,
            )
            for name, b in zip(names, bold, strict=True)
        ]
        for text in self.texts:
            host._set_artist_props(text)
            text.set_transform(IdentityTransform())
        self.set_in_layout(False)

    def layout(self):
        """Circle and places in pixels, at the present size of the axes."""
        pixel = self.host.get_figure(root=True).dpi / 72
        box = self.host.bbox
        foot = self.legend_rows * 1.3 * SMALL * pixel
        corners = (box.x0, box.y0 + foot, box.x1, box.y1)
        lines = max((text.get_text().count("\n") + 1 for text in self.texts), default=1)
        widths = [_width(text.get_text(), text.get_fontweight() == "bold") * pixel for text in self.texts]
        return chord_layout(self.angles, widths, corners, (0.3 + 1.05 * lines) * SMALL * pixel, 5 * pixel)

    def locate(self, _axes, _renderer):
        """Box of the circle in figure coordinates: the locator of the polar axes."""
        (x, y), radius, _ = self.layout()
        pixels = Bbox.from_extents(x - radius, y - radius, x + radius, y + radius)
        return pixels.transformed(self.host.get_figure(root=False).transSubfigure.inverted())

    def draw(self, renderer):
        (x, y), radius, places = self.layout()
        pixel = self.host.get_figure(root=True).dpi / 72
        for text, angle, (at_x, at_y, side) in zip(self.texts, np.radians(self.angles), places, strict=True):
            text.set_position((at_x, at_y))
            text.set_ha("left" if side > 0 else "right")
            rim = x + radius * np.sin(angle), y + radius * np.cos(angle)
            leader = Line2D(
                [rim[0], at_x - side * pixel],
                [rim[1], at_y],
                color=PALE,
                lw=0.5,
                transform=IdentityTransform(),
            )
            leader.set_figure(self.host.get_figure(root=False))
            leader.draw(renderer)
            text.draw(renderer)


@styled
def plot_chord(counts, table, *, self_transitions=True, highlight=None, legend=None, names=True, title=None, ax=None):
    """
    Draw the exchange between states as a chord diagram.

    An arc is as long as the row sum of its state. One ribbon joins each pair; its end at a state is as wide
    as the flow that leaves that state, and it has the color of the state that sends more. A rare state is a
    thin line on this scale. Two other diagrams show it larger: one without self-transitions, whose arcs count
    only what moves, and one of the flows of that state alone (`flows_of`).

    Parameters
    ----------
    counts : array-like, shape (k, k)
        Transition counts, rows are "from".
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    self_transitions : bool
        Whether arcs include what stays in its state.
    highlight : int or sequence of int, optional
        State or states whose ribbons are drawn in full color above the others, which fade; their names are
        bold.
    legend : bool, optional
        Names in a legend below the circle instead of around it. None: a legend if the axes are narrow.
    names : bool
        False: no names at all, where a picture beside it tells the colors.
    title : str, optional
        Title above the circle.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of polar axes that live inside it.

    Returns
    -------
    matplotlib.axes.Axes
        The frame.
    """
    arcs, ribbons = chord_geometry(counts, self_transitions=self_transitions)
    ax = axes_for(ax, 55, 50)
    ax.set_axis_off()
    if title:
        wrapped_title(ax, title)
    present = [s for s in range(len(arcs)) if arcs[s, 1] > arcs[s, 0]]
    if not present:
        ax.text(0.5, 0.5, "no transitions", ha="center", va="center", transform=ax.transAxes)
        return ax
    styles = {s: state_style(table, s) for s in present}
    marked = set() if highlight is None else {int(s) for s in np.atleast_1d(highlight)}
    if legend is None:
        legend = _too_narrow(ax, [styles[s][0] for s in present])
    rows = _legend(ax, styles) if legend and names else 0
    around = [] if legend or not names else present
    frame = _Names(
        ax,
        arcs[around].mean(axis=1) if around else [],
        [styles[s][0] for s in around],
        [s in marked for s in around],
        rows,
    )
    polar = ax.inset_axes([0, 0, 1, 1], projection="polar")
    polar.set_axes_locator(frame.locate)
    polar.set_in_layout(False)
    _circle(arcs, ribbons, styles, marked).plotfig(ax=polar)
    ax.add_artist(frame)
    return ax


def _circle(arcs, ribbons, styles, marked):
    """pyCirclize's picture of the arcs and ribbons; the coordinate in a sector is the angle itself."""
    present = list(styles)
    gaps = [float(start - end) for start, end in zip([*arcs[present[1:], 0], 360.0], arcs[present, 1], strict=True)]
    sectors = {str(s): tuple(map(float, arcs[s])) for s in present}
    circos = Circos(sectors, space=gaps if len(present) > 1 else 0)
    for s in present:
        track = circos.get_sector(str(s)).add_track((91, 100))
        track.axis(fc=styles[s][1], ec=_darker(styles[s][1]), lw=0.4)
    # Wide ribbons first, the rare ones above them.
    by_width = sorted(ribbons, key=lambda r: r.start_i - r.end_i + r.start_j - r.end_j)
    for r in sorted(by_width, key=lambda r: bool({r.i, r.j} & marked)):
        bright = not marked or {r.i, r.j} & marked
        ends = _end(arcs, r.i, r.start_i, r.end_i), _end(arcs, r.j, r.start_j, r.end_j)
        color = styles[r.sender][1]
        alpha = 0.85 if bright else 0.35
        circos.link(*ends, r1=90, r2=90, fc=color, ec=_darker(color), alpha=alpha, lw=0.4)
    return circos


def _darker(color, share=0.3):
    """An edge for a light ribbon on white, dark enough to see and light enough to keep its hue."""
    return [(1 - share) * part for part in to_rgb(color)]


def _end(arcs, state, start, end):
    """One end of a ribbon for pyCirclize, kept inside its sector against rounding."""
    low, high = arcs[state]
    return str(state), float(np.clip(start, low, high)), float(np.clip(end, low, high))


def _too_narrow(ax, names):
    """Whether names at both sides would leave less than half the width to the circle."""
    width = ax.bbox.width * 72 / ax.get_figure(root=True).dpi
    return width - 2 * (max(_width(two_lines(name)) for name in names) + 5) < 0.45 * width


def _legend(ax, styles):
    """List the states below the circle; returns the number of rows."""
    handles = [Line2D([], [], ls="", marker="o", ms=4, mew=0.4, mec=PALE, color=c, label=n) for n, c in styles.values()]
    width = ax.bbox.width * 72 / ax.get_figure(root=True).dpi
    fewest = -(-len(handles) // 6)
    columns = int(np.clip(width // (max(text_size(n, SMALL)[0] for n, _ in styles.values()) + 14), fewest, 3))
    ax.legend(handles=handles, loc="lower center", ncols=columns, columnspacing=0.8, bbox_to_anchor=(0.5, 0))
    return -(-len(handles) // columns)
