"""Inputs from public bug reports, where the folder with their generators stands beside the repository."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

import soaplens_lite as sl
from soaplens_lite.trajectory import lengths_and_angles

FILE = Path(__file__).parents[2] / "shared" / "cases" / "cases.py"
FILE = FILE if FILE.is_file() else Path(__file__).parents[3] / "shared" / "cases" / "cases.py"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not FILE.is_file(), reason="needs the folder of cases")]
REFUSED = {
    "unsorted_alloy": "frame 1 has Cu as atom 0, where frame 0 has Au",
    "dcd_lammps": "lammps.dcd: LAMMPS wrote the DCD, without its unit of time: 0.002 ns if that is fs",
}
NAMES = (
    "gro_nbn gro_nial lammps_data_full lammps_data_atomic dump_slab primitive_cell extxyz_forces_first extxyz_npt "
    "unsorted_alloy dcd_lammps xtc_two_parts dump_origin gro_many_frames crystal_at_rest lennard_jones_units "
    "lipid_bilayer planted_fast_species trr_velocity_frames h5md_named_h5"
).split()


@pytest.fixture(scope="module")
def cases():
    """The module with the generators."""
    specification = importlib.util.spec_from_file_location("cases", FILE)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module.CASES


def test_no_case_is_left_out(cases):
    """Those below are all of them."""
    assert sorted(cases) == sorted(NAMES)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", NAMES)
def test_right_value_or_true_refusal(cases, name, tmp_path):
    """LENS, frames, periodicity, cell, interval, species and centers are those of the generator."""
    values = cases[name](tmp_path)
    files, stated = values["files"], values["stated"]
    trajectory = files["trajectory"]
    parts = [tmp_path / part for part in ([trajectory] if isinstance(trajectory, str) else trajectory)]
    topology = tmp_path / files["topology"] if "topology" in files else parts[0]
    interval = next((value for key, value in stated.items() if key.startswith("interval")), None)
    options = {} if interval is None else {"interval": 1.0 if isinstance(interval, str) else interval}
    options |= {"cell": stated["cell"]} if "cell" in stated else {}
    if name in REFUSED:
        with pytest.raises(ValueError, match=REFUSED[name]):
            sl.read_trajectory(topology, parts, **options if name == "unsorted_alloy" else {})
        parts = [tmp_path / files["control"]] if "control" in files else parts
        topology = tmp_path / files["topology"] if "topology" in files else parts[0]
    found = sl.read_trajectory(topology, parts, **options)
    rule = values.get("centers", "all")
    centers = sl.select_centers(found, rule, n_centers=values.get("n_selected"))
    counted = found.atom.values if name == "dump_origin" else centers
    mean = sl.lens(found, values["r_cut"], centers=counted, n_jobs=1).mean()
    assert float(mean) == pytest.approx(values["mean_lens"], abs=1e-6)
    assert dict(found.sizes).items() >= {"frame": values["n_frames"], "atom": values["n_atoms"]}.items()
    kinds, numbers = np.unique(found.species, return_counts=True)
    assert dict(zip(kinds.tolist(), numbers.tolist(), strict=True)) == values["species"]
    assert found.pbc.values.tolist() == values.get("pbc", [True] * 3)
    if "cell" in values:
        np.testing.assert_allclose(lengths_and_angles(found.cell[0]), values["cell"], atol=1e-3)
    if "interval_ns" in values:
        assert float(found.time[1]) == pytest.approx(values["interval_ns"], rel=1e-6)
    for other, number in values.get("n_selected_by", {}).items():
        assert len(sl.select_centers(found, other)) == number
