"""Files that are empty, cut off, or not what their ending says: each ends in one sentence that names the file."""

import bz2
import gzip
import shutil
import sys

import ase.io
import MDAnalysis as mda
import numpy as np
import pytest
from ase.build import bulk
from click.testing import CliRunner

from soaplens_lite.cli import main
from soaplens_lite.trajectory import convert, make_trajectory, write_hdf5

pytestmark = pytest.mark.slow

NAMES = (
    "run.xyz run.extxyz run.lammpstrj run.dump run.gro run.pdb run.traj run.xtc run.trr run.dcd run.ncdf run.h5md "
    "run.hdf5 run.h5 run.gsd run.tng run.data run.xyz.gz run.xtc.bz2 XDATCAR POSCAR OUTCAR vasprun.xml"
).split()
NOT_MADE = ("run.gsd", "run.tng", "OUTCAR", "vasprun.xml")  # their writers are not among the dependencies


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A file of each format with four frames of copper, and a PDB file that names its atoms."""
    folder, rng = tmp_path_factory.mktemp("sound"), np.random.default_rng(0)
    atoms = bulk("Cu", cubic=True) * 3
    frames = atoms.positions + rng.normal(0, 0.1, (4, len(atoms), 3))
    images = [atoms.copy() for _ in frames]
    for image, frame in zip(images, frames, strict=True):
        image.positions = frame
    trajectory = make_trajectory(frames, ["Cu"] * len(atoms), cell=atoms.cell.cellpar(), interval=0.1)
    hdf5 = write_hdf5(folder / "run.hdf5", trajectory)
    shutil.copy(hdf5, folder / "run.h5")
    for ending in (".xyz", ".extxyz", ".xtc", ".trr", ".dcd", ".ncdf"):
        convert(hdf5, folder / f"run{ending}")
        (folder / "run.pdb").rename(folder / "top.pdb") if (folder / "run.pdb").exists() else None
    convert(hdf5, folder / "run.pdb")
    ase.io.write(folder / "run.traj", images)
    ase.io.write(folder / "XDATCAR", images, format="vasp-xdatcar")
    ase.io.write(folder / "POSCAR", images[0], format="vasp")
    ase.io.write(folder / "run.data", images[0], format="lammps-data", masses=True)
    universe = mda.Universe(folder / "top.pdb", folder / "run.xtc")
    universe.atoms.write(folder / "run.gro")
    with mda.Writer(str(folder / "run.h5md"), len(atoms), timeunit="ps", lengthunit="Angstrom") as writer:
        for _ in universe.trajectory:
            writer.write(universe.atoms)
    head = "ITEM: TIMESTEP\n{}\nITEM: NUMBER OF ATOMS\n108\nITEM: BOX BOUNDS pp pp pp\n" + "0 10.83\n" * 3
    with open(folder / "run.dump", "w") as file:
        for step, frame in enumerate(frames):
            rows = "\n".join(f"{k + 1} Cu {x:.4f} {y:.4f} {z:.4f}" for k, (x, y, z) in enumerate(frame))
            file.write(f"{head.format(step)}ITEM: ATOMS id element x y z\n{rows}\n")
    shutil.copy(folder / "run.dump", folder / "run.lammpstrj")
    (folder / "run.xyz.gz").write_bytes(gzip.compress((folder / "run.xyz").read_bytes()))
    (folder / "run.xtc.bz2").write_bytes(bz2.compress((folder / "run.xtc").read_bytes()))
    return folder


@pytest.fixture
def show(sound, monkeypatch):
    """A function that asks for all that is known about a file, with and without a topology; what is printed."""
    left = []
    monkeypatch.setattr(sys, "unraisablehook", left.append)  # a traceback on the terminal

    def called(path, *, topology=True):
        words = ["data", "show", "--trajectory", path, "--interval", "0.1"]
        words += ["--topology", sound / "top.pdb"] if topology else []
        result = CliRunner().invoke(main, [*map(str, words)])
        assert not left and isinstance(result.exception, SystemExit | None), result.exception
        return result

    return called


@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_MADE])
def test_a_sound_file_is_read(show, sound, name):
    """Otherwise the tests below would show nothing."""
    result = show(sound / name, topology=name not in ("run.hdf5", "run.h5"))
    assert result.exit_code == 0 and "108 Cu" in result.output, result.output


@pytest.mark.parametrize("topology", [True, False])
@pytest.mark.parametrize("content", ["nothing", "bytes", "zeros", "words", "half"])
@pytest.mark.parametrize("name", NAMES)
def test_damaged_files_end_in_one_sentence(show, sound, tmp_path, name, content, topology):
    """That names the file, on a line of its own, without an unprintable character."""
    if content == "half" and name in NOT_MADE:
        return
    whole = (sound / name).read_bytes() if (sound / name).exists() else b""
    made = {"nothing": b"", "bytes": np.random.default_rng(0).bytes(3000), "zeros": bytes(3000)}
    made |= {"words": b"this is\nno trajectory\n" * 20, "half": whole[: int(0.55 * len(whole))]}
    (tmp_path / name).write_bytes(made[content])
    result = show(tmp_path / name, topology=topology)
    lines = result.output.rstrip().splitlines()
    assert result.exit_code == 1 and len(lines) == 1 and lines[0].isprintable(), result.output
    assert lines[0].startswith("Error: ") and name.split(".")[0] in lines[0] and "<class" not in lines[0]


def test_folders_and_files_that_are_not_there(show, sound, tmp_path):
    """In place of a trajectory, a topology, a description and a target."""
    for path in (tmp_path, tmp_path / "absent.xtc"):
        assert f"Error: {path}: " in show(path).output
    for words in (
        ["show", tmp_path / "absent.toml"],
        ["show", "--trajectory", sound / "run.xtc", "--topology", tmp_path],
        ["convert", tmp_path, tmp_path / "new.xyz"],
        ["convert", sound / "run.xyz", tmp_path],
        ["convert", sound / "run.xyz", tmp_path / "absent" / "new.xyz"],
        ["convert", tmp_path / "absent.xyz", tmp_path / "new.xyz"],
    ):
        result = CliRunner().invoke(main, ["data", *map(str, words)])
        assert result.exit_code == 1 and result.output.startswith("Error: ") and tmp_path.name in result.output
        assert len(result.output.splitlines()) == 1 and isinstance(result.exception, SystemExit)
