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
# Far below its melting point a stepped copper surface is already moving. Now and then an atom leaves
# the edge of a terrace, runs over the surface, and joins an edge again. Such an atom is rare: one in a few
# hundred. A map of *structures* does not show it. A measure of *motion* shows it, but cannot say from
# which structure it came. Crippa et al. (2023) put both into one vector.
#
# **What you will see.** Figures 1 and 2 of the paper, and the copper halves of Figures S1 and S2:
#
# 1. the surface, and two descriptions of an atom's surroundings, SOAP (structure) and LENS (dynamics): Figures 1a, 1b;
# 2. what each of them finds alone: Figures 1c, 1d, S1a;
# 3. what both find in one vector: Figures 1e, 2a, 2b, S2a; and the path of one atom: Figures 2c, 2d.
#
# **These are not the paper's data.** The bundled trajectory is a short simulation of ours with the
# same physics; the differences are listed below. Four atoms were placed on the terraces at the start, to
# show from the first frame what such atoms do. Our numbers stand beside the published ones
# for orientation; they neither confirm nor refute them. The text describes what the published
# parameters give. With other parameters, trust the numbers.

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
clustering: str = "hdbscan"  # hdbscan, as published, or stable, which does not depend on the directions of the axes
merge_cut: float = 1.0  # correlation distance below which micro-clusters become one state
rotations: int = 3  # how often the points are rotated and clustered again; 0 for never
bootstrap: int = 1000  # resamples of the atoms for confidence intervals
movie_frames: int = 120  # frames: pictures of the movie; 0 for no movie
export_stride: int = 5  # frames: every how many one is exported for other programs; 0 for none
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that work side by side; 0 for one per core
palette: str = "default"  # colors: default, which every reader can tell apart, or paper, as published

# %%
import pandas as pd
import xarray as xr

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.descriptors import displacements, heights
from soaplens_lite.kinetics import longest_visit, visit_frames
from soaplens_lite.states import shares_among_states, stability, with_stability

study = sl.study.open("01_cu211")
resampling = study.resampling  # number of resamples and seed
RADIUS = 1.28  # Angstrom: half the distance of nearest neighbors in copper, for the pictures
study.introduction()

# %% [markdown]
# ## The trajectory
#
# The registry says what belongs to the data: the time between frames, whether the cell is
# periodic, and *which atoms we analyze*. As in the paper these are the atoms of the upper side. The
# other atoms still surround them, and SOAP sees them.

# %%
trajectory = study.trajectory()
centers = study.centers(trajectory)
interval = study.data.interval  # ns
trajectory

# %% [markdown]
# ### Figure 1a: the surface, by coordination
#
# The simplest description of an atom's surroundings is the number of its nearest neighbors, those within
# the first minimum of the radial distribution function. On an ideal (211) surface of a
# face-centered cubic metal it is 7 at the edge of a step, 9 on its face, 10 in the valley below, and
# 12 everywhere underneath.

# %%
shell = sl.first_minimum(sl.radial_distribution(trajectory))
coordination = sl.coordination_numbers(trajectory, centers, shell)
height = heights(trajectory, centers)
study.number("first_shell", shell, "Angstrom", "first minimum of g(r)")
print(f"Neighbors of the first shell are nearer than {shell:.2f} Å.")
first, middle = 0, trajectory.sizes["frame"] // 2
bounds = plots.common_bounds(trajectory.positions.values[[first, middle]], RADIUS, "tilted")
for moment, frame in {"first": first, "middle": middle}.items():
    numbers = coordination.clip(6, 12).sel(frame=frame)
    shot = plots.state_snapshot(trajectory, numbers, plots.coordination_table(), radius=RADIUS, bounds=bounds)
    title = f"coordination, {float(trajectory.time[frame]):.1f} ns"
    study.panel(f"fig1a_snapshot_{moment}", plots.plot_snapshot, **shot, title=title, size=(85, 62))
    print(f"{title}: {int((numbers <= 6).sum())} atoms have six neighbors or fewer.")

