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
# # Where do the fast atoms of a copper surface come from?
#
# Far below its melting point a stepped copper surface is not at rest: now and then an atom leaves the
# edge of a terrace, runs over the surface and is taken up by an edge again. Such an atom is rare, one
# in a few hundred. A map of *structures* overlooks it. A measure of *motion* sees it, but cannot say
# from which structure it came. Crippa et al. (2023) put both into one vector.
#
# **What we will see.** Figures 1 and 2 of the paper and the copper halves of Figures S1 and S2, from
# a trajectory to the last arrow:
#
# 1. the surface and two ways to describe an atom's surroundings, SOAP (structure) and LENS (dynamics): Figures 1a, 1b;
# 2. what each finds alone: Figures 1c, 1d, S1a;
# 3. both in one vector: Figures 1e, 2a, 2b, S2a; and the way of one atom: Figures 2c, 2d.
#
# **These are not the paper's data.** The bundled trajectory is a short simulation of ours with the
# same physics; where it differs is listed below. Above all, four atoms were placed on the terraces at
# the start, to see from the first frame on what such atoms do. Numbers from it stand
# beside the published ones for orientation; they neither confirm nor refute them. Sentences here
# describe what the published parameters give; with others, trust the numbers.

# %% tags=["parameters"]
data: str = "cu211-sample"  # data set of the registry, or a TOML file that describes your own
frames: int = 0  # frames: analyze only so many from the start; 0 for all
r_cut: float = 6.0  # Angstrom: radius of an atom's surroundings
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
lens_window: int = 20  # frames: window of the Savitzky-Golay smoothing of LENS
lens_order: int = 2  # order of the smoothing polynomial, below lens_window
lens_classes: int = 3  # classes into which LENS alone is divided
variance: float = 0.995  # share of the variance that the principal components must retain
min_cluster_size: int = 80  # points: smallest cluster of HDBSCAN
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
from itertools import product

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
    plots,
    states,
    structure,
    transitions,
)
from soaplens_lite.density import dbscan
from soaplens_lite.edition import checks, findings, parameters, reading, record, registry
from soaplens_lite.edition.datasets import introduce, open_data_set, published_title
from soaplens_lite.lens import lens, smooth_lens
from soaplens_lite.neighbors import displacements, find_neighbors
from soaplens_lite.side_by_side import cluster_side_by_side
from soaplens_lite.soap import component_weights, soap
from soaplens_lite.trajectory import select_centers

chosen = parameters.in_notebook("01_cu211", globals())
dataset = checks.fetch_for("01_cu211", chosen)
run = record.start("01_cu211", chosen)
resampling = {"n_resamples": bootstrap, "seed": seed}
colors = plots.state_colors(palette)
RADIUS = 1.28  # Angstrom: half the distance of nearest neighbors in copper, for the pictures

# %% [markdown]
# ## The trajectory
#
# What belongs to the data stands in the registry: the time between frames, whether the cell is
# periodic, and *which atoms we analyze*. As in the paper these are the atoms of the upper side; the
# others still surround them and are seen by SOAP.

# %%
display(Markdown(introduce(dataset)))
trajectory = open_data_set(dataset, n_frames=frames)
centers = select_centers(trajectory, dataset.centers, n_centers=dataset.n_centers)
run.number("centers", len(centers))
run.number("frames", trajectory.sizes["frame"])
run.number("atoms", trajectory.sizes["atom"])
run.number("interval", dataset.interval, "ns")
trajectory

# %% [markdown]
# ### Figure 1a: the surface, by coordination
#
# The plainest description of an atom's surroundings is the number of its nearest neighbors, those
# nearer than the first minimum of the radial distribution function. On an ideal (211) surface of a
# face-centered cubic metal it is 7 at the edge of a step, 9 on its face, 10 in the valley below, and
# 12 everywhere underneath.

# %%
shell = structure.first_minimum(structure.radial_distribution(trajectory))
coordination = structure.coordination_numbers(trajectory, centers, shell)
height = structure.heights(trajectory, centers)
run.number("first_shell", shell, "Angstrom")
print(f"Neighbors of the first shell are nearer than {shell:.2f} Å.")

