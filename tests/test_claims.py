"""The ledger and its verdicts: each kind by hand on tiny recorded numbers, and what the ledger of the paper holds."""

import dataclasses
import json
import re

import pytest
import xarray as xr
from click.testing import CliRunner

from soaplens_lite.cli import main
from soaplens_lite.study import StudyError, claims
from soaplens_lite.study.claims import (
    Claim,
    ClaimError,
    as_table,
    judge,
    ledger,
    load_claims,
    recorded,
    summary,
    verdicts,
)
from soaplens_lite.study.claims.results import Measured, NotRecorded
from soaplens_lite.study.claims.verdicts import judge_one
from soaplens_lite.study.report import report
from soaplens_lite.study.run import runner
from soaplens_lite.study.run.parameters import model_of

NAN = float("nan")
NAMES = ["edge", "fast", "edge 2"]
KINETICS = {
    "matrix": [[0.9, 0.1, 0.0], [0.06, 0.94, 0.0], [0.0, 0.0, 1.0]],
    "low": [[0.8, 0.05, 0.0], [0.04, 0.9, 0.0], [0.0, 0.0, 1.0]],
    "high": [[1.0, 0.2, 0.0], [0.08, 0.96, 0.0], [0.0, 0.0, 1.0]],
    "shares": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, NAN]],
    "shares_low": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, NAN]],
    "shares_high": [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, NAN]],
}
RESULTS = xr.DataTree.from_dict(
    {
        "/joint/kinetics": xr.Dataset(
            {name: (("origin", "target"), values) for name, values in KINETICS.items()},
            coords={"origin": NAMES, "target": NAMES},
        ),
        "/joint/table": xr.Dataset(
            {"population": ("state", [0.9, 0.01, 0.09]), "kind": ("state", ["edge", "fast", "edge"])},
            coords={"state": NAMES},
        ),
        # Five rotations and the exact tree, which finds three states in four of the rotations.
        "/stability/joint": xr.Dataset(
            {
                "overlap": (("state", "clustering"), [[1, 1, 1, 1, 1, 0], [1, 1, 0.5, 1, 1, 1], [1, 0, 0, 1, 1, 1]]),
                "n_states": ("clustering", [3, 3, 2, 3, 3, 3]),
            },
            coords={"state": NAMES},
            attrs={"n_rotations": 5, "found_again_above": 0.5},
        ).transpose("clustering", "state"),
    }
)
MATRIX, EDGE_TO_FAST = "joint/kinetics/matrix", {"origin": "edge", "target": "fast"}
FAST_TO_EDGE, EDGE_TO_FACE = {"origin": "fast", "target": "edge"}, {"origin": "edge", "target": "face"}
NUMBERS = {
    "list": [7, 8],
    "joint.has_fast": True,
    "frames": 502,
    "from_edges": {"value": 0.9, "low": 0.7, "high": 1.0},
    "from_faces": {"value": 0.1, "low": 0.0, "high": 0.6},
    "half": {"value": 0.5, "low": 0.45, "high": 0.55},
    "less": {"value": 0.4, "low": 0.3, "high": 0.5},
    "wide": {"value": 0.5, "low": 0.3, "high": 0.6},
    "plain": 0.4,
    "nothing": None,
}


def run_of(numbers=None, *, tier="sample", changed=None):
    """A recorded run of the copper study."""
    parameters = model_of("01_cu211")().model_dump() | (changed or {})
    return recorded.Recorded("01_cu211", "abc", tier, parameters, NUMBERS | (numbers or {}), RESULTS)


def claim_of(**fields):
    """A claim that is whole, with some fields changed."""
    whole = {
        "id": "cu211.demo",
        "section": "2",
        "figure": "2b",
        "study": "cu211",
        "kind": "number",
        "statement": "Something is said.",
        "published": 502,
        "reason": "a count",
        "quantity": "frames",
        "tiers": ["sample", "paper"],
        "expected": "reproduced",
        "expected_reason": "since it is so",
    }
    return Claim(**(whole | fields))


def verdict_on(run=None, **fields):
    """The verdict on such a claim."""
    return judge_one(claim_of(**fields), run or run_of()).verdict


@pytest.fixture
def results(tmp_path):
    """A function that writes a complete run of the copper study with given numbers; returns the results folder."""

    def write(numbers=None, parameters=None):
        folder = tmp_path / "results" / "01_cu211" / "latest"
        folder.mkdir(parents=True, exist_ok=True)
        full = model_of("01_cu211")().model_dump() | (parameters or {})
        content = {
            name: {"value": value, "unit": "", "note": ""} for name, value in (NUMBERS | (numbers or {})).items()
        }
        run = {"status": "complete", "run_id": "abc", "data": {full["data"]: "0" * 64}}
        (folder / "run.json").write_text(json.dumps(run))
        (folder / "numbers.json").write_text(json.dumps({"parameters": full, "numbers": content}))
        return tmp_path / "results"

    return write


