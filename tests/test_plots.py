"""Plots: geometry counted by hand, drawing into given axes, text that fits and small files."""

import importlib
import sys
from functools import partial
from itertools import combinations

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from matplotlib.backends.backend_agg import FigureCanvasAgg
from tables import color_of, table_of_names

from soaplens_lite import plots
from soaplens_lite.kinetics import transition_matrix
from soaplens_lite.plots import (
    MM,
    FittedText,
    chord_geometry,
    chord_layout,
    cloud,
    compare_neighbors,
    covariance_ellipse,
    density_levels,
    distance_range,
    emptiest_corner,
    interval,
    percent,
    projected,
    spread,
    text_size,
    tree_geometry,
    two_lines,
)
from soaplens_lite.states import exchange_linkage

NAMES = [
    "bulk",
    "sub-surface",
    "sub-surface 2",
    "valley",
    "face",
    "edge",
    "fast",
    "state 7",
    "state 8",
    "state 9",
]
N_FRAMES, N_ATOMS = 30, 40


def table_of(k):
    """State table of k states; the eleventh has a long name."""
    names = [*NAMES, "a rather long state name", "face 2", *(f"state {i}" for i in range(12, k))][:k]
    return table_of_names(names)


def scores_of(k, seed=0):
    """Points of k states on a line of hills, and their labels, as the notebook holds them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, k, (N_FRAMES, N_ATOMS))
    values = rng.normal(size=(N_FRAMES, N_ATOMS, 3)) * 0.2 + labels[..., None] * [1.0, 0.4, 0.1]
    coords = {"frame": np.arange(10, 10 + N_FRAMES), "atom": np.arange(100, 100 + N_ATOMS)}
    coords["time"] = ("frame", 0.3 * coords["frame"])
    return xr.DataArray(values, dims=("frame", "atom", "component"), coords=coords), labels


def matrix_of(k, seed=0):
    """A transition matrix with zeros, tiny values and a row of NaN (for k > 1)."""
    matrix = np.random.default_rng(seed).dirichlet(np.full(k, 0.2), size=k)
    matrix[matrix < 1e-6] = 0
    if k > 1:
        matrix[-1] = np.nan
    return matrix


def linkage_of(k):
    """A chain of merges of k leaves at distances 0.5, 0.6, ..."""
    return np.array([[0 if i == 0 else k + i - 1, i + 1, 0.5 + 0.1 * i, i + 2] for i in range(k - 1)]).reshape(-1, 4)


def every_plot(k):
    """Every plot function of this package with data of k states, as functions of ax."""
    table, (scores, labels) = table_of(k), scores_of(k)
    counts = np.random.default_rng(1).integers(0, 9, (k, k)) + 50 * np.eye(k, dtype=int)
    delta = scores.isel(component=0, drop=True).pipe(lambda x: (x - x.min()) / (x.max() - x.min()))
    classes = np.digitize(delta, np.linspace(0, 1, k + 1)[1:-1])
    xyz = np.random.default_rng(2).normal(size=(20, 3)) * 2
    spectra = np.random.default_rng(3).random((3, 50))
    frames, last = scores.frame.values, k - 1
    return {
        "map": partial(plots.plot_map, scores, labels, table, highlight=last),
        "grey map": partial(plots.plot_map, scores, highlight=labels == 0),
        "dendrogram": partial(plots.plot_dendrogram, linkage_of(k), table),
        "matrix": partial(
            plots.plot_matrix, kinetics_of(matrix=matrix_of(k)), table, highlight=[last], title="published"
        ),
        "chord": partial(plots.plot_chord, counts, table, highlight=last),
        "chord of moves": partial(plots.plot_chord, counts, table, self_transitions=False, title="moves"),
        "series": partial(plots.plot_lens_series, delta, classes, table.assign(lens_from=np.linspace(0, 1, k))),
        "lens": partial(plots.plot_what_lens_sees, 7, (range(20), xyz), (range(5, 25), xyz[::-1]), 6.0, times=(0, 0.3)),
        "soap": partial(plots.plot_what_soap_sees, xyz, spectra[0] - 0.5, 6.0),
        "chi": partial(plots.plot_chi, spectra, [0.0, 0.5, 1.0], [0.3, 0.6, 0.9]),
        "path map": partial(plots.plot_path_map, scores, 103, frames[3:20], table, labels, examples=frames[[3, 9, 19]]),
    }


def figure_of(draw, width=70, height=60):
    """A figure as a notebook makes it, drawn once."""
    figure, ax = plt.subplots(figsize=(width * MM, height * MM), layout="constrained", dpi=100)
    draw(ax=ax)
    figure.canvas.draw()
    return figure, ax


@pytest.fixture(autouse=True)
def close_figures():
    """No test leaves a figure to the next."""
    yield
    plt.close("all")


# ---------------------------------------------------------------------------------------------- chord diagram


def test_chord_geometry_by_hand():
    """Counts with row sums 6, 3, 0, 3 and no gap: 30 degrees a count, every end where it belongs."""
    #          to 0  1  2  3
    counts = [[3, 2, 0, 1], [0, 2, 0, 1], [0, 0, 0, 0], [1, 0, 0, 2]]
    arcs, ribbons = chord_geometry(counts, gap=0)
    assert arcs.tolist() == [[0, 180], [180, 270], [270, 270], [270, 360]]
    # State 0 keeps 3 counts (90 degrees), half on either side: ends from 45 to 135, first to 3 (30), then to
    # 1 (60). State 1 keeps 60 degrees: ends from 210 to 240, first to 0 (none), then to 3. State 3 keeps 60
    # degrees: 30 in the middle, first to 1 (none), then to 0.
    assert [tuple(r) for r in ribbons] == [
        (0, 1, 75, 135, 210, 210, 0),
        (0, 3, 45, 75, 300, 330, 0),
        (1, 3, 210, 240, 300, 300, 1),
    ]


def test_chord_without_self_transitions_by_hand():
    """Only what moves counts: 0 sends 4, 1 sends 1, and 5 counts share 360 - 2 * 5 degrees."""
    arcs, ribbons = chord_geometry([[99, 4], [1, 99]], self_transitions=False, gap=5)
    assert arcs.tolist() == [[0, 280], [285, 355]]
    assert tuple(ribbons[0]) == (0, 1, 0, 280, 285, 355, 0)


def test_chord_of_the_larger_sender():
    """The ribbon belongs to the state that sends more; of equals to the first."""
    assert chord_geometry([[0, 1], [2, 0]])[1][0].sender == 1
    assert chord_geometry([[0, 2], [2, 0]])[1][0].sender == 0


@pytest.mark.parametrize("counts", [[[1, 2]], [[1.0, -1.0], [0.0, 1.0]], [[np.nan]]])
def test_chord_refuses_other_than_counts(counts):
    """The error gives the shape of a matrix that is not square, negative or not finite."""
    with pytest.raises(ValueError, match="counts of shape"):
        chord_geometry(counts)


@given(hnp.arrays(int, st.integers(1, 8).map(lambda k: (k, k)), elements=st.integers(0, 1000)), st.booleans())
def test_chord_geometry_invariants(counts, self_transitions):
    """Arcs share the circle less the gaps; ends lie in their arcs, have their width and do not overlap."""
    gap = 2.0
    kept = counts if self_transitions else counts * (1 - np.eye(len(counts), dtype=int))
    sums = kept.sum(axis=1)
    assume(sums.sum() > 0)
    arcs, ribbons = chord_geometry(counts, self_transitions=self_transitions, gap=gap)
    present = np.count_nonzero(sums)
    free = 360 - (gap * present if present > 1 else 0)
    scale = free / sums.sum()
    lengths = arcs[:, 1] - arcs[:, 0]
    np.testing.assert_allclose(lengths, sums * scale, atol=1e-9)
    assert lengths.sum() == pytest.approx(free)
    starts = arcs[sums > 0, 0]
    np.testing.assert_allclose(starts[1:] - arcs[sums > 0, 1][:-1], gap, atol=1e-9)
    ends = {s: [] for s in range(len(counts))}
    for r in ribbons:
        assert r.end_i - r.start_i == pytest.approx(counts[r.i, r.j] * scale, abs=1e-9)
        assert r.end_j - r.start_j == pytest.approx(counts[r.j, r.i] * scale, abs=1e-9)
        ends[r.i].append((r.start_i, r.end_i))
        ends[r.j].append((r.start_j, r.end_j))
    pairs = [(r.i, r.j) for r in ribbons]
    assert len(set(pairs)) == len(pairs) == np.count_nonzero(np.triu(counts + counts.T, 1))
    for s, spans in ends.items():
        for start, end in spans:
            assert arcs[s, 0] - 1e-9 <= start <= end <= arcs[s, 1] + 1e-9
        ordered = sorted(spans)
        assert all(a[1] <= b[0] + 1e-9 for a, b in zip(ordered, ordered[1:], strict=False))


def test_drawn_sectors_are_the_geometry(monkeypatch):
    """What pyCirclize draws has the angles that the geometry says, empty states left out."""
    from soaplens_lite.plots import _chord as chord

    drawn = []
    original = chord._circle
    monkeypatch.setattr(chord, "_circle", lambda *args: drawn.append(original(*args)) or drawn[-1])
    counts = np.array([[50, 3, 0], [2, 10, 0], [0, 0, 0]])
    figure_of(partial(plots.plot_chord, counts, table_of(3)))
    arcs, _ = chord_geometry(counts)
    assert {s.name: s.deg_lim for s in drawn[0].sectors} == {
        "0": pytest.approx(tuple(arcs[0])), "1": pytest.approx(tuple(arcs[1])),
    }  # fmt: skip


@given(st.lists(st.tuples(st.floats(0, 359.9), st.floats(5, 40)), min_size=1, max_size=12))
def test_names_around_the_circle_stay_in_the_box_and_apart(items):
    """Names of one side are a line apart, end inside the box, and none lies on the circle."""
    angles, widths = zip(*items, strict=True)
    center, radius, places = chord_layout(angles, widths, (0, 0, 200, 200), line_height=8, pad=3)
    sides = {1: [], -1: []}
    for width, (x, y, side) in zip(widths, places, strict=True):
        assert 0 <= x <= 200 and 0 <= x + side * width + 1e-9 and x + side * width <= 200 + 1e-9
        corner = (x - center[0], max(abs(y - center[1]) - 4, 0.0))
        assert np.hypot(*corner) >= radius
        sides[side].append(y)
    for heights in sides.values():
        assert (np.diff(sorted(heights)) >= 8 - 1e-6).all()


def test_two_lines_break_long_names_only():
    """A name breaks at a hyphen or space near its middle, but never before its number."""
    assert two_lines("sub-surface 2") == "sub-\nsurface 2"
    assert two_lines("liquid-like") == "liquid-\nlike"
    assert two_lines("intermediate 2") == "intermediate\n2"
    assert two_lines("fast") == "fast"


def test_chord_with_names_apart_and_inside():
    """In a panel of 55 mm the names of seven states neither overlap nor leave the figure."""
    counts = np.diag([500, 30, 40, 50, 60, 70, 2]) + 1
    figure, ax = figure_of(partial(plots.plot_chord, counts, table_of(7), legend=False), 55, 50)
    names = next(a for a in ax.get_children() if type(a).__name__ == "_Names")
    boxes = [text.get_window_extent() for text in names.texts]
    assert len(boxes) == 7
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    assert all(figure.bbox.containsx(b.x0) and figure.bbox.containsx(b.x1) for b in boxes)


def test_import_leaves_matplotlib_settings_alone(monkeypatch):
    """Importing pyCirclize changes margins and fonts of all figures; importing our module does not."""
    for name in [name for name in sys.modules if name.split(".")[0] == "pycirclize"]:
        monkeypatch.delitem(sys.modules, name)
    before = dict(matplotlib.rcParams)
    importlib.reload(importlib.import_module("soaplens_lite.plots._chord"))
    assert dict(matplotlib.rcParams) == before
    assert "pycirclize" in sys.modules


# ------------------------------------------------------------------------------------------------- dendrogram


def test_tree_geometry_by_hand():
    """Leaves 2 and 0 join at 0.4, then 1: the branch with state 0 comes first."""
    leaves, positions, distances = tree_geometry([[2, 0, 0.4, 2], [1, 3, 1.1, 3]])
    assert leaves == [0, 2, 1]
    assert positions.tolist() == [[0, 0, 1, 1], [0.5, 0.5, 2, 2]]
    assert distances.tolist() == [[0, 0.4, 0.4, 0], [0.4, 1.1, 1.1, 0]]


@pytest.mark.parametrize("k", [1, 2, 5, 12])
def test_tree_has_every_leaf_once(k):
    """All states are leaves, whatever the tree."""
    assert sorted(tree_geometry(linkage_of(k))[0]) == list(range(k))


def test_distance_axis_starts_at_zero_only_if_merges_reach_down():
    """Merges far from zero get a broken axis that contains all merges."""
    assert distance_range([0.1, 1.0])[0] == 0
    low, high = distance_range([0.84, 1.0, 1.22])
    assert 0.5 < low < 0.84 and 1.22 < high < 1.4
    assert distance_range([]) == (0, 1)


# ----------------------------------------------------------------------------------------------------- matrix


def test_percent_of_values_next_to_zero_and_one():
    """Exact zero and one are "0" and "100"; nothing else is rounded to them."""
    assert [percent(p) for p in (0.0, 1e-9, 0.0006, 0.5, 0.9994, 1.0)] == [
        "0",
        "<0.1",
        "0.1",
        "50.0",
        "99.9",
        "100",
    ]
    assert percent(0.99999) == ">99.9"
    assert percent(0.00004, decimals=2) == "<0.01"
    assert percent(float("nan")) == "–"


@given(st.floats(0, 1), st.floats(0, 1))
def test_interval_holds_its_ends(a, b):
    """Rounded outwards: what is written contains the interval."""
    low, high = sorted((a, b))
    written_low, written_high = map(float, interval(low, high).split("–"))
    assert written_low <= 100 * low + 1e-7 and written_high >= 100 * high - 1e-7
    assert written_high - written_low <= 100 * (high - low) + 0.2 + 1e-7


def kinetics_of(**values):
    """Transitions as plots take them: a matrix and, perhaps, its interval."""
    return xr.Dataset({name: (("origin", "target"), np.asarray(array, dtype=float)) for name, array in values.items()})


def numbers_of(ax):
    """The numbers of a drawn matrix."""
    return [t for t in ax.get_children() if isinstance(t, FittedText) and t.get_text()]


@pytest.mark.parametrize(("k", "width"), [(1, 55), (2, 55), (7, 55), (7, 85), (12, 120)])
def test_matrix_numbers_never_overlap(k, width):
    """Each number lies within its own cell, so that no two can meet, at any size of the panel."""
    _, ax = figure_of(partial(plots.plot_matrix, kinetics_of(matrix=matrix_of(k)), table_of(k)), width, width)
    texts = numbers_of(ax)
    assert len(texts) == k * k
    for place, text in enumerate(texts):
        row, column = divmod(place, k)
        box = text.get_window_extent().transformed(ax.transData.inverted())
        assert column - 0.5 < box.x0 and box.x1 < column + 0.5
        assert row - 0.62 < min(box.y0, box.y1) and max(box.y0, box.y1) < row + 0.62
    assert len({round(text.get_fontsize(), 6) for text in texts}) == 1


def test_numbers_too_small_to_read_are_left_out():
    """With 40 states on 85 mm a cell is 2 mm wide: shades alone are left; with 7 all numbers are drawn."""
    for k, drawn in ((40, False), (7, True)):
        _, ax = figure_of(partial(plots.plot_matrix, kinetics_of(matrix=matrix_of(k)), plots.cluster_table(k)), 85, 85)
        assert {text.fits() for text in numbers_of(ax)} == {drawn}


def test_matrix_writes_zero_small_and_missing():
    """Zero is "0", values that round to zero are "<0.1", a row of NaN is dashes."""
    matrix = np.array([[0.9999, 0.0001, 0], [0.25, 0.75, 0], [np.nan] * 3])
    _, ax = figure_of(partial(plots.plot_matrix, kinetics_of(matrix=matrix), table_of(3)))
    assert [t.get_text() for t in numbers_of(ax)] == [
        ">99.9",
        "<0.1",
        "0",
        "25.0",
        "75.0",
        "0",
        "–",
        "–",
        "–",
    ]
    assert [t.get_text() for t in ax.get_xticklabels()] == NAMES[:3] == [t.get_text() for t in ax.get_yticklabels()]


def test_matrix_intervals_only_where_they_can_be_read():
    """Large cells hold value and interval, one below the other; small ones the value alone, centered."""
    matrix = np.array([[0.9, 0.1], [0.2, 0.8]])
    low, high, table = matrix - 0.05, matrix + 0.05, table_of(2).assign(name=["a", "b"])
    draw = partial(plots.plot_matrix, kinetics_of(matrix=matrix, low=low, high=high), table)
    _, ax = figure_of(draw, 70, 70)
    shown = numbers_of(ax)
    assert {t.get_text() for t in shown if t.fits()} == {
        *("90.0", "10.0", "20.0", "80.0"),
        *("85.0–95.0", "5.0–15.0", "15.0–25.0", "75.0–85.0"),
    }
    ax.figure.canvas.draw()  # drawing again must not move anything
    boxes = [t.get_window_extent() for t in shown]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])
    rows = [(box.y0, box.y1) for box in (t.get_window_extent().transformed(ax.transData.inverted()) for t in shown)]
    assert all(-0.5 < row - place // 4 < 0.5 for place, ends in enumerate(rows) for row in ends)
    _, small = figure_of(draw, 26, 26)
    drawn = [t for t in numbers_of(small) if t.fits()]
    assert [t.get_text() for t in drawn] == ["90.0", "10.0", "20.0", "80.0"]
    assert [t.get_position() for t in drawn] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_intervals_can_be_left_out():
    """The same matrix without its intervals: four numbers."""
    kinetics = kinetics_of(matrix=[[0.9, 0.1], [0.2, 0.8]], low=np.full((2, 2), 0.05), high=np.full((2, 2), 0.95))
    _, ax = figure_of(partial(plots.plot_matrix, kinetics, table_of(2), intervals=False), 70, 70)
    assert [t.get_text() for t in numbers_of(ax)] == ["90.0", "10.0", "20.0", "80.0"]


def test_matrix_refuses_what_does_not_fit():
    """Errors name the shape or the state."""
    oblong = kinetics_of(matrix=np.ones((2, 3)))
    with pytest.raises(ValueError, match=r"shape \(2, 3\)"):
        plots.plot_matrix(oblong, table_of(3), ax=plt.figure().subplots())
    with pytest.raises(ValueError, match="state 3"):
        plots.plot_matrix(kinetics_of(matrix=np.eye(4)), table_of(3), ax=plt.figure().subplots())


# -------------------------------------------------------------------------------------------------------- map


def test_cloud_by_hand():
    """Two points of state 0 and one of state 1 on 2 x 1 pixels: pure hue, mixture, transparent if empty."""
    points = np.array([[0.2, 0.5], [0.7, 0.5], [0.8, 0.5]])
    image = cloud(points, np.array([0, 0, 1]), {0: "red", 1: "blue"}, (0, 1, 0, 1), bins=(2, 1))
    assert image[0, 0, :3].tolist() == [1, 0, 0] and image[0, 1, :3].tolist() == [0.5, 0, 0.5]
    assert 0 < image[0, 0, 3] < image[0, 1, 3] <= 1
    assert cloud(points, np.array([0, 0, 1]), {}, (0, 1, 0, 1), bins=(2, 1)).sum() == 0


def test_density_levels_are_a_geometric_series():
    """Each level is twice the one below, from a thousandth of the peak to just below it."""
    levels = density_levels(np.array([3.0, 100.0]))
    np.testing.assert_allclose(levels[1:] / levels[:-1], 2)
    assert 0.1 <= levels[0] < 0.2 and levels[-1] == pytest.approx(85)


def test_covariance_ellipse_by_hand():
    """Points at (+-2, 0) and (0, +-1), turned by 30 degrees: variances 2 and 0.5, long axis along 30."""
    cross = np.array([[2, 0], [-2, 0], [0, 1], [0, -1]])
    angle = np.radians(30)
    turned = cross @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]) + [5, 7]
    center, width, height, tilt = covariance_ellipse(turned, n_std=1)
    assert center == pytest.approx((5, 7))
    assert (width, height, tilt) == pytest.approx((2 * 2**0.5, 2 * 0.5**0.5, 30))
    assert covariance_ellipse([[1, 2]])[1:3] == (0, 0)


def test_legend_goes_to_the_emptiest_corner():
    """Points in three corners leave the fourth."""
    points = np.array([[0.1, 0.1], [0.1, 0.9], [0.9, 0.9]])
    assert emptiest_corner(points, (0, 1, 0, 1)) == "lower right"


def test_map_draws_rare_states_last_and_rasterized():
    """The one point of a rare state is a marker above the image of the rest; both are rasterized."""
    scores, labels = scores_of(2)
    labels[0, 0] = 6
    _, ax = figure_of(partial(plots.plot_map, scores, labels, table_of(7)))
    (image,) = ax.get_images()
    (markers,) = [line for line in ax.get_lines() if line.get_marker() == "o"]
    np.testing.assert_allclose(markers.get_xydata(), [scores.values[0, 0, :2]])
    assert markers.get_color() == color_of("fast")
    assert markers.get_zorder() > image.get_zorder()
    assert image.get_rasterized() and markers.get_rasterized()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["bulk", "sub-surface", "fast"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("PC 1", "PC 2")


def test_map_of_noise_and_of_one_point():
    """Noise is grey and has no entry; a single point is drawn too."""
    scores, labels = scores_of(2)
    labels[:] = -1
    _, ax = figure_of(partial(plots.plot_map, scores, labels, table_of(2)))
    assert ax.get_legend() is None
    figure_of(partial(plots.plot_map, np.zeros((1, 2)), [0], table_of(1), highlight=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"components": (0, 3)}, r"components = \(0, 3\)"),
        ({"labels": np.zeros(5, int), "table": table_of(1)}, "5 labels for 1200 points"),
        ({"labels": np.zeros((N_FRAMES, N_ATOMS), int)}, "labels .* table"),
        ({"highlight": np.ones(3, bool)}, "3 entries for 1200 points"),
    ],
)
def test_map_refuses_what_does_not_fit(arguments, message):
    """Wrong components, labels, table or highlight are named."""
    with pytest.raises(ValueError, match=message):
        plots.plot_map(scores_of(2)[0], **arguments, ax=plt.figure().subplots())


def test_half_a_million_points_make_a_small_file(tmp_path):
    """435 000 points in six states: one image in the SVG, which stays below 1 MB (allowed: 3)."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 6, 435_000)
    points = rng.normal(size=(435_000, 4)) + labels[:, None]
    figure, _ = figure_of(partial(plots.plot_map, points, labels, table_of(6)))
    figure.savefig(tmp_path / "map.svg", dpi=200)
    assert (tmp_path / "map.svg").stat().st_size < 1e6


