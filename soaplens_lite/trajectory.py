"""
Trajectories as labelled arrays, and the choice of the atoms that are analysed.

Every other module of the science half takes the `xarray.Dataset` that `read_trajectory` returns, so that a
frame is always called by its number, an atom by its index in the *full* trajectory and a time by its value
in ns, whatever was cut out on the way.
"""

import hashlib
from numbers import Real
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import xarray as xr
from MDAnalysis.lib.mdamath import triclinic_vectors

from . import formats, integrity

CELL_PARAMETERS = ["a", "b", "c", "alpha", "beta", "gamma"]


def make_trajectory(positions, species, *, cell=None, time=None, interval=1.0, source="arrays"):
    """
    Label arrays of positions as a trajectory, after checking them.

    A trajectory without `cell` is not periodic; one with a cell is periodic along all three axes.

    Parameters
    ----------
    positions : array_like, shape (n_frames, n_atoms, 3)
        In Angstrom; need not be wrapped into the cell. Kept as float32, as simulation programs write them.
    species : sequence of str, length n_atoms
        Chemical symbols.
    cell : array_like, shape (n_frames, 6) or (6,), optional
        a, b, c in Angstrom and alpha, beta, gamma in degrees, per frame or for all frames.
    time : array_like, shape (n_frames,), optional
        In ns, increasing. Default: multiples of `interval`.
    interval : float
        Time between frames in ns, where `time` is not given.
    source : str
        Where the data come from, for messages and records.

    Returns
    -------
    trajectory : xarray.Dataset
        ``positions`` (frame, atom, xyz) in Angstrom, ``cell`` (frame, cell_parameter), ``species`` (atom);
        coordinates ``frame``, ``time`` (ns) and ``atom``; attributes ``periodic`` and ``source``.

    Raises
    ------
    ValueError
        If shapes do not fit, a position or time is not finite, times do not increase, or a cell has no volume.

    Examples
    --------
    >>> two_frames = make_trajectory([[[0, 0, 0]], [[0, 0, 1]]], ["Cu"], interval=0.5)
    >>> two_frames.time.values.tolist(), two_frames.periodic
    ([0.0, 0.5], False)
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
    if cell is not None:
        cell = np.asarray(cell, dtype=float)
        if cell.shape not in ((6,), (n_frames, 6)):
            raise ValueError(
                f"{source}: a cell of shape {cell.shape} for {n_frames} frames: must be (6,), or (frames, 6): a, b, c "
                "in Angstrom and alpha, beta, gamma in degrees"
            )
        cell = np.broadcast_to(cell, (n_frames, 6))
        _check_cell(cell, source)
        variables["cell"] = (("frame", "cell_parameter"), cell, {"units": "Angstrom, degrees"})
    return xr.Dataset(
        variables,
        coords={
            "frame": np.arange(n_frames),
            "time": ("frame", time, {"units": "ns"}),
            "atom": np.arange(n_atoms),
            "xyz": ["x", "y", "z"],
        },
        attrs={"periodic": cell is not None, "source": source},
    )


def read_trajectory(topology, trajectory=None, *, interval=None, periodic=True, cell=None, elements=None, n_frames=0):
    """
    Read a trajectory in any format that MDAnalysis knows.

    Nothing is written beside the files. For the HDF5 files of the paper there is `soaplens_lite.hdf5.read_hdf5`.

    Parameters
    ----------
    topology, trajectory : path
        For instance a PDB and an XTC file. One file will do if it holds both, as XYZ and LAMMPS dumps do.
    interval : float, optional
        Time between frames in ns, overriding what the file says (many files say nothing right).
    periodic : bool
        Whether the cell in the file is meant. False drops it.
    cell : sequence of float, length 6, optional
        Instead of the one in the file: a, b, c in Angstrom and alpha, beta, gamma in degrees.
    elements : dict of str to str, optional
        Chemical symbols of names or types that are none, ``{"1": "Cu"}`` for instance.
    n_frames : int
        Only so many frames from the start; 0 reads all.

    Returns
    -------
    trajectory : xarray.Dataset
        See `make_trajectory`.

    Raises
    ------
    FileNotFoundError
        If a file is missing.
    ValueError
        If topology and trajectory do not belong together, the trajectory ends in the middle of a frame, has
        fewer frames than were asked for, repeats one, is refused by `soaplens_lite.integrity.check_file`, or holds
        what `make_trajectory` refuses.

    Notes
    -----
    A broken end is found wherever an XTC, DCD, XYZ or LAMMPS dump file is cut. In other formats it is found as far as
    MDAnalysis announces the frame; some of its readers drop a broken last frame silently.
    """
    source = Path(trajectory or topology).name
    with formats.opened(topology, trajectory) as universe:
        positions, cells, time = _read_frames(universe, n_frames, source)
        species = formats.chemical_symbols(formats.atom_names(universe.atoms, elements), elements)
    if interval is not None:
        _check_repeats(positions, time, source)
        time = np.arange(len(time)) * interval
    return make_trajectory(
        positions, species, cell=(cells if cell is None else cell) if periodic else None, time=time, source=source
    )


def select_centers(trajectory, selection, *, n_centers=None):
    """
    Choose the atoms that are analysed, by a rule applied to the first frame.

    The rule belongs to the data, and so does the number of atoms that it must give: a threshold that fits
    one slab means nothing on another, and a silent change of one atom would go unnoticed.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    selection : str
        In MDAnalysis's selection language, for instance ``"prop z > 18.34"`` (Angstrom), ``"name O"`` or
        ``"all"``; an atom's name is its species.
    n_centers : int, optional
        The number of atoms that the rule must give.

    Returns
    -------
    centers : numpy.ndarray of int, shape (n_centers,)
        Labels along ``atom``, ascending.

    Raises
    ------
    ValueError
        If the rule cannot be read, or gives no atom or another number than `n_centers`.

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
    except Exception as error:  # The reader fails in many ways, where a word is missing for instance.
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