# %% [markdown]
# Rows of sevens, nines and tens run along the steps. Half-way through the simulation the rows have frayed, and
# more atoms with six neighbors or fewer lie on the terraces.
#
# ## Two descriptions of an atom's surroundings
#
# **LENS** asks *who* the neighbors are, and what share of them is exchanged until the next frame: 0
# if they stay the same, 1 if all are others. With the sets of neighbors $N_i$ of atom $i$,
#
# $$\delta_i = \frac{|N_i(t) \,\triangle\, N_i(t+\Delta t)|}{|N_i(t)| + |N_i(t+\Delta t)|}$$
#
# where $\triangle$ means "in exactly one of the two sets". **SOAP** asks *how* the neighbors are arranged, whoever
# they are. Their density is expanded in radial functions $n$ and spherical harmonics $lm$ with coefficients
# $c_{nlm}$; the spectrum is
#
# $$p_{nn'l} \propto \sum_m c^*_{nlm}\, c_{n'lm}$$
#
# We compute both within the same radius. The raw LENS is noisy, because neighbors near the
# radius vibrate in and out, so it is smoothed over a window of frames.
#
# **How to choose.** `r_cut` should hold more than the first shell of neighbors: with few neighbors the exchange of a
# single one is a large step of LENS; with very many, those that stay hide the one that changes. The paper's 6 Å hold
# five shells of copper. `n_max` and `l_max` say how finely SOAP describes the density: take the smallest values that
# still give the same states (`04_cost` shows what larger ones cost). `lens_window` should be long beside the vibration
# of neighbors at the radius, and short beside the stay in a state. The line below says what the choice means here.

# %%
raw_delta = sl.lens(trajectory, r_cut, centers=centers, n_jobs=n_jobs)
delta = sl.smooth_lens(raw_delta, window=lens_window, order=lens_order)
spectra = sl.soap(trajectory, centers, r_cut=r_cut, n_max=n_max, l_max=l_max, n_jobs=n_jobs)
within = sl.coordination_numbers(trajectory.isel(frame=[0]), centers, r_cut)
print(f"{float(within.mean()):.1f} atoms within r_cut; the window of LENS is {lens_window * interval:.2f} ns long.")
xr.Dataset({"LENS": delta, "SOAP": spectra.sel(frame=delta.frame)})

# %% [markdown]
# The smoothing needs a complete window around a frame, so half a window is lost at either end. Everything
# below uses the frames that remain, for SOAP and LENS alone as well as together.
#
# ### Figure 1b: what LENS and SOAP see
#
# The atom shown exchanges about half of its neighbors at once: of all points, its raw LENS is nearest to 0.5.

# %%
candidates = raw_delta.sel(frame=delta.frame[:-2])
seen_frame, seen_atom = (int(candidates[dim][index]) for dim, index in abs(candidates - 0.5).argmin(...).items())
around = []  # neighbors, and vectors to them, in the frame and in the next one
for frame in (seen_frame, seen_frame + 1):
    neighbors = sl.find_neighbors(trajectory.sel(frame=[frame]), r_cut, atoms=centers).of(seen_atom, frame)
    around.append((neighbors, displacements(trajectory, seen_atom, neighbors, frame)))
times = trajectory.time.sel(frame=[seen_frame, seen_frame + 1]).values
study.panel("fig1b_lens", plots.plot_what_lens_sees, seen_atom, *around, r_cut, times=times, size=(85, 52))
spectrum = spectra.sel(frame=seen_frame, atom=seen_atom).values
study.panel("fig1b_soap", plots.plot_what_soap_sees, around[0][1], spectrum, r_cut, size=(85, 52))

