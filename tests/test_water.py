"""Water: what is no molecule is refused or left out, and what the boundary breaks changes nothing."""

import cmath

import numpy as np
import pytest
import xarray as xr

from soaplens_lite.descriptors import _structure as structure
from soaplens_lite.descriptors import lens, soap
from soaplens_lite.systems.water import (
    MASSLESS_SITES,
    emptiest_plane,
    front_origin,
    water_molecules,
    whole_molecules,
    without_massless_sites,
)
from soaplens_lite.trajectory import make_trajectory, read_trajectory, select_centers

CELL = [12.0, 12.0, 12.0, 90.0, 90.0, 90.0]
TRICLINIC = [12.0, 12.0, 13.0, 80.0, 75.0, 70.0]
BONDS = np.array([[0.0, 0.0, 0.0], [0.957, 0.0, 0.0], [-0.24, 0.927, 0.0]])

GRO = """two molecules of a four-site model
8
    1SOL     OW    1   0.230   0.628   0.113
    1SOL    HW1    2   0.137   0.626   0.150
    1SOL    HW2    3   0.231   0.589   0.021
    1SOL     MW    4   0.228   0.625   0.111
    2SOL     OW    5   0.530   0.628   0.113
    2SOL    HW1    6   0.437   0.626   0.150
    2SOL    HW2    7   0.531   0.589   0.021
    2SOL     MW    8   0.528   0.625   0.111
   1.86206   1.86206   1.86206
"""


def box_of_water(n_frames=3, n_side=3, *, seed=0, cell=CELL, site=None):
    """Molecules of random direction on a jittered grid, frames independent; whole, not wrapped."""
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(*[np.arange(n_side)] * 3, indexing="ij"), axis=-1).reshape(-1, 3) * 12.0 / n_side
    frames, template = [], BONDS if site is None else np.vstack([BONDS, [0.1, 0.1, 0.0]])
    for _ in range(n_frames):
        turns, _ = np.linalg.qr(rng.normal(size=(len(grid), 3, 3)))
        oxygen = grid + rng.uniform(-0.6, 0.6, grid.shape)
        frames.append((oxygen[:, None] + template @ turns).reshape(-1, 3))
    species = ["O", "H", "H"] + ([] if site is None else [site])
    return make_trajectory(frames, species * len(grid), cell=cell)


def broken(trajectory):
    """The same with every atom wrapped into the cell by itself, as simulation programs write them."""
    return trajectory.assign(positions=trajectory.positions % 12.0)


def test_a_massless_site_is_left_out_and_said():
    """27 of them, by name; what remains keeps its labels and is the same as if the sites had never been there."""
    with pytest.warns(UserWarning, match=r"massless sites are left out \(27 named Mw\)"):
        kept = without_massless_sites(box_of_water(site="Mw"))
    assert kept.atom.values.tolist() == [a for a in range(108) if a % 4 != 3]
    np.testing.assert_array_equal(kept.positions, box_of_water().positions)


@pytest.mark.filterwarnings("ignore:Reader has no dt information")  # A GRO file has one frame.
def test_the_massless_site_of_a_file_is_found_by_its_name(tmp_path):
    """A GRO file holds names only; MW is what GROMACS calls the site of TIP4P."""
    (tmp_path / "water.gro").write_text(GRO)
    trajectory = read_trajectory(tmp_path / "water.gro", tmp_path / "water.gro")
    with pytest.warns(UserWarning, match="2 named"):
        kept = without_massless_sites(trajectory)
    assert kept.species.values.tolist() == ["O", "H", "H"] * 2
    assert water_molecules(kept).tolist() == [[0, 1, 2], [4, 5, 6]]


def test_without_massless_sites_nothing_is_said(recwarn):
    """Three-site water passes through as it is."""
    trajectory = box_of_water()
    assert without_massless_sites(trajectory) is trajectory
    assert len(recwarn) == 0
    assert not {"O", "H"} & set(MASSLESS_SITES)


