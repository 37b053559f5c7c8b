"""
What a reader of an executed notebook sees of its tables: names of columns with units, numbers rounded, colors shown.

What is recorded keeps all digits; here only what can be read is left.
"""

import pandas as pd

from soaplens_lite.states._naming import of_kind
from soaplens_lite.study.claims.verdicts import published_text

COLUMNS = {
    "population": ("population", "{:.2%}"),
    "atoms": ("atoms per frame", "{:.1f}"),
    "mean_lens": ("mean LENS", "{:.3f}"),
    "lens": ("mean LENS", "{:.3f}"),
    "mean_coordination": ("mean coordination", "{:.2f}"),
    "coordination": ("mean coordination", "{:.2f}"),
    "depth": ("mean depth (Å)", "{:.2f}"),
    "distance": ("mean distance from the center (Å)", "{:.2f}"),
    "rosette": ("in a rosette", "{:.1%}"),
    "mobile": ("mobile", "{:.1%}"),
    "mean_order": ("tetrahedral order (0 liquid, 1 ice)", "{:.2f}"),
    "mean_distance": ("mean distance from the middle (Å)", "{:.1f}"),
    "residence_ns": ("residence (ns)", "{:.3g}"),
    "visits_complete": ("complete visits", "{:.0f}"),
    "visits_cut": ("visits cut off", "{:.0f}"),
    "found_again": ("found again", "{:.0f}"),
    "mean_overlap": ("mean overlap after rotation", "{:.2f}"),
}
"""What a measured property is called in tables, and how it is written."""


def state_table(table, *, time_unit="ns"):
    """
    A table of states to read: every name beside its color, times with their interval.

    Parameters
    ----------
    table : pandas.DataFrame, index state
        ``name``, ``color`` and measured properties, see `soaplens_lite.plots.color_states`.
    time_unit : str
        Its name.

    Returns
    -------
    styled : pandas.io.formats.style.Styler
    """
    shown = pd.DataFrame({"name": table["name"]})
    for column in table.columns.drop(
        ["name", "kind", "color", "state", "height", "residence_low", "residence_high", "n_rotations"], errors="ignore"
    ):
        head, form = COLUMNS.get(column, (column, "{:.3g}"))
        head = head.replace("(ns)", f"({time_unit})")
        shown[head] = [_written(value, form) for value in table[column]]
        if column == "residence_ns" and "residence_low" in table:
            ends = zip(table["residence_low"], table["residence_high"], strict=True)
            shown[head] += ["" if pd.isna(low) else f" ({low:.3g} to {high:.3g})" for low, high in ends]
        if column == "found_again":
            shown[head] += [f" of {n_rotations} rotations" for n_rotations in table["n_rotations"]]
    bars = [f"border-left: 1em solid {color}; padding-left: 0.5em; text-align: left" for color in table["color"]]
    return shown.style.apply(lambda column: bars, subset=["name"])


def rule_table(rules):
    """
    A table of naming rules to read: one column for each property, with the range in which it must lie.

    Parameters
    ----------
    rules : pandas.DataFrame
        As `soaplens_lite.states.name_states` takes it: ``name``, and pairs of ``PROPERTY_from`` and
        ``PROPERTY_below``; one of the two may be missing.

    Returns
    -------
    shown : pandas.DataFrame, index name

    Examples
    --------
    >>> rules = pd.DataFrame({"name": ["edge", "bulk"], "depth_from": [None, 4.4], "depth_below": [0.5, None]})
    >>> rule_table(rules)["mean depth (Å)"].tolist()
    ['below 0.50', 'from 4.40']
    """
    shown = pd.DataFrame(index=pd.Index(rules["name"], name="name"))
    for column in rules.columns.drop("name"):
        property_ = column.removesuffix("_from").removesuffix("_below")
        head, form = COLUMNS.get(property_, (property_, "{}"))
        if property_ == column:
            shown[head] = rules[column].fillna("").values
        elif head not in shown:
            ends = [rules.get(f"{property_}_{end}", [None] * len(rules)) for end in ("from", "below")]
            shown[head] = [_range(low, high, form) for low, high in zip(*ends, strict=True)]
    return shown


def entry_table(states, chosen):
    """
    Where the atoms that enter some states come from.

    Parameters
    ----------
    states : soaplens_lite.states.States
    chosen : sequence of int
        The states that are entered.

    Returns
    -------
    shown : pandas.DataFrame, index (target, origin)
        ``entries`` and ``share of the entries``, with its 95 % interval; resampling gives none for what was never seen.
    """
    found, rows = states.kinetics, {}
    names = states.table["name"].to_numpy()
    for target in names[list(chosen)]:
        for origin in names[names != target]:
            cell = found.sel(origin=origin, target=target)
            n_entries = int(cell["counts"])
            share = f"{_share(cell['shares'])} ({_share(cell['shares_low'])} to {_share(cell['shares_high'])})"
            rows[target, origin] = {"entries": n_entries, "share (95 % interval)": share if n_entries else "none seen"}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["into", "from"]) if rows else pd.DataFrame()


