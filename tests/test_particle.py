"""A surface of a particle: icosahedra, whose rings are known, counting in plain loops, and turning it round."""

import numpy as np
import pytest
import xarray as xr
from ase.cluster import Icosahedron
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from soaplens_lite.systems.particle import (
    distances_from_center,
    largest_drop,
    lasting_start,
    next_to,
    rosette_centers,
    surface_rings,
)
from soaplens_lite.trajectory import make_trajectory

SHELL = 3.5  # Angstrom: between the first and second neighbors of gold (2.9 and 4.1)


def icosahedron(noise=0.0, turn=None, n_frames=1):
    """309 gold atoms: shells of 1, 12, 42, 92 and 162."""
    positions = Icosahedron("Au", 5).positions
    positions = positions if turn is None else positions @ turn.T
    rng = np.random.default_rng(0)
    return make_trajectory(positions + rng.normal(0, noise, (n_frames, 309, 3)), ["Au"] * 309)


def with_rosette():
    """A vertex taken away and put into the ring of five below it, which opens to six: found by pushing atoms apart."""
    positions = Icosahedron("Au", 5).positions
    positions = positions - positions.mean(axis=0)
    vertex = int(np.linalg.norm(positions, axis=1).argmax())
    axis = positions[vertex] / np.linalg.norm(positions[vertex])
    away = np.linalg.norm(positions - positions[vertex], axis=1)
    ring = np.flatnonzero((away > 0.1) & (away < SHELL) & (positions @ axis > positions[vertex] @ axis - 2))
    assert len(ring) == 5
    height, radius = (positions[ring] @ axis).mean(), 2.9
    side = np.linalg.svd(axis[None])[2][1:]
    angles = np.arange(6) * np.pi / 3
    positions[[*ring, vertex]] = (
        height * axis + radius * np.cos(angles)[:, None] * side[0] + radius * np.sin(angles)[:, None] * side[1]
    )
    below = int(np.argmin(np.linalg.norm(positions - (height - 1.2) * axis, axis=1)))
    positions[below] = (height - 1.2) * axis
    return make_trajectory([positions], ["Au"] * 309), below, sorted([*ring.tolist(), vertex])


def naive_neighbors(positions):
    """Neighbors of every atom, from all pairs."""
    return [
        [j for j in range(len(positions)) if j != i and np.linalg.norm(positions[i] - positions[j]) <= SHELL]
        for i in range(len(positions))
    ]


def naive_loops(near, atom):
    """Lengths of the loops of surface neighbors, walked step by step; none if they do not all lie on loops."""
    members = [j for j in near[atom] if len(near[j]) < 11]
    if any(len([k for k in near[j] if k in members]) != 2 for j in members):
        return []
    loops, left = [], set(members)
    while left:
        way = [left.pop()]
        while onward := [k for k in near[way[-1]] if k in left]:
            way.append(onward[0])
            left.remove(onward[0])
        loops.append(len(way))
    return loops


def test_rings_of_an_ideal_icosahedron():
    """12 vertices in rings of 5; 30 edges of 3 atoms and 20 faces of 3 atoms in rings of 6: 90 + 60; nothing else."""
    rings = surface_rings(icosahedron(), SHELL).isel(frame=0)
    lengths, number = np.unique(rings.ring.where(rings.surface, -1), return_counts=True)
    assert dict(zip(lengths.tolist(), number.tolist(), strict=True)) == {-1: 147, 5: 12, 6: 150}
    # Inside, only rings of three: an atom below a face sees a triangle of it.
    assert set(np.unique(rings.ring.where(~rings.surface, 0)).tolist()) <= {0, 3}
    assert not rosette_centers(rings).any()
    vertices = rings.ring == 5
    assert (rings.protrusion.values[vertices] > 0.8).all()


def test_rings_by_walking_around(wander):
    """Plain loops over a particle with thermal noise, where every ring is one loop, and over points at random."""
    for trajectory, most in ((icosahedron(noise=0.15), 1), (wander(3, 40, size=8), 9)):
        rings = surface_rings(trajectory, SHELL)
        for positions, found in zip(trajectory.positions.values, rings.ring.values, strict=True):
            near = naive_neighbors(positions)
            for atom in range(0, len(positions), 3):
                loops = naive_loops(near, atom)
                assert found[atom] == sum(loops)
                assert len(loops) <= most


def test_protrusion_in_plain_loops():
    """Distance from the center less the mean of the surface neighbors, atom by atom; NaN where there is none."""
    trajectory = icosahedron(noise=0.1)
    rings = surface_rings(trajectory, SHELL).isel(frame=0)
    positions = trajectory.positions.values[0].astype(float)
    distance = [np.linalg.norm(p - positions.mean(axis=0)) for p in positions]
    for atom in range(0, 309, 5):
        near = [j for j in range(309) if j != atom and np.linalg.norm(positions[j] - positions[atom]) <= SHELL]
        surface = [distance[j] for j in near if rings.surface[j]]
        expected = distance[atom] - np.mean(surface) if surface else np.nan
        assert float(rings.protrusion[atom]) == pytest.approx(expected, abs=1e-5, nan_ok=True)


