"""
The HDF5 files of the paper and of its authors' tools: trajectories read from them. `_hdf5_write` writes them.

A file holds groups ``Trajectories/NAME``, each with three data sets: ``Trajectory`` (frame, atom, 3) in Angstrom,
``Box`` (frame, 6) with a, b, c, alpha, beta, gamma in Angstrom and degrees, and ``Types`` (atom), a text for every
atom. The files hold no times: the interval between frames is given when a file is read.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from numbers import Real
from pathlib import Path

import h5py
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite.trajectory._cell import as_cell, as_pbc
from soaplens_lite.trajectory._elements import identify, known_species
from soaplens_lite.trajectory._read import wanted_frames
from soaplens_lite.trajectory._trajectory import check_memory, empty_positions, make_trajectory

ROOT = "Trajectories"
INTERVAL, PBC = "interval_ns", "pbc"  # attributes of a group; the layout leaves attributes free
PARTS = {"Trajectory": (None, None, 3), "Box": (None, 6), "Types": (None,)}
BYTES_PER_ATOM = 300  # of memory that reading names and a frame takes
BLOCK_BYTES = 16e6  # positions that are held beside the result while reading
HDF5_ENDINGS = (".hdf5", ".h5", ".hdf")


def read_hdf5(
    path: str | Path,
    *,
    interval: float,
    name: str | None = None,
    periodic: bool | str | Sequence[bool] | None = None,
    cell: ArrayLike | None = None,
    elements: dict[str, str] | None = None,
    n_frames: int = 0,
    start: int = 0,
    stop: int | None = None,
    stride: int = 1,
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
    periodic : bool, str or sequence of bool, length 3, optional
        Whether the cell in the file is meant, or along which of its vectors, see `as_pbc`. Default: as the file says;
        a box of zeros means not periodic.
    cell : float or array_like of 3, 6 or 9 numbers, optional
        Instead of the one in the file, see `as_cell`.
    elements : dict of str to str, optional
        Chemical symbols of types that are not symbols, ``{"1": "Cu"}`` for instance.
    n_frames : int
        Only so many frames; 0 reads all.
    start, stop, stride : int
        Which frames, as in `slice`; the file must have them. Only these are read.
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
        chosen = wanted_frames(len(group["Trajectory"]), Path(path).name, n_frames, start, stop, stride)
        types = symbols(group, elements)
        positions, boxes = read_frames(group, chosen, atoms)
        pbc = periodicity(group, boxes[0]) if cell is None else np.ones(3, dtype=bool)
    trajectory = make_trajectory(
        positions,
        types if atoms is None else np.asarray(types)[atoms],
        cell=boxes if cell is None else as_cell(cell),
        pbc=pbc if periodic is None else as_pbc(periodic),
        time=np.array(chosen) * interval,
        source=Path(path).name,
    )
    return trajectory if atoms is None else trajectory.assign_coords(atom=np.asarray(atoms))


def is_paper_hdf5(path: str | Path) -> bool:
    """
    Whether a file has to be read by this module: by its ending, if it is not an H5MD file.

    Parameters
    ----------
    path : path

    Returns
    -------
    answer : bool
    """
    if Path(path).suffix.lower() not in HDF5_ENDINGS:
        return False
    if not (Path(path).is_file() and h5py.is_hdf5(path)):
        return True  # Opening it says what is wrong with it.
    try:
        with h5py.File(path) as file:
            return "h5md" not in file
    except OSError:
        return True


def periodicity(group: h5py.Group, box: ArrayLike) -> np.ndarray:
    """
    Along which vectors a system repeats itself: as this package wrote it, or along all if there is a box.

    Parameters
    ----------
    group : h5py.Group
        As `open_hdf5` gives it.
    box : array_like, shape (6,)
        Of the first frame.

    Returns
    -------
    pbc : numpy.ndarray of bool, shape (3,)
    """
    stated = np.asarray(group.attrs.get(PBC, ()))
    return stated.astype(bool) if stated.shape == (3,) else np.full(3, np.all(np.asarray(box)[:3] > 0))


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
    check_memory(BYTES_PER_ATOM * n_atoms, source)
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


def read_frames(group: h5py.Group, frames: range, atoms: ArrayLike | None = None) -> tuple[np.ndarray, np.ndarray]:
    """
    Frames of a trajectory as arrays.

    Parameters
    ----------
    group : h5py.Group
        As `open_hdf5` gives it.
    frames : range
    atoms : array_like of int, optional
        Only these atoms.

    Returns
    -------
    positions : numpy.ndarray of float32, shape (n_frames, n_atoms, 3)
        In Angstrom.
    boxes : numpy.ndarray, shape (n_frames, 6)
    """
    n_atoms = group["Trajectory"].shape[1] if atoms is None else len(atoms)
    name = Path(group.file.filename).name
    positions, boxes = empty_positions(len(frames), n_atoms, name), np.empty((len(frames), 6))
    for start, block, box in read_blocks(group, frames):
        positions[start : start + len(block)] = block if atoms is None else block[:, atoms]
        boxes[start : start + len(block)] = box
    return positions, boxes


def read_blocks(group: h5py.Group, frames: range) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """
    Frames of a trajectory, some at a time. No others are read.

    Parameters
    ----------
    group : h5py.Group
        As `open_hdf5` gives it.
    frames : range

    Yields
    ------
    start : int
        How many frames came before the block.
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
    chunk = stored.chunks[0] if stored.chunks and frames.step == 1 else 1  # so that none is decompressed twice
    length = max(1, int(BLOCK_BYTES / per_frame) // chunk) * chunk
    for start in range(0, len(frames), length):
        block = frames[start : start + length]
        rows = slice(block.start, block.stop, block.step)
        try:
            yield start, stored[rows], group["Box"][rows]
        except OSError as error:
            what = f"frames {block[0]} to {block[-1]} cannot be read ({error}): the file is damaged; copy it again"
            raise ValueError(f"{Path(group.file.filename).name}: {what}") from None
