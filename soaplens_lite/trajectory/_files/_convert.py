"""
Convert trajectories from one format into another, frame by frame: also to and from the paper's HDF5.

The new format decides the precision of positions: XTC rounds to 0.01 Angstrom, PDB to 0.001, the others keep single
precision or more.
"""

import shutil
import tempfile
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import MDAnalysis as mda
import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz
from numpy.typing import ArrayLike

from soaplens_lite import _disk as disk
from soaplens_lite._progress import progress_bar
from soaplens_lite.trajectory._cell import as_cell, as_pbc, cell_vectors, is_standard
from soaplens_lite.trajectory._elements import atom_columns, identify, known_species
from soaplens_lite.trajectory._files import _formats as formats
from soaplens_lite.trajectory._files import _hdf5 as hdf5
from soaplens_lite.trajectory._files._frame import Frame, check_even, duplicated
from soaplens_lite.trajectory._files._hdf5_write import boxed, in_blocks, write_blocks
from soaplens_lite.trajectory._read import wanted_frames
from soaplens_lite.trajectory._select import labels_of, select_centers
from soaplens_lite.trajectory._trajectory import make_trajectory

XYZ_ENDINGS = (".xyz", ".extxyz")
# These formats name their atoms. Beside a file of any other format, a PDB file with the first frame is written.
NAMES_ATOMS = (*hdf5.HDF5_ENDINGS, *XYZ_ENDINGS, ".pdb")
NEEDS_NO_TIME = NAMES_ATOMS
PS_PER_NS = 1000
WRITABLE = (".dcd", ".ncdf", ".pdb", ".trr", ".xtc")  # examples for a message


class Source(NamedTuple):
    """What is converted: symbols and labels of atoms, number of frames, ns between frames (or None), and frames."""

    symbols: list[str]
    labels: dict
    n_frames: int
    interval: float | None
    frames: Iterator[Frame]


def convert(
    source: str | Path | Sequence[str | Path],
    target: str | Path,
    *,
    topology: str | Path | None = None,
    group: str | None = None,
    interval: float | None = None,
    periodic: bool | str | Sequence[bool] | None = None,
    cell: ArrayLike | None = None,
    selection: str = "all",
    elements: dict[str, str] | None = None,
    beads: bool = False,
    length_unit: float = 1.0,
    n_frames: int = 0,
    start: int = 0,
    stop: int | None = None,
    stride: int = 1,
    confirmed: Collection[str] = (),
    name: str | None = None,
) -> list[Path]:
    """
    Convert a trajectory into the format of the target's ending.

    The files appear under their names when they are complete. A file that exists is never overwritten.

    Parameters
    ----------
    source : path or sequence of path
        HDF5 in the layout of the paper, or any format that MDAnalysis or ASE reads. Several are the parts of one run,
        see `read_trajectory`.
    target : path
        Ends in ``.hdf5``, ``.xyz`` (extended XYZ) or the ending of a format that MDAnalysis writes with many frames.
        If the format does not name its atoms, a PDB file of the same name is written beside it.
    topology : path, optional
        Names the atoms of the source, if its format does not.
    group : str, optional
        Name of the trajectory within a source of HDF5 that holds several.
    interval : float, optional
        Time between frames of the source in ns. Default: as it says; its times must then be even.
    periodic, cell
        In place of the source's, see `read_trajectory`.
    selection : str
        Atoms to write, see `soaplens_lite.trajectory.select_centers`.
    elements : dict of str to str, optional
        Chemical symbols of names or types that are not symbols, ``{"1": "Cu"}`` for instance.
    beads : bool
        The particles are not atoms: they keep the names of the source.
    length_unit : float
        Length of the unit of the source in Angstrom, in which the target is written.
    n_frames : int
        Number of frames from the start; 0 for all.
    start, stop, stride : int
        Which frames, as in `slice`. Only these are read.
    confirmed : collection of str
        What is only guessed and is right: ``"interval"``, ``"elements"``.
    name : str, optional
        Name of the trajectory within an HDF5 target. Default: the file's name without its ending.

    Returns
    -------
    paths : list of pathlib.Path
        Files that were written.

    Raises
    ------
    FileExistsError
        If a file would be overwritten.
    FileNotFoundError
        If a file or the target's folder is missing.
    OSError
        If the target cannot be written completely.
    ValueError
        If the source cannot be read, the target's format is not known, a position is not finite, a frame comes twice,
        times are not even, the interval makes no sense, the target needs times that are not known, or a group is named
        in a file that has none.
    """
    target, stated = Path(target), interval
    if stated is not None and not 0 < stated < np.inf:
        raise ValueError(f"interval = {stated} ns: must be positive, the time between frames")
    writer = _writer_for(target)
    paths = [target] if target.suffix.lower() in NAMES_ATOMS else [target.with_suffix(".pdb"), target]
    for path in paths:
        if path.exists():
            raise FileExistsError(f"{path} exists: choose another name, or remove it first")
    if not target.absolute().parent.is_dir():
        raise FileNotFoundError(f"{target.parent}: no such folder to write to")
    sources = [Path(path) for path in ([source] if isinstance(source, str | Path) else source)]
    source = " + ".join(path.name for path in sources)
    chosen = {"n_frames": n_frames, "start": start, "stop": stop, "stride": stride}
    known = {"elements": elements, "beads": beads, "confirmed": confirmed}
    with _opened(sources, topology, group, chosen, **known) as opened:
        interval = stated or opened.interval
        if interval is None and target.suffix.lower() not in NEEDS_NO_TIME:
            raise ValueError(f"interval: {source} holds no times and {target.suffix} needs them: state it")
        interval = None if interval is None else interval * stride
        opened = opened._replace(frames=_in_cell(opened.frames, cell, periodic))
        atoms, frames = _selected(opened, selection, source, length_unit, even=stated is None)
        symbols = np.asarray(opened.symbols)[atoms]
        scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.absolute().parent))
        try:
            with progress_bar(f"write {target.name}", total=opened.n_frames, unit="frame") as bar:
                writer([scratch / path.name for path in paths], _counted(frames, bar), symbols, interval, name)
            for path in paths:
                (scratch / path.name).replace(path)
        except OSError as error:
            raise OSError(disk.refusal(target, error)) from None
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return paths


