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
# # Tutorial 2: From spectra to environments
#
# A surface of 904 atoms in 41 frames gives 37,000 spectra of 324 numbers each. Which *different* surroundings
# are there? Nobody tells the computer what an edge or a terrace is. It has to find groups of similar spectra by itself:
# that is called *unsupervised learning*. In this tutorial you go through it step by step: normalize, reduce, find dense
# regions, merge. Then you add the one number LENS and see what it changes.
#
# **You need** tutorial 1. **It takes** 45 to 60 minutes with the last part, on water, which you can leave for another
# day. The waiting times in the text are for two cores that nobody else uses.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.study.data import find, open_data_set
from soaplens_lite.teaching import check, sliders

# %% [markdown]
# ## The spectra, and their scale
#
# LENS needs all frames, because it is smoothed in time. Spectra of every twelfth frame are enough here. `sl.join` puts
# together what has the same frame and the same atom: *joint* vectors of 324 + 1 numbers. It makes no second copy of
# them; the numbers themselves are in `spectra` and `delta`. (15 seconds.)

# %%
copper = find("cu211-sample")
trajectory = open_data_set(copper)
centers = sl.select_centers(trajectory, copper.centers)
every_frame = sl.smooth_lens(sl.lens(trajectory, r_cut=6.0, centers=centers), window=20)
delta = every_frame[::12]
spectra = sl.soap(trajectory.sel(frame=delta.frame), centers, r_cut=6.0)
vectors = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}
lengths = np.linalg.norm(spectra.isel(frame=0).values, axis=-1)
print(
    f"Lengths of the spectra: {lengths.min():.4f} to {lengths.max():.4f}. LENS: {delta.min():.2f} to {delta.max():.2f}."
)

# %% [markdown]
# Why are the spectra divided by their length? Two kinds of numbers share a vector. If one kind were a thousand times
# larger, it alone would decide which vectors are similar. A spectrum of length 1 and a LENS between 0 and 1 have
# comparable scales.
#
# Is one number among 325 not lost? It depends on how much it *varies*. The total variance of the joint vectors is a sum
# of 325 variances, one for each component, each over all frames and atoms.
#
# ### Exercise t2.1
#
# Which share of this sum is due to LENS? Guess first; then compute it from `spectra` (dimensions `frame`, `atom` and
# `feature`) and `delta`.

# %% tags=["exercise"]
share = ...
check("t2.1", share, spectra, delta)

# %% tags=["solution"]
share = float(delta.var() / (spectra.var(("frame", "atom")).sum() + delta.var()))
check("t2.1", share, spectra, delta)

# %% [markdown]
# ## Fewer numbers: principal components
#
# Most of the 324 numbers change together. *Principal component analysis* (PCA) looks for the direction in which the
# vectors vary most, then for the direction at a right angle to it with most of the remaining variance, and so on. A few
# such coordinates, the *scores*, retain nearly everything. The figure shows how much. Like the paper we keep 99.5 %.

# %%
pca = {name: sl.fit_pca(data, variance=0.995) for name, data in vectors.items()}
scores = {name: sl.project(data, pca[name]) for name, data in vectors.items()}
plots.plot_cumulative_variance({name: fit.cumulative_variance.values for name, fit in pca.items()}, target=0.995)
plt.show()

# %% [markdown]
# ### Exercise t2.2
#
# How many components of SOAP alone would you need to lose less than half as much, that is, to retain at least 99.8 % of
# the variance? `pca["SOAP"].cumulative_variance` holds the shares.

# %% tags=["exercise"]
n_components = ...
check("t2.2", n_components, pca["SOAP"], 0.998)

# %% tags=["solution"]
n_components = int((pca["SOAP"].cumulative_variance < 0.998).sum()) + 1
check("t2.2", n_components, pca["SOAP"], 0.998)

# %% [markdown]
# What is lost? Rebuild a spectrum from its first components, and move the slider. We take an atom that is far out along
# the second principal component, and show the first 110 of its 324 components of SOAP, where the large ones are.

# %%
every_component = sl.fit_pca(vectors["SOAP"], n_components=20)
original = spectra[0, int(scores["SOAP"][0, :, 1].argsort()[-45])].values  # 44 atoms are farther out


def draw_rebuilt(components):
    """The spectrum of one atom, and what a few principal components retain of it."""
    axes = every_component.components.values[:components]
    mean = every_component["mean"].values
    ax = plt.figure(figsize=(7, 2.6)).subplots()
    ax.plot(original - mean, color="#c8ccd0", linewidth=3, label="spectrum, minus the mean of all")
    ax.plot((original - mean) @ axes.T @ axes, linewidth=1, label=f"rebuilt, principal components: {components}")
    ax.set(xlabel="component of SOAP", ylabel="value", xlim=(0, 110))
    ax.legend()
    return ax


sliders(draw_rebuilt, components=[1, 2, 3, 4, 5, 8, 20])

# %% [markdown]
# ## Clustering by density
#
# In the map below every point is an atom in a frame. Similar surroundings lie close together. HDBSCAN looks for
# *clusters*: regions of high density with thinner regions around them, each of at least `min_cluster_size` points. It
# is not told how many there are. Points between the clusters belong to none; they are *noise*, with the label -1. We
# number the clusters from many neighbors (0, inside the crystal) to few (edges). (5 seconds.)

