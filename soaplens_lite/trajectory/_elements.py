"""
Which element, or which kind of particle, each atom of a file is.

Files name atoms in many ways. The order here is: what the user says, the element column, names that have one meaning,
masses. Particles that are not atoms (beads, colloids) keep the names that the file gives them.
"""

import math
import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import MDAnalysis as mda
import numpy as np
from ase.data import atomic_masses, atomic_numbers, chemical_symbols
from MDAnalysis.core.selection import NucleicSelection, ProteinSelection, WaterSelection
from numpy.typing import ArrayLike

COLUMNS = ("elements", "names", "types", "resnames", "masses")
# Massless charges of water models with four or five sites, and how these models call their atoms.
MASSLESS_SITES = ("M", "Mw", "Dummy", "Ep", "Epw", "Lp", "X", "Vs")
IONS = {
    "SOD": "Na",
    "POT": "K",
    "CLA": "Cl",
    "CAL": "Ca",
    "CES": "Cs",
    "LIT": "Li",
    "RUB": "Rb",
    "BAR": "Ba",
    "CAD": "Cd",
}
LIGHT = set("CHNOPS")
WATER_NAMES = {"OW": "O", "OH2": "O", "HW": "H"}
PROTEIN, NUCLEIC = set(ProteinSelection.prot_res), set(NucleicSelection.nucl_res)
WATER = set(WaterSelection.water_res) | {"TIP4P", "TIP5", "TP3", "SPC", "SPCE", "OPC", "HO4", "T4E"}
# Atoms of amino acids in PDB files. Beads of coarse-grained proteins (BB, SC1) are not among them.
PROTEIN_ATOM = re.compile(r"\d?H.*|C|C[ABGDEZH]\d?|N|N[DEZHT]\d?|O\d?|O[DEGH]\d?|O[TC]\d?|OXT|S[GD]|P")
BACKBONE = {"N", "CA", "C", "O"}  # an amino acid under any name
# Names of elements that occur in simulations. Rare ones are not guessed from a name or a mass.
RARE = {"X", "Tc", "Pm", "Po", "At", "Rn", "Fr", "Ra", "Ac", "Pa", "Np"} | set(chemical_symbols[95:])
COMMON = [symbol for symbol in chemical_symbols if symbol not in RARE]
# Symbols of two letters that are names of light atoms too: CA is calcium or a carbon, PD palladium or a phosphorus.
TWO_READINGS = {symbol.upper() for symbol in chemical_symbols if re.match("[CHNOPS][a-z]", symbol)} - {"CL", "CU", "SI"}
# Those of them that molecules hold, and letters that count the atoms of a molecule: PA and PB are phosphorus.
IN_MOLECULES = {"CA", "CD", "CO", "CR", "HG", "NA", "NB", "NI", "PB", "PD", "PT", "SB", "SE", "SN"}
COUNTING = ("ABCDE", "ABGDEZH")
SMALLEST_MASS = 0.01  # lighter sites have none: programs that divide by masses want a number
LARGEST_REDUCED = 10  # whole numbers up to this are masses in units of the model
MASS_DIGITS, MASS_SHARE = 0.011, 0.001  # how far a rounded mass may be from the element's: in u, and relative


class Species(NamedTuple):
    """
    What the atoms of a file are.

    Attributes
    ----------
    symbols : list of str, length n_atoms
        Chemical symbols, or names of the file for particles that are not atoms.
    origin : str
        Where this is known from.
    doubtful : tuple of str
        Names that were read in one way and have another reading, each as a phrase.
    unknown : tuple of str
        Names of atoms that were not understood.
    """

    symbols: list[str]
    origin: str
    doubtful: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass
class _Kind:
    """Atoms that the file describes in the same way."""

    element: str
    name: str
    type: str
    resname: str
    mass: float
    n_atoms: int
    symbol: str = ""
    origin: str = ""
    doubt: str = ""  # the other reading

    @property
    def label(self):
        """What the file calls these atoms: str."""
        return self.name or self.type or self.element


