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
# # Tutorial 3: From environments to dynamics
#
# Every atom is in some environment in every frame. Atoms change their environment: how often, how fast, and from where
# to where? In this tutorial you count. You turn counts into probabilities, say how certain they are, ask how long a
# simulation must be for a rare event, and find out where the fast atoms of a copper surface come from.
#
# **You need** tutorial 1. **It takes** 30 to 60 minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.study.data import find, open_data_set
from soaplens_lite.teaching import check, sliders

# %% [markdown]
# ## Counting by hand
#
# One atom, eight frames, three states called 0, 1 and 2. A *transition* leads from the state in one frame to the state
# in the next one. To stay is a transition, too: from a state to itself.

# %%
history = [0, 0, 1, 2, 2, 0, 1, 1]
one_atom = xr.DataArray(np.transpose([history]), dims=("frame", "atom"))

# %% [markdown]
# ### Exercise t3.1
#
# Count the transitions. Row: the state that the atom comes from. Column: the state that it goes to.

# %% tags=["exercise"]
counts_by_hand = ...  # [[?, ?, ?], [?, ?, ?], [?, ?, ?]]
check("t3.1", counts_by_hand, one_atom)

# %% tags=["solution"]
counts_by_hand = [[1, 2, 0], [0, 1, 1], [1, 0, 1]]
check("t3.1", counts_by_hand, one_atom)

# %% [markdown] tags=["solution"]
# *For teachers.* Eight frames are seven transitions: let students check the sum. Forgetting the diagonal is the most
# frequent mistake; it makes every state look short-lived.

# %% [markdown]
# ## States of copper atoms, by a simple rule
#
# Counting does not care where the states come from. The paper finds them by clustering (tutorial 2). Here a rule is
# enough, so that everything takes seconds. It uses the number of nearest neighbors (*coordination*), averaged over 21
# frames because atoms vibrate, and LENS:
#
# - **fast**: LENS lies in the highest of three classes, whatever the structure. *k-means* makes the classes: it puts
#   three centers so that the values of LENS lie as near to one as possible;
# - **edge**: at most 8 neighbors;
# - **terrace**: more than 8 and at most 11 neighbors: the flat parts of the surface;
# - **inside**: more than 11 neighbors.
#
# (The next two cells take 20 seconds on two quiet cores.)

# %%
copper = find("cu211-sample")
trajectory = open_data_set(copper)
centers = sl.select_centers(trajectory, copper.centers)
interval = copper.interval  # ns between frames
delta = sl.smooth_lens(sl.lens(trajectory, r_cut=6.0, centers=centers), window=20)
shell = sl.first_minimum(sl.radial_distribution(trajectory))  # Angstrom: up to here reach the nearest neighbors
coordination = sl.coordination_numbers(trajectory, centers, shell)

# %%
names = ["inside", "terrace", "edge", "fast"]
steady = coordination.rolling(frame=21, center=True).mean().sel(frame=delta.frame)
labels = (steady <= 11).astype(int) + (steady <= 8)
classes = sl.lens_classes(delta, 3, interval, n_resamples=1)  # one resample: we need no intervals of the classes
labels = labels.where(classes.labels < 2, 3)
print(f"fast: LENS of at least {classes.table['lens_from'].iloc[-1]:.2f}")
table = plots.color_states(pd.DataFrame({"name": names, "kind": names}))
kinetics = sl.transitions(labels, names=names)
counts = kinetics["counts"].values
kinetics["counts"].to_pandas()

# %% [markdown]
# Most of the numbers stand on the diagonal: in 0.04 ns almost every atom stays what it is. Note how few transitions
# lead to *fast*.
#
# ## Probabilities
#
# Counts depend on how long we looked and on how many atoms there are. What we want to know of an atom in state $i$ is
# where it will be in the next frame: the probability $P_{ij} = C_{ij} / \sum_k C_{ik}$.
#
# ### Exercise t3.2
#
# Compute the matrix of probabilities from `counts`, a NumPy array.

# %% tags=["exercise"]
matrix = ...
check("t3.2", matrix, counts)

# %% tags=["solution"]
matrix = counts / counts.sum(axis=1, keepdims=True)
check("t3.2", matrix, counts)

# %% [markdown]
# The picture shows it in percent, rounded to 0.1 %. The small numbers are 95 % intervals, of which more below. Read it
# by rows.