# %%
shell = sl.first_minimum(sl.radial_distribution(trajectory))
coordination = sl.coordination_numbers(trajectory.sel(frame=delta.frame), centers, shell)
# min_cluster_size: points of the smallest group that counts; exact_tree: without the library's approximation
settings = {"min_cluster_size": 80, "exact_tree": True}
clusters = sl.label_clusters(sl.cluster(scores["SOAP"], **settings), scores["SOAP"], coordination)
hard = clusters.labels.where(~clusters.was_noise, -1).values
colored = plots.cluster_table(len(clusters.table)).assign(name=lambda table: table.index.astype(str))
ax = plt.figure(figsize=(6, 5)).subplots()
title = f"{len(colored)} clusters; grey: noise"
plots.plot_map(scores["SOAP"], hard, colored, contours=False, title=title, ax=ax)
plt.show()

# %% [markdown]
# ### Exercise t2.3
#
# Which share of the points is noise? `hard` is a NumPy array of labels, one for each point.

# %% tags=["exercise"]
noise = ...
check("t2.3", noise, hard)

# %% tags=["solution"]
noise = float((hard == -1).mean())
check("t2.3", noise, hard)

# %% [markdown]
# An atom on its way from one cluster to another is noise for a moment, but it is still somewhere. To follow it in time,
# every point needs a label. *Soft assignment* computes how likely a point belongs to each cluster and takes the most
# likely one. It is a decision of ours, not of the data: remember it when a border between two states matters.

# %%
certainty = clusters.memberships.max("membership")
print(f"Half of the points belong to their cluster with a probability of less than {certainty.median():.2f}.")

# %% [markdown]
# ## Are two clusters two states? Merging
#
# A cluster of similar spectra need not be a state of its own. If atoms of two clusters go to the same places, and
# also to each other, the two are parts of one state. So we count transitions between the clusters and compare the
# *rows*: the *correlation distance*, 1 minus their correlation, is 0 for rows that rise and fall together, 1 for
# unrelated ones, 2 for opposite ones. A tree, the *dendrogram*, joins the nearest two again and again; a *cut* at a
# height says which joints count.
#
# ### Exercise t2.4
#
# Here are the transitions between four clusters. Which become one state with a cut at 1? Give a list of four numbers,
# equal for clusters of one state.

# %%
example = np.array([[50, 3, 45, 2], [3, 90, 4, 3], [400, 30, 550, 20], [1, 5, 2, 92]])
pd.DataFrame(example).rename_axis("from").rename_axis("to", axis=1)

# %% tags=["exercise"]
states_by_hand = ...  # [?, ?, ?, ?]
check("t2.4", states_by_hand, example, 1.0)

# %% tags=["solution"]
states_by_hand = [0, 1, 0, 2]  # rows 0 and 2 are both large in columns 0 and 2
check("t2.4", states_by_hand, example, 1.0)

# %% [markdown] tags=["solution"]
# *For teachers.* Row 2 has ten times as many transitions as row 0. Students who look at the size of the numbers instead
# of their pattern merge nothing; let them divide each row by its sum.

# %% [markdown]
# Now the clusters of copper, with the numbers and colors of the map. The paper cuts at 1. There nothing merges here:
# from one frame to be counted to the next, 0.48 ns, every cluster mostly keeps its own atoms, so that no two rows are
# alike. Move the slider beyond 1 to see which clusters would merge first. Are they neighbors on the map?


# %%
def draw_tree(cut):
    """Dendrogram of the clusters, and how many states the cut makes of them."""
    merged = sl.merge_states(clusters, coordination, cut=cut, n_resamples=1)
    ax = plt.figure(figsize=(5, 2.8)).subplots()
    title = f"cut at {cut:g}: {len(merged.table)} states"
    return plots.plot_dendrogram(merged.tree, colored, cut=cut, title=title, ax=ax)


sliders(draw_tree, cut=[0.6, 0.8, 1.0, 1.07, 1.15])

# %% [markdown]
# ## One number more
#
# The same points with LENS in the vector. Which points are fast? *k-means* divides the values of LENS alone into three
# classes: it puts three centers so that the values lie as near to one as possible. The highest class is marked.

# %%
classes = sl.lens_classes(delta, 3, copper.interval, n_resamples=1)  # one resample: we need no intervals here
fast_from = classes.table["lens_from"].iloc[-1]
fast = (delta >= fast_from).values
print(f"The highest class begins at LENS = {fast_from:.2f}.")
figure, panels = plt.subplots(1, 2, figsize=(9, 4))
for panel, (name, points) in zip(panels, scores.items(), strict=True):
    plots.plot_map(points, highlight=fast, title=f"{name}, marked: the {fast.mean():.1%} fastest", ax=panel)
plt.show()

