"""How the paper's figures are laid out, as ``pages.toml`` says: sizes of panels, and pages composed of them."""

import tomllib
from pathlib import Path

LAYOUT = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PAGES = LAYOUT["pages"]


def size_of(figure, kind):
    """
    Size of a panel of a standard set.

    Parameters
    ----------
    figure : str
        ``fig3a`` for instance; a figure that is not in the layout has the standard sizes.
    kind : {"dendrogram", "map", "chord", "transition_matrix", "snapshot", "lens_series"}

    Returns
    -------
    size : tuple of float
        Width and height in mm.

    Examples
    --------
    >>> size_of("fig3a", "snapshot"), size_of("fig9", "map")
    ((60, 68), (85, 75))
    """
    return tuple((LAYOUT["sizes"]["default"] | LAYOUT["sizes"].get(figure, {}))[kind])


def composition(name):
    """
    What `soaplens_lite.plots.compose` needs for a page.

    Parameters
    ----------
    name : str
        ``fig1`` for instance.

    Returns
    -------
    layout : list of (height, cells)
    options : dict
        ``width_mm`` and ``options``.
    """
    page = PAGES[name]
    rows = [(row["height"], [(letter, names, width) for letter, width, *names in row["cells"]]) for row in page["rows"]]
    without = {panel: {word: False} for word, panels in page.get("without", {}).items() for panel in panels}
    return rows, {"width_mm": page["width"], "options": without}


def places():
    """
    The figure that each panel belongs to, and its letter there.

    Returns
    -------
    places : dict of str to (str, str)
        By panel. The letter is empty on a page without letters.

    Examples
    --------
    >>> places()["fig2b_map"], places()["fig2b_transition_matrix_published"], places()["figs4_variance"]
    (('fig2', 'b'), ('fig2', 'b'), ('figs4', ''))
    """
    found = {}
    for name, page in PAGES.items():
        letter = ""
        for begins, _, *panels in (cell for row in page["rows"] for cell in row["cells"]):
            letter = begins or letter
            found |= dict.fromkeys(panels, (name, letter))
        for letter, panels in page.get("besides", {}).items():
            found |= dict.fromkeys(panels, (name, letter))
    return found
