"""
A look at positions before any work: whether they can be those of a system, in this cell and in these units.

A file can be read without an error and still be wrong: a cell in another orientation, nanometers, atoms in another
order in each frame. Distances show it. One frame in a hundred is looked at, with the frame behind it.
"""

import warnings
from collections.abc import Collection
from itertools import product
from typing import NamedTuple

import numpy as np
import xarray as xr
from ase.data import atomic_numbers, covalent_radii, reference_states
from scipy.spatial import cKDTree
from scipy.stats import hypergeom, mannwhitneyu

from soaplens_lite.trajectory._elements import is_element, massless

FRAME_STRIDE, FEWEST_FRAMES, MOST_FRAMES = 100, 3, 20
FEWEST_ATOMS = 20  # with fewer, distances say nothing
# Distances across the boundary, relative to the shortest inside, with the largest probability that chance makes them.
TOO_CLOSE_ACROSS = ((0.5, 1e-4, True), (0.8, 1e-6, True), (0.92, 1e-9, False))
FEWEST_CLOSE = 4  # atoms
SHIFTED_ACROSS = (0.92, 1e-6)  # the same for medians, in systems of one species
BOND_SHARE = 0.6  # atoms are not closer than this share of the sum of their covalent radii
CLOSE_SHARE = 0.1  # more atoms than this being too close, it is not an accident
SIGMA_NEIGHBORS = 2.0  # Angstrom: particles that are not atoms and closer than this are hardly in Angstrom
MOVED, SAME_PLACE, EXCHANGED = 0.7, 0.25, 0.3  # see `_exchange_places`
JUMP_SHARE = 0.7  # of the extent of the system: no atom moves so far in one interval
# Lengths of bonds over the sum of covalent radii beyond which they are doubtful: in metals, and of hydrogen.
METAL_STRETCH, HYDROGEN_STRETCH = 1.5, 1.7
CELL_CAUSES = (
    "Likely causes: the cell has another orientation than the atoms, or another size; frames were rotated to fit a "
    "reference; the system does not repeat itself there; molecules are broken"
)
METALLIC = {"fcc", "bcc", "hcp"}
NOBLE_GASES = {"He", "Ne", "Ar", "Kr", "Xe", "Rn"}
# Extents of the positions in cells: those of one cell with molecules across its faces, or of paths through few cells.
ONE_CELL, FEW_CELLS = 1.5, 2.5


class Finding(NamedTuple):
    """
    What cannot be right, or is doubtful.

    Attributes
    ----------
    fact : str
        The name by which it is confirmed.
    stops : bool
        Whether it cannot be right.
    text : str
    """

    fact: str
    stops: bool
    text: str


class Look(NamedTuple):
    """
    What a trajectory looks like, in its unit of length; nan where there is nothing to measure.

    Attributes
    ----------
    n_frames : int
        Of those that were looked at.
    nearest : float
        Distance of nearest neighbors inside the cell, median over atoms.
    closest, across : float
        Shortest distance inside, and across the boundary.
    density, step : float
        Atoms per volume of the cell; distance that an atom moves from one frame to the next, median.
    findings : tuple of Finding
    """

    n_frames: int
    nearest: float
    closest: float
    across: float
    density: float
    step: float
    findings: tuple[Finding, ...]