@pytest.mark.parametrize(
    "content",
    [
        *(None, "", "{", "[]", "{}", '"x"', "\\xff", '{"numbers": {}}', '{"parameters": {}, "numbers": []}'),
        *('{"parameters": {}, "numbers": {"n_frames": 3}}', '{"parameters": 1, "numbers": {}}'),
    ],
)
@pytest.mark.parametrize("command", ["claims", "report"])
def test_damaged_numbers_are_one_message(results, content, command):
    """Which file it is and how to get it back, whatever is left of it."""
    folder = results() / "01_cu211" / "latest"
    (folder / "numbers.json").unlink() if content is None else (folder / "numbers.json").write_bytes(content.encode())
    ended = CliRunner().invoke(main, [command, "--results", str(folder.parents[1])])
    assert ended.exit_code == 1 and isinstance(ended.exception, SystemExit)
    what = "missing" if content is None else "damaged"
    assert f"Error: {folder / 'numbers.json'} is {what}: run it again (soaplens run 01_cu211 --force" in ended.output


@pytest.mark.parametrize("content", ['{"status": "complete"}', '{"status": "complete", "run_id": "a", "data": []}'])
def test_a_damaged_run_json_is_one_message(results, content):
    """A run without id or data is none that could be judged."""
    folder = results() / "01_cu211" / "latest"
    (folder / "run.json").write_text(content)
    with pytest.raises(StudyError, match="run.json is damaged: run it again"):
        judge(folder.parents[1])


@pytest.mark.parametrize("command", ["claims", "report"])
def test_results_that_were_named_must_be_there(tmp_path, monkeypatch, command):
    """Where nobody named them, nothing was run yet."""
    (tmp_path / "file").write_text("mine")
    for name, what in (("absent", "no such folder"), ("file", "a file, not a folder")):
        ended = CliRunner().invoke(main, [command, "--results", str(tmp_path / name)])
        assert ended.exit_code == 1 and f"Error: results {tmp_path / name}: {what}; --results or" in ended.output
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SOAPLENS_RESULTS", raising=False)
    assert CliRunner().invoke(main, ["claims"]).exit_code == 0


def test_claims_that_cannot_be_written_down(results, monkeypatch, tmp_path):
    """A folder where the table belongs, and a table that is no text: the first is an error, the second is replaced."""
    folder = results()
    monkeypatch.setattr(report, "build", lambda *given: "page")
    (folder / "claims.txt").write_bytes(b"\xff")
    monkeypatch.setattr(verdicts, "load_claims", lambda: (claim_of(),))
    report.conclude(folder)
    assert "cu211.demo" in (folder / "claims.txt").read_text("utf-8")
    (folder / "claims.txt").unlink()
    (folder / "claims.txt").mkdir()
    with pytest.raises(StudyError, match="claims.txt cannot be written: Is a directory"):
        report.conclude(folder)
    with pytest.raises(StudyError, match="the results folder .* cannot be written to"):
        report.conclude(folder / "01_cu211" / "latest" / "run.json")


# ------------------------------------------------------------------------------------------------ finding quantities


@pytest.mark.parametrize(
    ("quantity", "select", "expected"),
    [
        ("frames", {}, (502, None, None)),
        ("list", {"index": 1}, (8, None, None)),
        ("joint/table/population", {"state": "fast"}, (0.01, None, None)),
        (MATRIX, EDGE_TO_FAST, (0.1, 0.05, 0.2)),
        (MATRIX, FAST_TO_EDGE, (0.06, 0.04, 0.08)),
        (MATRIX, {"origin": "edge 2", "target": "edge 2"}, (1.0, None, None)),  # an interval without width is none
        ("joint/kinetics/shares", EDGE_TO_FAST, (1.0, None, None)),
        ("from_edges", {}, (0.9, 0.7, 1.0)),
    ],
)
def test_a_quantity_is_selected_by_names(quantity, select, expected):
    """Names of states, places in a list, and the interval that belongs to the value."""
    assert run_of().measured(quantity, select) == Measured(*expected)


def test_a_parameter_is_compared():
    """By its name; an unknown one was not recorded."""
    assert run_of().parameter("r_cut") == Measured(6.0)
    with pytest.raises(NotRecorded, match="rcut"):
        run_of().parameter("rcut")


