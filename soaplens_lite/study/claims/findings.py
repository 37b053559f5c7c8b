"""
What the ledger asks of a study beyond its labels: one function per study, computed from the saved results.

Each takes the tree of ``results.nc`` and the parameters, and returns recorded numbers by name: shares with 95 %
intervals, answers (True, False) and lists of names. None stands for what the data do not hold.
"""

import numpy as np
import xarray as xr
from scipy.cluster.hierarchy import cophenet
from scipy.spatial.distance import squareform

from soaplens_lite.descriptors import component_weights
from soaplens_lite.descriptors._joint import to_samples
from soaplens_lite.plots import components_for
from soaplens_lite.states import _agreement as agreement
from soaplens_lite.states import dbscan, from_tree, gmm, kmeans, of_kind, shares_among_states
from soaplens_lite.study.data import published

N_VARIANCES = 20  # components whose cumulative variance is recorded
VECTORS = {"soap": "SOAP", "joint": "SOAP&LENS"}  # what the notebooks call the two vectors
# Kinds of states of gold that hold more than one kind of atoms.
MIXED_KINDS = {"edge/face": ["edge", "face"], "face/liquid-like": ["face", "liquid-like"]}
# The paper gives the exchange of these kinds with the liquid-like state.
GOLD_PARTNERS = ("face", "edge", "vertex", "rosette")


def copper(results, parameters):
    """
    Numbers of ``01_cu211``: what becomes of the states of SOAP, and the fast state.

    Parameters
    ----------
    results : xarray.DataTree
        With ``soap``, ``joint`` and ``lens`` (States), ``delta``, ``pca``; ``raw_delta`` and ``spectra`` (of the first
        frame) if they were saved.
    parameters : dict

    Returns
    -------
    numbers : dict of str to dict
        ``value``, ``unit`` and ``note`` by name.
    """
    resampling = _resampling(parameters)
    soap, joint, lens = _states(results, "soap", "joint", "lens")
    numbers = _of_every_study(results, parameters) | _shared_with_soap(soap, joint, lens, resampling)
    for key, states in {"soap": soap, "joint": joint}.items():
        numbers |= {
            f"{key}.has_fast": _number(bool(of_kind(states.table, "fast")), "there is a fast state"),
            f"{key}.merged": _number(_merged(states), "micro-clusters that the cut made one state"),
        }
    numbers |= _fast_state(soap, joint, lens, resampling)
    return numbers | _other_clusterings(joint, len(published("cu211")["joint"]["states"]), parameters["seed"])


def gold(results, parameters):
    """
    Numbers of ``02_au_nanoparticle``: kinds of states, what flows, and the event.

    Parameters
    ----------
    results : xarray.DataTree
        With ``soap``, ``joint``, ``finer`` and ``lens`` (States), ``delta``, ``pca``; ``surface`` and ``mobile``
        (frame, atom, bool), ``from_vertex`` (frame, atom, Angstrom) and ``after_event`` (frame, bool).
    parameters : dict

    Returns
    -------
    numbers : dict of str to dict
        ``value``, ``unit`` and ``note`` by name.
    """
    resampling = _resampling(parameters)
    soap, joint, finer = _states(results, "soap", "joint", "finer")
    numbers = _of_every_study(results, parameters)
    for key, states in {"soap": soap, "joint": joint}.items():
        kinds, clusters = states.table["kind"], states.clusters
        flowing = clusters.labels.isin(of_kind(clusters.table, "liquid-like"))
        share = agreement.share_of_points(xr.ones_like(flowing), flowing, **resampling)
        numbers |= {
            f"{key}.kinds": _number(", ".join(sorted({kind or "state" for kind in kinds})), "of states"),
            f"{key}.tells_apart": _number(
                agreement.separates(kinds, ["edge", "face", "vertex"], mixed=MIXED_KINDS),
                "edges, faces and vertices have states of their own",
            ),
            f"{key}.has_rosette": _number(bool(of_kind(states.table, "rosette")), "there is a state of the rosette"),
            f"{key}.flowing": _number(share, "share of all points that are in micro-clusters named liquid-like"),
        }
    only_joint = bool(of_kind(joint.table, "liquid-like")) and not of_kind(soap.table, "liquid-like")
    numbers["liquid.only_joint"] = _number(only_joint, "with the published cut")
    return numbers | _flows_of_gold(finer) | _event_of_gold(results, soap, resampling)


