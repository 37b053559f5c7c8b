"""The picture of how far findings depend on the settings."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from soaplens_lite.plots import plot_findings, plot_robustness, plot_stability


@pytest.fixture
def table():
    """Three settings with and without LENS; the state is missing once, merged once, and no flow is known once."""
    rows = [
        ("reference", "as in the study", "SOAP", 6, "none", 1.0, np.nan),
        ("reference", "as in the study", "SOAP&LENS", 5, "state", 1.0, 0.9),
        ("tree", "exact", "SOAP", 2, "none", 0.4, np.nan),
        ("tree", "exact", "SOAP&LENS", 3, "cluster", 0.5, 0.8),
        ("window", "window 40 frames", "SOAP", 6, "none", 1.0, np.nan),
        ("window", "window 40 frames", "SOAP&LENS", 4, "none", 0.7, np.nan),
    ]
    table = pd.DataFrame(rows, columns=["parameter", "setting", "data", "states", "place", "agreement", "flow"])
    return table.assign(flow_low=table.flow - 0.1, flow_high=table.flow + 0.05)


def columns(table, **options):
    """The three axes inside: what is found, agreement, flow."""
    figure, ax = plt.subplots()
    plot_robustness(table, sought="fast", flow="entries from edges", ax=ax, **options)
    figure.canvas.draw()
    return ax.child_axes


def test_every_setting_has_its_number_of_states_twice(table):
    """Six numbers in the order of the table, and the names of the three settings beside them."""
    found, _, _ = columns(table)
    texts = [text.get_text() for text in found.texts]
    assert {"as in the study", "exact", "window 40 frames"} <= set(texts)
    assert sorted(text for text in texts if text.isdigit()) == sorted(str(n) for n in table.states)


def test_marks_tell_states_from_clusters_and_from_nothing(table):
    """One state of its own, one cluster that was merged, four times nothing."""
    found, _, _ = columns(table)
    marks = [(line.get_marker(), line.get_fillstyle()) for line in found.lines if len(line.get_xdata()) == 1]
    assert (marks.count(("o", "full")), marks.count(("o", "left")), marks.count(("x", "full"))) == (1, 1, 4)


def test_agreement_and_flow_stand_where_the_numbers_say(table):
    """Both kinds of data in the one, the joint data with intervals in the other; what is unknown says so."""
    _, agreement, flow = columns(table)
    drawn = np.sort(np.concatenate([line.get_xdata() for line in agreement.lines if line.get_linestyle() == "None"]))
    assert drawn.tolist() == sorted(table.agreement)
    points = next(line for line in flow.lines if line.get_marker() == "o")
    assert points.get_xdata().tolist() == [0.9, 0.8]
    (interval,) = (c for c in flow.collections)
    assert np.allclose([segment[:, 0] for segment in interval.get_segments()], [[0.8, 0.95], [0.7, 0.85]])
    assert [text.get_text() for text in flow.texts] == ["no value"]


def test_a_flow_that_is_known_nowhere_is_survived(table):
    """No value anywhere."""
    _, _, flow = columns(table.assign(flow=np.nan, flow_low=np.nan, flow_high=np.nan))
    assert [text.get_text() for text in flow.texts] == ["no value"] * 3


def test_headings_and_lines_are_explained(table):
    """What mark and number are, what the dashed line is, and the three marks."""
    found, _, flow = columns(table)
    assert found.get_title() == "mark: fast found?\nnumber: states in all"
    assert [text.get_text() for text in flow.get_legend().get_texts()] == ["value of the first line"]
    assert len(found.get_legend().get_texts()) == 3


@pytest.fixture
def overview(table):
    """Axes of two studies beside each other: the second has no setting of the tree, and one more, of the seed."""
    first = table.assign(study="one", change=table.setting)
    second = first[first.parameter != "tree"].assign(study="two")
    seed = second[second.parameter == "window"].assign(parameter="seed", change="seed 1", setting="seed 1")
    figure, ax = plt.subplots()
    findings = {"one": ("one: fast", "from edges"), "two": ("two: fast", "from faces")}
    plot_findings(pd.concat([first, second, seed]), findings=findings, ax=ax)
    figure.canvas.draw()
    return ax


def marks_of(ax):
    """Marks in axes, as (line, column, filled)."""
    return sorted(
        (int(line.get_ydata()[0]), int(line.get_xdata()[0]), line.get_marker() == "o")
        for line in ax.lines
        if len(line.get_xdata()) == 1
    )


def test_one_line_for_each_change_of_any_study(overview):
    """Four changes; marks of the first study in the first three lines, of the second not in that of the tree."""
    first, _, second, _ = overview.child_axes
    names = {"as in the study", "exact", "window 40 frames", "seed 1"}
    assert names <= {text.get_text() for text in first.texts}
    assert marks_of(first) == [(0, 0, False), (0, 1, True), (1, 0, False), (1, 1, True), (2, 0, False), (2, 1, False)]
    assert [line for line, column, _ in marks_of(second) if column] == [0, 2, 3]


def test_what_a_study_did_not_try_is_a_band(overview):
    """The line of the seed in the first study, that of the tree in the second, in marks and in values."""
    bands = [[patch.get_y() + patch.get_height() / 2 for patch in ax.patches] for ax in overview.child_axes]
    assert bands == [[3], [3], [1], [1]]


def test_low_agreement_is_framed_and_states_are_counted(overview):
    """Of 1, 0.5 and 0.7 none is below one half; a state of its own once in three settings, never without LENS."""
    first = overview.child_axes[0]
    agreement = {text.get_text(): text.get_bbox_patch() for text in first.texts if "." in text.get_text()}
    assert agreement == {"1.00": None, "0.50": None, "0.70": None}
    assert {"0/3", "1/3"} <= {text.get_text() for text in first.texts}


def test_agreement_below_the_limit_has_a_frame(table):
    """One half is below 0.6, the others are not."""
    figure, ax = plt.subplots()
    plot_findings(table.assign(study="one", change=table.setting), findings={"one": ("one", "flow")}, alike=0.6, ax=ax)
    framed = {text.get_text() for text in ax.child_axes[0].texts if text.get_bbox_patch()}
    plt.close(figure)
    assert framed == {"0.50"}


def test_an_interval_of_the_overview_is_that_of_the_table(overview):
    """As in the picture of one study, and the line without a flow says so."""
    values = overview.child_axes[1]
    [interval] = values.collections
    assert np.allclose([segment[:, 0] for segment in interval.get_segments()], [[0.8, 0.95], [0.7, 0.85]])
    assert [(text.get_text(), text.get_position()[1]) for text in values.texts] == [("no value", 2)]


@pytest.fixture
def turned():
    """Two rotations and the exact tree: "fast" always found again, "edge" once."""
    overlap = [[1.0, 0.9], [0.9, 0.2], [0.8, 0.4]]
    return xr.Dataset(
        {
            "overlap": (("clustering", "state"), overlap),
            "found_again": ("state", [1.0, 0.5]),
            "n_states": ("clustering", [2, 3, 1]),
        },
        coords={"state": ["fast", "edge"]},
        attrs={"n_rotations": 2, "found_again_above": 0.5},
    )


def stability_axes(found, **options):
    """The two axes inside: overlaps, numbers of states."""
    figure, ax = plt.subplots()
    plot_stability(found, ax=ax, **options)
    figure.canvas.draw()
    return ax.child_axes


def test_every_state_has_a_row_with_its_count(turned):
    """Both kinds of data, one row for each of their states, in their order."""
    overlaps, _ = stability_axes({"SOAP": turned, "SOAP&LENS": turned.assign_coords(state=["fast", "face"])})
    rows = {(text.get_text(), text.get_position()[1]) for text in overlaps.texts}
    assert rows == {
        *[("fast", 0), ("2 of 2", 0), ("edge", 1), ("1 of 2", 1)],
        *[("fast", 2), ("2 of 2", 2), ("face", 3), ("1 of 2", 3)],
    }


def test_rotations_are_points_and_the_exact_tree_is_a_cross(turned):
    """The overlaps of each state; names can be replaced by descriptions."""
    overlaps, _ = stability_axes({"SOAP&LENS": turned}, described={"SOAP&LENS": ["fast, 5.4", "edge, 7.0"]})
    drawn = {
        marker: [list(line.get_xdata()) for line in overlaps.lines if line.get_marker() == marker] for marker in "ox"
    }
    assert drawn == {"o": [[1.0, 0.9], [0.9, 0.2]], "x": [[0.8], [0.4]]}
    assert {"fast, 5.4", "edge, 7.0"} < {text.get_text() for text in overlaps.texts}


def test_numbers_of_states_are_counted(turned):
    """One rotation with two states and one with three; the exact tree gives one."""
    _, numbers = stability_axes({"SOAP&LENS": turned})
    bars = {(bar.get_x() + bar.get_width() / 2, bar.get_height()) for bar in numbers.patches}
    assert {(round(x), height) for x, height in bars} == {(2, 1), (3, 1)}
    assert [line.get_xdata()[0] for line in numbers.lines] == [1]
