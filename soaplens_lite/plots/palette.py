"""
Colors of the states, by name.

A color belongs to a *name* ("edge", "fast"), never to a position in a list, so that the same environment
looks the same in every panel, analysis and system. The default colors keep the hue families of the paper
(green bulk, orange and red sub-surface, yellow valley, cyan face, blue edge, magenta for what is fast), but
their lightness rises in even steps, so that they also stay apart in grey printing and for readers with
protanopia, deuteranopia or tritanopia; the tests measure it.
"""

from __future__ import annotations

import re
import zlib

from matplotlib.colors import to_hex, to_rgb

__all__ = ["FALLBACK_COLORS", "PAPER_COLORS", "STATE_COLORS", "color_of", "state_style", "text_color_on"]

STATE_COLORS = {
    # copper surface, from dark to light: sub-surface 2, edge, fast, sub-surface, bulk, face, valley
    "bulk": "#7ebe79",
    "sub-surface": "#d78002",
    "sub-surface 2": "#890103",
    "valley": "#fde742",
    "face": "#52dafb",
    "edge": "#124fd3",
    "fast": "#ec0299",
    # where the clustering does not part two layers
    "face/valley": "#2fb7b1",
    "bulk/sub-surface": "#9c8b2e",
    # LENS classes: "fast" as above, so that a fast atom has one color everywhere
    "slow": "#dcd8ea",
    "intermediate": "#aea2da",
    "intermediate 2": "#b968c8",
    # gold particle
    "vertex": "#35106b",
    "rosette": "#c9eaa0",
    "defect": "#fde742",
    "liquid-like": "#ec0299",
    "edge/face": "#2b8fd0",  # where the clustering parts neither
    "mobile vertex": "#8f6fc4",
    "mobile sub-surface": "#f3a6c8",
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
    "intermediate 2": "#c2258f",
}
"""The hues of the published figures, to lay pictures side by side; many readers cannot tell some apart."""

FALLBACK_COLORS = (
    "#e69f00",
    "#56b4e9",
    "#009e73",
    "#f0e442",
    "#0072b2",
    "#d55e00",
    "#cc79a7",
    "#999999",
    "#332288",
    "#882255",
    "#8fd3c1",
    "#5b4636",
)
"""Colors of states that no rule names ("state 0", "state 1", ...): Okabe and Ito's set, continued."""

# (end, share): how far the 2nd, 3rd, ... state of a name moves towards the far or near end of the grey scale.
_STEPS = (("far", 0.45), ("near", 0.40), ("far", 0.70), ("near", 0.65))


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
    ('#124fd3', '#124fd3', '#e69f00')
    """
    if name in colors:
        return to_hex(colors[name])
    match = re.fullmatch(r"(.*?)\s*(\d+)", name)
    stem, number = (match[1], int(match[2])) if match else (name, None)
    if stem in colors:
        return to_hex(colors[stem]) if number < 2 else _variant(colors[stem], number)
    position = zlib.crc32(name.encode()) if number is None else number
    return FALLBACK_COLORS[position % len(FALLBACK_COLORS)]


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
    >>> text_color_on("#fde742"), text_color_on("navy")
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
