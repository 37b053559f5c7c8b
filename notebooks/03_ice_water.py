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
# one phase passes into the other. A measure of *motion* separates fast from slow, but not ordered from
# disordered. Crippa et al. (2023) put both into one vector, and the interface comes out as a state
# of its own.
#
# **What you will see.** Figure 4 of the paper and Figures S3 and S4:
#
# 1. SOAP alone (structure): Figure 4a; LENS alone (dynamics): 4b; both in one vector: 4c;
# 2. the path of one molecule, and who changes sides: Figures 4d, 4e;
# 3. why clustering by density fails here: Figure S3; and how many components are needed: Figure S4;
# 4. a check by the tetrahedral order, which enters neither SOAP nor LENS.
#
# **These are not the paper's data.** The bundled trajectory is a simulation of ours with the same
# potential and temperature, but fewer molecules, and shorter intervals. Its numbers stand
# beside the published ones for orientation; they neither confirm nor refute them. The text
# describes what the published parameters give. With other parameters or data, trust the numbers.

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
n_starts: int = 5  # fits of the mixture; the likeliest is kept
min_cluster_size: int = 80  # points: smallest cluster of HDBSCAN, in Figure S3
bootstrap: int = 1000  # resamples of the molecules for confidence intervals
movie_frames: int = 120  # frames: pictures of the movie; 0 for no movie
export_stride: int = 5  # frames: every how many one is exported for other programs; 0 for none
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that work side by side; 0 for one per core
palette: str = "default"  # colors: default, which every reader can tell apart, or paper, as published

# %%
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.descriptors import (
    distance_from_middle,
    falls_below,
    profile,
    slab_middle,
    tetrahedral_order,
    to_samples,
)
from soaplens_lite.kinetics import crossing_visit, frames_at, majority, visit_frames
from soaplens_lite.kinetics import flows as count_flows
from soaplens_lite.states import hdbscan_hard, shares_among_states
from soaplens_lite.systems import water

study = sl.study.open("03_ice_water")
resampling = study.resampling  # number of resamples and seed
SIDEWAYS = [[0, 0, 1], [1, 0, 0], [0, 1, 0]]  # view in which z, the normal of the interfaces, runs to the right
study.introduction()

# %% [markdown]
# ## The trajectory
#
# A molecule is its oxygen: the oxygens are what we analyze, and only SOAP sees the hydrogens.
# First we make sure that the file holds molecules: models of water
# may carry a fourth, massless site, which is not an atom, and every hydrogen must have its oxygen, if
# need be across the boundary of the cell. Some files hold the oxygens alone: then SOAP sees oxygens
# only, and the pictures show them without hydrogens.

# %%
trajectory = water.without_massless_sites(study.trajectory())
molecules = water.water_molecules(trajectory)
centers = study.centers(trajectory)
interval = study.data.interval  # ns
if molecules.shape[1] == 1:
    print("Oxygens alone: without hydrogens there are no molecules to check, and SOAP sees oxygens only.")
trajectory

# %% [markdown]
# ### A yardstick
#
# In ice the four nearest neighbors of a molecule form a tetrahedron, in the liquid a distorted one.
# The tetrahedral order q is 1 for a perfect one. We use it to find the middle of the ice in every
# frame, and measure from there how far a molecule lies along z. The profile of q has two plateaus;
# between them lie the interfaces, as wide as q takes from 90 % to 10 % of its fall. The barostat changes
# the length of the cell: the middle and the farthest layer are those of every frame.

# %%
order = tetrahedral_order(trajectory, centers)
middle = slab_middle(trajectory, centers, order)
distance = distance_from_middle(trajectory, centers, middle)
depth = abs(distance).rename("distance from the middle of the ice")
in_ice, in_liquid = depth < 3, depth > depth.max("atom") - 3
q_ice, q_liquid = (float(order.where(layer).mean()) for layer in (in_ice, in_liquid))
relative_order = (order - q_liquid) / (q_ice - q_liquid)
fall = profile(relative_order, depth, width=0.5)
inner, border, outer = (falls_below(fall, level) for level in (0.9, 0.5, 0.1))
study.number("order.ice", q_ice, note="mean tetrahedral order within 3 Angstrom of the middle of the ice")
study.number("order.liquid", q_liquid, note="mean tetrahedral order in the 3 Angstrom that are farthest from the ice")
study.number("interface.from_middle", [inner, border, outer], "Angstrom", "where q is at 90, 50 and 10 % of its fall")
print(f"q = {q_ice:.3f} in the ice, {q_liquid:.3f} in the liquid.")
print(f"Interfaces: {inner:.1f} to {outer:.1f} Å from the middle of the ice on either side.")