@pytest.mark.parametrize("cell", [CELL, TRICLINIC])
def test_molecules_are_found_in_any_order_and_across_the_boundary(cell):
    """Atoms shuffled: every molecule is an oxygen with the two hydrogens that were built onto it."""
    trajectory = box_of_water(cell=cell)
    if cell is CELL:
        trajectory = broken(trajectory)
    order = np.random.default_rng(1).permutation(81)
    found = water_molecules(trajectory.isel(atom=order))
    assert found.shape == (27, 3)
    found = found[np.argsort(found[:, 0])]
    assert np.sort(found, axis=1).tolist() == [[k, k + 1, k + 2] for k in range(0, 81, 3)]
    assert (found[:, 0] % 3 == 0).all()


def test_hydrogens_without_their_oxygen_are_refused():
    """Oxygen 3 is not in the selection: its hydrogens 4 and 5 are named."""
    with pytest.raises(ValueError, match=r"hydrogen atoms \[4, 5\] \(2 in all\).*select complete molecules"):
        water_molecules(box_of_water().drop_sel(atom=3))


def test_an_oxygen_without_its_hydrogens_is_refused():
    """Hydrogen 4 is not in the selection: its oxygen 3 is named."""
    with pytest.raises(ValueError, match=r"oxygen atoms \[3\] \(1 in all\).*two hydrogen"):
        water_molecules(box_of_water().drop_sel(atom=4))


def test_a_hydrogen_between_two_oxygens_is_refused():
    """Hydrogen 2 is 1.1 from either oxygen, each of which has another one of its own."""
    shared = [[0, 0, 0], [0, 1, 0], [1.1, 0, 0], [2.2, 0, 0], [2.2, 1, 0]]
    with pytest.raises(ValueError, match=r"hydrogen atoms \[2\] \(1 in all\) have not just one oxygen"):
        water_molecules(make_trajectory([shared], ["O", "H", "H", "O", "H"], cell=CELL))


def test_an_oxygen_with_three_hydrogens_is_refused():
    """A hydronium ion is no molecule of water."""
    ion = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    with pytest.raises(ValueError, match=r"oxygen atoms \[0\] \(1 in all\) have not just two hydrogen"):
        water_molecules(make_trajectory([ion], ["O", "H", "H", "H"], cell=CELL))


def test_molecules_are_whole_in_a_cell_that_grows():
    """From 10 to 12 Angstrom: 0.5 below the end of either is 4.5 and 5.5 above its middle, and hydrogen 1 beyond."""
    frames = [[[side - 0.5, side / 2, side / 2], [side - 0.5, side / 2 + 1, side / 2], [0.5, side / 2, side / 2]]
              for side in (10, 12)]  # fmt: skip
    water = make_trajectory(frames, ["O", "H", "H"], cell=[[side] * 3 + [90] * 3 for side in (10, 12)])
    made = whole_molecules(water, water_molecules(water)).positions.values
    expected = [[[x, 0, 0], [x, 1, 0], [x + 1, 0, 0]] for x in (4.5, 5.5)]
    np.testing.assert_allclose(made, expected, atol=1e-5)


def test_broken_molecules_without_a_cell_are_refused_with_what_to_do():
    """Where the boundary is not known, a broken molecule is a hydrogen without its oxygen."""
    lost = broken(box_of_water()).drop_vars("cell").assign_attrs(periodic=False)
    with pytest.raises(ValueError, match="give a periodic system its cell"):
        water_molecules(lost)


def test_what_is_not_water_is_refused():
    """A dissolved ion is no molecule of water."""
    salty = make_trajectory([[*BONDS, [5, 5, 5]]], ["O", "H", "H", "Na"], cell=CELL)
    with pytest.raises(ValueError, match="holds Na besides O and H"):
        water_molecules(salty)


