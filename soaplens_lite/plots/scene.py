"""Snapshots of a system with its atoms in the colors of their states."""

from functools import partial

import numpy as np

from soaplens_lite.plots.snapshot import plot_snapshot, plot_track
from soaplens_lite.plots.spheres import render_spheres

OUTSIDE_COLOR = "#e4e6ea"  # of atoms that are there but not analyzed


def state_snapshot(trajectory, labels, table, *, radius, view="tilted", bounds=None, emphasis=None, width=1200):
    """
    Render one frame, every analyzed atom in the color of its state and the others pale.

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

    Returns
    -------
    picture : dict
        ``snapshot``, ``table`` and ``states``: what `soaplens_lite.plots.snapshot.plot_snapshot` takes.
    """
    positions = trajectory.positions.sel(frame=labels.frame).values
    states = np.full(len(positions), -1)
    states[trajectory.indexes["atom"].get_indexer(labels.atom.values)] = labels.values
    colors = [OUTSIDE_COLOR if state < 0 else table.color[state] for state in states]
    marked = None if emphasis is None else np.isin(trajectory.atom.values, emphasis)
    snapshot = render_spheres(positions, colors, radius, view=view, bounds=bounds, emphasis=marked, width=width)
    return {"snapshot": snapshot, "table": table, "states": states}


def journey_snapshot(trajectory, labels, table, *, atom, frames, marks, number, radius, view="top"):
    """
    One station of an atom's way: the atom among the others, and the whole way on top.

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
    marks : sequence of int
        Labels of the frames of the stations.
    number : int
        Which station is shown, from 1 on.
    radius : float
        Of the spheres, in Angstrom.
    view
        See `soaplens_lite.plots.spheres.render_spheres`.

    Returns
    -------
    draw : callable
        ``draw(ax=ax)``.
    """
    now = labels.sel(frame=marks[number - 1])
    picture = state_snapshot(trajectory, now, table, radius=radius, view=view, emphasis=[atom])
    way = trajectory.sel(frame=frames, atom=atom)
    state = table.name[int(now.sel(atom=atom))]
    return partial(
        _draw_station,
        picture["snapshot"],
        way.positions.values,
        way.time.values,
        mark=int(np.flatnonzero(np.asarray(frames) == marks[number - 1])[0]),
        title=f"{number}: {state}, {float(now.time):.2f} ns",
    )


def _draw_station(snapshot, points, times, *, mark, title, ax=None):
    """Snapshot, way and the station's place on it."""
    ax = plot_snapshot(snapshot, title=title, ax=ax)
    # Half of the picture is further than an atom goes within a frame: it crossed the boundary of the cell.
    width = snapshot.extent[1] - snapshot.extent[0]
    height = snapshot.extent[3] - snapshot.extent[2]
    return plot_track(points, times, snapshot, marks=[mark], max_jump=min(width, height) / 2, colorbar=False, ax=ax)


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
    from soaplens_lite.plots.style import axes_for

    ax = axes_for(ax)
    ax.set_axis_off()
    ax.text(0.5, 0.5, text, ha="center", va="center", wrap=True, fontsize=7)
    return ax
