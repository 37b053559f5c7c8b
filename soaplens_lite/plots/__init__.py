"""
Pictures of the analysis: one private module per kind of picture, with functions ``plot_x(..., ax=None) -> Axes``.

A plot function draws data. It does not compute results or save files. With given axes it does not change the current
figure of pyplot. Names and colors of the states come from the state table.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_alluvial": ["alluvial_geometry", "plot_alluvial"],
        "_chi": ["plot_chi"],
        "_chord": ["chord_geometry", "chord_layout", "flows_of", "plot_chord"],
        "_compose": ["compose", "plot_note"],
        "_curves": [
            "components_for",
            "plot_costs",
            "plot_cumulative_variance",
            "plot_profiles",
            "plot_radial_distribution",
        ],
        "_dendrogram": ["distance_range", "plot_dendrogram", "tree_geometry"],
        "_environment": ["compare_neighbors", "plot_what_lens_sees", "plot_what_soap_sees", "projected"],
        "_map": ["cloud", "covariance_ellipse", "density_levels", "emptiest_corner", "plot_map"],
        "_marks": ["entry_of", "mark_of", "mark_places"],
        "_matrix": ["interval", "percent", "plot_matrix"],
        "_movie": ["path_movie", "plot_stills"],
        "_palette": [
            "MAX_STATES_BY_COLOR",
            "PAPER_COLORS",
            "STATE_COLORS",
            "cluster_table",
            "color_states",
            "coordination_table",
            "published_matrix",
            "state_colors",
            "state_style",
            "text_color_on",
        ],
        "_path": ["path_snapshot", "plot_path", "plot_path_map"],
        "_robustness": ["plot_findings", "plot_robustness", "plot_stability"],
        "_series": ["plot_lens_series"],
        "_snapshot": ["OUTSIDE_COLOR", "plot_snapshot", "scale_length", "state_snapshot", "view_of"],
        "_spheres": ["Snapshot", "camera", "cast", "common_bounds", "facing", "project", "render_spheres"],
        "_style": ["MM", "STYLE", "FittedText", "spread", "style", "text_size", "two_lines", "unit_of"],
    },
)
