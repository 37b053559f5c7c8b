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
# # Which findings are robust?
#
# A protocol of many steps has many parameters, and a paper can state only some of them. How wide is the
# window that smooths LENS, and is its length even or odd? Which of two spanning trees does HDBSCAN use?
# How many principal components are kept? How large is the radius? What if only half of the
# trajectory were there? A finding that disappears when one parameter changes a little is not a finding.
#
# **What you will see.** The three studies again. One parameter is changed at a time, and for each setting we ask:
#
# 1. how many states there are, and whether the state that the study is about is among them: the
#    *fast* atoms of copper, the *liquid-like* atoms of gold, the *interface* of ice and water;
# 2. whether SOAP alone finds this state too, so that LENS would not be needed;
# 3. how similar the states are to those of the study's parameters (adjusted Rand index: 1 if all points are
#    divided in the same way, 0 for what chance gives);
# 4. the flow on which the study's conclusion rests, with its 95 % interval.
#
# Then we change nothing at all: the same points are rotated, and we ask which states are found again.
#
# This is not a figure of the paper. The data are described below. To finish in minutes, we
# cluster only pairs of successive frames, one pair per stride; LENS is computed and smoothed
# on all frames. With `full` every frame is clustered. Transitions are counted within the pairs, so
# that they belong to the same time interval as in the studies.
#
# Fewer frames are a change too. The first line of each picture therefore shows the result **with the
# study's parameters** on the same frames, and the other lines are compared with it. It is not the result of
# the study, where all frames are clustered and the numbers of states are others.

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
rotations: int = 10  # how often the points are rotated and clustered again; 0 for never
bootstrap: int = 200  # resamples of the atoms for confidence intervals
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that work side by side; 0 for one per core

# %%
from functools import cache, lru_cache

import pandas as pd

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.descriptors import distance_from_middle, slab_middle, tetrahedral_order
from soaplens_lite.states import stability
from soaplens_lite.study.sensitivity import attempt_each, each_setting, judge, one_at_a_time, summarize

study = sl.study.open("05_sensitivity")
base = study.case_studies  # the parameters of each study
strides = {system: 1 if full else study.parameters[f"{system}_stride"] for system in base}
study.introduction()

# %% [markdown]
# ## The systems
#
# Atoms and their centers are those of the studies. To name the states we measure what does not depend on the
# settings: for the metals the number of nearest neighbors, and for the particle also the distance from its center;
# for water the tetrahedral order, on a scale from 0 (liquid, far from the ice) to 1 (middle of the ice).

# %%
trajectories = {system: study.trajectory(system) for system in base}
trajectories["water"] = sl.systems.water.without_massless_sites(trajectories["water"])
centers = {system: study.centers(trajectories[system], system) for system in base}
measured = {}
for system in ("copper", "gold"):
    shell = sl.first_minimum(sl.radial_distribution(trajectories[system]))
    measured[system] = {"coordination": sl.coordination_numbers(trajectories[system], centers[system], shell)}
measured["gold"]["distance"] = sl.systems.particle.distances_from_center(trajectories["gold"], centers["gold"])

# %%
order = tetrahedral_order(trajectories["water"], centers["water"])
middle = slab_middle(trajectories["water"], centers["water"], order)
depth = abs(distance_from_middle(trajectories["water"], centers["water"], middle))
q_ice, q_liquid = float(order.where(depth < 3).mean()), float(order.where(depth > depth.max() - 3).mean())
measured["water"] = {"order": (order - q_liquid) / (q_ice - q_liquid)}

# %% [markdown]
# ## The settings
#
# Each row changes one parameter and leaves the others at what the study uses. Three parameters are added to those of
# the studies: which *half* of the frames is used; another method of *clustering*, with as many
# clusters as the first line has; and *borders* between the classes of LENS that are given and not
# found by k-means (the authors' notebook holds such a pair for copper). Parameters in frames, Å or points
# are changed in proportion to the study's value; a window is left out where it is as long as half of the
# trajectory. Only the metals are clustered by HDBSCAN. *Stable* stands for the leaves of HDBSCAN's exact tree, which do
# not depend on the directions of the axes; what that means is shown at the end.

