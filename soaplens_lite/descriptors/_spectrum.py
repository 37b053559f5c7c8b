r"""
One SOAP spectrum: what DScribe is told, and how its components are weighted.

Why a factor :math:`\sqrt 2`? The power spectrum has a component for every pair (n, n') of radial functions. For atoms
of one species the components (n, n') and (n', n) are equal, and DScribe stores one of them. The published analysis
stores both (576 components for one species, 1728 for O in water), so that each counts twice in norms, distances and
principal components. Multiplying the components n < n' by :math:`\sqrt 2` gives the same geometry with 324 and 1224
components.

Particles that are not atoms are species by their names. DScribe takes chemical symbols alone, so names are replaced by
symbols inside. SOAP uses nothing of an element but that it differs from another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from ase.data import chemical_symbols

from soaplens_lite.trajectory._elements import is_element

if TYPE_CHECKING:
    from dscribe.descriptors import SOAP


def stand_ins(species: Sequence[str]) -> dict[str, str]:
    """
    The chemical symbols that DScribe is given in place of names.

    Parameters
    ----------
    species : sequence of str

    Returns
    -------
    symbols : dict of str to str
        Elements stand for themselves. If one of the names is not an element, all are numbered in the order of the
        alphabet, beginning with hydrogen.

    Raises
    ------
    ValueError
        If there are more names than elements.

    Examples
    --------
    >>> stand_ins(["Cu", "Au"]), stand_ins(["W", "PO4"])
    ({'Cu': 'Cu', 'Au': 'Au'}, {'PO4': 'H', 'W': 'He'})
    """
    if all(map(is_element, species)):
        return {name: name for name in species}
    if len(species) >= len(chemical_symbols):
        raise ValueError(f"{len(species)} species: SOAP can distinguish {len(chemical_symbols) - 1}")
    return dict(zip(sorted(species), chemical_symbols[1:], strict=False))


def component_weights(
    species: Sequence[str],
    *,
    r_cut: float = 6.0,
    n_max: int = 8,
    l_max: int = 8,
    periodic: bool = False,
    sigma: float = 1.0,
) -> np.ndarray:
    r"""
    Factors that make DScribe's compact spectra equivalent to complete ones.

    Parameters
    ----------
    species : sequence of str
        Chemical symbols, or names of particles, that the spectra distinguish.
    r_cut, n_max, l_max, periodic, sigma
        As in `soap`.

    Returns
    -------
    weights : numpy.ndarray, shape (n_features,)
        :math:`\sqrt 2` for n < n' in blocks of one species, otherwise 1.

    Examples
    --------
    With two radial functions the components are (1, 1), (1, 2), (2, 2), for l = 0 and again for l = 1:

    >>> component_weights(["Cu"], n_max=2, l_max=1).round(3).tolist()
    [1.0, 1.414, 1.0, 1.0, 1.414, 1.0]
    """
    descriptor = make_descriptor(species=species, r_cut=r_cut, n_max=n_max, l_max=l_max, periodic=periodic, sigma=sigma)
    weights = np.ones(descriptor.get_number_of_features())
    radial, other = np.triu_indices(n_max)
    # DScribe runs over l first, then over n, then over n' >= n.
    same_species = np.tile(np.where(radial == other, 1.0, np.sqrt(2.0)), l_max + 1)
    for symbol in stand_ins(species).values():
        weights[descriptor.get_location((symbol, symbol))] = same_species
    return weights


def make_descriptor(
    *, species: Sequence[str], r_cut: float, n_max: int, l_max: int, periodic: bool, sigma: float = 1.0
) -> "SOAP":
    """
    DScribe's SOAP descriptor with the published settings: all others are DScribe's defaults.

    Parameters
    ----------
    species : sequence of str
        See `stand_ins`.
    r_cut : float
        In Angstrom.
    n_max, l_max : int
    periodic : bool
    sigma : float
        In Angstrom.

    Returns
    -------
    descriptor : dscribe.descriptors.SOAP
    """
    from dscribe.descriptors import SOAP

    symbols = list(stand_ins(species).values())
    return SOAP(species=symbols, r_cut=r_cut, n_max=n_max, l_max=l_max, periodic=periodic, sigma=sigma)


def normalize(spectra: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """
    Weight spectra and divide each by its norm.

    Parameters
    ----------
    spectra : numpy.ndarray, shape (..., n_features)
    weights : numpy.ndarray, shape (n_features,)

    Returns
    -------
    normalized : numpy.ndarray, shape (..., n_features)
        Of norm 1; a zero vector stays zero.

    Examples
    --------
    >>> normalize(np.array([[3.0, 4.0], [0.0, 0.0]]), np.ones(2)).tolist()
    [[0.6, 0.8], [0.0, 0.0]]
    """
    weighted = spectra * weights
    norms = np.linalg.norm(weighted, axis=-1, keepdims=True)
    return np.divide(weighted, norms, out=np.zeros_like(weighted), where=norms > 0)
