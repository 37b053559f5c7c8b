"""
The chord diagram: the exchange of atoms between the states.

pyCirclize draws the sectors and ribbons. Its function chord_diagram does not fit transition counts: the length of a
sector is the sum of row and column, self-transitions count twice, and the two directions of a pair are two ribbons.
Here the length of an arc is the row sum of its state, and a pair has one ribbon. The widths of the two ends of a
ribbon are the two opposite flows. Therefore this module computes the angles.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.transforms import Bbox, IdentityTransform
from numpy.typing import ArrayLike

from soaplens_lite.plots._palette import state_style
from soaplens_lite.plots._style import INK, PALE, SMALL, axes_for, spread, styled, text_size, two_lines, wrapped_title

# pyCirclize changes matplotlib's settings on import (margins of saved figures, fonts in SVG). This restores them.
with rc_context():
    from pycirclize import Circos

ARC_GAP_DEGREES = 2.5
"""Gap between two neighboring arcs."""

MIN_CIRCLE_SHARE = 0.45
"""Names stand around the circle if it keeps at least this fraction of the width of the axes."""


class Ribbon(NamedTuple):
    """
    One pair of states that exchange atoms.

    Attributes
    ----------
    i, j : int
        The two states, i < j.
    start_i, end_i, start_j, end_j : float
        The ends of the ribbon at the two states, in degrees, clockwise from the top.
    sender : int
        The state that sends more atoms than it receives; i if both send equal numbers.
    """

    i: int
    j: int
    start_i: float
    end_i: float
    start_j: float
    end_j: float
    sender: int


def chord_geometry(
    counts: ArrayLike, *, self_transitions: bool = True, gap: float = ARC_GAP_DEGREES
) -> tuple[np.ndarray, list[Ribbon]]:
    """
    Angles of the arcs and ribbons of a chord diagram.

    The ends of the ribbons lie in the middle of their arc. They are ordered like the other states around the circle,
    so that ribbons of one arc do not cross. Self-transitions fill the two sides of the arc.

    Parameters
    ----------
    counts : array-like, shape (k, k)
        Transition counts from the state of the row to the state of the column.
    self_transitions : bool
        True: the length of an arc is the row sum. False: the row sum without the diagonal.
    gap : float
        Gap between neighboring arcs in degrees.

    Returns
    -------
    arcs : numpy.ndarray, shape (k, 2)
        Start and end of every arc in degrees, clockwise from the top. The arc of a state without counts has zero
        length and no gap.
    ribbons : list of Ribbon
        One ribbon for every pair with a flow in at least one direction. On the scale of the arcs, the width of the
        end at i is counts[i, j], and the width of the end at j is counts[j, i].

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
        # Clockwise along the arc: first the state just before it on the circle, last the state just after it.
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


def flows_of(counts: ArrayLike, state: int) -> np.ndarray:
    """
    Transition counts into and out of one state; all other counts are zero.

    A chord diagram of these counts shows from which states a rare state is reached.

    Parameters
    ----------
    counts : array-like, shape (k, k)
        Transition counts from the state of the row to the state of the column.
    state : int
        The state.

    Returns
    -------
    numpy.ndarray, shape (k, k)
        The row and the column of the state without self-transitions; zero elsewhere.

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


def chord_layout(angles: Sequence[float], widths: Sequence[float], box: tuple, line_height: float, pad: float):
    """
    Place a circle and the names around it in a box, so that no name overlaps another or leaves the box.

    Parameters
    ----------
    angles : sequence of float
        Direction of the arc of each name, in degrees clockwise from the top.
    widths : sequence of float
        Widths of the names, in the unit of the box.
    box : tuple of float
        Left, bottom, right, top.
    line_height : float
        Smallest vertical distance of two names on one side.
    pad : float
        Distance between the circle and the names.

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
    left_margin = max(widths[~on_right], default=0.0) + pad
    right_margin = max(widths[on_right], default=0.0) + pad
    # A name near the top or bottom stands above or below the circle and needs height there.
    height = line_height if (np.abs(np.cos(angles)) > 0.85).any() else 0.1 * line_height
    radius = max(min((right - left - left_margin - right_margin) / 2, (top - bottom) / 2 - height), 0.0)
    # The circle and its names together are centered.
    x = (left + left_margin + right - right_margin) / 2
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
    """Width of a name in points. Bold letters are about 15 % wider."""
    return max(text_size(line, SMALL)[0] for line in text.split("\n")) * (1.15 if bold else 1.0)


