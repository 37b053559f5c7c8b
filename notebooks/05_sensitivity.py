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
# 3. how far the states are those of the paper's settings (adjusted Rand index: 1 if the points are
#    parted alike, 0 for what chance would give);
# 4. the flow that the study's conclusion rests on, with its 95 % interval.
#
# This is no figure of the paper. **And these are not the paper's data**, but our samples. To finish
# in minutes, we cluster only pairs of successive frames, one pair every so many frames (LENS is
# computed and smoothed on all of them); `full` takes every frame. Passages between states are counted
# within the pairs, so that they belong to the same interval as in the studies. A thinned sample is
# still a change by itself: the first line of each picture is what it shows with the settings of the
# study, and the other lines are to be compared with that one.

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
from soaplens_lite.soap import soap
from soaplens_lite.trajectory import select_centers
from soaplens_lite.water import without_massless_sites

chosen = parameters.in_notebook("05_sensitivity", globals())
data_sets = checks.fetch_all_for("05_sensitivity", chosen)
references = {study: settings for study, (_, settings) in parameters.studies_within("05_sensitivity", chosen).items()}
run = record.start("05_sensitivity", chosen)
strides = {study: 1 if full else chosen[f"{study}_stride"] for study in references}
kept = {study: min(1, 2 / stride) for study, stride in strides.items()}  # share of the frames
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


def shell_coordination(study):
    """Number of nearest neighbors, by the first minimum of the radial distribution function."""
    shell = structure.first_minimum(structure.radial_distribution(trajectories[study]))
    return structure.coordination_numbers(trajectories[study], centers[study], shell)


order = structure.tetrahedral_order(trajectories["water"], centers["water"])
middle = structure.slab_middle(trajectories["water"], centers["water"], order)
depth = abs(structure.distance_from_middle(trajectories["water"], centers["water"], middle))
q_ice, q_liquid = float(order.where(depth < 3).mean()), float(order.where(depth > depth.max() - 3).mean())
measured = {
    "copper": {"coordination": shell_coordination("copper")},
    "gold": {
        "coordination": shell_coordination("gold"),
        "distance": distances_from_center(trajectories["gold"], centers["gold"]),
    },
    "water": {"order": (order - q_liquid) / (q_ice - q_liquid)},
}

# %% [markdown]
# ## The knobs
#
# Each line changes one thing and leaves the rest at what the study uses. Names are the parameters of
# the studies, and three more: which *half* of the frames, another method of *clustering* with as many
# clusters as the reference has, and *borders* between the classes of LENS that are given rather than
# found by k-means (the authors' notebook holds such a pair for copper).

# %%
REFERENCE = "as in the study"
COMMON = [
    ("components", "99 % of the variance", {"variance": 0.99}),
    ("components", "99.9 % of the variance", {"variance": 0.999}),
    ("half", "first half of the frames", {"half": 1}),
    ("half", "second half of the frames", {"half": 2}),
]
DENSITY = [
    ("tree", "exact spanning tree", {"exact_tree": True}),
    ("cut", "merge_cut 0.9", {"merge_cut": 0.9}),
    ("cut", "merge_cut 1.1", {"merge_cut": 1.1}),
    ("method", "Gaussian mixture", {"clustering": "gmm"}),
    ("method", "k-means", {"clustering": "kmeans"}),
]
KNOBS = {
    "copper": [
        *DENSITY,
        *COMMON,
        ("LENS classes", "borders of the authors' notebook", {"borders": (0.11662, 0.42381)}),
    ],
    "gold": [*DENSITY, *COMMON],
    "water": [
        *COMMON,
        ("method", "k-means", {"clustering": "kmeans"}),
        *[("seed", f"seed {k}", {"seed": k}) for k in (seed + 1, seed + 2)],
    ],
}


