"""
Captions: what a panel shows, for those who cannot see it, what each figure is about, and how its pictures are read.

The name of a panel begins with its figure and the kind of picture: ``fig2b_transition_matrix``. The words hold for any
parameters: the names of the states are those that the run found.
"""

import re

from soaplens_lite.study.pages import PAGES

# Kinds of pictures, special ones first: the first that the name begins with is taken.
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
    "pass between them, and the path of one atom over the surface.",
    "fig3": "The gold nanoparticle by structure, by dynamics, and by both, while one of its vertices sinks in.",
    "fig4": "Ice beside liquid water by structure, by dynamics, and by both: what lies between the two phases, and the "
    "path of one molecule across it.",
    "figs1": "Clusters of the structure alone before they are merged: map, dendrogram and transitions.",
    "figs2": "Clusters of structure and dynamics together before they are merged: map, dendrogram and transitions.",
    "figs3": "Density-based clusters of the water data, which separate ice from liquid badly or not at all.",
    "figs4": "How many principal components the water data need, without and with LENS.",
    "tables1": "How many principal components each system needs, and how much of the variance they retain.",
    "tables2": "Time and memory of every step for each system, measured on this machine.",
    "movie_s1": "The path of the atom of Figure 2c, moving: the surface in the colors of the joint states, with a ring "
    "around the atom, and its place on the map.",
    "movie_au309": "The path of the vertex that sinks in, moving: the particle in the colors of the states at the "
    "finer cut, with a ring around the atom, and its place on the map.",
    "movie_icewater": "The path of the molecule of Figure 4d, moving: the slab in the colors of the lasting "
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
STATES = ("soap", "lens", "joint", "finer")  # analyses whose states a caption may name, as studies save them

