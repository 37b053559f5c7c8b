"""How far findings depend on the settings: one line for each setting, one column for each question."""

from __future__ import annotations

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from soaplens_lite.plots.style import INK, NORMAL, PALE, SMALL, axes_for, styled

__all__ = ["plot_robustness"]

# How a state is marked: of its own, as a cluster that the cut merges with others, or not at all.
PLACES = {
    "state": {"marker": "o", "fillstyle": "full", "label": "a state of its own"},
    "cluster": {"marker": "o", "fillstyle": "left", "label": "a cluster, merged with others"},
    "none": {"marker": "x", "fillstyle": "full", "label": "not found"},
}
WITHOUT, WITH = "#7a7a7a", "#0f3d8c"


@styled
def plot_robustness(table, *, sought, flow, title=None, ax=None):
    """
    Draw what each setting finds: the sought state, the number of states, their agreement, and a flow.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each setting and kind of data; the columns ``knob``, ``setting``, ``data`` ("SOAP" or "SOAP&LENS"),
        ``states``, ``place`` ("state", "cluster" or "none"), ``agreement``, and ``flow``, ``flow_low``, ``flow_high``
        in [0, 1] or NaN. The first setting is the reference.
    sought : str
        Name of the state that is looked for.
    flow : str
        What the flow is.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 170, 90)
    settings = list(dict.fromkeys(table.setting))
    rows = {setting: row for row, setting in enumerate(settings)}
    knobs = table.drop_duplicates("setting").set_index("setting").knob
    ax.axis("off")
    places = {"found": (0.27, 0.12), "agreement": (0.42, 0.22), "flow": (0.68, 0.3)}
    columns = {name: ax.inset_axes([left, 0, width, 1]) for name, (left, width) in places.items()}
    for column in columns.values():
        axes_for(column)
        column.set_ylim(len(rows) - 0.4, -0.6)
        column.set_yticks([])
        column.spines["left"].set_visible(False)
        for setting, row in rows.items():
            if row and knobs[setting] != knobs[settings[row - 1]]:
                column.axhline(row - 0.5, color="#d8d8d8", lw=0.5, zorder=0)
    for setting, row in rows.items():
        columns["found"].text(-0.06, row, setting, transform=columns["found"].get_yaxis_transform(), ha="right",
                              va="center", weight="bold" if row == 0 else "normal")  # fmt: skip
    _found(columns["found"], table, rows, sought)
    _agreement(columns["agreement"], table, rows)
    _flow(columns["flow"], table[table.data == "SOAP&LENS"], rows, flow)
    if title:
        ax.set_title(title, fontsize=NORMAL, loc="left")
    return ax


def _found(ax, table, rows, sought):
    """Whether the sought state is there, and the number of states beside the mark."""
    for x, (data, color) in enumerate((("SOAP", WITHOUT), ("SOAP&LENS", WITH))):
        for _, line in table[table.data == data].iterrows():
            look = {name: value for name, value in PLACES[line.place].items() if name != "label"}
            ax.plot(x, rows[line.setting], color=color, ms=4.5, mew=0.9, markerfacecoloralt="white", **look)
            ax.text(x + 0.14, rows[line.setting], f"{line.states}", va="center", color=color)
    ax.set_xlim(-0.4, 1.6)
    ax.set_xticks([0, 1], ["SOAP", "SOAP\n& LENS"])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", length=0)
    ax.set_title(f"{sought}? states:", fontsize=SMALL)
    handles = [
        Line2D([], [], ls="", color=INK, ms=4.5, mew=0.9, markerfacecoloralt="white", **look)
        for look in PLACES.values()
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.0, -0.09), ncols=1)


def _agreement(ax, table, rows):
    """How far the points are parted as in the reference."""
    for data, color, marker, shift in (("SOAP", WITHOUT, "s", -0.14), ("SOAP&LENS", WITH, "o", 0.14)):
        chosen = table[table.data == data]
        y = np.array([rows[setting] for setting in chosen.setting]) + shift
        ax.hlines(y, 0, chosen.agreement, color=color, lw=0.6)
        ax.plot(chosen.agreement, y, marker, color=color, ms=3, mew=0, label=data)
    ax.set_xlim(0, 1.04)
    ax.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
    ax.set_title("agreement with the first line", fontsize=SMALL)
    ax.set_xlabel("adjusted Rand index")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2)


def _flow(ax, table, rows, flow):
    """The flow with its interval, and the reference's value as a line."""
    known = table[table.flow.notna()]
    y = np.array([rows[setting] for setting in known.setting])
    ax.hlines(y, known.flow_low, known.flow_high, color=WITH, lw=0.9)
    ax.plot(known.flow, y, "o", color=WITH, ms=3.2, mew=0)
    for setting in table.setting[table.flow.isna()]:
        ax.text(0.02, rows[setting], "–", va="center", color=PALE)
    if len(known) and rows[known.setting.iloc[0]] == 0:
        ax.axvline(known.flow.iloc[0], color=PALE, lw=0.7, dashes=(4, 2), zorder=0)
    highest = np.nanmax(known.flow_high) if len(known) else 1.0
    ax.set_xlim(-0.02 * max(highest, 0.05), 1.04 if highest > 0.25 else 1.1 * max(highest, 0.02))
    ax.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0 if highest > 0.05 else 1, symbol=" %"))
    ax.set_title(flow, fontsize=SMALL)
    ax.set_xlabel("SOAP&LENS, 95 % interval")
