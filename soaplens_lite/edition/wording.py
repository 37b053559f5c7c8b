"""
What a recorded quantity is, in few words, as the tables of published and measured values need it.

A bare 0.389 says nothing, and "no" beside *reproduced* reads like a refusal. Verdicts know nothing of these words.
"""

from dataclasses import dataclass

__all__ = ["Wording", "wording_of"]


@dataclass(frozen=True)
class Wording:
    """
    How a measured value is written.

    Attributes
    ----------
    words : str
        What follows a number: "of the fast points", "states".
    share : bool
        Whether a recorded share is written in percent.
    yes, no : str
        What a recorded truth says.
    """

    words: str = ""
    share: bool = False
    yes: str = "yes"
    no: str = "no"


RAND = Wording("(adjusted Rand index with the states of SOAP; 1: the same)")
DOUBT = Wording("(scaled entropy of the memberships; 0: sure)")
MAP_NEIGHBORS = Wording("of the neighbors of fast points on the map", share=True)
OVERLAP = Wording("(overlap of the best cluster with the fast points; 1: the same)")
PASSED = Wording("of what leaves goes directly", share=True)

WORDINGS = {
    "atoms": Wording("atoms"),
    "centers": Wording("analyzed centers"),
    "frames": Wording("frames"),
    "frames_joint": Wording("frames"),
    "spectrum.components": Wording("components"),
    "spectrum.largest_norm": Wording("(largest norm)"),
    "lens.raw_range[0]": Wording("(lowest raw LENS)"),
    "lens.raw_range[1]": Wording("(highest raw LENS)"),
    "lens.thresholds[0]": Wording("(LENS, first border between classes)"),
    "lens_max": Wording("(highest smoothed LENS)"),
    "soap.components": Wording("components"),
    "joint.components": Wording("components"),
    "soap.components_for_99_percent": Wording("components"),
    "joint.components_for_99_percent": Wording("components"),
    "soap.n_clusters": Wording("micro-clusters"),
    "joint.n_clusters": Wording("micro-clusters"),
    "soap.n_states": Wording("states"),
    "joint.n_states": Wording("states"),
    "soap.has_fast": Wording(yes="a fast state", no="no fast state"),
    "soap.noise": Wording("of the points are noise", share=True),
    "joint.noise": Wording("of the points are noise", share=True),
    "soap.tells_apart": Wording(yes="told apart", no="not told apart"),
    "joint.tells_apart": Wording(yes="told apart", no="not told apart"),
    "joint.has_rosette": Wording(yes="a state of rosettes", no="no state of rosettes"),
    "joint.keeps_places": Wording("of the points that are not fast", share=True),
    "joint.rand_with_soap": RAND,
    "lens.rand_with_soap": RAND,
    "soap.doubt": DOUBT,
    "joint.doubt": DOUBT,
    "fast.only_joint": Wording(yes="found only jointly", no="not found only jointly"),
    "fast.population": Wording("of all points are fast", share=True),
    "fast.in_soap_edge": Wording("of the fast points", share=True),
    "fast.in_lens_fast": Wording("of the fast points", share=True),
    "fast.from_edges": Wording("of the entries", share=True),
    "fast.to_edges": Wording("of the exits", share=True),
    "fast.crowd_soap": MAP_NEIGHBORS,
    "fast.crowd_joint": MAP_NEIGHBORS,
    "other.gmm_overlap": OVERLAP,
    "other.kmeans_overlap": OVERLAP,
    "other.dbscan_overlap": OVERLAP,
    "journey.found": Wording(yes="seen", no="not seen"),
    "event.happened": Wording(yes="seen", no="not seen"),
    "event.lens_with_event": Wording(yes="at the event", no="not at the event"),
    "event.lens_before": Wording("(mean LENS)"),
    "event.lens_after": Wording("(mean LENS)"),
    "liquid.only_joint": Wording(yes="found only jointly", no="no such state, or one of SOAP alone, too"),
    "liquid.lumped_in_soap": Wording("of the mobile surface", share=True),
    "liquid.share_before": Wording("of the surface is mobile", share=True),
    "liquid.share_after": Wording("of the surface is mobile", share=True),
    "soap.distance_of_liquids": Wording("(correlation distance)"),
    "soap.distance_of_ice": Wording("(correlation distance)"),
    "joint.direct_share": PASSED,
    "joint.direct_share_back": PASSED,
    "lens.direct_share": PASSED,
    "interface.only_joint": Wording(yes="found only jointly", no="not found only jointly"),
    "hdbscan.second_in_soap": Wording("of the points in the second cluster", share=True),
}
TIMES = Wording("times as long")


def wording_of(quantity):
    """
    How a recorded quantity is written.

    Parameters
    ----------
    quantity : str
        As a claim names it.

    Returns
    -------
    wording : Wording
        Without words for a quantity that needs none.

    Examples
    --------
    >>> wording_of("fast.from_edges").words, wording_of("copper.soap_over_lens").words
    ('of the entries', 'times as long')
    """
    if quantity.endswith(("_over_lens", "_over_soap")):
        return TIMES
    return WORDINGS.get(quantity, Wording())
