"""
The report: one page that says what was reproduced, shows it, and tells how it came about.

It is a single file without anything fetched from elsewhere: pictures, styles and the few lines of script stand in it.
Files that are too large for that (executed notebooks, vector figures, movies) are linked relatively, and are found as
long as the page stays in its folder of results.
"""

import hashlib
from collections import Counter
from functools import partial
from importlib import metadata, resources
from math import isnan
from pathlib import Path, PurePosixPath

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from soaplens_lite import _disk as disk
from soaplens_lite import plots
from soaplens_lite.study import StudyError, claims
from soaplens_lite.study.claims.ledger import NOTEBOOKS, VERDICTS
from soaplens_lite.study.claims.results import INTERVALS
from soaplens_lite.study.report import explorer
from soaplens_lite.study.report.exhibits import batches, exhibit, runs
from soaplens_lite.study.run.folders import RunError, check_writable, results_folder

PAGE = Path("report", "index.html")
percent = partial(plots.percent, decimals=2)
MARKS = dict(zip(VERDICTS, ("●", "▲", "◐", "○", "◆"), strict=True))  # distinguishable without color
MEANINGS = {
    "reproduced": "what was measured agrees with the claim, within the given tolerance or interval",
    "differs": "what was measured disagrees with the claim",
    "not settled": "the method does not settle it: the states depend on the directions of the axes, which mean nothing",
    "not evaluated": "these data or this run cannot decide it; where a value was measured, it is shown for orientation",
    "source inconsistent": "the paper contradicts itself, or the authors' code, on this point",
}
SYSTEMS = {"cu211": "Copper surface", "au309": "Gold nanoparticle", "icewater": "Ice and water", "cost": "Cost"}


class ReportError(StudyError):
    """Nothing that could be reported."""


def build(results_folder, judgements):
    """
    Write the report of the newest runs.

    Parameters
    ----------
    results_folder : path
    judgements : sequence of soaplens_lite.study.claims.verdicts.Judgement

    Returns
    -------
    page : pathlib.Path
        ``report/index.html`` in the folder; left alone if it shows just these runs and judgements already.

    Raises
    ------
    ReportError
        If no run is complete, or the folder cannot be written to.
    """
    results_folder = Path(results_folder).resolve()
    folders = runs(results_folder)
    if not folders:
        raise ReportError(f"{results_folder} holds no complete run to report on: run `soaplens reproduce` first")
    swept = batches(results_folder, results_folder / PAGE.parent)
    page, key = results_folder / PAGE, _key(folders, judgements, swept)
    try:
        if page.is_file() and key in page.read_text("utf-8")[:2000]:
            return page
        page.parent.mkdir(parents=True, exist_ok=True)
        with disk.whole(page) as scratch:
            scratch.write_text(_render(results_folder, folders, judgements, swept, key), "utf-8")
    except OSError as error:
        raise ReportError(f"the report {disk.refusal(page, error)}") from None
    return page


def conclude(results=None):
    """
    Judge all claims by the newest runs, print their verdicts, and write the report.

    Parameters
    ----------
    results : path, optional
        See `soaplens_lite.study.run.folders.results_folder`.

    Returns
    -------
    judgements : list of soaplens_lite.study.claims.verdicts.Judgement
        Their table, with every cell of the matrices, is written to ``claims.txt`` in the results folder.

    Raises
    ------
    ClaimError
        If a run lacks a quantity that a claim is compared with.
    DamagedError
        If a run's numbers cannot be read.
    RunError
        If the results folder cannot be written to.
    """
    folder = results_folder(results)
    judgements = claims.judge(folder)
    check_writable(folder)
    table, text = folder / "claims.txt", (claims.as_table(judgements, cells=True) + "\n").encode()
    try:
        if not table.is_file() or table.read_bytes() != text:  # what is up to date is left alone
            with disk.whole(table) as scratch:
                scratch.write_bytes(text)
    except OSError as error:
        raise RunError(disk.refusal(table, error)) from None
    judged = any(judged.expected is not None for judged in judgements)
    shown = claims.as_table(judgements) if judged else claims.summary(judgements)
    print(f"\n{shown}\nWith every cell of the matrices: {table}", flush=True)
    if any(judged.source for judged in judgements):
        print(f"Report: {build(folder, judgements)}", flush=True)
    return judgements


def _key(folders, judgements, swept):
    """A checksum over all that the page is made from: the same key, the same page."""
    summary = hashlib.sha256(repr((judgements, swept)).encode())
    for folder in folders:
        for name in ("run.json", "numbers.json"):
            summary.update((folder / name).read_bytes())
        run = folder.resolve()
        summary.update(str(explorer.place(run.parents[1], run.parent.name, run.name)).encode())
    for source in sorted(_sources(), key=lambda source: source.name):
        summary.update(source.read_bytes())
    return summary.hexdigest()


def _sources():
    """What of this package decides how the page looks."""
    package = resources.files("soaplens_lite.study")
    templates = [path for path in package.joinpath("templates").iterdir() if path.is_file()]
    code = ("report/report.py", "report/exhibits.py", "report/captions.py", "report/captions.toml", "pages.toml")
    return [*templates, *map(package.joinpath, code)]


