"""Each format with its cell, periodicity, times and identity of atoms: small files whose content is known."""

import bz2
import gzip
import lzma
import warnings

import ase.io
import h5py
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from MDAnalysis.lib.formats.libdcd import DCDFile
from MDAnalysis.lib.formats.libmdaxdr import TRRFile, XTCFile

import soaplens_lite as sl
from soaplens_lite.trajectory import convert, open_files, read_hdf5, read_trajectory, select_centers, write_hdf5

RNG = np.random.default_rng(15)
N_FRAMES, N_ATOMS = 4, 6
FRAMES = RNG.uniform(0, 9, (N_FRAMES, N_ATOMS, 3)).round(3)
SYMBOLS = ["Cu", "Cu", "Zr", "Zr", "Zr", "Cu"]
TURNED = np.array([[0, 6, 6.0], [7, 0, 7], [8, 8, 0]])  # no vector along x
BOX = np.diag([10.0, 11, 12])


def images(cells=None, pbc=True, symbols=SYMBOLS):
    """The frames as objects of ASE."""
    cells = [BOX] * N_FRAMES if cells is None else cells
    return [Atoms(symbols, positions=frame, cell=cell, pbc=pbc) for frame, cell in zip(FRAMES, cells, strict=True)]


def dump_text(frames, bounds="pp pp pp", rows="0 10\n0 11\n0 12", columns="id type x y z", types=None, step=100):
    """A LAMMPS dump; the columns behind the type are numbers of a frame's rows."""
    types = [[1, 1, 2, 2, 2, 1]] * len(frames) if types is None else types
    text = ""
    for k, frame in enumerate(frames):
        text += f"ITEM: TIMESTEP\n{step * k}\nITEM: NUMBER OF ATOMS\n{len(frame)}\nITEM: BOX BOUNDS {bounds}\n{rows}\n"
        text += f"ITEM: ATOMS {columns}\n"
        for atom in RNG.permutation(len(frame)):
            text += f"{atom + 1} {types[k][atom]} {' '.join(f'{x:.8f}' for x in frame[atom])}\n"
    return text


def gro_text(frame, title="Copper", box="   1.00000   1.10000   1.20000"):
    """One frame of a GRO file, in nm."""
    lines = [title, f"{len(frame):5d}"]
    for k, (x, y, z) in enumerate(frame / 10):
        lines.append(f"{k + 1:5d}{'CU':<5s}{'CU':>5s}{k + 1:5d}{x:8.3f}{y:8.3f}{z:8.3f}")
    return "\n".join([*lines, box]) + "\n"


def write_xtc(path, frames, times, cell=BOX):
    """An XTC file, times in ps."""
    with XTCFile(str(path), "w") as file:
        for k, (frame, time) in enumerate(zip(frames, times, strict=True)):
            file.write((frame / 10).astype(np.float32), (cell / 10).astype(np.float32), k, time, 1000.0)


@pytest.fixture
def gro(tmp_path):
    """A GRO file that names the atoms of `FRAMES`."""
    (tmp_path / "top.gro").write_text(gro_text(FRAMES[0]))
    return tmp_path / "top.gro"


# ----------------------------------------------------------------------------------------------- extended XYZ


@pytest.mark.parametrize("pbc", [[True, True, False], [True, True, True], [False, True, False]])
def test_extended_xyz_as_ase_writes_it(tmp_path, pbc):
    """Cells of each frame in any orientation, and periodicity of each vector."""
    cells = [TURNED * (1 + 0.1 * k) for k in range(N_FRAMES)]
    ase.io.write(tmp_path / "run.extxyz", images(cells, pbc))
    found = read_trajectory(tmp_path / "run.extxyz", interval=0.5)
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-5)
    np.testing.assert_allclose(found.cell, cells, atol=1e-6)
    assert found.pbc.values.tolist() == pbc and found.species.values.tolist() == SYMBOLS


@pytest.mark.parametrize(
    ("properties", "columns"),
    [
        ("species:S:1:forces:R:3:pos:R:3", lambda k, a: f"{SYMBOLS[a]} 1 2 3 {{}}"),
        ("id:I:1:pos:R:3:species:S:1", lambda k, a: f"{a} {{}} {SYMBOLS[a]}"),
        ("pos:R:3:mass:R:1:Z:I:1", lambda k, a: f"{{}} 9.5 {29 if SYMBOLS[a] == 'Cu' else 40}"),
    ],
)
def test_columns_are_found_by_properties(tmp_path, properties, columns):
    """Forces before positions, positions before names, and numbers for names; ids sort the atoms."""
    text = ""
    for k, frame in enumerate(FRAMES):
        text += f'{N_ATOMS}\nLattice="10 0 0 0 11 0 0 0 12" Properties={properties} Time={k}\n'
        order = RNG.permutation(N_ATOMS) if properties.startswith("id") else range(N_ATOMS)
        text += "".join(columns(k, a).format(" ".join(map(str, frame[a]))) + "\n" for a in order)
    (tmp_path / "run.xyz").write_text(text)
    found = read_trajectory(tmp_path / "run.xyz", interval=1)
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-5)
    assert found.species.values.tolist() == SYMBOLS and found.pbc.values.all()


