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
# # Tutorial 1: What do SOAP and LENS see?
#
# An atom in a material has surroundings. We want to describe them by numbers, so that a computer can compare them.
# There are two questions to ask: *how* are the neighbors arranged, and *who* are they? SOAP answers the first one, LENS
# the second. In this tutorial you compute LENS by hand, try both on small systems whose answer you know, and then look
# at a real atom on a copper surface.
#
# **You need** Python, and an idea of what a molecular dynamics trajectory is. **It takes** 30 to 60 minutes.
#
# **Exercises** look like this: `answer = ...`. Replace the dots, run the cell, and read the reply. A wrong answer costs
# nothing: the reply says what is wrong. The second wrong answer brings a hint, and the third a further one.

# %%
import matplotlib.pyplot as plt
import numpy as np
from ase.build import add_adsorbate, bulk, fcc100
from scipy.spatial.transform import Rotation

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.descriptors import displacements
from soaplens_lite.study.data import find, open_data_set
from soaplens_lite.teaching import check, sliders

# %% [markdown]
# ## LENS by hand
#
# Five atoms lie in a plane. Two snapshots of them, one after the other, are the smallest trajectory there is. The
# circle around atom 0 has the radius `r_cut`. Atoms whose center lies inside are its *neighbors*; atom 0 itself is not.

# %%
r_cut = 3.0  # Angstrom
before = [[0, 0, 0], [2, 0, 0], [-1, 2, 0], [-2, -1, 0], [4, 2, 0]]  # x, y, z in Angstrom of atoms 0 to 4
after = [[0, 0, 0], [2, 1, 0], [-2, 3, 0], [-4, -1, 0], [1.5, -1.5, 0]]
five = sl.make_trajectory([before, after], ["Cu"] * 5)

figure, panels = plt.subplots(1, 2, figsize=(7, 3.2), sharex=True, sharey=True)
for panel, frame in zip(panels, five.frame.values, strict=True):
    panel.add_patch(plt.Circle((0, 0), r_cut, fill=False, linestyle="--"))
    for atom, (x, y, _) in enumerate(five.positions.sel(frame=frame).values):
        panel.plot(x, y, "o", color="#c4560b")
        panel.annotate(atom, (x, y), xytext=(5, 4), textcoords="offset points")
    panel.set(title=f"frame {frame}", xlim=(-5, 5), ylim=(-4, 4), xlabel="x (Å)", aspect="equal")
panels[0].set_ylabel("y (Å)")
plt.show()
# %% [markdown]
# LENS (*Local Environments and Neighbors Shuffling*) is the share of its neighbors that an atom exchanges between two
# frames. With the sets of neighbors $N_i(t)$ and $N_i(t+\Delta t)$ of atom $i$:
#
# $$\delta_i = \frac{\text{number of atoms in exactly one of the two sets}}{\text{size of } N_i(t) + \text{size of }
# N_i(t+\Delta t)}$$
#
# It is 0 if the neighbors are the same, and 1 if all of them are others.
#
# ### Exercise t1.1
#
# Read the neighbors of atom 0 from the picture. What is its LENS?

# %% tags=["exercise"]
answer = ...
check("t1.1", answer, five, r_cut)

# %% tags=["solution"]
answer = 3 / 5  # before: 1, 2, 3; after: 1, 4. Atoms 2, 3, 4 are in one set only.
check("t1.1", answer, five, r_cut)

# %% [markdown] tags=["solution"]
# *For teachers.* The usual mistake is to divide by the number of *different* neighbors (4). Let students say in words
# what the denominator counts: each neighbor that stays is counted twice. (This is Dice's dissimilarity.)

# %% [markdown]
# ### Exercise t1.2
#
# Write LENS as a function of two Python sets. Assume that they are not both empty.


# %% tags=["exercise"]
def my_lens(before, after):
    """Share of the neighbors that is exchanged, from the sets of neighbors at two times."""
    return ...


check("t1.2", my_lens)


# %% tags=["solution"]
def my_lens(before, after):
    """Share of the neighbors that is exchanged, from the sets of neighbors at two times."""
    return len(before ^ after) / (len(before) + len(after))


check("t1.2", my_lens)

# %% [markdown]
# The package finds the neighbors and computes LENS of all atoms at once. The result has labels: the frame in which the
# interval begins, and the atom.

# %%
delta = sl.lens(five, r_cut)
delta.sel(frame=0).to_series()

# %% [markdown]
# Here is LENS of atom 0 again. Check the others in the picture, too; every atom has a circle of its own. Atoms 2 and 3
# have LENS 1: each of them lost its only neighbor, atom 0. Atom 4 keeps one neighbor, atom 1, and gains atom 0: 1/3.
#
# ## SOAP in one paragraph
#
# Put a small Gaussian cloud on every neighbor. The sum of the clouds is a density $\rho(\mathbf r)$ around the center.
# It is written as a sum of radial functions (numbered $n$) times spherical harmonics (numbered $l, m$), with
# coefficients $c_{nlm}$. The numbers
#
# $$p_{nn'l} \propto \sum_m c^*_{nlm}\, c_{n'lm}$$
#
# are the *spectrum*. The sum over $m$ makes it independent of the direction from which one looks. All atoms
# of one element have the same cloud, so the spectrum does not know their names. For one element and
# `n_max = l_max = 8` it has 324 numbers; we divide it by its length. The distance between two
# spectra tells how much two surroundings differ.

