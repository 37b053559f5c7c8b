"""What a look at positions finds: nothing in sound systems, and each fault that files can hide."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, fcc111, graphene, molecule
from ase.cluster import Icosahedron

from soaplens_lite.trajectory import heed, look, make_trajectory

RNG = np.random.default_rng


def shaken(atoms, *, amplitude=0.1, **options):
    """A trajectory of atoms that vibrate about their places."""
    frames = atoms.positions + RNG(0).normal(0, amplitude, (6, len(atoms), 3))
    if atoms.pbc.any():
        options = {"cell": atoms.cell.array, "pbc": atoms.pbc} | options
    return make_trajectory(frames, list(atoms.symbols), **options)


def crystal(primitive=False):
    """Copper; the primitive cell is not in the standard orientation."""
    return bulk("Cu", cubic=not primitive) * ((6,) * 3 if primitive else (4,) * 3)


def spread(n, box, distance, seed):
    """Random places in a periodic cube that keep a distance."""
    rng, places = RNG(seed), np.empty((0, 3))
    while len(places) < n:
        trial = rng.random(3) * box
        apart = places - trial
        apart -= box * np.round(apart / box)
        if (np.linalg.norm(apart, axis=1) > distance).all():
            places = np.vstack([places, trial])
    return places


def gas():
    """Atoms that meet nowhere in particular, and move far in each interval."""
    frames = [spread(200, 60.0, 2.5, seed) for seed in range(4)]
    return make_trajectory(frames, ["Ar"] * 200, cell=[60, 60, 60, 90, 90, 90])


def liquid(wrapped=True):
    """Atoms that keep a distance and move by a tenth of it, in their cell or with their whole paths."""
    frames = spread(200, 20.0, 2.6, seed=2) + RNG(3).normal(0, 0.1, (8, 200, 3))
    frames = frames % 20 if wrapped else frames + RNG(4).integers(-3, 4, (200, 3)) * 20.0
    return make_trajectory(frames, ["Ar"] * 200, cell=[20] * 3 + [90] * 3)


def water():
    """Molecules at random orientations, cut by the boundary."""
    rng, one, molecules = RNG(5), molecule("H2O"), []
    for place in spread(80, 14.0, 2.7, seed=6):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        molecules.append((one.positions - one.positions[0]) @ turn + place)
    frames = np.concatenate(molecules) + rng.normal(0, 0.02, (6, 240, 3))
    return make_trajectory(frames % 14, ["O", "H", "H"] * 80, cell=[14] * 3 + [90] * 3)


def chain(cell=None):
    """A polymer of united atoms with bonds of 1.53 Angstrom that keeps away from itself."""
    rng, places = RNG(7), [np.zeros(3)]
    while len(places) < 120:
        step = rng.normal(size=3)
        trial = places[-1] + 1.53 * step / np.linalg.norm(step)
        if len(places) == 1 or (np.linalg.norm(np.array(places[:-1]) - trial, axis=1) > 2.2).all():
            places.append(trial)
    frames = np.array(places) + rng.normal(0, 0.03, (5, 120, 3))
    return make_trajectory(frames if cell is None else frames % cell[:3], ["C"] * 120, cell=cell)


def particle():
    """A cluster that tumbles by 40 degrees in each interval."""
    atoms, frames = Icosahedron("Au", 4), []
    for k in range(6):
        atoms.rotate(40, (1, 2, 3), center="COM")
        frames.append(atoms.positions + RNG(k).normal(0, 0.1, (len(atoms), 3)))
    return make_trajectory(frames, list(atoms.symbols))


def beads():
    """Beads of 4.7 Angstrom, which are not elements."""
    frames = spread(200, 35.0, 4.2, seed=8) + RNG(9).normal(0, 0.4, (5, 200, 3))
    return make_trajectory(frames % 35, ["PO4", "W"] * 100, cell=[35] * 3 + [90] * 3)


def superionic():
    """Ions that exchange their places in a frame of others that rest."""
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True) * 3
    frames = salt.positions + RNG(10).normal(0, 0.1, (6, len(salt), 3))
    ions = np.flatnonzero(salt.symbols == "Na")
    for k, frame in enumerate(frames):
        frame[ions] = frame[RNG(k).permutation(ions)]
    return make_trajectory(frames, list(salt.symbols), cell=salt.cell.array)


def sheared():
    """Copper in a cell without right angles."""
    atoms = crystal()
    atoms.set_cell(atoms.cell.array @ [[1, 0, 0], [0.2, 1, 0], [0, 0.1, 1]], scale_atoms=True)
    return atoms


def molecules_of_hydrogen():
    """H2 with bonds of 0.74 Angstrom, wrapped into the cell, at other places in each frame."""
    frames = []
    for seed in range(4):
        turns = RNG(seed).normal(size=(60, 3))
        bonds = 0.37 * turns / np.linalg.norm(turns, axis=1)[:, None]
        centers = spread(60, 25.0, 2.4, seed)
        frames.append(np.stack([centers - bonds, centers + bonds], axis=1).reshape(-1, 3) % 25)
    return make_trajectory(frames, ["H"] * 120, cell=[25] * 3 + [90] * 3)


def breathing(unwrapped=False):
    """A liquid at constant pressure, whose cell changes by 7 %, wrapped or with its whole paths."""
    rng, sides = RNG(0), 20 + 1.5 * np.sin(np.arange(8) / 2)
    places = spread(200, 20.0, 2.6, seed=2) / 20 + np.cumsum(rng.normal(0, 0.005, (8, 200, 3)), axis=0)
    places = places + rng.integers(-3, 4, (200, 3)) if unwrapped else places % 1
    cells = np.array([[side] * 3 + [90] * 3 for side in sides])
    return make_trajectory(places * sides[:, None, None], ["Ar"] * 200, cell=cells)


def wire(pbc=(False, False, True)):
    """A round nanowire that repeats itself along z."""
    atoms = bulk("Cu", cubic=True) * (6, 6, 6)
    atoms = atoms[np.hypot(*(atoms.positions - atoms.positions.mean(axis=0))[:, :2].T) < 8]
    atoms.cell[0, 0] = atoms.cell[1, 1] = 60
    atoms.pbc = pbc
    return shaken(atoms)


def through_the_boundary(atoms, step, side):
    """Atoms that drift along x, wrapped into a cubic cell."""
    frames = (
        atoms.positions + RNG(0).normal(0, 0.1, (6, len(atoms), 3)) + step * np.arange(6)[:, None, None] * [1, 0, 0]
    )
    return make_trajectory(frames % side, list(atoms.symbols), cell=[side] * 3 + [90] * 3)


def layer(pbc=(True, True, False)):
    """Graphene, one layer."""
    sheet = graphene("C2", a=2.46, size=(8, 8, 1))
    sheet.cell[2] = [0, 0, 15]
    sheet.pbc = pbc
    return shaken(sheet, amplitude=0.05)


def jumping_vacancies():
    """Copper in which one atom moves into a vacancy in each interval."""
    atoms = crystal()
    places, rng, empty = atoms.positions, RNG(0), 77
    held, frames = [k for k in range(len(places)) if k != empty], []
    for _ in range(6):
        frames.append(places[held] + rng.normal(0, 0.1, (len(held), 3)))
        apart = places[held] - places[empty]
        apart -= atoms.cell.lengths() * np.round(apart / atoms.cell.lengths())
        atom = int(np.linalg.norm(apart, axis=1).argmin())
        held[atom], empty = empty, held[atom]
    return make_trajectory(frames, ["Cu"] * len(held), cell=atoms.cell.array)


SOUND = {
    "hydrogen": molecules_of_hydrogen,
    "liquid at constant pressure": breathing,
    "liquid at constant pressure, not wrapped": lambda: breathing(unwrapped=True),
    "nanowire": wire,
    "nanowire in a periodic cell": lambda: wire(True),
    "crystal that drifts": lambda: through_the_boundary(crystal(), 1.8, 4 * 3.61),
    "particle that drifts": lambda: through_the_boundary(Icosahedron("Au", 4), 11.0, 50.0),
    "layer": layer,
    "layer in a periodic cell": lambda: layer(True),
    "vacancies": jumping_vacancies,
    "colloids": lambda: rescaled(liquid(), 100).assign(species=("atom", ["A"] * 200)),
    "gas of points": lambda: make_trajectory(RNG(0).random((4, 200, 3)) * 100, ["A"] * 200, cell=[100] * 3 + [90] * 3),
    "sheared crystal": lambda: shaken(sheared()),
    "crystal": lambda: shaken(crystal()),
    "crystal in its primitive cell": lambda: shaken(crystal(primitive=True)),
    "hot crystal": lambda: shaken(crystal(), amplitude=0.2),
    "slab in vacuum": lambda: shaken(fcc111("Cu", (6, 6, 5), vacuum=10, periodic=True)),
    "slab, not periodic across": lambda: shaken(fcc111("Cu", (6, 6, 5), vacuum=0.1)),
    "gas": gas,
    "liquid": liquid,
    "liquid, not wrapped": lambda: liquid(wrapped=False),
    "water": water,
    "chain": chain,
    "chain in a cell": lambda: chain([60, 60, 60, 90, 90, 90]),
    "particle": particle,
    "beads": beads,
    "superionic": superionic,
    "two atoms": lambda: make_trajectory([[[0, 0, 0], [0, 0, 0.1]]], ["A", "B"]),
    "one atom": lambda: make_trajectory([[[0, 0, 0]], [[0, 0, 1]]], ["Cu"]),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_systems_give_no_alarm(name):
    """Neither an error nor a warning."""
    assert look(SOUND[name]()).findings == ()


def test_what_is_measured():
    """A row of 30 atoms every 3 Angstrom, in a cell of 91 x 10 x 10: 4 to the image."""
    places = np.zeros((30, 3))
    places[:, 0] = 3.0 * np.arange(30)
    seen = look(make_trajectory([places, places + [0, 0.5, 0]], ["Cu"] * 30, cell=[91, 10, 10, 90, 90, 90]))
    assert (seen.n_frames, seen.nearest) == (1, 3.0) and np.isnan(seen.across)  # none within 3
    assert seen.density == pytest.approx(30 / 9100) and seen.step == pytest.approx(0.5)
    tight = look(make_trajectory([places], ["Cu"] * 30, cell=[89, 10, 10, 90, 90, 90]))
    assert tight.across == pytest.approx(2.0) and np.isnan(tight.step)


# ------------------------------------------------------------------------------------------------- faults


def turned(atoms):
    """The cell of these atoms as lengths and angles alone, which put the first vector along x."""
    return shaken(atoms, cell=atoms.cell.cellpar())


def fitted():
    """Frames that were rotated to fit a reference; the cell was not."""
    atoms = Atoms("Ar200", positions=spread(200, 20.0, 2.6, seed=2))
    atoms.rotate(35, (1, 2, 0))
    return shaken(atoms, cell=[20] * 3 + [90] * 3)


def permuted(trajectory):
    """Atoms in another order in each frame, as programs write that do not sort them."""
    frames = [frame[RNG(k).permutation(len(frame))] for k, frame in enumerate(trajectory.positions.values)]
    return trajectory.assign(positions=trajectory.positions.copy(data=frames))


def rescaled(trajectory, factor):
    """The same in another unit of length."""
    scaled = trajectory.assign(positions=trajectory.positions * factor)
    return scaled.assign(cell=trajectory.cell * factor) if trajectory.periodic else scaled


def cropped(trajectory):
    """With a cell that is a sixth too short along one vector."""
    cell = trajectory.cell.copy()
    cell[:, 1] *= 5 / 6
    return trajectory.assign(cell=cell)


def wrapped_without_cell():
    """A crystal that drifts through its cell, which is not given."""
    drift = 0.5 * np.arange(6)[:, None, None] * [1, 0, 0]
    frames = crystal().positions + RNG(0).normal(0, 0.1, (6, 256, 3)) + drift
    return make_trajectory(frames % crystal().cell.lengths(), ["Cu"] * 256)


def reduced():
    """A crystal of particles that are not atoms, in units of their size."""
    return rescaled(shaken(crystal()).assign(species=("atom", ["1"] * 256)), 0.4)


FAULTS = {
    "cell in another orientation": (lambda: turned(crystal(primitive=True)), "boundary"),
    "rotated to fit": (fitted, "boundary"),
    "cell too short": (lambda: cropped(shaken(crystal())), "boundary"),
    "slab in a box that ends at it": (lambda: shaken(fcc111("Cu", (6, 6, 5), vacuum=0.1), pbc=[True] * 3), "boundary"),
    "crystal, not sorted": (lambda: permuted(shaken(crystal())), "identity"),
    "particle, not sorted": (lambda: permuted(shaken(Icosahedron("Au", 4))), "identity"),
    "nanometers": (lambda: rescaled(shaken(crystal()), 0.1), "units"),
    "water in nanometers": (lambda: rescaled(water(), 0.1), "units"),
    "units of sigma, elements stated": (lambda: rescaled(shaken(crystal()), 0.4), "units"),
    "velocities": (lambda: make_trajectory(RNG(0).normal(0, 2, (6, 256, 3)), ["Cu"] * 256), "units"),
    "wrapped, cell not given": (wrapped_without_cell, "jumps"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faults_stop(name):
    """Each is named by the fact that can be confirmed, and is the first finding."""
    make, fact = FAULTS[name]
    seen = look(make())
    assert [seen.findings[0].fact, seen.findings[0].stops] == [fact, True]
    assert heed(seen, "run.xtc")[0][0].startswith(f"{fact}: run.xtc: ")
    assert not any(text.startswith(fact) for text in heed(seen, "run.xtc", confirmed=[fact])[0])


def test_doubts():
    """Lengths in sigma, a crystal at rest, copper in Bohr, atoms at one place: they can be right."""
    assert [(each.fact, each.stops) for each in look(reduced()).findings] == [("length_unit", False)]
    assert [(each.fact, each.stops) for each in look(shaken(crystal(), amplitude=0)).findings] == [("motion", False)]
    for in_bohr in (shaken(crystal()), water(), molecules_of_hydrogen()):
        (finding,) = look(rescaled(in_bohr, 1.89)).findings
        assert finding.fact == "units" and not finding.stops
    frames = shaken(crystal()).positions.values.copy()
    frames[:, 1] = frames[:, 0] + 0.01
    (finding,) = look(make_trajectory(frames, ["Cu"] * 256)).findings
    assert finding.fact == "contacts" and not finding.stops


def test_a_stated_unit_of_length():
    """In sigma nothing is doubtful once the unit is stated; elements must then fit it."""
    assert look(reduced(), angstrom=2.5).findings == ()
    assert look(rescaled(shaken(crystal()), 0.1), angstrom=10).findings == ()
