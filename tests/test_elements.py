"""Which element or bead each atom is: counted by hand, for all ways in which files name atoms."""

import numpy as np
import pytest
from ase.data import atomic_masses, atomic_numbers
from hypothesis import given
from hypothesis import strategies as st

from soaplens_lite.trajectory import identify, massless

METALS = "Pd Pt Pb Ni Nb Mn Co Cr Cd Sn Sr Na Ca Cs Os Hf Hg Ce Nd Sm Sc Pr Sb Se Ho Ag Au Cu Fe Ti Zr Al W Mo".split()


def species(names, resnames="", **more):
    """What names in residues are read as; a text stands for the same residue everywhere."""
    resnames = [resnames] * len(names) if isinstance(resnames, str) else resnames
    return identify({"names": names, "resnames": resnames}, **more)


# ------------------------------------------------------------------------------------------------- elements


def test_the_element_column_counts_before_names():
    """A carbon that is called PD; MDAnalysis leaves gaps where the column is empty, there the name counts."""
    found = identify({"elements": ["C", ""], "names": ["PD", "ZN"], "resnames": ["MOL", "ZN"]})
    assert found.symbols == ["C", "Zn"] and found.origin == "C from the file; Zn guessed: from names of atoms"


@pytest.mark.parametrize("metal", METALS)
@pytest.mark.parametrize("style", ["own", "counted", "charged", "oxide"])
def test_a_metal_in_a_residue_of_its_own_name(metal, style):
    """As editors of structures write surfaces, ions and oxides; oxygen beside it makes no carbon of cobalt."""
    name, residue = metal.upper(), metal.upper()
    if style == "oxide":
        found = species([name, "O"], f"{residue}O")
        assert found.symbols == [metal, "O"]
    else:
        found = species([{"own": name, "counted": f"{name}12", "charged": f"{name}2+"}[style]], residue)
        assert found.symbols == [metal]
    assert bool(found.doubtful) == (metal == "W" and style != "oxide")  # a bead of water is called W too


@pytest.mark.parametrize("name", ["CA", "CD", "CE", "HG", "NE", "SG", "OXT", "HE2", "1HB", "CG2", "H", "N"])
def test_names_of_proteins_are_light_atoms(name):
    """CA is a carbon in alanine and calcium in a residue CA: no question is asked about either."""
    assert species([name], "ALA").symbols == [name.strip("1")[0]] and not species([name], "ALA").doubtful
    assert species(["CA", "CA"], ["ALA", "CA"]).symbols == ["C", "Ca"]


def test_names_of_water_models_and_ions():
    """TIP4P with ions as in GROMACS, CHARMM and Amber."""
    names = ["OW", "HW1", "HW2", "MW", "OH2", "H1", "EPW", "NA", "CL", "SOD", "POT", "CLA", "Na+", "K+"]
    resnames = ["SOL"] * 4 + ["TIP3", "TIP3", "WAT", "NA", "CL", "SOD", "POT", "CLA", "Na+", "K+"]
    expected = ["O", "H", "H", "Mw", "O", "H", "Epw", "Na", "Cl", "Na", "K", "Cl", "Na", "K"]
    found = species(names, resnames)
    assert found.symbols == expected and not found.doubtful and not found.unknown


def test_a_molecule_is_read_by_first_letters_and_asked_about():
    """A phosphorus PB could be lead, but beside PA in ATP; names that are no symbols have one reading."""
    found = species(["PB", "O1A", "N1", "C2", "H8", "H2R", "CL1"], "LIG")
    assert found.symbols == ["P", "O", "N", "C", "H", "H", "Cl"]
    assert found.doubtful == ("PB in LIG is read as P, but can be Pb",)
    assert not species(["PA", "PB", "O1A", "C2", "H8"], "LIG").doubtful


def test_a_name_that_an_atom_cannot_have():
    """Beside hydrogens, particles are atoms: a name that is no element is not guessed."""
    assert species(["XQ", "O", "H"], "LIG").unknown == ("XQ",)


@pytest.mark.parametrize(
    ("names", "residue", "symbols", "doubts"),
    [
        ("FE NA NB NC ND CHA C1A O1A".split(), "HEM", "Fe N N N N C C O".split(), 0),  # no sodium, no niobium
        ("N CA C O CB SE CE".split(), "MSE", "N C C O C Se C".split(), 0),
        ("N CA C O CB OG P O1P".split(), "SEP", "N C C O C O P O".split(), 0),  # an amino acid by its backbone
        ("N CA C O1 O2 H1".split(), "GLY", "N C C O O H".split(), 0),  # the end of a chain in GROMACS
        ("NA+ CL- K+ MG2+ CA2+ ZN2+".split(), "ION", "Na Cl K Mg Ca Zn".split(), 0),
        ("C1 C2 H1 HO3 OH".split(), "POPG", "C C H H O".split(), 0),  # nobody puts holmium into a lipid
        ("C1 C2 H1 PD1".split(), "CAT", "C C H P".split(), 1),
        ("Cu_s Cu_b O_w H_w".split(), "", "Cu Cu O H".split(), 0),  # capital letters and lines
        ("CuB OW HW".split(), "", "Cu O H".split(), 1),
        ("CU NI".split(), "", "Cu Ni".split(), 0),  # the C of Cu is no carbon
    ],
)
def test_names_beside_other_names(names, residue, symbols, doubts):
    """Residues beside a water molecule, which says that particles are atoms."""
    found = species([*names, "OW", "HW"], [residue] * len(names) + ["SOL"] * 2)
    assert found.symbols == [*symbols, "O", "H"] and not found.unknown and len(found.doubtful) == doubts


