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
# # What changes with the parameters?
#
# A *batch* is many runs of one notebook, each with other parameters. `soaplens batch` makes one:
#
#     soaplens batch 01_cu211 -p min_cluster_size=40,80,160 -p merge_cut=0.9,1.0,1.1 --jobs 2
#
# and executes this notebook when the runs are done. You can execute it again for any batch, number and panel:
#
#     soaplens run 07_batch -p batch=NAME -p numbers=fast.population,joint.n_states -p panel=fig2b_chord
#
# **What you will see.** The runs; numbers against a parameter, with 95 % intervals; the same picture of every run;
# and which findings are not the same in all of them.

# %% tags=["parameters"]
batch: str = ""  # name or folder of a batch; empty for the newest one
along: str = ""  # parameter on the horizontal axis; empty for the one with most values
numbers: str = ""  # recorded numbers, separated by commas; empty for the four that vary most
panel: str = "fig2b_map"  # panel shown of each run; the first map where there is none of this name
shown: int = 12  # runs: the panel is shown of up to so many

# %%
from pathlib import Path

from IPython.display import Markdown
from PIL import Image

import soaplens_lite as sl
from soaplens_lite import plots
from soaplens_lite.study import claims

study = sl.study.open("07_batch")
table = sl.study.table(batch, results=study.folder.parents[1])
runs = table[table.status == "complete"].reset_index(drop=True)
if runs.empty:
    raise sl.study.StudyError(f"{table.attrs['source']}: no run is complete yet; give its command again")

# %% [markdown]
# ## The runs

# %%
varying = table.attrs["varying"]
study.number("runs", len(table), note="of the batch")
study.number("runs.complete", len(runs), note="of them, as far as they are done")
table[["notebook", *varying, "status", "seconds", "error"]]

# %% [markdown]
# ## Numbers against a parameter
#
# The parameter with most values is on the horizontal axis, and there is a line for each combination of the others. If
# you name no numbers, we take the four that vary most: the range of the values over the width of the 95 % interval, or
# over the largest value where there is no interval.
# **An open marker says that a finding changed**: a verdict or a number of states differs from the point to the left.

# %%
axis = along or max(varying, key=lambda name: runs[name].nunique(), default="run_id")
others = [name for name in varying if name != axis]
recorded = runs[[name for name in table.attrs["numbers"] if name in runs.select_dtypes("number")]]
width = recorded.abs().max()
with_interval = [name for name in recorded if f"{name}.low" in runs]
for name in with_interval:
    width[name] = (runs[f"{name}.high"] - runs[f"{name}.low"]).mean()
by_range = ((recorded.max() - recorded.min()) / width).dropna().sort_values(ascending=False)
chosen = [name.strip() for name in numbers.split(",")] if numbers else list(by_range.index[:4])
if unknown := [name for name in [axis, *chosen] if name not in runs]:
    raise sl.study.StudyError(f"{unknown[0]}: no run of this batch has it; {sl.study.suggest(unknown[0], runs)}")

# %%
findings = [name for name in runs if name.startswith("verdict.") or name.endswith(".n_states")]
lines = {(): runs} if not others else dict(list(runs.groupby(others, dropna=False)))
labels = {key: ", ".join(f"{name} = {value}" for name, value in zip(others, key, strict=True)) for key in lines}


def plot_against(number, ax):
    """One line for each combination of the other parameters, the first ones larger: they may lie below the others."""
    for k, (key, line) in enumerate(lines.items()):
        line, size = line.sort_values(axis), max(4, 4 + 2 * (min(len(lines), 4) - 1 - k))
        x, y, said = line[axis], line[number], line[findings].astype(str)
        if number in with_interval:
            ax.vlines(x, line[f"{number}.low"], line[f"{number}.high"], color=f"C{k}", lw=0.8)
        changed = (said != said.shift(fill_value="")).any(axis=1) & (x != x.iloc[0])
        ax.plot(x, y, "o-", ms=size, lw=size / 5, color=f"C{k}", label=labels[key])
        ax.plot(x[changed], y[changed], "o", ms=size, color=f"C{k}", mfc="white")
    ax.set(xlabel=axis, title=number)
    if 1 < len(lines) < 10:
        ax.legend()


# %%
with plots.style():
    for number in chosen:
        study.panel(f"{number.lower()}_against_{axis}", plot_against, number, size=(85, 60))

# %% [markdown]
# ## The same picture of every run
#
# The title is bold where a finding differs from the picture before.

# %%
folders = [Path(folder, "figures") for folder in runs.folder[:shown]]
names = sorted(path.stem for path in folders[0].glob("*.png"))
picture = panel if panel in names else next((name for name in names if "map" in name), *names[:1])


def plot_side_by_side(ax, n_columns=3):
    """The picture of each run, in the order of the plan."""
    n_rows = -(-len(folders) // n_columns)
    ax.axis("off")
    for k, folder in enumerate(folders):
        row, column = divmod(k, n_columns)
        inset = ax.inset_axes([column / n_columns, 1 - (row + 1) / n_rows, 0.98 / n_columns, 0.9 / n_rows])
        inset.axis("off")
        if (path := folder / f"{picture}.png").is_file():
            inset.imshow(Image.open(path).convert("RGB").reduce(2))
        same = not findings or runs[findings].astype(str).iloc[[max(k - 1, 0), k]].nunique().max() == 1
        inset.set_title(", ".join(f"{name} {runs[name][k]}" for name in varying), weight="normal" if same else "bold")


# %%
with plots.style():
    n_rows = -(-len(folders) // 3)
    study.panel("side_by_side", plot_side_by_side, size=(170, 54 * n_rows))

# %% [markdown]
# ## Findings that change
#
# Verdicts ask whether the paper's statements hold, whatever the parameters. Marked is what differs from the first run.

# %%
changing = [name for name in findings if runs[name].astype(str).nunique() > 1]
study.number("findings", len(findings), note="verdicts and numbers of states")
study.number("findings.changing", len(changing), note="that are not the same in all runs")
found = runs[[*varying, *changing]].rename(columns=lambda name: name.removeprefix("verdict."))
marked = found.style.apply(lambda column: ["background: #ffe7a8" if str(v) != str(column[0]) else "" for v in column],
                           subset=[name.removeprefix("verdict.") for name in changing])  # fmt: skip
marked.format(lambda value: f"{value:g}" if isinstance(value, float) else value)

# %%
statements = {claim.id: claim.statement for claim in claims.load_claims()}
asked = [name.removeprefix("verdict.") for name in changing]
Markdown("\n".join(f"- `{name}`: {statements[name]}" for name in asked if name in statements))

# %% [markdown]
# ## Summary

# %%
study.learned(
    [
        f"{len(runs)} of {len(table)} runs are complete.",
        f"{len(findings) - len(changing)} of {len(findings)} findings are the same in all of them.",
        f"Changing: {', '.join(asked) or 'none'}.",
    ]
)

# %%
study.finish()