def test_what_the_data_do_not_hold_is_absent():
    """A state that is not there, and a quantity that was recorded as nothing or is not defined."""
    run = run_of()
    assert run.measured(MATRIX, EDGE_TO_FACE).absent == "no state named face"
    assert run.measured("joint/table/population", {"state": "valley"}).value is None
    assert run.measured("nothing").absent
    assert run.measured("joint/kinetics/shares", {"origin": "edge 2", "target": "edge 2"}).absent


@pytest.mark.parametrize(
    ("quantity", "select"),
    [
        ("edges", {}),
        ("joint/matrix", {}),
        ("joint/kinetics/matrices", EDGE_TO_FAST),
        (MATRIX, {"origin": "edge"}),
        (MATRIX, {}),
        ("joint/kinetics", {}),
        ("joint", {}),
        ("list", {}),
        ("list", {"index": 2}),
        ("list", {"state": "edge"}),
        ("frames", {"index": 0}),
        ("from_edges", {"index": 0}),
    ],
)
def test_what_was_not_recorded_is_an_error(quantity, select):
    """A name, a path or a place that nobody recorded is not an absence but a fault of ours; also without results."""
    for run in (run_of(), dataclasses.replace(run_of(), results=None)):
        with pytest.raises(NotRecorded, match=re.escape(quantity)):
            run.measured(quantity, select)


# -------------------------------------------------------------------------------------------------- verdicts by hand


@pytest.mark.parametrize(
    ("published", "tolerance", "verdict"),
    [(502, 0, "reproduced"), (501, 0, "differs"), (501, 1, "reproduced"), (500, 1, "differs")],
)
def test_a_number_within_its_tolerance(published, tolerance, verdict):
    """502 frames, against what is published, give or take the tolerance."""
    assert verdict_on(published=published, tolerance=tolerance) == verdict


@pytest.mark.parametrize(
    ("published", "verdict"),
    [
        (10.0, "reproduced"),
        (5.0, "reproduced"),
        (4.96, "reproduced"),
        (4.9, "differs"),
        (20.04, "reproduced"),
        (21.0, "differs"),
    ],
)
def test_a_probability_is_compared_by_its_interval_in_percent(published, verdict):
    """From 5 to 20 %, widened by the 0.05 % that the published value is rounded to."""
    fields = {"quantity": MATRIX, "select": EDGE_TO_FAST, "unit": "%", "tolerance": 0.05, "published": published}
    judged = judge_one(claim_of(**fields), run_of())
    assert judged.verdict == verdict
    assert (judged.measured, judged.interval) == (10.0, (5.0, 20.0))
    assert judged.measured_text == "10 % (5 to 20)"
    assert "95 % interval" in judged.why


@pytest.mark.parametrize(
    ("quantity", "test", "than", "verdict"),
    [
        ("from_edges", "above", 0.5, "reproduced"),
        ("from_edges", "below", 0.5, "differs"),
        ("from_faces", "above", 0.5, "not evaluated"),  # 0 to 0.6 spans the bound
        ("from_faces", "below", 0.7, "reproduced"),
        ("from_edges", "above", "from_faces", "reproduced"),  # 0.7 to 1 against 0 to 0.6
        ("from_faces", "above", "from_edges", "differs"),
        ("frames", "above", 502, "differs"),
        ("frames", "above", 501, "reproduced"),
        ("frames", "below", 502, "differs"),
        ("frames", "below", 503, "reproduced"),
        ("half", "above", "less", "not evaluated"),  # 0.45 to 0.55 against 0.3 to 0.5
        ("less", "below", "half", "not evaluated"),
        ("less", "above", "half", "not evaluated"),
        ("plain", "above", "wide", "not evaluated"),  # 0.4 lies within 0.3 to 0.6
        ("plain", "below", "wide", "not evaluated"),
        ("frames", "at least", 502, "reproduced"),
        ("frames", "at least", 503, "differs"),
        ("frames", "at most", 502, "reproduced"),
        ("frames", "at most", 501, "differs"),
        ("joint.has_fast", "is", True, "reproduced"),
        ("joint.has_fast", "is", False, "differs"),
        ("frames", "above", "nothing", "not evaluated"),
    ],
)
def test_findings_and_relations(quantity, test, than, verdict):
    """Bounds and other quantities; the whole interval must lie on one side."""
    fields = {"kind": "finding", "quantity": quantity, "test": test, "than": than, "published": "said"}
    assert verdict_on(**fields) == verdict


