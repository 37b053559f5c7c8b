"""The page of an executed notebook: contents, pictures with texts, and nothing from other hosts."""

import re

import nbformat
import pytest

from soaplens_lite.study.run.notebooks import as_page

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture(scope="module")
def page():
    """A notebook with two sections, two pictures, a printed line and a warning."""
    one, other = (nbformat.v4.new_output("display_data", {"image/png": PIXEL, "text/plain": "<F>"}) for k in range(2))
    printed = nbformat.v4.new_output("stream", text="a < b", name="stdout")
    cells = [
        nbformat.v4.new_markdown_cell(
            "# Where & *why*?\n\nText of $c^*_{nl}$ and\n$c^*_{n'l}$, \\$5.\n\n$$\\frac{a_1}{b_2}$$"
        ),
        nbformat.v4.new_markdown_cell("## Figure 1a: the surface"),
        nbformat.v4.new_code_cell("draw(1)  # once", outputs=[one, printed, other]),
    ]
    return as_page(nbformat.v4.new_notebook(cells=cells), "01_demo")


def test_nothing_comes_from_other_hosts(page):
    """Neither scripts, styles, fonts nor pictures."""
    assert re.findall(r"""(?:src|href)=["']?https?:|@import|url\(http|<script|<link""", page) == []


def test_every_picture_has_a_text(page):
    """It names the section and counts the pictures there."""
    texts = re.findall(r'<img[^>]*?alt="([^"]*)"', page, re.DOTALL)
    assert texts == [f"picture {k} of: Figure 1a: the surface" for k in (1, 2)] and page.count("<img") == 2


def test_contents_lead_to_the_headings(page):
    """Each entry has its anchor, and the first heading is the title."""
    contents = re.findall(r'<li class="level(.)"><a href="#([^"]*)">([^<]*)</a>', page)
    assert [(level, text) for level, _, text in contents] == [
        ("1", "Where &amp; why?"),
        ("2", "Figure 1a: the surface"),
    ]
    assert all(f'id="{anchor}"' in page for _, anchor, _ in contents)
    assert "<title>Where &amp; why?</title>" in page


def test_formulas_are_mathml(page):
    """Two within the text and one by itself; Markdown does not take their stars and underscores; a price stays."""
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert re.findall(r'<math [^>]*display="(\w+)"', text) == ["inline", "inline", "block"]
    assert "<mfrac>" in text and "<em>_" not in text and text.count("$") == 1


def test_code_is_folded_and_outputs_are_not(page):
    """A line of text is at most 78 letters wide."""
    (code,) = re.findall(r"<details>.*?</details>", page, re.DOTALL)
    assert "draw" in code and "a &lt; b" not in code and "a &lt; b" in page
    assert "max-width: 78ch" in page