def test_xyz_without_a_cell_is_not_periodic(tmp_path):
    """Plain comments of any kind; nothing is taken for a cell or a time in ns."""
    text = "".join(
        f"{N_ATOMS}\n i = {k}, time = {0.5 * k}, E = -17.1\n"
        + "".join(f"PO{a}A {' '.join(map(str, frame[a]))}\n" for a in range(N_ATOMS))
        for k, frame in enumerate(FRAMES)
    )
    (tmp_path / "cp2k.xyz").write_text(text)
    found = read_trajectory(tmp_path / "cp2k.xyz", interval=0.1)
    assert not found.periodic and found.species.values[2] == "PO2A"
    with pytest.raises(ValueError, match="cp2k.xyz: the file does not say its times: .* interval = 0.04"):
        read_trajectory(tmp_path / "cp2k.xyz")


def test_atoms_in_another_order_are_refused(tmp_path):
    """The element column shows it: frame 2 lists Zr first."""
    mixed = images()
    mixed[2] = mixed[2][[2, 0, 1, 3, 4, 5]]
    for name in ("run.extxyz", "run.traj"):
        ase.io.write(tmp_path / name, mixed)
        with pytest.raises(ValueError, match=f"{name}: frame 2 has Zr as atom 0, where frame 0 has Cu"):
            read_trajectory(tmp_path / name, interval=1)
    with pytest.raises(ValueError, match="Atoms: frame 2 has Zr as atom 0"):
        sl.from_ase(mixed, interval=1)


def test_periodicity_that_changes_is_refused(tmp_path):
    """Frame 1 is a slab, frame 0 a bulk."""
    changing = images()
    changing[1].pbc = [True, True, False]
    ase.io.write(tmp_path / "run.extxyz", changing)
    with pytest.raises(ValueError, match="run.extxyz: frame 1 is periodic along other vectors than frame 0"):
        read_trajectory(tmp_path / "run.extxyz", interval=1)


def test_positions_that_are_not_there(tmp_path):
    """Properties without positions are named."""
    (tmp_path / "run.xyz").write_text("1\nProperties=species:S:1:forces:R:3\nCu 0 0 0\n")
    with pytest.raises(ValueError, match="run.xyz: frame 0 has no pos among its Properties"):
        read_trajectory(tmp_path / "run.xyz", interval=1)


# ----------------------------------------------------------------------------------------------- LAMMPS


TILTED = np.array([[10, 0, 0], [3, 11, 0], [-2, 1, 12.0]])
LOW = np.array([-5.0, 2, -40])


def tilted_bounds():
    """Rows of ``BOX BOUNDS xy xz yz`` as LAMMPS writes them: the tilts widen the bounds."""
    xy, xz, yz = TILTED[1, 0], TILTED[2, 0], TILTED[2, 1]
    x = LOW[0] + min(0, xy, xz, xy + xz), LOW[0] + 10 + max(0, xy, xz, xy + xz)
    y = LOW[1] + min(0, yz), LOW[1] + 11 + max(0, yz)
    return f"{x[0]} {x[1]} {xy}\n{y[0]} {y[1]} {xz}\n{LOW[2]} {LOW[2] + 12} {yz}"


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("kind", ["upright", "tilted", "general"])
def test_dumps_keep_the_coordinates_of_the_simulation(tmp_path, kind, scaled):
    """Boxes that begin elsewhere, tilted and any; scaled positions are in the same coordinates."""
    cell = {"upright": BOX, "tilted": TILTED, "general": TURNED}[kind]
    rows = "\n".join(f"{low} {low + side}" for low, side in zip(LOW, BOX.diagonal(), strict=True))
    vectors = "\n".join(f"{' '.join(map(str, vector))} {low}" for vector, low in zip(TURNED, LOW, strict=True))
    bounds = {
        "upright": ("pp pp fs", rows),
        "tilted": ("xy xz yz pp pp fs", tilted_bounds()),
        "general": ("abc origin pp pp fs", vectors),
    }
    places = FRAMES / 9
    frames = places if scaled else places @ cell + LOW
    columns = "id type xs ys zs" if scaled else "id type x y z"
    (tmp_path / "run.dump").write_text(dump_text(frames, *bounds[kind], columns))
    found = read_trajectory(tmp_path / "run.dump", interval=1)
    np.testing.assert_allclose(found.positions, places @ cell + LOW, atol=1e-4)
    np.testing.assert_allclose(found.cell[1], cell, atol=1e-6)
    assert found.pbc.values.tolist() == [True, True, False]


