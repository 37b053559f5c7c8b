# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which findings are solid?
#
# A protocol of many steps has many knobs, and a paper can state only some of them. How wide is the
# window that smooths LENS, and is it even or odd? Which of its two spanning trees does HDBSCAN take?
# How many principal components are kept, how far does an atom see, and what if half of the trajectory
# had been all we had? A finding that goes away when a knob is turned a little is no finding.
#
# **What we will see.** The three studies again, one knob turned at a time; for each setting
#
# 1. how many states there are, and whether the one that the study is about is among them: the
#    *fast* atoms of copper, the *liquid-like* patch of gold, the *interface* of ice and water;
# 2. whether SOAP alone finds it too, which would make LENS superfluous;
# 3. how far the states are those of the study's parameters (adjusted Rand index: 1 if the points are
#    parted alike, 0 for what chance would give);
# 4. the flow that the study's conclusion rests on, with its 95 % interval.
#
# This is no figure of the paper. On which data it is made is said below. To finish in minutes, we
# cluster only pairs of successive frames, one pair every so many frames (LENS is computed and smoothed
# on all of them); `full` takes every frame. Passages between states are counted within the pairs, so
# that they belong to the same interval as in the studies.
#
# A thinned sample is a change by itself. The first line of each picture is what it shows **with the
# study's parameters**, and the other lines are to be compared with that one. It is not what the study
# shows: there all frames are clustered, and the numbers of states are others.

# %% tags=["parameters"]
copper: str = "cu211-sample"  # data set of 01_cu211
gold: str = "au309-sample"  # data set of 02_au_nanoparticle
water: str = "icewater-sample"  # data set of 03_ice_water
frames: int = 0  # frames: analyze only so many from the start; 0 for all
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
copper_stride: int = 12  # frames: every how many a pair is clustered
gold_stride: int = 20  # frames: every how many a pair is clustered
water_stride: int = 20  # frames: every how many a pair is clustered
full: bool = False  # cluster every frame, whatever the strides say
bootstrap: int = 200  # resamples of whole atoms for confidence intervals
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that work side by side; 0 for one per core

# %%
from functools import cache, partial

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import Markdown, display

from soaplens_lite import agreement, clustering, decomposition, features, plots, states, structure, transitions
from soaplens_lite.edition import checks, parameters, record
from soaplens_lite.edition.datasets import introduce, open_data_set
from soaplens_lite.lens import lens, smooth_lens
from soaplens_lite.neighbors import find_neighbors
from soaplens_lite.particle import distances_from_center
from soaplens_lite.progress import progress_bar
from soaplens_lite.sensitivity import in_pairs, one_at_a_time, summarize, with_gaps
from soaplens_lite.side_by_side import cluster_side_by_side
from soaplens_lite.soap import soap
from soaplens_lite.trajectory import select_centers
from soaplens_lite.water import without_massless_sites

# %%
chosen = parameters.in_notebook("05_sensitivity", globals())
data_sets = checks.fetch_all_for("05_sensitivity", chosen)
references = {study: settings for study, (_, settings) in parameters.studies_within("05_sensitivity", chosen).items()}
run = record.start("05_sensitivity", chosen)
strides = {study: 1 if full else chosen[f"{study}_stride"] for study in references}
share_of_frames = {study: min(1, 2 / stride) for study, stride in strides.items()}
resampling = {"n_resamples": bootstrap, "seed": seed}

# %% [markdown]
# ## The systems
#
# Where atoms sit and what they are surrounded by does not depend on any of the knobs: it is measured
# once, and tells the states apart by name.

# %%
for dataset in data_sets.values():
    display(Markdown(f"**{dataset.title}.** " + introduce(dataset)))
trajectories = {study: open_data_set(dataset, n_frames=frames) for study, dataset in data_sets.items()}
trajectories["water"] = without_massless_sites(trajectories["water"])
centers = {
    study: select_centers(trajectories[study], dataset.centers, n_centers=dataset.n_centers)
    for study, dataset in data_sets.items()
}


# %% [markdown]
# Metals: the number of nearest neighbors, and for the particle the distance from its center.


