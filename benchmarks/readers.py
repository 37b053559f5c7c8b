"""
Every trajectory among the test files of MDAnalysis: read here as MDAnalysis reads it, or refused, and why.

The files are a package of their own: ``pip install MDAnalysisTests``. Without it there is nothing to do.
Compared are positions, cells, times (of formats that keep them) and the number of frames. Positions of LAMMPS dumps are
compared up to one displacement for each frame: MDAnalysis moves the corner of the box to the origin. Of a GRO with many
frames MDAnalysis reads the first, which is compared.
"""

import sys
import tempfile
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import MDAnalysis as mda
import numpy as np
from MDAnalysis.lib.mdamath import triclinic_vectors

from soaplens_lite.trajectory import open_files

NO_TRAJECTORIES = {".npy", ".py", ".pyc", ".dat", ".itp", ".mdp", ".edr", ".xvg", ".dssp", ".tpr", ".psf", ".top"}
TOPOLOGIES = (".prmtop", ".parm7", ".psf", ".top", ".gro")
TIMED = ("XTC", "TRR", "TNG", "DCD", "NCDF", "H5MD")
STYLES = {"full": "id resid type charge x y z", "molecular": "id resid type x y z", "atomic": "id type x y z"}


def trajectories(folder):
    """All files that MDAnalysis has a reader for, and that reader."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in NO_TRAJECTORIES:
            kind = next((kind for kind in ("CONFIG", "HISTORY") if kind in path.name), None)
            try:
                yield path, mda.coordinates.core.get_reader_for(str(path), format=kind)
            except ValueError:
                continue


def by_mdanalysis(path, reader):
    """A reader of MDAnalysis and its frames; what the file does not say is that of a topology beside it."""
    beside = [other for other in sorted(path.parent.iterdir()) if other.suffix in TOPOLOGIES]
    tries = [lambda: reader(str(path))]
    tries += [lambda other=other: mda.Universe(str(other), str(path), to_guess=()) for other in beside]
    if ".data" in path.suffixes:
        style = STYLES.get(comment_behind_atoms(path), STYLES["full"])
        tries = [lambda: mda.Universe(str(path), atom_style=style, to_guess=())]
    for attempt in tries:
        try:
            opened = attempt()
            opened = getattr(opened, "trajectory", opened)
            return opened, [opened[k] and frame_of(opened) for k in range(len(opened))]
        except Exception as error:  # Readers raise many kinds of errors.
            told = error
    raise told


def comment_behind_atoms(path):
    """The style that a LAMMPS data file names."""
    with mda.lib.util.openany(str(path)) as file:
        return next((line.partition("#")[2].strip() for line in file if line.startswith("Atoms")), "")


def frame_of(opened):
    """Positions, cell and time of the frame that a reader is at."""
    step = opened.ts
    cell = None if step.dimensions is None else triclinic_vectors(step.dimensions, dtype=np.float64)
    cell = cell if cell is not None and cell.any() else None
    return (step.positions.copy() if step.has_positions else None), cell, step.time / 1000


def named(path, n_atoms, folder):
    """A file that names so many atoms."""
    topology = Path(folder) / "atoms.xyz"
    topology.write_text(f"{n_atoms}\n\n" + "X1 0 0 0\n" * n_atoms)
    return topology


def compare(path, opened, expected, folder):
    """What is different here, or "same"; errors of the project pass through."""
    try:
        with open_files(path) as ours:
            return difference(ours, opened, expected)
    except ValueError as error:
        if "a topology that" not in str(error) and "as topology" not in str(error):
            raise
    with open_files(named(path, opened.n_atoms, folder), path) as ours:
        return difference(ours, opened, expected)


def difference(ours, opened, expected):
    """Compare all frames."""
    kind = np.atleast_1d(opened.format)[0]
    expected = [frame for frame in expected if frame[0] is not None]
    if len(ours) != len(expected) and kind != "GRO":
        return f"{len(ours)} frames, MDAnalysis has {len(expected)}"
    for k, ((positions, cell, time), frame) in enumerate(zip(expected, ours.frames(stop=len(expected)), strict=True)):
        moved = frame.positions - positions
        if kind == "LAMMPSDUMP":
            moved -= moved[0]
        if np.abs(moved).max() > 1e-3:
            return f"positions of frame {k}"
        if (cell is None) != (frame.cell is None):
            return f"cell of frame {k}: {'none' if frame.cell is None else frame.cell.round(3).tolist()}"
        if cell is not None and not np.allclose(cell, frame.cell, rtol=1e-5, atol=1e-3):
            return f"cell of frame {k}: {frame.cell.tolist()}"
        if kind in TIMED and not np.isclose(frame.time, time):
            return f"time of frame {k}: {frame.time} ns, MDAnalysis has {time}"
    return "same"


def main():
    """Print a table of all files."""
    package = find_spec("MDAnalysisTests")
    if package is None:
        print("skipped: pip install MDAnalysisTests")
        return
    warnings.simplefilter("ignore")  # MDAnalysis says much about its own test files; what differs is in the table
    data, rows = Path(package.origin).parent / "data", []
    with tempfile.TemporaryDirectory() as folder:
        for path, reader in trajectories(data):
            try:
                opened, expected = by_mdanalysis(path, reader)
            except Exception as error:  # nothing to compare with
                opened, told = None, f"{type(error).__name__}: {error}"
            try:
                if opened is None:
                    with open_files(path) as ours:
                        found = f"read ({len(ours)} frames), not by MDAnalysis: {told}"
                else:
                    found = compare(path, opened, expected, folder)
            except ValueError as error:
                found = f"refused: {error}"
            except Exception as error:
                found = f"FAULT {type(error).__name__}: {error}"
            n = 0 if opened is None else len(expected)
            rows.append((str(path.relative_to(data)), n, " ".join(found.split())[:220]))
            print(*rows[-1], sep=" | ", flush=True)
    print(Counter(row[2].split(":")[0] for row in rows))


if __name__ == "__main__":
    sys.exit(main())
