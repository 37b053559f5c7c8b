"""
Neighbor sets: which atoms lie within a cutoff of each other, in every frame.

Distances are those to the nearest image (minimum image convention). A frame's sets are one sparse matrix; functions
that need all frames go through them one by one, so that memory does not grow with the number of frames.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import xarray as xr
from MDAnalysis.lib.distances import capped_distance, self_capped_distance
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.spatial import cKDTree

from soaplens_lite.trajectory._cell import boxed_frames, check_cutoff, nearest_images
from soaplens_lite.trajectory._select import check_atoms


@dataclass(frozen=True)
class NeighborLists:
    """
    Neighbor sets of a group of atoms in a few frames, all held in memory.

    "Neighbor" is a symmetric relation, so every pair is stored once: ``pairs[k][i, j]`` with i < j is True where the
    i-th and the j-th atom of the group lie within `r_cut` of each other in the k-th frame. An atom is never its own
    neighbor, even where it meets its own image in a small cell.

    Parameters
    ----------
    pairs : tuple of scipy.sparse.csr_array, each of shape (n_atoms, n_atoms), bool
        Strictly upper triangular, with int32 indices; one per frame.
    atom : numpy.ndarray of int, shape (n_atoms,)
        Labels of the atoms in the full trajectory.
    frame : numpy.ndarray of int, shape (n_frames,)
        Labels of the frames.
    time : numpy.ndarray of float, shape (n_frames,)
        In ns.
    r_cut : float
        In Angstrom.
    """

    pairs: tuple[csr_array, ...]
    atom: np.ndarray
    frame: np.ndarray
    time: np.ndarray
    r_cut: float

    def __len__(self) -> int:
        return len(self.pairs)

    def of(self, atom: int, frame: int) -> np.ndarray:
        """
        Neighbors of one atom in one frame.

        Parameters
        ----------
        atom, frame : int
            Labels.

        Returns
        -------
        neighbors : numpy.ndarray of int, shape (n_neighbors,)
            Labels, ascending.

        Raises
        ------
        KeyError
            If the atom or the frame is not in these lists.
        """
        row, k = _row_of(self.atom, atom, "atom"), _row_of(self.frame, frame, "frame")
        pairs = self.pairs[k]
        members = np.concatenate([pairs[[row], :].indices, pairs[:, [row]].nonzero()[0]])
        return np.sort(self.atom[members])


def find_neighbors(trajectory: xr.Dataset, r_cut: float, *, atoms: ArrayLike | None = None) -> NeighborLists:
    """
    Neighbor sets of a group of atoms in every frame, for looking at them and counting by hand.

    The sets of all frames are held in memory (about 20 MB for a frame of 100,000 atoms with 50 neighbors each): select
    a few frames first, ``trajectory.isel(frame=slice(10))``. `lens` does not need these lists.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`. Coordinates need not be wrapped into the cell.
    r_cut : float
        Radius of the neighborhood in Angstrom, at most half the shortest height of a periodic cell. A neighbor at
        exactly `r_cut` counts.
    atoms : array_like of int, shape (n_atoms,), optional
        Labels of the atoms that count, both as centers and as neighbors. Default: all atoms.

    Returns
    -------
    neighbors : NeighborLists

    Raises
    ------
    ValueError
        If `r_cut` or `atoms` cannot be used.

    Examples
    --------
    Three atoms in a row. Atom 2 is 1.0 Angstrom from atom 0 across the boundary of the cell:

    >>> from soaplens_lite.trajectory import make_trajectory
    >>> row = make_trajectory([[[0.5, 0, 0], [2, 0, 0], [9.5, 0, 0]]], ["Cu"] * 3, cell=[10, 10, 10, 90, 90, 90])
    >>> neighbors = find_neighbors(row, 1.6)
    >>> neighbors.of(atom=0, frame=0)
    array([1, 2])
    """
    check_cutoff(trajectory, r_cut)
    atoms = trajectory.atom.values if atoms is None else check_atoms(trajectory, atoms)
    pairs = tuple(frame_sets(trajectory, r_cut, atoms))
    return NeighborLists(pairs, atoms, trajectory.frame.values, trajectory.time.values, float(r_cut))


def frame_sets(
    trajectory: xr.Dataset, r_cut: float, centers: np.ndarray, neighbors: np.ndarray | None = None
) -> Iterator[csr_array]:
    """
    Neighbor sets of one frame after the other, as sparse matrices.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    r_cut : float
        In Angstrom; checked by the caller with `soaplens_lite.trajectory.check_cutoff`.
    centers : numpy.ndarray of int, shape (n_centers,)
        Labels of the atoms whose neighbors are wanted.
    neighbors : numpy.ndarray of int, shape (n_neighbors,), optional
        Labels of the atoms that count as neighbors. Default: the centers.

    Yields
    ------
    sets : scipy.sparse.csr_array of bool, int32 indices
        By default every pair once: shape (n_centers, n_centers), strictly upper triangular. With `neighbors`: shape
        (n_centers, n_neighbors), True at ``[i, j]`` where the j-th of `neighbors` is a neighbor of the i-th center.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> row = make_trajectory([[[0, 0, 0], [1, 0, 0], [2, 0, 0]]], ["Cu"] * 3)
    >>> next(frame_sets(row, 1.5, np.array([0, 1, 2]))).toarray().astype(int).tolist()
    [[0, 1, 0], [0, 0, 1], [0, 0, 0]]
    >>> next(frame_sets(row, 1.5, np.array([1]), np.array([0, 1, 2]))).toarray().astype(int).tolist()
    [[1, 0, 1]]
    """
    rows = trajectory.indexes["atom"].get_indexer(centers)
    others = None if neighbors is None else trajectory.indexes["atom"].get_indexer(neighbors)
    for positions, cell in boxed_frames(trajectory, r_cut):
        yield (
            pairs_within(positions[rows], r_cut, cell)
            if others is None
            else pairs_between(positions, rows, others, r_cut, cell)
        )


def set_sizes(sets: csr_array, *, mutual: bool) -> np.ndarray:
    """
    Number of neighbors of every center in one frame.

    Parameters
    ----------
    sets : scipy.sparse.csr_array, shape (n_centers, n_neighbors)
        As yielded by `frame_sets`.
    mutual : bool
        Whether the centers are the neighbors, so that every pair is stored once.

    Returns
    -------
    sizes : numpy.ndarray of int, shape (n_centers,)
    """
    sizes = np.diff(sets.indptr)
    return sizes + np.bincount(sets.indices, minlength=sets.shape[1]) if mutual else sizes


def displacements(trajectory: xr.Dataset, atom: int, others: ArrayLike, frame: int) -> np.ndarray:
    """
    Vectors from one atom to the nearest images of others.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    atom : int
        Label of the atom.
    others : array_like of int, shape (n,)
        Labels of the other atoms.
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
    return nearest_images(vectors, trajectory.cell.sel(frame=frame).values, trajectory.pbc.values)


def search_method(cell: ArrayLike | None) -> str | None:
    """
    Search method of MDAnalysis that works for a cell.

    MDAnalysis prefers a grid for many atoms. In an oblique cell the grid rejects some cutoffs below half the shortest
    height; the tree accepts them.

    Parameters
    ----------
    cell : array_like of shape (6,) or None
        a, b, c in Angstrom and alpha, beta, gamma in degrees; None without periodicity.

    Returns
    -------
    method : {"pkdtree", None}
        None leaves the choice to MDAnalysis.

    Examples
    --------
    >>> search_method([15, 15, 30, 90, 90, 120]), search_method([15, 15, 30, 90, 90, 90])
    ('pkdtree', None)
    """
    return None if cell is None or np.allclose(cell[3:], 90) else "pkdtree"


def pairs_within(positions: np.ndarray, r_cut: float, cell: np.ndarray | None) -> csr_array:
    """
    Pairs of atoms within a cutoff of each other, in one frame.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3)
        In Angstrom, not necessarily wrapped.
    r_cut : float
        In Angstrom.
    cell : numpy.ndarray of shape (6,) or None
        Of `search_box`; None without periodicity.

    Returns
    -------
    pairs : scipy.sparse.csr_array of bool, shape (n_atoms, n_atoms)
        Strictly upper triangular.
    """
    if method := search_method(cell):
        box = cell.astype(np.float32)
        found = self_capped_distance(positions, r_cut, box=box, method=method, return_distances=False)
        found = np.sort(found, axis=1)
    else:
        found = _tree(positions, cell).query_pairs(r_cut, output_type="ndarray")  # i < j in every row
    rows, columns = found.T.astype(np.int32)
    del found  # int64: the largest array here
    return _matrix(rows, columns, (len(positions), len(positions)))


def pairs_between(
    positions: np.ndarray, centers: np.ndarray, neighbors: np.ndarray, r_cut: float, cell: np.ndarray | None
) -> csr_array:
    """
    Neighbors of some atoms among others, in one frame.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3)
        In Angstrom, not necessarily wrapped.
    centers, neighbors : numpy.ndarray of int, shapes (n_centers,) and (n_neighbors,)
        Rows of `positions`. An atom may be in both; it is not its own neighbor.
    r_cut : float
        In Angstrom.
    cell : numpy.ndarray of shape (6,) or None
        Of `search_box`; None without periodicity.

    Returns
    -------
    pairs : scipy.sparse.csr_array of bool, shape (n_centers, n_neighbors)
    """
    here, there = positions[centers], positions[neighbors]
    if method := search_method(cell):
        found = capped_distance(here, there, r_cut, box=cell.astype(np.float32), method=method, return_distances=False)
        rows, columns = found[:, 0], found[:, 1]
    else:
        found = _tree(here, cell).sparse_distance_matrix(_tree(there, cell), r_cut, output_type="ndarray")
        rows, columns = found["i"], found["j"]
    others = centers[rows] != neighbors[columns]
    return _matrix(rows[others], columns[others], (len(centers), len(neighbors)))


def _tree(positions, cell):
    """Search tree of points in open space or in a right-angled periodic cell."""
    if cell is None:
        return cKDTree(positions)
    lengths = cell[:3]
    wrapped = positions - np.floor(positions / lengths) * lengths
    wrapped[wrapped >= lengths] = 0.0  # A tiny negative coordinate is rounded up to the length itself.
    return cKDTree(wrapped, boxsize=lengths)


def _matrix(rows, columns, shape):
    """Boolean matrix that is True at the given places; int32 indices need half the memory of int64."""
    places = rows.astype(np.int32, copy=False), columns.astype(np.int32, copy=False)
    return csr_array((np.ones(len(rows), dtype=bool), places), shape=shape)


def _row_of(labels, label, what):
    """Position of a label."""
    found = np.flatnonzero(labels == label)
    if len(found) == 0:
        raise KeyError(f"{what} {label} is not among the {len(labels)} {what}s of these lists")
    return int(found[0])