# %% [markdown]
# LENS keeps the names and forgets the places; SOAP keeps the places and forgets the names. (A
# spectrum has the same component for a pair n, n' of radial functions and for n', n. It is stored once; the paper
# counts both.)
#
# ## SOAP alone
#
# **The vectors.** SOAP alone is one spectrum per atom and frame. Already here we also join it with LENS (how and why
# is shown with Figure 1e), because both are treated in the same way and can be clustered at the same time.

# %%
vectors = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}

# %% [markdown]
# **Reduction.** A spectrum has hundreds of components, and most of them say the same. Principal component
# analysis turns them into a few that retain the wanted share of the variance.

# %%
pca = {name: sl.fit_pca(data, variance=variance) for name, data in vectors.items()}
scores = {name: sl.project(data, pca[name]) for name, data in vectors.items()}
kept = pd.DataFrame({name: fit.cumulative_variance.values[:6] for name, fit in pca.items()}, index=range(1, 7))
kept.rename_axis("components").style.format("{:.3%}")

# %% [markdown]
# **Clustering.** Density-based clustering (HDBSCAN) finds the dense regions, the *micro-clusters*. Points between
# them would be noise; the soft assignment gives every point to the cluster that it most likely
# belongs to. The clusters are numbered by falling coordination. (What `clustering = "stable"` is good for is shown
# below Figure S2a.)
#
# **How to choose `min_cluster_size`.** It is the smallest group that you would still call a state, in points: one atom
# in one frame is one point. A rare state must have more points than that in all frames together; with a smaller value
# accidental dense spots become clusters. With fewer frames take a smaller value, and change it before you
# believe in a state (`05_sensitivity`).

# %%
settings = {"method": clustering, "n_jobs": n_jobs}
settings |= {"min_cluster_size": min_cluster_size, "exact_tree": exact_tree} if clustering == "hdbscan" else {}
settings |= {"min_samples": min_cluster_size} if clustering == "stable" else {}
found = sl.cluster(scores, **settings)
clusters = sl.label_clusters(found["SOAP"], scores["SOAP"], coordination, **resampling)
print(f"SOAP: {scores['SOAP'].sizes['component']} components, {len(clusters.table)} micro-clusters")

# %% [markdown]
# **Counting.** How often does an atom that is in one cluster turn up in each other one a frame later?

# %%
counts = sl.transition_counts(clusters.labels, len(clusters.table))
pd.DataFrame(counts).rename_axis("from cluster").rename_axis("to", axis=1)

# %% [markdown]
# **Merging.** Two micro-clusters that send their atoms to the same places are two parts of one state: the correlation
# distance between their rows of counts is small, and the dendrogram joins them below the cut. The states are numbered
# by falling coordination, too.

# %%
merging = {"cut": merge_cut, "recount": clustering == "stable"}
soap = sl.merge_states(clusters, coordination, scores=scores["SOAP"], **merging, **resampling)
print(f"{len(clusters.table)} micro-clusters are merged to {len(soap.table)} states.")

# %% [markdown]
# ### Figure S1a: micro-clusters of SOAP

# %%
study.clusters_figure("figs1a", soap, cut=merge_cut)

# %% [markdown]
# ### From clusters to named states
#
# States are named by what we measure of them, with one table of rules for SOAP alone and for SOAP
# with LENS. The column *ideal* holds the coordination of a perfect fcc(211) surface. *Fast* is a state whose mean
# LENS lies in the highest class of LENS alone (k-means; see Figure 1d below).

