"""
One atom's way over the map of all environments.
"""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize

from soaplens_lite.plots.map import BINS, GREY, cloud, data_limits, draw_contours, finish_map
from soaplens_lite.plots.palette import state_style, text_color_on
from soaplens_lite.plots.style import INK, NORMAL, SMALL, axes_for, styled, wrapped_title

__all__ = ["plot_journey_map"]


@styled
def plot_journey_map(
    scores,
    atom,
    frames,
    table=None,
    labels=None,
    *,
    examples=(),
    components=(0, 1),
    limits=None,
    title=None,
    ax=None,
):
    """
    Draw the way of one atom, colored by time, above the grey cloud of all points.

    Parameters ---------- scores : xarray.DataArray (frame, atom, component) with the coordinates ``frame``,
    ``time`` (ns) and ``atom``
        Principal components.
    atom : int
        The atom, by its label.
    frames : sequence of int
        The frames of the way, by their labels, in order.
    table : pandas.DataFrame, optional
        State table; with *labels* it colors the example points.
    labels : xarray.DataArray or array-like of int, shape (frame, atom), optional
        State of every point of *scores*.
    examples : sequence of int
        Frames (labels) marked 1, 2, 3, ... on the way.
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
    """
    ax = axes_for(ax, 65, 50)
    points = np.asarray(scores)[..., list(components)].reshape(-1, 2)
    limits = data_limits(points) if limits is None else limits
    everything = np.zeros(len(points), dtype=int)
    ax.imshow(
        cloud(points, everything, {0: GREY}, limits, BINS),
        extent=limits,
        origin="lower",
        aspect="auto",
        alpha=0.6,
        rasterized=True,
        zorder=1,
    )
    draw_contours(ax, points, limits)
    way = scores.sel(atom=atom, frame=list(frames))
    xy, times = np.asarray(way)[:, list(components)], np.asarray(way["time"], dtype=float)
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
    """Color bar of the time inside the axes' own place, so that the panel needs no room beside it."""
    bar = ax.get_figure(root=False).colorbar(lines, cax=ax.inset_axes([1.03, 0.0, 0.035, 1.0]))
    bar.set_label("time (ns)", fontsize=NORMAL)
    bar.ax.tick_params(labelsize=SMALL, width=0.6, length=2, pad=1.5)
    bar.outline.set_linewidth(0.5)
    bar.locator = mpl.ticker.MaxNLocator(5)


def _examples(ax, scores, atom, examples, table, labels, components):
    """Numbered discs at the example frames, in the color of the state if it is known."""
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
