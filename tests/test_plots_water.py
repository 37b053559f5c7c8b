"""Pictures of the ice/water study: they draw what they are given, also at the size of a small panel."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import PathPatch, Rectangle
from tables import table_of_names

from soaplens_lite import plots

FLOWS = np.array([[[5, 1, 0], [2, 3, 0], [0, 0, 0]], [[7, 0, 0], [0, 3, 1], [0, 0, 0]]])


@pytest.fixture
def table():
    """Ice, interface and liquid."""
    names = ["ice", "interface", "liquid"]
    return table_of_names(names)


@pytest.fixture(autouse=True)
def close_figures():
    """No test leaves a figure behind."""
    yield
    plt.close("all")


def test_alluvial_draws_every_block_and_band(table):
    """Three times three blocks, one of them empty at first; a band for each of the flows that are not zero (4 + 3)."""
    _, ax = plt.subplots(figsize=(3, 2))
    assert plots.plot_alluvial(FLOWS, [0.5, 1.0, 2.0], table, ax=ax) is ax
    assert sum(isinstance(patch, Rectangle) for patch in ax.patches) == 9
    assert sum(isinstance(patch, PathPatch) for patch in ax.patches) == 7
    counts = [text.get_text() for text in ax.texts if text.get_text().isdigit()]
    assert counts == ["6", "5", "0", "7", "4", "0", "7", "3", "1"]
    assert [label.get_text() for label in ax.get_xticklabels()] == ["0.50 ns", "1.00 ns", "2.00 ns"]


def test_alluvial_needs_a_time_for_every_population(table):
    """Two intervals have three ends."""
    with pytest.raises(ValueError, match="2 times for 3 populations"):
        plots.plot_alluvial(FLOWS, [0.5, 1.0], table)


def test_cumulative_variance_counts_the_components():
    """The line at 99 % and the counts in the legend: 3 of the first, 2 of the second."""
    curves = {"SOAP": [0.7, 0.98, 0.995, 1.0], "SOAP&LENS": [0.9, 0.99, 0.999, 1.0]}
    ax = plots.plot_cumulative_variance(curves)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["SOAP: 3 components", "SOAP&LENS: 2 components"]
    assert any(np.allclose(line.get_ydata(), 0.99) and len(line.get_ydata()) == 2 for line in ax.lines)


def test_profiles_stack_the_shares_and_draw_the_order(table):
    """The sum of the areas is 1 everywhere; the order parameter has a second axis."""
    position = np.arange(-3, 4)
    shares = np.array([np.full(7, 0.5), np.full(7, 0.3), np.full(7, 0.2)])
    ax = plots.plot_profiles(position, shares, table, order=np.linspace(0.7, 0.9, 7))
    assert [area.get_paths()[0].vertices[:, 1].max() for area in ax.collections] == pytest.approx([0.5, 0.8, 1.0])
    right = ax.get_figure().axes[1]
    np.testing.assert_allclose(right.lines[-1].get_ydata(), np.linspace(0.7, 0.9, 7))
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["ice", "interface", "liquid", "tetrahedral order"]
