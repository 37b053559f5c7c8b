"""Options that say what the user knows about a trajectory of their own."""

import re

import click

from soaplens_lite.cli._main import assignments


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
        callback=assignments,
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


def stated_of(options):
    """Options that were given."""
    return {key: value for key, value in options.items() if value not in (None, {}, ())}