def icewater(results, parameters):
    """
    Numbers of ``03_ice_water``: the interface, the two liquids of SOAP, and passages that avoid the interface.

    Parameters
    ----------
    results : xarray.DataTree
        With ``soap``, ``joint`` and ``lens`` (States), ``delta``, ``pca``, and the table ``hdbscan`` of Figure S3.
    parameters : dict

    Returns
    -------
    numbers : dict of str to dict
        ``value``, ``unit`` and ``note`` by name.
    """
    resampling = _resampling(parameters)
    soap, joint, lens = _states(results, "soap", "joint", "lens")
    numbers = _of_every_study(results, parameters)
    numbers["soap.features"] = numbers.pop("soap_components")
    for key, vectors in VECTORS.items():
        n_components = components_for(results["pca"][vectors]["cumulative_variance"].values, 0.99)
        numbers[f"{key}.components_for_99_percent"] = _number(n_components, "that retain 99 % of the variance")
    ice, interface, liquid = (of_kind(joint.table, kind) for kind in ("ice", "interface", "liquid"))
    only_joint = bool(interface) and not of_kind(soap.table, "interface")
    numbers["interface.only_joint"] = _number(only_joint, "SOAP&LENS has an interface and SOAP has none")
    in_soap = shares_among_states(soap.labels, soap.table, joint.labels.isin(interface))
    in_soap = {"state": list(in_soap.index), "share": in_soap.values}
    numbers["interface.in_soap"] = _number(in_soap, "share of the interface in each state of SOAP alone")
    by_density = results["hdbscan"].to_dataset(inherit=False).to_dataframe().set_index("data")
    second, clusters = by_density.loc[["SOAP"], "second"].max(), by_density.loc[["SOAP&LENS"], "contents"].iloc[0]
    numbers["hdbscan.second_in_soap"] = _number(second, "share of the second cluster, largest of all sizes tried")
    numbers["hdbscan.contents_of_joint"] = _number(clusters, "with min_cluster_size")
    heights, frozen, fluid = squareform(cophenet(soap.tree)), of_kind(soap.table, "ice"), of_kind(soap.table, "liquid")
    expected = len(frozen) == 1 and len(fluid) == 2
    note = "correlation distance at which they merge; None unless there are one ice and two liquids"
    numbers["soap.distance_of_liquids"] = _number(heights[fluid[0], fluid[1]] if expected else None, note)
    numbers["soap.distance_of_ice"] = _number(heights[frozen[0], fluid[0]] if expected else None, note)
    passages = {
        "joint.direct_share": (joint.labels, ice, liquid),
        "joint.direct_share_back": (joint.labels, liquid, ice),
        "lens.direct_share": (lens.labels, [0], [parameters["lens_classes"] - 1]),
    }
    for name, (labels, origin, target) in passages.items():
        share = agreement.share_of_passages(labels, origin, target, "exits", **resampling)
        numbers[name] = _number(share, "share of the exits that lead directly to the other side")
    return numbers


FINDINGS = {"01_cu211": copper, "02_au_nanoparticle": gold, "03_ice_water": icewater}


def _number(value, note="", unit=""):
    """A number as a run records it."""
    return {"value": value, "unit": unit, "note": note}


def _resampling(parameters):
    return {"n_resamples": parameters["bootstrap"], "seed": parameters["seed"]}


def _states(results, *names):
    return [from_tree(results[name]) for name in names]


def _of_every_study(results, parameters):
    """What every study records, under the same names."""
    delta, classes = results["delta"], results["lens/table"]
    features = results["pca/SOAP"].sizes["feature"]
    weights = component_weights(results.attrs["species"].split(), n_max=parameters["n_max"], l_max=parameters["l_max"])
    numbers = {
        "frames_joint": _number(delta.sizes["frame"], "that have SOAP and smoothed LENS"),
        "lens_max": _number(float(delta.max()), "of all atoms and frames, smoothed"),
        "lens.thresholds": _number(classes["lens_from"].values[1:], "between the classes of LENS"),
        "soap_components": _number(features, "of a spectrum, in which each pair of equal components stands once"),
        "spectrum.components": _number(round(float((weights**2).sum())), "written out in full, as in the paper"),
    }
    if "raw_delta" in results:
        numbers["lens.raw_range"] = _number(results["raw_delta"].attrs["actual_range"], "not smoothed, all frames")
    if "spectra" in results:
        norms = np.linalg.norm(results["spectra/spectra"].values, axis=-1)
        numbers["spectrum.largest_norm"] = _number(float(norms.max()), "first frame")
    for key in VECTORS:
        numbers |= _of_vectors(results, key, _resampling(parameters))
    return numbers


