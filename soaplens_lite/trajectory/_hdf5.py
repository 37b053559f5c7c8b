"""
The HDF5 files of the paper and of its authors' tools: trajectories read from them and written to them.

A file holds groups ``Trajectories/NAME``, each with three data sets: ``Trajectory`` (frame, atom, 3) in Angstrom,
``Box`` (frame, 6) with a, b, c, alpha, beta, gamma in Angstrom and degrees, and ``Types`` (atom), a text for every
atom. The files hold no times: the interval between frames is given when a file is read.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path

import h5py
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite._disk import RememberingFile, whole
from soaplens_lite.trajectory import _integrity as integrity
from soaplens_lite.trajectory._cell import lengths_and_angles
from soaplens_lite.trajectory._elements import identify, known_species
from soaplens_lite.trajectory._formats import wanted_frames
from soaplens_lite.trajectory._trajectory import make_trajectory

ROOT = "Trajectories"
INTERVAL = "interval_ns"  # attribute of a group; the layout leaves attributes free
PARTS = {"Trajectory": (None, None, 3), "Box": (None, 6), "Types": (None,)}
BLOCK_BYTES = 16e6  # positions that are held beside the result while reading
CHUNK_BYTES = 4e6  # positions that are compressed together
FRAMES_PER_CHUNK = 20
HDF5_ENDINGS = (".hdf5", ".h5", ".hdf")


def read_hdf5(
    path: str | Path,
    *,
    interval: float,
    name: str | None = None,
    periodic: bool = True,
    cell: Sequence[float] | None = None,
    elements: dict[str, str] | None = None,
    n_frames: int = 0,
    atoms: ArrayLike | None = None,
) -> xr.Dataset:
    """
    Read a trajectory from a file in the layout of the paper.

    Only the wanted frames are read, a block at a time, so that unwanted atoms and double precision take no memory.
    Positions stay as they are stored: an atom that left the cell is not wrapped back.

    Parameters
    ----------
    path : path
    interval : float
        Time between frames in ns; the file does not know it.
    name : str, optional
        Of the trajectory within the file. Default: the only one.
    periodic : bool
        Whether the cell in the file is meant. False drops it.
    cell : sequence of float, length 6, optional
        Instead of the one in the file.
    elements : dict of str to str, optional
        Chemical symbols of types that are not symbols, ``{"1": "Cu"}`` for instance.
    n_frames : int
        Only so many frames from the start; 0 reads all.
    atoms : array_like of int, optional
        Only these atoms, counted from 0 and ascending; they keep their numbers as labels.

    Returns
    -------
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is incomplete or has another layout, has fewer frames than were asked for, or holds what
        `make_trajectory` refuses.
    """
    with open_hdf5(path, name) as group:
        n_frames = wanted_frames(n_frames, len(group["Trajectory"]), Path(path).name)
        types = symbols(group, elements)
        n_atoms = len(types) if atoms is None else len(atoms)
        positions = np.empty((n_frames, n_atoms, 3), dtype=np.float32)
        boxes = np.empty((n_frames, 6))
        for start, block, box in read_blocks(group, n_frames):
            positions[start : start + len(block)] = block if atoms is None else block[:, atoms]
            boxes[start : start + len(block)] = box
    trajectory = make_trajectory(
        positions,
        types if atoms is None else np.asarray(types)[atoms],
        cell=(boxes if cell is None else cell) if periodic else None,
        interval=interval,
        source=Path(path).name,
    )
    return trajectory if atoms is None else trajectory.assign_coords(atom=np.asarray(atoms))


@contextmanager
def open_hdf5(path: str | Path, name: str | None = None) -> Iterator[h5py.Group]:
    """
    Open one trajectory of a file for reading and check its layout.

    Parameters
    ----------
    path : path
    name : str, optional
        Of the trajectory within the file. Default: the only one.

    Yields
    ------
    group : h5py.Group

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is incomplete, or has another layout: the message says what it holds.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no such file")
    try:
        file = h5py.File(path)
    except OSError as error:
        broken = "truncated" in str(error)
        what = "is cut off: copy it again" if broken else "is not an HDF5 file, or a damaged one: copy it again"
        raise ValueError(f"{path.name} {what} ({error})") from None
    with file:
        group = file[f"{ROOT}/{_choose(file, name, path.name)}"]
        _check_layout(group, path.name)
        yield group


