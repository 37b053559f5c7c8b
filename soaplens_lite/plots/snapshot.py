"""
Snapshots on axes: a rendered picture with its states, its scale, and an atom's way on top.

The picture itself comes from `render_spheres`. Here it gets what makes it readable on a page: equal
scales, a line below the atoms with a scale bar and the states that are seen, and positions in
Angstrom, so that anything else can be drawn over the atoms.
"""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.offsetbox import AnchoredOffsetbox, AuxTransformBox, DrawingArea, HPacker, TextArea, VPacker
from matplotlib.patches import Circle, Rectangle
from matplotlib.transforms import blended_transform_factory

from soaplens_lite.plots.palette import state_style
from soaplens_lite.plots.spheres import project
from soaplens_lite.plots.style import INK, SMALL, axes_for, styled, text_size, wrapped_title

__all__ = ["plot_snapshot", "plot_track"]

LEAST_SEEN = 0.03
"""Share of an atom's disc: what is less shines through a gap, and no reader would ask for its color."""

_ENTRY_GAP, _HANDLE_GAP = 7.0, 2.5  # points between entries of the caption, and between mark and text


@styled
def plot_snapshot(snapshot, *, table=None, states=None, scale_bar=True, title=None, ax=None):
    """
    Show a rendered snapshot with scale bar and legend.

    Bar and legend stand below the picture, never on it, in as many lines as the final width of the
    axes' place asks for.

    Parameters
    ----------
    snapshot : Snapshot
        From `render_spheres`.
    table : pandas.DataFrame, optional
        State table (columns ``name`` and ``color``) for the legend; any classes of atoms will do, for
        example coordination numbers.
    states : array_like (n_atoms,) of int, optional
        State of each rendered atom: the legend then names only states of which an atom is seen, by more
        than `LEAST_SEEN` of its disc. Values that the table does not hold get no entry.
    scale_bar : bool
        Whether to draw a bar of a round length.
    title : str, optional
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    ax : matplotlib.axes.Axes
        Data coordinates are Angstrom of the camera's frame, see `project`.

    Raises
    ------
    ValueError
        If states come without a table, or not one per atom.
    """
    shown = _states_in_legend(snapshot, table, states)
    left, right, bottom, top = snapshot.extent
    ax = axes_for(ax, 60.0, 60.0 * (top - bottom) / (right - left) + 10.0)
    ax.imshow(snapshot.image, extent=snapshot.extent, interpolation="antialiased", rasterized=True)
    ax.set_axis_off()
    entries = [_bar_entry(ax, scale_length(right - left))] if scale_bar else []
    entries += [_state_entry(*state_style(table, state)) for state in shown]
    if entries:
        ax.add_artist(_Caption(ax, entries))
    if title:
        wrapped_title(ax, title)
    return ax


@styled
def plot_track(points, times, snapshot, *, marks=(), max_jump=None, limits=None, colorbar=True, ax=None):
    """
    Draw the way of one atom over a snapshot, colored by time.

    Parameters
    ----------
    points : array_like (n, 3)
        Positions of the atom in Angstrom, in the order of time.
    times : array_like (n,)
        ns.
    snapshot : Snapshot
        The picture below; if no axes are given it is drawn first.
    marks : sequence of int
        Rows of *points* that get a numbered disc: 1, 2, 3, ...
    max_jump : float, optional
        The line breaks where the atom moves further than this (Angstrom) between two points, for
        example at a periodic boundary.
    limits : pair of float, optional
        Times (ns) at the ends of the color scale; by default the first and the last.
    colorbar : bool
        Whether to explain the colors at the right of the picture.
    ax : matplotlib.axes.Axes, optional
        Axes on which the snapshot was drawn.

    Returns
    -------
    ax : matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there are fewer than two points, or not one time for each.
    """
    points, times = np.asarray(points, dtype=float), np.asarray(times, dtype=float)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2:
        raise ValueError(f"points of shape {points.shape}: a way needs at least two points (n, 3)")
    if times.shape != (len(points),):
        raise ValueError(f"{times.size} times for {len(points)} points: give one per point")
    ax = plot_snapshot(snapshot) if ax is None else ax
    xy = project(points, snapshot)
    segments = np.stack([xy[:-1], xy[1:]], axis=1)
    length = np.linalg.norm(np.diff(points, axis=0), axis=1)
    kept = length <= (np.inf if max_jump is None else max_jump)
    # A white line below keeps the way apart from atoms of any color.
    halo = LineCollection(segments[kept], colors="white", linewidths=2.2, capstyle="round")
    way = LineCollection(segments[kept], array=times[:-1][kept], linewidths=1.1, capstyle="round")
    way.set_cmap("viridis")
    way.set_clim(*(limits or (times[0], times[-1])))
    for lines in (halo, way):
        ax.add_collection(lines, autolim=False)
    _draw_marks(ax, xy[list(marks)])
    if colorbar:
        bar = ax.get_figure().colorbar(way, cax=ax.inset_axes([1.02, 0.15, 0.022, 0.7]))
        bar.set_label("time [ns]")
        bar.outline.set_linewidth(0.4)
    return ax