def check_atoms(trajectory, atoms):
    """
    Refuse labels of atoms that a descriptor cannot be computed of.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    atoms : array_like of int, shape (n_atoms,)
        Labels along ``atom``, in any order.

    Returns
    -------
    atoms : numpy.ndarray, shape (n_atoms,)

    Raises
    ------
    ValueError
        If there is none, something else than labels, one that the trajectory does not have, or one twice: it would be
        its own neighbor.
    """
    given, atoms = atoms, np.asarray(atoms)
    if atoms.ndim == 1 and len(atoms) == 0:
        raise ValueError("no atoms to analyze: the selection is empty")
    if atoms.ndim != 1 or atoms.dtype.kind not in "iu":
        raise ValueError(
            f"atoms = {given if atoms.ndim == 0 else atoms[:5].tolist()!r}: must be a list of labels, which are whole "
            "numbers; of a mask, trajectory.atom.values[mask] are the labels"
        )
    unknown = atoms[~np.isin(atoms, trajectory.atom.values)]
    if len(unknown):
        raise ValueError(
            f"atoms {unknown[:5].tolist()} are not in {trajectory.source}: labels run from "
            f"{trajectory.atom.values.min()} to {trajectory.atom.values.max()}"
        )
    labels, times = np.unique(atoms, return_counts=True)
    if len(labels) < len(atoms):
        raise ValueError(f"atoms {labels[times > 1][:5].tolist()} are chosen more than once: give every atom once")
    return atoms


def check_cutoff(trajectory, r_cut):
    """
    Refuse a cutoff that would count neighbors wrongly.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.
    r_cut : float
        Radius of the neighborhood in Angstrom.

    Raises
    ------
    ValueError
        If `r_cut` is no number or not positive, or in a periodic system exceeds half the shortest height of the cell,
        where an atom could see two images of one and the same neighbor.

    Examples
    --------
    >>> pair = make_trajectory([[[0, 0, 0], [1, 0, 0]]], ["Cu", "Cu"], cell=[8, 9, 9, 90, 90, 90])
    >>> check_cutoff(pair, 5.0)
    Traceback (most recent call last):
        ...
    ValueError: r_cut = 5 Angstrom: more than half the shortest height of the cell (8 Angstrom in frame 0), so \
that an atom would meet two images of one neighbor and the identities that LENS compares would be ambiguous; \
use at most 4 Angstrom or a larger cell
    """
    if isinstance(r_cut, bool) or not isinstance(r_cut, Real):
        raise ValueError(f"r_cut = {r_cut!r}: must be a number, the radius in Angstrom")
    if not np.isfinite(r_cut) or r_cut <= 0:
        raise ValueError(f"r_cut = {r_cut:g} Angstrom: must be positive")
    if not trajectory.periodic:
        return
    heights = cell_heights(trajectory.cell.values)
    frame = int(np.argmin(heights.min(axis=1)))
    shortest = heights[frame].min()
    if r_cut > shortest / 2:
        raise ValueError(
            f"r_cut = {r_cut:g} Angstrom: more than half the shortest height of the cell ({shortest:.4g} Angstrom "
            f"in frame {trajectory.frame.values[frame]}), so that an atom would meet two images of one neighbor and "
            f"the identities that LENS compares would be ambiguous; use at most {shortest / 2:.4g} Angstrom or a "
            "larger cell"
        )


