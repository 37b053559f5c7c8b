"""
How the paper's figures are laid out: sizes of the panels, and the pages that are composed of them.

A row of a page is its height in mm and its cells; a cell is ``(letter, panel or panels one above the other, relative
width)``. See `soaplens_lite.plots.compose`.
"""

from dataclasses import dataclass, field

# Width and height in mm of the panels of a standard set, and where a figure needs another size.
DEFAULT_SIZES = {
    "dendrogram": (70, 60),
    "map": (85, 75),
    "chord": (80, 80),
    "transition_matrix": (95, 95),
    "snapshot": (85, 62),
    "lens_series": (120, 70),
}
SIZES = {
    **dict.fromkeys(("figs1a", "figs2a", "figs1b"), {"transition_matrix": (85, 85)}),
    "figs2b": {"map": (95, 80), "dendrogram": (75, 85), "transition_matrix": (140, 140)},
    "fig1d": {"transition_matrix": (70, 70)},
    "fig2c": {"map": (95, 78), "snapshot": (62, 56)},
    "fig3a": {"transition_matrix": (105, 105), "snapshot": (60, 68)},
    "fig3b": {"transition_matrix": (80, 80), "snapshot": (60, 68)},
    "fig3c": {
        "dendrogram": (75, 85),
        "map": (95, 95),
        "chord": (90, 90),
        "transition_matrix": (135, 135),
        "snapshot": (60, 68),
    },
    "fig3d": {"map": (95, 78), "snapshot": (62, 62)},
    "fig4d": {"map": (95, 78), "snapshot": (62, 50)},
    **dict.fromkeys(
        ("fig4a", "fig4b", "fig4c"),
        {
            "lens_series": (120, 65),
            "chord": (80, 70),
            "transition_matrix": (75, 70),
            "dendrogram": (70, 45),
            "snapshot": (110, 60),
        },
    ),
}


@dataclass(frozen=True)
class Page:
    """
    A page of panels.

    Attributes
    ----------
    rows : list of (height, cells)
    width_mm : float
    options : dict of str to dict
        What single panels are drawn with besides: a legend only takes space where a neighbor names the states.
    """

    rows: list
    width_mm: float = 180
    options: dict = field(default_factory=dict)


def _stations(figure):
    """Three stations of an atom's path, side by side."""
    return [("", f"{figure}_snapshot_{number}", 1) for number in (1, 2, 3)]


def _clusters(figure, letter):
    """Micro-clusters of copper: map, dendrogram and matrix in one row."""
    cells = [(letter, f"{figure}_map", 1), ("", f"{figure}_dendrogram", 0.8), ("", f"{figure}_transition_matrix", 1.15)]
    return Page([(62, cells)])


def _gold(letter, dendrogram, matrix):
    """One analysis of gold: dendrogram, map above chord, and matrix, which names the states for all of them."""
    return [
        (letter, f"fig3{letter}_dendrogram", dendrogram),
        ("", [f"fig3{letter}_map", f"fig3{letter}_chord"], 0.9),
        ("", f"fig3{letter}_transition_matrix", matrix),
    ]


def _water(letter):
    """One analysis of water: map, chord, matrix, and the dendrogram above a snapshot."""
    return [
        (letter, f"fig4{letter}_map", 1.1),
        ("", f"fig4{letter}_chord", 0.85),
        ("", f"fig4{letter}_transition_matrix", 1.2),
        ("", [f"fig4{letter}_dendrogram", f"fig4{letter}_snapshot"], 1.15),
    ]


_ENDS = {key: [f"fig3{key}_snapshot_before", f"fig3{key}_snapshot_end"] for key in "ab"}
_MOMENTS = [f"fig3c_snapshot_{moment}" for moment in ("before", "event", "end")]

