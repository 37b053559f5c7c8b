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
# # What moves in your trajectory, and in which surroundings?
#
# The other notebooks know their systems. This one does not: it takes any trajectory of atoms, beads or colloids, and
# measures in the data what the paper has as constants. It is no part of the paper: `make reproduce` does not run it.
#
#     soaplens run 06_your_trajectory --trajectory run.xtc --topology run.gro --centers "name PO4"
#
# **What you will see.**
#
# 1. a cutoff from the radial distribution function;
# 2. LENS: which particles exchange their neighbors, and what the sampling interval does to it;
# 3. states of SOAP alone and of SOAP with LENS, if there are any. *One state is a result, too*;
# 4. a summary.
#
# Without a trajectory of yours it runs on a crystal of palladium in which twelve hydrogen atoms hop between
# the gaps. There it is known which atoms are fast, so that you can see whether the analysis finds them.

# %% tags=["parameters"]
data: str = "hydrogen-sample"  # data set of the registry, or a TOML file that describes your own
frames: int = 0  # frames: analyze only so many from the start; 0 for all
r_cut: float = 0.0  # as the data: radius of the surroundings; 0 for a minimum of g(r)
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
lens_window: int = 10  # frames: window of the Savitzky-Golay smoothing of LENS
lens_order: int = 2  # order of the smoothing polynomial, below lens_window
lens_classes: int = 2  # classes into which LENS alone is divided
variance: float = 0.995  # share of the variance that the principal components must retain
sigma: float = 0.0  # Angstrom: width of the Gaussians of SOAP; 0 for 0.4 of the distance of nearest neighbors
surroundings: str = "choose"  # what SOAP describes: all particles, centers alone; choose: all, if of 3 species or fewer
method: str = "choose"  # clustering; choose: gmm if hdbscan finds no peaks
min_cluster_size: int = 100  # points: smallest cluster of HDBSCAN
most_components: int = 6  # Gaussians that a mixture may have
merge_cut: float = 1.0  # correlation distance below which micro-clusters become one state
bootstrap: int = 200  # resamples of the atoms for confidence intervals
export_stride: int = 5  # frames: every how many one is exported for other programs; 0 for none
seed: int = 0  # of everything that draws random numbers
n_jobs: int = 0  # processes that work side by side; 0 for one per core
palette: str = "default"  # colors: default, which every reader can tell apart, or paper, as published

# %%
import numpy as np
import pandas as pd
import xarray as xr
from IPython.display import Markdown, display

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.states import find_any_states, shares_among_states
from soaplens_lite.study import guidance

study = sl.study.open("06_your_trajectory")
resampling = {"n_resamples": bootstrap, "seed": seed}

# %% [markdown]
# ## The trajectory
#
# Before the run, a table said what was read from the files, what you stated, and what was guessed. Look at it once
# more: a wrong element or interval makes everything below wrong.

# %%
trajectory = study.trajectory()
centers = study.centers(trajectory)
interval, time_unit = study.data.interval, study.units.time
kinds = trajectory.species.sel(atom=centers)
about = f"{len(centers)} centers in {trajectory.sizes['frame']} frames, one every {interval:g} {time_unit}."
if "length_unit" in trajectory.attrs:
    about += f" A length of 1 ({study.units.length}) is {trajectory.length_unit:g} Å."
display(Markdown(f"**{study.data.title}.** {about}"))
pd.Series(kinds.values).value_counts().rename("centers of each species").to_frame()

# %% [markdown]
# ## A cutoff
#
# The neighbors of a particle are the centers within `r_cut`. A good radius lies in a minimum of the radial
# distribution function, between two shells: there the fewest particles cross it by vibrating. The first minimum with
# ten neighbors is taken: with fewer, LENS has few values. A larger radius makes LENS smoother and less local.

# %%
radius, g, cutoff = guidance.choose_cutoff(trajectory, centers, r_cut)
study.number("r_cut", radius, study.units.length, "radius of the surroundings")
study.panel("radial_distribution", plots.plot_radial_distribution, g, radius, size=(90, 60))
Markdown(cutoff)

# %% [markdown]
# ## LENS: who exchanges neighbors?
#
# LENS is the share of its neighbors that a particle exchanges from one frame to the next: 0 for none, 1 for all. It
# depends on the interval between frames. The table shows its mean as if frames had been written less often.

# %%
by_interval = guidance.lens_by_interval(trajectory, centers, radius, interval, n_jobs)
sampling = guidance.sampling_advice(by_interval)
study.number("lens.by_interval", by_interval, time_unit, "mean LENS if frames had been written less often")
display(Markdown(sampling))
shown = by_interval.rename(columns={"interval": f"interval ({time_unit})", "mean_lens": "mean LENS"})
shown.style.format(precision=4).hide()

# %% [markdown]
# ### Which particles are fast?
#
# First by the mean of each particle over all frames. If the halves of the trajectory agree about it, the particles
# differ by what they are or where they are; if not, events come and go.

# %%
raw_delta = sl.lens(trajectory, radius, centers=centers, n_jobs=n_jobs)
is_fast, lasting = guidance.fast_particles(raw_delta, seed=seed)
names = guidance.names_of(trajectory, centers)
by_name = guidance.lens_by_name(raw_delta, is_fast, names)
study.number("lens.mean", float(raw_delta.mean()), note="not smoothed")
study.number("lens.fast_particles", is_fast.atom.values[is_fast.values], note="by their mean over all frames")
study.number("lens.by_name", by_name, note="mean LENS of the particles of each name")
who = guidance.fast_names(by_name)
display(Markdown(f"{lasting} {who}"))
by_name.rename(columns={"mean_lens": "mean LENS"}).style.format(precision=4).hide()

