"""
Pictures of the analysis: one module per kind of picture, with functions ``plot_x(..., ax=None) -> Axes``.

A plot function draws data. It does not compute results or save files. With given axes it does not change the current
figure of pyplot. Names and colors of the states come from the state table.
"""

from soaplens_lite.plots.alluvial import alluvial_geometry, plot_alluvial
from soaplens_lite.plots.chi import plot_chi
from soaplens_lite.plots.chord import chord_geometry, flows_of, plot_chord
from soaplens_lite.plots.compose import compose
from soaplens_lite.plots.costs import plot_costs
from soaplens_lite.plots.dendrogram import plot_dendrogram
from soaplens_lite.plots.environment import plot_what_lens_sees, plot_what_soap_sees
from soaplens_lite.plots.journey import plot_journey_map
from soaplens_lite.plots.map import plot_map
from soaplens_lite.plots.matrix import plot_matrix
from soaplens_lite.plots.movie import journey_movie, plot_stills
from soaplens_lite.plots.palette import (
    PAPER_COLORS,
    STATE_COLORS,
    color_states,
    state_colors,
    state_style,
    text_color_on,
)
from soaplens_lite.plots.profile import plot_profiles
from soaplens_lite.plots.robustness import plot_findings, plot_robustness
from soaplens_lite.plots.scene import journey_snapshot, plot_note, state_snapshot
from soaplens_lite.plots.series import plot_lens_series
from soaplens_lite.plots.snapshot import plot_snapshot, plot_track
from soaplens_lite.plots.spheres import Snapshot, common_bounds, facing, project, render_spheres
from soaplens_lite.plots.style import MM, STYLE, style
from soaplens_lite.plots.tables import cluster_table, coordination_table, published_matrix
from soaplens_lite.plots.variance import components_for, plot_cumulative_variance

__all__ = [
    "MM",
    "PAPER_COLORS",
    "STATE_COLORS",
    "STYLE",
    "Snapshot",
    "alluvial_geometry",
    "chord_geometry",
    "cluster_table",
    "color_states",
    "common_bounds",
    "components_for",
    "compose",
    "coordination_table",
    "facing",
    "flows_of",
    "journey_movie",
    "journey_snapshot",
    "plot_alluvial",
    "plot_chi",
    "plot_chord",
    "plot_costs",
    "plot_cumulative_variance",
    "plot_dendrogram",
    "plot_findings",
    "plot_journey_map",
    "plot_lens_series",
    "plot_map",
    "plot_matrix",
    "plot_note",
    "plot_profiles",
    "plot_robustness",
    "plot_snapshot",
    "plot_stills",
    "plot_track",
    "plot_what_lens_sees",
    "plot_what_soap_sees",
    "project",
    "published_matrix",
    "render_spheres",
    "state_colors",
    "state_snapshot",
    "state_style",
    "style",
    "text_color_on",
]