def test_a_rosette_that_was_built():
    """One center, and its ring are the five atoms and the former vertex."""
    trajectory, below, ring = with_rosette()
    rings = surface_rings(trajectory, SHELL)
    centers = rosette_centers(rings)
    assert np.flatnonzero(centers[0]).tolist() == [below]
    assert np.flatnonzero(next_to(trajectory, centers, SHELL)[0] & rings.surface[0]).tolist() == ring
    assert not rosette_centers(rings, depth=3.0).any()


def test_what_makes_a_rosette():
    """A ring of six, no other, and 0.8 below it at least."""
    ring = xr.DataArray([[5, 6, 7, 6, 6, 0]], dims=("frame", "atom"))
    rings = xr.Dataset({"ring": ring, "protrusion": ring.copy(data=[[-1, -0.8, -1, -0.79, -2, np.nan]])})
    assert rosette_centers(rings).values.tolist() == [[False, True, False, False, True, False]]


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_turning_the_particle_changes_nothing(seed):
    """Rings, surface, protrusion and distance do not know where up is."""
    turn = Rotation.random(random_state=seed).as_matrix()
    before, after = icosahedron(), icosahedron(turn=turn)
    for name in ("surface", "ring"):
        assert np.array_equal(surface_rings(before, SHELL)[name], surface_rings(after, SHELL)[name])
    protrusions = (surface_rings(t, SHELL).protrusion for t in (before, after))
    np.testing.assert_allclose(*protrusions, atol=1e-4)
    np.testing.assert_allclose(*(distances_from_center(t, [0, 9, 300]) for t in (before, after)), atol=1e-4)


def test_distances_by_hand():
    """Two atoms at x = 0 and x = 4: both are 2 from the middle, also after a shift."""
    pair = make_trajectory([[[0, 0, 0], [4, 0, 0]], [[5, 1, 0], [9, 1, 0]]], ["Au"] * 2)
    assert distances_from_center(pair, [1, 0]).values.tolist() == [[2, 2], [2, 2]]
    assert distances_from_center(pair, [1]).atom.values.tolist() == [1]
    assert distances_from_center(pair, [1]).values.tolist() == [[2], [2]]  # The middle is that of all atoms.


def test_next_to_in_plain_loops(wander):
    """Every atom against every chosen one."""
    trajectory = wander(4, 20, size=6)
    chosen = xr.DataArray(np.random.default_rng(1).random((4, 20)) < 0.15, dims=("frame", "atom"))
    found = next_to(trajectory, chosen, 2.5).values
    for positions, marks, row in zip(trajectory.positions.values, chosen.values, found, strict=True):
        for i in range(20):
            near = [np.linalg.norm(positions[i] - positions[j]) <= 2.5 for j in range(20) if j != i and marks[j]]
            assert row[i] == any(near)


def test_the_largest_drop_by_trying_every_split(labelled):
    """Naive: for every atom the split with the least squares, then the largest fall; a rise counts for nothing."""
    rng = np.random.default_rng(4)
    for _ in range(20):
        values = labelled(rng.normal(0, 1, (12, 5)) + np.where(np.arange(12)[:, None] < 7, [3, 0, 0, 0, -4], 0))
        best = []
        for atom in range(5):
            way = values.values[:, atom]
            squares = [np.var(way[:k]) * k + np.var(way[k:]) * (12 - k) for k in range(1, 12)]
            k = int(np.argmin(squares)) + 1
            best.append((way[:k].mean() - way[k:].mean(), k))
        which = int(np.argmax([drop for drop, _ in best]))
        atom, frame, drop = largest_drop(values)
        assert (atom, frame) == (values.atom[which], values.frame[best[which][1]])
        assert drop == pytest.approx(best[which][0])


def test_a_drop_needs_two_frames(labelled):
    """One frame has neither before nor after; a way that only rises has no positive drop."""
    with pytest.raises(ValueError, match="1 frames: a drop needs at least two"):
        largest_drop(labelled([[1.0, 2.0]]))
    assert largest_drop(labelled([[1.0], [2.0], [3.0]]))[2] < 0


@given(present=st.lists(st.booleans(), min_size=1, max_size=30), window=st.integers(1, 8))
@settings(deadline=None)
def test_lasting_start_in_plain_loops(present, window):
    """The first frame that opens a whole window at least half full; labels begin at 10."""
    expected = next(
        (10 + k for k in range(len(present) - window + 1) if present[k] and 2 * sum(present[k : k + window]) >= window),
        None,
    )
    there = xr.DataArray(present, dims="frame", coords={"frame": 10 + np.arange(len(present))})
    assert lasting_start(there, window) == expected
