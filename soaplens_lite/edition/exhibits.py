"""What the report shows of a run: its figures as embedded pictures, its files, its sentences, its provenance."""

import base64
import io
import json
import re
from pathlib import Path

from nbconvert.filters import markdown2html
from PIL import Image

from . import captions, legends, provenance, stamps
from .folders import state
from .intact import DamagedError, again, damage, read_numbers
from .registry import data_sets

WHOLE_WIDTH, PANEL_WIDTH = 1800, 640  # pixels; enough for a page on a dense screen, and for a thumbnail
QUALITY = 86  # of WebP, at which letters stay sharp
FILES = {
    "notebook.html": "the notebook as it ran",
    "notebook.ipynb": "the same for Jupyter",
    "numbers.json": "every recorded number",
    "labels.nc": "the state of every atom in every frame",
    "run.json": "provenance and timings",
}
LEARNED = "## What we learned"


def runs(results_folder):
    """
    The newest complete run of each notebook.

    Parameters
    ----------
    results_folder : pathlib.Path

    Returns
    -------
    runs : dict of str to pathlib.Path
        Run folders by notebook, in the order of the notebooks.

    Raises
    ------
    DamagedError
        If one of them has lost a file.
    """
    latest = {path.parent.name: path.resolve() for path in sorted(results_folder.glob("*/latest"))}
    complete = {name: folder for name, folder in latest.items() if state(folder)["status"] == "complete"}
    for name, folder in complete.items():
        if lost := damage(folder, state(folder)):
            raise DamagedError(f"{folder} is no longer whole: {lost}: {again(name)}")
    return complete


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
    run, numbers = state(folder), read_numbers(folder)
    stamp, files = provenance.read(folder), _files(folder, home)
    known = data_sets()
    return {
        "notebook": run["notebook"],
        "title": next(iter(run["seconds_per_section"]), run["notebook"]),
        "run": run,
        "stamp": stamp,
        "commands": provenance.commands(stamp),
        "link": _link(folder, home),
        "data": [{"id": name, "sha256": sha256, "set": known.get(name)} for name, sha256 in run["data"].items()],
        "learned": _learned(folder),
        "numbers": {name: entry["value"] for name, entry in numbers["numbers"].items()},
        "figures": _figures(folder, home, numbers),
        "movies": [(captions.label(path.stem), entry) for path, entry in files if path.parent.name == "movies"],
        "files": [entry for _, entry in files],
        "sections": _timings(run),
    }


def _figures(folder, home, numbers):
    """The figures in their order, each with its panels and, where the notebook composed them, as a whole."""
    figures, panels = numbers["figures"], {}
    for name in sorted(figures):
        whole = _figure_of(name, figures)
        panels.setdefault(whole, []).extend([name] if whole != name else [])
    return [
        {
            "name": name,
            "label": captions.label(name),
            "caption": captions.caption(name),
            "parts": legends.parts(name, numbers["numbers"]),
            "reading": legends.reading(parts),
            "movie": _movie_of(name, folder, home),
            "panels": [_picture(folder, home, panel, figures[panel], PANEL_WIDTH) for panel in parts],
            "whole": _whole(folder, home, name, figures[name], len(parts)) if name in figures else None,
        }
        for name, parts in panels.items()
    ]


def _whole(folder, home, name, files, n_panels):
    """A whole figure; in words, what it is about and of how many panels it is composed."""
    composed = f", composed of {n_panels} panel{'s' * (n_panels > 1)}" if n_panels else ""
    alt = f"{captions.label(name)}{composed}. {captions.caption(name)}".strip()
    return _picture(folder, home, name, files, WHOLE_WIDTH) | {"alt": alt}


def _figure_of(name, figures):
    """The figure that a panel belongs to; any other picture stands for itself, as does a figure that was composed."""
    found = re.match(r"(figs?\d+)([a-z]?)(?=_|$)", name)
    if not found or name in (found[0], found[1]):
        return name
    return found[0] if found[0] in figures else found[1]


def _movie_of(name, folder, home):
    """The movie that a picture shows stills of; None if there is none."""
    if not name.endswith("_stills"):
        return None
    films = sorted(folder.glob(f"movies/{name.removesuffix('_stills')}.*"))
    films = [film for film in films if not film.name.endswith(stamps.SIDECAR)]
    return _entry(films[0], folder, home) if films else None


def _picture(folder, home, name, files, width):
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
        "alt": captions.description(name),
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


def _learned(folder):
    """What the executed notebook itself wrote below its last heading, as HTML; empty if it wrote nothing."""
    cells = json.loads((folder / "notebook.ipynb").read_text("utf-8"))["cells"]
    starts = [k for k, cell in enumerate(cells) if "".join(cell["source"]).startswith(LEARNED)]
    said = []
    for cell in cells[starts[-1] + 1 :] if starts else []:
        for output in cell.get("outputs", []):
            said.append("".join(output.get("data", {}).get("text/markdown", "")))
    return markdown2html("\n\n".join(said)) if any(said) else ""


def _timings(run):
    """Seconds of each section and its share of the longest one, the quickest ones left out."""
    longest = max(run["seconds_per_section"].values(), default=0)
    return [
        {"name": name, "seconds": seconds, "share": seconds / longest}
        for name, seconds in run["seconds_per_section"].items()
        if seconds >= 0.5
    ]
