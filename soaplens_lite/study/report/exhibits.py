"""What the report shows of a run: its figures as embedded pictures, its tables, files, sentences and provenance."""

import base64
import io
from pathlib import Path

import pandas as pd
from nbconvert.filters import markdown2html
from PIL import Image

from soaplens_lite.study.batch._folder import BATCHES, TABLE
from soaplens_lite.study.claims.recorded import newest_folders, open_results, tier_of
from soaplens_lite.study.data import data_sets
from soaplens_lite.study.report import captions, explorer
from soaplens_lite.study.run import provenance, stamps
from soaplens_lite.study.run.folders import DamagedError, again, damage, read_numbers, state
from soaplens_lite.study.run.notebooks import SUMMARY

WHOLE_WIDTH, PANEL_WIDTH = 1800, 640  # pixels; enough for a page on a dense screen, and for a thumbnail
QUALITY = 86  # of WebP, at which letters stay sharp
FILES = {
    "notebook.html": "the notebook as it ran",
    "notebook.ipynb": "the same for Jupyter",
    "numbers.json": "every recorded number",
    "results.nc": "states, transitions and LENS, with their labels",
    "run.json": "provenance and timings",
}


def runs(results_folder):
    """
    The newest complete run of each notebook, and those on other tiers of data beside it.

    Parameters
    ----------
    results_folder : pathlib.Path

    Returns
    -------
    runs : list of pathlib.Path
        Run folders in the order of the notebooks.

    Raises
    ------
    DamagedError
        If one of them has lost a file.
    """
    notebooks = sorted(path.parent.name for path in results_folder.glob("*/latest"))
    folders = [folder.resolve() for name in notebooks for folder in newest_folders(results_folder, name)]
    for folder in folders:
        if lost := damage(folder, state(folder)):
            raise DamagedError(f"{folder} is no longer complete: {lost}: {again(folder.parent.name)}")
    return folders


def exhibit(folder, home):
    """
    What a run has to show.

    Parameters
    ----------
    folder : pathlib.Path
        Of a complete run.
    home : pathlib.Path
        Of the page, which links to files of the run relatively.

    Returns
    -------
    exhibit : dict
        For the template.
    """
    run, numbers, results = state(folder), read_numbers(folder), open_results(folder)
    stamp, files = provenance.read(folder), _files(folder, home)
    known, explored = data_sets(), explorer.place(home.parent, run["notebook"], run["run_id"])
    return {
        "notebook": run["notebook"],
        "tier": tier_of(run["data"]),
        "title": next(iter(run["seconds_per_section"]), run["notebook"]),
        "run": run,
        "stamp": stamp,
        "commands": provenance.commands(stamp),
        "link": _link(folder, home),
        "explorer": _link(explored, home) if explored else None,
        "data": [{"id": name, "sha256": sha256, "set": known.get(name)} for name, sha256 in run["data"].items()],
        "learned": markdown2html("\n".join(f"- {sentence}" for sentence in numbers.get("learned", []))),
        "results": results,
        "figures": list(_figures(folder, home, numbers, _names_of_states(results))),
        "tables": [_table(folder, home, name, entry) for name, entry in sorted(numbers.get("tables", {}).items())],
        "movies": [(captions.label(path.stem), entry) for path, entry in files if path.parent.name == "movies"],
        "files": [entry for _, entry in files],
        "sections": _timings(run),
    }


def batches(results_folder, home):
    """
    The newest page of each batch.

    Parameters
    ----------
    results_folder : pathlib.Path
    home : pathlib.Path
        Of the page, which links to them relatively.

    Returns
    -------
    batches : list of dict
        ``name``, ``link`` to the executed notebook ``07_batch``, ``table`` (link) and ``learned``; by name.
    """
    found = {}
    for folder in (results_folder / SUMMARY).glob("[!.]*"):
        run = state(folder)
        if run["status"] == "complete" and not folder.is_symlink() and not damage(folder, run):
            name = run["parameters"].get("batch") or "the newest batch"
            if name not in found or found[name][0] < run["end"]:
                found[name] = run["end"], folder
    return [_batch(name, folder, home) for name, (_, folder) in sorted(found.items())]


def _batch(name, folder, home):
    table = home.parent / BATCHES / name / TABLE
    return {
        "name": name,
        "link": _link(folder / "notebook.html", home),
        "table": _link(table, home) if table.is_file() else "",
        "learned": read_numbers(folder).get("learned", []),
    }


def _names_of_states(results):
    """Names of the states of each analysis."""
    if results is None:
        return {}
    tables = {key: results[key]["table"] for key in captions.STATES if key in results}
    return {key: table["state"].values.tolist() for key, table in tables.items()}


