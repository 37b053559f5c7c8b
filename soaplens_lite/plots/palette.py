"""
Colors of the states, by name.

A color belongs to a *name* ("edge", "fast"), never to a position in a list, so that the same environment
looks the same in every panel, analysis and system. The default colors keep the hue families of the paper
(green bulk, orange and red sub-surface, yellow valley, cyan face, blue edge, magenta for what is fast), but
are chosen so that states of one analysis differ for readers with protanopia, deuteranopia or tritanopia, and
that up to `MOST_BY_COLOR` of them differ in grey printing: the tests measure it.

A dozen states, as of the gold particle, cannot differ by color alone for every reader, and not in grey. There
a second channel tells them apart: matrices, dendrograms, flow charts and chord diagrams with room write
names, or stand in the order of their legend; maps write numbers (`soaplens_lite.plots.marks`). Snapshots have
color only; they show few states at once, those of the surface.
"""

from __future__ import annotations

import re
import zlib

from matplotlib.colors import to_hex, to_rgb

__all__ = [
    "FALLBACK_COLORS",
    "MOST_BY_COLOR",
    "PAPER_COLORS",
    "STATE_COLORS",
    "color_of",
    "state_colors",
    "state_style",
    "text_color_on",
]

MOST_BY_COLOR = 8
"""So many states differ by lightness alone; more need a second channel."""

STATE_COLORS = {
    # copper surface, from dark to light: sub-surface 2, edge, fast, sub-surface, bulk, face, valley
    "bulk": "#80bc7e",
    "sub-surface": "#da8400",
    "sub-surface 2": "#7a0103",
    "valley": "#fde844",
    "face": "#52dafb",
    "edge": "#0a3cc8",
    "fast": "#d62078",
    # where the clustering does not part two layers
    "face/valley": "#4bc4bb",
    "bulk/sub-surface": "#919056",
    "edge/face": "#0788ca",
    # LENS classes, darker with LENS: "fast" as above, so that a fast atom has one color everywhere
    "slow": "#dedcea",
    "intermediate": "#c5a6e2",
    "intermediate 2": "#bf6ecd",
    # gold particle
    "vertex": "#35106b",
    "rosette": "#c9eaa0",
    "defect": "#dbc930",
    "liquid-like": "#d62078",
    "face/liquid-like": "#a55e94",
    "mobile vertex": "#9873fe",
    "mobile sub-surface": "#f1a4c5",
    # ice and water
    "ice": "#0f3d8c",
    "interface": "#e8a33d",
    "liquid": "#a5e3f2",
}
"""Default colors: name -> hex."""

PAPER_COLORS = {
    **STATE_COLORS,
    "bulk": "#5cf76a",
    "sub-surface": "#ff9a2e",
    "sub-surface 2": "#d93a0b",
    "valley": "#d0e636",
    "face": "#1fd0d6",
    "edge": "#4363eb",
    "fast": "#ff00ff",
    "slow": "#d3b9dc",
    "intermediate": "#e064b2",
    "intermediate 2": "#d62a78",
    # Where the paper has one state the colors of its neighbors are mixed.
    "face/valley": "#78db86",
    "bulk/sub-surface": "#aec84c",
    "edge/face": "#319ae0",
    "vertex": "#3a55d9",
    "rosette": "#a8f0a0",
    "defect": "#ffe119",
    "liquid-like": "#ff00ff",
    "face/liquid-like": "#d28aa0",
    "mobile vertex": "#8ea2f5",
    "mobile sub-surface": "#ffb3e0",
    "ice": "#dcdcdc",  # white there, which paper swallows
    "interface": "#22c7d8",
    "liquid": "#e63f2a",
    "liquid 2": "#8d4bc1",
}
"""The hues of the published figures, to lay pictures side by side; many readers cannot tell some apart."""

_PAPER_OTHERWISE = {
    "gold": {
        "bulk": "#d93a0b",
        "sub-surface 2": "#f2c230",
        "face": "#a6e22e",
        "edge": "#1f8a34",
        "edge/face": "#a6e22e",
    },
}
"""Names that the paper colors otherwise in one of its systems."""

FALLBACK_COLORS = (
    "#e69f00",
    "#8fd3c1",
    "#56b4e9",
    "#882255",
    "#0072b2",
    "#d55e00",
    "#009e73",
    "#cc79a7",
    "#777777",
    "#332288",
    "#306000",
    "#5b4636",
)
"""
Colors of states that no rule names ("state 0", "state 1", ...): Okabe and Ito's set without its yellow, continued. The
lightest come first: a late cluster is a rare one with few points, which would be lost on white.
"""