# ------------------------------------------------------------------------------------- series and environment


def test_series_draws_the_most_active_atoms():
    """Two atoms above the others become lines; the others are one rasterized image."""
    scores, _ = scores_of(2)
    delta = scores.isel(component=0, drop=True) * 0 + 0.05
    delta[3, 7], delta[9, 2] = 0.9, 0.8
    classes = (delta > 0.5).astype(int)
    table = pd.DataFrame({"name": ["slow", "fast"], "color": ["#dddddd", "#ff00ff"], "lens_from": [np.nan, 0.5]})
    _, ax = figure_of(partial(plots.plot_lens_series, delta, classes, table, n_lines=2), 85, 50)
    main = ax.child_axes[0]
    lines = [line for line in main.get_lines() if len(line.get_xdata()) == N_FRAMES]
    np.testing.assert_allclose([line.get_ydata() for line in lines], [delta[:, 7], delta[:, 2]])
    assert main.get_images()[0].get_rasterized()
    names = [t.get_text() for t in main.get_legend().get_texts()]
    assert {"all atoms", "no. 107", "no. 102", "slow", "fast"} <= set(names)
    _, ax = figure_of(partial(plots.plot_lens_series, delta, classes, table, called="molecule"), 85, 50)
    names = [t.get_text() for t in ax.child_axes[0].get_legend().get_texts()]
    assert {"all molecules", "no. 107"} <= set(names) and not any("atom" in name for name in names)
    with pytest.raises(ValueError, match=rf"\(5, {N_ATOMS}\) .*\({N_FRAMES}, {N_ATOMS}\)"):
        plots.plot_lens_series(delta, classes[:5], table, ax=plt.figure().subplots())


