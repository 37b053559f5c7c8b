"""Movies: an atom's journey through space beside its journey through the map."""

import matplotlib.pyplot as plt
import numpy as np
from joblib import Parallel, cpu_count, delayed

from soaplens_lite.plots.map import plot_map
from soaplens_lite.plots.scene import state_snapshot
from soaplens_lite.plots.snapshot import plot_snapshot
from soaplens_lite.plots.spheres import common_bounds, project
from soaplens_lite.plots.style import INK, MM

TRAIL = 8  # pictures that the way behind the marker stays visible


def journey_movie(
    trajectory, scores, labels, table, *, atom, frames, radius, view="tilted", n_pictures=120, size=(200, 80), n_jobs=0
):
    """
    Pictures of an atom's journey: the system in the colors of its states, and a marker that moves on the map.

    Parameters
    ----------
    trajectory : xarray.Dataset
        With ``positions`` (frame, atom, xyz) in Angstrom; superposed, if the particle tumbles.
    scores : xarray.DataArray, dims (frame, atom, component)
        Principal components.
    labels : xarray.DataArray, dims (frame, atom), int
    table : pandas.DataFrame, index state
        Columns ``name`` and ``color``.
    atom : int
        Label of the atom.
    frames : array_like of int
        Labels of the frames of the journey; pictures are spread evenly over them.
    radius : float
        Of the spheres, in Angstrom.
    view
        See `soaplens_lite.plots.spheres.render_spheres`.
    n_pictures : int
        At most.
    size : tuple of float
        Width and height of a picture in mm, at 150 dots per inch.
    n_jobs : int
        Number of processes; 0 takes all cores.

    Yields
    ------
    picture : numpy.ndarray, shape (height, width, 3), uint8
    """
    chosen = np.unique(np.linspace(0, len(frames) - 1, n_pictures).round().astype(int))
    shown = np.asarray(frames)[chosen]
    bounds = common_bounds(trajectory.positions.sel(frame=shown[[0, -1]]).values, radius, view)
    figure = plt.figure(figsize=(size[0] * MM, size[1] * MM), dpi=150, layout="constrained")
    space, place = figure.subplots(1, 2, width_ratios=[1.6, 1])
    plot_map(scores, labels, table, ax=place)
    (trail,) = place.plot([], [], color=INK, lw=0.8, zorder=6)
    (marker,) = place.plot([], [], "o", ms=6, mec=INK, mew=0.9, zorder=7)
    tasks = (
        delayed(state_snapshot)(
            trajectory.sel(frame=[frame]),
            labels.sel(frame=frame),
            table,
            radius=radius,
            view=view,
            bounds=bounds,
            width=900,
        )
        for frame in shown
    )
    way = scores.sel(atom=atom, frame=shown).values[:, :2]
    for k, picture in enumerate(Parallel(n_jobs=n_jobs or cpu_count(), return_as="generator")(tasks)):
        state = int(labels.sel(frame=shown[k], atom=atom))
        _show_space(space, picture, trajectory, atom, shown[k], table, state)
        trail.set_data(*way[max(0, k - TRAIL) : k + 1].T)
        marker.set_data(*way[k : k + 1].T)
        marker.set_markerfacecolor(table.color[state])
        figure.canvas.draw()
        yield np.asarray(figure.canvas.buffer_rgba())[:, :, :3].copy()
        figure.set_layout_engine("none")  # The first picture sets the places; later ones must not jump.
    plt.close(figure)


def _show_space(ax, picture, trajectory, atom, frame, table, state):
    """The system at one frame, with a ring around the atom of the journey."""
    place = ax.get_position()
    ax.clear()
    time = float(trajectory.time.sel(frame=frame))
    plot_snapshot(**picture, title=f"{time:.2f} ns: atom {atom} in state {table.name[state]}", ax=ax)
    x, y = project(trajectory.positions.sel(frame=frame, atom=atom).values, picture["snapshot"])
    ax.plot(x, y, "o", ms=11, mfc="none", mec="white", mew=2.4)
    ax.plot(x, y, "o", ms=11, mfc="none", mec=INK, mew=1.2)
    if ax.get_figure().get_layout_engine() is None:
        ax.set_position(place)
