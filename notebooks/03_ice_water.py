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
# # How does a water molecule get from the liquid into the ice?
#
# At 268 K ice and liquid water of this model lie side by side, and neither grows for good. At their
# border molecules change sides all the time. What is the border made of? In a map of *structures*
# one phase passes into the other. A measure of *motion* tells fast from slow, but not ordered from
# disordered. Crippa et al. (2023) put both into one vector, and the interface comes out as a state
# of its own.
#
# **What we will see.** Figure 4 of the paper and Figures S3 and S4:
#
# 1. SOAP alone (structure): Figure 4a; LENS alone (dynamics): 4b; both in one vector: 4c;
# 2. the way of one molecule, and who changes sides: Figures 4d, 4e;
# 3. why clustering by density fails here: Figure S3; and how many components are needed: Figure S4;
# 4. a check by the tetrahedral order, which neither SOAP nor LENS knows of.
#
# **These are not the paper's data.** The bundled trajectory is a simulation of ours with the same
# potential and temperature, but fewer molecules, and shorter intervals. Its numbers stand
# beside the published ones for orientation; they neither confirm nor refute them. Sentences here
# describe what the published parameters give; with others, or other data, trust the numbers.

# %% tags=["parameters"]
data: str = "icewater-sample"  # data set of the registry, or a TOML file that describes your own
frames: int = 0  # frames: analyze only so many from the start; 0 for all
r_cut: float = 6.0  # Angstrom: radius of a molecule's surroundings
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
lens_window: int = 100  # frames: window of the Savitzky-Golay smoothing of LENS
lens_order: int = 2  # order of the smoothing polynomial, below lens_window
lens_classes: int = 3  # classes into which LENS alone is divided
variance: float = 0.995  # share of the variance that the principal components must retain
n_components: int = 3  # Gaussians of the mixture, each a state
n_starts: int = 5  # fits of the mixture, of which the likeliest is kept
min_cluster_size: int = 80  # points: smallest cluster of HDBSCAN, in Figure S3
bootstrap: int = 1000  # resamples of whole molecules for confidence intervals
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
from IPython.display import Markdown, display
from scipy.cluster.hierarchy import cophenet
from scipy.spatial.distance import squareform

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
    water,
)
from soaplens_lite.edition import checks, findings, parameters, reading, record, registry
from soaplens_lite.edition.datasets import introduce, open_data_set, published_title
from soaplens_lite.lens import lens, smooth_lens
from soaplens_lite.neighbors import find_neighbors
from soaplens_lite.side_by_side import cluster_side_by_side
from soaplens_lite.soap import component_weights, soap
from soaplens_lite.trajectory import select_centers

chosen = parameters.in_notebook("03_ice_water", globals())
dataset = checks.fetch_for("03_ice_water", chosen)
run = record.start("03_ice_water", chosen)
resampling = {"n_resamples": bootstrap, "seed": seed}
colors = plots.state_colors(palette)
ORDER_NOTE = "mean_order runs from 0 in the liquid to 1 in the ice"
SIDEWAYS = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]  # view in which z, the normal of the interfaces, runs to the right

# %% [markdown]
# ## The trajectory
#
# A molecule is its oxygen: the oxygens are what we analyze, the hydrogens are seen by SOAP only.
# Before anything is computed, we make sure that what is in the file are molecules: models of water
# may carry a fourth, massless site, which is no atom, and every hydrogen must have its oxygen, if
# need be across the boundary of the cell.

# %%
display(Markdown(introduce(dataset)))
trajectory = water.without_massless_sites(open_data_set(dataset, n_frames=frames))
molecules = water.water_molecules(trajectory)
centers = select_centers(trajectory, dataset.centers, n_centers=dataset.n_centers)
run.number("centers", len(centers))
run.number("frames", trajectory.sizes["frame"])
run.number("interval", dataset.interval, "ns")
trajectory

# %% [markdown]
# ### A yardstick
#
# In ice the four nearest neighbors of a molecule form a tetrahedron, in the liquid a distorted one.
# The tetrahedral order q is 1 for a perfect one. We use it to find the middle of the ice in every
# frame, and measure from there how far a molecule lies along z. The profile of q has two plateaus;
# between them lie the interfaces, as wide as q takes from 90 % to 10 % of the way.