def test_a_wide_legend_does_not_narrow_the_series():
    """Four classes with long names on a narrow panel: the series and the counts still take four fifths of its width."""
    delta = scores_of(2)[0].isel(component=0, drop=True)
    names = ["slow", "intermediate", "intermediate 2", "fast"]
    table = pd.DataFrame({"name": names, "color": ["#dddddd", "#bb99ee", "#9955cc", "#ff00ff"]}).assign(
        lens_from=[np.nan, 0.1, 0.3, 0.5]
    )
    classes = delta.copy(data=np.arange(delta.size).reshape(delta.shape) % 4)
    figure, ax = figure_of(partial(plots.plot_lens_series, abs(delta), classes, table, called="molecule"), 73, 43)
    assert ax.get_window_extent().width > 0.8 * figure.bbox.width
    top = ax.child_axes[0].get_legend().get_window_extent().y1
    assert 0.9 * figure.bbox.height < top <= figure.bbox.height


def test_few_counts_have_ticks_apart():
    """Some counts below ten: powers of ten are written and nothing between them, so that no two numbers meet."""
    delta = xr.DataArray(np.linspace(0, 1, 60).reshape(20, 3), dims=("frame", "atom"), coords={"frame": range(20)})
    delta = delta.assign_coords(time=("frame", np.arange(20.0)))
    table = pd.DataFrame({"name": ["slow"], "color": ["#dddddd"], "lens_from": np.nan})
    _, ax = figure_of(partial(plots.plot_lens_series, delta, (delta * 0).astype(int), table), 60, 40)
    axis = ax.child_axes[1].xaxis
    assert [t.get_text() for t in axis.get_minorticklabels() if t.get_text()] == []
    low, high = ax.child_axes[1].get_xlim()
    shown = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    ticks = [tick.label1.get_window_extent() for tick in shown]
    assert len(ticks) >= 2 and not any(a.overlaps(b) for a, b in combinations(ticks, 2))


