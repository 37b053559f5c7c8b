"""How much findings depend on the settings: one line for each setting, one column for each question."""

from __future__ import annotations

import textwrap

import numpy as np
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, PercentFormatter

from soaplens_lite.plots._style import INK, NORMAL, PALE, SMALL, axes_for, styled

__all__ = ["plot_findings", "plot_robustness", "plot_stability"]

# Marks: a state of its own, a cluster that the cut merges with others, not found.
PLACES = {
    "state": {"marker": "o", "fillstyle": "full", "label": "a state of its own"},
    "cluster": {"marker": "o", "fillstyle": "left", "label": "a cluster, merged with others"},
    "none": {"marker": "x", "fillstyle": "full", "label": "not found"},
}
WITHOUT, WITH = "#7a7a7a", "#0f3d8c"
RULE, BAND = "#d8d8d8", "#ececec"
NO_VALUE = "no value"
DASHES = (4, 2)
COLORS = {"SOAP": WITHOUT, "SOAP&LENS": WITH}


@styled
def plot_robustness(table, *, sought, flow, title=None, ax=None):
    """
    Draw what each setting finds: the sought state, the number of states, their agreement, and a flow.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each setting and kind of data; the columns ``parameter`` (what is changed), ``setting``, ``data``
        ("SOAP" or "SOAP&LENS"), ``states``, ``place`` ("state", "cluster" or "none"), ``agreement``, and ``flow``,
        ``flow_low``, ``flow_high`` in [0, 1] or NaN. The first setting is the reference.
    sought : str
        Kind of the state that is looked for.
    flow : str
        Title of the column of the flow.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 170, 90)
    rows = {setting: row for row, setting in enumerate(dict.fromkeys(table.setting))}
    groups = table.drop_duplicates("setting").parameter.tolist()
    ax.axis("off")
    places = {"found": (0.27, 0.12), "agreement": (0.42, 0.22), "flow": (0.68, 0.3)}
    columns = {name: ax.inset_axes([left, 0, width, 1]) for name, (left, width) in places.items()}
    for column in columns.values():
        _lined(column, groups)
    _labels(columns["found"], rows)
    _found(columns["found"], table, rows, sought)
    _agreement(columns["agreement"], table, rows)
    _flow(columns["flow"], table[table.data == "SOAP&LENS"], rows)
    columns["flow"].set_title(flow, fontsize=SMALL)
    columns["flow"].set_xlabel("SOAP&LENS, 95 % interval")
    handle = Line2D([], [], color=PALE, lw=0.7, dashes=DASHES, label="value of the first line")
    columns["flow"].legend(handles=[handle], loc="upper center", bbox_to_anchor=(0.5, -0.13), handlelength=2.4)
    if title:
        ax.set_title(title, fontsize=NORMAL, loc="left")
    return ax


def _lined(ax, groups):
    """One line for each setting, from top to bottom, and a rule between groups of settings."""
    axes_for(ax)
    ax.set_ylim(len(groups) - 0.4, -0.6)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    for row in range(1, len(groups)):
        if groups[row] != groups[row - 1]:
            ax.axhline(row - 0.5, color=RULE, lw=0.5, zorder=0)


def _labels(ax, rows):
    """Names of the settings to the left of the axes, the reference in bold."""
    for name, row in rows.items():
        ax.text(-0.06, row, name, transform=ax.get_yaxis_transform(), ha="right", va="center",
                weight="bold" if row == 0 else "normal")  # fmt: skip


def _mark(ax, x, y, place, color):
    """The mark of a place."""
    look = {name: value for name, value in PLACES[place].items() if name != "label"}
    ax.plot(x, y, color=color, ms=4.5, mew=0.9, markerfacecoloralt="white", **look)


def _handles():
    """Marks for a legend."""
    return [Line2D([], [], ls="", color=INK, ms=4.5, mew=0.9, markerfacecoloralt="white", **look)
            for look in PLACES.values()]  # fmt: skip


def _found(ax, table, rows, sought):
    """Whether the sought state is found, and the number of states beside the mark."""
    for x, (data, color) in enumerate((("SOAP", WITHOUT), ("SOAP&LENS", WITH))):
        for _, line in table[table.data == data].iterrows():
            _mark(ax, x, rows[line.setting], line.place, color)
            ax.text(x + 0.14, rows[line.setting], f"{line.states}", va="center", color=color)
    ax.set_xlim(-0.4, 1.6)
    ax.set_xticks([0, 1], ["SOAP", "SOAP\n& LENS"])
    ax.spines["bottom"].set_visible(False)
    ax.tick_params(axis="x", length=0)
    ax.set_title(f"mark: {sought} found?\nnumber: states in all", fontsize=SMALL)
    ax.legend(handles=_handles(), loc="upper center", bbox_to_anchor=(0.0, -0.09), ncols=1)


def _agreement(ax, table, rows):
    """The adjusted Rand index with the reference."""
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


def _flow(ax, table, rows, key="setting", ticks=5):
    """The flow with its interval, and the reference's value as a line."""
    known = table[table.flow.notna()]
    y = np.array([rows[name] for name in known[key]])
    ax.hlines(y, known.flow_low, known.flow_high, color=WITH, lw=0.9)
    ax.plot(known.flow, y, "o", color=WITH, ms=3.2, mew=0)
    highest = np.nanmax(known.flow_high) if len(known) else 1.0
    ax.set_xlim(-0.02 * max(highest, 0.05), 1.04 if highest > 0.25 else 1.1 * max(highest, 0.02))
    for name in table[key][table.flow.isna()]:
        ax.text(0.5, rows[name], NO_VALUE, transform=ax.get_yaxis_transform(), ha="center", va="center", color=PALE,
                style="italic", bbox={"fc": "white", "ec": "none", "pad": 0.5})  # fmt: skip
    if len(known) and rows[known[key].iloc[0]] == 0:
        ax.axvline(known.flow.iloc[0], color=PALE, lw=0.7, dashes=DASHES, zorder=0)
    ax.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0 if highest > 0.03 else 1, symbol=" %"))


