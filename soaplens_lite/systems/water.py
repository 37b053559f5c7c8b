"""
Functions for water: massless sites, molecules, and molecules in one piece for pictures.

The descriptors do not need molecules, because they use atoms and nearest images.
"""

import warnings
from collections.abc import Collection

import numpy as np
import xarray as xr
from ase.geometry import wrap_positions
from MDAnalysis.lib.distances import capped_distance
from numpy.typing import ArrayLike
from scipy.ndimage import uniform_filter1d

from soaplens_lite.trajectory._cell import boxed_frames, lengths_and_angles, nearest_images
from soaplens_lite.trajectory._elements import MASSLESS_SITES

MAX_BOND = 1.3  # Angstrom; an O-H bond has 1.0, a hydrogen bond 1.8


def without_massless_sites(trajectory: xr.Dataset, *, names: Collection[str] = MASSLESS_SITES) -> xr.Dataset:
    """
    Remove sites without mass, with a warning.

    The fourth site of TIP4P is not an atom. LENS would count it as a neighbor, and SOAP needs a chemical element.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    names : collection of str
        Species of massless sites.

    Returns
    -------
    trajectory : xarray.Dataset
        Without these sites; the other atoms keep their labels.

    Warns
    -----
    UserWarning
        If there are massless sites: their number and names.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> without_massless_sites(make_trajectory([[[0, 0, 0], [0, 0, 1]]], ["O", "H"])).sizes["atom"]
    2
    """
    massless = trajectory.species.isin(list(names)).values
    if not massless.any():
        return trajectory
    found, numbers = np.unique(trajectory.species.values[massless], return_counts=True)
    listed = ", ".join(f"{number} named {name}" for name, number in zip(found, numbers, strict=True))
    warnings.warn(f"{trajectory.source}: massless sites are left out ({listed})", UserWarning, stacklevel=2)
    return trajectory.isel(atom=~massless)


def water_molecules(trajectory: xr.Dataset, *, longest_bond: float = MAX_BOND) -> np.ndarray:
    """
    Atoms of every water molecule, from the first frame.

    A hydrogen belongs to the nearest image of an oxygen, so that molecules may be broken across a periodic boundary.
    Some files hold the oxygens alone; then a molecule is its oxygen.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`; O and H only.
    longest_bond : float
        In Angstrom.

    Returns
    -------
    molecules : numpy.ndarray of int, shape (n_molecules, 3), or (n_molecules, 1) if there are no hydrogens at all
        Labels of the oxygen and its two hydrogens.

    Raises
    ------
    ValueError
        If there are atoms other than O and H, a hydrogen without one oxygen, or an oxygen without two hydrogens.

    Examples
    --------
    The second hydrogen is seen across the boundary of the cell:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> atoms = [[9.5, 5, 5], [9.5, 6, 5], [0.4, 5, 5]]
    >>> water_molecules(make_trajectory([atoms], ["O", "H", "H"], cell=[10, 10, 10, 90, 90, 90])).tolist()
    [[0, 1, 2]]
    """
    species, labels, source = trajectory.species.values, trajectory.atom.values, trajectory.source
    others = sorted(set(species.tolist()) - {"O", "H"})
    if others:
        raise ValueError(f"{source} holds {', '.join(others)} besides O and H: select the water alone")
    oxygens, hydrogens = np.flatnonzero(species == "O"), np.flatnonzero(species == "H")
    if len(hydrogens) == 0:
        return labels[oxygens][:, None]
    first, box = next(boxed_frames(trajectory, longest_bond))
    bonds = capped_distance(first[hydrogens], first[oxygens], longest_bond, box=box, return_distances=False)
    alone = labels[hydrogens[np.bincount(bonds[:, 0], minlength=len(hydrogens)) != 1]]
    if len(alone):
        raise ValueError(
            f"{source}: hydrogen atoms {alone[:5].tolist()} ({len(alone)} in all) have not just one oxygen within "
            f"{longest_bond:g} Angstrom in the first frame: select complete molecules"
            + ("" if trajectory.periodic else ", and give a periodic system its cell, as molecules may be broken")
        )
    lacking = labels[oxygens[np.bincount(bonds[:, 1], minlength=len(oxygens)) != 2]]
    if len(lacking):
        raise ValueError(
            f"{source}: oxygen atoms {lacking[:5].tolist()} ({len(lacking)} in all) have not just two hydrogen atoms: "
            "select complete molecules"
        )
    owned = hydrogens[bonds[np.lexsort((bonds[:, 0], bonds[:, 1])), 0]].reshape(-1, 2)
    return labels[np.column_stack([oxygens, owned])]