def test_soap_refuses_a_species_that_it_was_not_told_of(tmp_path):
    """Before anything is computed."""
    salty = make_trajectory([[*BONDS, [5, 5, 5]]], ["O", "H", "H", "Na"], cell=CELL)
    with pytest.raises(ValueError, match=r"species = \['H', 'O'\]: Na is missing, and .* 1 atoms"):
        soap(salty, [0], species=["O", "H"], cache_folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_soap_leaves_out_massless_sites(tmp_path):
    """Water in four sites has the spectra of its atoms, and says so."""
    arguments = {"r_cut": 4.0, "n_max": 2, "l_max": 1, "n_jobs": 1, "cache_folder": tmp_path}
    with pytest.warns(UserWarning, match=r"massless sites \(Mw\) are left out"):
        found = soap(box_of_water(site="Mw"), [0, 4], **arguments)
    sites = box_of_water(site="Mw")
    expected = soap(sites.isel(atom=(sites.species != "Mw").values), [0, 4], **arguments)
    np.testing.assert_array_equal(found.values, expected.values)


def test_soap_told_of_all_species_is_soap(tmp_path):
    """Naming the species in any order changes nothing, not even the place in the cache."""
    arguments = {"r_cut": 4.0, "n_max": 2, "l_max": 1, "n_jobs": 1, "cache_folder": tmp_path}
    trajectory = box_of_water(1)
    named = soap(trajectory, [0, 3], species=("O", "H"), **arguments)
    np.testing.assert_array_equal(named, soap(trajectory, [0, 3], **arguments))
    assert len(list(tmp_path.glob("*.npy"))) == 1


def test_broken_molecules_change_no_descriptor(tmp_path):
    """SOAP, LENS and the tetrahedral order of molecules in pieces are those of whole ones."""
    whole, pieces = box_of_water(), broken(box_of_water())
    oxygens = select_centers(whole, "name O", n_centers=27)
    arguments = {"r_cut": 4.0, "n_max": 3, "l_max": 2, "n_jobs": 1, "cache_folder": tmp_path}
    np.testing.assert_allclose(soap(whole, oxygens, **arguments), soap(pieces, oxygens, **arguments), atol=1e-5)
    deltas = [lens(trajectory, 5.0, centers=oxygens) for trajectory in (whole, pieces)]
    np.testing.assert_array_equal(*deltas)
    assert deltas[0].values.max() > 0
    orders = [structure.tetrahedral_order(trajectory, oxygens) for trajectory in (whole, pieces)]
    np.testing.assert_allclose(*orders, atol=1e-4)


@pytest.mark.parametrize("cell", [CELL, TRICLINIC])
def test_whole_molecules_are_whole_around_the_origin(cell):
    """Bonds have their length, oxygens lie in the cell around the chosen point, which moves from frame to frame."""
    trajectory = box_of_water(cell=cell)
    pieces = broken(trajectory) if cell is CELL else trajectory
    molecules = water_molecules(pieces)
    origin = np.array([[0.0, 0, 0], [3, 1, 2], [11, -7, 40]])
    made = whole_molecules(pieces, molecules, origin=origin).positions.values.reshape(3, 27, 3, 3)
    np.testing.assert_allclose(np.linalg.norm(made[:, :, 1:] - made[:, :, :1], axis=-1), 0.957, atol=2e-3)
    from MDAnalysis.lib.mdamath import triclinic_vectors

    vectors = triclinic_vectors(np.array(cell, dtype=np.float32))
    fractional = made[:, :, 0] @ np.linalg.inv(vectors)
    assert np.abs(fractional).max() <= 0.5 + 1e-5
    # The same places up to whole cells, seen from the origin.
    steps = (made[:, :, 0] + origin[:, None] - pieces.positions.values[:, ::3]) @ np.linalg.inv(vectors)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-5)


def naive_order(positions, length):
    """Tetrahedral order of all atoms of one frame in a cube, with loops."""
    orders = []
    for i in range(len(positions)):
        vectors = positions - positions[i]
        vectors -= length * np.round(vectors / length)
        distances = np.linalg.norm(vectors, axis=1)
        nearest = np.argsort(distances)[1:5]
        total = 0.0
        for a in range(3):
            for b in range(a + 1, 4):
                u, v = vectors[nearest[a]], vectors[nearest[b]]
                total += (u @ v / np.linalg.norm(u) / np.linalg.norm(v) + 1 / 3) ** 2
        orders.append(1 - 3 / 8 * total)
    return orders