def _of_vectors(results, key, resampling):
    """Components, clusters and states that one kind of vectors has."""
    (states,), pca = _states(results, key), results["pca"][VECTORS[key]]
    clusters = states.clusters
    noise = agreement.share_of_points(xr.ones_like(clusters.was_noise), clusters.was_noise, **resampling)
    n_clusters, entropy = len(clusters.table), None
    if clusters.memberships is not None:
        n_clusters = clusters.memberships.shape[-1]
        entropy = agreement.assignment_entropy(
            clusters.memberships.values.reshape(-1, n_clusters), clusters.labels, **resampling
        )
    return {
        f"{key}.components": _number(states.scores.sizes["component"], "principal components that are kept"),
        f"{key}.cumulative_variance": _number(
            pca["cumulative_variance"].values[:N_VARIANCES], "of the first components"
        ),
        f"{key}.n_clusters": _number(n_clusters, "micro-clusters before merging"),
        f"{key}.noise": _number(noise, "share of the points, before the soft assignment"),
        f"{key}.n_nearest": _number(clusters.n_nearest, "points without memberships, given to the nearest cluster"),
        f"{key}.n_states": _number(len(states.table), "after merging"),
        f"{key}.state_names": _number(", ".join(states.table["name"]), "in the order of the states"),
        f"{key}.uncertainty": _number(entropy, "scaled mean entropy of the memberships"),
    }


def _merged(states):
    """Names of the micro-clusters that became one state together."""
    names = states.clusters.table.groupby("state")["name"].apply(list)
    return ", ".join(" + ".join(together) for together in names if len(together) > 1) or "none"


def _shared_with_soap(soap, joint, lens, resampling):
    """How far the labels of the joint data, and of LENS, are those of SOAP."""
    fast = joint.labels.isin(of_kind(joint.table, "fast"))
    same_name = agreement.keeps_name(joint.labels, joint.table["name"], soap.labels, soap.table["name"])
    kept = agreement.share_of_points(~fast, same_name, **resampling)
    joint_index, lens_index = (agreement.adjusted_rand(other.labels, soap.labels) for other in (joint, lens))
    return {
        "joint.keeps_places": _number(kept, "share of the other points to which SOAP gives the same name"),
        "joint.rand_with_soap": _number(joint_index, "adjusted Rand index"),
        "lens.rand_with_soap": _number(lens_index, "adjusted Rand index"),
    }


def _fast_state(soap, joint, lens, resampling):
    """Size of the fast state, what SOAP and LENS alone call its points, its exchange with edges, and its place."""
    fast, edges = of_kind(joint.table, "fast"), of_kind(joint.table, "edge")
    is_fast = joint.labels.isin(fast)
    population = agreement.share_of_points(xr.ones_like(is_fast), is_fast, **resampling)
    numbers = {
        "fast.only_joint": _number(bool(fast) and not of_kind(soap.table, "fast"), "SOAP&LENS has it, SOAP has not"),
        "fast.population": _number(population if fast else None, "share of all points"),
    }
    for name, (states, kind) in {"soap_edge": (soap, "edge"), "lens_fast": (lens, "fast")}.items():
        inside = states.labels.isin(of_kind(states.table, kind))
        share = agreement.share_of_points(is_fast, inside, **resampling)
        numbers[f"fast.in_{name}"] = _number(share, f"share of the fast points that are {kind} there")
    entries = agreement.share_of_passages(joint.labels, edges, fast, "entries", **resampling)
    exits = agreement.share_of_passages(joint.labels, fast, edges, "exits", **resampling)
    numbers["fast.from_edges"] = _number(entries, "share of all entries into the fast state")
    numbers["fast.to_edges"] = _number(exits, "share of all exits from the fast state")
    for key, states in {"soap": soap, "joint": joint}.items():
        share = agreement.share_of_points(is_fast, agreement.local_purity(states.scores, is_fast), **resampling)
        numbers[f"fast.purity_{key}"] = _number(share, "share of the neighbors of fast points on the map")
    return numbers


