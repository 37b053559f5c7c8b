"""
Write the Gupta potential of copper or gold as a table that LAMMPS reads (``pair_style eam/alloy``).

``python gupta.py Cu Au`` writes ``Cu.eam.alloy`` and ``Au.eam.alloy`` into the current folder. Only numpy is needed.

In the second-moment approximation of tight binding [1]_ [2]_ an atom repels its neighbors in pairs and is bound to them
by the width of a d band, which grows as the square root of the sum over neighbors:

.. math:: E_i = \\sum_j A\\,e^{-p(r_{ij}/r_0 - 1)} - \\sqrt{\\sum_j \\xi^2 e^{-2q(r_{ij}/r_0 - 1)}}

That is an embedded-atom potential: density :math:`\\rho(r) = \\xi^2 e^{-2q(r/r_0 - 1)}`, embedding energy
:math:`F(\\rho) = -\\sqrt\\rho`, and a pair energy :math:`\\phi(r) = 2A e^{-p(r/r_0 - 1)}`, of which each atom of a pair
has half.

Where the parameters come from: those of gold, with both cutoffs, are the example in LAMMPS's documentation of
``pair_style smatb``, which computes the same potential without a table. Those of copper are a set for nanoparticles
whose first publication we could not look up; we vouch for what they give, not for their origin. For both the tests
compute lattice constant and cohesive energy from the table and compare them with experiment.

References
----------
.. [1] R. P. Gupta, Phys. Rev. B 23, 6265 (1981).
.. [2] F. Cleri and V. Rosato, Phys. Rev. B 48, 22 (1993).
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

N_DISTANCES, N_DENSITIES = 4000, 20_000
NEAREST = 0.3  # of r0: below, where no atom ever comes, the functions are held constant to stay finite


@dataclass(frozen=True)
class Metal:
    """
    A metal and its Gupta parameters.

    Attributes
    ----------
    symbol : str
    number : int
        In the periodic table.
    mass : float
        In g/mol.
    lattice_constant : float
        Of the fcc crystal, in Angstrom. LAMMPS reads and ignores it.
    r0 : float
        Distance of nearest neighbors in the crystal, in Angstrom.
    p, q : float
        Decay of repulsion and band.
    repulsion, band : float
        A and xi of the formula, in eV.
    inner, outer : float
        In Angstrom: up to *inner* the exponentials hold, from *outer* on there is nothing.
    largest_density : float
        End of the table of F, in eV^2: more than nine times the density in the crystal.
    """

    symbol: str
    number: int
    mass: float
    lattice_constant: float
    r0: float
    p: float
    q: float
    repulsion: float
    band: float
    inner: float
    outer: float
    largest_density: float


METALS = {
    "Cu": Metal(
        symbol="Cu",
        number=29,
        mass=63.546,
        lattice_constant=3.615,
        r0=2.556,
        p=10.55,
        q=2.43,
        repulsion=0.0894,
        band=1.2799,
        inner=3.615,  # second neighbors
        outer=3.615 * np.sqrt(1.5),  # third neighbors
        largest_density=300.0,
    ),
    "Au": Metal(
        symbol="Au",
        number=79,
        mass=196.96655,
        lattice_constant=4.08,
        r0=2.88,
        p=10.35,
        q=4.178,
        repulsion=0.210,
        band=1.818,
        inner=4.07293506,  # r0 sqrt(2): second neighbors
        outer=4.9883063257983666,  # r0 sqrt(3): third neighbors
        largest_density=400.0,
    ),
}


def smooth_exponential(r, amplitude, decay, metal):
    """
    An exponential that ends smoothly between the two cutoffs of a metal.

    A jump at the cutoff would be a kick for every atom that crosses it. Between the cutoffs stands a polynomial of
    third to fifth degree in the distance from the outer one: it vanishes there with slope and curvature, and takes over
    value, slope and curvature of the exponential at the inner one.

    Parameters
    ----------
    r : array_like
        Distances in Angstrom.
    amplitude : float
        Value at r0.
    decay : float
        p or q.
    metal : Metal

    Returns
    -------
    values : numpy.ndarray, shape of *r*, unit of *amplitude*
    """
    r = np.asarray(r, dtype=float)
    width = metal.outer - metal.inner
    value = amplitude * np.exp(-decay * (metal.inner / metal.r0 - 1))
    # In t, which falls from 1 at the inner cutoff to 0 at the outer one, slope and curvature at t = 1 are:
    slope = value * decay * width / metal.r0
    curvature = slope**2 / value
    t = np.clip((metal.outer - r) / width, 0, 1)
    cubic = 10 * value - 4 * slope + curvature / 2
    quartic = -15 * value + 7 * slope - curvature
    quintic = 6 * value - 3 * slope + curvature / 2
    tail = t**3 * (cubic + t * (quartic + t * quintic))
    return np.where(r <= metal.inner, amplitude * np.exp(-decay * (r / metal.r0 - 1)), tail)


def pair_energy(r, metal):
    """Repulsion phi(r) of two atoms at a distance in Angstrom, in eV; each atom has half of it."""
    return 2 * smooth_exponential(r, metal.repulsion, metal.p, metal)


def density(r, metal):
    """What a neighbor at a distance in Angstrom adds to the squared width of an atom's band, in eV^2."""
    return smooth_exponential(r, metal.band, metal.q, metal) ** 2