def test_tetrahedral_order_is_its_definition():
    """Against loops over random atoms in a cube, whichever cell they are written in."""
    rng = np.random.default_rng(3)
    positions = rng.uniform(-20, 30, (4, 90, 3)).astype(np.float32)
    trajectory = make_trajectory(positions, ["O"] * 90, cell=CELL)
    expected = [naive_order(frame.astype(float), 12.0) for frame in positions]
    np.testing.assert_allclose(structure.tetrahedral_order(trajectory, range(90)), expected, atol=1e-3)


def test_tetrahedral_order_of_a_square_and_of_too_few():
    """
    Four neighbors on a square: of the six angles four are right and two straight.

    By hand: q = 1 - 3/8 (4 (1/3)^2 + 2 (-1 + 1/3)^2) = 1 - 3/8 (4/9 + 8/9) = 1/2.
    """
    square = [[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0]]
    order = structure.tetrahedral_order(make_trajectory([square], ["O"] * 5), [0, 1, 2, 3, 4])
    assert order.values[0, 0] == pytest.approx(0.5)
    alone = structure.tetrahedral_order(make_trajectory([square], ["O"] * 5), [0, 1, 2, 3])
    assert np.isnan(alone.values).all()


def slab(middle, length=30.0):
    """Ordered atoms from 5 below to 5 above the middle, disordered ones elsewhere, every 0.5 Angstrom."""
    offset = np.arange(-length / 2, length / 2, 0.5) + 0.25
    z = (middle + offset) % length
    positions = np.column_stack([np.zeros_like(z), np.zeros_like(z), z])
    trajectory = make_trajectory([positions], ["O"] * len(z), cell=[30, 30, length, 90, 90, 90])
    order = xr.DataArray(np.where(abs(offset) < 5, 0.9, 0.6)[None], dims=("frame", "atom"),
                         coords={"frame": [0], "atom": trajectory.atom})  # fmt: skip
    return trajectory, order, offset


@pytest.mark.parametrize("middle", [15.0, 2.0, 29.9, 0.0])
def test_the_middle_of_a_slab_is_found_across_the_boundary(middle):
    """Wherever the slab lies, also where the boundary of the cell cuts it; distances follow."""
    trajectory, order, offset = slab(middle)
    found = structure.slab_middle(trajectory, trajectory.atom.values, order)
    assert abs((found.item() - middle + 15) % 30 - 15) < 1e-3
    distance = structure.distance_from_middle(trajectory, trajectory.atom.values, found)
    np.testing.assert_allclose(distance.values[0], offset, atol=1e-3)


def test_the_middle_follows_the_height_of_every_frame():
    """A slab at nine tenths of a cell that grows from 30 to 36 Angstrom: 27 and 32.4, and distances grow with it."""
    parts = (np.arange(60) + 0.5) / 60
    offset = (parts - 0.9 + 0.5) % 1 - 0.5
    sides = np.array([30.0, 36.0])
    positions = np.zeros((2, 60, 3))
    positions[..., 2] = sides[:, None] * parts
    cell = [[30, 30, side, 90, 90, 90] for side in sides]
    trajectory = make_trajectory(positions, ["O"] * 60, cell=cell)
    order = xr.DataArray(np.where(abs(offset) < 0.2, 0.9, 0.6) * np.ones((2, 1)), dims=("frame", "atom"),
                         coords={"frame": [0, 1], "atom": trajectory.atom})  # fmt: skip
    found = structure.slab_middle(trajectory, trajectory.atom.values, order)
    np.testing.assert_allclose(found, 0.9 * sides, atol=1e-3)
    distance = structure.distance_from_middle(trajectory, trajectory.atom.values, found)
    np.testing.assert_allclose(distance, sides[:, None] * offset, atol=1e-3)


