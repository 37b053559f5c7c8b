"""
What our runs say to the claims of the ledger.

A number that only the paper's data can decide is shown beside the published one and not judged. A finding about states
that rotations of the points do not find again is not settled by the method. A quantity that a run should have
recorded and did not is an error of ours, and never a pass.
"""

from dataclasses import dataclass, replace
from math import isclose

from soaplens_lite.study.claims.ledger import (
    DIFFERS,
    INCONSISTENT,
    NOT_EVALUATED,
    NOT_SETTLED,
    NOTEBOOKS,
    REPRODUCED,
    Claim,
    ClaimError,
    load_claims,
)
from soaplens_lite.study.claims.recorded import read_newest
from soaplens_lite.study.claims.results import Measured, NotRecorded

# A state is settled if at least this share of the rotations finds it again, and the exact tree does.
SETTLED = 0.8


@dataclass(frozen=True)
class Judgement:
    """
    What a run says to a claim.

    Attributes
    ----------
    claim : Claim
    verdict : {"reproduced", "differs", "not settled", "not evaluated", "source inconsistent"}
    measured : number, str, bool or None
        In the claim's unit; None where nothing was measured.
    measured_text : str
        With unit and interval.
    interval : tuple of float, or None
        95 %, from resampling atoms.
    why : str
        How the verdict came about.
    expected : str or None
        The verdict that is expected of such a run; None where none is, since the study was not run, or with other
        parameters or data.
    source : str
        Which run, on which tier of data; empty if there is none.
    expected_reason : str
        Why, on this tier of data; empty where nothing is expected.
    stability : str
        How often rotations of the points find again what the claim depends on; empty if it depends on no state.
    tier : str
        Of the data; empty if there is no run.
    beside : tuple of Judgement
        The same claim judged on the newest runs on other tiers of data.
    """

    claim: Claim
    verdict: str
    measured: object
    measured_text: str
    interval: tuple[float, float] | None
    why: str
    expected: str | None
    source: str = ""
    expected_reason: str = ""
    stability: str = ""
    tier: str = ""
    beside: tuple["Judgement", ...] = ()

    @property
    def departs(self):
        """Whether the verdict is not the expected one."""
        return self.expected is not None and self.verdict != self.expected

    @property
    def disagrees(self):
        """Whether the claim is reproduced on some data and differs on others."""
        return {REPRODUCED, DIFFERS} <= {each.verdict for each in (self, *self.beside)}


def judge(results_folder, *, claims=None):
    """
    Compare the claims with the newest complete run of each study.

    Parameters
    ----------
    results_folder : path
        Holds ``<notebook>/latest``.
    claims : sequence of Claim, optional
        Default: all of the ledger.

    Returns
    -------
    judgements : list of Judgement
        One for each claim, in its order, with those on other tiers of data beside it.

    Raises
    ------
    ClaimError
        If a run did not record what a claim is compared with: all such claims are named at once.
    """
    claims = load_claims() if claims is None else claims
    runs = {study: read_newest(results_folder, NOTEBOOKS[study]) for study in dict.fromkeys(c.study for c in claims)}
    judgements, missing = [], []
    for claim in claims:
        found = []
        for run in runs[claim.study] or [None]:
            try:
                found.append(judge_one(claim, run))
            except NotRecorded as error:
                place = f"{run.notebook}/{run.run_id}, {run.tier} data"
                missing.append(f"{claim.id}: {error.args[0]} is not among the numbers of {place}")
        judgements += [replace(first, beside=tuple(found[1:])) for first in found[:1]]
    if missing:
        raise ClaimError(
            "\n".join(missing) + "\nIf these runs are of an older version, run `soaplens reproduce` again; otherwise a "
            "notebook lacks the run.number(...) or the claim names it wrongly"
        )
    return judgements


def judge_one(claim, run):
    """
    The verdict on one claim.

    Parameters
    ----------
    claim : Claim
    run : soaplens_lite.study.claims.recorded.Recorded or None
        None if the study was not run.

    Returns
    -------
    judgement : Judgement

    Raises
    ------
    soaplens_lite.study.claims.results.NotRecorded
        If the run did not record a quantity that the claim names.
    """
    measured = _measured(claim, run)
    if claim.contradicted_by:
        verdict, why = INCONSISTENT, f"elsewhere: {claim.contradicted_by}"
        return _judgement(claim, run, measured, Measured(None), verdict, why)
    if run is None:
        why = f"not run yet: soaplens run {NOTEBOOKS[claim.study]}"
        return _judgement(claim, run, measured, Measured(None), NOT_EVALUATED, why)
    # Words are what a quantity "is"; elsewhere they name another quantity.
    names_another = isinstance(claim.than, str) and claim.test != "is"
    than = _in_unit(claim, run.measured(claim.than, claim.than_select)) if names_another else Measured(claim.than)
    against = than if names_another else Measured(None)
    if obstacle := _obstacle(claim, run):
        return _judgement(claim, run, measured, against, NOT_EVALUATED, obstacle)
    return _judgement(claim, run, measured, against, *_settled(claim, run, *_compare(claim, measured, than)))


def _measured(claim, run):
    """What a run recorded of the quantity or parameter of a claim, in the claim's unit."""
    if run is None or not (claim.quantity or claim.parameter):
        return Measured(None)
    if claim.parameter:
        return _in_unit(claim, run.parameter(claim.parameter))
    return _in_unit(claim, run.measured(claim.quantity, claim.select))


