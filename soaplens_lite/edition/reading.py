"""
What a reader of an executed notebook sees of its tables: names of columns with units, numbers rounded, colors shown.

What is recorded keeps all digits; here only what can be read is left.
"""

from fnmatch import fnmatch
from numbers import Number

import pandas as pd

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
}
"""What a measured property is called in tables, and how it is written."""


def state_table(table):
    """
    A table of states to read: every name beside its color, times with their interval.

    Parameters
    ----------
    table : pandas.DataFrame, index state
        ``name``, ``color`` and measured properties, see `soaplens_lite.plots.with_style`.

    Returns
    -------
    styled : pandas.io.formats.style.Styler
    """
    shown = pd.DataFrame({"name": table["name"]})
    for column in table.columns.drop(["name", "color", "residence_low", "residence_high"], errors="ignore"):
        head, form = COLUMNS.get(column, (column, "{:.3g}"))
        shown[head] = [_written(value, form) for value in table[column]]
        if column == "residence_ns" and "residence_low" in table:
            ends = zip(table["residence_low"], table["residence_high"], strict=True)
            shown[head] += ["" if pd.isna(low) else f" ({low:.3g} to {high:.3g})" for low, high in ends]
    bars = [f"border-left: 1em solid {color}; padding-left: 0.5em; text-align: left" for color in table["color"]]
    return shown.style.apply(lambda column: bars, subset=["name"])


def rule_table(rules):
    """
    A table of naming rules to read: one column for each property, with the range in which it must lie.

    Parameters
    ----------
    rules : pandas.DataFrame
        As `soaplens_lite.states.name_states` takes it: ``name``, and pairs of ``PROPERTY_from`` and
        ``PROPERTY_below``, either of which may be missing.

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


def recorded(run, *patterns):
    """
    What a run has recorded so far under some names, as a table to read.

    Parameters
    ----------
    run : soaplens_lite.edition.record.Record
    *patterns : str
        Names, or patterns such as ``fast.*``. Tables and long lists are left out.

    Returns
    -------
    shown : pandas.DataFrame, index quantity
        ``value``, ``95 % interval``, ``unit`` and ``note``, as far as there are any.

    Raises
    ------
    KeyError
        If nothing was recorded under one of the names.
    """
    rows = {}
    for pattern in patterns:
        names = [name for name in run.numbers if fnmatch(name, pattern)]
        if not names:
            raise KeyError(f"nothing was recorded under {pattern!r}")
        for name in names:
            number = run.numbers[name]
            value, interval = _value(number["value"])
            if value is not None:
                rows[name] = {"value": value, "95 % interval": interval, "unit": number["unit"], "note": number["note"]}
    shown = pd.DataFrame.from_dict(rows, orient="index").rename_axis("quantity")
    return shown.loc[:, (shown != "").any()]


def _written(value, form):
    """A number as text; a dash for what is not defined."""
    return "–" if pd.isna(value) else form.format(value)


def _range(low, high, form):
    """The two ends of a rule in words."""
    ends = [("from ", low), ("below ", high)]
    return " ".join(word + form.format(end) for word, end in ends if not pd.isna(end))


def _value(value):
    """Value and interval of a recorded number as texts; None for what is no single number."""
    if isinstance(value, dict) and set(value) >= {"value", "low", "high"}:
        ends = value["low"], value["high"]
        return _scalar(value["value"]), "" if None in ends else " to ".join(map(_scalar, ends))
    if isinstance(value, dict) and all(isinstance(other, Number) for other in value.values()):
        return ", ".join(f"{name} {_scalar(other)}" for name, other in value.items()), ""
    if isinstance(value, list) and len(value) <= 4 and all(isinstance(other, Number) for other in value):
        return ", ".join(map(_scalar, value)), ""
    return (None if isinstance(value, dict | list) else _scalar(value)), ""


def _scalar(value):
    """A number, word or answer as text."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "none"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
