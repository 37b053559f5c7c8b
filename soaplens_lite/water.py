"""
What is special about water: molecules of three atoms, which may carry a fourth site and be broken by the boundary.

The descriptors look at atoms and use nearest images: they need none of this to be right. It is needed to
refuse what is not water, and to draw molecules as wholes.
"""

import warnings

import numpy as np
from MDAnalysis.lib.distances import apply_PBC, capped_distance, minimize_vectors
from MDAnalysis.lib.mdamath import triclinic_vectors
from scipy.ndimage import uniform_filter1d

from .formats import MASSLESS_SITES

LONGEST_BOND = 1.3  # Angstrom: an O-H bond has 1, a hydrogen bond 1.8


def without_massless_sites(trajectory, *, names=MASSLESS_SITES):
    """
    Leave out sites that carry charge and no mass, and say so.

    The fourth site of TIP4P is no atom: as a neighbor it would be counted by LENS, and SOAP would be asked for a
    chemical element that does not exist.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    names : collection of str
        Species that are such sites.

    Returns
    -------
    trajectory : xarray.Dataset
        Without these sites; the others keep their labels.

    Warns
    -----
    UserWarning
        If there are any: how many, and their names.

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


def water_molecules(trajectory, *, longest_bond=LONGEST_BOND):
    """
    Which atoms form a molecule, in the first frame.

    A hydrogen belongs to the nearest image of an oxygen, so that molecules may be broken across a periodic boundary.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`; of O and H alone.
    longest_bond : float
        In Angstrom.

    Returns
    -------
    molecules : numpy.ndarray of int, shape (n_molecules, 3)
        Labels of the oxygen and of its two hydrogens.

    Raises
    ------
    ValueError
        If there are atoms other than O and H, a hydrogen without its oxygen, or an oxygen without its two hydrogens.

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
    first = trajectory.positions.values[0]
    box = trajectory.cell.values[0].astype(np.float32) if trajectory.periodic else None
    bonds = capped_distance(first[hydrogens], first[oxygens], longest_bond, box=box, return_distances=False)
    alone = labels[hydrogens[np.bincount(bonds[:, 0], minlength=len(hydrogens)) != 1]]
    if len(alone):
        raise ValueError(
            f"{source}: hydrogen atoms {alone[:5].tolist()} ({len(alone)} in all) have not just one oxygen within "
            f"{longest_bond:g} Angstrom in the first frame: select whole molecules"
            + ("" if trajectory.periodic else ", and give a periodic system its cell, as molecules may be broken")
        )
    lacking = labels[oxygens[np.bincount(bonds[:, 1], minlength=len(oxygens)) != 2]]
    if len(lacking):
        raise ValueError(
            f"{source}: oxygen atoms {lacking[:5].tolist()} ({len(lacking)} in all) have not just two hydrogen atoms: "
            "select whole molecules"
        )
    owned = hydrogens[bonds[np.lexsort((bonds[:, 0], bonds[:, 1])), 0]].reshape(-1, 2)
    return labels[np.column_stack([oxygens, owned])]


def whole_molecules(trajectory, molecules, *, origin=None):
    """
    Molecules in one piece, around a chosen point: for pictures.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic.
    molecules : numpy.ndarray of int, shape (n_molecules, 3)
        As returned by `water_molecules`.
    origin : array_like, shape (n_frames, 3), optional
        Points in Angstrom that come to (0, 0, 0), in the middle of the cell. Default: the middle of the cell.

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
    positions = chosen.positions.values.reshape(chosen.sizes["frame"], -1, 3, 3).copy()
    for k, (frame, cell) in enumerate(zip(positions, chosen.cell.values.astype(np.float32), strict=True)):
        half = triclinic_vectors(cell).sum(axis=0) / 2
        middle = half if origin is None else np.asarray(origin[k])
        bonds = minimize_vectors((frame[:, 1:] - frame[:, :1]).reshape(-1, 3), cell).reshape(-1, 2, 3)
        frame[:, 0] = apply_PBC((frame[:, 0] - middle + half).astype(np.float32), cell) - half
        frame[:, 1:] = frame[:, :1] + bonds
    return chosen.assign(positions=(chosen.positions.dims, positions.reshape(chosen.positions.shape)))


def front_origin(trajectory, atom, xyz, *, room=1.0, window=15):
    """
    Where to put the middle of the cell along an axis, so that an atom stays at the cell's far end of that axis.

    Seen from there the atom is in front. What lies beyond it goes to the other end; as the middle follows the atom's
    way and not its every shake, molecules do not jump there and back from picture to picture.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Periodic.
    atom : int
        Label of the atom.
    xyz : {"x", "y", "z"}
        The axis that points to the viewer.
    room : float
        Distance in Angstrom between the atom's smoothed way and the end of the cell.
    window : int
        Frames of the running mean.

    Returns
    -------
    origin : numpy.ndarray, shape (n_frames,)
        In Angstrom, for `whole_molecules`.

    Examples
    --------
    An atom that passes the boundary of a cell of 10 Angstrom; 4 Angstrom from the new middle it is 1 from the end:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> passing = make_trajectory([[[0, 9.5, 0]], [[0, 0.5, 0]]], ["O"], cell=[10, 10, 10, 90, 90, 90])
    >>> front_origin(passing, 0, "y", window=1).tolist()
    [5.5, 6.5]
    """
    sides = trajectory.cell.values[:, list("xyz").index(xyz)]
    way = np.unwrap(trajectory.positions.sel(atom=atom, xyz=xyz).values.astype(float), period=sides.mean())
    return uniform_filter1d(way, window, mode="nearest") - sides / 2 + room


def emptiest_plane(trajectory, atoms, xyz, *, width=1.0, bins=200):
    """
    Where along an axis the fewest atoms are, over all frames: between the planes of a crystal.

    A cell that is cut there shows its crystal without planes that hop from end to end.

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
        Places that are tried.

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
    side = trajectory.cell.values[:, list("xyz").index(xyz)].mean()
    inside = trajectory.positions.sel(atom=atoms, xyz=xyz).values % side
    counts, edges = np.histogram(inside, bins=bins, range=(0, side))
    layer = 2 * int(width / side * bins / 2) + 1  # bins, an odd number, so that the place is its middle
    crowd = uniform_filter1d(counts.astype(float), layer, mode="wrap")
    return float((edges[:-1] + edges[1:])[np.argmin(crowd)] / 2)
