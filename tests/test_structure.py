"""g(r), coordination and heights: ideal crystals, whose shells are known, and counting by hand."""

import numpy as np
import pytest
import xarray as xr
from ase.build import bulk, fcc211

from soaplens_lite.descriptors import coordination_numbers, first_minimum, heights, radial_distribution
from soaplens_lite.trajectory import make_trajectory

FIRST_SHELL, SECOND_SHELL = 3.61 / np.sqrt(2), 3.61  # fcc copper, Angstrom


def crystal(n_frames=1, sigma=0.0, periodic=True):
    """Copper, 4 x 4 x 4 cubic cells of 4 atoms, with thermal displacements."""
    atoms = bulk("Cu", cubic=True, a=3.61) * (4, 4, 4)
    noise = np.random.default_rng(0).normal(0, sigma, (n_frames, len(atoms), 3))
    cell = atoms.cell.cellpar() if periodic else None
    return make_trajectory(atoms.positions + noise, ["Cu"] * len(atoms), cell=cell)


def naive_pairs(positions, sides):
    """Distance of every pair in a right-angled cell (or without one), in plain loops."""
    distances = {}
    for i in range(len(positions)):
        for j in range(i + 1, len(positions)):
            difference = positions[i].astype(float) - positions[j].astype(float)
            if sides is not None:
                difference -= np.round(difference / sides) * sides
            distances[i, j] = np.sqrt(np.sum(difference**2))
    return distances


# ------------------------------------------------------------------------------------------------------- g(r)


def test_g_is_one_for_points_at_random():
    """An ideal gas has no structure: g(r) = 1 up to counting noise."""
    points = np.random.default_rng(1).uniform(0, 14, (20, 400, 3))
    g = radial_distribution(make_trajectory(points, ["Cu"] * 400, cell=[14, 14, 14, 90, 90, 90]), width=0.2)
    np.testing.assert_allclose(g.sel(r=slice(1.5, 6)), 1, atol=0.05)
    assert abs(float(g.sel(r=slice(1.5, 6)).mean()) - 1) < 0.005


