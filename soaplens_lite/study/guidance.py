"""
Advice for a trajectory that nobody has analyzed before: a cutoff, the effect of sampling, fast particles, states.

The paper's constants belong to its systems. These functions measure the data in their place, for the notebook
``06_your_trajectory``. Advice is a sentence with the measured numbers.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from soaplens_lite.descriptors import coordination_numbers, lens, radial_distribution
from soaplens_lite.plots import unit_of
from soaplens_lite.states import kmeans_classes
from soaplens_lite.trajectory import look

LAGS = (1, 2, 4, 8, 16)
FEWEST_NEIGHBORS = 10  # with fewer, LENS has few values, and each crossing of the cutoff is a large step
FEWEST_FRAMES = 3  # that a lag must leave
MOST_SPECIES = 3  # for which SOAP describes all particles
LASTING = 0.5  # correlation of the halves of a trajectory above which the same particles are fast in both
MOST_NAMES = 12  # names of particles that a table lists
SIGMA_SHARE, SMALLEST_SIGMA = 0.4, 0.5  # width of SOAP's Gaussians: of the distance of nearest neighbors; Angstrom


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
            "r_cut: g(r) has no minimum behind a shell of neighbors: the particles are a gas, or the cell is small. "
            "Give r_cut yourself, -p r_cut=6 for instance"
        )
    between = any(abs(r - enough[0]) < 0.1 * nearest for r in minima)
    where = "at a minimum of g(r)" if between else f"not at a minimum of g(r); the minima are at {_listed(minima)}"
    length = f"{enough[0]:.3g} {unit_of(g.r, 'Å')}"
    return enough[0], g, f"r_cut = {length} is {where}. A center has {counted[enough[0]]:.1f} neighbors within it."


def _listed(values):
    """The first numbers as text."""
    return ", ".join(f"{value:.3g}" for value in values[:4]) or "none"


def choose_sigma(trajectory: xr.Dataset, sigma: float = 0.0) -> tuple[float, str]:
    """
    A width of SOAP's Gaussians that fits the distance of neighbors.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Its attribute ``length_unit`` is the length of its unit in Angstrom, if it is another.
    sigma : float
        In Angstrom; taken if it is not 0.

    Returns
    -------
    sigma : float
        In Angstrom: `SIGMA_SHARE` of the median distance of nearest neighbors, at least `SMALLEST_SIGMA`.
    advice : str

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> choose_sigma(make_trajectory([[[0, 0, 0], [0, 0, 2.5]]], ["Ar", "Ar"]))
    (1.0, 'sigma = 1 Å is 0.40 of the distance of nearest neighbors, 2.5 Å.')
    """
    nearest = look(trajectory).nearest * trajectory.attrs.get("length_unit", 1.0)
    chosen = sigma or max(SMALLEST_SIGMA, round(SIGMA_SHARE * nearest, 2))
    found = f"sigma = {chosen:g} Å is {chosen / nearest:.2f} of the distance of nearest neighbors, {nearest:.3g} Å."
    return chosen, found


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
    'In one interval 70% of the neighbors are exchanged, too many: write frames more often.'
    """
    first, last = table["mean_lens"].iloc[[0, -1]]
    if first == 0:
        return "No neighbor is exchanged: at this interval and r_cut LENS is 0."
    if first > 0.5:
        return f"In one interval {first:.0%} of the neighbors are exchanged, too many: write frames more often."
    growth, times = last / first, table["interval"].iloc[-1] / table["interval"].iloc[0]
    if growth < 1.3:
        why = "most of it is vibration across r_cut, which returns, and little is exchange."
        return f"In an interval {times:g} times as long LENS is only {growth:.2f} times as large: {why}"
    return f"LENS is {first:.3f} in one interval and {last:.3f} in one {times:g} times as long: particles move on."


