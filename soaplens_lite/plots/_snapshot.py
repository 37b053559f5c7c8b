"""
Snapshots on axes: a rendered picture with its legend and its scale bar.

`render_spheres` makes the picture. This module shows it at equal scales, with a scale bar and the visible states
below. The coordinates of the axes are Angstrom, so that more can be drawn above the atoms.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.offsetbox import AnchoredOffsetbox, AuxTransformBox, DrawingArea, HPacker, TextArea, VPacker
from matplotlib.patches import Circle, Rectangle
from matplotlib.transforms import blended_transform_factory
from numpy.typing import ArrayLike

from soaplens_lite.plots._palette import color_states, state_style
from soaplens_lite.plots._spheres import Snapshot, render_spheres
from soaplens_lite.plots._style import INK, SMALL, axes_for, styled, text_size, unit_of, wrapped_title

MIN_VISIBLE_SHARE = 0.03
"""The legend lists a state if at least one of its atoms shows more than this fraction of its disc."""

OUTSIDE_NAME = "not analyzed"
OUTSIDE_COLOR = "#6b6f75"
"""Name and color of atoms without a state: a grey darker than the color of any slow state."""

_ENTRY_GAP, _HANDLE_GAP = 7.0, 2.5  # points: between two entries of the caption, and between disc and name


LAYER = 0.6  # largest extent of a layer along its normal, relative to its width


@styled
def plot_snapshot(
    snapshot: Snapshot,
    *,
    table: pd.DataFrame | None = None,
    states: ArrayLike | None = None,
    names: bool = True,
    unit: str = "Å",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Show a rendered snapshot with scale bar and legend.

    Bar and legend stand below the picture. Their number of lines depends on the width of the axes.

    Parameters
    ----------
    snapshot : Snapshot
        From `render_spheres`.
    table : pandas.DataFrame, optional
        State table (columns ``name`` and ``color``) for the legend. Other classes of atoms work too, for example
        coordination numbers.
    states : array_like (n_atoms,) of int, optional
        State of each rendered atom. The legend then lists only states with a visible atom (`MIN_VISIBLE_SHARE`). Values
        that are not in the table have no entry.
    names : bool
        False: no states below the picture, if another panel explains the colors.
    unit : str
        Name of the unit of length, for the scale bar.
    title : str, optional
        Title above the picture.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        Data coordinates are Angstrom in the frame of the camera, see `project`.

    Raises
    ------
    ValueError
        If states are given without a table, or states and atoms differ in number.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from soaplens_lite.plots import render_spheres
    >>> snapshot = render_spheres([[0, 0, 0]], "white", 1.0, width=60)
    >>> table = pd.DataFrame({"name": ["edge"], "color": ["blue"]})
    >>> ax = plot_snapshot(snapshot, table=table, title="0.3 ns", ax=Figure().subplots())
    >>> [float(end) for end in ax.get_xlim()]
    [-1.5, 1.5]
    """
    shown = _states_in_legend(snapshot, table, states) if names else []
    left, right, bottom, top = snapshot.extent
    ax = axes_for(ax, 60.0, 60.0 * (top - bottom) / (right - left) + 10.0)
    ax.imshow(snapshot.image, extent=snapshot.extent, interpolation="antialiased", rasterized=True)
    ax.set_axis_off()
    entries = [_state_entry(*state_style(table, state)) for state in shown]
    ax.add_artist(_Caption(ax, [_bar_entry(ax, scale_length(right - left), unit), *entries]))
    wrapped_title(ax, title)
    return ax


