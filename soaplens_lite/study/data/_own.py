"""
A trajectory of the user's own: what its files say, put together with what the user states.

Where both say something, the user's word counts. What must be known and is missing is an error that names the option.
The files are opened and checked once; what was found is kept in `OwnData`.
"""

import hashlib
import json
import os
import re
from itertools import compress
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import tomlkit
import xarray as xr
from pydantic import ConfigDict, Field, PrivateAttr

from soaplens_lite.study import DataError
from soaplens_lite.trajectory import _formats as formats
from soaplens_lite.trajectory import _hdf5 as hdf5
from soaplens_lite.trajectory._cell import as_cell, cell_vectors, is_standard, lengths_and_angles
from soaplens_lite.trajectory._elements import MASSLESS_SITES, atom_columns, identify
from soaplens_lite.trajectory._integrity import check_even, check_repeats
from soaplens_lite.trajectory._look import heed, look
from soaplens_lite.trajectory._select import labels_of, select_centers
from soaplens_lite.trajectory._trajectory import make_trajectory

from ._registry import OWN_TIER, DataFile, DataSet, data_sets, validated
from ._statement import HOW_TO_STATE, how_to_confirm

FILE_NAME = "data.toml"  # in a run folder: what was analyzed there
MISSING = "missing"
COMPARED = ("n_frames", "n_atoms", "n_centers", "species")  # given by the user; must agree with the files
# Read with other values of these, the same files are other data.
READ_AS = ("interval", "periodic", "cell", "elements", "beads", "length_unit", "group", "centers")
AS_STATED = ("beads", "length_unit", "confirmed")
MUST_BE_STATED = ("length_unit", "motion")  # doubts of a look that a run does not begin with
WRITTEN = ("id", "title", *READ_AS, *COMPARED, "temperature", "confirmed")


class OwnData(DataSet):
    """
    A trajectory of the user's own, as it was found.

    Attributes
    ----------
    cell, elements, beads, length_unit, confirmed
        As in `Statement`.
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
    elements: dict[str, str]
    beads: bool
    length_unit: float | None
    confirmed: tuple[str, ...]
    stated: tuple[str, ...]
    rows: tuple[tuple[str, str, str], ...]
    doubts: tuple[str, ...] = ()
    _first: xr.Dataset = PrivateAttr()
    _cells: xr.Dataset | None = PrivateAttr(None)

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
        files = {file.path.name: {"sha256": file.sha256, "size": file.size} for file in self.files}
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
    What the files say, for the frames that were read.

    `interval` is None if they do not say it; `guessed` holds, for facts that are only likely, why: they have to be
    confirmed.
    """

    n_frames: int
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
        How many frames to read and check; 0 for all. If there are fewer, all are read.

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
        raise DataError(hdf5.no_groups(statement.group, statement.trajectory.path.name))
    topology = statement.topology or (None if statement.is_hdf5 else statement.trajectory)
    files = {"trajectory": _verified(statement.trajectory), "topology": topology and _verified(topology)}
    try:
        found = _read_hdf5(statement, n_frames) if topology is None else _read(statement, topology, n_frames)
    except (OSError, ValueError) as error:
        raise DataError(str(error)) from None
    try:
        species = identify(found.columns, statement.elements, beads=statement.beads)
    except ValueError as error:
        raise DataError(f"{topology.path.name}: {error} ({HOW_TO_STATE['topology']})") from None
    symbols = species.symbols
    n_centers, faults = _count_centers(statement, found, symbols)
    known = {
        "n_frames": found.n_frames,
        "n_atoms": len(symbols),
        "n_centers": n_centers,
        "species": tuple(sorted(set(symbols).difference(MASSLESS_SITES))),
        "interval": statement.interval or found.interval,
        "periodic": _periodic(statement, found),
        "cell": statement.cell,
    }
    faults += _missing(statement, found, species, known) + _contradictions(statement, found, known)
    rows = _rows(statement, found, files, known, species)
    if faults:
        raise DataError("\n".join([_aligned(rows), *faults]))
    data_set = _own_data(statement, known, files, rows)
    return _looked_at(data_set, _keep_frames(data_set, found, symbols), statement)


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
    return "\n".join([_aligned(data_set.rows), *(f"doubtful: {doubt}" for doubt in data_set.doubts)])


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
    path, content = Path(path), {}
    for key, file in {"topology": data_set.topology_file, "trajectory": data_set.trajectory_file}.items():
        if file:
            place = Path(os.path.relpath(file.path, path.parent.resolve())).as_posix()
            content[key] = {"path": place, "sha256": file.sha256, "size": file.size}
    content |= data_set.model_dump(mode="json", include={*WRITTEN, "licence", "source"})
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
    with hdf5.open_hdf5(statement.trajectory.path, statement.group) as group:
        available = len(group["Trajectory"])
        blocks = list(hdf5.read_blocks(group, min(n_frames or available, available)))
        columns = {"names": group["Types"].asstr()[:]}
        positions, boxes = (np.concatenate([block[k] for block in blocks]) for k in (1, 2))
        pbc = hdf5.periodicity(group, boxes[0])
        cells = cell_vectors(boxes, len(boxes), source=statement.trajectory.path.name) if pbc.any() else None
        return Found(available, columns, positions, cells, pbc, None, hdf5.interval_of(group))


