"""The path of one atom on the map of all environments."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from numpy.typing import ArrayLike

from soaplens_lite.plots.map import CLOUD_BINS, GREY, cloud, data_limits, draw_contours, finish_map
from soaplens_lite.plots.palette import state_style, text_color_on
from soaplens_lite.plots.style import INK, NORMAL, SMALL, axes_for, styled, wrapped_title

__all__ = ["plot_journey_map"]


@styled
def plot_journey_map(
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
    >>> ax = plot_journey_map(scores, 7, [0, 1, 2], examples=[0, 2], ax=Figure().subplots())
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
    if title:
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