def scale_length(width):
    """
    Round length for the scale bar of a picture.

    Parameters
    ----------
    width : float
        Width of the picture in Angstrom.

    Returns
    -------
    length : float
        The largest of 1, 2, 5, 10, 20, 50, ... Angstrom that is at most a quarter of the width.

    Examples
    --------
    >>> scale_length(67.0), scale_length(19.9)
    (10.0, 2.0)
    """
    power = 10.0 ** np.floor(np.log10(width / 4))
    return float(max(factor * power for factor in (1, 2, 5) if factor * power <= width / 4))


def _states_in_legend(snapshot, table, states):
    """States of the table that the legend names, in the table's order."""
    if table is None:
        if states is not None:
            raise ValueError("states without a table: give the state table that holds their names and colors")
        return []
    if states is None:
        return list(table.index)
    states = np.asarray(states)
    if states.shape != snapshot.seen.shape:
        raise ValueError(f"{states.size} states for {snapshot.seen.size} atoms: give one per drawn atom")
    present = set(states[snapshot.seen > LEAST_SEEN].tolist())
    return [state for state in table.index if state in present]


def _draw_marks(ax, xy):
    """Numbered discs at the points, moved aside with a leader where they would cover each other."""
    disc = {"boxstyle": "circle,pad=0.18", "facecolor": "white", "edgecolor": INK, "linewidth": 0.6}
    leader = {"arrowstyle": "-", "color": INK, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 0}
    to_points = 72 / ax.get_figure(root=True).dpi
    angles = np.radians(np.arange(45, 405, 45))
    aside = 2.0 * SMALL * np.array([(0, 0), *zip(np.cos(angles), np.sin(angles), strict=True)])
    taken = np.empty((0, 2))
    for number, point in enumerate(xy, start=1):
        places = ax.transData.transform(point) * to_points + aside
        distance = np.linalg.norm(places[:, None] - taken, axis=2).min(axis=1, initial=np.inf)
        free = int(np.argmax(distance > 1.9 * SMALL))
        taken = np.vstack([taken, places[free]])
        ax.annotate(
            str(number), point, xytext=aside[free], textcoords="offset points", ha="center", va="center",
            fontsize=SMALL, color=INK, bbox=disc, arrowprops=leader if free else None, zorder=5,
        )  # fmt: skip


def _bar_entry(ax, length):
    """The scale bar with its length as an entry (box, width in points, width in Angstrom)."""
    bar = AuxTransformBox(blended_transform_factory(ax.transData, ax.get_figure().dpi_scale_trans))
    line = text_size("0", SMALL)[1] / 72  # inches; the bar runs through the middle of the line of text
    bar.add_artist(Rectangle((0, 0), length, line, facecolor="none", edgecolor="none"))
    bar.add_artist(Rectangle((0, 0.32 * line), length, 0.36 * line, facecolor=INK, edgecolor="none"))
    text = f"{length:g} Å"
    return _entry(bar, text), _HANDLE_GAP + text_size(text, SMALL)[0], length


