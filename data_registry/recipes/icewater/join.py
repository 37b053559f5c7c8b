"""
Put half a box of ice and half a box of liquid water together, and write topologies.

``python join.py halves ice.gro liquid.gro start.gro start.top`` joins the lower half of the first and the upper half of
the second; ``python join.py topology 864`` prints a topology of so many molecules. Needs numpy.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

SITES = ("OW", "HW1", "HW2", "MW")
GAP = 0.12  # nm left free between the halves, so that no two molecules overlap


def read_gro(path):
    """
    Molecules of a GROMACS structure file.

    Parameters
    ----------
    path : path

    Returns
    -------
    molecules : numpy.ndarray, shape (n_molecules, 4, 3), in nm
        O, H, H and the massless site.
    box : numpy.ndarray, shape (3,), in nm

    Raises
    ------
    ValueError
        If the atoms are not molecules of these four sites one after the other.
    """
    lines = Path(path).read_text(encoding="ascii").splitlines()
    atoms = lines[2 : 2 + int(lines[1])]
    names = tuple(line[10:15].strip() for line in atoms)
    if not names or names != SITES * (len(names) // 4):
        raise ValueError(f"{path}: the atoms must be {', '.join(SITES)} of each molecule in turn")
    positions = np.array([[line[start : start + 8] for start in (20, 28, 36)] for line in atoms], dtype=float)
    return positions.reshape(-1, 4, 3), np.array(lines[2 + len(atoms)].split()[:3], dtype=float)


def join_halves(ice, liquid, box):
    """
    The lower half of the ice below the upper half of the liquid.

    A molecule belongs to the half in which its oxygen lies; it is moved as a whole, by full heights of the box, to
    where its oxygen is inside.

    Parameters
    ----------
    ice, liquid : numpy.ndarray, shape (n_molecules, 4, 3), in nm
    box : numpy.ndarray, shape (3,), in nm
        Of both.

    Returns
    -------
    molecules : numpy.ndarray, shape (n_molecules, 4, 3), in nm
        Of the ice, then of the liquid.
    box : numpy.ndarray, shape (3,), in nm
        Higher by two gaps, one at each of the two planes of contact.
    """
    height, up = box[2], np.array([0.0, 0.0, 1.0])
    ice, liquid = (m - up * (height * np.floor(m[:, :1, 2:] / height)) for m in (ice, liquid))
    lower = ice[ice[:, 0, 2] < height / 2]
    upper = liquid[liquid[:, 0, 2] >= height / 2] + GAP * up
    return np.concatenate([lower, upper]), box + 2 * GAP * up


def write_gro(path, molecules, box):
    """Write molecules (n_molecules, 4, 3) and a box, both in nm, as a GROMACS structure file."""
    with open(path, "w", encoding="ascii") as file:
        file.write(f"ice and liquid\n{4 * len(molecules)}\n")
        for number, molecule in enumerate(molecules, start=1):
            for site, (name, place) in enumerate(zip(SITES, molecule, strict=True), start=4 * number - 3):
                x, y, z = place
                file.write(f"{number % 100_000:5d}SOL  {name:>5}{site % 100_000:5d}{x:8.3f}{y:8.3f}{z:8.3f}\n")
        file.write("".join(f"{edge:10.5f}" for edge in box) + "\n")


def topology(n_molecules):
    """Text of a topology of TIP4P/Ice with so many molecules."""
    force_field = Path(__file__).with_name("tip4p-ice.top").read_text(encoding="ascii")
    return f"{force_field}\n[ system ]\nwater, TIP4P/Ice\n\n[ molecules ]\nSOL {n_molecules}\n"


def main():
    """Do what the command line asks for."""
    parser = argparse.ArgumentParser(description="join ice and liquid water, or print a topology")
    commands = parser.add_subparsers(dest="command", required=True)
    halves = commands.add_parser("halves")
    halves.add_argument("files", nargs=4, metavar=("ICE", "LIQUID", "STRUCTURE", "TOPOLOGY"))
    commands.add_parser("topology").add_argument("n_molecules", type=int)
    arguments = parser.parse_args()
    if arguments.command == "topology":
        sys.stdout.write(topology(arguments.n_molecules))
        return
    ice_file, liquid_file, structure_file, topology_file = arguments.files
    (ice, box), (liquid, _) = read_gro(ice_file), read_gro(liquid_file)
    molecules, taller = join_halves(ice, liquid, box)
    write_gro(structure_file, molecules, taller)
    Path(topology_file).write_text(topology(len(molecules)), encoding="ascii")
    print(f"{structure_file}: {len(molecules)} molecules")


if __name__ == "__main__":
    main()
