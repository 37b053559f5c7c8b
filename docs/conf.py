"""
How the site is built: ``make docs``.

Tutorials are executed while it is built. Studies are shown as they were executed by `make reproduce`, where their
results are there. Formulas become MathML, so that no page asks another host.
"""

import importlib
import os
import re
from importlib.metadata import version as version_of
from pathlib import Path

import nbformat
from docutils.nodes import SkipNode
from latex2mathml.converter import convert

from soaplens_lite.study.run import folders, notebooks

project = "soaplens_lite"
author = "The soaplens_lite authors"
version = release = version_of("soaplens_lite")
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]

myst_enable_extensions = ["dollarmath", "deflist"]
myst_heading_anchors = 3
# A notebook may begin a section with a smaller heading.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "toc.empty_glob"]
os.environ.setdefault("CI", "true")  # no progress bars in the executed tutorials
nb_execution_mode = "auto"
nb_execution_excludepatterns = ["studies/*"]
nb_execution_timeout = 600
nb_execution_raise_on_error = True
nb_merge_streams = True
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [
    ("html", "application/vnd.jupyter.widget-view+json", None)
]  # a picture stands for sliders

html_theme = "pydata_sphinx_theme"
html_title = project
html_math_renderer = "mathml"
html_show_sourcelink = False
html_theme_options = {"show_prev_next": False, "secondary_sidebar_items": ["page-toc"]}
html_context = {"default_mode": "auto"}
html_static_path = ["_static"]
html_css_files = ["site.css"]
autodoc_typehints = "none"  # docstrings have them
add_module_names = False
napoleon_google_docstring = False
napoleon_use_rtype = False

PUBLIC = (
    *("trajectory", "descriptors", "states", "kinetics", "systems.particle", "systems.water", "plots", "teaching"),
    *("study", "study.data", "study.batch", "study.claims"),
)
NOT_EXECUTED = "*Not executed when the site was built: without results of `make reproduce` only the code is shown.*"


def write_pages(app):
    """Write notebooks and the pages of the API beside the other pages; git ignores them."""
    docs = Path(app.srcdir)
    for folder in ("tutorials", "studies", "api"):
        (docs / folder).mkdir(exist_ok=True)
    for path in sorted((notebooks.folder() / "tutorials").glob("*.py")):
        nbformat.write(notebooks.read(path), docs / "tutorials" / f"{path.stem}.ipynb")
    for name in notebooks.studies():
        nbformat.write(study(name), docs / "studies" / f"{name}.ipynb")
    for name in PUBLIC:
        (docs / "api" / f"{name}.md").write_text(api_page(f"soaplens_lite.{name}"), "utf-8")


def study(name):
    """A study as it was executed last; without results, its code and a sentence that says so."""
    executed = folders.results_folder() / name / "latest" / "notebook.ipynb"
    if executed.is_file():
        return nbformat.read(executed, 4)
    notebook = notebooks.read(notebooks.find(name))
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(NOT_EXECUTED, id="not-executed"))
    return notebook


def api_page(name):
    """Every public name of a folder, with its docstring."""
    module = importlib.import_module(name)
    listed = getattr(module, "__all__", None) or [
        key
        for key, value in vars(module).items()
        if not key.startswith("_") and getattr(value, "__module__", "") == name
    ]
    listed = [*listed, *getattr(module, "LAZY", ())]
    lines = [f".. automodule:: {name}\n   :no-members:"]
    for key in sorted(listed, key=str.lower):
        value = getattr(module, key)
        if isinstance(value, type):
            lines.append(f".. auto{'exception' if issubclass(value, Exception) else 'class'}:: {name}.{key}")
        elif callable(value):
            lines.append(f".. autofunction:: {name}.{key}")
        else:
            lines.append(f".. py:data:: {key}\n   :module: {name}")
    return f"# {name}\n\n```{{eval-rst}}\n" + "\n\n".join(lines) + "\n```\n"


def as_mathml(display):
    """A visitor that writes formulas as MathML."""

    def visit(translator, node):
        formula = convert(node.astext(), display=display)
        translator.body.append(f'<div class="formula">{formula}</div>' if display == "block" else formula)
        raise SkipNode

    return visit


def without_markdown(app, what, name, obj, options, lines):
    """Single backticks in docstrings are code here, as in the source."""
    lines[:] = [re.sub(r"(?<![`:\w])`([^`]+)`(?![`_])", r"``\1``", line) for line in lines]


def without_files(app, docname, source):
    """Links to files of the repository that the site does not hold become text."""
    source[0] = re.sub(r"\[([^\]]+)\]\(\.\./[^)]*\)", r"\1", source[0])


def setup(app):
    """Announce the pages that are written, and the renderer of formulas."""
    app.add_html_math_renderer("mathml", (as_mathml("inline"), None), (as_mathml("block"), None))
    app.connect("builder-inited", write_pages)
    app.connect("source-read", without_files)
    app.connect("autodoc-process-docstring", without_markdown)