# %%
first, middle = 0, trajectory.sizes["frame"] // 2
bounds = plots.common_bounds(trajectory.positions.values[[first, middle]], RADIUS, "tilted")
coordination_table = plots.coordination_table()
for moment, at_frame in {"first": first, "middle": middle}.items():
    shot = plots.state_snapshot(
        trajectory, coordination.clip(6, 12).sel(frame=at_frame), coordination_table, radius=RADIUS, bounds=bounds
    )
    title = f"coordination, {float(trajectory.time[at_frame]):.1f} ns"
    display(run.panel(f"fig1a_snapshot_{moment}", partial(plots.plot_snapshot, **shot, title=title), size=(85, 62)))
    bare = int((coordination.sel(frame=at_frame) <= 6).sum())
    print(f"At {float(trajectory.time[at_frame]):.1f} ns {bare} atoms have six neighbors or fewer.")

# %% [markdown]
# Rows of sevens, nines and tens run along the steps. After half of the time the rows have frayed, and
# more atoms with six neighbors or fewer lie on the terraces.
#
# ## Two ways to look at an atom
#
# **LENS** asks *who* the neighbors are, and which share of them is exchanged until the next frame: 0
# if they stay the same, 1 if all are others. **SOAP** asks *how* the neighbors are arranged, whoever
# they are. We compute both within the same radius.

# %%
neighbors = find_neighbors(trajectory, r_cut, atoms=centers)
raw_delta = lens(neighbors)
delta = smooth_lens(raw_delta, window=lens_window, order=lens_order)
run.number("frames_joint", delta.sizes["frame"])
run.number("lens_max", float(delta.max()))
run.number("lens.raw_range", [raw_delta.min(), raw_delta.max()], note="before it is smoothed and clipped")
delta

# %%
spectra = soap(trajectory, centers, r_cut=r_cut, n_max=n_max, l_max=l_max, n_jobs=n_jobs)
run.number("soap_components", spectra.sizes["feature"])
weights = component_weights(dataset.species, n_max=n_max, l_max=l_max)
run.number("spectrum.components", round(float((weights**2).sum())), note="written out in full, as in the paper")
run.number("spectrum.largest_norm", float(np.linalg.norm(spectra.isel(frame=0), axis=-1).max()), note="first frame")

# %% [markdown]
# The smoothing needs a whole window around a frame, so that half a window is lost at either end. All
# that follows uses the frames that remain, for SOAP and LENS alone as well as together.
#
# ### Figure 1b: what LENS and SOAP see
#
# We look at the first atom of which nearly half of the neighbors are exchanged at once: the one whose
# raw LENS is nearest to 0.5. (What the panel counts is the raw value of one interval; the classes and
# states below use the smoothed one.)

# %%
candidates = raw_delta.sel(frame=delta.frame[:-2])
seen_frame, seen_atom = (int(candidates[dim][index]) for dim, index in abs(candidates - 0.5).argmin(...).items())


def surroundings(at_frame):
    """The neighbors of the atom in a frame: who they are, and where from the atom."""
    who = neighbors.of(seen_atom, at_frame)
    return who, displacements(trajectory, seen_atom, who, at_frame)


before, after = surroundings(seen_frame), surroundings(seen_frame + 1)
seen_at = trajectory.time.sel(frame=[seen_frame, seen_frame + 1]).values
draw = partial(plots.plot_what_lens_sees, seen_atom, before, after, r_cut, times=seen_at)
run.panel("fig1b_lens", draw, size=(85, 52))

# %%
spectrum = spectra.sel(frame=seen_frame, atom=seen_atom).values
run.panel("fig1b_soap", partial(plots.plot_what_soap_sees, before[1], spectrum, r_cut), size=(85, 52))

# %% [markdown]
# LENS keeps the names and forgets the places; SOAP keeps the places and forgets the names. (The
# spectrum is the same for a pair n, n' and its mirror image, and holds it once. The paper counts both.)
#
# ## SOAP alone
#
# A spectrum has hundreds of components, most of which say the same. Principal component analysis
# turns them into a few that retain at least the wanted share of the variance. Density-based
# clustering (HDBSCAN) then finds the crowded regions, the *micro-clusters*. Points between them would
# be left as noise; the soft assignment gives every point to the cluster that it most likely belongs
# to. We treat SOAP alone and SOAP with LENS in just the same way and can therefore do both at once.

# %%
datasets = {"SOAP": features.structure_alone(spectra, delta), "SOAP&LENS": features.join(spectra, delta)}
pca = {name: decomposition.fit_pca(data, variance=variance) for name, data in datasets.items()}
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
# ### Figure S1a: micro-clusters of SOAP
#
# From the clusters of every atom in successive frames we count transitions. Two micro-clusters that
# send their atoms to the same places are two parts of one state: the correlation distance between
# their rows is small, and the dendrogram joins them below the cut.

