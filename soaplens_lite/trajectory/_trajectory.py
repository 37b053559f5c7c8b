"""
Trajectories as labelled arrays, and the selection of atoms.

All scientific functions take the `xarray.Dataset` that `make_trajectory` returns. Frames keep their numbers, atoms
their indices in the *full* trajectory and times their values in ns, also in a part of the trajectory.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence

import numpy as np
import psutil
import xarray as xr
from numpy.typing import ArrayLike

from soaplens_lite._cache import scratch_array
from soaplens_lite.trajectory._cell import cell_vectors, lengths_and_angles

MOST_IN_MEMORY = 256e6  # bytes of positions; more are kept in a file


def make_trajectory(
    positions: ArrayLike,
    species: Sequence[str],
    *,
    cell: ArrayLike | None = None,
    pbc: ArrayLike | None = None,
    time: ArrayLike | None = None,
    interval: float = 1.0,
    labels: Mapping[str, ArrayLike] | None = None,
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
    labels : dict of str to array_like, shape (n_atoms,), optional
        What the file calls the atoms, for selections: ``name``, ``type``, ``resname``, ``resid``.
    source : str
        Name of the data, for messages and records.

    Returns
    -------
    trajectory : xarray.Dataset
        ``positions`` (frame, atom, xyz) and ``cell`` (frame, vector, xyz) in Angstrom, ``species`` (atom); coordinates
        ``frame``, ``time`` (ns), ``atom`` and its labels, and ``pbc`` (vector); attributes ``periodic`` (whether along
        any vector) and ``source``. A system that is not periodic has no ``cell``.

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
            **{name: ("atom", np.asarray(values)) for name, values in (labels or {}).items()},
        },
        attrs={"periodic": bool(pbc.any()), "source": source},
    )


def empty_positions(n_frames: int, n_atoms: int, source: str) -> np.ndarray:
    """
    An array for positions: in memory if there are few, otherwise in a file of the cache.

    Parameters
    ----------
    n_frames, n_atoms : int
    source : str
        For messages.

    Returns
    -------
    positions : numpy.ndarray of float32, shape (n_frames, n_atoms, 3)

    Raises
    ------
    OSError
        If neither memory nor the disk of the cache has room for them.
    """
    shape = (n_frames, n_atoms, 3)
    if 4 * math.prod(shape) <= MOST_IN_MEMORY:
        return np.empty(shape, dtype=np.float32)
    try:
        return scratch_array(shape)
    except OSError as error:
        what = f"{source}: the positions of {n_atoms} atoms in {n_frames} frames do not fit into memory: {error}"
        raise OSError(f"{what}; or read fewer frames (start, stop, stride)") from None


def check_memory(needed: int, source: str) -> None:
    """
    Refuse a system of which not even one frame fits into memory, before anything of it is read.

    Parameters
    ----------
    needed : int
        Bytes of memory that reading a frame takes.
    source : str
        For the message.

    Raises
    ------
    ValueError
        With the memory that is needed and free.
    """
    free = psutil.virtual_memory().available
    if needed > free:
        raise ValueError(
            f"{source}: reading one frame takes about {needed / 1e9:.3g} GB of memory, and {free / 1e9:.3g} GB are "
            "free: use a computer with more memory, or write a file with fewer atoms"
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
        digest.update(np.ascontiguousarray(array).view(np.uint8))
    return digest.hexdigest()


def _check_finite(positions, source):
    """Name the first frame and atom whose position is not a number."""
    for frame, places in enumerate(positions):
        if not np.isfinite(places).all():
            atom = np.argwhere(~np.isfinite(places))[0, 0]
            raise ValueError(
                f"{source}: the position of atom {atom} in frame {frame} is not finite "
                f"({places[atom]}): repair or drop that frame"
            )
