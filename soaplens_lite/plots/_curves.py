"""Curves: variance that components retain, cost against size, profiles across an interface, and g(r)."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter, NullLocator, PercentFormatter
from numpy.typing import ArrayLike

from soaplens_lite.plots._palette import state_style
from soaplens_lite.plots._style import INK, NORMAL, PALE, SMALL, axes_for, styled, unit_of, wrapped_title

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
    wrapped_title(ax, title)
    return ax


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
    wrapped_title(ax, title, pad=14)
    return ax


@styled
def plot_radial_distribution(
    g: xr.DataArray, r_cut: float, *, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """
    Draw a radial distribution function and the radius within which neighbors are counted.

    Parameters
    ----------
    g : xarray.DataArray, dims (r,)
        See `soaplens_lite.radial_distribution`.
    r_cut : float
        In the unit of ``g.r``, which is Angstrom if its attribute ``units`` is not another.
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
    >>> g = xr.DataArray([0.0, 2.0, 1.0], dims="r", coords={"r": [1.0, 2.0, 3.0]})
    >>> ax = plot_radial_distribution(g, 2.5, ax=Figure().subplots())
    >>> ax.get_xlabel(), [round(float(x), 2) for x in ax.lines[1].get_xdata()]
    ('r (Å)', [2.5, 2.5])
    """
    ax = axes_for(ax, 90, 60)
    ax.plot(g.r.values, g.values, color=INK, lw=1.2)
    ax.axvline(r_cut, color=INK, lw=1.0, ls="--")
    ax.set_xlim(0, float(g.r[-1]))
    ax.set_ylim(0, 1.1 * float(g.max()))
    ax.annotate(f"r_cut = {r_cut:.3g}", (r_cut, 1.02 * float(g.max())), xytext=(4, 0), textcoords="offset points")
    ax.set_xlabel(f"r ({unit_of(g.r, 'Å')})")
    ax.set_ylabel("g(r)")
    if title:
        wrapped_title(ax, title)
    return ax
