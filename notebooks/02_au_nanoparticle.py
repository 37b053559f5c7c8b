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
# # How does a cold gold nanoparticle come to have a liquid-like patch?
#
# An icosahedron of 309 gold atoms looks like a perfect crystal: twelve vertices, thirty edges,
# twenty faces. Far below its melting point one of the vertices sinks into the surface, and its
# neighbors close a ring of six around a center that lies below them: a *rosette*. From then on a
# part of the surface flows while the rest stays a crystal. What flows looks, atom by atom, much
# like what does not. A measure of structure therefore takes both for the same.
#
# **What we will see.** Figure 3 of the paper and the gold halves of Figures S1 and S2:
#
# 1. the states that structure alone finds, SOAP: Figures 3a, S1b;
# 2. what motion alone finds, LENS: Figure 3b;
# 3. both in one vector, with the liquid-like state: Figures 3c, S2b;
# 4. the vertex that sinks in, found by a rule: Figure 3d.
#
# The copper study explains each step; here the same steps are taken, with shorter words.
#
# **These are not the paper's data.** The bundled trajectory is a simulation of ours: warmer, and
# with frames closer in time. Its numbers stand beside the published ones for
# orientation; they neither confirm nor refute them. Sentences here describe what the published
# parameters give; with others, or other data, trust the numbers.

# %% tags=["parameters"]
data: str = "au309-sample"  # data set of the registry, or a TOML file that describes your own
frames: int = 0  # frames: analyze only so many from the start; 0 for all
r_cut: float = 4.48  # Angstrom: radius of an atom's surroundings
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
lens_window: int = 100  # frames: window of the Savitzky-Golay smoothing of LENS
lens_order: int = 2  # order of the smoothing polynomial, below lens_window
lens_classes: int = 4  # classes into which LENS alone is divided
variance: float = 0.995  # share of the variance that the principal components must retain
min_cluster_size: int = 150  # points: smallest cluster of HDBSCAN
exact_tree: bool = False  # exact minimum spanning tree in HDBSCAN, slower
merge_cut: float = 1.0  # correlation distance below which micro-clusters become one state
bootstrap: int = 1000  # resamples of whole atoms for confidence intervals
movie_frames: int = 120  # frames: pictures of the movie; 0 for no movie
export_stride: int = 5  # frames: every how many one is exported for other programs; 0 for none
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that work side by side; 0 for one per core
palette: str = "default"  # colors: default, which every reader can tell apart, or paper, as published

# %%
from functools import partial

import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import Markdown, display

from soaplens_lite import (
    agreement,
    clustering,
    decomposition,
    export,
    features,
    journeys,
    merging,
    particle,
    plots,
    states,
    structure,
    transitions,
)
from soaplens_lite.edition import checks, findings, parameters, reading, record, registry
from soaplens_lite.edition.datasets import introduce, open_data_set
from soaplens_lite.lens import lens, smooth_lens
from soaplens_lite.neighbors import find_neighbors
from soaplens_lite.side_by_side import cluster_side_by_side
from soaplens_lite.soap import component_weights, soap
from soaplens_lite.superposition import superpose
from soaplens_lite.trajectory import select_centers

chosen = parameters.in_notebook("02_au_nanoparticle", globals())
dataset = checks.fetch_for("02_au_nanoparticle", chosen)
run = record.start("02_au_nanoparticle", chosen)
resampling = {"n_resamples": bootstrap, "seed": seed}
colors = plots.state_colors(palette, "gold")
RADIUS = 1.44  # Angstrom: half the distance of nearest neighbors in gold, for the pictures

# %% [markdown]
# ## The trajectory
#
# The particle is alone: there is no cell, and all of its atoms are analyzed.

# %%
display(Markdown(introduce(dataset)))
trajectory = open_data_set(dataset, n_frames=frames)
centers = select_centers(trajectory, dataset.centers, n_centers=dataset.n_centers)
run.number("centers", len(centers))
run.number("frames", trajectory.sizes["frame"])
run.number("interval", dataset.interval, "ns")
trajectory

# %% [markdown]
# ### What an atom's place is, plainly
#
# Before any clustering we measure what states will be *named* by: the number of nearest neighbors,
# the distance from the particle's center, and the surroundings on the surface. On an ideal
# icosahedron a vertex has 6 neighbors and stands above a ring of five surface atoms; an atom of an
# edge has 8, one of a face 9, and both lie in rings of six; inside there are 12.
#
# A rosette is a ring of six surface atoms around a center that lies *below* them. (The middle of an
# ideal face lies 0.35 Å below its ring, as a face is flat; our rule asks for 0.8 Å.)