# %% [markdown]
# ## Five events whose answer you know
#
# We look at one atom in a copper crystal, the *center*, before and after an event. For LENS neighbors are the atoms
# within 3 Å: in the crystal these are the 12 nearest ones. SOAP looks a bit farther here, 4 Å.
#
# - **a** The whole crystal turns in space.
# - **b** Two neighbors of the center exchange their places.
# - **c** A neighbor of the center and an atom far outside the radius exchange their places.
# - **d** Here the center is surrounded by six atoms in a flat ring, a hexagon. The ring folds to an octahedron. All six
#   keep their distance from the center.
# - **e** Here the center is a single atom on the surface of a crystal. It sits above four atoms and steps to the next
#   place of the same kind.
#
# ### Exercises t1.3 and t1.4: predict
#
# Before you compute anything: for which events is **LENS** of the center larger than zero? For which does its **SOAP**
# spectrum change? Write the letters, `"abc"` for instance.

# %% tags=["exercise"]
lens_sees = ...
check("t1.3", lens_sees)

# %% tags=["exercise"]
soap_sees = ...
check("t1.4", soap_sees)

# %% tags=["solution"]
check("t1.3", "ce")

# %% tags=["solution"]
check("t1.4", "d")

# %% [markdown]
# ### The experiment
#
# The crystal is a ball of copper around the center. The surface is that of fcc(100) with one atom on top.

# %%
block = bulk("Cu", cubic=True).repeat(7).positions
block = block - block[np.argmin(np.linalg.norm(block - block.mean(axis=0), axis=1))]  # an atom at the origin
ball = block[np.linalg.norm(block, axis=1) < 11]
distance = np.linalg.norm(ball, axis=1)
center, *shell = np.argsort(distance)[:13].tolist()
outsider = int(distance.argmax())
turned = Rotation.from_euler("xyz", [10, 20, 40], degrees=True).apply(ball)


def exchange(first, second):
    """Positions of the ball after two atoms have exchanged their places."""
    places = np.arange(len(ball))
    places[[first, second]] = second, first
    return ball[places]


# %%
angles = np.radians([0, 60, 120, 180, 240, 300])
ring = 2.55 * np.transpose([np.cos(angles), np.sin(angles), 0 * angles])  # Angstrom
octahedron = 2.55 * np.vstack([np.eye(3), -np.eye(3)])
folding = [np.vstack([[0, 0, 0], neighbors]) for neighbors in (ring, octahedron)]

surface = []
for column in (3, 4):
    slab = fcc100("Cu", (8, 8, 5), vacuum=10)
    add_adsorbate(slab, "Cu", height=1.8, position="hollow", offset=(column, 3))
    surface.append(slab.positions)

events = {
    "a: the crystal turns": ([ball, turned], center),
    "b: two neighbors exchange": ([ball, exchange(shell[0], shell[1])], center),
    "c: neighbor and outsider exchange": ([ball, exchange(shell[0], outsider)], center),
    "d: the ring folds": (folding, 0),
    "e: an atom steps over the surface": (surface, len(slab) - 1),
}

# %%
changes = {}
for event, (frames, atom) in events.items():
    toy = sl.make_trajectory(frames, ["Cu"] * len(frames[0]))
    spectra = sl.soap(toy, [atom], r_cut=4.0, n_jobs=1).sel(atom=atom).values
    changes[event] = [sl.lens(toy, 3.0).sel(atom=atom, frame=0).item(), np.linalg.norm(spectra[1] - spectra[0])]

figure, panels = plt.subplots(1, 2, figsize=(8, 2.4), sharey=True)
titles = "LENS", "distance of the SOAP spectra"
for panel, values, title in zip(panels, np.transpose(list(changes.values())), titles, strict=True):
    panel.bar_label(panel.barh(list(changes), values), fmt="%.2f", padding=3)
    panel.set(title=title, xlim=(0, 1.3 * values.max()))
panels[0].invert_yaxis()
plt.show()

# %% [markdown]
# Compare with your predictions.
#
# - LENS sees **c** and **e**: a neighbor is within the radius at one time only. In **e** two of the four neighbors
#   stay, two leave and two enter, so LENS is (2 + 2) / (4 + 4).
# - SOAP sees **d**: the neighbors stay, but they are arranged in another way. LENS cannot see it.
# - Neither sees **a** and **b**. They should not: turning the crystal, or exchanging two names within the sphere,
#   changes nothing that matters.
#
# Event **e** is why this package exists. An atom that runs over a surface finds the same structure at every place. Its
# SOAP spectrum before the step and after it is the same, as if it had never moved. LENS knows that it moved.
#
# ## A real atom
#
# Our sample is a stepped copper surface at 700 K, one frame every 0.04 ns. Its entry in the list of data sets, `find`,
# says which atoms are analyzed: those of the upper side. We read frames 120 to 319. (A few seconds.)