def _render(results_folder, folders, judgements, swept, key):
    """The page as text."""
    environment = Environment(
        loader=PackageLoader("soaplens_lite.study"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    exhibits = [exhibit(folder, results_folder / PAGE.parent) for folder in folders]
    studies, seen = {notebook: study for study, notebook in NOTEBOOKS.items()}, set()
    for shown in exhibits:
        study, tier = studies.get(shown["notebook"]), shown["tier"]
        mine = [judged for judged in judgements if judged.claim.study == study]
        shown["id"], shown["system"] = shown["notebook"], SYSTEMS.get(study, _in_words(shown["notebook"]))
        if shown["notebook"] in seen:  # Stands beside a run on other data.
            mine = [other for judged in mine for other in judged.beside if other.tier == tier]
            shown["id"], shown["system"] = f"{shown['notebook']}-{tier}", f"{shown['system']}, {claims.tier_name(tier)}"
        seen.add(shown["notebook"])
        shown["matrices"] = _matrices(mine, shown.pop("results"))
        shown["judgements"] = [judged for judged in mine if not judged.claim.cell_of]
    return environment.get_template("report.html").render(
        key=key,
        exhibits=exhibits,
        batches=swept,
        tally=_tally(judgements),
        judgements=judgements,
        beside=_side_by_side(judgements, exhibits),
        systems=SYSTEMS,
        tier_name=claims.tier_name,
        verdicts=VERDICTS,
        marks=MARKS,
        meanings=MEANINGS,
        tiers=sorted({entry["set"].tier for shown in exhibits for entry in shown["data"] if entry["set"]}),
        newest=max(shown["run"]["end"] for shown in exhibits),
        version=metadata.version("soaplens_lite"),
        plain=plain,
        unit=unit,
        percent=percent,
    )


def _tally(judgements):
    """How often each verdict was given: to statements, settings and cells of matrices, and to statements by study."""

    def counted(group, *studies):
        chosen = (judged for judged in judgements if judged.claim.group == group)
        return Counter(judged.verdict for judged in chosen if judged.claim.study in (studies or SYSTEMS))

    return {
        **{group: counted(group) for group in ("statements", "settings", "cells")},
        "studies": {study: counted("statements", study) for study in SYSTEMS},
        "departures": claims.departing(judgements),
    }


def _in_words(notebook):
    """What a notebook without claims is about, from its name."""
    return notebook[3:].replace("_", " ").capitalize()


def _side_by_side(judgements, exhibits):
    """Claims that were judged on several tiers of data, and the first composed figure of the same studies."""
    compared = [judged for judged in judgements if judged.beside and not judged.claim.cell_of]
    rows = [{each.tier: each for each in (judged, *judged.beside)} for judged in compared]
    notebooks = {NOTEBOOKS[judged.claim.study] for judged in compared}
    composed = [
        (one, [figure["whole"] for figure in one["figures"] if figure["whole"]])
        for one in exhibits
        if one["notebook"] in notebooks
    ]
    return {
        "tiers": list(dict.fromkeys(tier for row in rows for tier in row)),
        "rows": list(zip(compared, rows, strict=True)),
        "figures": [(one["tier"], figures[0]) for one, figures in composed if figures],
    }


def _matrices(judgements, results):
    """Published matrices and rows of numbers, each with what was measured: dicts by the name that cells share."""
    matrices = {}
    for judged in judgements:
        if name := judged.claim.cell_of:
            start = {"title": judged.claim.title, "claim": judged.claim, "cells": {}}
            matrices.setdefault(name, start)["cells"][judged.claim.cell] = judged
    for matrix in matrices.values():
        matrix["rows"], matrix["columns"] = (list(dict.fromkeys(names)) for names in zip(*matrix["cells"], strict=True))
        matrix["measured"] = _measured(matrix["claim"].quantity, results)
        partners = matrix["measured"]["names"] if matrix["measured"] else matrix["rows"] + matrix["columns"]
        matrix["lacking"] = [name for name in matrix["rows"] if name not in partners]
        matrix["besides"] = [name for name in partners if name not in matrix["rows"] + matrix["columns"]]
    return matrices


def _measured(quantity, results):
    """The complete matrix that a quantity is a cell of, written out with its intervals; None if it is of no matrix."""
    path = PurePosixPath(quantity)
    if results is None or len(path.parts) < 2:
        return None
    node = results[path.parent.as_posix()]
    layers = [node[name].values.tolist() for name in (path.name, *INTERVALS[path.name])]
    cells = [[_cell(*values) for values in zip(*rows, strict=True)] for rows in zip(*layers, strict=True)]
    return {"names": node["origin"].values.tolist(), "cells": cells}


def _cell(value, low, high):
    """A probability in percent, and its interval where resampling gave one."""
    if isnan(value):
        return "–", ""
    return percent(value), f"{100 * low:.2f}–{100 * high:.2f}" if low < high else ""


def unit(claim):
    """
    The unit of a claim as it is printed.

    Parameters
    ----------
    claim : soaplens_lite.study.claims.ledger.Claim

    Returns
    -------
    text : str
        With a space before it; empty for what is published in words or has no unit.
    """
    if not claim.unit or not isinstance(claim.published, int | float):
        return ""
    return " Å" if claim.unit == "Angstrom" else f" {claim.unit}"


def plain(value):
    """
    A value as it is read in a table.

    Parameters
    ----------
    value : bool, int, float, str or None

    Returns
    -------
    text : str

    Examples
    --------
    >>> plain(True), plain(0.1), plain(93.23456), plain(None), plain(576)
    ('yes', '0.1', '93.23', '–', '576')
    """
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
