"""One setting changed at a time: the settings themselves, thinning to pairs, and what is counted at the end."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from soaplens_lite.sensitivity import in_pairs, one_at_a_time, summarize, with_gaps
from soaplens_lite.transitions import transition_counts

BASE = {"window": 4, "seed": 0}
REFERENCE = ("reference", "as it is", "", {})
COLUMNS = ["setting", "place", "states", "agreement", "flow", "flow_low", "flow_high"]


def test_settings_of_a_knob_stand_together():
    """The window comes again after the seed: it is put beside its like; the base is left alone."""
    changes = [
        REFERENCE,
        ("window", "shorter", "2 frames", {"window": 2}),
        ("seed", "another", "", {"seed": 1}),
        ("window", "longer", "8 frames", {"window": 8}),
    ]
    found = one_at_a_time(BASE, changes)
    assert [setting.label for setting in found] == ["as it is", "shorter: 2 frames", "longer: 8 frames", "another"]
    assert found[0].parameters == BASE == {"window": 4, "seed": 0}
    assert found[2].parameters == {"window": 8, "seed": 0}


def test_what_is_no_change():
    """A parameter that the study does not have would change nothing; two of one name could not be told apart."""
    with pytest.raises(ValueError, match=r"changes of \['windwo'\]: the study has \['seed', 'window'\]"):
        one_at_a_time(BASE, [REFERENCE, ("window", "typo", "", {"windwo": 2})])
    with pytest.raises(ValueError, match=r"\['as it is'\]: each must have a name of its own"):
        one_at_a_time(BASE, [REFERENCE, ("window", "as it is", "", {"window": 2})])


@settings(deadline=None)
@given(stride=st.integers(1, 9), first=st.integers(0, 9), n=st.integers(1, 40))
def test_pairs_are_the_first_two_of_every_stride(stride, first, n):
    """By their labels, wherever the frames begin; a stride of one or two leaves nothing out."""
    frames = list(range(first, first + n))
    data = xr.DataArray(frames, dims="frame", coords={"frame": frames})
    assert in_pairs(data, stride).values.tolist() == [f for f in frames if stride == 1 or f % stride in (0, 1)]


def test_passages_are_counted_within_pairs_only():
    """0 to 1 within the first pair; what lies between the pairs is no passage."""
    labels = xr.DataArray([[0], [1], [2], [2]], dims=("frame", "atom"), coords={"frame": [3, 4, 9, 10], "atom": [7]})
    whole = with_gaps(labels)
    assert whole.frame.values.tolist() == list(range(3, 11))
    assert transition_counts(whole, 3).tolist() == [[0, 1, 0], [0, 0, 0], [0, 0, 1]]


@pytest.fixture
def table():
    """Five settings: with the state and all else, with the state alone, merged, all in one, and nothing found."""
    rows = [
        ("as it is", "state", 5, 1.0, 0.9, 0.8, 1.0),
        ("collapsed", "state", 2, 0.02, np.nan, np.nan, np.nan),
        ("merged", "cluster", 4, 0.5, 0.7, 0.3, 0.9),
        ("one", "cluster", 1, 0.0, 0.8, 0.7, 0.9),
        ("nothing", "none", 0, np.nan, np.nan, np.nan, np.nan),
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_summary_is_counted_by_hand(table):
    """An agreement of just one half still counts as alike; of what was not found there is none."""
    assert summarize(table) == {
        "settings": 5,
        "own_state": 2,
        "merged": 2,
        "not_found": 1,
        "where_not_found": ["nothing"],
        "single_state": 1,
        "unlike": 3,
        "own_state_unlike": 1,
        "where_unlike": ["collapsed", "one", "nothing"],
        "states": (0, 5),
        "with_flow": 3,
        "where_no_flow": ["collapsed", "nothing"],
        "flow": (0.7, 0.9),
        "widest": ("merged", 0.3, 0.9),
    }
    assert summarize(table, alike=0.51)["unlike"] == 4


def test_a_summary_without_any_flow(table):
    """There is then no extreme and no interval to tell."""
    summary = summarize(table.assign(flow=np.nan))
    assert (summary["with_flow"], summary["flow"], summary["widest"]) == (0, None, None)
    assert summary["where_no_flow"] == list(table.setting)
