"""The newest run of each study, as far as claims are concerned."""

from dataclasses import dataclass
from pathlib import Path

import xarray as xr

from soaplens_lite.study.claims.results import Measured, NotRecorded, measured
from soaplens_lite.study.data import data_sets
from soaplens_lite.study.run.folders import DamagedError, again, lacks, read_numbers, state
from soaplens_lite.study.run.parameters import model_of

# Parameters that change how long a run takes, what is exported or how it looks, and no number.
HARMLESS = {"n_jobs", "movie_frames", "export_stride", "palette"}


@dataclass(frozen=True)
class Recorded:
    """
    What a run left behind, as far as claims are concerned.

    Attributes
    ----------
    notebook, run_id : str
    tier : {"sample", "paper", "other"}
        Of the data that it was run on; "other" for data that are neither bundled nor the paper's.
    parameters, numbers : dict
        As recorded.
    results : xarray.DataTree or None
        Content of ``results.nc``, read as far as it is asked for.
    """

    notebook: str
    run_id: str
    tier: str
    parameters: dict
    numbers: dict
    results: xr.DataTree | None = None

    @property
    def changed(self):
        """Parameters that are not the notebook's own and change numbers, data aside."""
        model = model_of(self.notebook)
        defaults, harmless = model().model_dump(), HARMLESS | _naming_data(model)
        return {
            key: value for key, value in self.parameters.items() if key not in harmless and value != defaults.get(key)
        }

    def parameter(self, name):
        """
        A parameter of the run.

        Parameters
        ----------
        name : str

        Returns
        -------
        measured : Measured

        Raises
        ------
        NotRecorded
            If there is none.
        """
        if name not in self.parameters:
            raise NotRecorded(f"parameter {name}")
        return Measured(self.parameters[name])

    def measured(self, quantity, select=None):
        """A recorded quantity; see `soaplens_lite.study.claims.results.measured`."""
        return measured(self.numbers, self.results, quantity, select)


def read_latest(results, notebook):
    """
    The newest complete run of a notebook.

    Parameters
    ----------
    results : path
        Holds the folders of all notebooks.
    notebook : str
        ``01_cu211`` for instance.

    Returns
    -------
    recorded : Recorded or None
        None if there is no complete run.

    Raises
    ------
    DamagedError
        If there is one, but its numbers or results are missing or damaged.
    """
    folder = Path(results) / notebook / "latest"
    run = state(folder)
    if run["status"] != "complete":
        return None
    if lacks(run, {"run_id": str, "data": dict}):
        raise DamagedError(f"{folder / 'run.json'} is damaged: {again(notebook)}")
    content = read_numbers(folder)
    numbers = {name: entry["value"] for name, entry in content["numbers"].items()}
    tree = open_results(folder)
    return Recorded(notebook, run["run_id"], tier_of(run["data"]), content["parameters"], numbers, tree)


def open_results(folder):
    """
    The tree of results of a run.

    Parameters
    ----------
    folder : pathlib.Path
        Of the run.

    Returns
    -------
    results : xarray.DataTree or None
        Read as far as it is asked for; None for a run that leaves none.

    Raises
    ------
    DamagedError
        If the file is damaged.
    """
    path = folder / "results.nc"
    if not path.is_file():
        return None
    try:
        return xr.open_datatree(path, engine="h5netcdf")
    except (OSError, ValueError, KeyError) as error:
        notebook = state(folder).get("notebook", folder.parent.name)
        raise DamagedError(f"{path} is damaged ({error}): {again(notebook)}") from None


def _naming_data(model):
    """Parameters that name the data sets whose tier counts: those of this study, or of the studies it compares."""
    fields = model.model_fields.items()
    return {"data"} | {name for name, field in fields if "study" in (field.json_schema_extra or {})}


def tier_of(data):
    """
    The tier of all data of a run together.

    Parameters
    ----------
    data : iterable of str
        Names of data sets.

    Returns
    -------
    tier : {"sample", "paper", "other"}
        "paper" only if all data are the paper's.
    """
    listed = data_sets()
    tiers = {listed[name].tier if name in listed else "other" for name in data}
    return tiers.pop() if len(tiers) == 1 else "sample" if tiers <= {"sample", "paper"} else "other"
