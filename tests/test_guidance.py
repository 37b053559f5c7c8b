"""Advice about a trajectory that nobody has analyzed: on systems whose answer is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from ase.build import bulk
from sklearn.mixture import GaussianMixture

from soaplens_lite import plots
from soaplens_lite.descriptors import Features, lens
from soaplens_lite.states import best_number, find_any_states
from soaplens_lite.study import data, guidance
from soaplens_lite.trajectory import make_trajectory

RNG = np.random.default_rng


@pytest.fixture(scope="module")
def crystal():
    """Copper at rest on average: 12 neighbors at 2.55 Angstrom, 6 at 3.61."""
    atoms = bulk("Cu", a=3.61, cubic=True) * 4
    frames = atoms.positions + RNG(0).normal(0, 0.05, (20, 256, 3))
    return make_trajectory(frames, ["Cu"] * 256, cell=atoms.cell.array, interval=0.1)


def test_a_cutoff_between_the_shells(crystal):
    """Between 2.55 and 3.61, in the data's own unit, whatever that is; and one that is given is taken."""
    r_cut, g, advice = guidance.choose_cutoff(crystal, crystal.atom.values)
    assert 2.7 < r_cut < 3.4 and "12.0 neighbors" in advice and "not at a minimum" not in advice and g.dims == ("r",)
    small = crystal.assign(positions=crystal.positions / 3.61, cell=crystal.cell / 3.61)
    assert guidance.choose_cutoff(small, small.atom.values)[0] == pytest.approx(r_cut / 3.61, rel=0.05)
    r_cut, _, advice = guidance.choose_cutoff(crystal, crystal.atom.values, 2.55)
    assert r_cut == 2.55 and "not at a minimum" in advice


def test_a_gas_has_no_shell():
    """The user must say what a neighbor is."""
    gas = make_trajectory(RNG(1).random((3, 200, 3)) * 60, ["Ar"] * 200, cell=[60] * 3 + [90] * 3)
    with pytest.raises(ValueError, match="r_cut: g.r. has no minimum .* -p r_cut=6"):
        guidance.choose_cutoff(gas, gas.atom.values)


@pytest.mark.parametrize(
    ("unit", "sigma", "width"),
    [(None, 0.0, 1.0), (2.0, 0.0, 2.0), (None, 0.7, 0.7), (0.4, 0.0, 0.5)],
)
def test_widths(unit, sigma, width):
    """Two particles at a distance of 2.5: 0.4 of that in Angstrom, but at least 0.5; what is given is taken."""
    pair = make_trajectory([[[0, 0, 0], [2.5, 0, 0]]], ["A", "A"])
    pair = pair if unit is None else pair.assign_attrs(length_unit=unit)
    assert guidance.choose_sigma(pair, sigma)[0] == width


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ([0.0, 0.0], "LENS is 0"),
        ([0.6, 0.8], "write frames more often"),
        ([0.1, 0.11], "vibration"),
        ([0.1, 0.3], "move on"),
    ],
)
def test_sampling(means, said):
    """Nothing, too much, only vibration, and exchange that grows with the interval."""
    assert said in guidance.sampling_advice(pd.DataFrame({"interval": [1.0, 2.0], "mean_lens": means}))


def test_lens_by_interval_leaves_frames_out():
    """
    Particle 0 has particle 1 beside it in even frames and 2 in odd ones.

    From frame to frame each of them exchanges all of its neighbors, 0 with 1 for 2 and the others all with none; from
    a frame to the second next nothing changes. 7 frames leave 3 to lag 2 (7 // 2), but 1 to lag 4.
    """
    beside, away = [1, 0, 0], [9, 0, 0]
    frames = [[[0, 0, 0], *((beside, away) if k % 2 == 0 else (away, beside))] for k in range(7)]
    table = guidance.lens_by_interval(make_trajectory(frames, ["Ar"] * 3), np.arange(3), 1.5, 0.1, n_jobs=1)
    np.testing.assert_allclose(table, [[0.1, 1.0], [0.2, 0.0]])


def test_windows():
    """Two frames of 0.5 against a stay of 3, and of 0.6; a class that is never left says nothing."""
    stays = pd.DataFrame({"residence_ns": [3.0, 9.0]})
    assert "is shorter" in guidance.window_advice(stays, 2, 0.5)
    assert "(1 tau) is longer" in guidance.window_advice(stays / 5, 2, 0.5, "tau")
    assert "cannot be judged" in guidance.window_advice(stays * np.nan, 2, 0.5)