# %%
copper = find("cu211-sample")
trajectory = open_data_set(copper, n_frames=320).sel(frame=slice(120, None))
centers = sl.select_centers(trajectory, copper.centers)
raw = sl.lens(trajectory, r_cut=6.0, centers=centers)
delta = sl.smooth_lens(raw, window=20)
print(f"{trajectory.sizes['frame']} frames, {trajectory.sizes['atom']} atoms, {len(centers)} of them analyzed")

# %% [markdown]
# Atoms vibrate. A neighbor near the radius comes and goes, and LENS jumps up and down although nothing happens. So
# LENS is smoothed: a parabola is fitted to the values in a window of 20 frames, and its value in the middle is taken.
# Half a window is lost at either end.
#
# ### Exercise t1.5
#
# Which atom has the highest smoothed LENS *on average* over the frames? Give its label. `delta` is an array of
# xarray with the dimensions `frame` and `atom`; `delta.mean("frame")` averages over the frames.

# %% tags=["exercise"]
fast_atom = ...
check("t1.5", fast_atom, delta)

# %% tags=["solution"]
fast_atom = int(delta.mean("frame").idxmax("atom"))
check("t1.5", fast_atom, delta)

# %% [markdown] tags=["solution"]
# *For teachers.* Many give the place in the array (argmax): 903, because half of the atoms are not analyzed. It is a
# good moment to say why labels are safer: after a selection places change and labels do not. Others give the atom with
# the highest single value. The atom is one of four that were put on the terraces at the start.

# %% [markdown]
# What happened to your atom when its *raw* LENS, the one before smoothing, was highest? (Until your answer is right,
# you see another atom here: the first one with the highest raw value of all.) The upper
# figure shows which of its neighbors stayed, left and entered. If none stayed, the atom ran farther than its
# surroundings reach, within one interval of 0.04 ns. The lower figure shows the surroundings before that as SOAP sees
# them: a density without names, and its spectrum. The root, $\pm\sqrt{|p|}$, makes small components visible.

# %%
atom = int(fast_atom if check("t1.5", fast_atom, delta) else raw.isel(raw.argmax(...)).atom)
frame = int(raw.sel(atom=atom).idxmax("frame"))
around = []
for when in (frame, frame + 1):
    neighbors = sl.find_neighbors(trajectory.sel(frame=[when]), 6.0, atoms=centers).of(atom, when)
    around.append((neighbors, displacements(trajectory, atom, neighbors, when)))
plots.plot_what_lens_sees(atom, *around, 6.0, times=trajectory.time.sel(frame=[frame, frame + 1]).values)
plt.show()
# %%
spectrum = sl.soap(trajectory.sel(frame=[frame]), [atom], r_cut=6.0, n_jobs=1).values[0, 0]
plots.plot_what_soap_sees(around[0][1], spectrum, 6.0)
plt.show()

# %% [markdown]
# ### What if you had chosen another radius?
#
# Move the sliders. The line is LENS of this atom, the grey band holds nine tenths of all other atoms. A good radius and
# a good window let the line rise far above the band when the atom moves. With a small radius there are few neighbors,
# and each that comes or goes is a large step. With a large radius the few neighbors that change hardly count among the
# many that stay. A wide window removes noise, but it also flattens short events. (Each step takes some seconds.)


# %%
def draw_lens(r_cut, window):
    """LENS of one atom beside that of the others, against time."""
    nearby = sl.lens(trajectory, r_cut=r_cut, centers=centers, n_jobs=1)
    smooth = sl.smooth_lens(nearby, window=window) if window > 1 else nearby
    ax = plt.figure(figsize=(6, 2.8)).subplots()
    ax.fill_between(smooth.time, *smooth.quantile([0.05, 0.95], "atom"), color="#c8ccd0", label="90 % of the atoms")
    ax.plot(smooth.time, smooth.sel(atom=atom), label=f"atom {atom}")
    ax.set(xlabel="time (ns)", ylabel="LENS", ylim=(0, 1), title=f"r_cut = {r_cut} Å, window = {window} frames")
    ax.legend()
    return ax


sliders(draw_lens, r_cut=[3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0], window=[1, 5, 20, 41, 61])

# %% [markdown]
# ## What you learned
#
# - LENS compares *who* the neighbors are at two times. SOAP compares *how* they are arranged.
# - Each is blind to what the other sees. An atom that runs over a surface has the same structure everywhere; a ring
#   that folds keeps its neighbors.
# - Both need a radius, and LENS a window of time. There is no right value, but there are bad ones, and you can see
#   them.
#
# The next tutorial takes the spectra of all atoms at all times and asks which different surroundings there are.
