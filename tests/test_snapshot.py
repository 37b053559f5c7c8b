"""Snapshots on axes: legend, scale bar and the path of an atom, read from the drawn figure."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.text import Text

from soaplens_lite.plots import (
    OUTSIDE_COLOR,
    path_snapshot,
    plot_path,
    plot_snapshot,
    project,
    render_spheres,
    scale_length,
    state_snapshot,
)
from soaplens_lite.plots._snapshot import _Caption, break_lines

pytestmark = pytest.mark.slow  # draws spheres at several sizes

TABLE = pd.DataFrame(
    {"name": ["bulk", "face", "edge"], "color": ["#7ebe79", "#52dafb", "#124fd3"]},
    index=[4, 7, 9],
)


@pytest.fixture
def snapshot():
    """Four atoms, the last below the third; 40 Angstrom wide."""
    positions = [[0, 0, 0], [10, 0, 0], [20, 5, 0], [20, 5, -9]]
    return render_spheres(positions, "#888888", 1.0, width=200, bounds=(-10, 30, -5, 10))


def drawn_axes(width_mm=60, layout=None):
    """Axes of a figure that can be drawn without pyplot."""
    figure = Figure(figsize=(width_mm / 25.4, 2), layout=layout)
    FigureCanvasAgg(figure)
    return figure.subplots()


def texts(ax):
    """All that is written on the axes."""
    return [text.get_text() for text in ax.findobj(Text) if text.get_text()]


def test_axes_are_in_angstrom(snapshot):
    """The image fills its extent at equal scales, without a frame."""
    ax = plot_snapshot(snapshot, title="t = 0 ns", ax=drawn_axes())
    assert ax.get_xlim() == (-10, 30) and ax.get_ylim() == (-5, 10)
    assert ax.get_aspect() == 1 and not ax.axison
    assert ax.get_title() == "t = 0\N{NO-BREAK SPACE}ns"


def test_legend_lists_only_visible_states(snapshot):
    """States of hidden atoms and states outside of the table have no entry; the order is that of the table."""
    ax = plot_snapshot(snapshot, table=TABLE, states=[9, -1, 4, 7], ax=drawn_axes())
    assert texts(ax) == ["10 Å", "bulk", "edge"]
    assert texts(plot_snapshot(snapshot, table=TABLE, ax=drawn_axes())) == ["10 Å", "bulk", "face", "edge"]
    assert texts(plot_snapshot(snapshot, ax=drawn_axes())) == ["10 Å"]


def test_legend_ignores_nearly_hidden_atoms():
    """Two spheres behind others: one shows a third of its disc and has an entry, one shows a hundredth and has none."""
    # Of a disc behind another of its size, x diameters aside, 1 - (2 / pi) (acos x - x sqrt(1 - x^2)) is seen.
    positions = [[0, 0, 5], [0.54, 0, 0], [6, 0, 5], [6.016, 0, 0]]
    snapshot = render_spheres(positions, "#888888", 1.0, width=900)
    assert snapshot.seen[[1, 3]] == pytest.approx([0.34, 0.01], abs=0.005)
    ax = plot_snapshot(snapshot, table=TABLE, states=[9, 4, 9, 7], ax=drawn_axes())
    assert texts(ax)[1:] == ["bulk", "edge"]


def test_what_is_not_analyzed_is_named_and_has_its_own_color():
    """Atoms without a state have an entry, unless they fade."""
    frames = xr.Dataset(
        {"positions": (("frame", "atom", "xyz"), np.array([[[0, 0, 0], [3, 0, 0], [6, 0, 0.0]]] * 3))},
        {"frame": [0, 1, 2], "time": ("frame", [0.0, 0.1, 0.2]), "atom": [10, 11, 12]},
    )
    labels = frames.positions.isel(xyz=0, drop=True).astype(int) * 0 + 7
    some = {"radius": 1.0, "view": "top", "width": 90}
    picture = state_snapshot(frames, labels.isel(frame=0, atom=[0, 1]), TABLE, **some)
    assert texts(plot_snapshot(**picture, ax=drawn_axes()))[1:] == ["face", "not analyzed"]
    assert picture["table"].color.tolist() == [*TABLE.color, OUTSIDE_COLOR]
    picture = state_snapshot(frames, labels.isel(frame=0, atom=[0, 1]), TABLE, **some, others=("hydrogen", "#ffffff"))
    assert texts(plot_snapshot(**picture, ax=drawn_axes()))[1:] == ["face", "hydrogen"]
    everyone = state_snapshot(frames, labels.isel(frame=0), TABLE, **some)
    assert texts(plot_snapshot(**everyone, ax=drawn_axes()))[1:] == ["face"]
    path = {"atom": 10, "frames": [0, 1, 2], "stations": [0, 1, 2], "number": 1, "radius": 1.0}
    drawn = path_snapshot(frames, labels.isel(atom=[0, 1]), TABLE, **path)(ax=drawn_axes())
    assert "not analyzed" not in texts(drawn)
    drawn = path_snapshot(frames, labels.isel(atom=[0, 1]), TABLE, **path, fade=False)(ax=drawn_axes())
    assert "not analyzed" in texts(drawn)


@pytest.mark.parametrize("height_mm", [68, 52, 110])
def test_nothing_of_a_snapshot_is_cut(height_mm):
    """Title and caption are within the figure for any number of states."""
    names = ["mobile sub-surface", "sub-surface", "defect", "defect 2", "face", "defect 3", "edge", "liquid-like",
             "vertex", "mobile vertex"]  # fmt: skip
    table = pd.DataFrame({"name": names, "color": "#888888"})
    snapshot = render_spheres([[3 * k, 3 * m, 0] for k in range(5) for m in range(5)], "#888888", 1.0, width=200)
    figure = Figure(figsize=(60 / 25.4, height_mm / 25.4), layout="constrained")
    FigureCanvasAgg(figure)
    for n_states in range(2, len(names) + 1):
        figure.clear()
        ax = plot_snapshot(snapshot, table=table.head(n_states), title="31.0 ns", ax=figure.subplots())
        figure.canvas.draw()
        (caption,) = ax.findobj(_Caption)
        box = caption.get_window_extent(figure.canvas.get_renderer())
        assert box.y0 >= 0 and box.x0 >= 0 and box.x1 <= figure.bbox.x1
        assert ax.title.get_window_extent().y1 <= figure.bbox.y1


@pytest.mark.parametrize("layout", [None, "constrained"])
@pytest.mark.parametrize("width_mm", [25, 55, 150])
def test_caption_stands_below_and_fits(snapshot, width_mm, layout):
    """At any width the caption is under the picture and no wider; the bar has its length."""
    ax = plot_snapshot(snapshot, table=TABLE, ax=drawn_axes(width_mm, layout))
    ax.figure.canvas.draw()
    (caption,) = ax.findobj(_Caption)
    box, picture = caption.get_window_extent(ax.figure.canvas.get_renderer()), ax.get_window_extent()
    assert box.y1 <= picture.y0
    place = ax.get_position(original=True).width * ax.figure.bbox.width
    assert box.width <= place * 1.02
    bar = caption.findobj(lambda artist: getattr(artist, "get_width", lambda: 0)() == 10.0)[-1]
    assert bar.get_window_extent().width == pytest.approx(picture.width * 10 / 40, rel=0.02)


def test_caption_has_fewer_lines_where_there_is_room(snapshot):
    """The lines follow the width at drawing time."""

    def n_lines(width_mm):
        ax = plot_snapshot(snapshot, table=TABLE, ax=drawn_axes(width_mm))
        ax.figure.canvas.draw()
        return len(ax.findobj(_Caption)[0].get_child().get_children())

    assert n_lines(25) > n_lines(150) == 1


def test_axes_are_made_when_none_are_given(snapshot):
    """Alone, the function makes a figure of the picture's proportions."""
    ax = plot_snapshot(snapshot)
    assert ax.figure.get_figwidth() > ax.figure.get_figheight()
    plt.close(ax.figure)


