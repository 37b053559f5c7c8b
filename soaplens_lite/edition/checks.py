"""
Whether parameters fit the data that they are to be used on.

A model of parameters knows no data, and a notebook would meet the fault only after minutes of work: what the data set
and its first frame show is checked here, before anything starts.
"""

import warnings

from soaplens_lite.trajectory import check_cutoff
from soaplens_lite.water import water_molecules, without_massless_sites

from . import own
from .datasets import find, open_data_set
from .parameters import ParameterError, model_of, studies_within
from .registry import data_sets, fetch

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
        All of them, as `soaplens_lite.edition.parameters.validate` returns them.

    Returns
    -------
    data_set : soaplens_lite.edition.registry.DataSet

    Raises
    ------
    DataError
        If the data set is unknown, or a file of it is missing or differs.
    ParameterError
        If the data set is of another study, or too short, too few or too small for a parameter. All faults are
        named at once.

    Examples
    --------
    >>> from soaplens_lite.edition.parameters import validate
    >>> fetch_for("01_cu211", validate("01_cu211", {"frames": 600}))
    Traceback (most recent call last):
    soaplens_lite.edition.parameters.ParameterError: frames = 600: cu211-sample has 502; at most 502, or 0 for all
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
    data_sets : dict of str to soaplens_lite.edition.registry.DataSet
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
    data_set : soaplens_lite.edition.registry.DataSet
        As `soaplens_lite.edition.datasets.find` gives it.

    Returns
    -------
    data_set : soaplens_lite.edition.registry.DataSet
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


def read_through(parameters, data_set):
    """
    Refuse data with a fault in a frame behind the first, or a cell that becomes too small for the neighborhood.

    Parameters
    ----------
    parameters : dict
        All of them.
    data_set : soaplens_lite.edition.registry.DataSet

    Raises
    ------
    DataError, ParameterError
        With the frame.
    """
    for fault in _too_wide(parameters, data_set, parameters["frames"]):
        raise ParameterError(fault)


def on_tier(notebook, tier):
    """
    What has to be changed for a notebook to run on data of another tier.

    The parameters of the analysis are the paper's already; windows and classes count frames and clusters, and need
    no conversion.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    tier : {"sample", "paper"}

    Returns
    -------
    parameters : dict
        Those that name a data set of another tier, with the one of the same study.

    Raises
    ------
    ParameterError
        If there is none.

    Examples
    --------
    >>> on_tier("01_cu211", "paper"), on_tier("01_cu211", "sample")
    ({'data': 'cu211-paper'}, {})
    """
    listed, changed = data_sets(), {}
    for name, value in model_of(notebook)().model_dump().items():
        if isinstance(value, str) and value in listed and listed[value].tier != tier:
            study = listed[value].study
            fitting = [other.id for other in listed.values() if (other.study, other.tier) == (study, tier)]
            if not fitting:
                raise ParameterError(f"{name} = {value!r}: the tier {tier!r} has no data set of {study}")
            changed[name] = fitting[0]
    return changed


def _wrong_study(notebook, data_set):
    """
    Names of states and what is drawn belong to the system that the notebook is about.

    Which notebook suits data of their own is for the users to judge, but for what it could not compute at all.
    """
    if data_set.tier == own.TIER:
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
    """What in the first frame is no water."""
    lacking = {"O", "H"} - set(data_set.species)
    if lacking:
        yield f"there is no {' and no '.join(sorted(lacking))}"
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


def _too_wide(parameters, data_set, n_frames=1):
    """A neighborhood that does not fit into the cell of one of the first frames; 0 for all frames."""
    trajectory = open_data_set(data_set, n_frames=n_frames)
    try:
        check_cutoff(trajectory, parameters["r_cut"])
    except ValueError as error:
        yield str(error)
