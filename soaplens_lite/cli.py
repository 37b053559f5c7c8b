"""The command ``soaplens``: a thin layer over `soaplens_lite.study`."""

import logging
import re
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import click

from soaplens_lite.study import PACKAGE, StudyError

RESULTS = click.option(
    "--results", metavar="DIR", help="Where results go [default: SOAPLENS_RESULTS, otherwise results/]."
)
TIMEOUT = click.option("--timeout", type=float, metavar="S", help="Longest time for one cell, in seconds.")
FORCE = click.option("--force", is_flag=True, help="Run again what is complete.")


class Group(click.Group):
    """Commands whose foreseen errors end in one message, without a traceback."""

    def invoke(self, ctx):
        """Carry out a command; a request to stop from the system is treated like Ctrl-C."""
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _show_warning
                return super().invoke(ctx)
        except StudyError as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            click.echo(
                "\nstopped; the same command begins again and takes finished descriptors from the cache", err=True
            )
            ctx.exit(130)
        finally:
            signal.signal(signal.SIGTERM, before)


def _show_warning(message, category, filename, *where, **others):
    """Print a warning of the package, without the line of code that gave it; those of libraries are not for users."""
    if Path(filename).is_relative_to(PACKAGE):
        click.echo(f"Warning: {message}", err=True)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="soaplens_lite")
def main():
    """Structure and dynamics in one vector: run the studies of the paper, as published or changed."""
    _show_messages()


class _Echo(logging.Handler):
    """Shows what the package says beside results, on the standard output as it is at that moment."""

    def emit(self, record):
        """Print one message."""
        click.echo(self.format(record))


def _show_messages():
    """Let the messages of the package appear."""
    logger = logging.getLogger("soaplens_lite")
    logger.setLevel(logging.INFO)
    if not any(isinstance(handler, _Echo) for handler in logger.handlers):
        logger.addHandler(_Echo())


def _assignments(ctx, option, values):
    """``name=value`` pairs as a dict."""
    given = {}
    for text in values:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise click.BadParameter(f"{text!r}: must be name=value, r_cut=5.5 for instance")
        if name in given:
            raise click.BadParameter(f"{name} is given twice: {given[name]} and {value}")
        given[name] = value
    return given


class OwnDataCommand(click.Command):
    """A command with an option of 1, 3, 6 or 9 numbers, which click does not know."""

    def parse_args(self, ctx, args):
        """Make one word of all numbers behind ``--cell``."""
        joined, numbers = [], None
        for word in args:
            if numbers is not None and re.fullmatch(r"[-+\d.,eE ]*\d[-+\d.,eE ]*", word):
                numbers.append(word)
                continue
            joined, numbers = joined + ([" ".join(numbers)] if numbers else []) + [word], None
            numbers = [] if word == "--cell" else None
        return super().parse_args(ctx, joined + ([" ".join(numbers)] if numbers else []))


TRAJECTORY = click.option(
    "--trajectory",
    multiple=True,
    metavar="FILE",
    help="A trajectory of your own, in any format that MDAnalysis or ASE reads. Once for each part of a run, in order.",
)
# What the user can say about a trajectory of their own. The names are the keys of a TOML file.
OWN_DATA = (
    click.option("--topology", metavar="FILE", help="Names the atoms, where the trajectory does not."),
    click.option("--group", metavar="NAME", help="Which trajectory of an HDF5 file with several."),
    click.option(
        "--interval", type=float, metavar="NS", help="Time between frames of the file [default: as the file says]."
    ),
    click.option("--start", type=int, metavar="N", help="First analyzed frame, counted from 0."),
    click.option("--stop", type=int, metavar="N", help="The frame behind the last analyzed one."),
    click.option("--stride", type=int, metavar="N", help="Every how many frames one is analyzed."),
    click.option(
        "--cell",
        metavar="NUMBERS",
        callback=lambda ctx, option, text: text and text.replace(",", " ").split(),
        help="A (a cube); A B C (right angles); A B C ALPHA BETA GAMMA; or three vectors. In Angstrom and degrees.",
    ),
    click.option(
        "--periodic",
        metavar="AXES",
        is_flag=False,
        flag_value="xyz",
        help="Vectors of the cell along which the system repeats itself: xyz, xy, z or none [default: the file's].",
    ),
    click.option("--not-periodic", "periodic", flag_value="none", help="As --periodic none."),
    click.option(
        "--element",
        "elements",
        multiple=True,
        metavar="NAME=SYMBOL",
        callback=_assignments,
        help="Chemical symbol of atoms that the files call NAME.",
    ),
    click.option("--length-unit", type=float, metavar="ANGSTROM", help="Unit of all lengths in the files, 10 for nm."),
    click.option("--beads", is_flag=True, default=None, help="The particles are not atoms: they keep their names."),
    click.option(
        "--confirm",
        "confirmed",
        multiple=True,
        metavar="FACT",
        help="What was guessed is right, 'interval' for instance.",
    ),
)