# %%
shell = structure.first_minimum(structure.radial_distribution(trajectory))
coordination = structure.coordination_numbers(trajectory, centers, shell)
distance = particle.distances_from_center(trajectory, centers)
rings = particle.surface_rings(trajectory, shell)
rosette_center = particle.rosette_centers(rings)
rosette = rosette_center | (particle.next_to(trajectory, rosette_center, shell) & rings.surface)
run.number("first_shell", shell, "Angstrom")
run.number("ideal.vertices", int((rings.ring[0] == 5).sum()), note="atoms above a ring of five, first frame")

# %% [markdown]
# ### A particle tumbles
#
# Descriptors do not care how the particle is turned. Pictures do: for them every frame is laid over
# the first one, by the atoms that are inside there.

# %%
interior = trajectory.atom.values[~rings.surface.values[0]]
superposed = superpose(trajectory, atoms=interior)

# %% [markdown]
# ## LENS and SOAP

# %%
raw_delta = lens(find_neighbors(trajectory, r_cut, atoms=centers))
delta = smooth_lens(raw_delta, window=lens_window, order=lens_order)
spectra = soap(trajectory, centers, r_cut=r_cut, n_max=n_max, l_max=l_max, n_jobs=n_jobs)
run.number("frames_joint", delta.sizes["frame"])
run.number("lens_max", float(delta.max()))
run.number("soap_components", spectra.sizes["feature"])
weights = component_weights(dataset.species, n_max=n_max, l_max=l_max)
run.number("spectrum.components", round(float((weights**2).sum())), note="written out in full, as in the paper")

# %% [markdown]
# ### The event, by a rule
#
# *Vertices* are the atoms that stand above a ring of five in most frames of the first window. Each
# vertex's distance from the center is split where two means describe it best; the vertex that comes
# nearest to the center by this split has sunk in, and the split says when. It counts if it sinks by
# 0.8 Å or more.

# %%
is_vertex = (rings.ring[:lens_window] == 5).mean("frame") > 0.5
vertices = trajectory.atom.values[is_vertex.values]
sunk, sinks_at, drop = particle.largest_drop(distance.sel(atom=vertices))
run.number("event.drop", drop, "Angstrom", note="of the vertex that sinks most")

# %% [markdown]
# From then on, which atom is most often the center of a rosette? The rosette has formed where this
# atom begins to be it in at least half of the frames of a window. It is the vertex's own rosette if
# that atom is the vertex, or lies in its first shell in most frames from then on.

# %%
later = {"frame": slice(sinks_at, None)}
middle = int(rosette_center.sel(**later).sum("frame").idxmax())
forms_at = particle.lasting_start(rosette_center.sel(**later, atom=middle), lens_window)
apart = trajectory.positions.sel(**later, atom=middle) - trajectory.positions.sel(**later, atom=sunk)
apart = np.sqrt((apart**2).sum("xyz")).sel(frame=slice(forms_at, None))
happened = bool(drop >= 0.8 and forms_at is not None and (apart < shell).mean() > 0.5)
run.number("event.happened", happened)

# %%
times = {"sinks_at": None, "rosette_from": None}
if happened:
    times = dict(zip(times, trajectory.time.sel(frame=[sinks_at, forms_at]).values.tolist(), strict=True))
    run.number("event.atom", sunk)
    run.number("event.rosette_atom", middle, note="center of the rosette")
    print(f"Vertex {sunk} sinks by {drop:.1f} Å at {times['sinks_at']:.1f} ns. A rosette is there from")
    print(f"{times['rosette_from']:.1f} ns on, around atom {middle}, {float(apart.mean()):.1f} Å from the vertex.")
else:
    print("No vertex sinks in and forms a rosette in these frames.")
for name, time in times.items():
    run.number(f"event.{name}", time, "ns")

# %% [markdown]
# Snapshots look at that vertex from outside: before, when the rosette has just formed, and at the
# end.

