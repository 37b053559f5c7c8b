"""
Turn what LAMMPS or GROMACS wrote into a topology and a trajectory like those of the bundled samples.

``python bundle.py cu211``, ``au309`` or ``icewater``, in the folder of the run, writes ``NAME.pdb`` (topology and first
frame) and ``NAME.xtc`` there: coordinates to 0.01 Angstrom, time from 0 on. Needs MDAnalysis.
"""

import argparse
import warnings
from dataclasses import dataclass
from pathlib import Path

import MDAnalysis as mda


@dataclass(frozen=True)
class Run:
    """
    What a run left behind.

    Attributes
    ----------
    topology, trajectory : str
        Names of the files.
    options : dict
        For ``MDAnalysis.Universe``.
    interval : float
        Between frames, in ps.
    n_frames : int
        How many the sample has, from the start.
    keep : str
        MDAnalysis selection of the atoms that the sample has.
    names : tuple of str
        Their names, repeated in this order.
    residue : str
    isolated : bool
        A particle without a cell, whose center of geometry goes to the origin.
    """

    topology: str
    trajectory: str
    options: dict
    interval: float
    n_frames: int
    keep: str
    names: tuple
    residue: str
    isolated: bool


# dt: ps per step of the simulation, which the dump counts
LAMMPS = {"topology_format": "DATA", "atom_style": "id type x y z", "format": "LAMMPSDUMP", "dt": 0.005}
RUNS = {
    "cu211": Run("slab.data", "cu211.dump", LAMMPS, 40.0, 502, "all", ("Cu",), "CU", False),
    "au309": Run("particle.data", "au309.dump", LAMMPS, 50.0, 2000, "all", ("Au",), "AU", True),
    "icewater": Run("run.gro", "run.xtc", {}, 10.0, 400, "not name MW", ("O", "H1", "H2"), "HOH", False),
}


def bundle(name, folder=Path()):
    """
    Write the topology and the trajectory of a run.

    Parameters
    ----------
    name : {"cu211", "au309", "icewater"}
    folder : path
        Of the run; the files are written there.

    Returns
    -------
    topology, trajectory : Path
    """
    run = RUNS[name]
    topology, trajectory = Path(folder) / f"{name}.pdb", Path(folder) / f"{name}.xtc"
    universe = mda.Universe(Path(folder) / run.topology, Path(folder) / run.trajectory, **run.options)
    kept = universe.select_atoms(run.keep)
    sample = named_atoms(len(kept), run)
    with warnings.catch_warnings(), mda.Writer(str(trajectory), len(kept)) as frames:
        # PDB has fields that no simulation of ours fills; MDAnalysis says so for each.
        warnings.filterwarnings("ignore", module="MDAnalysis.coordinates.PDB")
        for number, frame in enumerate(universe.trajectory[: run.n_frames]):
            center = kept.center_of_geometry() if run.isolated else 0
            sample.atoms.positions = kept.positions - center
            sample.dimensions = None if run.isolated else frame.dimensions
            sample.trajectory.ts.time = number * run.interval
            sample.trajectory.ts.data["step"] = number
            frames.write(sample.atoms)
            if number == 0:
                sample.atoms.write(str(topology))
    return topology, trajectory


def named_atoms(n_atoms, run):
    """Atoms with the names, residues and elements of the samples, and no positions yet: MDAnalysis.Universe."""
    n_residues = n_atoms // len(run.names)
    residue_of_atom = [atom // len(run.names) for atom in range(n_atoms)]
    universe = mda.Universe.empty(n_atoms, n_residues, atom_resindex=residue_of_atom, trajectory=True)
    universe.add_TopologyAttr("names", run.names * n_residues)
    universe.add_TopologyAttr("elements", [name.rstrip("12") for name in run.names] * n_residues)
    universe.add_TopologyAttr("resnames", [run.residue] * n_residues)
    universe.add_TopologyAttr("resids", range(1, n_residues + 1))
    universe.add_TopologyAttr("chainIDs", ["X"] * n_atoms)
    return universe


def main():
    """Bundle what the command line asks for."""
    parser = argparse.ArgumentParser(description="write topology and trajectory of a run, here or in a folder")
    parser.add_argument("sample", choices=RUNS)
    parser.add_argument("--folder", type=Path, default=Path())
    arguments = parser.parse_args()
    print(*bundle(arguments.sample, arguments.folder), sep="\n")


if __name__ == "__main__":
    main()