# %%
def settings_of(study):
    """The reference, and every change of one knob: what is turned, how it is called, all parameters."""
    base = references[study] | {"half": 0, "clustering": "", "borders": None}
    rows = [("reference", REFERENCE, {}), *KNOBS[study]]
    window, longest = base["lens_window"], trajectories[study].sizes["frame"] // 2
    windows = [n for n in (window // 2, window + 1, 2 * window) if n < longest]
    rows += [("window", f"window {n} frames", {"lens_window": n}) for n in windows]
    rows += [("r_cut", f"r_cut {x * base['r_cut']:.3g} Å", {"r_cut": x * base["r_cut"]}) for x in (0.9, 1.1)]
    if "exact_tree" in base:
        sizes = (3 * base["min_cluster_size"] // 4, 3 * base["min_cluster_size"] // 2)
        rows += [("cluster size", f"min_cluster_size {n}", {"min_cluster_size": n}) for n in sizes]
    order = list(dict.fromkeys(knob for knob, _, _ in rows))
    rows.sort(key=lambda row: order.index(row[0]))
    return [(knob, label, base | changes) for knob, label, changes in rows]


settings = {study: settings_of(study) for study in references}
pd.Series({study: len(rows) for study, rows in settings.items()}, name="settings")

# %% [markdown]
# ## From settings to points
#
# A radius other than the study's needs new spectra, here only of the frames that are clustered; with
# the study's radius they come from the cache that the studies have filled.


# %%
def in_pairs(data, stride):
    """Two successive frames out of every `stride`."""
    return data.sel(frame=data.frame[data.frame % stride < 2])


@cache
def descriptors(study, r_cut):
    """LENS between all frames, and spectra (of the thinned frames where the radius is new)."""
    base, trajectory = settings[study][0][2], trajectories[study]
    thinned = trajectory if r_cut == base["r_cut"] else in_pairs(trajectory, strides[study])
    basis = {name: base[name] for name in ("n_max", "l_max")} | {"species": data_sets[study].species}
    spectra = soap(thinned, centers[study], r_cut=r_cut, n_jobs=n_jobs, **basis)
    return lens(find_neighbors(trajectory, r_cut, atoms=centers[study])), spectra


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


def points(study, chosen):
    """LENS, and as many components without and with it as retain the wanted share of the variance."""
    which = (chosen[key] for key in ("r_cut", "lens_window", "lens_order", "half"))
    delta, fits, scores = components(study, *which)
    wanted, kept = chosen["variance"], {}
    for name, fit in fits.items():
        number = plots.components_for(fit.cumulative_variance, wanted)
        kept[name] = scores[name].isel(component=slice(number))
        # As in the study of gold, the joint data keep what SOAP retains; the others keep the wanted share.
        wanted = float(fit.cumulative_variance[number - 1]) if study == "gold" else wanted
    return delta, kept


# %%
clouds = {}
with progress_bar("principal components", total=sum(map(len, settings.values())), unit="setting") as bar:
    for study, rows in settings.items():
        for _, label, chosen_settings in rows:
            clouds[study, label] = points(study, chosen_settings)
            bar.update()

# %% [markdown]
# ## From points to clusters
#
# Where a sixth of the frames is clustered, a crowd has about a sixth of its points: `min_cluster_size`
# is scaled with the share of the frames. (That has its limits. When we went down to an eighth, ten
# points made a cluster, and copper's joint data parted into the fast atoms and all the rest.) A mixture
# and k-means get as many clusters as HDBSCAN finds with the settings of the study, and a single start.
# The water study uses a mixture of three to begin with, the likeliest of several starts. A method that
# finds no cluster, or comes to no end, has found no state.

# %%
found = {}


def method_of(study, name, chosen):
    """How points are clustered: the method and its parameters."""
    if study != "water" and not chosen["clustering"]:
        size = max(5, round(chosen["min_cluster_size"] * kept[study]))
        return {"method": "hdbscan", "min_cluster_size": size, "exact_tree": chosen["exact_tree"]}
    number = chosen["n_components"] if study == "water" else found[study, REFERENCE, name].n_clusters
    starts = 1 if chosen["clustering"] else chosen["n_starts"]
    return {"method": chosen["clustering"] or "gmm", "n_components": number, "seed": chosen["seed"], "n_starts": starts}


# %%
def cluster_together(samples, **how):
    """Clusterings of all samples; None where the method gives up, which it may not with the study's own settings."""
    processes = n_jobs if len(samples) > 2 else 1
    try:
        return clustering.cluster_side_by_side(samples, n_jobs=processes, **how)
    except (ValueError, RuntimeError):
        if len(samples) > 1:
            return {key: cluster_together({key: points}, **how)[key] for key, points in samples.items()}
        if REFERENCE in next(iter(samples)):
            raise
        return dict.fromkeys(samples)


def cluster_all(wanted):
    """Cluster the points of all settings that are wanted, those of the same parameters together."""
    groups = {}
    for (study, label), (_, scores) in clouds.items():
        for name, values in scores.items():
            chosen_settings = next(s for _, other, s in settings[study] if other == label)
            if wanted(study, chosen_settings):
                key = tuple(method_of(study, name, chosen_settings).items())
                groups.setdefault(key, {})[study, label, name] = features.to_samples(values)
    for parameters_of_group, samples in groups.items():
        found.update(cluster_together(samples, **dict(parameters_of_group)))


cluster_all(lambda study, chosen: study != "water" and not chosen["clustering"])
cluster_all(lambda study, chosen: study == "water" or chosen["clustering"])


# %%
def labels_of(study, label, name):
    """Clusters, ordered as in the study: by falling coordination, in water by rising LENS."""
    delta, scores = clouds[study, label]
    by = delta if study == "water" else measured[study]["coordination"]
    used = np.unique(found[study, label, name].labels, return_inverse=True)[1]  # a mixture may leave one empty
    labels = features.to_labelled(used, scores[name])
    return states.relabel(labels, states.order_states(labels, by, falling=study != "water"))


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
rules = {
    "copper": pd.DataFrame({"name": ["fast", "edge"], "coordination_from": [0, 6.0], "coordination_below": [13, 7.5]}),
    "gold": pd.DataFrame(
        {
            "name": ["liquid-like", "face"],
            "coordination_from": [6.3, 8.2],
            "coordination_below": [9.5, 10.0],
            "distance_from": [9.0, 9.0],
            "mobile_from": [0.5, None],
            "mobile_below": [None, 0.5],
        }
    ),
    "water": pd.DataFrame({"name": ["ice", "interface", "liquid"], "order_from": [2 / 3, 1 / 3, None]}),
}
FLOWS = {
    "copper": ("edge", "fast", "entries"),
    "gold": ("face", "liquid-like", "entries"),
    "water": ("ice", "liquid", "exits"),
}
SOUGHT = {"copper": "fast", "gold": "liquid-like", "water": "interface"}


@cache
def found_borders(n_classes, *which):
    """Borders between the classes of LENS alone, by k-means."""
    delta, _, _ = components(*which)
    return clustering.kmeans_classes(features.to_samples(delta), n_classes, seed=seed)[1]


def name_clusters(study, label, labels, chosen):
    """Clusters with their names, by what is measured of them."""
    which = study, *(chosen[key] for key in ("r_cut", "lens_window", "lens_order", "half"))
    delta, borders = clouds[study, label][0], chosen["borders"] or found_borders(chosen["lens_classes"], *which)
    values = measured[study] | {"lens": delta, "mobile": delta > max(borders[len(borders) // 2], 0.02)}
    cards = states.measure_states(labels, values, data_sets[study].interval, n_resamples=100)
    rule = rules[study].assign(lens_from=[borders[-1], None]) if study == "copper" else rules[study]
    return cards.assign(name=states.name_states(cards, rule))


# %%
def in_time(labels):
    """Labels of all frames from the first to the last; -1 stands for no state in those that were left out."""
    first, last = labels.frame.values[[0, -1]]
    return labels.reindex(frame=np.arange(first, last + 1), fill_value=-1)


def outcome(study, label, name, chosen):
    """What is found with one setting."""
    if found[study, label, name] is None:
        return None, {"clusters": 0, "states": 0, "place": "none"}
    clusters = labels_of(study, label, name)
    table = name_clusters(study, label, clusters, chosen)
    merged = clusters
    if study != "water":
        counts = transitions.transition_counts(in_time(clusters), len(table))
        by = measured[study]["coordination"]
        merged, _, _ = states.merge_states(clusters, counts, by, cut=chosen["merge_cut"])
    own_state = states.named(name_clusters(study, label, merged, chosen), SOUGHT[study])
    origin, target, of = FLOWS[study]
    ends = states.named(table, origin), states.named(table, target)
    place = "state" if own_state else "cluster" if states.named(table, SOUGHT[study]) else "none"
    known = all(ends) and place != "none"
    flow = agreement.share_of_passages(in_time(clusters), *ends, of, **resampling) if known else None
    return merged, {"clusters": len(table), "states": int(merged.max()) + 1, "place": place, **(flow or {})}


# %%
rows, labels_found = [], {}
with progress_bar("findings", total=2 * sum(map(len, settings.values())), unit="setting") as bar:
    for study, variations in settings.items():
        for knob, label, chosen_settings in variations:
            for name in ("SOAP", "SOAP&LENS"):
                labels_found[study, label, name], result = outcome(study, label, name, chosen_settings)
                pair = labels_found[study, label, name], labels_found[study, REFERENCE, name]
                if all(labels is not None for labels in pair):
                    result["agreement"] = agreement.adjusted_rand(*xr.align(*pair, join="inner"))
                rows.append({"study": study, "knob": knob, "setting": label, "data": name, **result})
                bar.update()
results = pd.DataFrame(rows).rename(columns={"value": "flow", "low": "flow_low", "high": "flow_high"})
results

# %% [markdown]
# ## The pictures
#
# A filled mark is a state of its own, a half-filled one a cluster that the cut merges with others,
# and a cross says that there is none; beside it stands the number of states. Grey is SOAP alone, blue
# SOAP with LENS.

# %%
ASKED = {
    "copper": "entries into fast from edges",
    "gold": "entries into liquid-like from faces",
    "water": "exits from ice straight to liquid",
}
for study, asked in ASKED.items():
    rows_of_study = results[results.study == study].drop(columns="study").reset_index(drop=True)
    run.number(f"{study}.settings", rows_of_study)
    draw = partial(plots.plot_robustness, rows_of_study, sought=SOUGHT[study], flow=asked, title=study)
    display(run.panel(f"sensitivity_{study}", draw, size=(170, 30 + 4.6 * rows_of_study.setting.nunique())))

# %% [markdown]
# ## What we learned

# %%
lines = []
for study, sought in SOUGHT.items():
    joint = results[(results.study == study) & (results.data == "SOAP&LENS")]
    alone = results[(results.study == study) & (results.data == "SOAP")]
    changed = joint[joint.setting != REFERENCE]
    shares = {
        "found": (joint.place != "none").mean(),
        "own_state": (joint.place == "state").mean(),
        "found_by_soap_alone": (alone.place != "none").mean(),
    }
    run.number(f"{study}.shares", shares, note="of all settings, the reference included")
    others = joint[joint.knob == "method"]
    run.number(f"{study}.other_methods_find", list(others.setting[others.place != "none"]))
    run.number(f"{study}.other_methods", list(others.setting))
    run.number(f"{study}.lowest_agreement", changed.agreement.min())
    without = ", ".join(joint.setting[joint.place == "none"])
    lines += [
        f"- **{study}**: the {sought} state is found with {(joint.place != 'none').sum()} of {len(joint)} settings "
        f"({(joint.place == 'state').sum()} times as a state of its own); SOAP alone finds one with "
        f"{(alone.place != 'none').sum()}. "
        + (f"Not found: {without}. " if without else "")
        + f"The number of joint states varies from {joint.states.min()} to {joint.states.max()}."
    ]
    if joint.flow.notna().any():
        lines += [f"  {ASKED[study].capitalize()}: {joint.flow.min():.1%} to {joint.flow.max():.1%}."]
display(Markdown("\n".join(lines)))

# %% [markdown]
# That the state exists, and from where it is fed, is one kind of finding; how many states there are
# besides is another. The pictures tell which of the two a knob can move. And a finding of SOAP alone
# means less than it seems to: its clusters are *named* with the help of LENS here, so that a cross in
# grey says that nothing in the structure goes with the motion, while a circle says that something does.

# %%
run.finish()
