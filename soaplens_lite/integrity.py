"""
Whether a trajectory file is whole, its frames hold the same atoms, and they follow each other evenly.

Readers drop a broken last frame, sort atoms that they cannot tell apart, and take frames in whatever order they come,
all without a word. LENS compares which atoms are neighbors in one frame and in the next: it would see motion.
"""

import struct
from itertools import islice

import numpy as np
from MDAnalysis.lib.formats.libmdaxdr import XTCFile
from MDAnalysis.lib.util import anyopen

# Of text formats: lines of a frame beside those of its atoms, and which of them, counted from 0, says how many atoms.
TEXT = {"XYZ": (2, 0), "LAMMPSDUMP": (9, 3)}
UNEVEN = 0.01  # share of an interval by which two of them may differ and still count as the same
SINGLE = 2 * np.finfo(np.float32).eps  # share of a time by which it may be off: many formats keep single precision


def check_file(path, kind, n_atoms, n_frames):
    """
    Refuse what can be seen to be broken without positions being read.

    Parameters
    ----------
    path : pathlib.Path
    kind : str
        The format, as MDAnalysis calls it. Formats that are not known here pass.
    n_atoms, n_frames : int
        As MDAnalysis counts them.

    Raises
    ------
    ValueError
        If an XTC, DCD, XYZ or LAMMPS dump file ends in the middle of a frame; if a frame of text has another number
        of atoms; if atoms of a dump have no ids or not those of the first frame, or its steps are not even.
    """
    if kind == "XTC":
        _check_end_of_xtc(path, n_frames)
    elif kind == "DCD":
        _check_end_of_dcd(path, n_atoms, n_frames)
    elif kind == "LAMMPSDUMP":
        _check_dump(path.name, n_atoms, _frames_of_text(path, kind, n_atoms))
    elif kind == "XYZ":
        for _ in _frames_of_text(path, kind, n_atoms):
            pass


def check_even(
    values,
    source,
    *,
    unit="ns",
    remedy="leave frames out, or state the interval (--interval) if the file's times are wrong",
):
    """
    Refuse frames that lie unevenly in time: LENS would compare exchanges over different times.

    Parameters
    ----------
    values : sequence of float or int, length n_frames
        Times, or steps of the simulation. Where all are the same, or none is a number, they say nothing and pass.
    source, unit, remedy : str
        For the message.

    Raises
    ------
    ValueError
        If they decrease or are not even.

    Examples
    --------
    >>> check_even([0, 0.04, 0.08, 0.2], "run.xtc", remedy="leave frames out")
    Traceback (most recent call last):
    ValueError: run.xtc: between frames 2 and 3 lie 0.12 ns, between others 0.04 ns: LENS needs even intervals; leave \
frames out
    """
    values = np.asarray(values)
    steps = np.diff(values)
    if len(steps) == 0:
        return
    usual = np.median(steps)
    slack = UNEVEN * abs(usual) + (SINGLE * abs(values).max() if values.dtype.kind == "f" else 0)
    uneven = np.flatnonzero((abs(steps - usual) > slack) | (steps < 0))
    if len(uneven):
        frame = uneven[0]
        raise ValueError(
            f"{source}: between frames {frame} and {frame + 1} lie {steps[frame]:.6g} {unit}, between others "
            f"{usual:.6g} {unit}: LENS needs even intervals; {remedy}"
        )


def over_again(source, frame):
    """
    The message for a frame that is the one before over again, which joining the parts of a run leaves behind.

    Parameters
    ----------
    source : str
    frame : int

    Returns
    -------
    message : str
    """
    return f"{source}: frame {frame} is frame {frame - 1} over again: remove one of them"


def unreadable(name, whole, error=None):
    """
    The message for a frame that is announced but cannot be read.

    Parameters
    ----------
    name : str
        Of the file.
    whole : int
        Number of frames before it.
    error : Exception, optional
        What the reader said.

    Returns
    -------
    message : str
    """
    if isinstance(error, IndexError) or "umber of atoms" in str(error):
        return _other_count(name, whole)
    return (
        f"{name} ends in the middle of frame {whole} (counted from 0; {whole} frames are whole): copy it again, or "
        "cut the broken end off"
    )


