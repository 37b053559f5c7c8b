"""The newest run of each study, as far as claims are concerned."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import xarray as xr

from soaplens_lite.study.claims.ledger import EVERY_STATE, NUMBER_OF_STATES
from soaplens_lite.study.claims.results import Measured, NotRecorded, measured
from soaplens_lite.study.data import data_sets
from soaplens_lite.study.run.folders import (
    OF_A_COMPLETE_RUN,
    OF_A_RUN,
    DamagedError,
    again,
    damage,
    lacks,
    read_numbers,
    state,
)
from soaplens_lite.study.run.parameters import model_of
from soaplens_lite.study.run.prepare import on_tier

# Parameters that change how long a run takes, what is exported or how it looks, and no number.
HARMLESS = {"n_jobs", "movie_frames", "export_stride", "palette"}


class FoundAgain(NamedTuple):
    """
    How often clusterings of rotated points find something again.

    Attributes
    ----------
    what : str
        A state, or a number of states.
    times, n_rotations : int
    by_exact_tree : bool
        Whether the exact tree finds it, too; True where there is none.
    """

    what: str
    times: int
    n_rotations: int
    by_exact_tree: bool

    def __str__(self):
        """In few words: ``joint edge 3/3 (exact tree: no)``."""
        return f"{self.what} {self.times}/{self.n_rotations}" + ("" if self.by_exact_tree else " (exact tree: no)")


@dataclass(frozen=True)
class Recorded:
    """
    What a run left behind, as far as claims are concerned.

    Attributes
    ----------
    notebook, run_id : str
    tier : {"sample", "authors", "paper", "other"}
        Of the data that it was run on; "other" for data that the registry does not list.
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

    @cached_property
    def changed(self):
        """Parameters that are not those of a run on this tier of data and change numbers, data aside."""
        model = model_of(self.notebook)
        defaults, harmless = model().model_dump(), HARMLESS | _naming_data(model)
        if self.tier != "other":
            defaults |= on_tier(self.notebook, self.tier)
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

    def found_again(self, depends_on):
        """
        How often rotations of the points find again what a claim depends on, see `soaplens_lite.states.stability`.

        Parameters
        ----------
        depends_on : dict of str to tuple of str
            As `soaplens_lite.study.claims.ledger.Claim` holds it.

        Returns
        -------
        found : list of FoundAgain
            States that the run does not have are left out.

        Raises
        ------
        NotRecorded
            If the run did not turn the points of one of the clusterings.
        """
        found = []
        for labelling, wanted in depends_on.items():
            states, one, prefix, table = labelling, "state", "", f"{labelling}/table"
            if labelling.endswith(" clusters"):
                states = labelling.removesuffix(" clusters")
                one, prefix, table = "cluster", "cluster_", f"{states}/clusters/table"
            try:
                turned, kinds = self.results[f"stability/{states}"], self.results[f"{table}/kind"]
            except (KeyError, TypeError):
                raise NotRecorded(f"stability/{states}") from None
            again = turned[f"{prefix}overlap"].values > turned.attrs["found_again_above"]
            chosen = {f"{kinds.size} {states} {one}s": turned[f"n_{one}s"].values == kinds.size}
            chosen = chosen if NUMBER_OF_STATES in wanted else {}
            for name, kind, column in zip(kinds[one].values, kinds.values, again.T, strict=True):
                if kind in wanted or EVERY_STATE in wanted:
                    chosen[f"{labelling} {name}"] = column
            n_rotations = int(turned.attrs["n_rotations"])
            found += [
                FoundAgain(what, int(each[:n_rotations].sum()), n_rotations, bool(each[n_rotations:].all()))
                for what, each in chosen.items()
            ]
        return found


def newest_folders(results, notebook):
    """
    Folders of the newest complete run of a notebook, and of the newest ones on other tiers of data.

    Parameters
    ----------
    results : path
        Holds the folders of all notebooks.
    notebook : str

    Returns
    -------
    folders : list of pathlib.Path
        The run that was asked for last comes first, unless it is on the authors' data and there is another: these
        stand beside others. Of other tiers only runs with the parameters of that tier count. Empty without a
        complete run.
    """
    home = Path(results) / notebook
    latest = state(home / "latest")
    if latest["status"] != "complete" or lacks(latest, OF_A_RUN):
        return [home / "latest"] if latest["status"] == "complete" else []
    found = {tier_of(latest["data"]): (home / "latest").resolve()}
    runs = {path: state(path) for path in home.iterdir() if path.is_dir() and not path.suffix}
    ended = {path: run["end"] for path, run in runs.items() if not lacks(run, OF_A_RUN | OF_A_COMPLETE_RUN)}
    for path in sorted(ended, key=ended.get, reverse=True):
        tier, parameters = tier_of(runs[path]["data"]), runs[path]["parameters"]
        usual = tier != "other" and not Recorded(notebook, "", tier, parameters, {}).changed
        if usual and tier not in found and not damage(path, runs[path]):
            found[tier] = path.resolve()
    return [found[tier] for tier in sorted(found, key=lambda tier: tier == "authors")]


def read_newest(results, notebook):
    """The runs in `newest_folders`: list of Recorded."""
    return [read(folder, notebook) for folder in newest_folders(results, notebook)]


def read(folder, notebook):
    """
    A complete run.

    Parameters
    ----------
    folder : pathlib.Path
    notebook : str

    Returns
    -------
    recorded : Recorded

    Raises
    ------
    DamagedError
        If its numbers or results are missing or damaged.
    """
    run = state(folder)
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
    tier : {"sample", "authors", "paper", "other"}
        "paper" only if all data are the paper's.
    """
    listed = data_sets()
    tiers = {listed[name].tier if name in listed else "other" for name in data}
    return tiers.pop() if len(tiers) == 1 else "sample" if tiers <= {"sample", "paper"} else "other"