# %%
order = structure.tetrahedral_order(trajectory, centers)
middle = structure.slab_middle(trajectory, centers, order)
distance = structure.distance_from_middle(trajectory, centers, middle)
depth = abs(distance).rename("distance from the middle of the ice")
q_ice, q_liquid = float(order.where(depth < 3).mean()), float(order.where(depth > depth.max() - 3).mean())
relative_order = (order - q_liquid) / (q_ice - q_liquid)
fall = structure.profile(relative_order, depth, width=0.5)
inner, border, outer = (structure.falls_below(fall, level) for level in (0.9, 0.5, 0.1))

# %%
run.number("order.ice", q_ice, note="mean tetrahedral order within 3 Angstrom of the middle of the ice")
run.number("order.liquid", q_liquid, note="mean tetrahedral order in the 3 Angstrom that are farthest from the ice")
run.number("interface.from_middle", [inner, border, outer], "Angstrom", "where q is at 90, 50 and 10 % of its fall")
print(f"q = {q_ice:.3f} in the ice, {q_liquid:.3f} in the liquid.")
print(f"Interfaces: {inner:.1f} to {outer:.1f} Å from the middle of the ice on either side.")

# %% [markdown]
# ## Structure, dynamics, and both
#
# SOAP describes how oxygens and hydrogens are arranged within `r_cut` around an oxygen. LENS says which
# share of its neighboring oxygens is exchanged until the next frame. Both are joined, and principal
# components keep what varies, in just the way of the copper study.

# %%
delta = smooth_lens(lens(find_neighbors(trajectory, r_cut, atoms=centers)), window=lens_window, order=lens_order)
run.number("frames_joint", delta.sizes["frame"])
spectra = soap(trajectory, centers, r_cut=r_cut, n_max=n_max, l_max=l_max, species=dataset.species, n_jobs=n_jobs)
run.number("soap.features", spectra.sizes["feature"], note="the paper's 1728 written without the doubled ones")
weights = component_weights(dataset.species, n_max=n_max, l_max=l_max)
run.number("spectrum.components", round(float((weights**2).sum())), note="written out in full, as in the paper")

# %%
datasets = {"SOAP": features.structure_alone(spectra, delta), "SOAP&LENS": features.join(spectra, delta)}
pca = {name: decomposition.fit_pca(data, variance=variance) for name, data in datasets.items()}
scores = {name: decomposition.project(data, pca[name]) for name, data in datasets.items()}
cumulative = {name: fit.cumulative_variance.values for name, fit in pca.items()}

# %% [markdown]
# ### Figure S4: how many components?
#
# With LENS in the vector fewer components are needed for 99 % of the variance: LENS varies much
# between the phases, and most of what it says goes into the first components. How many fewer
# depends on the trajectory.

# %%
for key, name in {"soap": "SOAP", "joint": "SOAP&LENS"}.items():
    findings.record_components(run, key, pca[name])
    run.number(f"{key}.components_for_99_percent", plots.components_for(cumulative[name], 0.99))
run.panel("figs4_variance", partial(plots.plot_cumulative_variance, cumulative), size=(90, 65))

# %%
published = registry.published("icewater")["text"]
pd.DataFrame(
    {
        "this trajectory": [plots.components_for(values, 0.99) for values in cumulative.values()],
        published_title(dataset): [published[f"components_for_99_percent_{k}"] for k in ("soap", "joint")],
    },
    index=pd.Index(cumulative, name="components for 99 %"),
)

# %% [markdown]
# ## States
#
# Between ice and liquid there is no gap in the cloud of points. A mixture of three Gaussians needs
# none: each point goes to the Gaussian that it most likely comes from. States are ordered by rising
# LENS and named by what we measure of them. Three measures must agree, none of which the mixture
# was told:
#
# - the mean LENS lies in the lowest class of LENS alone (k-means) for ice, in one between for the
#   interface, and above the lowest for a liquid;
# - the mean tetrahedral order lies in the upper, middle or lower third between the two plateaus;
# - the mean distance from the middle of the ice lies below, within or above the interface.

