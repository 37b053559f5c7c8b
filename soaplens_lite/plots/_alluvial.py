"""
The alluvial diagram: how the populations of the states change with time, and which atoms change their state.

The chord diagram shows the exchange between successive frames. Over nanoseconds most of this exchange cancels. The
alluvial diagram shows the net flow that remains.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from numpy.typing import ArrayLike

from soaplens_lite.plots._palette import state_style, text_color_on
from soaplens_lite.plots._style import INK, NORMAL, SMALL, FittedText, axes_for, styled, wrapped_title

BLOCK_GAP = 0.035
"""Vertical gap between two states, as a fraction of all atoms."""

HALF_BLOCK_WIDTH = 0.115
"""Half of the width of a block; two successive times are 1 apart."""


def alluvial_geometry(flows: ArrayLike, *, gap: float = BLOCK_GAP) -> tuple[np.ndarray, list[tuple]]:
    """
    Positions of the blocks and bands of an alluvial diagram.

    Bands leave a block in the order of their target states and enter a block in the order of their origin states.
    Bands of one block therefore do not cross.

    Parameters
    ----------
    flows : array_like, shape (n_times - 1, k, k)
        Number of atoms in the state of the row at one time and in the state of the column at the next time.
    gap : float
        Gap between two blocks, as a fraction of all atoms.

    Returns
    -------
    blocks : numpy.ndarray, shape (n_times, k, 2)
        Lower and upper end of every block, as fractions of all atoms. State 0 is at the bottom.
    bands : list of tuple (time, i, j, start_low, start_high, end_low, end_high)
        Bands from state i at a time to state j at the next time.

    Raises
    ------
    ValueError
        If the shape is wrong, there are no atoms, or a state does not have equal numbers of atoms before and after a
        time.

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
        raise ValueError(f"flows of shape {flows.shape}: must be (n_times - 1, k, k) with at least one atom")
    if not np.allclose(entering[:-1], leaving[1:]):
        raise ValueError(
            "flows: the atoms that enter a state and those that leave it at the same time must be equal in number"
        )
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
def plot_alluvial(
    flows: ArrayLike, times: ArrayLike, table: pd.DataFrame, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """
    Draw populations at several times as blocks, and the atoms that go from state to state as bands between them.

    Parameters
    ----------
    flows : array_like, shape (n_times - 1, k, k)
        Number of atoms in the state of the row at one time and in the state of the column at the next time, see
        `soaplens_lite.kinetics.flows`.
    times : array_like, shape (n_times,)
        Times in ns.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    title : str, optional
        Title above the diagram.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If the number of times is wrong, or see `alluvial_geometry`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"name": ["ice", "liquid"], "color": ["navy", "skyblue"]})
    >>> ax = plot_alluvial([[[2, 1], [0, 1]]], [0.0, 0.5], table, ax=Figure().subplots())
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['0.00 ns', '0.50 ns']
    """
    flows = np.asarray(flows)
    blocks, bands = alluvial_geometry(flows)
    if len(times) != len(blocks):
        raise ValueError(f"{len(times)} times for {len(blocks)} populations: give one time for each")
    ax = axes_for(ax, 110, 65)
    styles = [state_style(table, state) for state in range(blocks.shape[1])]
    counts = np.concatenate([flows.sum(axis=2), flows[-1:].sum(axis=1)])
    half = HALF_BLOCK_WIDTH
    # Bands between different states are drawn above those within one state.
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
    wrapped_title(ax, title)
    return ax


def _band(left, right, start_low, start_high, end_low, end_high, *, color, alpha):
    """A band with horizontal ends, bounded by two cubic curves."""
    middle = (left + right) / 2
    points = [
        (left, start_high), (middle, start_high), (middle, end_high), (right, end_high),
        (right, end_low), (middle, end_low), (middle, start_low), (left, start_low), (left, start_high),
    ]  # fmt: skip
    curve = [Path.CURVE4] * 3
    path = Path(points, [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY])
    return PathPatch(path, fc=color, ec="none", alpha=alpha, zorder=2)
