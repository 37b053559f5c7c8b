"""
One validated model per notebook: which parameters it has, what they mean, and which values make sense.

A wrong value is refused before anything starts, with what was given and what is allowed. The notebook's own
parameters cell holds the same names and defaults, so that it can be read and run without this module; a
test keeps the two equal.
"""

import ast
from typing import Literal, get_args

import jupytext
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from . import EditionError, suggest

TYPES = {float: "a number", int: "a whole number", bool: "true or false", str: "a name"}
BOUNDS = (("gt", "above"), ("ge", "at least"), ("lt", "below"), ("le", "at most"))


class ParameterError(EditionError):
    """A parameter that is unknown or has a value that makes no sense."""


def _unit(name):
    """The unit of a field, for messages and tables."""
    return {"unit": name}


def _frames():
    return Field(
        0, ge=0, description="analyze only so many frames from the start; 0 for all", json_schema_extra=_unit("frames")
    )


def _n_max():
    return Field(8, ge=1, le=20, description="radial basis functions of SOAP")


def _l_max():
    return Field(8, ge=0, le=20, description="highest degree of the spherical harmonics of SOAP")


def _bootstrap(default=1000):
    return Field(
        default,
        ge=100,
        le=100_000,
        description="resamples of whole atoms for intervals",
        json_schema_extra=_unit("resamples"),
    )


def _movie_frames():
    return Field(
        120, ge=0, le=2000, description="pictures of the movie; 0 for no movie", json_schema_extra=_unit("frames")
    )


def _export_stride():
    return Field(
        5, ge=0, description="every how many frames one is exported; 0 for none", json_schema_extra=_unit("frames")
    )


def _seed(others=0):
    """Generators of random numbers take 32 bits; a notebook may go on to the next seeds after the given one."""
    return Field(0, ge=0, le=2**32 - 1 - others, description="of everything that draws random numbers")


def _stride(default):
    return Field(
        default, ge=1, description="every how many frames a pair is clustered", json_schema_extra=_unit("frames")
    )


def _n_jobs():
    return Field(0, ge=0, description="processes that work side by side; 0 for one per core")


def _palette():
    return Field("default", description="colors: default, which every reader can tell apart, or paper, as published")