def is_element(symbol: str) -> bool:
    """
    Whether a text is a chemical symbol.

    Parameters
    ----------
    symbol : str

    Returns
    -------
    answer : bool

    Examples
    --------
    >>> is_element("Cu"), is_element("X"), is_element("1")
    (True, False, False)
    """
    return symbol in atomic_numbers and symbol != "X"


def massless(species: ArrayLike) -> np.ndarray:
    """
    Which atoms are massless sites of a water model. In a system of beads there are none, whatever they are called.

    Parameters
    ----------
    species : array_like of str, shape (n_atoms,)

    Returns
    -------
    mask : numpy.ndarray of bool, shape (n_atoms,)

    Examples
    --------
    >>> massless(["O", "H", "H", "Mw"]).tolist(), massless(["M", "PO4"]).tolist()
    ([False, False, False, True], [False, False])
    """
    sites = np.isin(species, MASSLESS_SITES)
    others = set(np.asarray(species)[~sites].tolist())
    return sites if others and all(map(is_element, others)) else np.zeros(len(sites), dtype=bool)


def atom_columns(atoms: mda.AtomGroup) -> dict[str, np.ndarray]:
    """
    What a file says about its atoms.

    Parameters
    ----------
    atoms : MDAnalysis.AtomGroup
        Of a universe that was opened with ``to_guess=()``: MDAnalysis would add guesses.

    Returns
    -------
    columns : dict of str to numpy.ndarray, shape (n_atoms,)
        Those of `COLUMNS` that the file has.
    """
    found = {name: getattr(atoms, name, None) for name in COLUMNS}
    return {name: np.asarray(values) for name, values in found.items() if values is not None}


def identify(columns: Mapping[str, ArrayLike], elements: Mapping[str, str] | None = None, *, beads=False) -> Species:
    """
    The element of each atom, or its name where it is not an atom.

    Parameters
    ----------
    columns : dict of str to array_like, shape (n_atoms,)
        Some of ``elements``, ``names``, ``types``, ``resnames``, ``masses``; see `atom_columns`.
    elements : dict of str to str, optional
        Symbols that the user states for names, types or elements of the file, ``{"1": "Cu"}`` for instance.
    beads : bool
        The user states that the particles are not atoms: names are kept.

    Returns
    -------
    species : Species

    Raises
    ------
    ValueError
        If the file names its atoms in no way.

    Examples
    --------
    In a residue of their own name, two letters are a metal; in a protein, the first one counts:

    >>> identify({"names": ["PD", "CA", "CA"], "resnames": ["PD", "ALA", "CA"]}).symbols
    ['Pd', 'C', 'Ca']

    Types of a force field say nothing, masses do:

    >>> identify({"types": ["1", "2"], "masses": [63.55, 91.22]})[:2]
    (['Cu', 'Zr'], 'guessed: from masses')

    Beads keep their names:

    >>> identify({"names": ["PO4", "C1A", "W"]}).symbols
    ['PO4', 'C1A', 'W']
    """
    n_atoms = max(map(len, columns.values()), default=0)
    given = [list(columns.get(name, [math.nan if name == "masses" else ""] * n_atoms)) for name in COLUMNS]
    rows = [(*(str(word).strip() for word in words), float(mass)) for *words, mass in zip(*given, strict=True)]
    kinds = {row: _Kind(*row, n_atoms=count) for row, count in Counter(rows).items()}
    if not kinds or not all(kind.label for kind in kinds.values()):
        raise ValueError("the topology names neither elements nor types of atoms: give one that does, such as PDB")
    steps = (_keep_names,) if beads else (_take_elements, _read_names, _read_masses, _read_types, _find_beads)
    _take_stated(kinds.values(), elements or {})
    for step in steps:
        step(kinds.values())
    told = _told(kinds.values())
    return Species([kinds[row].symbol or kinds[row].label for row in rows], *told)


