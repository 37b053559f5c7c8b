"""Advice about a trajectory that nobody has analyzed: on systems whose answer is known."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from ase.build import bulk

from soaplens_lite.descriptors import Features, lens
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
    """Between 2.55 and 3.61, in the data's own unit, whatever that is."""
    r_cut, g, advice = guidance.choose_cutoff(crystal, crystal.atom.values)
    assert 2.7 < r_cut < 3.4 and "12.0 neighbors" in advice and g.dims == ("r",)
    small = crystal.assign(positions=crystal.positions / 3.61, cell=crystal.cell / 3.61)
    assert guidance.choose_cutoff(small, small.atom.values)[0] == pytest.approx(r_cut / 3.61, rel=0.05)
    assert guidance.choose_cutoff(crystal, crystal.atom.values, 2.55)[2].startswith("r_cut = 2.55 does not lie")


def test_a_gas_has_no_shell():
    """The user must say what a neighbor is."""
    gas = make_trajectory(RNG(1).random((3, 200, 3)) * 60, ["Ar"] * 200, cell=[60] * 3 + [90] * 3)
    with pytest.raises(ValueError, match="r_cut: g.r. has no minimum .* -p r_cut=6"):
        guidance.choose_cutoff(gas, gas.atom.values)


@pytest.mark.parametrize(
    ("means", "said"),
    [
        ([0.0, 0.0], "nothing moves"),
        ([0.6, 0.8], "write frames more often"),
        ([0.1, 0.11], "vibration"),
        ([0.1, 0.3], "resolved"),
    ],
)
def test_sampling(means, said):
    """Nothing, everything, only vibration, and exchange that grows with the interval."""
    assert said in guidance.sampling_advice(pd.DataFrame({"interval": [1.0, 2.0], "mean_lens": means}))


def test_lens_by_interval_leaves_frames_out(crystal):
    """20 frames can be thinned to every fourth, which leaves 5; a crystal exchanges nothing at any interval."""
    table = guidance.lens_by_interval(crystal, crystal.atom.values, 3.1, 0.1, n_jobs=1)
    np.testing.assert_allclose(table["interval"], [0.1, 0.2, 0.4])
    assert (table["mean_lens"] == 0).all()


def test_windows():
    """Two frames of 0.5 against a stay of 3, and of 0.6; a class that is never left says nothing."""
    stays = pd.DataFrame({"residence_ns": [3.0, 9.0]})
    assert "is shorter" in guidance.window_advice(stays, 2, 0.5)
    assert "averaged away" in guidance.window_advice(stays / 5, 2, 0.5)
    assert "nothing can be said" in guidance.window_advice(stays * np.nan, 2, 0.5)


# ------------------------------------------------------------------------------------------------- states


def features(points):
    """Points of 30 atoms as labelled vectors, and their first coordinate, which orders states."""
    values = points.reshape(-1, 30, points.shape[-1]).astype(np.float32)
    labels = {"frame": np.arange(len(values)), "atom": np.arange(30), "time": ("frame", np.arange(len(values)) * 1.0)}
    spectra = xr.DataArray(values, dims=("frame", "atom", "feature"), coords=labels)
    return Features(spectra), spectra.isel(feature=0).rename("LENS")


OPTIONS = {"n_resamples": 100, "seed": 0, "n_jobs": 1}


def test_separate_peaks_are_clusters(monkeypatch, tmp_path):
    """Two crowds of 600 points that exchange nothing."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    points = RNG(2).normal(0, 0.1, (1200, 3))
    points.reshape(-1, 30, 3)[:, 15:, 0] += 3
    states, finding = guidance.find_any_states(*features(points), **OPTIONS)
    assert len(states.table) == 2 and finding.startswith("HDBSCAN finds 2 peaks")
    assert states.labels.values[0].tolist() == [0] * 15 + [1] * 15  # the lower mean comes first


def test_one_crowd_is_a_finding(monkeypatch, tmp_path):
    """Not an error, whichever method is asked for; and so are vectors that are all the same."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    crowd = features(RNG(3).normal(0, 1, (1200, 3)))
    for method in ("choose", "gmm"):
        states, finding = guidance.find_any_states(*crowd, method=method, **OPTIONS)
        assert states is None and finding.startswith("One crowd")
    states, finding = guidance.find_any_states(*crowd, method="hdbscan", min_cluster_size=300, **OPTIONS)
    assert states is None and "One crowd is a finding" in finding
    same = features(np.full((600, 3), 0.5) + RNG(4).normal(0, 1e-8, (600, 3)))
    assert guidance.find_any_states(*same, **OPTIONS)[0] is None


def test_crowds_that_overlap_need_a_mixture(monkeypatch, tmp_path):
    """Two Gaussians without a gap between them: a wide one around a narrow one."""
    monkeypatch.setenv("SOAPLENS_CACHE", str(tmp_path))
    points = RNG(5).normal(0, 1, (3000, 2)) * np.where(np.arange(3000) % 30 < 10, 3.0, 0.5)[:, None]
    states, finding = guidance.find_any_states(*features(points), method="gmm", variance=0.999, **OPTIONS)
    assert len(states.table) == 2 and "2 Gaussians" in finding


def test_the_planted_species_is_found():
    """Hydrogen in palladium, as the notebook shows it: each hydrogen has a larger mean LENS than any palladium."""
    sample = data.fetch("hydrogen-sample")
    trajectory = data.open_data_set(sample)
    r_cut, _, _ = guidance.choose_cutoff(trajectory, trajectory.atom.values)
    mean = lens(trajectory, r_cut, n_jobs=1).mean("frame")
    hydrogen = (trajectory.species == "H").values
    assert hydrogen.sum() == 12 and mean[hydrogen].min() > 2 * mean[~hydrogen].max()
