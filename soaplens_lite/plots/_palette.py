"""
Colors of the states, by name.

A color belongs to a *name* ("edge", "fast"), not to a position in a list. The same environment has the same color
in every panel, analysis and system. The default colors keep the hues of the paper: green bulk, orange and red
sub-surface, yellow valley, cyan face, blue edge, magenta fast. They are adjusted such that the states of one
analysis differ for readers with protanopia, deuteranopia or tritanopia. Up to `MAX_STATES_BY_COLOR` states also
differ in greyscale print. The tests measure both.

The gold particle has a dozen states. Color alone cannot distinguish that many for every reader. Matrices,
dendrograms, alluvial diagrams and wide chord diagrams therefore write names, and maps write numbers
(`soaplens_lite.plots._marks`). Snapshots have colors only; they show the few states of the surface.
"""

import tomllib
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.colors import to_hex, to_rgb
from matplotlib.typing import ColorType

MAX_STATES_BY_COLOR = 8
"""Largest number of states that lightness alone can distinguish. More states are numbered on maps."""

_COLORS = tomllib.loads(Path(__file__).with_name("palette.toml").read_text("utf-8"))

STATE_COLORS = _COLORS["default"]
"""Default colors: name -> hex."""

PAPER_COLORS = STATE_COLORS | _COLORS["paper"]
"""The hues of the published figures, to compare pictures. Color-blind readers cannot distinguish some of them."""

FALLBACK_COLORS = tuple(_COLORS["fallback"]["colors"])
"""Colors of states without a rule."""

# (end, share): how far the color of the 2nd, 3rd, ... state of a kind moves to the far or near end of the grey scale.
_VARIANT_STEPS = (("far", 0.45), ("near", 0.40), ("near", 0.70), ("far", 0.70))


def state_colors(palette: str = "default", system: str | None = None) -> dict[str, str]:
    """
    Colors of the states in one of the two palettes.

    Parameters
    ----------
    palette : {"default", "paper"}
        "paper": the hues of the published figures. Color-blind readers cannot distinguish some of them.
    system : {"gold"}, optional
        In the paper some states of the gold particle have other colors than in copper (red bulk, lime faces).

    Returns
    -------
    colors : dict of str to str
        Name -> hex color, as `color_states` takes it.

    Raises
    ------
    ValueError
        If the palette or the system is unknown.

    Examples
    --------
    >>> state_colors()["edge"], state_colors("paper")["bulk"], state_colors("paper", "gold")["bulk"]
    ('#0a3cc8', '#5cf76a', '#d93a0b')
    """
    palettes = {"default": STATE_COLORS, "paper": PAPER_COLORS}
    if palette not in palettes:
        raise ValueError(f"palette = {palette!r}: must be one of {', '.join(palettes)}")
    if system not in (None, "gold"):
        raise ValueError(f"system = {system!r}: must be gold, or None")
    return palettes[palette] | (_COLORS["paper_gold"] if (palette, system) == ("paper", "gold") else {})


def color_states(table: pd.DataFrame, colors: Mapping[str, str] = STATE_COLORS) -> pd.DataFrame:
    """
    Add the colors of the states to their table.

    Parameters
    ----------
    table : pandas.DataFrame, index state
        Columns ``name`` and ``kind``, see `soaplens_lite.states.name_states`.
    colors : mapping of str to color
        Colors by name or kind: STATE_COLORS (default), PAPER_COLORS or your own.

    Returns
    -------
    table : pandas.DataFrame, index state
        A copy with the column ``color``. A name in *colors* gets that color. The second, third, ... state of a kind
        gets a lighter or darker variant of the color of the kind. A state without a kind gets a fallback color by its
        number. A state of a kind that is not in *colors* gets a fallback color that depends on its name only.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"name": ["edge", "edge 2", "state 2"], "kind": ["edge", "edge", ""]})
    >>> color_states(table)["color"].tolist()
    ['#0a3cc8', '#7894e1', '#56b4e9']
    """
    place = table.groupby("kind").cumcount() + 1 if len(table) else pd.Series(dtype=int)
    found = [
        _color(name, kind, number, state, colors)
        for state, (name, kind, number) in enumerate(zip(table["name"], table["kind"], place, strict=True))
    ]
    rest = table.drop(columns="color", errors="ignore")
    rest.insert(1, "color", found)
    return rest


def _color(name, kind, number, state, colors):
    """Color of the *number*-th state of a kind, the *state*-th of its table."""
    if name in colors:
        return to_hex(colors[name])
    if kind in colors:
        return to_hex(colors[kind]) if number < 2 else _variant(colors[kind], number)
    if not kind:
        return numbered_color(state)
    return FALLBACK_COLORS[zlib.crc32(name.encode()) % len(FALLBACK_COLORS)]