def test_a_type_that_changes_is_refused(tmp_path):
    """Atom 4 (id 5) becomes type 1 in frame 2."""
    types = [[1, 1, 2, 2, 2, 1]] * 2 + [[1, 1, 2, 2, 1, 1]] * 2
    (tmp_path / "run.dump").write_text(dump_text(FRAMES, types=types))
    with pytest.raises(ValueError, match="run.dump: frame 2 has 1 as atom 4, where frame 0 has 2"):
        read_trajectory(tmp_path / "run.dump", interval=1)


def test_times_of_a_dump_that_says_its_units(tmp_path):
    """Steps are no times; with UNITS real and TIME in fs they are: 50 fs."""
    text = dump_text(FRAMES)
    (tmp_path / "steps.dump").write_text(text)
    with pytest.raises(ValueError, match="steps.dump: the file does not say its times"):
        read_trajectory(tmp_path / "steps.dump")
    for k in range(N_FRAMES):
        text = text.replace(f"TIMESTEP\n{100 * k}\n", f"TIMESTEP\n{100 * k}\nITEM: TIME\n{50.0 * k}\n")
    (tmp_path / "timed.dump").write_text("ITEM: UNITS\nreal\n" + text)
    found = read_trajectory(tmp_path / "timed.dump")
    np.testing.assert_allclose(found.time, 5e-5 * np.arange(N_FRAMES))
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-5)


@pytest.mark.parametrize(
    ("units", "length"), [("si", 1e-10), ("cgs", 1e-8), ("nano", 0.1), ("electron", 1 / 0.52917721)]
)
def test_lengths_of_a_dump_that_says_its_units(tmp_path, units, length):
    """1 Angstrom in m, cm, nm and Bohr."""
    rows = "\n".join(f"0 {side * length:.12e}" for side in (10, 11, 12))
    text = dump_text(FRAMES, rows=rows)
    for place in np.unique(FRAMES):
        text = text.replace(f" {place:.8f}", f" {place * length:.12e}")
    (tmp_path / "run.dump").write_text(f"ITEM: UNITS\n{units}\n{text}")
    found = read_trajectory(tmp_path / "run.dump", interval=1)
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-4)
    np.testing.assert_allclose(found.cell[0], BOX, atol=1e-4)


@pytest.mark.parametrize(
    ("style", "row"),
    [
        ("# atomic", "{id} {type} {xyz}"),
        ("# charge", "{id} {type} 0.5 {xyz}"),
        ("# molecular", "{id} 7 {type} {xyz}"),
        ("# full", "{id} 7 {type} 0.5 {xyz}"),
        ("# sphere", "{id} {type} 1.5 2.5 {xyz}"),
        ("# dipole", "{id} {type} 0.5 {xyz} 0 0 1"),
        ("# written by hand", "{id} 7 {type} {xyz} 1 0 -1"),
        ("", "{id} {type} {xyz}"),
        ("", "{id} {type} 0.5 {xyz} 0 0 0"),
        ("", "{id} 7 {type} {xyz}"),
    ],
)
def test_styles_of_lammps_data(tmp_path, style, row):
    """By the comment behind Atoms, or by the columns."""
    lines = ["run", "", f"{N_ATOMS} atoms", "2 atom types", "", "0 10 xlo xhi", "0 11 ylo yhi", "0 12 zlo zhi", ""]
    lines += ["Masses", "", "1 63.546", "2 91.224", "", f"Atoms {style}", ""]
    for k in range(N_ATOMS):
        lines.append(row.format(id=k + 1, type=[1, 1, 2, 2, 2, 1][k], xyz=" ".join(map(str, FRAMES[0, k]))))
    (tmp_path / "run.data").write_text("\n".join(lines) + "\n")
    (tmp_path / "run.dump").write_text(dump_text(FRAMES))
    for trajectory in (None, tmp_path / "run.dump"):
        found = read_trajectory(tmp_path / "run.data", trajectory, interval=1)
        assert found.species.values.tolist() == SYMBOLS
        np.testing.assert_allclose(found.positions[0], FRAMES[0], atol=1e-5)


