"""The dendrogram of the micro-clusters: which clusters merge, at which distance, and where the tree is cut."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike
from scipy.cluster.hierarchy import dendrogram

from soaplens_lite.plots._palette import state_style
from soaplens_lite.plots._style import INK, NORMAL, PALE, SMALL, axes_for, disc_beside, styled, two_lines, wrapped_title


def tree_geometry(linkage: ArrayLike) -> tuple[list[int], np.ndarray, np.ndarray]:
    """
    Order of the leaves, and corners of the brackets, of a dendrogram.

    Of two branches, the branch with the smallest state comes first. The leaves are therefore in the order of the
    states as far as the tree allows.

    Parameters
    ----------
    linkage : array-like, shape (k - 1, 4)
        Linkage matrix of SciPy for k leaves.

    Returns
    -------
    leaves : list of int, length k
        State of each leaf. The position of leaf i is i.
    positions : numpy.ndarray, shape (k - 1, 4)
        Positions of the corners of each bracket, along the leaves.
    distances : numpy.ndarray, shape (k - 1, 4)
        Distances of the same corners. The middle two are the distance of the merge.

    Examples
    --------
    >>> leaves, positions, distances = tree_geometry([[1, 2, 0.5, 2], [3, 0, 1.5, 3]])
    >>> leaves, positions.tolist(), distances.tolist()
    ([0, 1, 2], [[1.0, 1.0, 2.0, 2.0], [0.0, 0.0, 1.5, 1.5]], [[0.0, 0.5, 0.5, 0.0], [0.0, 1.5, 1.5, 0.5]])
    """
    linkage = np.array(linkage, dtype=float).reshape(-1, 4)
    n_leaves = len(linkage) + 1
    if n_leaves == 1:
        return [0], np.empty((0, 4)), np.empty((0, 4))
    first = list(range(n_leaves))
    for row in linkage:
        row[:2] = sorted(row[:2], key=lambda branch: first[int(branch)])
        first.append(first[int(row[0])])
    tree = dendrogram(linkage, no_plot=True)
    # The position of leaf i in SciPy is 5 + 10 i.
    return tree["leaves"], (np.array(tree["icoord"]) - 5) / 10, np.array(tree["dcoord"])


@styled
def plot_dendrogram(
    linkage: ArrayLike,
    table: pd.DataFrame,
    *,
    cut: float | None = 1.0,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw a horizontal dendrogram: leaves on the left, distance to the right, the cut as a dashed line.

    Thick lines are merges below the cut: these clusters become one state. If all merges are far from zero, the
    distance axis starts just below the first merge. A break marks such an axis.

    Parameters
    ----------
    linkage : array-like, shape (k - 1, 4)
        Linkage matrix of SciPy. Empty for a single cluster.
    table : pandas.DataFrame
        State table of the leaves (index 0 to k-1; columns ``name``, ``color``).
    cut : float or None
        Correlation distance of the cut. None: no cut line.
    title : str, optional
        Title above the tree.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"name": ["ice", "liquid"], "color": ["navy", "skyblue"]})
    >>> ax = plot_dendrogram([[0, 1, 0.8, 2]], table, cut=0.5, ax=Figure().subplots())
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['ice', 'liquid']
    """
    leaves, positions, distances = tree_geometry(linkage)
    ax = axes_for(ax, 50, 50)
    values = list(distances[:, 1]) + ([] if cut is None else [cut])
    left, right = distance_range(values) if len(leaves) > 1 else (0.0, 1.2 * (cut or 1.0))
    for corners, heights in zip(positions, distances, strict=True):
        merged = cut is not None and heights[1] <= cut
        ax.plot(
            np.maximum(heights, left), corners, color=INK, lw=1.6 if merged else 0.8, solid_joinstyle="miter", zorder=2
        )
    if len(leaves) == 1:
        ax.plot([left, right], [0, 0], color=INK, lw=0.8)
    if cut is not None:
        ax.axvline(cut, color=PALE, lw=0.8, ls=(0, (3, 2)), zorder=1)
        ax.annotate(
            f"cut {cut:g}",
            (cut, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 1.5),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontsize=SMALL,
            color="#555555",
        )
    _leaves(ax, leaves, table)
    ax.set_xlim(left, right)
    ax.set_xlabel("correlation distance", fontsize=NORMAL)
    ax.locator_params(axis="x", nbins=4)
    if left > 0:
        _break(ax)
    wrapped_title(ax, title, pad=10 if cut is not None else 3)
    return ax


def distance_range(values: Sequence[float]) -> tuple[float, float]:
    """
    Range of the distance axis: from zero, or from below the smallest value if all values are far from zero.

    Parameters
    ----------
    values : sequence of float
        Distances of the merges and of the cut; may be empty.

    Returns
    -------
    low : float
    high : float

    Examples
    --------
    >>> distance_range([0.2, 1.0])
    (0.0, 1.08)
    >>> distance_range([0.8, 1.0, 1.2])
    (0.68, 1.232)
    """
    if not values:
        return 0.0, 1.0
    low, high = min(values), max(values)
    spread = max(high - low, 0.1 * high, 1e-3)
    left = round(low - 0.3 * spread, 6) if low > 0.4 * high else 0.0
    return float(left), float(round(high + 0.08 * (high - left if left == 0 else spread), 6))


def _leaves(ax, leaves, table):
    """Discs and names of the leaves, the first leaf on top."""
    styles = [state_style(table, state) for state in leaves]
    # With many leaves there is no space for names of two lines.
    longest = 14 if len(leaves) <= 8 else 99
    ax.set_yticks(range(len(leaves)), [two_lines(name, longest) for name, _ in styles], fontsize=SMALL)
    ax.tick_params(axis="y", length=0, pad=7.5)
    ax.set_ylim(len(leaves) - 0.5, -0.5)
    ax.spines["left"].set_visible(False)
    for place, (_, color) in enumerate(styles):
        disc_beside(ax, "y", place, color, size=5.5, gap=3.0)


def _break(ax):
    """Mark a distance axis that does not start at zero with two short slanted lines."""
    for offset in (0.025, 0.045):
        ax.plot(
            [offset - 0.012, offset + 0.012],
            [-0.022, 0.022],
            transform=ax.transAxes,
            color=INK,
            lw=0.6,
            clip_on=False,
            zorder=4,
        )
