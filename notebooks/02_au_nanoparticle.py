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
# # How does a cold gold nanoparticle come to have a liquid-like patch?
#
# An icosahedron of 309 gold atoms looks like a perfect crystal: twelve vertices, thirty edges,
# twenty faces. Far below its melting point one of the vertices sinks into the surface, and its
# neighbors close a ring of six around a center that lies below them: a *rosette*. From then on a
# part of the surface flows while the rest stays a crystal. Atom by atom, what flows looks much
# like what does not. A measure of structure therefore takes both for the same.
#
# **What you will see.** Figure 3 of the paper and the gold halves of Figures S1 and S2:
#
# 1. the states that structure alone finds, SOAP: Figures 3a, S1b;
# 2. what motion alone finds, LENS: Figure 3b;
# 3. both in one vector, with the liquid-like state: Figures 3c, S2b;
# 4. the vertex that sinks in, found by a rule: Figure 3d.
#
# The copper study explains each step; here the same steps are taken with fewer words.
#
# **These are not the paper's data.** The bundled trajectory is a simulation of ours: warmer, and
# with frames closer in time. Its numbers stand beside the published ones for
# orientation; they neither confirm nor refute them. The text describes what the published
# parameters give. With other parameters or data, trust the numbers.

# %% tags=["parameters"]
data: str = "au309-sample"  # data set of the registry, or a TOML file that describes your own
frames: int = 0  # frames: analyze only so many from the start; 0 for all
r_cut: float = 4.48  # Angstrom: radius of an atom's surroundings
n_max: int = 8  # radial basis functions of SOAP
l_max: int = 8  # highest degree of the spherical harmonics of SOAP
lens_window: int = 100  # frames: window of the Savitzky-Golay smoothing of LENS
lens_order: int = 2  # order of the smoothing polynomial, below lens_window
lens_classes: int = 4  # classes into which LENS alone is divided
variance: float = 0.995  # share of the variance that the principal components must retain
min_cluster_size: int = 150  # points: smallest cluster of HDBSCAN
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
import numpy as np
import pandas as pd

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.states import mixed_shares, separating_cut, shares_among_states, stability, with_stability
from soaplens_lite.systems import particle

study = sl.study.open("02_au_nanoparticle")
resampling = study.resampling  # number of resamples and seed
RADIUS = 1.44  # Angstrom: half the distance of nearest neighbors in gold, for the pictures
study.introduction()

# %% [markdown]
# ## The trajectory
#
# The particle is alone: there is no cell, and all of its atoms are analyzed.

# %%
trajectory = study.trajectory()
centers = study.centers(trajectory)
interval = study.data.interval  # ns
trajectory

# %% [markdown]
# ### Plain measures of an atom's place
#
# States will be *named* by measures that no clustering enters: the number of nearest neighbors,
# the distance from the particle's center, and the surroundings on the surface. On an ideal
# icosahedron a vertex has 6 neighbors and stands above a ring of five surface atoms; an atom of an
# edge has 8, one of a face 9, and both lie in rings of six; inside there are 12.
#
# A rosette is a ring of six surface atoms around a center that lies *below* them. (The middle of an
# ideal face lies 0.35 Å below its ring, as a face is flat; our rule asks for 0.8 Å.)

# %%
shell = sl.first_minimum(sl.radial_distribution(trajectory))
coordination = sl.coordination_numbers(trajectory, centers, shell)
distance = particle.distances_from_center(trajectory, centers)
rings = particle.surface_rings(trajectory, shell)
rosette_center = particle.rosette_centers(rings)
rosette = rosette_center | (particle.next_to(trajectory, rosette_center, shell) & rings.surface)
study.number("first_shell", shell, "Angstrom", "first minimum of g(r)")
study.number("ideal.vertices", int((rings.ring[0] == 5).sum()), note="atoms above a ring of five, first frame")

