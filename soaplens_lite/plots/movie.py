"""Movies: an atom's journey through space beside its journey through the map."""

import numpy as np
from joblib import Parallel, cpu_count, delayed
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle

from soaplens_lite.plots.map import plot_map
from soaplens_lite.plots.palette import state_style
from soaplens_lite.plots.scene import OUTSIDE, OUTSIDE_COLOR, state_snapshot
from soaplens_lite.plots.snapshot import plot_snapshot
from soaplens_lite.plots.spheres import common_bounds, project
from soaplens_lite.plots.style import INK, PALE, axes_for, styled

TRAIL = 12  # pictures that the way behind the marker stays visible
SIZE, DPI = (1280, 720), 240  # pixels; text of 7 points is then readable in a small window
SPACE, PLACE = (0.01, 0.19, 0.56, 0.72), (0.665, 0.26, 0.32, 0.62)  # left, bottom, width, height of the two halves
HEAD, LARGE = 0.945, 8.5  # height of the line above both halves, and its size in points
MOST_COLUMNS = 5  # of the legend


def journey_movie(
    trajectory,
    scores,
    labels,
    table,
    *,
    atom,
    frames,
    radius,
    view="tilted",
    components=(0, 1),
    called="atom",
    n_jobs=0,
):
    """
    Pictures of an atom's journey: the system in the colors of its states, and a marker that moves on the map.

    Both halves, the legend and their places are the same in all pictures.

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
        Labels of the frames that are shown, one picture each.
    radius : float
        Of the spheres, in Angstrom.
    view
        See `soaplens_lite.plots.spheres.render_spheres`.
    components : tuple of int
        Which two components the map shows, counted from 0.
    called : str
        What the atom is called above the picture.
    n_jobs : int
        Number of processes; 0 takes all cores.

    Yields
    ------
    picture : numpy.ndarray, shape (720, 1280, 3), uint8
    """
    frames = np.asarray(frames)
    bounds = common_bounds(trajectory.positions.sel(frame=frames).values, radius, view)
    shown = {"table": table, "radius": radius, "view": view, "bounds": bounds, "width": 760}
    tasks = (
        delayed(state_snapshot)(trajectory.sel(frame=[frame]), labels.sel(frame=frame), **shown) for frame in frames
    )
    own = labels.sel(atom=atom, frame=frames)
    in_space = project(trajectory.positions.sel(atom=atom, frame=frames).values, view)
    on_map = scores.sel(atom=atom, frame=frames).values[:, list(components)]
    stage = None
    for k, shot in enumerate(Parallel(n_jobs=n_jobs or cpu_count(), return_as="generator")(tasks)):
        if stage is None:
            stage = _set_stage(shot["snapshot"], 1.15 * radius, scores, labels, table, components)
            _explain_colors(stage["canvas"].figure, table, labels.sel(frame=frames), trajectory.sizes["atom"])
        name, color = state_style(table, int(own[k]))
        stage["image"].set_data(shot["snapshot"].image)
        stage["time"].set_text(f"{float(own.time[k]):.2f} ns")
        stage["state"].set_text(f"{called} {atom}: {name}")
        for ring in ("halo", "ring"):
            stage[ring].set_center(in_space[k])
        for line in ("glow", "trail"):
            stage[line].set_data(*on_map[max(0, k - TRAIL) : k + 1].T)
        for disc in ("spot", "marker"):
            stage[disc].set_data(*on_map[k : k + 1].T)
        for disc in ("marker", "disc"):
            stage[disc].set_markerfacecolor(color)
        yield _take_picture(stage)


@styled
def _set_stage(snapshot, reach, scores, labels, table, components):
    """The canvas with what stands still in a movie, and the artists that move on it, in the order of drawing."""
    canvas = FigureCanvasAgg(Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI))
    space, place = (canvas.figure.add_axes(where) for where in (SPACE, PLACE))
    plot_snapshot(snapshot, ax=space)
    plot_map(scores, labels, table, components=components, legend=False, ax=place)
    head = {"y": HEAD, "s": "", "fontsize": LARGE, "va": "center_baseline"}
    disc = Line2D([PLACE[0]], [HEAD], marker="o", ms=7, mec=INK, mew=1.2)
    stage = {
        "canvas": canvas,
        "image": space.images[0],
        "time": canvas.figure.text(SPACE[0] + 0.02, **head),
        "state": canvas.figure.text(PLACE[0] + 0.02, **head),
        "disc": canvas.figure.add_artist(disc),
        # Around the sphere, with white on either side of the ink, so that it is seen on any color.
        "halo": space.add_patch(Circle((0, 0), reach, fill=False, ec="white", lw=2.6)),
        "ring": space.add_patch(Circle((0, 0), reach, fill=False, ec=INK, lw=1.3)),
        "glow": place.plot([], [], color="white", lw=2.0)[0],
        "trail": place.plot([], [], color=INK, lw=0.9)[0],
        "spot": place.plot([], [], "o", ms=10, mfc="white", mec="white")[0],
        "marker": place.plot([], [], "o", ms=7, mec=INK, mew=1.2)[0],
    }
    for artist in list(stage.values())[1:]:
        artist.set_animated(True)  # Left out when the figure is drawn.
    return stage


@styled
def _explain_colors(figure, table, labels, n_atoms):
    """One legend for both halves, with the states that occur in these frames."""
    styles = [state_style(table, state) for state in table.index if (labels == state).any()]
    if labels.sizes["atom"] < n_atoms:
        styles.append((OUTSIDE, OUTSIDE_COLOR))
    handles = [
        Line2D([], [], ls="", marker="o", ms=5, mec=PALE, mew=0.4, color=color, label=name) for name, color in styles
    ]
    figure.legend(handles=handles, loc="lower center", ncols=min(len(handles), MOST_COLUMNS), columnspacing=1.2)


def _take_picture(stage):
    """Draw what moves over what stands still, which is drawn once."""
    canvas, *moving = stage.values()
    if "still" not in vars(canvas.figure):
        canvas.draw()
        canvas.figure.still = canvas.copy_from_bbox(canvas.figure.bbox)
    canvas.restore_region(canvas.figure.still)
    for artist in moving:
        canvas.figure.draw_artist(artist)
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def plot_stills(pictures, *, ax=None):
    """
    Show some pictures of a movie side by side, two in a row: a movie on paper.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray, each of shape (height, width, 3), uint8
        All of the same size, in the order of time.
    ax : matplotlib.axes.Axes, optional

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax = axes_for(ax, 150.0, 150.0 * SIZE[1] / SIZE[0])
    height, width = pictures[0].shape[:2]
    for k, picture in enumerate(pictures):
        row, column = divmod(k, 2)
        # An image's first row is its uppermost, and the second row of pictures stands below the first.
        extent = (column * width, (column + 1) * width, (row + 1) * height, row * height)
        ax.imshow(picture, extent=extent, interpolation="antialiased", rasterized=True)
        ax.add_patch(Rectangle((column * width, row * height), width, height, fill=False, ec=PALE, lw=0.4))
    ax.set_xlim(0, min(2, len(pictures)) * width)
    ax.set_ylim(-(-len(pictures) // 2) * height, 0)
    ax.set_axis_off()
    return ax
