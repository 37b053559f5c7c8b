"""
What to make of a trajectory that nobody has analyzed before: a cutoff, what the sampling does, which clustering fits.

The paper's constants belong to its systems. These functions look at the data in their place, for the notebook
``06_your_trajectory``. Advice is a sentence that says what was measured.
"""

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks
from sklearn.mixture import GaussianMixture

from soaplens_lite.descriptors import Features, coordination_numbers, lens, radial_distribution
from soaplens_lite.states import States, find_states, fit_pca, project
from soaplens_lite.trajectory import look

LAGS = (1, 2, 4, 8, 16)
FEWEST_NEIGHBORS = 4  # fewer within a cutoff belong to the same molecule, or to no shell
FEWEST_FRAMES = 3  # that a lag must leave
POINTS_COMPARED = 20_000  # for the number of Gaussians


def choose_cutoff(trajectory: xr.Dataset, centers: np.ndarray, r_cut: float = 0.0) -> tuple[float, xr.DataArray, str]:
    """
    A radius that ends between two shells of neighbors.

    Parameters
    ----------
    trajectory : xarray.Dataset
    centers : numpy.ndarray of int
        Labels of the particles whose neighbors are counted, which are centers too.
    r_cut : float
        Taken if it is not 0.

    Returns
    -------
    r_cut : float
        In the unit of the trajectory: the first minimum of the radial distribution function within which a center has
        `FEWEST_NEIGHBORS`.
    g : xarray.DataArray, dims (r,)
        The radial distribution function of the centers.
    advice : str

    Raises
    ------
    ValueError
        If there is no such minimum.
    """
    chosen = trajectory.sel(atom=centers)
    nearest = look(chosen).nearest
    g = radial_distribution(chosen, r_max=5 * nearest, width=nearest / 50)
    first = chosen.isel(frame=[0])
    minima = [float(g.r[k]) for k in find_peaks(-gaussian_filter1d(g.values, 2), prominence=0.03 * float(g.max()))[0]]
    counted = {r: float(coordination_numbers(first, centers, r).mean()) for r in ([r_cut] if r_cut else minima)}
    enough = [r for r, count in counted.items() if r_cut or count >= FEWEST_NEIGHBORS]
    if not enough:
        raise ValueError(
            "r_cut: g(r) has no minimum that ends a shell of neighbors: the particles are spread like a gas, or the "
            "cell is small. Give r_cut yourself, -p r_cut=6 for instance"
        )
    between = any(abs(r - enough[0]) < 0.1 * nearest for r in minima)
    where = (
        "lies in a minimum of g(r)" if between else f"does not lie in a minimum of g(r); these are {_listed(minima)}"
    )
    return enough[0], g, f"r_cut = {enough[0]:.3g} {where}; {counted[enough[0]]:.1f} neighbors lie within it."


def _listed(values):
    """The first numbers as text."""
    return ", ".join(f"{value:.3g}" for value in values[:4]) or "none"


