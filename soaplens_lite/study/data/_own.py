"""
A trajectory of the user's own: what its files say, put together with what the user states.

Where both say something, the user's word counts. What must be known and is missing is an error that names the option.
The files are opened and checked once; what was found is kept in `OwnData`.
"""

import hashlib
import json
import os
import re
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import tomlkit
import xarray as xr
from pydantic import ConfigDict, Field, PrivateAttr

from soaplens_lite.study import DataError, columns
from soaplens_lite.trajectory._cell import as_cell, cell_vectors, is_standard, lengths_and_angles
from soaplens_lite.trajectory._elements import MASSLESS_SITES, atom_columns, identify
from soaplens_lite.trajectory._files import _formats as formats
from soaplens_lite.trajectory._files import _hdf5 as hdf5
from soaplens_lite.trajectory._files._frame import check_even, check_repeats
from soaplens_lite.trajectory._read import wanted_frames
from soaplens_lite.trajectory._select import labels_of, select_centers
from soaplens_lite.trajectory._trajectory import make_trajectory

from ._facts import COMPARED, contradictions, looked_at, missing, rows_of
from ._registry import OWN_TIER, DataFile, DataSet, data_sets, validated
from ._statement import HOW_TO_STATE, OwnUnits

FILE_NAME = "data.toml"  # in a run folder: what was analyzed there
# Read with other values of these, the same files are other data.
READ_AS = ("interval", "start", "stop", "stride", "periodic", "cell", "elements", "beads", "length_unit", "units")
READ_AS += ("group", "centers")
WRITTEN = ("id", "title", *READ_AS, *COMPARED, "temperature", "confirmed")


class OwnData(DataSet):
    """
    A trajectory of the user's own, as it was found.

    Attributes
    ----------
    cell, elements, beads, length_unit, confirmed
        As in `Statement`.
    start, stop, stride : int
        Which frames of the files are analyzed; `n_frames` is their number, and `interval` the time between them.
    file_interval : float
        Time between frames of the files in ns.
    further_files : tuple of DataFile
        Parts of the trajectory behind the first one.
    stated : tuple of str
        Names of what the user gave; the rest is from the files.
    rows : tuple of (str, str, str)
        What is known, its value, and where it is from.
    doubts : tuple of str
        What looks doubtful in the frames, see `soaplens_lite.trajectory.look`.
    """

    model_config = ConfigDict(populate_by_name=True)

    tier: str = OWN_TIER
    periodic: bool | Annotated[tuple[bool, bool, bool], Field(strict=False)]
    study: str = ""
    temperature: float | None = None
    differs_from_paper: tuple[str, ...] = ("everything: this is another trajectory, of the user's own",)
    cell: tuple[float, ...] | None
    units: OwnUnits
    elements: dict[str, str]
    beads: bool
    length_unit: float | None
    confirmed: tuple[str, ...]
    start: int
    stop: int
    stride: int
    file_interval: float
    further_files: tuple[DataFile, ...] = ()
    stated: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    doubts: tuple[str, ...] = ()
    _first: xr.Dataset = PrivateAttr()
    _cells: xr.Dataset | None = PrivateAttr(None)

    @property
    def files(self):
        """The files, topology first: tuple of `DataFile`."""
        return (*super().files, *self.further_files)

    @property
    def parts(self):
        """Paths of the trajectory: list of pathlib.Path."""
        return [file.path for file in (self.trajectory_file, *self.further_files)]

    @property
    def first(self):
        """The first frame, as `soaplens_lite.trajectory.make_trajectory` labels it: xarray.Dataset."""
        return self._first

    @property
    def cells(self):
        """Cells of the frames that `describe` read: xarray.Dataset with ``cell``, or None if not periodic."""
        return self._cells

    @property
    def description(self):
        """What a reader of a result has to know, without paths: dict."""
        files = {}
        for file in self.files:
            same = sum(other.path.name == file.path.name for other in self.files[: len(files)])
            files[file.path.name + f" ({same + 1})" * bool(same)] = {"sha256": file.sha256, "size": file.size}
        known = self.model_dump(mode="json", include=set(WRITTEN))
        return {"tier": OWN_TIER, "files": files} | known | {"stated": self.stated}

    @property
    def checksum(self):
        """One checksum of the files and of how they are read: sha256, as hexadecimal digits."""
        read_as = self.model_dump(mode="json", include=set(READ_AS))
        return hashlib.sha256(
            json.dumps([[file.sha256 for file in self.files], read_as], sort_keys=True).encode()
        ).hexdigest()


