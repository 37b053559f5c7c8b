"""Tables for readers: units in the heads, numbers rounded, nothing undefined shown as a number."""

import types

import numpy as np
import pandas as pd
import pytest

from soaplens_lite.edition import reading


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
            "own": [1.23456, 2.0],
        }
    )
    styled = reading.state_table(table)
    assert styled.data.to_dict("list") == {
        "name": ["edge", "fast"],
        "population": ["99.60%", "0.40%"],
        "mean depth (Å)": ["0.00", "–"],
        "residence (ns)": ["0.457 (0.4 to 0.51)", "–"],
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
    shown = reading.rule_table(rules)
    assert shown.index.tolist() == ["edge", "fast", "bulk"]
    assert shown.to_dict("list") == {
        "ideal": ["7", "", "12"],
        "mean coordination": ["from 6.00 below 7.50", "below 7.50", ""],
        "mobile": ["", "from 50.0%", ""],
    }


def run_with(**numbers):
    """What `reading.recorded` asks of a run."""
    entries = {name: {"value": value, "unit": "", "note": ""} for name, value in numbers.items()}
    return types.SimpleNamespace(numbers=entries)


@pytest.mark.parametrize(
    "value, text, interval",
    [
        (0.123456, "0.123", ""),
        (7, "7", ""),
        (True, "yes", ""),
        (None, "none", ""),
        ("edge, fast", "edge, fast", ""),
        ([1.0, 2.5], "1, 2.5", ""),
        ({"ice": 0.25, "liquid": 1}, "ice 0.25, liquid 1", ""),
        ({"value": 0.5, "low": 0.25, "high": 0.75}, "0.5", "0.25 to 0.75"),
        ({"value": None, "low": None, "high": None}, "none", ""),
    ],
)
def test_recorded_values_as_text(value, text, interval):
    """Answers in words, three digits, intervals apart."""
    shown = reading.recorded(run_with(a=1, x=value), "a", "x").loc["x"]
    assert (shown["value"], shown.get("95 % interval", "")) == (text, interval)


def test_recorded_by_pattern():
    """In the order of the patterns and of recording; tables and long lists are left out, and so are empty columns."""
    run = run_with(**{"soap.a": 1, "fast.b": 2, "fast.c": 3, "fast.table": {"name": ["x"]}, "fast.list": [0] * 9})
    shown = reading.recorded(run, "fast.*", "soap.a")
    assert shown.index.tolist() == ["fast.b", "fast.c", "soap.a"] and shown.columns.tolist() == ["value"]


def test_a_name_that_nothing_has():
    """A misspelled name must not pass for an empty table."""
    with pytest.raises(KeyError, match="'fats.\\*'"):
        reading.recorded(run_with(a=1), "a", "fats.*")