def _other_count(name, frame, detail=""):
    """The message for a frame that does not hold the atoms of the first one."""
    return (
        f"{name}: frame {frame} has another number of atoms than the first{detail}: LENS follows every atom by its "
        "identity, so that all frames must hold the same atoms"
    )


def _frames_of_text(path, kind, n_atoms):
    """Lines of one frame after the other: readers skip atoms too many and a broken end silently."""
    beside, counted_in = TEXT[kind]
    with anyopen(str(path)) as file:
        whole = 0
        while lines := list(islice(file, n_atoms + beside)):
            while lines and not lines[-1].strip():
                lines.pop()
            if len(lines) > counted_in and lines[counted_in].strip() != str(n_atoms):
                said = lines[counted_in].strip()[:20]
                raise ValueError(_other_count(path.name, whole, f" ({said!r}, not {n_atoms})"))
            if 0 < len(lines) < n_atoms + beside:
                raise ValueError(unreadable(path.name, whole))
            if lines:
                yield lines
                whole += 1


def _check_dump(name, n_atoms, frames):
    """Refuse atoms that cannot be told by their ids, and steps that are not even, whatever interval is stated."""
    steps, first = [], None
    for frame, lines in enumerate(frames):
        ids = _ids_of(name, frame, lines)
        first = first or ids
        if len(ids) < n_atoms or ids != first:
            strange = ", ".join(sorted(ids ^ first)[:5])
            what = f"other atoms than the first (ids {strange})" if strange else f"{len(ids)} ids for {n_atoms} atoms"
            raise ValueError(
                f"{name}: frame {frame} has {what}: LENS follows every atom by its identity, so that all frames must "
                "hold the same atoms, each once"
            )
        steps.append(int(lines[1]))
    check_even(
        steps,
        name,
        unit="steps",
        remedy="cut off what overlaps or stands apart; a joined run that counts from 0 again is to be written anew",
    )


def _ids_of(name, frame, lines):
    """Ids of the atoms in a frame of a dump; of lines that are not whole there is none."""
    columns = lines[8].split()[2:]
    if "id" not in columns:
        raise ValueError(
            f"{name}: the atoms of frame {frame} have no ids (columns: {' '.join(columns) or 'none'}): LENS follows "
            "every atom by its identity; write the dump with a column id"
        )
    place = columns.index("id")
    return {words[place] for line in lines[9:] if len(words := line.split()) == len(columns)}


def _check_end_of_xtc(path, n_frames):
    """Refuse an XTC file with bytes behind its last frame: a frame cut within its header is skipped silently."""
    start = int(XTCFile(str(path)).offsets[-1])
    with open(path, "rb") as file:
        file.seek(start)
        magic, n_atoms = struct.unpack(">2i", file.read(8))
        if magic != 1995:
            return  # The layout for more than 298 million atoms.
        if n_atoms <= 9:
            end = start + 56 + 12 * n_atoms  # Few coordinates are not compressed.
        else:
            file.seek(start + 88)
            (n_bytes,) = struct.unpack(">i", file.read(4))
            end = start + 92 + (n_bytes + 3) // 4 * 4
    if path.stat().st_size > end:
        raise ValueError(unreadable(path.name, n_frames))


def _check_end_of_dcd(path, n_atoms, n_frames):
    """Refuse a DCD file with bytes behind its last frame: how many there are is reckoned from its size alone."""
    with open(path, "rb") as file:
        start = file.read(96)
    order = "<" if start[:4] == struct.pack("<i", 84) else ">"
    control = struct.unpack(f"{order}20i", start[8:88])
    (title,) = struct.unpack(f"{order}i", start[92:96])
    of_charmm, n_fixed, has_cell, is_4d = (control[k] for k in (19, 8, 10, 11))
    if start[4:8] != b"CORD" or n_fixed or (of_charmm and is_4d):
        return  # Forms that hardly anybody writes: long records, atoms that are written once, a fourth dimension.
    # Every record stands between its length and its length again; the cell is six numbers of double precision.
    header = 84 + 8 + title + 8 + 4 + 8
    frame = 3 * (4 * n_atoms + 8) + (6 * 8 + 8 if of_charmm and has_cell else 0)
    if path.stat().st_size != header + n_frames * frame:
        raise ValueError(unreadable(path.name, n_frames))