def known_species(species: Species, source: str) -> list[str]:
    """
    The symbols of a file, with a warning for what was read in one of two ways.

    Parameters
    ----------
    species : Species
    source : str
        Name of the file.

    Returns
    -------
    symbols : list of str, length n_atoms

    Warns
    -----
    UserWarning
        For names that have another reading, or none.
    """
    for phrase in (*species.doubtful, *(f"{name} is not understood" for name in species.unknown)):
        warnings.warn(f"{source}: {phrase}; state it, by elements = {{name: symbol}}", UserWarning, stacklevel=3)
    return species.symbols


def _take_stated(kinds, elements):
    """What the user says counts first."""
    for kind in kinds:
        for word in (kind.name, kind.type, kind.element):
            if word in elements:
                kind.symbol, kind.origin = elements[word], "elements stated"
                break


def _take_elements(kinds):
    """The element column. Readers of XYZ fill it with names: there it counts only if it is complete."""
    complete = all(is_element(kind.element.capitalize()) for kind in kinds)
    for kind in kinds:
        if not kind.symbol and is_element(kind.element.capitalize()) and (complete or kind.element != kind.name):
            kind.symbol, kind.origin = kind.element.capitalize(), "from the file"


def _read_names(kinds):
    """Names, each beside the other names of its residue."""
    residues = _residues(kinds)
    for kind in kinds:
        if not kind.symbol and kind.name:
            kind.symbol, kind.doubt = _by_name(kind.name, kind.resname.upper(), residues[kind.resname])
            kind.origin = kind.symbol and "guessed: from names of atoms"


def _residues(kinds):
    """Names of the atoms in each residue."""
    residues = defaultdict(set)
    for kind in kinds:
        residues[kind.resname].add(_bare(kind.name))
    return residues


def _bare(name):
    """A name without counters, charges and what stands behind a line: O1, 2HB, Cu2+, C5', Cu_surface."""
    return re.sub(r"^\d+|[\d+\-'*]+$", "", name.partition("_")[0]).upper()


def _by_name(name, resname, siblings):
    """The symbol that a name stands for, and its other reading; both empty where there is none."""
    bare, own = _bare(name), _bare(resname)
    light = bare[:1] if bare[:1] in LIGHT else ""
    symbol = bare.capitalize() if bare.capitalize() in COMMON else ""
    bead = "a bead" if siblings == {"W"} else ""  # tungsten, or water in the Martini model
    if water := _in_water(bare, resname):
        return water, ""
    is_ion = siblings == {bare} and bare in IONS or symbol and name.endswith(("+", "-"))
    if is_ion or own == bare or _is_formula(own, siblings):
        return IONS.get(bare, symbol), bead
    if resname in PROTEIN or resname and siblings >= BACKBONE:
        return ("Se" if bare == "SE" else light if PROTEIN_ATOM.fullmatch(name.upper()) else ""), ""
    if resname in NUCLEIC:
        return light, ""
    if symbol and bare not in TWO_READINGS:
        return symbol, bead
    return _of_two_readings(name, light, symbol, siblings)


def _of_two_readings(name, light, symbol, siblings):
    """Metals and light atoms with the same names: capital letters and the atoms beside them decide."""
    hydrogens = any(other.startswith("H") and other not in TWO_READINGS for other in siblings)
    carbons = any(other == "C" or other[:1] == "C" and other.capitalize() not in COMMON for other in siblings)
    is_molecule, bare = hydrogens and carbons, _bare(name)
    if re.match("[A-Z][a-z]", name) and name[:2] in COMMON:
        return name[:2], light if is_molecule else ""
    if is_molecule or symbol and carbons:
        is_counted = any(light + letter in siblings for letter in _beside(bare[1:]))
        return light, symbol if bare in IN_MOLECULES and not is_counted else ""
    return symbol, (light if light in ("C", "H") else "") if symbol else ""


def _beside(letter):
    """Letters that stand beside one where letters count: A and C beside B, A and G in Greek."""
    pairs = [pair for order in COUNTING for pair in pairwise(order) if letter in pair]
    return {other for pair in pairs for other in pair} - {letter}


def _in_water(bare, resname):
    """Symbol of an atom or a massless site of water."""
    if bare in WATER_NAMES:
        return WATER_NAMES[bare]
    if resname in WATER and bare[:1] in ("O", "H"):
        return bare[:1]
    is_site = bare.capitalize() in MASSLESS_SITES and (len(bare) > 1 or resname in WATER)
    return bare.capitalize() if is_site else ""