class Found(NamedTuple):
    """
    What the files say.

    `available` frames are there and `chosen` ones are analyzed; the first of these were read. `interval`, between
    frames of the files, is None if they do not say it; `guessed` holds, for facts that are only likely, why: they have
    to be confirmed.
    """

    available: int
    chosen: range
    columns: dict
    positions: np.ndarray
    cells: np.ndarray | None
    pbc: np.ndarray
    time: np.ndarray | None
    interval: float | None
    guessed: dict = {}
    labels: dict = {}

    @property
    def cell(self):
        """Cell of the first frame: six numbers, nine if they do not hold its orientation, or None."""
        if self.cells is None or not self.cells[0].any():
            return None
        first = self.cells[0]
        return tuple(map(float, (lengths_and_angles(first) if is_standard(first) else first).ravel()))


def describe(statement, n_frames=1):
    """
    Open the files once, check them, and join what they hold with what the user gave.

    Parameters
    ----------
    statement : Statement
    n_frames : int
        How many of the chosen frames to read and check; 0 for all. If there are fewer, all are read.

    Returns
    -------
    data_set : OwnData

    Raises
    ------
    DataError
        If a file is missing, differs from its checksum or cannot be read, if something is missing that neither says,
        or if the two contradict each other. The message holds all that is known and all that is missing.
    """
    if statement.group is not None and not statement.is_hdf5:
        raise DataError(hdf5.no_groups(statement.group, statement.name))
    topology = statement.topology or (None if statement.is_hdf5 else statement.trajectory[0])
    files = [topology and _verified(topology), *map(_verified, statement.trajectory)]
    if statement.topology and statement.is_hdf5:
        raise DataError(f"{statement.name} names its atoms itself: leave out the topology")
    try:
        found = _read_hdf5(statement, n_frames) if topology is None else _read(statement, topology, n_frames)
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from None
    except MemoryError:
        raise DataError(f"{statement.name} needs more memory than is free: use a computer with more") from None
    try:
        species = identify(found.columns, statement.elements, beads=statement.beads)
    except ValueError as error:
        raise DataError(f"{topology.path.name}: {error} ({HOW_TO_STATE['topology']})") from None
    symbols = species.symbols
    n_centers, faults = _count_centers(statement, found, symbols)
    known = {
        "n_frames": len(found.chosen),
        "n_atoms": len(symbols),
        "n_centers": n_centers,
        "species": tuple(sorted(set(symbols).difference(MASSLESS_SITES))),
        "interval": statement.interval or found.interval,
        "periodic": _periodic(statement, found),
        "cell": statement.cell,
        "units": statement.units.named(statement.length_unit, own_time=statement.interval is not None),
    }
    faults += missing(statement, found, species, known) + contradictions(statement, found, known)
    rows = rows_of(statement, found, files, known, species)
    if faults:
        raise DataError("\n".join([columns(rows), *faults]))
    data_set = _own_data(statement, found.chosen, known, files, rows)
    return looked_at(data_set, _keep_frames(data_set, found, symbols), statement)


def as_table(data_set):
    """
    What is known about a data set and where from, to be read before the analysis.

    Parameters
    ----------
    data_set : OwnData

    Returns
    -------
    table : str
        One line each: what, its value, and whether it is from a file or from the user; then what is doubtful.
    """
    return "\n".join([columns(data_set.rows), *(f"doubtful: {doubt}" for doubt in data_set.doubts)])


def write(data_set, path):
    """
    Write a description from which the same data can be read again.

    Parameters
    ----------
    data_set : OwnData
    path : path
        A TOML file. Paths of the data are relative to its folder.

    Returns
    -------
    path : pathlib.Path
    """
    path, content = Path(path), data_set.model_dump(mode="json", include={*WRITTEN, "licence", "source"})
    content["interval"] = data_set.file_interval
    tables = []
    for file in data_set.files:
        place = Path(os.path.relpath(file.path, path.parent.resolve())).as_posix()
        tables.append({"path": place, "sha256": file.sha256, "size": file.size})
    if data_set.topology_file:
        content["topology"] = tables.pop(0)
    content["trajectory"] = tables[0] if len(tables) == 1 else tables
    path.write_text(tomlkit.dumps({key: value for key, value in content.items() if value not in (None, {})}), "utf-8")
    return path