def window_advice(table: pd.DataFrame, window: int, interval: float, unit: str = "ns") -> str:
    """
    Whether the smoothing of LENS is short against the time that particles stay in a class.

    Parameters
    ----------
    table : pandas.DataFrame
        Of classes of LENS, with their ``residence_ns``.
    window : int
        Frames.
    interval : float
        Between frames.
    unit : str
        Of `interval` and the residence.

    Returns
    -------
    advice : str

    Examples
    --------
    >>> window_advice(pd.DataFrame({"residence_ns": [9.0, 3.0]}), 4, 0.5)
    'The window of 4 frames (2 ns) is shorter than the mean stay in each class of LENS (3 ns or more).'
    """
    shortest, length = float(table["residence_ns"].min()), window * interval
    given = f"The window of {window} frames ({length:.3g} {unit})"
    if not np.isfinite(shortest):
        return f"{given} cannot be judged: no class of LENS is entered and left in these frames."
    if length > shortest:
        shown = f"longer than the mean stay in a class of LENS ({shortest:.3g} {unit})"
        return f"{given} is {shown}: it averages over short events. Lower lens_window, or write frames more often."
    return f"{given} is shorter than the mean stay in each class of LENS ({shortest:.3g} {unit} or more)."


def fast_particles(delta: xr.DataArray, *, seed: int = 0) -> tuple[xr.DataArray, str]:
    """
    Which particles are fast by their mean over all frames, and whether they are fast all the time.

    k-means divides the means in two, whatever they are. Whether the division means anything is seen when the two halves
    of the trajectory are compared: where a particle's nature or place makes it fast, it is fast in both.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom)
        LENS, not smoothed.
    seed : int
        Of k-means.

    Returns
    -------
    fast : xarray.DataArray of bool, dims (atom,)
    advice : str

    Examples
    --------
    >>> delta = xr.DataArray([[0.0, 0.1, 0.8], [0.1, 0.0, 1.0]], dims=("frame", "atom"))
    >>> fast, advice = fast_particles(delta)
    >>> fast.values.tolist(), advice.partition(".")[0]
    ([False, False, True], '1 of 3 particles are fast by their mean over all frames: LENS 0')
    """
    means = delta.mean("frame")
    if len(np.unique(means)) < 2:
        return xr.zeros_like(means, dtype=bool), "No particle is faster than another: all have the same mean LENS."
    fast = means.copy(data=kmeans_classes(means.values, 2, seed=seed)[0] == 1)
    first, second = (half.mean("frame").values for half in _halves(delta))
    alike = np.corrcoef(first, second)[0, 1] if first.std() * second.std() > 0 else 0.0
    found = (
        f"{int(fast.sum())} of {len(fast)} particles are fast by their mean over all frames: LENS "
        f"{float(means[fast].mean()):.3f}, and {float(means[~fast].mean()):.3f} of the others."
    )
    if alike > LASTING:
        why = "Much the same particles are fast in both halves of the trajectory"
    else:
        why = "The difference does not last: other particles are fast in the second half of the trajectory"
    return fast, f"{found} {why} (correlation {alike:.2f})."


def _halves(delta):
    """The two halves of the frames."""
    middle = delta.sizes["frame"] // 2
    return delta.isel(frame=slice(None, middle)), delta.isel(frame=slice(middle, None))


def names_of(trajectory: xr.Dataset, centers: np.ndarray) -> dict[str, np.ndarray]:
    """
    What the file calls the centers, as far as that distinguishes them.

    Parameters
    ----------
    trajectory : xarray.Dataset
    centers : numpy.ndarray of int
        Labels of the particles.

    Returns
    -------
    names : dict of str to numpy.ndarray of str, each of shape (n_centers,)
        ``species``, ``name``, ``resname``, ``type``; without those that have one value or too many, or divide the
        centers as an earlier one does.
    """
    found, divisions = {}, set()
    for label in ("species", "name", "resname", "type"):
        if label not in trajectory:
            continue
        values = trajectory[label].sel(atom=centers).values.astype(str)
        division = tuple(pd.factorize(values)[0])
        if 1 < max(division) + 1 <= MOST_NAMES and division not in divisions:
            divisions.add(division)
            found[label] = values
    return found