def _figures(folder, home, numbers, states):
    """The figures, each with its panels in the order of the page and, where the notebook composed them, as a page."""
    files, panels, members = numbers["figures"], numbers.get("panels", {}), {}
    order = {panel: number for number, panel in enumerate(captions.PLACES)}
    for name in sorted(files, key=lambda name: (order.get(name, -1), name)):
        page = captions.PLACES.get(name, ("", ""))[0]
        members.setdefault(page or name, []).extend([name] if page else [])
    for name, parts in members.items():
        about = panels.get(name, {})
        movie, text = about.get("movie"), captions.caption(about.get("movie") or name, about.get("kind"))
        yield {
            "name": name,
            "label": captions.label(movie or name),
            "caption": text,
            "parts": captions.parts(name, states),
            "reading": captions.reading({panels.get(part, {}).get("kind") for part in parts}),
            "movie": _movie(folder, home, numbers["movies"].get(movie)) if movie else None,
            "panels": [_picture(folder, home, part, files[part], PANEL_WIDTH, panels.get(part)) for part in parts],
            "whole": _whole(folder, home, movie or name, files[name], len(parts), text) if name in files else None,
        }


def _table(folder, home, name, entry):
    """A table of the run, read back from its file."""
    paths = [folder / file for file in entry["files"]]
    frame = pd.read_csv(paths[0], header=list(range(entry["header_rows"])), index_col=0, dtype=str).fillna("")
    return {
        "name": name,
        "label": captions.label(name),
        "caption": captions.caption(name),
        "html": frame.to_html(border=0, classes="beside"),
        "notes": entry["notes"],
        "files": [{"ending": path.suffix[1:].upper(), "link": _link(path, home)} for path in paths],
    }


def _whole(folder, home, name, files, n_panels, caption):
    """A complete figure; its text says what it is about and how many panels it has."""
    composed = f", composed of {n_panels} panel{'s' * (n_panels > 1)}" if n_panels else ""
    alt = f"{captions.label(name)}{composed}. {caption}".strip()
    return _picture(folder, home, name, files, WHOLE_WIDTH) | {"alt": alt}


def _movie(folder, home, files):
    """The movie that a picture shows stills of; None where the notebook made none."""
    return _entry(folder / files[0], folder, home) if files else None


def _picture(folder, home, name, files, width, panel=None):
    """A picture inside the page, with links to the files that it was made from."""
    paths = [folder / file for file in files]
    picture = next(path for path in paths if path.suffix == ".png")
    with Image.open(picture) as image:
        smaller = image.convert("RGB")
    if smaller.width > width:
        smaller = smaller.resize((width, round(smaller.height * width / smaller.width)), Image.Resampling.LANCZOS)
    packed = io.BytesIO()
    smaller.save(packed, "WEBP", quality=QUALITY, method=2)
    return {
        "name": name,
        "alt": captions.description(name, panel),
        "uri": "data:image/webp;base64," + base64.b64encode(packed.getvalue()).decode("ascii"),
        "width": smaller.width,
        "height": smaller.height,
        "files": [{"ending": path.suffix[1:].upper(), "link": _link(path, home)} for path in paths],
    }


def _link(path, home):
    """A link from the page to a file of a run; both stand somewhere below results."""
    return Path("..", *path.relative_to(home.parent).parts).as_posix()


def _files(folder, home):
    """The files besides the figures and what is said of them: first those of every run, then movies and exports."""
    others = [
        path
        for path in sorted(folder.rglob("[!.]*"))
        if path.is_file() and path.parent.name != "figures" and path.name not in FILES
    ]
    paths = [path for path in map(folder.joinpath, FILES) if path.is_file()]
    paths += [path for path in others if not path.name.endswith(stamps.SIDECAR)]
    return [(path, _entry(path, folder, home)) for path in paths]


def _entry(path, folder, home):
    """What is said of a file where it is linked."""
    return {
        "name": path.relative_to(folder).as_posix(),
        "link": _link(path, home),
        "about": FILES.get(path.name, ""),
        "size": f"{path.stat().st_size / 1e6:.1f} MB" if path.stat().st_size > 5e4 else "",
    }


def _timings(run):
    """Seconds of each section and its share of the longest one, the quickest ones left out."""
    longest = max(run["seconds_per_section"].values(), default=0)
    return [
        {"name": name, "seconds": seconds, "share": seconds / longest}
        for name, seconds in run["seconds_per_section"].items()
        if seconds >= 0.5
    ]
