"""Neighbors, LENS, SOAP, the joint vector, and plain measures of structure."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_neighbors": ["NeighborLists", "displacements", "find_neighbors", "search_method"],
        "_lens": ["lens", "smooth_lens"],
        "_soap": ["soap"],
        "_spectrum": ["component_weights", "make_descriptor", "normalize", "stand_ins"],
        "_joint": ["Features", "join", "structure_alone", "to_labelled", "to_samples"],
        "_structure": [
            "coordination_numbers",
            "distance_from_middle",
            "falls_below",
            "first_minimum",
            "heights",
            "profile",
            "radial_distribution",
            "slab_middle",
            "tetrahedral_order",
        ],
    },
)