def _other_clusterings(joint, n_clusters, seed):
    """Whether other clusterings find the fast state: those that the paper names, on every tenth or fortieth frame."""
    is_fast = joint.labels.isin(of_kind(joint.table, "fast"))
    methods = {
        "gmm": (10, lambda points: gmm(points, n_clusters, seed=seed, n_starts=1).labels),
        "kmeans": (10, lambda points: kmeans(points, n_clusters, seed=seed).labels),
        "dbscan": (40, dbscan),
    }
    numbers = {}
    for name, (stride, cluster) in methods.items():
        every = {"frame": slice(None, None, stride)}
        points, chosen = (to_samples(values.isel(every)) for values in (joint.scores, is_fast))
        note = f"points in both by points in either, every {stride}. frame"
        numbers[f"other.{name}_overlap"] = _number(agreement.best_overlap(cluster(points), chosen), note)
    return numbers


def _flows_of_gold(finer):
    """
    The exchange of the liquid-like state at the finer cut, in the direction in which it is nearest to the paper's.

    The paper gives four percentages and does not say whether they flow into the liquid-like state or out of it. All
    four are taken in the same direction.
    """
    given = published("au309")["text"]
    wanted = {kind: given[f"{kind}_with_liquid_like"] / 100 for kind in GOLD_PARTNERS}
    steps = {
        "into": {kind: (kind, "liquid-like") for kind in GOLD_PARTNERS},
        "out of": {kind: ("liquid-like", kind) for kind in GOLD_PARTNERS},
    }

    def flow(variable, start, end):
        i, j = (of_kind(finer.table, kind) for kind in (start, end))
        return finer.kinetics[variable].values[i[0], j[0]] if i and j else None

    measured = {
        name: {kind: flow("matrix", *step) for kind, step in of_kinds.items()} for name, of_kinds in steps.items()
    }
    direction = agreement.nearest_reading(measured, wanted)
    numbers = {"flows.direction": _number(direction, "into the liquid-like state or out of it")}
    for kind, step in steps[direction].items():
        found = {end: flow(name, *step) for end, name in {"value": "matrix", "low": "low", "high": "high"}.items()}
        numbers[f"flows.{kind}"] = _number(found, "share of the state's atoms within one frame, at the finer cut")
    return numbers


def _event_of_gold(results, soap, resampling):
    """LENS and the mobile surface before and after the event, what SOAP calls it, and where it is."""
    names = ("delta", "surface", "mobile", "from_vertex", "after_event")
    delta, surface, mobile, from_vertex, after = (results[name].load() for name in names)
    surface, mobile, after = surface.astype(bool), mobile.astype(bool), after.astype(bool)
    numbers = {}
    for name, period in {"before": ~after, "after": after}.items():
        everyone = xr.ones_like(surface) & period
        mean = agreement.share_of_points(everyone, delta, **resampling)
        share = agreement.share_of_points(surface & period, mobile, **resampling)
        numbers[f"event.lens_{name}"] = _number(mean, "mean LENS")
        numbers[f"liquid.share_{name}"] = _number(share, "share of the surface that is mobile")
    at_rest = soap.labels.values[(surface & ~mobile).values]
    crystal = soap.labels == (np.bincount(at_rest).argmax() if at_rest.size else -1)
    lumped = agreement.share_of_points(surface & mobile, crystal, **resampling)
    note = "share of the mobile surface in SOAP's state of the surface at rest"
    numbers["liquid.lumped_in_soap"] = _number(lumped, note)
    others = surface & after & (from_vertex > 0)
    for name, chosen in {"mobile": mobile, "resting": ~mobile}.items():
        mean = agreement.share_of_points(others & chosen, from_vertex, **resampling)
        numbers[f"liquid.distance_{name}"] = _number(mean, "mean distance from the vertex that sank", "Angstrom")
    return numbers
