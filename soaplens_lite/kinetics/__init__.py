"""How atoms move between states: transitions, residence times, visits."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_transitions": [
            "arrival_shares",
            "atom_interval",
            "counts_per_atom",
            "find_visits",
            "residence_times",
            "transition_counts",
            "transition_matrix",
            "transitions",
        ],
        "_visits": [
            "crossing_visit",
            "flows",
            "frames_at",
            "longest_visit",
            "majority",
            "movie_frames",
            "visit_frames",
        ],
    },
)
