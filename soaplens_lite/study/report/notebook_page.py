"""An executed notebook as one page of HTML that needs no other file and no network."""

import copy
import re
from importlib.resources import files

from jinja2 import Environment
from nbconvert import HTMLExporter

from soaplens_lite.study.run.kernel import section_of

HEADING = re.compile(r'<h([12])[^>]*\bid="([^"]*)"[^>]*>(.*?)<a class="anchor-link"', re.DOTALL)
FOLDED = (
    "{%- extends 'basic/index.html.j2' -%}"
    "{%- block input_group -%}<details><summary>code</summary>{{ super() }}</details>{%- endblock -%}"
)


def as_page(notebook, name):
    """
    The page of an executed notebook: contents, folded code, and a text for every picture.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Not changed.
    name : str
        Title of the page where the notebook has no heading.

    Returns
    -------
    page : str
        Without anything that a browser would ask another host for.
    """
    exporter = HTMLExporter(raw_template=FOLDED, exclude_input_prompt=True, exclude_output_prompt=True)
    body, resources = exporter.from_notebook_node(_with_texts(notebook))
    headings = HEADING.findall(body)  # level, anchor and text of each
    template = Environment(autoescape=True).from_string(_template("notebook.html"))
    styles = [_template("notebook.css"), *resources["inlining"]["css"]]
    return template.render(name=name, headings=headings, body=body, styles="\n".join(styles))


def _template(name):
    return (files("soaplens_lite.study") / "templates" / name).read_text("utf-8")


def _with_texts(notebook):
    """A copy in which every picture says in which section it stands, for readers who do not see it."""
    notebook, section, number = copy.deepcopy(notebook), "the notebook", 0
    for cell in notebook.cells:
        if opened := section_of(cell.source) if cell.cell_type == "markdown" else None:
            section, number = opened, 0
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                number += 1
                output.metadata.setdefault("image/png", {}).setdefault("alt", f"picture {number} of: {section}")
    return notebook
