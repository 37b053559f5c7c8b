"""Neighbor sets: by hand, against the nearest of all 27 images, and under what must not change them."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soaplens_lite.descriptors import _structure as structure
from soaplens_lite.descriptors import displacements, find_neighbors, lens, soap
from soaplens_lite.trajectory import cell_heights, make_trajectory

CELLS = {
    "open": None,
    "orthorhombic": [11.0, 12.5, 14.0, 90, 90, 90],
    "monoclinic": [12.0, 11.0, 13.0, 90, 104, 90],
    "triclinic": [13.0, 12.0, 14.0, 75, 100, 65],
}


def cell_vectors(cell):
    """Rows a, b, c of a cell, written out by trigonometry."""
    a, b, c = cell[:3]
    cos_alpha, cos_beta, cos_gamma = np.cos(np.radians(cell[3:]))
    sin_gamma = np.sqrt(1 - cos_gamma**2)
    x = (cos_alpha - cos_beta * cos_gamma) / sin_gamma
    return np.array(
        [[a, 0, 0], [b * cos_gamma, b * sin_gamma, 0], [c * cos_beta, c * x, c * np.sqrt(1 - cos_beta**2 - x**2)]]
    )


def naive_distances(positions, cell):
    """Distances between all atoms in float64: the shortest over the 27 images of the wrapped difference."""
    difference = positions.astype(float)[:, None] - positions.astype(float)[None]
    if cell is None:
        return np.linalg.norm(difference, axis=-1)
    vectors = cell_vectors(cell)
    fractional = difference @ np.linalg.inv(vectors)
    difference = (fractional - np.round(fractional)) @ vectors
    images = np.array(list(product((-1, 0, 1), repeat=3))) @ vectors
    return np.min([np.linalg.norm(difference + image, axis=-1) for image in images], axis=0)


def naive_sets(positions, cell, r_cut, labels):
    """The definition: for each atom all others that are not farther than r_cut."""
    distances = naive_distances(positions, cell)
    assert np.abs(distances - r_cut).min() > 1e-5  # No pair is so near the edge that rounding would decide.
    return {
        labels[i]: {labels[j] for j in range(len(labels)) if j != i and distances[i, j] <= r_cut}
        for i in range(len(labels))
    }


def as_sets(neighbors, frame):
    """Our lists as plain sets."""
    return {int(atom): set(neighbors.of(atom, frame).tolist()) for atom in neighbors.atom}


def test_by_hand():
    """Four atoms on a line of 10 Angstrom: 0.5, 2.0, 5.0, 9.5; the last is 1.0 from the first across the boundary."""
    line = make_trajectory([[[x, 3, 3] for x in (0.5, 2.0, 5.0, 9.5)]], ["Cu"] * 4, cell=[10, 10, 10, 90, 90, 90])
    neighbors = find_neighbors(line, 2.6)
    # Distances: 0-1 1.5, 0-2 4.5, 0-3 1.0, 1-2 3.0, 1-3 2.5, 2-3 4.5.
    assert as_sets(neighbors, 0) == {0: {1, 3}, 1: {0, 3}, 2: set(), 3: {0, 1}}
    assert as_sets(find_neighbors(line.drop_vars("cell").assign_attrs(periodic=False), 2.6), 0) == {
        0: {1},
        1: {0},
        2: set(),
        3: set(),
    }


def test_neighbor_at_exactly_the_cutoff_counts():
    """2 Angstrom apart, r_cut 2 Angstrom, in every kind of cell."""
    for cell in ([10, 10, 10, 90, 90, 90], [10, 10, 10, 90, 90, 80], None):
        pair = make_trajectory([[[1, 1, 1], [3, 1, 1]]], ["Cu"] * 2, cell=cell)
        assert as_sets(find_neighbors(pair, 2.0), 0) == {0: {1}, 1: {0}}
        assert as_sets(find_neighbors(pair, 1.99), 0) == {0: set(), 1: set()}


@pytest.mark.parametrize("n_atoms", [40, 250])
@pytest.mark.parametrize("kind", CELLS)
def test_naive_minimum_over_all_images(kind, n_atoms, wander):
    """In every frame the same sets as from the nearest of 27 images, for atoms that left the cell long ago."""
    cell, r_cut = CELLS[kind], 3.3
    trajectory = wander(3, n_atoms, seed=n_atoms, size=12, step=9, cell=cell)
    assert trajectory.positions.min() < -8 and trajectory.positions.max() > 25
    neighbors = find_neighbors(trajectory, r_cut)
    assert len(neighbors) == 3
    for frame in range(3):
        expected = naive_sets(trajectory.positions.values[frame], cell, r_cut, list(range(n_atoms)))
        assert as_sets(neighbors, frame) == expected
        if cell:  # The images matter: without them there are other sets.
            assert expected != naive_sets(trajectory.positions.values[frame], None, r_cut, list(range(n_atoms)))


@pytest.mark.parametrize(
    "cell", [[15.34, 15.34, 25, 90, 90, 60], [15, 15, 30, 90, 90, 120], [14, 14, 14, 60, 60, 90], CELLS["monoclinic"]]
)
@pytest.mark.parametrize("share", [0.45, 0.499])
def test_oblique_cells_allow_cutoffs_up_to_half_their_height(cell, share, wander):
    """For so many atoms, MDAnalysis would take a grid that refuses such cutoffs; g(r) reaches as far."""
    trajectory = wander(1, 120, seed=3, size=20, cell=cell)
    r_cut = share * cell_heights(cell_vectors(cell)[None]).min()
    expected = naive_sets(trajectory.positions.values[0], cell, r_cut, list(range(120)))
    assert as_sets(find_neighbors(trajectory, r_cut), 0) == expected
    g = structure.radial_distribution(trajectory, r_max=20.0, n_frames=1)
    inside = naive_distances(trajectory.positions.values[0], cell)[np.triu_indices(120, k=1)]
    filled = np.histogram(inside, np.append(g.r - 0.025, g.r[-1] + 0.025))[0] > 0
    assert g.r[-1] > 0.45 * cell_heights(cell_vectors(cell)[None]).min()
    assert (g.values[:-1] > 0).tolist() == filled[:-1].tolist()


@pytest.mark.parametrize("kind", CELLS)
def test_cell_of_every_frame_is_used(kind, wander):
    """A cell that breathes: each frame has its own."""
    if CELLS[kind] is None:
        cells = None
    else:
        cells = np.array([CELLS[kind]] * 4) * np.array([[1, 1, 1, 1, 1, 1]] * 2 + [[1.3, 1.1, 1.2, 1, 1, 1]] * 2)
    trajectory = wander(4, 60, seed=5, size=14, cell=cells)
    neighbors = find_neighbors(trajectory, 3.1)
    for frame in range(4):
        cell = None if cells is None else cells[frame]
        assert as_sets(neighbors, frame) == naive_sets(trajectory.positions.values[frame], cell, 3.1, list(range(60)))


@pytest.mark.parametrize("kind", ["orthorhombic", "monoclinic", "triclinic"])
def test_wrapped_and_unwrapped_are_the_same(kind, wander):
    """Whole cell vectors added to atoms, also negative ones, change nothing."""
    cell = CELLS[kind]
    trajectory = wander(2, 80, seed=4, cell=cell)
    shifts = np.random.default_rng(1).integers(-3, 4, (2, 80, 3)) @ cell_vectors(cell)
    moved = make_trajectory(trajectory.positions.values + shifts, ["Cu"] * 80, cell=cell, interval=0.5)
    original, shifted = find_neighbors(trajectory, 3.7), find_neighbors(moved, 3.7)
    for frame in range(2):
        naive_sets(trajectory.positions.values[frame], cell, 3.7, list(range(80)))  # No pair at the edge.
        assert as_sets(original, frame) == as_sets(shifted, frame)


def test_atoms_on_the_boundary():
    """At 0, at the length of the cell, a rounding error below 0, and a cell length away: all are one place."""
    places = [0.0, 10.0, -1e-9, -10.0, 20.0, np.nextafter(np.float32(0), np.float32(-1))]
    trajectory = make_trajectory([[[x, 5, 5] for x in places]], ["Cu"] * 6, cell=[10, 10, 10, 90, 90, 90])
    neighbors = find_neighbors(trajectory, 0.5)
    assert as_sets(neighbors, 0) == {k: set(range(6)) - {k} for k in range(6)}


def test_centers_keep_their_identity(wander):
    """Labels of the full trajectory, for centers that are not the first atoms nor in order; others do not count."""
    trajectory = wander(3, 60, seed=8, size=8, cell=CELLS["orthorhombic"])
    centers = [50, 3, 17, 59, 22, 41, 8, 30, 33, 12, 25, 26]
    neighbors = find_neighbors(trajectory, 3.4, atoms=centers)
    everyone = find_neighbors(trajectory, 3.4)
    assert neighbors.atom.tolist() == centers
    for frame in range(3):
        expected = naive_sets(trajectory.positions.values[frame][centers], CELLS["orthorhombic"], 3.4, centers)
        assert as_sets(neighbors, frame) == expected
        assert sum(map(len, expected.values())) > 0
        for center in centers:
            assert set(neighbors.of(center, frame)) == set(everyone.of(center, frame)) & set(centers)


def test_frames_and_times_keep_their_labels(wander):
    """A stretch of the trajectory: frame 7 is called 7."""
    stretch = wander(9, 20, seed=1, cell=CELLS["orthorhombic"]).isel(frame=slice(6, 9))
    neighbors = find_neighbors(stretch, 3.0)
    assert neighbors.frame.tolist() == [6, 7, 8] and neighbors.time.tolist() == [3.0, 3.5, 4.0]
    assert as_sets(neighbors, 7) == naive_sets(stretch.positions.values[1], CELLS["orthorhombic"], 3.0, list(range(20)))


@settings(max_examples=40, deadline=None)
@given(
    positions=st.lists(st.tuples(*[st.floats(-40, 40, width=32)] * 3), min_size=1, max_size=25),
    kind=st.sampled_from(sorted(CELLS)),
    r_cut=st.floats(0.1, 5.0),
)
def test_never_its_own_neighbor_and_always_mutual(positions, kind, r_cut):
    """Also where atoms coincide, and where an atom is alone in the cell with its images."""
    trajectory = make_trajectory([positions], ["Cu"] * len(positions), cell=CELLS[kind])
    (pairs,) = find_neighbors(trajectory, r_cut).pairs
    dense = pairs.toarray()
    assert dense.dtype == bool and not np.tril(dense).any()
    sets = as_sets(find_neighbors(trajectory, r_cut), 0)
    for atom, members in sets.items():
        assert atom not in members
        assert all(atom in sets[member] for member in members)
        assert len(find_neighbors(trajectory, r_cut).of(atom, 0)) == len(members)  # Nobody twice.


@pytest.mark.parametrize("kind", ["orthorhombic", "triclinic"])
def test_cutoff_above_half_the_shortest_height(kind, wander):
    """Refused with the reason, before any distance is computed."""
    with pytest.raises(ValueError, match="r_cut = 7 Angstrom: more than half the shortest height.*two images"):
        find_neighbors(wander(2, 10, cell=CELLS[kind]), 7.0)


@pytest.mark.parametrize("r_cut", [0.0, -1.0])
def test_cutoff_not_positive(r_cut, wander):
    """Refused, periodic or not."""
    for cell in CELLS.values():
        with pytest.raises(ValueError, match="must be positive"):
            find_neighbors(wander(2, 10, cell=cell), r_cut)


def test_atoms_that_cannot_be(wander):
    """An empty selection, an unknown atom, and one that comes twice."""
    trajectory = wander(2, 10)
    with pytest.raises(ValueError, match="selection is empty"):
        find_neighbors(trajectory, 3.0, atoms=[])
    with pytest.raises(ValueError, match=r"atoms \[10\] are not in"):
        find_neighbors(trajectory, 3.0, atoms=[9, 10])
    with pytest.raises(ValueError, match="more than once"):
        find_neighbors(trajectory, 3.0, atoms=[4, 4])


def test_without_a_cell_it_is_as_in_a_large_one(wander):
    """A system that is not periodic goes through every measure: neighbors, LENS, SOAP and coordination."""
    free = wander(4, 20, seed=3)
    boxed = wander(4, 20, seed=3, cell=[200, 200, 200, 90, 90, 90])
    assert "cell" not in free and not free.periodic
    for measure in (
        lambda trajectory: lens(trajectory, 4.0),
        lambda trajectory: soap(trajectory, [2, 5], r_cut=4.0, n_max=2, l_max=2, n_jobs=1),
        lambda trajectory: structure.coordination_numbers(trajectory, trajectory.atom.values, 3.5),
    ):
        alone, in_a_box = measure(free), measure(boxed)
        np.testing.assert_allclose(alone, in_a_box, atol=1e-5)
        assert alone.std() > 0


def test_vectors_in_the_cell_of_their_frame():
    """Atoms at x = 1 and 9: 2 apart across the boundary of a cell of 10, 4 across that of 12."""
    pair = [[1, 0, 0], [9, 0, 0]]
    cells = [[10, 10, 10, 90, 90, 90], [12, 10, 10, 90, 90, 90]]
    trajectory = make_trajectory([pair, pair], ["Cu"] * 2, cell=cells)
    np.testing.assert_allclose(displacements(trajectory, 0, [1], 0), [[-2, 0, 0]], atol=1e-5)
    np.testing.assert_allclose(displacements(trajectory, 0, [1], 1), [[-4, 0, 0]], atol=1e-5)


def test_neighbors_ascend():
    """The middle one of three atoms has one neighbor of a lower label and one of a higher."""
    row = make_trajectory([[[0, 0, 0], [1, 0, 0], [2, 0, 0]]], ["Cu"] * 3)
    assert find_neighbors(row, 1.5).of(1, 0).tolist() == [0, 2]
