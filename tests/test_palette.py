"""The colors of the states: apart for every reader, apart in grey, and keyed by name."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import rgb_to_hsv, to_hex, to_rgb

from soaplens_lite.plots.palette import (
    FALLBACK_COLORS,
    MOST_BY_COLOR,
    PAPER_COLORS,
    STATE_COLORS,
    color_of,
    state_colors,
    state_style,
    text_color_on,
)
from soaplens_lite.plots.tables import published_matrix, with_style

COPPER = ["bulk", "sub-surface", "sub-surface 2", "valley", "face", "edge", "fast"]
LENS = ["slow", "intermediate", "fast"]

# States that appear together in one analysis, and the least that they must differ by: CIEDE2000 distances for normal
# sight and for the three kinds of color blindness (2.3 is just visible, 10 is seen at a glance), steps of lightness
# in grey. More than MOST_BY_COLOR states are numbered on the map and need not differ in grey.
TOGETHER = {
    "copper, the paper's joint states": (COPPER, 25, 13, 7.5),
    "copper, SOAP alone": (COPPER[:-1], 25, 13, 7.5),
    "copper, joint states of the sample": (["bulk/sub-surface", "face/valley", "edge", "fast"], 25, 13, 8),
    "copper, few frames": (["bulk/sub-surface", "sub-surface", "valley", "face", "edge"], 20, 9, 4),
    "gold, SOAP alone": (["sub-surface", "sub-surface 2", "bulk", "defect", "edge/face", "vertex"], 18, 11, 7),
    "gold, SOAP alone on the sample": (
        ["sub-surface", "sub-surface 2", "bulk", "bulk 2", "defect", "defect 2", "edge/face", "vertex"], 18, 11, 5),
    "LENS, three classes": (LENS, 18, 15, 15),
    "LENS, four classes": (["slow", "intermediate", "intermediate 2", "fast"], 14, 10, 10),
    "water, joint": (["ice", "interface", "liquid"], 40, 35, 14),
    "water, SOAP alone": (["ice", "liquid", "liquid 2"], 25, 18, 20),
    "copper, every name": ([*COPPER, "face/valley", "bulk/sub-surface", "edge/face"], 15, 7, None),
    "gold, every name": (
        ["sub-surface", "mobile sub-surface", "bulk", "defect", "rosette", "face", "face/liquid-like", "edge/face",
         "edge", "liquid-like", "vertex", "mobile vertex"], 10, 6, None),
    "clusters without names": ([f"state {k}" for k in range(len(FALLBACK_COLORS))], 19, 8, None),
}  # fmt: skip

# Machado, Oliveira and Fernandes (2009), complete loss of one kind of cone; they act on linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "tritanopia": np.array(
        [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]
    ),
}


def linear_rgb(color):
    """sRGB color to linear RGB."""
    rgb = np.array(to_rgb(color))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def cielab(linear):
    """Linear RGB to CIELAB with white D65."""
    to_xyz = np.array(
        [
            [0.4124564, 0.3575761, 0.1804375],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339, 0.1191920, 0.9503041],
        ]
    )
    xyz = to_xyz @ np.clip(linear, 0, 1) / to_xyz.sum(axis=1)
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def ciede2000(a, b):
    """Distance of two CIELAB colors by the formula of the International Commission on Illumination."""
    chroma = (np.hypot(*a[1:]) + np.hypot(*b[1:])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(chroma**7 / (chroma**7 + 25**7))  # of the axis from green to red
    (l1, c1, h1), (l2, c2, h2) = (_polar(x[0], stretch * x[1], x[2]) for x in (a, b))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0
    light, chroma, hue = (l1 + l2) / 2, (c1 + c2) / 2, h1 + turn / 2 if c1 * c2 else h1 + h2
    weight = 1 + sum(
        f * np.cos(np.radians(k * hue + shift)) for f, k, shift in ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6),
                                                                   (-0.20, 4, -63))
    )  # fmt: skip
    parts = np.array(
        [
            (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)),
            (c2 - c1) / (1 + 0.045 * chroma),
            2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1 + 0.015 * chroma * weight),
        ]
    )
    blue = np.exp(-((((hue % 360) - 275) / 25) ** 2))  # where hue and chroma are not seen independently
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25**7)) * np.sin(np.radians(60 * blue))
    return float(np.sqrt(parts @ parts + rotation * parts[1] * parts[2]))


def _polar(lightness, x, y):
    """Lightness, chroma, and hue in degrees from 0 to 360."""
    return lightness, np.hypot(x, y), np.degrees(np.arctan2(y, x)) % 360


def distances(names, vision, colors=STATE_COLORS):
    """CIEDE2000 distance of each pair of names as a reader with this vision sees them."""
    seen = {name: cielab(VISION[vision] @ linear_rgb(color_of(name, colors))) for name in names}
    return {(a, b): ciede2000(seen[a], seen[b]) for a, b in combinations(names, 2)}


def lightness_steps(names):
    """Differences between neighboring lightnesses (0 to 100): what is left in grey printing."""
    return np.diff(sorted(cielab(linear_rgb(color_of(name)))[0] for name in names))


def test_cielab_of_known_colors():
    """White has lightness 100 and no hue; sRGB red is (53.24, 80.09, 67.20)."""
    assert cielab(linear_rgb("white")) == pytest.approx([100, 0, 0], abs=1e-3)
    assert cielab(linear_rgb("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize(
    "a, b, distance",
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0000),
        ((50, 2.4900, -0.0010), (50, -2.4900, 0.0009), 7.1792),
        ((50, 2.5000, 0.0000), (73, 25, -18), 27.1492),
        ((22.7233, 20.0904, -46.6940), (23.0331, 14.9730, -42.5619), 2.0373),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_of_published_pairs(a, b, distance):
    """Pairs of Sharma, Wu and Dalal, Color Res. Appl. 30, 21 (2005), in both directions."""
    a, b = np.array(a), np.array(b)
    assert ciede2000(a, b) == pytest.approx(distance, abs=5e-5)
    assert ciede2000(b, a) == pytest.approx(distance, abs=5e-5)


def test_simulated_vision_leaves_grey_alone():
    """Who sees no colors confuses them, but no lightness: white stays white in every simulation."""
    for matrix in VISION.values():
        assert matrix @ np.ones(3) == pytest.approx(np.ones(3), abs=1e-5)


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("states", TOGETHER)
def test_states_of_one_analysis_differ_for_every_reader(states, vision):
    """By the least distance that is stated for them."""
    names, normal, blind, _ = TOGETHER[states]
    nearest = min(distances(names, vision).items(), key=lambda pair: pair[1])
    assert nearest[1] > (normal if vision == "normal" else blind), nearest


@pytest.mark.parametrize("states", [key for key, (*_, grey) in TOGETHER.items() if grey is not None])
def test_states_of_one_analysis_differ_in_grey(states):
    """Printed without color, lightness alone keeps up to MOST_BY_COLOR states apart."""
    names, *_, grey = TOGETHER[states]
    assert len(names) <= MOST_BY_COLOR
    assert lightness_steps(names).min() > grey


def test_states_of_the_gold_sample_differ_in_grey_where_they_can():
    """Its nine joint states are more than differ well, and are numbered; still no two of them have one lightness."""
    names = ["mobile sub-surface", "sub-surface", "sub-surface 2", "bulk", "defect", "face/liquid-like", "edge",
             "vertex", "mobile vertex"]  # fmt: skip
    assert len(names) > MOST_BY_COLOR and lightness_steps(names).min() > 4


def test_rare_clusters_are_seen_on_white():
    """The later of many clusters, which are small, are darker than the lightest ones, which come first."""
    lightness = [cielab(linear_rgb(color))[0] for color in FALLBACK_COLORS]
    assert max(lightness) < 85 and max(lightness[3:]) < 65


def test_many_states_are_those_that_are_numbered():
    """Sets that need not differ in grey are those that a map numbers."""
    for names, *_, grey in TOGETHER.values():
        assert (grey is None) == (len(names) > MOST_BY_COLOR)


@pytest.mark.parametrize("vision", VISION)
def test_fast_state_stands_out(vision):
    """The fast state, which is rare, is still a little farther from every other."""
    assert min(d for pair, d in distances(COPPER, vision).items() if "fast" in pair) > 13.2


def test_lens_classes_darken_with_lens():
    """From slow to fast."""
    lightness = [cielab(linear_rgb(color_of(name)))[0] for name in ("slow", "intermediate", "intermediate 2", "fast")]
    assert lightness == sorted(lightness, reverse=True)


def test_default_colors_are_better_than_the_published_ones():
    """With the hues of the paper a reader with protanopia takes the fast state for an edge."""
    published = distances(COPPER, "protanopia", PAPER_COLORS)
    assert published["edge", "fast"] < 4
    assert min(distances(COPPER, "protanopia").values()) > 3 * min(published.values())


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
    """By name, with those that there are."""
    with pytest.raises(ValueError, match="palette = 'papers': must be one of default, paper"):
        state_colors("papers")
    with pytest.raises(ValueError, match="system = 'silver': must be one of gold, or None"):
        state_colors("paper", "silver")


def test_a_table_takes_the_palette_that_it_is_given():
    """State tables and published matrices are colored alike; names that the palette lacks get fallback colors."""
    colors = state_colors("paper", "gold")
    table = with_style(pd.DataFrame({"atoms": [1, 2, 3]}), ["bulk", "vertex", "state 2"], colors)
    assert table.color.tolist() == [colors["bulk"], colors["vertex"], FALLBACK_COLORS[2]]
    _, published = published_matrix({"states": ["bulk", "edge"], "matrix": [[90, 10], [5, 95]]}, colors)
    assert published.color.tolist() == [colors["bulk"], colors["edge"]]


def test_numbered_names_are_variants():
    """The first of a name has its color, further ones differ from it and from each other."""
    assert color_of("face 1") == color_of("face") == STATE_COLORS["face"]
    variants = [color_of(f"face {k}") for k in range(1, 6)]
    assert len(set(variants)) == 5
    assert color_of("sub-surface 2") == STATE_COLORS["sub-surface 2"]
    assert color_of("face 2") == color_of("face  2") != color_of("edge 2")


def test_unnamed_states_take_the_fallback_colors():
    """State k has the k-th color, thirty of them all differ; an unknown name has one that depends on the name alone."""
    assert [color_of(f"state {k}") for k in (0, 1, 11)] == [FALLBACK_COLORS[k] for k in (0, 1, 11)]
    assert len({color_of(f"state {k}") for k in range(30)}) == 30
    assert color_of("anything") == color_of("anything") and color_of("anything") in FALLBACK_COLORS


def test_own_colors_are_used():
    """A mapping of one's own takes part by name."""
    assert color_of("kink", {"kink": "black"}) == "#000000"


@pytest.mark.parametrize("background", [*STATE_COLORS.values(), "white", "black", "#777777", "#757575"])
def test_text_has_the_larger_contrast(background):
    """Of black and white, the one with the larger WCAG contrast ratio to the background."""
    luminance = np.array([0.2126729, 0.7151522, 0.0721750]) @ linear_rgb(background)
    contrast = {"white": 1.05 / (luminance + 0.05), "black": (luminance + 0.05) / 0.05}
    assert text_color_on(background) == max(contrast, key=contrast.get)


def test_style_is_read_by_state_and_not_by_position():
    """A table in another order gives the same names; for a missing state the error lists what there is."""
    table = pd.DataFrame({"name": ["edge", "bulk"], "color": ["blue", "#00ff00"]}, index=[3, 0])
    assert state_style(table, 3) == ("edge", "#0000ff")
    assert state_style(table, 0) == ("bulk", "#00ff00")
    with pytest.raises(ValueError, match=r"state 1 is not in the state table \(it holds 3, 0\)"):
        state_style(table, 1)
