"""Commands that bring the notebooks to their readers."""

import subprocess
import sys

import click

from soaplens_lite.cli._main import main
from soaplens_lite.study import PACKAGE


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
    from soaplens_lite.study.run import notebooks

    for path in notebooks.prepare_lab(folder):
        click.echo(f"kept: {path} differs from {notebooks.PUBLISHED}/{path.name}")
    if not no_start:
        settings = f"--LabApp.app_settings_dir={PACKAGE / 'study' / 'templates' / 'lab'}"
        sys.exit(subprocess.call([sys.executable, "-m", "jupyterlab", folder, settings, *options]))