@pytest.mark.parametrize(
    ("style", "row"),
    [
        ("# body", "{id} {type} 1 1.0 {xyz}"),
        ("# hybrid sphere", "{id} {type} {xyz}"),
        ("", "{id} {type} 1.5 2.5 {xyz}"),
    ],
)
def test_styles_that_are_not_known(tmp_path, style, row):
    """Seven columns can be spheres, whose third number is not the type."""
    lines = ["run", "", "1 atoms", "1 atom types", "", "0 10 xlo xhi", "0 11 ylo yhi", "0 12 zlo zhi", ""]
    lines += [f"Atoms {style}", "", row.format(id=1, type=1, xyz="1.0 2.0 3.0")]
    (tmp_path / "run.data").write_text("\n".join(lines) + "\n")
    with pytest.raises(ValueError, match="run.data: its atom style .* write a dump as topology"):
        read_trajectory(tmp_path / "run.data")


@pytest.mark.parametrize("columns", ["id type x y z", "id element x y z"])
def test_a_topology_in_another_order(tmp_path, columns):
    """The same types or elements, but not of the same atoms: 1 1 2 2 2 1 and, from behind, 1 2 2 2 1 1."""
    lines = ["run", "", "6 atoms", "2 atom types", "", "0 10 xlo xhi", "0 11 ylo yhi", "0 12 zlo zhi", ""]
    lines += ["Masses", "", "1 63.546", "2 91.224", "", "Atoms # atomic", ""]
    lines += [f"{k + 1} {kind} 0 0 {k}" for k, kind in enumerate([1, 1, 2, 2, 2, 1])]
    (tmp_path / "run.data").write_text("\n".join(lines) + "\n")
    ase.io.write(tmp_path / "run.xyz", images()[0])
    kinds = [1, 2, 2, 2, 1, 1] if "type" in columns else SYMBOLS[::-1]
    (tmp_path / "run.dump").write_text(dump_text(FRAMES, columns=columns, types=[kinds] * N_FRAMES))
    topology = tmp_path / ("run.data" if "type" in columns else "run.xyz")
    with pytest.raises(ValueError, match=f"{topology.name} has .* as atom 1, run.dump has .* another order"):
        read_trajectory(topology, tmp_path / "run.dump", interval=1)


@pytest.mark.parametrize("kind", ["xtc", "trr", "gro", "h5md"])
def test_vectors_that_lengths_and_angles_do_not_describe(tmp_path, gro, kind):
    """These formats keep vectors, and any program can write a along y."""
    path, cell = tmp_path / f"run.{kind}", np.array([[0, 10, 0], [11, 0, 0], [0, 1, 12.0]])
    if kind == "xtc":
        write_xtc(path, FRAMES, 40.0 * np.arange(4), cell)
    elif kind == "trr":
        with TRRFile(str(path), "w") as file:
            for k, frame in enumerate(FRAMES):
                file.write(
                    (frame / 10).astype(np.float32), None, None, (cell / 10).astype(np.float32), k, 40.0 * k, 0, 6
                )
    elif kind == "gro":
        order = cell[[0, 1, 2, 0, 0, 1, 1, 2, 2], [0, 1, 2, 1, 2, 0, 2, 0, 1]] / 10
        path.write_text(
            "".join(gro_text(frame, f"t= {40 * k}", " ".join(map(str, order))) for k, frame in enumerate(FRAMES))
        )
    else:
        h5md(path, ["periodic"] * 3, cell)
    found = read_trajectory(gro, path)
    np.testing.assert_allclose(found.cell, [cell] * N_FRAMES, atol=1e-5)
    np.testing.assert_allclose(found.positions, FRAMES, atol=0.006)


def test_a_cell_without_extent_along_one_axis(tmp_path, gro):
    """It is neither free nor periodic: the user has to say."""
    write_xtc(tmp_path / "run.xtc", FRAMES, 40.0 * np.arange(4), np.diag([10.0, 11, 0]))
    with pytest.raises(ValueError, match="run.xtc: the cell of frame 0 .* encloses no volume"):
        read_trajectory(gro, tmp_path / "run.xtc")
    found = read_trajectory(gro, tmp_path / "run.xtc", cell=[10, 11, 12, 90, 90, 90], periodic=[True, True, False])
    assert found.pbc.values.tolist() == [True, True, False]