# %%
soap_micro = transitions.kinetics(micro["SOAP"], **resampling)
soap_labels, soap_mapping, soap_tree = states.merge_states(
    micro["SOAP"], soap_micro.counts, coordination, cut=merge_cut
)
soap_clusters = plots.cluster_table(len(soap_mapping))
run.panel("figs1a_map", partial(plots.plot_map, scores["SOAP"], micro["SOAP"], soap_clusters), size=(85, 75))

# %%
run.panel("figs1a_dendrogram", partial(plots.plot_dendrogram, soap_tree, soap_clusters, cut=merge_cut), size=(70, 60))

# %%
run.panel("figs1a_transition_matrix", partial(plots.plot_matrix, soap_micro.matrix, soap_clusters), size=(85, 85))

# %% [markdown]
# ### From clusters to named states
#
# The cut alone decides which clusters become one. The states are ordered by falling coordination, and
# named by what we measure of them, with one table of rules for SOAP alone and for SOAP with LENS. The
# column *ideal* holds the coordination of a perfect fcc(211) surface. *Fast* is a state whose mean
# LENS lies in the highest class of LENS alone (k-means; see Figure 1d below).

# %%
lens_classes_found, thresholds = clustering.kmeans_classes(features.to_samples(delta), lens_classes, seed=seed)
lens_labels = features.to_labelled(lens_classes_found, delta)
rules = pd.DataFrame(
    columns=["name", "ideal", "mean_coordination_from", "mean_coordination_below", "depth_from", "mean_lens_from"],
    data=[
        ["fast", "", None, None, None, thresholds[-1]],
        ["edge", "7", 6.0, 7.5, None, None],
        ["edge/face", "7, 9", 7.5, 8.5, None, None],
        ["face", "9", 8.5, 9.25, None, None],
        ["face/valley", "9, 10", 9.25, 9.75, None, None],
        ["valley", "10", 9.75, 10.5, None, None],
        # Atomic planes are 0.74 Angstrom apart; edge, face and valley are the first three, sub-surface the next two.
        ["bulk", "12", 10.5, None, 4.4, None],
        ["bulk/sub-surface", "12", 10.5, None, 3.7, None],
        ["sub-surface", "12", 10.5, None, None, None],
    ],
)
reading.rule_table(rules)


# %%
def describe(labels):
    """Measured properties, names and colors of states."""
    cards = states.state_cards(labels, delta, coordination, height, dataset.interval, **resampling)
    return plots.with_style(cards, states.name_states(cards, rules), colors)


soap_table, soap_kinetics = describe(soap_labels), transitions.kinetics(soap_labels, **resampling)
findings.record_states(run, "soap", soap_table, soap_kinetics)
reading.state_table(soap_table)

# %% [markdown]
# ### Figure 1c: the states of SOAP
#
# The dendrogram of the micro-clusters with the cut, now in the colors of the states; the states on
# the map of the first two principal components, with contours of the density of points; and how atoms
# pass from state to state.

# %%
leaves = soap_table.iloc[soap_mapping].reset_index(drop=True)
run.panel("fig1c_dendrogram", partial(plots.plot_dendrogram, soap_tree, leaves, cut=merge_cut), size=(70, 60))

# %%
run.panel("fig1c_map", partial(plots.plot_map, scores["SOAP"], soap_labels, soap_table), size=(85, 75))

# %% [markdown]
# In the chord diagram an arc is as long as its state has transitions, staying included; a ribbon
# joins two states, each of its ends as wide as the flow that leaves there, in the color of the larger
# sender.

# %%
run.panel("fig1c_chord", partial(plots.plot_chord, soap_kinetics.counts, soap_table), size=(80, 80))

# %%
run.panel(
    "fig1c_transition_matrix",
    partial(plots.plot_matrix, soap_kinetics.matrix, soap_table, low=soap_kinetics.low, high=soap_kinetics.high),
    size=(95, 95),
)

# %%
published = registry.published("cu211")


def published_panel(which, **options):
    """Draws a published matrix, marked as what it is."""
    elsewhere = {"title": published_title(dataset)}
    return partial(plots.plot_matrix, *plots.published_matrix(published[which], colors), **elsewhere, **options)


