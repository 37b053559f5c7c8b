"""The colors of the states: apart for every reader, apart in grey, and keyed by name."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex, to_rgb

from soaplens_lite.plots.palette import (
    FALLBACK_COLORS,
    PAPER_COLORS,
    STATE_COLORS,
    color_of,
    state_style,
    text_color_on,
)

COPPER = ["bulk", "sub-surface", "sub-surface 2", "valley", "face", "edge", "fast"]
LENS = ["slow", "intermediate", "fast"]

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


def distances(names, vision, colors=STATE_COLORS):
    """CIELAB distance of each pair of names as a reader with this vision sees them."""
    seen = {name: cielab(VISION[vision] @ linear_rgb(color_of(name, colors))) for name in names}
    return {(a, b): float(np.linalg.norm(seen[a] - seen[b])) for a, b in combinations(names, 2)}


def lightness_steps(names):
    """Differences between neighboring lightnesses (0 to 100): what is left in grey printing."""
    return np.diff(sorted(cielab(linear_rgb(color_of(name)))[0] for name in names))


def test_cielab_of_known_colors():
    """White has lightness 100 and no hue; sRGB red is (53.24, 80.09, 67.20)."""
    assert cielab(linear_rgb("white")) == pytest.approx([100, 0, 0], abs=1e-3)
    assert cielab(linear_rgb("#ff0000")) == pytest.approx([53.24, 80.09, 67.20], abs=0.02)


@pytest.mark.parametrize("vision", VISION)
def test_copper_states_differ_for_every_reader(vision):
    """Ten times a just visible difference (2.3) and more between any two states of copper."""
    assert min(distances(COPPER, vision).values()) > 26


@pytest.mark.parametrize("vision", VISION)
def test_fast_state_stands_out(vision):
    """The fast state is farther still from every other."""
    assert min(d for pair, d in distances(COPPER, vision).items() if "fast" in pair) > 30


@pytest.mark.parametrize("vision", VISION)
def test_lens_classes_differ_for_every_reader(vision):
    """The three LENS classes can be told apart."""
    assert min(distances(LENS, vision).values()) > 17


def test_states_differ_in_grey():
    """Printed without color, lightness alone keeps the states apart; LENS classes darken with LENS."""
    assert lightness_steps(COPPER).min() > 9
    assert lightness_steps(LENS).min() > 15
    lightness = [cielab(linear_rgb(color_of(name)))[0] for name in LENS]
    assert lightness == sorted(lightness, reverse=True)


def test_default_colors_are_better_than_the_published_ones():
    """With the hues of the paper a reader with protanopia takes the fast state for an edge."""
    published = distances(COPPER, "protanopia", PAPER_COLORS)
    assert published["edge", "fast"] < 6
    assert min(distances(COPPER, "protanopia").values()) > 4 * min(published.values())


def test_paper_palette_names_the_same_states():
    """Both palettes can color the same table, and every entry is a hex color."""
    assert PAPER_COLORS.keys() == STATE_COLORS.keys()
    for color in (*PAPER_COLORS.values(), *STATE_COLORS.values(), *FALLBACK_COLORS):
        assert to_hex(color) == color


def test_numbered_names_are_variants():
    """The first of a name has its color, further ones differ from it and from each other."""
    assert color_of("face 1") == color_of("face") == STATE_COLORS["face"]
    variants = [color_of(f"face {k}") for k in range(1, 6)]
    assert len(set(variants)) == 5
    assert color_of("sub-surface 2") == STATE_COLORS["sub-surface 2"]
    assert color_of("face 2") == color_of("face  2") != color_of("edge 2")


def test_unnamed_states_take_the_fallback_colors():
    """State k has the k-th color of the cycle; an unknown name has one that depends on the name alone."""
    assert [color_of(f"state {k}") for k in (0, 1, 12)] == [FALLBACK_COLORS[k] for k in (0, 1, 0)]
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