def test_track_is_projected_and_broken_at_jumps(snapshot):
    """Points lie where `project` puts them; a jump of 20 Angstrom is not drawn; colors are times."""
    points = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [21, 1, 0], [22, 1, 0]])
    ax = plot_path(points, [0.0, 0.1, 0.2, 0.3, 0.4], snapshot, max_jump=10, ax=drawn_axes())
    _, path = ax.findobj(LineCollection)[:2]
    xy = project(points, snapshot)
    np.testing.assert_allclose(path.get_segments(), [xy[[0, 1]], xy[[1, 2]], xy[[3, 4]]])
    np.testing.assert_allclose(path.get_array(), [0.0, 0.1, 0.3])
    assert path.get_clim() == (0.0, 0.4)
    ax = plot_path(points, range(5), snapshot, limits=(0, 20), ax=drawn_axes())
    assert len(ax.findobj(LineCollection)[1].get_segments()) == 4
    assert ax.findobj(LineCollection)[1].get_clim() == (0, 20)


@given(st.lists(st.floats(1, 30), min_size=1, max_size=9), st.floats(5, 80))
def test_lines_contain_all_entries_in_as_few_lines_as_possible(widths, line_width):
    """The order stays, only single entries can be too wide, and greedy filling does not need fewer lines."""
    lines = break_lines(widths, line_width, gap=2.0)
    assert [i for line in lines for i in line] == list(range(len(widths)))
    for line in lines:
        assert len(line) == 1 or sum(widths[i] for i in line) + 2.0 * (len(line) - 1) <= line_width + 1e-9
    # Filling line after line needs the fewest lines.
    fewest, used = 1, -2.0
    for width in widths:
        if used > -2.0 and used + 2.0 + width > line_width:
            fewest, used = fewest + 1, -2.0
        used += 2.0 + width
    assert len(lines) == fewest


@given(st.floats(0.5, 1e5))
def test_scale_bar_is_round_and_neither_long_nor_short(width):
    """One of 1, 2, 5 times a power of ten, between a tenth and a quarter of the picture."""
    length = scale_length(width)
    assert width / 10 * (1 - 1e-9) <= length <= width / 4
    digit = length / 10 ** np.floor(np.log10(length) + 1e-9)
    assert min(abs(digit - 1), abs(digit - 2), abs(digit - 5)) < 1e-6


def test_bad_input_is_named(snapshot):
    """Errors name what was given."""
    with pytest.raises(ValueError, match="states .* table"):
        plot_snapshot(snapshot, states=[0, 0, 0, 0])
    with pytest.raises(ValueError, match="3 states for 4 atoms"):
        plot_snapshot(snapshot, table=TABLE, states=[4, 4, 4])
    with pytest.raises(ValueError, match=r"points of shape \(1, 3\)"):
        plot_path([[0, 0, 0]], [0.0], snapshot)
    with pytest.raises(ValueError, match="3 times for 2 points"):
        plot_path([[0, 0, 0], [1, 0, 0]], [0.0, 1.0, 2.0], snapshot)