def state_snapshot(
    trajectory: xr.Dataset,
    labels: xr.DataArray,
    table: pd.DataFrame,
    *,
    radius: float,
    view: str | tuple[float, float] | np.ndarray = "tilted",
    bounds: tuple[float, float, float, float] | None = None,
    emphasis: ArrayLike | None = None,
    width: int = 1200,
    others: tuple[str, str] = (OUTSIDE_NAME, OUTSIDE_COLOR),
) -> dict:
    """
    Render one frame: analyzed atoms in the colors of their states, all other atoms in one more color.

    Parameters
    ----------
    trajectory : xarray.Dataset
        ``positions`` (frame, atom, xyz) in Angstrom.
    labels : xarray.DataArray, dims (atom,), int
        States at one frame, with the coordinates ``frame`` and ``atom``.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, and ``color`` or ``kind``).
    radius : float
        Radius of the spheres in Angstrom.
    view, bounds, width
        See `soaplens_lite.plots.render_spheres`.
    emphasis : array_like of int, optional
        Labels of the atoms that keep their colors; the other atoms fade.
    others : tuple of str
        Name and color of atoms without a state, for example hydrogen if only oxygen is analyzed.

    Returns
    -------
    dict
        ``snapshot``, ``table``, ``states`` and ``unit``, the arguments of `plot_snapshot`. The state
        of atoms outside the analysis is -1, and the table has a row for it.

    Examples
    --------
    >>> xyz = ("frame", "atom", "xyz"), [[[0, 0, 0], [4.0, 0, 0]]]
    >>> atoms = xr.Dataset({"positions": xyz}, {"frame": [5], "atom": [1, 2]})
    >>> labels = xr.DataArray([0], dims="atom", coords={"frame": 5, "atom": [2]})
    >>> table = pd.DataFrame({"name": ["edge"], "color": ["#0a3cc8"]})
    >>> picture = state_snapshot(atoms, labels, table, radius=1.0, width=40)
    >>> picture["states"].tolist(), picture["table"]["name"].tolist()
    ([-1, 0], ['edge', 'not analyzed'])
    """
    positions = trajectory.positions.sel(frame=labels.frame).values
    states = np.full(len(positions), -1)
    states[trajectory.indexes["atom"].get_indexer(labels.atom.values)] = labels.values
    shown = (table if "color" in table else color_states(table))[["name", "color"]]
    if (states < 0).any():
        outside = pd.DataFrame([others], columns=["name", "color"], index=[-1])
        shown = pd.concat([shown.drop(index=-1, errors="ignore"), outside])
    colors = shown.color.loc[states].tolist()
    marked = None if emphasis is None else np.isin(trajectory.atom.values, emphasis)
    snapshot = render_spheres(positions, colors, radius, view=view, bounds=bounds, emphasis=marked, width=width)
    return {"snapshot": snapshot, "table": shown, "states": states, "unit": unit_of(trajectory.positions, "Å")}


def view_of(trajectory: xr.Dataset) -> str | tuple[float, float]:
    """
    Direction from which a picture shows most particles: onto a layer, and tilted onto what is no layer.

    Parameters
    ----------
    trajectory : xarray.Dataset

    Returns
    -------
    view : str or (float, float)
        As `state_snapshot` takes it.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> view_of(make_trajectory([[[0, 0, 0], [9, 1, 9]]], ["Ar", "Ar"]))  # along y
    'side'
    """
    extent = np.ptp(trajectory.positions.values[0], axis=0)
    along = ((0.0, 90.0), "side", "top")
    return along[int(extent.argmin())] if extent.min() < LAYER * extent.max() else "tilted"


def scale_length(width: float) -> float:
    """
    Round length for the scale bar of a picture.

    Parameters
    ----------
    width : float
        Width of the picture in Angstrom.

    Returns
    -------
    float
        The largest of 1, 2, 5, 10, 20, 50, ... Angstrom that is at most a quarter of the width.

    Examples
    --------
    >>> scale_length(67.0), scale_length(19.9)
    (10.0, 2.0)
    """
    power = 10.0 ** np.floor(np.log10(width / 4))
    return float(max(factor * power for factor in (1, 2, 5) if factor * power <= width / 4))


