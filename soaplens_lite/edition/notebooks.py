"""
The paper's notebooks: which there are, and how they are read.

They are kept as text in jupytext's percent format, so that changes can be reviewed; every reader of this
module gets them as notebooks.
"""

from pathlib import Path

from soaplens_lite import disk

from . import EditionError, bundled, suggest

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}


def folder():
    """
    Where the notebooks stand.

    Returns
    -------
    folder : pathlib.Path
    """
    return bundled("notebooks")


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
    EditionError
        If there is no such notebook; the known ones are listed.
    """
    stem, known = Path(str(name)).stem, studies()
    if stem in known:
        return folder() / f"{stem}.py"
    raise EditionError(f"no notebook is named {stem!r}; {suggest(stem, known)}")


def read(path):
    """
    Read a notebook from its text form.

    Cell ids are numbered, so that the same text always gives the same notebook, and the pairing with the
    text is dropped: who opens the result works on a notebook of their own.

    Parameters
    ----------
    path : path
        A ``.py`` file in percent format.

    Returns
    -------
    notebook : nbformat.NotebookNode
        Without outputs.
    """
    import jupytext  # not needed to find a notebook; papermill imports this module at every start

    notebook = jupytext.read(path, fmt="py:percent")
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"
    notebook.metadata.pop("jupytext", None)
    notebook.metadata["kernelspec"] = dict(KERNELSPEC)
    return notebook


def write_all(target, *, overwrite=False):
    """
    Write every study as a plain ``.ipynb`` file.

    Parameters
    ----------
    target : path
        Folder; made where it does not exist.
    overwrite : bool
        Whether to replace files that were changed since.

    Returns
    -------
    paths : list of pathlib.Path

    Raises
    ------
    EditionError
        If a file there has other contents and `overwrite` is False, before anything is written; or if the
        folder cannot be written to.
    """
    import nbformat

    target = Path(target)
    texts = {target / f"{name}.ipynb": nbformat.writes(read(find(name))) + "\n" for name in studies()}
    changed = [path for path, text in texts.items() if path.exists() and path.read_text("utf-8") != text]
    if changed and not overwrite:
        raise EditionError(
            f"{', '.join(map(str, changed))}: differs from the notebook, perhaps by work of your own; "
            "choose another folder, or replace it with --force"
        )
    try:
        target.mkdir(parents=True, exist_ok=True)
        for path, text in texts.items():
            with disk.whole(path) as scratch:
                scratch.write_text(text, "utf-8")
    except OSError as error:
        raise EditionError(f"the notebooks in {disk.refusal(target, error)}") from None
    return list(texts)