def test_neighbors_that_stayed_left_and_entered():
    """By identity: order does not matter."""
    assert compare_neighbors([3, 1, 2], [2, 9, 3]) == ({2, 3}, {1}, {9})
    assert compare_neighbors([], []) == (set(), set(), set())


def test_projection_is_a_rotation():
    """Distances stay; z points up in the picture, and towards the observer who looks straight down."""
    xyz = np.random.default_rng(0).normal(size=(7, 3))
    np.testing.assert_allclose(np.linalg.norm(projected(xyz), axis=1), np.linalg.norm(xyz, axis=1))
    x, y, depth = projected([[0, 0, 1.0]])[0]
    assert x == pytest.approx(0) and y > 0 and depth > 0
    np.testing.assert_allclose(projected(xyz, tilt=0, turn=0), xyz)


def test_lens_formula_counts_what_is_drawn():
    """Of 3 and 2 neighbors one is shared: 2 left, 1 entered, LENS = 3 / 5."""
    draw = partial(plots.plot_what_lens_sees, 7, ([1, 2, 3], np.eye(3)), ([3, 4], np.eye(3)[:2]), 6.0)
    _, ax = figure_of(draw)
    (formula,) = [t.get_text() for t in ax.get_children() if isinstance(t, FittedText)]
    assert formula == r"raw $\delta$ = (2 + 1) / (3 + 2) = 0.60"
    figure_of(partial(plots.plot_what_lens_sees, 7, ([], np.empty((0, 3))), ([], np.empty((0, 3))), 6.0))


