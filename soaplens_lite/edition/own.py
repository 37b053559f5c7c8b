"""
A trajectory of the user's own as a data set: what its files say, put together with what is stated of it.

Where both say something, what is stated counts. What has to be known and neither says is an error that names the
option; all that is known is shown before anything is computed.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from soaplens_lite import formats, hdf5
from soaplens_lite.trajectory import make_trajectory, select_centers

from . import DataError
from .registry import DataFile, DataSet, data_sets
from .statement import how, read_statement, validated, write_toml

TIER = "own"
FILE_NAME = "data.toml"  # in a run folder: what was analyzed there
MISSING = "missing"
# Numbers and names that only a check needs: they are held against the files and add nothing to them.
CHECKED = ("n_frames", "n_atoms", "n_centers", "species")


class Own(DataSet):
    """
    A trajectory of the user's own, looked at: all that analysis has to know of it.

    Attributes
    ----------
    n_frames, n_atoms : int
    topology_file : DataFile or None
        None for HDF5, which names its atoms itself.
    trajectory_file : DataFile
    group, cell, elements
        As in `Statement`.
    stated : tuple of str
        What was stated and not taken from the files.
    rows : tuple of (str, str, str)
        What is known, its value, and where from.
    """

    tier: Literal["own"] = TIER
    study: str = ""
    temperature: float | None = None
    differs_from_paper: tuple[str, ...] = ("everything: this is another trajectory, of the user's own",)
    n_frames: int
    n_atoms: int
    topology_file: DataFile | None
    trajectory_file: DataFile
    group: str | None
    cell: tuple[float, ...] | None
    elements: dict[str, str]
    stated: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]

    @property
    def files(self):
        """The files, topology first: tuple of `DataFile`."""
        return tuple(file for file in (self.topology_file, self.trajectory_file) if file)

    @property
    def topology(self):
        """Path of the topology; None for HDF5."""
        return self.topology_file and self.topology_file.path

    @property
    def description(self):
        """What a reader of a result has to know, without paths: dict."""
        files = {file.path.name: {"sha256": file.sha256, "size": file.size} for file in self.files}
        keys = ("id", "title", "interval", "periodic", "cell", "elements", "group", "centers", *CHECKED, "temperature")
        return (
            {"tier": TIER, "files": files} | self.model_dump(mode="json", include=set(keys)) | {"stated": self.stated}
        )

    @property
    def checksum(self):
        """One checksum for the files and for how they are read: sha256, as hexadecimal digits."""
        read_as = self.model_dump(mode="json", include={"interval", "periodic", "cell", "elements", "group", "centers"})
        what = [[file.sha256 for file in self.files], read_as]
        return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


class Seen(NamedTuple):
    """What the files themselves say; None where they say nothing. `names` tell the elements, `first` are positions."""

    n_frames: int
    names: list
    first: np.ndarray
    cell: tuple | None
    interval: float | None


def is_description(name):
    """
    Whether a name is that of a TOML file and not of a data set of the registry.

    Parameters
    ----------
    name : str or path

    Returns
    -------
    answer : bool
    """
    return str(name).endswith(".toml")


def load(path):
    """
    The data set that a TOML file describes.

    Parameters
    ----------
    path : path

    Returns
    -------
    data_set : Own

    Raises
    ------
    DataError
        If the file cannot be read or has a key that is not known, a file of the data is missing, differs from its
        checksum or cannot be read, or something has to be known that neither says.
    """
    return describe(read_statement(path))


def describe(statement):
    """
    Look at the files and put what they say together with what is stated.

    Parameters
    ----------
    statement : Statement

    Returns
    -------
    data_set : Own

    Raises
    ------
    DataError
        If a file is missing, differs from its checksum or cannot be read, if something has to be known that neither
        says, or if the two contradict each other. All that is known and all that lacks is in the message.
    """
    if statement.group is not None and not _is_hdf5(statement):
        raise DataError(hdf5.no_groups(statement.group, statement.trajectory.path.name))
    topology = statement.topology or (None if _is_hdf5(statement) else statement.trajectory)
    files = {"trajectory": _verified(statement.trajectory), "topology": topology and _verified(topology)}
    try:
        seen = _look(statement, topology)
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from None
    symbols = formats.chemical_symbols(seen.names, statement.elements)
    periodic = bool(statement.cell or seen.cell) if statement.periodic is None else statement.periodic
    centers, faults = _centers(statement, seen, symbols)
    known = {
        "n_frames": seen.n_frames,
        "n_atoms": len(symbols),
        "n_centers": centers,
        "species": tuple(sorted(set(filter(formats.is_element, symbols)))),
        "interval": statement.interval or seen.interval,
        "periodic": periodic,
        "cell": statement.cell,
    }
    faults += _lacking(statement, seen, symbols, known) + _contradictions(statement, seen, known)
    rows = _rows(statement, seen, files, known)
    if faults:
        raise DataError("\n".join([_table(rows), *faults]))
    same = statement.model_dump(include={"group", "elements", "centers", "temperature", "licence", "source"})
    return validated(
        Own,
        same
        | known
        | {
            "id": _free(statement.id or _id_of(statement.trajectory.path)),
            "title": statement.title or statement.trajectory.path.name,
            "units": statement.units,
            "topology_file": files["topology"],
            "trajectory_file": files["trajectory"],
            "stated": tuple(sorted(statement.model_fields_set - {"trajectory", "topology"})),
            "rows": rows,
        },
        f"what {statement.trajectory.path.name} says and what is stated of it",
    )


def as_table(data_set):
    """
    What is known of a data set and where from, to be read before it is analyzed.

    Parameters
    ----------
    data_set : Own

    Returns
    -------
    table : str
        One line each: what, its value, and whether a file says so or it was stated.
    """
    return _table(data_set.rows)


def write(data_set, path):
    """
    Write down what was analyzed, so that the same can be read again.

    Parameters
    ----------
    data_set : Own
    path : path
        A TOML file. Paths of the data are written relative to its folder, where that is possible.

    Returns
    -------
    path : pathlib.Path
    """
    path = Path(path)
    content = {}
    for key, file in {"topology": data_set.topology_file, "trajectory": data_set.trajectory_file}.items():
        if file:
            place = os.path.relpath(file.path, path.parent.resolve())
            content[key] = {"path": Path(place).as_posix(), "sha256": file.sha256, "size": file.size}
    keys = ("id", "title", "group", "interval", "periodic", "cell", "elements", "centers", *CHECKED, "temperature")
    content |= data_set.model_dump(mode="json", include={*keys, "licence", "source"}, exclude_defaults=False)
    return write_toml(path, content)


def _is_hdf5(statement):
    return statement.trajectory.path.suffix.lower() in hdf5.HDF5_ENDINGS


def _id_of(path):
    """A short name made of a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", path.name.split(".")[0].lower()).strip("-") or "own"