def trajectory_names(path: str | Path) -> list[str]:
    """
    Names of the trajectories in a file.

    Parameters
    ----------
    path : path

    Returns
    -------
    names : list of str
        Empty if the file has another layout.
    """
    with h5py.File(path) as file:
        return list(file.get(ROOT, {}))


def no_groups(group: str, source: str) -> str:
    """
    The message for a group that is named in a file without any.

    Parameters
    ----------
    group, source : str

    Returns
    -------
    message : str
    """
    return f"group = {group!r}: {source} is not an HDF5 file ({', '.join(HDF5_ENDINGS)}) and has no groups"


def _choose(file, name, source):
    """The name of the wanted trajectory; the only one where none is named."""
    if not isinstance(file.get(ROOT), h5py.Group):
        there = ", ".join(file) or "nothing"
        raise ValueError(f"{source} has no group {ROOT!r}, in which the trajectories would be: it holds {there}")
    names = list(file[ROOT])
    if name is None and len(names) == 1:
        return names[0]
    if name not in names:
        wanted = "a name is needed" if name is None else f"there is no trajectory {name!r} in it"
        raise ValueError(f"{source}: {wanted}; it holds {', '.join(names) or 'none'}")
    return name


def _check_layout(group, source):
    """Refuse a group that lacks a part, or in which parts are not of the kind or of the shape that they must have."""
    where = f"{source}, {group.name}"
    lacking = [part for part in PARTS if not isinstance(group.get(part), h5py.Dataset)]
    if lacking:
        raise ValueError(f"{where} lacks {' and '.join(lacking)}: it holds {', '.join(group) or 'nothing'}")
    shapes = {part: group[part].shape for part in PARTS}
    n_frames, n_atoms = (*shapes["Trajectory"], 0, 0)[:2]
    expected = {"Trajectory": (n_frames, n_atoms, 3), "Box": (n_frames, 6), "Types": (n_atoms,)}
    if shapes != expected:
        told = ", ".join(f"{part} {shape}" for part, shape in shapes.items())
        raise ValueError(
            f"{where}: shapes that do not fit: {told}; must be (frames, atoms, 3), (frames, 6) and (atoms,)"
        )
    for part in ("Trajectory", "Box"):
        if group[part].dtype.kind not in "fiu":
            raise ValueError(f"{where}: {part} holds {group[part].dtype} and not numbers: write the file anew")
    if h5py.check_string_dtype(group["Types"].dtype) is None:
        raise ValueError(f"{where}: Types holds {group['Types'].dtype} and not texts: write a name for every atom")
    if n_frames == 0 or n_atoms == 0:
        raise ValueError(f"{where} holds {n_frames} frames of {n_atoms} atoms: there is nothing to read")


def symbols(group: h5py.Group, elements: dict[str, str] | None = None) -> list[str]:
    """
    Chemical symbols of the atoms of a trajectory.

    Parameters
    ----------
    group : h5py.Group
        As `open_hdf5` gives it.
    elements : dict of str to str, optional
        Chemical symbols of types that are not symbols.

    Returns
    -------
    symbols : list of str
        Types that are not elements stay as they are.
    """
    types = [str(name) for name in group["Types"].asstr()[:]]
    return known_species(identify({"names": types}, elements), Path(group.file.filename).name)


def interval_of(group: h5py.Group) -> float | None:
    """
    The time between frames, if this package wrote the file and knew it.

    Parameters
    ----------
    group : h5py.Group
        As `open_hdf5` gives it.

    Returns
    -------
    interval : float or None
        In ns. None also where the attribute is not a time.
    """
    interval = group.attrs.get(INTERVAL)
    is_time = isinstance(interval, Real | np.number) and 0 < interval < np.inf
    return float(interval) if is_time else None


