"""Profiles across an interface: a measured order, and which states are found where."""

from __future__ import annotations

import numpy as np

from soaplens_lite.plots.palette import state_style
from soaplens_lite.plots.style import INK, NORMAL, axes_for, styled, wrapped_title

__all__ = ["plot_profiles"]


@styled
def plot_profiles(position, shares, table, *, order=None, order_label="tetrahedral order", title=None, ax=None):
    """
    Draw the shares of the states in layers as stacked areas, and a measured order as a line above them.

    Parameters
    ----------
    position : array_like, shape (n_layers,)
        Middles of the layers in Angstrom.
    shares : array_like, shape (k, n_layers)
        Share of every state in every layer.
    table : pandas.DataFrame
        State table (index: state; columns ``name``, ``color``).
    order : array_like, shape (n_layers,), optional
        Drawn against an axis of its own at the right.
    order_label : str
        What it is.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
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
    # Above the axes: below them lies the axis, and on them the legend would hide a state.
    ax.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(handles), columnspacing=1.2)
    if title:
        wrapped_title(ax, title, pad=14)
    return ax
