"""
The edition: what fetches data, executes notebooks, records what they find and judges whether they finished.

The science (`soaplens_lite` and its plots) knows nothing of it and can be used without it.
"""

import difflib
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


class EditionError(Exception):
    """What a user can mend: its message is shown as it is, without a traceback."""


class DataError(EditionError):
    """Data that are unknown, missing, or not what the registry lists."""


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
    EditionError
        If the installation lacks it.
    """
    root = checkout()
    folder = (root or PACKAGE / "_bundled") / name
    if not folder.is_dir():
        raise EditionError(f"the folder {folder} is missing: install soaplens_lite again")
    return folder


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