def _verified(stated):
    """A file with its checksum and size, which must be those that the user gave."""
    try:
        with open(stated.path, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = stated.path.stat().st_size
    except OSError as error:
        raise DataError(f"{stated.path}: {error.strerror}") from None
    if (stated.sha256 or sha256, stated.size or size) != (sha256, size):
        raise DataError(
            f"{stated.path} is not the file that was described: restore that one, or describe this one anew\n"
            f"  described: sha256 {stated.sha256}, {stated.size} bytes\n"
            f"  found:     sha256 {sha256}, {size} bytes"
        )
    if size == 0:
        raise DataError(f"{stated.path} is empty")
    return DataFile(path=stated.path, sha256=sha256, size=size)


def _periodic(statement, found):
    """Whether the system is periodic, or along which vectors of the cell where it is so along some of them only."""
    if statement.periodic is not None:
        return statement.periodic
    if statement.cell and not found.pbc.any():
        return True
    return bool(found.pbc.all()) if len(set(found.pbc.tolist())) == 1 else tuple(found.pbc.tolist())


def _read_hdf5(statement, n_frames):
    """What an HDF5 file says."""
    with hdf5.open_hdf5(statement.parts[0], statement.group) as group:
        available, chosen, wanted = _chosen(statement, len(group["Trajectory"]), n_frames)
        types = group["Types"].asstr()[:]
        columns = {"elements": types, "names": types}
        positions, boxes = hdf5.read_frames(group, wanted)
        pbc = hdf5.periodicity(group, boxes[0])
        cells = cell_vectors(boxes, len(boxes), source=statement.name) if pbc.any() else None
        return Found(available, chosen, columns, positions, cells, pbc, None, hdf5.interval_of(group))


def _read(statement, topology, n_frames):
    """What files of other formats say."""
    with formats.open_files(topology.path, statement.parts) as opened:
        available, chosen, wanted = _chosen(statement, len(opened), n_frames)
        columns, labels = atom_columns(opened.atoms), labels_of(opened.atoms)
        read = opened.read(wanted.start, wanted.stop, wanted.step)
        return Found(available, chosen, columns, *read, opened.interval, opened.guessed, labels)


def _chosen(statement, available, n_frames):
    """Number of frames, those that are analyzed, and those that are read now."""
    chosen = wanted_frames(available, statement.name, 0, statement.start, statement.stop, statement.stride)
    return available, chosen, chosen[: n_frames or None]


def _count_centers(statement, found, symbols):
    """How many atoms the rule selects in the first frame, and what is wrong with the rule."""
    try:
        cell, name = statement.cell or found.cell, statement.name
        pbc = np.broadcast_to(_periodic(statement, found), 3) if cell is not None else None
        known = {"cell": as_cell(cell), "pbc": pbc, "labels": found.labels, "source": name}
        first = make_trajectory(found.positions[:1], symbols, **known)
        return len(select_centers(first, statement.centers)), []
    except ValueError as error:
        return 0, [str(error)]


def _keep_frames(data_set, found, symbols):
    """The frames that were read, checked as the analysis does; the data set keeps the first one and all cells."""
    name = " + ".join(path.name for path in data_set.parts)
    cells = found.cells if data_set.cell is None else as_cell(data_set.cell)
    pbc = np.broadcast_to(data_set.periodic, 3)
    time = None if "interval" in data_set.stated else found.time
    try:
        if time is not None:
            check_even(time, name)
        elif found.time is not None:
            check_repeats(found.positions, found.time, name)
        read = make_trajectory(
            found.positions,
            symbols,
            cell=cells,
            pbc=pbc,
            time=np.array(found.chosen)[: len(found.positions)] * data_set.file_interval,
            labels=found.labels,
            source=name,
        )
    except ValueError as error:
        raise DataError(f"{data_set.id}: {error}") from None
    if data_set.length_unit is not None:
        read.attrs["length_unit"] = data_set.length_unit
    data_set._first = read.isel(frame=[0]).copy(deep=True)
    data_set._cells = read[["cell"]].copy(deep=True) if data_set.periodic else None
    return read


def _own_data(statement, chosen, known, files, rows):
    """The description, checked."""
    name, (topology, first, *further) = statement.name, files
    own_id = statement.id or re.sub(r"[^a-z0-9]+", "-", name.split(".")[0].lower()).strip("-") or "own"
    same = {
        key: getattr(statement, key)
        for key in (
            "group",
            "elements",
            "beads",
            "length_unit",
            "centers",
            "temperature",
            "licence",
            "source",
            "confirmed",
        )
    }
    told = {
        "id": f"own-{own_id}" if own_id in data_sets() else own_id,  # results must not be taken for the registry's
        "title": statement.title or name,
        "topology_file": topology,
        "trajectory_file": first,
        "further_files": tuple(further),
        "start": chosen.start,
        "stop": chosen[-1] + 1,
        "stride": chosen.step,
        "file_interval": known["interval"],
        "interval": known["interval"] * chosen.step,
        "stated": tuple(sorted(statement.model_fields_set - {"trajectory", "topology"})),
        "rows": rows,
    }
    return validated(OwnData, same | known | told, f"what {name} says and what is stated about it")