CENTERS = click.option(
    "--centers", metavar="RULE", help="The analyzed atoms, 'prop z > 18' for instance [default: all]."
)


def own_data(command):
    """Give a command the options about the user's own trajectory."""
    for option in reversed(OWN_DATA):
        command = option(command)
    return command


def _stated(options):
    """Options that were given."""
    return {key: value for key, value in options.items() if value not in (None, {}, ())}


def _limits(timeout):
    return {} if timeout is None else {"timeout": timeout}


@main.command("run", cls=OwnDataCommand)
@click.argument("notebook")
@click.option(
    "-p", "parameters", multiple=True, metavar="NAME=VALUE", callback=_assignments, help="Change a parameter."
)
@click.option("--data", metavar="ID", help="As -p data=ID: a data set, or a TOML file that describes your own.")
@TRAJECTORY
@own_data
@CENTERS
@RESULTS
@TIMEOUT
@FORCE
def run_one(notebook, parameters, data, results, timeout, force, **stated):
    """
    Run one NOTEBOOK, 01_cu211 for instance; see `soaplens params NOTEBOOK` for what can be changed.

    On a trajectory of your own: --trajectory and what has to be known of it, or --data with a TOML file. What is known
    is shown before the run begins.
    """
    from soaplens_lite.study.run import runner

    if data and data != parameters.setdefault("data", data):
        raise click.UsageError(f"two data sets are named: {data} and {parameters['data']}")
    chosen = _limits(timeout) | ({"stated": own} if (own := _stated(stated)) else {})
    result = runner.run(notebook, parameters, results=results, force=force, **chosen)
    sys.exit(result.status != "complete")


@main.command("reproduce")
@click.option("--quick", is_flag=True, help="The case studies on a short stretch of frames, in two or three minutes.")
@click.option(
    "--data",
    type=click.Choice(["sample", "authors", "paper"]),
    default="sample",
    help="In place of the samples: what the paper's group published elsewhere, or the paper's own trajectories. They "
    "are downloaded first; the studies that have such data are run.",
)
@RESULTS
@TIMEOUT
@FORCE
def run_all(quick, data, results, timeout, force):
    """Run all studies of the paper and judge its claims; exit code 1 if a study fails or a verdict is unexpected."""
    from soaplens_lite.study.claims import departing
    from soaplens_lite.study.report import report
    from soaplens_lite.study.run import runner

    outcomes = runner.reproduce(quick=quick, data=data, results=results, force=force, **_limits(timeout))
    click.echo(f"\n{runner.table(outcomes)}")
    judgements = report.conclude(results)
    failed = any(outcome.status != "complete" for outcome in outcomes)
    sys.exit(failed or bool(departing(judgements)))


def _grid(ctx, option, values):
    """``name=value,value,...`` as a dict of lists."""
    given = _assignments(ctx, option, values)
    return {name: [value.strip() for value in text.split(",") if value.strip()] for name, text in given.items()}


@main.command("batch")
@click.argument("what", nargs=-1, required=True, metavar="NOTEBOOK|PLAN|BATCH...")
@click.option("-p", "axes", multiple=True, metavar="NAME=V1,V2", callback=_grid, help="Values of a parameter.")
@click.option("--name", help="Of the batch [default: from the plan file, or from the notebook and its parameters].")
@click.option("--jobs", type=int, default=1, metavar="N", help="Worker processes on this computer [default: 1].")
@click.option("--dask", metavar="ADDRESS", help="A Dask cluster does the runs; 'local' starts one with --jobs workers.")
@click.option("--part", default="", metavar="K/N", help="Only this part of the plan, for an array job.")
@click.option("--retry", is_flag=True, help="Try again what failed.")
@click.option("--dry-run", is_flag=True, help="Show the plan, no more.")
@click.option("--yes", is_flag=True, help="Do not ask, however many runs there are.")
@click.option("--no-summary", is_flag=True, help="Do not execute the notebook 07_batch at the end.")
@RESULTS
@TIMEOUT
def run_batch(what, axes, name, jobs, dask, part, retry, dry_run, yes, no_summary, results, timeout):
    """
    Run a notebook with many parameters, side by side; the same command goes on where it was stopped.

    \b
    soaplens batch 01_cu211 -p r_cut=5,6,7 -p min_cluster_size=40,80   all combinations
    soaplens batch 01_cu211 plan.csv                                   a row is a run, a column a parameter
    soaplens batch NAME                                                a batch that was begun
    """
    from soaplens_lite.study import batch

    rows, suggested = batch.rows_of(what, axes, results)
    planned = batch.prepare_batch(rows, name or suggested, results=results, part=part)
    click.echo(planned.show(n_workers=jobs, retry=retry))
    n_runs = len(planned.todo(retry=retry))
    if dry_run:
        return
    if n_runs > batch.RUNS_WITHOUT_ASKING and not yes:
        click.confirm(f"{n_runs} runs: begin?", abort=True)
    planned.run(jobs=jobs, retry=retry, dask=dask, **_limits(timeout))
    if not (part or no_summary):
        planned.summarize()
    sys.exit(not planned.is_complete())


