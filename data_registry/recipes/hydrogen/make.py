"""
A crystal with a fast species planted in it: hydrogen that hops between the gaps of palladium. Takes a second.

Palladium atoms vibrate about their places. Twelve hydrogen atoms vibrate in octahedral gaps, and hop to a free one
beside theirs. Nothing is simulated: displacements are random numbers with a memory, and hops are drawn with one
probability. It is known, therefore, which atoms are fast.

    python make.py FOLDER
"""

import sys
from pathlib import Path

import MDAnalysis as mda
import numpy as np
from ase import Atoms
from ase.build import bulk

LATTICE, REPEATS, N_HYDROGEN, N_FRAMES = 4.02, 4, 12, 120  # Angstrom; 256 atoms of palladium
INTERVAL = 0.001  # ns
VIBRATION = 0.10  # Angstrom, along each axis
MEMORY = 0.8  # share of a displacement that is left in the next frame
HOPPING = 0.15  # probability that a hydrogen leaves its gap in one interval
SEED = 7


def hopping_crystal():
    """
    Frames of the crystal.

    Returns
    -------
    frames : numpy.ndarray, shape (N_FRAMES, n_atoms, 3)
        In Angstrom, within the cell.
    atoms : ase.Atoms
        Symbols and cell; hydrogen comes last.
    """
    rng = np.random.default_rng(SEED)
    crystal = bulk("Pd", a=LATTICE, cubic=True) * REPEATS
    box = crystal.cell.lengths()
    gaps = crystal.positions + [LATTICE / 2, 0, 0]
    apart = gaps[:, None] - gaps
    distances = np.linalg.norm(apart - box * np.round(apart / box), axis=2)
    beside = [np.flatnonzero(np.isclose(row, LATTICE / np.sqrt(2))) for row in distances]
    taken = rng.permutation(len(gaps))[:N_HYDROGEN]
    n_atoms = len(crystal) + N_HYDROGEN
    displacement, frames = rng.normal(0, VIBRATION, (n_atoms, 3)), []
    for _ in range(N_FRAMES):
        frames.append((np.concatenate([crystal.positions, gaps[taken]]) + displacement) % box)
        displacement = MEMORY * displacement + rng.normal(0, VIBRATION * np.sqrt(1 - MEMORY**2), (n_atoms, 3))
        for k in np.flatnonzero(rng.random(N_HYDROGEN) < HOPPING):
            free = np.setdiff1d(beside[taken[k]], taken)
            taken[k] = rng.choice(free)
    symbols = ["Pd"] * len(crystal) + ["H"] * N_HYDROGEN
    return np.array(frames), Atoms(symbols, positions=frames[0], cell=box, pbc=True)


def write(folder):
    """Write ``hydrogen.pdb`` and ``hydrogen.xtc``; coordinates of the latter are rounded to 0.01 Angstrom."""
    frames, atoms = hopping_crystal()
    universe = mda.Universe.empty(len(atoms), trajectory=True)
    for attribute in ("names", "types", "elements"):
        universe.add_TopologyAttr(attribute, list(atoms.symbols))
    step = universe.trajectory.ts
    with mda.Writer(str(folder / "hydrogen.xtc"), n_atoms=len(atoms)) as writer:
        for k, frame in enumerate(frames):
            step.positions, step.dimensions, step.frame, step.time = frame, atoms.cell.cellpar(), k, 1000 * INTERVAL * k
            if k == 0:
                universe.atoms.write(str(folder / "hydrogen.pdb"))
            writer.write(universe.atoms)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