@pytest.mark.parametrize(("remarks", "guess"), [("Written by LAMMPS", "0.002 ns"), ("Created by something", "units")])
def test_times_of_a_dcd_that_are_only_likely(tmp_path, gro, remarks, guess):
    """LAMMPS counts in a unit that it does not name; of other programs nothing is known."""
    with DCDFile(str(tmp_path / "run.dcd"), "w") as file:
        file.write_header(remarks, N_ATOMS, 0, 1000, 2.0, True)
        for frame in FRAMES:
            file.write(frame.astype(np.float32), [10, 90.0, 11, 90.0, 90.0, 12])
    with pytest.raises(ValueError, match=f"run.dcd: .*{guess}.*interval = "):
        read_trajectory(gro, tmp_path / "run.dcd")
    assert read_trajectory(gro, tmp_path / "run.dcd", interval=0.002).time.values[1] == 0.002


# ----------------------------------------------------------------------------------------------- frames and parts


@pytest.mark.parametrize("box", ["   1.00000   1.10000   1.20000", "   1.0 1.1 1.2   0.0 0.0 0.3   0.0 0.1 0.2"])
def test_many_frames_in_a_gro_file(tmp_path, box):
    """All of them, with the times of their titles in ps; the cell may have nine numbers."""
    text = "".join(gro_text(frame, f"Copper t= {40.0 * k:.5f} step= {k}", box) for k, frame in enumerate(FRAMES))
    (tmp_path / "run.gro").write_text(text)
    found = read_trajectory(tmp_path / "run.gro")
    np.testing.assert_allclose(found.positions, FRAMES, atol=0.006)
    np.testing.assert_allclose(found.time, 0.04 * np.arange(N_FRAMES))
    expected = BOX if len(box) < 40 else [[10, 0, 0], [3, 11, 0], [1, 2, 12]]
    np.testing.assert_allclose(found.cell[3], expected, atol=1e-4)
    (tmp_path / "cut.gro").write_text(text[:-60])
    with pytest.raises(ValueError, match="cut.gro: frame 3 .*cannot be read"):
        read_trajectory(tmp_path / "cut.gro")


def test_pdb_without_models(tmp_path):
    """Frames that end with END; the cell stands in the first one alone."""
    text = "CRYST1   10.000   11.000   12.000  90.00  90.00  90.00 P 1           1\n"
    for frame in FRAMES:
        for k, (x, y, z) in enumerate(frame):
            text += f"ATOM  {k + 1:5d} CU   CU  X   1    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00          CU\n"
        text += "END\n"
    (tmp_path / "run.pdb").write_text(text)
    found = read_trajectory(tmp_path / "run.pdb", interval=1)
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-3)
    np.testing.assert_allclose(found.cell, [BOX] * N_FRAMES, atol=1e-5)


@pytest.mark.parametrize("ending", [".xtc", ".dump", ".xyz"])
def test_parts_of_a_run_that_overlap(tmp_path, gro, ending):
    """Frames 0 to 2 and 1 to 3: found by times, by steps, and by positions where there are neither."""
    paths = [tmp_path / f"one{ending}", tmp_path / f"two{ending}"]
    for path, first, last in zip(paths, (0, 1), (3, 4), strict=True):
        frames, times = FRAMES[first:last], 40.0 * np.arange(first, last)
        if ending == ".xtc":
            write_xtc(path, frames, times)
        elif ending == ".dump":
            text = dump_text(frames)
            for k in reversed(range(3)):
                text = text.replace(f"TIMESTEP\n{100 * k}\n", f"TIMESTEP\n{100 * (k + first)}\n")
            path.write_text(text)
        else:
            rows = ["".join(f"Cu {' '.join(map(str, place))}\n" for place in frame) for frame in frames]
            path.write_text("".join(f"{N_ATOMS}\n\n{row}" for row in rows))
    found = read_trajectory(gro, paths, interval=None if ending == ".xtc" else 0.04)
    np.testing.assert_allclose(found.positions, FRAMES, atol=0.006)
    np.testing.assert_allclose(found.time, 0.04 * np.arange(4), atol=1e-6)
    assert found.source == f"one{ending} + two{ending}"
    if ending != ".xyz":
        with pytest.raises(ValueError, match="give the parts of a run in their order"):
            read_trajectory(gro, paths[::-1])


