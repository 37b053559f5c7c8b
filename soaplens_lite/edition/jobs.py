"""What is to be run: put together and checked before anything is written."""

from dataclasses import dataclass
from pathlib import Path

from . import notebooks, own, provenance
from .checks import fetch_all_for, fits, read_through
from .datasets import find
from .folders import RunError
from .parameters import model_of, validate


@dataclass(frozen=True)
class Job:
    """What is to be run: everything that can be known and checked before anything is written."""

    notebook: str
    source: Path
    parameters: dict
    changed: dict  # those parameters that are not the notebook's own
    data: dict  # checksums by data set
    data_set: object  # soaplens_lite.edition.registry.DataSet, or None
    code: str
    run_id: str

    @property
    def on_own_data(self):
        """Whether the data are the user's own: bool."""
        return self.data_set is not None and self.data_set.tier == own.TIER


def prepare(notebook, parameters, stated=None):
    """
    Check everything that can be checked before work starts.

    Parameters
    ----------
    notebook : str
        As `notebooks.find` takes it.
    parameters : dict
        Those that are not to have their default.
    stated : dict, optional
        See `soaplens_lite.edition.runner.run`.

    Returns
    -------
    job : Job

    Raises
    ------
    EditionError
        If the notebook, a parameter or the data are not as they should be.
    """
    source = notebooks.find(notebook)
    name = source.stem
    full = validate(name, parameters)
    defaults = model_of(name)().model_dump()
    data_set = _data_set(name, full, stated, named="data" in parameters)
    if data_set and data_set.tier == own.TIER:
        full["data"] = own.FILE_NAME  # which the run folder will hold: no path of this computer enters the run's id
    changed = {key: value for key, value in full.items() if value != defaults[key]}
    used = [data_set] if data_set else fetch_all_for(name, full).values()
    data = {each.id: each.checksum for each in used}
    code = provenance.code_checksum(source)
    run_id = provenance.run_id(name, full, data, code)
    return Job(name, source, full, changed, data, data_set, code, run_id)


def _data_set(notebook, parameters, stated, *, named):
    """What a notebook is to be run on, if it has data and its parameters fit them; the user's own are read through."""
    if "data" not in parameters:
        if stated:
            raise RunError(f"{notebook} takes no data: {', '.join(stated)} cannot be stated")
        return None
    name = parameters["data"]
    if stated and named and not own.is_description(name):
        raise RunError(f"data = {name!r} is known to the registry: {', '.join(stated)} cannot be stated of it")
    if not stated and not own.is_description(name):
        return fits(notebook, parameters, find(name))
    statement = own.read_statement(name if own.is_description(name) else None, **(stated or {}))
    data_set = fits(notebook, parameters, own.describe(statement))
    read_through(parameters, data_set)  # A fault in a late frame is met now, not in a kernel.
    return data_set
