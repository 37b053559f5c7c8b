"""Cells in any orientation and periodic along any of their vectors: neighbors by explicit images, and invariants."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from soaplens_lite.descriptors import (
    coordination_numbers,
    displacements,
    find_neighbors,
    lens,
    radial_distribution,
    soap,
    tetrahedral_order,
)
from soaplens_lite.trajectory import (
    cell_vectors,
    check_cutoff,
    checksum,
    lengths_and_angles,
    make_trajectory,
    nearest_images,
    supercell,
)

STANDARD = cell_vectors([11, 12, 13, 75, 100, 65])[0]
TURN = Rotation.from_euler("xyz", [0.4, 1.1, -0.7]).as_matrix()
MIRROR = np.diag([1.0, 1, -1])
ORIENTATIONS = {
    "right-angled": np.diag([10.0, 11, 12]),
    "oblique": STANDARD,
    "turned": STANDARD @ TURN,
    "left-handed": STANDARD @ TURN @ MIRROR,
    "permuted": np.array([[0, 0, 11.0], [12, 0, 0], [0, 10, 0]]),
}
PERIODICITY = list(itertools.product([True, False], repeat=3))[:-1]
R_CUT = 4.2


def crowd(cell, pbc, n_atoms=60, seed=0, n_frames=2):
    """Atoms all over a cell and beyond its faces."""
    places = np.random.default_rng(seed).uniform(-0.6, 1.7, (n_frames, n_atoms, 3))
    return make_trajectory(places @ cell, ["O"] * n_atoms, cell=cell, pbc=pbc, interval=0.5)


def naive_neighbors(trajectory, frame, r_cut):
    """Sets by distances to all images, along the periodic vectors only."""
    positions = trajectory.positions.values[frame].astype(float)
    steps = itertools.product(*[range(-4, 5) if periodic else (0,) for periodic in trajectory.pbc.values])
    images = [np.array(step) @ trajectory.cell.values[frame] for step in steps]
    apart = positions[None] - positions[:, None]
    nearest = np.min([np.linalg.norm(apart + image, axis=2) for image in images], axis=0)
    return (nearest <= r_cut) & ~np.eye(len(positions), dtype=bool)


@pytest.mark.parametrize("pbc", PERIODICITY, ids=lambda pbc: "".join("FT"[p] for p in pbc))
@pytest.mark.parametrize("cell", ORIENTATIONS.values(), ids=ORIENTATIONS)
def test_neighbors_are_those_of_explicit_images(cell, pbc):
    """Neighbors, LENS and coordination, for every orientation of a cell and every periodicity."""
    trajectory = crowd(cell, list(pbc))
    before, after = (naive_neighbors(trajectory, frame, R_CUT) for frame in (0, 1))
    found = find_neighbors(trajectory, R_CUT)
    for atom in range(60):
        assert found.of(atom, 0).tolist() == np.flatnonzero(before[atom]).tolist()
    exchanged = (before ^ after).sum(axis=1) / np.maximum(before.sum(axis=1) + after.sum(axis=1), 1)
    np.testing.assert_allclose(lens(trajectory, R_CUT).values[0], exchanged)
    np.testing.assert_array_equal(coordination_numbers(trajectory, range(60), R_CUT).values[1], after.sum(axis=1))


@pytest.mark.parametrize("pbc", [[True, True, True], [True, False, True]])
def test_a_turned_system_is_the_same_system(pbc, tmp_path):
    """SOAP, g(r), tetrahedral order and distances do not change if positions and cell are rotated together."""
    system = crowd(STANDARD, pbc, seed=3)
    turned = make_trajectory(system.positions.values @ TURN, system.species.values, cell=STANDARD @ TURN, pbc=pbc)
    one, other = (
        (
            soap(each, range(12), r_cut=R_CUT, n_max=3, l_max=3, n_jobs=1, cache_folder=tmp_path).values,
            radial_distribution(each, width=0.5).values,
            tetrahedral_order(each, range(60)).values,
            np.linalg.norm(displacements(each, 0, range(1, 60), 0), axis=1),
        )
        for each in (system, turned)
    )
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=2e-4)
    assert checksum(system) != checksum(turned)


def test_soap_of_a_slab_sees_no_image_across_its_faces(tmp_path):
    """Spectra of a slab are those of the slab in so high a cell that periodicity along z does not matter."""
    positions = np.random.default_rng(5).uniform(0, [10, 11, 7], (1, 40, 3))
    thin, high = [10, 11, 7.5, 90, 90, 90], [10, 11, 60, 90, 90, 90]
    options = {"r_cut": 3.5, "n_max": 3, "l_max": 3, "n_jobs": 1, "cache_folder": tmp_path}
    slab, expected, bulk = (
        soap(make_trajectory(positions, ["Cu"] * 40, cell=cell, pbc=pbc), range(40), **options).values
        for cell, pbc in ((thin, [True, True, False]), (high, None), (thin, None))
    )
    np.testing.assert_allclose(slab, expected, atol=1e-5)
    assert np.abs(bulk - expected).max() > 0.01


def test_a_slab_counted_by_hand():
    """Atoms at z = 0.5 and 7.5 of a cell of 8 Angstrom: 1 Angstrom apart if it repeats along z, 7 if not."""
    pair = [[[1, 1, 0.5], [1, 1, 7.5]]]
    for pbc, members in (([True] * 3, [1]), ([True, True, False], []), ([False, False, True], [1])):
        trajectory = make_trajectory(pair, ["Cu"] * 2, cell=[8, 8, 8, 90, 90, 90], pbc=pbc)
        assert find_neighbors(trajectory, 1.5).of(0, 0).tolist() == members
    slab = make_trajectory(pair, ["Cu"] * 2, cell=[20, 20, 8, 90, 90, 90], pbc=[True, True, False])
    check_cutoff(slab, 10)  # the 8 Angstrom along z do not limit it
    with pytest.raises(ValueError, match="use at most 10 Angstrom"):
        check_cutoff(slab, 10.1)
    with pytest.raises(ValueError, match="is periodic along a and b only"):
        supercell(slab, (1, 1, 2))


@given(st.lists(st.floats(3, 20), min_size=3, max_size=3), st.lists(st.floats(60, 110), min_size=3, max_size=3))
@settings(deadline=None, max_examples=50)
def test_lengths_and_angles_come_back(lengths, angles):
    """Of vectors in the standard orientation and turned."""
    try:
        vectors = cell_vectors([*lengths, *angles])
    except ValueError:
        return  # these angles enclose no volume
    np.testing.assert_allclose(lengths_and_angles(vectors @ TURN)[0], [*lengths, *angles], rtol=1e-5, atol=1e-4)


def test_right_angled_cells_come_back_exactly():
    """Checksums, and with them cached spectra, depend on each bit."""
    lengths = np.random.default_rng(1).uniform(1, 100, (1000, 3)).astype(np.float32)
    cells = np.column_stack([lengths, np.full((1000, 3), 90)]).astype(float)
    np.testing.assert_array_equal(lengths_and_angles(cell_vectors(cells, 1000)), cells)


def test_the_nearest_image_is_the_shortest():
    """Against all images, in a cell that is turned and does not repeat along b."""
    vectors = np.random.default_rng(2).uniform(-20, 20, (50, 3))
    cell, pbc = STANDARD @ TURN, np.array([True, False, True])
    shifts = [np.array([i, 0, j]) @ cell for i in range(-5, 6) for j in range(-5, 6)]
    shortest = np.min([np.linalg.norm(vectors + shift, axis=1) for shift in shifts], axis=0)
    np.testing.assert_allclose(np.linalg.norm(nearest_images(vectors, cell, pbc), axis=1), shortest)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"pbc": [True, False, False]}, "there is no cell"),
        ({"cell": [9] * 3 + [90] * 3, "pbc": [True, False]}, "must be three booleans"),
        ({"cell": [9] * 3 + [90] * 3, "pbc": [1, 0, 0]}, "must be three booleans"),
        ({"cell": [[9, 0, 0], [0, 9, 0], [9, 9, 0]]}, "encloses no volume"),
    ],
)
def test_what_makes_no_periodic_system(options, told):
    """Booleans without a cell, too few of them, numbers, and vectors in a plane."""
    with pytest.raises(ValueError, match=told):
        make_trajectory(np.zeros((1, 1, 3)), ["Cu"], **options)


def test_a_file_of_a_free_system_keeps_no_cell():
    """`pbc` of three False is a system without periodicity, whatever the cell."""
    free = make_trajectory(np.zeros((1, 1, 3)), ["Cu"], cell=[9] * 3 + [90] * 3, pbc=[False] * 3)
    assert not free.periodic and "cell" not in free and free.pbc.values.tolist() == [False] * 3
