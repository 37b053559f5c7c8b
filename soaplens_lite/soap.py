r"""
SOAP: the Smooth Overlap of Atomic Positions, a spectrum of how an atom's neighbors are arranged.

DScribe computes the spectra. This module adds what an analysis over a trajectory needs: only the analysed
atoms are computed (all atoms are seen), in blocks of frames, by several processes, and the result stays on
disk between runs.

Why a factor :math:`\sqrt 2`? The power spectrum holds a component for every pair (n, n') of radial functions.
Between atoms of one species (n, n') and (n', n) are equal, and DScribe stores them once. Written out in full,
as in the published analysis (576 components for one species, 1728 for O in water), each of them counts twice in
norms, distances and principal components. Multiplying the components n < n' by :math:`\sqrt 2` gives the same
geometry with 324 and 1224 components.
"""

from functools import lru_cache
from importlib.metadata import version

import numpy as np
import xarray as xr
from ase import Atoms
from ase.data import atomic_numbers
from joblib import Parallel, delayed
from MDAnalysis.lib.mdamath import triclinic_vectors

from soaplens_lite import cache
from soaplens_lite.arguments import check_whole
from soaplens_lite.progress import number_of_processes, progress_bar
from soaplens_lite.trajectory import cell_heights, check_atoms, check_cutoff, checksum

PADDING = 4  # Angstrom beyond r_cut where DScribe still looks for atoms: its Gaussians reach into the sphere
MOST = 20  # radial functions, and degree of the spherical harmonics, that DScribe knows
FRAMES_PER_BLOCK = 8
MOST_ROOMS = 2_000_000  # into which DScribe parts the space that it searches for neighbors; about 1 GB then


def soap(trajectory, centers, *, r_cut=6.0, n_max=8, l_max=8, species=None, n_jobs=0, cache_folder=None):
    """
    Normalized SOAP spectra of some atoms in all frames.

    Every spectrum is weighted by `component_weights` and divided by its norm, so that it can be set beside
    LENS, which lies between 0 and 1. The spectrum of an atom with nothing around stays zero.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`. All of its species and atoms are seen.
    centers : array_like of int, shape (n_centers,)
        Labels of the atoms whose spectra are wanted.
    r_cut : float
        Radius of the neighborhood in Angstrom, more than 1.
    n_max, l_max : int
        Number of radial functions, and highest degree of the spherical harmonics.
    species : sequence of str, optional
        Chemical symbols that the spectra tell apart. Default: all of the trajectory.
    n_jobs : int
        Number of processes; 0 takes all cores. The result does not depend on it.
    cache_folder : path, optional
        Default: `soaplens_lite.cache.cache_folder`.

    Returns
    -------
    spectra : xarray.DataArray, dims (frame, atom, feature), float32
        A view of a file: it takes no memory until it is used.

    Raises
    ------
    ValueError
        If `r_cut`, `n_max`, `l_max`, `n_jobs` or `centers` are not usable, the trajectory has a species that is not
        listed, or one that is no chemical element, or its atoms are strewn over so much space that the search for
        neighbors would take gigabytes.

    Notes
    -----
    A group of atoms in a box so large that none sees an image is computed without the box: the spectra are the same,
    and the search for neighbors does not go through empty space.

    References
    ----------
    Bartók, Kondor and Csányi, Phys. Rev. B 87, 184115 (2013); Himanen et al., Comput. Phys. Commun. 247, 106949
    (2020).
    """
    check_cutoff(trajectory, r_cut)
    if r_cut <= 1:
        raise ValueError(f"r_cut = {r_cut:g} Angstrom: SOAP's radial functions need more than 1 Angstrom")
    check_whole(n_max=n_max, l_max=l_max)
    if not (1 <= n_max <= MOST and 0 <= l_max <= MOST):
        raise ValueError(f"n_max = {n_max}, l_max = {l_max}: must be 1 to {MOST} and 0 to {MOST}")
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
    """Refuse atoms that are strewn over more space than DScribe has memory for, in the first frame."""
    positions, cell = trajectory.positions.values[0], trajectory.cell.values[0] if trajectory.periodic else None
    alone = positions if cell is None else _unwrapped(positions, cell, r_cut + PADDING)
    sides = cell_heights(cell[None])[0] if alone is None else np.ptp(alone, axis=0)
    if np.prod(sides / r_cut + 1) > MOST_ROOMS:
        raise ValueError(
            f"{trajectory.source}: atoms are strewn over {' x '.join(f'{side:.4g}' for side in sides)} Angstrom in "
            f"frame 0: to look there for neighbors within r_cut = {r_cut:g} Angstrom would take gigabytes of memory; "
            "check the units and the cell, or leave out atoms that flew away"
        )


