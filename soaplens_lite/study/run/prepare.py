"""
Whether parameters fit the data that they will be used on.

The models of the parameters do not know the data, and a notebook would find the fault only after minutes of work. What
the data set and its first frame show is therefore checked here, before anything starts.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path

from soaplens_lite.study import data
from soaplens_lite.study.data import OWN_TIER, data_sets, fetch, find, open_data_set
from soaplens_lite.study.run import notebooks, provenance
from soaplens_lite.study.run.folders import RunError
from soaplens_lite.study.run.parameters import ParameterError, model_of, studies_within, validate
from soaplens_lite.systems.water import water_molecules, without_massless_sites
from soaplens_lite.trajectory._cell import check_cutoff

MAX_KNOWN = 4  # descriptions of own data that are kept: of a large trajectory, one holds the cells of all frames
_known = {}

WATER = "03_ice_water"
FEWEST_CENTERS = 2
FEWEST_JOINT_FRAMES = 3  # as many rows of the joint data are drawn to show how they are built


def fetch_for(notebook, parameters):
    """
    The verified data set that a notebook is to be run on, if its parameters fit it.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    parameters : dict
        All of them, as `soaplens_lite.study.run.parameters.validate` returns them.

    Returns
    -------
    data_set : soaplens_lite.study.data.DataSet

    Raises
    ------
    DataError
        If the data set is unknown, or a file of it is missing or differs.
    ParameterError
        If the data set is of another study, or too short, too few or too small for a parameter. All faults are
        named at once.

    Examples
    --------
    >>> from soaplens_lite.study.run.parameters import validate
    >>> fetch_for("01_cu211", validate("01_cu211", {"frames": 600}))
    Traceback (most recent call last):
    soaplens_lite.study.run.parameters.ParameterError: frames = 600: cu211-sample has 502; at most 502, or 0 for all
    """
    return fits(notebook, parameters, find(parameters["data"]))


def fetch_all_for(notebook, parameters):
    """
    The verified data sets of a notebook that looks at several studies, if its parameters fit them.

    Parameters
    ----------
    notebook : str
        ``04_cost`` for instance.
    parameters : dict
        All of them.

    Returns
    -------
    data_sets : dict of str to soaplens_lite.study.data.DataSet
        By the parameter that names it; empty for a notebook that is about one study.

    Raises
    ------
    DataError, ParameterError
        As for `fetch_for`; the faults of all studies are named at once.
    """
    found, faults = {}, []
    for name, (study, settings) in studies_within(notebook, parameters).items():
        try:
            found[name] = fits(study, settings, fetch(parameters[name]))
        except ParameterError as error:
            faults += [f"{name}: {line}" for line in str(error).splitlines()]
    if faults:
        raise ParameterError("\n".join(faults))
    return found


def fits(notebook, parameters, data_set):
    """
    Refuse parameters that do not fit a data set.

    Parameters
    ----------
    notebook : str
    parameters : dict
        All of them.
    data_set : soaplens_lite.study.data.DataSet
        As `soaplens_lite.study.data.find` gives it.

    Returns
    -------
    data_set : soaplens_lite.study.data.DataSet
        The same.

    Raises
    ------
    ParameterError
        See `fetch_for`.
    """
    faults = [*_wrong_study(notebook, data_set), *_too_short(parameters, data_set), *_too_wide(parameters, data_set)]
    if faults:
        raise ParameterError("\n".join(faults))
    return data_set


def cell_fits(parameters, data_set):
    """
    Refuse the user's own data if the cell of a later frame is too small for the neighborhood.

    Parameters
    ----------
    parameters : dict
        All of them.
    data_set : soaplens_lite.study.data.OwnData
        With the cells of all frames that are analyzed.

    Raises
    ------
    ParameterError
        With the frame.
    """
    if data_set.cells is None or not parameters["r_cut"]:
        return
    try:
        check_cutoff(data_set.cells, parameters["r_cut"])
    except ValueError as error:
        raise ParameterError(str(error)) from None


def on_tier(notebook, tier):
    """
    What has to be changed for a notebook to run on data of another tier.

    The parameters of the analysis are the paper's already; windows and classes count frames and clusters, and need
    no conversion.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    tier : {"sample", "authors", "paper"}

    Returns
    -------
    parameters : dict
        Those that name a data set of another tier, with the one of the same study; and ``frames`` where that data set
        is longer than the paper's.

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> on_tier("01_cu211", "paper"), on_tier("01_cu211", "sample")
    ({'data': 'cu211-paper'}, {})
    >>> on_tier("03_ice_water", "authors")
    {'data': 'icewater-authors', 'frames': 500}
    """
    listed, changed = data_sets(), {}
    for name, value in model_of(notebook)().model_dump().items():
        if isinstance(value, str) and value in listed and listed[value].tier != tier:
            study = listed[value].study
            fitting = [other.id for other in listed.values() if (other.study, other.tier) == (study, tier)]
            if not fitting:
                raise ParameterError(f"{name} = {value!r}: the tier {tier!r} has no data set of {study}")
            changed[name] = fitting[0]
            if listed[fitting[0]].paper_frames:
                changed["frames"] = listed[fitting[0]].paper_frames
    return changed


def _wrong_study(notebook, data_set):
    """
    Names of states and what is drawn belong to the system that the notebook is about.

    Which notebook suits data of their own is for the users to judge, but for what it could not compute at all.
    """
    if data_set.tier == OWN_TIER:
        if data_set.n_centers < FEWEST_CENTERS:
            yield (
                f"centers = {data_set.centers!r}: analyzes {data_set.n_centers} of {data_set.n_atoms} atoms; must be "
                f"at least {FEWEST_CENTERS}, as atoms are compared and resampled"
            )
        if notebook == WATER:
            yield from (f"data = {data_set.id!r}: {notebook} is about water: {fault}" for fault in _no_water(data_set))
        return
    listed = data_sets()
    study = listed[model_of(notebook)().data].study
    if data_set.study != study:
        fitting = ", ".join(name for name, other in listed.items() if other.study == study)
        yield f"data = {data_set.id!r}: {notebook} is about another system; data sets of it: {fitting}"


def _no_water(data_set):
    """What in the first frame is not water."""
    if "O" not in data_set.species:
        yield "there is no O"
        return
    with warnings.catch_warnings(action="ignore"):  # The notebook says which sites it leaves out.
        first = without_massless_sites(open_data_set(data_set, n_frames=1))
    try:
        water_molecules(first)
    except ValueError as error:
        yield str(error)


def _too_short(parameters, data_set):
    """Fewer frames than are asked for or than the smoothing needs, or fewer points than two clusters have."""
    frames, window, available = parameters["frames"], parameters["lens_window"], data_set.n_frames
    if frames > available:
        yield f"frames = {frames}: {data_set.id} has {available}; at most {available}, or 0 for all"
        return
    n_frames = frames or available
    # n frames give n - 1 intervals, and half a window is cropped at either end.
    joint = n_frames - 1 - 2 * (window // 2)
    if joint < FEWEST_JOINT_FRAMES:
        yield (
            f"lens_window = {window} frames: needs at least {2 * (window // 2) + 1 + FEWEST_JOINT_FRAMES} frames, and "
            f"there are {n_frames}; lower it, or use more frames"
        )
        return
    n_points = data_set.n_centers * joint
    if parameters.get("min_cluster_size", 0) > n_points // 2:  # HDBSCAN finds none where there are not two.
        yield (
            f"min_cluster_size = {parameters['min_cluster_size']} points: must be at most {n_points // 2}, half the "
            f"number of points ({data_set.n_centers} centers in {joint} frames); lower it, or use more frames"
        )


def _too_wide(parameters, data_set):
    """A neighborhood that does not fit into the cell of a frame: of the first one, if the data are the user's own."""
    if not data_set.periodic or not parameters["r_cut"]:  # 0: the notebook takes one that fits.
        return
    own = data_set.tier == OWN_TIER  # `cell_fits` looks at their other frames
    trajectory = open_data_set(data_set, n_frames=1 if own else min(parameters["frames"], data_set.n_frames))
    try:
        check_cutoff(trajectory, parameters["r_cut"])
    except ValueError as error:
        yield str(error)