def test_a_relation_of_two_cells():
    """Each is selected by names: 0.1 (0.05 to 0.2) against 0.06 (0.04 to 0.08)."""
    fields = {"kind": "relation", "quantity": MATRIX, "select": EDGE_TO_FAST, "test": "above", "published": "more"}
    assert verdict_on(**fields, than=MATRIX, than_select=FAST_TO_EDGE) == "not evaluated"
    assert verdict_on(**fields | {"select": EDGE_TO_FACE}, than=0) == "not evaluated"


@pytest.mark.parametrize(
    ("share", "test", "number", "tolerance", "verdict"),
    [
        (0.29, "within", 29, 0, "reproduced"),  # 100 * 0.29 = 28.999999999999996
        (0.29, "within", 30, 1.0, "reproduced"),
        (0.29, "at least", 29, 0, "reproduced"),
        (0.29, "below", 29, 0, "differs"),
        (0.07, "within", 6, 1.0, "reproduced"),  # 100 * 0.07 = 7.000000000000001
        (0.07, "at most", 7, 0, "reproduced"),
        (0.07, "above", 7, 0, "differs"),
        (0.0701, "at most", 7, 0, "differs"),
        (0.2899, "at least", 29, 0, "differs"),
        (0.2899, "below", 29, 0, "reproduced"),
        (0.0701, "above", 7, 0, "reproduced"),
        (0.2899, "within", 30, 1.0, "differs"),
    ],
)
def test_rounding_decides_nothing(share, test, number, tolerance, verdict):
    """A share in percent may be a little beside the number that it is; a real difference of 0.01 % counts."""
    bound = {} if test == "within" else {"than": number}
    fields = {"quantity": "q", "unit": "%", "published": number, "tolerance": tolerance, "test": test} | bound
    assert verdict_on(run_of({"q": share}), **fields) == verdict


def test_a_relation_shows_both_sides():
    """What is compared stands beside each other, with the intervals of both."""
    fields = {"kind": "relation", "quantity": "from_edges", "test": "above", "than": "from_faces", "published": "more"}
    judged = judge_one(claim_of(**fields), run_of())
    assert judged.measured_text == "0.9 (0.7 to 1) against 0.1 (0 to 0.6)"
    assert judged.why == "must be above 0.1 (0 to 0.6) with its whole 95 % interval"


def test_a_state_without_partner_is_no_counterpart():
    """It is said so, in place of a number."""
    judged = judge_one(claim_of(quantity=MATRIX, select=EDGE_TO_FACE, unit="%"), run_of())
    assert judged.verdict == "not evaluated"
    assert judged.measured is None
    assert judged.measured_text == "no counterpart (no state named face)"
    assert judged.why == "no counterpart: no state named face"


@pytest.mark.parametrize(
    ("depends_on", "settled", "stability"),
    [
        ({"joint": ["fast"]}, True, "joint fast 4/5"),
        # Each state of the kind must be found again, by the exact tree, too.
        ({"joint": ["edge"]}, False, "joint edge 5/5 (exact tree: no), joint edge 2 3/5"),
        ({"joint": ["every state"]}, False, "joint edge 5/5 (exact tree: no), joint fast 4/5, joint edge 2 3/5"),
        ({"joint": ["number of states"]}, True, "3 joint states 4/5"),
        ({"joint": ["face"]}, True, ""),  # No state of this kind.
        ({}, True, ""),
    ],
)
def test_what_rotations_do_not_find_again_is_not_settled(depends_on, settled, stability):
    """Four of five rotations are enough, three are not; neither agreement nor disagreement is settled then."""
    for published, verdict in ((502, "reproduced"), (501, "differs")):
        judged = judge_one(claim_of(published=published, depends_on=depends_on), run_of())
        assert judged.verdict == (verdict if settled else "not settled") and judged.stability == stability
        assert settled or f"otherwise: {verdict}" in judged.why


def test_a_run_that_did_not_rotate_its_points():
    """With other parameters nothing is judged; a run of the study must have recorded what a claim depends on."""
    claim = claim_of(depends_on={"soap": ["edge"]})
    assert judge_one(claim, run_of(changed={"rotations": 0})).verdict == "not evaluated"
    with pytest.raises(NotRecorded, match="stability/soap"):
        judge_one(claim, run_of())