class _Study(BaseModel):
    """What all case studies begin with: data, SOAP, LENS and the principal components."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    data: str = Field("cu211-sample", description="data set of the registry, or a TOML file that describes your own")
    frames: int = _frames()
    r_cut: float = Field(6.0, gt=1, description="radius of an atom's surroundings", json_schema_extra=_unit("Angstrom"))
    n_max: int = _n_max()
    l_max: int = _l_max()
    lens_window: int = Field(
        20, ge=4, description="window of the Savitzky-Golay smoothing of LENS", json_schema_extra=_unit("frames")
    )
    lens_order: int = Field(2, ge=0, description="order of the smoothing polynomial, below lens_window")
    lens_classes: int = Field(3, ge=2, le=8, description="classes into which LENS alone is divided")
    variance: float = Field(0.995, gt=0, lt=1, description="share of the variance that the components must retain")

    @model_validator(mode="after")
    def _smoothing_fits(self):
        """The polynomial needs more points than its order, the window more frames than it is long."""
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


class Cu211(_Study):
    """Parameters of ``01_cu211``, the copper surface."""

    min_cluster_size: int = Field(
        80, ge=2, description="smallest cluster of HDBSCAN", json_schema_extra=_unit("points")
    )
    exact_tree: bool = Field(False, description="exact minimum spanning tree in HDBSCAN, slower")
    merge_cut: float = Field(
        1.0, gt=0, le=2, description="correlation distance below which micro-clusters become one state"
    )
    bootstrap: int = _bootstrap()
    movie_frames: int = _movie_frames()
    export_stride: int = _export_stride()
    seed: int = _seed()
    n_jobs: int = _n_jobs()
    palette: Literal["default", "paper"] = _palette()


class AuNanoparticle(Cu211):
    """Parameters of ``02_au_nanoparticle``: those of copper with other defaults, as the steps are the same."""

    data: str = Field("au309-sample", description="data set of the registry, or a TOML file that describes your own")
    r_cut: float = Field(
        4.48, gt=1, description="radius of an atom's surroundings", json_schema_extra=_unit("Angstrom")
    )
    lens_window: int = Field(
        100, ge=4, description="window of the Savitzky-Golay smoothing of LENS", json_schema_extra=_unit("frames")
    )
    lens_classes: int = Field(4, ge=2, le=8, description="classes into which LENS alone is divided")
    min_cluster_size: int = Field(
        150, ge=2, description="smallest cluster of HDBSCAN", json_schema_extra=_unit("points")
    )


class IceWater(_Study):
    """Parameters of ``03_ice_water``, ice beside liquid water."""

    data: str = Field("icewater-sample", description="data set of the registry, or a TOML file that describes your own")
    lens_window: int = Field(
        100, ge=4, description="window of the Savitzky-Golay smoothing of LENS", json_schema_extra=_unit("frames")
    )
    n_components: int = Field(3, ge=2, le=12, description="Gaussians of the mixture, each a state")
    n_starts: int = Field(5, ge=1, le=100, description="fits of the mixture, of which the likeliest is kept")
    min_cluster_size: int = Field(
        80, ge=2, description="smallest cluster of HDBSCAN, in Figure S3", json_schema_extra=_unit("points")
    )
    bootstrap: int = _bootstrap()
    movie_frames: int = _movie_frames()
    export_stride: int = _export_stride()
    seed: int = _seed()
    n_jobs: int = _n_jobs()
    palette: Literal["default", "paper"] = _palette()


def _data_of(study, default):
    """The data set on which a notebook that looks at several studies looks at one of them."""
    return Field(default, description=f"data set of {study}", json_schema_extra={"study": study})


class _AllStudies(BaseModel):
    """A notebook that looks at all three studies; what is not here is as each study has it."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    copper: str = _data_of("01_cu211", "cu211-sample")
    gold: str = _data_of("02_au_nanoparticle", "au309-sample")
    water: str = _data_of("03_ice_water", "icewater-sample")
    frames: int = _frames()
    n_max: int = _n_max()
    l_max: int = _l_max()


class Cost(_AllStudies):
    """Parameters of ``04_cost``."""

    variance: float = Field(0.995, gt=0, lt=1, description="share of the variance that the components must retain")
    frames_measured: int = Field(
        32, ge=8, description="SOAP and LENS are timed on up to so many frames", json_schema_extra=_unit("frames")
    )
    points_measured: int = Field(
        40_000, ge=4000, description="clustering is timed on up to so many points", json_schema_extra=_unit("points")
    )
    repeats: int = Field(3, ge=1, le=100, description="measurements of what is short, of which the best counts")
    seed: int = _seed()
    n_jobs: int = _n_jobs()


class Sensitivity(_AllStudies):
    """Parameters of ``05_sensitivity``, in which one thing is changed at a time."""

    copper_stride: int = _stride(12)
    gold_stride: int = _stride(20)
    water_stride: int = _stride(20)
    full: bool = Field(False, description="cluster every frame, whatever the strides say")
    bootstrap: int = _bootstrap(200)
    seed: int = _seed(others=2)
    n_jobs: int = _n_jobs()


MODELS = {
    "01_cu211": Cu211,
    "02_au_nanoparticle": AuNanoparticle,
    "03_ice_water": IceWater,
    "04_cost": Cost,
    "05_sensitivity": Sensitivity,
}