@main.command("table")
@click.argument("source", metavar="BATCH|FOLDER")
@click.option("-o", "out", metavar="FILE", help="A .csv or .parquet file [default: the standard output, as CSV].")
@click.option("--long", is_flag=True, help="A number is a row, in place of a run.")
@RESULTS
def write_table(source, out, long, results):
    """What the runs of a BATCH, or all runs in a FOLDER, found: parameters, numbers, intervals, verdicts, times."""
    from soaplens_lite.study import batch

    click.echo(batch.write_table(batch.table(source, long=long, results=results), out), nl=out is not None)


@main.command("claims")
@click.argument("ids", metavar="[ID]...", nargs=-1)
@click.option("--cells", is_flag=True, help="A line for every cell of a matrix.")
@RESULTS
def judge_claims(ids, cells, results):
    """
    Compare what the paper says with what the newest runs recorded; exit code 1 if a verdict is not the expected one.

    With an ID, or the beginning of one, everything about these claims.
    """
    from soaplens_lite.study import claims
    from soaplens_lite.study.run.folders import existing_results

    judgements = claims.judge(existing_results(results))
    chosen = [judged for judged in judgements if judged.claim.id.startswith(ids)] if ids else judgements
    if not chosen:
        raise click.UsageError(f"no claim begins with {' or '.join(ids)}: soaplens claims --cells lists all")
    click.echo("\n\n".join(map(claims.in_full, chosen)) if ids else claims.as_table(chosen, cells=cells))
    sys.exit(bool(claims.departing(chosen)))


@main.command("notebooks")
@click.argument("folder", default="ipynb")
@click.option("--force", is_flag=True, help="Replace files that were changed.")
@click.option("--solutions", is_flag=True, help="Keep the solutions of the tutorials, and the remarks for teachers.")
def write_notebooks(folder, force, solutions):
    """Write the studies and tutorials as plain .ipynb files to FOLDER [default: ipynb]."""
    from soaplens_lite.study.run import notebooks

    for path in notebooks.write_all(folder, overwrite=force, solutions=solutions):
        click.echo(path)


@main.command("lab", context_settings={"ignore_unknown_options": True})
@click.argument("folder", default="lab")
@click.argument("options", nargs=-1, metavar="[JUPYTERLAB OPTION]...", type=click.UNPROCESSED)
@click.option("--no-start", is_flag=True, help="Only write the copies.")
def open_lab(folder, options, no_start):
    """
    Open your own copies of the notebooks in JupyterLab, in FOLDER [default: lab].

    A copy that exists is kept. The published notebooks stand beside them in published/, read-only.
    """
    from soaplens_lite.study import PACKAGE
    from soaplens_lite.study.run import notebooks

    for path in notebooks.prepare_lab(folder):
        click.echo(f"kept: {path} differs from {notebooks.PUBLISHED}/{path.name}")
    if not no_start:
        settings = f"--LabApp.app_settings_dir={PACKAGE / 'study' / 'templates' / 'lab'}"
        sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", folder, settings, *options]))


@main.command("params")
@click.argument("notebook")
def show_parameters(notebook):
    """Show the parameters of a NOTEBOOK: names, defaults, units, allowed values and meaning."""
    from soaplens_lite.study.run import notebooks, parameters

    click.echo(parameters.table(notebooks.find(notebook).stem))


@main.command("provenance")
@click.argument("path", metavar="FILE")
def show_provenance(path):
    """Show where a FILE or run folder came from, and the command that makes it again."""
    from soaplens_lite.study.run import provenance

    click.echo(provenance.readable(provenance.read(path)))


