"""
SOAP (Smooth Overlap of Atomic Positions): a spectrum that describes how the neighbors of an atom are arranged.

DScribe computes the spectra. This module computes them for selected centers (all atoms count as neighbors), in blocks
of frames and in several processes, and keeps them on disk between runs.
"""

import warnings
from collections.abc import Sequence
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr
from ase import Atoms
from joblib import Parallel, delayed
from numpy.typing import ArrayLike

from soaplens_lite import _cache as cache
from soaplens_lite._arguments import check_whole
from soaplens_lite._progress import number_of_processes, on_cluster, progress_bar
from soaplens_lite.descriptors._spectrum import component_weights, make_descriptor, normalize, stand_ins
from soaplens_lite.trajectory._cell import cell_heights, check_cutoff, search_cell
from soaplens_lite.trajectory._elements import massless
from soaplens_lite.trajectory._select import check_atoms
from soaplens_lite.trajectory._trajectory import checksum, empty_positions

PADDING = 4  # widths of the Gaussians: atoms up to so far beyond r_cut reach into the sphere
MAX_N = MAX_L = 20  # limits of DScribe
MAX_COMPONENTS = 200_000  # of a spectrum; with more, a thousand spectra fill a gigabyte
FRAMES_PER_BLOCK = 8
MAX_SEARCH_BINS = 2_000_000  # bins of DScribe's neighbor search; this many take about 1 GB


