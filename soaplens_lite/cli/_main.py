"""The command itself: how it ends, what it shows, and options that several commands have."""

import logging
import signal
import warnings
from pathlib import Path

import click

from soaplens_lite.study import PACKAGE, StudyError

RESULTS = click.option(
    "--results", metavar="DIR", help="Where results go [default: SOAPLENS_RESULTS, otherwise results/]."
)
TIMEOUT = click.option(
    "--timeout", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Longest time for one cell, in seconds."
)
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


def assignments(ctx, option, values):
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
