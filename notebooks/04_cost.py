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
# # What does it cost to add LENS to SOAP?
#
# A measure of motion beside the measure of structure shows what structure alone does not. Is it
# expensive? Crippa et al. (2023) say no: LENS costs about a tenth of SOAP, so that both together cost
# little more than SOAP. They give the numbers in two tables of the supplement; the main
# text states only this ratio and a few entries.
#
# **What you will see.** Tables S1 and S2 for our three trajectories:
#
# 1. how many principal components each system needs, with and without LENS: Table S1;
# 2. how much time and memory each step needs, from SOAP to clustering: Table S2;
# 3. how the cost grows with the number of atoms and of frames, and on what the ratio depends.
#
# **This is not the authors' computer**, and the data are described below. Numbers of components
# belong to a trajectory. Times belong to a machine and to a program. Ratios can be compared better than
# seconds, but they too compare programs, not methods. Times neither confirm nor refute a published number.

# %% tags=["parameters"]
copper: str = "cu211-sample"  # data set of 01_cu211
gold: str = "au309-sample"  # data set of 02_au_nanoparticle
water: str = "icewater-sample"  # data set of 03_ice_water
frames: int = 0  # frames: analyze only so many from the start; 0 for all
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
variance: float = 0.995  # share of the variance that the principal components must retain
frames_measured: int = 32  # frames: SOAP and LENS are timed on up to so many
points_measured: int = 40000  # points: clustering is timed on up to so many
repeats: int = 3  # measurements of short steps; the best one counts
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that compute spectra which no study has left behind; 0 for one per core

# %%
import os
import platform
import tempfile
from functools import partial

import numpy as np
import pandas as pd

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.study.cost import best_time, fit_powers, measure, rounded
from soaplens_lite.study.data import published
from soaplens_lite.study.sensitivity import attempt

study = sl.study.open("04_cost")
base = study.case_studies  # the parameters of each study
KEYS = {"SOAP": "soap", "SOAP&LENS": "joint"}  # as numbers are recorded
NAMES = {"copper": "Cu(211)", "gold": "Au-NP", "water": "ice/water"}
study.introduction()

# %% [markdown]
# ## The three systems
#
# Everything is as in the studies: the atoms that are analyzed, the radius, the smoothing, the
# smallest cluster. The spectra of all frames come from the cache if the studies were run before;
# otherwise they are computed.


# %%
def soap_of(name, trajectory, atoms, **options):
    """SOAP as the study of this system computes it."""
    basis = {"r_cut": base[name]["r_cut"], "n_max": n_max, "l_max": l_max, "species": study.data_sets[name].species}
    return sl.soap(trajectory, atoms, **basis | options)


def lens_of(name, trajectory, atoms):
    """LENS as the study of this system computes it, before smoothing."""
    return sl.lens(trajectory, base[name]["r_cut"], centers=atoms, n_jobs=1)


# %%
trajectories = {name: study.trajectory(name) for name in NAMES}
trajectories["water"] = sl.systems.water.without_massless_sites(trajectories["water"])
centers = {name: study.centers(trajectories[name], name) for name in NAMES}
spectra = {name: soap_of(name, trajectories[name], centers[name], n_jobs=n_jobs) for name in NAMES}
for name, array in spectra.items():
    for key, dim in {"frames": "frame", "centers": "atom", "soap_components": "feature"}.items():
        study.number(f"{name}.{key}", array.sizes[dim], note="of the spectra")
pd.DataFrame({NAMES[name]: dict(array.sizes) for name, array in spectra.items()}).rename_axis("number of")

# %% [markdown]
# ## Table S1: principal components
#
# SOAP keeps the fewest components that retain the wanted share of the variance. The joint data
# keep the fewest that retain *at least what SOAP then retains*, as in the paper. For ice and
# water the text gives numbers for 99 %; there both are counted at 99 %. The target of the
# copper study is 99.5 %. **Where the paper gives no target, 99.5 % is our choice.**
#
# At the same time we measure the cost: time, and *private* memory, which a process does not share.
# Spectra that are mapped from disk do not count, because the system can drop them at any time.


# %%
def put_together(data):
    """Every vector is put together once; returns their number."""
    return sum(len(block) for block in data.blocks())


def reduce(data, share):
    """Principal components and the coordinates along them."""
    pca = sl.fit_pca(data, variance=share)
    return pca, sl.project(data, pca)