PAGES = {
    "fig1": Page(
        [
            (
                40,
                [
                    ("a", "fig1a_snapshot_first", 1),
                    ("", "fig1a_snapshot_middle", 1),
                    ("b", "fig1b_lens", 0.8),
                    ("", "fig1b_soap", 0.8),
                ],
            ),
            (58, [("c", "fig1c_dendrogram", 0.8), ("", "fig1c_map", 1.1), ("", "fig1c_transition_matrix", 1)]),
            (48, [("", "fig1c_chord", 0.9), ("", "fig1c_snapshot", 1.2), ("d", "fig1d_lens_series", 1.7)]),
            (46, [("", "fig1d_chord", 1), ("", "fig1d_transition_matrix", 1), ("", "fig1d_snapshot", 1.3)]),
            (38, [("e", "fig1e_chi", 1)]),
        ]
    ),
    "fig2": Page(
        [
            (60, [("a", "fig2a_map_soap", 1), ("", "fig2a_map_joint", 1)]),
            (58, [("b", "fig2b_dendrogram", 0.8), ("", "fig2b_map", 1.1), ("", "fig2b_transition_matrix", 1)]),
            (52, [("", "fig2b_chord", 1), ("", "fig2b_chord_fast", 1), ("c", "fig2c_map", 1.4)]),
            (50, [*_stations("fig2c"), ("d", "fig2d_snapshot", 1.4)]),
        ]
    ),
    "figs1a": _clusters("figs1a", "a"),
    "figs2a": _clusters("figs2a", "a"),
    "fig3": Page(
        [
            (58, [*_gold("a", 0.85, 1.4), ("", _ENDS["a"], 0.7)]),
            (
                43,
                [
                    ("b", "fig3b_lens_series", 2.2),
                    ("", "fig3b_chord", 0.8),
                    ("", "fig3b_transition_matrix", 1.3),
                    *(("", shot, 0.56) for shot in _ENDS["b"]),
                ],
            ),
            (70, _gold("c", 0.85, 1.6)),
            (
                47,
                [
                    ("", "fig3c_map_finer", 1.1),
                    ("", "fig3c_chord_liquid", 0.95),
                    *(("", shot, 0.7) for shot in _MOMENTS),
                ],
            ),
            (40, [("d", "fig3d_map", 1.4), *_stations("fig3d")]),
        ],
        options={
            **dict.fromkeys([*_ENDS["a"], *_ENDS["b"], *_MOMENTS], {"table": None, "states": None}),
            **{f"fig3{key}_chord": {"names": False} for key in "abc"},
            **{f"fig3{key}_map": {"legend": False} for key in "ac"},
            **{f"fig3d_snapshot_{number}": {"names": False} for number in (1, 2, 3)},
        },
    ),
    "figs1b": Page(
        [(85, [("b", "figs1b_map", 0.9), ("", "figs1b_dendrogram", 0.65), ("", "figs1b_transition_matrix", 1.45)])]
    ),
    "figs2b": Page(
        [
            (85, [("b", "figs2b_map", 1), ("", "figs2b_dendrogram", 0.8)]),
            (165, [("", "figs2b_transition_matrix", 1)]),
        ]
    ),
    "fig4": Page(
        [
            (54, _water("a")),
            (
                48,
                [
                    ("b", "fig4b_lens_series", 2.0),
                    ("", "fig4b_chord", 0.75),
                    ("", "fig4b_transition_matrix", 1.05),
                    ("", "fig4b_snapshot", 1),
                ],
            ),
            (54, _water("c")),
            (43, [("d", "fig4d_map", 1.4), *_stations("fig4d")]),
            (48, [("e", "fig4e_alluvial", 1.3), ("", "fig4_profiles_joint", 1)]),
        ]
    ),
    "figs3": Page(
        [
            (54, [(letter if number == 1 else "", f"figs3_map_{key}_{number}", 1) for number in (1, 2, 3)])
            for letter, key in (("a", "soap"), ("b", "joint"))
        ]
    ),
    "figs4": Page([(65, [("", "figs4_variance", 1)])], width_mm=90),
}