def _in_unit(claim, measured):
    return measured.scaled(100 if claim.unit == "%" else 1)


def _obstacle(claim, run):
    """Why this run cannot decide the claim; empty if it can."""
    if run.tier == "other":
        return "run on data that are neither the bundled ones, nor the authors', nor the paper's"
    if run.changed:
        return "run with other parameters: " + ", ".join(f"{name} = {value}" for name, value in run.changed.items())
    return "" if run.tier in claim.tiers else claim.expected_on(run.tier)[1]


def _compare(claim, measured, than):
    """The verdict on one measured quantity, and how it came about."""
    absent = measured.absent or than.absent
    if absent:
        return NOT_EVALUATED, f"no counterpart: {absent}"
    low, high = measured.ends
    if claim.test == "is":
        return (REPRODUCED if measured.value == than.value else DIFFERS), f"must be {_with_unit(claim, than.value)}"
    if claim.test == "within":
        least, most = claim.published - claim.tolerance, claim.published + claim.tolerance
        holds = not _above(low, most) and not _above(least, high)
        return (REPRODUCED if holds else DIFFERS), _how(claim, measured)
    if claim.test in ("at least", "at most"):
        value, bound = measured.value, than.value
        holds = not (_above(bound, value) if claim.test == "at least" else _above(value, bound))
        return (REPRODUCED if holds else DIFFERS), f"must be {claim.test} {_short(than.value)}"
    surely, surely_not = _above(low, than.ends[1]), _above(than.ends[0], high)
    if claim.test == "below":
        surely, surely_not = surely_not, surely
    by = " with its whole 95 % interval" if measured.low is not None or than.low is not None else ""
    why = f"must be {claim.test} {_in_words(claim, than)}{by}"
    if surely:
        return REPRODUCED, why
    # The bound itself is not above itself, and without an interval there is nothing left open.
    return (DIFFERS, why) if surely_not or not by else (NOT_EVALUATED, f"undecided: {why}, which spans it")


def _settled(claim, run, verdict, why):
    """A verdict that the method settles, or that it does not; why; and how often rotations find again what it needs."""
    found = run.found_again(claim.depends_on)
    unsure = [str(each) for each in found if each.times < SETTLED * each.n_rotations or not each.by_exact_tree]
    if unsure and verdict in (REPRODUCED, DIFFERS):
        verdict, why = NOT_SETTLED, f"found again in rotations: {', '.join(unsure)}; otherwise: {verdict}, {why}"
    return verdict, why, ", ".join(map(str, found))


def _above(one, other):
    """Whether a number is larger than another, and not merely by rounding: 100 times 0.29 is a little less than 29."""
    return one > other and not isclose(one, other, rel_tol=1e-9)


def _how(claim, measured):
    """How a number is compared with the published one."""
    tolerance = f" ± {_short(claim.tolerance)}" if claim.tolerance else ""
    compared = "the 95 % interval must reach" if measured.low is not None else "must be"
    return f"{compared} {_short(claim.published)}{tolerance}{_unit(claim)}"


def _judgement(claim, run, measured, against, verdict, why, stability=""):
    """With what was measured in numbers and in words, and what is expected of such a run."""
    interval = None if measured.low is None else measured.ends
    text = _in_words(claim, measured)
    if against != Measured(None):
        text += f" against {_in_words(claim, against)}"
    if claim.words and isinstance((measured if against == Measured(None) else against).value, int | float):
        text += f" {claim.words}"
    # A source that contradicts itself does so on any data, and without.
    usual = claim.contradicted_by or (run and run.tier != "other" and not run.changed)
    expected, reason = claim.expected_on(run.tier if run else "sample") if usual else (None, "")
    source = "" if run is None else f"{run.notebook}/{run.run_id}, {run.tier} data"
    tier = run.tier if run else ""
    return Judgement(claim, verdict, measured.value, text, interval, why, expected, source, reason, stability, tier)


def _in_words(claim, measured):
    """A value with unit and interval."""
    if measured.absent:
        return f"no counterpart ({measured.absent})"
    if measured.value is None:
        return "-"
    scale = _scale(claim)
    interval = "" if measured.low is None else f" ({_short(scale * measured.low)} to {_short(scale * measured.high)})"
    return f"{_with_unit(claim, measured.value)}{interval}"


def published_text(claim):
    """
    What the paper gives, with its unit.

    Parameters
    ----------
    claim : Claim

    Returns
    -------
    text : str
    """
    return _with_unit(claim, claim.published)


def _with_unit(claim, value):
    """A value and the unit, which words do not have; truth in the words of the quantity."""
    if isinstance(value, bool):
        return claim.yes if value else claim.no
    return value if isinstance(value, str) else f"{_short(_scale(claim) * value)}{_unit(claim)}"


def _scale(claim):
    """100 where a share that is judged as it was recorded is written in percent."""
    return 100 if claim.share and not claim.unit else 1


def _unit(claim):
    unit = "%" if _scale(claim) == 100 else {"Angstrom": "Å"}.get(claim.unit, claim.unit)
    return f" {unit}" if unit else ""


def _short(value):
    """A number as it is read: with three digits or all before the point."""
    return f"{value:.{max(3, len(str(int(abs(value)))))}g}" if isinstance(value, float) else str(value)
