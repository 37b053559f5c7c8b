"""Costs on logarithmic scales: lines, powers, ticks."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from soaplens_lite import plots
from soaplens_lite.plots import MM

COSTS = pd.DataFrame(
    [
        {"system": system, "step": step, "size": size, "cost": factor * size}
        for system in ("copper", "gold")
        for step, factor in (("SOAP", 1.0), ("LENS", 0.01))
        for size in (2, 4, 8)
    ]
)


@pytest.fixture
def axes():
    """A function that makes axes in a figure of a size in mm."""
    figures = []

    def make(width=85, height=65):
        figure, ax = plt.subplots(figsize=(width * MM, height * MM), layout="constrained")
        figures.append(figure)
        return ax

    yield make
    for figure in figures:
        plt.close(figure)


def test_costs_are_lines_with_their_power(axes):
    """Four lines on logarithmic scales; a power stands in the legend where it is known."""
    powers = {("copper", "SOAP"): 1.0}
    ax = plots.plot_costs(COSTS, powers=powers, xlabel="frames", level=(0.05, "a level"), ax=axes())
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["SOAP, copper: power 1.00", "SOAP, gold", "LENS, copper", "LENS, gold"]
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["LENS, gold"].get_ydata().tolist() == pytest.approx([0.02, 0.04, 0.08])
    assert [text.get_text() for text in ax.texts] == ["a level"]
    assert len({(line.get_color(), line.get_markerfacecolor()) for line in ax.get_lines()[:4]}) == 4


def test_one_step_needs_no_name_of_it(axes):
    """The legend then holds the systems alone; many sizes get round ticks."""
    one = pd.DataFrame({"system": "copper", "step": "SOAP", "size": range(300, 3900, 400), "cost": 1.0})
    ax = plots.plot_costs(one, xlabel="atoms", ax=axes())
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["copper"]
    ax.get_figure().canvas.draw()
    low, high = ax.get_xlim()
    ticks = [tick.get_text() for tick in ax.get_xticklabels() if low <= tick.get_position()[0] <= high]
    assert ticks == ["500", "1000", "2000"]


@pytest.mark.parametrize(("decades", "expected"), [(True, ["0.1", "1", "10"]), (False, ["2", "5", "10"])])
def test_costs_have_plain_ticks(axes, decades, expected):
    """Over decades or within one: numbers as one writes them, and no others between."""
    table = COSTS if decades else COSTS[(COSTS.step == "SOAP") & (COSTS.system == "gold")].assign(cost=[1.5, 4.0, 12.0])
    ax = plots.plot_costs(table, xlabel="frames", ax=axes())
    ax.get_figure().canvas.draw()
    low, high = ax.get_ylim()
    ticks = [tick.get_text() for tick in ax.get_yticklabels(which="both") if low <= tick.get_position()[1] <= high]
    assert [tick for tick in ticks if tick] == expected