# %% [markdown]
# ## Structure, dynamics, and both
#
# SOAP describes how oxygens, and hydrogens if the file has them, are arranged within `r_cut` around an oxygen. The
# density of the neighbors is expanded in radial functions $n$ and spherical harmonics $lm$ with coefficients
# $c_{nlm}$; its spectrum is $p_{nn'l} \propto \sum_m c^*_{nlm} c_{n'lm}$. LENS is the share of the neighboring oxygens
# $N_i$ that is exchanged until the next frame, $\delta_i = |N_i(t) \,\triangle\, N_i(t+\Delta t)| \,/\, (|N_i(t)| +
# |N_i(t+\Delta t)|)$, where $\triangle$ means "in one of the two sets only". Both are joined, and principal components
# keep what varies.
#
# **How to choose.** `r_cut` should hold the first two shells of neighbors: with one shell only, one exchange is a large
# step of LENS; with many, the neighbors that stay hide it. `n_max` and `l_max` say how finely SOAP describes the
# density: take the smallest that still give the same states. `lens_window` should be long beside the vibration of
# neighbors at the border of the sphere, and short beside the stay in a state; what is shorter than the window is
# blurred. The line below says how many neighbors lie within `r_cut`, and how long the window is.

# %%
raw_delta = sl.lens(trajectory, r_cut, centers=centers, n_jobs=n_jobs)
delta = sl.smooth_lens(raw_delta, window=lens_window, order=lens_order)
species = study.data.species
spectra = sl.soap(trajectory, centers, r_cut=r_cut, n_max=n_max, l_max=l_max, species=species, n_jobs=n_jobs)
vectors = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}
pca = {name: sl.fit_pca(data, variance=variance) for name, data in vectors.items()}
cumulative = {name: fit.cumulative_variance.values for name, fit in pca.items()}
within = sl.coordination_numbers(trajectory.isel(frame=[0]).sel(atom=centers), centers, r_cut)
print(f"{float(within.mean()):.1f} oxygens within r_cut; the window of LENS is {lens_window * interval:.2f} ns long.")

# %% [markdown]
# ### Figure S4: how many components?
#
# With LENS in the vector fewer components are needed for 99 % of the variance: LENS varies much
# between the phases, and most of what it says goes into the first components. How many fewer
# depends on the trajectory.

# %%
study.panel("figs4_variance", plots.plot_cumulative_variance, cumulative, size=(90, 65))
needed = {name: plots.components_for(values, 0.99) for name, values in cumulative.items()}
published = [study.published["text"][f"components_for_99_percent_{key}"] for key in ("soap", "joint")]
pd.DataFrame({"this trajectory": needed, study.published_title: dict(zip(needed, published, strict=True))})

# %% [markdown]
# ## States
#
# Between ice and liquid there is no gap in the cloud of points. A mixture of three Gaussians needs
# none: each point goes to the Gaussian that it most likely comes from. The number of Gaussians, `n_components`, is a
# choice: more than three divide the phases further, and the rules below say whether the parts still differ. `n_starts`
# fits begin at different points; take more if repeated runs with other seeds disagree. States are ordered by rising
# LENS and named by what we measure of them. Three measures must agree, and the mixture knows none of them:
#
# - the mean LENS lies in the lowest class of LENS alone (k-means) for ice, in one between for the
#   interface, and above the lowest for a liquid;
# - the mean tetrahedral order lies in the upper, middle or lower third between the two plateaus;
# - the mean distance from the middle of the ice lies below, within or above the interface.

# %%
lens_alone = study.color(sl.lens_classes(delta, lens_classes, interval, **resampling))
low, high = lens_alone.table["lens_from"].iloc[[1, -1]]
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
study.show_rules(rules)


# %%
def name(states):
    """Measure the states, and name them by the rules."""
    values = {"mean_lens": delta, "mean_order": relative_order, "mean_distance": depth}
    return study.color(sl.name_states(sl.measure_states(states, values, interval, **resampling), rules))