def look(trajectory: xr.Dataset, *, angstrom: float | None = None) -> Look:
    """
    Look at distances within frames and between successive ones.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    angstrom : float, optional
        Length of the unit of the positions in Angstrom, if the user states it.

    Returns
    -------
    look : Look

    Examples
    --------
    Lengths in nanometers that are taken for Angstrom:

    >>> from ase.build import bulk
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> copper = bulk("Cu", cubic=True) * 3
    >>> seen = look(make_trajectory(copper.positions[None] / 10, ["Cu"] * 108))
    >>> round(seen.nearest, 3), [finding.fact for finding in seen.findings]
    (0.255, ['units'])
    """
    n_frames, with_mass = trajectory.sizes["frame"], np.flatnonzero(~massless(trajectory.species.values))
    n_atoms = len(with_mass)
    n_looks = min(max(FEWEST_FRAMES, n_frames // FRAME_STRIDE), MOST_FRAMES, n_frames)
    chosen = np.unique(np.linspace(0, max(n_frames - 2, 0), n_looks).astype(int))
    seen = np.union1d(chosen, np.minimum(chosen + 1, n_frames - 1))
    trajectory = trajectory.assign_coords(frame=np.arange(n_frames)).isel(frame=seen, atom=with_mass)
    frames = [_frame(trajectory, k) for k in chosen]
    pairs = [(frame, _frame(trajectory, k + 1)) for k, frame in zip(chosen, frames, strict=True) if k + 1 < n_frames]
    alone = (np.full(1, np.inf), np.zeros(1, dtype=int))
    inside = [_nearest(frame[0]) if n_atoms > 1 else alone for frame in frames]
    across = [_nearest_across(frame, distances.max()) for frame, (distances, _) in zip(frames, inside, strict=True)]
    steps = [_steps(*pair) for pair in pairs]
    findings = []
    if n_atoms >= FEWEST_ATOMS:
        findings += _cell(trajectory, chosen, frames, inside)
        nearest, others = inside[0] if not findings else _nearest(_stored(trajectory, chosen[0]))
        findings += _units(trajectory.species.values, nearest, others, angstrom)
        findings += [] if findings else _boundary(chosen, inside, across)
        if not findings and len(set(trajectory.species.values)) == 1:
            findings += _shifted(chosen, inside, across)
        findings += _motion(trajectory, chosen, pairs, steps, float(np.median(nearest)))
    return Look(
        len(chosen),
        float(np.median(inside[0][0])),
        float(min(distances.min() for distances, _ in inside)),
        float(min((distances.min() for frame in across for distances in frame.values()), default=np.nan)),
        n_atoms / abs(np.linalg.det(frames[0][1])) if trajectory.periodic else np.nan,
        float(np.median(steps)) if steps else np.nan,
        tuple(findings),
    )


def looked_at(trajectory: xr.Dataset, confirmed: Collection[str] = ()) -> xr.Dataset:
    """
    The same trajectory, if it can be right.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    confirmed : collection of str
        Facts that are right although they look wrong, as the message names them.

    Returns
    -------
    trajectory : xarray.Dataset

    Raises
    ------
    ValueError
        With what cannot be right, and the likely causes.

    Warns
    -----
    UserWarning
        With what is doubtful.
    """
    stops, doubts = heed(look(trajectory), trajectory.source, confirmed)
    if stops:
        fact = stops[0].partition(":")[0]
        raise ValueError(f"{stops[0]}. If it is right, pass confirmed = [{fact!r}]")
    for doubt in doubts:
        warnings.warn(doubt, UserWarning, stacklevel=3)
    return trajectory


def heed(seen: Look, source: str, confirmed: Collection[str] = ()) -> tuple[list[str], list[str]]:
    """
    What of a look has to stop the work, and what is only doubtful.

    Parameters
    ----------
    seen : Look
    source : str
    confirmed : collection of str

    Returns
    -------
    stops, doubts : list of str
        Each begins with the name of the fact.
    """
    told = [(finding.stops, f"{finding.fact}: {source}: {finding.text}") for finding in seen.findings]
    told = [entry for entry, finding in zip(told, seen.findings, strict=True) if finding.fact not in confirmed]
    return [text for stops, text in told if stops], [text for stops, text in told if not stops]


def _stored(trajectory, k):
    """Positions of a frame as they are stored."""
    return trajectory.positions.sel(frame=k).values.astype(float)


def _frame(trajectory, k):
    """Positions, vectors of the cell, and along which of them the system repeats itself. Long paths are wrapped."""
    positions = _stored(trajectory, k)
    if not trajectory.periodic:
        return positions, np.eye(3), np.zeros(3, dtype=bool)
    vectors, pbc = trajectory.cell.sel(frame=k).values, trajectory.pbc.values
    places = positions @ np.linalg.inv(vectors)
    if (np.ptp(places, axis=0)[pbc] > ONE_CELL).any():
        positions = (places - np.floor(places) * pbc) @ vectors
    return positions, vectors, pbc


def _nearest(positions):
    """Distance of each atom to the nearest other one without images, and which one it is."""
    distances, atoms = cKDTree(positions).query(positions, k=2)
    return distances[:, 1], atoms[:, 1]


def _nearest_across(frame, reach):
    """By vector of the cell: distances of atoms to the nearest image across its faces, where one is within reach."""
    positions, vectors, pbc = frame
    found = {}
    for axis in np.flatnonzero(pbc):
        images = np.concatenate([_images(frame, shift, reach) for shift in _shifts(pbc) if shift[axis]])
        if len(images):
            distances = cKDTree(images).query(positions, distance_upper_bound=reach)[0]
            if np.isfinite(distances).any():
                found["abc"[axis]] = distances[np.isfinite(distances)]
    return found


def _shifts(pbc):
    """The neighbor cells, as whole multiples of the vectors."""
    return [shift for shift in product(*((-1, 0, 1) if each else (0,) for each in pbc)) if any(shift)]


def _images(frame, shift, reach):
    """Images of atoms in a neighbor cell, as far as they are near this one."""
    positions, vectors, _ = frame
    inverse = np.linalg.inv(vectors)
    margin = reach * np.linalg.norm(inverse, axis=0)  # reach / height of the cell
    places = positions @ inverse
    moved = places + np.array(shift)
    near = (moved > places.min(axis=0) - margin) & (moved < places.max(axis=0) + margin)
    return moved[near.all(axis=1)] @ vectors


def _steps(before, after):
    """Displacement of each atom, by the nearest image."""
    (first, _, _), (second, vectors, pbc) = before, after
    places = (second - first) @ np.linalg.inv(vectors)
    return np.linalg.norm((places - np.round(places) * pbc) @ vectors, axis=1)


def _units(species, nearest, others, angstrom):
    """Whether atoms are closer to each other than atoms can be, or further away."""
    usual, unit = float(np.median(nearest)), angstrom or 1.0
    if not all(map(is_element, set(species))):
        if angstrom is None and usual < SIGMA_NEIGHBORS:
            yield Finding(
                "length_unit",
                False,
                f"nearest neighbors are {usual:.3g} apart, and the particles are not atoms: lengths are hardly in "
                "Angstrom. SOAP smears each particle over 1 Angstrom: state the length of the unit in Angstrom",
            )
        return
    numbers = np.array([atomic_numbers[name] for name in species])
    bonds = covalent_radii[numbers] + covalent_radii[numbers[others]]
    share = float((nearest * unit < BOND_SHARE * bonds).mean())
    if share > 0:
        many = share > CLOSE_SHARE
        yield Finding(
            "units" if many else "contacts",
            many,
            f"{share:.0%} of the atoms are closer to another one than atoms of these elements can be (shortest "
            f"{nearest.min() * unit:.3g}, median {usual * unit:.3g} Angstrom). Likely causes: lengths in nm or in a "
            "reduced unit, velocities or forces read as positions"
            + ("" if many else ", atoms without mass, broken frames"),
        )
    hydrogen = species == "H"
    atoms, most = (hydrogen, HYDROGEN_STRETCH) if hydrogen.any() else (_is_metal(species), METAL_STRETCH)
    if atoms.any() and (stretch := np.median((nearest * unit / bonds)[atoms])) > most:
        yield Finding(
            "units",
            False,
            f"nearest neighbors{' of hydrogen' if hydrogen.any() else ''} are {stretch:.1f} times as far apart as "
            "covalent radii say. Likely cause: lengths in Bohr or another unit",
        )


def _is_metal(species):
    """All atoms, if all are metals, otherwise none: ions and atoms in a gas are far apart."""
    states = [reference_states[atomic_numbers[name]] or {} for name in set(species)]
    metallic = all(state.get("symmetry") in METALLIC for state in states) and not NOBLE_GASES & set(species)
    return np.full(len(species), metallic)


def _cell(trajectory, chosen, frames, inside):
    """Whether atoms come close to each other only when they are moved into the cell."""
    for k, (positions, vectors, pbc), (distances, _) in zip(chosen, frames, inside, strict=True):
        stored = _stored(trajectory, k)
        extent = np.ptp(stored @ np.linalg.inv(vectors), axis=0)[pbc]
        if np.array_equal(stored, positions) or (extent > FEW_CELLS).any():
            continue
        before, after = (np.quantile(found, 0.01) for found in (_nearest(stored)[0], distances))
        if after < 0.5 * before:
            yield Finding(
                "boundary",
                True,
                f"atoms of frame {k} are {before:.3g} apart as they are stored, and {after:.3g} when they are moved "
                f"into the cell. {CELL_CAUSES}",
            )
            return


def _boundary(chosen, inside, across):
    """Whether atoms come closer to each other across the boundary of the cell than inside."""
    for (share, chance, stops), (k, (distances, _), beyond) in product(
        TOO_CLOSE_ACROSS, list(zip(chosen, inside, across, strict=True))
    ):
        shortest = float(np.quantile(distances, 0.01))
        reference = distances[distances < 1.6 * shortest]
        for axis, found in beyond.items():
            found = found[found < 1.6 * shortest]
            close, close_inside = int((found < share * shortest).sum()), int((reference < share * shortest).sum())
            n_all = len(found) + len(reference)
            if close >= FEWEST_CLOSE and hypergeom.sf(close - 1, n_all, close + close_inside, len(found)) < chance:
                yield Finding(
                    "boundary",
                    stops,
                    f"across the boundary along {axis}, {close} atoms of frame {k} are closer to another one than "
                    f"{share * shortest:.3g} (the shortest distance is {found.min():.3g}); inside the cell "
                    f"{'none is' if close_inside == 0 else f'only {close_inside} are'}. {CELL_CAUSES}",
                )
                return


def _shifted(chosen, inside, across):
    """Whether distances across the boundary are shorter as a whole: a slab in a box that ends at its surfaces."""
    share, chance = SHIFTED_ACROSS
    for k, (distances, _), beyond in zip(chosen, inside, across, strict=True):
        reference = distances[distances < 1.6 * np.quantile(distances, 0.01)]
        for axis, found in beyond.items():
            found = found[found < reference.max()]
            if len(found) < FEWEST_ATOMS or np.median(found) > share * np.median(reference):
                continue
            if mannwhitneyu(found, reference, alternative="less").pvalue < chance:
                yield Finding(
                    "boundary",
                    False,
                    f"across the boundary along {axis}, nearest atoms of frame {k} are {np.median(found):.3g} apart, "
                    f"inside {np.median(reference):.3g}. Likely cause: the system does not repeat itself along {axis}",
                )
                return


def _motion(trajectory, chosen, pairs, steps, nearest):
    """Whether atoms rest, exchange their places, or jump from one side to the other."""
    if not steps:
        return
    if max(step.max() for step in steps) == 0:
        yield Finding("motion", False, f"no atom moves between the frames that were compared ({len(steps)} pairs)")
        return
    for k, pair, step in zip(chosen, pairs, steps, strict=True):
        share = _exchange_places(*pair, step, trajectory.species.values, nearest)
        if share > EXCHANGED:
            yield Finding(
                "identity",
                True,
                f"between frames {k} and {k + 1}, {share:.0%} of the atoms of each species move to places where others "
                "were. Likely cause: atoms come in another order in each frame; sort them by their numbers",
            )
            return
    for k, (before, after) in zip(chosen, pairs, strict=True):
        extent, moved = np.ptp(before[0], axis=0), np.abs(after[0] - before[0])
        jumps = (moved > JUMP_SHARE * extent) & ~before[2] & (extent > 2 * nearest)
        if jumps.any() and (np.median(moved, axis=0) < 0.2 * extent).all():
            axis = int(jumps.any(axis=0).argmax())
            yield Finding(
                "jumps",
                True,
                f"between frames {k} and {k + 1}, {int(jumps[:, axis].sum())} atoms jump along {'xyz'[axis]} from one "
                "side of the system to the other, as in a periodic cell, but it is said not to be periodic there. "
                "State the cell",
            )
            return


def _exchange_places(before, after, step, species, nearest):
    """
    Smallest share, over species, of atoms that left their place for one where another atom of the species was.

    In a crystal with one mobile species only that one does so; atoms that are read in another order all do.
    """
    shares = []
    for kind in np.unique(species):
        atoms = species == kind
        if atoms.sum() >= FEWEST_ATOMS // 2:
            places = before[0][atoms], before[1], before[2]
            images = [_images(places, shift, nearest) for shift in _shifts(before[2])]
            distances = cKDTree(np.concatenate([places[0], *images])).query(after[0][atoms])[0]
            shares.append(((step[atoms] > MOVED * nearest) & (distances < SAME_PLACE * nearest)).mean())
    return min(shares, default=0.0)
