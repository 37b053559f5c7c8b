"""Reading, selecting, converting and exporting trajectories."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_trajectory": [
            "checksum",
            "make_trajectory",
        ],
        "_elements": ["atom_columns", "identify", "is_element", "massless"],
        "_cell": [
            "as_cell",
            "as_pbc",
            "boxed_frames",
            "cell_heights",
            "cell_vectors",
            "check_cutoff",
            "is_standard",
            "lengths_and_angles",
            "nearest_images",
            "periodic_heights",
            "search_box",
            "search_cell",
        ],
        "_select": ["check_atoms", "labels_of", "select_centers"],
        "_read": ["from_ase", "read_trajectory", "wanted_frames"],
        "_files._formats": ["OpenTrajectory", "open_files"],
        "_files._frame": ["Frame", "check_even", "check_repeats"],
        "_look": ["Finding", "Look", "heed", "look", "looked_at"],
        "_files._hdf5": [
            "interval_of",
            "is_paper_hdf5",
            "no_groups",
            "open_hdf5",
            "periodicity",
            "read_blocks",
            "read_frames",
            "read_hdf5",
            "symbols",
            "trajectory_names",
        ],
        "_files._hdf5_write": ["boxed", "write_blocks", "write_hdf5"],
        "_files._convert": ["Source", "convert"],
        "_files._export": ["flag_states", "study_columns", "write_states"],
        "_derived": ["align", "repeat_frames", "supercell", "thin_to_pairs"],
    },
)
