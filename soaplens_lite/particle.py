"""Measures of an isolated particle: distance from its center, rings of surface atoms, and an atom that sinks in."""

import numpy as np
import xarray as xr

from soaplens_lite.neighbors import find_neighbors

# Inside a close packing an atom has 12 neighbors; a thermal gap of one is allowed before it counts as surface.
INSIDE = 11


def distances_from_center(trajectory, centers):
    """
    Distances of the centers from the middle of all atoms of the frame.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Of an isolated particle, see `soaplens_lite.trajectory.make_trajectory`.
    centers : array_like of int, shape (n_centers,)

    Returns
    -------
    distance : xarray.DataArray, dims (frame, atom)
        In Angstrom.
    """
    offsets = trajectory.positions.astype(float) - trajectory.positions.mean("atom", dtype=float)
    distance = np.sqrt((offsets**2).sum("xyz")).rename("distance from the center")
    return distance.sel(atom=centers).assign_attrs(units="Angstrom")


def surface_rings(trajectory, cutoff):
    """
    How many surface atoms close a ring around every atom, and how far it stands above them.

    An atom is at the surface if it has fewer than 11 neighbors. On an ideal icosahedron a vertex stands above a ring
    of five surface atoms, an atom of an edge or a face lies in a ring of six; inside, the surface neighbors form no
    such ring. An atom sunk below a ring of six is the center of a rosette, see `rosette_centers`.

    Parameters
    ----------
    trajectory : xarray.Dataset
        Of an isolated particle, see `soaplens_lite.trajectory.make_trajectory`.
    cutoff : float
        In Angstrom, that of the first shell of neighbors.

    Returns
    -------
    rings : xarray.Dataset
        ``surface`` (frame, atom): whether the atom is at the surface. ``ring`` (frame, atom): length of the closed
        ring that all of its surface neighbors form, 0 if they form none. ``protrusion`` (frame, atom): distance from
        the particle's center less the mean one of the surface neighbors, in Angstrom; NaN without any.

    Notes
    -----
    A closed ring is told by every member having just two others as neighbors. Two separate loops would pass for one;
    they need an atom with surface on both sides of it, as there is none in a particle.
    """
    neighbors = find_neighbors(trajectory, cutoff)
    distances = distances_from_center(trajectory, trajectory.atom.values)
    rows = [_rings_of_frame(pairs, r) for pairs, r in zip(neighbors.pairs, distances.values, strict=True)]
    names, arrays = ("surface", "ring", "protrusion"), (np.array(column) for column in zip(*rows, strict=True))
    return xr.Dataset({name: distances.copy(data=values) for name, values in zip(names, arrays, strict=True)})


def _rings_of_frame(pairs, distances):
    """Surface atoms, ring lengths and protrusions of all atoms in one frame."""
    adjacency = (pairs + pairs.T).astype(np.int32)
    surface = adjacency.sum(axis=1) < INSIDE
    to_surface = adjacency.multiply(surface[None, :]).tocsr()
    number = to_surface.sum(axis=1)
    # For an atom i and its surface neighbor j: how many other surface neighbors of i are neighbors of j.
    shared = (to_surface @ adjacency).multiply(to_surface).tocsr()
    with_two = (shared == 2).sum(axis=1)
    ring = np.where((with_two == number) & (number >= 3), number, 0)
    mean = np.divide(to_surface @ distances, number, out=np.full(len(distances), np.nan), where=number > 0)
    return surface, ring, distances - mean


def rosette_centers(rings, *, depth=0.8):
    """
    Atoms in the middle of a rosette: sunk below a closed ring of six surface atoms.

    Parameters
    ----------
    rings : xarray.Dataset
        As returned by `surface_rings`.
    depth : float
        How far below the mean of its ring the atom lies at least, in Angstrom. Atoms of an ideal face lie 0.35 below
        theirs, as the face is flat and its middle nearer to the center.

    Returns
    -------
    centers : xarray.DataArray of bool, dims (frame, atom)
    """
    return ((rings.ring == 6) & (rings.protrusion <= -depth)).rename("rosette center")


def next_to(trajectory, chosen, cutoff):
    """
    Atoms that have at least one chosen atom as a neighbor.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.
    chosen : xarray.DataArray of bool, dims (frame, atom)
        Of all atoms and frames of the trajectory.
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
    pairs = find_neighbors(trajectory, cutoff).pairs
    marks = chosen.values.astype(np.int32)
    beside = [(p @ mark + p.T @ mark) > 0 for p, mark in zip(pairs, marks, strict=True)]
    return chosen.copy(data=np.array(beside))


def largest_drop(values):
    """
    The atom whose value falls most, for good, and when.

    Every way is split at every frame into a part before and a part from that frame on; the split that leaves the
    least sum of squares about the two means is the atom's own, and the atom with the largest fall between its two
    means is the one.

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
        Difference of the two means; not positive if no value falls.

    Examples
    --------
    >>> ways = xr.DataArray([[9, 5], [9, 5], [7, 5], [7, 5.5]], dims=("frame", "atom"),
    ...                     coords={"frame": range(4), "atom": [3, 8]})
    >>> largest_drop(ways)
    (3, 2, 2.0)
    """
    ways = values.transpose("frame", "atom").values.astype(float)
    n_frames = len(ways)
    if n_frames < 2:
        raise ValueError(f"{n_frames} frames: a drop needs at least two")
    n_before = np.arange(1, n_frames)[:, None]
    sums = np.cumsum(ways, axis=0)
    before = sums[:-1] / n_before
    after = (sums[-1] - sums[:-1]) / (n_frames - n_before)
    # The sum of squares between the parts is what a split takes off the sum of squares within them.
    between = n_before * (n_frames - n_before) * (before - after) ** 2
    split = between.argmax(axis=0)
    drops = np.take_along_axis(before - after, split[None], axis=0)[0]
    which = int(drops.argmax())
    return int(values.atom[which]), int(values.frame[split[which] + 1]), float(drops[which])


def lasting_start(present, window, *, share=0.5):
    """
    When something that comes and goes begins to be there mostly.

    Parameters
    ----------
    present : xarray.DataArray of bool, dims (frame,)
    window : int
        Frames over which it must last.
    share : float
        Of these frames in which it must be there, at least.

    Returns
    -------
    frame : int or None
        Label of the first frame in which it is there and that begins such a window; None if there is none.

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
