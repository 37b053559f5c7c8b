"""
Write ``slab.data``: a Cu(211) surface with four adatoms, for LAMMPS.

The slab is 30 x 10 x 6 cells of ASE's ``fcc211``: ten terraces, 1800 atoms, 12 Angstrom of vacuum above and below. The
adatoms stand behind them in the file; each is dropped at a random place and rests on the first atom that it touches.
The random numbers are fixed: the file is the same every time.
"""

import argparse
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import fcc211
from ase.io import write

CELLS = (30, 10, 6)
LATTICE_CONSTANT = 3.615  # Angstrom
VACUUM = 12.0  # Angstrom, on either side
N_ADATOMS = 4
SEED = 3
APART = 9.0  # Angstrom: adatoms start at least so far from each other, seen from above
BOND = 2.35  # Angstrom from an adatom to the atom that it rests on


def shifts(places, place, box):
    """Distances in Angstrom from a place to others, seen from above, by the nearest periodic image."""
    difference = places - place
    return np.linalg.norm(difference - box * np.round(difference / box), axis=-1)


def random_places(box, rng):
    """Draw places until `N_ADATOMS` of them are `APART`: array (n, 2) in Angstrom."""
    places = np.empty((0, 2))
    while len(places) < N_ADATOMS:
        place = rng.uniform(0, box)
        if (shifts(places, place, box) >= APART).all():
            places = np.vstack([places, place])
    return places


def resting_height(surface, place, box):
    """Height in Angstrom at which a ball let down at a place first comes as near as `BOND` to an atom."""
    aside = shifts(surface[:, :2], place, box)
    under = aside < BOND
    return (surface[under, 2] + np.sqrt(BOND**2 - aside[under] ** 2)).max()


def build():
    """
    The slab with its adatoms.

    Returns
    -------
    atoms : ase.Atoms
        1800 atoms of the slab, plane by plane from the top, and 4 adatoms; a cell with right angles.
    """
    slab = fcc211("Cu", CELLS, a=LATTICE_CONSTANT, vacuum=VACUUM)
    box = slab.cell.lengths()[:2]
    places = random_places(box, np.random.default_rng(SEED))
    adatoms = [(*place, resting_height(slab.positions, place, box)) for place in places]
    return slab + Atoms(f"Cu{N_ADATOMS}", positions=adatoms)


def main():
    """Write the data file."""
    parser = argparse.ArgumentParser(description="write slab.data, here or in a folder")
    parser.add_argument("--folder", type=Path, default=Path())
    path = parser.parse_args().folder / "slab.data"
    atoms = build()
    write(path, atoms, format="lammps-data", masses=True)
    print(f"{path}: {len(atoms)} atoms")


if __name__ == "__main__":
    main()
