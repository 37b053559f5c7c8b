"""Snapshots of a system with its atoms in the colors of their states."""

from functools import partial

import numpy as np
import pandas as pd

from soaplens_lite.plots.snapshot import plot_snapshot, plot_track
from soaplens_lite.plots.spheres import common_bounds, render_spheres
from soaplens_lite.plots.style import axes_for

OUTSIDE = "not analyzed"
OUTSIDE_COLOR = "#6b6f75"  # darker than any quiet state, and without a hue


def state_snapshot(
    trajectory,
    labels,
    table,
    *,
    radius,
    view="tilted",
    bounds=None,
    emphasis=None,
    width=1200,
    others=(OUTSIDE, OUTSIDE_COLOR),
):
    """
    Render one frame, every analyzed atom in the color of its state and the others in one of their own.

    Parameters
    ----------
    trajectory : xarray.Dataset
        With ``positions`` (frame, atom, xyz) in Angstrom.
    labels : xarray.DataArray, dims (atom,), int
        States at one frame, with the coordinates ``frame`` and ``atom``.
    table : pandas.DataFrame, index state
        Columns ``name`` and ``color``.
    radius : float
        Of the spheres, in Angstrom.
    view, bounds, width
        See `soaplens_lite.plots.spheres.render_spheres`.
    emphasis : array_like of int, optional
        Labels of atoms to bring out; the others fade.
    others : tuple of str
        Name and color of the atoms without a state; hydrogens of which only the oxygens are analyzed, for instance.

    Returns
    -------
    picture : dict
        ``snapshot``, ``table`` and ``states``: what `soaplens_lite.plots.snapshot.plot_snapshot` takes. Atoms
        outside of the analysis have state -1 there, with a line of its own in the table.
    """
    positions = trajectory.positions.sel(frame=labels.frame).values
    states = np.full(len(positions), -1)
    states[trajectory.indexes["atom"].get_indexer(labels.atom.values)] = labels.values
    shown = table[["name", "color"]]
    if (states < 0).any():
        outside = pd.DataFrame([others], columns=["name", "color"], index=[-1])
        shown = pd.concat([shown.drop(index=-1, errors="ignore"), outside])
    colors = shown.color.loc[states].tolist()
    marked = None if emphasis is None else np.isin(trajectory.atom.values, emphasis)
    snapshot = render_spheres(positions, colors, radius, view=view, bounds=bounds, emphasis=marked, width=width)
    return {"snapshot": snapshot, "table": shown, "states": states}


def journey_snapshot(
    trajectory, labels, table, *, atom, frames, stations, number, radius, view="top", room=9.0, fade=True
):
    """
    One station of an atom's way: the atom among the others, and how it came there.

    Parameters
    ----------
    trajectory : xarray.Dataset
        With ``positions`` (frame, atom, xyz) in Angstrom.
    labels : xarray.DataArray, dims (frame, atom), int
    table : pandas.DataFrame, index state
    atom : int
        Label of the atom.
    frames : array_like of int, shape (n,)
        Labels of the frames of its way.
    stations : sequence of int
        Labels of the frames that are shown.
    number : int
        Which station this is, from 1 on.
    radius : float
        Of the spheres, in Angstrom.
    view
        See `soaplens_lite.plots.spheres.render_spheres`.
    room : float
        Shown around the way, in Angstrom.
    fade : bool
        Whether the other atoms fade.

    Returns
    -------
    draw : callable
        ``draw(ax=ax)``; with ``names=False`` the states are not named below the picture.
    """
    now = labels.sel(frame=stations[number - 1])
    way = trajectory.sel(frame=frames, atom=atom)
    everything = common_bounds(trajectory.positions.sel(frame=now.frame).values, radius, view)
    left, right, bottom, top = common_bounds(way.positions.values, radius, view, margin=room)
    bounds = max(left, everything[0]), min(right, everything[1]), max(bottom, everything[2]), min(top, everything[3])
    shown = {"radius": radius, "view": view, "bounds": bounds, "emphasis": [atom] if fade else None}
    picture = state_snapshot(trajectory, now, table, **shown, width=700)
    seen = way.sel(frame=way.frame <= now.frame)
    title = f"{number}: {table.name[int(now.sel(atom=atom))]}, {float(now.time):.2f} ns"
    limits = float(way.time[0]), float(way.time[-1])
    if fade:  # What has no color needs no entry in the legend.
        picture["table"] = table.loc[np.unique(labels.sel(frame=way.frame, atom=atom).values)]
    return partial(_draw_station, picture, seen.positions.values, seen.time.values, limits, title)


def _draw_station(picture, points, times, limits, title, *, names=True, ax=None):
    """The snapshot and the way up to its time, in the colors of the whole way; names of the states below or not."""
    snapshot = picture["snapshot"]
    ax = plot_snapshot(**(picture if names else {"snapshot": snapshot}), title=title, ax=ax)
    if len(points) < 2:
        return ax
    left, right, bottom, top = snapshot.extent
    # No atom goes so far within a frame: it crossed the boundary of the cell.
    far = min(right - left, top - bottom) / 2
    return plot_track(points, times, snapshot, max_jump=far, limits=limits, colorbar=False, ax=ax)


def plot_note(text, *, ax=None):
    """
    Say in a picture's place why there is no picture.

    Parameters
    ----------
    text : str
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax = axes_for(ax)
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", wrap=True, fontsize=7)
    return ax
