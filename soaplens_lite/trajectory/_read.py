"""Trajectories read from files, and taken over from ASE, as labelled arrays."""

from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from ase import Atoms
from numpy.typing import ArrayLike

from soaplens_lite.trajectory._cell import as_cell, as_pbc
from soaplens_lite.trajectory._elements import atom_columns, identify, known_species
from soaplens_lite.trajectory._files import _formats as formats
from soaplens_lite.trajectory._files._frame import check_even, check_repeats
from soaplens_lite.trajectory._files._readers import frame_of
from soaplens_lite.trajectory._look import looked_at
from soaplens_lite.trajectory._select import labels_of
from soaplens_lite.trajectory._trajectory import make_trajectory


def read_trajectory(
    topology: str | Path,
    trajectory: str | Path | Sequence[str | Path] | None = None,
    *,
    interval: float | None = None,
    periodic: bool | str | Sequence[bool] | None = None,
    cell: ArrayLike | None = None,
    elements: dict[str, str] | None = None,
    n_frames: int = 0,
    start: int = 0,
    stop: int | None = None,
    stride: int = 1,
    confirmed: Collection[str] | None = (),
) -> xr.Dataset:
    """
    Read a trajectory in any format that MDAnalysis or ASE knows, compressed or not.

    No files are written. For the HDF5 files of the paper there is `soaplens_lite.trajectory.read_hdf5`.

    Parameters
    ----------
    topology, trajectory : path
        For instance a PDB and an XTC file. One file is enough if it holds both, like XYZ and LAMMPS dumps. Several
        trajectories are the parts of one run, in their order; where they overlap, the later part counts.
    interval : float, optional
        Time between frames in ns, before any are left out. Default: as in the file; many files have no or wrong times.
    periodic : bool, str or sequence of bool, length 3, optional
        Whether the system repeats itself, or along which vectors of the cell, see `as_pbc`. Default: as in the file; a
        file without a cell is not periodic.
    cell : float or array_like of 3, 6 or 9 numbers, optional
        Used instead of the cell in the file, see `as_cell`.
    elements : dict of str to str, optional
        Chemical symbols of names or types that are not symbols, ``{"1": "Cu"}`` for instance.
    n_frames : int
        Number of frames from the start; 0 for all.
    start, stop, stride : int
        Which frames, as in `slice`; the file must have them. Only these are read.
    confirmed : collection of str
        What looks wrong in the frames and is right, see `looked_at`. None for no look.

    Returns
    -------
    trajectory : xarray.Dataset
        See `make_trajectory`. Frames are numbered from 0, also if the first ones are left out; times are those of the
        file.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If topology and trajectory do not belong together, a frame cannot be read or does not hold the atoms of the
        first one, there are fewer frames than were asked for, a frame is repeated, the file does not say its times and
        `interval` is missing, `make_trajectory` refuses what the files hold, or the frames cannot be right.

    Warns
    -----
    UserWarning
        If an element was guessed that can be another one, or something in the frames is doubtful.
    """
    with formats.open_files(topology, trajectory) as opened:
        source = opened.name
        chosen = wanted_frames(len(opened), source, n_frames, start, stop, stride)
        positions, cells, pbc, time = opened.read(chosen.start, chosen.stop, chosen.step)
        species = known_species(identify(atom_columns(opened.atoms), elements), source)
        labels = labels_of(opened.atoms)
        if interval is None and (opened.interval is None or opened.guessed):
            told = opened.guessed.get("interval", "the file does not say its times")
            if len(time) > 1:
                raise ValueError(f"{source}: {told}: give the time between frames, interval = 0.04 for instance")
            interval = 1.0
        if interval is None and (np.diff(time) > 0).all():  # `make_trajectory` refuses others
            check_even(time, source)
    if interval is not None:
        check_repeats(positions, time, source)
        time = np.array(chosen) * interval
    if cell is not None:
        cells, pbc = as_cell(cell), pbc if cells is not None and pbc.any() else np.ones(3, dtype=bool)
    if periodic is not None:
        pbc = as_pbc(periodic)
    read = make_trajectory(positions, species, cell=cells, pbc=pbc, time=time, labels=labels, source=source)
    return read if confirmed is None else looked_at(read, confirmed)


def wanted_frames(available: int, source: str, n_frames: int, start: int, stop: int | None, stride: int) -> range:
    """
    Which frames to read.

    Parameters
    ----------
    available : int
    source : str
        For messages.
    n_frames : int
        Only so many; 0 for all.
    start, stop, stride : int
        As in `slice`.

    Returns
    -------
    frames : range

    Raises
    ------
    ValueError
        If `n_frames` or `stride` make no sense, `start` or `stop` lie beyond the last frame, or no frame is left.

    Examples
    --------
    >>> list(wanted_frames(10, "run.xtc", 2, 4, None, 3))
    [4, 7]
    """
    if n_frames < 0:
        raise ValueError(f"n_frames = {n_frames}: must be positive, or 0 for all frames")
    if stride < 1:
        raise ValueError(f"stride = {stride}: must be at least 1")
    for name, value in (("start", start), ("stop", stop)):
        if value is not None and not -available <= value <= available - (name == "start"):
            raise ValueError(f"{name} = {value}: {source} has {available} frames, counted from 0")
    frames = range(available)[start:stop:stride]
    if n_frames > len(frames) or not frames:
        raise ValueError(
            f"{max(n_frames, 1)} frames asked for, but {source} has {len(frames)}"
            f"{'' if len(frames) == available else f' of {available} with start, stop and stride'}: ask for at most "
            f"{len(frames)}, or 0 for all"
        )
    return frames[:n_frames] if n_frames else frames


def from_ase(images: Sequence[Atoms], *, interval: float, source: str = "Atoms") -> xr.Dataset:
    """
    Label a list of ASE's objects as a trajectory, with their cell and periodicity.

    Parameters
    ----------
    images : sequence of ase.Atoms
        Frames with the same atoms in the same order.
    interval : float
        Time between frames in ns.
    source : str
        Name of the data, for messages and records.

    Returns
    -------
    trajectory : xarray.Dataset
        See `make_trajectory`.

    Raises
    ------
    ValueError
        If there are no frames, they do not hold the same elements or are not periodic along the same vectors, or
        `make_trajectory` refuses what they hold.

    Examples
    --------
    >>> from ase.build import bulk
    >>> copper = from_ase([bulk("Cu") * 3, bulk("Cu") * 3], interval=0.1)
    >>> dict(copper.sizes)["atom"], copper.cell.values[0, 0].round(3).tolist(), copper.time.values.tolist()
    (27, [0.0, 5.415, 5.415], [0.0, 0.1])
    """
    images = list(images)
    if not images:
        raise ValueError(f"{source}: 0 frames: there is nothing to analyze")
    frames = [frame_of(image, images[0], k, source) for k, image in enumerate(images)]
    pbc = frames[0].pbc
    for k, frame in enumerate(frames):
        if not np.array_equal(frame.pbc, pbc):
            raise ValueError(f"{source}: frame {k} is periodic along other vectors than frame 0")
    return make_trajectory(
        [frame.positions for frame in frames],
        images[0].get_chemical_symbols(),
        cell=[frame.cell for frame in frames] if pbc.any() else None,
        pbc=pbc,
        interval=interval,
        source=source,
    )
