"""
One object that a notebook of the paper begins with: checked parameters, data, colors, and the record of its run.

    study = sl.study.open("01_cu211")

It holds what notebooks share besides science: nothing here computes a result.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.display import Markdown

from soaplens_lite import plots
from soaplens_lite.states._records import States
from soaplens_lite.study import claims, tables
from soaplens_lite.study import data as datasets
from soaplens_lite.study._pictures import Pictures
from soaplens_lite.study.claims import recorded, results
from soaplens_lite.study.claims.findings import FINDINGS
from soaplens_lite.study.claims.ledger import NOTEBOOKS
from soaplens_lite.study.run import parameters as parameter_checks
from soaplens_lite.study.run import prepare as checks
from soaplens_lite.study.run import stamps
from soaplens_lite.trajectory import select_centers
from soaplens_lite.trajectory._files._export import flag_states, study_columns

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import xarray as xr
    from pandas.io.formats.style import Styler

    from soaplens_lite.study.data._registry import DataSet

# What published.toml and claims.toml call the study of a notebook.
KEYS = {notebook: study for study, notebook in NOTEBOOKS.items()}


def open(notebook: str, parameters: dict | None = None) -> Study:
    """
    Begin a study: check its parameters, fetch its data, start its record.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    parameters : dict, optional
        Default: those that the notebook's cell of parameters assigned, as they stand in its namespace.

    Returns
    -------
    study : Study

    Raises
    ------
    ParameterError
        If a parameter makes no sense, or does not fit the data.
    DataError
        If the data are unknown, missing or not what the registry lists.
    FileExistsError
        If the record would replace a complete run.
    """
    if parameters is None:
        parameters = parameter_checks.in_notebook(notebook, vars(sys.modules["__main__"]))
    else:
        parameters = parameter_checks.validate(notebook, parameters)
    data_sets = checks.fetch_all_for(notebook, parameters)
    if "data" in parameters:
        data_sets = {"data": checks.fetch_for(notebook, parameters)}
    return Study(notebook, parameters, data_sets)


class Study(Pictures):
    """
    A study while its notebook runs; made by `open`.

    Attributes
    ----------
    notebook : str
    parameters : dict
        All of them, checked.
    data_sets : dict of str to DataSet
        By the parameter that names the data set; the one of a case study is ``data``.
    saved : dict of str to object
        What `save` was given.
    """

    def __init__(self, notebook: str, parameters: dict, data_sets: dict[str, DataSet]) -> None:
        super().__init__(notebook, parameters)
        self.notebook, self.parameters, self.data_sets = notebook, parameters, data_sets
        self.saved, self.results = {}, None

    def __repr__(self) -> str:
        return f"Study {self.notebook} in {self.folder}"

    # What a study begins with

    @property
    def data(self) -> DataSet:
        """The data set of a case study."""
        return self.data_sets["data"]

    @property
    def units(self) -> datasets.Units:
        """Names of the units of the data: ``length`` and ``time``."""
        return self.data.units if "data" in self.data_sets else datasets.Units()

    @property
    def resampling(self) -> dict[str, int]:
        """Number and seed of the resamples, for all intervals."""
        return {"n_resamples": self.parameters["bootstrap"], "seed": self.parameters["seed"]}

    @property
    def case_studies(self) -> dict[str, dict]:
        """Parameters of the case studies that a notebook looks at together, by the name of their data set."""
        found = parameter_checks.studies_within(self.notebook, self.parameters)
        return {name: parameters for name, (_, parameters) in found.items()}

    @property
    def colors(self) -> dict[str, str]:
        """Colors of states by their names, in the palette that the parameters name."""
        system = "gold" if self.notebook == "02_au_nanoparticle" else None
        return plots.state_colors(self.parameters.get("palette", "default"), system)

    @property
    def published(self) -> dict:
        """What the paper gives: the study's section of ``published.toml``."""
        return datasets.published(KEYS[self.notebook])

    @property
    def published_title(self) -> str:
        """Where the published numbers come from, for titles."""
        return datasets.published_title(self.data)

    def introduction(self) -> Markdown:
        """What a reader has to know of the data before looking at results, as Markdown."""
        if "data" in self.data_sets:
            return Markdown(datasets.introduce(self.data))
        texts = [f"**{data_set.title}.** {datasets.introduce(data_set)}" for data_set in self.data_sets.values()]
        return Markdown("\n\n".join(texts))

    def trajectory(self, name: str = "data") -> xr.Dataset:
        """
        The trajectory, as many frames of it as the parameters ask for.

        Parameters
        ----------
        name : str
            Which of the data sets.

        Returns
        -------
        trajectory : xarray.Dataset
            See `soaplens_lite.trajectory.make_trajectory`.
        """
        trajectory = datasets.open_data_set(self.data_sets[name], n_frames=self.parameters["frames"])
        for label, unit in {"positions": "length", "cell": "length", "time": "time"}.items():
            if label in trajectory:
                trajectory[label].attrs["units"] = getattr(self.data_sets[name].units, unit)
        if name == "data":
            self.number("atoms", trajectory.sizes["atom"], note="in a frame")
            self.number("frames", trajectory.sizes["frame"], note="that are analyzed")
            self.number("interval", self.data.interval, self.units.time, "between frames")
        return trajectory

    def centers(self, trajectory: xr.Dataset, name: str = "data") -> np.ndarray:
        """
        Labels of the atoms that are analyzed.

        Parameters
        ----------
        trajectory : xarray.Dataset
        name : str
            Which of the data sets.

        Returns
        -------
        centers : numpy.ndarray of int
        """
        data_set = self.data_sets[name]
        centers = select_centers(trajectory, data_set.centers, n_centers=data_set.n_centers)
        if name == "data":
            self.number("centers", len(centers), note="analyzed atoms")
        return centers

    # What it records

    def save(self, **found: States | xr.DataArray | xr.Dataset | pd.DataFrame) -> None:
        """
        Save the results in ``results.nc``; once, before `export` and `claims`.

        Parameters
        ----------
        **found : States, xarray.DataArray, xarray.Dataset or pandas.DataFrame
            Under the names that `soaplens_lite.study.claims.findings` reads.

        Raises
        ------
        ValueError
            If they are not on the same frames and atoms.
        """
        found = {name: self.color(value) if isinstance(value, States) else value for name, value in found.items()}
        if self.units.time != "ns":
            found = {name: _without_ns(value) if isinstance(value, States) else value for name, value in found.items()}
        self.saved = found
        attrs = {"notebook": self.notebook, "provenance": stamps.as_text(self.stamp("results"))}
        if "data" in self.data_sets:
            attrs["species"] = " ".join(self.data.species)
        self.results = results.make_tree(found, **attrs)
        results.write_tree(self.results, self.folder / "results.nc")

    def export(self, trajectory: xr.Dataset, *, stride: int, **found: States | xr.DataArray) -> Path | None:
        """
        Save the trajectory with its states for OVITO and VMD.

        Parameters
        ----------
        trajectory : xarray.Dataset
        stride : int
            Every how many frames one is written; 0 for none.
        **found : States or xarray.DataArray
            ``joint``, ``lens_class`` and others are States, ``lens`` is LENS; the columns have these names. Default:
            what was saved.

        Returns
        -------
        path : pathlib.Path or None
        """
        if not found:
            found = {name: value for name, value in self.saved.items() if isinstance(value, States)}
            found = {"lens_class" if name == "lens" else name: value for name, value in found.items()}
            found["lens"] = self.saved["delta"]
        columns = {
            name: flag_states(value.labels, value.table) if isinstance(value, States) else value
            for name, value in found.items()
        }
        scores = found["joint"].scores if "joint" in found else None
        return super().export(trajectory, study_columns(**columns, scores=scores), stride=stride)

    def claims(self) -> Styler:
        """
        Compute what the ledger asks for from the saved results, record it, and show it beside the paper.

        Returns
        -------
        shown : pandas.io.formats.style.Styler
            Published and measured values of all claims about this study, with verdicts; cells of matrices left out.

        Raises
        ------
        RuntimeError
            If nothing was saved yet.
        """
        if self.results is None:
            raise RuntimeError("nothing was saved: call study.save(...) before study.claims()")
        if find := FINDINGS.get(self.notebook):
            for name, number in find(self.results, self.parameters).items():
                self.number(name, **number)
        return tables.claim_table(self._judgements())

    def _judgements(self):
        """Verdicts on the claims about this study, as far as this run recorded what they are compared with."""
        numbers = {name: number["value"] for name, number in self.numbers.items()}
        tier = recorded.tier_of(data_set.id for data_set in self.data_sets.values())
        run = recorded.Recorded(self.notebook, "this run", tier, self.parameters, numbers, self.results)
        for claim in claims.load_claims():
            if claim.study == KEYS.get(self.notebook) and not claim.cell_of:
                try:
                    yield claims.judge_one(claim, run)
                except results.NotRecorded as error:
                    warnings.warn(f"{claim.id}: {error.args[0]} was not recorded", stacklevel=3)

    def learned(self, sentences: Iterable[str]) -> Markdown:
        """
        Record what was learned, for the report, and return it to be shown.

        Parameters
        ----------
        sentences : list of str
            In Markdown.

        Returns
        -------
        text : IPython.display.Markdown
            A list.
        """
        self.content["learned"] = [str(sentence) for sentence in sentences]
        return Markdown("\n".join(f"- {sentence}" for sentence in sentences))

    # What a reader sees

    def show_states(self, states: States) -> Styler:
        """A table of states to read; see `soaplens_lite.study.tables.state_table`."""
        return tables.state_table(plots.color_states(states.table, self.colors), time_unit=self.units.time)

    def show_clusters(self, states: States) -> Styler:
        """A table of the micro-clusters of some states to read."""
        return tables.state_table(plots.color_states(states.clusters.table, self.colors))

    def show_rules(self, rules: pd.DataFrame) -> pd.DataFrame:
        """A table of naming rules to read; see `soaplens_lite.study.tables.rule_table`."""
        return tables.rule_table(rules)

    def show_entries(self, states: States, chosen: Sequence[int]) -> pd.DataFrame:
        """Where the atoms that enter a state come from; see `soaplens_lite.study.tables.entry_table`."""
        return tables.entry_table(states, chosen)

    def show_flows(
        self, states: States, flows: dict[str, tuple[str, str]], published: dict | None = None
    ) -> pd.DataFrame:
        """Probabilities of some transitions beside the paper's; see `soaplens_lite.study.tables.flow_table`."""
        return tables.flow_table(states, flows, self.data.interval, published)


def _without_ns(states):
    """States whose table does not say that times are in ns."""
    return replace(states, table=states.table.rename(columns={"residence_ns": "residence"}))