def embedding_energy(rho):
    """Energy of an atom in a band of squared width rho in eV^2: -sqrt(rho), in eV."""
    return -np.sqrt(rho)


def write_table(metal, path):
    """
    Write the potential of a metal in the setfl format with the element's name in line 4, as LAMMPS wants it.

    Three lines of comment; the elements; the sizes and steps of the tables and the cutoff; number, mass, lattice
    constant and lattice of the element; then, each on a new line, F of 0, drho, ..., rho of 0, dr, ... and r phi(r).

    Parameters
    ----------
    metal : Metal
    path : path
        An existing file is replaced.
    """
    dr = metal.outer / (N_DISTANCES - 1)
    drho = metal.largest_density / (N_DENSITIES - 1)
    r = dr * np.arange(N_DISTANCES)
    seen = np.maximum(r, NEAREST * metal.r0)
    tables = (
        embedding_energy(drho * np.arange(N_DENSITIES)),
        density(seen, metal),
        r * pair_energy(seen, metal),
    )
    header = [
        f"Gupta potential of {metal.symbol}: r0 {metal.r0} A, p {metal.p}, q {metal.q}, "
        f"A {metal.repulsion} eV, xi {metal.band} eV",
        f"smooth cutoff from {metal.inner:.8f} to {metal.outer:.8f} A",
        "F(rho) in eV, rho(r) in eV^2, r phi(r) in eV A",
        f"1 {metal.symbol}",
        f"{N_DENSITIES} {drho:.16e} {N_DISTANCES} {dr:.16e} {metal.outer:.16e}",
        f"{metal.number} {metal.mass} {metal.lattice_constant} fcc",
    ]
    with open(path, "w", encoding="ascii") as file:
        file.write("\n".join(header) + "\n")
        for table in tables:
            np.savetxt(file, table.reshape(-1, 4), fmt="%.16e")


def main():
    """Write the tables that the command line asks for."""
    parser = argparse.ArgumentParser(description="write Gupta potentials for LAMMPS, here or in a folder")
    parser.add_argument("metal", nargs="+", choices=METALS)
    parser.add_argument("--folder", type=Path, default=Path())
    arguments = parser.parse_args()
    for symbol in arguments.metal:
        path = arguments.folder / f"{symbol}.eam.alloy"
        write_table(METALS[symbol], path)
        print(path)


if __name__ == "__main__":
    main()