def _free(name):
    """A name that no data set of the registry has, lest results be taken for those of that one."""
    return f"own-{name}" if name in data_sets() else name


def _verified(stated):
    """A file with its checksum and size, which must be those that were stated."""
    try:
        with open(stated.path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = stated.path.stat().st_size
    except OSError as error:
        raise DataError(f"{stated.path}: {error.strerror}") from None
    if (stated.sha256 or sha256, stated.size or size) != (sha256, size):
        raise DataError(
            f"{stated.path} is not the file that was described: bring that one back, or describe this one anew\n"
            f"  described: sha256 {stated.sha256}, {stated.size} bytes\n"
            f"  found:     sha256 {sha256}, {size} bytes"
        )
    if size == 0:
        raise DataError(f"{stated.path} is empty")
    return DataFile(path=stated.path, sha256=sha256, size=size)


def _look(statement, topology):
    """What the files say without the trajectory being read."""
    if topology is None:
        with hdf5.opened(statement.trajectory.path, statement.group) as group:
            _, first, box = next(hdf5.read_blocks(group, 1))
            names = [str(name) for name in group["Types"].asstr()[:]]
            return Seen(len(group["Trajectory"]), names, first[0], _real(box[0]), hdf5.interval_of(group))
    with formats.opened(topology.path, statement.trajectory.path) as universe:
        try:
            names = formats.atom_names(universe.atoms, statement.elements)
        except ValueError as error:
            raise ValueError(f"{topology.path.name}: {error} ({how('topology')})") from None
        first = next(formats.frames(universe, 1, name=statement.trajectory.path.name))
        seen = Seen(len(universe.trajectory), names, first.positions.copy(), _real(first.cell), None)
        return seen._replace(interval=formats.stored_interval(universe))


def _real(cell):
    """A cell as numbers; None for one without size, by which formats say that there is none."""
    return tuple(map(float, cell)) if cell is not None and np.all(cell[:3] > 0) else None


def _centers(statement, seen, symbols):
    """How many atoms the rule gives in the first frame, and what is wrong with it."""
    try:
        first = make_trajectory(seen.first[None], symbols, source=statement.trajectory.path.name)
        return len(select_centers(first, statement.centers)), []
    except ValueError as error:
        return 0, [str(error)]


def _lacking(statement, seen, symbols, known):
    """What has to be known and is neither in the files nor stated."""
    name = statement.trajectory.path.name
    faults = []
    try:
        formats.check_elements(symbols, name, remedy=how("elements"))
    except ValueError as error:
        faults.append(f"elements: {error}")
    if known["interval"] is None:
        faults.append(f"interval: {name} holds no times: state the ns between frames ({how('interval')})")
    if not (statement.cell or seen.cell) and statement.periodic is not False:
        faults.append(f"cell: {name} holds none: state it, or that the system is not periodic ({how('cell')})")
    return faults


def _contradictions(statement, seen, known):
    """Statements that do not agree with each other or with the files."""
    faults = []
    if statement.cell and statement.periodic is False:
        faults.append("cell: a cell is stated, and that the system is not periodic: only one of them can be meant")
    if strange := [name for name in statement.elements if name not in seen.names]:
        names = ", ".join(sorted(set(seen.names))[:10])
        faults.append(f"elements: no atom is called {strange[0]!r}; the files call them {names}")
    for key in CHECKED:
        said, found = getattr(statement, key), known[key]
        if said is not None and found and (set(said) != set(found) if key == "species" else said != found):
            faults.append(f"{key}: {said} is stated, but there are {found}")
    return faults


def _rows(statement, seen, files, known):
    """What is known, its value, and where from."""
    name_counts = np.unique(formats.chemical_symbols(seen.names, statement.elements), return_counts=True)
    atoms = ", ".join(f"{number} {symbol}" for symbol, number in zip(*name_counts, strict=True))
    rows = [
        (part, file.path.name, f"{file.size} bytes, sha256 {file.sha256[:12]}...")
        for part, file in files.items()
        if file and not (part == "topology" and file.path == files["trajectory"].path)
    ]
    rows.append(("frames", str(seen.n_frames), "from the file"))
    rows.append(("atoms", atoms, "elements stated" if statement.elements else "from the file"))
    interval = f"{known['interval']:g} ns" if known["interval"] else "?"
    rows.append(("interval", interval, _origin(statement.interval, seen.interval, "{:g} ns")))
    cell = statement.cell or seen.cell
    if known["periodic"] or not cell and statement.periodic is None:
        shown = " ".join(f"{x:.5g}" for x in cell) + " (Angstrom, degrees)" if cell else "?"
        rows.append(("cell", shown, _origin(statement.cell, seen.cell, "another")))
    else:
        rows.append(("cell", "not periodic", "stated"))
    how = "stated" if "centers" in statement.model_fields_set else "nothing stated"
    rows.append(("centers", f"{statement.centers}: {known['n_centers'] or 'no'} atoms", how))
    return tuple(rows)


def _origin(stated, found, told):
    """Where a value is from."""
    if stated is None:
        return MISSING if found is None else "from the file"
    return "stated" if found is None or found == stated else f"stated; the file says {told.format(found)}"


def _table(rows):
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
