"""Tables for readers: units in the heads, numbers rounded, nothing undefined shown as a number."""

import numpy as np
import pandas as pd
import xarray as xr

from soaplens_lite.states import States
from soaplens_lite.study import tables


def test_a_table_of_states():
    """Percent, units, times with their interval; the color goes from a column to the name; unknown columns stay."""
    table = pd.DataFrame(
        {
            "name": ["edge", "fast"],
            "color": ["#0000ff", "#ff00ff"],
            "population": [0.9960, 0.0040],
            "depth": [0.0, np.nan],
            "residence_ns": [0.4567, np.nan],
            "residence_low": [0.4, np.nan],
            "residence_high": [0.51, np.nan],
            "found_again": [3, 1],
            "n_rotations": 3,
            "own": [1.23456, 2.0],
        }
    )
    styled = tables.state_table(table)
    assert styled.data.to_dict("list") == {
        "name": ["edge", "fast"],
        "population": ["99.60%", "0.40%"],
        "mean depth (Å)": ["0.00", "–"],
        "residence (ns)": ["0.457 (0.4 to 0.51)", "–"],
        "found again": ["3 of 3 rotations", "1 of 3 rotations"],
        "own": ["1.23", "2"],
    }
    page = styled.to_html()
    assert page.index("#0000ff") < page.index("#ff00ff") and "nan" not in page.lower()


def test_a_table_of_rules():
    """A range has a column of its own, with both, one or no end; other columns are shown as they are."""
    rules = pd.DataFrame(
        columns=["name", "ideal", "coordination_from", "coordination_below", "mobile_from"],
        data=[["edge", "7", 6.0, 7.5, None], ["fast", None, None, 7.5, 0.5], ["bulk", "12", None, None, None]],
    )
    shown = tables.rule_table(rules)
    assert shown.index.tolist() == ["edge", "fast", "bulk"]
    assert shown.to_dict("list") == {
        "ideal": ["7", "", "12"],
        "mean coordination": ["from 6.00 below 7.50", "below 7.50", ""],
        "mobile": ["", "from 50.0%", ""],
    }


def states():
    """Two states: fast ones come from the edges, three times of four."""
    names = ["edge", "fast"]
    values = {"counts": [[9, 3], [1, 5]], "matrix": [[0.75, 0.25], [0.2, 0.8]], "low": [[0.7, 0.2], [0.1, 0.7]]}
    values |= {"high": [[0.8, 0.3], [0.3, 0.9]], "shares": [[0, 1], [1, 0]], "shares_low": [[0, 1], [1, 0]]}
    values |= {"shares_high": [[0, 1], [1, 0]]}
    variables = {key: (("origin", "target"), np.array(value, dtype=float)) for key, value in values.items()}
    kinetics = xr.Dataset(variables, coords={"origin": names, "target": names})
    return States(None, pd.DataFrame({"name": names, "kind": names}), kinetics)


def test_entries_and_flows():
    """Counts and shares by origin; percentages with intervals beside the published ones, and kinds that are missing."""
    entries = tables.entry_table(states(), [1])
    assert entries.loc[("fast", "edge")].tolist() == [3, "100% (100% to 100%)"]
    flows = tables.flow_table(states(), {"a": ("edge", "fast"), "b": ("face", "fast")}, 0.04, {"a": 0.1})
    assert flows.loc[("edge", "fast")].tolist() == ["25.00 (20.00 to 30.00)", 0.1]
    assert flows.loc[("face", "fast")].tolist() == ["no such state", ""]
    assert tables.entry_table(states(), []).empty


def test_rotations_in_words():
    """One state is found again always, one in one of two rotations; without an exact tree nothing is said of it."""
    overlap = [[1.0, 0.6], [0.9, 0.5]]  # 0.5 is not above 0.5
    found = xr.Dataset(
        {"overlap": (("clustering", "state"), overlap), "n_states": ("clustering", [4, 4])},
        {"state": ["fast", "edge"]},
        {"n_rotations": 2, "found_again_above": 0.5},
    )
    text = tables.stability_text({"SOAP": found, "SOAP&LENS": found}, {"SOAP": ["one", "other"]})
    first, second = text.splitlines()
    assert "**SOAP**: 2 rotations give 4 states." in first and "exact tree" not in text
    assert "each time: one." in first and "other (1 of 2)" in first
    assert "**SOAP&LENS**" in second and "each time: fast." in second and "edge (1 of 2)" in second
    none = found.assign(overlap=found.overlap * 0)
    assert "each time: none." in tables.stability_text({"SOAP": none})
