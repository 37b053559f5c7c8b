"""The path of one atom: on the map of all environments, and in space above snapshots."""

from collections.abc import Callable, Sequence
from functools import partial

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from numpy.typing import ArrayLike

from soaplens_lite.plots._map import CLOUD_BINS, GREY, cloud, data_limits, draw_contours, finish_map
from soaplens_lite.plots._palette import state_style, text_color_on
from soaplens_lite.plots._snapshot import plot_snapshot, state_snapshot
from soaplens_lite.plots._spheres import Snapshot, common_bounds, project
from soaplens_lite.plots._style import INK, NORMAL, SMALL, axes_for, styled, wrapped_title


@styled
def plot_path_map(
    scores: xr.DataArray,
    atom: int,
    frames: Sequence[int],
    table: pd.DataFrame | None = None,
    labels: ArrayLike | None = None,
    *,
    examples: Sequence[int] = (),
    components: tuple[int, int] = (0, 1),
    limits: tuple[float, float, float, float] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the path of one atom, colored by time, above the grey cloud of all points.

    Parameters
    ----------
    scores : xarray.DataArray, dims (frame, atom, component)
        Principal components, with the coordinates ``frame``, ``time`` (ns) and ``atom``.
    atom : int
        Label of the atom.
    frames : sequence of int
        Labels of the frames of the path, in the order of time.
    table : pandas.DataFrame, optional
        State table (index: state; columns ``name``, ``color``). With *labels* it colors the marked points.
    labels : xarray.DataArray or array-like of int, shape (frame, atom), optional
        State of every point of *scores*.
    examples : sequence of int
        Labels of the frames to mark by 1, 2, 3, ... on the path.
    components : tuple of int
        Which two components, counted from 0.
    limits : tuple (x low, x high, y low, y high), optional
        Range of the axes.
    title : str, optional
        Title above the map.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> coords = {"frame": [0, 1, 2], "time": ("frame", [0.0, 0.3, 0.6]), "atom": [7]}
    >>> scores = xr.DataArray(np.arange(6.0).reshape(3, 1, 2), dims=("frame", "atom", "component"), coords=coords)
    >>> ax = plot_path_map(scores, 7, [0, 1, 2], examples=[0, 2], ax=Figure().subplots())
    >>> [text.get_text() for text in ax.texts]
    ['1', '2']
    """
    ax = axes_for(ax, 65, 50)
    points = np.asarray(scores)[..., list(components)].reshape(-1, 2)
    limits = data_limits(points) if limits is None else limits
    everything = np.zeros(len(points), dtype=int)
    ax.imshow(
        cloud(points, everything, {0: GREY}, limits, CLOUD_BINS),
        extent=limits,
        origin="lower",
        aspect="auto",
        alpha=0.6,
        rasterized=True,
        zorder=1,
    )
    draw_contours(ax, points, limits)
    path = scores.sel(atom=atom, frame=list(frames))
    xy, times = np.asarray(path)[:, list(components)], np.asarray(path["time"], dtype=float)
    segments = np.stack([xy[:-1], xy[1:]], axis=1)
    norm = Normalize(times.min(), times.max() if len(times) > 1 else times.min() + 1)
    lines = LineCollection(segments, cmap="viridis", norm=norm, lw=0.8, capstyle="round", zorder=4)
    lines.set_array((times[:-1] + times[1:]) / 2)
    ax.add_collection(lines)
    finish_map(ax, limits, components)
    wrapped_title(ax, title)
    _time_bar(ax, lines)
    _examples(ax, scores, atom, examples, table, labels, components)
    return ax


def _time_bar(ax, lines):
    """Color bar of the time, as inset axes that the layout moves together with the map."""
    bar = ax.get_figure(root=False).colorbar(lines, cax=ax.inset_axes([1.03, 0.0, 0.035, 1.0]))
    bar.set_label("time (ns)", fontsize=NORMAL)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2, pad=1.5)
    bar.outline.set_linewidth(0.5)
    bar.locator = mpl.ticker.MaxNLocator(5)


def _examples(ax, scores, atom, examples, table, labels, components):
    """Numbered discs at the example frames, in the color of the state if labels are given."""
    for number, frame in enumerate(examples, start=1):
        color = "white"
        if labels is not None and table is not None:
            place = (
                np.flatnonzero(np.asarray(scores["frame"]) == frame)[0],
                np.flatnonzero(np.asarray(scores["atom"]) == atom)[0],
            )
            color = state_style(table, int(np.asarray(labels)[place]))[1]
        xy = np.asarray(scores.sel(atom=atom, frame=frame))[list(components)]
        ax.annotate(
            str(number),
            xy,
            fontsize=SMALL,
            fontweight="bold",
            color=text_color_on(color),
            ha="center",
            va="center_baseline",
            zorder=6,
            bbox={"boxstyle": "circle,pad=0.25", "fc": color, "ec": INK, "lw": 0.8},
        )


def path_snapshot(
    trajectory: xr.Dataset,
    labels: xr.DataArray,
    table: pd.DataFrame,
    *,
    atom: int,
    frames: ArrayLike,
    stations: Sequence[int],
    number: int,
    radius: float,
    view: str | tuple[float, float] | np.ndarray = "top",
    room: float = 9.0,
    fade: bool = True,
) -> Callable[..., Axes]:
    """
    Snapshot of one frame of the path of an atom, with the path up to this frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        ``positions`` (frame, atom, xyz) in Angstrom.
    labels : xarray.DataArray, dims (frame, atom), int
        States.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    atom : int
        Label of the atom.
    frames : array_like of int, shape (n,)
        Labels of the frames of the path.
    stations : sequence of int
        Labels of the frames of all snapshots of this path.
    number : int
        Number of this snapshot in *stations*, from 1.
    radius : float
        Radius of the spheres in Angstrom.
    view : str, pair of float, or numpy.ndarray
        See `soaplens_lite.plots.camera`.
    room : float
        Margin around the path in Angstrom.
    fade : bool
        Whether the other atoms fade.

    Returns
    -------
    callable
        ``draw(ax=ax)``. With ``names=False`` there is no legend below the picture.
    """
    now = labels.sel(frame=stations[number - 1])
    path = trajectory.sel(frame=frames, atom=atom)
    everything = common_bounds(trajectory.positions.sel(frame=now.frame).values, radius, view)
    left, right, bottom, top = common_bounds(path.positions.values, radius, view, margin=room)
    bounds = max(left, everything[0]), min(right, everything[1]), max(bottom, everything[2]), min(top, everything[3])
    shown = {"radius": radius, "view": view, "bounds": bounds, "emphasis": [atom] if fade else None}
    picture = state_snapshot(trajectory, now, table, **shown, width=700)
    seen = path.sel(frame=path.frame <= now.frame)
    title = f"{number}: {table.name[int(now.sel(atom=atom))]}, {float(now.time):.2f} ns"
    limits = float(path.time[0]), float(path.time[-1])
    if fade:  # Pale atoms have no entry in the legend.
        picture["table"] = table.loc[np.unique(labels.sel(frame=path.frame, atom=atom).values)]
    return partial(_plot_station, picture, seen.positions.values, seen.time.values, limits, title=title)


def _plot_station(picture, points, times, limits, *, title, names=True, ax=None):
    """Draw the snapshot and the path up to its time. The colors span the times of the complete path."""
    snapshot = picture["snapshot"]
    ax = plot_snapshot(**picture, names=names, title=title, ax=ax)
    if len(points) < 2:
        return ax
    left, right, bottom, top = snapshot.extent
    # A longer step between two frames is a crossing of the periodic boundary.
    far = min(right - left, top - bottom) / 2
    return plot_path(points, times, snapshot, max_jump=far, limits=limits, ax=ax)


@styled
def plot_path(
    points: ArrayLike,
    times: ArrayLike,
    snapshot: Snapshot,
    *,
    max_jump: float | None = None,
    limits: tuple[float, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the path of one atom above a snapshot, colored by time.

    Parameters
    ----------
    points : array_like (n, 3)
        Positions of the atom in Angstrom, in the order of time.
    times : array_like (n,)
        Times in ns.
    snapshot : Snapshot
        The snapshot below the path. It is drawn if *ax* is None.
    max_jump : float, optional
        The line is interrupted if the atom moves farther than this (Angstrom) between two points, for example at a
        periodic boundary.
    limits : pair of float, optional
        Times (ns) at the ends of the color scale. None: the first and the last time.
    ax : matplotlib.axes.Axes, optional
        Axes with the snapshot.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there are fewer than two points, or points and times differ in number.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from soaplens_lite.plots import render_spheres
    >>> snapshot = render_spheres([[0, 0, 0], [9, 9, 0]], "white", 1.0, width=60)
    >>> ax = plot_snapshot(snapshot, ax=Figure().subplots())
    >>> ax = plot_path([[0, 0, 0], [5, 5, 0], [9, 9, 0]], [0.0, 0.3, 0.6], snapshot, ax=ax)
    >>> len(ax.collections[-1].get_segments())
    2
    """
    points, times = np.asarray(points, dtype=float), np.asarray(times, dtype=float)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) < 2:
        raise ValueError(f"points of shape {points.shape}: a path needs at least two points (n, 3)")
    if times.shape != (len(points),):
        raise ValueError(f"{times.size} times for {len(points)} points: give one per point")
    ax = plot_snapshot(snapshot) if ax is None else ax
    xy = project(points, snapshot)
    segments = np.stack([xy[:-1], xy[1:]], axis=1)
    length = np.linalg.norm(np.diff(points, axis=0), axis=1)
    kept = length <= (np.inf if max_jump is None else max_jump)
    # The white line below makes the path visible on atoms of any color.
    halo = LineCollection(segments[kept], colors="white", linewidths=2.2, capstyle="round")
    path = LineCollection(segments[kept], array=times[:-1][kept], linewidths=1.1, capstyle="round")
    path.set_cmap("viridis")
    path.set_clim(*(limits or (times[0], times[-1])))
    for lines in (halo, path):
        ax.add_collection(lines, autolim=False)
    return ax