def _is_formula(residue, siblings):
    """Whether the name of a residue is made of those of its atoms: NBN of NB and N."""
    if not siblings <= {symbol.upper() for symbol in COMMON}:
        return False
    either = "|".join(sorted(siblings, key=len, reverse=True))
    return bool(re.fullmatch(f"({either})+", residue)) and set(re.findall(either, residue)) == siblings


def _read_masses(kinds):
    """Masses, if all are those of elements: in a model of beads or united atoms a single one may be so by chance."""
    masses = {kind.mass for kind in kinds if kind.mass > SMALLEST_MASS}
    if not masses or all(mass == round(mass) <= LARGEST_REDUCED for mass in masses):
        return
    symbols = {mass: _by_mass(mass) for mass in masses}
    for kind in kinds if all(symbols.values()) else ():
        if kind.mass >= 0 and (not kind.symbol or kind.doubt):
            kind.symbol, kind.doubt, kind.origin = symbols.get(kind.mass, "X"), "", "guessed: from masses"


def _read_types(kinds):
    """Types, where they are symbols and there is nothing else."""
    if all(not kind.symbol and kind.type.capitalize() in COMMON for kind in kinds):
        for kind in kinds:
            kind.symbol, kind.origin = kind.type.capitalize(), "guessed: from types of atoms"


def _by_mass(mass):
    """The one common element of this mass, or nothing."""
    within = MASS_DIGITS if mass == round(mass) else max(MASS_DIGITS, MASS_SHARE * mass)  # 45 and 72 are those of beads
    near = [symbol for symbol in COMMON if abs(atomic_masses[atomic_numbers[symbol]] - mass) <= within]
    return near[0] if len(near) == 1 else ""


def _find_beads(kinds):
    """
    Where names are no elements, all particles are beads, unless there are atoms of hydrogen, proteins or water.

    Then also those keep their names whose names look like elements: W, C1, P4.
    """
    for kind in kinds:
        by_name = kind.origin.endswith("names of atoms")
        if by_name and kind.mass > 4 + 1.5 * atomic_masses[atomic_numbers.get(kind.symbol, 0)]:
            kind.symbol = ""  # A bead of 72 u is not the carbon that its name says.
    known = PROTEIN | NUCLEIC | WATER
    atomistic = any(names >= BACKBONE for names in _residues(kinds).values())
    atomistic |= any(kind.symbol == "H" or (kind.symbol and kind.resname in known) for kind in kinds)
    unknown = [kind for kind in kinds if not kind.symbol]
    for kind in unknown if atomistic else ():
        if _bare(kind.name)[:1] in LIGHT:
            kind.symbol, kind.origin = _bare(kind.name)[0], "guessed: from names of atoms"
    if unknown and not atomistic:
        for kind in kinds:
            if kind.origin.startswith("guessed"):
                kind.symbol = kind.doubt = ""
        _keep_names(kinds)


def _keep_names(kinds):
    """Particles that are not atoms are called as the file calls them."""
    for kind in kinds:
        if not kind.symbol:
            kind.symbol, kind.origin = kind.label, "names of the file, not elements"


def _told(kinds):
    """Where the species are known from, the doubtful ones, and those that were not understood."""
    origins, doubtful, unknown = defaultdict(dict), [], []
    for kind in kinds:
        if not kind.symbol:
            unknown.append(kind.label)
        where = f" in {kind.resname}" if kind.resname else ""
        if kind.doubt:
            doubtful.append(f"{kind.name}{where} is read as {kind.symbol}, but can be {kind.doubt}")
        origins[kind.origin or "not understood"][kind.symbol or kind.label] = None
    parts = [f"{', '.join(symbols)} {origin}" for origin, symbols in origins.items()]
    origin = "; ".join(parts) if len(parts) > 1 else next(iter(origins))
    return origin, tuple(doubtful), tuple(dict.fromkeys(unknown))