# What changes for a look at the three studies in two or three minutes; the others need all frames to say anything.
QUICK = {
    "01_cu211": {"frames": 60, "min_cluster_size": 40, "bootstrap": 100, "movie_frames": 0, "export_stride": 0},
    "02_au_nanoparticle": {"frames": 204, "bootstrap": 100, "movie_frames": 0, "export_stride": 0},
    "03_ice_water": {"frames": 110, "bootstrap": 100, "movie_frames": 0, "export_stride": 0},
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
        Text is read as the type that the parameter has.

    Returns
    -------
    parameters : dict

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
    soaplens_lite.edition.parameters.ParameterError: r_cut = 0 Angstrom: must be a number, above 1
    """
    model = model_of(notebook)
    try:
        return model.model_validate(dict(given)).model_dump()
    except ValidationError as error:
        raise ParameterError("\n".join(_explain(model, fault) for fault in error.errors())) from None


def in_notebook(notebook, namespace):
    """
    The parameters that a notebook is being executed with, checked.

    A notebook that is run by hand, or by papermill itself, has not been checked by the runner: it does so here,
    before its work starts.

    Parameters
    ----------
    notebook : str
        ``01_cu211`` for instance.
    namespace : dict
        The notebook's variables, as ``globals()`` gives them; other names in it are passed over.

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
    The case studies that a notebook looks at together, each with the parameters that it would have alone.

    Parameters
    ----------
    notebook : str
        ``04_cost`` for instance.
    given : dict
        All parameters of this notebook. Those that a study has too, by the same name, take the place of the study's
        defaults.

    Returns
    -------
    studies : dict of str to (str, dict)
        By the parameter that names the data set: the study's notebook and its parameters. Empty for a notebook that is
        about one study.

    Raises
    ------
    ParameterError
        If they make no sense for one of the studies.

    Examples
    --------
    >>> studies = studies_within("04_cost", validate("04_cost", {"n_max": 4}))
    >>> {name: (study, settings["r_cut"], settings["n_max"]) for name, (study, settings) in studies.items()}
    {'copper': ('01_cu211', 6.0, 4), 'gold': ('02_au_nanoparticle', 4.48, 4), 'water': ('03_ice_water', 6.0, 4)}
    """
    studies = {}
    for name, field in model_of(notebook).model_fields.items():
        study = (field.json_schema_extra or {}).get("study")
        if study:
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
    Which values a parameter may have, in words.

    Parameters
    ----------
    field : pydantic.fields.FieldInfo

    Returns
    -------
    text : str

    Examples
    --------
    >>> allowed(Cu211.model_fields["n_max"])
    'a whole number, at least 1 and at most 20'
    """
    if choices := get_args(field.annotation):
        return " or ".join(choices)
    bounds = [
        f"{word} {getattr(limit, key):.10g}" for limit in field.metadata for key, word in BOUNDS if hasattr(limit, key)
    ]
    return ", ".join([TYPES[field.annotation], " and ".join(bounds)] if bounds else [TYPES[field.annotation]])


def notebook_defaults(path):
    """
    What the parameters cell of a notebook assigns, read without executing it.

    Parameters
    ----------
    path : path
        Notebook in percent format with one cell tagged ``parameters``, whose lines are
        ``name: type = value  # unit or meaning``.

    Returns
    -------
    defaults : dict
        Names and values in the order of the cell.

    Raises
    ------
    ParameterError
        If there is no such cell or more than one, or it holds something other than assignments of plain values.
    """
    cells = [cell for cell in jupytext.read(path).cells if "parameters" in cell.metadata.get("tags", [])]
    if len(cells) != 1:
        raise ParameterError(f"{path}: {len(cells)} cells are tagged 'parameters'; there must be one")
    defaults = {}
    for statement in ast.parse(cells[0].source).body:
        try:
            defaults[statement.target.id] = ast.literal_eval(statement.value)
        except (AttributeError, ValueError):
            line = ast.get_source_segment(cells[0].source, statement)
            raise ParameterError(f"{path}: {line!r} in the parameters cell is not `name: type = value`") from None
    return defaults
