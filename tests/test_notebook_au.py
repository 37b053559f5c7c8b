"""The gold notebook from end to end on a short stretch; and what it relies on, on the whole sample."""

import numpy as np
import pytest
from ase.io import read

from soaplens_lite.descriptors import _structure as structure
from soaplens_lite.descriptors import lens, soap
from soaplens_lite.study import data as registry
from soaplens_lite.systems import particle
from soaplens_lite.trajectory import make_trajectory, read_trajectory

pytestmark = pytest.mark.notebook

PARTS = ["dendrogram", "map", "chord", "transition_matrix"]
PANELS = [
    *(f"fig3a_{part}" for part in [*PARTS, "snapshot_before", "snapshot_end"]),
    *(f"fig3b_{part}" for part in ["lens_series", *PARTS[2:], "snapshot_before", "snapshot_end"]),
    *(f"fig3c_{part}" for part in [*PARTS, "map_finer", "transition_matrix_finer", "chord_liquid"]),
    *(f"fig3c_snapshot_{moment}" for moment in ("before", "event", "end")),
    *(f"fig3d_{part}" for part in ["map", "snapshot_1", "snapshot_2", "snapshot_3"]),
    *(f"figs{n}b_{part}" for n in (1, 2) for part in ["dendrogram", "map", "transition_matrix"]),
    "stability_states",
    "movie_au309_stills",
]


@pytest.fixture(scope="module")
def gold():
    """The whole sample."""
    sample = registry.fetch("au309-sample")
    return read_trajectory(sample.topology, sample.trajectory, interval=sample.interval, periodic=sample.periodic)


@pytest.fixture(scope="module")
def run(run_notebook):
    """The first 60 frames, in which nothing happens."""
    return run_notebook("02_au_nanoparticle", {"frames": 60, "lens_window": 20, "rotations": 2, "bootstrap": 100})


def test_every_panel_is_there_as_png_and_svg(run_folder, check_figures):
    """All panels, and the figures as wholes."""
    check_figures(run_folder, PANELS, ["fig3", "figs1b", "figs2b"])


def test_a_crystal_has_vertices_and_nothing_that_flows(numbers, states):
    """60 frames, 59 intervals less a window of 20: 39. Twelve vertices of six neighbors; no event, no liquid."""
    assert numbers["frames_joint"] == 39
    assert numbers["ideal.vertices"] == 12
    for key in ("soap", "joint"):
        table = states(key).table.set_index("name")
        assert table.loc["vertex", "atoms"] == pytest.approx(12, abs=0.5)
        assert table.loc["vertex", "coordination"] == pytest.approx(6, abs=0.1)
        assert "liquid-like" not in table["kind"].values
    assert numbers["event.happened"] is False
    assert numbers["event.lens_with_event"] is None
    assert numbers["flows.face"] == {"value": None, "low": None, "high": None}
    assert numbers["soap.flowing"]["value"] == numbers["joint.flowing"]["value"] == 0
    assert "finer.liquid_atoms" not in numbers


def test_labels_agree_with_the_saved_counts(run_folder, states, count_naively):
    """The saved labels give the saved transition counts when they are counted naively."""
    assert count_naively(run_folder, "joint") == states("joint").kinetics["counts"].values.tolist()


def test_labels_export_and_no_movie(run_folder, check_products):
    """Nothing sinks in, and no movie is made of it; the aligned particle is there for other programs."""
    check_products(run_folder, None, extra=["finer"])
    frames = read(run_folder / "exports" / "02_au_nanoparticle.xyz.gz", index=":")
    first = frames[0].positions
    assert not frames[0].pbc.any()
    for atoms in frames[1:]:
        # It vibrates, by a few tenths of an Angstrom, and does not turn: at its rim, 10 Angstrom out, that would show.
        assert np.sqrt(((atoms.positions - first) ** 2).sum(axis=1).mean()) < 0.5


def test_a_large_box_changes_nothing(gold):
    """The paper's file holds a box much larger than the particle: SOAP and LENS are those without one."""
    positions = gold.positions.values[[0, 1, 1500]]
    free = make_trajectory(positions, ["Au"] * 309)
    boxed = make_trajectory(positions, ["Au"] * 309, cell=[100, 100, 100, 90, 90, 90])
    atoms = free.atom.values[::7]
    spectra = [soap(trajectory, atoms, r_cut=4.48, n_jobs=1).values for trajectory in (free, boxed)]
    np.testing.assert_allclose(*spectra, atol=1e-6)
    deltas = [lens(trajectory, 4.48).values for trajectory in (free, boxed)]
    assert np.array_equal(*deltas) and deltas[0].max() > 0


def test_the_vertex_is_found_whatever_the_stride(gold):
    """The rule of the notebook on every 10th and every 20th frame: the same atom, within half a nanosecond."""
    found = []
    for stride in (10, 20):
        thin = gold.isel(frame=slice(None, None, stride))
        rings = particle.surface_rings(thin, structure.first_minimum(structure.radial_distribution(thin)))
        vertices = thin.atom.values[((rings.ring[: 100 // stride] == 5).mean("frame") > 0.5).values]
        distance = particle.distances_from_center(thin, vertices)
        atom, frame, drop = particle.largest_drop(distance)
        assert len(vertices) == 12 and drop > 1.0
        forms = particle.lasting_start(particle.rosette_centers(rings).any("atom"), 100 // stride)
        found.append((atom, float(thin.time.sel(frame=frame)), float(thin.time.sel(frame=forms))))
    assert found[0][0] == found[1][0]
    assert found[0][1] == pytest.approx(found[1][1], abs=0.5)
    assert found[0][2] > found[0][1] - 0.5


def test_every_claim_finds_its_quantity(run_folder, check_claims):
    """Nothing that the ledger asks of this study is missing; with other parameters nothing is judged."""
    check_claims(run_folder, "au309")
