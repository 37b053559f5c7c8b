"""
One model per notebook: which parameters it has, what they mean, in which unit, and which values make sense.

The notebook's own parameters cell holds the same names and defaults, so that it can be read and run without this
module; a test keeps the two equal.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


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