# %% [markdown]
# ## LENS and SOAP
#
# LENS is the share of its neighbors $N_i$ that an atom exchanges until the next frame, $\delta_i = |N_i(t)
# \,\triangle\, N_i(t+\Delta t)| \,/\, (|N_i(t)| + |N_i(t+\Delta t)|)$, where $\triangle$ means "in exactly one of
# the two sets". SOAP is the spectrum $p_{nn'l} \propto \sum_m c^*_{nlm} c_{n'lm}$ of the density of the neighbors,
# whoever they are.
#
# **How to choose.** The paper's radius of 4.48 Å ends between the second and the third shell of gold. A surface atom of
# a small particle has few neighbors: with one shell only, a single exchange is a large step of LENS, and with a
# much larger radius most of the particle lies within. `n_max` and `l_max`: the smallest values that still
# give the same states. `lens_window`: long beside the vibration of neighbors at the radius, short beside the
# stay in a state that you look for.

# %%
raw_delta = sl.lens(trajectory, r_cut, centers=centers, n_jobs=n_jobs)
delta = sl.smooth_lens(raw_delta, window=lens_window, order=lens_order)
spectra = sl.soap(trajectory, centers, r_cut=r_cut, n_max=n_max, l_max=l_max, n_jobs=n_jobs)

# %% [markdown]
# ### The event, by a rule
#
# *Vertices* are the atoms that stand above a ring of five in most frames of the first window. The distance of each
# vertex from the center is split in two where two means describe it best. The vertex with the largest fall
# has sunk in, and the split says when. It counts if it sinks by 0.8 Å or more.
#
# From then on, which atom is most often the center of a rosette? The rosette has formed when this
# atom begins to be a center in at least half of the frames of a window. It is the vertex's own rosette if
# the atom is the vertex, or lies in its first shell in most frames from then on.

# %%
is_vertex = (rings.ring[:lens_window] == 5).mean("frame") > 0.5
vertices = trajectory.atom.values[is_vertex.values]
sunk, sinks_at, drop = particle.largest_drop(distance.sel(atom=vertices))
later = {"frame": slice(sinks_at, None)}
middle = int(rosette_center.sel(**later).sum("frame").idxmax())
forms_at = particle.lasting_start(rosette_center.sel(**later, atom=middle), lens_window)
from_vertex = particle.distances_from_atom(trajectory, centers, sunk)
apart = from_vertex.sel(atom=middle, frame=slice(forms_at, None) if forms_at else later["frame"])
happened = bool(drop >= 0.8 and forms_at is not None and (apart < shell).mean() > 0.5)

# %%
study.number("event.drop", drop, "Angstrom", note="of the vertex that sinks most")
study.number("event.happened", happened, note="a vertex sinks into the particle")
sinks, forms = trajectory.time.sel(frame=[sinks_at, forms_at]).values.tolist() if happened else (None, None)
study.number("event.sinks_at", sinks, "ns", "when the vertex sinks")
study.number("event.rosette_from", forms, "ns", "from when there is a rosette")
if happened:
    study.number("event.atom", sunk, note="the vertex that sinks")
    study.number("event.rosette_atom", middle, note="center of the rosette")
    print(f"Vertex {sunk} sinks by {drop:.1f} Å at {sinks:.1f} ns. A rosette is there from")
    print(f"{forms:.1f} ns on, around atom {middle}, {float(apart.mean()):.1f} Å from the vertex.")
else:
    print("No vertex sinks in and forms a rosette in these frames.")

# %% [markdown]
# ### A particle tumbles
#
# Descriptors do not depend on the orientation of the particle. Pictures do: for them every frame is aligned with
# the first one, by the atoms that are inside there. Snapshots look at the vertex from outside: before it
# sinks, when the rosette has just formed, and at the end.

