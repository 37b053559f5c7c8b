"""The picture of how far findings depend on the settings."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from soaplens_lite.plots import plot_robustness


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
    table = pd.DataFrame(rows, columns=["knob", "setting", "data", "states", "place", "agreement", "flow"])
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
    """Both kinds of data in the one, the joint data with intervals in the other; what is unknown is a dash."""
    _, agreement, flow = columns(table)
    drawn = np.sort(np.concatenate([line.get_xdata() for line in agreement.lines if line.get_linestyle() == "None"]))
    assert drawn.tolist() == sorted(table.agreement)
    points = next(line for line in flow.lines if line.get_marker() == "o")
    assert points.get_xdata().tolist() == [0.9, 0.8]
    (interval,) = (c for c in flow.collections)
    assert np.allclose([segment[:, 0] for segment in interval.get_segments()], [[0.8, 0.95], [0.7, 0.85]])
    assert [text.get_text() for text in flow.texts] == ["–"]


def test_a_flow_that_is_known_nowhere_is_survived(table):
    """All dashes."""
    _, _, flow = columns(table.assign(flow=np.nan, flow_low=np.nan, flow_high=np.nan))
    assert [text.get_text() for text in flow.texts] == ["–"] * 3