def test_distances_end_at_half_the_height_of_the_frame():
    """0.5 below the top of a cell 10 high, and of one 12 high, is 0.5 below its bottom."""
    positions = np.zeros((2, 2, 3))
    positions[..., 2] = [[0.5, 9.5], [0.5, 11.5]]
    cell = [[10, 10, side, 90, 90, 90] for side in (10, 12)]
    bottom = xr.DataArray([0.0, 0.0], dims="frame", coords={"frame": [0, 1]})
    found = structure.distance_from_middle(make_trajectory(positions, ["O"] * 2, cell=cell), [0, 1], bottom)
    np.testing.assert_allclose(found, [[0.5, -0.5], [0.5, -0.5]], atol=1e-6)


def test_the_height_of_an_oblique_cell_is_not_its_side():
    """c = 10 leans over by 30 degrees: the cell is 8.66 high, and z = 8.16 is 0.5 below its bottom."""
    one = make_trajectory([[[0, 0, 8.16]]], ["O"], cell=[10, 10, 10, 90, 60, 90])
    bottom = xr.DataArray([0.0], dims="frame", coords={"frame": [0]})
    assert structure.distance_from_middle(one, [0], bottom).item() == pytest.approx(-0.5003, abs=1e-3)


def test_the_middle_of_atoms_of_uneven_density():
    """
    Two ordered atoms at 1 and 2, four others at 6 to 9: against the sum over the circle, in plain complex numbers.

    Only order above the frame's own mean counts: with 0.3 less everywhere the second frame has the same middle.
    """
    z, order = np.array([1, 2, 6, 7, 8, 9]), np.array([0.9, 0.9, 0.6, 0.6, 0.6, 0.6])
    positions = np.zeros((2, 6, 3))
    positions[..., 2] = z
    trajectory = make_trajectory(positions, ["O"] * 6, cell=[10, 10, 10, 90, 90, 90])
    values = xr.DataArray([order, order - 0.3], dims=("frame", "atom"), coords={"frame": [0, 1], "atom": range(6)})
    naive = cmath.phase(
        sum((q - 0.7) * cmath.exp(2j * cmath.pi * place / 10) for q, place in zip(order, z, strict=True))
    )
    assert naive * 10 / (2 * cmath.pi) == pytest.approx(1.9454, abs=1e-4)
    np.testing.assert_allclose(structure.slab_middle(trajectory, range(6), values), [1.9454] * 2, atol=1e-4)


def test_a_slab_needs_a_periodic_cell():
    """Without one there is no circle to take the mean on."""
    trajectory, order, _ = slab(15.0)
    free = trajectory.drop_vars("cell").assign_attrs(periodic=False)
    with pytest.raises(ValueError, match="periodic cell"):
        structure.slab_middle(free, trajectory.atom.values, order)


def test_profile_is_the_mean_in_layers(labelled):
    """Against a loop over layers on random numbers; NaN counts for nothing; shares of all states sum to 1."""
    rng = np.random.default_rng(5)
    position = labelled(rng.uniform(-7, 7, (6, 40)))
    values = labelled(np.where(rng.random((6, 40)) < 0.1, np.nan, rng.normal(size=(6, 40)))).isel(frame=slice(1, 5))
    found = structure.profile(values, position, width=2.0)
    place = position.isel(frame=slice(1, 5)).values
    expected = [np.nanmean(values.values[np.abs(place - z) <= 1]) for z in found.position.values]
    np.testing.assert_allclose(found, expected)
    labels = labelled(rng.integers(0, 3, (6, 40)))
    total = sum(structure.profile(labels == state, position) for state in range(3))
    np.testing.assert_allclose(total.dropna("position"), 1)