def read_blocks(group: h5py.Group, n_frames: int) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """
    The first frames of a trajectory, some at a time.

    Parameters
    ----------
    group : h5py.Group
        As `open_hdf5` gives it.
    n_frames : int

    Yields
    ------
    start : int
        Number of the first frame of the block.
    positions : numpy.ndarray, shape (n_block, n_atoms, 3)
        In Angstrom, in the precision of the file.
    box : numpy.ndarray, shape (n_block, 6)

    Raises
    ------
    ValueError
        If a block cannot be read, with its frames.
    """
    stored = group["Trajectory"]
    per_frame = stored.dtype.itemsize * int(np.prod(stored.shape[1:]))
    chunk = stored.chunks[0] if stored.chunks else 1  # Complete chunks, so that none is decompressed twice.
    step = max(1, int(BLOCK_BYTES / per_frame) // chunk) * chunk
    for start in range(0, n_frames, step):
        stop = min(start + step, n_frames)
        try:
            yield start, stored[start:stop], group["Box"][start:stop]
        except OSError as error:
            what = f"frames {start} to {stop - 1} cannot be read ({error}): the file is damaged; copy it again"
            raise ValueError(f"{Path(group.file.filename).name}: {what}") from None


def write_hdf5(path: str | Path, trajectory: xr.Dataset, *, name: str | None = None) -> Path:
    """
    Write a trajectory in the layout of the paper.

    Parameters
    ----------
    path : path
        Must not exist.
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`. One without a cell gets boxes of zeros.
    name : str, optional
        Of the trajectory within the file. Default: the file's name without its ending, as the authors call theirs.

    Returns
    -------
    path : pathlib.Path

    Raises
    ------
    FileExistsError
        If the file exists.
    ValueError
        If the times are not even: the layout holds one interval.
    """
    time = trajectory.time.values
    remedy = "and the file keeps one interval; leave frames out, or make the trajectory with an interval"
    integrity.check_even(time, str(trajectory.source), remedy=remedy)
    cell = lengths_and_angles(trajectory.cell.values) if trajectory.periodic else np.zeros((len(time), 6))
    step = frames_per_chunk(trajectory.sizes["atom"])
    blocks = (
        (trajectory.positions.values[start : start + step], cell[start : start + step])
        for start in range(0, len(cell), step)
    )
    interval = float(time[1] - time[0]) if len(time) > 1 else None
    return write_blocks(path, blocks, trajectory.species.values, name=name, interval=interval)


def frames_per_chunk(n_atoms: int) -> int:
    """
    How many frames are compressed together, and are best written at a time.

    Parameters
    ----------
    n_atoms : int

    Returns
    -------
    n_frames : int

    Examples
    --------
    >>> frames_per_chunk(2400), frames_per_chunk(100_000), frames_per_chunk(1_000_000)
    (20, 3, 1)
    """
    return int(np.clip(CHUNK_BYTES // (12 * n_atoms), 1, FRAMES_PER_CHUNK))


def write_blocks(
    path: str | Path, blocks: Iterable, types: Sequence[str], *, name: str | None = None, interval: float | None = None
) -> Path:
    """
    Write a trajectory that comes in blocks of frames, so that it never has to be in memory completely.

    The data sets are chunked along frames and compressed. The file gets its name when it is complete.

    Parameters
    ----------
    path : path
        Must not exist.
    blocks : iterable of tuple
        Positions (n_block, n_atoms, 3) in Angstrom and boxes (n_block, 6) of successive frames.
    types : sequence of str, length n_atoms
    name : str, optional
        Of the trajectory within the file. Default: the file's name without its ending.
    interval : float, optional
        Time between frames in ns, kept as an attribute, which other tools ignore.

    Returns
    -------
    path : pathlib.Path

    Raises
    ------
    FileExistsError
        If the file exists.
    OSError
        If it cannot be written, because the disk is full for instance. Nothing is left of it then.
    ValueError
        If the trajectory's name would be that of a group within another.
    """
    path, n_atoms = Path(path), len(types)
    name = name or path.stem
    if path.exists():
        raise FileExistsError(f"{path} exists: choose another name, or remove it first")
    if "/" in name:
        raise ValueError(f"name = {name!r}: must not contain '/', which separates groups in HDF5")
    with whole(path) as scratch, RememberingFile(scratch) as on_disk:
        with h5py.File(on_disk, "w") as file:
            group = file.create_group(f"{ROOT}/{name}")
            if interval is not None:
                group.attrs[INTERVAL] = interval
            group.create_dataset("Types", data=list(map(str, types)), dtype=h5py.string_dtype(), compression="gzip")
            for part, shape, dtype in (("Trajectory", (n_atoms, 3), np.float32), ("Box", (6,), np.float64)):
                layout = {"maxshape": (None, *shape), "chunks": (frames_per_chunk(n_atoms), *shape)}
                group.create_dataset(part, (0, *shape), dtype, compression="gzip", **layout)
            for positions, box in blocks:
                for part, values in {"Trajectory": positions, "Box": box}.items():
                    stored = group[part]
                    stored.resize(len(stored) + len(values), axis=0)
                    stored[-len(values) :] = values
                on_disk.check()
        on_disk.check()
    return path