def test_chi_needs_as_many_of_each():
    """The error gives the three numbers of rows."""
    with pytest.raises(ValueError, match="2 spectra, 3 LENS values, 2 times"):
        plots.plot_chi(np.ones((2, 5)), [0.1, 0.2, 0.3], [0, 1], ax=plt.figure().subplots())


def test_chi_writes_the_numbers_of_components():
    """The numbers of components are written; "smoothed" only if LENS is smoothed."""
    for smoothed in (False, True):
        draw = partial(plots.plot_chi, np.ones((2, 5)), [0.1, 0.2], [0, 1], smoothed=smoothed)
        written = [text.get_text() for text in figure_of(draw, 150, 50)[1].texts]
        assert any(text.startswith("5 components") for text in written)
        assert "5 + 1 components, LENS not to scale" in written
        assert any(text.startswith("smoothed LENS") for text in written) == smoothed


def test_path_follows_the_atom_by_label():
    """The path goes through the points of the atom with that label; the examples are marked on it."""
    scores, labels = scores_of(3)
    frames = scores.frame.values[4:8]
    draw = partial(plots.plot_path_map, scores, 105, frames, table_of(3), labels, examples=frames[[0, -1]])
    _, ax = figure_of(draw)
    (path,) = [c for c in ax.collections if type(c).__name__ == "LineCollection"]
    expected = scores.values[4:8, 5, :2]
    np.testing.assert_allclose(np.array(path.get_segments())[:, 0], expected[:-1])
    np.testing.assert_allclose(np.array(path.get_segments())[:, 1], expected[1:])
    assert [(t.get_text(), t.xy) for t in ax.texts] == [
        ("1", pytest.approx(expected[0])), ("2", pytest.approx(expected[-1])),
    ]  # fmt: skip
    face = ax.texts[0].get_bbox_patch().get_facecolor()
    assert matplotlib.colors.to_hex(face) == table_of(3).color[labels[4, 5]]