class _Names(Artist):
    """The names around the circle. The drawing places them, because only then the size of the axes is known."""

    def __init__(self, host, angles, names, bold, legend_rows):
        super().__init__()
        self.host, self.angles, self.legend_rows = host, angles, legend_rows
        look = {"fontsize": SMALL, "color": INK, "va": "center", "linespacing": 1.0}
        self.texts = [
            Text(0, 0, two_lines(name), fontweight="bold" if b else "normal", **look)
            for name, b in zip(names, bold, strict=True)
        ]
        for text in self.texts:
            text.set_figure(host.get_figure(root=False))
            text.axes = host
            text.set_transform(IdentityTransform())
        self.set_in_layout(False)

    def layout(self):
        """Circle and places in pixels, at the current size of the axes."""
        pixel = self.host.get_figure(root=True).dpi / 72
        box = self.host.bbox
        foot = self.legend_rows * 1.3 * SMALL * pixel
        corners = (box.x0, box.y0 + foot, box.x1, box.y1)
        lines = max((text.get_text().count("\n") + 1 for text in self.texts), default=1)
        widths = [_width(text.get_text(), text.get_fontweight() == "bold") * pixel for text in self.texts]
        return chord_layout(self.angles, widths, corners, (0.3 + 1.05 * lines) * SMALL * pixel, 5 * pixel)

    def locate(self, _axes, _renderer):
        """Box of the circle in figure coordinates, as a locator of the polar axes."""
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
            ends = [rim[0], at_x - side * pixel], [rim[1], at_y]
            leader = Line2D(*ends, color=PALE, lw=0.5, transform=IdentityTransform())
            leader.set_figure(self.host.get_figure(root=False))
            leader.draw(renderer)
            text.draw(renderer)


@styled
def plot_chord(
    counts: ArrayLike,
    table: pd.DataFrame,
    *,
    self_transitions: bool = True,
    highlight: int | Sequence[int] | None = None,
    legend: bool | None = None,
    names: bool = True,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the exchange between states as a chord diagram.

    The length of an arc is the row sum of its state. One ribbon connects each pair of states. The width of its end at
    a state is the flow out of that state; its color is that of the state that sends more atoms. On this scale a rare
    state is a thin line. It is larger in a diagram without self-transitions, and in a diagram of the flows of that
    state alone (`flows_of`).

    Parameters
    ----------
    counts : array-like, shape (k, k)
        Transition counts from the state of the row to the state of the column.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    self_transitions : bool
        Whether arcs include self-transitions.
    highlight : int or sequence of int, optional
        State or states with bold names. Their ribbons are drawn in full color above the others, which are pale.
    legend : bool, optional
        True: names in a legend below the circle; False: names around it. None: a legend if the axes are narrow.
    names : bool
        False: no names, if another panel explains the colors.
    title : str, optional
        Title above the circle.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of polar axes inside it.

    Returns
    -------
    matplotlib.axes.Axes
        The frame.

    Raises
    ------
    ValueError
        See `chord_geometry`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"name": ["ice", "liquid"], "color": ["navy", "skyblue"]})
    >>> ax = plot_chord([[8, 1], [1, 2]], table, legend=True, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['ice', 'liquid']
    """
    arcs, ribbons = chord_geometry(counts, self_transitions=self_transitions)
    ax = axes_for(ax, 55, 50)
    ax.set_axis_off()
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
    """Arcs and ribbons in pyCirclize. The coordinate within a sector is the angle in degrees."""
    present = list(styles)
    gaps = [float(start - end) for start, end in zip([*arcs[present[1:], 0], 360.0], arcs[present, 1], strict=True)]
    sectors = {str(s): tuple(map(float, arcs[s])) for s in present}
    circos = Circos(sectors, space=gaps if len(present) > 1 else 0)
    for s in present:
        track = circos.get_sector(str(s)).add_track((91, 100))
        track.axis(fc=styles[s][1], ec=_darker(styles[s][1]), lw=0.4)
    # Narrow ribbons are drawn above wide ones, highlighted ribbons above all.
    by_width = sorted(ribbons, key=lambda r: r.start_i - r.end_i + r.start_j - r.end_j)
    for r in sorted(by_width, key=lambda r: bool({r.i, r.j} & marked)):
        bright = not marked or {r.i, r.j} & marked
        ends = _end(arcs, r.i, r.start_i, r.end_i), _end(arcs, r.j, r.start_j, r.end_j)
        color = styles[r.sender][1]
        alpha = 0.85 if bright else 0.35
        circos.link(*ends, r1=90, r2=90, fc=color, ec=_darker(color), alpha=alpha, lw=0.4)
    return circos


def _darker(color, share=0.3):
    """A darker color for the edge, so that light ribbons are visible on white."""
    return [(1 - share) * part for part in to_rgb(color)]


def _end(arcs, state, start, end):
    """One end of a ribbon for pyCirclize; clipping keeps rounding errors inside the sector."""
    low, high = arcs[state]
    return str(state), float(np.clip(start, low, high)), float(np.clip(end, low, high))


def _too_narrow(ax, names):
    """Whether the circle would be too small with names on both sides."""
    width = ax.bbox.width * 72 / ax.get_figure(root=True).dpi
    return width - 2 * (max(_width(two_lines(name)) for name in names) + 5) < MIN_CIRCLE_SHARE * width


def _legend(ax, styles):
    """List the states below the circle and return the number of rows."""
    handles = [Line2D([], [], ls="", marker="o", ms=4, mew=0.4, mec=PALE, color=c, label=n) for n, c in styles.values()]
    width = ax.bbox.width * 72 / ax.get_figure(root=True).dpi
    fewest = -(-len(handles) // 6)
    columns = int(np.clip(width // (max(text_size(n, SMALL)[0] for n, _ in styles.values()) + 14), fewest, 3))
    ax.legend(handles=handles, loc="lower center", ncols=columns, columnspacing=0.8, bbox_to_anchor=(0.5, 0))
    return -(-len(handles) // columns)