# %%
lens_classes_found, thresholds = clustering.kmeans_classes(features.to_samples(delta), lens_classes, seed=seed)
lens_labels = features.to_labelled(lens_classes_found, delta)
low, high = thresholds[0], thresholds[-1]
columns = ["name", "mean_lens", "mean_order", "mean_distance"]
bounds = [f"{column}_{end}" for column in columns[1:] for end in ("from", "below")]
rules = pd.DataFrame(
    columns=["name", *bounds],
    data=[
        ["ice", None, low, 2 / 3, None, None, inner],
        ["interface", low, high, 1 / 3, 2 / 3, inner, outer],
        ["liquid", low, None, None, 1 / 3, outer, None],
    ],
)
reading.rule_table(rules)


# %%
def describe(labels):
    """Measured properties, names and colors of states."""
    measured = {"mean_lens": delta, "mean_order": relative_order, "mean_distance": depth}
    cards = states.measure_states(labels, measured, dataset.interval, **resampling)
    return plots.with_style(cards, states.name_states(cards, rules), colors)


mixtures = cluster_side_by_side(
    {name: features.to_samples(values) for name, values in scores.items()},
    method="gmm",
    n_components=n_components,
    seed=seed,
    n_starts=n_starts,
    n_jobs=n_jobs,
)


def find_states(name):
    """States of the mixture, by rising LENS; their table and transitions."""
    labels = states.label_states(mixtures[name], scores[name], delta, falling=False)
    return labels, describe(labels), transitions.kinetics(labels, **resampling)


# %% [markdown]
# ### Figure 4a: SOAP alone

# %%
soap_labels, soap_table, soap_kinetics = find_states("SOAP")
findings.record_states(run, "soap", soap_table, soap_kinetics, note=ORDER_NOTE)
reading.state_table(soap_table)

# %%
run.panel("fig4a_map", partial(plots.plot_map, scores["SOAP"], soap_labels, soap_table), size=(85, 75))

# %%
run.panel("fig4a_chord", partial(plots.plot_chord, soap_kinetics.counts, soap_table), size=(80, 70))

# %%
draw = partial(plots.plot_matrix, soap_kinetics.matrix, soap_table, low=soap_kinetics.low, high=soap_kinetics.high)
run.panel("fig4a_transition_matrix", draw, size=(75, 70))

# %% [markdown]
# The dendrogram shows how alike the exchange of two states is. Nothing is merged here, as in the
# paper.

# %%
tree = states.exchange_linkage(soap_kinetics.counts)
run.panel("fig4a_dendrogram", partial(plots.plot_dendrogram, tree, soap_table, cut=None), size=(70, 45))

# %% [markdown]
# Snapshots show the cell from the side, the ice in the middle: oxygens in the color of their state,
# hydrogens small.

