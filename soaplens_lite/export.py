"""What other tools open: trajectories with states for OVITO and VMD, and movies."""

import gzip
import importlib.util
import io
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz
from PIL import Image


def write_states(path, trajectory, values, *, stride=5, units=None):
    """
    Write the analyzed atoms with per-atom values as extended XYZ, compressed.

    OVITO and VMD open the file as it is. The comment line of every frame names the columns, the cell, the time, the
    frame's number in the full trajectory and the units; the column ``index`` is the atom's.

    Parameters
    ----------
    path : path
        Ends in ``.xyz.gz``.
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`; superposed, if the particle tumbles.
    values : dict of str to xarray.DataArray, each with dims (frame, atom)
        Integers or numbers, on the same frames and atoms, for instance states, LENS and principal components. A
        column's name is its key.
    stride : int
        Every how many frames one is written.
    units : dict of str to str, optional
        Of the columns that have any.

    Returns
    -------
    path : pathlib.Path

    Raises
    ------
    ValueError
        If `stride` is not positive or the values are on different frames or atoms.
    """
    path = Path(path)
    if stride < 1:
        raise ValueError(f"stride = {stride} frames: must be at least 1")
    first = next(iter(values.values()))
    for name, array in values.items():
        if not all(np.array_equal(array[dim].values, first[dim].values) for dim in ("frame", "atom")):
            raise ValueError(f"{name!r} is not on the frames and atoms of the other values: cut it to them first")
    units_text = ", ".join(
        f"{name} in {unit}" for name, unit in ({"pos": "Angstrom", "time": "ns"} | (units or {})).items()
    )
    scratch = path.with_name(path.name + ".new")
    # Without a name and a date in its header, the same data give the same file.
    with open(scratch, "wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        with io.TextIOWrapper(packed, encoding="ascii") as text:
            for frame in first.frame.values[::stride]:
                atoms = _atoms_of_frame(trajectory, values, first.atom.values, frame)
                atoms.info |= {
                    "time": float(trajectory.time.sel(frame=frame)),
                    "frame": int(frame),
                    "units": units_text,
                }
                write_extxyz(text, atoms)
    scratch.replace(path)
    return path


def _atoms_of_frame(trajectory, values, members, frame):
    """One frame with its values as ASE holds them."""
    now = trajectory.sel(frame=frame, atom=members)
    atoms = Atoms(now.species.values, positions=now.positions.values.astype(float))
    if trajectory.periodic:
        atoms.set_cell(now.cell.values)
        atoms.set_pbc(True)
    atoms.new_array("index", np.asarray(members, dtype=int))
    for name, array in values.items():
        atoms.new_array(name, array.sel(frame=frame).values)
    return atoms


def write_movie(path, images, *, frames_per_second=15):
    """
    Write pictures as a movie: MP4 where imageio-ffmpeg is installed, otherwise GIF.

    Parameters
    ----------
    path : path
        Without ending, or with any: the ending says what was written.
    images : iterable of numpy.ndarray, each of shape (height, width, 3), uint8
        All of the same size.
    frames_per_second : int

    Returns
    -------
    path : pathlib.Path
        With its ending, ``.mp4`` or ``.gif``.
    """
    encode = _write_mp4 if importlib.util.find_spec("imageio_ffmpeg") else _write_gif
    path = Path(path).with_suffix(".mp4" if encode is _write_mp4 else ".gif")
    scratch = path.with_name("new-" + path.name)
    encode(scratch, images, frames_per_second)
    scratch.replace(path)
    return path


def _write_mp4(path, images, frames_per_second):
    """H.264, which every browser plays; it wants even sides, and gets them by a repeated row or column."""
    import imageio_ffmpeg

    writer = None
    for image in images:
        height, width = image.shape[:2]
        even = np.pad(image, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        if writer is None:
            size = even.shape[1], even.shape[0]
            writer = imageio_ffmpeg.write_frames(
                str(path), size, fps=frames_per_second, macro_block_size=2, output_params=["-crf", "20"]
            )
            writer.send(None)
        writer.send(np.ascontiguousarray(even))
    writer.close()


def _write_gif(path, images, frames_per_second):
    """A palette of 256 colors for each picture."""
    first, *others = (Image.fromarray(image).quantize(256) for image in images)
    first.save(path, save_all=True, append_images=others, duration=1000 / frames_per_second, loop=0)
