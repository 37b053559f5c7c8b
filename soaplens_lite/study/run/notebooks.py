"""
The paper's notebooks: which there are, how they are read, and what an executed one looks like as a page.

They are kept as text in jupytext's percent format, so that changes can be reviewed. Readers work on copies, so that a
saved change never enters the publication.
"""

import copy
import re
from importlib.resources import files
from pathlib import Path

from soaplens_lite import _disk as disk
from soaplens_lite.study import StudyError, bundled, suggest
from soaplens_lite.study.run import notebooks

SUMMARY = "07_batch"  # shows the runs of a batch
PUBLISHED = "published"  # folder for the notebooks as they are published
HEADING = re.compile(r"^#{1,3}\s+(.+?)\s*#*\s*$", re.MULTILINE)
PAGE_HEADING = re.compile(r'<h([12])[^>]*\bid="([^"]*)"[^>]*>(.*?)<a class="anchor-link"', re.DOTALL)
FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$(?=\S)([^$]+?)(?<=\S)\$", re.DOTALL)
FOLDED = (
    "{%- extends 'basic/index.html.j2' -%}"
    "{%- block input_group -%}<details><summary>code</summary>{{ super() }}</details>{%- endblock -%}"
)
KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


def folder():
    """
    Where the notebooks stand.

    Returns
    -------
    folder : pathlib.Path
    """
    return bundled("notebooks")


def of_paper():
    """
    Names of the notebooks that reproduce the paper.

    Returns
    -------
    names : list of str
        Without those for data of the reader's own and for batches.
    """
    return [name for name in studies() if not name.endswith(("_your_trajectory", "_batch"))]


def studies():
    """
    Names of the case studies in the order of the paper.

    Returns
    -------
    names : list of str
        File names without ending, ``01_cu211`` for instance.
    """
    return sorted(path.stem for path in folder().glob("[0-9][0-9]_*.py"))


def find(name):
    """
    The file of a notebook.

    Parameters
    ----------
    name : str
        With or without folder and ending: ``01_cu211``, ``notebooks/01_cu211.py``, ``01_cu211.ipynb``.

    Returns
    -------
    path : pathlib.Path

    Raises
    ------
    StudyError
        If there is no such notebook; the known ones are listed.
    """
    stem, known = Path(str(name)).stem, studies()
    if stem in known:
        return folder() / f"{stem}.py"
    raise StudyError(f"no notebook is named {stem!r}; {suggest(stem, known)}")


def read(path, *, solutions=False):
    """
    Read a notebook from its text form.

    Cell ids are numbered, so that the same text always gives the same notebook, and the pairing with the
    text is dropped: readers of the result work on their own notebook.

    Parameters
    ----------
    path : path
        A ``.py`` file in percent format.
    solutions : bool
        Whether to keep the cells with the tag ``solution``: answers to exercises, and remarks for teachers.

    Returns
    -------
    notebook : nbformat.NotebookNode
        Without outputs.
    """
    import jupytext  # not needed to find a notebook; papermill imports this module at every start

    notebook = jupytext.read(path, fmt="py:percent")
    notebook.cells = [cell for cell in notebook.cells if solutions or "solution" not in cell.metadata.get("tags", [])]
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["kernelspec"] = dict(KERNELSPEC)
    return notebook


def names():
    """
    All notebooks, the case studies and the tutorials.

    Returns
    -------
    names : list of str
        Paths below `folder` without ending: ``01_cu211``, ``tutorials/t1``.
    """
    paths = (path.relative_to(folder()) for path in sorted(folder().rglob("*.py")))
    return [path.with_suffix("").as_posix() for path in paths if not any(p.startswith((".", "_")) for p in path.parts)]


def write_all(target, *, overwrite=False, solutions=False):
    """
    Write every notebook as a plain ``.ipynb`` file.

    Parameters
    ----------
    target : path
        Folder; made where it does not exist.
    overwrite : bool
        Whether to replace files that were changed since.
    solutions : bool
        As in `read`.

    Returns
    -------
    paths : list of pathlib.Path

    Raises
    ------
    StudyError
        If a file there has other contents and `overwrite` is False, before anything is written; or if the
        folder cannot be written to.
    """
    texts = _texts(Path(target), solutions)
    changed = [path for path, text in texts.items() if path.exists() and path.read_text("utf-8") != text]
    if changed and not overwrite:
        raise StudyError(
            f"{', '.join(map(str, changed))}: differs from the notebook, perhaps by work of your own; "
            "choose another folder, or replace it with --force"
        )
    _write(target, texts)
    return list(texts)


