"""
Words for the figures: what a panel shows, for those who cannot see it, and what each figure of the paper is about.

A panel's name says which figure it belongs to and what kind of picture it is; see `soaplens_lite.edition.record`.
"""

import re

# Kinds of pictures, more special ones first: the first that the name begins with is taken.
KINDS = {
    "transition_matrix_published": "matrix of transition probabilities as the authors published it",
    "transition_matrix_finer": "matrix of transition probabilities between the states of a finer cut",
    "transition_matrix": "matrix of transition probabilities between states, rows from, columns to",
    "chord": "chord diagram of the transitions between states",
    "dendrogram": "dendrogram that merges clusters into states",
    "snapshot": "snapshot of the atoms in color",
    "map_finer": "map of all points on the first and the third principal component, with a finer cut",
    "map": "map of all points on the first two principal components",
    "lens_series": "LENS of every atom against time, by class",
    "lens": "what LENS sees: the neighbors of one atom before and after an interval",
    "soap": "what SOAP sees: the arrangement around one atom and its spectrum",
    "chi": "how structure and dynamics are joined in one vector",
    "profiles": "profiles of the states across the system",
    "alluvial": "flows between states over longer times",
    "variance": "variance that the principal components retain",
}
WORDS = {"soap": "SOAP", "joint": "SOAP and LENS", "lens": "LENS"}
FIGURES = {
    "fig1": "From a surface to two descriptions of its atoms. Structure (SOAP) and dynamics (LENS) of the stepped "
    "copper surface, each clustered by itself, and how both are joined in one vector.",
    "fig2": "Structure and dynamics of the copper surface together: the states that the joint data show, how atoms "
    "pass between them, and the way of one atom over the surface.",
    "fig3": "The gold nanoparticle by structure, by dynamics, and by both, while one of its vertices sinks in.",
    "fig4": "Ice beside liquid water by structure, by dynamics, and by both: what lies between the two phases, and the "
    "way of one molecule across it.",
    "figs1": "Clusters of the structure alone before they are merged: map, dendrogram and transitions.",
    "figs2": "Clusters of structure and dynamics together before they are merged: map, dendrogram and transitions.",
    "figs3": "Density-based clusters of the water data, which part ice from liquid badly or not at all.",
    "figs4": "How many principal components the water data need, without and with LENS.",
    "tables1": "How many principal components each system needs, and how much of the variance they retain.",
    "tables2": "Time and memory of every step for each system, measured on this machine.",
    "movie_s1": "The way of the atom of Figure 2c, moving: the surface in the colors of the joint states, with a ring "
    "around the atom, and its place on the map.",
    "movie_au309": "The way of the vertex that sinks in, moving: the particle in the colors of the states at the "
    "finer cut, with a ring around the atom, and its place on the map.",
    "movie_icewater": "The way of the molecule of Figure 4d, moving: the slab in the colors of the lasting "
    "joint states (those of most frames around), with a ring around the molecule, and its place on the map.",
    "cost_atoms": "Time of SOAP and of LENS against the number of analyzed atoms.",
    "cost_frames": "Time of SOAP and of LENS against the number of frames.",
    "cost_basis": "How many times longer SOAP takes than LENS, against the length of its spectra.",
    "cost_clustering": "Time of clustering against the number of points.",
    "sensitivity_overview": "Which findings are solid: for every change of a setting in all studies, whether the "
    "state is found without and with LENS, how far the joint states are those of the first line, and the flow that "
    "matters.",
    "sensitivity": "Which findings depend on the settings: for each change of one of them whether the state is found, "
    "how many there are, how far all agree with the first line, and the flow that matters.",
}


def label(name):
    """
    The paper's number of a figure or panel.

    Parameters
    ----------
    name : str

    Returns
    -------
    label : str
        The name itself, in words, if it is none of the paper's figures.

    Examples
    --------
    >>> label("figs1a_transition_matrix"), label("fig4"), label("movie_s1"), label("tables1"), label("cost_frames")
    ('Figure S1a', 'Figure 4', 'Movie S1', 'Table S1', 'Cost frames')
    """
    name = name.removesuffix("_stills")
    if name.startswith("movie_"):  # the paper numbers one; others are named after their study
        return f"Movie {name[6:].upper()}" if re.fullmatch(r"movie_s\d+", name) else "Movie"
    found = re.match(r"fig(s?)(\d+)([a-z]?)(?![a-z0-9])", name)
    if table := re.fullmatch(r"tables(\d+)", name):
        return f"Table S{table[1]}"
    return f"Figure {found[1].upper()}{found[2]}{found[3]}" if found else name.replace("_", " ").capitalize()


def description(name):
    """
    What a panel shows, in words.

    Parameters
    ----------
    name : str

    Returns
    -------
    text : str

    Examples
    --------
    >>> description("fig2b_chord_fast")
    'Figure 2b: chord diagram of the transitions between states (fast)'
    >>> description("fig2a_map_joint")
    'Figure 2a: map of all points on the first two principal components (SOAP and LENS)'
    >>> description("fig4"), description("tables2")
    ('Figure 4', 'Table S2: Time and memory of every step for each system, measured on this machine.')
    """
    rest = _without_figure(name)
    if not rest or rest == name:
        return ": ".join(filter(None, (label(name), "" if name.startswith("fig") else caption(name))))
    kind = kind_of(name)
    special = " ".join(WORDS.get(word, word) for word in rest.removeprefix(kind or "").split("_") if word)
    words = f"{KINDS[kind]} ({special})" if kind and special else KINDS.get(kind, special)
    return f"{label(name)}: {words}"


def kind_of(name):
    """
    The kind of picture that a panel is.

    Parameters
    ----------
    name : str

    Returns
    -------
    kind : str or None
        A key of `KINDS`.

    Examples
    --------
    >>> kind_of("fig2b_chord_fast"), kind_of("fig3c_map_finer"), kind_of("tables1")
    ('chord', 'map_finer', None)
    """
    rest = _without_figure(name)
    return next((kind for kind in KINDS if rest == kind or rest.startswith(f"{kind}_")), None)


def _without_figure(name):
    """A panel's name without the figure that it belongs to."""
    return re.sub(r"^figs?\d+[a-z]?(_|$)", "", name)


def caption(name):
    """
    What a whole figure is about.

    Parameters
    ----------
    name : str

    Returns
    -------
    text : str
        Empty for a figure that the edition does not make.
    """
    return FIGURES.get(name.removesuffix("_stills"), FIGURES.get(re.match(r"[a-z]*\d*", name)[0], ""))
