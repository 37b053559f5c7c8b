"""Profiles across an interface: the fraction of each state, and a measured order parameter."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from soaplens_lite.plots.palette import state_style
from soaplens_lite.plots.style import INK, NORMAL, axes_for, styled, wrapped_title

__all__ = ["plot_profiles"]


@styled
def plot_profiles(
    position: ArrayLike,
    shares: ArrayLike,
    table: pd.DataFrame,
    *,
    order: ArrayLike | None = None,
    order_label: str = "tetrahedral order",
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """
    Draw the fractions of the states in layers as stacked areas, and an order parameter as a line.

    Parameters
    ----------
    position : array_like, shape (n_layers,)
        Centers of the layers in Angstrom.
    shares : array_like, shape (k, n_layers)
        Fraction of every state in every layer, in [0, 1].
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    order : array_like, shape (n_layers,), optional
        Order parameter, drawn on a second axis on the right.
    order_label : str
        Name of the order parameter.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> table = pd.DataFrame({"name": ["ice", "liquid"], "color": ["navy", "skyblue"]})
    >>> ax = plot_profiles([-1.0, 0.0, 1.0], [[0.2, 0.9, 0.1], [0.8, 0.1, 0.9]], table, ax=Figure().subplots())
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['ice', 'liquid']
    """
    ax = axes_for(ax, 85, 60)
    position, shares = np.asarray(position, dtype=float), np.asarray(shares, dtype=float)
    names, colors = zip(*(state_style(table, state) for state in range(len(shares))), strict=True)
    areas = ax.stackplot(position, shares, labels=names, colors=colors, lw=0)
    ax.set_xlim(position[0], position[-1])
    ax.set_ylim(0, 1)
    ax.set_xlabel("distance from the middle of the ice, along z (Å)")
    ax.set_ylabel("share of the molecules")
    handles = list(areas)
    if order is not None:
        right = ax.twinx()
        (line,) = right.plot(position, order, color="white", lw=2.6)
        (line,) = right.plot(position, order, color=INK, lw=1.2, label=order_label)
        right.set_ylabel(order_label, fontsize=NORMAL)
        right.spines["right"].set_visible(True)
        handles.append(line)
    names = [handle.get_label() for handle in handles]
    # Above the axes, as it would hide a state inside them.
    ax.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(handles), columnspacing=1.2)
    if title:
        wrapped_title(ax, title, pad=14)
    return ax
