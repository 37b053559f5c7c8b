"""Alignment: a known turn, a search through many rotations, and what a rigid movement must not change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from soaplens_lite.trajectory import align, make_trajectory


def tumbling(shape, n_frames=6, seed=0, sigma=0.0):
    """A rigid shape that is turned and moved anew in every frame, with thermal noise."""
    rng = np.random.default_rng(seed)
    turns = Rotation.random(n_frames, random_state=seed).as_matrix()
    moved = np.einsum("fij,aj->fai", turns, shape) + rng.normal(0, 9, (n_frames, 1, 3))
    return make_trajectory(moved + rng.normal(0, sigma, moved.shape), ["Au"] * len(shape))


def some_shape(n_atoms=12, seed=1):
    """Points at random, without any symmetry."""
    return np.random.default_rng(seed).normal(0, 4, (n_atoms, 3))


def test_a_quarter_of_a_turn():
    """(x, y, z) -> (-y, x, z) turns x to y; the way back turns y to x: ((0, 1, 0), (-1, 0, 0), (0, 0, 1))."""
    target = np.array([[1.0, 0, 0], [0, 2, 0], [0, 0, 3]])
    turned = np.array([[0.0, 1, 0], [-2, 0, 0], [0, 0, 3]])
    first, second = align(make_trajectory([target, turned], ["Au"] * 3)).positions.values
    np.testing.assert_allclose(second, first, atol=1e-6)
    np.testing.assert_allclose(first, target - target.mean(axis=0), atol=1e-6)


def test_a_rigid_body_comes_to_lie_on_itself():
    """Whatever the turns and shifts, all frames become the first one, about its own mean."""
    aligned = align(tumbling(some_shape())).positions.values
    np.testing.assert_allclose(aligned, np.broadcast_to(aligned[0], aligned.shape), atol=1e-4)
    np.testing.assert_allclose(aligned.mean(axis=1), 0, atol=1e-5)


def test_no_small_rotation_does_better():
    """Naive: from the rotation that was found, no small turn about any axis lowers the sum of squares."""
    aligned = align(tumbling(some_shape(), sigma=0.5)).positions.values.astype(float)
    target = aligned[0]
    for frame in aligned[1:]:
        best = np.sum((frame - target) ** 2)
        for axis in Rotation.random(50, random_state=3).as_rotvec():
            for angle in (1e-3, 1e-2, 0.1, 1.0):
                turned = frame @ Rotation.from_rotvec(angle * axis / np.linalg.norm(axis)).as_matrix().T
                assert np.sum((turned - target) ** 2) >= best - 1e-3


def test_a_mirror_image_is_not_reflected():
    """The mirror image of a chiral shape cannot be turned into it: the rotation stays one, and the fit stays bad."""
    shape = some_shape()
    mirrored = align(make_trajectory([shape, shape * [1, 1, -1]], ["Au"] * len(shape))).positions.values.astype(float)
    volumes = [np.linalg.det(frame[[1, 2, 3]] - frame[0]) for frame in mirrored]  # A rotation keeps the sign of one.
    original = np.linalg.det(shape[[1, 2, 3]] - shape[0])
    np.testing.assert_allclose(volumes, [original, -original], rtol=1e-4)
    assert np.abs(mirrored[1] - mirrored[0]).max() > 1


@given(seed=st.integers(0, 1000), n_atoms=st.integers(4, 20))
@settings(max_examples=25, deadline=None)
def test_distances_stay_and_the_reference_is_not_turned(seed, n_atoms):
    """Invariants: all distances, the orientation of the reference; a second time changes nothing."""
    trajectory = tumbling(some_shape(n_atoms, seed), seed=seed, sigma=0.3)
    aligned = align(trajectory, reference=2)
    for before, after in zip(trajectory.positions.values, aligned.positions.values, strict=True):
        np.testing.assert_allclose(pdist(after), pdist(before), atol=1e-4)
    reference = trajectory.positions.values[2]
    np.testing.assert_allclose(aligned.positions.values[2], reference - reference.mean(axis=0), atol=1e-4)
    np.testing.assert_allclose(align(aligned, reference=2).positions, aligned.positions, atol=1e-4)


def test_only_the_fitted_atoms_count():
    """An atom that wanders off does not disturb the fit of the others, and shows its way."""
    trajectory = tumbling(some_shape())
    trajectory.positions[3, 0] += 5.0
    aligned = align(trajectory, atoms=np.arange(1, 12)).positions.values
    np.testing.assert_allclose(aligned[:, 1:], np.broadcast_to(aligned[0, 1:], (6, 11, 3)), atol=1e-4)
    distance = np.linalg.norm(aligned[:, 0] - aligned[0, 0], axis=1)
    np.testing.assert_allclose(distance, [0, 0, 0, np.sqrt(75), 0, 0], atol=1e-3)


def test_what_cannot_be_aligned_is_refused():
    """A periodic cell, two atoms, and atoms on a line."""
    points = some_shape(3)[None]
    with pytest.raises(ValueError, match="is periodic"):
        align(make_trajectory(points, ["Au"] * 3, cell=[30, 30, 30, 90, 90, 90]))
    with pytest.raises(ValueError, match="2 atoms to align"):
        align(make_trajectory(points, ["Au"] * 3), atoms=[0, 1])
    with pytest.raises(ValueError, match="all on a line"):
        align(make_trajectory([[[0, 0, 0], [1, 1, 0], [2, 2, 0], [5, 5, 0]]], ["Au"] * 4))
