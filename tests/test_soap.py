"""SOAP: a bare DScribe call on the same atoms, the factor sqrt(2) against spectra in full, and invariants."""

import numpy as np
import pytest
from ase import Atoms
from dscribe.descriptors import SOAP
from MDAnalysis.lib.distances import apply_PBC
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation
from sklearn.decomposition import PCA

from soaplens_lite.descriptors import _soap as soap_module
from soaplens_lite.descriptors import component_weights, normalize, soap
from soaplens_lite.trajectory import make_trajectory

SMALL = {"r_cut": 4.0, "n_max": 3, "l_max": 2}
CELL = [9.0, 10.0, 11.0, 90, 90, 90]


@pytest.fixture
def fill(tmp_path):
    """The function under test with a cache that is new for every call, so that every call computes."""

    def compute(trajectory, centers, **settings):
        settings = SMALL | {"n_jobs": 1} | settings
        return soap(trajectory, centers, cache_folder=tmp_path / f"{len(list(tmp_path.iterdir()))}", **settings)

    return compute


@pytest.fixture
def asked(monkeypatch):
    """Every list of blocks that is asked to be computed."""
    calls, compute = [], soap_module._compute_blocks

    def counting(trajectory, centers, parameters, blocks, n_jobs):
        calls.append(list(blocks))
        return compute(trajectory, centers, parameters, blocks, n_jobs)

    monkeypatch.setattr(soap_module, "_compute_blocks", counting)
    return calls


def components(species, n_max, l_max):
    """DScribe's documented order: pairs of species, then l, then n, then n'; of one species only n' >= n."""
    return [
        (i, j, degree, n, other)
        for i in range(len(species))
        for j in range(i, len(species))
        for degree in range(l_max + 1)
        for n in range(n_max)
        for other in range(n if i == j else 0, n_max)
    ]


def written_out(compact, species, n_max, l_max):
    """Spectra with every (n, n') of every pair of species: the power spectrum as the published analysis holds it."""
    place = {component: k for k, component in enumerate(components(species, n_max, l_max))}
    assert compact.shape[-1] == len(place)
    columns = []
    for i in range(len(species)):
        for j in range(i, len(species)):
            for degree in range(l_max + 1):
                for n in range(n_max):
                    for other in range(n_max):
                        a, b = (min(n, other), max(n, other)) if i == j else (n, other)
                        columns.append(place[i, j, degree, a, b])
    return compact[..., columns]


def bare(trajectory, centers, *, r_cut, n_max, l_max, **options):
    """DScribe alone: centers by index, every frame wrapped by hand, no weights, no norm."""
    species = sorted(set(trajectory.species.values.tolist()))
    descriptor = SOAP(species=species, r_cut=r_cut, n_max=n_max, l_max=l_max, periodic=trajectory.periodic, **options)
    spectra = []
    for frame in range(trajectory.sizes["frame"]):
        positions = trajectory.positions.values[frame].astype(float)
        if trajectory.periodic:
            sides = trajectory.cell.values[frame].diagonal()
            positions = positions % sides
            system = Atoms(trajectory.species.values, positions, cell=sides, pbc=True)
        else:
            system = Atoms(trajectory.species.values, positions)
        spectra.append(descriptor.create(system, centers=list(centers)))
    return np.array(spectra)


def naive_normalized(compact, species, n_max, l_max):
    """Each component with i = j and n < n' times sqrt(2), each vector divided by its length, one by one."""
    factors = [2**0.5 if i == j and n < other else 1.0 for i, j, _, n, other in components(species, n_max, l_max)]
    result = np.zeros_like(compact)
    for place in np.ndindex(compact.shape[:-1]):
        weighted = compact[place] * factors
        result[place] = weighted / np.sqrt(np.sum(weighted**2))
    return result


# ------------------------------------------------------------------------------------------------ the numbers