def _state_entry(name, color):
    """A colored disc with a name as an entry (box, width in points, width in Angstrom)."""
    size = 0.95 * SMALL
    below = (size - text_size("0", SMALL)[1]) / 2  # the disc is a little larger than a letter
    handle = DrawingArea(size, size, ydescent=below)
    center = (size / 2, size / 2 - below)
    handle.add_artist(Circle(center, 0.46 * size, facecolor=color, edgecolor=INK, linewidth=0.4))
    return _entry(handle, name), size + _HANDLE_GAP + text_size(name, SMALL)[0], 0.0


def _entry(handle, text):
    """A mark and its text side by side."""
    label = TextArea(text, textprops={"fontsize": SMALL, "color": INK})
    return HPacker(children=[handle, label], align="baseline", pad=0, sep=_HANDLE_GAP)


class _Caption(AnchoredOffsetbox):
    """
    Entries below the axes, broken into lines that are as wide as the axes' place when the figure is drawn.

    Only then is the width known: layout engines move axes late.
    """

    def __init__(self, ax, entries):
        self._entries, self._rows = entries, None
        super().__init__(
            "upper center",
            pad=0,
            borderpad=0.5,
            frameon=False,
            prop={"size": SMALL},
            bbox_to_anchor=(0.5, 0),
            bbox_transform=ax.transAxes,
        )
        self._parent = ax
        self._flow()

    def _flow(self):
        """Break the entries into lines for the present width of the axes."""
        to_points = 72 / self._parent.get_figure(root=True).dpi
        pixels = self._parent.transData.transform([(0, 0), (1, 0)])[:, 0]
        point_per_angstrom = (pixels[1] - pixels[0]) * to_points
        # As wide as the axes may become, not as they are: equal scales make them narrower when the caption needs
        # more lines, and the caption would need still more.
        place = self._parent.get_position(original=True).width
        room = place * self._parent.get_figure(root=False).bbox.width * to_points
        widths = [points + angstrom * point_per_angstrom for _, points, angstrom in self._entries]
        rows = break_lines(widths, room, _ENTRY_GAP)
        if rows != self._rows:
            self._rows = rows
            lines = [
                HPacker(children=[self._entries[i][0] for i in row], align="baseline", pad=0, sep=_ENTRY_GAP)
                for row in rows
            ]
            self.set_child(VPacker(children=lines, align="center", pad=0, sep=2.0))
            self.get_child().set_figure(self._parent.get_figure())

    def get_window_extent(self, renderer=None):
        """Break lines, then measure."""
        self._flow()
        return super().get_window_extent(renderer)

    def draw(self, renderer):
        """Break lines, then draw."""
        self._flow()
        super().draw(renderer)


def break_lines(widths, room, gap):
    """
    Break a row of entries into as few lines as possible, of about equal length.

    Parameters
    ----------
    widths : sequence of float
        Width of each entry.
    room, gap : float
        Width of a line, and distance of entries within it.

    Returns
    -------
    lines : list of list of int
        Numbers of the entries in each line. An entry wider than the room has a line of its own.

    Examples
    --------
    >>> break_lines([3, 3, 3, 3], room=11, gap=1)
    [[0, 1], [2, 3]]
    """
    n_lines = len(_greedy_lines(widths, room, gap))
    # The narrowest room that still needs no further line makes the lines even.
    for share in np.linspace(0.3, 1, 36):
        lines = _greedy_lines(widths, share * room, gap)
        if len(lines) == n_lines:
            return lines
    return _greedy_lines(widths, room, gap)


def _greedy_lines(widths, room, gap):
    """Fill line after line."""
    lines, used = [], np.inf
    for i, width in enumerate(widths):
        if used + gap + width > room:
            lines.append([])
            used = -gap
        lines[-1].append(i)
        used += gap + width
    return lines
