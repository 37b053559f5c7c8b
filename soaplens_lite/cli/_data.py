"""Commands about trajectories: those of the registry, and the user's own."""

import sys

import click

from soaplens_lite.cli._main import main
from soaplens_lite.cli._own_data import CENTERS, TRAJECTORY, OwnDataCommand, own_data, stated_of


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

    stated = stated_of(stated)
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

    for path in data.convert(source, target, **stated_of(options)):
        click.echo(path)
