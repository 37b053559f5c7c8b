"""Data: what the registry lists, how to get it verified, and the user's own trajectories."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_registry": ["OWN_TIER", "DataError", "DataFile", "DataSet", "Tier", "Units", "choose", "data_sets", "tiers"],
        "_download": ["git_blob_id", "in_bytes"],
        "_fetch": ["bring", "fetch", "fetch_all", "look", "verify_file"],
        "_statement": ["Statement", "is_description", "read_statement"],
        "_own": ["FILE_NAME", "OwnData", "as_table", "describe", "write"],
        "_open": [
            "convert",
            "details",
            "find",
            "introduce",
            "list_table",
            "open_data_set",
            "published",
            "published_title",
            "status",
            "verify",
        ],
    },
)
