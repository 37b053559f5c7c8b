"""LENS against time: all atoms, the most active atoms, and the division of the values into classes."""

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import NullFormatter
from numpy.typing import ArrayLike

from soaplens_lite.plots._palette import state_style
from soaplens_lite.plots._style import INK, PALE, SMALL, axes_for, styled, unit_of, wrapped_title

COUNT_COLORMAP = LinearSegmentedColormap.from_list("cloud", ["#c9c9c9", "#4d4d4d", "#000000"])
ATOM_LINE_COLORS = ("#0a4f8a", "#7a2d00", "#0b6b4c", "#5b2a86", "#555500")
"""Colors of the lines of single atoms: dark, and different from the colors of the classes."""


@styled
def plot_lens_series(
    delta: xr.DataArray,
    classes: ArrayLike,
    table: pd.DataFrame,
    *,
    n_lines: int = 3,
    called: str = "atom",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw LENS of all atoms against time.

    All atoms together are an image of counts (grey, logarithmic), because hundreds of lines would hide each other.
    The *n_lines* atoms with the highest values are thin lines. Bands have the colors of the classes, and dotted lines
    are the borders between them. The histogram of the values is on the right (logarithmic).

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom)
        LENS, with the coordinate ``time``, in ns if its attribute ``units`` is not another.
    classes : array-like of int, shape (frame, atom)
        LENS class of every value.
    table : pandas.DataFrame
        Table of the classes (index: class; columns ``name``, ``color``, and ``lens_from``, the lower border of each
        class after the first), see `soaplens_lite.lens_classes`.
    n_lines : int
        Number of atoms drawn as lines.
    called : str
        Word for an atom in the legend, for example "molecule" for water.
    title : str, optional
        Title above the series and its legend.
    ax : matplotlib.axes.Axes, optional
        Where to draw. It becomes the invisible frame of the series and the histogram inside it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If classes and LENS differ in shape.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> delta = xr.DataArray([[0.1, 0.9], [0.2, 0.8]], dims=("frame", "atom"), coords={"time": ("frame", [0.0, 0.3])})
    >>> table = pd.DataFrame({"name": ["slow", "fast"], "color": ["#dedcea", "#d62078"], "lens_from": [np.nan, 0.5]})
    >>> ax = plot_lens_series(delta, [[0, 1], [0, 1]], table, n_lines=1, ax=Figure().subplots())
    >>> ax.child_axes[0].get_xlabel()
    'time (ns)'
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
    present = [int(c) for c in np.unique(classes[classes >= 0])]
    edges = np.linspace(0, top, 97)
    _bands(main, side, table, top)
    active = np.argsort(-values.max(axis=0), kind="stable")[:n_lines]
    _series(main, values, times, edges, active)
    atoms = np.asarray(delta["atom"])[active] if "atom" in delta.coords else active
    height = _legend(main, present, table, atoms, called)
    _distribution(side, values, classes, edges, present, table)
    main.set(xlim=(times[0], times[-1]) if len(times) > 1 else None, ylim=(0, top))
    main.set_xlabel(f"time ({unit_of(delta.time, 'ns')})")
    main.set_ylabel(r"LENS  $\delta_i$")
    if title:
        wrapped_title(main, title, loc="left", pad=height)
    else:
        main.set_title(" ", fontsize=SMALL, pad=height - SMALL)
    side.set(ylim=(0, top), yticklabels=[], xlabel="count")
    return frame


def _bands(main, side, table, top):
    """Draw bands in the colors of the classes, and the borders between them."""
    borders = table["lens_from"].iloc[1:].tolist()
    ends = [0.0, *borders, top]
    for part in (main, side):
        for low, high, c in zip(ends[:-1], ends[1:], table.index, strict=True):
            part.axhspan(low, high, color=state_style(table, c)[1], alpha=0.22, lw=0, zorder=0)
        for border in borders:
            part.axhline(border, color=INK, lw=0.6, ls=(0, (1.5, 1.5)), zorder=4)


def _legend(main, present, table, atoms, called):
    """List atoms and classes above the series, and return the height of the legend in points."""
    handles = [Patch(fc="#4d4d4d", label=f"all {called}s")]
    handles += [
        Line2D([], [], lw=1.0, color=ATOM_LINE_COLORS[i % len(ATOM_LINE_COLORS)], label=f"no. {atom}")
        for i, atom in enumerate(atoms)
    ]
    styles = [state_style(table, c) for c in present]
    handles += [Line2D([], [], ls="", label="")] * (-len(handles) % 4)
    handles += [Patch(fc=color, ec=PALE, lw=0.4, label=name) for name, color in styles]
    handles += [Line2D([], [], ls="", label="")] * (-len(handles) % 4)
    # matplotlib fills a legend by columns; these entries are in rows of four.
    by_columns = [handle for column in range(4) for handle in handles[column::4]]
    narrow = {"ncols": 4, "columnspacing": 0.8, "handlelength": 1.2, "handletextpad": 0.5, "borderpad": 0.1}
    legend = main.legend(handles=by_columns, loc="lower left", bbox_to_anchor=(0, 1), **narrow)
    # The layout would make the series as narrow as needed for a wide legend. The title reserves its height instead.
    legend.set_in_layout(False)
    return 10 * len(handles) // 4


def _series(main, values, times, edges, active):
    """Draw all atoms as an image of counts, and the most active atoms as lines."""
    n_times = min(len(times), 240)
    columns = (
        np.linspace(times[0], times[-1], n_times + 1) if len(times) > 1 else np.array([times[0] - 0.5, times[0] + 0.5])
    )
    counts, _, _ = np.histogram2d(np.repeat(times, values.shape[1]), values.ravel(), bins=(columns, edges))
    counts = np.ma.masked_less(counts.T, 1)
    extent = (columns[0], columns[-1], edges[0], edges[-1])
    norm = LogNorm(1, max(float(counts.max()), 10))
    main.imshow(
        counts, extent=extent, origin="lower", aspect="auto", cmap=COUNT_COLORMAP, norm=norm, rasterized=True, zorder=1
    )
    for line, atom in enumerate(active):
        main.plot(times, values[:, atom], lw=0.6, color=ATOM_LINE_COLORS[line % len(ATOM_LINE_COLORS)], zorder=3)


def _distribution(side, values, classes, edges, present, table):
    """Draw the horizontal histogram of each class with a logarithmic count."""
    for c in present:
        name, color = state_style(table, c)
        counts, _ = np.histogram(values[classes == c], bins=edges)
        side.stairs(
            np.maximum(counts, 0.5), edges, orientation="horizontal", fill=True, color=color, baseline=0.5, lw=0
        )
        side.stairs(np.maximum(counts, 0.5), edges, orientation="horizontal", color=INK, baseline=0.5, lw=0.3)
    side.set_xscale("log")
    # At least up to ten: within one decade matplotlib would label minor ticks, which overlap.
    side.set_xlim(0.5, max(side.get_xlim()[1], 10.0))
    side.xaxis.set_minor_formatter(NullFormatter())