# %%
lens_alone = study.color(sl.lens_classes(delta, lens_classes, interval, **resampling))
columns = ["name", "ideal", "mean_coordination_from", "mean_coordination_below", "depth_from", "mean_lens_from"]
rules = pd.DataFrame(
    columns=columns,
    data=[
        ["fast", "", None, None, None, lens_alone.table["lens_from"].iloc[-1]],
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
study.show_rules(rules)


# %%
def name(states):
    """Measure states and clusters, and name them by the rules."""
    values = {"mean_lens": delta, "mean_coordination": coordination, "height": height}
    measured = sl.measure_states(states, values, interval, depth="height", **resampling)
    return study.color(sl.name_states(measured, rules))


soap = name(soap)
study.show_states(soap)

# %% [markdown]
# ### Figure 1c: the states of SOAP
#
# The dendrogram of the micro-clusters with the cut; the states on the map of the first two principal
# components, with contours of the density of points; how atoms pass from state to state; and the surface in the
# colors of the states. In the chord diagram an arc is as long as its state has transitions, staying included. A
# ribbon joins two states; each end is as wide as the flow that leaves there, and its color is that of the
# larger sender. Small numbers in the matrix are 95 % intervals: we draw as many atoms as there are, with
# replacement, count again, and repeat. Atoms are drawn with all their frames, because successive frames of one atom
# are not independent observations.

# %%
snapshot_frame = int(delta.frame[delta.sizes["frame"] // 2])
picture = {"trajectory": trajectory, "frame": snapshot_frame, "radius": RADIUS, "bounds": bounds}
study.figure("fig1c", soap, cut=merge_cut, published="soap", snapshot=picture)

# %% [markdown]
# SOAP finds the layers of the crystal. Each exchanges atoms almost only with the next one, and the
# edges with the faces. There is no state of atoms that run over the surface.
#
# ## LENS alone
#
# ### Figure 1d
#
# Most of the time an atom keeps its neighbors, and LENS stays low. A few atoms rise far above the rest.

# %%
study.lens_figure("fig1d", delta, lens_alone, published="lens", snapshot=picture)
per_class = pd.crosstab(soap.labels.values.ravel(), lens_alone.labels.values.ravel(), normalize="index")
per_class.set_axis(soap.table["name"]).set_axis(lens_alone.table["name"], axis=1).style.format("{:.0%}")

# %% [markdown]
# LENS separates the fast atoms from all others at once. It knows little of structure: the table says
# which share of each state of SOAP falls into each class of LENS, and one class holds several
# structures.
#
# ## Both in one vector
#
# ### Figure 1e: how chi is built
#
# The structure around an atom decides what happens to it *next*. So the spectrum at a time is joined
# with the LENS of the interval that follows. A spectrum has length 1 and LENS lies between 0 and 1, so neither
# outweighs the other. (Figure 1b showed the raw LENS of this interval; here it is smoothed.)

# %%
rows = spectra.sel(atom=seen_atom, frame=slice(seen_frame, seen_frame + 2))
lens_rows = delta.sel(atom=seen_atom, frame=rows.frame)
chi = {"size": (150, 55), "smoothed": True}
study.panel("fig1e_chi", plots.plot_chi, rows.values, lens_rows.values, rows.time.values, **chi)

# %% [markdown]
# The same steps as for SOAP alone, with the same parameters, give the states of the joint data. `find_states` takes
# them all at once.

# %%
joint = sl.find_states(
    vectors["SOAP&LENS"], coordination, pca=pca["SOAP&LENS"], cut=merge_cut, **settings, **resampling
)
joint = name(joint)
fast, edges = sl.of_kind(joint.table, "fast"), sl.of_kind(joint.table, "edge")
study.show_states(joint)

# %% [markdown]
# ### Figure 2a: the cloud that only the joint data show

# %%
is_fast = joint.labels.isin(fast)
study.panel("fig2a_map_soap", plots.plot_map, scores["SOAP"], title="SOAP", size=(85, 75))
ring = {"highlight": is_fast.values if fast else None, "title": "SOAP&LENS", "size": (85, 75)}
study.panel("fig2a_map_joint", plots.plot_map, joint.scores, **ring)

# %% [markdown]
# ### Figure 2b: the states of SOAP and LENS together
#
# At full scale the ribbons of so rare a state are thin lines. The second chord diagram leaves out what
# stays, and shows the flows of the fast state alone.

# %%
study.figure("fig2b", joint, cut=merge_cut, published="joint", highlight=fast)
study.flows_panel("fig2b_chord_fast", joint, fast, missing="no fast state in these frames")

# %% [markdown]
# Where do fast atoms come from? For each state: how many entries into the fast state start there,
# and which share of all entries that is. (Resampling gives no interval for what was never seen.)

# %%
study.show_entries(joint, fast)

# %% [markdown]
# ### Figure S2a: micro-clusters of SOAP and LENS

# %%
study.clusters_figure("figs2a", joint, cut=merge_cut)

# %% [markdown]
# ### Would the same points, rotated, give the same states?
#
# Only the distances between points should decide which of them form a cluster. HDBSCAN joins nearby points along a
# *minimum spanning tree*, the shortest set of links that connects all points, and looks for the parts that are
# denser than what surrounds them. The exact tree depends on distances only, but it is slow. The library's default,
# which the paper used, is an *approximate* tree: the points are put into boxes with sides parallel to the axes, and
# some links are chosen without looking into all boxes. If all points are rotated, or one axis is reversed, no
# distance changes; the boxes do, and with them some links. Even the sign of a principal component, which means
# nothing, is such a choice.
#
# So we rotate the points of the joint data at random, cluster and merge them again, and look for each state: it is
# *found again* if a state of the other clustering shares more than half of the points that belong to either
# (Jaccard index above 0.5). The cross is the exact tree of the points as they are.

# %%
turned = {}
if rotations:
    turned["joint"] = stability(joint.scores, joint, n_rotations=rotations, seed=seed, **merging, **settings)
    joint = with_stability(joint, turned["joint"])
    title = f"{rotations} rotations of all points"
    study.stability_figure("stability_states", {"SOAP&LENS": turned["joint"]}, title=title)
study.show_states(joint)

# %% [markdown]
# The fast state is the same in all rotations and in the exact tree: it lies far from all others. The states at rest
# are parts of one hill of points, without deep valleys between them, and the rotations divide this hill in different
# ways. So the number of layers, and what is counted between an edge and another state, are partly a choice of the
# method. Such findings are *not settled* in the table of verdicts below. `05_sensitivity` shows the same for SOAP
# alone, with more rotations on fewer frames.
#
# `clustering = "stable"` asks the exact tree for its densest parts (its *leaves*) in place of whole hills, and merges
# them by what the atoms do. It hardly depends on axes. On this trajectory it keeps the layers of SOAP in the joint data
# and adds the fast state, as the paper's own analysis does. `benchmarks/stability.py` compares both methods.
#
# ### Figure 2c and Movie S1: the path of one atom
#
# We follow the atom with the longest visit to the fast state that starts in an edge and ends in an
# edge. An atom that hops over a terrace may be called an edge for a moment: it must stay in the edge before
# and after for at least half a window of LENS.

# %%
visits = sl.find_visits(joint.labels)
visit = longest_visit(visits, fast, edges, settled=max(1, lens_window // 2))
study.number("path.found", visit is not None, note="an atom leaves an edge, is fast, and comes back to an edge")
path = None
if visit is None:
    print("No atom leaves an edge, becomes fast and returns in these frames: panels 2c stay empty.")
else:
    path = {"atom": visit.atom} | dict(zip(("frames", "stations"), visit_frames(visits, visit), strict=True))
    duration = visit.n_frames * interval
    study.number("path.atom", visit.atom, note="of the path that is shown")
    study.number("path.duration", duration, "ns", "in the fast state")
    start = float(delta.time.sel(frame=visit.first_frame))
    placed = ", one of the placed atoms," if visit.atom in study.data.placed_atoms else ""
    print(f"Atom {visit.atom}{placed} is fast for {duration:.2f} ns, from {start:.2f} ns on. Movie: on the left the")
    print("surface, with a ring around the atom; on the right its path, from the edges to the fast state and back.")
missing = "no such visit in these frames"
study.path_figure("fig2c", trajectory, joint, path, radius=RADIUS, missing=missing)
study.path_movie("movie_s1", trajectory, joint, path, radius=RADIUS, missing=missing)

# %% [markdown]
# ### Figure 2d: the complete surface

# %%
shot = plots.state_snapshot(
    trajectory, joint.labels.sel(frame=snapshot_frame), joint.table, radius=RADIUS, bounds=bounds
)
study.panel("fig2d_snapshot", plots.plot_snapshot, **shot, size=(120, 85))

# %% [markdown]
# One picture shows structure and motion together.
#
# ## The figures as pages

# %%
study.compose("fig1")
study.compose("fig2")
study.compose("figs1a")
study.compose("figs2a")

# %% [markdown]
# ## Numbers beside the paper's
#
# First how often an atom of an edge becomes fast, and how often a fast atom returns to an edge, per frame. Percentages
# per frame of two trajectories cannot be compared directly: the frames of the bundled one lie closer in time than the
# paper's, and the temperatures differ. What can be compared is which flows there are, and that the fast
# state is left far more readily than it is entered.

# %%
flows = {"edge_to_fast": ("edge", "fast"), "fast_to_edge": ("fast", "edge")}
study.show_flows(joint, flows, published=study.published["text"])

# %% [markdown]
# Then every statement of the paper about copper, with what was measured and the verdict. Findings about points
# (which states SOAP alone gives to the fast points, whether another clustering finds them, and so on) are computed
# from the saved results.

# %%
first_spectra = spectra.isel(frame=0)
study.save(
    **{"soap": soap, "joint": joint, "lens": lens_alone, "pca": pca, "stability": turned},
    **{"delta": delta, "raw_delta": raw_delta, "spectra": first_spectra},
)
study.claims()

# %% [markdown]
# ## What we learned

# %%
lines = [f"SOAP alone finds **{len(soap.table)} states**: {', '.join(soap.table['name'])}."]
lines += [f"SOAP&LENS finds **{len(joint.table)} states**: {', '.join(joint.table['name'])}."]
if fast:
    n_atoms = int(is_fast.any("frame").sum())
    placed = float(is_fast.sel(atom=list(study.data.placed_atoms)).sum() / is_fast.sum())
    study.number("fast.atoms", n_atoms, note="atoms that are ever fast")
    study.number("fast.placed", placed, note="share of the fast points that belong to the placed atoms")
    taken_for = shares_among_states(soap.labels, soap.table, is_fast)
    states_of_soap = ", ".join(f"{share:.1%} {name}" for name, share in taken_for.items())
    lines += [f"**{is_fast.values.mean():.2%}** of all points are fast. SOAP alone takes them for: {states_of_soap}."]
    lines += [f"{n_atoms} different atoms are fast at some time. {placed:.0%} of these points belong to placed atoms."]
else:
    lines += ["No fast state appears with these parameters."]
study.learned(lines)

# %% [markdown]
# The rare event is visible, it has a place on the map of structures, and its origin can be read from one column of
# counts. Neither descriptor alone says that. What can be relied on is the fast state itself: it is found again
# however the points are rotated. How many layers at rest the joint data separate cannot be relied on: here they
# keep those of SOAP but for face and valley, which are one state, and other directions of the axes give other
# numbers. Not every clustering finds so rare a state.

# %% [markdown]
# ## For other programs
#
# `results.nc` holds states, transitions and LENS with their labels: xarray opens it, and so does
# whatever reads NetCDF. `exports/` holds the analyzed atoms as extended XYZ, each with its state,
# LENS and first principal components, in every `export_stride`-th frame: OVITO opens it as it is, VMD
# when it is unpacked.

# %%
study.export(trajectory, stride=export_stride)
study.finish()
