"""
Structure (SOAP) and dynamics (LENS) of every atom in one vector, and what an unsupervised analysis finds in it.

The package reproduces Crippa et al. (2023). Folders follow the flow of the data:

    trajectory -> descriptors -> states <-> kinetics -> plots

`systems` holds what only particles or only water need, `study` what turns notebooks into a reproducible paper.
"""

import lazy_loader

_load, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submodules=["descriptors", "kinetics", "plots", "states", "study", "systems", "teaching", "trajectory"],
    submod_attrs={
        "trajectory": ["align", "convert", "from_ase", "make_trajectory", "read_trajectory", "select_centers"],
        "descriptors": [
            "coordination_numbers",
            "find_neighbors",
            "first_minimum",
            "join",
            "lens",
            "radial_distribution",
            "smooth_lens",
            "soap",
            "structure_alone",
        ],
        "states": [
            "States",
            "cluster",
            "find_states",
            "fit_pca",
            "label_clusters",
            "lens_classes",
            "measure_states",
            "merge_clusters",
            "merge_states",
            "name_states",
            "of_kind",
            "project",
        ],
        "kinetics": ["find_visits", "residence_times", "transition_counts", "transition_matrix", "transitions"],
    },
)


def __getattr__(name):
    """Load a name when it is used; the version, too, as reading it takes longer than `soaplens --help` otherwise."""
    if name == "__version__":
        from importlib.metadata import version

        return version(__name__)
    return _load(name)