def _states_in_legend(snapshot, table, states):
    """States in the legend, in the order of the table."""
    if table is None:
        if states is not None:
            raise ValueError("states without a table: give the state table with their names and colors")
        return []
    if states is None:
        return list(table.index)
    states = np.asarray(states)
    if states.shape != snapshot.seen.shape:
        raise ValueError(f"{states.size} states for {snapshot.seen.size} atoms: give one per drawn atom")
    present = set(states[snapshot.seen > MIN_VISIBLE_SHARE].tolist())
    return [state for state in table.index if state in present]


def _bar_entry(ax, length, unit):
    """The scale bar with its length as an entry (box, width in points, width in Angstrom)."""
    bar = AuxTransformBox(blended_transform_factory(ax.transData, ax.get_figure().dpi_scale_trans))
    line = text_size("0", SMALL)[1] / 72  # inches; the bar is in the middle of the line of text
    bar.add_artist(Rectangle((0, 0), length, line, facecolor="none", edgecolor="none"))
    bar.add_artist(Rectangle((0, 0.32 * line), length, 0.36 * line, facecolor=INK, edgecolor="none"))
    text = f"{length:g} {unit}"
    return _entry(bar, text), _HANDLE_GAP + text_size(text, SMALL)[0], length


def _state_entry(name, color):
    """A colored disc with a name as an entry (box, width in points, width in Angstrom)."""
    size = 0.95 * SMALL
    below = (size - text_size("0", SMALL)[1]) / 2  # the disc is slightly larger than a letter
    handle = DrawingArea(size, size, ydescent=below)
    center = (size / 2, size / 2 - below)
    handle.add_artist(Circle(center, 0.46 * size, facecolor=color, edgecolor=INK, linewidth=0.4))
    return _entry(handle, name), size + _HANDLE_GAP + text_size(name, SMALL)[0], 0.0


def _entry(handle, text):
    """A bar or disc beside its text."""
    label = TextArea(text, textprops={"fontsize": SMALL, "color": INK})
    return HPacker(children=[handle, label], align="baseline", pad=0, sep=_HANDLE_GAP)


class _Caption(AnchoredOffsetbox):
    """
    Entries below the axes, in lines as wide as the axes.

    The lines are made when the figure is drawn, because a layout sets the width of the axes only then.
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
        """Break the entries into lines for the current width of the axes."""
        to_points = 72 / self._parent.get_figure(root=True).dpi
        pixels = self._parent.transData.transform([(0, 0), (1, 0)])[:, 0]
        point_per_angstrom = (pixels[1] - pixels[0]) * to_points
        # The original width: at equal scales a higher caption makes the axes narrower, and narrower axes would make the
        # caption still higher.
        place = self._parent.get_position(original=True).width
        line_width = place * self._parent.get_figure(root=False).bbox.width * to_points
        widths = [points + angstrom * point_per_angstrom for _, points, angstrom in self._entries]
        rows = break_lines(widths, line_width, _ENTRY_GAP)
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


def break_lines(widths: Sequence[float], line_width: float, gap: float) -> list[list[int]]:
    """
    Break a row of entries into as few lines as possible, of about equal length.

    Parameters
    ----------
    widths : sequence of float
        Width of each entry.
    line_width : float
        Largest width of a line.
    gap : float
        Gap between two entries of a line.

    Returns
    -------
    list of list of int
        Numbers of the entries in each line. An entry wider than *line_width* has its own line.

    Examples
    --------
    >>> break_lines([3, 3, 3, 3], line_width=11, gap=1)
    [[0, 1], [2, 3]]
    """
    n_lines = len(_greedy_lines(widths, line_width, gap))
    # The smallest width with the same number of lines gives lines of about equal length.
    for share in np.linspace(0.3, 1, 36):
        lines = _greedy_lines(widths, share * line_width, gap)
        if len(lines) == n_lines:
            return lines
    return _greedy_lines(widths, line_width, gap)


def _greedy_lines(widths, line_width, gap):
    """Fill one line after the other."""
    lines, used = [], np.inf
    for i, width in enumerate(widths):
        if used + gap + width > line_width:
            lines.append([])
            used = -gap
        lines[-1].append(i)
        used += gap + width
    return lines
