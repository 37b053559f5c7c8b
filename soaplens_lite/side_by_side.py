"""Several clusterings at once, each in a process of its own, and kept on disk for the next run."""

import hashlib
import zipfile
from dataclasses import asdict, fields
from importlib.metadata import version

import numpy as np
from joblib import Parallel, delayed
from joblib.externals.loky import get_reusable_executor

from soaplens_lite import cache
from soaplens_lite.clustering import Clustering, gmm, hdbscan_soft, kmeans
from soaplens_lite.progress import number_of_processes, progress_bar

# Methods of `cluster_side_by_side`, and the library whose version their answer depends on.
LIBRARIES = {"hdbscan": "hdbscan", "gmm": "scikit-learn", "kmeans": "scikit-learn"}


def cluster_side_by_side(samples, *, method="hdbscan", n_jobs=0, cache_folder=None, **settings):
    """
    Cluster several sets of samples with the same settings, each in a process of its own.

    Clusterings stay on disk between runs, so that a change in what follows does not repeat them.

    Parameters
    ----------
    samples : dict of str to numpy.ndarray, each of shape (n_samples, n_components)
        For instance SOAP alone and SOAP with LENS.
    method : {"hdbscan", "gmm", "kmeans"}
        See `soaplens_lite.clustering.hdbscan_soft`, `gmm` and `kmeans` there.
    n_jobs : int
        Number of processes; 0 takes all cores. The result does not depend on it.
    cache_folder : path, optional
        Default: `soaplens_lite.cache.cache_folder`.
    **settings
        Of the method.

    Returns
    -------
    clusterings : dict of str to soaplens_lite.clustering.Clustering
        In the order of `samples`.

    Raises
    ------
    ValueError
        If there is no such method or number of processes, or as the method itself.
    """
    if method not in LIBRARIES:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(LIBRARIES)}")
    cluster, n_processes = {"hdbscan": hdbscan_soft, "gmm": gmm, "kmeans": kmeans}[method], number_of_processes(n_jobs)
    folder = cache.cache_folder(cache_folder)
    paths = {name: folder / _clustering_file(method, values, settings) for name, values in samples.items()}
    # The same samples under two names are clustered once.
    missing = {path: name for name, path in paths.items() if _load_clustering(path) is None}
    tasks = (delayed(cluster)(samples[name], **settings) for name in missing.values())
    if missing:
        # Processes that computed spectra before keep memory that they no longer need: begin with new ones.
        get_reusable_executor().shutdown(wait=True)
    with progress_bar(method.upper(), total=len(missing), unit="clustering") as bar:
        results = Parallel(n_jobs=n_processes, return_as="generator")(tasks)
        for path, clustering in zip(missing, results, strict=True):
            cache.store_arrays(path, **asdict(clustering))
            bar.update()
    return {name: _load_clustering(path) for name, path in paths.items()}


def _clustering_file(method, samples, settings):
    """Name of the file of a clustering, from everything that it depends on."""
    library = LIBRARIES[method]
    data = hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()
    held = [field.name for field in fields(Clustering)]
    key = cache.digest(settings | {"samples": data, "shape": samples.shape, library: version(library), "held": held})
    return f"{method}-{key}.npz"


def _load_clustering(path):
    """A stored clustering; None if there is none, or the file is damaged."""
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    scalars = {name: arrays[name].item() for name in ("n_clusters", "n_nearest")}
    return Clustering(**(arrays | scalars))
