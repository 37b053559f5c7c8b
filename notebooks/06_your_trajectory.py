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
# looks at the data where the paper has constants.
#
#     soaplens run 06_your_trajectory --trajectory run.xtc --topology run.gro --centers "name PO4"
#
# **What you will see.**
#
# 1. a cutoff from the radial distribution function;
# 2. LENS: which particles exchange their neighbors, and what the sampling interval does to it;
# 3. states of SOAP alone and of SOAP with LENS, if there are any. *One crowd is a finding*;
# 4. a summary.
#
# Without a trajectory of yours it runs on a crystal of palladium in which twelve hydrogen atoms hop between
# the gaps. It is known there which atoms are fast, so you can see whether the analysis finds them.

# %% tags=["parameters"]
data: str = "hydrogen-sample"  # data set of the registry, or a TOML file that describes your own
frames: int = 0  # frames: analyze only so many from the start; 0 for all
r_cut: float = 0.0  # as the data: radius of the surroundings; 0 for the first minimum of g(r)
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
lens_window: int = 10  # frames: window of the Savitzky-Golay smoothing of LENS
lens_order: int = 2  # order of the smoothing polynomial, below lens_window
lens_classes: int = 2  # classes into which LENS alone is divided
variance: float = 0.995  # share of the variance that the principal components must retain
sigma: float = 1.0  # Angstrom: width of the Gaussians of SOAP
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

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.study import guidance
from soaplens_lite.trajectory import flag_states

study = sl.study.open("06_your_trajectory")
resampling = {"n_resamples": bootstrap, "seed": seed}
study.introduction()

# %% [markdown]
# ## The trajectory
#
# Before the run, a table said what was read from the files, what you stated, and what was guessed. Look at it once
# more: a wrong element or interval makes everything below wrong.

# %%
trajectory = study.trajectory()
centers = study.centers(trajectory)
interval = study.data.interval
kinds = trajectory.species.sel(atom=centers)
pd.Series(kinds.values).value_counts().rename("centers of each species").to_frame()

# %% [markdown]
# ## A cutoff
#
# The neighbors of a particle are the centers within `r_cut`. A good radius ends in a minimum of the radial
# distribution function, between two shells: there the fewest particles cross it by vibrating. A larger radius, at a
# later minimum, makes LENS smoother and less local.

# %%
radius, g, advice = guidance.choose_cutoff(trajectory, centers, r_cut)
study.number("r_cut", radius, "as the data")
study.panel("radial_distribution", plots.plot_radial_distribution, g, radius, size=(90, 60))
print(advice)

# %% [markdown]
# ## LENS: who exchanges neighbors?
#
# LENS is the share of its neighbors that a particle exchanges from one frame to the next: 0 for none, 1 for all. It
# depends on the interval between frames. The table shows its mean as if frames had been written less often.

# %%
by_interval = guidance.lens_by_interval(trajectory, centers, radius, interval, n_jobs)
sampling = guidance.sampling_advice(by_interval)
study.number("lens.by_interval", by_interval)
print(sampling)
by_interval.style.format({"interval": "{:.4g}", "mean_lens": "{:.4f}"}).hide()

# %%
raw_delta = sl.lens(trajectory, radius, centers=centers, n_jobs=n_jobs)
delta = sl.smooth_lens(raw_delta, window=lens_window, order=lens_order)
study.number("lens.mean", float(raw_delta.mean()))

# %% [markdown]
# k-means divides all values into classes, from slow to fast. It always finds as many as it is asked for: look at the
# distribution at the right whether there is more than one hump.

# %%
distinct = len(np.unique(delta)) >= lens_classes
lens_alone = study.color(sl.lens_classes(delta, lens_classes, interval, **resampling)) if distinct else None
if lens_alone:
    study.lens_figure("lens", delta, lens_alone, called="particle")

# %% [markdown]
# Which particles are fast all the time? The mean of each over all frames, by species:

# %%
mean_of_each = raw_delta.mean("frame")
by_species = mean_of_each.to_series().groupby(kinds.values).describe()[["count", "mean", "min", "max"]]
study.number("lens.by_species", by_species)
window = guidance.window_advice(lens_alone.table, lens_window, interval) if lens_alone else "LENS hardly differs."
print(window)
by_species.style.format({"count": "{:.0f}", "mean": "{:.4f}", "min": "{:.4f}", "max": "{:.4f}"})

# %% [markdown]
# ## SOAP, and both in one vector
#
# SOAP describes how all particles around a center are arranged. Each is smeared into a Gaussian of width `sigma`,
# which should be a third to a half of the distance of nearest neighbors: compare it with the first maximum of g(r).
# Particles that are not atoms count as species by their names.

# %%
options = {"r_cut": radius, "n_max": n_max, "l_max": l_max, "sigma": sigma, "n_jobs": n_jobs}
spectra = sl.soap(trajectory, centers, **options)
vectors = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}
settings = {"method": method, "variance": variance, "min_cluster_size": min_cluster_size}
settings |= {"most_components": most_components, "cut": merge_cut, "n_jobs": n_jobs, **resampling}
found = {name: guidance.find_any_states(features, delta, **settings) for name, features in vectors.items()}
for name, (_, finding) in found.items():
    print(f"{name}: {finding}")

# %% [markdown]
# ## States
#
# States are numbered by rising mean LENS and described by what can be measured in any system: LENS, the number of
# neighbors, and the share of each species. What they *are* is for you to say: look at them in the exported file.

# %%
coordination = sl.coordination_numbers(trajectory, centers, radius)
values = {"mean_lens": delta, "neighbors": coordination}
for kind in sorted(set(kinds.values.tolist()))[:4]:
    values[f"share of {kind}"] = xr.zeros_like(coordination) + (kinds == kind).values
states = {
    name: study.color(sl.measure_states(each, values, interval, **resampling))
    for name, (each, _) in found.items()
    if each is not None
}
soap, joint = states.get("SOAP"), states.get("SOAP&LENS")
study.number("soap.states", len(soap.table) if soap else 1)
study.number("joint.states", len(joint.table) if joint else 1)

# %% [markdown]
# ### SOAP alone

# %%
if soap:
    study.figure("soap", soap, cut=None)
study.show_states(soap) if soap else found["SOAP"][1]

# %% [markdown]
# ### SOAP and LENS

# %%
if joint:
    study.figure("joint", joint, cut=None)
study.show_states(joint) if joint else found["SOAP&LENS"][1]

# %% [markdown]
# ## Summary

# %%
fast = by_species["mean"].idxmax()
others = by_species["mean"].drop(fast)
lines = [f"{len(centers)} centers in {trajectory.sizes['frame']} frames every {interval:g}.", advice, sampling, window]
if len(others):
    ratio = by_species["mean"][fast] / max(others.max(), 1e-12)
    study.number("lens.fastest_species", fast)
    lines += [f"**{fast}** exchanges neighbors most: {ratio:.1f} times as much as the next species."]
lines += [f"{name}: {finding}" for name, (_, finding) in found.items()]
study.learned(lines)

# %% [markdown]
# ## For other programs
#
# `results.nc` holds states, transitions and LENS with their labels. `exports/` holds the particles as extended XYZ,
# each with its LENS and state, in every `export_stride`-th frame: OVITO opens it as it is.

# %%
named = {key: value for key, value in (("lens", lens_alone), ("soap", soap), ("joint", joint)) if value}
study.save(**named, delta=delta, raw_delta=raw_delta)
columns = {key: flag_states(value.labels, value.table) for key, value in named.items()}
columns = {f"{key}_class" if key == "lens" else f"state_{key}": value for key, value in columns.items()}
study.record.export(trajectory, columns | {"lens": delta}, stride=export_stride)
study.finish()