def test_where_a_profile_falls():
    """
    Levels between the layers are interpolated, the first fall counts, and no fall is no number.

    By hand: from 1 at 0 to 0.5 at 2 the level 0.75 is met in the middle, at 1.
    """
    values = xr.DataArray([1, 0.5, np.nan, 1, 0], dims="position", coords={"position": [0, 2, 4, 6, 8]})
    assert structure.falls_below(values, 0.75) == pytest.approx(1)
    assert structure.falls_below(values, 0.25) == pytest.approx(7.5)
    assert np.isnan(structure.falls_below(values, -1)) and np.isnan(structure.falls_below(values, 2))


def test_a_molecule_stays_in_front():
    """It walks through the cell twice, shaking: never farther than its shake from 1 Angstrom below the end."""
    rng = np.random.default_rng(0)
    shake = rng.uniform(-0.3, 0.3, 200)
    oxygen = np.zeros((200, 3))
    oxygen[:, 1] = (np.linspace(0, 24, 200) + shake) % 12
    atoms = np.stack([oxygen, oxygen + BONDS[1], oxygen + BONDS[2]], axis=1)
    water = make_trajectory(atoms, ["O", "H", "H"], cell=CELL)
    front = front_origin(water, 0, "y")
    origin = np.column_stack([np.zeros(200), front, np.zeros(200)])
    whole = whole_molecules(water, np.array([[0, 1, 2]]), origin=origin)
    depth = whole.positions.sel(atom=0, xyz="y").values[10:-10]
    np.testing.assert_allclose(depth, 6 - 1 + shake[10:-10], atol=0.15)
    # The middle follows the way, 0.12 Angstrom per frame, and not the shake.
    assert abs(np.diff(front)[10:-10] - 24 / 199).max() < 0.05


def test_a_crystal_is_cut_between_its_planes():
    """Planes at 0.5, 3.5, 6.5 and 9.5 of 12 Angstrom, wherever the molecules' images are: half-way between two."""
    rng = np.random.default_rng(1)
    planes = np.repeat([0.5, 3.5, 6.5, 9.5], 50)
    positions = rng.uniform(0, 12, (5, 200, 3))
    positions[:, :, 2] = planes + rng.normal(0, 0.3, (5, 200)) + 12 * rng.integers(-1, 2, (5, 200))
    place = emptiest_plane(make_trajectory(positions, ["O"] * 200, cell=CELL), range(200), "z")
    assert min(abs(place - middle) for middle in (2, 5, 8, 11)) < 0.6


def test_the_way_of_an_atom_begins_where_it_begins():
    """
    At y = 1, 2 and 6, five frames each: before the first frame the atom is taken to have been at 1.

    By hand: (1 + 1 + 1 + 2 + 6) / 5 = 2.2, less half of 20 and plus 1, is -6.8.
    """
    way = make_trajectory([[[0, y, 0]] for y in (1, 2, 6)], ["O"], cell=[20, 20, 20, 90, 90, 90])
    assert front_origin(way, 0, "y", window=5)[0] == pytest.approx(-6.8)


def test_an_empty_plane_is_sought_across_the_boundary():
    """
    Atoms at 3.5, 7.5 and 9.5 of 10: the layer around 0.5 reaches over the boundary to 9.5 and holds that atom.

    The first layer of 3 that is empty is the one around 1.5, from 0 to 3.
    """
    planes = make_trajectory([[[9.5, 0, 0], [3.5, 0, 0], [7.5, 0, 0]]], ["O"] * 3, cell=[10, 10, 10, 90, 90, 90])
    assert emptiest_plane(planes, [0, 1, 2], "x", width=3, bins=10) == 1.5


def test_oxygens_alone_are_their_molecules():
    """No hydrogen in the file: each oxygen at its image around the origin, as in the picture with hydrogens."""
    whole = box_of_water()
    oxygens = whole.sel(atom=whole.atom[whole.species == "O"])
    alone = whole_molecules(oxygens, water_molecules(oxygens), origin=[[1.0, 2.0, 3.0]] * 3)
    both = whole_molecules(whole, water_molecules(whole), origin=[[1.0, 2.0, 3.0]] * 3)
    assert alone.sizes["atom"] == 27
    np.testing.assert_array_equal(alone.positions, both.positions.sel(atom=oxygens.atom))