# %%
costs, pca, scores = {}, {}, {}
for name in NAMES:
    costs[name, "LENS"] = measure(partial(lens_of, name, trajectories[name], centers[name]))
    smoothing = {"window": base[name]["lens_window"], "order": base[name]["lens_order"]}
    costs[name, "smoothing of LENS"] = measure(partial(sl.smooth_lens, costs[name, "LENS"].value, **smoothing))
    delta = costs[name, "smoothing of LENS"].value
    joint = sl.join(spectra[name], delta)
    costs[name, "joining"] = measure(partial(put_together, joint))
    costs[name, "PCA of SOAP"] = measure(partial(reduce, sl.structure_alone(spectra[name], delta), variance))
    pca[name, "SOAP"], _ = costs[name, "PCA of SOAP"].value
    costs[name, "PCA of SOAP&LENS"] = measure(partial(reduce, joint, pca[name, "SOAP"].attrs["variance_retained"]))
    pca[name, "SOAP&LENS"], scores[name] = costs[name, "PCA of SOAP&LENS"].value

# %% [markdown]
# Published numbers of components stand in the columns *paper*: for copper those that the authors'
# notebook prints for their trajectory, for ice and water those of the text.

# %%
in_notebook, in_text = published("cu211"), published("icewater")["text"]
printed = [plots.components_for(in_notebook[f"cumulative_variance_{key}"], 0.995) for key in ("soap", "joint")]
stated = [in_text[f"components_for_99_percent_{key}"] for key in ("soap", "joint")]
silent = ["not in the text"] * 2
cases = {("copper", variance): printed if variance == 0.995 else silent, ("gold", variance): silent}
cases |= {("water", 0.99): stated, ("water", variance): silent}
rows = []
for (name, share), known in cases.items():
    row, target, suffix = {("", "target"): f"{100 * share:g} %"}, share, "" if share == variance else "_for_99_percent"
    for (data, key), in_paper in zip(KEYS.items(), known, strict=True):
        cumulative = pca[name, data].cumulative_variance.values
        n_kept = plots.components_for(cumulative, target)
        retained = float(cumulative[n_kept - 1])
        target = retained if share == variance else share
        study.number(f"{name}.{key}.components{suffix}", n_kept, note="principal components that are kept")
        study.number(f"{name}.{key}.variance{suffix}", retained, note="share of the variance that they retain")
        row |= {(data, "components"): n_kept, (data, "variance"): f"{100 * retained:.2f} %", (data, "paper"): in_paper}
    rows.append(row)

# %%
table = pd.DataFrame(rows, index=pd.Index([NAMES[name] for name, _ in cases], name="system"))
table.columns = pd.MultiIndex.from_tuples(table.columns)
note = "SOAP&LENS retains at least what SOAP retains, or the target of 99 %. Paper: for the paper's trajectories."
study.save_table("tables1", table, [note])

# %% [markdown]
# LENS adds one component to many. Whether the joint data then need more or fewer principal
# components depends on the share of LENS in their variance: where LENS varies much, the
# first components describe LENS, and the many small ones of SOAP count less.
#
# ## How the cost grows
#
# From here on SOAP is computed anew, with an empty cache and in one process, and so is LENS. SOAP is
# timed once. LENS takes a short time; it is timed several times, and the best time counts. Other work of the
# machine makes times longer, above all the single ones.


# %%
def fresh_soap(name, trajectory, atoms, **options):
    """SOAP with an empty cache."""
    with tempfile.TemporaryDirectory() as folder:
        soap_of(name, trajectory, atoms, n_jobs=1, cache_folder=folder, **options)


def times_of(name, trajectory, atoms, size):
    """Rows for the picture: the times of SOAP and LENS at a size."""
    costs[name, "SOAP"] = measure(partial(fresh_soap, name, trajectory, atoms))
    lens_seconds = best_time(partial(lens_of, name, trajectory, atoms), repeats=repeats)
    seconds = {"SOAP": costs[name, "SOAP"].seconds, "LENS": lens_seconds}
    return [{"system": NAMES[name], "step": step, "size": size, "cost": cost} for step, cost in seconds.items()]


fresh_soap("gold", trajectories["gold"].isel(frame=[0]), centers["gold"])  # Imports are then not timed.
measured = {name: min(frames_measured, trajectories[name].sizes["frame"]) for name in NAMES}  # frames

# %% [markdown]
# ### With the number of atoms
#
# Copper and ice/water are periodic: copies of the system stand side by side in a larger cell, so that
# every atom keeps its surroundings. The gold particle has no cell and is not copied.

# %%
rows = []
for name in NAMES:
    few, periodic = trajectories[name].isel(frame=slice(2)), trajectories[name].periodic
    places, n_atoms = few.indexes["atom"].get_indexer(centers[name]), few.sizes["atom"]
    for copies in (1, 2, 4) if periodic else (1,):
        larger = sl.trajectory.supercell(few, (1, copies, 1)) if periodic else few
        atoms = [place + copy * n_atoms for copy in range(copies) for place in places]
        rows += times_of(name, larger, atoms, len(atoms))
