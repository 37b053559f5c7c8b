"""Figures as wholes: where panels stand, and what they are called with."""

from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from soaplens_lite import plots


@pytest.fixture(autouse=True)
def close_figures():
    """No test leaves a figure to the next."""
    yield
    plt.close("all")


@pytest.fixture
def calls():
    """Panels that write down what they are called with, and where they came to stand."""
    seen = {}

    def panel(name, *, ax, **options):
        seen[name] = (ax, options)

    return seen, {name: partial(panel, name) for name in ("one", "two", "three")}


def test_panels_stand_where_the_layout_says(calls):
    """One beside a column of two, in one row: heights, widths and the order from top to bottom."""
    seen, panels = calls
    figure = plots.compose(panels, [(60, [("a", "one", 2), ("b", ["two", "three"], 1)])], width_mm=90)
    figure.canvas.draw()
    boxes = {name: ax.get_window_extent() for name, (ax, _) in seen.items()}
    assert figure.get_size_inches() == pytest.approx([90 / 25.4, 60 / 25.4])
    assert boxes["one"].x1 < boxes["two"].x0 and boxes["one"].width > 1.5 * boxes["two"].width
    assert boxes["two"].y0 > boxes["three"].y1
    assert boxes["two"].x0 == pytest.approx(boxes["three"].x0, abs=1)
    letters = [text.get_text() for part in figure.subfigs[0].subfigs for text in part.texts]
    assert letters == ["a", "b"]


def test_options_reach_only_the_panel_that_they_are_for(calls):
    """The others are called with their axes alone."""
    seen, panels = calls
    plots.compose(panels, [(40, [("", ["one", "two"], 1)])], options={"two": {"legend": False}})
    assert {name: options for name, (_, options) in seen.items()} == {"one": {}, "two": {"legend": False}}


def test_a_panel_that_was_not_drawn_becomes_a_note(calls):
    """The page is composed all the same, and says which panel is missing; a note takes no options."""
    panels = {"one": partial(plots.plot_note, "nothing to see")}
    options = {"one": {"legend": False}, "four": {"legend": False}}
    figure = plots.compose(panels, [(20, [("a", "one", 1), ("", "four", 1)])], options=options)
    assert [ax.texts[0].get_text() for ax in figure.axes] == ["nothing to see", "four was not drawn"]


def test_a_chord_diagram_without_names_has_the_whole_place():
    """Neither names nor legend, and a circle that is larger than the one with a legend."""
    table = pd.DataFrame({"name": ["vertex", "face", "edge"], "color": ["#111111", "#888888", "#eeeeee"]})
    circles = {}
    for names in (True, False):
        figure, ax = plt.subplots(figsize=(1, 0.8))
        plots.plot_chord(np.array([[5, 1, 1], [2, 8, 1], [1, 1, 9]]), table, names=names, ax=ax)
        figure.canvas.draw()
        circles[names] = ax.child_axes[0].get_window_extent().width
        assert (ax.get_legend() is None) != names
    assert circles[False] > circles[True] > 10
