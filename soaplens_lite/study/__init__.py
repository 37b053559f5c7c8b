"""
What turns notebooks into a reproducible paper: data, parameters, runs, records, claims and the report.

The folders of the science do not import anything from here and can be used without it.
"""

import difflib
import importlib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


class StudyError(Exception):
    """A fault that the user can correct: its message is shown as it is, without a traceback."""


class DataError(StudyError):
    """Data that are unknown, missing, or different from what the registry lists."""


def checkout():
    """
    The folder of the repository that this package is used from.

    Returns
    -------
    folder : pathlib.Path or None
        None if the package was installed from a wheel.
    """
    root = PACKAGE.parent
    return root if (root / "pyproject.toml").is_file() and not (PACKAGE / "_bundled").is_dir() else None


def bundled(name):
    """
    A folder that travels with the package.

    In a repository such folders stand at the top level, where a reader looks for them; a wheel carries
    them inside the package.

    Parameters
    ----------
    name : {"notebooks", "data_registry"}

    Returns
    -------
    folder : pathlib.Path

    Raises
    ------
    StudyError
        If the installation lacks it.
    """
    root = checkout()
    folder = (root or PACKAGE / "_bundled") / name
    if not folder.is_dir():
        raise StudyError(f"the folder {folder} is missing: install soaplens_lite again")
    return folder


def bundled_file(name):
    """
    A file of the top level that travels with the package.

    Parameters
    ----------
    name : {"CITATION.cff"}

    Returns
    -------
    path : pathlib.Path
    """
    return (checkout() or PACKAGE / "_bundled") / name


def suggest(name, known):
    """
    The end of a message about a name that is not known.

    Parameters
    ----------
    name : str
        What was given.
    known : iterable of str
        What is allowed.

    Returns
    -------
    text : str
        The known names, and the first one that begins so, or else the nearest one if any is near.

    Examples
    --------
    >>> suggest("rcut", ["r_cut", "n_max"])
    'did you mean r_cut? Known: r_cut, n_max'
    >>> suggest("cu211", ["au309-sample", "cu211-sample", "cu211-paper"])
    'did you mean cu211-sample? Known: au309-sample, cu211-sample, cu211-paper'
    """
    known = list(known)
    begun = [other for other in known if name and other.startswith(str(name))]
    near = begun or difflib.get_close_matches(str(name), known, n=1, cutoff=0.5)
    return (f"did you mean {near[0]}? " if near else "") + f"Known: {', '.join(known) or 'none'}"


def columns(rows):
    """
    Rows of texts as a table, every column aligned to the left.

    Parameters
    ----------
    rows : sequence of sequence of str
        All of the same length.

    Returns
    -------
    text : str

    Examples
    --------
    >>> print(columns([("name", "size"), ("lens", "3")]))
    name  size
    lens  3
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


LAZY = {"open": "._study", "Study": "._study", "table": ".batch", "batch_results": ".batch"}


def __getattr__(name):
    """Public names, imported when they are asked for: the command line does not need the science."""
    if name in LAZY:
        return getattr(importlib.import_module(LAZY[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