# %% [markdown]
# ### When are they fast?
#
# LENS of each frame, smoothed. k-means divides all values into classes, from slow to fast. It always finds as many as
# it is asked for: look at the distribution at the right whether there is more than one hump.

# %%
delta = sl.smooth_lens(raw_delta, window=lens_window, order=lens_order)
differs = len(np.unique(delta)) >= lens_classes
lens_alone = study.color(sl.lens_classes(delta, lens_classes, interval, **resampling)) if differs else None
picture = {"trajectory": trajectory.sel(atom=centers), "frame": {"last": int(delta.frame[-1])}}
picture |= {"radius": 0.35 * float(g.idxmax()), "view": plots.view_of(picture["trajectory"])}
window = "LENS hardly differs, so that there are no classes of it."
if lens_alone:
    window = guidance.window_advice(lens_alone.table, lens_window, interval, time_unit)
    study.lens_figure("dynamics", delta, lens_alone, called="particle", snapshot=picture)
Markdown(window)

# %% [markdown]
# ## SOAP, and both in one vector
#
# SOAP describes how particles around a center are arranged. Each is a Gaussian of the width `sigma`. Particles that
# are not atoms have their names as species. Without another `sigma`, it is 0.4 of the distance of nearest neighbors.
# Lengths are scaled until it is 1 Angstrom, for which the radial functions are made: that changes no other thing.

# %%
seen, described = guidance.surroundings_of(trajectory, centers, surroundings)
width, sigma_is = guidance.choose_sigma(seen, sigma)
study.number("sigma", width, "Angstrom", "width of SOAP's Gaussians")
display(Markdown(f"{described} {sigma_is}"))
in_sigma = seen.attrs.get("length_unit", 1.0) / width
basis = {"r_cut": radius, "n_max": n_max, "l_max": l_max, "length_unit": in_sigma}
spectra = sl.soap(seen, centers, **basis, n_jobs=n_jobs)
vectors = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}

# %% [markdown]
# ## States
#
# HDBSCAN looks for separate peaks of density among the points. Where there are none, a mixture of Gaussians is tried.
# Clusters that exchange their particles quickly become one state, as in the paper.
# States are ordered by their mean LENS and described by what can be measured in any system: LENS, the number of
# neighbors, and the share of each species. What they *are* is for you to say: look at them in the exported file.

# %%
settings = {"method": method, "variance": variance, "min_cluster_size": min_cluster_size}
settings |= {"most_components": most_components, "cut": merge_cut, "n_jobs": n_jobs, **resampling}
found = {name: find_any_states(features, delta, **settings) for name, features in vectors.items()}
values = {"mean_lens": delta, "neighbors": sl.coordination_numbers(trajectory.sel(atom=centers), centers, radius)}
if len(set(kinds.values)) > 1:
    values |= {f"share of {kind}": xr.ones_like(delta) * (kinds == kind) for kind in sorted(set(kinds.values))}
soap, joint = (
    study.color(sl.measure_states(states, values, interval, **resampling)) if states else None
    for states, _ in found.values()
)
study.number("soap.n_states", len(soap.table) if soap else 1, note="1: all points are one state")
study.number("joint.n_states", len(joint.table) if joint else 1, note="1: all points are one state")

# %% [markdown]
# ### SOAP alone

# %%
display(Markdown(found["SOAP"][1]))
if soap:
    study.figure("soap", soap, snapshot=picture, cut=merge_cut)
study.show_states(soap) if soap else None

# %% [markdown]
# ### SOAP and LENS

# %%
display(Markdown(found["SOAP&LENS"][1]))
if joint:
    study.figure("joint", joint, snapshot=picture, cut=merge_cut)
study.show_states(joint) if joint else None

# %% [markdown]
# What does LENS add? First, where SOAP alone puts the points of the fastest joint state. Then the states from which
# particles enter it: the structures in which fast motion begins.

# %%
taken_for = ""
if joint and soap:
    fastest = joint.labels == len(joint.table) - 1
    shares = shares_among_states(soap.labels, soap.table, fastest).items()
    taken_for = f"SOAP alone puts the fastest joint state into {', '.join(f'{name} ({s:.0%})' for name, s in shares)}."
    display(Markdown(taken_for))
study.show_entries(joint, [len(joint.table) - 1]) if joint else None

# %% [markdown]
# ## Summary

# %%
lines = [about, cutoff, sampling, f"{lasting} {who}".strip(), window, f"{described} {sigma_is}"]
for name, states in {"SOAP": soap, "SOAP&LENS": joint}.items():
    lines += [f"{name}: {found[name][1]}"]
    lines += [f"{name}, {text}." for text in guidance.describe(states.table, time_unit)] if states else []
study.learned([*lines, taken_for] if taken_for else lines)

# %% [markdown]
# ## For other programs
#
# `results.nc` holds states, transitions and LENS with their labels. `exports/` holds the particles as extended XYZ,
# each with its LENS and state, in every `export_stride`-th frame: OVITO opens it as it is.

# %%
every = {"lens": lens_alone, "soap": soap, "joint": joint, "delta": delta}
every["raw_delta"] = raw_delta.sel(frame=delta.frame)
study.save(**{name: value for name, value in every.items() if value is not None})
study.export(trajectory, stride=export_stride)
study.finish()