def flow_table(states, flows, interval, published=None):
    """
    Probabilities of some transitions within one frame, beside the published ones.

    Parameters
    ----------
    states : soaplens_lite.states.States
    flows : dict of str to (str, str)
        Kinds of states that are left and entered, by the key of the published number.
    interval : float
        Between frames, in ns.
    published : dict of str to float, optional
        In percent.

    Returns
    -------
    shown : pandas.DataFrame, index (from, to)
    """
    rows, head = {}, f"% per {interval:g} ns (95 % interval)"
    names = states.table["name"]
    for key, (origin, target) in flows.items():
        pairs = [(names[i], names[j]) for i in of_kind(states.table, origin) for j in of_kind(states.table, target)]
        for start, end in pairs or [(origin, target)]:
            rows[start, end] = {head: "no such state", "published, %": (published or {}).get(key, "")}
            if pairs:
                value, low, high = (
                    100 * float(states.kinetics[end_of].sel(origin=start, target=end))
                    for end_of in ("matrix", "low", "high")
                )
                rows[start, end][head] = f"{value:.2f} ({low:.2f} to {high:.2f})"
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(["from", "to"])


def stability_text(found, described=None):
    """
    In words, how many states rotations of the points give, and which states they find again.

    Parameters
    ----------
    found : dict of str to xarray.Dataset
        By kind of data ("SOAP", "SOAP&LENS"), see `soaplens_lite.states.stability`.
    described : dict of str to sequence of str, optional
        What each state is called, in place of its name.

    Returns
    -------
    text : str
        A Markdown list with an entry for each kind of data.

    Examples
    --------
    >>> import xarray as xr
    >>> overlap = [[1.0, 0.9], [1.0, 0.2], [0.9, 0.3]]  # of two states, in two rotations and in the exact tree
    >>> found = xr.Dataset({"overlap": (("clustering", "state"), overlap), "n_states": ("clustering", [2, 3, 1])},
    ...                    {"state": ["fast", "edge"]}, {"n_rotations": 2, "found_again_above": 0.5})
    >>> print(stability_text({"SOAP": found}).replace(" Not:", "\\nNot:"))
    - **SOAP**: 2 rotations give 2 to 3 states, the exact tree 1. Found again each time: fast.
    Not: edge (1 of 2, not by the exact tree).
    """
    lines = []
    for data, each in found.items():
        n_rotations, numbers = each.attrs["n_rotations"], each["n_states"].values
        again = each["overlap"].values > each.attrs["found_again_above"]
        names, times_found = (described or {}).get(data, each["state"].values), again[:n_rotations].sum(axis=0)
        always, sometimes = [], []
        for name, times, exact in zip(names, times_found, again[n_rotations:].all(axis=0), strict=True):
            if times == n_rotations and exact:
                always.append(str(name))
            else:
                sometimes.append(f"{name} ({times} of {n_rotations}{'' if exact else ', not by the exact tree'})")
        low, high = numbers[:n_rotations].min(), numbers[:n_rotations].max()
        line = f"- **{data}**: {n_rotations} rotations give {low if low == high else f'{low} to {high}'} states"
        line += "".join(f", the exact tree {number}" for number in numbers[n_rotations:])
        line += f". Found again each time: {', '.join(always) or 'none'}."
        lines.append(line + (f" Not: {', '.join(sometimes)}." if sometimes else ""))
    return "\n".join(lines)


def claim_table(judgements):
    """
    Measured values beside published ones, with verdicts.

    Parameters
    ----------
    judgements : iterable of soaplens_lite.study.claims.verdicts.Judgement

    Returns
    -------
    styled : pandas.io.formats.style.Styler
        A verdict that is not the expected one is bold. The last column says how often rotations of the points find
        again what the statement depends on.
    """
    judgements = list(judgements)
    rows = [
        (judged.claim.statement, published_text(judged.claim), judged.measured_text, judged.verdict, judged.stability)
        for judged in judgements
    ]
    columns = ["statement", "published", "measured (95 % interval)", "verdict", "found again in rotations"]
    shown = pd.DataFrame(rows, columns=columns)
    bold = ["font-weight: bold" if judged.departs else "" for judged in judgements]
    left = {"text-align": "left", "white-space": "normal"}
    return shown.style.hide(axis="index").set_properties(**left).apply(lambda column: bold, subset=["verdict"])


def _share(value):
    return f"{float(value):.0%}"


def _written(value, form):
    """A number as text; a dash for what is not defined."""
    return "–" if pd.isna(value) else form.format(value)


def _range(low, high, form):
    """The two ends of a rule in words."""
    ends = [("from ", low), ("below ", high)]
    return " ".join(word + form.format(end) for word, end in ends if not pd.isna(end))