@dataclass(frozen=True)
class Job:
    """What is to be run: everything that can be known and checked before anything is written."""

    notebook: str
    source: Path
    parameters: dict
    changed: dict  # those parameters that are not the notebook's own
    data: dict  # checksums by data set
    licences: dict  # licence and copyright by data set
    data_set: object  # soaplens_lite.study.data.DataSet, or None
    code: str
    run_id: str

    @property
    def on_own_data(self):
        """Whether the data are the user's own: bool."""
        return self.data_set is not None and self.data_set.tier == data.OWN_TIER


def prepare(notebook, parameters, stated=None):
    """
    Check everything that can be checked before work starts.

    Parameters
    ----------
    notebook, parameters, stated
        See `soaplens_lite.study.run.runner.run`.

    Returns
    -------
    job : Job

    Raises
    ------
    StudyError
        If the notebook, a parameter or the data are not as they should be.
    """
    source = notebooks.find(notebook)
    name = source.stem
    full = validate(name, parameters)
    defaults = model_of(name)().model_dump()
    data_set = _data_set(name, full, stated, named="data" in parameters)
    if data_set and data_set.tier == data.OWN_TIER:
        full["data"] = data.FILE_NAME  # which the run folder will hold: no path of this computer enters the run's id
    changed = {key: value for key, value in full.items() if value != defaults[key]}
    used = [data_set] if data_set else list(fetch_all_for(name, full).values())
    checksums, licences = {each.id: each.checksum for each in used}, {each.id: each.terms for each in used}
    code = provenance.code_checksum(source)
    run_id = provenance.run_id(name, full, [provenance.of_data(each) for each in used], code)
    return Job(name, source, full, changed, checksums, licences, data_set, code, run_id)


def _data_set(notebook, parameters, stated, *, named):
    """The data set of a notebook, if it has one and its parameters fit; all frames of the user's own are read."""
    if "data" not in parameters:
        if stated:
            raise RunError(f"{notebook} takes no data: {', '.join(stated)} cannot be stated")
        return None
    name = parameters["data"]
    if stated and named and not data.is_description(name):
        raise RunError(f"data = {name!r} is known to the registry: {', '.join(stated)} cannot be stated of it")
    if not stated and not data.is_description(name):
        return fits(notebook, parameters, data.find(name))
    statement = data.read_statement(name if data.is_description(name) else None, **(stated or {}))
    data_set = fits(notebook, parameters, _described(statement, parameters["frames"]))
    cell_fits(parameters, data_set)
    return data_set


def _described(statement, frames):
    """What is known about own data, once for all rows of a batch: as long as the files stay as they are."""
    paths = [Path(file.path) for file in (statement.topology, *statement.trajectory) if file]
    stamps = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths if path.is_file()]
    key = json.dumps([statement.model_dump(mode="json"), frames, stamps])
    if key not in _known:
        described = data.describe(statement, frames)
        if len(_known) >= MAX_KNOWN:
            _known.clear()
        _known[key] = described
    return _known[key]