# ----------------------------------------------------------------------------------------------- all together


@pytest.mark.slow  # draws every kind of picture
@pytest.mark.parametrize("k", [1, 3, *(pytest.param(k, marks=pytest.mark.slow) for k in (12, 17))])
def test_every_plot_draws_into_the_given_axes(k):
    """Nothing touches pyplot's current figure, opens a figure, or draws text outside of its own."""
    current = plt.figure()
    for name, draw in every_plot(k).items():
        figure = plt.Figure(figsize=(85 * MM, 65 * MM), layout="constrained")
        ax = figure.subplots()
        settings_before = dict(matplotlib.rcParams)
        assert draw(ax=ax) is ax, name
        assert dict(matplotlib.rcParams) == settings_before, name
        assert plt.get_fignums() == [current.number] and plt.gcf() is current and not current.axes, name
        FigureCanvasAgg(figure).draw()
        for text in figure.findobj(matplotlib.text.Text):
            if text.get_text() and text.get_visible() and text.axes is not None and text.axes.axison:
                box = text.get_window_extent()
                inside = box.x0 > -1 and box.y0 > -1 and box.x1 < figure.bbox.x1 + 1 and box.y1 < figure.bbox.y1 + 1
                assert inside or not _is_drawn(text), (name, text.get_text(), box)


