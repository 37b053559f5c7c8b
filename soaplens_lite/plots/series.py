"""
LENS against time: where all atoms are, what the few active ones do, and how the values are divided into
classes.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter

from soaplens_lite.plots.palette import state_style
from soaplens_lite.plots.style import INK, PALE, SMALL, axes_for, styled, wrapped_title

__all__ = ["class_borders", "plot_lens_series"]

CLOUD = LinearSegmentedColormap.from_list("cloud", ["#c9c9c9", "#4d4d4d", "#000000"])
LINES = ("#0a4f8a", "#7a2d00", "#0b6b4c", "#5b2a86", "#555500")
"""Thin lines of single atoms: dark, and apart from the colors of the classes."""


def class_borders(delta, classes):
    """
    Values of LENS that separate classes which do not overlap: the middle between the highest of one and the
    lowest of the next.

    Parameters
    ----------
    delta : array-like
        LENS.
    classes : array-like of int, same shape
        Class of every value, numbered by rising LENS.

    Returns
    -------
    list of float
        One border between each two neighboring classes that occur.

    Examples
    --------
    >>> class_borders([0.0, 0.1, 0.3, 0.9], [0, 0, 1, 2])
    [0.2, 0.6]
    """
    delta, classes = np.asarray(delta).ravel(), np.asarray(classes).ravel()
    present = np.unique(classes[classes >= 0])
    ranges = [(delta[classes == c].min(), delta[classes == c].max()) for c in present]
    return [float(below[1] + above[0]) / 2 for below, above in zip(ranges[:-1], ranges[1:], strict=True)]


@styled
def plot_lens_series(delta, classes, table, *, thresholds=None, n_lines=3, called="atom", title=None, ax=None):
    """
    Draw LENS of all atoms against time.

    The counts of all atoms are an image (grey, logarithmic), so that 900 series do not hide each other; the
    *n_lines* atoms with the highest single values are thin lines. Bands in the colors of the classes, the
    borders between them, and at the right how the values are distributed (logarithmic).

    Parameters
    ----------
    delta : xarray.DataArray (frame, atom) with the coordinate ``time`` in ns
        LENS.
    classes : array-like of int, shape (frame, atom)
        LENS class of every value.
    table : pandas.DataFrame
        State table of the classes (index: class; columns ``name``, ``color``).
    thresholds : sequence of float, optional
        Borders between the classes. None: the middle between neighboring classes.
    n_lines : int
        Number of atoms drawn as lines.
    called : str
        What an atom stands for in the legend: "molecule" where each is one of water.
    title : str, optional
        Title above the series and its legend.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of the series and the distribution, which are drawn
        inside it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the classes have another shape than the series.
    """
    values, times, classes = np.asarray(delta), np.asarray(delta["time"]), np.asarray(classes)
    if classes.shape != values.shape:
        raise ValueError(f"classes of shape {classes.shape} for LENS of shape {values.shape}: must be the same")
    ax = axes_for(ax, 85, 48)
    frame = ax
    frame.set_axis_off()
    main, side = frame.inset_axes([0, 0, 0.77, 1]), frame.inset_axes([0.81, 0, 0.19, 1])
    for part in (main, side):
        axes_for(part)
    top = min(1.0, 1.08 * float(values.max())) if values.max() > 0 else 1.0
    borders = class_borders(values, classes) if thresholds is None else list(thresholds)
    present = [int(c) for c in np.unique(classes[classes >= 0])]
    edges = np.linspace(0, top, 97)
    _bands(main, side, borders, present, table, top)
    active = np.argsort(-values.max(axis=0), kind="stable")[:n_lines]
    _series(main, values, times, edges, active)
    atoms = np.asarray(delta["atom"])[active] if "atom" in delta.coords else active
    room = _legend(main, present, table, atoms, called)
    _distribution(side, values, classes, edges, present, table)
    main.set(xlim=(times[0], times[-1]) if len(times) > 1 else None, ylim=(0, top))
    main.set_xlabel("time (ns)")
    main.set_ylabel(r"LENS  $\delta_i$")
    if title:
        wrapped_title(main, title, loc="left", pad=room)
    else:
        main.set_title(" ", fontsize=SMALL, pad=room - SMALL)
    side.set(ylim=(0, top), yticklabels=[], xlabel="count")
    return frame


def _bands(main, side, borders, present, table, top):
    """Bands in the colors of the classes, and the borders between them."""
    ends = [0.0, *borders, top]
    for part in (main, side):
        for low, high, c in zip(ends[:-1], ends[1:], present, strict=False):
            part.axhspan(low, high, color=state_style(table, c)[1], alpha=0.22, lw=0, zorder=0)
        for border in borders:
            part.axhline(border, color=INK, lw=0.6, ls=(0, (1.5, 1.5)), zorder=4)


def _legend(main, present, table, atoms, called):
    """Above the series: all atoms and the single ones, then the classes; the height that this takes, in points."""
    handles = [Patch(fc="#4d4d4d", label=f"all {called}s")]
    handles += [
        Line2D([], [], lw=1.0, color=LINES[i % len(LINES)], label=f"no. {atom}") for i, atom in enumerate(atoms)
    ]
    styles = [state_style(table, c) for c in present]
    handles += [Line2D([], [], ls="", label="")] * (-len(handles) % 4)
    handles += [Patch(fc=color, ec=PALE, lw=0.4, label=name) for name, color in styles]
    handles += [Line2D([], [], ls="", label="")] * (-len(handles) % 4)
    # The legend fills columns first; the order here is by rows of four.
    by_columns = [handle for column in range(4) for handle in handles[column::4]]
    narrow = {"ncols": 4, "columnspacing": 0.8, "handlelength": 1.2, "handletextpad": 0.5, "borderpad": 0.1}
    legend = main.legend(handles=by_columns, loc="lower left", bbox_to_anchor=(0, 1), **narrow)
    # The layout would squeeze the series until a wide legend ends where they do: its room is kept by the title.
    legend.set_in_layout(False)
    return 10 * len(handles) // 4


def _series(main, values, times, edges, active):
    """All atoms as an image of counts, the most active ones as lines."""
    n_times = min(len(times), 240)
    columns = (
        np.linspace(times[0], times[-1], n_times + 1) if len(times) > 1 else np.array([times[0] - 0.5, times[0] + 0.5])
    )
    counts, _, _ = np.histogram2d(np.repeat(times, values.shape[1]), values.ravel(), bins=(columns, edges))
    counts = np.ma.masked_less(counts.T, 1)
    extent = (columns[0], columns[-1], edges[0], edges[-1])
    norm = LogNorm(1, max(float(counts.max()), 10))
    main.imshow(counts, extent=extent, origin="lower", aspect="auto", cmap=CLOUD, norm=norm, rasterized=True, zorder=1)
    for line, atom in enumerate(active):
        main.plot(times, values[:, atom], lw=0.6, color=LINES[line % len(LINES)], zorder=3)


def _distribution(side, values, classes, edges, present, table):
    """Histogram of the values of each class, lying on its side, with a logarithmic count."""
    for c in present:
        name, color = state_style(table, c)
        counts, _ = np.histogram(values[classes == c], bins=edges)
        side.stairs(
            np.maximum(counts, 0.5),
            edges,
            orientation="horizontal",
            fill=True,
            color=color,
            baseline=0.5,
            lw=0,
        )
        side.stairs(np.maximum(counts, 0.5), edges, orientation="horizontal", color=INK, baseline=0.5, lw=0.3)
    side.set_xscale("log")
    # Up to ten at least: within one decade the ticks would be written between the powers, into each other.
    side.set_xlim(0.5, max(side.get_xlim()[1], 10.0))
    side.xaxis.set_minor_formatter(NullFormatter())
