"""
Numbers that runs have recorded, found again by name: ``joint.kinetics.matrix[edge, fast]``.

States are found by their names, never by position: the same state stands in another row on other data.
"""

from dataclasses import dataclass
from pathlib import Path

from .folders import state
from .intact import DamagedError, again, lacks, read_numbers
from .parameters import model_of
from .registry import data_sets

# What a number's interval is called beside it.
INTERVALS = {"matrix": ("low", "high"), "shares": ("shares_low", "shares_high"), "value": ("low", "high")}
# Parameters that change how long a run takes, what is exported or how it looks, and no number.
HARMLESS = {"n_jobs", "movie_frames", "export_stride", "palette"}


class NotRecorded(Exception):
    """A quantity that a run should have recorded and did not."""


@dataclass(frozen=True)
class Measured:
    """
    A recorded quantity.

    Attributes
    ----------
    value : number, str, bool or None
        None where the data hold no such thing, for instance no state of that name.
    low, high : float or None
        95 % interval, if one was recorded.
    absent : str
        What the data do not hold; empty if there is a value.
    """

    value: object
    low: float | None = None
    high: float | None = None
    absent: str = ""

    @property
    def ends(self):
        """Ends of the interval; without one, the value itself twice."""
        return (self.value, self.value) if self.low is None else (self.low, self.high)

    def scaled(self, factor):
        """The same in a unit that is `factor` times smaller; what is no number stays as it is."""
        if factor == 1 or self.value is None:
            return self
        return Measured(self.value * factor, *(end if end is None else end * factor for end in (self.low, self.high)))


@dataclass(frozen=True)
class Recorded:
    """
    What a run left behind, as far as claims are concerned.

    Attributes
    ----------
    notebook, run_id : str
    tier : {"sample", "paper", "other"}
        Of the data that it was run on; "other" for data that are neither bundled nor the paper's.
    changed : dict
        Parameters that are not the notebook's own, data aside.
    parameters, numbers : dict
        As recorded.
    """

    notebook: str
    run_id: str
    tier: str
    changed: dict
    parameters: dict
    numbers: dict


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
        If there is one, but its numbers are missing or damaged.
    """
    folder = Path(results) / notebook / "latest"
    run = state(folder)
    if run["status"] != "complete":
        return None
    if lacks(run, {"run_id": str, "data": dict}):
        raise DamagedError(f"{folder / 'run.json'} is damaged: {again(notebook)}")
    content = read_numbers(folder)
    model, parameters = model_of(notebook), content["parameters"]
    defaults, harmless = model().model_dump(), HARMLESS | _naming_data(model)
    changed = {key: value for key, value in parameters.items() if key not in harmless and value != defaults.get(key)}
    numbers = {name: entry["value"] for name, entry in content["numbers"].items()}
    return Recorded(notebook, run["run_id"], _tier(run["data"]), changed, parameters, numbers)


def _naming_data(model):
    """Parameters that name data sets, of which the tier is judged: of this study, or of those that it looks at."""
    fields = model.model_fields.items()
    return {"data"} | {name for name, field in fields if "study" in (field.json_schema_extra or {})}


def _tier(data):
    """Tier of all data of a run together: "paper" only if all are the paper's."""
    listed = data_sets()
    tiers = {listed[name].tier if name in listed else "other" for name in data}
    return tiers.pop() if len(tiers) == 1 else "sample" if tiers <= {"sample", "paper"} else "other"


def find(recorded, quantity):
    """
    A recorded quantity, with its interval if it has one.

    Parameters
    ----------
    recorded : Recorded
    quantity : str
        A recorded name, keys of what is recorded under it, and places in square brackets: numbers, counted from 0,
        or names of states. ``parameters.NAME`` is a parameter.

    Returns
    -------
    measured : Measured

    Raises
    ------
    NotRecorded
        If nothing was recorded under that name.

    Examples
    --------
    >>> numbers = {"joint.states": {"name": ["edge", "fast"], "population": [0.9, 0.1]},
    ...            "joint.kinetics": {"matrix": [[0.9, 0.1], [0.4, 0.6]], "low": [[0.8, 0.0], [0.3, 0.5]],
    ...                               "high": [[1.0, 0.2], [0.5, 0.7]]}}
    >>> run = Recorded("demo", "0", "sample", {}, {}, numbers)
    >>> find(run, "joint.kinetics.matrix[edge, fast]")
    Measured(value=0.1, low=0.0, high=0.2, absent='')
    >>> find(run, "joint.states.population[face]")
    Measured(value=None, low=None, high=None, absent='no state named face')
    """
    path, places = _parse(quantity)
    if path.startswith("parameters."):
        return Measured(_step(recorded.parameters, path.removeprefix("parameters."), quantity))
    name, *keys = _split(path, recorded.numbers, quantity)
    content = recorded.numbers[name]
    names = _names_of_states(name, content, recorded.numbers)
    missing = [place for place in places if isinstance(place, str) and place not in names]
    if missing:
        return Measured(None, absent=f"no state named {' or '.join(dict.fromkeys(missing))}")
    indices = [names.index(place) if isinstance(place, str) else place for place in places]
    if not keys and isinstance(content, dict):
        keys = ["value"]
    for key in keys[:-1]:
        content = _step(content, key, quantity)
    value = _at(_step(content, keys[-1], quantity) if keys else content, indices, quantity)
    if value is None:
        return Measured(None, absent="no such state in these data")
    ends = [
        _at(content[end], indices, quantity) for end in (INTERVALS.get(keys[-1], ()) if keys else ()) if end in content
    ]
    # Resampling what never varied, since it was never or always seen, gives no interval.
    return Measured(value, *ends) if len(set(ends)) == 2 else Measured(value)


def _parse(quantity):
    """``a.b[x, 1]`` as its path "a.b" and its places ["x", 1]."""
    path, _, inside = quantity.rstrip("]").partition("[")
    places = [place.strip() for place in inside.split(",")] if inside else []
    return path, [int(place) if place.isdecimal() else place for place in places]


def _split(path, numbers, quantity):
    """The recorded name that a path begins with, the longest one, and the keys after it."""
    words = path.split(".")
    for n_words in range(len(words), 0, -1):
        name = ".".join(words[:n_words])
        if name in numbers:
            return name, *words[n_words:]
    raise NotRecorded(quantity)


def _names_of_states(name, content, numbers):
    """Names that places may be given by: those of the table itself, or of the states whose exchange this is."""
    for table in (content, numbers.get(name.replace("kinetics", "states"))):
        if isinstance(table, dict) and "name" in table:
            return table["name"]
    return []


def _step(content, key, quantity):
    if not isinstance(content, dict) or key not in content:
        raise NotRecorded(quantity)
    return content[key]


def _at(content, indices, quantity):
    for index in indices:
        if not isinstance(content, list) or index >= len(content):
            raise NotRecorded(quantity)
        content = content[index]
    return content