@styled
def plot_findings(table, *, findings, alike=0.5, ax=None):
    """
    Draw the findings of all studies side by side, one line for each change.

    Parameters
    ----------
    table : pandas.DataFrame
        As for `plot_robustness`, with the columns ``study`` and ``change`` in addition; a change has the same name in
        all studies. The first change is the reference.
    findings : dict of str to (str, str)
        For each study, in the order of the columns: its heading, and the title of the column of the flow.
    alike : float
        Below this agreement the number is framed.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 180, 110)
    ax.axis("off")
    group_of = dict(zip(table.change, table.parameter, strict=True))
    order = list(dict.fromkeys(table.parameter))
    changes = sorted(group_of, key=lambda change: order.index(group_of[change]))
    rows, groups = {change: row for row, change in enumerate(changes)}, [group_of[change] for change in changes]
    start, width = 0.21, 0.79 / len(findings)
    for number, (study, (heading, flow)) in enumerate(findings.items()):
        own, left = table[table.study == study], start + number * width
        marks = ax.inset_axes([left, 0, 0.52 * width, 1])
        values = ax.inset_axes([left + 0.56 * width, 0, 0.36 * width, 1])
        for column in (marks, values):
            _lined(column, groups)
            for row in set(rows.values()) - {rows[change] for change in own.change}:
                column.axhspan(row - 0.45, row + 0.45, color=BAND, lw=0, zorder=0)
        if number == 0:
            _labels(marks, rows)
        _marks(marks, own, rows, alike)
        _flow(values, own[own.data == "SOAP&LENS"], rows, "change", ticks=2)
        marks.text(0, 1.075, heading, transform=marks.transAxes, fontsize=NORMAL, weight="bold", va="bottom")
        values.set_title(textwrap.fill(flow, 20), fontsize=SMALL)
    _explain(ax, alike)
    return ax


def _marks(ax, table, rows, alike):
    """Whether the state is found without and with LENS, and the agreement of the joint states; counts below."""
    for x, (data, color) in enumerate((("SOAP", WITHOUT), ("SOAP&LENS", WITH))):
        chosen = table[table.data == data]
        for _, line in chosen.iterrows():
            _mark(ax, x, rows[line.change], line.place, color)
        ax.text(x, -0.012, f"{(chosen.place == 'state').sum()}/{len(chosen)}", transform=ax.get_xaxis_transform(),
                ha="center", va="top", color=color)  # fmt: skip
    for _, line in chosen[chosen.agreement.notna()].iterrows():
        frame = {"boxstyle": "square,pad=0.15", "fc": "white", "ec": INK, "lw": 0.6}
        ax.text(2, rows[line.change], f"{line.agreement:.2f}", ha="center", va="center", color=INK,
                bbox=frame if line.agreement < alike else None)  # fmt: skip
    ax.set_xlim(-0.4, 2.5)
    ax.set_xticks([])
    ax.spines["bottom"].set_visible(False)
    for x, name in enumerate(("SOAP", "SOAP\n& LENS", "Rand\nindex")):
        ax.text(x, 1.005, name, transform=ax.get_xaxis_transform(), ha="center", va="bottom")


def _explain(ax, alike):
    """Legend below the columns: marks, frames, lines and bands."""
    handles = [
        *_handles(),
        Line2D([], [], ls="", marker="s", ms=6, mfc="white", mec=INK, mew=0.6, label=f"Rand index below {alike:g}"),
        Line2D([], [], color=WITH, marker="o", ms=3.2, mew=0, lw=0.9, label="value and 95 % interval"),
        Line2D([], [], color=PALE, lw=0.7, dashes=DASHES, label="value of the first line"),
        Line2D([], [], ls="", marker="$n/m$", ms=9, mfc=INK, mec=INK, mew=0.1, label="of its own in n of m settings"),
        Patch(color=BAND, lw=0, label="not tried in this study"),
    ]
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.055), ncols=3, handlelength=2.4,
              columnspacing=2.5)  # fmt: skip


@styled
def plot_stability(found, *, described=None, title=None, ax=None):
    """
    Draw which states random rotations of the points find again, and how many states there are in each.

    Parameters
    ----------
    found : dict of str to xarray.Dataset
        By kind of data ("SOAP", "SOAP&LENS"), see `soaplens_lite.states.stability`.
    described : dict of str to sequence of str, optional
        What is written beside each state, in place of its name.
    title : str, optional
        Title above the axes.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = axes_for(ax, 170, 80)
    ax.axis("off")
    overlaps, numbers = ax.inset_axes([0.22, 0, 0.44, 1]), ax.inset_axes([0.8, 0, 0.2, 1])
    _lined(overlaps, [data for data, each in found.items() for _ in range(each.sizes["state"])])
    limit = next(iter(found.values())).attrs["found_again_above"]
    overlaps.axvline(limit, color=PALE, lw=0.7, dashes=DASHES, zorder=0)
    row = 0
    for data, each in found.items():
        names = (described or {}).get(data, each["state"].values)
        for name, overlap, share in zip(names, each["overlap"].values.T, each["found_again"].values, strict=True):
            _overlaps_of_state(overlaps, row, name, overlap, share, each.attrs["n_rotations"], COLORS[data])
            row += 1
    overlaps.set_xlim(-0.03, 1.03)
    overlaps.set_xlabel("overlap with the nearest state (Jaccard index)")
    overlaps.set_title("each state of the analysis in each rotation", fontsize=SMALL)
    _numbers_of_states(numbers, found)
    _explain_rotations(overlaps, found)
    if title:
        ax.set_title(title, fontsize=NORMAL, loc="left", pad=14)
    return ax