# %%
aligned = sl.align(trajectory, atoms=trajectory.atom.values[~rings.surface.values[0]])
first, last = int(delta.frame[0]), int(delta.frame[-1])
between = (
    int(np.clip(max(sinks_at, forms_at), first, last)) if happened else int(delta.frame[delta.sizes["frame"] // 2])
)
moments = {"before": first, "event": between, "end": last}
view = plots.facing(aligned.positions.sel(frame=first, atom=sunk).values)
bounds = plots.common_bounds(aligned.positions.values[list(moments.values())], RADIUS, view)
picture = {"trajectory": aligned, "radius": RADIUS, "view": view, "bounds": bounds}
ends = picture | {"frame": {"before": first, "end": last}}

# %% [markdown]
# ## States of SOAP alone and of SOAP with LENS
#
# SOAP keeps the fewest components with the wanted share of the variance; the joint data keep at
# least the share that SOAP then retains, as in the paper. The rest is the protocol of the copper study.
#
# `min_cluster_size` is the smallest group that you would still call a state, in points: one atom in one frame is one
# point. A single atom that stays as it is (the particle's center) gives as many points as there are frames, so values
# above the number of frames would lose it.

# %%
vectors = {"SOAP": sl.structure_alone(spectra, delta), "SOAP&LENS": sl.join(spectra, delta)}
pca = {"SOAP": sl.fit_pca(vectors["SOAP"], variance=variance)}
pca["SOAP&LENS"] = sl.fit_pca(vectors["SOAP&LENS"], variance=pca["SOAP"].attrs["variance_retained"])
settings = {"method": clustering, "n_jobs": n_jobs}
settings |= {"min_cluster_size": min_cluster_size, "exact_tree": exact_tree} if clustering == "hdbscan" else {}
settings |= {"min_samples": min_cluster_size} if clustering == "stable" else {}
found = sl.find_states(vectors, coordination, pca=pca, cut=merge_cut, **settings, **resampling)
for data_name, states in found.items():
    print(f"{data_name}: {states.scores.sizes['component']} components, {len(states.clusters.table)} micro-clusters")

# %% [markdown]
# ### Names by measured properties
#
# One table of rules names the states of SOAP and of SOAP with LENS; the first rule that a state
# meets counts. *Mobile* is the share of a state's points with a LENS above the middle border of the
# classes of LENS alone (and above 0.02, so that nothing is called mobile in a crystal at rest). A
# state with a majority of mobile points flows; one with a share between a third and a half is a
# mixture. The column *ideal* holds the number of neighbors on an ideal icosahedron. The
# outermost shell of atoms begins 9 Å from the center: surface atoms that lie deeper are defects.

# %%
lens_alone = study.color(sl.lens_classes(delta, lens_classes, interval, **resampling))
borders = lens_alone.table["lens_from"].values[1:]
mobile = delta > max(borders[len(borders) // 2], 0.02)
columns = ["name", "ideal", "coordination_from", "coordination_below", "distance_from", "rosette_from", "mobile_from"]
rules = pd.DataFrame(
    columns=columns,
    data=[
        ["mobile vertex", "6", None, 6.3, 9.0, None, 0.5],
        ["vertex", "6", None, 6.3, 9.0, None, None],
        ["rosette", "", None, 11.5, None, 0.3, None],
        ["liquid-like", "", 6.3, 9.5, 9.0, None, 0.5],
        ["face/liquid-like", "", 8.2, 9.5, 9.0, None, 1 / 3],
        ["edge", "8", 6.3, 8.2, 9.0, None, None],
        ["edge/face", "8, 9", 8.2, 8.6, 9.0, None, None],
        ["face", "9", 8.6, 10.0, 9.0, None, None],
        ["defect", "", None, 11.5, None, None, None],
        ["mobile sub-surface", "12", 11.5, None, 6.0, None, 0.5],
        ["sub-surface", "12", 11.5, None, 6.0, None, None],
        ["bulk", "12", 11.5, None, None, None, None],
    ],
)
study.show_rules(rules)


# %%
def name(states):
    """Measure states and clusters, and name them by the rules."""
    values = {"coordination": coordination, "distance": distance, "rosette": rosette, "lens": delta, "mobile": mobile}
    measured = sl.measure_states(states, values, interval, **resampling)
    return study.color(sl.name_states(measured, rules))


soap, joint = name(found["SOAP"]), name(found["SOAP&LENS"])
study.show_states(soap)

# %% [markdown]
# ### Figures 3a and S1b: SOAP alone

# %%
study.clusters_figure("figs1b", soap, cut=merge_cut)
study.figure("fig3a", soap, cut=merge_cut, snapshot=ends)

# %% [markdown]
# SOAP separates vertices, edges and faces, and the shells inside from each other. At the surface these states are the
# same before the event and after it, apart from the defects that appear: each holds atoms that flow and atoms that
# rest, as the column *mobile* shows. (The particle's center is a state of one atom. Drawing atoms gives no interval for
# its transitions.)
#
# ### Figure 3b: LENS alone

# %%
study.lens_figure("fig3b", delta, lens_alone, snapshot=ends)

# %% [markdown]
# LENS shows at once that a part of the surface has begun to flow and that the rest has not. It cannot say which
# atoms of the part that flows were vertices, edges or faces.
#
# ### Figures 3c and S2b: both in one vector
#
# First the micro-clusters, measured and named like states. Some of the joint clusters at the
# surface flow and others do not. SOAP alone has one small liquid-like cluster, of atoms with very few
# neighbors; besides it only its rosettes and defects are mostly mobile.

# %%
study.clusters_figure("figs2b", joint, cut=merge_cut)
clusters = joint.clusters.table
flowing, resting = sl.of_kind(clusters, "liquid-like"), clusters.index[clusters["mobile"] < 0.5]
study.show_clusters(joint)

# %% [markdown]
# Then the states, at the published cut. The dendrogram shows which clusters become one state, each in the color that
# it has by itself.

# %%
title = f"cut at {merge_cut:g}"
study.figure("fig3c", joint, cut=merge_cut, leaves=clusters, title=title)
study.show_states(joint)

# %% [markdown]
# With LENS, what moves and what rests are separate: among the vertices, in the shell below the
# surface, and between edges and faces, where the *liquid-like* state lies. No state of SOAP alone does that, the
# defects aside.
#
# ### How certain is that state?
#
# We ask in two ways. At other cuts: how many states there are, and with which resting
# clusters (less than half of their points are mobile) the flowing ones share a state. And with
# other atoms: in which share of the resamples of the atoms they share it with any.

# %%
cuts = pd.DataFrame({"cut": [0.8, 0.85, 0.9, 0.95, 1.0]})
counts = {"SOAP": soap.clusters.kinetics.counts.values, "SOAP&LENS": joint.clusters.kinetics.counts.values}
recount = {"recount": clustering == "stable"}
merged = {key: [sl.merge_clusters(n, cut=cut, **recount)[0] for cut in cuts["cut"]] for key, n in counts.items()}
for key, mappings in merged.items():
    cuts[f"{key} states"] = [mapping.max() + 1 for mapping in mappings]
shared = [resting[np.isin(mapping[resting], mapping[flowing])] for mapping in merged["SOAP&LENS"]]
cuts["merged with liquid-like"] = [", ".join(clusters["name"][others]) or "none" for others in shared]
cuts["in resamples"] = mixed_shares(joint.clusters.labels, flowing, resting, cuts["cut"], **recount, **resampling)
study.number("joint.cuts", cuts, note="states that each cut of the dendrogram leaves")
cuts.style.format({"cut": "{:g}", "in resamples": "{:.0%}"})

# %% [markdown]
# That there are clusters that flow does not depend on the cut. Whether they are a state of their own
# does: the table says with which resting clusters they share a state at each cut, and in which share of the resamples
# they share it with any. To see where the flowing atoms are, when, and where they come from, we take the
# published cut if they are separate there, and otherwise a *finer* one, just below the merge that joins
# them with resting ones. This rule asks for what it finds, a state that flows and nothing else. It enlarges; it
# does not prove.

# %%
finer_cut = min(merge_cut, separating_cut(joint.tree, flowing, resting))
merging = {"cut": finer_cut, "scores": joint.scores} | recount
finer = name(sl.merge_states(joint.clusters, coordination, **merging, **resampling))
liquid = sl.of_kind(finer.table, "liquid-like")
study.number("finer.cut", finer_cut, note="the published one, or just below the merge of flowing and resting clusters")

# %% [markdown]
# ### Are they found again if the points are rotated?
#
# As for copper, we rotate the points of the joint data, which changes no distance, and cluster and merge them
# again. The states of the published cut are looked for at that cut, those of the finer cut at the finer one.

# %%
turned = {}
if rotations:
    how = {"n_rotations": rotations, "seed": seed} | settings
    turned = {"joint": stability(joint.scores, joint, cut=merge_cut, **how)}
    turned["finer"] = stability(joint.scores, finer, cut=finer_cut, **how)
    joint, finer = with_stability(joint, turned["joint"]), with_stability(finer, turned["finer"])
    title = f"{rotations} rotations of all points"
    study.stability_figure("stability_states", {"SOAP&LENS": turned["joint"]}, title=title)
study.show_states(finer)

# %% [markdown]
# Vertices, edges and the crystal below are found again each time, but not the liquid-like state: where its
# micro-clusters are divided a little differently, the same cut merges them with the faces, as in many of the
# resamples above. What depends on this state is *not settled* in the table of verdicts below. (On fewer frames, with
# other micro-clusters, the answer may be another one, see `05_sensitivity`.)
#
# In the first two components the mobile and the resting surface lie over each other. The third one,
# to which LENS adds most, separates them.

# %%
title = f"finer cut, at {finer_cut:.2f}" if finer_cut < merge_cut else f"cut at {merge_cut:g}"
third = {"components": (0, 2), "title": title, "size": (95, 95)}
study.panel("fig3c_map_finer", plots.plot_map, finer.scores, finer.labels, finer.table, **third)
matrix = {"highlight": liquid or None, "title": title, "size": (165, 165)}
study.panel("fig3c_transition_matrix_finer", plots.plot_matrix, finer.kinetics, finer.table, **matrix)
missing = "no liquid-like state in these frames"
study.flows_panel("fig3c_chord_liquid", finer, liquid, missing=missing, title=title, size=(90, 90))
for moment, frame in moments.items():
    look = {key: picture[key] for key in ("radius", "view", "bounds")}
    shot = plots.state_snapshot(aligned, finer.labels.sel(frame=frame), finer.table, **look)
    title = f"{float(trajectory.time.sel(frame=frame)):.1f} ns"
    study.panel(f"fig3c_snapshot_{moment}", plots.plot_snapshot, **shot, title=title, size=(60, 68))

# %% [markdown]
# ### Which states feed the liquid-like one?
#
# *Share of the entries*: of all atoms that become liquid-like, how many come from each state. *In*
# is the probability that an atom of the state becomes liquid-like from one frame to the next; *out*
# is the probability that a liquid-like atom becomes one of that state. Intervals hold 95 %, resampling atoms.
#
# The paper gives four percentages and does not say in which direction they flow: into the liquid-like state,
# or out of it. They stand beside, and belong to the paper's trajectory, whose frames are 1 ns
# apart. A state that the paper names and these data lack has no counterpart.

# %%
partners = {kind: study.published["text"][f"{kind}_with_liquid_like"] for kind in ("face", "edge", "vertex", "rosette")}


def percent(cell, value, low, high):
    """A percentage with its interval, read from one cell of the transitions."""
    return f"{100 * float(cell[value]):.2f} ({100 * float(cell[low]):.2f} to {100 * float(cell[high]):.2f})"


feeding = {}
for target in finer.table["name"][liquid]:
    for state in finer.table["name"].drop(liquid):
        into, out = finer.kinetics.sel(origin=state, target=target), finer.kinetics.sel(origin=target, target=state)
        if int(into["counts"]) + int(out["counts"]):
            feeding[state] = {
                "share of the entries, %": percent(into, "shares", "shares_low", "shares_high"),
                "in, %": percent(into, "matrix", "low", "high"),
                "out, %": percent(out, "matrix", "low", "high"),
            }
feeding |= {kind: {"in, %": "no counterpart"} for kind in partners if kind not in feeding}
print(f"In and out are per frame of {interval:g} ns.")
pd.DataFrame(feeding).T.fillna("").assign(**{"paper, %, in or out": pd.Series(partners)}).fillna("")

# %% [markdown]
# ## Figure 3d and the movie: the vertex that sinks in
#
# If a vertex has sunk in, its path over the map and over the particle, both colored by time: 1 before, 2 when the
# rosette has formed, 3 at the end.

# %%
shown = delta.frame.values[:: max(1, lens_window // 10)]
stations = [int(shown[min(np.searchsorted(shown, frame), len(shown) - 1)]) for frame in moments.values()]
path = {"atom": sunk, "frames": shown, "stations": stations} if happened else None
look = {"radius": RADIUS, "view": view, "missing": "no vertex sinks in within these frames"}
study.path_figure("fig3d", aligned, finer, path, room=6.0, fade=False, **look)
study.path_movie("movie_au309", aligned, finer, path, **look)

# %% [markdown]
# ## The figures as pages

# %%
study.compose("fig3")
study.compose("figs1b")
study.compose("figs2b")

# %% [markdown]
# ## Numbers beside the paper's
#
# What comes first, the event or the flow? The smoothed LENS is blurred by half a window on either side. We take the raw
# one, averaged over all atoms, and the frame from which on it mostly lies above the middle between
# its means before and after.

# %%
moves_from = None
if happened:
    activity = raw_delta.mean("atom")
    quiet, busy = (float(activity[part].mean()) for part in (activity.frame < sinks_at, activity.frame >= sinks_at))
    moves_from = particle.lasting_start(activity > (quiet + busy) / 2, lens_window)
starts = None if moves_from is None else float(trajectory.time.sel(frame=moves_from))
lag = None if starts is None else starts - sinks
study.number("liquid.from", starts, "ns", note="raw LENS of all atoms, from then on")
study.number("event.lens_lag", lag, "ns", note="of the rise of LENS behind the vertex that sinks in")
at_once = None if lag is None else bool(abs(lag) <= lens_window / 2 * interval)
study.number("event.lens_with_event", at_once, note="within half a window of LENS")

# %% [markdown]
# Every statement of the paper about gold, with what was measured and the verdict:

# %%
since = sinks_at if happened else int(delta.frame[-1]) + 1
study.save(
    **{"soap": soap, "joint": joint, "finer": finer, "lens": lens_alone, "pca": pca, "stability": turned},
    **{"delta": delta, "raw_delta": raw_delta, "spectra": spectra.isel(frame=0)},
    **{"mobile": mobile, "surface": rings.surface, "from_vertex": from_vertex, "after_event": delta.frame >= since},
)
study.claims()

# %% [markdown]
# ## What we learned

# %%
lines = [f"SOAP alone finds **{len(soap.table)} states**: {', '.join(soap.table['name'])}. The paper: 7."]
lines += [f"SOAP&LENS finds **{len(joint.table)} states**: {', '.join(joint.table['name'])}."]
if happened:
    published = study.published["text"]["rosette_forms_after_ns"]
    lines += [
        f"Vertex {sunk} sinks in at {sinks:.1f} ns, and a rosette is there from {forms:.1f} ns on. In the paper's "
        f"colder run it forms after about {published} ns."
    ]
if not liquid:
    lines += ["No liquid-like state appears in these frames with these parameters."]
for target in liquid:
    is_liquid = finer.labels == target
    taken_for = shares_among_states(soap.labels, soap.table, is_liquid)
    states_of_soap = ", ".join(f"{share:.0%} {name}" for name, share in taken_for.items() if share >= 0.005)
    jointly = shares_among_states(joint.labels, joint.table, is_liquid).idxmax()
    merged = f" At a cut of {merge_cut:g} they are in the state *{jointly}*." if finer_cut < merge_cut else ""
    lines += [
        f"A cut of {finer_cut:.2f} gives a state of **{finer.table['name'][target]}** atoms, with a mean LENS of "
        f"{finer.table['lens'][target]:.3f}.{merged} SOAP alone takes them for: {states_of_soap}."
    ]
    if happened:
        atoms = is_liquid.sum("atom")
        early, late = (float(atoms[part].mean()) for part in (atoms.frame < sinks_at, atoms.frame >= sinks_at))
        study.number("finer.liquid_atoms", [early, late], "atoms", note="mean number before the vertex sinks and after")
        lines += [f"There are {early:.1f} of them before the vertex sinks in, and **{late:.1f} after it**."]
study.learned(lines)

# %% [markdown]
# A patch of the surface flows beside a crystal, around the place where a vertex sank in. States of SOAP alone
# hold what flows together with what rests; LENS alone cannot say what flows. The joint vector separates
# the mobile vertices and the mobile shell below the surface from those at rest, and finds a
# liquid-like state between edges and faces. Its border is not certain: in many resamples of the
# atoms, and in some rotations of the points, the published cut merges it with the faces.

# %% [markdown]
# ## For other programs
#
# `results.nc` holds states, transitions and LENS with their labels: xarray opens it, and so does
# whatever reads NetCDF. `exports/` holds the aligned atoms as extended XYZ, each with its state,
# LENS and first principal components, in every `export_stride`-th frame: OVITO opens it as it is, VMD
# when it is unpacked.

# %%
study.export(aligned, stride=export_stride)
study.finish()