def test_only_the_papers_data_decide_its_numbers():
    """On the sample it is shown and not judged, though it is the same; on the paper's data it is judged."""
    fields = {"tiers": ["paper"], "expected": "not evaluated", "expected_reason": ledger.ONLY_THE_PAPER}
    on_sample, on_paper = (judge_one(claim_of(**fields), run_of(tier=tier)) for tier in ("sample", "paper"))
    assert (on_sample.verdict, on_sample.measured, on_sample.departs) == ("not evaluated", 502, False)
    assert (on_paper.verdict, on_paper.departs) == ("reproduced", False)
    wrong = judge_one(claim_of(**fields), run_of({"frames": 501}, tier="paper"))
    assert (wrong.verdict, wrong.departs) == ("differs", True)


def test_runs_that_decide_nothing():
    """Other parameters, other data, or no run at all: not evaluated, and nothing is expected."""
    changed = judge_one(claim_of(), run_of(changed={"r_cut": 5.5}))
    assert (changed.verdict, changed.expected, changed.departs) == ("not evaluated", None, False)
    assert changed.why == "run with other parameters: r_cut = 5.5"
    assert judge_one(claim_of(), run_of(tier="other")).verdict == "not evaluated"
    none = judge_one(claim_of(), None)
    assert (none.verdict, none.why) == ("not evaluated", "not run yet: soaplens run 01_cu211")


def test_what_is_expected_depends_on_the_data():
    """On the paper's it is "reproduced", unless the claim says otherwise; the reason is the one of these data."""
    fields = {"published": 501, "expected": "differs", "expected_reason": "a sample"}
    elsewhere = fields | {"expected_on_paper": "differs", "expected_on_paper_reason": "another program"}
    for run, given, departs, reason in [
        (run_of(), fields, False, "a sample"),
        (run_of(tier="paper"), fields, True, "these are the paper's own data"),
        (run_of(tier="paper"), elsewhere, False, "another program"),
        (run_of(tier="other"), elsewhere, False, ""),
    ]:
        judged = judge_one(claim_of(**given), run)
        assert (judged.departs, judged.expected_reason) == (departs, reason)
        assert (f"expected:  differs; {reason}\n" in f"{claims.in_full(judged)}\n") == (not departs and reason != "")


@pytest.mark.parametrize("tier", ["sample", "paper"])
def test_a_ratio_of_our_programs_is_ours_on_any_data(tier):
    """The ledger expects another ratio of costs than the paper's, and nothing else about the cost, on both tiers."""
    numbers = {
        f"{name}.{ratio}": value
        for name in ("copper", "gold", "water")
        for ratio, value in (("soap_over_lens", 75.0), ("joint_over_soap", 1.03))
    }
    judged = [judge_one(c, run_of(numbers, tier=tier)) for c in claims.load_claims() if c.study == "cost"]
    assert [one.claim.id for one in judged if one.verdict == "differs"] == [
        f"cost.{name}.ratio" for name in ("copper", "gold", "water")
    ]
    assert not any(one.departs for one in judged)


def test_where_nothing_was_published_nothing_is_judged():
    """On no data at all; what was measured is shown, and the reason given."""
    fields = {"tiers": [], "published": "no number", "expected": "not evaluated", "expected_reason": "not said"}
    for tier in ("sample", "paper"):
        judged = judge_one(claim_of(**fields), run_of(tier=tier))
        assert (judged.verdict, judged.why, judged.measured, judged.departs) == (
            "not evaluated",
            "not said",
            502,
            False,
        )


@pytest.mark.parametrize(
    ("section", "figure", "place"),
    [
        ("2", "2b", "Section 2, Figure 2b"),
        ("3.1", "", "Section 3.1"),
        ("example notebook", "1c", "example notebook, Figure 1c"),
    ],
)
def test_where_a_claim_stands(section, figure, place):
    """Only numbers are sections of the paper."""
    assert claim_of(section=section, figure=figure).place == place


def test_a_source_that_contradicts_itself():
    """Whatever is measured, and also where nothing is."""
    fields = {"contradicted_by": "the code: 501", "expected": "source inconsistent"}
    for run in (run_of(), run_of(tier="paper"), run_of(changed={"frames": 99}), None):
        judged = judge_one(claim_of(**fields), run)
        assert (judged.verdict, judged.departs) == ("source inconsistent", False)
    assert judge_one(claim_of(**fields | {"quantity": ""}), run_of()).measured_text == "-"


# ----------------------------------------------------------------------------------------- whole runs, and departures


def test_a_falsified_quantity_flips_its_verdict(results):
    """The same claim on the recorded number and on another one: it departs, and the summary says which."""
    claim = claim_of()
    [judged] = judge(results(), claims=[claim])
    assert (judged.verdict, judged.departs) == ("reproduced", False)
    assert "No verdict departs" in summary([judged])
    [judged] = judge(results({"frames": 501}), claims=[claim])
    assert (judged.verdict, judged.departs) == ("differs", True)
    assert "* cu211.demo: differs on our sample, expected reproduced; measured 501" in summary([judged])
    assert judged.source == "01_cu211/abc, sample data"


