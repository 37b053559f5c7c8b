"""The recipes behind the samples: the potential gives the metals, and what is built and set is what is bundled."""

import importlib.util
import re
import subprocess
import sys
import warnings
from pathlib import Path

import MDAnalysis as mda
import numpy as np
import pytest

from soaplens_lite.study import data as registry
from soaplens_lite.trajectory import lengths_and_angles, read_trajectory

pytestmark = pytest.mark.slow

RECIPES = Path(__file__).parents[1] / "data_registry" / "recipes"
# Cohesive energy in eV and lattice constant in Angstrom, by experiment, as textbooks tabulate them.
EXPERIMENT = {"Cu": (3.49, 3.615), "Au": (3.81, 4.078)}


def script(path):
    """A script of the recipes as a module of its own."""
    spec = importlib.util.spec_from_file_location(f"recipe_{path.replace('/', '_')}", RECIPES / f"{path}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


gupta, bundle, join = script("gupta"), script("bundle"), script("icewater/join")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The files that the script writes when it is called as the readme says."""
    folder = tmp_path_factory.mktemp("tables")
    command = [sys.executable, RECIPES / "gupta.py", *EXPERIMENT, "--folder", folder]
    subprocess.run(command, check=True, capture_output=True)
    return {symbol: folder / f"{symbol}.eam.alloy" for symbol in EXPERIMENT}


@pytest.fixture(scope="module", params=EXPERIMENT)
def table(request, written):
    """Metal, header and tables of a file, read line by line as LAMMPS describes the format."""
    lines = written[request.param].read_text(encoding="ascii").splitlines()
    sizes = lines[4].split()
    header = {"elements": lines[3].split(), "element": lines[5].split()}
    header |= {"n_rho": int(sizes[0]), "drho": float(sizes[1]), "n_r": int(sizes[2]), "dr": float(sizes[3])}
    values = [np.array(line.split(), dtype=float) for line in lines[6:]]
    tables, start = [], 0
    for size in (header["n_rho"], header["n_r"], header["n_r"]):
        end = start
        while sum(map(len, values[start:end])) < size:
            end += 1
        tables.append(np.concatenate(values[start:end]))
        start = end
    assert start == len(values)
    return gupta.METALS[request.param], header | {"cutoff": float(sizes[4])}, tables


@pytest.fixture(scope="module")
def slab():
    """The copper slab that is built."""
    return script("cu211/build").build()


def interpolate(table, step, x):
    """
    Values at x, as LAMMPS interpolates: a cubic between two entries with given values and slopes.

    Slopes are central differences over four intervals, over two beside the ends, over one at the ends.
    """
    slopes = np.gradient(table)
    slopes[2:-2] = (table[:-4] - 8 * table[1:-3] + 8 * table[3:-1] - table[4:]) / 12
    k = np.minimum((x / step).astype(int), len(table) - 2)
    t = x / step - k
    rise = table[k + 1] - table[k]
    return table[k] + t * (slopes[k] + t * (3 * rise - 2 * slopes[k] - slopes[k + 1])
                           + t**2 * (slopes[k] + slopes[k + 1] - 2 * rise))  # fmt: skip


def energy_from_table(header, tables, distances):
    """Energy in eV of an atom whose neighbors stand at these distances."""
    embedding, density, pair = tables
    distances = distances[distances < header["cutoff"]]
    rho = interpolate(density, header["dr"], distances).sum()
    phi = interpolate(pair, header["dr"], distances) / distances
    return float(interpolate(embedding, header["drho"], np.array([rho]))[0] + phi.sum() / 2)


def fcc_distances(lattice_constant):
    """Distances of an atom's neighbors in an fcc crystal, up to the fourth shell at least."""
    grid = np.stack(np.meshgrid(*3 * [np.arange(-4, 5)], indexing="ij"), axis=-1).reshape(-1, 3)
    points = grid[(grid.sum(axis=1) % 2 == 0) & grid.any(axis=1)]
    return np.linalg.norm(points, axis=1) * lattice_constant / 2


def test_crystal_from_the_table(table):
    """The minimum of the energy of fcc copper and gold lies where experiment finds it."""
    metal, header, tables = table
    cohesive_energy, lattice_constant = EXPERIMENT[metal.symbol]
    constants = lattice_constant * np.arange(0.97, 1.03, 0.0002)
    energies = [energy_from_table(header, tables, fcc_distances(a)) for a in constants]
    best = int(np.argmin(energies))
    assert 0 < best < len(constants) - 1
    assert -energies[best] == pytest.approx(cohesive_energy, abs=0.02)
    assert constants[best] == pytest.approx(lattice_constant, rel=0.005)


def test_interpolation_of_a_cubic():
    """Between entries of a cubic polynomial the judge's own interpolation is exact, away from the ends."""
    x = np.array([0.55, 1.0, 1.37])
    assert interpolate((0.1 * np.arange(30)) ** 3, 0.1, x) == pytest.approx(x**3, rel=1e-12)


def test_table_is_the_gupta_formula(table):
    """Energies of atoms with random neighbors, all nearer than the inner cutoff, from the table and by the formula."""
    metal, header, tables = table
    rng = np.random.default_rng(0)
    for _ in range(50):
        r = rng.uniform(0.8 * metal.r0, metal.inner, rng.integers(1, 19))
        repulsion = metal.repulsion * np.exp(-metal.p * (r / metal.r0 - 1)).sum()
        band = np.sqrt((metal.band**2 * np.exp(-2 * metal.q * (r / metal.r0 - 1))).sum())
        assert energy_from_table(header, tables, r) == pytest.approx(repulsion - band, abs=2e-6)


def test_table_holds_every_density(table):
    """An atom with all its neighbors a tenth too near is still far from the end of the table of F."""
    metal, header, tables = table
    distances = fcc_distances(0.9 * metal.lattice_constant)
    rho = interpolate(tables[1], header["dr"], distances[distances < header["cutoff"]]).sum()
    assert rho < 0.3 * (header["n_rho"] - 1) * header["drho"]


@pytest.mark.parametrize("symbol", EXPERIMENT)
@pytest.mark.parametrize("function", [gupta.pair_energy, gupta.density])
def test_cutoff_is_smooth(symbol, function):
    """Value, slope and curvature have no jump at either cutoff, vanish at the outer one, and nothing is beyond."""
    metal, h = gupta.METALS[symbol], 1e-3
    for cutoff in (metal.inner, metal.outer):
        left, right = (function(cutoff + s * h * np.arange(5), metal) for s in (-1, 1))
        scale = abs(function(metal.inner, metal))
        for order in (0, 1, 2):
            # forward and backward differences of the same derivative; the third one may jump
            jump = np.diff(right, order)[0] - (-1) ** order * np.diff(left, order)[0]
            assert abs(jump) / h**order < 2e2 * h * scale
    assert function([metal.outer, metal.outer + 1], metal).tolist() == [0, 0]
    between = function(np.linspace(metal.inner, metal.outer, 100), metal)
    assert (np.diff(between) < 0).all()


def test_table_has_the_format_of_lammps(table, written):
    """Sizes, steps and cutoff belong together; every array starts on a line of its own; C can read every number."""
    metal, header, tables = table
    assert header["elements"] == ["1", metal.symbol]
    assert header["element"] == [str(metal.number), str(metal.mass), str(metal.lattice_constant), "fcc"]
    assert [len(values) for values in tables] == [header["n_rho"], header["n_r"], header["n_r"]]
    assert (header["n_r"] - 1) * header["dr"] == pytest.approx(header["cutoff"], rel=1e-12)
    assert header["cutoff"] == pytest.approx(metal.outer, rel=1e-15)
    assert tables[0][0] == tables[2][0] == tables[1][-1] == tables[2][-1] == 0
    assert all(np.isfinite(values).all() for values in tables)
    numbers = "".join(written[metal.symbol].read_text(encoding="ascii").splitlines(True)[6:])
    assert not set(numbers) - set("0123456789.e+- \n")


def test_slab_is_the_bundled_one(slab):
    """Atoms in the same order on the same planes of the same cell, widened as for 700 K; adatoms last and on top."""
    sample = registry.fetch("cu211-sample")
    bundled = read_trajectory(sample.topology, sample.trajectory, interval=sample.interval, n_frames=3)
    assert len(slab) == sample.n_atoms
    stretch = np.array([1 + 1.7e-5 * sample.temperature] * 2 + [1])
    cell = lengths_and_angles(bundled.cell.values[0])
    assert slab.cell.cellpar() == pytest.approx(cell / [*stretch, 1, 1, 1], abs=2e-3)
    crystal = np.setdiff1d(np.arange(len(slab)), sample.placed_atoms)
    z = slab.positions[crystal, 2].reshape(18, 100)  # plane by plane
    assert np.ptp(z, axis=1).max() < 1e-9
    assert -np.diff(z[:, 0]) == pytest.approx(17 * [3.615 / np.sqrt(24)])
    shift = (bundled.positions.values[0] - slab.positions * stretch)[crystal].reshape(18, 100, 3)
    shift -= cell[:3] * np.round(shift / cell[:3])
    assert np.median(np.abs(shift)) < 0.2 and np.abs(shift[:, :, 2].mean(axis=1)).max() < 0.25
    assert (slab.positions[list(sample.placed_atoms), 2] > z.max() + 0.5).all()


def test_atoms_that_are_held_fixed_are_those_that_never_move(slab):
    """Below the height in the input stand the 400 atoms of four planes; in the sample these and no others rest."""
    sample = registry.fetch("cu211-sample")
    height = float(re.search(r"block INF INF INF INF INF (\S+)", (RECIPES / "cu211/run.in").read_text())[1])
    fixed = slab.positions[:, 2] < height
    positions = read_trajectory(sample.topology, sample.trajectory, interval=sample.interval, n_frames=3).positions
    rests = (np.ptp(positions.values, axis=0) < 0.015).all(axis=1)
    assert fixed.sum() == 400 and (rests == fixed).all()


def test_adatoms_rest_apart(slab):
    """Each touches an atom of the slab and comes too near to none; seen from above they stand apart."""
    distances = np.array([slab.get_distances(k, range(1804), mic=True) for k in range(1800, 1804)])
    assert distances[:, :-4].min(axis=1) == pytest.approx(4 * [2.35])
    assert distances[:, -4:][~np.eye(4, dtype=bool)].min() > 9 - 3.6  # steps may lift one against another


def test_particle_is_the_bundled_one():
    """The shells of both have 1, 12, 42, 92 and 162 atoms, in this order, at the same distances from the center."""
    sample = registry.fetch("au309-sample")
    particle = script("au309/build").build()
    bundled = read_trajectory(sample.topology, sample.trajectory, interval=1, periodic=False, n_frames=1)
    assert len(particle) == sample.n_atoms and (particle.cell.lengths() > 60).all()
    built = np.linalg.norm(particle.positions - particle.positions.mean(axis=0), axis=1)
    seen = np.linalg.norm(bundled.positions.values[0], axis=1)
    for k, shell in enumerate(np.split(np.arange(309), np.cumsum([1, 12, 42, 92]))):
        # An icosahedron's faces are 0.795 times as far from its center as its vertices.
        assert built[shell].min() >= 0.79 * 2.89 * k and built[shell].max() <= 2.89 * k + 1e-9
        # A small particle contracts, at its vertices most, and atoms move; another shell is 2 Angstrom away.
        assert np.abs(np.sort(built[shell]) - np.sort(seen[shell])).max() < 1.0


def lammps_input(name):
    """Numbers of a LAMMPS input: temperature in K, ns per frame, frames."""
    text = re.sub(r"#.*", "", (RECIPES / name / "run.in").read_text())
    step = float(re.search(r"^timestep\s+(\S+)", text, re.M)[1])
    every = int(re.search(r"^dump\s+\S+ all custom (\d+)", text, re.M)[1])
    steps = int(re.findall(r"^run\s+(\d+)", text, re.M)[-1])
    return float(re.search(r"temperature equal (\S+)", text)[1]), every * step / 1000, steps // every + 1


def gromacs_input(*parts):
    """Settings of GROMACS, of several files; what comes later counts."""
    text = "".join((RECIPES / "icewater" / f"{part}.mdp").read_text() for part in parts)
    return dict(re.split(r"\s*=\s*", line, maxsplit=1) for line in re.findall(r"^[a-z].*?(?=\s*(?:;|$))", text, re.M))


@pytest.mark.parametrize("name", ["cu211", "au309"])
def test_lammps_inputs_are_the_samples(name):
    """Temperature, interval and number of frames are those that the registry lists."""
    sample = registry.fetch(f"{name}-sample")
    temperature, interval, frames = lammps_input(name)
    assert (temperature, interval) == (sample.temperature, pytest.approx(sample.interval))
    assert sample.n_frames <= frames <= sample.n_frames + 1


def test_gromacs_input_is_the_sample():
    """Temperature and interval as listed, more frames than the sample has; no setting is given twice in a stage."""
    sample = registry.fetch("icewater-sample")
    settings = gromacs_input("common", "dynamics", "run")
    step, every, steps = (float(settings[key]) for key in ("dt", "nstxout-compressed", "nsteps"))
    assert (float(settings["ref-t"]), step * every / 1000) == (sample.temperature, pytest.approx(sample.interval))
    assert steps / every + 1 >= sample.n_frames
    stages = re.findall(r'^stage \S+ (?:"(.*?)"|(\S+))', (RECIPES / "icewater/run.sh").read_text(), re.M)
    assert len(stages) == 5
    for quoted, bare in stages:
        parts = ["common", *(quoted or bare).split()]
        assert len(gromacs_input(*parts)) == sum(len(gromacs_input(part)) for part in parts)


def test_water_model_is_tip4p_ice():
    """Rigid geometry and charges of the publication: O-H 0.9572 Angstrom, 104.52 degrees, O-M 0.1577, 106.1 K."""
    text = re.sub(r";.*", "", (RECIPES / "icewater/tip4p-ice.top").read_text())
    half_angle = np.radians(104.52 / 2)
    bond, hydrogens = map(float, re.search(r"settles \]\s+1\s+1\s+(\S+)\s+(\S+)", text).groups())
    share = [float(x) for x in re.search(r"virtual_sites3 \]\s+4 +1 +2 +3 +1 +(\S+) +(\S+)", text).groups()]
    assert 10 * bond == pytest.approx(0.9572) and hydrogens == pytest.approx(2 * bond * np.sin(half_angle), abs=1e-5)
    assert 2 * share[0] * bond * np.cos(half_angle) == pytest.approx(0.01577, abs=1e-5) and share[0] == share[1]
    sigma, epsilon = map(float, re.search(r"OW +15.9994 +0.0 +A +(\S+) +(\S+)", text).groups())
    assert 10 * sigma == pytest.approx(3.1668) and epsilon == pytest.approx(106.1 * 8.314462618e-3, rel=1e-3)
    charges = [float(line.split()[6]) for line in re.findall(r"^ +\d .*SOL.*$", text, re.M)]
    assert charges == [0.0, 0.5897, 0.5897, -1.1794] and sum(charges) == 0


def test_bundled_water_is_rigid_tip4p():
    """Bonds of the sample have the model's length and angle, to the 0.01 Angstrom of its coordinates."""
    sample = registry.fetch("icewater-sample")
    frame = read_trajectory(sample.topology, sample.trajectory, interval=sample.interval, n_frames=1)
    molecules, edges = frame.positions.values[0].reshape(-1, 3, 3), frame.cell.values[0].diagonal()
    for i, j, length in ((0, 1, 0.9572), (0, 2, 0.9572), (1, 2, 1.5139)):
        bonds = molecules[:, i] - molecules[:, j]
        bonds -= edges * np.round(bonds / edges)
        assert np.linalg.norm(bonds, axis=1) == pytest.approx(length, abs=0.02)


def test_halves_are_joined_by_hand(tmp_path):
    """Of ice the molecules whose oxygen is below 1 nm, of liquid those above; one sticks out and is moved whole."""
    sites = np.array([[0, 0, 0], [0.1, 0, 0], [0, 0.1, 0], [0.01, 0.01, 0]])
    ice = sites + np.array([[[0.3, 0.3, z]] for z in (0.2, 1.2, 2.1)])  # 2.1 is 0.1 in a box 2 nm high
    liquid = sites + np.array([[[0.5, 0.5, z]] for z in (0.4, -0.3)])  # -0.3 is 1.7
    molecules, box = join.join_halves(ice, liquid, np.array([1.0, 1.0, 2.0]))
    assert molecules[:, 0, 2] == pytest.approx([0.2, 0.1, 1.7 + 0.12])
    assert molecules[2] - molecules[2, 0] == pytest.approx(sites)
    assert box.tolist() == pytest.approx([1, 1, 2.24])
    join.write_gro(tmp_path / "start.gro", molecules, box)
    read, read_box = join.read_gro(tmp_path / "start.gro")
    assert read == pytest.approx(molecules, abs=6e-4) and read_box == pytest.approx(box)
    assert join.topology(3).endswith("[ molecules ]\nSOL 3\n")


def test_strange_water_is_refused(tmp_path):
    """A file of three-site molecules is named with what it must hold."""
    (tmp_path / "ice.gro").write_text("ice\n1\n    1ICE     CL    1   0.100   0.100   0.100\n 1 1 1\n")
    with pytest.raises(ValueError, match=r"ice\.gro: the atoms must be OW, HW1, HW2, MW of each molecule in turn"):
        join.read_gro(tmp_path / "ice.gro")


def test_shell_script_parses_and_finds_its_files():
    """The shell accepts it, and every file that it reads from its own folder is there."""
    path = RECIPES / "icewater/run.sh"
    assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    parts = {part for quoted, bare in re.findall(r'^stage \S+ (?:"(.*?)"|(\S+))', path.read_text(), re.M)
             for part in (quoted or bare).split()}  # fmt: skip
    assert {file.stem for file in path.parent.glob("*.mdp")} == parts | {"common"}


@pytest.mark.parametrize("name", ["cu211", "au309", "icewater"])
def test_bundling_is_what_the_registry_lists(name):
    """Interval and number of frames of a run are those of the sample."""
    sample = registry.fetch(f"{name}-sample")
    assert bundle.RUNS[name].interval / 1000 == pytest.approx(sample.interval)
    assert bundle.RUNS[name].n_frames == sample.n_frames


def test_bundled_files_follow_from_a_dump(tmp_path):
    """Two frames of a particle that drifts: the names of the sample, no cell, the center at the origin, 0.05 ns."""
    particle = script("au309/build").build()
    particle.write(tmp_path / "particle.data", format="lammps-data", masses=True)
    edge = particle.cell.lengths()
    with open(tmp_path / "au309.dump", "w") as file:
        for k in range(2):
            bounds = "".join(f"0.0 {x}\n" for x in edge)
            file.write(f"ITEM: TIMESTEP\n{10000 * k}\nITEM: NUMBER OF ATOMS\n309\nITEM: BOX BOUNDS pp pp pp\n{bounds}")
            file.write("ITEM: ATOMS id x y z\n")
            np.savetxt(file, np.column_stack([np.arange(1, 310), particle.positions + k]), fmt="%d %.6f %.6f %.6f")
    topology, trajectory = bundle.bundle("au309", tmp_path)
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", "1 A\\^3 CRYST1 record"
        )  # MDAnalysis's own way to write that there is no cell
        made = mda.Universe(topology, trajectory)
        sample = mda.Universe(registry.fetch("au309-sample").topology)
    for attribute in ("names", "elements", "resnames", "resids", "chainIDs"):
        assert (getattr(made.atoms, attribute) == getattr(sample.atoms, attribute)).all()
    assert made.dimensions is None
    assert [frame.time for frame in made.trajectory] == pytest.approx([0, 50])
    centered = particle.positions - particle.positions.mean(axis=0)
    for _ in made.trajectory:
        assert made.atoms.positions == pytest.approx(centered, abs=0.006)