# %%
plots.plot_matrix(kinetics, table, ax=plt.figure(figsize=(4.5, 4.5)).subplots())
plt.show()

# %% [markdown]
# ## How long does an atom stay?
#
# Suppose that a fast atom has the same chance to become slow in every frame, however long it has been fast. Then the
# probability to stay says everything.

# %%
stay = float(kinetics.matrix.sel(origin="fast", target="fast"))
print(f"A fast atom is still fast in the next frame, {interval} ns later, with probability {stay:.4f}.")

# %% [markdown]
# ### Exercise t3.3
#
# How long is an atom fast on average, in ns? Use `stay` and `interval`.

# %% tags=["exercise"]
mean_stay = ...
check("t3.3", mean_stay, stay, interval)

# %% tags=["solution"]
mean_stay = interval / (1 - stay)
check("t3.3", mean_stay, stay, interval)

# %% [markdown]
# The package measures the stays one by one (`residence_ns`). Those that begin before the trajectory or end after it are
# left out, because nobody knows how long they were. The last column is what you computed, for all states.

# %%
measured = sl.residence_times(labels, len(names), interval).set_axis(names)
from_matrix = interval / (1 - np.diag(kinetics.matrix))
measured[["residence_ns", "visits_complete", "visits_cut"]].assign(from_matrix_ns=from_matrix).round(2)

# %% [markdown]
# The two disagree. Your formula divides the time of *all* atoms in a state by the number of times that one left it, so
# the stays that were cut count as well. The measured stays lack the cut ones, and long stays are cut more often than
# short ones. So `residence_ns` is too short wherever `visits_cut` is large. For *inside* it is no estimate at all: no
# stay can be longer than the trajectory, 20 ns. For *fast* only 5 stays were cut, but they hold about a third of the
# time. The formula in turn holds only if atoms do not remember.

# %% [markdown]
# ### Does an atom remember?
#
# If the past does not matter, the probability to be in the same state after $k$ frames follows from the matrix of one
# frame: it is the diagonal of $P^k$ (lines below). It can also be counted directly, with a *lag* of $k$ frames
# (points).

# %%
lags = [1, 2, 4, 8, 16, 32, 64]
counted = [np.diag(sl.transition_matrix(sl.transition_counts(labels, len(names), lag=lag))) for lag in lags]
one_step = kinetics.matrix.values
ax = plt.figure(figsize=(6, 3.2)).subplots()
for state, color in enumerate(table["color"]):
    predicted = [np.linalg.matrix_power(one_step, lag)[state, state] for lag in lags]
    ax.plot(np.array(lags) * interval, predicted, color=color)
    ax.plot(np.array(lags) * interval, np.array(counted)[:, state], "o", color=color, label=names[state])
ax.set(xscale="log", xlabel="lag (ns)", ylabel="probability to be in the same state")
ax.legend()
plt.show()

# %% [markdown]
# Points above a line: atoms return to their state, or stay, more often than an atom without memory would. There are
# three reasons. An atom near a border between two states flickers to and fro, which counts as many transitions although
# nothing happens. We smoothed over 0.8 ns, so shorter lags mostly show the smoothing; a mean stay of 1 ns is not much
# longer. And atoms in one state are not alike: some fast atoms run for long, others stop soon. So a time that you read
# from one lag alone is not to be trusted.
#
# ## How certain is it?
#
# How certain is the probability that an edge atom becomes fast? If all frames of all
# atoms were independent, the answer would stand in every textbook. But one atom in two successive frames is nearly the
# same observation twice. So we *resample the atoms*: draw as many atoms as there are, with replacement, each with its
# complete history, count again, and repeat that a thousand times. The middle 95 % of the results are the interval.

# %%
step = kinetics.sel(origin="edge", target="fast")
p, n_edge = float(step.matrix), int(kinetics["counts"].sel(origin="edge").sum())
textbook = 1.96 * np.sqrt(p * (1 - p) / n_edge)
print(f"edge to fast: {int(step['counts'])} times, p = {100 * p:.3f} % in a frame")
print(f"as if all frames were independent: {100 * (p - textbook):.3f} to {100 * (p + textbook):.3f} %")
print(f"atoms resampled:                   {100 * float(step.low):.3f} to {100 * float(step.high):.3f} %")

# %% [markdown]
# ### Exercise t3.4
#
# You plan a new simulation and want to see about **ten** transitions from edge to fast. On average `atoms_in_edge`
# atoms are in the edges. How many frames do you need? Use `p` and `atoms_in_edge`.

