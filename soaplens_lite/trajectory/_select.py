"""The atoms that are analyzed: selections in MDAnalysis's language, and lists of labels."""

import re

import MDAnalysis as mda
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite.trajectory._cell import is_standard, lengths_and_angles, search_cell

# Coordinates of a trajectory that selections know, and MDAnalysis's names of them.
ATOM_LABELS = {"name": "names", "type": "types"}
RESIDUE_LABELS = {"resname": "resnames", "resid": "resids"}
NEEDS_DISTANCES = re.compile(r"\b(around|sphzone|sphlayer|isolayer|cyzone|cylayer|point)\b")


def labels_of(atoms: mda.AtomGroup) -> dict[str, np.ndarray]:
    """
    What a file calls its atoms, for selections.

    Parameters
    ----------
    atoms : MDAnalysis.AtomGroup

    Returns
    -------
    labels : dict of str to numpy.ndarray, shape (n_atoms,)
        Some of ``name``, ``type``, ``resname``, ``resid``, for `make_trajectory`.
    """
    found = {one: getattr(atoms, many, None) for one, many in (ATOM_LABELS | RESIDUE_LABELS).items()}
    return {
        name: np.asarray(values, dtype=int if name == "resid" else str)
        for name, values in found.items()
        if values is not None
    }


def select_centers(trajectory: xr.Dataset, selection: str, *, n_centers: int | None = None) -> np.ndarray:
    """
    Select the atoms that are analyzed, by a rule for the first frame.

    The rule depends on the data: a threshold for one slab does not fit another. Give the expected number of atoms as
    `n_centers`, so that a change of the rule or the data is noticed.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    selection : str
        In MDAnalysis's selection language, for instance ``"prop z > 18.34"`` (Angstrom, in the coordinates of the
        file), ``"element O"``, ``"resname DPPC and name PO4"``, ``"around 4 type 2"`` or ``"all"``. ``name`` is what
        the file calls an atom or, if no atom is called so, its species.
    n_centers : int, optional
        Expected number of atoms.

    Returns
    -------
    centers : numpy.ndarray of int, shape (n_centers,)
        Labels along ``atom``, ascending.

    Raises
    ------
    ValueError
        If MDAnalysis cannot read the rule, it needs distances in a cell that is not in the standard orientation, or it
        selects no atom or another number than `n_centers`.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> frame = make_trajectory([[[0, 0, 0], [0, 0, 2], [0, 0, 3]]], ["Cu", "Cu", "Cu"])
    >>> select_centers(frame, "prop z > 1", n_centers=2)
    array([1, 2])
    """
    box = _box(trajectory) if NEEDS_DISTANCES.search(selection) else None
    chosen = _chosen(_universe(trajectory, box), selection)
    if len(chosen) == 0 and "name" in trajectory.coords:
        chosen = _chosen(_universe(trajectory.drop_vars("name"), box), selection)
    if len(chosen) == 0:
        positions = trajectory.positions.values[0]
        raise ValueError(
            f"centers = {selection!r} selects no atom of {trajectory.source}: species are "
            f"{sorted(set(trajectory.species.values.tolist()))}, x, y, z run from {positions.min(axis=0).round(2)} to "
            f"{positions.max(axis=0).round(2)} Angstrom"
        )
    if n_centers is not None and len(chosen) != n_centers:
        raise ValueError(
            f"centers = {selection!r} selects {len(chosen)} atoms of {trajectory.source}, not the {n_centers} that "
            "belong to this data set: the rule or the data were changed"
        )
    return trajectory.atom.values[chosen]


def _universe(trajectory, box):
    """The first frame as MDAnalysis's selections want it."""
    labels = {name: trajectory.coords[name].values for name in RESIDUE_LABELS if name in trajectory.coords}
    keys = np.array([list(map(str, values)) for values in labels.values()] or [["1"] * trajectory.sizes["atom"]])
    _, first, residue = np.unique(keys, axis=1, return_index=True, return_inverse=True)
    residue = residue.reshape(-1)
    universe = mda.Universe.empty(len(residue), len(first), atom_resindex=residue, trajectory=True)
    species = trajectory.species.values
    names = trajectory.coords.get("name", trajectory.species).values
    universe.add_TopologyAttr("names", names)
    universe.add_TopologyAttr("elements", species)
    universe.add_TopologyAttr("types", trajectory.coords.get("type", trajectory.species).values)
    for name, values in labels.items():
        universe.add_TopologyAttr(RESIDUE_LABELS[name], values[first])
    universe.atoms.positions = trajectory.positions.values[0]
    universe.dimensions = box
    return universe


def _box(trajectory):
    """Lengths and angles of a cell in which MDAnalysis measures distances rightly; None without periodicity."""
    if not trajectory.periodic:
        return None
    positions, cell, pbc = trajectory.positions.values[0], trajectory.cell.values[0], trajectory.pbc.values
    reach = np.linalg.norm(np.ptp(positions, axis=0))
    vectors = search_cell(positions, cell, pbc, reach)
    if not is_standard(vectors):
        raise ValueError(
            f"{trajectory.source}: its cell does not have a along x and b in the plane xy, which selections by "
            "distance (around, sphzone, ...) need: select by names or by prop x, y, z"
        )
    return lengths_and_angles(vectors)


def _chosen(universe, selection):
    """Rows of the selected atoms."""
    try:
        return universe.select_atoms(selection).indices
    except Exception as error:  # MDAnalysis raises many kinds of errors here.
        told = " ".join(str(error).split())
        raise ValueError(f"centers = {selection!r}: not a selection that MDAnalysis reads ({told[:200]})") from None


def check_atoms(trajectory: xr.Dataset, atoms: ArrayLike, *, name: str = "atoms") -> np.ndarray:
    """
    Check labels of atoms.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    atoms : array_like of int, shape (n_atoms,)
        Labels along ``atom``, in any order.
    name : str
        Name of the caller's argument, for messages.

    Returns
    -------
    atoms : numpy.ndarray of int, shape (n_atoms,)
        In the given order.

    Raises
    ------
    ValueError
        If the list is empty or not a list of labels, or holds a label twice or one that the trajectory does not have.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[0, 0, 0], [1, 0, 0]]], ["Cu", "Cu"])
    >>> check_atoms(pair, [0, 2], name="centers")
    Traceback (most recent call last):
        ...
    ValueError: centers [2] are not in arrays: labels run from 0 to 1
    """
    given, atoms = atoms, np.asarray(atoms)
    if atoms.ndim == 1 and len(atoms) == 0:
        raise ValueError(f"{name} = []: the selection is empty; give at least one label")
    if atoms.ndim != 1 or atoms.dtype.kind not in "iu":
        raise ValueError(
            f"{name} = {given if atoms.ndim == 0 else atoms[:5].tolist()!r}: must be a list of labels, which are whole "
            "numbers; for a mask use trajectory.atom.values[mask]"
        )
    unknown = atoms[~np.isin(atoms, trajectory.atom.values)]
    if len(unknown):
        raise ValueError(
            f"{name} {unknown[:5].tolist()} are not in {trajectory.source}: labels run from "
            f"{trajectory.atom.values.min()} to {trajectory.atom.values.max()}"
        )
    labels, times = np.unique(atoms, return_counts=True)
    if len(labels) < len(atoms):
        raise ValueError(f"{name} {labels[times > 1][:5].tolist()} are chosen more than once: give every atom once")
    return atoms
