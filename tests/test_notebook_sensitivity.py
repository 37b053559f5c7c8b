"""The notebook of sensitivities from end to end on short stretches of the samples."""

import pytest


@pytest.fixture(scope="module")
def run(run_notebook):
    """The first 112 frames, of which few are clustered."""
    parameters = {"frames": 112, "copper_stride": 10, "gold_stride": 2, "water_stride": 2, "bootstrap": 100}
    return run_notebook("05_sensitivity", parameters)


def test_every_panel_is_there_as_png_and_svg(run_folder, check_figures):
    """One for each study."""
    check_figures(run_folder, [f"sensitivity_{study}" for study in ("copper", "gold", "water")], [])


@pytest.mark.parametrize("study", ["copper", "gold", "water"])
def test_every_setting_is_judged_with_and_without_lens(numbers, study):
    """The reference agrees with itself; indices and shares are in range; each setting stands there twice."""
    settings = numbers[f"{study}.settings"]
    pairs = list(zip(settings["setting"], settings["data"], strict=True))
    assert len(set(pairs)) == len(pairs) and pairs[0] == ("as in the study", "SOAP")
    assert all(pairs.count((setting, "SOAP&LENS")) == 1 for setting in settings["setting"])
    assert settings["agreement"][:2] == [1.0, 1.0] and max(settings["agreement"]) <= 1
    assert set(settings["place"]) <= {"state", "cluster", "none"}
    assert all(
        1 <= states <= clusters for states, clusters in zip(settings["states"], settings["clusters"], strict=True)
    )
    for low, flow, high in zip(settings["flow_low"], settings["flow"], settings["flow_high"], strict=True):
        assert flow is None or 0 <= low <= flow <= high <= 1


def test_shares_are_those_of_the_settings(numbers):
    """Counted again from the recorded table."""
    settings, shares = numbers["water.settings"], numbers["water.shares"]
    joint = [place for data, place in zip(settings["data"], settings["place"], strict=True) if data == "SOAP&LENS"]
    assert shares["found"] == pytest.approx(sum(place != "none" for place in joint) / len(joint))
    assert shares["own_state"] == pytest.approx(joint.count("state") / len(joint))