# %%
METALS, ALL = ("copper", "gold"), ("copper", "gold", "water")
CHANGES = [
    (METALS, "tree", "exact spanning tree", "exact_tree", True),
    *((METALS, "cut", f"merge_cut {cut}", "merge_cut", cut) for cut in (0.9, 1.1)),
    (METALS, "method", "stable", "clustering", "stable"),
    (METALS, "method", "Gaussian mixture", "clustering", "gmm"),
    (ALL, "method", "k-means", "clustering", "kmeans"),
    (ALL, "components", "99 % of the variance", "variance", 0.99),
    (ALL, "components", "99.9 % of the variance", "variance", 0.999),
    (ALL, "half", "first half of the frames", "half", 1),
    (ALL, "half", "second half of the frames", "half", 2),
    (("copper",), "LENS classes", "borders of the authors' notebook", "borders", (0.11662, 0.42381)),
    (ALL, "window", "window × 0.5", "lens_window", lambda frames: frames // 2),
    (ALL, "window", "window + 1 frame", "lens_window", lambda frames: frames + 1),
    (ALL, "window", "window × 2", "lens_window", lambda frames: 2 * frames),
    (ALL, "r_cut", "r_cut × 0.9", "r_cut", lambda angstrom: 0.9 * angstrom),
    (ALL, "r_cut", "r_cut × 1.1", "r_cut", lambda angstrom: 1.1 * angstrom),
    (METALS, "cluster size", "min_cluster_size × 0.75", "min_cluster_size", lambda points: 3 * points // 4),
    (METALS, "cluster size", "min_cluster_size × 1.5", "min_cluster_size", lambda points: 3 * points // 2),
    *((("water",), "seed", f"seed {k}", "seed", k) for k in (seed + 1, seed + 2)),
]

REFERENCE = "study's parameters" + (", thinned" if max(strides.values()) > 2 else "")
settings = {}
for system in base:
    changes = [change for systems, *change in CHANGES if system in systems]
    added, longest = {"half": 0, "clustering": "gmm", "borders": None}, trajectories[system].sizes["frame"] // 2 - 1
    settings[system] = one_at_a_time(added | base[system], changes, reference=REFERENCE, lens_window=longest)

# %% [markdown]
# ## From settings to vectors
#
# A new radius needs new spectra, here only of the frames that are clustered. With
# the study's radius the spectra come from the cache, where the studies left them. A setting keeps the principal
# components that retain its share of the variance. The joint data of gold keep as many as retain what SOAP then
# retains, as in that study.


# %%
@cache
def descriptors(system, r_cut):
    """LENS of all frames, and spectra: of the clustered frames only where the radius is new."""
    whole, atoms = trajectories[system], centers[system]
    kept = whole if r_cut == base[system]["r_cut"] else sl.trajectory.thin_to_pairs(whole, strides[system])
    basis = {"n_max": n_max, "l_max": l_max, "species": study.data_sets[system].species}
    spectra = sl.soap(kept, atoms, r_cut=r_cut, n_jobs=n_jobs, **basis)
    return sl.lens(whole, r_cut, centers=atoms, n_jobs=n_jobs), spectra


@cache
def smoothed(system, r_cut, window, order, half):
    """LENS of the clustered frames, and borders between the classes of LENS alone."""
    delta = sl.smooth_lens(descriptors(system, r_cut)[0], window=window, order=order)
    delta = sl.trajectory.thin_to_pairs(delta, strides[system])
    middle, interval = delta.sizes["frame"] // 2, study.data_sets[system].interval
    delta = delta.isel(frame={0: slice(None), 1: slice(middle), 2: slice(middle, None)}[half])
    classes = sl.lens_classes(delta, base[system]["lens_classes"], interval, seed=seed, n_resamples=1)
    return delta, classes.table["lens_from"].to_numpy()[1:]


# %%
@lru_cache(maxsize=1)
def components(system, variance, r_cut, *how):
    """SOAP without and with LENS, and principal components of both."""
    delta, spectra = smoothed(system, r_cut, *how)[0], descriptors(system, r_cut)[1]
    vectors, pca = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}, {}
    for data in vectors:
        pca[data] = sl.fit_pca(vectors[data], variance=variance)
        variance = pca[data].attrs["variance_retained"] if system == "gold" else variance
    return vectors, pca


# %% [markdown]
# ## From vectors to states
#
# With fewer frames a dense region holds fewer points, so `min_cluster_size` is scaled with the share of the frames
# (not for the halves, which show what a shorter simulation would give). This is why even the
# study's parameters give other numbers of clusters here than in the study. For HDBSCAN a cluster is a region
# that is denser than its surroundings. The fewer points a cluster has, the more its borders depend on chance. Other
# clusters exchange their atoms at other rates, so the cut merges them to other numbers of states. With all
# frames (`full`) the first line clusters what the study clusters, and gives the result of the study.
#
# A Gaussian mixture and k-means are given as many clusters as HDBSCAN finds with the study's parameters, and a single
# start. The water study uses a mixture in any case, the likeliest of several starts.


# %%
def method_of(system, chosen, found):
    """How points are clustered: the method and its settings; what differs between SOAP and SOAP&LENS by their names."""
    method, size = chosen["clustering"], max(5, round(chosen["min_cluster_size"] * min(1, 2 / strides[system])))
    if method == "hdbscan":
        return {"method": method, "min_cluster_size": size, "exact_tree": chosen["exact_tree"]}
    if method == "stable":
        return {"method": method, "min_samples": size}
    if system == "water":
        n_starts = chosen["n_starts"] if method == "gmm" else 1
        return {"method": method, "n_components": chosen["n_components"], "n_starts": n_starts}
    n_found = {data: states.clusters.memberships.sizes["membership"] for data, states in found.items()}
    return {"method": method, "n_components": n_found, "n_starts": 1}


# %% [markdown]
# ## From states to findings
#
# The state that a study is about, and the state from which or to which its flow leads, are recognized by
# measured properties. The rules are those of the studies, reduced to what is needed here:
#
# - copper: *fast* has a mean LENS in the highest class of LENS alone, an *edge*
#   has 6 to 7.5 neighbors; the flow is the share of entries into fast that start from edges;
# - gold: *liquid-like* is at the surface and not a vertex, and most of its points have a LENS above
#   the middle border of the classes (and above 0.02); a *face* has at least 8.2 neighbors, and
#   most of its points have a lower LENS; the flow is the share of entries into liquid-like that start from faces;
# - ice and water: the tetrahedral order is 0 in the liquid and 1 in the ice, and the *interface*
#   has 1/3 to 2/3; the flow is the share of exits from the ice that lead directly
#   to the liquid, where there is an interface.
#
# The flow is counted between *clusters*, so that it is known where the cut merges the state with others. It has
# **no value** where one of its two ends is not found, or where there are no such transitions.

# %%
RULES = {
    "copper": {"name": ["fast", "edge"], "coordination_from": [0, 6.0], "coordination_below": [13, 7.5]},
    "gold": {"name": ["liquid-like", "face"], "coordination_from": [6.3, 8.2], "coordination_below": [9.5, 10.0],
             "distance_from": [9.0, 9.0], "mobile_from": [0.5, None], "mobile_below": [None, 0.5]},
    "water": {"name": ["ice", "interface", "liquid"], "order_from": [2 / 3, 1 / 3, None]},
}  # fmt: skip
SOUGHT = {"copper": "fast", "gold": "liquid-like", "water": "interface"}
FLOWS = {"copper": ("edge", "fast", "entries"), "gold": ("face", "liquid-like", "entries"),
         "water": ("ice", "liquid", "exits")}  # fmt: skip


# %%
def name_states(system, states, delta, borders):
    """States and clusters, named by what is measured of them."""
    values = measured[system] | {"lens": delta, "mobile": delta > max(borders[len(borders) // 2], 0.02)}
    rules = RULES[system] | ({"lens_from": [borders[-1], None]} if system == "copper" else {})
    states = sl.measure_states(states, values, study.data_sets[system].interval, n_resamples=1)
    return sl.name_states(states, pd.DataFrame(rules))


# %% [markdown]
# The complete protocol, once for each setting, and first of all with the study's parameters. In water each cluster is a
# state, and states are numbered by rising LENS; in the metals the cut merges clusters, and states are numbered by
# falling coordination. A method that finds no cluster, or does not converge, has found no state.

# %%
rows, references = [], {}
for system, setting in each_setting(settings):
    chosen = setting.parameters
    how_smoothed = [chosen[key] for key in ("r_cut", "lens_window", "lens_order", "half")]
    delta, borders = smoothed(system, *how_smoothed)
    vectors, pca = components(system, chosen["variance"], *how_smoothed)
    by = delta if system == "water" else measured[system]["coordination"]
    fixed = {"falling": system != "water", "cut": chosen.get("merge_cut"), "seed": chosen["seed"], "n_jobs": n_jobs}
    fixed |= {"required": setting.label == REFERENCE, "n_resamples": 1}
    how = method_of(system, chosen, references.get(system, {}))
    found = attempt_each(sl.find_states, vectors, order_by=by, pca=pca, **fixed, **how)
    found = {
        data: states and name_states(system, states, delta, chosen["borders"] or borders)
        for data, states in found.items()
    }
    references.setdefault(system, found)
    for data, states in found.items():
        reference = references[system][data]
        findings = judge(states, reference, SOUGHT[system], *FLOWS[system], n_resamples=bootstrap, seed=seed)
        rows.append({"study": system, **setting.in_words(), "data": data, **findings})
results = pd.DataFrame(rows)
results

# %% [markdown]
# ## All at a glance
#
# A filled mark is a state of its own, a half-filled mark is a cluster that the cut merges with others,
# and a cross means not found. Gray is SOAP alone, blue is SOAP with LENS. The Rand index says how
# similar the joint states are to those of the first line. **A finding is robust where the
# mark stays the same in all lines and the values stay similar.** Where the index is framed,
# the state may be found although the other states differ.

# %%
IN_WORDS = {"copper": "entries into fast from edges", "gold": "entries into liquid-like from faces",
            "water": "exits from ice straight to liquid"}  # fmt: skip
headings = {system: (f"{system}: {SOUGHT[system]}", flow) for system, flow in IN_WORDS.items()}
options = {"findings": headings, "size": (180, 34 + 4.4 * results.change.nunique())}
study.panel("sensitivity_overview", plots.plot_findings, results, **options)

# %% [markdown]
# ## Study by study
#
# The same with the values of the settings, the number of states beside each mark, and the
# index for SOAP alone too. The dashed line is the value of the first line. How many of the frames that
# have a value of LENS are clustered is written above each picture.

# %%
summaries = {}
for system, of_study in results.groupby("study"):
    n_clustered, n_frames = (of.sizes["frame"] for of in (references[system]["SOAP"].labels, trajectories[system]))
    with_lens = n_frames - 1 - 2 * (base[system]["lens_window"] // 2)  # Smoothing needs half a window at either end.
    study.number(f"{system}.settings", of_study.drop(columns="study"), note="what each setting finds")
    study.number(f"{system}.frames_clustered", n_clustered, note="of those with LENS")
    study.number(f"{system}.frames_with_lens", with_lens, note="after smoothing")
    options = {"title": f"{system}: {n_clustered} of {with_lens} frames", "sought": SOUGHT[system]}
    options |= {"flow": IN_WORDS[system], "size": (170, 34 + 4.6 * of_study.setting.nunique())}
    study.panel(f"sensitivity_{system}", plots.plot_robustness, of_study, **options)
    for key, data in (("joint", "SOAP&LENS"), ("soap", "SOAP")):
        summaries[system, data] = summarize(of_study[of_study.data == data])
        for name, value in summaries[system, data].items():
            study.number(f"{system}.{key}.{name}", value, note="of the settings, the first line included")
    lowest = of_study[of_study.data == "SOAP&LENS"].agreement.min()
    study.number(f"{system}.lowest_agreement", lowest, note="adjusted Rand index with the first line")

# %% [markdown]
# ## The same points, rotated
#
# The distances between points decide which of them belong together. HDBSCAN joins nearby points step by step, along
# a *minimum spanning tree*: the shortest set of links that connects all points. Dense regions are the parts that
# hold together when the longest links are cut. The exact tree depends on distances only. It is slow, so the library
# finds an *approximate* one, and so did the paper: the points are put into boxes whose sides are parallel to the
# axes, and some links are chosen without looking into all boxes. If the points are rotated, or one axis is
# reversed, no distance changes, but the boxes do, and so do some links.
#
# Where a valley of density separates two regions, a few other links change nothing. Where there is no valley, the
# borders between clusters are an accident of the boxes. So we rotate the points at random, cluster and merge them
# again, and look for each state of the first line: it is *found again* if a state of the other clustering shares more
# than half of the points that belong to either of them (Jaccard index above 0.5).


# %%
def describe(states):
    """Names of states with their mean coordination, by which a reader knows them."""
    return [f"{row['name']}, {row['coordination']:.1f} neighbors" for _, row in states.table.iterrows()]


for system in METALS if rotations else ():
    chosen, references_of = settings[system][0].parameters, references[system]
    scores = {data: states.scores for data, states in references_of.items()}
    how = method_of(system, chosen, references_of) | {"cut": chosen["merge_cut"], "seed": seed, "n_jobs": n_jobs}
    turned = stability(scores, references_of, n_rotations=rotations, **how)
    for key, data in (("joint", "SOAP&LENS"), ("soap", "SOAP")):
        again = {"state": describe(references_of[data]), "share": turned[data]["found_again"].values}
        study.number(f"{system}.{key}_found_again", pd.DataFrame(again), note=f"in {rotations} rotations")
        study.number(
            f"{system}.{key}_numbers",
            turned[data]["n_states"].values,
            note="of states in each rotation; last: exact tree",
        )
    described = {data: describe(states) for data, states in references_of.items()}
    study.stability_figure(f"stability_{system}", turned, title=f"{system}, study's parameters", described=described)

# %% [markdown]
# A point is one rotation, a cross is the exact tree. Points and cross far to the right mean a state on which a finding
# can rest; scattered points mean borders that the method does not settle. The fast atoms of copper are the same state
# every time. Its edges, faces and valleys are found again in most rotations, but not by the exact tree, which puts
# most of the points at rest into one state. Gold's joint states are found again, the liquid-like one among them; for
# SOAP alone the border between edges and faces is often another one.
#
# So a verdict of the case studies also says in how many rotations of *all* points the states are found again, and
# whether the exact tree finds them. *Stable*, above, scatters far less: it takes the exact tree, keeps its densest
# parts, and merges them by what the atoms do.

# %% [markdown]
# ## What we learned
#
# In how many settings is the state found? It is *its own* state, *merged* with others by the cut, or *not found*.
# *Unlike* are the settings where the points are divided differently from the first line (Rand index below 0.5).
# The range of the flow says how much it depends on the settings; it is not a confidence interval. The widest
# 95 % interval of a single setting stands beside it. Where frames are left out, compare the numbers of states
# with the first line, not with the studies.

# %%
pd.DataFrame(summaries).drop(["where_not_found", "where_unlike", "where_no_flow"])

# %% [markdown]
# In which settings of the joint data the state is not its own, the points are divided differently, or the flow has no
# value:

# %%
differs = (results.place != "state") | ~(results.agreement >= 0.5) | results.flow.isna()
shown = results[differs & (results.data == "SOAP&LENS")]
shown[["study", "setting", "place", "agreement", "flow"]].style.hide(axis="index").format(precision=2, na_rep="–")

# %% [markdown]
# That the state exists, and where its atoms come from, is one kind of finding. How many other states there
# are is another kind. The pictures show which of the two depends on a parameter. For the metals a finding
# of SOAP alone means less than it seems: its clusters are *named* with the help of LENS. A
# gray cross says that no structure goes with the motion; a gray circle says that
# one does. In water the name comes from the tetrahedral order alone.

# %%
study.finish()