def _is_drawn(text):
    """Whether a text is drawn: labels of ticks outside the range of their axis are not."""
    for axis in (text.axes.xaxis, text.axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            if text in (tick.label1, tick.label2):
                return low <= tick.get_loc() <= high
    return True


def test_a_state_that_is_never_visited_spoils_no_picture():
    """State 1 of 3 has no points, no transitions and an undefined row: every picture is drawn, none shows it."""
    table, (scores, labels) = table_of(3), scores_of(3)
    labels[labels == 1] = 2
    counts = np.array([[8, 0, 1], [0, 0, 0], [2, 0, 9]])
    delta = abs(scores.isel(component=0, drop=True)) / 10
    figure_of(partial(plots.plot_lens_series, delta, labels, table.assign(lens_from=[np.nan, 0.1, 0.2])))
    figure_of(partial(plots.plot_dendrogram, exchange_linkage(counts), table))
    _, matrix = figure_of(partial(plots.plot_matrix, kinetics_of(matrix=transition_matrix(counts)), table))
    assert [t.get_text() for t in numbers_of(matrix)][3:6] == ["–", "–", "–"]
    _, chord = figure_of(partial(plots.plot_chord, counts, table, legend=True))
    _, points = figure_of(partial(plots.plot_map, scores, labels, table, highlight=1))
    for ax in (chord, points):
        assert [text.get_text() for text in ax.get_legend().get_texts()] == [NAMES[0], NAMES[2]]
    _, nothing = figure_of(partial(plots.plot_chord, np.diag([0, 0, 0]), table))
    assert [text.get_text() for text in nothing.texts] == ["no transitions"]


@pytest.mark.slow  # draws every kind of picture
@pytest.mark.parametrize("layout", [pytest.param("compressed", marks=pytest.mark.slow), None])
def test_every_plot_works_in_subfigures(layout):
    """Panels of a page: subfigures of any layout; the circle of a chord lies within its own panel."""
    draws = every_plot(5)
    page = plt.Figure(figsize=(180 * MM, 200 * MM), layout=layout)
    panels = page.subfigures(4, 3).ravel()[: len(draws)]
    axes = {name: panel.subplots() for name, panel in zip(draws, panels, strict=True)}
    for name, draw in draws.items():
        draw(ax=axes[name])
    FigureCanvasAgg(page).draw()
    frame, circle = axes["chord"].bbox, axes["chord"].child_axes[0].bbox
    assert circle.width == pytest.approx(circle.height, rel=1e-6)
    assert frame.x0 <= circle.x0 and circle.x1 <= frame.x1 and frame.y0 <= circle.y0 and circle.y1 <= frame.y1
    assert circle.width > 0.4 * min(frame.width, frame.height)


def test_plots_without_axes_make_one_figure():
    """ax=None: a new figure of the panel's own size."""
    ax = plots.plot_matrix(kinetics_of(matrix=np.eye(2)), table_of(2))
    assert plt.get_fignums() == [ax.figure.number]
    assert ax.figure.get_size_inches()[0] == pytest.approx(62 * MM)


@pytest.mark.parametrize("layout", [None, "subfigures"])
def test_wide_titles_are_broken_and_not_cut(layout):
    """A title far too wide for its matrix stays within its panel; a number stays beside its unit."""
    title = "published (another trajectory of the same surface: 600 K, 0.3 ns, 2400 atoms)"
    whole = plt.figure(figsize=(140 * MM, 70 * MM), layout="constrained")
    panel = whole.subfigures(1, 2)[1] if layout else whole.subfigures(1, 1)
    ax = panel.subplots()
    plots.plot_matrix(kinetics_of(matrix=matrix_of(4)), table_of(4), title=title, ax=ax)
    whole.canvas.draw()
    for text in (ax.xaxis.label, ax.yaxis.label):
        box = text.get_window_extent()
        assert panel.bbox.x0 <= box.x0 and box.x1 <= panel.bbox.x1 and box.y1 <= panel.bbox.y1, text
    kept = ax.get_xlabel()
    assert " ".join(kept.split()) == f"{title} to (%)"
    assert "600\N{NO-BREAK SPACE}K" in kept and "0.3\N{NO-BREAK SPACE}ns" in kept
    if layout:
        assert kept.count("\n") >= 2  # of the title, and one before "to (%)"


def test_given_axes_get_the_style():
    """Axes made with other settings have the panel's font sizes afterwards."""
    with matplotlib.rc_context({"axes.labelsize": 20, "xtick.labelsize": 20}):
        ax = plt.figure().subplots()
    scores, _ = scores_of(2)
    plots.plot_map(scores, ax=ax)
    assert ax.xaxis.label.get_size() == 7 and ax.get_xticklabels()[0].get_size() == 6


@settings(max_examples=60)
@given(st.lists(st.floats(0, 100), max_size=10), st.floats(0.1, 30))
def test_spread_keeps_order_range_and_gap(positions, gap):
    """Labels stay in range and order, a gap apart if there is room, and do not move without need."""
    placed = spread(positions, gap, 0, 100)
    assert len(placed) == len(positions)
    if positions:
        order = np.argsort(positions, kind="stable")
        needed = min(gap, 100 / max(len(positions) - 1, 1))
        assert (np.diff(placed[order]) >= needed - 1e-6).all()
        assert placed.min() >= -1e-6 and placed.max() <= 100 + 1e-6
        if len(positions) == 1 or np.diff(np.sort(positions)).min() >= gap:
            np.testing.assert_allclose(placed, positions, atol=1e-6)


def test_text_size_is_that_of_the_drawn_text():
    """Measured without drawing, the width agrees with what is drawn to a point in ten."""
    figure = plt.figure(dpi=288)
    drawn = figure.text(0, 0, "98.8 edge", fontsize=6, family="DejaVu Sans").get_window_extent().width * 72 / 288
    assert text_size("98.8 edge", 6)[0] == pytest.approx(drawn, rel=0.1)
