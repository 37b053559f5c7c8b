"""
The map of all environments: two principal components, colored by state, with contour lines of the density.

Half a million markers would hide each other and make large files. The points are therefore counted on a fine grid,
and the grid is drawn as an image. The opacity of a pixel grows with the logarithm of its count, so that single points
are visible and dense regions are darker. The points of rare states are drawn as markers on top. States are numbered
on the map if there are too many for colors, or if their names are numbers.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.transforms import ScaledTranslation
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter

from soaplens_lite.plots._marks import draw_marks, entry_of, mark_of
from soaplens_lite.plots._palette import MAX_STATES_BY_COLOR, state_style
from soaplens_lite.plots._style import INK, NORMAL, PALE, SMALL, axes_for, styled, wrapped_title

CLOUD_BINS = (420, 360)
"""Columns and rows of the image of the points: one pixel is 0.15 to 0.2 mm in print."""

RARE_SHARE = 0.01
"""States with a smaller fraction of all points are drawn as markers above the image."""

MAX_STATES_INSIDE = 8
"""Largest number of states in a legend on the map. A longer legend stands below it."""

MAX_STATES_NUMBERED = 40
"""Largest number of states with a number on the map: those with the most points."""

LEGEND_DISTANCE = 20.0
"""Distance in points between the axes and a legend below them. It holds tick labels and axis label."""

GREY = "#9a9a9a"


@styled
def plot_map(
    scores: xr.DataArray | ArrayLike,
    labels: ArrayLike | None = None,
    table: pd.DataFrame | None = None,
    *,
    components: tuple[int, int] = (0, 1),
    contours: bool = True,
    highlight: int | Sequence[int] | np.ndarray | None = None,
    legend: bool = True,
    limits: tuple[float, float, float, float] | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw all points on two principal components.

    Parameters
    ----------
    scores : xarray.DataArray (frame, atom, component) or array-like (..., component)
        Principal components.
    labels : array-like of int, same shape as *scores* without its last axis, optional
        State of every point; -1 (noise) is drawn grey. None: all points are grey.
    table : pandas.DataFrame, optional
        State table (index: state; columns ``name``, ``color``). Needed with *labels*.
    components : tuple of int
        Which two components, counted from 0.
    contours : bool
        Draw contour lines of the density; neighboring levels differ by a factor of two.
    highlight : int, sequence of int or boolean array (one per point), optional
        States, or a set of points, to mark with an ellipse and an arrow.
    legend : bool
        List the states that occur. More than `MAX_STATES_BY_COLOR` states are numbered, on the map and in the legend;
        of more than `MAX_STATES_NUMBERED`, those with the most points have a number on the map.
    limits : tuple (x low, x high, y low, y high), optional
        Range of the axes. Equal limits make two maps comparable.
    title : str, optional
        Title above the map.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a component does not exist, labels are given without a table, or labels and points differ in number.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"name": ["ice", "liquid"], "color": ["navy", "skyblue"]})
    >>> ax = plot_map([[0.0, 1.0], [2.0, 0.0], [2.1, 0.0]], [0, 1, 1], table, ax=Figure().subplots())
    >>> ax.get_xlabel(), [text.get_text() for text in ax.get_legend().get_texts()]
    ('PC 1', ['ice', 'liquid'])
    """
    points, labels = _flat(scores, labels, table, components)
    marked = _marked(highlight, labels, table, len(points))
    ax = axes_for(ax, 60, 50)
    limits = data_limits(points) if limits is None else limits
    present, sizes = np.unique(labels, return_counts=True)
    # Large states are drawn first, so that rare states stay visible.
    drawn = [int(s) for s in present[np.argsort(-sizes, kind="stable")]]
    rare = [s for s in drawn if len(drawn) > 1 and np.mean(labels == s) < RARE_SHARE]
    colors = {s: GREY if s < 0 or table is None else state_style(table, s)[1] for s in drawn}
    common = {s: colors[s] for s in drawn if s not in rare}
    ax.imshow(
        cloud(points, labels, common, limits), extent=limits, origin="lower", aspect="auto", rasterized=True, zorder=1
    )
    for state in rare:
        ax.plot(*points[labels == state].T, "o", ms=1.3, mew=0, color=colors[state], rasterized=True, zorder=2)
    if contours:
        draw_contours(ax, points, limits)
    for mask, name, color in marked:
        if not np.isin(labels[mask], rare).all():
            ax.plot(*points[mask].T, "o", ms=1.3, mew=0, color=color, rasterized=True, zorder=2)
        _ring(ax, points, mask, name, color, limits)
    finish_map(ax, limits, components)
    wrapped_title(ax, title)
    if table is not None and drawn != [-1]:
        _name_states(ax, points, labels, limits, table, [s for s in drawn if s >= 0], legend)
    return ax