def test_parts_that_leave_a_gap_or_lie_within_each_other(tmp_path, gro):
    """Frames at 0, 40, 200, 240 ps; a part at 40 ps within one from 0 to 120 ps."""
    for name, frames, times in (
        ("one", FRAMES[:2], [0, 40]),
        ("late", FRAMES[2:], [200, 240]),
        ("all", FRAMES, [0, 40, 80, 120]),
        ("within", FRAMES[1:2], [40]),
    ):
        write_xtc(tmp_path / f"{name}.xtc", frames, times)
    with pytest.raises(ValueError, match="between frames 1 and 2 lie 0.16 ns, between others 0.04 ns"):
        read_trajectory(gro, [tmp_path / "one.xtc", tmp_path / "late.xtc"])
    with pytest.raises(ValueError, match="leave out within.xtc"):
        read_trajectory(gro, [tmp_path / "all.xtc", tmp_path / "within.xtc"])
    with pytest.raises(ValueError, match="give at least one file"):
        read_trajectory(gro, [])


@pytest.mark.parametrize("leads", [True, False])
def test_cells_before_and_behind_the_models_of_a_pdb(tmp_path, leads):
    """10, 11, 12 and 13 Angstrom: each cell is that of its own model; models need no end."""
    text = ""
    for k, frame in enumerate(FRAMES):
        cell = f"CRYST1{10 + k:9.3f}   11.000   12.000  90.00  90.00  90.00 P 1           1\n"
        atoms = f"MODEL     {k + 1:4d}\n"
        for a, (x, y, z) in enumerate(frame):
            atoms += f"ATOM  {a + 1:5d} CU   CU  X   1    {x:8.3f}{y:8.3f}{z:8.3f}  1.00  0.00          CU\n"
        text += cell + atoms if leads else atoms + "ENDMDL\n" + cell
    (tmp_path / "run.pdb").write_text(text + "END\n")
    found = read_trajectory(tmp_path / "run.pdb", interval=1)
    np.testing.assert_allclose(found.cell[:, 0, 0], [10, 11, 12, 13])
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-3)


def test_frames_without_positions_are_left_out(tmp_path, gro):
    """A TRR with velocities at every second frame: 2 frames every 0.08 ns."""
    with TRRFile(str(tmp_path / "run.trr"), "w") as file:
        for k, frame in enumerate(FRAMES):
            positions = (frame / 10).astype(np.float32) if k % 2 == 0 else None
            velocities = np.zeros_like(frame, dtype=np.float32)
            file.write(positions, velocities, None, (BOX / 10).astype(np.float32), k, 40.0 * k, 0.0, N_ATOMS)
    found = read_trajectory(gro, tmp_path / "run.trr")
    np.testing.assert_allclose(found.positions, FRAMES[::2], atol=1e-4)
    np.testing.assert_allclose(found.time, [0, 0.08], atol=1e-6)


def test_only_the_wanted_frames_are_read(tmp_path, gro, monkeypatch):
    """Start, stop and stride as in a slice; times stay those of the file."""
    write_xtc(tmp_path / "run.xtc", FRAMES, 40.0 * np.arange(4))
    hdf5 = convert(tmp_path / "run.xtc", tmp_path / "run.hdf5", topology=gro)[0]
    for found in (
        read_trajectory(gro, tmp_path / "run.xtc", start=1, stride=2),
        read_trajectory(gro, tmp_path / "run.xtc", start=1, stride=2, interval=0.04),
        read_hdf5(hdf5, interval=0.04, start=1, stride=2),
    ):
        np.testing.assert_allclose(found.positions, FRAMES[1::2], atol=0.006)
        np.testing.assert_allclose(found.time, [0.04, 0.12], atol=1e-6)
    with pytest.raises(ValueError, match="start = 9: run.xtc has 4 frames, counted from 0"):
        read_trajectory(gro, tmp_path / "run.xtc", start=9)
    with pytest.raises(ValueError, match="stride = 0: must be at least 1"):
        read_trajectory(gro, tmp_path / "run.xtc", stride=0)


