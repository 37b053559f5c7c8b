r"""
SOAP (Smooth Overlap of Atomic Positions): a spectrum that describes how the neighbors of an atom are arranged.

DScribe computes the spectra. This module computes them for selected centers (all atoms count as neighbors), in blocks
of frames and in several processes, and keeps them on disk between runs.

Why a factor :math:`\sqrt 2`? The power spectrum has a component for every pair (n, n') of radial functions. For atoms
of one species the components (n, n') and (n', n) are equal, and DScribe stores one of them. The published analysis
stores both (576 components for one species, 1728 for O in water), so that each counts twice in norms, distances and
principal components. Multiplying the components n < n' by :math:`\sqrt 2` gives the same geometry with 324 and 1224
components.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from ase import Atoms
from ase.data import atomic_numbers
from joblib import Parallel, delayed
from numpy.typing import ArrayLike

from soaplens_lite import _cache as cache
from soaplens_lite._arguments import check_whole
from soaplens_lite._progress import number_of_processes, progress_bar
from soaplens_lite.trajectory._cell import cell_heights, check_cutoff, search_cell
from soaplens_lite.trajectory._select import check_atoms
from soaplens_lite.trajectory._trajectory import checksum

if TYPE_CHECKING:
    from dscribe.descriptors import SOAP

PADDING = 4  # Angstrom; DScribe includes atoms up to r_cut + PADDING, whose Gaussians reach into the sphere
MAX_N = MAX_L = 20  # limits of DScribe
FRAMES_PER_BLOCK = 8
MAX_SEARCH_BINS = 2_000_000  # bins of DScribe's neighbor search; this many take about 1 GB


def soap(
    trajectory: xr.Dataset,
    centers: ArrayLike,
    *,
    r_cut: float = 6.0,
    n_max: int = 8,
    l_max: int = 8,
    species: Sequence[str] | None = None,
    n_jobs: int = 0,
    cache_folder: str | Path | None = None,
) -> xr.DataArray:
    """
    Normalized SOAP spectra of the centers in all frames.

    Every spectrum is weighted by `component_weights` and divided by its norm, so that its scale fits that of LENS (0
    to 1). The spectrum of an atom without neighbors is zero.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`. All its atoms count as neighbors.
    centers : array_like of int, shape (n_centers,)
        Labels of the atoms whose spectra are computed.
    r_cut : float
        Radius of the neighborhood in Angstrom, more than 1.
    n_max, l_max : int
        Number of radial functions, and highest degree of the spherical harmonics.
    species : sequence of str, optional
        Chemical symbols that the spectra distinguish. Default: those of the trajectory.
    n_jobs : int
        Number of processes, 0 for one per core. The result does not depend on it.
    cache_folder : path, optional
        Default: `soaplens_lite._cache.cache_folder`.

    Returns
    -------
    spectra : xarray.DataArray, dims (frame, atom, feature), shape (n_frames, n_centers, n_features), float32
        A memory map of a file: only what is used is read.

    Raises
    ------
    ValueError
        If `r_cut`, `n_max`, `l_max`, `n_jobs` or `centers` cannot be used, a species of the trajectory is not in
        `species` or is not a chemical element, or the atoms fill so much space that the neighbor search would need
        gigabytes of memory.

    Notes
    -----
    If the cell is so large that no atom interacts with an image, the spectra are computed without the cell. They are
    the same, and the neighbor search skips empty space.

    References
    ----------
    Bartók, Kondor and Csányi, Phys. Rev. B 87, 184115 (2013); Himanen et al., Comput. Phys. Commun. 247, 106949
    (2020).
    """
    check_cutoff(trajectory, r_cut)
    if r_cut <= 1:
        raise ValueError(f"r_cut = {r_cut:g} Angstrom: SOAP's radial functions need more than 1 Angstrom")
    check_whole(n_max=n_max, l_max=l_max)
    if not (1 <= n_max <= MAX_N and 0 <= l_max <= MAX_L):
        raise ValueError(f"n_max = {n_max}, l_max = {l_max}: must be 1 to {MAX_N} and 0 to {MAX_L}")
    _check_space(trajectory, float(r_cut))
    centers, n_processes = check_atoms(trajectory, centers), number_of_processes(n_jobs)
    parameters = {
        "species": _check_species(trajectory, species),
        "r_cut": float(r_cut),
        "n_max": int(n_max),
        "l_max": int(l_max),
        "periodic": bool(trajectory.periodic),
    }
    description = parameters | {
        "data": checksum(trajectory),
        "centers": centers.tolist(),
        "dscribe": version("dscribe"),
        "weights": "sqrt(2) for n < n' of one species; order l, n, n'",
    }
    shape = (trajectory.sizes["frame"], len(centers), len(component_weights(**parameters)))

    def compute_blocks(blocks):
        return _compute_blocks(trajectory, centers, parameters, blocks, n_processes)

    spectra = cache.fill("soap", description, shape, FRAMES_PER_BLOCK, compute_blocks, folder=cache_folder)
    return xr.DataArray(
        spectra,
        dims=("frame", "atom", "feature"),
        coords={"frame": trajectory.frame, "time": trajectory.time, "atom": centers},
        name="SOAP",
        attrs=parameters,
    )


def _check_space(trajectory, r_cut):
    """Check that the first frame fills no more space than the neighbor search of DScribe has memory for."""
    alone, reach = trajectory.positions.values[0], r_cut + PADDING
    if trajectory.periodic:
        cell = search_cell(alone, trajectory.cell.values[0], trajectory.pbc.values, reach)
        alone = _unwrapped(alone, cell, reach)
    sides = cell_heights(cell[None])[0] if alone is None else np.ptp(alone, axis=0)
    if np.prod(sides / r_cut + 1) > MAX_SEARCH_BINS:
        raise ValueError(
            f"{trajectory.source}: atoms are spread over {' x '.join(f'{side:.4g}' for side in sides)} Angstrom in "
            f"frame 0: the neighbor search with r_cut = {r_cut:g} Angstrom would need gigabytes of memory; "
            "check the units and the cell, or leave out atoms that are far away"
        )


def _unwrapped(positions, cell, reach):
    """
    Positions of all atoms as one connected group, if no image is within `reach` of it; otherwise None.

    The memory of the neighbor search grows with the volume of the cell, so it is better done without a large cell.
    """
    places = positions.astype(float) @ np.linalg.inv(cell)
    places -= np.floor(places)
    rising = np.sort(places, axis=0)
    gaps = np.diff(rising, axis=0, append=rising[:1] + 1)
    if not (gaps.max(axis=0) * cell_heights(cell[None])[0] > reach).all():
        return None
    widest = gaps.argmax(axis=0)
    first = np.take_along_axis(rising, (widest[None] + 1) % len(rising), axis=0)
    return (places + (places < first)) @ cell


def _check_species(trajectory, species):
    """Sorted species that the spectra distinguish, after checking that they include all atoms."""
    found, numbers = np.unique(trajectory.species.values, return_counts=True)
    count = dict(zip(found.tolist(), numbers.tolist(), strict=True))
    unreal = [name for name in count if name not in atomic_numbers or name == "X"]
    if unreal:
        raise ValueError(
            f"{trajectory.source}: {unreal[0]} ({count[unreal[0]]} atoms) is not a chemical element; SOAP needs "
            "elements: remove these sites, for a water model with systems.water.without_massless_sites"
        )
    species = sorted(set(count if species is None else species))
    unknown = [name for name in count if name not in species]
    if unknown:
        raise ValueError(
            f"species = {species}: {unknown[0]} is missing, and {trajectory.source} has {count[unknown[0]]} atoms of "
            "it: add it, or remove these atoms"
        )
    return species


def component_weights(
    species: Sequence[str], *, r_cut: float = 6.0, n_max: int = 8, l_max: int = 8, periodic: bool = False
) -> np.ndarray:
    r"""
    Factors that make DScribe's compact spectra equivalent to complete ones.

    Parameters
    ----------
    species : sequence of str
        Chemical symbols that the spectra distinguish.
    r_cut, n_max, l_max, periodic
        As in `soap`.

    Returns
    -------
    weights : numpy.ndarray, shape (n_features,)
        :math:`\sqrt 2` for n < n' in blocks of one species, otherwise 1.

    Examples
    --------
    With two radial functions the components are (1, 1), (1, 2), (2, 2), for l = 0 and again for l = 1:

    >>> component_weights(["Cu"], n_max=2, l_max=1).round(3).tolist()
    [1.0, 1.414, 1.0, 1.0, 1.414, 1.0]
    """
    descriptor = make_descriptor(species=species, r_cut=r_cut, n_max=n_max, l_max=l_max, periodic=periodic)
    weights = np.ones(descriptor.get_number_of_features())
    radial, other = np.triu_indices(n_max)
    # DScribe runs over l first, then over n, then over n' >= n.
    same_species = np.tile(np.where(radial == other, 1.0, np.sqrt(2.0)), l_max + 1)
    for symbol in species:
        weights[descriptor.get_location((symbol, symbol))] = same_species
    return weights


def make_descriptor(*, species: Sequence[str], r_cut: float, n_max: int, l_max: int, periodic: bool) -> "SOAP":
    """
    DScribe's SOAP descriptor with the published settings: all others are DScribe's defaults.

    Parameters
    ----------
    species : sequence of str
    r_cut : float
        In Angstrom.
    n_max, l_max : int
    periodic : bool

    Returns
    -------
    descriptor : dscribe.descriptors.SOAP
    """
    from dscribe.descriptors import SOAP

    return SOAP(species=species, r_cut=r_cut, n_max=n_max, l_max=l_max, periodic=periodic)


def normalize(spectra: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """
    Weight spectra and divide each by its norm.

    Parameters
    ----------
    spectra : numpy.ndarray, shape (..., n_features)
    weights : numpy.ndarray, shape (n_features,)

    Returns
    -------
    normalized : numpy.ndarray, shape (..., n_features)
        Of norm 1; a zero vector stays zero.

    Examples
    --------
    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]), np.ones(2)).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    weighted = spectra * weights
    norms = np.linalg.norm(weighted, axis=-1, keepdims=True)
    return np.divide(weighted, norms, out=np.zeros_like(weighted), where=norms > 0)


def _compute_blocks(trajectory, centers, parameters, blocks, n_processes):
    """Yield ``((start, stop), values)`` in the order in which the processes finish."""
    rows = trajectory.indexes["atom"].get_indexer(centers)
    species = trajectory.species.values
    tasks = (
        delayed(_spectra_of_block)(
            block,
            trajectory.positions.values[slice(*block)],
            trajectory.cell.values[slice(*block)] if trajectory.periodic else None,
            trajectory.pbc.values,
            species,
            rows,
            parameters,
        )
        for block in blocks
    )
    with progress_bar("SOAP", total=sum(stop - start for start, stop in blocks), unit="frame") as bar:
        for block, values in Parallel(n_jobs=n_processes, return_as="generator_unordered")(tasks):
            bar.update(block[1] - block[0])
            yield block, values


# Creating a descriptor takes as long as the spectra of one frame: every process does it once.
_kept_descriptor = lru_cache(maxsize=4)(make_descriptor)
_kept_weights = lru_cache(maxsize=4)(component_weights)


def _spectra_of_block(block, positions, cells, pbc, species, rows, parameters):
    """Normalized spectra of consecutive frames, shape (n_frames, n_centers, n_features), float32."""
    parameters = parameters | {"species": tuple(parameters["species"])}
    weights, reach = _kept_weights(**parameters), parameters["r_cut"] + PADDING
    spectra = np.empty((len(positions), len(rows), len(weights)), dtype=np.float32)
    for k, frame in enumerate(positions):
        alone = frame
        if cells is not None:
            cell = search_cell(frame, cells[k], pbc, reach)
            alone = _unwrapped(frame, cell, reach)
        system = Atoms(species, positions=frame if alone is None else alone)
        if alone is None:
            system.set_cell(cell)
            system.set_pbc(pbc)
            system.wrap()  # DScribe repeats the cell around itself: a center must lie within it.
        # Centers given as positions are a tenth cheaper in DScribe than the same centers given as indices.
        descriptor = _kept_descriptor(**parameters | {"periodic": alone is None})
        found = descriptor.create(system, centers=system.positions[rows])
        spectra[k] = normalize(found, weights)
    return block, spectra
