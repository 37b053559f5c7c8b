"""Measures for an isolated particle: distance from its center, rings of surface atoms, atoms that sink in."""

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite.descriptors._neighbors import frame_sets
from soaplens_lite.trajectory._cell import check_cutoff

# 12 in a close packing, and one less because of thermal motion.
MIN_NEIGHBORS_INSIDE = 11


def distances_from_center(trajectory: xr.Dataset, centers: ArrayLike) -> xr.DataArray:
    """
    Distances of the centers from the mean position of all atoms of the frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        An isolated particle, see `soaplens_lite.trajectory.make_trajectory`.
    centers : array_like of int, shape (n_centers,)

    Returns
    -------
    distance : xarray.DataArray, dims (frame, atom)
        In Angstrom.
    """
    offsets = trajectory.positions.astype(float) - trajectory.positions.mean("atom", dtype=float)
    distance = np.sqrt((offsets**2).sum("xyz")).rename("distance from the center")
    return distance.sel(atom=centers).assign_attrs(units="Angstrom")


def distances_from_atom(trajectory: xr.Dataset, centers: ArrayLike, atom: int) -> xr.DataArray:
    """
    Distances of the centers from one atom of the same frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Of an isolated particle, see `soaplens_lite.trajectory.make_trajectory`.
    centers : array_like of int, shape (n_centers,)
    atom : int
        Label of the atom.

    Returns
    -------
    distance : xarray.DataArray, dims (frame, atom)
        In Angstrom.

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> pair = make_trajectory([[[0, 0, 0], [3, 4, 0]]], ["Au"] * 2)
    >>> distances_from_atom(pair, [0, 1], 0).values.tolist()
    [[0.0, 5.0]]
    """
    positions = trajectory.positions.sel(atom=centers)
    offsets = positions - trajectory.positions.sel(atom=atom, drop=True)
    return np.sqrt((offsets**2).sum("xyz")).rename("distance from an atom").assign_attrs(units="Angstrom")


def surface_rings(trajectory: xr.Dataset, cutoff: float) -> xr.Dataset:
    """
    Ring of surface atoms around every atom, and how far the atom protrudes above it.

    An atom is at the surface if it has fewer than 11 neighbors. On an ideal icosahedron a vertex stands above a ring
    of five surface atoms, and an atom of an edge or a face lies in a ring of six. Inside, the surface neighbors do not
    form a ring. An atom below a ring of six is the center of a rosette, see `rosette_centers`.

    Parameters
    ----------
    trajectory : xarray.Dataset
        An isolated particle, see `soaplens_lite.trajectory.make_trajectory`.
    cutoff : float
        Radius of the first shell of neighbors in Angstrom.

    Returns
    -------
    rings : xarray.Dataset
        ``surface`` (frame, atom), bool: whether the atom is at the surface. ``ring`` (frame, atom), int: number of
        surface neighbors if they form a closed ring, otherwise 0. ``protrusion`` (frame, atom): distance from the
        particle's center minus the mean distance of the surface neighbors, in Angstrom; NaN without surface neighbors.

    Notes
    -----
    In a closed ring every member has exactly two other members as neighbors. Two separate rings are not distinguished
    from one; they would need an atom with a surface on both sides, which a compact particle does not have.
    """
    check_cutoff(trajectory, cutoff)
    frames = frame_sets(trajectory, cutoff, trajectory.atom.values)
    distances = distances_from_center(trajectory, trajectory.atom.values)
    rows = [_rings_of_frame(pairs, r) for pairs, r in zip(frames, distances.values, strict=True)]
    names, arrays = ("surface", "ring", "protrusion"), (np.array(column) for column in zip(*rows, strict=True))
    return xr.Dataset({name: distances.copy(data=values) for name, values in zip(names, arrays, strict=True)})


def _rings_of_frame(pairs, distances):
    """Surface atoms, ring lengths and protrusions of all atoms in one frame."""
    adjacency = (pairs + pairs.T).astype(np.int32)
    surface = adjacency.sum(axis=1) < MIN_NEIGHBORS_INSIDE
    to_surface = adjacency.multiply(surface[None, :]).tocsr()
    number = to_surface.sum(axis=1)
    # For an atom i and its surface neighbor j: how many other surface neighbors of i are neighbors of j.
    shared = (to_surface @ adjacency).multiply(to_surface).tocsr()
    with_two = (shared == 2).sum(axis=1)
    ring = np.where((with_two == number) & (number >= 3), number, 0)
    mean = np.divide(to_surface @ distances, number, out=np.full(len(distances), np.nan), where=number > 0)
    return surface, ring, distances - mean