def lens_by_interval(
    trajectory: xr.Dataset, centers: np.ndarray, r_cut: float, interval: float, n_jobs: int = 0
) -> pd.DataFrame:
    """
    Mean LENS as if frames had been written less often.

    Parameters
    ----------
    trajectory : xarray.Dataset
    centers : numpy.ndarray of int
    r_cut : float
    interval : float
        Between frames.
    n_jobs : int

    Returns
    -------
    table : pandas.DataFrame
        ``interval`` and ``mean_lens``, a row for each of `LAGS` that leaves enough frames.
    """
    lags = [lag for lag in LAGS if trajectory.sizes["frame"] // lag >= FEWEST_FRAMES]
    means = [
        float(lens(trajectory.isel(frame=slice(None, None, lag)), r_cut, centers=centers, n_jobs=n_jobs).mean())
        for lag in lags
    ]
    return pd.DataFrame({"interval": np.array(lags) * interval, "mean_lens": means})


def sampling_advice(table: pd.DataFrame) -> str:
    """
    What the interval between frames does to LENS.

    Parameters
    ----------
    table : pandas.DataFrame
        See `lens_by_interval`.

    Returns
    -------
    advice : str

    Examples
    --------
    >>> sampling_advice(pd.DataFrame({"interval": [1, 2], "mean_lens": [0.7, 0.8]}))
    'In one interval 70% of the neighbors are exchanged, so that little is left to follow: write frames more often.'
    """
    first, last = table["mean_lens"].iloc[[0, -1]]
    if first == 0:
        return "No neighbor is exchanged: at this interval and r_cut nothing moves."
    if first > 0.5:
        left = "so that little is left to follow: write frames more often."
        return f"In one interval {first:.0%} of the neighbors are exchanged, {left}"
    growth, times = last / first, table["interval"].iloc[-1] / table["interval"].iloc[0]
    if growth < 1.3:
        why = "most of it is vibration across r_cut, not exchange. Smoothing averages it."
        return f"In an interval {times:g} times as long LENS is only {growth:.2f} times as large: {why}"
    return f"LENS is {first:.3f} in one interval and {last:.3f} in one {times:g} times as long: exchange is resolved."


def window_advice(table: pd.DataFrame, window: int, interval: float) -> str:
    """
    Whether the smoothing of LENS is short against the time that particles stay in a state.

    Parameters
    ----------
    table : pandas.DataFrame
        Of classes of LENS, with their ``residence_ns``.
    window : int
        Frames.
    interval : float
        Between frames.

    Returns
    -------
    advice : str
    """
    shortest, length = float(table["residence_ns"].min()), window * interval
    if not np.isfinite(shortest):
        return (
            "No class of LENS is left and entered again in these frames, so that nothing can be said about the window."
        )
    if length > shortest:
        return (
            f"The window of {window} frames ({length:.3g}) is longer than the shortest stay in a class of LENS "
            f"({shortest:.3g}): shorter events are averaged away. Lower lens_window, or write frames more often."
        )
    return (
        f"The window of {window} frames ({length:.3g}) is shorter than stays in the classes of LENS ({shortest:.3g})."
    )


def find_any_states(
    vectors: Features,
    order_by: xr.DataArray,
    *,
    method: str = "choose",
    variance: float = 0.995,
    min_cluster_size: int = 100,
    most_components: int = 6,
    cut: float = 1.0,
    **options: object,
) -> tuple[States | None, str]:
    """
    States, if the points show any: one crowd is a finding, not an error.

    Parameters
    ----------
    vectors : Features
        See `soaplens_lite.join`.
    order_by : xarray.DataArray, dims (frame, atom)
        LENS for instance: the state with the lowest mean is the first.
    method : {"choose", "hdbscan", "gmm"}
        "choose": HDBSCAN where it finds several peaks of density, otherwise a mixture of Gaussians.
    variance, min_cluster_size, cut
        See `soaplens_lite.find_states`.
    most_components : int
        Largest number of Gaussians that are tried; the Bayesian information criterion decides.
    **options
        ``n_resamples``, ``seed``, ``n_jobs``.

    Returns
    -------
    states : States or None
        None if there is one crowd, or all vectors are the same.
    finding : str
    """
    try:
        pca = fit_pca(vectors, variance=variance)
    except ValueError as error:
        return None, f"One state: {error}."
    shared = {"falling": False, "pca": pca} | options
    if method != "gmm":
        try:
            states = find_states(vectors, order_by, min_cluster_size=min_cluster_size, cut=cut, **shared)
            n_peaks, n_states = len(states.clusters.table), len(states.table)
            if n_states > 1:
                return (
                    states,
                    f"HDBSCAN finds {n_peaks} peaks of density, which exchange particles as {n_states} states.",
                )
            finding = f"HDBSCAN finds {n_peaks} peaks of density, which are one state: they exchange particles."
        except ValueError:
            finding = f"HDBSCAN finds no separate peaks of density of at least {min_cluster_size} points."
        if method == "hdbscan":
            return None, f"{finding} One crowd is a finding: by these data all surroundings are of one kind."
    number = best_number(project(vectors, pca), most_components, seed=options.get("seed", 0))
    if number == 1:
        return None, "One crowd: a single Gaussian describes the points best, so there are no states to tell apart."
    states = find_states(vectors, order_by, method="gmm", n_components=number, cut=None, **shared)
    return states, f"There are no separate peaks of density; of mixtures, {number} Gaussians describe the points best."


def best_number(scores: xr.DataArray, most: int, *, seed: int = 0) -> int:
    """
    How many Gaussians describe points best, by the Bayesian information criterion.

    Parameters
    ----------
    scores : xarray.DataArray, dims (frame, atom, component)
    most : int
    seed : int

    Returns
    -------
    number : int
        At least 1; at most `most` and the number of distinct points.
    """
    points = scores.values.reshape(-1, scores.sizes["component"]).astype(float)
    points = points[:: max(1, len(points) // POINTS_COMPARED)]
    most = min(most, len(np.unique(points, axis=0)))
    criteria = [GaussianMixture(k, random_state=seed).fit(points).bic(points) for k in range(1, most + 1)]
    return int(np.argmin(criteria)) + 1
