"""State tables for tests: names, kinds and colors."""

import re

import pandas as pd

from soaplens_lite.plots import STATE_COLORS, color_states


def kind_and_number(name):
    """Kind and number of a name: "face 2" is the second face; "state 3" has no kind and the number 3."""
    found = re.fullmatch(r"(.*) (\d+)", name)
    kind, number = (found[1], int(found[2])) if found else (name, 1)
    return ("", number) if kind == "state" else (kind, number)


def color_of(name, colors=STATE_COLORS):
    """Color of a state by its name, whose number gives the place among the states of its kind."""
    kind, number = kind_and_number(name)
    before = number if not kind else number - 1
    names = [*(f"before {k}" for k in range(before)), name]
    return color_states(pd.DataFrame({"name": names, "kind": kind}), colors)["color"].iloc[-1]


def table_of_names(names, colors=STATE_COLORS):
    """A state table with these names and the colors that they have in the studies."""
    kinds = [kind_and_number(name)[0] for name in names]
    index = pd.RangeIndex(len(names), name="state")
    return pd.DataFrame({"name": names, "color": [color_of(n, colors) for n in names], "kind": kinds}, index=index)
