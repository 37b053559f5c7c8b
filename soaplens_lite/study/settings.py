"""
The environment variables ``SOAPLENS_*`` in one place.

`soaplens_lite._cache` and `soaplens_lite._progress` belong to the science, which does not import the study. They read
``SOAPLENS_CACHE``, ``SOAPLENS_PROGRESS`` and ``SOAPLENS_DASK`` themselves.
"""

from pathlib import Path

from platformdirs import user_cache_path
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from soaplens_lite.study import DataError

PREFIX = "SOAPLENS_"


class Settings(BaseSettings):
    """
    What environment variables change. A variable that is empty counts as not set.

    Attributes
    ----------
    cache : pathlib.Path
        ``SOAPLENS_CACHE``: descriptors and downloads. Default: the user's cache folder.
    results : pathlib.Path or None
        ``SOAPLENS_RESULTS``: where runs are written.
    run_dir : pathlib.Path or None
        ``SOAPLENS_RUN_DIR``: the folder of the current run. The runner sets it for the notebook.
    progress : pathlib.Path or None
        ``SOAPLENS_PROGRESS``: a file for progress bars. The runner sets it for the notebook.
    dask : str or None
        ``SOAPLENS_DASK``: address of the Dask scheduler whose workers compute spectra. `soaplens batch` sets it.
    registry : pathlib.Path or None
        ``SOAPLENS_REGISTRY``: folder with another ``registry.toml``.
    data : pathlib.Path or None
        ``SOAPLENS_DATA``: folder with files of the authors that the user placed there.
    data_cache : pathlib.Path or None
        ``SOAPLENS_DATA_CACHE``: where downloads are kept. Default: ``data`` in the cache.
    zenodo, github : str
        ``SOAPLENS_ZENODO`` and ``SOAPLENS_GITHUB``: base addresses of the servers, for mirrors and tests.
    timeout : float
        ``SOAPLENS_TIMEOUT``: after so many seconds without a byte a server counts as not answering.
    attempts : int
        ``SOAPLENS_ATTEMPTS``: how often a download is tried.
    """

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, frozen=True, allow_inf_nan=False)

    cache: Path = Field(default_factory=lambda: user_cache_path("soaplens_lite"))
    results: Path | None = None
    run_dir: Path | None = None
    progress: Path | None = None
    dask: str | None = None
    registry: Path | None = None
    data: Path | None = None
    data_cache: Path | None = None
    zenodo: str = Field("https://zenodo.org/api", pattern="^https?://")
    github: str = Field("https://raw.githubusercontent.com", pattern="^https?://")
    timeout: float = Field(30.0, gt=0)
    attempts: int = Field(3, ge=1)

    @property
    def data_folder(self):
        """Absolute path of the folder where downloads are kept. It need not exist."""
        return (self.data_cache or self.cache / "data").absolute()


def settings():
    """
    Read the environment now.

    Returns
    -------
    settings : Settings

    Raises
    ------
    DataError
        If a variable has a value that is not allowed. All such variables are named at once.

    Examples
    --------
    >>> settings().attempts
    3
    """
    try:
        return Settings()
    except ValidationError as error:
        faults = [f"{PREFIX}{fault['loc'][0].upper()} = {fault['input']}: {fault['msg']}" for fault in error.errors()]
        raise DataError("\n".join(faults)) from None