def rosette_centers(rings: xr.Dataset, *, depth: float = 0.8) -> xr.DataArray:
    """
    Atoms at the center of a rosette: below a closed ring of six surface atoms.

    Parameters
    ----------
    rings : xarray.Dataset
        As returned by `surface_rings`.
    depth : float
        Least depth of the atom below the mean of its ring, in Angstrom. In an ideal flat face it is 0.35.

    Returns
    -------
    centers : xarray.DataArray of bool, dims (frame, atom)
    """
    return ((rings.ring == 6) & (rings.protrusion <= -depth)).rename("rosette center")


def next_to(trajectory: xr.Dataset, chosen: xr.DataArray, cutoff: float) -> xr.DataArray:
    """
    Atoms that have at least one chosen atom as a neighbor.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    chosen : xarray.DataArray of bool, dims (frame, atom)
        On all atoms and frames of the trajectory.
    cutoff : float
        In Angstrom.

    Returns
    -------
    beside : xarray.DataArray of bool, dims (frame, atom)

    Examples
    --------
    >>> from soaplens_lite.trajectory import make_trajectory
    >>> row = make_trajectory([[[0, 0, 0], [1, 0, 0], [2, 0, 0]]], ["Au"] * 3)
    >>> first = xr.DataArray([[True, False, False]], dims=("frame", "atom"))
    >>> next_to(row, first, 1.5).values.tolist()
    [[False, True, False]]
    """
    check_cutoff(trajectory, cutoff)
    pairs = frame_sets(trajectory, cutoff, trajectory.atom.values)
    marks = chosen.values.astype(np.int32)
    beside = [(p @ mark + p.T @ mark) > 0 for p, mark in zip(pairs, marks, strict=True)]
    return chosen.copy(data=np.array(beside))


def largest_drop(values: xr.DataArray) -> tuple[int, int, float]:
    """
    Atom with the largest lasting decrease of a value, and its time.

    The series of every atom is divided into two parts, with the least sum of squares about the means of the parts. The
    drop of the atom is the difference of the two means; the atom with the largest drop is returned.

    Parameters
    ----------
    values : xarray.DataArray, dims (frame, atom)
        At least two frames.

    Returns
    -------
    atom : int
        Its label.
    frame : int
        Label of the first frame after the drop.
    drop : float
        Difference of the two means; not positive if no value decreases.

    Examples
    --------
    >>> series = xr.DataArray([[9, 5], [9, 5], [7, 5], [7, 5.5]], dims=("frame", "atom"),
    ...                       coords={"frame": range(4), "atom": [3, 8]})
    >>> largest_drop(series)
    (3, 2, 2.0)
    """
    series = values.transpose("frame", "atom").values.astype(float)
    n_frames = len(series)
    if n_frames < 2:
        raise ValueError(f"{n_frames} frames: a drop needs at least two")
    n_before = np.arange(1, n_frames)[:, None]
    sums = np.cumsum(series, axis=0)
    before = sums[:-1] / n_before
    after = (sums[-1] - sums[:-1]) / (n_frames - n_before)
    # The largest sum of squares between the parts leaves the least within them.
    between = n_before * (n_frames - n_before) * (before - after) ** 2
    split = between.argmax(axis=0)
    drops = np.take_along_axis(before - after, split[None], axis=0)[0]
    which = int(drops.argmax())
    return int(values.atom[which]), int(values.frame[split[which] + 1]), float(drops[which])


def lasting_start(present: xr.DataArray, window: int, *, share: float = 0.5) -> int | None:
    """
    First frame from which something is present most of the time.

    Parameters
    ----------
    present : xarray.DataArray of bool, dims (frame,)
    window : int
        Number of frames over which the presence is counted.
    share : float
        Least share of these frames in which it is present.

    Returns
    -------
    frame : int or None
        Label of the first frame in which it is present and that begins such a window; None if no frame does.

    Examples
    --------
    >>> there = xr.DataArray([True, False, False, True, True, False], dims="frame", coords={"frame": range(6)})
    >>> lasting_start(there, 3)
    3
    """
    sums = np.concatenate([[0], np.cumsum(present.values)])
    starts = np.flatnonzero(present.values[: max(len(sums) - window, 0)])
    lasting = starts[sums[starts + window] - sums[starts] >= share * window]
    return int(present.frame[lasting[0]]) if len(lasting) else None