def test_what_changes_no_number():
    """How long a run takes, what it exports and how it looks: nothing else may differ in a run that is judged."""
    assert recorded.HARMLESS == {"n_jobs", "movie_frames", "export_stride", "palette"}


@pytest.mark.parametrize("changed", [{"seed": 1}, {"frames": 100}, {"merge_cut": 0.9}])
def test_what_changes_numbers_is_not_judged(results, changed):
    """Other random numbers, fewer frames, another cut; the reason names it."""
    [judged] = judge(results(parameters=changed), claims=[claim_of()])
    ((name, value),) = changed.items()
    assert (judged.verdict, judged.why) == ("not evaluated", f"run with other parameters: {name} = {value}")


def test_changed_parameters_and_missing_runs_depart_from_nothing(results, tmp_path):
    """A quick run and an empty folder; parameters that change no number do not count."""
    claim = claim_of(expected="differs")
    [judged] = judge(results(parameters={"frames": 100}), claims=[claim])
    assert (judged.verdict, judged.expected) == ("not evaluated", None)
    [judged] = judge(results(parameters={"n_jobs": 7, "palette": "paper"}), claims=[claim])
    assert (judged.verdict, judged.departs) == ("reproduced", True)
    [judged] = judge(tmp_path / "nowhere", claims=[claim])
    assert judged.why.startswith("not run yet")
    assert "Not judged: 1" in summary([judged])


@pytest.mark.parametrize(
    ("copper", "gold", "tier"),
    [
        ("cu211-sample", "au309-paper", "sample"),
        ("cu211-paper", "au309-sample", "sample"),
        ("cu211-paper", "au309-paper", "paper"),
        ("cu211-paper", "my-own", "other"),
    ],
)
def test_data_of_two_tiers_are_no_data_of_the_paper(tmp_path, copper, gold, tier):
    """One sample among the paper's data is enough; what is neither decides nothing."""
    folder = tmp_path / "04_cost" / "latest"
    folder.mkdir(parents=True)
    run = {"status": "complete", "run_id": "abc", "data": dict.fromkeys((copper, gold), "0" * 64)}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "numbers.json").write_text(json.dumps({"parameters": model_of("04_cost")().model_dump(), "numbers": {}}))
    assert recorded.read_newest(tmp_path, "04_cost")[0].tier == tier


@pytest.mark.parametrize("tier", ["sample", "paper"])
def test_names_of_data_are_no_changed_parameters(tmp_path, tier):
    """A notebook about three studies names a data set of each: they decide the tier and nothing else."""
    folder = tmp_path / "04_cost" / "latest"
    folder.mkdir(parents=True)
    data = {name: f"{study}-{tier}" for name, study in [("copper", "cu211"), ("gold", "au309"), ("water", "icewater")]}
    parameters = model_of("04_cost")().model_dump() | data
    run = {"status": "complete", "run_id": "abc", "data": dict.fromkeys(data.values(), "0" * 64)}
    (folder / "run.json").write_text(json.dumps(run))
    (folder / "numbers.json").write_text(json.dumps({"parameters": parameters, "numbers": {}}))
    [found] = recorded.read_newest(tmp_path, "04_cost")
    assert (found.tier, found.changed) == (tier, {})


def test_all_that_is_missing_is_named(results):
    """With the claims' ids, the quantities and the run."""
    claims = [claim_of(id="cu211.one", quantity="a.b"), claim_of(), claim_of(id="cu211.two", quantity="c")]
    with pytest.raises(ClaimError) as caught:
        judge(results(), claims=claims)
    lines = str(caught.value).splitlines()
    assert lines[:2] == [
        "cu211.one: a.b is not among the numbers of 01_cu211/abc, sample data",
        "cu211.two: c is not among the numbers of 01_cu211/abc, sample data",
    ]