def _name_states(ax, points, labels, limits, table, states, legend):
    """List *states* (from frequent to rare), and number them if colors cannot distinguish them."""
    listed = [s for s in table.index if s in states]
    numbered = all(mark_of(table, s) == state_style(table, s)[0] for s in listed)
    if numbered or (legend and len(listed) > MAX_STATES_BY_COLOR):
        draw_marks(ax, points, labels, table, states[:MAX_STATES_NUMBERED][::-1], limits)
        numbered = True
    if legend:
        entries = [entry_of(table, s) if numbered else state_style(table, s)[0] for s in listed]
        _legend(ax, points, limits, entries, [state_style(table, s)[1] for s in listed])


def _flat(scores, labels, table, components):
    """Check the input and return points (n, 2) and labels (n,). Without labels, every label is -1."""
    values = np.asarray(scores)
    if max(components) >= values.shape[-1] or min(components) < 0:
        raise ValueError(f"components = {tuple(components)}: the scores have components 0 to {values.shape[-1] - 1}")
    points = values[..., list(components)].reshape(-1, 2)
    if labels is None:
        return points, np.full(len(points), -1)
    labels = np.asarray(labels).ravel()
    if table is None:
        raise ValueError("labels without a table: give the state table with the names and colors")
    if len(labels) != len(points):
        raise ValueError(f"{len(labels)} labels for {len(points)} points: give one label per point")
    return points, labels


def _marked(highlight, labels, table, n_points):
    """The sets of points to highlight: a list of (boolean mask, name, color)."""
    if highlight is None:
        return []
    highlight = np.asarray(highlight)
    if highlight.dtype == bool:
        if highlight.size != n_points:
            raise ValueError(f"highlight has {highlight.size} entries for {n_points} points: give one per point")
        mask = highlight.ravel()
        return [(mask, "", "#d4007a")] if mask.any() else []
    states = [int(s) for s in np.atleast_1d(highlight)]
    return [(labels == s, *state_style(table, s)) for s in states if (labels == s).any()]


def data_limits(points, margin=0.04):
    """Range of the points with a margin on each side: (x low, x high, y low, y high)."""
    low, high = points.min(axis=0), points.max(axis=0)
    border = np.where(high > low, high - low, 1.0) * margin
    (x_low, y_low), (x_high, y_high) = low - border, high + border
    return float(x_low), float(x_high), float(y_low), float(y_high)


def _grid_counts(points, limits, bins):
    """Number of points in each cell of a grid, shape (rows, columns), lowest row first."""
    (x_low, x_high, y_low, y_high), (columns, rows) = limits, bins
    column = np.floor((points[:, 0] - x_low) / (x_high - x_low) * columns).astype(int)
    row = np.floor((points[:, 1] - y_low) / (y_high - y_low) * rows).astype(int)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    return np.bincount(row[inside] * columns + column[inside], minlength=rows * columns).reshape(rows, columns)