by_atoms = pd.DataFrame(rows)
label = {"xlabel": "analyzed atoms", "ylabel": "time for 2 frames (s)", "powers": fit_powers(by_atoms)}
study.panel("cost_atoms", plots.plot_costs, by_atoms, **label, size=(130, 62))

# %% [markdown]
# ### With the number of frames

# %%
rows = []
for name in NAMES:
    for n_frames in (measured[name] // 4, measured[name] // 2, measured[name]):
        rows += times_of(name, trajectories[name].isel(frame=slice(n_frames)), centers[name], n_frames)
by_frames = pd.DataFrame(rows)
study.panel("cost_frames", plots.plot_costs, by_frames, powers=fit_powers(by_frames), xlabel="frames", size=(130, 62))

# %%
powers = pd.DataFrame({"atoms": fit_powers(by_atoms), "frames": fit_powers(by_frames)})
for kind, times in (("atoms", by_atoms), ("frames", by_frames)):
    known = powers[kind].dropna()
    known = known.rename_axis(["system", "step"]).rename("power").reset_index()
    study.number(f"power.{kind}", known, note="with which the time grows")
    study.number(f"times.{kind}", times, "s", "one process")
powers.style.format(precision=2, na_rep="–")

# %% [markdown]
# Where twice the atoms or frames cost twice as much, the power is 1. It may be
# smaller for short computations, because of the time to set them up: SOAP is computed in blocks of few frames and
# prepares its basis for each of them. The vertical distance between the two lines of a system is the ratio of their
# costs. The table gives the powers. On what else does the ratio depend?
#
# ### With the length of a spectrum
#
# LENS counts neighbors and needs no basis. SOAP expands their density in `n_max` radial functions
# and spherical harmonics up to `l_max`. The paper takes eight of each.
#
# **How to choose.** For one species a spectrum has `n_max` (`n_max` + 1) / 2 · (`l_max` + 1) components, and time and
# disk space grow with it. A small basis is a good start for your own data. Raise it until the states, not the spectra,
# stop changing: the picture says what each step costs. `frames_measured` and `points_measured` bound the time of *this*
# notebook. Larger ones give better estimates.

# %%
rows = []
for name in NAMES:
    few = trajectories[name].isel(frame=slice(measured[name] // 4))
    seconds = best_time(partial(lens_of, name, few, centers[name]), repeats=repeats)
    for size in (*(n for n in (2, 4, 6) if n < n_max), n_max):
        spent = best_time(partial(fresh_soap, name, few, centers[name], n_max=size, l_max=size), repeats=1)
        rows.append({"system": NAMES[name], "step": "ratio", "size": size, "cost": spent / seconds})
by_basis = pd.DataFrame(rows)
study.number("soap_over_lens.basis", by_basis, note="n_max = l_max = size")
paper = study.published["text"]["soap_over_lens"]
label = {"xlabel": "n_max = l_max", "ylabel": "time of SOAP / time of LENS"}
label |= {"level": (paper, f"the paper: about {paper}"), "size": (115, 62)}
study.panel("cost_basis", plots.plot_costs, by_basis, **label)

# %% [markdown]
# ## Table S2: time and memory
#
# SOAP and LENS are timed on the largest number of frames above: the same atoms and frames, one process each, from
# positions to spectra and from positions to the raw values. Both times are scaled to all frames in
# proportion. **The ratio of SOAP and LENS is that of these two lines of the table.** The smoothing of LENS has a line
# of its own, and so has joining.
#
# Clustering is timed on samples of the points, evenly spaced in time. Its time is scaled to
# all points with the fitted power, if that is above 1; its memory in proportion to the points.


# %%
def cluster(name, points):
    """Clusters as the study of this system finds them."""
    if name == "water":
        return sl.states.gmm(points, base[name]["n_components"], n_starts=base[name]["n_starts"], seed=seed)
    # With few points all may be noise: an error, but the search took place.
    return attempt(sl.states.hdbscan_soft, points, min_cluster_size=base[name]["min_cluster_size"])


# %%
rows = []
for name in NAMES:
    points = sl.descriptors.to_samples(scores[name])
    for size in (min(points_measured, len(points)) // part for part in (4, 2, 1)):
        sample = points[np.linspace(0, len(points) - 1, size).astype(int)]
        spent = costs[name, "clustering"] = measure(partial(cluster, name, sample))
        rows.append({"system": NAMES[name], "step": "clustering", "size": size, "cost": spent.seconds})
by_points = pd.DataFrame(rows)
cluster_powers = fit_powers(by_points)
study.number("times.points", by_points, "s", "of clustering")
systems, powers = [system for system, _ in cluster_powers], list(cluster_powers.values())
study.number("power.points", {"system": systems, "power": powers}, note="with which the time of clustering grows")
study.panel("cost_clustering", plots.plot_costs, by_points, powers=cluster_powers, xlabel="points", size=(125, 60))

# %% [markdown]
# Times are rounded to three digits *before* anything is computed from them, so that the table can be
# checked with a pocket calculator. The measurement is not more precise.


# %%
def whole_study(name, step):
    """Seconds and bytes of a step for all frames of a system."""
    seconds, size = costs[name, step].seconds, costs[name, step].bytes
    if step in ("SOAP", "LENS"):
        timed = by_frames[(by_frames.system == NAMES[name]) & (by_frames.step == step)]
        seconds = timed.cost.iloc[-1] * trajectories[name].sizes["frame"] / measured[name]
    if step == "clustering":
        larger = scores[name][..., 0].size / by_points[by_points.system == NAMES[name]]["size"].max()
        power = max(1.0, cluster_powers.get((NAMES[name], "clustering"), 1.0))
        seconds, size = seconds * larger**power, size * larger
    key = step.lower().replace(" ", "_").replace("&", "_")
    study.number(f"{name}.{key}.seconds", rounded(seconds), "s", "for all frames of the study")
    study.number(f"{name}.{key}.memory", size, "bytes", "rise of private memory at the peak")
    return rounded(seconds), size


STEPS = ["SOAP", "LENS", "smoothing of LENS", "joining", "PCA of SOAP", "PCA of SOAP&LENS", "clustering"]
whole = {(name, step): whole_study(name, step) for name in NAMES for step in STEPS}

# %% [markdown]
# To compare the systems, the times of SOAP and LENS are also given per atom and frame.

# %%
cells, learned = {}, {}
for name, title in NAMES.items():
    n_frames, n_atoms = spectra[name].shape[:2]
    soap, lens, smoothing, joining, *_, clustering = (whole[name, step][0] for step in STEPS)
    ratio, added = soap / lens, (lens + smoothing + joining) / soap
    study.number(f"{name}.soap_over_lens", ratio, note="time for the same atoms and frames, one process each")
    study.number(f"{name}.joint_over_soap", 1 + added, note="SOAP, LENS, its smoothing and joining over SOAP")
    times = {step: f"{whole[name, step][0]:.3g} s" for step in STEPS} | {"SOAP over LENS": f"{ratio:.0f} ×"}
    times |= {f"{s}, per atom and frame": f"{whole[name, s][0] / n_atoms / n_frames * 1e6:.3g} µs" for s in STEPS[:2]}
    heading = f"{title}, {n_frames} frames, {n_atoms} atoms"
    cells[heading, "time"] = times
    cells[heading, "memory"] = {step: f"{whole[name, step][1] / 1e6:.0f} MB" for step in STEPS}
    learned[title] = [f"{ratio:.0f}", f"{added:.1%}", f"{clustering / soap:.1f}"]

# %%
notes = [
    f"SOAP, LENS: {frames_measured} frames at most, in one process; clustering: {points_measured} points at most.",
    f"SOAP, LENS and clustering are scaled to all frames. LENS: the best of {repeats}. In the paper: about {paper} ×.",
    f"Joining: all vectors put together once. PCA: with projection, on {os.cpu_count()} cores.",
    "Memory: rise of private memory at the peak, for LENS on all frames; spectra lie on disk.",
]
study.number("machine.platform", platform.platform(), note="on which times were measured")
study.number("machine.cores", os.cpu_count(), note="of this machine")
order = [*STEPS[:2], "SOAP over LENS", *STEPS[2:], "SOAP, per atom and frame", "LENS, per atom and frame"]
study.save_table("tables2", pd.DataFrame(cells, index=pd.Index(order, name="step")).fillna(""), notes)

# %% [markdown]
# ## What we learned
#
# For each system: how many times longer SOAP takes than LENS (in the paper: about ten times); what LENS, its
# smoothing and joining add to the time of SOAP; and how many times longer clustering takes than SOAP in one process.
# How many components they need is in Table S1.

# %%
pd.DataFrame(learned, index=["SOAP over LENS", "added to SOAP", "clustering over SOAP"])

# %% [markdown]
# And the factor between SOAP and LENS with shorter spectra:

# %%
by_basis.pivot(index="size", columns="system", values="cost").rename_axis("n_max = l_max").style.format("{:.0f}")

# %% [markdown]
# The cost of LENS beside SOAP is a ratio of two programs. Ours counts common neighbors with sparse
# matrices, and this does not depend on the basis of SOAP, so that the ratio depends on the length of
# the spectra. What follows, above all the clustering, may take longer than both: the table above says
# whether it does.

# %%
study.finish()
