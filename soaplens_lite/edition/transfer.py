"""
Bytes from elsewhere: the only module that speaks to a server, and the only one that knows pooch.

Servers are slow, busy or gone for a moment. What may pass is tried again after a pause; what will not, a file that
does not exist for instance, is given up at once. Nothing that was cut or damaged on its way gets the name of a file.
"""

import os
import shutil
import time

import pooch
import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from soaplens_lite.progress import progress_bar

from . import DataError

CHUNK = 2**16  # bytes that are written at once
LONGEST_PAUSE = 60.0  # seconds; a server that asks for more is passed over
PASSING = (408, 425, 429)  # besides those from 500 on: states of a server that pass

# It announces the checksum of every file that came without one; here every file is known by its content.
pooch.get_logger().setLevel("WARNING")


class SourceError(Exception):
    """One source does not give what was asked for; another one may."""


class Unreachable(SourceError):
    """A source that does not answer: there is no point in asking it for the next file."""


class Settings(BaseModel):
    """
    Where published files are looked for, and how patiently.

    Attributes
    ----------
    zenodo, github : str
        Base addresses; environment variables ``SOAPLENS_ZENODO`` and ``SOAPLENS_GITHUB``.
    timeout : float
        Seconds of silence after which a server counts as gone; ``SOAPLENS_TIMEOUT``.
    attempts : int
        ``SOAPLENS_ATTEMPTS``.
    wait : float
        Seconds before the second attempt, doubled before every further one; ``SOAPLENS_WAIT``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    zenodo: str = Field("https://zenodo.org/api", pattern="^https?://")
    github: str = Field("https://raw.githubusercontent.com", pattern="^https?://")
    timeout: float = Field(30.0, gt=0)
    attempts: int = Field(3, ge=1)
    wait: float = Field(2.0, ge=0)


def settings_from_environment():
    """
    The settings that environment variables change.

    Returns
    -------
    settings : Settings

    Raises
    ------
    DataError
        If a variable holds something that makes no sense.
    """
    variables = {name: f"SOAPLENS_{name.upper()}" for name in Settings.model_fields}
    try:
        return Settings(**{name: os.environ[key] for name, key in variables.items() if os.environ.get(key)})
    except ValidationError as error:
        faults = [f"{variables[fault['loc'][0]]} = {fault['input']}: {fault['msg']}" for fault in error.errors()]
        raise DataError("\n".join(faults)) from None


def read_json(url, settings):
    """
    What a server answers to one question.

    Parameters
    ----------
    url : str
    settings : Settings

    Returns
    -------
    answer : dict or list

    Raises
    ------
    SourceError
        If it does not answer (then `Unreachable`), or with something other than JSON: a proxy's page for instance.
    """

    def ask():
        response = requests.get(url, timeout=settings.timeout, headers={"Accept": "application/json"})
        response.raise_for_status()
        return response.json()

    return _patiently(ask, settings)


def content_length(url, settings):
    """
    Size of a file before it is downloaded.

    Parameters
    ----------
    url : str
    settings : Settings

    Returns
    -------
    size : int or None
        In bytes; None where the server does not say.
    """
    try:
        response = requests.head(
            url, timeout=settings.timeout, allow_redirects=True, headers={"Accept-Encoding": "identity"}
        )
        response.raise_for_status()
        return int(response.headers["Content-Length"])
    except (requests.RequestException, KeyError, ValueError):
        return None


def download(url, path, settings, *, known_hash=None, size=None, check=None):
    """
    Bring a file, with a progress bar.

    It is written under another name and gets its own when it is whole and has passed the checks.

    Parameters
    ----------
    url : str
    path : pathlib.Path
        In a folder that exists; a file of this name is replaced.
    settings : Settings
    known_hash : str, optional
        ``algorithm:digits``, as a server states it.
    size : int, optional
        In bytes, for the progress bar and a look at the free space before.
    check : callable, optional
        Called with the path of what has come; raises ValueError if it is not what was meant.

    Raises
    ------
    SourceError
        If the source does not give the file; `Unreachable` if it does not answer.
    DataError
        If there is no place for it here, which no other source would change.
    """
    if size and shutil.disk_usage(path.parent).free < size:
        raise DataError(
            f"{path.parent} has less than the {in_bytes(size)} free that {path.name} needs; {ANOTHER_PLACE}"
        )

    def bring():
        with progress_bar(path.name, total=size, unit="B", unit_scale=True, leave=False) as bar:
            get = pooch.HTTPDownloader(
                progressbar=bar,
                chunk_size=CHUNK,
                timeout=settings.timeout,
                headers={"Accept-Encoding": "identity", "User-Agent": "soaplens_lite"},
            )

            def get_and_check(address, target, registry):
                get(address, target, registry)
                if check:
                    check(target)

            pooch.retrieve(url, known_hash, fname=path.name, path=path.parent, downloader=get_and_check)

    path.unlink(missing_ok=True)
    _patiently(bring, settings)


ANOTHER_PLACE = "choose another folder for downloads with the environment variable SOAPLENS_DATA_CACHE"


def _patiently(action, settings):
    """Try again what may pass; say in one sentence what did not."""
    for attempt in range(1, settings.attempts + 1):
        pause = settings.wait * 2 ** (attempt - 1)
        try:
            return action()
        except requests.HTTPError as error:
            kind, fault = Unreachable, _in_words(error, settings)
            if error.response.status_code < 500 and error.response.status_code not in PASSING:
                raise SourceError(fault) from None
            pause = _asked_pause(error.response, pause)
            if pause > LONGEST_PAUSE:
                raise Unreachable(f"{fault}, to be asked again in {pause:.0f} s") from None
        except requests.RequestException as error:
            kind, fault = Unreachable, _in_words(error, settings)
        except ValueError as error:  # Other bytes than were meant.
            kind, fault = SourceError, _in_words(error, settings)
        except OSError as error:
            raise DataError(f"a download cannot be written ({error.strerror or error}): {ANOTHER_PLACE}") from None
        if attempt < settings.attempts:
            time.sleep(pause)
    raise kind(f"{fault} ({settings.attempts} attempt{'s' * (settings.attempts > 1)})")


def _asked_pause(response, pause):
    """Seconds that a server asks to be left alone, if it says so in seconds."""
    try:
        return max(pause, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):
        return pause


def _in_words(error, settings):
    """What happened, in a few words."""
    if isinstance(error, requests.HTTPError):
        return f"{error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.JSONDecodeError):
        return "the answer is not JSON: perhaps the page of a proxy or of maintenance work"
    if isinstance(error, requests.Timeout) or "Read timed out" in str(error):
        return f"no answer within {settings.timeout:g} s"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection was cut"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, requests.RequestException):
        return f"{type(error).__name__}: {error}"
    return str(error).partition(". Deleted download")[0]


def in_bytes(size):
    """
    A size for people.

    Parameters
    ----------
    size : int or None

    Returns
    -------
    text : str

    Examples
    --------
    >>> in_bytes(3858424), in_bytes(146250), in_bytes(12), in_bytes(None)
    ('3.9 MB', '146.2 kB', '12 B', 'size not known')
    """
    if size is None:
        return "size not known"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size} B"