def numbered_color(number: int) -> str:
    """
    Fallback color by number. From number 12 on, lighter or darker variants follow.

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
    """Color of the *number*-th state of a kind: lighter or darker than that of the first."""
    end, share = _VARIANT_STEPS[(number - 2) % len(_VARIANT_STEPS)]
    far_end = "white" if _luminance(color) < 0.25 else "black"
    near_end = "black" if far_end == "white" else "white"
    target = to_rgb(far_end if end == "far" else near_end)
    return to_hex([(1 - share) * c + share * t for c, t in zip(to_rgb(color), target, strict=True)])


def _luminance(color):
    """Relative luminance of a color, 0 (black) to 1 (white)."""
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def text_color_on(background: ColorType) -> str:
    """
    Black or white, whichever has the larger contrast to a background.

    Parameters
    ----------
    background : color
        Any color that matplotlib accepts.

    Returns
    -------
    str
        "black" or "white", by the contrast ratio of WCAG 2.

    Examples
    --------
    >>> text_color_on("#fde844"), text_color_on("navy")
    ('black', 'white')
    """
    luminance = _luminance(background)
    return "black" if (luminance + 0.05) ** 2 > 1.05 * 0.05 else "white"


def state_style(table: pd.DataFrame, state: int) -> tuple[str, str]:
    """
    Name and color of one state, read from the state table by its index.

    Parameters
    ----------
    table : pandas.DataFrame
        Index: state. Column ``name``, and ``color`` or ``kind``.
    state : int
        The state.

    Returns
    -------
    name : str
    color : str
        Hex color.

    Raises
    ------
    ValueError
        If the table does not contain the state.

    Examples
    --------
    >>> state_style(pd.DataFrame({"name": ["edge"], "color": ["blue"]}, index=[3]), 3)
    ('edge', '#0000ff')
    """
    if state not in table.index:
        raise ValueError(f"state {state} is not in the state table (it holds {', '.join(map(str, table.index))})")
    table = table if "color" in table else color_states(table)
    return str(table.at[state, "name"]), to_hex(table.at[state, "color"])


def cluster_table(n_clusters):
    """
    A state table for micro-clusters, which have numbers for names.

    Parameters
    ----------
    n_clusters : int

    Returns
    -------
    table : pandas.DataFrame, index state

    Examples
    --------
    >>> cluster_table(2).name.tolist()
    ['1', '2']
    """
    colors = [numbered_color(k) for k in range(n_clusters)]
    names = [str(k + 1) for k in range(n_clusters)]
    return pd.DataFrame({"name": names, "color": colors}, index=pd.RangeIndex(n_clusters, name="state"))


def coordination_table():
    """
    A state table for coordination numbers 6 to 12; the ends stand for all below and above.

    Returns
    -------
    table : pandas.DataFrame
        Indexed by coordination number.

    Examples
    --------
    >>> coordination_table().name.tolist()
    ['≤6', '7', '8', '9', '10', '11', '≥12']
    """
    colors = {int(number): color for number, color in _COLORS["coordination"].items()}
    names = [f"≤{k}" if k == min(colors) else f"≥{k}" if k == max(colors) else str(k) for k in colors]
    return pd.DataFrame({"name": names, "color": colors.values()}, index=list(colors))


def published_matrix(entry, colors=STATE_COLORS):
    """
    A published matrix, and the table of its states.

    Parameters
    ----------
    entry : mapping
        ``states``, names in the order of the rows, and ``matrix``, in percent.
    colors : mapping of str to color
        As for `soaplens_lite.plots.color_states`.

    Returns
    -------
    kinetics : xarray.Dataset, dims (origin, target)
        ``matrix``, in [0, 1].
    table : pandas.DataFrame, index state

    Examples
    --------
    >>> kinetics, table = published_matrix({"states": ["slow", "fast"], "matrix": [[99, 1], [10, 90]]})
    >>> float(kinetics.matrix.sel(origin="fast", target="slow")), table.name[1]
    (0.1, 'fast')
    """
    names = list(entry["states"])
    table = pd.DataFrame({"name": names, "kind": names}, index=pd.RangeIndex(len(names), name="state"))
    matrix = np.asarray(entry["matrix"], dtype=float) / 100
    kinetics = xr.Dataset({"matrix": (("origin", "target"), matrix)}, coords={"origin": names, "target": names})
    return kinetics, color_states(table, colors)