def _read(statement, topology, n_frames):
    """What files of other formats say."""
    with formats.open_files(topology.path, statement.trajectory.path) as opened:
        read = opened.read(stop=n_frames or None)
        return Found(
            len(opened), atom_columns(opened.atoms), *read, opened.interval, opened.guessed, labels_of(opened.atoms)
        )


def _count_centers(statement, found, symbols):
    """How many atoms the rule selects in the first frame, and what is wrong with the rule."""
    try:
        cell, name = statement.cell or found.cell, statement.trajectory.path.name
        first = make_trajectory(found.positions[:1], symbols, cell=as_cell(cell), labels=found.labels, source=name)
        return len(select_centers(first, statement.centers)), []
    except ValueError as error:
        return 0, [str(error)]


def _keep_frames(data_set, found, symbols):
    """The frames that were read, checked as the analysis does; the data set keeps the first one and all cells."""
    name = data_set.trajectory.name
    cells = found.cells if data_set.cell is None else as_cell(data_set.cell)
    pbc = np.broadcast_to(data_set.periodic, 3)
    time = None if "interval" in data_set.stated else found.time
    try:
        if time is not None:
            check_even(time, name)
            time = None if found.guessed else time  # what was confirmed is the interval, not the times
        elif found.time is not None:
            check_repeats(found.positions, found.time, name)
        read = make_trajectory(
            found.positions,
            symbols,
            cell=cells,
            pbc=pbc,
            time=time,
            interval=data_set.interval,
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


def _looked_at(data_set, read, statement):
    """The data set with what a look at its frames shows; an error if it cannot be right."""
    unit = "Angstrom" if statement.length_unit is None else f"units of {statement.length_unit:g} Angstrom"
    seen = look(read, angstrom=statement.length_unit)
    where = f"seen in {seen.n_frames} frame{'s' if seen.n_frames > 1 else ''}"
    shown = {
        "distances": ("nearest", seen.nearest),
        "boundary": ("nearest across", seen.across),
        "motion": ("per frame", seen.step),
    }
    rows = [(name, f"{what} {value:.3g} {unit}", where) for name, (what, value) in shown.items() if np.isfinite(value)]
    stops, doubts = heed(seen, data_set.trajectory.name, statement.confirmed)
    stops += [doubt for doubt in doubts if doubt.startswith(MUST_BE_STATED)]
    if stops:
        advice = [f"{text}. {_remedy(text.partition(':')[0])}" for text in stops]
        raise DataError("\n".join([_aligned([*data_set.rows, *rows]), *advice]))
    return data_set.model_copy(update={"rows": (*data_set.rows, *rows), "doubts": tuple(doubts)})


def _remedy(fact):
    """What the user can do about a fact that looks wrong."""
    stated = f"State it ({HOW_TO_STATE[fact]}), or confirm it" if fact in HOW_TO_STATE else "If it is right, confirm it"
    return f"{stated} ({how_to_confirm(fact)})"


def _own_data(statement, known, files, rows):
    """The description, checked."""
    name = statement.trajectory.path.name
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
        "units": statement.units,
        "topology_file": files["topology"],
        "trajectory_file": files["trajectory"],
        "stated": tuple(sorted(statement.model_fields_set - {"trajectory", "topology"})),
        "rows": rows,
    }
    return validated(OwnData, same | known | told, f"what {name} says and what is stated about it")


