"""Snapshots of a system with its atoms in the colors of their states."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from soaplens_lite.plots.palette import color_states
from soaplens_lite.plots.snapshot import plot_snapshot, plot_track
from soaplens_lite.plots.spheres import common_bounds, render_spheres
from soaplens_lite.plots.style import axes_for

OUTSIDE_NAME = "not analyzed"
OUTSIDE_COLOR = "#6b6f75"
"""Name and color of atoms without a state: a grey darker than the color of any slow state."""


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
        See `soaplens_lite.plots.spheres.render_spheres`.
    emphasis : array_like of int, optional
        Labels of the atoms that keep their colors; the other atoms fade.
    others : tuple of str
        Name and color of atoms without a state, for example hydrogen if only oxygen is analyzed.

    Returns
    -------
    dict
        ``snapshot``, ``table`` and ``states``, the arguments of `soaplens_lite.plots.snapshot.plot_snapshot`. The state
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
    return {"snapshot": snapshot, "table": shown, "states": states}


def journey_snapshot(
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
        See `soaplens_lite.plots.spheres.camera`.
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
    return partial(_draw_station, picture, seen.positions.values, seen.time.values, limits, title)


def _draw_station(picture, points, times, limits, title, *, names=True, ax=None):
    """Draw the snapshot and the path up to its time. The colors span the times of the complete path."""
    snapshot = picture["snapshot"]
    ax = plot_snapshot(**(picture if names else {"snapshot": snapshot}), title=title, ax=ax)
    if len(points) < 2:
        return ax
    left, right, bottom, top = snapshot.extent
    # A longer step between two frames is a crossing of the periodic boundary.
    far = min(right - left, top - bottom) / 2
    return plot_track(points, times, snapshot, max_jump=far, limits=limits, colorbar=False, ax=ax)


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
