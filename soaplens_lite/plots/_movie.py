"""Movies: the path of one atom in space, beside its path on the map."""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr
from joblib import Parallel, cpu_count, delayed
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Rectangle
from numpy.typing import ArrayLike

from soaplens_lite.plots._map import plot_map
from soaplens_lite.plots._palette import state_style
from soaplens_lite.plots._snapshot import OUTSIDE_COLOR, OUTSIDE_NAME, plot_snapshot, state_snapshot
from soaplens_lite.plots._spheres import common_bounds, project
from soaplens_lite.plots._style import INK, PALE, axes_for, styled

TRAIL_FRAMES = 12
"""Number of frames for which the path behind the marker stays visible."""

SIZE, DPI = (1280, 720), 240
"""Pixels of a picture, and pixels per inch. Text of 7 points is readable in a small window."""

SPACE_BOX, MAP_BOX = (0.01, 0.19, 0.56, 0.72), (0.665, 0.26, 0.32, 0.62)
"""Left, bottom, width and height of the snapshot and the map, in figure fractions."""

HEADER_HEIGHT, HEADER_FONT_SIZE = 0.945, 8.5
"""Height of the header in figure fractions, and its font size in points."""

MAX_LEGEND_COLUMNS = 5


def path_movie(
    trajectory: xr.Dataset,
    scores: xr.DataArray,
    labels: xr.DataArray,
    table: pd.DataFrame,
    *,
    atom: int,
    frames: ArrayLike,
    radius: float,
    view: str | tuple[float, float] | np.ndarray = "tilted",
    components: tuple[int, int] = (0, 1),
    called: str = "atom",
    n_jobs: int = 0,
) -> Iterator[np.ndarray]:
    """
    Pictures of a movie of one atom: the system in the colors of its states, and a marker that moves on the map.

    The layout and the legend are the same in all pictures.

    Parameters
    ----------
    trajectory : xarray.Dataset
        ``positions`` (frame, atom, xyz) in Angstrom. Align the frames of a particle that rotates.
    scores : xarray.DataArray, dims (frame, atom, component)
        Principal components.
    labels : xarray.DataArray, dims (frame, atom), int
        States.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    atom : int
        Label of the atom.
    frames : array_like of int
        Labels of the frames, one picture each.
    radius : float
        Radius of the spheres in Angstrom.
    view : str, pair of float, or numpy.ndarray
        See `soaplens_lite.plots.camera`.
    components : tuple of int
        Which two components the map shows, counted from 0.
    called : str
        Word for the atom above the picture, for example "molecule".
    n_jobs : int
        Number of processes; 0 uses all cores.

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
    stage = background = None
    for k, shot in enumerate(Parallel(n_jobs=n_jobs or cpu_count(), return_as="generator")(tasks)):
        if stage is None:
            stage = _set_stage(shot["snapshot"], 1.15 * radius, scores, labels, table, components)
            _explain_colors(stage["canvas"].figure, table, labels.sel(frame=frames), trajectory.sizes["atom"])
            stage["canvas"].draw()
            background = stage["canvas"].copy_from_bbox(stage["canvas"].figure.bbox)
        name, color = state_style(table, int(own[k]))
        stage["image"].set_data(shot["snapshot"].image)
        stage["time"].set_text(f"{float(own.time[k]):.2f} ns")
        stage["state"].set_text(f"{called} {atom}: {name}")
        for ring in ("halo", "ring"):
            stage[ring].set_center(in_space[k])
        for line in ("glow", "trail"):
            stage[line].set_data(*on_map[max(0, k - TRAIL_FRAMES) : k + 1].T)
        for disc in ("spot", "marker"):
            stage[disc].set_data(*on_map[k : k + 1].T)
        for disc in ("marker", "disc"):
            stage[disc].set_markerfacecolor(color)
        yield _take_picture(stage, background)


@styled
def _set_stage(snapshot, reach, scores, labels, table, components):
    """The canvas with the static artists, and the moving artists in the order of drawing."""
    canvas = FigureCanvasAgg(Figure(figsize=(SIZE[0] / DPI, SIZE[1] / DPI), dpi=DPI))
    space, place = (canvas.figure.add_axes(where) for where in (SPACE_BOX, MAP_BOX))
    plot_snapshot(snapshot, ax=space)
    plot_map(scores, labels, table, components=components, legend=False, ax=place)
    head = {"y": HEADER_HEIGHT, "s": "", "fontsize": HEADER_FONT_SIZE, "va": "center_baseline"}
    disc = Line2D([MAP_BOX[0]], [HEADER_HEIGHT], marker="o", ms=7, mec=INK, mew=1.2)
    stage = {
        "canvas": canvas,
        "image": space.images[0],
        "time": canvas.figure.text(SPACE_BOX[0] + 0.02, **head),
        "state": canvas.figure.text(MAP_BOX[0] + 0.02, **head),
        "disc": canvas.figure.add_artist(disc),
        # A dark ring with white on both sides is visible on any color.
        "halo": space.add_patch(Circle((0, 0), reach, fill=False, ec="white", lw=2.6)),
        "ring": space.add_patch(Circle((0, 0), reach, fill=False, ec=INK, lw=1.3)),
        "glow": place.plot([], [], color="white", lw=2.0)[0],
        "trail": place.plot([], [], color=INK, lw=0.9)[0],
        "spot": place.plot([], [], "o", ms=10, mfc="white", mec="white")[0],
        "marker": place.plot([], [], "o", ms=7, mec=INK, mew=1.2)[0],
    }
    for artist in list(stage.values())[1:]:
        artist.set_animated(True)  # canvas.draw() leaves these out.
    return stage


@styled
def _explain_colors(figure, table, labels, n_atoms):
    """Add one legend for both halves, with the states that occur in these frames."""
    styles = [state_style(table, state) for state in table.index if (labels == state).any()]
    if labels.sizes["atom"] < n_atoms:
        styles.append((OUTSIDE_NAME, OUTSIDE_COLOR))
    handles = [
        Line2D([], [], ls="", marker="o", ms=5, mec=PALE, mew=0.4, color=color, label=name) for name, color in styles
    ]
    figure.legend(handles=handles, loc="lower center", ncols=min(len(handles), MAX_LEGEND_COLUMNS), columnspacing=1.2)


def _take_picture(stage, background):
    """Draw the moving artists over the static ones, which are drawn once."""
    canvas, *moving = stage.values()
    canvas.restore_region(background)
    for artist in moving:
        canvas.figure.draw_artist(artist)
    return np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def plot_stills(pictures: Sequence[np.ndarray], *, ax: Axes | None = None) -> Axes:
    """
    Show some pictures of a movie, two in a row.

    Parameters
    ----------
    pictures : sequence of numpy.ndarray, each of shape (height, width, 3), uint8
        Pictures of equal size, in the order of time.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> pictures = [np.zeros((9, 16, 3), dtype=np.uint8)] * 3
    >>> ax = plot_stills(pictures, ax=Figure().subplots())
    >>> len(ax.images), [float(end) for end in ax.get_xlim()]
    (3, [0.0, 32.0])
    """
    ax = axes_for(ax, 150.0, 150.0 * SIZE[1] / SIZE[0])
    height, width = pictures[0].shape[:2]
    for k, picture in enumerate(pictures):
        row, column = divmod(k, 2)
        # The y axis points down, like the rows of an image.
        extent = (column * width, (column + 1) * width, (row + 1) * height, row * height)
        ax.imshow(picture, extent=extent, interpolation="antialiased", rasterized=True)
        ax.add_patch(Rectangle((column * width, row * height), width, height, fill=False, ec=PALE, lw=0.4))
    ax.set_xlim(0, min(2, len(pictures)) * width)
    ax.set_ylim(-(-len(pictures) // 2) * height, 0)
    ax.set_axis_off()
    return ax
