"""
Trajectories as labelled arrays, and the selection of atoms.

All scientific functions take the `xarray.Dataset` that `read_trajectory` returns. Frames keep their numbers, atoms
their indices in the *full* trajectory and times their values in ns, also in a part of the trajectory.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import xarray as xr
from ase import Atoms
from numpy.typing import ArrayLike

from soaplens_lite.trajectory import _formats as formats
from soaplens_lite.trajectory import _integrity as integrity
from soaplens_lite.trajectory._cell import cell_vectors, lengths_and_angles
from soaplens_lite.trajectory._elements import atom_columns, identify, known_species


def make_trajectory(
    positions: ArrayLike,
    species: Sequence[str],
    *,
    cell: ArrayLike | None = None,
    pbc: ArrayLike | None = None,
    time: ArrayLike | None = None,
    interval: float = 1.0,
    source: str = "arrays",
) -> xr.Dataset:
    """
    Check arrays of positions and label them as a trajectory.

    A trajectory without `cell` is not periodic; one with a cell is periodic along all three vectors, if `pbc` does not
    say another thing.

    Parameters
    ----------
    positions : array_like, shape (n_frames, n_atoms, 3)
        In Angstrom; need not be wrapped into the cell. Kept as float32, as simulation programs write them.
    species : sequence of str, length n_atoms
        Chemical symbols.
    cell : array_like, shape (6,), (3, 3), (n_frames, 6) or (n_frames, 3, 3), optional
        For all frames or per frame: a, b, c in Angstrom and alpha, beta, gamma in degrees, which means a along x and b
        in the plane xy; or the three vectors, in the orientation of the positions.
    pbc : array_like of bool, shape (3,), optional
        Along which vectors of the cell the system repeats itself. Default: all of them.
    time : array_like, shape (n_frames,), optional
        In ns, increasing. Default: multiples of `interval`.
    interval : float
        Time between frames in ns, where `time` is not given.
    source : str
        Name of the data, for messages and records.

    Returns
    -------
    trajectory : xarray.Dataset
        ``positions`` (frame, atom, xyz) and ``cell`` (frame, vector, xyz) in Angstrom, ``species`` (atom); coordinates
        ``frame``, ``time`` (ns), ``atom`` and ``pbc`` (vector); attributes ``periodic`` (whether along any vector) and
        ``source``. A system that is not periodic has no ``cell``.

    Raises
    ------
    ValueError
        If shapes do not fit, a position or time is not finite, times do not increase, a cell has no volume, or `pbc`
        is given without a cell.

    Examples
    --------
    >>> two_frames = make_trajectory([[[0, 0, 0]], [[0, 0, 1]]], ["Cu"], interval=0.5)
    >>> two_frames.time.values.tolist(), two_frames.periodic
    ([0.0, 0.5], False)
    >>> slab = make_trajectory([[[0, 0, 0]]], ["Cu"], cell=[8, 9, 20, 90, 90, 90], pbc=[True, True, False])
    >>> slab.cell.sel(frame=0, vector="b").values.tolist(), slab.pbc.values.tolist()
    ([0.0, 9.0, 0.0], [True, True, False])
    """
    positions = np.asarray(positions, dtype=np.float32)
    if positions.ndim != 3 or positions.shape[2] != 3:
        raise ValueError(f"positions of shape {positions.shape}: must be (frames, atoms, 3)")
    n_frames, n_atoms, _ = positions.shape
    if 0 in (n_frames, n_atoms):
        raise ValueError(f"{source}: {n_frames} frames of {n_atoms} atoms: there is nothing to analyze")
    if len(species) != n_atoms:
        raise ValueError(f"{len(species)} species for {n_atoms} atoms: give one symbol for every atom")
    _check_finite(positions, source)
    time = np.arange(n_frames) * interval if time is None else np.asarray(time, dtype=float)
    in_order = np.diff(time) > 0  # Also false where a time is not a number.
    if not in_order.all():
        frame = int(np.argmin(in_order)) + 1
        raise ValueError(
            f"{source}: frame {frame} has the time {time[frame]:g} ns after {time[frame - 1]:g} ns: times must "
            "increase; remove repeated frames or state the sampling interval"
        )
    if not np.isfinite(time).all():
        frame = int(np.argmin(np.isfinite(time)))
        raise ValueError(
            f"{source}: frame {frame} has the time {time[frame]:g} ns: must be a number; state the sampling interval"
        )
    variables = {
        "positions": (("frame", "atom", "xyz"), positions, {"units": "Angstrom"}),
        "species": ("atom", np.asarray(species, dtype=str)),
    }
    pbc = _periodic_vectors(cell, pbc, source)
    if pbc.any():
        vectors = cell_vectors(cell, n_frames, source=source)
        variables["cell"] = (("frame", "vector", "xyz"), vectors, {"units": "Angstrom"})
    return xr.Dataset(
        variables,
        coords={
            "frame": np.arange(n_frames),
            "time": ("frame", time, {"units": "ns"}),
            "atom": np.arange(n_atoms),
            "xyz": ["x", "y", "z"],
            "vector": ["a", "b", "c"],
            "pbc": ("vector", pbc),
        },
        attrs={"periodic": bool(pbc.any()), "source": source},
    )


def _periodic_vectors(cell, pbc, source):
    """Along which vectors the system repeats itself: by default along all, if there is a cell."""
    pbc = np.broadcast_to(cell is not None, 3) if pbc is None else np.asarray(pbc)
    if pbc.shape != (3,) or pbc.dtype != bool:
        raise ValueError(f"pbc = {pbc.tolist()}: must be three booleans, one for each vector of the cell")
    if cell is None and pbc.any():
        raise ValueError(
            f"{source}: there is no cell, and pbc = {pbc.tolist()}: give a cell, or say that the system is not periodic"
        )
    return pbc


def read_trajectory(
    topology: str | Path,
    trajectory: str | Path | Sequence[str | Path] | None = None,
    *,
    interval: float | None = None,
    periodic: bool | Sequence[bool] | None = None,
    cell: ArrayLike | None = None,
    elements: dict[str, str] | None = None,
    n_frames: int = 0,
    start: int = 0,
    stop: int | None = None,
    stride: int = 1,
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
    periodic : bool or sequence of bool, length 3, optional
        Whether the system repeats itself, or along which vectors of the cell. Default: as in the file; a file without
        a cell is not periodic.
    cell : array_like, shape (6,) or (3, 3), optional
        Used instead of the cell in the file, see `make_trajectory`.
    elements : dict of str to str, optional
        Chemical symbols of names or types that are not symbols, ``{"1": "Cu"}`` for instance.
    n_frames : int
        Number of frames from the start; 0 for all.
    start, stop, stride : int
        Which frames, as in `slice`. Only these are read.

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
        `interval` is missing, or `make_trajectory` refuses what the files hold.

    Notes
    -----
    Some readers of MDAnalysis, that of DCD for instance, drop an incomplete last frame silently.
    """
    with formats.open_files(topology, trajectory) as opened:
        source = opened.name
        chosen = wanted_frames(len(opened), source, n_frames, start, stop, stride)
        positions, cells, pbc, time = opened.read(chosen.start, chosen.stop, chosen.step)
        species = known_species(identify(atom_columns(opened.atoms), elements), source)
        if interval is None and (opened.interval is None or opened.guessed):
            told = opened.guessed.get("interval", "the file does not say its times")
            if len(time) > 1:
                raise ValueError(f"{source}: {told}: give the time between frames, interval = 0.04 for instance")
            interval = 1.0
    if interval is not None:
        integrity.check_repeats(positions, time, source)
        time = np.array(chosen) * interval
    if cell is not None:
        cells, pbc = cell, pbc if cells is not None and pbc.any() else np.ones(3, dtype=bool)
    if periodic is not None:
        pbc = np.broadcast_to(np.asarray(periodic, dtype=bool), 3)
    return make_trajectory(positions, species, cell=cells, pbc=pbc, time=time, source=source)


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
        If `n_frames` or `stride` make no sense, or there are not so many frames.

    Examples
    --------
    >>> list(wanted_frames(10, "run.xtc", 2, 4, None, 3))
    [4, 7]
    """
    if n_frames < 0:
        raise ValueError(f"n_frames = {n_frames}: must be positive, or 0 for all frames")
    if stride < 1:
        raise ValueError(f"stride = {stride}: must be at least 1")
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
    frames = [formats.frame_of(image, images[0], k, source) for k, image in enumerate(images)]
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


def select_centers(trajectory: xr.Dataset, selection: str, *, n_centers: int | None = None) -> np.ndarray:
    """
    Select the atoms that are analyzed, by a rule for the first frame.

    The rule depends on the data: a threshold for one slab does not fit another. Give the expected number of atoms as
    `n_centers`, so that a change of the rule or the data is noticed.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    selection : str
        In MDAnalysis's selection language, for instance ``"prop z > 18.34"`` (Angstrom), ``"name O"`` or
        ``"all"``; an atom's name is its species.
    n_centers : int, optional
        Expected number of atoms.

    Returns
    -------
    centers : numpy.ndarray of int, shape (n_centers,)
        Labels along ``atom``, ascending.

    Raises
    ------
    ValueError
        If MDAnalysis cannot read the rule, or it selects no atom or another number than `n_centers`.

    Examples
    --------
    >>> frame = make_trajectory([[[0, 0, 0], [0, 0, 2], [0, 0, 3]]], ["Cu", "Cu", "Cu"])
    >>> select_centers(frame, "prop z > 1", n_centers=2)
    array([1, 2])
    """
    universe = mda.Universe.empty(trajectory.sizes["atom"], trajectory=True)
    universe.add_TopologyAttr("names", trajectory.species.values)
    universe.atoms.positions = trajectory.positions.values[0]
    try:
        chosen = universe.select_atoms(selection)
    except Exception as error:  # MDAnalysis raises many kinds of errors here.
        told = " ".join(str(error).split())
        raise ValueError(f"centers = {selection!r}: not a selection that MDAnalysis reads ({told[:200]})") from None
    if len(chosen) == 0:
        low, high = universe.atoms.positions.min(axis=0), universe.atoms.positions.max(axis=0)
        species = sorted(set(trajectory.species.values.tolist()))
        raise ValueError(
            f"centers = {selection!r} selects no atom of {trajectory.source}: species are {species}, x, y, z run from "
            f"{low.round(2)} to {high.round(2)} Angstrom"
        )
    if n_centers is not None and len(chosen) != n_centers:
        raise ValueError(
            f"centers = {selection!r} selects {len(chosen)} atoms of {trajectory.source}, not the {n_centers} that "
            "belong to this data set: the rule or the data were changed"
        )
    return trajectory.atom.values[chosen.indices]


def check_atoms(trajectory: xr.Dataset, atoms: ArrayLike, *, name: str = "atoms") -> np.ndarray:
    """
    Check labels of atoms.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    atoms : array_like of int, shape (n_atoms,)
        Labels along ``atom``, in any order.
    name : str
        Name of the caller's argument, for messages.

    Returns
    -------
    atoms : numpy.ndarray of int, shape (n_atoms,)
        In the given order.

    Raises
    ------
    ValueError
        If the list is empty or not a list of labels, or holds a label twice or one that the trajectory does not have.

    Examples
    --------
    >>> pair = make_trajectory([[[0, 0, 0], [1, 0, 0]]], ["Cu", "Cu"])
    >>> check_atoms(pair, [0, 2], name="centers")
    Traceback (most recent call last):
        ...
    ValueError: centers [2] are not in arrays: labels run from 0 to 1
    """
    given, atoms = atoms, np.asarray(atoms)
    if atoms.ndim == 1 and len(atoms) == 0:
        raise ValueError(f"{name} = []: the selection is empty; give at least one label")
    if atoms.ndim != 1 or atoms.dtype.kind not in "iu":
        raise ValueError(
            f"{name} = {given if atoms.ndim == 0 else atoms[:5].tolist()!r}: must be a list of labels, which are whole "
            "numbers; for a mask use trajectory.atom.values[mask]"
        )
    unknown = atoms[~np.isin(atoms, trajectory.atom.values)]
    if len(unknown):
        raise ValueError(
            f"{name} {unknown[:5].tolist()} are not in {trajectory.source}: labels run from "
            f"{trajectory.atom.values.min()} to {trajectory.atom.values.max()}"
        )
    labels, times = np.unique(atoms, return_counts=True)
    if len(labels) < len(atoms):
        raise ValueError(f"{name} {labels[times > 1][:5].tolist()} are chosen more than once: give every atom once")
    return atoms


def checksum(trajectory: xr.Dataset) -> str:
    """
    Checksum of the data that descriptors depend on: positions, cell and species.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.

    Returns
    -------
    digest : str
        SHA-256 in hexadecimal digits; equal for equal data from any file.
    """
    digest = hashlib.sha256()
    values = {name: trajectory[name].values for name in ("positions", "cell", "species") if name in trajectory}
    if "cell" in values:
        vectors = values["cell"]
        if (vectors == vectors * np.eye(3)).all():
            values["cell"] = lengths_and_angles(vectors)  # as it always was, so that cached spectra are found again
        if not trajectory.pbc.values.all():
            values["pbc"] = trajectory.pbc.values
    for name, array in values.items():
        digest.update(f"{name}{array.shape}{array.dtype}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _check_finite(positions, source):
    """Name the first frame and atom whose position is not a number."""
    if not np.isfinite(positions).all():
        frame, atom, _ = np.argwhere(~np.isfinite(positions))[0]
        raise ValueError(
            f"{source}: the position of atom {atom} in frame {frame} is not finite "
            f"({positions[frame, atom]}): repair or drop that frame"
        )
