"""Cluster one or several sets of samples, in parallel, with results cached on disk."""

import hashlib
import zipfile
from contextlib import ExitStack
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr
from filelock import FileLock
from joblib import Parallel, delayed

from soaplens_lite import _cache as cache
from soaplens_lite._progress import number_of_processes, progress_bar
from soaplens_lite.descriptors._joint import to_samples
from soaplens_lite.states._clustering import Clustering, gmm, kmeans
from soaplens_lite.states._hdbscan import hdbscan_leaves, hdbscan_soft

# Methods, and the library whose version their result depends on.
LIBRARIES = {"hdbscan": "hdbscan", "stable": "hdbscan", "gmm": "scikit-learn", "kmeans": "scikit-learn"}


def cluster(
    samples: xr.DataArray | np.ndarray | dict[str, xr.DataArray | np.ndarray],
    *,
    method: str = "hdbscan",
    n_jobs: int = 0,
    cache_folder: str | Path | None = None,
    **settings: object,
) -> Clustering | dict[str, Clustering]:
    """
    Cluster samples; several sets of samples are clustered in parallel.

    Results are cached on disk, so that they are computed once. Sets with the same samples are clustered once.

    Parameters
    ----------
    samples : xarray.DataArray, numpy.ndarray or dict of them
        A DataArray has dims (frame, atom, component), an array has shape (n_samples, n_components). A dict holds
        several sets, for instance SOAP alone and SOAP with LENS.
    method : {"hdbscan", "stable", "gmm", "kmeans"}
        `hdbscan_soft`, `hdbscan_leaves`, `gmm` or `kmeans` of `soaplens_lite.states`.
    n_jobs : int
        Number of processes; 0 for one per core. HDBSCAN uses the remaining ones as threads. The result does not
        depend on it.
    cache_folder : path, optional
        Default: the variable SOAPLENS_CACHE, otherwise the user's cache folder.
    **settings
        Settings of the method. One that differs between the sets is a dict with the names of the sets.

    Returns
    -------
    clustering : soaplens_lite.states.Clustering or dict of them
        As `samples`: one, or a dict in the same order.

    Raises
    ------
    ValueError
        If `method` or `n_jobs` is not allowed, a setting lacks a set, or as raised by the method.
    OSError
        If the cache folder cannot be written to.

    Examples
    --------
    >>> import tempfile
    >>> points = np.array([[0.0], [0.1], [5.0]])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     found = cluster(points, method="kmeans", n_components=2, n_jobs=1, cache_folder=folder)
    >>> bool(found.labels[0] == found.labels[1] != found.labels[2])
    True
    """
    if method not in LIBRARIES:
        raise ValueError(f"method = {method!r}: must be one of {', '.join(LIBRARIES)}")
    n_processes, folder = number_of_processes(n_jobs), cache.cache_folder(cache_folder)
    if not isinstance(samples, dict):
        samples = {"samples": samples}
        return cluster(samples, method=method, n_jobs=n_jobs, cache_folder=folder, **settings)["samples"]
    arrays = {name: to_samples(s) if isinstance(s, xr.DataArray) and s.ndim == 3 else s for name, s in samples.items()}
    arrays = {name: np.asarray(values) for name, values in arrays.items()}
    own = {name: settings_of(name, settings) for name in arrays}
    paths = {name: folder / _file_name(method, values, own[name]) for name, values in arrays.items()}
    with ExitStack() as locks:  # two processes that want the same take turns: the second finds it done
        for path in sorted({path for path in paths.values() if _load(path) is None}):
            locks.enter_context(FileLock(path.with_suffix(".lock")))
        missing = {path: (arrays[name], own[name]) for name, path in paths.items() if _load(path) is None}
        _compute(missing, method, n_processes)
    return {name: _load(path) for name, path in paths.items()}


def settings_of(name, settings):
    """
    The settings of one set of samples.

    Parameters
    ----------
    name : hashable
        Of the set.
    settings : dict
        As `cluster` takes them.

    Returns
    -------
    own : dict

    Raises
    ------
    ValueError
        If a setting has values for other sets only.

    Examples
    --------
    >>> settings_of("SOAP", {"n_components": {"SOAP": 6, "SOAP&LENS": 7}, "n_starts": 1})
    {'n_components': 6, 'n_starts': 1}
    """
    for key, value in settings.items():
        if isinstance(value, dict) and name not in value:
            raise ValueError(f"{key} = {value}: must have a value for {name!r}")
    return {key: value[name] if isinstance(value, dict) else value for key, value in settings.items()}


def _compute(missing, method, n_processes):
    """Cluster the samples of every path of the dict, and store each result as soon as it is there."""
    compute = {"hdbscan": hdbscan_soft, "stable": hdbscan_leaves, "gmm": gmm, "kmeans": kmeans}[method]
    threads = {"n_jobs": max(1, n_processes // len(missing))} if LIBRARIES[method] == "hdbscan" and missing else {}
    tasks = (delayed(compute)(values, **settings, **threads) for values, settings in missing.values())
    with progress_bar(method.upper(), total=len(missing), unit="clustering") as bar:
        results = Parallel(n_jobs=n_processes, return_as="generator")(tasks)
        for path, clustering in zip(missing, results, strict=True):
            cache.store_arrays(path, **asdict(clustering))
            bar.update()


def _file_name(method, samples, settings):
    """File name of a clustering: a key of everything that the result depends on."""
    library = LIBRARIES[method]
    data = hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()
    held = [field.name for field in fields(Clustering)]
    key = cache.digest(settings | {"samples": data, "shape": samples.shape, library: version(library), "held": held})
    return f"{method}-{key}.npz"


def _load(path):
    """The stored clustering; None if the file is missing or damaged."""
    try:
        with open(path, "rb") as file, np.load(file) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):
        return None
    scalars = {name: arrays[name].item() for name in ("n_clusters", "n_nearest")}
    return Clustering(**(arrays | scalars))
