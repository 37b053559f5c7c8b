"""
Write ``particle.data``: an icosahedron of 309 gold atoms, for LAMMPS.

Five shells (1, 12, 42, 92 and 162 atoms) of a Mackay icosahedron in a cell that leaves 30 Angstrom free on every side:
no atom ever sees a periodic image.
"""

import argparse
from pathlib import Path

from ase.cluster import Icosahedron
from ase.io import write

SHELLS = 5
LATTICE_CONSTANT = 4.08  # Angstrom, of the fcc crystal
VACUUM = 30.0  # Angstrom


def build():
    """
    The particle.

    Returns
    -------
    atoms : ase.Atoms
        309 atoms in the middle of a cell.
    """
    particle = Icosahedron("Au", SHELLS, latticeconstant=LATTICE_CONSTANT)
    particle.center(vacuum=VACUUM)
    return particle


def main():
    """Write the data file."""
    parser = argparse.ArgumentParser(description="write particle.data, here or in a folder")
    parser.add_argument("--folder", type=Path, default=Path())
    path = parser.parse_args().folder / "particle.data"
    atoms = build()
    write(path, atoms, format="lammps-data", masses=True)
    print(f"{path}: {len(atoms)} atoms")


if __name__ == "__main__":
    main()
