"""How the cost of a computation grows with the size of what is computed."""

from __future__ import annotations

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from soaplens_lite.plots.style import INK, PALE, SMALL, axes_for, styled, wrapped_title

__all__ = ["plot_costs"]

# In the order of appearance: systems differ in color and marker, steps in filled or open markers and in the stroke.
SYSTEMS = (("#b0480a", "o"), ("#8f7300", "s"), ("#0f3d8c", "^"), ("#0b6b4c", "D"))
STEPS = ((True, "-"), (False, (0, (4, 2))), (False, (0, (1, 1.5))))


def _plain(value, _):
    """The text of a tick: 0.01, 1, 100."""
    return f"{value:g}"


@styled
def plot_costs(costs, *, powers=None, xlabel, ylabel="time (s)", level=None, title=None, ax=None):
    """
    Draw costs against sizes on logarithmic scales, where a power law is a straight line.

    Parameters
    ----------
    costs : pandas.DataFrame
        One measurement per row: ``system``, ``step``, ``size`` and ``cost``. Systems and steps are drawn in the order
        of their first appearance.
    powers : dict of (str, str) to float, optional
        By system and step: the power with which the cost grows, for the legend.
    xlabel, ylabel : str
        What `size` and `cost` are.
    level : tuple of float and str, optional
        A cost to compare with, and its label.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 85, 65)
    _lines(ax, costs, powers or {})
    _logarithmic(ax, costs)
    if level:
        ax.axhline(level[0], color=PALE, lw=0.8, dashes=(4, 2), zorder=0)
        ax.text(0.98, level[0], level[1], transform=ax.get_yaxis_transform(), fontsize=SMALL, color=INK, ha="right",
                va="bottom")  # fmt: skip
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), handlelength=2.2)
    if title:
        wrapped_title(ax, title)
    return ax


def _lines(ax, costs, powers):
    """One line for each step of each system."""
    colors = dict(zip(dict.fromkeys(costs["system"]), SYSTEMS, strict=False))
    strokes = dict(zip(dict.fromkeys(costs["step"]), STEPS, strict=False))
    for step, (filled, stroke) in strokes.items():
        for system, (color, marker) in colors.items():
            rows = costs[(costs["system"] == system) & (costs["step"] == step)].sort_values("size")
            if rows.empty:
                continue
            label = f"{step}, {system}" if len(strokes) > 1 else system
            if (power := powers.get((system, step))) is not None:
                label += f": power {power:.2f}"
            ax.plot(rows["size"], rows["cost"], ls=stroke, color=color, marker=marker, ms=3.5, lw=0.9, mew=0.8,
                    mfc=color if filled else "white", label=label)  # fmt: skip


def _logarithmic(ax, costs):
    """Logarithmic axes with plain numbers at their ticks."""
    ax.set_xscale("log")
    ax.set_yscale("log")
    sizes = np.unique(costs["size"])
    ax.set_xlim(sizes[0] / 1.25, sizes[-1] * 1.25)
    if len(sizes) <= 5:
        ax.set_xticks(sizes)
    else:
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_minor_locator(NullLocator())
    if costs["cost"].max() < 30 * costs["cost"].min():  # little more than one decade
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_minor_formatter(NullFormatter())
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(FuncFormatter(_plain))