# %%
atoms_in_edge = float((labels == names.index("edge")).sum("atom").mean())
print(f"{atoms_in_edge:.1f} atoms are in the edges on average.")

# %% tags=["exercise"]
n_frames = ...
check("t3.4", n_frames, p, atoms_in_edge, 10, interval)

# %% tags=["solution"]
n_frames = 10 / (p * atoms_in_edge)
check("t3.4", n_frames, p, atoms_in_edge, 10, interval)

# %% [markdown] tags=["solution"]
# *For teachers.* Let students compute the number of frames for 64 events, and compare it with this trajectory. Then ask
# how many independent events make p known to 1 %: ten thousand.

# %% [markdown]
# Do not expect exactly ten. Independent events fluctuate by the root of their number: 10 ± 3. Here it is more, because
# the same atoms flicker again and again.
#
# ## Chord diagrams, read and misread
#
# A chord diagram draws counts. Each state is an arc, as long as the number of transitions that start there. A ribbon
# joins two states; its width at each end is the number of transitions that leave there, and its color is that of
# the state that more atoms leave. On the left atoms that stay are counted, on the right they are not.

# %%
figure, panels = plt.subplots(1, 2, figsize=(9, 4.5))
for panel, with_stays in zip(panels, (True, False), strict=True):
    title = "staying included" if with_stays else "only changes"
    plots.plot_chord(counts, table, self_transitions=with_stays, title=title, ax=panel)
plt.show()

# %% [markdown]
# Misread on the left: "fast atoms do not matter, their arc is tiny, and nobody moves, the ribbons are hairlines." The
# arc is short because few atoms are fast, and almost every transition is to stay. Misread on the right: "the widest
# ribbon is the most likely change." It is the most *frequent* one, which also depends on how many atoms are there: edge
# to terrace is frequent, but a fast atom is eight times as likely to leave as an edge atom. Probabilities are in the
# matrix.
#
# ### Exercise t3.5
#
# Where do the fast atoms come from? Give the name of the state from which most atoms *enter* the state "fast".
# `kinetics.shares` may help: its dimensions are `origin` and `target`.

# %% tags=["exercise"]
origin = ...
check("t3.5", origin, kinetics, "fast")

# %% tags=["solution"]
origin = str(kinetics.shares.sel(target="fast").idxmax("origin").item())
check("t3.5", origin, kinetics, "fast")

# %% [markdown]
# Does the answer depend on what we call an edge? By our rule it is every slow atom with few neighbors, also one that
# rests on a terrace. Move the slider: how many neighbors may an edge atom have? The bars are the shares of the entries
# into *fast*, with their intervals.


# %%
def draw_origins(edge_below):
    """Where atoms that enter the fast state come from, with another rule for edges."""
    changed = ((steady <= 11).astype(int) + (steady <= edge_below)).where(labels < 3, 3)
    found = sl.transitions(changed, names=names, n_resamples=200).sel(target="fast", origin=names[:3])
    ends = found.shares - found.shares_low, found.shares_high - found.shares
    ax = plt.figure(figsize=(5, 2.8)).subplots()
    ax.bar(names[:3], found.shares, yerr=np.clip(ends, 0, 1), color=table["color"][:3], capsize=4)
    ax.set(ylim=(0, 1.05), ylabel="share of the entries into fast", title=f"edge: at most {edge_below} neighbors")
    return ax


sliders(draw_origins, edge_below=[6.5, 7.0, 7.5, 8.0, 8.5, 9.0, 9.5])

# %% [markdown]
# The answer hardly depends on it: with at most 6.5 neighbors nine of ten entries still come from the edges.
#
# At 8 the share is 1 and its interval has no width: resampling cannot see what never occurred. It does not mean that
# the answer is certain. If 64 independent entries hold no other case, up to 3/64, about 5 %, may still be others (the
# *rule of three*, with 95 % confidence).
#
# ## What you learned
#
# - Transitions are counted, staying included. Probabilities are counts divided by the sums of their *rows*.
# - A probability of one step gives a mean stay, if atoms do not remember. Compare lags to see whether they do.
# - Atoms are independent observations, frames are not. Resample atoms.
# - What is frequent is not what is likely. Ask first whether you want to know *where atoms go* (rows of the matrix) or
#   *where they come from* (columns, without those that stay).
#
# The study `01_cu211` asks the same questions of states that no rule gave, but the data.