# (end, share): how far the 2nd, 3rd, ... state of a name moves towards the far or near end of the grey scale.
_STEPS = (("far", 0.45), ("near", 0.40), ("near", 0.70), ("far", 0.70))


def state_colors(palette="default", system=None):
    """
    A table of colors by its name.

    Parameters
    ----------
    palette : {"default", "paper"}
        "paper": the hues of the published figures, which not every reader can tell apart.
    system : {"gold"}, optional
        The paper gives some names another color for the gold particle than for copper (red bulk, lime faces).

    Returns
    -------
    colors : dict of str to str
        Name -> hex, for `color_of` and `soaplens_lite.plots.with_style`.

    Raises
    ------
    ValueError
        If there is no such palette or system.

    Examples
    --------
    >>> state_colors()["edge"], state_colors("paper")["bulk"], state_colors("paper", "gold")["bulk"]
    ('#0a3cc8', '#5cf76a', '#d93a0b')
    """
    palettes = {"default": STATE_COLORS, "paper": PAPER_COLORS}
    if palette not in palettes:
        raise ValueError(f"palette = {palette!r}: must be one of {', '.join(palettes)}")
    if system is not None and system not in _PAPER_OTHERWISE:
        raise ValueError(f"system = {system!r}: must be one of {', '.join(_PAPER_OTHERWISE)}, or None")
    otherwise = _PAPER_OTHERWISE.get(system, {}) if palette == "paper" else {}
    return palettes[palette] | otherwise


def color_of(name, colors=STATE_COLORS):
    """
    Color of a state name.

    Parameters
    ----------
    name : str
        "edge", a numbered name such as "face 2" (a lighter or darker variant of "face"; "face 1" is
        "face"), or "state 4". A name that is in no list gets a color that depends on its letters alone.
    colors : mapping of str to color
        STATE_COLORS (default), PAPER_COLORS or one's own.

    Returns
    -------
    str
        Hex color.

    Examples
    --------
    >>> color_of("edge"), color_of("edge 1"), color_of("state 0")
    ('#0a3cc8', '#0a3cc8', '#e69f00')
    """
    if name in colors:
        return to_hex(colors[name])
    match = re.fullmatch(r"(.*?)\s*(\d+)", name)
    stem, number = (match[1], int(match[2])) if match else (name, None)
    if stem in colors:
        return to_hex(colors[stem]) if number < 2 else _variant(colors[stem], number)
    if number is None:
        return FALLBACK_COLORS[zlib.crc32(name.encode()) % len(FALLBACK_COLORS)]
    return numbered_color(number)


def numbered_color(number):
    """
    Color of the *number*-th of things that have no names; from the thirteenth on a lighter or darker one.

    Parameters
    ----------
    number : int
        From 0.

    Returns
    -------
    str
        Hex color.

    Examples
    --------
    >>> numbered_color(0), numbered_color(12)
    ('#e69f00', '#7f5700')
    """
    turn, position = divmod(number, len(FALLBACK_COLORS))
    color = FALLBACK_COLORS[position]
    return _variant(color, turn + 1) if turn else color


def _variant(color, number):
    """The color of the *number*-th state of a name: moved towards white or black."""
    end, share = _STEPS[(number - 2) % len(_STEPS)]
    far_end = "white" if _luminance(color) < 0.25 else "black"
    near_end = "black" if far_end == "white" else "white"
    target = to_rgb(far_end if end == "far" else near_end)
    return to_hex([(1 - share) * c + share * t for c, t in zip(to_rgb(color), target, strict=True)])


def _luminance(color):
    """Relative luminance of a color, 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_color_on(background):
    """
    Black or white, whichever reads better on a background.

    Parameters
    ----------
    background : color
        Anything that matplotlib takes for a color.

    Returns
    -------
    str
        "black" or "white": the one with the larger contrast ratio (WCAG) to the background.

    Examples
    --------
    >>> text_color_on("#fde844"), text_color_on("navy")
    ('black', 'white')
    """
    luminance = _luminance(background)
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def state_style(table, state):
    """
    Name and color of one state, read from the state table by its index.

    Parameters
    ----------
    table : pandas.DataFrame
        Indexed by state, with the columns ``name`` and ``color``.
    state : int
        The state.

    Returns
    -------
    name, color : str
        As they stand in the table.

    Raises
    ------
    ValueError
        If the table does not hold the state.
    """
    if state not in table.index:
        raise ValueError(f"state {state} is not in the state table (it holds {', '.join(map(str, table.index))})")
    return str(table.at[state, "name"]), to_hex(table.at[state, "color"])
