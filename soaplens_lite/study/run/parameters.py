"""
The parameters of every notebook: names, defaults, units, meanings, allowed values; and how given values are checked.

A notebook's own parameters cell holds the same names and defaults, so that it can be read and run without this module.
A test keeps the two equal. A run always gets all values from here, whatever the notebook's cell says.
"""

from functools import partial
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from soaplens_lite.study import StudyError, columns, suggest

TYPES = {float: "a number", int: "a whole number", bool: "true or false", str: "a name"}
BOUNDS = (("gt", "above"), ("ge", "at least"), ("lt", "below"), ("le", "at most"))
LARGEST_SEED = 2**32 - 1  # generators of random numbers take 32 bits


class ParameterError(StudyError):
    """A parameter that is unknown or has a value that is not allowed."""


def _field(default, meaning, unit="", study="", **bounds):
    """One parameter; `study` is the notebook whose data set it names."""
    extra = {key: value for key, value in (("unit", unit), ("study", study)) if value}
    return Field(default, description=meaning, json_schema_extra=extra, **bounds)


DATA = "data set of the registry, or a TOML file that describes your own"
FRAMES = _field(0, "analyze only so many frames from the start; 0 for all", "frames", ge=0)
N_MAX = _field(8, "radial basis functions of SOAP", ge=1, le=20)
L_MAX = _field(8, "highest degree of the spherical harmonics of SOAP", ge=0, le=20)
VARIANCE = _field(0.995, "share of the variance that the components must retain", gt=0, lt=1)
SEED = _field(0, "of everything that draws random numbers", ge=0, le=LARGEST_SEED)
N_JOBS = _field(0, "processes that work side by side; 0 for one per core", ge=0)
# With a default of each notebook's own.
_r_cut = partial(_field, meaning="radius of an atom's surroundings", unit="Angstrom", gt=1)
_window = partial(_field, meaning="window of the Savitzky-Golay smoothing of LENS", unit="frames", ge=4)
_classes = partial(_field, meaning="classes into which LENS alone is divided", ge=2, le=8)
_smallest = partial(_field, meaning="smallest cluster of HDBSCAN", unit="points", ge=2)
_resamples = partial(_field, meaning="resamples of the atoms for intervals", unit="resamples", ge=100, le=100_000)
_stride = partial(_field, meaning="every how many frames a pair is clustered", unit="frames", ge=1)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class _Study(_Model):
    """What all case studies begin with: data, SOAP, LENS and the principal components."""

    data: str = _field("cu211-sample", DATA)
    frames: int = FRAMES
    r_cut: float = _r_cut(6.0)
    n_max: int = N_MAX
    l_max: int = L_MAX
    lens_window: int = _window(20)
    lens_order: int = _field(2, "order of the smoothing polynomial, below lens_window", ge=0)
    lens_classes: int = _classes(3)
    variance: float = VARIANCE

    @model_validator(mode="after")
    def _smoothing_fits(self):
        """The polynomial needs more points than its order; the window needs more frames than its length."""
        if self.lens_order >= self.lens_window:
            raise ValueError(f"lens_order = {self.lens_order}: must be below lens_window = {self.lens_window} frames")
        # n frames give n - 1 intervals, half a window is cropped at either end, and three rows of the rest are shown.
        fewest = 2 * (self.lens_window // 2) + 4
        if 0 < self.frames < fewest:
            raise ValueError(
                f"frames = {self.frames}: too few for lens_window = {self.lens_window} frames; must be at least "
                f"{fewest}, or 0 for all"
            )
        return self


class _Products(_Model):
    """What all case studies end with: intervals, movie, export, and how the work is done."""

    bootstrap: int = _resamples(1000)
    movie_frames: int = _field(120, "pictures of the movie; 0 for no movie", "frames", ge=0, le=2000)
    export_stride: int = _field(5, "every how many frames one is exported; 0 for none", "frames", ge=0)
    seed: int = SEED
    n_jobs: int = N_JOBS
    palette: Literal["default", "paper"] = _field(
        "default", "colors: default, which every reader can distinguish, or paper, as published"
    )


class _Metal(_Study):
    """Micro-clusters and how they are merged."""

    min_cluster_size: int = _smallest(80)
    exact_tree: bool = _field(False, "exact minimum spanning tree in HDBSCAN, slower")
    clustering: Literal["hdbscan", "stable"] = _field(
        "hdbscan", "hdbscan, as published, or stable, which does not depend on the directions of the axes"
    )
    merge_cut: float = _field(1.0, "correlation distance below which micro-clusters become one state", gt=0, le=2)
    rotations: int = _field(3, "how often the points are rotated and clustered again; 0 for never", ge=0, le=100)


class Cu211(_Products, _Metal):
    """Parameters of ``01_cu211``, the copper surface."""


class AuNanoparticle(Cu211):
    """Parameters of ``02_au_nanoparticle``: those of copper with other defaults, as the steps are the same."""

    data: str = _field("au309-sample", DATA)
    r_cut: float = _r_cut(4.48)
    lens_window: int = _window(100)
    lens_classes: int = _classes(4)
    min_cluster_size: int = _smallest(150)


class _Water(_Study):
    """A mixture of Gaussians, each a state."""

    data: str = _field("icewater-sample", DATA)
    lens_window: int = _window(100)
    n_components: int = _field(3, "Gaussians of the mixture, each a state", ge=2, le=12)
    n_starts: int = _field(5, "fits of the mixture; the most likely one is kept", ge=1, le=100)
    min_cluster_size: int = _field(80, "smallest cluster of HDBSCAN, in Figure S3", "points", ge=2)


class IceWater(_Products, _Water):
    """Parameters of ``03_ice_water``, ice beside liquid water."""


class YourTrajectory(_Study):
    """Parameters of ``06_your_trajectory``, on data of any system."""

    data: str = _field("hydrogen-sample", DATA)
    r_cut: float = _field(0.0, "radius of the surroundings; 0 for a minimum of g(r)", "as the data", ge=0)
    sigma: float = _field(0.0, "width of SOAP's Gaussians; 0 for 0.4 of the nearest distance", "Angstrom", ge=0)
    surroundings: Literal["choose", "all", "centers"] = _field(
        "choose", "what SOAP describes around a center; choose: all particles of at most 3 species, else centers alone"
    )
    lens_window: int = _window(10)
    lens_classes: int = _classes(2)
    method: Literal["choose", "hdbscan", "gmm"] = _field("choose", "clustering; choose: gmm if hdbscan finds no peaks")
    min_cluster_size: int = _smallest(100)
    most_components: int = _field(6, "Gaussians that a mixture may have", ge=1, le=12)
    merge_cut: float = _field(1.0, "correlation distance below which micro-clusters become one state", gt=0, le=2)
    bootstrap: int = _resamples(200)
    export_stride: int = _field(5, "every how many frames one is exported; 0 for none", "frames", ge=0)
    seed: int = SEED
    n_jobs: int = N_JOBS
    palette: Literal["default", "paper"] = _field("default", "colors: default, or paper, as published")


class _AllStudies(_Model):
    """A notebook on all three studies; what is not here is as each study has it."""

    copper: str = _field("cu211-sample", "data set of 01_cu211", study="01_cu211")
    gold: str = _field("au309-sample", "data set of 02_au_nanoparticle", study="02_au_nanoparticle")
    water: str = _field("icewater-sample", "data set of 03_ice_water", study="03_ice_water")
    frames: int = FRAMES
    n_max: int = N_MAX
    l_max: int = L_MAX


class Cost(_AllStudies):
    """Parameters of ``04_cost``."""

    variance: float = VARIANCE
    frames_measured: int = _field(32, "SOAP and LENS are timed on up to so many frames", "frames", ge=8)
    points_measured: int = _field(40_000, "clustering is timed on up to so many points", "points", ge=4000)
    repeats: int = _field(3, "measurements of what is short; the best one counts", ge=1, le=100)
    seed: int = SEED
    n_jobs: int = N_JOBS


class Sensitivity(_AllStudies):
    """Parameters of ``05_sensitivity``, in which one thing is changed at a time."""

    copper_stride: int = _stride(12)
    gold_stride: int = _stride(20)
    water_stride: int = _stride(20)
    full: bool = _field(False, "cluster every frame, whatever the strides say")
    rotations: int = _field(10, "how often the points are rotated and clustered again; 0 for never", ge=0, le=100)
    bootstrap: int = _resamples(200)
    # It takes the next two too.
    seed: int = _field(0, "of everything that draws random numbers", ge=0, le=LARGEST_SEED - 2)
    n_jobs: int = N_JOBS


class Batch(_Model):
    """Parameters of ``07_batch``, which shows the runs of a batch."""

    batch: str = _field("", "name or folder of a batch; empty for the newest one")
    along: str = _field("", "parameter on the horizontal axis; empty for the one with most values")
    numbers: str = _field("", "recorded numbers, separated by commas; empty for the four that vary most")
    panel: str = _field("fig2b_map", "panel shown of each run; the first map where there is none of this name")
    shown: int = _field(12, "the panel is shown of up to so many runs", "runs", ge=1, le=48)


MODELS = {
    "01_cu211": Cu211,
    "02_au_nanoparticle": AuNanoparticle,
    "03_ice_water": IceWater,
    "04_cost": Cost,
    "05_sensitivity": Sensitivity,
    "06_your_trajectory": YourTrajectory,
    "07_batch": Batch,
}

# Changes for a look at the three case studies in two or three minutes. The other notebooks need all frames.
FEW = {"bootstrap": 100, "movie_frames": 0, "export_stride": 0}
QUICK = {
    "01_cu211": {"frames": 60, "min_cluster_size": 40, "rotations": 0} | FEW,
    "02_au_nanoparticle": {"frames": 204, "rotations": 0} | FEW,
    "03_ice_water": {"frames": 110} | FEW,
}


def model_of(notebook):
    """
    The model of a notebook's parameters.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.

    Returns
    -------
    model : type of pydantic.BaseModel

    Raises
    ------
    ParameterError
        If the notebook has none.
    """
    if notebook not in MODELS:
        raise ParameterError(f"no parameters are known for the notebook {notebook!r}; {suggest(notebook, MODELS)}")
    return MODELS[notebook]


def validate(notebook, given):
    """
    All parameters of a notebook: the given ones, checked, and the defaults of the others.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    given : dict of str to (str, number or bool)
        Text is read as the type of the parameter.

    Returns
    -------
    parameters : dict
        In the order of the model.

    Raises
    ------
    ParameterError
        If a name is unknown, or a value has the wrong type or is out of range. All faults are named at once.

    Examples
    --------
    >>> validate("01_cu211", {"r_cut": "5.5"})["r_cut"]
    5.5
    >>> validate("01_cu211", {"r_cut": 0})
    Traceback (most recent call last):
    soaplens_lite.study.run.parameters.ParameterError: r_cut = 0 Angstrom: must be a number, above 1
    """
    model = model_of(notebook)
    try:
        return model.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise ParameterError("\n".join(_explain(model, fault) for fault in error.errors())) from None


def in_notebook(notebook, namespace):
    """
    The parameters that a notebook is being executed with, checked before its work starts.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    namespace : dict
        The notebook's variables, as ``globals()`` gives them; other names in it are ignored.

    Returns
    -------
    parameters : dict

    Raises
    ------
    ParameterError
        As for `validate`.
    """
    return validate(notebook, {name: namespace[name] for name in model_of(notebook).model_fields if name in namespace})


def studies_within(notebook, given):
    """
    The case studies that a notebook compares, each with the parameters that it would have alone.

    Parameters
    ----------
    notebook : str
        ``04_cost`` for instance.
    given : dict
        All parameters of this notebook. They replace the defaults of a study where the names are the same.

    Returns
    -------
    studies : dict of str to (str, dict)
        By the parameter that names the data set: the study's notebook and its parameters. Empty for a notebook on one
        study.

    Raises
    ------
    ParameterError
        If one of the studies does not allow them.

    Examples
    --------
    >>> studies = studies_within("04_cost", validate("04_cost", {"n_max": 4}))
    >>> {name: (study, settings["r_cut"], settings["n_max"]) for name, (study, settings) in studies.items()}
    {'copper': ('01_cu211', 6.0, 4), 'gold': ('02_au_nanoparticle', 4.48, 4), 'water': ('03_ice_water', 6.0, 4)}
    """
    studies = {}
    for name, field in model_of(notebook).model_fields.items():
        if study := (field.json_schema_extra or {}).get("study"):
            shared = {key: given[key] for key in MODELS[study].model_fields if key in given}
            studies[name] = study, validate(study, shared | {"data": given[name]})
    return studies


def _explain(model, fault):
    """One fault that pydantic found, in the words of the notebook."""
    if not fault["loc"]:
        return str(fault["ctx"]["error"])
    name = fault["loc"][0]
    if fault["type"] == "extra_forbidden":
        return f"{name} = {fault['input']}: no parameter has this name; {suggest(name, model.model_fields)}"
    unit = unit_of(model.model_fields[name])
    return f"{name} = {fault['input']}{unit and ' '}{unit}: must be {allowed(model.model_fields[name])}"


def unit_of(field):
    """
    Unit of a parameter.

    Parameters
    ----------
    field : pydantic.fields.FieldInfo

    Returns
    -------
    unit : str
        Empty for plain numbers and names.
    """
    return (field.json_schema_extra or {}).get("unit", "")


def allowed(field):
    """
    The allowed values of a parameter, in words.

    Parameters
    ----------
    field : pydantic.fields.FieldInfo

    Returns
    -------
    text : str

    Examples
    --------
    >>> allowed(MODELS["01_cu211"].model_fields["n_max"])
    'a whole number, at least 1 and at most 20'
    """
    if choices := get_args(field.annotation):
        return " or ".join(choices)
    limits = ((word, getattr(limit, key)) for limit in field.metadata for key, word in BOUNDS if hasattr(limit, key))
    bounds = " and ".join(f"{word} {value:.10g}" for word, value in limits)
    return ", ".join(filter(None, [TYPES[field.annotation], bounds]))


def table(notebook):
    """
    What can be changed in a notebook, for people.

    Parameters
    ----------
    notebook : str

    Returns
    -------
    text : str
        A line for each parameter: name, default, unit, allowed values, meaning.
    """
    rows = [("name", "default", "unit", "allowed", "meaning")]
    for name, field in model_of(notebook).model_fields.items():
        rows.append((name, str(field.default), unit_of(field), allowed(field), field.description))
    return columns(rows)