def cloud(points, labels, colors, limits, bins=CLOUD_BINS):
    """
    Image of a cloud of points: the hue shows the state, the opacity the logarithm of the count.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
    labels : numpy.ndarray of int, shape (n,)
    colors : dict of int to color
        Colors of the states to draw. A pixel with points of several states gets the mean of their colors.
    limits : tuple of float
        x low, x high, y low, y high of the image.
    bins : tuple of int
        Columns and rows.

    Returns
    -------
    numpy.ndarray, shape (rows, columns, 4)
        RGBA in [0, 1], lowest row first. Pixels without points are transparent.
    """
    image = np.zeros((bins[1], bins[0], 4))
    total = np.zeros(bins[::-1])
    for state, color in colors.items():
        counts = _grid_counts(points[labels == state], limits, bins)
        image[..., :3] += counts[..., None] * np.array(to_rgb(color))
        total += counts
    filled = total > 0
    image[filled, :3] /= total[filled, None]
    image[filled, 3] = np.clip(0.45 + 0.55 * np.log(total[filled]) / np.log(10), 0, 1)
    return image


def density_levels(density, ratio=2.0, lowest=1e-3):
    """
    Levels for contour lines: each level is *ratio* times the level below.

    Parameters
    ----------
    density : numpy.ndarray
        Any density; only its maximum is used.
    ratio : float
        Quotient of neighboring levels, above 1.
    lowest : float
        Limit of the lowest level, as a fraction of the maximum.

    Returns
    -------
    numpy.ndarray
        Rising levels. The highest is 0.85 times the maximum.

    Examples
    --------
    >>> density_levels([0, 8.0], ratio=2, lowest=0.1).round(2).tolist()
    [0.85, 1.7, 3.4, 6.8]
    """
    top = 0.85 * np.max(density)
    n = int(np.floor(np.log(0.85 / lowest) / np.log(ratio))) + 1
    return top / ratio ** np.arange(n)[::-1]


def draw_contours(ax, points, limits, bins=(220, 190), smoothing=2.2, color=INK):
    """Draw contour lines of the density of the points, a histogram smoothed over *smoothing* cells."""
    density = gaussian_filter(_grid_counts(points, limits, bins).astype(float), smoothing)
    if density.max() <= 0:
        return
    x = limits[0] + (np.arange(bins[0]) + 0.5) * (limits[1] - limits[0]) / bins[0]
    y = limits[2] + (np.arange(bins[1]) + 0.5) * (limits[3] - limits[2]) / bins[1]
    ax.contour(x, y, density, levels=density_levels(density), colors=color, linewidths=0.35, alpha=0.75, zorder=3)


def finish_map(ax, limits, components):
    """Set range, labels and ticks of a map."""
    ax.set_xlim(limits[:2])
    ax.set_ylim(limits[2:])
    ax.set_xlabel(f"PC {components[0] + 1}")
    ax.set_ylabel(f"PC {components[1] + 1}")
    ax.locator_params(nbins=5)


def covariance_ellipse(points, n_std=2.2):
    """
    Ellipse around a cloud of points, from their mean and covariance.

    Parameters
    ----------
    points : array-like, shape (n, 2)
        At least one point.
    n_std : float
        Length of the half axes in standard deviations.

    Returns
    -------
    center : tuple of float
    width, height : float
        Full axes. The width is along the direction *angle*.
    angle : float
        Degrees, counterclockwise from x.

    Examples
    --------
    >>> center, width, height, angle = covariance_ellipse([[-1, 0], [1, 0]], n_std=2)
    >>> center, width, height, abs(angle)
    ((0.0, 0.0), 4.0, 0.0, 0.0)
    """
    points = np.asarray(points, dtype=float)
    center = points.mean(axis=0)
    variances, axes = np.linalg.eigh(np.cov(points.T, bias=True) if len(points) > 1 else np.zeros((2, 2)))
    height, width = 2 * n_std * np.sqrt(np.clip(variances, 0, None))
    angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1]))
    return tuple(center.tolist()), float(width), float(height), float((angle + 90) % 180 - 90)


