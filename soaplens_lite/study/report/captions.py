"""
What figures and their panels are about, in the words of ``captions.toml``.

The record of a run says of each panel which kind of picture it is and which title it has; ``pages.toml`` says to which
figure it belongs. The states that a caption names are those that the run found.
"""

import tomllib
from pathlib import Path

from soaplens_lite.study import pages

TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
PLACES = pages.places()
STATES = ("soap", "lens", "joint", "finer")  # analyses whose states a caption may name, as studies save them


def label(name):
    """
    The paper's number of a figure, panel, table or movie.

    Parameters
    ----------
    name : str

    Returns
    -------
    label : str
        The name itself, in words, if it is none of the paper's.

    Examples
    --------
    >>> label("figs1a_transition_matrix"), label("fig4"), label("fig2b_map"), label("movie_s1"), label("own_map")
    ('Figure S1a', 'Figure 4', 'Figure 2b', 'Movie S1', 'Own map')
    """
    figure, letter = PLACES.get(name, (name, ""))
    known = TEXTS["figures"].get(figure)
    if known is None:
        return name.replace("_", " ").capitalize()
    return known["label"] + ("" if known["label"].endswith(letter) else letter)


def caption(name, kind=None):
    """What a figure, table or movie is about, by its name or its kind: str, empty where nothing is known of them."""
    known = TEXTS["figures"].get(name) or TEXTS["kinds"].get(kind, {})
    return known.get("caption", "").strip()


def description(name, panel=None):
    """
    What a panel shows, for those who cannot see it.

    Parameters
    ----------
    name : str
    panel : dict, optional
        What the record says of it: ``kind`` and ``title``. Without it, the name belongs to a complete figure.

    Returns
    -------
    text : str

    Examples
    --------
    >>> description("fig2b_chord_fast", {"kind": "chord", "title": "flows of the fast state"})
    'Figure 2b: chord diagram of the transitions between states (flows of the fast state)'
    >>> description("fig4"), description("cost_atoms", {"kind": "costs", "title": None})
    ('Figure 4', 'Cost atoms: Time of SOAP and of LENS against the number of analyzed atoms.')
    """
    if panel is None:
        return label(name)
    shows = TEXTS["kinds"].get(panel["kind"], {}).get("shows") or caption(name, panel["kind"])
    title = f" ({panel['title']})" if panel["title"] else ""
    return f"{label(name)}: {shows}{title}" if shows or title else label(name)


def parts(name, states):
    """
    The caption of a composed figure, letter by letter.

    Parameters
    ----------
    name : str
        Of the figure.
    states : dict of str to list of str
        Names of the states that its run found, by analysis.

    Returns
    -------
    parts : dict of str to str
        Letter -> words; empty for a figure without letters.

    Examples
    --------
    >>> parts("figs3", {})["b"]
    'Joint data, for the same sizes.'
    """
    named = {key: ", ".join(states.get(key, [])) or "none found" for key in STATES}
    texts = TEXTS["figures"].get(name, {}).get("parts", {})
    return {letter: text.strip().format(**named) for letter, text in texts.items()}


def reading(kinds):
    """
    How the pictures of a figure are read.

    Parameters
    ----------
    kinds : collection of str
        Of its panels.

    Returns
    -------
    sentences : list of str
        One for each kind that needs it.

    Examples
    --------
    >>> [sentence.split(":")[0] for sentence in reading(["matrix", "map", "chi"])]
    ['Maps', 'Matrices']
    """
    kinds = {TEXTS["kinds"].get(kind, {}).get("read_as", kind) for kind in kinds}
    return [text["reading"].strip() for kind, text in TEXTS["kinds"].items() if kind in kinds and "reading" in text]