@main.command("crate")
@click.argument("run", metavar="RUN")
@click.argument("out", metavar="[OUT.zip]", required=False)
def write_crate(run, out):
    """Export the run folder RUN as an RO-Crate [default: NOTEBOOK-ID.crate.zip, here]."""
    from soaplens_lite.study.report import crate

    click.echo(crate.export(run, out))


@main.command("explore")
@click.argument("run", metavar="RUN")
@click.argument("out", metavar="[OUT.html]", required=False)
@RESULTS
def write_explorer(run, out, results):
    """
    Write a page on which to explore a run: the map beside the atoms [default: explore/NOTEBOOK.html in the results].

    RUN is a notebook, 01_cu211 for instance, or the folder of a run. Needs the extra explore.
    """
    from soaplens_lite.study.report import explorer

    click.echo(explorer.explore(run, out, results=results))


@main.command("report")
@RESULTS
def write_report(results):
    """Write what was reproduced to one page, report/index.html in the results."""
    from soaplens_lite.study import claims
    from soaplens_lite.study.report import report
    from soaplens_lite.study.run import folders

    folder = folders.existing_results(results)
    click.echo(report.build(folder, claims.judge(folder)))


@main.group("data")
def data_commands():
    """The trajectories: what there is, under which licence, whether it is here and intact, and how to get it."""


@data_commands.command("list")
def list_data():
    """List all data sets: tier, size, whether it is here and intact, licence."""
    from soaplens_lite.study import data

    click.echo(data.list_table().to_string())


@data_commands.command("show", cls=OwnDataCommand)
@click.argument("name", metavar="[ID]", required=False)
@TRAJECTORY
@own_data
@CENTERS
def show_data(name, **stated):
    """Show all that is known about the data set ID, or about your own: a TOML file, or --trajectory and the like."""
    from soaplens_lite.study import data

    stated = _stated(stated)
    if name is None and not stated:
        raise click.UsageError("name a data set, a TOML file, or a trajectory: soaplens data show --trajectory run.xtc")
    if name is None or data.is_description(name):
        click.echo(data.as_table(data.describe(data.read_statement(name, **stated), n_frames=0)))
    elif stated:
        raise click.UsageError(f"{name} is known to the registry: {', '.join(stated)} cannot be stated of it")
    else:
        click.echo(data.details(*data.choose([name])))


@data_commands.command("verify")
@click.argument("names", metavar="[ID]...", nargs=-1)
def verify_data(names):
    """
    Compare the files that are here with the registry; exit code 1 if one is damaged [default: all].

    The same if a named data set is not here.
    """
    from soaplens_lite.study import data

    text, all_intact = data.verify(data.choose(names or data.data_sets()), must_be_here=bool(names))
    click.echo(text)
    sys.exit(not all_intact)


@data_commands.command("fetch")
@click.argument("names", metavar="[ID]...", nargs=-1)
@click.option("--tier", metavar="TIER", help="All data sets of a tier of the registry: authors or paper.")
def fetch_data(names, tier):
    """Download data sets: named ones, or all of a tier. Sizes and licence are shown first."""
    from soaplens_lite.study import data

    if bool(names) == bool(tier):
        raise click.UsageError("name data sets or a tier: soaplens data fetch --tier paper")
    if tier and tier not in data.tiers():
        raise click.UsageError(f"tier = {tier!r}: must be one of {', '.join(data.tiers())}")
    names = names or [name for name, data_set in data.data_sets().items() if data_set.tier == tier]
    for data_set in data.fetch_all(names):
        click.echo(f"{data_set.id}: {data_set.trajectory}")


@data_commands.command("convert", cls=OwnDataCommand)
@click.argument("source", metavar="IN...", nargs=-1, required=True)
@click.argument("target", metavar="OUT")
@own_data
@click.option("--selection", default="all", metavar="RULE", help="Only these atoms, 'prop z > 18' for instance.")
@click.option("--frames", "n_frames", default=0, metavar="N", help="Only so many frames from the start.")
@click.option("--name", metavar="NAME", help="Of the trajectory in an HDF5 file OUT [default: the file's].")
def convert_data(source, target, **options):
    """
    Write the trajectory IN, or the parts of a run in their order, in the format that the ending of OUT says.

    To .hdf5, the layout of the paper and its authors' tools, from anything that MDAnalysis reads, and from there to
    .xyz or anything that MDAnalysis writes. Where that does not name its atoms, a PDB file is written beside it.
    """
    from soaplens_lite.study import data

    for path in data.convert(source, target, **_stated(options)):
        click.echo(path)
