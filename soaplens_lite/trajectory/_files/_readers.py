"""Readers of MDAnalysis and ASE behind one interface: frames by their number, and what names their atoms."""

import re
from pathlib import Path

import ase.io
import h5py
import MDAnalysis as mda
import numpy as np
from MDAnalysis.lib.formats.libdcd import DCDFile
from MDAnalysis.lib.formats.libmdaxdr import TRRFile, XTCFile
from MDAnalysis.lib.mdamath import triclinic_vectors
from MDAnalysis.units import convert

from soaplens_lite.trajectory._cell import is_standard
from soaplens_lite.trajectory._files._frame import SAME_ATOMS, Frame, completed, unreadable
from soaplens_lite.trajectory._files._text import universe_of

PS_PER_NS = 1000
# Formats that keep the times of frames; readers of the others count frames or steps, as if one were a picosecond.
TIMED = {"XTC", "TRR", "TNG", "DCD", "NCDF", "H5MD"}
# Programs whose DCD files count time as CHARMM does, which is how MDAnalysis reads it.
DCD_PROGRAMS = ("charmm", "namd", "openmm", "mdanalysis")
LAMMPS_STYLES = {
    "atomic": "id type x y z",
    "charge": "id type charge x y z",
    "full": "id resid type charge x y z",
    "dipole": "id type charge x y z",
    **dict.fromkeys(("bond", "angle", "molecular"), "id resid type x y z"),
    **dict.fromkeys(("sphere", "ellipsoid"), "id type first second x y z"),
}
OTHER_STYLES = re.compile(
    "body|[emt]?dpd.*|electron|hybrid|line|peri|rheo|smd|sph|spin|template|tri|wavepacket|bpm|amoeba"
)


class MdaFrames:
    """
    Frames that MDAnalysis reads. Of a TRR those without positions are left out.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the file, for messages.
    kind : str or None
        Format; None for that of the ending.
    n_atoms : int or None
        Of the topology.
    """

    interval = atoms = None
    _torn = False  # whether the file goes on behind the last whole frame, which MDAnalysis does not say of a DCD

    def __init__(self, path: Path, name: str, kind: str | None, n_atoms: int | None):
        options = lammps_style(path) if kind == "DATA" else {}
        reader = mda.coordinates.core.get_reader_for(str(path), format=kind)
        self.name, self._reader = name, reader(str(path), n_atoms=n_atoms, **options)
        self.format = np.atleast_1d(self._reader.format)[0]
        self.n_atoms, self.is_timed = self._reader.n_atoms, self.format in TIMED
        self.close = self._reader.close
        self._pbc = _h5md_boundary(path) if self.format == "H5MD" else None
        self._vectors = _vectors_of(path, self.format)
        self._kept = range(len(self._reader))
        if self.format == "TRR":
            self._kept = [k for k in self._kept if self._may_have_positions(k)]
        if not len(self._kept):
            raise ValueError(f"{name}: no frame has positions: it holds velocities or forces alone, or is cut off")
        self.guessed = {}
        if self.format == "DCD":
            self.interval, self.guessed = _interval_of_dcd(path)
            self._torn = _is_torn_dcd(path)

    def _may_have_positions(self, k):
        """Whether a frame has positions, or cannot be read, which is said when it is asked for."""
        try:
            return self._reader[k].has_positions
        except OSError:
            return True

    def __len__(self) -> int:
        return len(self._kept) + self._torn

    def frame(self, k: int) -> Frame:
        """
        One frame.

        Parameters
        ----------
        k : int

        Returns
        -------
        frame : Frame
        """
        if k == len(self) - 1 and self._torn:
            raise ValueError(unreadable(self.name, k, self.n_atoms))
        step = self._reader[self._kept[k]]
        if not step.has_positions:
            raise ValueError(f"{self.name}: frame {k} has no positions: leave out frames of velocities or forces alone")
        cell = None
        if step.dimensions is not None and step.dimensions[:3].any():
            cell = triclinic_vectors(step.dimensions, dtype=np.float64)
            cell = cell if cell.any() else np.diag(step.dimensions[:3])  # `make_trajectory` says that it has no volume
        if self._vectors is not None:
            cell = self._vectors(self._kept[k])
        pbc = np.full(3, cell is not None) if self._pbc is None else self._pbc
        return Frame(step.positions, cell, step.time / PS_PER_NS if self.is_timed else np.nan, pbc)


class AseFrames:
    """
    Frames that ASE reads.

    Parameters
    ----------
    path : pathlib.Path
    name : str
        Of the file, for messages.
    kind : str
        Format, as ASE calls it.
    """

    interval, is_timed, guessed = None, False, {}

    def __init__(self, path: Path, name: str, kind: str):
        is_traj = kind == "traj"
        self._images = ase.io.Trajectory(path) if is_traj else ase.io.read(path, index=":", format=kind)
        self.close = self._images.close if is_traj else lambda: None
        self.name, self._first = name, self._images[0]
        self.n_atoms = len(self._first)
        symbols = self._first.get_chemical_symbols()
        self.atoms = universe_of(names=symbols, elements=symbols).atoms

    def __len__(self) -> int:
        return len(self._images)

    def frame(self, k: int) -> Frame:
        """
        One frame.

        Parameters
        ----------
        k : int

        Returns
        -------
        frame : Frame
        """
        return frame_of(self._images[k], self._first, k, self.name)