run.panel("fig1c_transition_matrix_published", published_panel("soap"), size=(95, 95))

# %%
snapshot_frame = int(delta.frame[delta.sizes["frame"] // 2])
picture = {"radius": RADIUS, "bounds": bounds}
shot = plots.state_snapshot(trajectory, soap_labels.sel(frame=snapshot_frame), soap_table, **picture)
run.panel("fig1c_snapshot", partial(plots.plot_snapshot, **shot), size=(85, 62))

# %% [markdown]
# SOAP finds the layers of the crystal. Each exchanges atoms almost only with the next one, and the
# edges with the faces. There is no state of atoms on the run; where SOAP puts them is counted at the
# end. The small numbers in the cells are 95 % intervals (left out where a cell has no room, as mostly
# in the composed figure): we draw as many atoms as there are, with replacement, count again, and
# repeat. Whole atoms are drawn, because successive frames of one atom are no independent observations.
#
# ## LENS alone
#
# ### Figure 1d
#
# Now the other half. Most of the time an atom keeps its neighbors, and LENS stays low. A few atoms
# rise far above the rest.

# %%
lens_cards = states.measure_states(lens_labels, {"mean_lens": delta}, dataset.interval, **resampling)
lens_table = plots.with_style(lens_cards, states.lens_class_names(lens_classes), colors)
lens_kinetics = transitions.kinetics(lens_labels, **resampling)
run.number("lens.thresholds", thresholds)
findings.record_states(run, "lens", lens_table, lens_kinetics)
run.panel(
    "fig1d_lens_series",
    partial(plots.plot_lens_series, delta, lens_labels, lens_table, thresholds=thresholds),
    size=(120, 70),
)

# %%
run.panel("fig1d_chord", partial(plots.plot_chord, lens_kinetics.counts, lens_table), size=(80, 80))

# %%
draw = partial(plots.plot_matrix, lens_kinetics.matrix, lens_table, low=lens_kinetics.low, high=lens_kinetics.high)
run.panel("fig1d_transition_matrix", draw, size=(70, 70))

# %%
run.panel("fig1d_transition_matrix_published", published_panel("lens"), size=(70, 70))

# %%
shot = plots.state_snapshot(trajectory, lens_labels.sel(frame=snapshot_frame), lens_table, **picture)
run.panel("fig1d_snapshot", partial(plots.plot_snapshot, **shot), size=(85, 62))

# %%
per_class = pd.crosstab(soap_labels.values.ravel(), lens_labels.values.ravel(), normalize="index")
per_class.set_axis(soap_table.name, axis=0).set_axis(lens_table.name, axis=1).style.format("{:.0%}")

# %% [markdown]
# LENS parts the fast atoms from all others at once. Of structure it knows little: the table says
# which share of each state of SOAP falls into each class of LENS, and one class holds several
# structures.
#
# ## Both in one vector
#
# ### Figure 1e: how chi is built
#
# The idea is that the structure around an atom decides what happens to it *next*. So the spectrum at
# a time is joined with the LENS of the interval that follows. A spectrum has length 1 and LENS lies
# between 0 and 1: neither drowns the other. (Figure 1b showed the raw LENS of this interval; here it is
# smoothed.)

# %%
rows = spectra.sel(atom=seen_atom, frame=slice(seen_frame, seen_frame + 2))
draw = partial(plots.plot_chi, rows.values, delta.sel(atom=seen_atom, frame=rows.frame).values, rows.time.values)
run.panel("fig1e_chi", partial(draw, smoothed=True), size=(150, 55))

# %% [markdown]
# The same steps as for SOAP alone, with the same parameters, now give the states of the joint data.

# %%
joint_micro = transitions.kinetics(micro["SOAP&LENS"], **resampling)
joint_labels, joint_mapping, joint_tree = states.merge_states(
    micro["SOAP&LENS"], joint_micro.counts, coordination, cut=merge_cut
)
joint_table, joint_kinetics = describe(joint_labels), transitions.kinetics(joint_labels, **resampling)
findings.record_states(run, "joint", joint_table, joint_kinetics)
fast, edges = states.named(joint_table, "fast"), states.named(joint_table, "edge")
reading.state_table(joint_table)

# %% [markdown]
# ### Figure 2a: the cloud that only the joint data show

# %%
run.panel("fig2a_map_soap", partial(plots.plot_map, scores["SOAP"], title="SOAP"), size=(85, 75))

# %%
is_fast = joint_labels.isin(fast)
draw = partial(plots.plot_map, scores["SOAP&LENS"], highlight=is_fast.values if fast else None, title="SOAP&LENS")
run.panel("fig2a_map_joint", draw, size=(85, 75))

# %% [markdown]
# ### Figure 2b: the states of SOAP and LENS together

# %%
leaves = joint_table.iloc[joint_mapping].reset_index(drop=True)
run.panel("fig2b_dendrogram", partial(plots.plot_dendrogram, joint_tree, leaves, cut=merge_cut), size=(70, 60))

# %%
draw = partial(plots.plot_map, scores["SOAP&LENS"], joint_labels, joint_table, highlight=fast or None)
run.panel("fig2b_map", draw, size=(85, 75))

# %% [markdown]
# At full scale the ribbons of so rare a state are a hair. The second chord diagram leaves out what
# stays, and shows the flows of the fast state alone, so that its partners can be read.

# %%
run.panel(
    "fig2b_chord", partial(plots.plot_chord, joint_kinetics.counts, joint_table, highlight=fast or None), size=(80, 80)
)

# %%
draw = partial(plots.plot_note, text="no fast state in these frames")
if fast:
    shown = plots.flows_of(joint_kinetics.counts, fast[0])
    title = "flows of the fast state"
    draw = partial(plots.plot_chord, shown, joint_table, self_transitions=False, highlight=fast, title=title)
run.panel("fig2b_chord_fast", draw, size=(80, 80))

# %%
draw = partial(plots.plot_matrix, joint_kinetics.matrix, joint_table, highlight=fast or None)
run.panel("fig2b_transition_matrix", partial(draw, low=joint_kinetics.low, high=joint_kinetics.high), size=(95, 95))

# %%
run.panel("fig2b_transition_matrix_published", published_panel("joint", highlight=[6]), size=(95, 95))

# %%
arrivals = {}
for target in fast:
    for state in joint_table.index.difference([target]):
        share, low, high = (
            x[state, target] for x in (joint_kinetics.shares, joint_kinetics.shares_low, joint_kinetics.shares_high)
        )
        seen = int(joint_kinetics.counts[state, target])
        said = f"{share:.0%} ({low:.0%} to {high:.0%})" if seen else "none seen"
        arrivals[joint_table.name[target], joint_table.name[state]] = (seen, said)
pd.DataFrame(arrivals, index=["entries", "share (95 % interval)"]).T

# %% [markdown]
# The table says where fast atoms come from: how many entries into the fast state start in each other
# state, and their share of all entries. (Of what was never seen, resampling can give no interval.)
#
# ### Figure S2a: micro-clusters of SOAP and LENS

# %%
joint_clusters = plots.cluster_table(len(joint_mapping))
draw = partial(plots.plot_map, scores["SOAP&LENS"], micro["SOAP&LENS"], joint_clusters)
run.panel("figs2a_map", draw, size=(85, 75))

# %%
run.panel("figs2a_dendrogram", partial(plots.plot_dendrogram, joint_tree, joint_clusters, cut=merge_cut), size=(70, 60))

# %%
run.panel("figs2a_transition_matrix", partial(plots.plot_matrix, joint_micro.matrix, joint_clusters), size=(85, 85))

# %% [markdown]
# ### Figure 2c: the way of one atom
#
# Which atom? The one with the longest visit to the fast state that starts in an edge and ends in an
# edge. An atom that hops over a terrace may be called an edge for a moment: so that it really leaves
# an edge and reaches one, it must stay there before and after, for at least half a window of LENS. We
# follow it from some frames before until some frames after.

# %%
visits = transitions.find_visits(joint_labels)
visit = journeys.longest_visit(visits, fast, edges, settled=max(1, lens_window // 2))
run.number("journey.found", visit is not None)
if visit is None:
    print("No atom leaves an edge, becomes fast and returns in these frames: panels 2c stay empty.")
else:
    way, stations = journeys.way_of_visit(visits, visit)
    duration = visit.n_frames * dataset.interval
    run.number("journey.atom", visit.atom)
    run.number("journey.duration", duration, "ns")
    start = float(delta.time.sel(frame=visit.first_frame))
    origin = ", one of the placed atoms," if visit.atom in dataset.placed_atoms else ""
    print(f"Atom {visit.atom}{origin} is fast for {duration:.2f} ns, from {start:.2f} ns on.")

# %%
draw = partial(plots.plot_note, text="no such visit in these frames")
if visit is not None:
    draw = partial(
        plots.plot_journey_map, scores["SOAP&LENS"], visit.atom, way, joint_table, joint_labels, examples=stations
    )
run.panel("fig2c_map", draw, size=(95, 78))

# %%
for number in (1, 2, 3):
    draw = partial(plots.plot_note, text="no such visit in these frames")
    if visit is not None:
        draw = plots.journey_snapshot(
            trajectory,
            joint_labels,
            joint_table,
            atom=visit.atom,
            frames=way,
            stations=stations,
            number=number,
            radius=RADIUS,
        )
    display(run.panel(f"fig2c_snapshot_{number}", draw, size=(62, 56)))

# %% [markdown]
# On the map the way leads from the crowd of the edges to the cloud of the fast, and back.
#
# ### Movie S1: the same way, moving
#
# On the left the surface in the colors of the joint states, with a ring around the atom; on the
# right its way on the map. Four pictures of the movie, which is in the folder `movies/` of this run:

# %%
note = "no such visit in these frames: no movie" if visit is None else "movie_frames = 0: no movie"
draw = partial(plots.plot_note, text=note)
if visit is not None and movie_frames:
    filmed = journeys.movie_frames(delta.frame, way, movie_frames)
    pictures = plots.journey_movie(
        trajectory, scores["SOAP&LENS"], joint_labels, joint_table, atom=visit.atom, frames=filmed, radius=RADIUS,
        n_jobs=n_jobs,
    )  # fmt: skip
    draw = partial(plots.plot_stills, run.movie("movie_s1", pictures, len(filmed)))
run.panel("movie_s1_stills", draw, size=(170, 96))

# %% [markdown]
# ### Figure 2d: the whole surface

# %%
shot = plots.state_snapshot(trajectory, joint_labels.sel(frame=snapshot_frame), joint_table, **picture)
run.panel("fig2d_snapshot", partial(plots.plot_snapshot, **shot), size=(120, 85))

# %% [markdown]
# Structure and motion are now told apart in one picture.

# %% [markdown]
# ## The findings, in numbers
#
# What the paper says in sentences gets a number here, most of them with an interval; `soaplens claims`
# compares it with the sentence. First what either data have, SOAP alone and SOAP with LENS: which
# states, which clusters the cut made one, and how divided the memberships of the points are between
# clusters (their *doubt*: 0 if every point belongs to one cluster, 1 if to all alike).

# %%
found = {
    "soap": ("SOAP", soap_table, soap_micro, soap_mapping),
    "joint": ("SOAP&LENS", joint_table, joint_micro, joint_mapping),
}
for key, (name, table, exchange, mapping) in found.items():
    micro_table = describe(micro[name])
    groups = [" + ".join(names) for _, names in micro_table.name.groupby(mapping) if len(names) > 1]
    run.number(f"{key}.n_states", len(table))
    run.number(f"{key}.state_names", ", ".join(table.name))
    run.number(f"{key}.has_fast", bool(states.named(table, "fast")))
    run.number(f"{key}.merged", ", ".join(groups) or "none", note="micro-clusters that the cut made one state")
    in_doubt = agreement.doubt(clusterings[name].memberships, micro[name], **resampling)
    run.number(f"{key}.doubt", in_doubt, note="scaled mean entropy")
    findings.record_states(run, f"{key}.micro", micro_table, exchange)
what = ["components", "n_clusters", "n_states", "state_names", "merged", "noise", "doubt"]
reading.recorded(run, *(f"{key}.{name}" for name in what for key in found))

# %% [markdown]
# What becomes of the others when LENS joins? We count the points that are not fast and have the very
# name that SOAP alone gives them: where two states of SOAP are one ("face/valley"), their points have
# lost their place. The adjusted Rand index says how far two ways to part the points agree, 1 for the
# same parts and 0 for what chance would give.

# %%
same_name = agreement.keeps_name(joint_labels, joint_table.name, soap_labels, soap_table.name)
kept = agreement.share_of_points(~is_fast, same_name, **resampling)
run.number("joint.keeps_places", kept, note="share of the points that are not fast")
run.number("joint.rand_with_soap", agreement.adjusted_rand(joint_labels, soap_labels), note="adjusted Rand index")
run.number("lens.rand_with_soap", agreement.adjusted_rand(lens_labels, soap_labels), note="adjusted Rand index")
reading.recorded(run, "joint.keeps_places", "*.rand_with_soap")

# %% [markdown]
# Is the fast state there only jointly, how large is it, and what do SOAP alone and LENS alone take
# its points for?

# %%
run.number("fast.only_joint", bool(fast) and not states.named(soap_table, "fast"))
population = agreement.share_of_points(xr.ones_like(is_fast), is_fast, **resampling)
run.number("fast.population", population if fast else None, note="share of all points")
taken = {"soap_edge": (soap_labels, soap_table, "edge"), "lens_fast": (lens_labels, lens_table, "fast")}
for key, (labels, table, name) in taken.items():
    inside = agreement.share_of_points(is_fast, labels.isin(states.named(table, name)), **resampling)
    run.number(f"fast.in_{key}", inside, note="share of the fast points")
reading.recorded(run, "fast.only_joint", "fast.population", "fast.in_*")

# %% [markdown]
# Where fast atoms come from and go to, and whether they stand apart on the maps: of the ten nearest
# neighbors of a fast point, how many are fast?

# %%
from_edges = agreement.share_of_passages(joint_labels, edges, fast, "entries", **resampling)
to_edges = agreement.share_of_passages(joint_labels, fast, edges, "exits", **resampling)
run.number("fast.from_edges", from_edges, note="share of all entries into the fast state")
run.number("fast.to_edges", to_edges, note="share of all exits from the fast state")
for key, name in {"soap": "SOAP", "joint": "SOAP&LENS"}.items():
    own_kind = agreement.crowd(scores[name], is_fast)
    among_them = agreement.share_of_points(is_fast, own_kind, **resampling)
    run.number(f"fast.crowd_{key}", among_them, note="share of the neighbors of fast points on the map")
reading.recorded(run, "fast.*_edges", "fast.crowd_*")

# %% [markdown]
# Would other clusterings find the fast state? We ask those that the paper names: a Gaussian mixture
# and k-means, both for as many clusters as the paper has states, on every tenth frame, and DBSCAN by
# the usual rules (`soaplens_lite.density`), which takes more memory, on every fortieth. We look for
# the cluster that has most in common with the fast points: points in both by points in either.

# %%
n_clusters = len(published["joint"]["states"])
others = {
    "gmm": ("Gaussian mixture", 10, lambda points: clustering.gmm(points, n_clusters, seed=seed, n_starts=1).labels),
    "kmeans": ("k-means", 10, lambda points: clustering.kmeans(points, n_clusters, seed=seed).labels),
    "dbscan": ("DBSCAN", 40, dbscan),
}
overlaps = {}
for key, (name, stride, cluster) in others.items():
    sparse = {"frame": slice(None, None, stride)}
    points, theirs = (features.to_samples(values.isel(sparse)) for values in (scores["SOAP&LENS"], is_fast))
    overlaps[name] = agreement.best_overlap(cluster(points), theirs)
    note = f"points in both by points in either, every {stride}. frame"
    run.number(f"other.{key}_overlap", overlaps[name], note=note)
reading.recorded(run, "other.*")

# %% [markdown]
# ## The figures as wholes

# %%
surroundings = [("b", "fig1b_lens", 0.8), ("", "fig1b_soap", 0.8)]
series = [("", "fig1c_chord", 0.9), ("", "fig1c_snapshot", 1.2), ("d", "fig1d_lens_series", 1.7)]
rows = [
    (40, [("a", "fig1a_snapshot_first", 1), ("", "fig1a_snapshot_middle", 1), *surroundings]),
    (58, [("c", "fig1c_dendrogram", 0.8), ("", "fig1c_map", 1.1), ("", "fig1c_transition_matrix", 1)]),
    (48, series),
    (46, [("", "fig1d_chord", 1), ("", "fig1d_transition_matrix", 1), ("", "fig1d_snapshot", 1.3)]),
    (38, [("e", "fig1e_chi", 1)]),
]
run.compose("fig1", rows)

# %%
stations = [("", f"fig2c_snapshot_{number}", 1) for number in (1, 2, 3)]
rows = [
    (60, [("a", "fig2a_map_soap", 1), ("", "fig2a_map_joint", 1)]),
    (58, [("b", "fig2b_dendrogram", 0.8), ("", "fig2b_map", 1.1), ("", "fig2b_transition_matrix", 1)]),
    (52, [("", "fig2b_chord", 1), ("", "fig2b_chord_fast", 1), ("c", "fig2c_map", 1.4)]),
    (50, [*stations, ("d", "fig2d_snapshot", 1.4)]),
]
run.compose("fig2", rows)

# %%
for number in (1, 2):
    parts = [("a", f"figs{number}a_map", 1), ("", f"figs{number}a_dendrogram", 0.8)]
    display(run.compose(f"figs{number}a", [(62, [*parts, ("", f"figs{number}a_transition_matrix", 1.15)])]))

# %% [markdown]
# ## What we learned

# %%
lines = [f"- SOAP alone finds **{len(soap_table)} states**: {', '.join(soap_table.name)}."]
lines += [f"- SOAP&LENS finds **{len(joint_table)} states**: {', '.join(joint_table.name)}."]
for target in fast:
    population = joint_table.population[target]
    taken_for = states.shares_among_states(soap_labels, soap_table, joint_labels == target)
    in_words = ", ".join(f"{share:.1%} {name}" for name, share in taken_for.items() if share >= 0.0005)
    lines += [
        f"- The state **{joint_table.name[target]}** holds {population:.2%} of all points; SOAP alone has none such.",
        f"- SOAP alone takes its points for: {in_words}.",
    ]
if not fast:
    lines += ["- No fast state appears with these parameters."]
lines += [f"- Of the points that are not fast, **{kept['value']:.0%}** keep the very name that SOAP alone gives them."]
if fast:
    shared = ", ".join(f"{name} {overlap:.2f}" for name, overlap in overlaps.items())
    lines += [f"- How far a cluster of another method agrees with the fast state, 1 being wholly: {shared}."]
display(Markdown("\n".join(lines)))

# %% [markdown]
# How often an atom of an edge becomes fast and a fast atom settles, and how many atoms that are:

# %%
steps = {"edge_to_fast": (edges, fast), "fast_to_edge": (fast, edges)}
lines = []
for name, (origins, targets) in steps.items():
    for i, j in product(origins, targets):
        low, value, high = (100 * x[i, j] for x in (joint_kinetics.low, joint_kinetics.matrix, joint_kinetics.high))
        lines += [
            f"- {joint_table.name[i]} → {joint_table.name[j]}: **{value:.2f} %** per {dataset.interval:g} ns (95 % "
            f"interval {low:.2f} to {high:.2f}); the paper, on its trajectory: {published['text'][name]} % per 0.3 ns."
        ]
display(Markdown("\n".join(lines)))

# %%
if fast:
    points = np.nonzero(is_fast.values)[1]
    mobile = joint_labels.atom.values[np.unique(points)]
    placed = np.isin(joint_labels.atom.values[points], dataset.placed_atoms).mean()
    run.number("fast.atoms", len(mobile))
    run.number("fast.placed", placed, note="share of the fast points that belong to the placed atoms")
    text = f"{len(mobile)} different atoms are fast at some time."
    if dataset.placed_atoms:
        text += f" {placed:.0%} of these points belong to the {len(dataset.placed_atoms)} placed atoms."
    print(text)

# %% [markdown]
# The rare event is visible, has a place on the map of structures, and its origin can be read from one
# column of counts. Neither descriptor alone says that. It has a price in this trajectory: the joint
# data part the layers at rest less finely than SOAP alone, where the paper's keep them, and not every
# clustering finds so rare a state.
#
# Percentages per frame of two trajectories cannot be compared directly: the frames of the bundled one
# lie closer in time than the paper's, so that a window of as many frames smooths over less time, and
# the temperatures differ. What can be compared is which flows there are, and that the fast state is left
# far more readily than it is entered.

# %% [markdown]
# ## For other programs
#
# `labels.nc` holds the states and LENS of all frames, with the names of the states: xarray opens it,
# and whatever reads NetCDF. `exports/` holds the analyzed atoms as extended XYZ, each with its state,
# LENS and first principal components, in every `export_stride`-th frame: OVITO opens it as it is, VMD
# when it is unpacked.

# %%
labels = {
    "soap": export.name_states(soap_labels, soap_table),
    "lens_class": export.name_states(lens_labels, lens_table),
    "joint": export.name_states(joint_labels, joint_table),
    "lens": delta,
}
run.labels(**labels)
run.export(trajectory, export.study_columns(**labels, scores=scores["SOAP&LENS"]), stride=export_stride)
run.finish()