def breathing(n_frames=40):
    """
    A slab of ice, 20 Angstrom thick in every frame, that drifts through a cell whose length changes from 56 to 64.

    Only the liquid gets thicker and thinner, and z is wrapped into the cell of its frame.
    """
    rng = np.random.default_rng(3)
    sides = 60 + 4 * np.sin(np.arange(n_frames))
    middle = np.linspace(5, 130, n_frames)
    place = np.sort(rng.uniform(-0.5, 0.5, (n_frames, 600)), axis=1) * sides[:, None]  # from the middle of the slab
    positions = np.zeros((n_frames, 600, 3))
    positions[..., 2] = (place + middle[:, None]) % sides[:, None]
    cell = np.column_stack([np.full((n_frames, 2), 30.0), sides, np.full((n_frames, 3), 90.0)])
    trajectory = make_trajectory(positions, ["O"] * 600, cell=cell)
    order = xr.DataArray(np.where(abs(place) < 10, 0.9, 0.6), dims=("frame", "atom"),
                         coords={"frame": trajectory.frame, "atom": trajectory.atom})  # fmt: skip
    return trajectory, order, place, middle % sides


def test_profiles_and_pictures_follow_a_cell_that_breathes():
    """Ice ends 10 from its middle in the profile and in the picture, though it drifts through a boundary that moves."""
    trajectory, order, place, middle = breathing()
    atoms, sides = trajectory.atom.values, trajectory.cell.values[:, 2, 2]
    found = structure.slab_middle(trajectory, atoms, order)
    assert abs((found.values - middle + sides / 2) % sides - sides / 2).max() < 1.5  # atoms are strewn at random
    exact = found.copy(data=middle)
    distance = structure.distance_from_middle(trajectory, atoms, exact)
    np.testing.assert_allclose(distance, place, atol=1e-3)
    shares = structure.profile(order > 0.75, distance)
    assert shares.sel(position=slice(-9, 9)).min() == 1 and shares.where(abs(shares.position) > 10.5).max() == 0
    origin = np.column_stack([np.full((len(sides), 2), 15.0), middle])
    picture = whole_molecules(trajectory, water_molecules(trajectory), origin=origin)
    np.testing.assert_allclose(picture.positions.sel(xyz="z"), place, atol=1e-3)


def test_a_plane_and_a_path_in_a_cell_that_breathes():
    """
    Planes at 1/8, 3/8, 5/8, 7/8 of a cell of 16 and then 24 Angstrom: of 20 on average, 2.5, 7.5, 12.5 and 17.5.

    The first empty layer of 3 is the one around 0.5. Without scaling it would be the one around 12.5, on a plane: 2, 6,
    10 and 14, and 3, 9, 15 and 1 (21) leave 11 to 14 free. An atom that rests at 7/8 of a cell of 8 and then 12, and
    one that leaves at the top and comes in at the bottom, stay in front.
    """
    sides, parts = (16, 24), np.array([1, 3, 5, 7]) / 8
    frames = [[[0, 0, side * part] for part in parts] for side in sides]
    planes = make_trajectory(frames, ["O"] * 4, cell=[[8, 8, side, 90, 90, 90] for side in sides])
    assert emptiest_plane(planes, range(4), "z", width=3, bins=20) == 0.5
    cell = [[8, 8, side, 90, 90, 90] for side in (8, 12)]
    resting = make_trajectory([[[0, 0, 7]], [[0, 0, 10.5]]], ["O"], cell=cell)
    np.testing.assert_allclose(front_origin(resting, 0, "z", window=1), [7 - 4 + 1, 10.5 - 6 + 1])
    crossing = make_trajectory([[[0, 0, 7]], [[0, 0, 1.5]]], ["O"], cell=cell)  # 7/8, then 9/8 of the cell
    np.testing.assert_allclose(front_origin(crossing, 0, "z", window=1), [4, 13.5 - 6 + 1])
