"""Who is whose neighbor: identity-based neighbor sets in every frame, under the minimum image convention."""

from dataclasses import dataclass

import numpy as np
from MDAnalysis.lib.distances import minimize_vectors, self_capped_distance
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from soaplens_lite.trajectory import check_atoms, check_cutoff


@dataclass(frozen=True)
class NeighborLists:
    """
    Neighbor sets of a group of atoms in successive frames.

    Being neighbors is mutual, so that every pair is stored once: ``pairs[k][i, j]`` with i < j is True where
    the i-th and the j-th atom of the group lie within `r_cut` of each other in the k-th frame. An atom is
    never its own neighbor, even where the cell is small enough for it to meet its own image.

    Parameters
    ----------
    pairs : tuple of scipy.sparse.csr_array, each of shape (n_atoms, n_atoms)
        Boolean, strictly upper triangular, one per frame.
    atom : numpy.ndarray of int, shape (n_atoms,)
        Labels of the atoms in the full trajectory.
    frame : numpy.ndarray of int, shape (n_frames,)
        Labels of the frames.
    time : numpy.ndarray of float, shape (n_frames,)
        In ns.
    r_cut : float
        In Angstrom.
    """

    pairs: tuple
    atom: np.ndarray
    frame: np.ndarray
    time: np.ndarray
    r_cut: float

    def __len__(self):
        return len(self.pairs)

    def of(self, atom, frame):
        """Labels of the neighbors of the atom labelled *atom* in the frame labelled *frame*, ascending."""
        row = int(np.flatnonzero(self.atom == atom)[0])
        pairs = self.pairs[int(np.flatnonzero(self.frame == frame)[0])]
        members = np.concatenate([pairs[[row], :].indices, pairs[:, [row]].nonzero()[0]])
        return np.sort(self.atom[members])


def find_neighbors(trajectory, r_cut, *, atoms=None):
    """
    Neighbor sets within a sphere, in every frame.

    Distances are those to the nearest image where the system is periodic; a neighbor at exactly `r_cut` counts.
    Coordinates need not be wrapped into the cell.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    r_cut : float
        Radius of the neighborhood in Angstrom, at most half the shortest height of a periodic cell.
    atoms : array_like of int, shape (n_atoms,), optional
        Labels of the atoms that count, as centers and as neighbors. Default: all.

    Returns
    -------
    neighbors : NeighborLists

    Raises
    ------
    ValueError
        If `r_cut` or `atoms` are not usable.

    Examples
    --------
    Three atoms in a row; the last one sees the first across the boundary of the cell:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> row = make_trajectory([[[0.5, 0, 0], [2, 0, 0], [9.5, 0, 0]]], ["Cu"] * 3, cell=[10, 10, 10, 90, 90, 90])
    >>> neighbors = find_neighbors(row, 1.6)
    >>> neighbors.of(atom=0, frame=0)
    array([1, 2])
    """
    check_cutoff(trajectory, r_cut)
    atoms = trajectory.atom.values if atoms is None else check_atoms(trajectory, atoms)
    positions = trajectory.positions.sel(atom=atoms).values
    cells = trajectory.cell.values if trajectory.periodic else [None] * len(positions)
    pairs = tuple(
        _pairs_to_matrix(_pairs_within(frame, r_cut, cell), len(atoms))
        for frame, cell in zip(positions, cells, strict=True)
    )
    return NeighborLists(pairs, atoms, trajectory.frame.values, trajectory.time.values, float(r_cut))


def displacements(trajectory, atom, others, frame):
    """
    Vectors from an atom to others, to their nearest images where the system is periodic.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    atom : int
        Label of the atom.
    others : array_like of int, shape (n,)
        Labels of the others.
    frame : int
        Label of the frame.

    Returns
    -------
    vectors : numpy.ndarray, shape (n, 3)
        In Angstrom.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[1, 0, 0], [9, 0, 0]]], ["Cu", "Cu"], cell=[10, 10, 10, 90, 90, 90])
    >>> displacements(pair, 0, [1], 0).round(3).tolist()
    [[-2.0, 0.0, 0.0]]
    """
    positions = trajectory.positions.sel(frame=frame)
    vectors = positions.sel(atom=others).values - positions.sel(atom=atom).values
    if not trajectory.periodic:
        return vectors
    return minimize_vectors(vectors, trajectory.cell.sel(frame=frame).values.astype(np.float32))


def search_method(cell):
    """
    How MDAnalysis is to search a periodic cell.

    Its grid, which it would choose by itself, refuses cutoffs that an oblique cell allows; its tree does not.

    Parameters
    ----------
    cell : array_like of shape (6,) or None
        Lengths and angles; None without periodicity.

    Returns
    -------
    method : {"pkdtree", None}
        None for the choice of MDAnalysis.

    Examples
    --------
    >>> search_method([15, 15, 30, 90, 90, 120]), search_method([15, 15, 30, 90, 90, 90])
    ('pkdtree', None)
    """
    return None if cell is None or np.allclose(cell[3:], 90) else "pkdtree"


def _pairs_within(positions, r_cut, cell):
    """Index pairs (i < j) within r_cut of each other, shape (n_pairs, 2); *cell* is None without periodicity."""
    if method := search_method(cell):
        box = cell.astype(np.float32)
        return self_capped_distance(positions, r_cut, box=box, method=method, return_distances=False)
    if cell is None:
        return cKDTree(positions).query_pairs(r_cut, output_type="ndarray")
    lengths = cell[:3]
    wrapped = positions - np.floor(positions / lengths) * lengths
    wrapped[wrapped >= lengths] = 0.0  # A tiny negative coordinate is rounded up to the length itself.
    return cKDTree(wrapped, boxsize=lengths).query_pairs(r_cut, output_type="ndarray")


def _pairs_to_matrix(pairs, n_atoms):
    """Boolean, strictly upper triangular adjacency matrix of the pairs."""
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    present = np.ones(len(pairs), dtype=bool)
    return csr_array((present, (low, high)), shape=(n_atoms, n_atoms))