mixture = {"method": "gmm", "n_components": n_components, "n_starts": n_starts, "n_jobs": n_jobs}
found = sl.find_states(vectors, delta, falling=False, pca=pca, cut=None, **mixture, **resampling)
soap, joint = name(found["SOAP"]), name(found["SOAP&LENS"])

# %% [markdown]
# ### Figure 4a: SOAP alone
#
# The dendrogram shows how alike the exchange of two states is. Nothing is merged here, as in the
# paper. Snapshots show the cell from the side, the ice in the middle: oxygens in the color of their state,
# hydrogens small.

# %%
half = trajectory.cell.sum("vector").values / 2
origin = np.column_stack([half[:, 0], half[:, 1], middle.values])
slab = water.whole_molecules(trajectory, molecules, origin=origin)
look = {"radius": np.where(slab.species == "O", 1.15, 0.5), "view": SIDEWAYS, "width": 1500}
snapshot_frame = int(delta.frame[delta.sizes["frame"] // 2])
picture = {"trajectory": slab, "frame": snapshot_frame, "others": ("hydrogen", "#f4f5f7"), **look}
study.show_states(soap)

# %%
study.figure("fig4a", soap, cut=None, snapshot=picture)

# %% [markdown]
# SOAP separates ice from liquid. Its third state is a second liquid, which
# lies in the same place as the first one and exchanges its molecules with it all the time: they are variations of one
# environment. And SOAP lets molecules step from ice to liquid directly.
#
# ### Figure 4b: LENS alone

# %%
study.lens_figure("fig4b", delta, lens_alone, snapshot=picture, called="molecule")

# %% [markdown]
# LENS has two dense ranges, slow and fast, and a class between them that every observed change passes. It
# does not say what the slow ones look like.
#
# ### Figure 4c: SOAP and LENS together

# %%
study.figure("fig4c", joint, cut=None, snapshot=picture)
ice, interface, liquid = (sl.of_kind(joint.table, kind) for kind in ("ice", "interface", "liquid"))
study.show_states(joint)

# %%
shares = shares_among_states(soap.labels, soap.table, joint.labels.isin(interface))
shares.rename("share of the interface that SOAP alone takes for it").to_frame().style.format("{:.0%}")

# %% [markdown]
# The third state is not a second liquid but the interface, and all the traffic between ice and liquid
# passes through it. How much of that is due to the smoothing of LENS? Within a window of frames LENS cannot jump, and
# neither can a state that depends on it. The finding is that the *states* form a chain;
# it does not prove that no molecule ever hops from one frame to the next.
#
# ### An independent check: profiles along z
#
# If the names are right, ice must fill the middle, liquid the outside, and the
# interface the layer in which the tetrahedral order falls. The liquid far from the ice is not pure:
# what is called interface there is liquid that happens to be ordered and slow for a while.

# %%
reach = float(depth.max("atom").min())  # layers farther away exist only while the cell is longer
order_profile = profile(order.sel(frame=delta.frame), distance).sel(position=slice(-reach, reach))
layers = order_profile.position
for key, states in {"soap": soap, "joint": joint}.items():
    shares = np.array([profile(states.labels == s, distance).sel(position=layers) for s in states.table.index])
    found = dict(zip(states.table["name"], shares, strict=True))
    note = "by distance from the middle of the ice (Angstrom): tetrahedral order, and share of each state"
    study.number(f"{key}.profile", {"distance": layers.values, "order": order_profile, **found}, note=note)
    drawn = {"order": order_profile, "size": (95, 65)}
    study.panel(f"fig4_profiles_{key}", plots.plot_profiles, layers, shares, states.table, **drawn)

# %% [markdown]
# ### Figure 4d and the movie: the path of one molecule
#
# Many molecules look into the interface and turn back, and near a border between clusters the state
# of a single frame flickers. So we take the state in which a molecule mostly is around every frame,
# within a tenth of the window of LENS; and of all visits to the interface that come from the liquid
# and lead to the ice, the one with the longest stays on both sides (the shorter of the two counts).
# All molecules of the pictures have the color of their lasting state.

# %%
around = 2 * (lens_window // 20) + 1  # odd, so that the frame is in the middle
steady = replace(joint, labels=majority(joint.labels, around))
visits = sl.find_visits(steady.labels)
visit = crossing_visit(visits, liquid, interface, ice)
study.number("path.found", visit is not None if interface else None, note="from liquid through the interface to ice")
path = None
if not interface:
    print("No state has the name interface, so there is no path to look for: panels 4d stay empty.")
elif visit is None:
    print("No molecule goes from the liquid through the interface into the ice: panels 4d stay empty.")
else:
    frames_shown, stations = visit_frames(visits, visit, margin=1.0)
    path = {"atom": visit.atom, "frames": frames_shown, "stations": stations}
    before, within, after = visits.n_frames.loc[visit.name - 1 : visit.name + 1] * interval
    study.number("path.atom", visit.atom, note="the oxygen of the path that is shown")
    study.number("path.durations", [before, within, after], "ns", "in the liquid, in the interface, in the ice")
    print(f"Molecule {visit.atom}: {before:.2f} ns liquid, {within:.2f} ns interface, {after:.2f} ns ice.")

# %% [markdown]
# In the snapshots and in the movie the cell is moved such that the molecule lies at the front, where
# it can be seen. The upper and lower ends of the cell lie between two planes of the ice, so that no
# plane hops from one end to the other.

# %%
oxygens = slab.sel(atom=centers)
if path:
    front = water.front_origin(trajectory, path["atom"], "y")  # what lies in front of the molecule goes to the back
    upright = water.emptiest_plane(trajectory, centers, "x") + half[:, 0]
    turned = np.column_stack([upright, front, middle.values])
    oxygens = water.whole_molecules(trajectory, molecules, origin=turned).sel(atom=centers)
look = {"radius": 1.3, "view": SIDEWAYS, "missing": "no such path in these frames"}
study.path_figure("fig4d", oxygens, steady, path, **look)
study.path_movie("movie_icewater", oxygens, steady, path, called="molecule", **look)

# %% [markdown]
# ### Figure 4e: who changes sides
#
# Populations at four times, and the molecules that go from each state to each until the next. The
# paper uses 5, 10, 20 and 30 ns of its analyzed stretch from 5 to 45 ns; we take the same fractions
# of ours.

# %%
fractions = (np.array([5, 10, 20, 30]) - 5) / (45 - 5)
flow_frames = frames_at(delta.frame, fractions)
times = delta.time.sel(frame=flow_frames).values
counts = count_flows(joint.labels, flow_frames, len(joint.table))
study.number("flows.times", times, "ns", "at which molecules are counted")
names = joint.table["name"].to_numpy()
step, origin, target = np.indices(counts.shape).reshape(3, -1)
flows = {"after": times[step], "origin": names[origin], "target": names[target], "molecules": np.ravel(counts)}
study.number(
    "flows.counts", flows, note="molecules that are in `origin` at the time `after` (ns), and in `target` at the next"
)
study.panel("fig4e_alluvial", plots.plot_alluvial, counts, times, joint.table, size=(120, 70))

# %% [markdown]
# ## Figure S3: why not HDBSCAN?
#
# For copper, HDBSCAN finds the states by itself: it looks for dense regions with thin regions around them,
# and counts as noise what lies in between. Here we give it the same points and ask for
# smaller and smaller clusters. Every fifth frame is enough, as successive ones are nearly
# alike. `min_cluster_size` is the smallest group that you would still call a state, in points: one molecule in one
# frame is one point. Groups below it become noise or part of a larger cluster.

# %%
sparse = {"SOAP": soap.scores[::5], "SOAP&LENS": joint.scores[::5]}
smallest = [max(2, min_cluster_size // k) for k in (1, 4, 16)]
by_density = {
    (key, size): hdbscan_hard(to_samples(points), min_cluster_size=size)
    for key, points in sparse.items()
    for size in smallest
}
for (key, size), labels in by_density.items():
    panel = f"figs3_map_{'soap' if key == 'SOAP' else 'joint'}_{smallest.index(size) + 1}"
    shown = {"title": f"{key}, at least {size} points", "legend": False, "size": (60, 55)}
    study.panel(panel, plots.plot_map, sparse[key], labels, plots.cluster_table(labels.max() + 1), **shown)

# %% [markdown]
# What are the clusters that hold at least one point in twenty? Each is named by the joint state of
# more than half of its points, and as a mixture if there is none.


# %%
def composition(labels):
    """How many clusters there are, what is lost to noise, and what the large ones consist of."""
    states, lost = joint.labels[::5], (labels < 0).reshape(joint.labels[::5].shape)
    sizes = np.bincount(labels[labels >= 0], minlength=2) / len(labels)
    clusters = []
    for cluster in np.flatnonzero(sizes >= 0.05):
        shares = shares_among_states(states, joint.table, states.copy(data=(labels == cluster).reshape(states.shape)))
        clusters.append(shares.idxmax() if shares.max() > 0.5 else "mixture")
    of_interface = lost[states.isin(interface).values]
    noise = lost.mean(), of_interface.mean() if of_interface.size else np.nan
    return [labels.max() + 1, *noise, *sizes[:2], ", ".join(sorted(clusters)) or "none"]


columns = ["clusters", "noise", "noise of the interface", "largest", "second", "contents"]
index = pd.MultiIndex.from_tuples(by_density, names=["data", "smallest cluster"])
table = pd.DataFrame(map(composition, by_density.values()), index=index, columns=columns)
study.number("hdbscan", table.reset_index(), note="shares of the points, of every fifth frame")
table.style.format("{:.1%}", subset=columns[1:-1], na_rep="–")

# %% [markdown]
# SOAP alone is one hill: HDBSCAN finds nothing, or a single large cluster, which is its densest
# part or nearly everything. With LENS it finds the two phases where the clusters must be large, but
# then half of the points, and most of the interface, are noise (grey). With smaller ones allowed only
# the ice is left as a cluster, and with the smallest nearly all points are one cluster. Density cannot
# find a state that is a passage between dense regions.
#
# ## The figures as pages

# %%
study.compose("fig4")
study.compose("figs3")
study.compose("figs4")

# %% [markdown]
# ## Numbers beside the paper's
#
# Every statement of the paper about ice and water, with what was measured and the verdict:

# %%
study.save(
    **{"soap": soap, "joint": joint, "lens": lens_alone, "pca": pca, "delta": delta, "raw_delta": raw_delta},
    **{"spectra": spectra.isel(frame=0), "order": order.sel(frame=delta.frame), "distance": distance},
    hdbscan=table.reset_index(),
)
study.claims()

# %% [markdown]
# ## What we learned

# %%
lines = []
for title, states in (("SOAP alone", soap), ("SOAP&LENS", joint)):
    populations = ", ".join(f"{row['name']} {row.population:.0%}" for _, row in states.table.iterrows())
    key = "SOAP" if states is soap else "SOAP&LENS"
    lines += [f"{title}: **{populations}**. It needs {needed[key]} components for 99 % of the variance."]
study.learned(lines)

# %% [markdown]
# How often does a molecule step between ice and a liquid directly, without the state between?

# %%
steps = []
for title, states in (("SOAP alone", soap), ("SOAP&LENS", joint)):
    names = {kind: states.table["name"][states.table["kind"] == kind] for kind in ("ice", "liquid")}
    for origin, target in [*product(names["ice"], names["liquid"]), *product(names["liquid"], names["ice"])]:
        cell = states.kinetics.sel(origin=origin, target=target)
        value, low, high = (100 * float(cell[key]) for key in ("matrix", "low", "high"))
        total = int(states.kinetics["counts"].sel(origin=origin).sum())
        steps.append(
            [title, f"{origin} → {target}", int(cell["counts"]), total, f"{value:.2f} ({low:.2f} to {high:.2f})"]
        )
pd.DataFrame(steps, columns=["data", "step", "seen", "of", "% per frame (95 % interval)"])

# %% [markdown]
# Structure alone sees two phases. Motion alone sees two speeds, and shows that every observed change passes what
# lies between. Only together they show what that is: the layer in which one phase turns into the other.

# %% [markdown]
# ## For other programs
#
# `results.nc` holds states, transitions and LENS with their labels: xarray opens it, and so does
# whatever reads NetCDF. `exports/` holds the oxygens as extended XYZ, with state, LENS
# and the first principal components in every `export_stride`-th frame:
# OVITO opens it as it is, VMD when it is unpacked.

# %%
study.export(trajectory, stride=export_stride)
study.finish()