def _ring(ax, points, mask, name, color, limits):
    """Mark a set of points with an ellipse, and with an arrow from the emptiest side."""
    span = np.array([limits[1] - limits[0], limits[3] - limits[2]])
    origin = np.array([limits[0], limits[2]])
    unit = (points - origin) / span
    center, width, height, angle = covariance_ellipse(unit[mask])
    # Work in the unit square: components of different range would turn a ring into a needle.
    width, height = max(width, 0.06), max(height, 0.06)
    ax.add_patch(
        Ellipse(center, width, height, angle=angle, transform=ax.transAxes, fill=False, ec=color, lw=1.1, zorder=5)
    )
    tail, head = _arrow(unit, np.array(center), width / 2, height / 2, np.radians(angle))
    ax.annotate(
        name,
        xy=head,
        xytext=tail,
        xycoords="axes fraction",
        textcoords="axes fraction",
        color=INK,
        fontsize=NORMAL,
        ha="center",
        va="center",
        zorder=6,
        arrowprops={
            "arrowstyle": "-|>,head_width=0.22,head_length=0.4",
            "color": color,
            "lw": 1.1,
            "shrinkA": 1,
            "shrinkB": 0,
        },
    )


def _arrow(unit, center, half_width, half_height, angle, length=0.17):
    """Tail and head of an arrow that ends at an ellipse. It comes from the direction with the fewest points."""
    best = None
    for direction in np.radians(np.arange(0, 360, 20)):
        ray = np.array([np.cos(direction), np.sin(direction)])
        turned = direction - angle
        reach = 1 / np.hypot(np.cos(turned) / half_width, np.sin(turned) / half_height)
        head, tail = center + (reach + 0.01) * ray, center + (reach + 0.01 + length) * ray
        if not ((tail > [0.1, 0.06]) & (tail < [0.9, 0.94])).all():
            continue
        n_points = np.sum((np.abs(unit - tail) < [0.11, 0.06]).all(axis=1)) + np.sum(
            (np.abs(unit - (head + tail) / 2) < 0.04).all(axis=1)
        )
        if best is None or n_points < best[0]:
            best = (n_points, tail, head)
    return best[1:] if best else (center + [0.0, 0.2], center)


def _legend(ax, points, limits, entries, colors):
    """List names and colors in the emptiest corner, or below the map if there are many."""
    handles = [
        Line2D([], [], ls="", marker="o", ms=4, mew=0.4, mec=PALE, color=color, label=name)
        for name, color in zip(entries, colors, strict=True)
    ]
    if len(handles) > MAX_STATES_INSIDE:
        # About 45 letters fit in one line below the axes.
        columns = max(2, 45 // (max(len(handle.get_label()) for handle in handles) + 4))
        # In points, as the height of tick labels and axis label does not depend on the size of the axes.
        anchor = ax.transAxes + ScaledTranslation(0, -LEGEND_DISTANCE / 72, ax.get_figure(root=False).dpi_scale_trans)
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": anchor, "ncols": columns}
        legend = ax.legend(handles=handles, fontsize=SMALL, borderpad=0.1, columnspacing=1.0, **below)
    else:
        corner = emptiest_corner(points, limits)
        columns = 1 if len(handles) <= 7 else 2
        legend = ax.legend(handles=handles, loc=corner, fontsize=SMALL, ncols=columns, borderpad=0.1)
    legend.set_zorder(7)


def emptiest_corner(points, limits, share=(0.36, 0.42)):
    """The corner of a map with the fewest points, in matplotlib's words ("upper left", ...)."""
    unit = (points - np.array([limits[0], limits[2]])) / np.array([limits[1] - limits[0], limits[3] - limits[2]])
    left, right = unit[:, 0] < share[0], unit[:, 0] > 1 - share[0]
    bottom, top = unit[:, 1] < share[1], unit[:, 1] > 1 - share[1]
    n_points = {
        "upper left": np.sum(left & top),
        "upper right": np.sum(right & top),
        "lower right": np.sum(right & bottom),
        "lower left": np.sum(left & bottom),
    }
    return min(n_points, key=n_points.get)
