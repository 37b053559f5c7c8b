"""The README of the data registry names what there is: files, tiers, data sets, commands, keys."""

import re
from pathlib import Path

import click
import pytest

from soaplens_lite import cli
from soaplens_lite.study import data as registry

FOLDER = Path(__file__).parents[1] / "data_registry"
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_file_of_the_folder_is_explained():
    """And nothing that is not there."""
    named = set(re.findall(r"^\| \[?`([^`/]+)/?`", README, re.M))
    there = {path.name for path in FOLDER.iterdir() if not path.name.startswith(".")} - {"README.md"}
    rows = {name for name in named if name.endswith(".toml") or (FOLDER / name).is_dir()}
    assert rows == there


def test_every_data_set_is_listed_in_its_tier():
    """One row per tier of the registry, with all its data sets."""
    listed = {}
    for data_set in registry.data_sets().values():
        listed.setdefault(data_set.tier, []).append(data_set.id)
    for tier, ids in listed.items():
        row = re.search(rf"^\| `{tier}` \| (.*?) \|", README, re.M)[1]
        assert re.findall(r"`([^`]+)`", row) == ids


@pytest.mark.parametrize("command", sorted(set(re.findall(r"soaplens ((?:data )?[a-z]+)", README))))
def test_every_command_exists(command):
    """As it is written."""
    group = cli.main
    for word in command.split():
        group = group.get_command(click.Context(group), word)
        assert group is not None


def test_recipes_of_all_samples_are_there():
    """Each sample has provenance, and a recipe with an explanation."""
    samples = {path.name for path in (FOLDER / "samples").iterdir() if path.is_dir()}
    recipes = {path.parent.name for path in (FOLDER / "recipes").glob("*/README.md")}
    assert samples == recipes == {path.parent.name for path in (FOLDER / "samples").glob("*/PROVENANCE.md")}