@contextmanager
def _opened(paths, topology, group, chosen, *, elements, beads, confirmed):
    """Open a source of any format."""
    path = paths[0]
    if len(paths) == 1 and hdf5.is_paper_hdf5(path):
        with hdf5.open_hdf5(path, group) as stored:
            frames = wanted_frames(len(stored["Trajectory"]), path.name, **chosen)
            read = _frames_of(stored, frames)
            yield Source(hdf5.symbols(stored, elements), {}, len(frames), hdf5.interval_of(stored), read)
        return
    if group is not None:
        raise ValueError(hdf5.no_groups(group, path.name))
    with formats.open_files(path if topology is None else topology, paths) as opened:
        species = identify(atom_columns(opened.atoms), elements, beads=beads)
        symbols = species.symbols if "elements" in confirmed else known_species(species, opened.name)
        frames = wanted_frames(len(opened), opened.name, **chosen)
        interval = opened.interval if {*opened.guessed} <= {*confirmed} else None
        read = opened.frames(frames.start, frames.stop, frames.step)
        yield Source(symbols, labels_of(opened.atoms), len(frames), interval, read)


def _frames_of(stored, chosen):
    """Frames of an HDF5 file one by one."""
    for _, positions, boxes in hdf5.read_blocks(stored, chosen):
        for frame, box in zip(positions, boxes, strict=True):
            pbc = hdf5.periodicity(stored, box)
            yield Frame(frame, cell_vectors(box)[0] if pbc.any() else None, np.nan, pbc)


def _in_cell(frames, cell, periodic):
    """The same frames in a cell, and with a periodicity, that are stated."""
    vectors = None if cell is None else cell_vectors(as_cell(cell))[0]
    for frame in frames:
        pbc, found = frame.pbc, frame.cell
        if vectors is not None:
            pbc, found = pbc if found is not None and pbc.any() else np.ones(3, dtype=bool), vectors
        if periodic is not None:
            pbc = as_pbc(periodic)
        yield Frame(frame.positions, found if pbc.any() else None, frame.time, pbc)


def _selected(opened, selection, source, unit, *, even):
    """Indices of the selected atoms, and frames with these atoms; frames are checked as they are read."""
    first = next(opened.frames)
    first = Frame(first.positions.copy(), first.cell, first.time, first.pbc)
    labelled = make_trajectory(
        first.positions[None],
        opened.symbols,
        cell=first.cell,
        pbc=first.pbc,
        labels=opened.labels,
        source=source,
    )
    atoms = select_centers(labelled, selection)

    def frames():
        times, before = [], None
        for number, frame in enumerate(_chained(first, opened.frames)):
            positions = frame.positions[atoms]
            if not np.isfinite(positions).all():
                atom = atoms[np.argwhere(~np.isfinite(positions))[0][0]]
                raise ValueError(f"{source}: the position of atom {atom} in frame {number} is not finite")
            if times and frame.time <= times[-1] and np.array_equal(positions, before):
                raise ValueError(duplicated(source, number))
            times.append(frame.time)
            before = positions
            cell = None if frame.cell is None else frame.cell * unit
            yield Frame(positions * np.float32(unit), cell, frame.time, frame.pbc)
        if even:
            check_even(times, source)

    return atoms, frames()