def soap(
    trajectory: xr.Dataset,
    centers: ArrayLike,
    *,
    r_cut: float = 6.0,
    n_max: int = 8,
    l_max: int = 8,
    sigma: float = 1.0,
    length_unit: float | None = None,
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
        See `soaplens_lite.trajectory.make_trajectory`. All its atoms count as neighbors, but for massless sites of
        water models.
    centers : array_like of int, shape (n_centers,)
        Labels of the atoms whose spectra are computed.
    r_cut : float
        Radius of the neighborhood in the unit of the trajectory, which is Angstrom if `length_unit` says nothing else;
        more than 1 Angstrom.
    n_max, l_max : int
        Number of radial functions, and highest degree of the spherical harmonics.
    sigma : float
        Width in Angstrom of the Gaussian that stands for a neighbor. A third to a half of the distance of nearest
        neighbors: wider ones lie over each other, so that spectra differ little; narrower ones need more functions.
    length_unit : float, optional
        Length of the unit of the trajectory in Angstrom; SOAP scales positions and `r_cut` by it. In a unit of the
        model choose it so that nearest neighbors are some 2.5 Angstrom apart. Default: as the trajectory says in its
        attribute ``length_unit``, otherwise 1.
    species : sequence of str, optional
        Chemical symbols, or names of particles, that the spectra distinguish. Default: those of the trajectory.
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
        If a parameter cannot be used, a species of the trajectory is not in `species`, there are so many species that
        a spectrum would have more than `MAX_COMPONENTS` components, or the atoms fill so much space that the neighbor
        search would need gigabytes of memory.

    Warns
    -----
    UserWarning
        If massless sites are left out.

    Notes
    -----
    If the cell is so large that no atom interacts with an image, the spectra are computed without the cell. They are
    the same, and the neighbor search skips empty space.

    References
    ----------
    Bartók, Kondor and Csányi, Phys. Rev. B 87, 184115 (2013); Himanen et al., Comput. Phys. Commun. 247, 106949
    (2020).
    """
    unit = trajectory.attrs.get("length_unit", 1.0) if length_unit is None else length_unit
    if unit != 1:
        options = {"n_max": n_max, "l_max": l_max, "sigma": sigma, "species": species, "n_jobs": n_jobs}
        scaled = _in_angstrom(trajectory, unit)
        spectra = soap(scaled, centers, r_cut=r_cut * unit, cache_folder=cache_folder, **options)
        return spectra.assign_coords(frame=trajectory.frame).assign_attrs(r_cut=float(r_cut), length_unit=float(unit))
    check_cutoff(trajectory, r_cut)
    if r_cut <= 1:
        raise ValueError(f"r_cut = {r_cut:g} Angstrom: SOAP's radial functions need more than 1 Angstrom")
    check_whole(n_max=n_max, l_max=l_max)
    if not (1 <= n_max <= MAX_N and 0 <= l_max <= MAX_L):
        raise ValueError(f"n_max = {n_max}, l_max = {l_max}: must be 1 to {MAX_N} and 0 to {MAX_L}")
    if not 0 < sigma < np.inf:
        raise ValueError(f"sigma = {sigma:g} Angstrom: must be positive, the width of the Gaussians")
    trajectory = _with_mass(trajectory)
    _check_space(trajectory, float(r_cut), sigma)
    centers, n_processes = check_atoms(trajectory, centers), number_of_processes(n_jobs)
    parameters = {
        "species": _check_species(trajectory, species),
        "r_cut": float(r_cut),
        "n_max": int(n_max),
        "l_max": int(l_max),
        "periodic": bool(trajectory.periodic),
    }
    if sigma != 1:
        parameters["sigma"] = float(sigma)
    _check_components(parameters)
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


def _in_angstrom(trajectory, unit):
    """A trajectory whose lengths are given in another unit."""
    if not 0 < unit < np.inf:
        raise ValueError(f"length_unit = {unit:g} Angstrom: must be positive, the length of the unit of the positions")
    positions = empty_positions(trajectory.sizes["frame"], trajectory.sizes["atom"], trajectory.source)
    for k, frame in enumerate(trajectory.positions.values):
        positions[k] = frame * unit
    lengths = {"positions": trajectory.positions.copy(data=positions)}
    if trajectory.periodic:
        lengths["cell"] = trajectory.cell * unit
    return trajectory.assign(lengths).assign_attrs(length_unit=1.0)


def _with_mass(trajectory):
    """Without massless sites: they are not atoms, and as a species of their own they would only repeat the oxygens."""
    sites = massless(trajectory.species.values)
    if not sites.any():
        return trajectory
    names = sorted(set(trajectory.species.values[sites].tolist()))
    warnings.warn(f"{trajectory.source}: massless sites ({', '.join(names)}) are left out", UserWarning, stacklevel=3)
    return trajectory.isel(atom=~sites)


def _check_components(parameters):
    """Check that a spectrum is not too long: its length grows with the square of the number of species."""
    n_radial = len(parameters["species"]) * parameters["n_max"]
    n_components = n_radial * (n_radial + 1) // 2 * (parameters["l_max"] + 1)
    if n_components > MAX_COMPONENTS:
        raise ValueError(
            f"{len(parameters['species'])} species: a spectrum would have {n_components} components with n_max = "
            f"{parameters['n_max']}, l_max = {parameters['l_max']}; lower these, or give fewer names to the particles"
        )


def _check_space(trajectory, r_cut, sigma):
    """Check that the first frame fills no more space than the neighbor search of DScribe has memory for."""
    alone, reach = trajectory.positions.values[0], r_cut + PADDING * sigma
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
    species = sorted(set(count if species is None else species))
    unknown = [name for name in count if name not in species]
    if unknown:
        raise ValueError(
            f"species = {species}: {unknown[0]} is missing, and {trajectory.source} has {count[unknown[0]]} atoms of "
            "it: add it, or remove these atoms"
        )
    return species


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
    n_frames = sum(stop - start for start, stop in blocks)
    with on_cluster(), progress_bar("SOAP", total=n_frames, unit="frame") as bar:
        for block, values in Parallel(n_jobs=n_processes, return_as="generator_unordered")(tasks):
            bar.update(block[1] - block[0])
            yield block, values


# Creating a descriptor takes as long as the spectra of one frame: every process does it once.
_kept_descriptor = lru_cache(maxsize=4)(make_descriptor)
_kept_weights = lru_cache(maxsize=4)(component_weights)


def _spectra_of_block(block, positions, cells, pbc, species, rows, parameters):
    """Normalized spectra of consecutive frames, shape (n_frames, n_centers, n_features), float32."""
    parameters = parameters | {"species": tuple(parameters["species"])}
    weights, reach = _kept_weights(**parameters), parameters["r_cut"] + PADDING * parameters.get("sigma", 1)
    symbols = stand_ins(parameters["species"])
    species = [symbols[name] for name in species]
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