def test_a_measured_value_says_what_it_is():
    """Shares in percent with their words, answers in words, units as they are printed; the verdict is the same."""
    share = {"q": {"value": 0.976, "low": 0.941, "high": 1.0}}
    fields = {"quantity": "q", "kind": "finding", "words": "of the entries", "share": True, "published": "from edges"}
    judged = judge_one(claim_of(**fields, test="above", than=0.5), run_of(share))
    assert judged.measured_text == "97.6 % (94.1 to 100) of the entries"
    assert judged.why.startswith("must be above 50 % ") and judged.verdict == "reproduced"
    assert (judged.measured, judged.interval) == (0.976, (0.941, 1.0))
    answer = claim_of(quantity="q", kind="finding", test="is", than=False, yes="a state", no="no state", published="no")
    judged = judge_one(answer, run_of({"q": False}))
    assert (judged.measured_text, judged.why) == ("no state", "must be no state")
    assert judge_one(answer, run_of({"q": True})).measured_text == "a state"
    relation = claim_of(quantity="q", kind="relation", test="above", than="r", words="(0: sure)", published="more")
    assert judge_one(relation, run_of({"q": 0.6, "r": 0.4})).measured_text == "0.6 against 0.4 (0: sure)"
    apart = claim_of(quantity="distance", unit="Angstrom", published=6.0)
    assert judge_one(apart, run_of({"distance": 6.0})).measured_text == "6 Å"


def test_every_bare_number_of_the_ledger_has_words():
    """What has no unit says what it is, and what is true or not has its own words."""
    for claim in load_claims():
        names_states = claim.test == "is" and isinstance(claim.than, str)
        if claim.quantity and claim.group == "statements" and not claim.unit and not names_states:
            assert claim.yes != "yes" if isinstance(claim.than, bool) else claim.words, claim.quantity


def test_the_table_counts_and_marks(results):
    """One line per claim, cells of a matrix in one, departures with a star; settings and cells are counted apart."""
    cells = [claim_of(id=f"cu211.matrix.{k}", cell_of="cu211.matrix") for k in range(3)]
    setting = claim_of(id="cu211.setting", kind="method", quantity="", parameter="r_cut", published=6.0)
    judged = judge(results(), claims=[claim_of(), claim_of(id="cu211.other", expected="differs"), *cells, setting])
    lines = [line.split() for line in as_table(judged).splitlines()]
    assert lines[1] == ["reproduced", "cu211.demo", "502", "502"]
    assert lines[2] == ["*", "reproduced", "cu211.other", "502", "502"]
    assert lines[3] == ["cells", "cu211.matrix", "3", "3", "reproduced"]
    assert [" ".join(line) for line in lines[6:9]] == [
        "2 statements: 2 reproduced.",
        "1 settings taken over: 1 reproduced.",
        "3 cells of matrices: 3 reproduced.",
    ]
    assert "cu211.matrix.2" in as_table(judged, cells=True)


# -------------------------------------------------------------------------------------------------- the file's faults


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quantity": ""}, "nothing to compare with"),
        ({"test": "above"}, "'than' is what"),
        ({"than": 3}, "'than' is what"),
        ({"published": "many"}, "published = 'many'"),
        ({"parameter": "r_cut"}, "either a quantity or a parameter"),
        ({"tiers": ["paper"]}, "cannot be judged on the samples"),
        ({"expected": "not evaluated", "expected_reason": ledger.ONLY_THE_PAPER}, "say what is expected"),
        ({"tiers": []}, "cannot be judged on the samples"),
        ({"tiers": [], "expected": "not evaluated", "expected_reason": ledger.ONLY_THE_PAPER}, "say what is expected"),
        ({"expected_on_paper": "differs"}, "belong together"),
        ({"expected_on_paper": "differs", "expected_on_paper_reason": "so", "tiers": ["sample"]}, "paper's data"),
        ({"contradicted_by": "the code"}, "do not fit"),
        ({"expected": "source inconsistent"}, "do not fit"),
        ({"expected": "not settled"}, "which states the claim depends on"),
        ({"verdict": "reproduced"}, "verdict"),
        ({"study": "silver"}, "study"),
        ({"id": "Copper"}, "id"),
    ],
)
def test_a_claim_that_is_not_whole_is_refused(fields, message, tmp_path):
    """By name, with what is wrong."""
    with pytest.raises(ValueError, match=re.escape(message)):
        claim_of(**fields)


def write_ledger(folder, *entries):
    """A ledger of entries that are given as TOML, and published numbers of two states."""
    fixed = (
        'section = "2"\nfigure = ""\nstudy = "cu211"\nkind = "number"\nstatement = "It is said so"\nreason = "-:-"\n'
    )
    (folder / "claims.toml").write_text("".join(f"[[claim]]\n{fixed}{entry}\n" for entry in entries))
    (folder / "published.toml").write_text(
        '[a]\nm = [[1.5, 2.5], [3.5, 4.5]]\nstates = ["edge", "edge 2"]\nv = [7, 8]\n'
    )
    return folder


CELLS = 'id = "cu211.m"\nmatrix = "a.m"\nstates = "a.states"\nquantity = "k/matrix"\ntiers = ["paper"]'