# %%
def shell_coordination(study):
    """Number of nearest neighbors, by the first minimum of the radial distribution function."""
    shell = structure.first_minimum(structure.radial_distribution(trajectories[study]))
    return structure.coordination_numbers(trajectories[study], centers[study], shell)


measured = {study: {"coordination": shell_coordination(study)} for study in ("copper", "gold")}
measured["gold"]["distance"] = distances_from_center(trajectories["gold"], centers["gold"])

# %% [markdown]
# Water: how tetrahedral its surroundings are, on a scale from 0, what the liquid shows far from the
# ice, to 1, what the ice shows in its middle.

# %%
order = structure.tetrahedral_order(trajectories["water"], centers["water"])
middle = structure.slab_middle(trajectories["water"], centers["water"], order)
depth = abs(structure.distance_from_middle(trajectories["water"], centers["water"], middle))
q_ice, q_liquid = float(order.where(depth < 3).mean()), float(order.where(depth > depth.max() - 3).mean())
measured["water"] = {"order": (order - q_liquid) / (q_ice - q_liquid)}

# %% [markdown]
# ## The knobs
#
# Each line changes one thing and leaves the rest at what the study uses. Names are the parameters of
# the studies, and three more: which *half* of the frames, another method of *clustering* with as many
# clusters as the first line has, and *borders* between the classes of LENS that are given rather than
# found by k-means (the authors' notebook holds such a pair for copper).

# %%
REFERENCE = "study's parameters" + (", thinned" if min(share_of_frames.values()) < 1 else "")
COMMON = [
    ("components", "99 % of the variance", "", {"variance": 0.99}),
    ("components", "99.9 % of the variance", "", {"variance": 0.999}),
    ("half", "first half of the frames", "", {"half": 1}),
    ("half", "second half of the frames", "", {"half": 2}),
]
KMEANS = ("method", "k-means", "", {"clustering": "kmeans"})
DENSITY = [
    ("tree", "exact spanning tree", "", {"exact_tree": True}),
    ("cut", "merge_cut 0.9", "", {"merge_cut": 0.9}),
    ("cut", "merge_cut 1.1", "", {"merge_cut": 1.1}),
    ("method", "Gaussian mixture", "", {"clustering": "gmm"}),
]

# %% [markdown]
# What a study measures in frames, Å or points is changed in proportion: the window, the radius, and
# for the metals, which HDBSCAN clusters, the smallest cluster.


