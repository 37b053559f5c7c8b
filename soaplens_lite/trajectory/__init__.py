"""Reading, selecting, converting and exporting trajectories."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_trajectory": [
            "check_atoms",
            "checksum",
            "make_trajectory",
            "read_trajectory",
            "select_centers",
        ],
        "_elements": ["atom_columns", "identify", "is_element"],
        "_cell": [
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
        "_formats": [
            "Frame",
            "format_of",
            "frames",
            "read_frames",
            "open_files",
            "stored_interval",
            "wanted_frames",
        ],
        "_hdf5": [
            "frames_per_chunk",
            "interval_of",
            "no_groups",
            "open_hdf5",
            "read_blocks",
            "read_hdf5",
            "symbols",
            "trajectory_names",
            "write_blocks",
            "write_hdf5",
        ],
        "_integrity": ["check_even", "check_ids", "check_lines", "check_repeats", "duplicated", "unreadable"],
        "_convert": ["Source", "convert"],
        "_export": ["flag_states", "study_columns", "write_states"],
        "_supercell": ["repeat_frames", "supercell"],
        "_align": ["align"],
        "_thin": ["thin_to_pairs"],
    },
)