PARTS = {
    "fig1": {
        "a": "The surface at the first frame and at the middle one, colored by coordination number.",
        "b": "One atom and its neighbors at the two ends of an interval. LENS (left) sees who left and who entered; "
        "its value is that of this interval, raw. SOAP (right) sees where they sit. Of the spectrum each pair of "
        "radial functions n, n′ stands once; written out in full, n, n′ and n′, n apart, it has more components "
        "(576 in place of 324 for n_max = l_max = 8). Drawn is the square root of the magnitude, with the component's "
        "sign.",
        "c": "SOAP alone: dendrogram of the micro-clusters, map, transition matrix, chord diagram and a snapshot. "
        "States: {soap}.",
        "d": "LENS alone: every atom against time (grey: counts of all atoms; lines: the most active ones), with the "
        "classes as bands and their counts at the right; chord diagram, matrix and the same snapshot. Classes: {lens}.",
        "e": "How a spectrum and the LENS of the interval that follows, smoothed over time, are joined for the atom of "
        "(b), frame after frame. The single value of LENS is drawn wider than a component; color is the square root "
        "of the magnitude.",
    },
    "fig2": {
        "a": "Map of SOAP alone and of SOAP and LENS, with the cloud that only the joint data show, if there is one.",
        "b": "Joint data: dendrogram, map with the fast state ringed, transition matrix with its row and column "
        "framed, chord diagrams of all transitions and of those into and out of the fast state alone. States: {joint}.",
        "c": "One atom's visit to the fast state, between settled stays in an edge: its path on the map, colored by "
        "time, and three stations with the path up to there. The other atoms are faded.",
        "d": "The surface in the colors of the joint states.",
    },
    "fig3": {
        "a": "SOAP alone: dendrogram of the micro-clusters, map, chord diagram, transition matrix; the particle before "
        "the vertex sinks and at the end. States: {soap}.",
        "b": "LENS alone: every atom against time (grey: counts of all atoms; lines: the most active ones), with the "
        "classes as bands and their counts at the right; chord diagram, matrix, and the same two moments. "
        "Classes: {lens}.",
        "c": "Joint data. Upper row, with the published cut: dendrogram, map, chord diagram, transition matrix. "
        "States: {joint}. Lower row, with a finer cut, just below the merge of flowing clusters with resting ones: map "
        "on the first and the third component, chord diagram of the transitions into and out of the liquid-like state "
        "alone, and the particle before, during and after the event. States: {finer}.",
        "d": "The vertex that sinks in: its path on the map, colored by time, and three stations with the path up to "
        "there, in the colors of the finer cut.",
    },
    "fig4": {
        "a": "SOAP alone: map, chord diagram, transition matrix, dendrogram, and a snapshot. States: {soap}.",
        "b": "LENS alone: every molecule against time (grey: counts of all molecules; lines: the most active ones), "
        "with the classes as bands and their counts at the right; chord diagram, matrix, and the same snapshot. "
        "Classes: {lens}.",
        "c": "Joint data: as in (a). States: {joint}.",
        "d": "One molecule that crosses from the liquid to the ice: its path on the map, colored by time, and three "
        "stations with the path up to there. Colors are lasting states: those of most of a few frames around each. The "
        "other molecules are faded.",
        "e": "Left: how many molecules are in each state, and how they pass between states over longer times. Right: "
        "share of the states in layers across the slab, and a measured order that knows nothing of them.",
    },
    "figs3": {
        "a": "SOAP alone, for ever smaller least sizes of a cluster, from left to right.",
        "b": "Joint data, for the same sizes.",
    },
}
READING = {
    "map": "Maps: every point is one atom in one frame, on two principal components; lines of equal density stand at "
    "powers of two below the highest peak; a state with less than a hundredth of the points is drawn above the others.",
    "dendrogram": "Dendrograms: clusters that exchange atoms in the same way join at a small correlation distance; "
    "what joins below the dashed cut, if there is one, is one state (thick lines).",
    "transition_matrix": "Matrices: probability in percent that an atom of the row's state is in the column's state "
    "one interval later; small numbers, where the cells have room, are 95 % intervals from resampling atoms.",
    "chord": "Chord diagrams: an arc is as long as all transitions that start in its state, staying included unless "
    "single flows are shown; a ribbon's end is as wide as the flow that leaves there, in the color of the larger "
    "sender.",
    "snapshot": "Snapshots: colors are those of the states, named below or beside; what is not analyzed is grey, "
    "hydrogens white.",
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


def page_of(name):
    """
    The page that a panel belongs to.

    Parameters
    ----------
    name : str
        Of the panel.

    Returns
    -------
    page : str or None
        None for a picture that stands for itself.

    Examples
    --------
    >>> page_of("fig1c_transition_matrix_published"), page_of("figs1a_map"), page_of("fig1"), page_of("cost_atoms")
    ('fig1', 'figs1a', None, None)
    """
    return max((page for page in PAGES if name.startswith(page) and name != page), key=len, default=None)


def _without_figure(name):
    """A panel's name without the figure that it belongs to."""
    return re.sub(r"^figs?\d+[a-z]?(_|$)", "", name)


def caption(name):
    """
    What a figure is about.

    Parameters
    ----------
    name : str

    Returns
    -------
    text : str
        Empty for a figure that no notebook makes.
    """
    return FIGURES.get(name.removesuffix("_stills"), FIGURES.get(re.match(r"[a-z]*\d*", name)[0], ""))


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
    return {letter: text.format(**named) for letter, text in PARTS.get(name, {}).items()}


def reading(panels):
    """
    How the pictures of a figure are read.

    Parameters
    ----------
    panels : sequence of str
        Names of its panels.

    Returns
    -------
    sentences : list of str
        One for each kind of picture among them that needs it.

    Examples
    --------
    >>> [sentence.split(":")[0] for sentence in reading(["fig2b_map", "fig2b_transition_matrix_published"])]
    ['Maps', 'Matrices']
    """
    kinds = {kind_of(panel) for panel in panels}
    return [text for kind, text in READING.items() if any((other or "").startswith(kind) for other in kinds)]