@pytest.mark.parametrize(
    ("name", "symbol"), [("SOD", "Na"), ("CAL", "Ca"), ("CES", "Cs"), ("BAR", "Ba"), ("CAD", "Cd")]
)
def test_ions_of_charmm(name, symbol):
    """They stand alone in a residue; CAL beside other atoms is a carbon."""
    assert species([name, "OH2", "H1"], ["ION", "TIP3", "TIP3"]).symbols == [symbol, "O", "H"]
    assert species(["CAL", "C2", "H1"], "LIG").symbols == ["C", "C", "H"]


def test_types_that_are_symbols():
    """LAMMPS can label its types."""
    assert identify({"types": ["Cu", "zr"]})[:2] == (["Cu", "Zr"], "guessed: from types of atoms")
    assert identify({"types": ["Cu", "2"]}).symbols == ["Cu", "2"]


@pytest.mark.parametrize("mass", [0.0, 1e-20])
def test_sites_without_mass(mass):
    """The fourth site of water in LAMMPS."""
    found = identify({"types": ["1", "2", "3"], "masses": [15.9994, 1.008, mass]})
    assert found.symbols == ["O", "H", "X"] and massless(found.symbols).tolist() == [False, False, True]


def test_what_is_stated_counts_most():
    """By name, type or element."""
    assert species(["NB", "N"], "NBN", elements={"NB": "Au"}).symbols == ["Au", "N"]
    assert identify({"elements": ["H"], "types": ["1"]}, {"1": "Cu"}) == (["Cu"], "elements stated", (), ())


# --------------------------------------------------------------------------------------------------- masses


ELEMENTS = "H C N O Al Si Fe Ni Co Cu Zr Pd Ag Pt Au Ar Ca K Te I".split()


@given(st.lists(st.sampled_from(ELEMENTS), min_size=1, max_size=8), st.booleans())
def test_masses_of_types(symbols, coarse):
    """Types of LAMMPS or a force field say nothing, masses do, with two digits or all."""
    masses = [round(atomic_masses[atomic_numbers[symbol]], 2 if coarse else 6) for symbol in symbols]
    found = identify({"types": [f"opls_{symbol}" for symbol in symbols], "masses": masses})
    assert found.symbols == symbols and found.origin == "guessed: from masses"


@pytest.mark.parametrize(
    "masses",
    [[14.027, 15.999], [15.035, 13.019], [72, 72], [1.0, 1.0], [1.0, 2.0], [1.0, 0.25], [45, 54], [56.1, 63.546]],
)
def test_masses_that_are_not_those_of_elements(masses):
    """United atoms (CH2 beside O), beads of 72 u, reduced units: the types are kept, also where one mass fits."""
    found = identify({"types": ["a", "b"], "masses": masses})
    assert found.symbols == ["a", "b"] and "not elements" in found.origin


# ---------------------------------------------------------------------------------------------------- beads


@pytest.mark.parametrize(
    "names",
    [
        ["NC3", "PO4", "GL1", "C1A", "C2A", "W"],
        ["BB", "SC1", "SC2", "W", "NA+"],
        ["ROH", "R1", "C1", "C2"],
        ["N", "C", "PO4", "W"],
        ["A", "B"],
        ["1", "2"],
    ],
)
@pytest.mark.parametrize("residue", ["", "DPPC"])
def test_beads_keep_their_names(names, residue):
    """Also those whose names alone are elements: C1, W, N."""
    for columns in ({"names": names}, {"names": names, "elements": [n if n in "NCW" else "" for n in names]}):
        found = identify(columns | {"resnames": [residue] * len(names)})
        assert found.symbols == names and found.origin == "names of the file, not elements"


def test_beads_that_look_like_atoms():
    """Octane of two beads C1 and C2: masses say it, or the user does."""
    assert identify({"names": ["C1", "C2"], "masses": [72.0, 72.0]}).symbols == ["C1", "C2"]
    assert species(["C1", "C2"], beads=True).symbols == ["C1", "C2"] and species(["C1", "C2"]).symbols == ["C", "C"]


def test_atoms_keep_their_order():
    """The same kinds in another order give the same symbols in that order."""
    names, rng = np.array(["CU", "O1", "H2", "ZN"] * 5), np.random.default_rng(0)
    order = rng.permutation(20)
    assert species(names[order]).symbols == np.array(species(names).symbols)[order].tolist()


def test_a_file_that_names_no_atoms():
    """Neither elements nor names nor types."""
    with pytest.raises(ValueError, match="names neither elements nor types"):
        identify({"masses": [1.0, 2.0]})
