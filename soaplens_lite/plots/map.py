"""
The map of all environments: two principal components, colored by state, with the hills of the density.

Half a million points are not drawn as half a million markers, which hide each other and bloat a file. They
are counted on a fine grid, and the grid is shown as an image whose depth of color is the logarithm of the
count: single points are still seen, crowded places are darker. States with few points come on top, point by
point, so that none is lost. Where there are more states than colors alone tell apart, and where names are
numbers, each state's number stands in the middle of its points.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Ellipse
from matplotlib.transforms import ScaledTranslation
from scipy.ndimage import gaussian_filter

from soaplens_lite.plots.marks import draw_marks, entry_of, mark_of
from soaplens_lite.plots.palette import MOST_BY_COLOR, state_style
from soaplens_lite.plots.style import INK, NORMAL, PALE, SMALL, axes_for, styled, wrapped_title

__all__ = ["covariance_ellipse", "density_levels", "plot_map"]

BINS = (420, 360)
"""Pixels of the cloud: as fine as a printed point, 0.15 to 0.2 mm."""

RARE = 0.01
"""A state with a smaller share of the points is drawn point by point above the others."""

MOST_INSIDE = 8
"""So many states are listed in a corner of the map; more would hide it and are listed below."""

BELOW = 20.0
"""Points between the axes and a legend below them: room for the ticks and the label."""

GREY = "#9a9a9a"


@styled
def plot_map(
    scores,
    labels=None,
    table=None,
    *,
    components=(0, 1),
    contours=True,
    highlight=None,
    legend=True,
    limits=None,
    title=None,
    ax=None,
):
    """
    Draw all points on two principal components.

    Parameters
    ----------
    scores : xarray.DataArray (frame, atom, component) or array-like (..., component)
        Principal components.
    labels : array-like of int, same shape as *scores* without its last axis, optional
        State of every point; -1 (noise) is drawn grey. None: everything is grey.
    table : pandas.DataFrame, optional
        State table (index: state; columns ``name``, ``color``). Needed with *labels*.
    components : tuple of int
        Which two components, counted from 0.
    contours : bool
        Draw lines of equal density at powers of two below the highest peak.
    highlight : int, sequence of int or boolean array (one per point), optional
        State or states, or any set of points, to ring and point at with an arrow.
    legend : bool
        List the states that occur. More than `MOST_BY_COLOR` are numbered, on the map and in the list.
    limits : tuple (x low, x high, y low, y high), optional
        Range of the axes; two maps with the same limits can be compared by eye.
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
        If a component does not exist, labels come without a table or have another length than the points.
    """
    points, labels = _flat(scores, labels, table, components)
    marked = _marked(highlight, labels, table, len(points))
    ax = axes_for(ax, 60, 50)
    limits = data_limits(points) if limits is None else limits
    present, sizes = np.unique(labels, return_counts=True)
    # Large states first: what is rare must not be hidden.
    drawn = [int(s) for s in present[np.argsort(-sizes, kind="stable")]]
    rare = [s for s in drawn if len(drawn) > 1 and np.mean(labels == s) < RARE]
    colors = {s: GREY if s < 0 or table is None else state_style(table, s)[1] for s in drawn}
    common = {s: colors[s] for s in drawn if s not in rare}
    ax.imshow(
        cloud(points, labels, common, limits),
        extent=limits,
        origin="lower",
        aspect="auto",
        rasterized=True,
        zorder=1,
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
    if title:
        wrapped_title(ax, title)
    if table is not None and drawn != [-1]:
        _name_states(ax, points, labels, limits, table, [s for s in drawn if s >= 0], legend)
    return ax


def _name_states(ax, points, labels, limits, table, states, legend):
    """List the states, given from frequent to rare, and number them where color does not suffice."""
    listed = [s for s in table.index if s in states]
    numbered = all(mark_of(table, s) == state_style(table, s)[0] for s in listed)
    if numbered or (legend and len(listed) > MOST_BY_COLOR):
        draw_marks(ax, points, labels, table, states[::-1], limits)
        numbered = True
    if legend:
        entries = [entry_of(table, s) if numbered else state_style(table, s)[0] for s in listed]
        _legend(ax, points, limits, entries, [state_style(table, s)[1] for s in listed])


def _flat(scores, labels, table, components):
    """Points (n, 2) and labels (n,), checked. Without labels, every point is -1."""
    values = np.asarray(scores)
    if max(components) >= values.shape[-1] or min(components) < 0:
        raise ValueError(f"components = {tuple(components)}: the scores have components 0 to {values.shape[-1] - 1}")
    points = values[..., list(components)].reshape(-1, 2)
    if labels is None:
        return points, np.full(len(points), -1)
    labels = np.asarray(labels).ravel()
    if table is None:
        raise ValueError("labels without a table: give the state table, which holds names and colors")
    if len(labels) != len(points):
        raise ValueError(f"{len(labels)} labels for {len(points)} points: give one label per point")
    return points, labels


def _marked(highlight, labels, table, n_points):
    """The sets of points to ring: a list of (boolean mask, name, color)."""
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
    """Range of the points with a margin on either side: (x low, x high, y low, y high)."""
    low, high = points.min(axis=0), points.max(axis=0)
    room = np.where(high > low, high - low, 1.0) * margin
    (x_low, y_low), (x_high, y_high) = low - room, high + room
    return float(x_low), float(x_high), float(y_low), float(y_high)


def _grid_counts(points, limits, bins):
    """Number of points in each cell of a grid, shape (rows, columns) with the lowest row first."""
    (x_low, x_high, y_low, y_high), (columns, rows) = limits, bins
    column = np.floor((points[:, 0] - x_low) / (x_high - x_low) * columns).astype(int)
    row = np.floor((points[:, 1] - y_low) / (y_high - y_low) * rows).astype(int)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    return np.bincount(row[inside] * columns + column[inside], minlength=rows * columns).reshape(rows, columns)


def cloud(points, labels, colors, limits, bins=BINS):
    """
    Image of a cloud of points: hue by state, depth by the logarithm of the count.

    Parameters
    ----------
    points : numpy.ndarray, shape (n, 2)
    labels : numpy.ndarray of int, shape (n,)
    colors : dict of int to color
        The states to draw; a pixel that holds several has their mixture.
    limits : tuple of float
        x low, x high, y low, y high of the image.
    bins : tuple of int
        Columns and rows.

    Returns
    -------
    numpy.ndarray, shape (rows, columns, 4)
        RGBA in [0, 1], lowest row first; transparent where there is no point.
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
    Levels for contour lines such that hills show: each *ratio* times the one below.

    Parameters
    ----------
    density : numpy.ndarray
        Any density; only its maximum counts.
    ratio : float
        Quotient of neighboring levels, above 1.
    lowest : float
        Lowest level as a share of the maximum.

    Returns
    -------
    numpy.ndarray
        Rising levels, the highest just below the maximum.

    Examples
    --------
    >>> density_levels([0, 8.0], ratio=2, lowest=0.1).round(2).tolist()
    [0.85, 1.7, 3.4, 6.8]
    """
    top = 0.85 * np.max(density)
    n = int(np.floor(np.log(0.85 / lowest) / np.log(ratio))) + 1
    return top / ratio ** np.arange(n)[::-1]


def draw_contours(ax, points, limits, bins=(220, 190), smoothing=2.2, color=INK):
    """Draw lines of equal density of the points, from a histogram smoothed over *smoothing* cells."""
    density = gaussian_filter(_grid_counts(points, limits, bins).astype(float), smoothing)
    if density.max() <= 0:
        return
    x = limits[0] + (np.arange(bins[0]) + 0.5) * (limits[1] - limits[0]) / bins[0]
    y = limits[2] + (np.arange(bins[1]) + 0.5) * (limits[3] - limits[2]) / bins[1]
    ax.contour(x, y, density, levels=density_levels(density), colors=color, linewidths=0.35, alpha=0.75, zorder=3)


def finish_map(ax, limits, components):
    """Range, labels and ticks of a map."""
    ax.set_xlim(limits[:2])
    ax.set_ylim(limits[2:])
    ax.set_xlabel(f"PC {components[0] + 1}")
    ax.set_ylabel(f"PC {components[1] + 1}")
    ax.locator_params(nbins=5)


def covariance_ellipse(points, n_std=2.2):
    """
    Ellipse around a cloud: its center, full axes and angle from mean and covariance.

    Parameters
    ----------
    points : array-like, shape (n, 2)
        At least one point.
    n_std : float
        Half axes in standard deviations.

    Returns
    -------
    center : tuple of float
    width, height : float
        Full axes; the width belongs to the direction *angle*.
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
    """Ring a set of points and point at it from the emptiest side."""
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
    """Tail and head of an arrow that ends at an ellipse and starts where the fewest points are."""
    best = None
    for direction in np.radians(np.arange(0, 360, 20)):
        ray = np.array([np.cos(direction), np.sin(direction)])
        turned = direction - angle
        reach = 1 / np.hypot(np.cos(turned) / half_width, np.sin(turned) / half_height)
        head, tail = center + (reach + 0.01) * ray, center + (reach + 0.01 + length) * ray
        if not ((tail > [0.1, 0.06]) & (tail < [0.9, 0.94])).all():
            continue
        crowd = np.sum((np.abs(unit - tail) < [0.11, 0.06]).all(axis=1)) + np.sum(
            (np.abs(unit - (head + tail) / 2) < 0.04).all(axis=1)
        )
        if best is None or crowd < best[0]:
            best = (crowd, tail, head)
    return best[1:] if best else (center + [0.0, 0.2], center)