def _missing(statement, found, species, known):
    """What is needed, but is neither in the files nor given by the user."""
    name, faults = statement.trajectory.path.name, []
    if species.unknown:
        faults.append(f"elements: {', '.join(species.unknown)} not understood: state them ({HOW_TO_STATE['elements']})")
    guessed = dict(found.guessed)
    if species.doubtful:
        guessed["elements"] = "; ".join(species.doubtful[:5])
    for fact, why in guessed.items():
        if fact not in (*statement.confirmed, *statement.model_fields_set):
            faults.append(f"{fact}: {why}: state it ({HOW_TO_STATE[fact]}) or confirm it ({how_to_confirm(fact)})")
    if known["interval"] is None:
        faults.append(f"interval: {name} holds no times: state the ns between frames ({HOW_TO_STATE['interval']})")
    if not (statement.cell or found.cell) and statement.periodic is not False:
        faults.append(
            f"cell: {name} has no cell: state it, or that the system is not periodic ({HOW_TO_STATE['cell']})"
        )
    return faults


def _contradictions(statement, found, known):
    """Statements that do not agree with each other or with the files."""
    faults = []
    if statement.cell and statement.periodic is False:
        faults.append("cell: a cell is stated, and that the system is not periodic: state only one of them")
    called = {str(name) for key in ("elements", "names", "types") for name in found.columns.get(key, ())}
    if strange := [name for name in statement.elements if name not in called]:
        names = ", ".join(sorted(called)[:10])
        faults.append(f"elements: no atom is called {strange[0]!r}; the files call them {names}")
    for key in COMPARED:
        said, is_so = getattr(statement, key), known[key]
        if said is not None and is_so and (set(said) != set(is_so) if key == "species" else said != is_so):
            faults.append(f"{key}: {said} is stated, but there are {is_so}")
    return faults


def _rows(statement, found, files, known, species):
    """What is known, its value, and where it is from."""
    symbols = np.unique(species.symbols, return_counts=True)
    atoms = ", ".join(f"{number} {symbol}" for symbol, number in zip(*symbols, strict=True))
    rows = [
        (part, file.path.name, f"{file.size} bytes, sha256 {file.sha256[:12]}...")
        for part, file in files.items()
        if file and not (part == "topology" and file.path == files["trajectory"].path)
    ]
    rows.append(("frames", str(found.n_frames), "from the file"))
    rows.append(("atoms", atoms, _confirmed(species.origin, "elements", species.doubtful, statement)))
    interval = f"{known['interval']:g} ns" if known["interval"] else "?"
    rows.append(("interval", interval, _origin(statement.interval, found.interval, "{:g} ns")))
    cell = statement.cell or found.cell
    if known["periodic"] or not cell and statement.periodic is None:
        units = "Angstrom" if cell and len(cell) == 9 else "Angstrom, degrees"
        shown = f"{' '.join(f'{x:.5g}' for x in cell)} ({units})" if cell else "?"
        if isinstance(known["periodic"], tuple):
            shown += f", periodic along {' and '.join(compress('abc', known['periodic']))}"
        rows.append(("cell", shown, _origin(statement.cell, found.cell, "another")))
    else:
        rows.append(("cell", "not periodic", "stated"))
    origin = "stated" if "centers" in statement.model_fields_set else "nothing stated"
    rows.append(("centers", f"{statement.centers}: {known['n_centers'] or 'no'} atoms", origin))
    return tuple(rows)


def _confirmed(origin, fact, doubt, statement):
    """Where a guessed fact is from, and that the user confirmed it."""
    return f"{origin}; confirmed" if doubt and fact in statement.confirmed else origin


def _origin(stated, found, text):
    """Where a value is from."""
    if stated is None:
        return MISSING if found is None else "from the file"
    return "stated" if found is None or found == stated else f"stated; the file says {text.format(found)}"


def _aligned(rows):
    """Rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
