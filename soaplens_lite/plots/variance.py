"""Number of principal components and the variance that they retain."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import ArrayLike

from soaplens_lite.plots.style import INK, PALE, SMALL, axes_for, styled, wrapped_title

__all__ = ["components_for", "plot_cumulative_variance"]

# Color, marker and line style, because some readers cannot distinguish the colors.
LINE_STYLES = (("#0f3d8c", "o", "-"), ("#c4560b", "s", "--"), ("#0b6b4c", "^", ":"), ("#5b2a86", "D", "-."))


def components_for(cumulative_variance: ArrayLike, target: float) -> int:
    """
    The smallest number of components that retains a given fraction of the variance.

    Parameters
    ----------
    cumulative_variance : array_like, shape (n_components,)
        Cumulative variance, in [0, 1].
    target : float
        Fraction of the variance to retain.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If all components together retain less.

    Examples
    --------
    >>> components_for([0.7, 0.98, 0.991, 1.0], 0.99)
    3
    """
    enough = np.asarray(cumulative_variance) >= target
    if not enough.any():
        raise ValueError(
            f"target = {target:g}: all {len(enough)} components retain {np.max(cumulative_variance):g} of the variance"
        )
    return int(np.argmax(enough)) + 1


@styled
def plot_cumulative_variance(
    cumulative: Mapping[str, ArrayLike],
    *,
    target: float = 0.99,
    n_shown: int = 14,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the cumulative variance of the first principal components.

    Parameters
    ----------
    cumulative : dict of str to array_like, shape (n_components,)
        Cumulative variance in [0, 1], by the name of the data.
    target : float
        Fraction that is marked. The legend gives the number of components that reach it.
    n_shown : int
        Largest number of components on the axis.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If all components together retain less than *target*.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = plot_cumulative_variance({"SOAP": [0.7, 0.98, 0.995, 1.0]}, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['SOAP: 3 components']
    """
    ax = axes_for(ax, 80, 60)
    for (name, values), (color, marker, stroke) in zip(cumulative.items(), LINE_STYLES, strict=False):
        shown = np.asarray(values)[:n_shown]
        needed = components_for(values, target)
        label = f"{name}: {needed} components"
        numbers = np.arange(1, len(shown) + 1)
        ax.plot(numbers, shown, stroke, color=color, marker=marker, ms=3, mew=0, lw=1.0, label=label)
        if needed <= len(shown):
            ax.plot(needed, shown[needed - 1], marker, ms=6.5, mfc="none", mec=color, mew=0.8)
    ax.axhline(target, color=PALE, lw=0.8, dashes=(4, 2), zorder=0)
    ax.text(0.015, target, f"{100 * target:g} %", transform=ax.get_yaxis_transform(), fontsize=SMALL, color=INK,
            ha="left", va="bottom")  # fmt: skip
    lowest = min(np.asarray(values)[0] for values in cumulative.values())
    ax.set_ylim(lowest - 0.06 * (1 - lowest), 1 + 0.09 * (1 - lowest))
    ax.set_xlim(0.5, n_shown + 0.5)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0, symbol=" %"))
    ax.set_xlabel("number of components")
    ax.set_ylabel("cumulative variance")
    ax.legend(loc="lower right", title=f"for {100 * target:g} %", title_fontsize=SMALL)
    if title:
        wrapped_title(ax, title)
    return ax