def _unwrapped(positions, cell, reach):
    """
    Positions of a group of atoms in one piece, whose images are all farther off than it reaches; None if they are not.

    In a large box nothing is periodic but the search for neighbors, whose memory grows with the volume of the box.
    """
    vectors = triclinic_vectors(cell, dtype=np.float64)
    places = positions.astype(float) @ np.linalg.inv(vectors)
    places -= np.floor(places)
    rising = np.sort(places, axis=0)
    gaps = np.diff(rising, axis=0, append=rising[:1] + 1)
    if not (gaps.max(axis=0) * cell_heights(cell[None])[0] > reach).all():
        return None
    widest = gaps.argmax(axis=0)
    first = np.take_along_axis(rising, (widest[None] + 1) % len(rising), axis=0)
    return (places + (places < first)) @ vectors


def _check_species(trajectory, species):
    """The species that the spectra tell apart, sorted; refuse atoms that they could not see."""
    found, numbers = np.unique(trajectory.species.values, return_counts=True)
    count = dict(zip(found.tolist(), numbers.tolist(), strict=True))
    unreal = [name for name in count if name not in atomic_numbers or name == "X"]
    if unreal:
        raise ValueError(
            f"{trajectory.source}: {unreal[0]} ({count[unreal[0]]} atoms) is no chemical element, of which SOAP is "
            "made: leave these atoms out; for sites of a water model soaplens_lite.water.without_massless_sites does it"
        )
    species = sorted(set(count if species is None else species))
    unknown = [name for name in count if name not in species]
    if unknown:
        raise ValueError(
            f"{trajectory.source} has {count[unknown[0]]} atoms of {unknown[0]}, of which SOAP was not told (species = "
            f"{species}): name it, or leave these atoms out of the trajectory"
        )
    return species


def component_weights(species, *, r_cut=6.0, n_max=8, l_max=8, periodic=False):
    r"""
    Factors that make DScribe's compact spectra equivalent to spectra written out in full.

    Parameters
    ----------
    species : sequence of str
        Chemical symbols that the spectra tell apart.
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


def make_descriptor(*, species, r_cut, n_max, l_max, periodic):
    """
    DScribe's SOAP with the published settings: what is not named here is DScribe's default.

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


def normalize(spectra, weights):
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
    """Yield ``((start, stop), values)`` as the processes finish them."""
    rows = trajectory.indexes["atom"].get_indexer(centers)
    species = trajectory.species.values
    tasks = (
        delayed(_spectra_of_block)(
            block,
            trajectory.positions.values[slice(*block)],
            trajectory.cell.values[slice(*block)] if trajectory.periodic else None,
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


# To set up a descriptor takes as long as the spectra of a frame: every process does it once.
_kept_descriptor = lru_cache(maxsize=4)(make_descriptor)
_kept_weights = lru_cache(maxsize=4)(component_weights)


def _spectra_of_block(block, positions, cell, species, rows, parameters):
    """Normalized spectra of consecutive frames, shape (n_frames, n_centers, n_features), float32."""
    parameters = parameters | {"species": tuple(parameters["species"])}
    weights = _kept_weights(**parameters)
    spectra = np.empty((len(positions), len(rows), len(weights)), dtype=np.float32)
    for k, frame in enumerate(positions):
        alone = None if cell is None else _unwrapped(frame, cell[k], parameters["r_cut"] + PADDING)
        system = Atoms(species, positions=frame if alone is None else alone)
        if cell is not None and alone is None:
            system.set_cell(cell[k])
            system.set_pbc(True)
            system.wrap()  # DScribe repeats the cell around itself: a center must lie within it.
        # Centers given as positions are a tenth cheaper in DScribe than the same centers given as indices.
        descriptor = _kept_descriptor(**parameters | {"periodic": cell is not None and alone is None})
        found = descriptor.create(system, centers=system.positions[rows])
        spectra[k] = normalize(found, weights)
    return block, spectra