def cell_heights(cell):
    """
    Distances between opposite faces of cells.

    Parameters
    ----------
    cell : numpy.ndarray, shape (n_frames, 6)
        a, b, c in Angstrom and alpha, beta, gamma in degrees.

    Returns
    -------
    heights : numpy.ndarray, shape (n_frames, 3)
        In Angstrom, along the normals of the faces bc, ca and ab; for a right-angled cell a, b and c.

    Examples
    --------
    >>> cell_heights(np.array([[2.0, 3.0, 4.0, 90.0, 90.0, 90.0]])).round(6).tolist()
    [[2.0, 3.0, 4.0]]
    """
    unique, inverse = np.unique(cell, axis=0, return_inverse=True)
    vectors = np.array([triclinic_vectors(row, dtype=np.float64) for row in unique])
    normals = np.cross(np.roll(vectors, -1, axis=1), np.roll(vectors, -2, axis=1))
    volume = np.abs(np.einsum("fi,fi->f", vectors[:, 0], normals[:, 0]))
    return (volume[:, None] / np.linalg.norm(normals, axis=2))[inverse.reshape(-1)]


def checksum(trajectory):
    """
    Fingerprint of what a descriptor depends on: positions, cell and species.

    Parameters
    ----------
    trajectory : xarray.Dataset
        See `make_trajectory`.

    Returns
    -------
    digest : str
        SHA-256, equal for equal data whatever file they were read from.
    """
    digest = hashlib.sha256()
    for name in ("positions", "cell", "species"):
        if name in trajectory:
            values = np.ascontiguousarray(trajectory[name].values)
            digest.update(f"{name}{values.shape}{values.dtype}".encode())
            digest.update(values.tobytes())
    return digest.hexdigest()


def _read_frames(universe, n_frames, source):
    """Positions, cells and times of the first frames; a cell of zeros where the file has none."""
    wanted = n_frames if n_frames > 0 else len(universe.trajectory)
    positions = np.empty((wanted, universe.atoms.n_atoms, 3), dtype=np.float32)
    cell, time = np.zeros((wanted, 6)), np.empty(wanted)
    for k, frame in enumerate(formats.frames(universe, n_frames, name=source)):
        positions[k], time[k] = frame.positions, frame.time
        if frame.cell is not None:
            cell[k] = frame.cell
    return positions, cell, time


def _check_repeats(positions, time, source):
    """Name the first frame that is the one before over again."""
    for frame in np.flatnonzero(np.diff(time) <= 0) + 1:
        if np.array_equal(positions[frame], positions[frame - 1]):
            raise ValueError(integrity.over_again(source, frame))


def _check_finite(positions, source):
    """Name the first frame and atom whose position is not a number."""
    if not np.isfinite(positions).all():
        frame, atom, _ = np.argwhere(~np.isfinite(positions))[0]
        raise ValueError(
            f"{source}: the position of atom {atom} in frame {frame} is not finite "
            f"({positions[frame, atom]}): repair or drop that frame"
        )


def _check_cell(cell, source):
    """Name the first frame whose cell encloses no volume."""
    cosines = np.cos(np.radians(cell[:, 3:]))
    relative_volume = 1 - np.sum(cosines**2, axis=1) + 2 * np.prod(cosines, axis=1)  # Squared.
    sound = np.isfinite(cell).all(axis=1) & (cell > 0).all(axis=1) & (relative_volume > 1e-6)
    sound &= (cell[:, 3:] < 180).all(axis=1)
    if not sound.all():
        frame = int(np.argmin(sound))
        raise ValueError(
            f"{source}: the cell of frame {frame} is {cell[frame].tolist()} (Angstrom, degrees), which encloses no "
            "volume: give the file a cell, or say that the system is not periodic"
        )
