"""From vectors to named states: PCA, clustering, merging, names."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "_records": ["Clusters", "States", "from_tree", "to_tree"],
        "_pca": ["fit_pca", "project"],
        "_clustering": [
            "Clustering",
            "NoClusterError",
            "best_number",
            "dbscan",
            "gmm",
            "kmeans",
            "kmeans_classes",
            "knee",
        ],
        "_hdbscan": ["assign_softly", "hdbscan_hard", "hdbscan_leaves", "hdbscan_soft"],
        "_cluster": ["cluster"],
        "_find": ["find_any_states", "find_states", "lens_classes", "named_by_rank"],
        "_merging": [
            "exchange_distances",
            "exchange_linkage",
            "label_clusters",
            "merge_clusters",
            "merge_states",
            "order_states",
            "recounted_linkage",
            "relabel",
        ],
        "_naming": [
            "measure_states",
            "name_states",
            "names_by_rules",
            "of_kind",
            "shares_among_states",
            "state_properties",
        ],
        "_stability": ["best_overlaps", "random_rotations", "stability", "with_stability"],
        "_cuts": ["mixed_shares", "separating_cut"],
        "_agreement": [
            "adjusted_rand",
            "assignment_entropy",
            "best_overlap",
            "keeps_name",
            "local_purity",
            "nearest_reading",
            "overlap",
            "separates",
            "share_of_passages",
            "share_of_points",
        ],
    },
)
