"""The colors of the states: distinct for every reader, distinct in greyscale print, and keyed by name."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from colorspacious import cspace_convert
from matplotlib.colors import rgb_to_hsv, to_hex, to_rgb
from tables import color_of, table_of_names

from soaplens_lite.plots import (
    MAX_STATES_BY_COLOR,
    PAPER_COLORS,
    STATE_COLORS,
    color_states,
    published_matrix,
    state_colors,
    state_style,
    text_color_on,
)
from soaplens_lite.plots._palette import FALLBACK_COLORS

COPPER = ["bulk", "sub-surface", "sub-surface 2", "valley", "face", "edge", "fast"]

# States that appear together in one analysis, and three lower limits. The first two limit the distance of any two
# states in CAM02-UCS, for normal vision and for every kind of color blindness. The unit of CAM02-UCS is about the
# smallest difference that is visible; the limits lie up to a tenth below the measured distances. The third limits the
# steps of the lightness L* of CIELAB (0 to 100), which is what remains in greyscale print. More than
# MAX_STATES_BY_COLOR states are numbered on the map and have no limit there.
TOGETHER = {
    "copper, the paper's joint states": (COPPER, 28, 16, 7.5),
    "copper, SOAP alone": (COPPER[:-1], 28, 16, 7.5),
    "copper, joint states of the sample": (["bulk/sub-surface", "face/valley", "edge", "fast"], 29, 13.5, 8),
    "copper, few frames": (["bulk/sub-surface", "sub-surface", "valley", "face", "edge"], 20, 11, 4),
    "gold, SOAP alone": (["sub-surface", "sub-surface 2", "bulk", "defect", "edge/face", "vertex"], 22, 14.5, 7),
    "gold, SOAP alone on the sample": (
        ["sub-surface", "sub-surface 2", "bulk", "bulk 2", "defect", "defect 2", "edge/face", "vertex"], 16.5, 13.5, 5),
    "LENS, three classes": (["slow", "intermediate", "fast"], 19.5, 16, 15),
    "LENS, four classes": (["slow", "intermediate", "intermediate 2", "fast"], 16.5, 13, 10),
    "water, joint": (["ice", "interface", "liquid"], 44, 40, 14),
    "water, SOAP alone": (["ice", "liquid", "liquid 2"], 30, 20.5, 20),
    "copper, every name": ([*COPPER, "face/valley", "bulk/sub-surface", "edge/face"], 14.5, 9, None),
    "gold, every name": (
        ["sub-surface", "mobile sub-surface", "bulk", "defect", "rosette", "face", "face/liquid-like", "edge/face",
         "edge", "liquid-like", "vertex", "mobile vertex"], 16.5, 8, None),
    "clusters without names": ([f"state {k}" for k in range(len(FALLBACK_COLORS))], 21, 8.5, None),
}  # fmt: skip

# Complete loss of one kind of cone by the model of Machado, Oliveira and Fernandes (2009).
VISION = {
    "normal": "sRGB1",
    "protanopia": {"name": "sRGB1+CVD", "cvd_type": "protanomaly", "severity": 100},
    "deuteranopia": {"name": "sRGB1+CVD", "cvd_type": "deuteranomaly", "severity": 100},
    "tritanopia": {"name": "sRGB1+CVD", "cvd_type": "tritanomaly", "severity": 100},
}


def distances(names, vision, colors=STATE_COLORS):
    """Distance in CAM02-UCS of each pair of names as a reader with this vision sees them."""
    seen = np.clip(cspace_convert([to_rgb(color_of(name, colors)) for name in names], VISION[vision], "sRGB1"), 0, 1)
    places = dict(zip(names, cspace_convert(seen, "sRGB1", "CAM02-UCS"), strict=True))
    return {(a, b): np.linalg.norm(places[a] - places[b]) for a, b in combinations(names, 2)}


def lightness(colors):
    """Lightness L* of CIELAB, 0 (black) to 100 (white)."""
    return cspace_convert([to_rgb(color) for color in colors], "sRGB1", "CIELab")[:, 0]


def lightness_steps(names):
    """Differences between neighboring lightnesses."""
    return np.diff(np.sort(lightness([color_of(name) for name in names])))


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("states", TOGETHER)
def test_states_of_one_analysis_differ_for_every_reader(states, vision):
    """The nearest two are farther apart than the limit."""
    names, normal, blind, _ = TOGETHER[states]
    nearest = min(distances(names, vision).items(), key=lambda pair: pair[1])
    assert nearest[1] > (normal if vision == "normal" else blind), nearest


@pytest.mark.parametrize("states", [key for key, (*_, grey) in TOGETHER.items() if grey is not None])
def test_states_of_one_analysis_differ_in_grey(states):
    """Lightness alone distinguishes up to MAX_STATES_BY_COLOR states."""
    names, *_, grey = TOGETHER[states]
    assert len(names) <= MAX_STATES_BY_COLOR
    assert lightness_steps(names).min() > grey


def test_states_of_the_gold_sample_differ_in_grey_where_they_can():
    """Its nine joint states are numbered on maps. Still, all lightnesses differ."""
    names = ["mobile sub-surface", "sub-surface", "sub-surface 2", "bulk", "defect", "face/liquid-like", "edge",
             "vertex", "mobile vertex"]  # fmt: skip
    assert len(names) > MAX_STATES_BY_COLOR and lightness_steps(names).min() > 4


def test_rare_clusters_are_seen_on_white():
    """Later clusters have few points; their colors are darker than the first three."""
    values = lightness(FALLBACK_COLORS)
    assert values.max() < 85 and values[3:].max() < 65


def test_many_states_are_those_that_are_numbered():
    """Only states that a map numbers may look alike in greyscale print."""
    for names, *_, grey in TOGETHER.values():
        assert (grey is None) == (len(names) > MAX_STATES_BY_COLOR)


@pytest.mark.parametrize("vision", VISION)
def test_fast_state_stands_out(vision):
    """The fast state is rare; its distance to every other state is larger than the limit of copper."""
    assert min(d for pair, d in distances(COPPER, vision).items() if "fast" in pair) > 17.5


def test_lens_classes_darken_with_lens():
    """From slow to fast."""
    values = lightness([color_of(name) for name in ("slow", "intermediate", "intermediate 2", "fast")])
    assert (np.diff(values) < 0).all()


def test_default_colors_are_better_than_the_published_ones():
    """With the hues of the paper a reader with protanopia cannot distinguish fast from edge."""
    published = distances(COPPER, "protanopia", PAPER_COLORS)
    assert published["edge", "fast"] < 4
    assert min(distances(COPPER, "protanopia").values()) > 5 * min(published.values())


def test_paper_palette_names_the_same_states():
    """Both palettes can color the same table, in each system, and every entry is a hex color."""
    assert STATE_COLORS.keys() <= PAPER_COLORS.keys()
    for system in (None, "gold"):
        assert state_colors("paper", system).keys() == PAPER_COLORS.keys()
        assert state_colors("default", system) == STATE_COLORS
    for color in (*PAPER_COLORS.values(), *state_colors("paper", "gold").values(), *STATE_COLORS.values()):
        assert to_hex(color) == color
    assert all(to_hex(color) == color for color in FALLBACK_COLORS)


def test_paper_palette_has_the_colors_that_the_paper_names():
    """Hues of its captions, in degrees on the color circle (red 0, yellow 60, green 120, cyan 180, blue 240)."""
    hues = {"red": 0, "orange": 30, "yellow": 60, "lime": 80, "green": 120, "cyan": 180, "blue": 230, "magenta": 300}
    said = {
        None: {"bulk": "green", "sub-surface": "orange", "sub-surface 2": "red", "valley": "lime", "face": "cyan",
               "edge": "blue", "fast": "magenta", "interface": "cyan", "liquid": "red"},
        "gold": {"vertex": "blue", "face": "lime", "edge": "green", "sub-surface": "orange", "bulk": "red",
                 "defect": "yellow", "rosette": "green", "liquid-like": "magenta"},
    }  # fmt: skip
    for system, names in said.items():
        for name, hue in names.items():
            seen = 360 * rgb_to_hsv(to_rgb(state_colors("paper", system)[name]))[0]
            assert abs((seen - hues[hue] + 180) % 360 - 180) < 22, (system, name)


def test_unknown_palettes_are_refused():
    """The error names what was given."""
    with pytest.raises(ValueError, match="palette = 'papers'"):
        state_colors("papers")
    with pytest.raises(ValueError, match="system = 'silver'"):
        state_colors("paper", "silver")


def test_a_table_takes_the_palette_that_it_is_given():
    """State tables and published matrices have equal colors; unknown names get fallback colors."""
    colors = state_colors("paper", "gold")
    table = table_of_names(["bulk", "vertex", "state 2"], colors)
    assert table.color.tolist() == [colors["bulk"], colors["vertex"], FALLBACK_COLORS[2]]
    _, published = published_matrix({"states": ["bulk", "edge"], "matrix": [[90, 10], [5, 95]]}, colors)
    assert published.color.tolist() == [colors["bulk"], colors["edge"]]


def test_states_of_one_kind_are_variants():
    """The first of a kind has its color, further ones differ from it and from each other; a listed name has its own."""
    faces = pd.DataFrame({"name": ["face", "face 2", "face 3", "face 4", "face 5"], "kind": "face"})
    variants = color_states(faces)["color"]
    assert variants[0] == STATE_COLORS["face"] and variants.nunique() == 5
    layers = pd.DataFrame({"name": ["sub-surface", "sub-surface 2"], "kind": "sub-surface"})
    assert color_states(layers)["color"].tolist() == [STATE_COLORS["sub-surface"], STATE_COLORS["sub-surface 2"]]
    edges = pd.DataFrame({"name": ["edge", "edge 2"], "kind": "edge"})
    assert color_states(edges)["color"][1] != variants[1]


def test_colors_are_given_once():
    """New colors replace old ones; other columns stay."""
    table = pd.DataFrame({"name": ["edge"], "kind": ["edge"], "color": ["black"], "atoms": [9]})
    again = color_states(table)
    assert again["color"].tolist() == [STATE_COLORS["edge"]] and again["atoms"].tolist() == [9]
    assert again.columns.tolist() == ["name", "color", "kind", "atoms"]


def test_unnamed_states_take_the_fallback_colors():
    """State k has the k-th color, and thirty differ. The color of an unknown name depends on the name only."""
    assert [color_of(f"state {k}") for k in (0, 1, 11)] == [FALLBACK_COLORS[k] for k in (0, 1, 11)]
    assert len({color_of(f"state {k}") for k in range(30)}) == 30
    assert color_of("anything") == color_of("anything") and color_of("anything") in FALLBACK_COLORS


def test_own_colors_are_used():
    """A user's mapping is read by name."""
    assert color_of("kink", {"kink": "black"}) == "#000000"


@pytest.mark.parametrize("background", [*STATE_COLORS.values(), "white", "black", "#777777", "#757575"])
def test_text_has_the_larger_contrast(background):
    """Of black and white, the one with the larger WCAG contrast ratio to the background."""
    luminance = cspace_convert(to_rgb(background), "sRGB1", "XYZ1")[1]
    contrast = {"white": 1.05 / (luminance + 0.05), "black": (luminance + 0.05) / 0.05}
    assert text_color_on(background) == max(contrast, key=contrast.get)


def test_style_is_read_by_state_and_not_by_position():
    """The order of the rows does not matter; the error for a missing state lists the states of the table."""
    table = pd.DataFrame({"name": ["edge", "bulk"], "color": ["blue", "#00ff00"]}, index=[3, 0])
    assert state_style(table, 3) == ("edge", "#0000ff")
    assert state_style(table, 0) == ("bulk", "#00ff00")
    with pytest.raises(ValueError, match="state 1 .*3, 0"):
        state_style(table, 1)
