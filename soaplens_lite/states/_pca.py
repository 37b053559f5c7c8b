"""Principal components of data that do not fit into memory: the covariance is summed block by block."""

import numpy as np
import xarray as xr

from soaplens_lite._arguments import check_whole
from soaplens_lite.descriptors._joint import Features

# Two scores whose magnitudes differ by less than this share are equal: their difference can be rounding.
TIE_TOLERANCE = 1e-9

LEAST_VARIANCE = 1e-11  # of vectors of norm 1: single precision rounds their components by some 1e-8


def fit_pca(
    features: Features, *, variance: float = 0.995, n_components: int | None = None, signs: str = "scores"
) -> xr.Dataset:
    """
    Principal component analysis, unscaled and centered.

    The number of components is the smallest that retains the wanted share of the variance, unless it is given.

    Parameters
    ----------
    features : soaplens_lite.descriptors.Features
    variance : float
        Share of the total variance to retain, in (0, 1).
    n_components : int, optional
        Overrides `variance`.
    signs : {"scores", "loadings"}
        Which direction of a component is positive. "scores": the score of the largest magnitude is positive.
        "loadings": the entry of the component with the largest magnitude is positive. See Notes.

    Returns
    -------
    pca : xarray.Dataset
        ``components`` (component, feature), each of length 1; ``mean`` (feature); ``variance_ratio``
        (all_components) and ``cumulative_variance`` (all_components). The first ``component`` ones are kept.

    Raises
    ------
    ValueError
        If the share, the number or the rule is not allowed, or all vectors are the same.

    Notes
    -----
    The result is that of `sklearn.decomposition.PCA` up to rounding, as tests show. Memory grows with the square of
    the number of features and does not grow with the number of samples.

    A component and its opposite describe the same axis: all distances between points stay the same. HDBSCAN's
    approximate spanning tree nevertheless gives different clusters, because its kd-tree depends on the sign. The
    published analysis ran on Python 3.8 and so with scikit-learn 1.3 or older, which made the score of the largest
    magnitude positive. This is the default here, "scores"; it needs one more pass over the vectors. scikit-learn 1.5
    and later follow the loadings. `soaplens_lite.states.stability` measures which states depend on the choice.
    """
    if signs not in ("scores", "loadings"):
        raise ValueError(f"signs = {signs!r}: must be 'scores' or 'loadings'")
    if not 0 < variance < 1:
        raise ValueError(f"variance = {variance:g}: must be between 0 and 1")
    n_features = features.shape[2]
    if n_components is not None:
        check_whole(n_components=n_components)
    if n_components is not None and not 1 <= n_components <= n_features:
        raise ValueError(f"n_components = {n_components}: must be between 1 and {n_features}, the number of features")
    mean, covariance = _mean_and_covariance(features)
    eigenvalues, eigenvectors = np.linalg.eigh(covariance)
    eigenvalues = np.clip(eigenvalues[::-1], 0, None)
    components = eigenvectors.T[::-1]
    if eigenvalues.sum() < LEAST_VARIANCE:
        raise ValueError(
            "all vectors are the same to within rounding: there is one state, and no variance to decompose"
        )
    ratio = eigenvalues / eigenvalues.sum()
    cumulative = np.cumsum(ratio)
    # Rounding may keep the sum of all shares below one, and below a share that is nearly one.
    kept = n_components or min(int(np.searchsorted(cumulative, variance)) + 1, n_features)
    components = components[:kept]
    directions = _signs_of_loadings(components) if signs == "loadings" else _signs_of_scores(features, mean, components)
    components = components * directions[:, None]
    return xr.Dataset(
        {
            "components": (("component", "feature"), components),
            "mean": ("feature", mean),
            "variance_ratio": ("all_components", ratio),
            "cumulative_variance": ("all_components", cumulative),
        },
        coords={"component": np.arange(1, kept + 1), "all_components": np.arange(1, n_features + 1)},
        attrs={"variance_retained": float(cumulative[kept - 1])},
    )


def project(features: Features, pca: xr.Dataset) -> xr.DataArray:
    """
    Coordinates of all vectors along the principal components.

    Parameters
    ----------
    features : soaplens_lite.descriptors.Features
    pca : xarray.Dataset
        As returned by `fit_pca`.

    Returns
    -------
    scores : xarray.DataArray, dims (frame, atom, component)
    """
    axes, mean = pca.components.values.T, pca["mean"].values
    n_frames, n_atoms, _ = features.shape
    scores, filled = np.empty((n_frames * n_atoms, axes.shape[1])), 0
    for block in features.blocks():
        block -= mean
        scores[filled : filled + len(block)] = block @ axes
        filled += len(block)
    spectra = features.spectra
    return xr.DataArray(
        scores.reshape(n_frames, n_atoms, -1),
        dims=("frame", "atom", "component"),
        coords={"frame": spectra.frame, "time": spectra.time, "atom": spectra.atom, "component": pca.component},
        name="PCA scores",
    )


def _signs_of_loadings(components):
    """1 or -1 for every component, so that its entry of the largest magnitude becomes positive."""
    largest = np.take_along_axis(components, np.abs(components).argmax(axis=1)[:, None], axis=1)
    return np.where(largest.ravel() < 0, -1, 1)


def _signs_of_scores(features, mean, components):
    """1 or -1 for every component, so that its score of the largest magnitude, the first of several, is positive."""
    largest, directions = np.zeros(len(components)), np.ones(len(components))
    for block in features.blocks():
        block -= mean
        scores = block @ components.T
        magnitudes = np.abs(scores)
        highest = magnitudes.max(axis=0)
        first = (magnitudes >= highest * (1 - TIE_TOLERANCE)).argmax(axis=0)
        larger = highest > largest * (1 + TIE_TOLERANCE)
        directions[larger] = np.where(scores[first, np.arange(len(first))] < 0, -1, 1)[larger]
        largest[larger] = highest[larger]
    return directions


def _mean_and_covariance(features):
    """Mean, shape (n_features,), and covariance, in one pass; sums run about the first block's mean for accuracy."""
    n_features = features.shape[2]
    reference, count = None, 0
    first, second = np.zeros(n_features), np.zeros((n_features, n_features))
    for block in features.blocks():
        reference = block.mean(axis=0) if reference is None else reference
        block -= reference
        first += block.sum(axis=0)
        second += block.T @ block
        count += len(block)
    offset = first / count
    return reference + offset, second / count - np.outer(offset, offset)