# ---------------------------------------------------------------------------------------------- fast particles


def labelled(values):
    """LENS of frames and particles."""
    return xr.DataArray(np.asarray(values, float), dims=("frame", "atom"), coords={"atom": np.arange(len(values[0]))})


def test_who_is_fast_and_for_how_long():
    """Means 0, 0.1, 0.8, 0.9: the last two are fast. Halves that agree correlate fully, exchanged ones negatively."""
    lasting = labelled([[0.0, 0.1, 0.8, 0.9]] * 4)
    fast, advice = guidance.fast_particles(lasting)
    assert fast.values.tolist() == [False, False, True, True]
    assert "2 of 4" in advice and "0.850, and 0.050" in advice and "(correlation 1.00)" in advice
    passing = labelled([[0.0, 0.2, 0.9]] * 2 + [[0.9, 0.2, 0.1]] * 2)  # halves 0, .2, .9 and .9, .2, .1
    assert "(correlation -0.75)" in guidance.fast_particles(passing)[1]
    fast, advice = guidance.fast_particles(labelled([[0.5, 0.5]] * 4))
    assert not fast.any() and advice.startswith("No particle is faster")


def test_names_that_distinguish():
    """All are of one species; names divide them, residues as names do, and types are as many as there are particles."""
    labels = {"name": ["A", "B", "A"] * 5, "resname": ["X", "Y", "X"] * 5, "type": [str(k) for k in range(15)]}
    trajectory = make_trajectory(RNG(0).random((1, 15, 3)), ["Ar"] * 15, labels=labels)
    assert list(guidance.names_of(trajectory, trajectory.atom.values)) == ["name"]
    assert guidance.names_of(trajectory, np.array([1, 2]))["name"].tolist() == ["B", "A"]
    assert list(guidance.names_of(trajectory, np.array([0, 2, 3]))) == ["type"]


def test_lens_by_name():
    """Means 0, 0.2, 0.6: B is the last one, and A the mean of the first two."""
    delta = labelled([[0.0, 0.2, 0.6]] * 2)
    table = guidance.lens_by_name(delta, delta.mean("frame") > 0.5, {"name": np.array(["A", "A", "B"])})
    assert table["particles"].tolist() == ["all", "name B", "name A"]
    expected = [[3, 1, 0.8 / 3, 0, 0.6], [1, 1, 0.6, 0.6, 0.6], [2, 0, 0.1, 0.0, 0.2]]
    np.testing.assert_allclose(table.drop(columns="particles").astype(float), expected)
    assert guidance.fast_names(table.iloc[:1]) == ""


def test_what_soap_describes():
    """Three species: all; four: the centers alone, if nothing else is asked for."""
    positions = RNG(0).random((1, 4, 3))
    few, many = (make_trajectory(positions, names) for names in (["A", "B", "C", "C"], ["A", "B", "C", "D"]))
    sizes = [
        guidance.surroundings_of(trajectory, np.array([0, 1]), chosen)[0].sizes["atom"]
        for trajectory in (few, many)
        for chosen in ("choose", "all", "centers")
    ]
    assert sizes == [4, 4, 2, 2, 4, 2]


def test_a_layer_is_seen_from_above():
    """An extent of 9, 9, 1 along the axes is a layer across z; 9, 9, 8 is none."""
    seen = [plots.view_of(make_trajectory([[[0, 0, 0], [9, 9, height]]], ["Ar", "Ar"])) for height in (1.0, 8.0)]
    assert seen == ["top", "tilted"]


# ------------------------------------------------------------------------------------------------- states


def features(points):
    """Points of 30 atoms as labelled vectors, and their first coordinate, which orders states."""
    values = points.reshape(-1, 30, points.shape[-1]).astype(np.float32)
    labels = {"frame": np.arange(len(values)), "atom": np.arange(30), "time": ("frame", np.arange(len(values)) * 1.0)}
    spectra = xr.DataArray(values, dims=("frame", "atom", "feature"), coords=labels)
    return Features(spectra), spectra.isel(feature=0).rename("LENS")


OPTIONS = {"n_resamples": 100, "seed": 0, "n_jobs": 1}


