"""The cost notebook from end to end, with small spectra: what it measures, and what it leaves behind."""

import json

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.notebook

PANELS = ["cost_atoms", "cost_frames", "cost_basis", "cost_clustering"]
SHORT = {"frames": 106, "n_max": 2, "l_max": 1, "frames_measured": 8, "points_measured": 4000, "repeats": 1}
SYSTEMS = ("copper", "gold", "water")


@pytest.fixture(scope="module")
def run(run_notebook):
    """106 frames of each system: just enough for a window of 100."""
    return run_notebook("04_cost", SHORT)


def test_every_panel_is_there_as_png_and_svg(run, check_figures):
    """The four pictures of how the cost grows."""
    check_figures(run[0], PANELS, [])


def test_tables_are_there_as_csv_and_latex(run_folder):
    """Table S1 has a row per system and target; Table S2 has the ratio of SOAP and LENS below their lines."""
    first, second = (
        pd.read_csv(run_folder / "tables" / f"{name}.csv", header=[0, 1], index_col=0)
        for name in ("tables1", "tables2")
    )
    assert first.index.tolist() == ["Cu(211)", "Au-NP", "ice/water", "ice/water"]
    assert second.index.tolist()[:3] == ["SOAP", "LENS", "SOAP over LENS"] and second.shape == (10, 6)
    assert all((run_folder / "tables" / f"{name}.tex").stat().st_size for name in ("tables1", "tables2"))


def test_numbers_of_the_tables_are_those_recorded(run_folder, numbers):
    """Components of SOAP for each row of Table S1; seconds of SOAP in Table S2."""
    first = pd.read_csv(run_folder / "tables" / "tables1.csv", header=[0, 1], index_col=0)
    names = ["copper.soap.components", "gold.soap.components", "water.soap.components_for_99_percent"]
    assert first["SOAP", "components"].tolist() == [numbers[name] for name in [*names, "water.soap.components"]]
    second = pd.read_csv(run_folder / "tables" / "tables2.csv", header=[0, 1], index_col=0)
    assert second.loc["SOAP"].iloc[::2].tolist() == [f"{numbers[f'{name}.soap.seconds']:.3g} s" for name in SYSTEMS]


def test_the_run_knows_all_three_data_sets(run):
    """Their checksums stand in the record, as those of every study do."""
    data = json.loads((run[0] / "run.json").read_text())["data"]
    assert set(data) == {"cu211-sample", "au309-sample", "icewater-sample"} and all(map(len, data.values()))


def test_components_reach_their_targets(numbers):
    """The joint data retain at least what SOAP retains, and SOAP the wanted share; features: 3 pairs or 4, l = 0, 1."""
    for name in SYSTEMS:
        assert 0.995 <= numbers[f"{name}.soap.variance"] <= numbers[f"{name}.joint.variance"] <= 1
        assert 1 <= numbers[f"{name}.soap.components"] <= numbers[f"{name}.soap_components"]
    assert [numbers[f"{name}.soap_components"] for name in SYSTEMS] == [3 * 2, 3 * 2, (3 + 3 + 4) * 2]
    assert min(numbers[f"water.{key}.variance_for_99_percent"] for key in ("soap", "joint")) >= 0.99


def test_every_step_of_every_system_has_time_and_memory(numbers):
    """Seconds above zero; and what is scaled is in proportion to what was measured."""
    steps = ["soap", "lens", "smoothing_of_lens", "joining", "pca_of_soap", "pca_of_soap_lens", "clustering"]
    for name in SYSTEMS:
        assert all(numbers[f"{name}.{step}.seconds"] > 0 for step in steps)
        assert all(numbers[f"{name}.{step}.memory"] >= 0 for step in steps)


def cost_of(table, system, step, size):
    """The measured time in a recorded table."""
    rows = zip(table["system"], table["step"], table["size"], table["cost"], strict=True)
    [cost] = [cost for *row, cost in rows if row == [system, step, size]]
    return cost


@pytest.mark.parametrize(("name", "system", "joint_frames"), [("copper", "Cu(211)", 85), ("gold", "Au-NP", 5),
                                                               ("water", "ice/water", 5)])  # fmt: skip
def test_what_was_measured_in_part_is_scaled_to_the_whole(numbers, name, system, joint_frames):
    """SOAP and LENS with the number of frames, clustering with its power and never below proportion."""
    for step in ("SOAP", "LENS"):
        measured = cost_of(numbers["times.frames"], system, step, 8)
        assert numbers[f"{name}.{step.lower()}.seconds"] == float(f"{measured * 106 / 8:.3g}")
    points = numbers[f"{name}.centers"] * joint_frames
    size = min(4000, points)
    powers = numbers["power.points"]
    power = max(1, dict(zip(powers["system"], powers["power"], strict=True))[system])
    seconds = cost_of(numbers["times.points"], system, "clustering", size) * (points / size) ** power
    assert numbers[f"{name}.clustering.seconds"] == float(f"{seconds:.3g}")


@pytest.mark.parametrize("name", SYSTEMS)
def test_ratios_follow_from_the_lines_of_the_table(numbers, name):
    """SOAP over LENS, and all that makes the joint data over SOAP, from the very seconds that are printed."""
    soap, *more = (numbers[f"{name}.{step}.seconds"] for step in ("soap", "lens", "smoothing_of_lens", "joining"))
    assert numbers[f"{name}.soap_over_lens"] == soap / more[0]
    assert numbers[f"{name}.joint_over_soap"] == pytest.approx((soap + sum(more)) / soap)


def test_sizes_that_were_measured(numbers):
    """One, two and four copies of what has a cell; a quarter, half and all of the frames."""
    atoms, frames = numbers["times.atoms"], numbers["times.frames"]
    of = {
        name: [n for s, n in zip(atoms["system"], atoms["size"], strict=True) if s == name] for name in atoms["system"]
    }
    assert of == {
        "Cu(211)": list(np.repeat([904, 1808, 3616], 2)),
        "Au-NP": [309, 309],
        "ice/water": list(np.repeat([859, 1718, 3436], 2)),
    }
    assert set(frames["size"]) == {2, 4, 8}
    assert set(numbers["soap_over_lens.basis"]["size"]) == {2}


def test_every_claim_finds_its_quantity(run_folder, check_claims):
    """Nothing that the ledger asks of the costs is missing; with other parameters nothing is judged."""
    check_claims(run_folder, "cost")