def _overlaps_of_state(ax, row, name, overlap, share, n_rotations, color):
    """One state: a point for each rotation, a cross for the exact tree, and the count beside them."""
    again = round(share * n_rotations)
    ax.text(-0.03, row, name, transform=ax.get_yaxis_transform(), ha="right", va="center", color=color)
    ax.text(1.02, row, f"{again} of {n_rotations}", transform=ax.get_yaxis_transform(), va="center", color=color)
    # Points at equal places are moved apart, in the order of the rotations.
    shift = np.linspace(-0.25, 0.25, n_rotations) if n_rotations > 1 else np.zeros(1)
    ax.plot(overlap[:n_rotations], row + shift, "o", color=color, ms=2.6, mew=0)
    ax.plot(overlap[n_rotations:], np.full(len(overlap) - n_rotations, row), "x", color=INK, ms=4.5, mew=0.9)


def _numbers_of_states(ax, found):
    """How many rotations give how many states: bars, and a cross for the exact tree."""
    axes_for(ax)
    width = 0.8 / len(found)
    for k, (data, each) in enumerate(found.items()):
        n_rotations, shift = each.attrs["n_rotations"], (k - (len(found) - 1) / 2) * width
        values, counts = np.unique(each["n_states"].values[:n_rotations], return_counts=True)
        ax.bar(values + shift, counts, width, color=COLORS[data])
        for exact in each["n_states"].values[n_rotations:]:
            ax.plot(exact + shift, 1.08 * n_rotations, "x", color=INK, ms=4.5, mew=0.9)
    ax.set_ylim(0, 1.16 * max(each.attrs["n_rotations"] for each in found.values()))
    numbers = np.concatenate([each["n_states"].values for each in found.values()])
    ax.set_xlim(numbers.min() - 0.9, numbers.max() + 0.9)
    ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    ax.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.set_xlabel("number of states")
    ax.set_title("rotations with so many states", fontsize=SMALL)


def _explain_rotations(ax, found):
    """Legend below the overlaps."""
    handles = [Line2D([], [], ls="", marker="o", ms=2.6, color=COLORS[data], label=data) for data in found]
    if any(each.sizes["clustering"] > each.attrs["n_rotations"] for each in found.values()):
        handles.append(Line2D([], [], ls="", marker="x", ms=4.5, mew=0.9, color=INK, label="exact tree"))
    label = "found again to the right of it"
    handles.append(Line2D([], [], color=PALE, lw=0.7, dashes=DASHES, label=label))
    ax.legend(handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0), borderaxespad=4, ncols=4, handlelength=2.0)
