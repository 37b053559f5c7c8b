"""Who may import whom: the science can be used without the edition, and the plots without both."""

import ast
from pathlib import Path

import pytest

import soaplens_lite

PACKAGE = Path(soaplens_lite.__file__).parent
TOOLS = {"arguments", "cache", "cost", "disk", "progress"}  # know nothing of atoms; everyone may use them

SCIENCE = {
    "integrity": set(),
    "formats": {"integrity"},
    "trajectory": {"formats", "integrity"},
    "hdf5": {"formats", "integrity", "trajectory"},
    "convert": {"formats", "hdf5", "integrity", "trajectory"},
    "neighbors": {"trajectory"},
    "lens": {"neighbors"},
    "soap": {"trajectory"},
    "features": set(),
    "structure": {"neighbors", "trajectory"},
    "particle": {"neighbors"},
    "superposition": set(),
    "decomposition": {"features"},
    "clustering": set(),
    "side_by_side": {"clustering"},
    "density": set(),
    "transitions": set(),
    "journeys": {"transitions"},
    "agreement": {"transitions"},
    "water": {"formats", "neighbors", "trajectory"},
    "states": {"transitions", "features"},
    "merging": {"states", "transitions"},
    "sensitivity": set(),
    "export": {"plots"},
    "repetition": {"trajectory"},
    "arguments": set(),
    "cache": set(),
    "disk": set(),
    "cost": set(),
    "progress": set(),
    "plots": set(),
}
# Besides the package of the edition itself, which holds what all of them share.
EDITION = {
    "notebooks": {"science"},
    "blobs": set(),
    "transfer": {"science"},
    "zenodo": {"transfer"},
    "pins": set(),
    "sources": {"blobs", "pins", "transfer", "zenodo"},
    "entries": {"sources"},
    "registry": {"entries", "pins", "sources", "science"},
    "pinning": {"blobs", "pins", "registry", "sources", "transfer", "zenodo"},
    "inventory": {"registry", "sources", "transfer"},
    "models": set(),
    "parameters": {"models"},
    "statement": {"registry", "science"},
    "own": {"registry", "statement", "science"},
    "datasets": {"own", "registry", "science"},
    "checks": {"datasets", "own", "parameters", "registry", "science"},
    "intact": set(),
    "folders": {"intact", "science"},
    "stamps": {"folders"},
    "provenance": {"folders", "intact", "registry", "stamps"},
    "watch": set(),
    "kernel": set(),
    "findings": {"science"},
    "reading": set(),
    "record": {"folders", "provenance", "stamps", "science"},
    "ledger": set(),
    "recorded": {"folders", "intact", "parameters", "registry"},
    "wording": set(),
    "claims": {"ledger", "recorded", "wording"},
    "conclusion": {"claims", "folders", "report", "science"},
    "jobs": {"checks", "datasets", "folders", "notebooks", "own", "parameters", "provenance"},
    "runner": {
        "checks",
        "folders",
        "intact",
        "jobs",
        "kernel",
        "models",
        "notebooks",
        "own",
        "parameters",
        "provenance",
        "record",
        "registry",
        "watch",
        "science",
    },
    "captions": set(),
    "legends": {"captions"},
    "exhibits": {"captions", "folders", "intact", "legends", "provenance", "registry", "stamps"},
    "report": {"exhibits", "ledger", "science"},
    "crate": {"captions", "folders", "intact", "provenance", "registry", "science"},
    "papermill_io": {"notebooks"},
}
# Libraries that one place knows, so that another could take their part.
ONLY_IN = {
    "pooch": {"edition.transfer"},
    "requests": {"edition.transfer"},
    "papermill": {"edition.runner"},
    "nbclient": {"edition.runner"},
    "jupyter_client": {"edition.kernel"},
    "click": {"cli"},
    "pydantic": {
        "edition.entries",
        "edition.models",
        "edition.parameters",
        "edition.ledger",
        "edition.statement",
        "edition.transfer",
    },
    "jupytext": {"edition.notebooks", "edition.parameters"},
    "h5py": {"hdf5"},
    "jinja2": {"edition.report"},
    "rocrate": {"edition.crate"},
    "dscribe": {"soap"},
    "hdbscan": {"clustering"},
}


def modules():
    """Dotted names inside the package and their files; a package is called by its folder."""
    named = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if "_bundled" not in parts:
            named[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return named


def imports(name, path):
    """Absolute dotted names of everything that a file imports, inside functions too."""
    package = ["soaplens_lite", *(name.split(".") if name else [])]
    if path.name != "__init__.py":
        package = package[:-1]
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = [*above, node.module] if node.module else above
            yield from (".".join([*base, alias.name]) for alias in node.names)


def imported_modules(name, path):
    """Which modules of the package a file imports, by their dotted names inside it; never itself."""
    known = modules()
    for dotted in imports(name, path):
        if dotted.split(".")[0] == "soaplens_lite":
            parts = dotted.split(".")[1:]
            while parts and ".".join(parts) not in known:
                parts = parts[:-1]
            if ".".join(parts) != name:
                yield ".".join(parts)


def layer(name):
    """The key of a module in the tables above, and its table."""
    first, _, rest = name.partition(".")
    return (rest, EDITION) if first == "edition" else (first, SCIENCE)


@pytest.mark.parametrize("name", [name for name in modules() if name not in ("", "__main__", "edition", "cli")])
def test_a_module_imports_only_what_it_may(name):
    """According to the tables; a new module has to be entered there."""
    key, table = layer(name)
    assert key in table, f"{name} is not in the picture: enter what it may import"
    allowed = table[key]
    for other in imported_modules(name, modules()[name]):
        other_key, other_table = layer(other)
        if other in ("", "edition") and table is EDITION:
            continue  # what all of the edition shares
        if other_table is table:
            fine = other_key in allowed | {key} | (TOOLS if table is SCIENCE else set())
        else:
            fine = other_table is SCIENCE and "science" in allowed
        assert fine, f"{name} imports {other}"


def test_the_command_line_is_thin():
    """It knows the edition and nothing of the science; the package itself imports nothing of its own."""
    known = modules()
    assert list(imported_modules("__main__", known["__main__"])) == ["cli"]
    assert all(other.split(".")[0] == "edition" for other in imported_modules("cli", known["cli"]))
    assert list(imported_modules("", known[""])) == []
    assert list(imported_modules("edition", known["edition"])) == []


@pytest.mark.parametrize("library", sorted(ONLY_IN))
def test_a_library_is_known_in_one_place(library):
    """And is really used there, so that the table does not outlive its reason."""
    known = modules()
    users = {name for name in known if library in {dotted.split(".")[0] for dotted in imports(name, known[name])}}
    assert users == ONLY_IN[library]


def test_the_walk_finds_every_kind_of_import(tmp_path):
    """Absolute and relative ones, of modules and of names, at the top and inside functions."""
    path = tmp_path / "module.py"
    path.write_text(
        "import os.path\nfrom . import folders\nfrom .record import Record\nfrom ..lens import lens\n"
        "def f():\n    from soaplens_lite.plots.compose import compose\n"
    )
    assert list(imports("edition.module", path)) == [
        "os.path",
        "soaplens_lite.edition.folders",
        "soaplens_lite.edition.record.Record",
        "soaplens_lite.lens.lens",
        "soaplens_lite.plots.compose.compose",
    ]
    assert "edition.folders" in set(imported_modules("edition.module", path))