def lens_by_name(delta: xr.DataArray, fast: xr.DataArray, names: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """
    Mean LENS of all particles, and of those of each name.

    Parameters
    ----------
    delta : xarray.DataArray, dims (frame, atom)
    fast : xarray.DataArray of bool, dims (atom,)
        See `fast_particles`.
    names : mapping of str to numpy.ndarray of str
        See `names_of`.

    Returns
    -------
    table : pandas.DataFrame
        ``particles`` are these ("species H"); ``number`` of them, ``fast``, how many of them are fast; ``mean_lens``,
        ``lowest`` and ``highest`` of their means over all frames. The fastest come first.
    """
    each = pd.DataFrame({"mean": delta.mean("frame").values, "fast": fast.values})
    groups = [("all", each)]
    for label, values in names.items():
        ordered = sorted(each.groupby(values), key=lambda group: -group[1]["mean"].mean())
        groups += [(f"{label} {name}", group) for name, group in ordered]
    columns = ("particles", "number", "fast", "mean_lens", "lowest", "highest")
    rows = [(name, len(g), int(g.fast.sum()), g["mean"].mean(), g["mean"].min(), g["mean"].max()) for name, g in groups]
    return pd.DataFrame(rows, columns=columns)


def fast_names(table: pd.DataFrame) -> str:
    """
    How many of the particles of each name are fast, as a sentence.

    Parameters
    ----------
    table : pandas.DataFrame
        See `lens_by_name`.

    Returns
    -------
    text : str
        Empty if the names do not distinguish the particles.

    Examples
    --------
    >>> table = pd.DataFrame({"particles": ["all", "species H", "species Pd"], "number": [7, 3, 4], "fast": [3, 3, 0]})
    >>> fast_names(table)
    'Fast are 3 of 3 (species H), 0 of 4 (species Pd).'
    """
    rows = table.iloc[1:]
    counted = [f"{row.fast} of {row.number} ({row.particles})" for row in rows.itertuples()]
    return f"Fast are {', '.join(counted)}." if counted else ""


def surroundings_of(trajectory: xr.Dataset, centers: np.ndarray, chosen: str = "choose") -> tuple[xr.Dataset, str]:
    """
    The particles that SOAP describes around each center.

    The length of a spectrum grows with the square of the number of species: six kinds of beads give 10,584 components.

    Parameters
    ----------
    trajectory : xarray.Dataset
    centers : numpy.ndarray of int
        Labels of the particles.
    chosen : {"choose", "all", "centers"}
        "choose": all, if they are of at most `MOST_SPECIES` species.

    Returns
    -------
    trajectory : xarray.Dataset
        The same, or the centers alone.
    advice : str
    """
    n_species = len(np.unique(trajectory.species))
    if chosen == "all" or chosen == "choose" and n_species <= MOST_SPECIES:
        return trajectory, f"SOAP describes all particles around a center, of {n_species} species."
    why = f": {n_species} species would make long spectra. -p surroundings=all takes all" if chosen == "choose" else ""
    return trajectory.sel(atom=centers), f"SOAP describes the centers around a center{why}."


def describe(table: pd.DataFrame, unit: str = "ns") -> list[str]:
    """
    A sentence for each state, with what was measured.

    Parameters
    ----------
    table : pandas.DataFrame, index state
        ``name``, ``population``, ``mean_lens``, ``neighbors``, ``residence_ns``, and ``share of NAME`` for each
        species of several.
    unit : str
        Of time.

    Returns
    -------
    sentences : list of str

    Examples
    --------
    >>> describe(pd.DataFrame({"name": ["fastest"], "population": [0.05], "mean_lens": [0.157], "neighbors": [12.0],
    ...                        "residence_ns": [2.5], "share of H": [1.0]}))
    ['**fastest**: 5.0 % of the points, mean LENS 0.157, 12.0 neighbors, mean stay 2.5 ns, 100 % H']
    """
    sentences = []
    for _, row in table.iterrows():
        parts = [f"{100 * row.population:.1f} % of the points", f"mean LENS {row.mean_lens:.3f}"]
        parts += [f"{row.neighbors:.1f} neighbors"]
        parts += [f"mean stay {row.residence_ns:.3g} {unit}"] if np.isfinite(row.residence_ns) else []
        shares = {name.removeprefix("share of "): row[name] for name in table if name.startswith("share of ")}
        parts += [f"{share:.0%} {name}".replace("%", " %") for name, share in shares.items() if share >= 0.005]
        sentences.append(f"**{row['name']}**: {', '.join(parts)}")
    return sentences