BREATHING = np.array([CELL] * 11) + np.linspace(0, 2, 11)[:, None] * [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("cell", [CELL, BREATHING, None])
def test_equals_a_bare_call(cell, wander, fill):
    """Weighted and normalized DScribe spectra of the centers alone, which are neither the first atoms nor in order."""
    trajectory = wander(11, 30, seed=4, size=9, step=3, cell=cell, species=("Cu", "O"))
    centers = [21, 4, 17, 28]
    spectra = fill(trajectory, centers)
    expected = naive_normalized(bare(trajectory, centers, **SMALL), ["O", "Cu"], 3, 2)
    np.testing.assert_allclose(spectra, expected, atol=2e-6)
    assert spectra.dtype == np.float32 and spectra.dims == ("frame", "atom", "feature")
    assert spectra.atom.values.tolist() == centers
    np.testing.assert_array_equal(spectra.frame, trajectory.frame)
    np.testing.assert_array_equal(spectra.time, trajectory.time)
    np.testing.assert_allclose(np.linalg.norm(spectra, axis=2), 1, atol=1e-6)
    assert len(np.unique(spectra.values.reshape(44, -1), axis=0)) > 20  # Not all atoms stand alone.


def test_triclinic_cell(wander, fill):
    """A skewed cell: the same as its atoms and all their images within reach, written down without a cell."""
    cell = [10.0, 11.0, 12.0, 80, 95, 105]
    trajectory = wander(1, 25, seed=2, size=9, cell=cell)
    vectors = Atoms(cell=cell).cell.array
    positions = trajectory.positions.values[0].astype(float)
    everywhere = [positions + np.array(shift) @ vectors for shift in np.ndindex(5, 5, 5)]  # Middle: (2, 2, 2).
    middle = len(positions) * (2 * 25 + 2 * 5 + 2)
    images = make_trajectory([np.concatenate(everywhere)], ["Cu"] * 125 * 25)
    chosen = np.arange(25)
    np.testing.assert_allclose(fill(trajectory, chosen).values, fill(images, middle + chosen).values, atol=1e-5)


def test_frames_keep_their_labels(wander, fill):
    """A stretch of the trajectory: its frames keep their numbers, and have the spectra that they had before."""
    trajectory = wander(9, 12, seed=1, cell=CELL)
    whole, stretch = fill(trajectory, [3, 7]), fill(trajectory.isel(frame=slice(4, 7)), [3, 7])
    assert stretch.frame.values.tolist() == [4, 5, 6] and stretch.time.values.tolist() == [2.0, 2.5, 3.0]
    np.testing.assert_array_equal(stretch, whole.sel(frame=[4, 5, 6]))


def test_all_atoms_are_seen(wander, fill):
    """An atom that is no center changes the spectrum of one nearby, and one far away does not."""
    cluster = np.array([[0, 0, 0], [2.5, 0, 0], [0, 30, 0]])
    near, far = cluster.copy(), cluster.copy()
    near[1, 1] += 0.5
    near[1, 0] += 0.5
    far[2, 1] += 5
    spectra = fill(make_trajectory([cluster, near, far], ["Cu"] * 3), [0]).values[:, 0]
    assert np.abs(spectra[0] - spectra[1]).max() > 1e-3
    np.testing.assert_allclose(spectra[0], spectra[2], atol=1e-6)


# --------------------------------------------------------------------------------------- the factor sqrt(2)


def water(n_molecules=24, seed=0, side=12.0, n_frames=2):
    """Molecules at random places and orientations in a cubic cell: O, H, H, O, H, H ..."""
    rng = np.random.default_rng(seed)
    molecule = np.array([[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]])
    frames = []
    for _ in range(n_frames):
        turned = [Rotation.random(random_state=rng).apply(molecule) for _ in range(n_molecules)]
        frames.append(np.concatenate([one + rng.uniform(0, side, 3) for one in turned]))
    return make_trajectory(frames, ["O", "H", "H"] * n_molecules, cell=[side, side, side, 90, 90, 90])


@pytest.fixture(scope="module")
def compact(copper):
    """DScribe's unweighted spectra with the published n_max and l_max, by number of components written out."""
    centers = np.arange(0, 900, 30)
    liquid = water()
    oxygen = np.flatnonzero(liquid.species.values == "O")
    return {
        576: (bare(copper.isel(frame=slice(2)), centers, r_cut=6.0, n_max=8, l_max=8).reshape(60, -1), ["Cu"]),
        1728: (bare(liquid, oxygen, r_cut=6.0, n_max=8, l_max=8).reshape(48, -1), ["H", "O"]),
    }


@pytest.mark.parametrize("n_full, n_compact", [(576, 324), (1728, 1224)])
def test_sqrt_two_gives_the_geometry_of_the_full_spectra(n_full, n_compact, compact):
    """324 weighted components for copper and 1224 for water: norms, distances and variances of the 576 and 1728."""
    spectra, species = compact[n_full]
    full = written_out(spectra, species, 8, 8)
    weights = component_weights(species, n_max=8, l_max=8)
    assert full.shape[1] == n_full and spectra.shape[1] == n_compact == len(weights)
    weighted = spectra * weights
    np.testing.assert_allclose(np.linalg.norm(weighted, axis=1), np.linalg.norm(full, axis=1), rtol=1e-12)
    np.testing.assert_allclose(pdist(weighted), pdist(full), rtol=1e-9)
    ours = normalize(spectra, weights)
    theirs = full / np.linalg.norm(full, axis=1, keepdims=True)
    np.testing.assert_allclose(pdist(ours), pdist(theirs), rtol=1e-9)
    ratios = [PCA().fit(vectors).explained_variance_ratio_[:10] for vectors in (ours, theirs)]
    np.testing.assert_allclose(ratios[0], ratios[1], rtol=1e-8)
    without = spectra / np.linalg.norm(spectra, axis=1, keepdims=True)
    assert not np.allclose(pdist(without), pdist(theirs), rtol=1e-3)  # The weights are needed.


@pytest.mark.parametrize("n_full", [576, 1728])
def test_order_of_the_components(n_full, compact):
    """
    Of every l the power spectrum in full is a positive matrix over (species, n) of rank at most 2 l + 1.

    It is a sum of 2 l + 1 outer products of expansion coefficients: one for l = 0. In any other order it is not.
    """
    spectra, species = compact[n_full]
    matrices = np.zeros((9, len(species) * 8, len(species) * 8))
    for value, (i, j, degree, n, other) in zip(spectra[0], components(species, 8, 8), strict=True):
        matrices[degree, i * 8 + n, j * 8 + other] = matrices[degree, j * 8 + other, i * 8 + n] = value
    for degree, matrix in enumerate(matrices[:4]):
        eigenvalues = np.linalg.eigvalsh(matrix)
        assert eigenvalues[-1] > 0
        np.testing.assert_allclose(eigenvalues[: -(2 * degree + 1)] / eigenvalues[-1], 0, atol=1e-7)


def test_weights_by_hand():
    """n_max = 2, l_max = 1: pairs (1,1) (1,2) (2,2) in a block of one species, all four in the block of H with O."""
    r = 2**0.5
    expected = [1, r, 1, 1, r, 1] + [1] * 8 + [1, r, 1, 1, r, 1]  # H-H, H-O, O-O; each for l = 0 and l = 1.
    np.testing.assert_allclose(component_weights(["H", "O"], n_max=2, l_max=1), expected)
    np.testing.assert_allclose(component_weights(["O", "H"], n_max=2, l_max=1), expected)


def test_normalize_by_hand():
    """(3, 4) with weights (1, 1.5) is (3, 6), of length 6.7082; a zero vector stays zero without a warning."""
    spectra = np.array([[3.0, 4.0], [0.0, 0.0]])
    with np.errstate(all="raise"):
        result = normalize(spectra, np.array([1.0, 1.5]))
    np.testing.assert_allclose(result, [[3 / 45**0.5, 6 / 45**0.5], [0, 0]])
    np.testing.assert_array_equal(spectra, [[3.0, 4.0], [0.0, 0.0]])


# ------------------------------------------------------------------------------------------------ invariants


def test_rotation_translation_permutation(wander, fill):
    """A turned and moved cluster has the same spectra; renumbered atoms take theirs along."""
    trajectory = wander(1, 18, seed=9, size=6, species=("Cu", "Cu", "O"))
    positions, species = trajectory.positions.values[0].astype(float), trajectory.species.values
    reference = fill(trajectory, range(18)).values
    moved = Rotation.from_euler("xyz", [0.4, 1.1, -2.0]).apply(positions) + [3, -40, 7]
    np.testing.assert_allclose(fill(make_trajectory([moved], species), range(18)).values, reference, atol=2e-5)
    order = np.random.default_rng(0).permutation(18)
    renumbered = fill(make_trajectory([positions[order]], species[order]), range(18)).values
    np.testing.assert_allclose(renumbered, reference[:, order], atol=2e-6)
    assert np.abs(reference[0, 0] - reference[0, 1]).max() > 1e-2  # Atoms can be told apart.


def test_wrapped_and_unwrapped_are_the_same(wander, fill):
    """Whole cells added to atoms, also negative ones, in right-angled and in skewed cells."""
    for cell in (CELL, [10.0, 11.0, 12.0, 80, 95, 105]):
        trajectory = wander(2, 20, seed=3, size=9, cell=cell)
        shifts = np.random.default_rng(1).integers(-2, 3, (2, 20, 3)) @ Atoms(cell=cell).cell.array
        moved = make_trajectory(trajectory.positions.values + shifts, ["Cu"] * 20, cell=cell)
        np.testing.assert_allclose(fill(moved, range(20)).values, fill(trajectory, range(20)).values, atol=2e-5)


def test_number_of_processes_does_not_matter(wander, fill):
    """One process and two, bit by bit, also where the last block of frames is shorter."""
    trajectory = wander(19, 15, seed=7, cell=CELL)
    np.testing.assert_array_equal(fill(trajectory, [2, 9], n_jobs=1), fill(trajectory, [2, 9], n_jobs=2))


# ------------------------------------------------------------------------------------------------- the cache


def test_second_call_computes_nothing(wander, tmp_path, asked):
    """Same data and parameters: the file is read. Anything else that matters: it is computed."""
    trajectory = wander(10, 12, seed=1, size=8, cell=CELL)
    settings = SMALL | {"n_jobs": 1, "cache_folder": tmp_path}
    first = soap(trajectory, [3, 5], **settings)
    assert asked == [[(0, 8), (8, 10)]]
    later = trajectory.assign_coords(time=trajectory.time * 2)  # Times do not matter to SOAP, but are labels.
    second = soap(later, [3, 5], **settings | {"n_jobs": 2})
    assert len(asked) == 1
    np.testing.assert_array_equal(first, second)
    assert second.time.values.tolist() == later.time.values.tolist()
    for n_calls, change in enumerate(({"r_cut": 3.9}, {"n_max": 2}, {"l_max": 1}), start=2):
        soap(trajectory, [3, 5], **settings | change)
        assert len(asked) == n_calls
    moved = trajectory.copy(deep=True)
    moved.positions.values[9, 11, 0] += 0.01
    for n_calls, (data, centers) in enumerate(
        ((trajectory, [5, 3]), (moved, [3, 5]), (trajectory.drop_vars("cell").assign_attrs(periodic=False), [3, 5])),
        start=5,
    ):
        soap(data, centers, **settings)
        assert len(asked) == n_calls


def test_order_of_the_centers_is_kept(wander, fill):
    """Spectra follow the labels, not the other way round."""
    trajectory = wander(2, 12, seed=1, cell=CELL)
    one, other = fill(trajectory, [3, 5]), fill(trajectory, [5, 3])
    np.testing.assert_array_equal(one.sel(atom=[5, 3]), other)


def test_centers_are_found_by_label(wander, fill):
    """Of a part of the atoms, labelled 2, 5, 7 and on: 5 and 7 are its second and third."""
    kept = [2, 5, 7, 8, 11, 13, 14, 15, 18, 19]
    part = wander(3, 20, cell=CELL).isel(atom=kept)
    anew = make_trajectory(part.positions.values, part.species.values, cell=part.cell.values)
    np.testing.assert_array_equal(fill(part, [5, 7]), fill(anew, [1, 2]))
    assert not np.allclose(fill(part, [5, 7]), fill(anew, [5, 7]))


def test_interrupted_computation_resumes(wander, tmp_path, monkeypatch):
    """After two of five blocks comes an end: the next call computes the other three and gives the same array."""
    monkeypatch.setattr(soap_module, "FRAMES_PER_BLOCK", 2)
    trajectory = wander(9, 10, seed=2, cell=CELL)
    settings = SMALL | {"n_jobs": 1}
    whole = soap(trajectory, [1, 4], cache_folder=tmp_path / "whole", **settings)
    compute, computed = soap_module._compute_blocks, []

    def interrupted(*arguments):
        for block, values in compute(*arguments):
            if len(computed) == 2:
                raise KeyboardInterrupt
            computed.append(block)
            yield block, values

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(soap_module, "_compute_blocks", interrupted)
        soap(trajectory, [1, 4], cache_folder=tmp_path / "cut", **settings)
    assert computed == [(0, 2), (2, 4)] and not list((tmp_path / "cut").glob("*.npy"))

    asked = []

    def recorded(trajectory, centers, parameters, blocks, n_jobs):
        asked.extend(blocks)
        return compute(trajectory, centers, parameters, blocks, n_jobs)

    monkeypatch.setattr(soap_module, "_compute_blocks", recorded)
    resumed = soap(trajectory, [1, 4], cache_folder=tmp_path / "cut", **settings)
    assert asked == [(4, 6), (6, 8), (8, 9)]
    np.testing.assert_array_equal(resumed, whole)


def test_spectra_stay_on_disk(wander, fill):
    """The array is a read-only view of a file, and knows its parameters."""
    spectra = fill(wander(3, 10, cell=CELL), [0, 1])
    base = spectra.values
    while not isinstance(base, np.memmap):
        base = base.base
    assert not spectra.values.flags.writeable
    assert spectra.attrs == {"species": ["Cu"], "periodic": True, "r_cut": 4.0, "n_max": 3, "l_max": 2}


# ------------------------------------------------------------------------------------- boxes much too large


@pytest.mark.parametrize("angles", [[90, 90, 90], [90, 90, 120], [70, 80, 65]])
@pytest.mark.parametrize("side", [40, 90, 3000])
def test_a_large_box_changes_nothing(side, angles, fill):
    """Atoms alone, and in a box that they do not fill, whole or cut by its boundary; 3000 would take gigabytes."""
    positions = np.random.default_rng(2).uniform(-4, 5, (2, 25, 3))
    alone = fill(make_trajectory(positions, ["Cu", "Au", "Cu", "Cu", "Au"] * 5), [0, 7, 21])
    box = [side, side + 1, side + 2, *angles]
    wrapped = [apply_PBC(frame.astype(np.float32), np.array(box, dtype=np.float32)) for frame in positions]
    for places in (positions, wrapped):
        boxed = fill(make_trajectory(places, ["Cu", "Au", "Cu", "Cu", "Au"] * 5, cell=box), [0, 7, 21])
        np.testing.assert_allclose(boxed, alone, atol=2e-4 if side == 3000 else 2e-6)  # float32 there: 1e-4 Angstrom


@pytest.mark.parametrize("vacuum", [3.9, 4.1, 7.9, 8.1, 20.0])
def test_a_box_with_room_around_is_a_box_still(vacuum, fill, monkeypatch):
    """Whether images are seen or not, the spectra are DScribe's of the whole box; beyond 8 Angstrom they are not."""
    positions = np.random.default_rng(3).uniform(0, 9, (1, 25, 3))
    positions[0, :2] = [[0, 0, 0], [9, 9, 9]]
    trajectory = make_trajectory(positions, ["Cu"] * 25, cell=[9 + vacuum] * 3 + [90] * 3)
    found = fill(trajectory, [0, 1, 12])
    expected = normalize(bare(trajectory, [0, 1, 12], **SMALL), component_weights(["Cu"], **SMALL))
    np.testing.assert_allclose(found, expected, atol=2e-6)
    alone = fill(trajectory.drop_vars("cell").assign_attrs(periodic=False), [0, 1, 12])
    assert np.allclose(alone, found, atol=2e-6) == (vacuum > 7)


@pytest.mark.parametrize("cell", [[900, 900, 900, 90, 90, 90], None])
def test_atoms_strewn_over_space_are_refused(cell, tmp_path, asked):
    """In a box, or without one: before memory is asked for."""
    far = make_trajectory(np.random.default_rng(0).uniform(0, 900, (1, 40, 3)), ["Cu"] * 40, cell=cell)
    with pytest.raises(ValueError, match="atoms are spread over .* gigabytes"):
        soap(far, [0], **SMALL, cache_folder=tmp_path)
    assert asked == []


# ---------------------------------------------------------------------------------------------- bad input


def test_errors_come_before_work(wander, tmp_path, asked):
    """Cutoff, centers and folder are refused before anything is computed."""
    trajectory = wander(3, 10, cell=CELL)
    below_a_file = tmp_path / "file"
    below_a_file.write_text("")
    for message, error, centers, change in (
        ("r_cut = 0 Angstrom: must be positive", ValueError, [1], {"r_cut": 0}),
        ("r_cut = -3 Angstrom: must be positive", ValueError, [1], {"r_cut": -3}),
        ("r_cut = 1 Angstrom: .*more than 1", ValueError, [1], {"r_cut": 1.0}),
        ("r_cut = 4.6 Angstrom: more than half the shortest height", ValueError, [1], {"r_cut": 4.6}),
        ("r_cut = '6': must be a number", ValueError, [1], {"r_cut": "6"}),
        ("n_max = 0, l_max = 2: must be 1 to 20 and 0 to 20", ValueError, [1], {"n_max": 0, "l_max": 2}),
        ("l_max = 21: must be", ValueError, [1], {"l_max": 21}),
        ("n_jobs = -1: must be a whole number of processes, or 0", ValueError, [1], {"n_jobs": -1}),
        ("selection is empty", ValueError, [], {}),
        (r"atoms \[10\] are not in", ValueError, [1, 10], {}),
        ("cache folder .*cannot be written to.*SOAPLENS_CACHE", OSError, [1], {"cache_folder": below_a_file / "x"}),
    ):
        with pytest.raises(error, match=message):
            soap(trajectory, centers, **SMALL | {"n_jobs": 1, "cache_folder": tmp_path / "cache"} | change)
    assert asked == []


# ------------------------------------------------------------------------------- particles that are not atoms


def test_names_are_species(wander, fill):
    """Renamed one by one, two species give the same components in another order of blocks: the same distances."""
    atoms = wander(3, 40, species=("Cu", "Au"))
    named = atoms.assign(species=("atom", np.where(atoms.species == "Cu", "PO4", "W")))
    options = {"r_cut": 4.0, "n_max": 3, "l_max": 2}
    first, second = (fill(each, atoms.atom.values, **options).values for each in (atoms, named))
    # By atomic number Cu, Au; by name PO4, W: the order happens to be the same.
    np.testing.assert_allclose(second, first, atol=1e-6)
    reversed_names = atoms.assign(species=("atom", np.where(atoms.species == "Cu", "W", "PO4")))
    third = fill(reversed_names, atoms.atom.values, **options).values.reshape(120, -1)
    np.testing.assert_allclose(third @ third.T, (first := first.reshape(120, -1)) @ first.T, atol=1e-5)
    assert fill(named, [0], **options).attrs["species"] == ["PO4", "W"]


def test_a_unit_of_length_scales_positions_and_cutoff(wander, fill):
    """A crystal in units of 2.5 Angstrom has the spectra that it has in Angstrom, also if the trajectory says it."""
    atoms = wander(3, 40)
    small = atoms.assign(positions=atoms.positions / 2.5)
    small = small.assign(cell=atoms.cell / 2.5) if atoms.periodic else small
    expected = fill(atoms, [0, 1], r_cut=4.0, n_max=3, l_max=2)
    for given, options in ((small, {"length_unit": 2.5}), (small.assign_attrs(length_unit=2.5), {})):
        found = fill(given, [0, 1], r_cut=1.6, n_max=3, l_max=2, **options)
        np.testing.assert_allclose(found.values, expected.values, atol=1e-5)
        assert (found.attrs["r_cut"], found.attrs["length_unit"]) == (1.6, 2.5)


def test_width_of_the_gaussians(wander, fill):
    """As DScribe takes it; the published one is not written down, so that cached spectra are found."""
    atoms = wander(3, 40, species=("Cu", "O"))
    found = fill(atoms, [0, 7], sigma=0.6)
    expected = naive_normalized(bare(atoms, [0, 7], **SMALL, sigma=0.6), ["O", "Cu"], 3, 2)
    np.testing.assert_allclose(found, expected, atol=2e-6)
    assert found.attrs["sigma"] == 0.6 and "sigma" not in fill(atoms, [0, 7]).attrs


def test_too_many_species_are_refused(tmp_path):
    """A spectrum grows with the square of their number; there are 118 elements to stand for them."""
    names = [f"B{k}" for k in range(119)]
    beads = make_trajectory(np.arange(357.0).reshape(1, 119, 3), names)
    with pytest.raises(ValueError, match="119 species: a spectrum would have 4082652 components"):
        soap(beads, [0], cache_folder=tmp_path)
    with pytest.raises(ValueError, match="119 species: SOAP can distinguish 118"):
        soap(beads, [0], n_max=1, l_max=1, cache_folder=tmp_path)