def frame_of(image: ase.Atoms, first: ase.Atoms, k: int, name: str) -> Frame:
    """
    A frame from an object of ASE.

    Parameters
    ----------
    image, first : ase.Atoms
        The frame, and the first one, with which it has to share the elements.
    k : int
        Number of the frame, for the message.
    name : str
        Of the trajectory, for the message.

    Returns
    -------
    frame : Frame

    Raises
    ------
    ValueError
        If the frame does not list the elements of the first one.
    """
    if len(image) != len(first):
        raise ValueError(unreadable(name, k, len(first)))
    other = np.flatnonzero(image.numbers != first.numbers)
    if len(other):
        raise ValueError(
            f"{name}: frame {k} has {image.symbols[other[0]]} as atom {other[0]}, where frame 0 has "
            f"{first.symbols[other[0]]}: {SAME_ATOMS}, in the same order; sort the atoms of each frame"
        )
    positions = image.positions.astype(np.float32)
    return Frame(positions, completed(image.cell.array, image.pbc, positions), np.nan, image.pbc.copy())


def lammps_style(path: Path) -> dict[str, str]:
    """
    The columns of a LAMMPS data file, by the comment behind ``Atoms`` or by the first line of atoms.

    Parameters
    ----------
    path : pathlib.Path

    Returns
    -------
    options : dict
        For MDAnalysis.

    Raises
    ------
    ValueError
        If the style is not known.
    """
    lines = iter(path.read_text("utf-8", errors="replace").splitlines())
    title = next((line for line in lines if re.match(r"Atoms\b", line.strip())), "")
    style = (title.partition("#")[2].lower().split() or [""])[0]
    if style not in LAMMPS_STYLES and not OTHER_STYLES.match(style):  # a comment of another kind, or none
        words = next((line.split("#")[0].split() for line in lines if line.strip()), [])
        is_whole = words[2:] and words[2].lstrip("-").isdigit()
        hints = {5: ("atomic",) * 2, 6: ("charge", "molecular"), 7: ("unknown", "full")}
        style = hints.get(len(words) if len(words) < 8 else len(words) - 3, ("unknown",) * 2)[bool(is_whole)]
    if style not in LAMMPS_STYLES:
        styles = ", ".join(LAMMPS_STYLES)
        raise ValueError(f"{path.name}: its atom style {style!r} is not one of {styles}: write a dump as topology")
    return {"atom_style": LAMMPS_STYLES[style]}


def _vectors_of(path, kind):
    """
    What reads the vectors of the cell in Angstrom, where a file keeps vectors that lengths and angles do not describe.

    MDAnalysis turns vectors into lengths and angles. That is right only if a is along x and b in the plane xy.
    """
    if kind in ("XTC", "TRR"):
        file = (XTCFile if kind == "XTC" else TRRFile)(str(path))

        def vectors(k):
            file.seek(k)
            return 10.0 * file.read().box

    elif kind == "H5MD":
        with h5py.File(path) as stored:
            group = next(iter(stored["particles"].values()))
            edges = group["box/edges"] if "box/edges" in group else None
            edges = edges["value"] if isinstance(edges, h5py.Group) else edges
            if edges is None or edges.shape[-2:] != (3, 3):
                return None
            unit = edges.attrs.get("unit", b"Angstrom")
            unit = unit.decode() if isinstance(unit, bytes) else unit
            edges = convert(edges[()].reshape(-1, 3, 3).astype(float), unit.replace("Angstrom", "A"), "A")

        def vectors(k):
            return edges[min(k, len(edges) - 1)]

    else:
        return None
    first = vectors(0)
    return vectors if first.any() and not is_standard(first) else None


def _h5md_boundary(path):
    """Periodicity of the first group of particles, or None where the file does not say it."""
    with h5py.File(path) as file:
        group = next(iter(file["particles"].values()))
        words = group["box"].attrs.get("boundary") if "box" in group else None
    if words is None:
        return None
    return np.array([word in (b"periodic", "periodic") for word in np.broadcast_to(words, 3)])


def _is_torn_dcd(path):
    """Whether a DCD ends within a frame; where some atoms are fixed, frames behind the first are shorter."""
    with DCDFile(str(path)) as file:
        frames = path.stat().st_size - file._header_size
        return frames > file._firstframesize and (frames - file._firstframesize) % file._framesize != 0


def _interval_of_dcd(path):
    """Interval of a DCD of LAMMPS, and what is only likely about the interval of any other."""
    with DCDFile(str(path)) as file:
        header = file.header
    remarks = header["remarks"].strip().lower()
    if not remarks or any(program in remarks for program in DCD_PROGRAMS):  # MDAnalysis itself leaves no remark.
        return None, {}
    if "lammps" in remarks:
        femtoseconds = header["delta"] * header["nsavc"]
        told = f"LAMMPS wrote the DCD, without its unit of time: {femtoseconds * 1e-6:g} ns if that is fs (units real)"
        return femtoseconds * 1e-6, {"interval": told}
    return None, {"interval": "the DCD does not say which program wrote it, and programs count time in different units"}