def _legend(ax, points, limits, entries, colors):
    """List names and their colors in the emptiest corner, or below the map if they are many."""
    handles = [
        Line2D([], [], ls="", marker="o", ms=4, mew=0.4, mec=PALE, color=color, label=name)
        for name, color in zip(entries, colors, strict=True)
    ]
    if len(handles) > MOST_INSIDE:
        # As many columns as fit below the axes at about 45 letters to a line.
        columns = max(2, 45 // (max(len(handle.get_label()) for handle in handles) + 4))
        # Below the ticks and the label of the axis, whose height does not depend on that of the axes.
        anchor = ax.transAxes + ScaledTranslation(0, -BELOW / 72, ax.get_figure(root=False).dpi_scale_trans)
        below = {"loc": "upper center", "bbox_to_anchor": (0.5, 0), "bbox_transform": anchor, "ncols": columns}
        legend = ax.legend(handles=handles, fontsize=SMALL, borderpad=0.1, columnspacing=1.0, **below)
    else:
        corner = emptiest_corner(points, limits)
        columns = 1 if len(handles) <= 7 else 2
        legend = ax.legend(handles=handles, loc=corner, fontsize=SMALL, ncols=columns, borderpad=0.1)
    legend.set_zorder(7)


def emptiest_corner(points, limits, share=(0.36, 0.42)):
    """The corner of a map with the fewest points, as matplotlib's word for it ("upper left", ...)."""
    unit = (points - np.array([limits[0], limits[2]])) / np.array([limits[1] - limits[0], limits[3] - limits[2]])
    left, right = unit[:, 0] < share[0], unit[:, 0] > 1 - share[0]
    bottom, top = unit[:, 1] < share[1], unit[:, 1] > 1 - share[1]
    crowd = {
        "upper left": np.sum(left & top),
        "upper right": np.sum(right & top),
        "lower right": np.sum(right & bottom),
        "lower left": np.sum(left & bottom),
    }
    return min(crowd, key=crowd.get)