# %%
def in_proportion(study):
    """Changes of the window (where it still fits), the radius and, with HDBSCAN, the smallest cluster."""
    base, n_frames = references[study], trajectories[study].sizes["frame"]
    window, radius, size = (base[key] for key in ("lens_window", "r_cut", "min_cluster_size"))
    windows = {"window × 0.5": window // 2, "window + 1 frame": window + 1, "window × 2": 2 * window}
    radii = {f"r_cut × {factor}": factor * radius for factor in (0.9, 1.1)}
    sizes = {"min_cluster_size × 0.75": 3 * size // 4, "min_cluster_size × 1.5": 3 * size // 2}
    rows = [("window", change, f"{n} frames", {"lens_window": n}) for change, n in windows.items() if n < n_frames // 2]
    rows += [("r_cut", change, f"{r:.3g} Å", {"r_cut": r}) for change, r in radii.items()]
    if "exact_tree" not in base:  # no HDBSCAN
        return rows
    return rows + [("cluster size", change, f"{n}", {"min_cluster_size": n}) for change, n in sizes.items()]


# %%
only_copper = [("LENS classes", "borders of the authors' notebook", "", {"borders": (0.11662, 0.42381)})]
only_water = [("seed", f"seed {k}", "", {"seed": k}) for k in (seed + 1, seed + 2)]
changes = {
    "copper": [*DENSITY, KMEANS, *COMMON, *only_copper, *in_proportion("copper")],
    "gold": [*DENSITY, KMEANS, *COMMON, *in_proportion("gold")],
    "water": [KMEANS, *COMMON, *in_proportion("water"), *only_water],
}
more = {"half": 0, "clustering": "", "borders": None}
settings = {
    study: one_at_a_time(base | more, [("reference", REFERENCE, "", {}), *changes[study]])
    for study, base in references.items()
}
pd.Series({study: len(rows) for study, rows in settings.items()}, name="settings")

# %% [markdown]
# ## From settings to points
#
# A radius other than the study's needs new spectra, here only of the frames that are clustered; with
# the study's radius they come from the cache that the studies have filled.


# %%
@cache
def descriptors(study, r_cut):
    """LENS between all frames, and spectra (of the thinned frames where the radius is new)."""
    base, trajectory = references[study], trajectories[study]
    thinned = trajectory if r_cut == base["r_cut"] else in_pairs(trajectory, strides[study])
    basis = {name: base[name] for name in ("n_max", "l_max")} | {"species": data_sets[study].species}
    spectra = soap(thinned, centers[study], r_cut=r_cut, n_jobs=n_jobs, **basis)
    return lens(find_neighbors(trajectory, r_cut, atoms=centers[study])), spectra


# %%
OF_POINTS = ("r_cut", "lens_window", "lens_order", "half")  # parameters on which the points depend


@cache
def components(study, r_cut, window, order, half):
    """Smoothed LENS of the frames that are clustered; fits and scores of more components than are ever used."""
    raw_delta, spectra = descriptors(study, r_cut)
    delta = in_pairs(smooth_lens(raw_delta, window=window, order=order), strides[study])
    middle = delta.sizes["frame"] // 2
    delta = delta.isel(frame={0: slice(None), 1: slice(middle), 2: slice(middle, None)}[half])
    data = {"SOAP": features.structure_alone(spectra, delta), "SOAP&LENS": features.join(spectra, delta)}
    fits = {name: decomposition.fit_pca(vectors, variance=0.9995) for name, vectors in data.items()}
    return delta, fits, {name: decomposition.project(vectors, fits[name]) for name, vectors in data.items()}


# %% [markdown]
# Of these components, a setting takes as many as retain the share of the variance that it wants; the
# joint data of gold take as many as retain what SOAP then retains, as in that study.


# %%
def points(study, chosen):
    """LENS, and as many components without and with it as retain the wanted share of the variance."""
    delta, fits, scores = components(study, *(chosen[key] for key in OF_POINTS))
    wanted, taken = chosen["variance"], {}
    for name, fit in fits.items():
        number = plots.components_for(fit.cumulative_variance, wanted)
        taken[name] = scores[name].isel(component=slice(number))
        wanted = float(fit.cumulative_variance[number - 1]) if study == "gold" else wanted
    return delta, taken


# %%
clouds = {}
with progress_bar("principal components", total=sum(map(len, settings.values())), unit="setting") as bar:
    for study, rows in settings.items():
        for setting in rows:
            clouds[study, setting.label] = points(study, setting.parameters)
            bar.update()
n_clustered = {study: clouds[study, REFERENCE][0].sizes["frame"] for study in settings}
n_frames = {}
for study, base in references.items():
    smoothed = smooth_lens(descriptors(study, base["r_cut"])[0], window=base["lens_window"], order=base["lens_order"])
    n_frames[study] = smoothed.sizes["frame"]

# %% [markdown]
# ## From points to clusters
#
# With fewer frames a crowd has fewer points: `min_cluster_size` is scaled with the share of the frames
# (not for the halves, which are to show what a shorter simulation would have). This is why even the
# study's parameters give other numbers of clusters here than in the study. HDBSCAN takes for a cluster
# what is denser than its surroundings; the fewer points make a cluster, the more chance decides what
# is dense, and where one cluster ends and the next begins. Other clusters exchange their atoms at
# other rates, so that the cut merges them to other numbers of states. With all frames (`full`) the
# first line clusters what the study clusters, and finds what it finds.
#
# A mixture and k-means get as many clusters as HDBSCAN finds with the study's parameters, and a single
# start. The water study uses a mixture to begin with, the likeliest of several starts. A method that
# finds no cluster, or comes to no end, has found no state.

# %%
found = {}


def method_of(study, name, chosen):
    """How points are clustered: the method and its parameters."""
    if study != "water" and not chosen["clustering"]:
        size = max(5, round(chosen["min_cluster_size"] * share_of_frames[study]))
        return {"method": "hdbscan", "min_cluster_size": size, "exact_tree": chosen["exact_tree"]}
    number = chosen["n_components"] if study == "water" else found[study, REFERENCE, name].n_clusters
    starts = 1 if chosen["clustering"] else chosen["n_starts"]
    return {"method": chosen["clustering"] or "gmm", "n_components": number, "seed": chosen["seed"], "n_starts": starts}


# %%
def cluster_together(samples, **how):
    """Clusterings of all samples; None where the method gives up, which it may not with the study's parameters."""
    processes = n_jobs if len(samples) > 2 else 1
    try:
        return cluster_side_by_side(samples, n_jobs=processes, **how)
    except (ValueError, RuntimeError):
        if len(samples) > 1:
            return {key: cluster_together({key: points}, **how)[key] for key, points in samples.items()}
        if REFERENCE in next(iter(samples)):
            raise
        return dict.fromkeys(samples)


# %% [markdown]
# Settings of the same method are clustered together, on all cores. First comes HDBSCAN, whose number
# of clusters the other methods are given.


# %%
def cluster_all(wanted):
    """Cluster the points of all settings that are wanted, those of the same parameters together."""
    groups = {}
    for study, rows in settings.items():
        for setting in (row for row in rows if wanted(study, row.parameters)):
            for name, values in clouds[study, setting.label][1].items():
                how = tuple(method_of(study, name, setting.parameters).items())
                groups.setdefault(how, {})[study, setting.label, name] = features.to_samples(values)
    for how, samples in groups.items():
        found.update(cluster_together(samples, **dict(how)))


cluster_all(lambda study, chosen: study != "water" and not chosen["clustering"])
cluster_all(lambda study, chosen: study == "water" or chosen["clustering"])


# %%
def labels_of(study, label, name):
    """Clusters, ordered as in the study: by falling coordination, in water by rising LENS."""
    delta, scores = clouds[study, label]
    by = delta if study == "water" else measured[study]["coordination"]
    return states.label_states(found[study, label, name], scores[name], by, falling=study != "water")


# %% [markdown]
# ## From clusters to findings
#
# The state that a study is about, and its counterpart in the flow that matters, are recognized by
# what we measure of the clusters, with the rules of the studies cut down to what is needed here:
#
# - copper: *fast* is a cluster whose mean LENS lies in the highest class of LENS alone, an *edge* one
#   with 6 to 7.5 neighbors; the flow is the share of entries into fast ones that start from edges;
# - gold: *liquid-like* is a cluster at the surface, no vertex, of which most points have a LENS above
#   the middle border of its classes (and above 0.02), a *face* one of at least 8.2 neighbors of which
#   most have not; the flow is the share of entries into liquid-like ones that start from faces;
# - ice and water: by the tetrahedral order, which is 0 in the liquid and 1 in the ice, the *interface*
#   is the state with 1/3 to 2/3 of it; the flow is the share of exits from the ice that lead directly
#   to the liquid, where there is an interface.

# %%
of_copper = {"name": ["fast", "edge"], "coordination_from": [0, 6.0], "coordination_below": [13, 7.5]}
of_gold = {
    "name": ["liquid-like", "face"],
    "coordination_from": [6.3, 8.2],
    "coordination_below": [9.5, 10.0],
    "distance_from": [9.0, 9.0],
    "mobile_from": [0.5, None],
    "mobile_below": [None, 0.5],
}
of_water = {"name": ["ice", "interface", "liquid"], "order_from": [2 / 3, 1 / 3, None]}
rules = {study: pd.DataFrame(rule) for study, rule in zip(settings, (of_copper, of_gold, of_water), strict=True)}

# %%
SOUGHT = {"copper": "fast", "gold": "liquid-like", "water": "interface"}
FLOWS = {
    "copper": ("edge", "fast", "entries"),
    "gold": ("face", "liquid-like", "entries"),
    "water": ("ice", "liquid", "exits"),
}


# %%
@cache
def found_borders(n_classes, *which):
    """Borders between the classes of LENS alone, by k-means."""
    delta, _, _ = components(*which)
    return clustering.kmeans_classes(features.to_samples(delta), n_classes, seed=seed)[1]


def name_clusters(study, label, labels, chosen):
    """Clusters with their names, by what is measured of them."""
    which = study, *(chosen[key] for key in OF_POINTS)
    delta, borders = clouds[study, label][0], chosen["borders"] or found_borders(chosen["lens_classes"], *which)
    values = measured[study] | {"lens": delta, "mobile": delta > max(borders[len(borders) // 2], 0.02)}
    cards = states.measure_states(labels, values, data_sets[study].interval, n_resamples=100)
    rule = rules[study].assign(lens_from=[borders[-1], None]) if study == "copper" else rules[study]
    return cards.assign(name=states.name_states(cards, rule))


# %% [markdown]
# The cut merges clusters of the metals into states, as in the studies. The flow is counted between
# *clusters*, so that it is known where the cut merges the state with others; it has **no value** where
# one of its two ends is not found, or nothing passes.


# %%
def merge(study, clusters, chosen):
    """States of the clusters; in water, each is one."""
    if study == "water":
        return clusters
    counts = transitions.transition_counts(with_gaps(clusters), int(clusters.max()) + 1)
    return states.merge_states(clusters, counts, measured[study]["coordination"], cut=chosen["merge_cut"])[0]


def flow_of(study, clusters, table):
    """The flow that matters with its interval; NaN where it has no value."""
    origin, target, of = FLOWS[study]
    ends = states.named(table, origin), states.named(table, target)
    share = None
    if all(ends) and states.named(table, SOUGHT[study]):
        share = agreement.share_of_passages(with_gaps(clusters), *ends, of, **resampling)
    share = share or {"value": np.nan, "low": np.nan, "high": np.nan}
    return {"flow": share["value"], "flow_low": share["low"], "flow_high": share["high"]}


# %%
def outcome(study, setting, name):
    """What is found with one setting: the states, and how many, where the sought one is, and the flow."""
    if found[study, setting.label, name] is None:
        return None, {"clusters": 0, "states": 0, "place": "none"}
    clusters = labels_of(study, setting.label, name)
    merged = merge(study, clusters, setting.parameters)
    table, of_states = (name_clusters(study, setting.label, x, setting.parameters) for x in (clusters, merged))
    places = {"state": states.named(of_states, SOUGHT[study]), "cluster": states.named(table, SOUGHT[study])}
    place = next((place for place, there in places.items() if there), "none")
    counted = {"clusters": len(table), "states": len(of_states), "place": place}
    return merged, counted | flow_of(study, clusters, table)


# %%
rows, labels_found = [], {}
with progress_bar("findings", total=2 * sum(map(len, settings.values())), unit="setting") as bar:
    for study, setting in ((study, setting) for study, of_study in settings.items() for setting in of_study):
        for name in ("SOAP", "SOAP&LENS"):
            labels, result = outcome(study, setting, name)
            labels_found[study, setting.label, name] = labels
            reference = labels_found[study, REFERENCE, name]
            both = () if labels is None else xr.align(labels, reference, join="inner")
            result["agreement"] = agreement.adjusted_rand(*both) if both else np.nan
            words = {"knob": setting.knob, "change": setting.change, "setting": setting.label}
            rows.append({"study": study, **words, "data": name, **result})
            bar.update()
results = pd.DataFrame(rows)
results

# %% [markdown]
# ## All at a glance
#
# A filled mark is a state of its own, a half-filled one a cluster that the cut merges with others,
# and a cross says that there is none. Grey is SOAP alone, blue SOAP with LENS. The Rand index says how
# far the joint states part the points as those of the first line do. **A finding is solid where the
# mark stays the same all the way down and the values stay where they are**; where the index is framed,
# the state may be found while all the others are not.

# %%
FLOW = {
    "copper": "entries into fast from edges",
    "gold": "entries into liquid-like from faces",
    "water": "exits from ice straight to liquid",
}
headings = {study: (f"{study}: {SOUGHT[study]}", flow) for study, flow in FLOW.items()}
draw = partial(plots.plot_findings, results, findings=headings)
run.panel("sensitivity_overview", draw, size=(180, 34 + 4.4 * results.change.nunique()))

# %% [markdown]
# ## Study by study
#
# The same with the values of the settings, with the number of states beside each mark, and with the
# index for SOAP alone too. The dashed line is the value of the first line. How many of the frames that
# have a value of LENS are clustered stands above each picture.

# %%
for study, flow in FLOW.items():
    of_study = results[results.study == study].drop(columns="study").reset_index(drop=True)
    run.number(f"{study}.settings", of_study)
    title = f"{study}: {n_clustered[study]} of {n_frames[study]} frames"
    draw = partial(plots.plot_robustness, of_study, sought=SOUGHT[study], flow=flow, title=title)
    display(run.panel(f"sensitivity_{study}", draw, size=(170, 34 + 4.6 * of_study.setting.nunique())))

# %% [markdown]
# ## What we learned

# %%
summaries = {}
for study in settings:
    of_study = results[results.study == study]
    joint, alone = (of_study[of_study.data == name] for name in ("SOAP&LENS", "SOAP"))
    summaries[study] = summarize(joint), summarize(alone)
    run.number(f"{study}.joint", summaries[study][0], note="numbers of settings, the first line included")
    run.number(f"{study}.soap", summaries[study][1], note="numbers of settings, the first line included")
    run.number(f"{study}.frames", {"clustered": n_clustered[study], "of": n_frames[study]})
    run.number(f"{study}.lowest_agreement", joint.agreement.min())


# %%
def where(names):
    """Names of settings, if there are any."""
    return f" ({'; '.join(names)})" if names else ""


def about_states(study):
    """What became of the state that the study is about."""
    joint, alone = summaries[study]
    single = f" (with a single state for all in {joint['single_state']} of them)" if joint["single_state"] else ""
    return (
        f"- **{study}**, {n_clustered[study]} of {n_frames[study]} frames clustered "
        f"({n_clustered[study] / n_frames[study]:.0%}): the {SOUGHT[study]} state is there as a state of its own in "
        f"{joint['own_state']} of {joint['settings']} settings, merged with another in {joint['merged']}{single}, and "
        f"not found in {joint['not_found']}{where(joint['where_not_found'])}. With SOAP alone: of its own in "
        f"{alone['own_state']}, merged in {alone['merged']}, not found in {alone['not_found']}."
    )


# %%
def about_others(study):
    """What became of the other states."""
    joint, _ = summaries[study]
    fewest, most = joint["states"]
    number = f"from {fewest} to {most}" if fewest < most else f"{most} in all of them"
    return (
        f"  - The joint states part the points otherwise than those of the first line, with an adjusted Rand index "
        f"below 0.5, in {joint['unlike']} of {joint['settings']} settings{where(joint['where_unlike'])}; among the "
        f"{joint['own_state']} that have the {SOUGHT[study]} state for itself these are {joint['own_state_unlike']}. "
        f"Number of joint states: {number}."
    )


# %%
def about_flow(study):
    """Between what values the flow goes, and how well each is known."""
    joint, _ = summaries[study]
    without = joint["where_no_flow"]
    missing = f"No value in {len(without)} of {joint['settings']} settings{where(without)}."
    if joint["flow"] is None:
        return f"  - {FLOW[study].capitalize()}. {missing}"
    (low, high), (widest, *ends) = joint["flow"], joint["widest"]
    values = f"{joint['with_flow']} values, " + (f"from {low:.1%} to {high:.1%}" if low < high else f"each {low:.1%}")
    return (
        f"  - {FLOW[study].capitalize()}: {values}. This is how far the settings lie apart and no interval of "
        f"confidence; the widest 95 % interval of a single setting goes from {ends[0]:.1%} to {ends[1]:.1%} "
        f"({widest}). {missing}"
    )


# %%
thinned = (
    "All of this is on thinned trajectories, so that numbers of states are to be compared with the first line of the "
    "pictures, not with the studies.\n\n"
)
about = [text(study) for study in settings for text in (about_states, about_others, about_flow)]
display(Markdown((thinned if min(share_of_frames.values()) < 1 else "") + "\n".join(about)))

# %% [markdown]
# That the state exists, and from where it is fed, is one kind of finding; how many states there are
# besides is another. The pictures tell which of the two a knob can move. And for the metals a finding
# of SOAP alone means less than it seems to: its clusters are *named* with the help of LENS, so that a
# cross in grey says that nothing in the structure goes with the motion, while a circle says that
# something does. In water the name comes from the tetrahedral order alone.

# %%
run.finish()