# %%
half = trajectory.cell.values[:, :3] / 2
origin = np.column_stack([half[:, 0], half[:, 1], middle.values])
slab = water.whole_molecules(trajectory, molecules, origin=origin)
radii = np.where(slab.species == "O", 1.15, 0.5)  # Angstrom
snapshot_frame = int(delta.frame[delta.sizes["frame"] // 2])
view = {"radius": radii, "view": SIDEWAYS, "width": 1500, "others": ("hydrogen", "#f4f5f7")}


def picture(labels, table):
    """Draws the slab in the middle of the analyzed stretch."""
    shot = plots.state_snapshot(slab, labels.sel(frame=snapshot_frame), table, **view)
    return partial(plots.plot_snapshot, **shot)


run.panel("fig4a_snapshot", picture(soap_labels, soap_table), size=(110, 60))

# %% [markdown]
# SOAP parts ice from liquid. It spends its third state on the liquid, of which it makes two that
# lie in the same place and exchange their molecules all the time: they are variations of one
# environment. And it lets molecules step from ice to liquid directly.
#
# ### Figure 4b: LENS alone

# %%
lens_cards = states.measure_states(lens_labels, {"mean_lens": delta}, dataset.interval, **resampling)
lens_table = plots.with_style(lens_cards, states.lens_class_names(lens_classes), colors)
lens_kinetics = transitions.kinetics(lens_labels, **resampling)
run.number("lens.thresholds", thresholds)
findings.record_states(run, "lens", lens_table, lens_kinetics)
draw = partial(plots.plot_lens_series, delta, lens_labels, lens_table, thresholds=thresholds, called="molecule")
run.panel("fig4b_lens_series", draw, size=(120, 65))

# %%
run.panel("fig4b_chord", partial(plots.plot_chord, lens_kinetics.counts, lens_table), size=(80, 70))

# %%
draw = partial(plots.plot_matrix, lens_kinetics.matrix, lens_table, low=lens_kinetics.low, high=lens_kinetics.high)
run.panel("fig4b_transition_matrix", draw, size=(75, 70))

# %%
run.panel("fig4b_snapshot", picture(lens_labels, lens_table), size=(110, 60))

# %% [markdown]
# LENS has two crowds, slow and fast, with a class between them that every change seen here passes. It
# does not say what the slow ones look like.
#
# ### Figure 4c: SOAP and LENS together

# %%
joint_labels, joint_table, joint_kinetics = find_states("SOAP&LENS")
findings.record_states(run, "joint", joint_table, joint_kinetics, note=ORDER_NOTE)
ice, interface, liquid = (states.named(joint_table, name) for name in ("ice", "interface", "liquid"))
reading.state_table(joint_table)

# %%
run.panel("fig4c_map", partial(plots.plot_map, scores["SOAP&LENS"], joint_labels, joint_table), size=(85, 75))

# %%
run.panel("fig4c_chord", partial(plots.plot_chord, joint_kinetics.counts, joint_table), size=(80, 70))

# %%
draw = partial(plots.plot_matrix, joint_kinetics.matrix, joint_table, low=joint_kinetics.low, high=joint_kinetics.high)
run.panel("fig4c_transition_matrix", draw, size=(75, 70))

# %%
tree = states.exchange_linkage(joint_kinetics.counts)
run.panel("fig4c_dendrogram", partial(plots.plot_dendrogram, tree, joint_table, cut=None), size=(70, 45))

# %%
run.panel("fig4c_snapshot", picture(joint_labels, joint_table), size=(110, 60))

# %% [markdown]
# The third state is no second liquid but the interface, and all the traffic between ice and liquid
# passes through it.

# %%
shares = states.shares_among_states(soap_labels, soap_table, joint_labels.isin(interface))
shares = shares.rename("share of the interface that SOAP alone takes for it")
run.number("interface.in_soap", dict(shares))
shares.to_frame().style.format("{:.0%}")

# %% [markdown]
# How much of that is due to the smoothing of LENS? Within a window of frames LENS cannot jump,
# so that neither can a state that depends on it. The finding is that the *states* form a chain;
# that no molecule ever hops from one frame to the next is not proved by it.
#
# ### An independent check: profiles along z
#
# If the states are what they are called, ice must fill the middle, liquid the outside, and the
# interface the layer in which the tetrahedral order falls. The liquid far from the ice is not pure:
# what is called interface there is liquid that happens to be ordered and slow for a while.

# %%
layers = {"width": 1.0}
order_profile = structure.profile(order.sel(frame=delta.frame), distance, **layers)


def shares_of(labels, table):
    """Share of every state in every layer, shape (n_states, n_layers)."""
    return np.array([structure.profile(labels == state, distance, **layers).values for state in table.index])


for key, (labels, table) in {"soap": (soap_labels, soap_table), "joint": (joint_labels, joint_table)}.items():
    shares = shares_of(labels, table)
    run.number(f"{key}.profile", {"distance": order_profile.position.values, "shares": shares, "order": order_profile})
    draw = partial(plots.plot_profiles, order_profile.position, shares, table, order=order_profile)
    display(run.panel(f"fig4_profiles_{key}", draw, size=(95, 65)))

# %% [markdown]
# ### Figure 4d: the way of one molecule
#
# Many molecules look into the interface and turn back, and near a border between clusters the state
# of a single frame flickers. So we take the state in which a molecule mostly is around every frame,
# within a tenth of the window of LENS; and of all visits to the interface that come from the liquid
# and lead to the ice, the one with the longest stays on both sides (the shorter of the two counts).
# We show of them as much as the visit itself is long, at most; all molecules of the pictures have
# the color of their lasting state.

# %%
around = 2 * (lens_window // 20) + 1  # odd, so that the frame is in the middle
steady = journeys.majority(joint_labels, around)
print(f"Lasting states: those of most of {around} frames.")
visits = transitions.find_visits(steady)
visit = journeys.crossing_visit(visits, liquid, interface, ice)
run.number("journey.found", visit is not None)
if visit is None:
    print("No molecule goes from the liquid through the interface into the ice: panels 4d stay empty.")
else:
    way, stations = journeys.way_of_visit(visits, visit, margin=1.0)
    before, within, after = visits.n_frames.loc[visit.name - 1 : visit.name + 1] * dataset.interval
    run.number("journey.atom", visit.atom)
    run.number("journey.durations", [before, within, after], "ns", "in the liquid, in the interface, in the ice")
    print(f"Molecule {visit.atom}: {before:.2f} ns liquid, {within:.2f} ns interface, {after:.2f} ns ice.")

# %%
draw = partial(plots.plot_note, text="no such way in these frames")
if visit is not None:
    draw = partial(plots.plot_journey_map, scores["SOAP&LENS"], visit.atom, way, joint_table, steady, examples=stations)
run.panel("fig4d_map", draw, size=(95, 78))

# %% [markdown]
# In the snapshots and in the movie the cell is moved such that the molecule lies at the front, where
# it can be seen. The upper and lower ends of the cell lie between two planes of the ice, so that no
# plane hops from one end to the other.

# %%
if visit is not None:
    # Periodic along y: what lies in front of the molecule goes to the back.
    front = water.front_origin(trajectory, visit.atom, "y")
    upright = water.emptiest_plane(trajectory, centers, "x") + half[:, 0]
    turned = water.whole_molecules(trajectory, molecules, origin=np.column_stack([upright, front, middle.values]))
    oxygens = turned.sel(atom=centers)
for number in (1, 2, 3):
    draw = partial(plots.plot_note, text="no such way in these frames")
    if visit is not None:
        draw = plots.journey_snapshot(
            oxygens, steady, joint_table, atom=visit.atom, frames=way, stations=stations, number=number,
            radius=1.3, view=SIDEWAYS,
        )  # fmt: skip
    display(run.panel(f"fig4d_snapshot_{number}", draw, size=(62, 50)))

# %% [markdown]
# ### The movie
#
# The like of the paper's Movie S1: on the left the slab, with a ring around the molecule; on the
# right its way on the map. Four pictures of the movie, which is in the folder `movies/` of this run:

# %%
note = "no such way in these frames: no movie" if visit is None else "movie_frames = 0: no movie"
draw = partial(plots.plot_note, text=note)
if visit is not None and movie_frames:
    filmed = journeys.movie_frames(delta.frame, way, movie_frames)
    pictures = plots.journey_movie(
        oxygens, scores["SOAP&LENS"], steady, joint_table, atom=visit.atom, frames=filmed, radius=1.3,
        view=SIDEWAYS, called="molecule", n_jobs=n_jobs,
    )  # fmt: skip
    draw = partial(plots.plot_stills, run.movie("movie_icewater", pictures, len(filmed)))
run.panel("movie_icewater_stills", draw, size=(170, 96))

# %% [markdown]
# ### Figure 4e: who changes sides
#
# Populations at four times, and the molecules that go from each state to each until the next. The
# paper uses 5, 10, 20 and 30 ns of its analyzed stretch from 5 to 45 ns; we take the same fractions
# of ours.

# %%
fractions = (np.array([5, 10, 20, 30]) - 5) / (45 - 5)
flow_frames = journeys.frames_at(delta.frame, fractions)
times = delta.time.sel(frame=flow_frames).values
flows = journeys.flows(joint_labels, flow_frames, len(joint_table))
run.number("flows.times", times, "ns")
run.number("flows.counts", flows, note="molecules; rows are from, columns are to")
run.panel("fig4e_alluvial", partial(plots.plot_alluvial, flows, times, joint_table), size=(120, 70))

# %% [markdown]
# ## Figure S3: why not HDBSCAN?
#
# For copper, HDBSCAN finds the states by itself: it looks for crowds with thin regions around them,
# and counts as noise what lies in between. Here it is asked the same of the same points, with
# smaller and smaller clusters allowed. Every fifth frame will do, as successive ones are nearly
# alike.

# %%
sparse = {name: values.isel(frame=slice(None, None, 5)) for name, values in scores.items()}
sizes = [max(2, min_cluster_size // k) for k in (1, 4, 16)]
sparse_labels = joint_labels.sel(frame=sparse["SOAP"].frame)
by_size = {
    (name, size): clustering.hdbscan_hard(features.to_samples(points), min_cluster_size=size)
    for name, points in sparse.items()
    for size in sizes
}

# %%
for (name, size), found in by_size.items():
    panel = f"figs3_map_{'soap' if name == 'SOAP' else 'joint'}_{sizes.index(size) + 1}"
    style = {"title": f"{name}, at least {size} points", "legend": False}
    draw = partial(plots.plot_map, sparse[name], found, plots.cluster_table(found.max() + 1), **style)
    display(run.panel(panel, draw, size=(60, 55)))

# %% [markdown]
# What are the clusters that hold at least one point in twenty? Each is named by the joint state of
# more than half of its points, and as a mixture if there is none.


# %%
def composition(found):
    """How many clusters there are, what is lost to noise, and what the large ones consist of."""
    clustered = np.bincount(found[found >= 0], minlength=2) / len(found)
    lost = (found < 0)[sparse_labels.isin(interface).values.ravel()]
    crowds = []
    for cluster in np.flatnonzero(clustered >= 0.05):
        members = features.to_labelled(found == cluster, sparse_labels)
        shares = states.shares_among_states(sparse_labels, joint_table, members)
        crowds.append(shares.idxmax() if shares.max() > 0.5 else "mixture")
    noise = np.mean(found < 0), lost.mean() if lost.size else np.nan
    return [found.max() + 1, *noise, *clustered[:2], ", ".join(sorted(crowds)) or "none"]


# %%
columns = ["clusters", "noise", "noise of the interface", "largest", "second", "crowds"]
rows = pd.MultiIndex.from_tuples(by_size, names=["data", "smallest cluster"])
by_density = pd.DataFrame([composition(found) for found in by_size.values()], index=rows, columns=columns)
run.number("hdbscan", by_density.reset_index(), note="shares of the points, of every fifth frame")
by_density.style.format("{:.1%}", subset=columns[1:-1], na_rep="–")

# %% [markdown]
# SOAP alone is one hill: HDBSCAN makes nothing of it, or a single large cluster, which is its densest
# part or nearly everything. With LENS it finds the two phases where the clusters must be large, but
# then half of the points, and most of the interface, are noise (grey). With smaller ones allowed only
# the ice is left as a crowd, and with the smallest nearly all points are one cluster. A state that is a
# passage, and not a crowd, is not to be found by density.

# %% [markdown]
# ## The findings, in numbers
#
# What the paper says in sentences gets a number here, most of them with an interval; `soaplens claims`
# compares it with the sentence. First the states, and how divided the memberships of the molecules
# are between them (their *doubt*: 0 if every point belongs to one Gaussian, 1 if to all alike).

# %%
for key, (name, table) in {"soap": ("SOAP", soap_table), "joint": ("SOAP&LENS", joint_table)}.items():
    run.number(f"{key}.state_names", ", ".join(table.name))
    in_doubt = agreement.doubt(mixtures[name].memberships, joint_labels, **resampling)
    run.number(f"{key}.doubt", in_doubt, note="scaled mean entropy of the memberships")
run.number("interface.only_joint", bool(interface) and not states.named(soap_table, "interface"))
second = by_density.loc["SOAP", "second"].max()
run.number("hdbscan.second_in_soap", second, note="share of the second cluster, largest of all sizes tried")
run.number("hdbscan.crowds_in_joint", by_density.loc["SOAP&LENS", "crowds"].iloc[0], note="with min_cluster_size")
reading.recorded(run, "*.state_names", "*.doubt", "interface.only_joint", "hdbscan.*")

# %% [markdown]
# How near the two liquids of SOAP alone are in the dendrogram, and where the ice joins them.

# %%
heights = squareform(cophenet(states.exchange_linkage(soap_kinetics.counts)))
frozen, fluid = states.named(soap_table, "ice"), states.named(soap_table, "liquid")
as_expected = len(frozen) == 1 and len(fluid) == 2
run.number("soap.distance_of_liquids", heights[fluid[0], fluid[1]] if as_expected else None)
run.number("soap.distance_of_ice", heights[frozen[0], fluid[0]] if as_expected else None)
reading.recorded(run, "soap.distance_*")

# %% [markdown]
# Which share of all that leaves one side goes to the other directly, without the state between?

# %%
ways = {
    "joint.direct_share": (joint_labels, ice, liquid),
    "joint.direct_share_back": (joint_labels, liquid, ice),
    "lens.direct_share": (lens_labels, [0], [lens_classes - 1]),
}
for name, (labels, origin, target) in ways.items():
    direct = agreement.share_of_passages(labels, origin, target, "exits", **resampling)
    run.number(name, direct, note="share of the exits that lead directly to the other side")
reading.recorded(run, *ways)

# %% [markdown]
# ## The figures as wholes


# %%
def analysis(key):
    """The cells of one analysis: map, exchange and snapshot."""
    column = [f"fig4{key}_dendrogram", f"fig4{key}_snapshot"]
    parts = [("map", 1.1), ("chord", 0.85), ("transition_matrix", 1.2)]
    cells = [(key if part == "map" else "", f"fig4{key}_{part}", width) for part, width in parts]
    return [*cells, ("", column, 1.15)]


series = [("b", "fig4b_lens_series", 2.0), ("", "fig4b_chord", 0.75), ("", "fig4b_transition_matrix", 1.05)]
journey = [("d", "fig4d_map", 1.4), *(("", f"fig4d_snapshot_{number}", 1) for number in (1, 2, 3))]
populations = [("e", "fig4e_alluvial", 1.3), ("", "fig4_profiles_joint", 1)]
run.compose(
    "fig4",
    [
        (54, analysis("a")),
        (48, [*series, ("", "fig4b_snapshot", 1)]),
        (54, analysis("c")),
        (43, journey),
        (48, populations),
    ],
)

# %%
sizes_shown = range(1, len(sizes) + 1)
run.compose(
    "figs3",
    [
        (54, [(letter if number == 1 else "", f"figs3_map_{key}_{number}", 1) for number in sizes_shown])
        for letter, key in (("a", "soap"), ("b", "joint"))
    ],
)

# %%
run.compose("figs4", [(65, [("", "figs4_variance", 1)])], width_mm=90)

# %% [markdown]
# ## What we learned


# %%
def direct(table, kinetics):
    """Direct transitions between ice and any liquid, of all that start there, per interval."""
    pairs = list(product(states.named(table, "ice"), states.named(table, "liquid")))
    for start, end in [*pairs, *(pair[::-1] for pair in pairs)]:
        count, total = int(kinetics.counts[start, end]), int(kinetics.counts[start].sum())
        p, lower, upper = (100 * x[start, end] for x in (kinetics.matrix, kinetics.low, kinetics.high))
        seen = f"**{p:.2f} %** (95 % interval {lower:.2f} to {upper:.2f})" if count else "**none seen**"
        yield f"{table.name[start]} → {table.name[end]}: {count} of {total}, {seen}"


# %%
lines = []
for name, table, found in (("SOAP alone", soap_table, soap_kinetics), ("SOAP&LENS", joint_table, joint_kinetics)):
    populations = ", ".join(f"{row['name']} {row.population:.0%}" for _, row in table.iterrows())
    lines += [f"- {name}: **{populations}**.", *(f"  - {line}" for line in direct(table, found))]
for name, key in {"SOAP": "soap", "SOAP&LENS": "joint"}.items():
    count, paper = plots.components_for(cumulative[name], 0.99), published[f"components_for_99_percent_{key}"]
    lines += [f"- {name} needs {count} components for 99 % of the variance; the paper's trajectory: {paper}."]
display(Markdown("\n".join(lines)))

# %% [markdown]
# Structure alone sees two phases; motion alone sees two speeds, and that every change seen passes what
# lies between. Only together they tell what that is: the layer in which one phase turns into the other.

# %% [markdown]
# ## For other programs
#
# `labels.nc` holds the states and LENS of all frames, with the names of the states: xarray opens it,
# and whatever reads NetCDF. `exports/` holds the oxygens as extended XYZ, with state, LENS
# and the first principal components in every `export_stride`-th frame:
# OVITO opens it as it is, VMD when it is unpacked.

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