def test_a_matrix_becomes_one_claim_per_cell(tmp_path):
    """Rows are from; the id holds both names; a list has numbers from 1."""
    listed = 'id = "cu211.v"\nmatrix = "a.v"\nquantity = "v"\ntiers = ["paper"]'
    claims = ledger.load_claims(write_ledger(tmp_path, CELLS, listed))
    edge, other = "edge", "edge 2"
    assert [(claim.id, claim.published, claim.select) for claim in claims] == [
        ("cu211.m.edge.edge", 1.5, {"origin": edge, "target": edge}),
        ("cu211.m.edge.edge-2", 2.5, {"origin": edge, "target": other}),
        ("cu211.m.edge-2.edge", 3.5, {"origin": other, "target": edge}),
        ("cu211.m.edge-2.edge-2", 4.5, {"origin": other, "target": other}),
        ("cu211.v.1", 7, {"index": 0}),
        ("cu211.v.2", 8, {"index": 1}),
    ]
    assert [claim.cell for claim in claims[1:5:3]] == [(edge, other), ("", "1")]
    assert claims[1].statement == "It is said so: edge → edge 2."


def test_faults_of_the_file_are_named(tmp_path):
    """Two of one id, a matrix that is not published, a fault of an entry, no TOML, no file."""
    for entries, message in [
        ((CELLS, CELLS), "two claims have the id 'cu211.m.edge.edge'"),
        ((CELLS.replace("a.m", "a.x"),), "'x' is not in published.toml"),
        (('id = "cu211.x"',), "claim 'cu211.x': published: Field required"),
        (("id = ",), "is not valid TOML"),
    ]:
        with pytest.raises(ClaimError, match=message):
            ledger.load_claims(write_ledger(tmp_path, *entries))
    (tmp_path / "claims.toml").unlink()
    with pytest.raises(ClaimError, match=r"claims.toml cannot be read"):
        ledger.load_claims(tmp_path)


# ---------------------------------------------------------------------------------------------------------- the command


@pytest.fixture
def one_claim(monkeypatch):
    """A ledger of one claim: 502 frames, expected to be reproduced."""
    monkeypatch.setattr(verdicts, "load_claims", lambda: (claim_of(),))


def test_the_command_ends_by_what_departs(results, one_claim):
    """0 where all is as expected, 1 where a falsified number flips a verdict, and the line that says which."""
    fine = CliRunner().invoke(main, ["claims", "--results", str(results())])
    assert fine.exit_code == 0 and "No verdict departs" in fine.output
    wrong = CliRunner().invoke(main, ["claims", "--results", str(results({"frames": 501}))])
    assert wrong.exit_code == 1 and "* cu211.demo: differs on our sample, expected reproduced" in wrong.output
    quick = CliRunner().invoke(main, ["claims", "--results", str(results({"frames": 99}, {"frames": 99}))])
    assert quick.exit_code == 0 and "Not judged: 1" in quick.output
    assert "Nothing was judged" in quick.output and "No verdict departs" not in quick.output


def test_the_command_tells_everything_about_a_claim(results, one_claim):
    """By its id or the beginning of it; another word names no claim."""
    shown = CliRunner().invoke(main, ["claims", "cu211", "--results", str(results())])
    assert shown.exit_code == 0
    for words in ("Section 2, Figure 2b", "Something is said.", "published: 502; a count", "since it is so"):
        assert words in shown.output
    unknown = CliRunner().invoke(main, ["claims", "silver", "--results", str(results())])
    assert unknown.exit_code == 2 and "no claim begins with silver" in unknown.output


def test_a_reproduction_ends_by_what_departs(results, one_claim, monkeypatch):
    """All studies complete: what counts is the verdicts. Their table and the report are written."""
    monkeypatch.setattr(runner, "reproduce", lambda **_: [])
    monkeypatch.setattr(report, "build", lambda folder, judgements: folder / "report" / "index.html")
    folder = results()
    assert CliRunner().invoke(main, ["reproduce", "--results", str(folder)]).exit_code == 0
    ended = CliRunner().invoke(main, ["reproduce", "--results", str(results({"frames": 501}))])
    assert ended.exit_code == 1 and "* cu211.demo: differs" in ended.output
    lines = [line.split() for line in ended.output.splitlines()]
    # The table, and last of all where the report is.
    assert ["*", "differs", "cu211.demo", "502", "501"] in lines
    assert ended.output.splitlines()[-1] == f"Report: {folder / 'report' / 'index.html'}"
    assert "cu211.demo" in (folder / "claims.txt").read_text()