def test_g_of_naive_distances(wander):
    """Every bin: pairs counted in plain loops over those expected of a gas of the same density."""
    sides = np.array([9.0, 10.0, 11.0])
    trajectory = wander(3, 30, seed=2, size=9, step=4, cell=[*sides, 90, 90, 90])
    g = radial_distribution(trajectory, r_max=4.0, width=0.25)
    edges = np.arange(17) * 0.25
    counts = np.zeros(16)
    for positions in trajectory.positions.values:
        for distance in naive_pairs(positions, sides).values():
            if distance < 4.0:
                counts[int(distance // 0.25)] += 1
    # 30 * 29 / 2 = 435 pairs in each of 3 frames, spread over the volume of the cell.
    expected = 3 * 435 * 4 / 3 * np.pi * np.diff(edges**3) / sides.prod()
    np.testing.assert_allclose(g, counts / expected)
    np.testing.assert_allclose(g.r, np.arange(16) * 0.25 + 0.125)


def test_g_of_a_cell_that_changes(wander):
    """Every frame in its own cell, r up to half the smallest side of all (8, in the last frame), the mean volume."""
    sides = np.array([[9.0, 10.0, 11.0], [9.5, 10.5, 11.5], [8.0, 9.0, 10.0]])
    trajectory = wander(3, 30, seed=2, size=9, step=4, cell=np.column_stack([sides, np.full((3, 3), 90)]))
    g = radial_distribution(trajectory, r_max=30, width=0.25)
    counts = np.zeros(16)
    for positions, box in zip(trajectory.positions.values, sides, strict=True):
        for distance in naive_pairs(positions, box).values():
            if distance < 4.0:
                counts[int(distance // 0.25)] += 1
    expected = 3 * 435 * 4 / 3 * np.pi * np.diff((np.arange(17) * 0.25) ** 3) / sides.prod(axis=1).mean()
    np.testing.assert_allclose(g, counts / expected)


@pytest.mark.slow
def test_g_is_one_for_points_at_random_in_a_hexagonal_cell():
    """Its volume is a b c sin(120): 0.866 of that of a right-angled one."""
    vectors = np.array([[15, 0, 0], [-7.5, 15 * np.sqrt(0.75), 0], [0, 0, 14]])
    points = np.random.default_rng(1).uniform(0, 1, (20, 400, 3)) @ vectors
    g = radial_distribution(make_trajectory(points, ["Cu"] * 400, cell=[15, 15, 14, 90, 90, 120]), width=0.2)
    assert abs(float(g.sel(r=slice(1.5, 6)).mean()) - 1) < 0.005


@pytest.mark.parametrize(("side", "n_bins"), [(11.96, 119), (11.9, 119), (12.0, 120), (30.0, 120)])
def test_every_bin_of_g_is_whole(side, n_bins):
    """Half of 11.96 is 5.98: the bin from 5.95 to 6 would be counted in part. Half of 12 is 6, but for rounding."""
    points = np.random.default_rng(0).uniform(0, side, (20, 400, 3))
    g = radial_distribution(make_trajectory(points, ["Cu"] * 400, cell=[side] * 3 + [90] * 3))
    assert g.sizes["r"] == n_bins
    assert abs(float(g[-8:].mean()) - 1) < (0.03 if side < 20 else 0.15)
    if side < 20:
        np.testing.assert_allclose(g[-1], 1, atol=0.08)


def test_a_bin_must_fit():
    """Below half the cell, 1 Angstrom here; neither widths nor distances of nothing."""
    small = make_trajectory([[[0, 0, 0], [1, 0, 0]]], ["Cu"] * 2, cell=[2, 2, 2, 90, 90, 90])
    with pytest.raises(ValueError, match="width = 1.5 Angstrom: must be at most r_max, which is 1 Angstrom here"):
        radial_distribution(small, width=1.5)
    with pytest.raises(ValueError, match="width = 0: must be a number above 0"):
        radial_distribution(small, width=0)


def test_g_of_a_skewed_cell():
    """The primitive cell of fcc and the cubic one are the same crystal."""
    primitive = bulk("Cu", a=3.61) * (6, 6, 6)
    primitive.set_cell(primitive.cell.cellpar(), scale_atoms=True)  # Turned so that a lies along x.
    skewed = make_trajectory([primitive.positions], ["Cu"] * 216, cell=primitive.cell.cellpar())
    cubic = radial_distribution(crystal(), r_max=4.5)
    other = radial_distribution(skewed, r_max=4.5)
    # The density that g is scaled by has one atom less than the crystal: 215 of 216 and 255 of 256.
    np.testing.assert_allclose(other * 215 / 216, cubic * 255 / 256, rtol=1e-3)


def test_g_ends_at_half_the_cell():
    """Farther away an atom would meet images of those that it met already: 4 cells of 3.61 are 14.44, half is 7.22."""
    g = radial_distribution(crystal(), r_max=30, width=0.1)
    assert 7.1 < float(g.r[-1]) < 7.3


def test_frames_are_spread_over_the_trajectory():
    """Two atoms that are 2 Angstrom apart in the first half and 4 in the second: both distances are seen equally."""
    positions = np.zeros((100, 2, 3))
    positions[:50, 1, 0], positions[50:, 1, 0] = 2.01, 4.01
    g = radial_distribution(make_trajectory(positions, ["Cu"] * 2), n_frames=10, width=0.1)
    number = g * g.r**2
    seen = number.r.values[number.values > 0]
    np.testing.assert_allclose(seen, [2.05, 4.05])
    shells = np.diff(np.array([[2.0, 2.1], [4.0, 4.1]]) ** 3)[:, 0]
    assert g.sel(r=4.05, method="nearest") * shells[1] == pytest.approx(
        float(g.sel(r=2.05, method="nearest") * shells[0])
    )


@pytest.mark.parametrize("sigma", [0.0, 0.05, 0.12])
@pytest.mark.parametrize("periodic", [True, False])
def test_first_minimum_parts_the_shells_of_fcc(sigma, periodic):
    """Between 2.55 and 3.61 Angstrom, with room for thermal motion on both sides, and 12 neighbors within it."""
    trajectory = crystal(10, sigma, periodic)
    cutoff = first_minimum(radial_distribution(trajectory))
    assert FIRST_SHELL + 0.25 < cutoff < SECOND_SHELL - 0.25
    if periodic:
        coordination = coordination_numbers(trajectory, trajectory.atom.values, cutoff)
        assert coordination.mean().item() == pytest.approx(12, abs=0.02)


def test_first_minimum_of_the_sample(copper):
    """The simulated surface: at 700 K the shells overlap, and most atoms inside have 12 neighbors still."""
    cutoff = first_minimum(radial_distribution(copper, n_frames=3))
    assert 3.0 < cutoff < 3.4


def test_a_ripple_before_the_first_shell_is_no_shell():
    """A bump of a tenth of the peak at 1.2 Angstrom: the minimum is still that between the shells, near 3.05."""
    r = np.arange(0, 6, 0.05)
    shells = sum(h * np.exp(-((r - place) ** 2) / 0.05) for h, place in ((0.1, 1.2), (1, 2.5), (1, 3.6)))
    assert first_minimum(xr.DataArray(shells, dims="r", coords={"r": r})) == pytest.approx(3.05)


def test_without_a_minimum():
    """A single shell: nothing parts it from a second one, and it is said what to do."""
    r = np.arange(0.05, 4, 0.05)
    for values in (np.exp(-((r - 2.5) ** 2) / 0.05), np.zeros(len(r)), r):
        with pytest.raises(ValueError, match="no minimum after its first maximum up to 3.95 Angstrom: there are"):
            first_minimum(xr.DataArray(values, dims="r", coords={"r": r}))


# --------------------------------------------------------------------------------------------- coordination


def test_ideal_211_surface():
    """
    Endless in x and y, the layers of fcc(211) have 7 (edge), 9 (face) and 10 (valley) neighbors, below them all 12.

    The slab has 18 layers of 6 atoms; its lower side is the same upside down.
    """
    slab = fcc211("Cu", (6, 3, 6), a=3.61, vacuum=10.0)
    trajectory = make_trajectory([slab.positions], ["Cu"] * 108, cell=slab.cell.cellpar())
    cutoff = first_minimum(radial_distribution(trajectory))
    numbers = coordination_numbers(trajectory, np.arange(108), cutoff).values[0]
    z = slab.positions[:, 2].round(2)
    layers = [numbers[z == height] for height in sorted(set(z), reverse=True)]
    assert [len(layer) for layer in layers] == [6] * 18
    assert [sorted(set(layer.tolist())) for layer in layers] == ([[7], [9], [10]] + [[12]] * 12 + [[10], [9], [7]])


@pytest.mark.parametrize("periodic", [True, False])
def test_coordination_of_naive_distances(periodic, wander):
    """Pairs counted in plain loops; all atoms count, the labels of the centers are kept, in their order."""
    sides = np.array([9.0, 10.0, 11.0]) if periodic else None
    cell = [*sides, 90, 90, 90] if periodic else None
    trajectory = wander(3, 40, seed=5, size=9, step=4, cell=cell).isel(frame=slice(1, 3))
    centers = [33, 2, 17]
    coordination = coordination_numbers(trajectory, centers, 3.4)
    for frame in (1, 2):
        distances = naive_pairs(trajectory.positions.sel(frame=frame).values, sides)
        expected = [
            sum(distance <= 3.4 for pair, distance in distances.items() if center in pair) for center in centers
        ]
        assert coordination.sel(frame=frame).values.tolist() == expected
    assert coordination.atom.values.tolist() == centers and coordination.time.values.tolist() == [0.5, 1.0]
    assert np.issubdtype(coordination.dtype, np.integer) and coordination.attrs == {"cutoff": 3.4}


def test_all_atoms_count_as_neighbors():
    """A row of five atoms 2 Angstrom apart: the middle one alone is a center, and has two neighbors."""
    row = make_trajectory([[[2.0 * k, 0, 0] for k in range(5)]], ["Cu"] * 5)
    assert coordination_numbers(row, [2], 2.5).values.tolist() == [[2]]
    assert coordination_numbers(row, [0, 2], 4.5).values.tolist() == [[2, 4]]


def test_cutoff_is_checked():
    """As for every neighborhood."""
    with pytest.raises(ValueError, match="half the shortest height"):
        coordination_numbers(crystal(), [0], 7.3)


# -------------------------------------------------------------------------------------------------- heights


def test_heights_by_hand():
    """z = 1, 2, 6 has the mean 3; z = 0, 0, 3 has the mean 1: all atoms make the mean, centers are measured."""
    positions = np.zeros((2, 3, 3))
    positions[:, :, 2] = [[1, 2, 6], [0, 0, 3]]
    positions[:, :, :2] = 50  # x and y do not matter.
    measured = heights(make_trajectory(positions, ["Cu"] * 3), [2, 0])
    assert measured.values.tolist() == [[3, -2], [2, -1]]
    assert measured.dims == ("frame", "atom") and measured.atom.values.tolist() == [2, 0]
    assert measured.attrs["units"] == "Angstrom"


def test_a_drifting_slab_keeps_its_heights(copper):
    """The whole slab moved along z: nothing changes."""
    moved = make_trajectory(
        copper.positions.values + np.linspace(0, 9, 12)[:, None, None], copper.species.values, cell=copper.cell.values
    )
    centers = [0, 500, 1803]
    np.testing.assert_allclose(heights(moved, centers), heights(copper, centers), atol=1e-4)