# %%
first, last = int(delta.frame[0]), int(delta.frame[-1])
between = int(delta.frame[delta.sizes["frame"] // 2])
if happened:
    between = int(np.clip(max(sinks_at, forms_at), first, last))
moments = {"before": first, "event": between, "end": last}
view = plots.facing(superposed.positions.sel(frame=first, atom=sunk).values)
bounds = plots.common_bounds(superposed.positions.values[list(moments.values())], RADIUS, view)


def show(panel, labels, table, frame):
    """A snapshot of one frame in the colors of the states, as a panel."""
    shot = plots.state_snapshot(superposed, labels.sel(frame=frame), table, radius=RADIUS, view=view, bounds=bounds)
    title = f"{float(trajectory.time.sel(frame=frame)):.1f} ns"
    display(run.panel(panel, partial(plots.plot_snapshot, **shot, title=title), size=(60, 68)))


# %% [markdown]
# ## Micro-clusters of SOAP alone and of SOAP with LENS
#
# SOAP keeps the fewest components with the wanted share of the variance; the joint data keep at
# least the share that SOAP then retains, as in the paper.

# %%
datasets = {"SOAP": features.structure_alone(spectra, delta), "SOAP&LENS": features.join(spectra, delta)}
pca = {"SOAP": decomposition.fit_pca(datasets["SOAP"], variance=variance)}
retained = pca["SOAP"].attrs["variance_retained"]
pca["SOAP&LENS"] = decomposition.fit_pca(datasets["SOAP&LENS"], variance=retained)
scores = {name: decomposition.project(data, pca[name]) for name, data in datasets.items()}
kept = pd.DataFrame({name: fit.cumulative_variance.values[:6] for name, fit in pca.items()}, index=range(1, 7))
kept.rename_axis("components").style.format("{:.3%}")

# %%
clusterings = cluster_side_by_side(
    {name: features.to_samples(values) for name, values in scores.items()},
    min_cluster_size=min_cluster_size,
    exact_tree=exact_tree,
    n_jobs=n_jobs,
)
micro = {name: states.label_states(found, scores[name], coordination) for name, found in clusterings.items()}

# %%
for key, name in {"soap": "SOAP", "joint": "SOAP&LENS"}.items():
    findings.record_components(run, key, pca[name])
    findings.record_clusters(run, key, clusterings[name], scores[name], **resampling)
    print(f"{name}: {pca[name].sizes['component']} components, {clusterings[name].n_clusters} micro-clusters")

# %% [markdown]
# ### Figure S1b: micro-clusters of SOAP

# %%
soap_micro = transitions.kinetics(micro["SOAP"], **resampling)
soap_labels, soap_mapping, soap_tree = states.merge_states(
    micro["SOAP"], soap_micro.counts, coordination, cut=merge_cut
)
soap_clusters = plots.cluster_table(len(soap_mapping))
run.panel("figs1b_map", partial(plots.plot_map, scores["SOAP"], micro["SOAP"], soap_clusters), size=(85, 75))

# %%
run.panel("figs1b_dendrogram", partial(plots.plot_dendrogram, soap_tree, soap_clusters, cut=merge_cut), size=(70, 60))

# %%
run.panel("figs1b_transition_matrix", partial(plots.plot_matrix, soap_micro.matrix, soap_clusters), size=(85, 85))

# %% [markdown]
# ### Figure S2b: micro-clusters of SOAP and LENS

# %%
joint_micro = transitions.kinetics(micro["SOAP&LENS"], **resampling)
joint_labels, joint_mapping, joint_tree = states.merge_states(
    micro["SOAP&LENS"], joint_micro.counts, coordination, cut=merge_cut
)
joint_clusters = plots.cluster_table(len(joint_mapping))
draw = partial(plots.plot_map, scores["SOAP&LENS"], micro["SOAP&LENS"], joint_clusters)
run.panel("figs2b_map", draw, size=(95, 80))

# %%
draw = partial(plots.plot_dendrogram, joint_tree, joint_clusters, cut=merge_cut)
run.panel("figs2b_dendrogram", draw, size=(75, 85))

# %%
draw = partial(plots.plot_matrix, joint_micro.matrix, joint_clusters)
run.panel("figs2b_transition_matrix", draw, size=(140, 140))

# %% [markdown]
# ## Names by measured properties
#
# One table of rules names the states of SOAP and of SOAP with LENS; the first rule that a state
# meets counts. *Mobile* is the share of a state's points with a LENS above the middle border of the
# classes of LENS alone (and above 0.02, so that nothing is called mobile in a crystal at rest): a
# state of which most points are mobile flows, and one with between a third and a half of them is a
# mixture of both. The column *ideal* holds the number of neighbors on an ideal icosahedron. The
# outermost shell of atoms begins 9 Å from the center: surface atoms that lie deeper are defects.

# %%
lens_classes_found, thresholds = clustering.kmeans_classes(features.to_samples(delta), lens_classes, seed=seed)
lens_labels = features.to_labelled(lens_classes_found, delta)
mobile = delta > max(thresholds[len(thresholds) // 2], 0.02)
columns = ["name", "ideal", "coordination_from", "coordination_below", "distance_from", "rosette_from", "mobile_from"]
rules = pd.DataFrame(
    columns=columns,
    data=[
        ["mobile vertex", "6", None, 6.3, 9.0, None, 0.5],
        ["vertex", "6", None, 6.3, 9.0, None, None],
        ["rosette", "", None, 11.5, None, 0.3, None],
        ["liquid-like", "", 6.3, 9.5, 9.0, None, 0.5],
        ["face/liquid-like", "", 8.2, 9.5, 9.0, None, 1 / 3],
        ["edge", "8", 6.3, 8.2, 9.0, None, None],
        ["edge/face", "8, 9", 8.2, 8.6, 9.0, None, None],
        ["face", "9", 8.6, 10.0, 9.0, None, None],
        ["defect", "", None, 11.5, None, None, None],
        ["mobile sub-surface", "12", 11.5, None, 6.0, None, 0.5],
        ["sub-surface", "12", 11.5, None, 6.0, None, None],
        ["bulk", "12", 11.5, None, None, None, None],
    ],
)
reading.rule_table(rules)


# %%
def describe(labels):
    """Measured properties, names and colors of states."""
    values = {"coordination": coordination, "distance": distance, "rosette": rosette, "lens": delta, "mobile": mobile}
    cards = states.measure_states(labels, values, dataset.interval, **resampling)
    return plots.with_style(cards, states.name_states(cards, rules), colors)


soap_table, soap_kinetics = describe(soap_labels), transitions.kinetics(soap_labels, **resampling)
findings.record_states(run, "soap", soap_table, soap_kinetics)
reading.state_table(soap_table)

# %% [markdown]
# ### Figure 3a: the states of SOAP

# %%
leaves = soap_table.iloc[soap_mapping].reset_index(drop=True)
run.panel("fig3a_dendrogram", partial(plots.plot_dendrogram, soap_tree, leaves, cut=merge_cut), size=(70, 60))

# %%
run.panel("fig3a_map", partial(plots.plot_map, scores["SOAP"], soap_labels, soap_table), size=(85, 75))

# %%
run.panel("fig3a_chord", partial(plots.plot_chord, soap_kinetics.counts, soap_table), size=(80, 80))

# %%
draw = partial(plots.plot_matrix, soap_kinetics.matrix, soap_table, low=soap_kinetics.low, high=soap_kinetics.high)
run.panel("fig3a_transition_matrix", draw, size=(105, 105))

# %%
for moment in ("before", "end"):
    show(f"fig3a_snapshot_{moment}", soap_labels, soap_table, moments[moment])

# %% [markdown]
# SOAP parts the vertices from the rest of the surface and the shells inside from each other. The
# rest of the surface is a single state before the event and after it, apart from the defects that
# appear. (The particle's center is a state of one atom, of whose transitions no interval can be told
# by drawing atoms: what stands there is not one.)
#
# ## LENS alone
#
# ### Figure 3b

# %%
lens_cards = states.measure_states(lens_labels, {"mean_lens": delta}, dataset.interval, **resampling)
lens_table = plots.with_style(lens_cards, states.lens_class_names(lens_classes), colors)
lens_kinetics = transitions.kinetics(lens_labels, **resampling)
run.number("lens.thresholds", thresholds)
findings.record_states(run, "lens", lens_table, lens_kinetics)
draw = partial(plots.plot_lens_series, delta, lens_labels, lens_table, thresholds=thresholds)
run.panel("fig3b_lens_series", draw, size=(120, 70))

# %%
run.panel("fig3b_chord", partial(plots.plot_chord, lens_kinetics.counts, lens_table), size=(80, 80))

# %%
draw = partial(plots.plot_matrix, lens_kinetics.matrix, lens_table, low=lens_kinetics.low, high=lens_kinetics.high)
run.panel("fig3b_transition_matrix", draw, size=(80, 80))

# %%
for moment in ("before", "end"):
    show(f"fig3b_snapshot_{moment}", lens_labels, lens_table, moments[moment])

# %% [markdown]
# LENS sees at once that a part of the surface has begun to flow and that the rest has not. Which
# atoms of the part that flows were vertices, edges or faces, it cannot say.
#
# ## Both in one vector
#
# The micro-clusters are measured and named like states, before any of them are merged. In the joint
# data some of those at the surface flow and others do not, and so for the vertices. SOAP alone has one
# small liquid-like cluster, of atoms with very few neighbors; besides it only its rosettes and defects
# are mostly mobile.

# %%
micro_tables = {"soap": describe(micro["SOAP"]), "joint": describe(micro["SOAP&LENS"])}
for key, table in micro_tables.items():
    run.number(f"{key}.micro_states", table)
    flows = micro[{"soap": "SOAP", "joint": "SOAP&LENS"}[key]].isin(states.named(table, "liquid-like"))
    share = agreement.share_of_points(xr.ones_like(flows), flows, **resampling)
    run.number(f"{key}.flowing", share, note="share of all points that are in micro-clusters named liquid-like")
    print(f"{key}: {share['value']:.1%} of all points are in clusters that flow")
micro_table = micro_tables["joint"]
flowing, resting = states.named(micro_table, "liquid-like"), micro_table.index[micro_table.mobile < 0.5]
reading.state_table(micro_table)

# %% [markdown]
# ### Figure 3c: the states of SOAP and LENS together, with the published cut
#
# The dendrogram shows which clusters become one state, each in the color that it has by itself.

# %%
joint_table, joint_kinetics = describe(joint_labels), transitions.kinetics(joint_labels, **resampling)
findings.record_states(run, "joint", joint_table, joint_kinetics)
reading.state_table(joint_table)

# %%
draw = partial(plots.plot_dendrogram, joint_tree, micro_table, cut=merge_cut)
run.panel("fig3c_dendrogram", draw, size=(75, 85))

# %%
title = f"cut at {merge_cut:g}"
draw = partial(plots.plot_map, scores["SOAP&LENS"], joint_labels, joint_table, title=title)
run.panel("fig3c_map", draw, size=(95, 95))

# %%
run.panel("fig3c_chord", partial(plots.plot_chord, joint_kinetics.counts, joint_table, title=title), size=(90, 90))

# %%
draw = partial(plots.plot_matrix, joint_kinetics.matrix, joint_table, low=joint_kinetics.low, high=joint_kinetics.high)
run.panel("fig3c_transition_matrix", draw, size=(135, 135))

# %% [markdown]
# With LENS, what moves and what rests are parted: among the vertices, in the shell below the
# surface, and at the edges, which no state of SOAP alone does. In one place the published cut undoes
# it: the clusters that flow are merged with the resting faces, as they exchange most of their atoms
# with them.
#
# ### How sure is that merge?
#
# We ask the trajectory in two ways. At other cuts: how many states there are, and with which resting
# clusters (of which less than half of the points are mobile) the flowing ones share theirs. And with
# other atoms: in how many resamples of whole atoms they share it with any.

# %%
cuts = pd.DataFrame({"cut": [0.8, 0.85, 0.9, 0.95, 1.0]})
merged = [states.merge_clusters(joint_micro.counts, cut=cut)[0] for cut in cuts.cut]
cuts["SOAP states"] = [states.merge_clusters(soap_micro.counts, cut=cut)[0].max() + 1 for cut in cuts.cut]
cuts["SOAP&LENS states"] = [mapping.max() + 1 for mapping in merged]
shared = [resting[np.isin(mapping[resting], mapping[flowing])] for mapping in merged]
cuts["merged with liquid-like"] = [", ".join(micro_table.name[fellows]) or "none" for fellows in shared]
cuts["in resamples"] = merging.mixed_shares(micro["SOAP&LENS"], flowing, resting, cuts.cut, **resampling)
run.number("joint.cuts", cuts)
cuts.style.format({"cut": "{:g}", "in resamples": "{:.0%}"})

# %% [markdown]
# That there are clusters that flow does not depend on the cut. Whether they are a state of their own
# does: the table says below which cut they stand apart from the faces, and the resamples that it
# could have been otherwise, in either direction. We keep the published cut for all of the above. To
# see where the flowing atoms are, when, and where they come from, we look at them with a *finer* cut,
# just below the merge that joins them with resting ones. That rule asks for what it finds, a state
# that flows and nothing else: it is a magnifying glass and no proof.

# %%
finer_cut = min(merge_cut, merging.parting_cut(joint_tree, flowing, resting))
finer_labels, _, _ = states.merge_states(micro["SOAP&LENS"], joint_micro.counts, coordination, cut=finer_cut)
finer_table, finer_kinetics = describe(finer_labels), transitions.kinetics(finer_labels, **resampling)
liquid = states.named(finer_table, "liquid-like")
run.number(
    "finer.cut", finer_cut, note="correlation distance just below the merge of flowing clusters with resting ones"
)
findings.record_states(run, "finer", finer_table, finer_kinetics)
reading.state_table(finer_table)

# %% [markdown]
# In the first two components the mobile and the resting surface lie over each other. The third one,
# to which LENS adds most, parts them.

# %%
title = f"finer cut, at {finer_cut:.2f}" if finer_cut < merge_cut else f"cut at {merge_cut:g}"
draw = partial(plots.plot_map, scores["SOAP&LENS"], finer_labels, finer_table, components=(0, 2), title=title)
run.panel("fig3c_map_finer", draw, size=(95, 95))

# %%
draw = partial(plots.plot_matrix, finer_kinetics.matrix, finer_table, highlight=liquid or None, title=title)
run.panel(
    "fig3c_transition_matrix_finer", partial(draw, low=finer_kinetics.low, high=finer_kinetics.high), size=(165, 165)
)

# %%
draw = partial(plots.plot_note, text="no liquid-like state in these frames")
if liquid:
    shown = plots.flows_of(finer_kinetics.counts, liquid[0])
    draw = partial(plots.plot_chord, shown, finer_table, self_transitions=False, highlight=liquid, title=title)
run.panel("fig3c_chord_liquid", draw, size=(90, 90))

# %%
for moment, at_frame in moments.items():
    show(f"fig3c_snapshot_{moment}", finer_labels, finer_table, at_frame)

# %% [markdown]
# ### Which states feed the liquid-like one?
#
# *Share of the entries*: of all atoms that become liquid-like, how many come from each state. *In*
# is the probability that an atom of the state becomes liquid-like from one frame to the next, *out*
# that a liquid-like atom becomes one of that state. Intervals hold 95 %, resampling whole atoms.
#
# The paper gives four percentages and does not say which way they flow: into the liquid-like state,
# or out of it. They stand beside, and are those of the paper's trajectory, whose frames are 1 ns
# apart. A state that the paper names and these data lack has no counterpart.

# %%
paper = registry.published("au309")["text"]
partners = ["face", "edge", "vertex", "rosette"]


def percent(matrix, low, high, i, j):
    """A percentage with its interval."""
    return f"{100 * matrix[i, j]:.2f} ({100 * low[i, j]:.2f} to {100 * high[i, j]:.2f})"


def exchange(state, target):
    """The row of a state in the table of what it exchanges with the liquid-like one."""
    k = finer_kinetics
    return {
        "share of the entries, %": percent(k.shares, k.shares_low, k.shares_high, state, target),
        "in, %": percent(k.matrix, k.low, k.high, state, target),
        "out, %": percent(k.matrix, k.low, k.high, target, state),
    }


# %%
exchanged = finer_kinetics.counts + finer_kinetics.counts.T
feeding = {
    finer_table.name[state]: exchange(state, target)
    for target in liquid
    for state in finer_table.index.difference([target])
    if exchanged[state, target] > 0
}
feeding |= {name: {"in, %": "no counterpart"} for name in partners if name not in feeding}
feeding = pd.DataFrame(feeding).T.fillna("")
feeding["paper, %, in or out"] = [paper.get(f"{name}_with_liquid_like", "") for name in feeding.index]
print(f"In and out are per frame of {dataset.interval:g} ns.")
feeding

# %% [markdown]
# ## Figure 3d: the vertex that sinks in
#
# The way of the atom that the rule found, over the map and over the particle, both colored by time:
# 1 before, 2 when the rosette has formed, 3 at the end.

# %%
way = delta.frame.values[:: max(1, lens_window // 10)]
station_frames = [int(way[min(np.searchsorted(way, at_frame), len(way) - 1)]) for at_frame in moments.values()]
draw = partial(plots.plot_note, text="no vertex sinks in within these frames")
if happened:
    draw = partial(
        plots.plot_journey_map, scores["SOAP&LENS"], sunk, way, finer_table, finer_labels, examples=station_frames
    )
run.panel("fig3d_map", draw, size=(95, 78))

# %%
journey = {"atom": sunk, "frames": way, "stations": station_frames, "radius": RADIUS, "view": view, "room": 6.0}
for number in (1, 2, 3):
    draw = partial(plots.plot_note, text="no vertex sinks in within these frames")
    if happened:
        draw = plots.journey_snapshot(superposed, finer_labels, finer_table, **journey, number=number, fade=False)
    display(run.panel(f"fig3d_snapshot_{number}", draw, size=(62, 62)))

# %% [markdown]
# ### The movie
#
# The like of the paper's Movie S1: on the left the particle, laid over its first frame, in the colors
# of the states at the finer cut, with a ring around the atom; on the right its way on the map. Four
# pictures of the movie, which is in the folder `movies/` of this run:

# %%
note = "movie_frames = 0: no movie" if happened else "no vertex sinks in within these frames: no movie"
draw = partial(plots.plot_note, text=note)
if happened and movie_frames:
    filmed = journeys.movie_frames(delta.frame, way, movie_frames)
    pictures = plots.journey_movie(
        superposed, scores["SOAP&LENS"], finer_labels, finer_table, atom=sunk, frames=filmed, radius=RADIUS, view=view,
        n_jobs=n_jobs,
    )  # fmt: skip
    draw = partial(plots.plot_stills, run.movie("movie_au309", pictures, len(filmed)))
run.panel("movie_au309_stills", draw, size=(170, 96))

# %% [markdown]
# ## The findings, in numbers
#
# What the paper says in sentences gets a number here, most of them with an interval; `soaplens claims`
# compares it with the sentence. First the states of either data: which there are, whether edges,
# faces and vertices are told apart, and how divided the memberships of the points are between
# clusters (their *doubt*: 0 if every point belongs to one cluster, 1 if to all alike).

# %%
for key, (name, table) in {"soap": ("SOAP", soap_table), "joint": ("SOAP&LENS", joint_table)}.items():
    run.number(f"{key}.n_states", len(table))
    run.number(f"{key}.state_names", ", ".join(table.name))
    run.number(f"{key}.kinds", ", ".join(agreement.kinds_of(table.name)))
    run.number(f"{key}.tells_apart", agreement.told_apart(table.name, ["edge", "face", "vertex"]))
    run.number(f"{key}.has_rosette", bool(states.named(table, "rosette")))
    in_doubt = agreement.doubt(clusterings[name].memberships, micro[name], **resampling)
    run.number(f"{key}.doubt", in_doubt, note="scaled mean entropy")
named_jointly, named_in_soap = (states.named(table, "liquid-like") for table in (joint_table, soap_table))
run.number("liquid.only_joint", bool(named_jointly) and not named_in_soap, note="with the published cut")
what = ["components", "n_clusters", "n_states", "state_names", "tells_apart", "flowing", "noise", "doubt"]
reading.recorded(run, *(f"{key}.{name}" for name in what for key in ("soap", "joint")), "liquid.only_joint")

# %% [markdown]
# Which way do the paper's four percentages flow? They can only be meant all in the same direction. We
# take the one in which the four are nearer to them, and record the flows in it; on other data than
# the paper's the choice means nothing.


# %%
def flow(values, start, end):
    """What a matrix of the finer states says of one step; None if there is no such state."""
    i, j = (states.named(finer_table, name) for name in (start, end))
    return values[i[0], j[0]] if i and j else None


steps = {
    "into": {kind: (kind, "liquid-like") for kind in partners},
    "out of": {kind: ("liquid-like", kind) for kind in partners},
}
measured = {way: {kind: flow(finer_kinetics.matrix, *step) for kind, step in of.items()} for way, of in steps.items()}
stated = {kind: paper[f"{kind}_with_liquid_like"] / 100 for kind in partners}

# %%
direction = agreement.nearest_reading(measured, stated)
run.number("flows.direction", direction, note="into the liquid-like state or out of it")
for kind, step in steps[direction].items():
    ends = {"value": finer_kinetics.matrix, "low": finer_kinetics.low, "high": finer_kinetics.high}
    found = {end: flow(values, *step) for end, values in ends.items()}
    run.number(f"flows.{kind}", found, note="share of the state's atoms within one frame, at the finer cut")
reading.recorded(run, "flows.*")

# %% [markdown]
# Then LENS of all atoms before the event and after it, and the mobile points of the surface, whatever
# cluster they are in: how many there are, what SOAP alone takes them for, and how far they are from the
# vertex that sank.

# %%
surface = rings.surface.sel(frame=delta.frame)
since = sinks_at if happened else int(delta.frame[-1]) + 1
periods = {"before": surface.frame < since, "after": surface.frame >= since}
for name, period in periods.items():
    everyone = xr.ones_like(surface) & period
    run.number(f"event.lens_{name}", agreement.share_of_points(everyone, delta, **resampling), note="mean LENS")
    share = agreement.share_of_points(surface & period, mobile, **resampling)
    run.number(f"liquid.share_{name}", share, note="share of the surface that is mobile")
reading.recorded(run, "event.lens_before", "event.lens_after", "liquid.share_*")

# %%
at_rest = soap_labels.values[(surface & ~mobile).values]
crystal = soap_labels == (np.bincount(at_rest).argmax() if at_rest.size else -1)
lumped = agreement.share_of_points(surface & mobile, crystal, **resampling)
run.number("liquid.lumped_in_soap", lumped, note="share of the mobile surface in SOAP's state of the surface at rest")
away = trajectory.positions.sel(frame=delta.frame) - trajectory.positions.sel(frame=delta.frame, atom=sunk)
away = np.sqrt((away**2).sum("xyz"))
fellows = surface & periods["after"] & (surface.atom != sunk)
for name, those in {"mobile": mobile, "resting": ~mobile}.items():
    mean = agreement.share_of_points(fellows & those, away, **resampling)
    run.number(f"liquid.distance_{name}", mean, "Angstrom", note="mean distance from the vertex that sank")
reading.recorded(run, "liquid.lumped_in_soap", "liquid.distance_*")

# %% [markdown]
# And what comes first? The smoothed LENS is blurred by half a window on either side. We take the raw
# one, averaged over all atoms, and the frame from which on it mostly lies above the middle between
# its means before and after.

# %%
moves_from, stir = None, raw_delta.mean("atom")
if happened:
    quiet, busy = (float(stir[part].mean()) for part in (stir.frame < since, stir.frame >= since))
    moves_from = particle.lasting_start(stir > (quiet + busy) / 2, lens_window)
starts = None if moves_from is None else float(trajectory.time.sel(frame=moves_from))
run.number("liquid.from", starts, "ns", note="raw LENS of all atoms, from then on")
lag = None if starts is None else starts - times["sinks_at"]
run.number("event.lens_lag", lag, "ns", note="of the rise of LENS behind the vertex that sinks in")
at_once = None if lag is None else bool(abs(lag) <= lens_window / 2 * dataset.interval)
run.number("event.lens_with_event", at_once, note="within half a window of LENS")
reading.recorded(run, "event.sinks_at", "event.rosette_from", "liquid.from", "event.lens_lag", "event.lens_with_event")

# %% [markdown]
# ## The figure as a whole


# %%
def analysis(key, dendrogram, matrix):
    """The cells of one analysis: dendrogram, map above chord, and matrix, which names the states for all of them."""
    column = [f"fig3{key}_map", f"fig3{key}_chord"]
    return [
        (key, f"fig3{key}_dendrogram", dendrogram),
        ("", column, 0.9),
        ("", f"fig3{key}_transition_matrix", matrix),
    ]


shots = {key: [f"fig3{key}_snapshot_{moment}" for moment in moments if moment != "event"] for key in "ab"}
all_shots = [*shots["a"], *shots["b"], *(f"fig3c_snapshot_{moment}" for moment in moments)]
series = [("b", "fig3b_lens_series", 2.2), ("", "fig3b_chord", 0.8), ("", "fig3b_transition_matrix", 1.3)]
finer = [("", "fig3c_map_finer", 1.1), ("", "fig3c_chord_liquid", 0.95)]
stations = [f"fig3d_snapshot_{number}" for number in (1, 2, 3)]

# %%
# Where a neighbor names the states, a legend would only take room.
unnamed = dict.fromkeys(all_shots, {"table": None, "states": None})
unnamed |= {f"fig3{key}_chord": {"names": False} for key in "abc"}
unnamed |= {f"fig3{key}_map": {"legend": False} for key in "ac"}
if happened:
    unnamed |= dict.fromkeys(stations, {"names": False})
rows = [
    (58, [*analysis("a", 0.85, 1.4), ("", shots["a"], 0.7)]),
    (43, [*series, *(("", shot, 0.56) for shot in shots["b"])]),
    (70, analysis("c", 0.85, 1.6)),
    (47, [*finer, *(("", shot, 0.7) for shot in all_shots[-3:])]),
    (40, [("d", "fig3d_map", 1.4), *(("", station, 1) for station in stations)]),
]
run.compose("fig3", rows, options=unnamed)

# %%
row = [("b", "figs1b_map", 0.9), ("", "figs1b_dendrogram", 0.65), ("", "figs1b_transition_matrix", 1.45)]
run.compose("figs1b", [(85, row)])

# %% [markdown]
# The many micro-clusters of SOAP and LENS take a page.

# %%
row = [("b", "figs2b_map", 1), ("", "figs2b_dendrogram", 0.8)]
run.compose("figs2b", [(85, row), (165, [("", "figs2b_transition_matrix", 1)])])

# %% [markdown]
# ## What we learned

# %%
lines = [f"- SOAP alone finds **{len(soap_table)} states**: {', '.join(soap_table.name)}. The paper: 7."]
lines += [f"- SOAP&LENS finds **{len(joint_table)} states**: {', '.join(joint_table.name)}."]
if happened:
    lines += [
        f"- Vertex {sunk} sinks in at {times['sinks_at']:.1f} ns, and a rosette is there from "
        f"{times['rosette_from']:.1f} ns on; in the paper's colder run it forms after about "
        f"{paper['rosette_forms_after_ns']} ns."
    ]
display(Markdown("\n".join(lines)))

# %%
lines = [] if liquid else ["- No liquid-like state appears in these frames with these parameters."]
for target in liquid:
    taken_for = states.shares_among_states(soap_labels, soap_table, finer_labels == target)
    in_words = ", ".join(f"{share:.0%} {name}" for name, share in taken_for.items() if share >= 0.005)
    name, mean_lens = finer_table.name[target], finer_table.lens[target]
    jointly = states.shares_among_states(joint_labels, joint_table, finer_labels == target).idxmax()
    lines += [
        f"- A cut of {finer_cut:.2f} gives a state of **{name}** atoms, with a mean LENS of {mean_lens:.3f}; at a "
        f"cut of {merge_cut:g} they are in the state *{jointly}*. SOAP alone takes them for: {in_words}."
    ]
    if happened:
        atoms = (finer_labels == target).sum("atom")
        early, late = (float(atoms[part].mean()) for part in (atoms.frame < sinks_at, atoms.frame >= sinks_at))
        run.number("finer.liquid_atoms", [early, late], "atoms", note="mean number before the vertex sinks and after")
        lines += [f"- There are {early:.1f} of them before the vertex sinks in, and **{late:.1f} after it**."]
display(Markdown("\n".join(lines)))

# %% [markdown]
# A patch of the surface flows beside a crystal, around the place where a vertex sank in. SOAP alone
# files it under one state with what rests; LENS alone cannot say what flows. The joint vector parts
# the mobile vertices and the mobile shell below the surface from those at rest, and finds clusters
# that flow among edges and faces. Whether these are a state of their own hangs on the cut: at the
# published one they share it with the faces.

# %% [markdown]
# ## For other programs
#
# `labels.nc` holds the states and LENS of all frames, with the names of the states: xarray opens it,
# and whatever reads NetCDF. `exports/` holds the superposed atoms as extended XYZ, each with its state,
# LENS and first principal components, in every `export_stride`-th frame: OVITO opens it as it is, VMD
# when it is unpacked.

# %%
labels = {
    "soap": export.name_states(soap_labels, soap_table),
    "lens_class": export.name_states(lens_labels, lens_table),
    "joint": export.name_states(joint_labels, joint_table),
    "finer": export.name_states(finer_labels, finer_table),
    "lens": delta,
}
run.labels(**labels)
run.export(superposed, export.study_columns(**labels, scores=scores["SOAP&LENS"]), stride=export_stride)
run.finish()