def whole_molecules(trajectory: xr.Dataset, molecules: np.ndarray, *, origin: ArrayLike | None = None) -> xr.Dataset:
    """
    Move atoms to images at which every molecule is in one piece, around a chosen point: for pictures.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic.
    molecules : numpy.ndarray of int, shape (n_molecules, 3) or (n_molecules, 1)
        As returned by `water_molecules`.
    origin : array_like, shape (n_frames, 3), optional
        Points in Angstrom that become (0, 0, 0), the middle of the cell. Default: the middle of the cell.

    Returns
    -------
    trajectory : xarray.Dataset
        Only the atoms of these molecules: every oxygen at its image in the cell around the origin, every hydrogen at
        the image that is nearest to its oxygen.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> atoms = [[9.5, 5, 5], [9.5, 6, 5], [0.5, 5, 5]]
    >>> water = make_trajectory([atoms], ["O", "H", "H"], cell=[10, 10, 10, 90, 90, 90])
    >>> whole_molecules(water, water_molecules(water)).positions.values[0].round(3).tolist()
    [[4.5, 0.0, 0.0], [4.5, 1.0, 0.0], [5.5, 0.0, 0.0]]
    """
    chosen = trajectory.sel(atom=molecules.ravel())
    positions, pbc = (
        chosen.positions.values.reshape(chosen.sizes["frame"], *molecules.shape, 3).copy(),
        chosen.pbc.values,
    )
    for k, (frame, cell) in enumerate(zip(positions, chosen.cell.values, strict=True)):
        half = cell.sum(axis=0) / 2
        middle = half if origin is None else np.asarray(origin[k])
        bonds = nearest_images((frame[:, 1:] - frame[:, :1]).reshape(-1, 3), cell, pbc).reshape(frame[:, 1:].shape)
        frame[:, 0] = wrap_positions(frame[:, 0] - middle + half, cell, pbc, eps=0) - half
        frame[:, 1:] = frame[:, :1] + bonds
    return chosen.assign(positions=(chosen.positions.dims, positions.reshape(chosen.positions.shape)))


def front_origin(trajectory: xr.Dataset, atom: int, xyz: str, *, room: float = 1.0, window: int = 15) -> np.ndarray:
    """
    Middle of the cell along an axis for which a moving atom stays at the upper end of the cell, in front of the viewer.

    Atoms beyond it appear at the other end. The middle follows the smoothed path of the atom, so that molecules do not
    jump back and forth between successive pictures.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic.
    atom : int
        Label of the atom.
    xyz : {"x", "y", "z"}
        Axis that points to the viewer.
    room : float
        Distance in Angstrom between the smoothed path of the atom and the end of the cell.
    window : int
        Number of frames of the running mean.

    Returns
    -------
    origin : numpy.ndarray, shape (n_frames,)
        In Angstrom, for `whole_molecules`.

    Examples
    --------
    An atom crosses the boundary of a cell of 10 Angstrom; 4 Angstrom from the new middle, it is 1 from the end:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> passing = make_trajectory([[[0, 9.5, 0]], [[0, 0.5, 0]]], ["O"], cell=[10, 10, 10, 90, 90, 90])
    >>> front_origin(passing, 0, "y", window=1).tolist()
    [5.5, 6.5]
    """
    sides = lengths_and_angles(trajectory.cell.values)[:, list("xyz").index(xyz)]
    # In sides of the cell, whose length may change from frame to frame.
    path = np.unwrap(trajectory.positions.sel(atom=atom, xyz=xyz).values / sides, period=1)
    return uniform_filter1d(path, window, mode="nearest") * sides - sides / 2 + room


def emptiest_plane(trajectory: xr.Dataset, atoms: ArrayLike, xyz: str, *, width: float = 1.0, bins: int = 200) -> float:
    """
    Position along an axis with the fewest atoms in all frames: between two planes of a crystal.

    If pictures cut the cell there, planes do not jump between its ends.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic.
    atoms : array_like of int
        Labels of the atoms that count.
    xyz : {"x", "y", "z"}
    width : float
        Atoms are counted within layers of this width in Angstrom.
    bins : int
        Number of positions that are compared.

    Returns
    -------
    place : float
        In Angstrom, between 0 and the mean side of the cell.

    Examples
    --------
    The largest gap is between 4 and 9 Angstrom:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> planes = make_trajectory([[[1, 0, 0], [4, 0, 0], [9, 0, 0]]], ["O"] * 3, cell=[10, 10, 10, 90, 90, 90])
    >>> emptiest_plane(planes, [0, 1, 2], "x", width=3, bins=10)
    6.5
    """
    sides = lengths_and_angles(trajectory.cell.values)[:, list("xyz").index(xyz)]
    side = sides.mean()
    # A plane moves with the length of the cell: positions are scaled to the mean side.
    inside = trajectory.positions.sel(atom=atoms, xyz=xyz).values / sides[:, None] % 1 * side
    counts, edges = np.histogram(inside, bins=bins, range=(0, side))
    layer = 2 * int(width / side * bins / 2) + 1  # bins; odd, so that the layer has a middle bin
    density = uniform_filter1d(counts.astype(float), layer, mode="wrap")
    return float((edges[:-1] + edges[1:])[np.argmin(density)] / 2)