def test_separate_peaks_are_clusters(monkeypatch, tmp_path):
    """Two clusters of 600 points that exchange nothing."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    points = RNG(2).normal(0, 0.1, (1200, 3))
    points.reshape(-1, 30, 3)[:, 15:, 0] += 3
    states, finding = find_any_states(*features(points), **OPTIONS)
    assert len(states.table) == 2 and finding.startswith("HDBSCAN finds 2 peaks")
    assert states.labels.values[0].tolist() == [0] * 15 + [1] * 15  # the lower mean comes first


@pytest.mark.slow
def test_one_cluster_is_a_finding(monkeypatch, tmp_path):
    """Not an error, whichever method is asked for; and so are vectors that are all the same."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    cluster = features(RNG(3).normal(0, 1, (1200, 3)))
    for method in ("choose", "gmm"):
        states, finding = find_any_states(*cluster, method=method, **OPTIONS)
        assert states is None and finding.endswith("one state.")
    states, finding = find_any_states(*cluster, method="hdbscan", min_cluster_size=300, **OPTIONS)
    assert states is None and "no separate peaks" in finding
    same = features(np.full((600, 3), 0.5) + RNG(4).normal(0, 1e-8, (600, 3)))
    assert find_any_states(*same, **OPTIONS)[0] is None


@pytest.mark.slow
def test_clusters_that_overlap_need_a_mixture(monkeypatch, tmp_path):
    """Two Gaussians without a gap between them: a wide one around a narrow one."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    points = RNG(5).normal(0, 1, (3000, 2)) * np.where(np.arange(3000) % 30 < 10, 3.0, 0.5)[:, None]
    states, finding = find_any_states(*features(points), method="gmm", variance=0.999, **OPTIONS)
    assert len(states.table) == 2 and "2 Gaussians" in finding


@pytest.mark.slow
def test_clusters_that_exchange_quickly_are_one_state(monkeypatch, tmp_path):
    """The same two Gaussians, but each atom is in one or the other by chance in every frame."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    points = RNG(5).normal(0, 1, (3000, 2)) * np.where(RNG(6).random(3000) < 1 / 3, 3.0, 0.5)[:, None]
    states, finding = find_any_states(*features(points), method="gmm", variance=0.999, **OPTIONS)
    assert states is None and "2 Gaussians" in finding and finding.endswith("one state.")


def test_fewer_points_than_a_cluster(monkeypatch, tmp_path):
    """90 points, while a cluster must have 100: HDBSCAN is left out, and the mixture of Gaussians finds both."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    points = RNG(2).normal(0, 0.1, (90, 2))
    points.reshape(-1, 30, 2)[:, 15:, 0] += 3
    states, finding = find_any_states(*features(points), **OPTIONS)
    assert len(states.table) == 2 and "90 points" in finding
    assert states.table["name"].tolist() == states.kinetics.target.values.tolist() == ["slowest", "fastest"]


@pytest.mark.slow
def test_a_cluster_of_another_shape_is_one():
    """A skewed density (gamma, shape 4) needs several Gaussians, which overlap: one cluster. Three apart are three."""
    skewed = RNG(0).gamma(4, 1, (2000, 1))
    criteria = [GaussianMixture(k, random_state=0).fit(skewed).bic(skewed) for k in (1, 2, 3)]
    assert np.argmin(criteria) > 0 and best_number(skewed, 6) == 1
    apart = RNG(1).normal(0, 0.3, (900, 2)) + np.repeat([[0, 0], [3, 0], [0, 3]], 300, axis=0)
    assert best_number(apart, 6) == 3 and best_number(apart, 2) == 2 and best_number(np.ones((5, 2)), 6) == 1


def test_the_planted_species_is_found():
    """Hydrogen in palladium, as the notebook shows it: each hydrogen has a larger mean LENS than any palladium."""
    sample = data.fetch("hydrogen-sample")
    trajectory = data.open_data_set(sample)
    r_cut, _, _ = guidance.choose_cutoff(trajectory, trajectory.atom.values)
    mean = lens(trajectory, r_cut, n_jobs=1).mean("frame")
    hydrogen = (trajectory.species == "H").values
    assert hydrogen.sum() == 12 and mean[hydrogen].min() > 2 * mean[~hydrogen].max()
