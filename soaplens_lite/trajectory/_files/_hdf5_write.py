"""Trajectories written to HDF5 files in the layout of the paper, see `_hdf5`, which its authors' tools read."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import h5py
import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite._disk import RememberingFile, whole
from soaplens_lite.trajectory._cell import search_box
from soaplens_lite.trajectory._files._frame import check_even
from soaplens_lite.trajectory._files._hdf5 import INTERVAL, PBC, ROOT

VACUUM = 50.0  # Angstrom around a system without a cell, in whose box the authors' tools see no image
CHUNK_BYTES = 4e6  # positions that are compressed together
FRAMES_PER_CHUNK = 20


def write_hdf5(path: str | Path, trajectory: xr.Dataset, *, name: str | None = None) -> Path:
    """
    Write a trajectory in the layout of the paper.

    Parameters
    ----------
    path : path
        Must not exist.
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`. A cell in another orientation is rotated with the positions
        into the one that lengths and angles stand for. One
        without a cell gets a box so large that no atom sees an image.
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
    check_even(time, str(trajectory.source), remedy=remedy)
    cells = trajectory.cell.values if trajectory.periodic else [None] * len(time)
    frames = map(boxed, trajectory.positions.values, cells)
    interval, pbc = float(time[1] - time[0]) if len(time) > 1 else None, trajectory.pbc.values
    blocks = in_blocks(frames, trajectory.sizes["atom"])
    return write_blocks(path, blocks, trajectory.species.values, name=name, interval=interval, pbc=pbc)


def boxed(positions: np.ndarray, cell: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """
    A frame as the layout holds it: the box has six numbers.

    Parameters
    ----------
    positions : numpy.ndarray, shape (n_atoms, 3)
    cell : numpy.ndarray of shape (3, 3), or None

    Returns
    -------
    positions : numpy.ndarray, shape (n_atoms, 3)
        Rotated with the cell, where six numbers do not hold its orientation.
    box : numpy.ndarray, shape (6,)
        Without a cell, one so large that no atom sees an image: the authors' tools need a box.
    """
    if cell is None:
        return positions, np.array([*(np.ptp(positions, axis=0) + VACUUM), 90, 90, 90])
    return search_box(positions, cell, np.ones(3, dtype=bool), 0)


def in_blocks(frames: Iterable, n_atoms: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """
    Frames in blocks as large as they are compressed together.

    Parameters
    ----------
    frames : iterable of (positions, box)
    n_atoms : int

    Yields
    ------
    positions : numpy.ndarray, shape (n_block, n_atoms, 3)
    boxes : numpy.ndarray, shape (n_block, 6)
    """
    frames = iter(frames)
    while block := list(islice(frames, frames_per_chunk(n_atoms))):
        yield np.array([positions for positions, _ in block]), np.array([box for _, box in block])


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
    path: str | Path,
    blocks: Iterable,
    types: Sequence[str],
    *,
    name: str | None = None,
    interval: float | None = None,
    pbc: ArrayLike | None = None,
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
    pbc : array_like of bool, shape (3,), optional
        Along which vectors the system repeats itself, kept in the same way. Default: all.

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
            if pbc is not None and not np.all(pbc):
                group.attrs[PBC] = np.asarray(pbc, dtype=bool)
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
