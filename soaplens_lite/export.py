"""What other tools open: trajectories with states for OVITO and VMD, and movies."""

import gzip
import importlib.util
import io
import re
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.io.extxyz import write_extxyz
from PIL import Image


def name_states(labels, table):
    """
    Labels that say themselves what their numbers mean, for files that leave the notebook.

    Parameters
    ----------
    labels : xarray.DataArray of int
    table : pandas.DataFrame, index state
        With a column ``name``.

    Returns
    -------
    labels : xarray.DataArray of int
        With the attributes ``state_names`` (for people), and ``flag_values`` and ``flag_meanings`` (the CF
        conventions' for programs: one word for each value).

    Examples
    --------
    >>> import pandas as pd, xarray as xr
    >>> labels = name_states(xr.DataArray([1, 0]), pd.DataFrame({"name": ["bulk", "mobile vertex"]}))
    >>> labels.state_names, labels.flag_meanings, labels.flag_values.tolist()
    ('0=bulk, 1=mobile vertex', 'bulk mobile_vertex', [0, 1])
    """
    names = table["name"].items()
    return labels.assign_attrs(
        state_names=", ".join(f"{state}={name}" for state, name in names),
        flag_values=np.asarray(table.index, dtype=labels.dtype),
        flag_meanings=" ".join(re.sub(r"[^\w.+@-]+", "_", name) for name in table["name"]),
    )


def study_columns(joint, lens_class, lens, scores, *, n_components=3, **states):
    """
    What a study exports of every atom, under the names that its columns have.

    Parameters
    ----------
    joint, lens_class : xarray.DataArray, dims (frame, atom), int
        States of SOAP&LENS, and classes of LENS alone; see `name_states`.
    lens : xarray.DataArray, dims (frame, atom)
    scores : xarray.DataArray, dims (frame, atom, component)
        Principal components of SOAP&LENS.
    n_components : int
        How many of them, at most.
    **states : xarray.DataArray, dims (frame, atom), int
        States found in other ways: those of SOAP alone as ``soap``.

    Returns
    -------
    columns : dict of str to xarray.DataArray, dims (frame, atom)
        ``state``, one ``state_...`` for each of the others, ``lens_class``, ``lens``, ``pc1``, ``pc2``, ...
    """
    others = {f"state_{name}": labels for name, labels in states.items()}
    first = range(min(n_components, scores.sizes["component"]))
    components = {f"pc{k + 1}": scores.isel(component=k).assign_attrs(units="1") for k in first}
    return {"state": joint, **others, "lens_class": lens_class, "lens": lens, **components}


def write_states(path, trajectory, values, *, stride=5):
    """
    Write the analyzed atoms with per-atom values as extended XYZ, compressed.

    OVITO opens the file as it is, VMD when it is unpacked. The comment line of every frame names the columns, the
    cell, the time, the frame's number in the full trajectory, the units and what states are called; the column ``id``
    is the atom's number there. Positions have three digits after the point and other numbers five, which is more
    than they are worth, and keeps the file small.

    Parameters
    ----------
    path : path
        Ends in ``.xyz.gz``.
    trajectory : xarray.Dataset
        See `soaplens_lite.trajectory.make_trajectory`; superposed, if the particle tumbles.
    values : dict of str to xarray.DataArray, each with dims (frame, atom)
        Integers or numbers, on the same frames and atoms, for instance states, LENS and principal components. A
        column's name is its key; its unit is the attribute ``units`` ("1" for plain numbers), the names of its
        states the attribute ``state_names``, see `name_states`.
    stride : int
        Every how many frames one is written.

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
    about = _about(values)
    scratch = path.with_name(path.name + ".new")
    # Without a name and a date in its header, the same data give the same file.
    with open(scratch, "wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as packed:
        with io.TextIOWrapper(packed, encoding="utf-8") as text:
            for frame in first.frame.values[::stride]:
                atoms = _atoms_of_frame(trajectory, values, first.atom.values, frame)
                atoms.info |= {"time": float(trajectory.time.sel(frame=frame)), "frame": int(frame), **about}
                write_extxyz(text, atoms)
    scratch.replace(path)
    return path


def _about(values):
    """The part of the comment line that is the same in all frames: units, and names of states."""
    given = {name: array.units for name, array in values.items() if "units" in array.attrs}
    units = {"pos": "Angstrom", "time": "ns"} | given
    names = {f"{key}_names": array.state_names for key, array in values.items() if "state_names" in array.attrs}
    return {"units": ", ".join(f"{name} in {unit}" for name, unit in units.items()), **names}


def _atoms_of_frame(trajectory, values, members, frame):
    """One frame with its values as ASE holds them."""
    now = trajectory.sel(frame=frame, atom=members)
    atoms = Atoms(now.species.values, positions=now.positions.values.astype(float).round(3))
    if trajectory.periodic:
        atoms.set_cell(now.cell.values)
        atoms.set_pbc(True)
    atoms.new_array("id", np.asarray(members, dtype=int))
    for name, array in values.items():
        atoms.new_array(name, array.sel(frame=frame).values.round(5))
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
    try:
        encode(scratch, images, frames_per_second)
        return scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)  # Half a movie, where a picture could not be drawn.


def _write_mp4(path, images, frames_per_second):
    """H.264, which every browser plays; it wants even sides, and gets them by a repeated row or column."""
    import imageio_ffmpeg

    writer = None
    try:
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
    finally:
        if writer is not None:
            writer.close()


def _write_gif(path, images, frames_per_second):
    """A palette of 256 colors for each picture."""
    first, *others = (Image.fromarray(image).quantize(256) for image in images)
    first.save(path, save_all=True, append_images=others, duration=1000 / frames_per_second, loop=0)