def prepare_lab(target):
    """
    Copies of all notebooks for a reader to change, and the published ones beside them for comparison.

    Parameters
    ----------
    target : path
        Folder; made where it does not exist. A copy that exists is never replaced. The published notebooks are in its
        folder ``published``, read-only, and are written again each time.

    Returns
    -------
    kept : list of pathlib.Path
        Copies that existed and differ from the published notebooks: changed by the reader, or older.

    Raises
    ------
    StudyError
        If the folder cannot be written to.
    """
    copies = _texts(Path(target))
    _write(target, {path: text for path, text in copies.items() if not path.exists()})
    published = _texts(Path(target) / PUBLISHED)
    _write(target, published)
    for path in published:
        path.chmod(0o444)
    return [path for path, text in copies.items() if path.read_text("utf-8") != text]


def _texts(target, solutions=False):
    """Contents of the ``.ipynb`` files by their paths."""
    import nbformat

    notebooks = {name: read(folder() / f"{name}.py", solutions=solutions) for name in names()}
    return {target / f"{name}.ipynb": nbformat.writes(notebook) + "\n" for name, notebook in notebooks.items()}


def _write(target, texts):
    """Write files; each one appears when it is complete."""
    try:
        Path(target).mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            with disk.whole(path) as scratch:
                scratch.write_text(text, "utf-8")
    except OSError as error:
        raise StudyError(f"the notebooks in {disk.refusal(target, error)}") from None


def section_of(text):
    """
    The section that a markdown cell opens.

    Parameters
    ----------
    text : str

    Returns
    -------
    title : str or None
        Its last heading of the first three levels, without markup; None if it has none.

    Examples
    --------
    >>> section_of("Some words.\\n\\n## 1c: the *states* of `SOAP`\\nMore.")
    '1c: the states of SOAP'
    """
    headings = HEADING.findall(text)
    return re.sub(r"[*`$]", "", headings[-1]) if headings else None


def as_page(notebook, name):
    """
    The page of an executed notebook: contents, folded code, a text for every picture, formulas as MathML.

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
    from jinja2 import Environment
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(raw_template=FOLDED, exclude_input_prompt=True, exclude_output_prompt=True)
    prepared, formulas = _without_formulas(_with_texts(notebook))
    body, resources = exporter.from_notebook_node(prepared)
    body = re.sub(r"formula-(\d+)-here", lambda place: formulas[int(place[1])], body)
    headings = PAGE_HEADING.findall(body)  # level, anchor and text of each
    template = Environment(autoescape=True).from_string(_template("notebook.html"))
    styles = [_template("notebook.css"), *resources["inlining"]["css"]]
    return template.render(name=name, headings=headings, body=body, styles="\n".join(styles))


def _template(name):
    return (files("soaplens_lite.study") / "templates" / name).read_text("utf-8")


def _without_formulas(notebook):
    """The notebook with a word for each formula, which Markdown cannot change, and the formulas in MathML."""
    from latex2mathml.converter import convert

    formulas = []

    def take(found):
        display = "block" if found[1] else "inline"
        formulas.append(convert(found[1] or found[2], display=display))
        return f"formula-{len(formulas) - 1}-here"

    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = FORMULA.sub(take, cell.source)
    return notebook, formulas


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


SCHEME = "soaplens://"


class SoaplensHandler:
    """
    The notebooks for those who use papermill itself: ``papermill soaplens://01_cu211.ipynb out.ipynb -p r_cut 5.5``.

    Papermill finds this class by its entry point and calls it for addresses that begin with ``soaplens://``.
    """

    @classmethod
    def read(cls, path):
        """A notebook as JSON; `StudyError` names the known ones if there is no such notebook."""
        import nbformat

        return nbformat.writes(notebooks.read(notebooks.find(path.removeprefix(SCHEME))))

    @classmethod
    def listdir(cls, path):
        """Addresses of all notebooks: list of str."""
        return [f"{SCHEME}{name}.ipynb" for name in notebooks.studies()]

    @classmethod
    def write(cls, buf, path):
        """Refused: what papermill makes of a notebook belongs into a file of the user."""
        raise StudyError(f"{path} can only be read: name an output file, out.ipynb for instance")

    @classmethod
    def pretty_path(cls, path):
        """The address as it is."""
        return path
