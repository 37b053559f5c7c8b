"""Judgements for reading: tables, one claim in full, counts, and the same claims on several tiers of data."""

from soaplens_lite.study import columns
from soaplens_lite.study.claims.ledger import VERDICTS
from soaplens_lite.study.claims.verdicts import published_text

GROUPS = {"statements": "statements", "settings": "settings taken over", "cells": "cells of matrices"}
TIERS = {
    "sample": "our sample",
    "authors": "the authors' trajectory",
    "paper": "the paper's trajectory",
    "other": "your data",
}


def tier_name(tier):
    """
    How a tier of data is called in texts.

    Parameters
    ----------
    tier : str

    Returns
    -------
    name : str

    Examples
    --------
    >>> tier_name("sample"), tier_name("mine")
    ('our sample', 'the tier mine')
    """
    return TIERS.get(tier, f"the tier {tier}")


def departing(judgements):
    """
    Verdicts that are not the expected ones, on all tiers of data.

    Parameters
    ----------
    judgements : sequence of Judgement

    Returns
    -------
    departing : list of Judgement
    """
    return [each for judged in judgements for each in (judged, *judged.beside) if each.departs]


def side_by_side(judgements):
    """
    Claims that were judged on several tiers of data, side by side.

    Parameters
    ----------
    judgements : sequence of Judgement

    Returns
    -------
    table : str
        Empty if there are none. Claims that are reproduced on some data and differ on others are marked.
    """
    compared = [judged for judged in judgements if judged.beside and judged.claim.group == "statements"]
    tiers = list(dict.fromkeys(each.tier for judged in compared for each in (judged, *judged.beside)))
    rows = [("  claim", *map(tier_name, tiers))]
    for judged in compared:
        found = {each.tier: f"{each.verdict}: {shorten(each.measured_text, 34)}" for each in (judged, *judged.beside)}
        mark = "!" if judged.disagrees else " "
        rows.append((f"{mark} {judged.claim.id}", *(found.get(tier, "-") for tier in tiers)))
    return columns(rows) if compared else ""


def shorten(text, width):
    """
    The beginning of a text that is too wide for a column.

    Parameters
    ----------
    text : str
    width : int

    Returns
    -------
    text : str

    Examples
    --------
    >>> shorten("ice, liquid, liquid 2", 12), shorten("ice", 12)
    ('ice, liquid…', 'ice')
    """
    return text if len(text) <= width else f"{text[: width - 1]}…"


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
            rows.append((_mark(judged), claim.id, shorten(published, 26), shorten(judged.measured_text, 60)))
        elif claim.cell_of != rows[-1][1]:
            fellows = [other for other in judgements if other.claim.cell_of == claim.cell_of]
            departs = bool(departing(fellows))
            rows.append(("* cells" if departs else "  cells", claim.cell_of, f"{len(fellows)}", count(fellows)))
    tables = [columns(rows), side_by_side(judgements), summary(judgements)]
    return "\n\n".join(filter(None, tables))


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
    for other in judged.beside:
        lines += [f"  on {tier_name(other.tier)}:", *(f"  {line}" for line in in_full(other).splitlines()[3:])]
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
        f"* {judged.claim.id}: {judged.verdict} on {tier_name(judged.tier)}, expected {judged.expected}; "
        f"measured {judged.measured_text}"
        for judged in departing(judgements)
    ]
    idle = sum(judged.expected is None for judged in judgements)
    lines = []
    for group, words in GROUPS.items():
        if fellows := [judged for judged in judgements if judged.claim.group == group]:
            lines.append(f"{len(fellows)} {words}: {count(fellows)}.")
    others = [other for judged in judgements for other in judged.beside if other.claim.group == "statements"]
    for tier in dict.fromkeys(other.tier for other in others):
        fellows = [other for other in others if other.tier == tier]
        lines.append(f"{len(fellows)} of the statements on {tier_name(tier)}, too: {count(fellows)}.")
    if idle:
        lines.append(f"Not judged: {idle}. Their study was not run, or not as it is by default.")
    if idle == len(judgements):
        lines.append("Nothing was judged: run the studies with all frames and their own parameters.")
    else:
        lines += ["Not as expected:", *departures] if departures else ["No verdict departs from the expected one."]
    return "\n".join(lines)


def _mark(judged):
    return f"{'*' if departing([judged]) else ' '} {judged.verdict}"
