"""The notebook of sensitivities from end to end on short stretches of the samples."""

import json

import pytest

pytestmark = pytest.mark.notebook

REFERENCE = "study's parameters, thinned"


@pytest.fixture(scope="module")
def run(run_notebook):
    """The first 112 frames, of which few are clustered, with small spectra."""
    parameters = {
        "frames": 112,
        "n_max": 3,
        "l_max": 2,
        "copper_stride": 20,
        "gold_stride": 4,
        "water_stride": 4,
        "rotations": 2,
        "bootstrap": 100,
    }
    return run_notebook("05_sensitivity", parameters)


def test_every_panel_is_there_as_png_and_svg(run_folder, check_figures):
    """One for each study, one for all, and the rotations of the metals."""
    panels = [f"sensitivity_{name}" for name in ("overview", "copper", "gold", "water")]
    check_figures(run_folder, [*panels, "stability_copper", "stability_gold"], [])


@pytest.mark.parametrize("study", ["copper", "gold"])
@pytest.mark.parametrize(("key", "data"), [("joint", "SOAP&LENS"), ("soap", "SOAP")])
def test_each_state_of_the_reference_has_a_share_of_the_rotations(numbers, study, key, data):
    """One row for each state; a number of states for each of two rotations and the exact tree."""
    table, settings = numbers[f"{study}.{key}_found_again"], numbers[f"{study}.settings"]
    [n_states] = [
        n for n, *row in zip(settings["states"], settings["setting"], settings["data"], strict=True)
        if row == [REFERENCE, data]
    ]  # fmt: skip
    assert len(table["state"]) == n_states and set(table["share"]) <= {0, 0.5, 1}
    assert len(numbers[f"{study}.{key}_numbers"]) == 3


@pytest.mark.parametrize("study", ["copper", "gold", "water"])
def test_every_setting_is_judged_with_and_without_lens(numbers, study):
    """The reference agrees with itself; indices and shares are in range; each setting stands there twice."""
    settings = numbers[f"{study}.settings"]
    pairs = list(zip(settings["setting"], settings["data"], strict=True))
    assert len(set(pairs)) == len(pairs) and pairs[0] == (REFERENCE, "SOAP")
    assert all(pairs.count((setting, "SOAP&LENS")) == 1 for setting in settings["setting"])
    assert settings["agreement"][:2] == [1.0, 1.0] and max(settings["agreement"]) <= 1
    assert set(settings["place"]) <= {"state", "cluster", "none"}
    assert all(
        1 <= states <= clusters for states, clusters in zip(settings["states"], settings["clusters"], strict=True)
    )
    for low, flow, high in zip(settings["flow_low"], settings["flow"], settings["flow_high"], strict=True):
        assert flow is None or 0 <= low <= flow <= high <= 1


@pytest.mark.parametrize("study", ["copper", "gold", "water"])
@pytest.mark.parametrize(("key", "data"), [("joint", "SOAP&LENS"), ("soap", "SOAP")])
def test_summaries_are_those_of_the_settings(numbers, study, key, data):
    """Counted again from the recorded table; every setting is in one of the three places."""
    table, prefix = numbers[f"{study}.settings"], f"{study}.{key}."
    summary = {name.removeprefix(prefix): value for name, value in numbers.items() if name.startswith(prefix)}
    rows = [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
    rows = [row for row in rows if row["data"] == data]
    places = [row["place"] for row in rows]
    assert [summary[name] for name in ("own_state", "merged", "not_found")] == [
        places.count(place) for place in ("state", "cluster", "none")
    ]
    assert summary["settings"] == len(rows)
    assert summary["where_unlike"] == [row["setting"] for row in rows if not (row["agreement"] or 0) >= 0.5]
    assert summary["where_no_flow"] == [row["setting"] for row in rows if row["flow"] is None]


def test_the_share_of_frames_is_told(numbers):
    """112 frames have 111 intervals and 11 windows of 100, from frame 50 on; pairs are 52, 53, 56, 57, and 60 alone."""
    told = [[numbers[f"{study}.frames_{name}"] for name in ("clustered", "with_lens")] for study in ("gold", "water")]
    assert told == [[5, 11], [5, 11]]


def test_what_is_learned_is_a_table(run_folder):
    """One column for each study and kind of data, with the numbers of settings and the range of the flow."""
    notebook = json.loads((run_folder / "notebook.ipynb").read_text("utf-8"))
    outputs = [output for cell in notebook["cells"] for output in cell.get("outputs", [])]
    tables = ["".join(output.get("data", {}).get("text/html", "")) for output in outputs]
    [learned] = [table for table in tables if "own_state_unlike" in table]
    assert learned.count("SOAP&amp;LENS") == 3 and "widest" in learned


@pytest.fixture
def row(numbers):
    """A function that gives what was found with one setting."""

    def find(study, setting, data):
        table = numbers[f"{study}.settings"]
        [k] = [k for k, pair in enumerate(zip(table["setting"], table["data"], strict=True)) if pair == (setting, data)]
        return {name: column[k] for name, column in table.items()}

    return find


@pytest.mark.parametrize("data", ["SOAP", "SOAP&LENS"])
def test_each_parameter_changes_what_it_should(row, data):
    """The cut changes states, no clusters; borders of LENS change no SOAP; halves and radii change the points."""
    reference = row("copper", REFERENCE, data)
    low, high = row("copper", "merge_cut 0.9", data), row("copper", "merge_cut 1.1", data)
    assert low["clusters"] == high["clusters"] == reference["clusters"]
    assert low["states"] >= reference["states"] >= high["states"]
    borders = row("copper", "borders of the authors' notebook", data)
    assert (borders["clusters"], borders["states"], borders["agreement"]) == (
        reference["clusters"],
        reference["states"],
        1.0,
    )
    for setting in ("first half of the frames", "second half of the frames", "r_cut × 0.9: 5.4 Å", "k-means"):
        assert row("copper", setting, data)["agreement"] < 1


def test_lens_alone_feels_its_window(row):
    """The joint water data change with it; so do gold's."""
    for study in ("gold", "water"):
        assert row(study, "window × 0.5: 50 frames", "SOAP&LENS")["agreement"] < 1
    assert {row("water", f"seed {k}", "SOAP")["parameter"] for k in (1, 2)} == {"seed"}


def test_without_an_interface_there_is_no_way_past_it(numbers):
    """Where the sought state was not found, no flow is given."""
    table = numbers["water.settings"]
    assert all(flow is None for flow, place in zip(table["flow"], table["place"], strict=True) if place == "none")
