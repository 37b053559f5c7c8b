"""One setting changed at a time: the settings, thinning to pairs, findings, and their summary."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from soaplens_lite.kinetics import transition_counts
from soaplens_lite.states import Clusters, States
from soaplens_lite.study.sensitivity import attempt, attempt_each, each_setting, judge, one_at_a_time, summarize
from soaplens_lite.trajectory import thin_to_pairs

BASE = {"lens_window": 4, "seed": 0}
COLUMNS = ["setting", "place", "states", "agreement", "flow", "flow_low", "flow_high"]


def test_settings_of_one_group_stand_together():
    """The window comes again after the seed: it is put beside the first one; the base is not changed."""
    changes = [
        ("window", "shorter", "lens_window", lambda n: n // 2),
        ("seed", "another", "seed", 1),
        ("window", "longer", "lens_window", lambda n: 2 * n),
    ]
    found = one_at_a_time(BASE, changes, reference="as it is")
    assert [setting.label for setting in found] == ["as it is", "shorter: 2 frames", "longer: 8 frames", "another"]
    assert found[0].parameters == BASE == {"lens_window": 4, "seed": 0}
    assert found[2].parameters == {"lens_window": 8, "seed": 0}
    assert found[2].in_words() == {"parameter": "window", "change": "longer", "setting": "longer: 8 frames"}


def test_a_change_beyond_the_limit_is_left_out():
    """A window of 8 frames is longer than 7; the reference stays, whatever its window is."""
    changes = [("window", "longer", "lens_window", lambda n: 2 * n), ("seed", "another", "seed", 9)]
    assert len(one_at_a_time(BASE, changes, reference="as it is", lens_window=8)) == 3
    found = one_at_a_time(BASE, changes, reference="as it is", lens_window=3)
    assert [setting.label for setting in found] == ["as it is", "another"]


def test_what_is_not_a_change():
    """A parameter that the study does not have changes nothing; two changes of one name cannot be told apart."""
    with pytest.raises(ValueError, match=r"changes of \['windwo'\]: the study has \['lens_window', 'seed'\]"):
        one_at_a_time(BASE, [("window", "typo", "windwo", 2)], reference="as it is")
    with pytest.raises(ValueError, match=r"\['as it is'\]: each must have a name of its own"):
        one_at_a_time(BASE, [("window", "as it is", "lens_window", 2)], reference="as it is")


def test_settings_are_visited_in_order():
    """Study by study."""
    few = {study: one_at_a_time(BASE, [("seed", "another", "seed", 1)], reference=study) for study in ("a", "b")}
    assert [(study, setting.label) for study, setting in each_setting(few)] == [
        ("a", "a"), ("a", "another"), ("b", "b"), ("b", "another")
    ]  # fmt: skip


def test_a_failure_is_none_unless_it_must_not_be():
    """Errors of the method only: others are programming errors and are raised."""
    assert attempt(int, "7") == 7 and attempt(int, "seven") is None
    with pytest.raises(ValueError, match="seven"):
        attempt(int, "seven", required=True)
    with pytest.raises(TypeError):
        attempt(int, None)


def test_a_failure_of_one_leaves_the_others():
    """Taken together they fail, each alone only the one that does; without a failure they are taken once."""
    calls = []

    def halves(numbers):
        calls.append(list(numbers))
        if "odd" in numbers:
            raise ValueError("odd")
        return {name: number // 2 for name, number in numbers.items()}

    assert attempt_each(halves, {"even": 4, "odd": 3}) == {"even": 2, "odd": None}
    assert calls == [["even", "odd"], ["even"], ["odd"]]
    assert attempt_each(halves, {"two": 2, "four": 4}) == {"two": 1, "four": 2} and calls[3:] == [["two", "four"]]
    with pytest.raises(ValueError, match="odd"):
        attempt_each(halves, {"odd": 3}, required=True)


@settings(deadline=None)
@given(stride=st.integers(1, 9), first=st.integers(0, 9), n=st.integers(1, 40))
def test_pairs_are_the_first_two_of_every_stride(stride, first, n):
    """By their labels, wherever the frames begin; a stride of one or two leaves nothing out."""
    frames = list(range(first, first + n))
    data = xr.DataArray(frames, dims="frame", coords={"frame": frames})
    assert thin_to_pairs(data, stride).values.tolist() == [f for f in frames if stride == 1 or f % stride in (0, 1)]


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ([3, 4, 9, 10], [[0, 1, 0], [0, 0, 0], [0, 0, 1]]),  # 0 to 1, then 2 to 2; 1 to 2 is across missing frames
        ([0, 5, 10, 15], [[0, 1, 0], [0, 0, 1], [0, 0, 1]]),  # evenly spaced: nothing is missing
    ],
)
def test_transitions_are_counted_between_successive_frames_only(frames, expected):
    """The states are 0, 1, 2, 2."""
    labels = xr.DataArray([[0], [1], [2], [2]], dims=("frame", "atom"), coords={"frame": frames, "atom": [7]})
    assert transition_counts(labels, 3).tolist() == expected


def states_of(labels, kinds, clusters, cluster_kinds):
    """States and clusters with kinds, of two atoms in successive frames."""

    def labelled(values):
        coords = {"frame": np.arange(len(values)), "atom": [4, 9]}
        return xr.DataArray(np.array(values), dims=("frame", "atom"), coords=coords)

    def table(kinds, of):
        return pd.DataFrame({"name": kinds, "kind": kinds}, index=pd.RangeIndex(len(kinds), name=of))

    found = Clusters(labelled(clusters), table(cluster_kinds, "cluster"), xr.Dataset(), None, None, 0)
    return States(labelled(labels), table(kinds, "state"), xr.Dataset(), clusters=found)


def test_findings_are_judged_by_hand():
    """Cluster 2 is fast: it is entered once from 1 (edge) and once from 0 (bulk); the cut merges it with 1."""
    clusters = [[1, 0], [2, 2], [1, 0]]
    merged = states_of([[1, 0], [1, 1], [1, 0]], ["bulk", ""], clusters, ["bulk", "edge", "fast"])
    apart = states_of(clusters, ["bulk", "edge", "fast"], clusters, ["bulk", "edge", "fast"])
    found = judge(merged, apart, "fast", "edge", "fast", "entries", n_resamples=50)
    assert (found["clusters"], found["states"], found["place"], found["flow"]) == (3, 2, "cluster", 0.5)
    assert found["flow_low"] <= 0.5 <= found["flow_high"] and found["agreement"] < 1
    assert judge(apart, apart, "fast", "edge", "fast", "entries", n_resamples=50)["place"] == "state"
    assert judge(apart, apart, "fast", "edge", "fast", "entries", n_resamples=50)["agreement"] == 1


def test_findings_without_the_state_or_without_any():
    """No flow without the sought kind; nothing at all where the method failed."""
    clusters = [[1, 0], [0, 1], [1, 0]]
    states = states_of(clusters, ["bulk", "edge"], clusters, ["bulk", "edge"])
    found = judge(states, states, "fast", "edge", "bulk", "entries")
    assert (found["place"], found["agreement"]) == ("none", 1) and np.isnan(found["flow"])
    nothing = judge(None, states, "fast", "edge", "bulk", "entries")
    assert (nothing["clusters"], nothing["states"], nothing["place"]) == (0, 0, "none")
    assert np.isnan([nothing["flow"], nothing["agreement"]]).all() and list(nothing) == list(found)


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
