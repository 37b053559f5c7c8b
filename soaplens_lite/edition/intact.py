"""
Whether what a run left is still there and can be read.

Files are lost when results are copied, unpacked or tidied up. Who reads a run learns it here, in one line that says
which file it is and how to get it back.
"""

import json
from pathlib import Path

from . import EditionError

# What the runner writes to the run.json of every run, and which kind of value it is.
OF_A_RUN = {"notebook": str, "run_id": str, "start": str, "parameters": dict, "data": dict}
OF_A_COMPLETE_RUN = {"end": str, "seconds": float | int, "seconds_per_section": dict}
SAVED_ANEW = "notebook.ipynb"  # by Jupyter, when its reader closes it


class DamagedError(EditionError):
    """A file of a run that is missing, or no longer what the run left."""


def read_json(path):
    """
    The content of a file that holds one JSON object.

    Parameters
    ----------
    path : path
        In the folder of a run.

    Returns
    -------
    content : dict

    Raises
    ------
    DamagedError
        If it is missing, cannot be read or is damaged; with what to do.
    """
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except FileNotFoundError:
        raise DamagedError(f"{path} is missing: {again(_of(path))}") from None
    except OSError as error:
        raise DamagedError(f"{path} cannot be read ({error.strerror}): {again(_of(path))}") from None
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise DamagedError(f"{path} is damaged: {again(_of(path))}")
    return content


def again(notebook):
    """
    How a run is repeated of which a file is damaged.

    Parameters
    ----------
    notebook : str

    Returns
    -------
    text : str
        For the end of a message.
    """
    return f"run it again (soaplens run {notebook} --force, with its -p if it had any)"


def _of(path):
    """The notebook whose run a file belongs to, by the folder in which it stands."""
    return Path(path).absolute().parents[1].name


def read_numbers(folder):
    """
    What the notebook of a run recorded.

    Parameters
    ----------
    folder : path
        Of the run.

    Returns
    -------
    content : dict
        Of ``numbers.json``: at least ``parameters``, ``numbers`` (each with a value), ``figures``.

    Raises
    ------
    DamagedError
        If the file is missing or damaged.
    """
    path = Path(folder) / "numbers.json"
    content = {"figures": {}} | read_json(path)
    entries = content.get("numbers")
    if lacks(content, {"parameters": dict, "numbers": dict, "figures": dict}) or not all(
        isinstance(entry, dict) and "value" in entry for entry in entries.values()
    ):
        raise DamagedError(f"{path} is damaged: {again(_of(path))}")
    return content


def lacks(content, kinds):
    """
    Which entries are not as they must be.

    Parameters
    ----------
    content : dict
    kinds : dict of str to type
        Of the entries that there must be.

    Returns
    -------
    names : list of str
        Of entries that are missing or of another kind.

    Examples
    --------
    >>> lacks({"run_id": 3, "data": {}}, OF_A_RUN)
    ['notebook', 'run_id', 'start', 'parameters']
    """
    return [name for name, kind in kinds.items() if not isinstance(content.get(name), kind)]


def files_of(folder):
    """
    What stands in the folder of a run, for ``run.json`` to vouch for.

    Parameters
    ----------
    folder : pathlib.Path

    Returns
    -------
    files : dict of str to int
        Sizes in bytes by name; without ``run.json`` itself.
    """
    paths = (path for path in sorted(folder.rglob("[!.]*")) if path.is_file() and path.name != "run.json")
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in paths}


def damage(folder, content):
    """
    What a run that says it is complete has lost since.

    Parameters
    ----------
    folder : path
    content : dict
        Of its ``run.json``.

    Returns
    -------
    damage : str
        A file that is missing or was cut short; empty if there is none. What somebody changed is not judged.
    """
    if lacking := lacks(content, OF_A_RUN | OF_A_COMPLETE_RUN):
        return f"run.json does not say {', '.join(lacking)}"
    files = content.get("files", {"numbers.json": 1})
    if not isinstance(files, dict):
        return "run.json does not say which files there are"
    for name, size in files.items():
        path = Path(folder) / name
        if not path.is_file():
            return f"{name} is missing"
        if not isinstance(size, int) or path.stat().st_size < size and name != SAVED_ANEW:
            return f"{name} is cut short"
    return ""
