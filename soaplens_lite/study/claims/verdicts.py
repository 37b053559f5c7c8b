"""
What our runs say to the claims of the ledger.

A number that only the paper's data can decide is shown beside the published one and not judged. A finding about states
that rotations of the points do not find again is not settled by the method. A quantity that a run should have
recorded and did not is an error of ours, and never a pass.
"""

from dataclasses import dataclass
from math import isclose

from soaplens_lite.study.claims.ledger import (
    DIFFERS,
    INCONSISTENT,
    NOT_EVALUATED,
    NOT_SETTLED,
    NOTEBOOKS,
    REPRODUCED,
    VERDICTS,
    Claim,
    ClaimError,
    load_claims,
)
from soaplens_lite.study.claims.recorded import read_latest
from soaplens_lite.study.claims.results import Measured, NotRecorded

__all__ = ["Claim", "ClaimError", "Judgement", "as_table", "in_full", "judge", "load_claims", "summary"]

# A state is settled if at least this share of the rotations finds it again, and the exact tree does.
SETTLED = 0.8
GROUPS = {"statements": "statements", "settings": "settings taken over", "cells": "cells of matrices"}


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
        How often rotations of the points find again what the claim hangs on; empty if it hangs on no state.
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

    @property
    def departs(self):
        """Whether the verdict is not the expected one."""
        return self.expected is not None and self.verdict != self.expected


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
        One for each claim, in its order.

    Raises
    ------
    ClaimError
        If a run did not record what a claim is compared with: all such claims are named at once.
    """
    claims = load_claims() if claims is None else claims
    runs = {study: read_latest(results_folder, NOTEBOOKS[study]) for study in dict.fromkeys(c.study for c in claims)}
    judgements, missing = [], []
    for claim in claims:
        try:
            judgements.append(judge_one(claim, runs[claim.study]))
        except NotRecorded as error:
            run = runs[claim.study]
            missing.append(f"{claim.id}: {error.args[0]} is not among the numbers of {run.notebook}/{run.run_id}")
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
        return "run on data that are neither the bundled ones nor the paper's"
    if run.changed:
        return "run with other parameters: " + ", ".join(f"{name} = {value}" for name, value in run.changed.items())
    return "" if run.tier in claim.tiers else claim.expected_reason


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
    found = run.found_again(claim.hangs_on)
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
    return Judgement(claim, verdict, measured.value, text, interval, why, expected, source, reason, stability)


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


def as_table(judgements, *, cells=False):
    """
    The judgements for reading: study by study, departures marked, and `summary` at the end.

    Parameters
    ----------
    judgements : sequence of Judgement
    cells : bool
        Whether every cell of a matrix has a line. Otherwise those of one matrix share a line.

    Returns
    -------
    table : str
    """
    rows = [("  verdict", "claim", "published", "measured")]
    for judged in judgements:
        claim = judged.claim
        if cells or not claim.cell_of:
            published = published_text(claim)
            rows.append((_mark(judged), claim.id, _cut(published, 26), _cut(judged.measured_text, 60)))
        elif claim.cell_of != rows[-1][1]:
            fellows = [other for other in judgements if other.claim.cell_of == claim.cell_of]
            departs = any(other.departs for other in fellows)
            rows.append(("* cells" if departs else "  cells", claim.cell_of, f"{len(fellows)}", count(fellows)))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, "", summary(judgements)])


def in_full(judged):
    """
    Everything about one claim and its verdict.

    Parameters
    ----------
    judged : Judgement

    Returns
    -------
    text : str
    """
    claim = judged.claim
    lines = [
        f"{claim.id} ({claim.kind}; {claim.place})",
        f"  {claim.statement}",
        f"  published: {published_text(claim)}; {claim.reason}",
        f"  measured:  {judged.measured_text}" + (f"; {claim.recorded_as} of {judged.source}" if judged.source else ""),
        f"  verdict:   {judged.verdict}; {judged.why}",
    ]
    if judged.stability:
        lines.append(f"  stability: found again in rotations: {judged.stability}")
    if judged.expected:
        lines.append(f"  expected:  {judged.expected}; {judged.expected_reason}")
    return "\n".join(lines)


def count(judgements):
    """
    How often each verdict was given.

    Parameters
    ----------
    judgements : sequence of Judgement

    Returns
    -------
    text : str
        Verdicts that were not given are left out.
    """
    given = [judged.verdict for judged in judgements]
    return ", ".join(f"{given.count(verdict)} {verdict}" for verdict in VERDICTS if verdict in given)


def summary(judgements):
    """
    Counts of the verdicts, and a line for each that departs from the expected one.

    Settings that were taken over from the paper agree with it by themselves. They are counted separately, as are the
    many cells of matrices.

    Parameters
    ----------
    judgements : sequence of Judgement

    Returns
    -------
    text : str
    """
    departures = [
        f"* {judged.claim.id}: {judged.verdict}, expected {judged.expected}; measured {judged.measured_text}"
        for judged in judgements
        if judged.departs
    ]
    idle = sum(judged.expected is None for judged in judgements)
    lines = []
    for group, words in GROUPS.items():
        if fellows := [judged for judged in judgements if judged.claim.group == group]:
            lines.append(f"{len(fellows)} {words}: {count(fellows)}.")
    if idle:
        lines.append(f"Not judged: {idle}. Their study was not run, or not as it is by default.")
    if idle == len(judgements):
        lines.append("Nothing was judged: run the studies with all frames and their own parameters.")
    else:
        lines += ["Not as expected:", *departures] if departures else ["No verdict departs from the expected one."]
    return "\n".join(lines)


def _cut(text, width):
    """The beginning of a text that is too wide for a column."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def _mark(judged):
    return f"{'*' if judged.departs else ' '} {judged.verdict}"