@pytest.mark.parametrize(("ending", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
def test_compressed_files_of_any_format(tmp_path, gro, ending, pack):
    """Text and binary, topology and trajectory; an archive that is cut is said to be so."""
    write_xtc(tmp_path / "run.xtc", FRAMES, 40.0 * np.arange(4))
    packed = []
    for path in (gro, tmp_path / "run.xtc"):
        packed.append(path.with_name(path.name + ending))
        packed[-1].write_bytes(pack(path.read_bytes()))
    np.testing.assert_allclose(read_trajectory(*packed).positions, FRAMES, atol=0.006)
    packed[1].write_bytes(packed[1].read_bytes()[:-20])
    with pytest.raises(ValueError, match=f"run.xtc{ending} cannot be unpacked"):
        read_trajectory(*packed)


# ----------------------------------------------------------------------------------------------- ASE, VASP, H5MD


@pytest.mark.parametrize(("name", "kind"), [("run.traj", "traj"), ("XDATCAR", "vasp-xdatcar")])
def test_files_that_ase_reads(tmp_path, name, kind):
    """ASE's own and VASP's trajectories, with cells in any orientation."""
    sorted_images = images([TURNED] * N_FRAMES, symbols=sorted(SYMBOLS))
    ase.io.write(tmp_path / name, sorted_images, format=kind)
    found = read_trajectory(tmp_path / name, interval=0.1)
    np.testing.assert_allclose(found.cell, [TURNED] * N_FRAMES, atol=1e-5)
    inverse = np.linalg.inv(TURNED)
    apart = (found.positions.values - FRAMES) @ inverse
    np.testing.assert_allclose(apart, np.round(apart), atol=1e-5)  # VASP's positions are wrapped into the cell.
    assert found.species.values.tolist() == sorted(SYMBOLS)


def test_objects_of_ase():
    """A primitive cell, and a slab whose third vector is zero because it does not repeat there."""
    copper = bulk("Cu", a=3.6) * (3, 3, 3)
    found = sl.from_ase([copper, copper], interval=0.2)
    np.testing.assert_allclose(found.cell[1], copper.cell.array)
    assert found.pbc.values.all() and found.time.values.tolist() == [0, 0.2]
    assert sl.coordination_numbers(found, found.atom.values, 3.0).values.tolist() == [[12] * 27] * 2  # fcc
    slab = Atoms("Cu2", positions=[[0, 0, 0], [0, 0, 2.5]], cell=[5, 5, 0], pbc=[True, True, False])
    found = sl.from_ase([slab, slab], interval=1)
    assert found.pbc.values.tolist() == [True, True, False] and found.cell.values[0].diagonal().tolist() == [5, 5, 3.5]
    assert not sl.from_ase([Atoms("Cu")], interval=1).periodic
    with pytest.raises(ValueError, match="0 frames"):
        sl.from_ase([], interval=1)


def h5md(path, boundary, cell=BOX):
    """An H5MD file with units."""
    with h5py.File(path, "w") as file:
        file.create_group("h5md").attrs["version"] = [1, 1]
        file["h5md"].create_group("author").attrs["name"] = "a"
        file["h5md"].create_group("creator").attrs.update({"name": "a", "version": "1"})
        particles = file.create_group("particles/all")
        particles.create_group("box").attrs.update({"dimension": 3, "boundary": np.array(boundary, dtype="S8")})
        values = {"position": FRAMES.astype(np.float32), "box/edges": np.repeat(cell[None], N_FRAMES, axis=0)}
        for key, value in values.items():
            group = particles.create_group(key)
            group.create_dataset("value", data=value).attrs["unit"] = "Angstrom"
            group.create_dataset("step", data=np.arange(N_FRAMES))
            group.create_dataset("time", data=40.0 * np.arange(N_FRAMES)).attrs["unit"] = "ps"
    return path


@pytest.mark.parametrize("name", ["run.h5", "run.hdf5", "run.h5md"])
def test_h5md_by_its_content(tmp_path, gro, name):
    """Whatever it is called; its boundary says the periodicity."""
    found = read_trajectory(gro, h5md(tmp_path / name, ["periodic", "periodic", "none"]))
    np.testing.assert_allclose(found.positions, FRAMES, atol=1e-5)
    np.testing.assert_allclose(found.time, 0.04 * np.arange(4), atol=1e-7)
    assert found.pbc.values.tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("run.gsd", "run.gsd cannot be read without the package gsd: pip install gsd"),
        ("run.tng", "run.tng cannot be read without the package pytng: pip install pytng"),
        ("run.xtc", "run.xtc cannot be read .*is it complete"),
        ("run.dcd", "run.dcd cannot be read .*is it complete"),
        ("run.traj", "run.traj cannot be read .*is it complete"),
        ("run.xyz", "run.xyz.* cannot be read"),
        ("run.dump", "run.dump holds no frame: is it complete"),
        ("run.nc", "run.nc cannot be read.*is it complete"),
        ("run.foo", "run.foo: its ending names no format"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, gro, name, told):
    """Missing packages, and files that are something else: neither a traceback nor a path that is not the user's."""
    pytest.importorskip("MDAnalysis")
    (tmp_path / name).write_text("this is not a trajectory\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=told) as caught:
            read_trajectory(gro, tmp_path / name, interval=1)
    assert "/tmp/" not in str(caught.value).replace(str(tmp_path), "") and "dict_keys" not in str(caught.value)


def test_a_trajectory_that_names_no_atoms(tmp_path):
    """XTC alone."""
    write_xtc(tmp_path / "run.xtc", FRAMES, range(4))
    with pytest.raises(ValueError, match="names neither elements nor types of atoms: give one that does, such as PDB"):
        read_trajectory(tmp_path / "run.xtc")


# ----------------------------------------------------------------------------------------------- selections


def test_rules_by_distance_use_the_cell():
    """Atom 1 is 1 Angstrom from atom 0 across the boundary; in a slab it is not."""
    pair = [[[5, 5, 0.5], [5, 5, 9.5]]]
    bulk_like = sl.make_trajectory(pair, ["Cu", "Zr"], cell=[10, 10, 10, 90, 90, 90])
    assert select_centers(bulk_like, "around 2 element Cu").tolist() == [1]
    slab = sl.make_trajectory(pair, ["Cu", "Zr"], cell=[10, 10, 10, 90, 90, 90], pbc=[True, True, False])
    with pytest.raises(ValueError, match="selects no atom"):
        select_centers(slab, "around 2 element Cu")
    turned = sl.make_trajectory(pair, ["Cu", "Zr"], cell=TURNED)
    assert select_centers(turned, "prop z > 5").tolist() == [1]
    with pytest.raises(ValueError, match="select by names or by prop"):
        select_centers(turned, "around 2 element Cu")


def test_rules_by_what_the_file_calls_atoms():
    """Names, types and residues of the file; a name that the file does not have is a species."""
    labels = {"name": ["OW", "CA", "CA"], "type": ["1", "2", "2"], "resname": ["SOL", "ALA", "CAL"], "resid": [1, 2, 3]}
    frame = sl.make_trajectory(np.zeros((1, 3, 3)), ["O", "C", "Ca"], labels=labels)
    chosen = {
        rule: select_centers(frame, rule).tolist()
        for rule in ("name CA", "name O", "element Ca", "type 2", "resname SOL", "resid 2:3", "protein")
    }
    assert list(chosen.values()) == [[1, 2], [0], [2], [1, 2], [0], [1, 2], [1]]


# ----------------------------------------------------------------------------------------------- conversion


@pytest.mark.parametrize("ending", [".hdf5", ".xyz", ".extxyz", ".dcd", ".xtc", ".trr", ".pdb", ".ncdf"])
@pytest.mark.parametrize("kind", ["box", "turned", "slab", "free"])
def test_what_is_written_is_read_back(tmp_path, kind, ending):
    """Distances between atoms, LENS, periodicity and times are those of the source, or a warning says what is lost."""
    cell, pbc = {"box": (BOX, None), "turned": (2 * TURNED, None), "slab": (BOX, [True, True, False])}.get(
        kind, (None, None)
    )
    source = sl.make_trajectory(FRAMES, SYMBOLS, cell=cell, pbc=pbc, interval=0.5)
    write_hdf5(tmp_path / "source.hdf5", source) if kind != "turned" else ase.io.write(
        tmp_path / "source.extxyz", images([cell] * N_FRAMES)
    )
    path = tmp_path / ("source.extxyz" if kind == "turned" else "source.hdf5")
    keeps_all = ending in (".xyz", ".extxyz")
    lost = not keeps_all and (kind == "turned" or kind == "slab" and ending != ".hdf5")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        written = convert(path, tmp_path / f"new{ending}", interval=0.5)
    assert any("keeps" in str(warning.message) for warning in told) == lost
    if ending == ".hdf5":
        back = read_hdf5(written[0], interval=0.5)
    else:
        timed = ending != ".pdb"
        back = read_trajectory(written[0], written[-1], interval=None if timed else 0.5)
    periodic = [True] * 3 if lost and kind == "slab" else source.pbc.values.tolist()
    assert back.pbc.values.tolist() == periodic and back.species.values.tolist() == SYMBOLS
    np.testing.assert_allclose(back.time, source.time, rtol=1e-5)
    expected = sl.lens(source.assign_coords(pbc=("vector", periodic)) if source.periodic else source, 4.0)
    np.testing.assert_allclose(sl.lens(back, 4.0), expected)


def test_an_open_file_says_what_it_knows(tmp_path, gro):
    """Number of frames, interval, and frames by their number."""
    write_xtc(tmp_path / "run.xtc", FRAMES, 40.0 * np.arange(4))
    with open_files(gro, tmp_path / "run.xtc") as opened:
        assert len(opened) == 4 and opened.interval == 0.04 and len(opened.atoms) == N_ATOMS
        np.testing.assert_allclose(opened.frame(2).positions, FRAMES[2], atol=0.006)
        assert [frame.time for frame in opened.frames(1, 4, 2)] == pytest.approx([0.04, 0.12])
