"""
The alluvial diagram: how the populations of the states change, and who changes sides.

The chord diagram shows the exchange between successive frames. Over nanoseconds most of that cancels, and what
remains is the flow from phase to phase.
"""

from __future__ import annotations

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from soaplens_lite.plots.palette import state_style, text_color_on
from soaplens_lite.plots.style import INK, NORMAL, SMALL, FittedText, axes_for, styled, wrapped_title

__all__ = ["alluvial_geometry", "plot_alluvial"]

GAP = 0.035
"""Between two states, as a share of all atoms."""


def alluvial_geometry(flows, *, gap=GAP):
    """
    Where the blocks and bands of an alluvial diagram lie.

    Bands leave a block in the order of the states that they lead to, and enter in the order of those that they come
    from, so that bands of one block do not cross.

    Parameters
    ----------
    flows : array_like, shape (n_times - 1, k, k)
        Atoms in the row's state at one time and in the column's at the next.
    gap : float
        Between two blocks, as a share of all atoms.

    Returns
    -------
    blocks : numpy.ndarray, shape (n_times, k, 2)
        Lower and upper end of every block, as shares of all atoms; state 0 is lowest.
    bands : list of tuple (time, i, j, start_low, start_high, end_low, end_high)
        From state i at a time to state j at the next.

    Raises
    ------
    ValueError
        If the atoms that enter a state are not those that leave it, or there are none.

    Examples
    --------
    >>> blocks, bands = alluvial_geometry([[[2, 1], [0, 1]]], gap=0)
    >>> blocks.tolist()
    [[[0.0, 0.75], [0.75, 1.0]], [[0.0, 0.5], [0.5, 1.0]]]
    >>> bands[1]
    (0, 0, 1, 0.5, 0.75, 0.5, 0.75)
    """
    flows = np.asarray(flows, dtype=float)
    leaving, entering = flows.sum(axis=2), flows.sum(axis=1)
    if flows.ndim != 3 or flows.shape[1] != flows.shape[2] or flows[0].sum() == 0:
        raise ValueError(f"flows of shape {flows.shape}: must be (n_times - 1, k, k), with atoms in them")
    if not np.allclose(entering[:-1], leaving[1:]):
        raise ValueError("flows do not join: atoms that enter a state must be those that leave it at the same time")
    total = flows[0].sum()
    sizes = np.concatenate([leaving, entering[-1:]]) / total
    low = np.cumsum(sizes, axis=1) - sizes + gap * np.arange(sizes.shape[1])
    blocks = np.stack([low, low + sizes], axis=2)
    shares = flows / total
    starts = low[:-1, :, None] + np.cumsum(shares, axis=2) - shares
    ends = low[1:, None, :] + np.cumsum(shares, axis=1) - shares
    bands = [
        (int(t), int(i), int(j), *map(float, (starts[t, i, j], starts[t, i, j] + shares[t, i, j])),
         *map(float, (ends[t, i, j], ends[t, i, j] + shares[t, i, j])))
        for t, i, j in np.argwhere(flows > 0)
    ]  # fmt: skip
    return blocks, bands


@styled
def plot_alluvial(flows, times, table, *, title=None, ax=None):
    """
    Draw populations at several times as blocks, and the atoms that go from each to each as bands between them.

    Parameters
    ----------
    flows : array_like, shape (n_times - 1, k, k)
        Atoms in the row's state at one time and in the column's at the next, see `soaplens_lite.journeys.flows`.
    times : array_like, shape (n_times,)
        ns.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    title : str, optional
        Title above the diagram.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    flows = np.asarray(flows)
    blocks, bands = alluvial_geometry(flows)
    if len(times) != len(blocks):
        raise ValueError(f"{len(times)} times for {len(blocks)} populations: give one for each")
    ax = axes_for(ax, 110, 65)
    styles = [state_style(table, state) for state in range(blocks.shape[1])]
    counts = np.concatenate([flows.sum(axis=2), flows[-1:].sum(axis=1)])
    half = 0.115
    # What stays lies below, what changes sides above it.
    for t, i, j, *ends in sorted(bands, key=lambda band: band[1] != band[2]):
        alpha = 0.35 if i == j else 0.8
        ax.add_patch(_band(t + half, t + 1 - half, *ends, color=styles[i][1], alpha=alpha))
    for t, column in enumerate(blocks):
        for state, (low, high) in enumerate(column):
            name, color = styles[state]
            ax.add_patch(Rectangle((t - half, low), 2 * half, high - low, fc=color, ec=INK, lw=0.5, zorder=3))
            ax.add_artist(
                FittedText(t, (low + high) / 2, str(int(counts[t, state])), cell=(1.8 * half, 0.9 * (high - low)),
                           reference="0000", largest=NORMAL, smallest=4.5, color=text_color_on(color), zorder=4)
            )  # fmt: skip
            if t == len(blocks) - 1:
                ax.text(t + half + 0.05, (low + high) / 2, name, va="center", fontsize=NORMAL, color=INK)
    ax.set_xlim(-0.3, len(blocks) - 1 + 0.62)
    ax.set_ylim(-0.01, blocks.max() + 0.01)
    ax.set_xticks(range(len(times)), [f"{time:.2f} ns" for time in times], fontsize=SMALL)
    ax.set_yticks([])
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    if title:
        wrapped_title(ax, title)
    return ax


def _band(left, right, start_low, start_high, end_low, end_high, *, color, alpha):
    """A band with horizontal ends: two cubic curves."""
    middle = (left + right) / 2
    points = [
        (left, start_high), (middle, start_high), (middle, end_high), (right, end_high),
        (right, end_low), (middle, end_low), (middle, start_low), (left, start_low), (left, start_high),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    path = Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
    return PathPatch(path, fc=color, ec="none", alpha=alpha, zorder=2)
