"""
What the panels of the composed figures show, letter by letter, and how their kinds of pictures are read.

The words hold for any parameters: what the analysis found is put in from the numbers that a run recorded.
"""

from .captions import kind_of

STATES = ("soap", "lens", "joint", "finer")  # analyses whose states a caption may name, as notebooks record them

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
        "c": "One atom's visit to the fast state, between settled stays in an edge: its way on the map, colored by "
        "time, and three stations with the way up to there. The other atoms are faded.",
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
        "d": "The vertex that sinks in: its way on the map, colored by time, and three stations with the way up to "
        "there, in the colors of the finer cut.",
    },
    "fig4": {
        "a": "SOAP alone: map, chord diagram, transition matrix, dendrogram, and a snapshot. States: {soap}.",
        "b": "LENS alone: every molecule against time (grey: counts of all molecules; lines: the most active ones), "
        "with the classes as bands and their counts at the right; chord diagram, matrix, and the same snapshot. "
        "Classes: {lens}.",
        "c": "Joint data: as in (a). States: {joint}.",
        "d": "One molecule that crosses from the liquid to the ice: its way on the map, colored by time, and three "
        "stations with the way up to there. Colors are lasting states: those of most of a few frames around each. The "
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
    "one interval later; small numbers, where the cells have room, are 95 % intervals from resampling whole atoms.",
    "chord": "Chord diagrams: an arc is as long as all transitions that start in its state, staying included unless "
    "single flows are shown; a ribbon's end is as wide as the flow that leaves there, in the color of the larger "
    "sender.",
    "snapshot": "Snapshots: colors are those of the states, named below or beside; what is not analyzed is grey, "
    "hydrogens white.",
}


def parts(name, numbers):
    """
    The caption of a composed figure, letter by letter.

    Parameters
    ----------
    name : str
        Of the figure.
    numbers : dict
        What its run recorded: the names of the states are put in.

    Returns
    -------
    parts : dict of str to str
        Letter -> words; empty for a figure without letters.

    Examples
    --------
    >>> parts("figs3", {})["b"]
    'Joint data, for the same sizes.'
    """
    found = {key: (numbers.get(f"{key}.states", {}).get("value") or {}).get("name", []) for key in STATES}
    named = {key: ", ".join(names) or "none found" for key, names in found.items()}
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