def _chained(first, others):
    yield first
    yield from others


def _counted(frames, bar):
    for frame in frames:
        yield frame
        bar.update()


def _writer_for(target):
    """The function that writes the target's format."""
    ending = target.suffix.lower()
    if ending in hdf5.HDF5_ENDINGS:
        return _write_hdf5
    if ending in XYZ_ENDINGS:
        return _write_xyz
    try:
        mda.coordinates.core.get_writer_for(str(target), multiframe=True)
    except (TypeError, ValueError):
        raise ValueError(
            f"{target.name}: no format with this ending can be written; use .hdf5, .xyz, {', '.join(WRITABLE)} or "
            "another format that MDAnalysis writes with many frames"
        ) from None
    return _write_with_mdanalysis


def _write_hdf5(paths, frames, symbols, interval, name):
    (path,) = paths
    first = next(frames)
    boxes = (boxed(frame.positions, frame.cell) for frame in _told(_chained(first, frames), path, keeps_pbc=True))
    blocks = in_blocks(boxes, len(symbols))
    write_blocks(path, blocks, symbols, name=name or path.stem, interval=interval, pbc=first.pbc)


def _told(frames, path, *, keeps_pbc):
    """The same frames, with a warning for what the format does not keep."""
    for number, frame in enumerate(frames):
        if number == 0 and frame.cell is not None:
            if not is_standard(frame.cell):
                _warn(path, "lengths and angles of the cell alone: positions are rotated with the cell")
            if not (keeps_pbc or frame.pbc.all()):
                _warn(path, "no periodicity of single vectors: state it when you read the file")
        yield frame


def _warn(path, what):
    warnings.warn(f"{path.name}: {path.suffix} keeps {what}", UserWarning, stacklevel=2)


def _write_xyz(paths, frames, symbols, interval, name):
    """Extended XYZ: the comment line of every frame holds its cell and its time."""
    with open(paths[0], "w", encoding="ascii") as file:
        for number, frame in enumerate(frames):
            atoms = Atoms(symbols, positions=frame.positions, cell=frame.cell, pbc=frame.pbc)
            if interval is not None:
                atoms.info |= {"time": number * interval, "units": "pos in Angstrom, time in ns"}
            write_extxyz(file, atoms)


def _write_with_mdanalysis(paths, frames, symbols, interval, name):
    """Any other format, with the first frame as a PDB file if the format does not name the atoms."""
    universe = mda.Universe.empty(len(symbols), trajectory=True)
    for attribute in ("names", "types", "elements"):
        universe.add_TopologyAttr(attribute, list(symbols))
    step = universe.trajectory.ts
    options = {"dt": interval * PS_PER_NS} if paths[-1].suffix.lower() == ".dcd" else {}
    with warnings.catch_warnings():
        # MDAnalysis warns about missing chain names, occupancies and the like.
        warnings.filterwarnings("ignore", module="MDAnalysis")
        with mda.Writer(str(paths[-1]), n_atoms=len(symbols), multiframe=True, **options) as writer:
            for number, frame in enumerate(_told(frames, paths[-1], keeps_pbc=False)):
                positions, box = (frame.positions, None) if frame.cell is None else boxed(frame.positions, frame.cell)
                step.positions, step.dimensions, step.frame = positions, box, number
                step.time = number * (interval or 1) * PS_PER_NS
                if number == 0 and len(paths) > 1:
                    universe.atoms.write(str(paths[0]))
                writer.write(universe.atoms)
    _check_whole(paths[0], paths[-1], number + 1)


def _check_whole(topology, path, n_frames):
    """Read back the number of frames: the writers of XTC and DCD do not notice a full disk."""
    try:
        with formats.open_files(topology, path) as opened:
            found = len(opened)
            opened.frame(found - 1)  # Frames are counted by their headers.
    except (OSError, ValueError):
        found = "not all"
    if found != n_frames:
        raise OSError(f"of {n_frames} frames {found} can be read back")