# %% [markdown]
# With SOAP alone the fast points lie at the rim of a cluster, among others. With LENS they move away from it. They
# must: we marked them by LENS, and LENS is in the vector. The question is whether they form a cluster of their own, or
# only the end of a tail. That is the question of the paper, and the clustering has to answer it.
#
# ## How sure is the number of states?
#
# Before you believe in a state, change what you chose. Here is the analysis with other values of `min_cluster_size`,
# all steps in one call. Is there a state of fast atoms, that is, one whose mean LENS lies in the highest class?
# (15 seconds.)

# %%
rows = {}
for smallest in (30, 40, 60, 80):
    settings = {"min_cluster_size": smallest, "exact_tree": True, "n_resamples": 1}
    states = sl.find_states(vectors["SOAP&LENS"], coordination, pca=pca["SOAP&LENS"], **settings)
    n_fast = int((delta.groupby(states.labels).mean() >= fast_from).sum())
    rows[smallest] = [len(states.clusters.table), len(states.table), n_fast, float(states.clusters.was_noise.mean())]
    print(f"min_cluster_size = {smallest} done")
columns = ["clusters", "states", "fast states", "noise before soft assignment"]
pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("min_cluster_size").round(3)

# %% [markdown]
# The lines disagree, and nothing is wrong with the program. For 30 and 40 HDBSCAN finds two clusters: the fast atoms,
# and everything else. For 60 and 80 it divides everything else, and the fast atoms, about 130 points, are too few to be
# a dense region of their own. So never show one number of states alone. Say for which settings a state is found, as the
# study `05_sensitivity` does.
#
# ## Water is different
#
# Ice and liquid water lie side by side. Spectra of the oxygens, LENS, joint vectors and PCA as before. The map shows
# how many points lie in each place (dark: many), and the right panel how many lie along PC 1. The dashed lines are the
# means of the slowest and of the fastest fifth, which are ice and liquid. (15 seconds.)

# %%
water = find("icewater-sample")
wet = open_data_set(water, n_frames=160)
oxygens = sl.select_centers(wet, water.centers)
slow = sl.smooth_lens(sl.lens(wet, r_cut=6.0, centers=oxygens), window=100)[::12]
joint = sl.join(sl.soap(wet.sel(frame=slow.frame), oxygens, r_cut=6.0, species=water.species), slow)
points = sl.project(joint, sl.fit_pca(joint, variance=0.99))

# %%
x, y = points.values.reshape(-1, points.sizes["component"])[:, :2].T
slowest, fastest = slow.values.ravel() < slow.quantile(0.2).item(), slow.values.ravel() > slow.quantile(0.8).item()
figure, (density, along) = plt.subplots(1, 2, figsize=(9, 3.6))
density.hexbin(x, y, gridsize=30, mincnt=1, cmap="viridis_r")
along.hist(x, bins=40, color="#c8ccd0")
for name, chosen in (("ice", slowest), ("liquid", fastest)):
    for panel in (density, along):
        panel.axvline(x[chosen].mean(), color="#c4560b", linestyle="--")
        panel.annotate(name, (x[chosen].mean(), 1), xycoords=("data", "axes fraction"), ha="center", va="bottom")
density.set(xlabel="PC 1", ylabel="PC 2")
along.set(xlabel="PC 1", ylabel="number of points")
plt.show()

# %% [markdown]
# ### Exercise t2.5
#
# For ice and water the paper takes a *mixture of Gaussians* instead of HDBSCAN. Such a mixture describes the points by
# a chosen number of bell-shaped hills, which may overlap; a point belongs to the hill that it most likely comes from.
# Why is it the better choice?
#
# - **a** HDBSCAN works for metals only.
# - **b** There are too many points for HDBSCAN.
# - **c** Between ice and liquid there are fewer points, but no gap: a state in between has no dense region of its own.
# - **d** A mixture of Gaussians has no settings to choose.

# %% tags=["exercise"]
why = ...
check("t2.5", why)

# %% tags=["solution"]
check("t2.5", "c")

# %% [markdown]
# The mixture with three Gaussians, ordered from low to high LENS. The price: we chose the number three.

# %%
mixture = sl.find_states(joint, slow, falling=False, method="gmm", n_components=3, n_starts=3, cut=None, n_resamples=1)
ax = plt.figure(figsize=(5.5, 3.8)).subplots()
names, colors = ["ice", "interface", "liquid"], ["#0f3d8c", "#e69f00", "#56b4e9"]
for state, (name, color) in enumerate(zip(names, colors, strict=True)):
    inside = mixture.labels.values.ravel() == state
    ax.plot(x[inside], y[inside], ".", color=color, markersize=3, label=f"{name}: {inside.mean():.0%}")
ax.set(xlabel="PC 1", ylabel="PC 2", title="three Gaussians")
ax.legend(markerscale=4)
plt.show()

# %% [markdown]
# ## What you learned
#
# - Comparable scales first: what varies little has no say.
# - PCA keeps the directions in which the data vary. HDBSCAN finds dense regions and leaves what is between them as
#   noise; soft assignment gives every point to the most likely cluster.
# - Clusters whose atoms go to the same places are merged to states. The cut is a choice.
# - LENS, one number of 325, adds a direction that structure does not have.
# - Change the settings before you believe in a state.
#
# The next tutorial counts how atoms move between states.
