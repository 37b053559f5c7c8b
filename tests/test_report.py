"""The report: what it shows of runs and verdicts, that it is whole by itself, and how it does in a browser."""

import json
import os
import shutil
from html.parser import HTMLParser
from itertools import product

import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from playwright.sync_api import sync_playwright

from soaplens_lite import plots
from soaplens_lite.cli import main
from soaplens_lite.study import claims, record
from soaplens_lite.study import data as registry
from soaplens_lite.study.claims.ledger import VERDICTS, Claim
from soaplens_lite.study.claims.results import write_tree
from soaplens_lite.study.claims.verdicts import Judgement
from soaplens_lite.study.pages import PAGES
from soaplens_lite.study.report import captions, report
from soaplens_lite.study.run import folders

PHONE, DESK = (390, 844), (1280, 900)
REASON = "it is so on these data"
NAN = float("nan")
NAMES = ["face/valley", "edge", "fast"]
KINETICS = {
    "matrix": [[0.93, 0.07, 0.0], [0.07, 0.92998, 0.00002], [NAN] * 3],
    "low": [[0.92, 0.06, 0.0], [0.06, 0.91, 0.0], [NAN] * 3],
    "high": [[0.94, 0.08, 0.0], [0.08, 0.94, 0.0001], [NAN] * 3],
}
RESULTS = xr.DataTree.from_dict(
    {
        "/joint/kinetics": xr.Dataset(
            {name: (("origin", "target"), values) for name, values in KINETICS.items()},
            coords={"origin": NAMES, "target": NAMES},
        ),
        "/joint/table": xr.Dataset({"population": ("state", [0.5, 0.4, 0.1])}, coords={"state": NAMES}),
    }
)


def judgement(number, verdict, *, study="cu211", cell_of="", stability="", **fields):
    """What a run says to a claim, with as little said as possible."""
    claim = Claim(
        **{
            "id": f"{study}.claim-{number}",
            "section": "2",
            "figure": "2b",
            "study": study,
            "kind": "number",
            "statement": f"Statement number {number} & <more>.",
            "published": 0.1,
            "unit": "%",
            "reason": "published with one decimal",
            **({} if "parameter" in fields else {"quantity": "joint/kinetics/matrix"}),
            "select": {"origin": "edge", "target": "fast"},
            "cell_of": cell_of,
            "tiers": ["sample", "paper"],
            "expected": "reproduced",
            "expected_reason": "it is so",
            **({"contradicted_by": "the text", "expected": verdict} if verdict == "source inconsistent" else {}),
            **fields,
        }
    )
    interval = (0.12, 0.21)
    measured = 0.16, "0.16 % (0.12 to 0.21)", interval
    return Judgement(claim, verdict, *measured, "of it", claim.expected, "a run", REASON, stability, "sample")


JUDGEMENTS = (
    judgement(1, "reproduced", statement="The fast state is fed mainly by edges.", stability="joint fast 3/3"),
    judgement(2, "differs", study="icewater"),
    judgement(3, "not evaluated"),
    judgement(4, "source inconsistent", study="cost"),
    *(
        judgement(
            number,
            verdict,
            cell_of="cu211.matrix",
            title="Probability",
            cell=cell,
            quantity="m",
            statement=f"Probability: {cell[0]} → {cell[1]}.",
        )
        for number, verdict, cell in [
            (5, "not evaluated", ("edge", "edge")),
            (6, "reproduced", ("edge", "fast")),
            (7, "reproduced", ("fast", "edge")),
            (8, "reproduced", ("fast", "fast")),
        ]
    ),
    judgement(9, "reproduced", study="icewater", section="example notebook", parameter="r_cut"),
)


CELLS_OF_A_MATRIX = [
    judgement(
        10 + number,
        "not evaluated",
        cell_of="cu211.joint",
        title="Joint",
        cell=cell,
    )
    for number, cell in enumerate(product(("edge", "face"), repeat=2))
]


def plot_map(ax, title=None):
    """A picture that has the name of a kind."""
    ax.plot([0, 1])


def plot_dendrogram(ax):
    """Another one."""
    ax.plot([0, 1])


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Results of one study: a figure composed of a panel, a panel without a whole, and a movie."""
    results = tmp_path_factory.mktemp("results of a study")
    folder = results / "01_cu211" / "c0ffee"
    folder.mkdir(parents=True)
    about = {
        "status": "running",
        "notebook": "01_cu211",
        "run_id": "c0ffee",
        "start": "2031-01-01T10:00:00+00:00",
        "end": "2031-01-01T10:03:00+00:00",
        "parameters": {"data": "cu211-sample", "r_cut": 5.5},
        "changed": {"r_cut": 5.5},
        "data": {"cu211-sample": registry.data_sets()["cu211-sample"].checksum},
        "code": "12" * 32,
        "git": {"commit": "813d10f", "clean": False},
        "versions": {"numpy": "2.4.6", "soaplens_lite": "0.1.0", "numba": None},
        "python": "3.11.7",
        "platform": "Linux",
        "seconds": 180.0,
        "seconds_per_section": {"Where do the fast atoms come from?": 0.2, "SOAP alone": 100.0, "Figure 2b": 1.0},
    }
    folders.write_json(folder / "run.json", about)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOAPLENS_RUN_DIR", str(folder))
        left = record.Record("01_cu211", about["parameters"])
        left.panel("fig2b_map", plot_map, title="joint")
        left.panel("figs1a_dendrogram", plot_dendrogram)
        left.panel("movie_s1_stills", plot_dendrogram)
        left.content["panels"]["movie_s1_stills"]["movie"] = "movie_s1"
        left.content["movies"]["movie_s1"] = ["movies/movie_s1.gif"]
        left.compose("fig2", [(60, [("b", "fig2b_map", 1)])])
        left.compose("figs1a", [(60, [("a", "figs1a_dendrogram", 1)])])
        write_tree(RESULTS, folder / "results.nc")
        left.content["learned"] = ["The state **fast** is found."]
        left.save_table(
            "tables1", pd.DataFrame({"kept": ["4"]}, index=pd.Index(["copper"], name="system")), ["A note."]
        )
        (folder / "movies").mkdir()
        (folder / "movies" / "movie_s1.gif").write_bytes(b"GIF89a\x01\0\x01\0\0\0\0;")
        left.finish()
    (folder / "notebook.ipynb").write_text(json.dumps({"cells": []}))
    (folder / "notebook.html").write_text("<html></html>")
    folders.write_json(folder / "run.json", about | {"status": "complete"})
    (folder.parent / "latest").symlink_to("c0ffee")
    (results / "02_au_nanoparticle").mkdir()  # a study that never was complete
    return results


@pytest.fixture(scope="module")
def page(results):
    """The report of these results."""
    return report.build(results, JUDGEMENTS)


class Page(HTMLParser):
    """All tags with their attributes, and all text."""

    def __init__(self, path):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attributes):
        """Keep a tag."""
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        """Keep text."""
        self.text += data

    def of(self, wanted):
        """Attributes of all tags of one name."""
        return [attributes for tag, attributes in self.tags if tag == wanted]


def test_the_page_is_whole_by_itself(results, page):
    """Pictures stand inside; no address of another computer is loaded or linked; links lead to files that are there."""
    content = Page(page)
    assert page == results / "report" / "index.html"
    assert [image["src"].partition(",")[0] for image in content.of("img")] == ["data:image/webp;base64"] * 5
    loading = [value for _, attributes in content.tags for key, value in attributes.items() if key in ("src", "srcset")]
    assert all(value.startswith("data:") for value in loading)
    links = [attributes["href"] for tag, attributes in content.tags if "href" in attributes]
    assert [link for link in links if "//" in link] == []
    identifiers = {attributes["id"] for _, attributes in content.tags if "id" in attributes}
    assert {link for link in links if link.startswith("#") and link[1:] not in identifiers} == set()
    files = [link for link in links if not link.startswith(("#", "data:"))]
    assert files and [link for link in files if not (page.parent / link).is_file()] == []
    assert "../01_cu211/c0ffee/notebook.html" in files and "../01_cu211/c0ffee/movies/movie_s1.gif" in files


def test_every_picture_has_words(page):
    """For those who cannot see it: which figure it is and what it shows."""
    assert [image["alt"] for image in Page(page).of("img")] == [
        f"Figure 2, composed of 1 panel. {captions.caption('fig2')}",
        f"Figure 2b: {captions.TEXTS['kinds']['map']['shows']} (joint)",
        f"Figure S1a, composed of 1 panel. {captions.caption('figs1a')}",
        f"Figure S1a: {captions.TEXTS['kinds']['dendrogram']['shows']}",
        f"Movie S1. {captions.caption('movie_s1')}",
    ]


def test_what_a_verdict_depends_on_stands_beside_it(page):
    """In how many of the rotations the states are found again; nothing where a claim depends on no state."""
    assert [attributes.get("class") for tag, attributes in Page(page).tags if tag == "span"].count("stability") == 1
    assert "joint fast 3/3" in Page(page).text


def test_the_verdicts_are_counted(page):
    """Statements, settings and cells of matrices apart; a departure from what is expected is pointed out."""
    bars = [attributes["aria-label"] for tag, attributes in Page(page).tags if attributes.get("class") == "bar"]
    assert bars == [
        "All statements: 1 reproduced, 1 differs, 1 not evaluated, 1 source inconsistent",
        "Copper surface: 1 reproduced, 1 not evaluated",
        "Ice and water: 1 differs",
        "Cost: 1 source inconsistent",
    ]
    text = " ".join(Page(page).text.split())
    assert "Claims4 statements, 1 settings taken over, 4 cells of matrices" in text
    assert "Settings taken over1––––Cells of matrices3––1–" in text
    assert "3 verdicts are not the expected one" in text
    assert "Statement number 2 & <more>. Differs on our sample, expected reproduced." in text
    assert "Statement number 3 & <more>." in text  # marks of HTML in a statement are letters


def test_a_claim_says_where_it_stands_and_what_these_data_let_expect(page):
    """Sections are of the paper only; the reason is that of the tier, not the one that the ledger has for samples."""
    text = " ".join(Page(page).text.split())
    assert "In the sourceSection 2, Figure 2b" in text
    assert "In the sourceexample notebook, Figure 2b" in text and "Section example" not in text
    assert f"Expectedreproduced: {REASON}" in text and "reproduced: it is soCompared" not in text


def test_the_studies_show_what_they_found(page):
    """Question, difference from the paper's data, sentences of the notebook, published matrix beside the measured."""
    text = " ".join(Page(page).text.split())
    for words in (
        "Where do the fast atoms come from?",
        "Gupta potential in place of a neural-network potential",
        "The state fast is found.",
        "Read the executed notebook · Movie S1 · How it was made",
        "Probability (Figure 2b), %.",
        "Time: 180 s in all",
        "commit 813d10f, and changes that are in no commit",
        "git checkout 813d10f make setup .venv/bin/soaplens run 01_cu211 -p r_cut=5.5",
    ):
        assert words in text


def test_captions_go_letter_by_letter(page):
    """With the states that were found, what lines and small numbers mean, and a movie beside its stills."""
    content = Page(page)
    text = " ".join(content.text.split())
    assert "(b) Joint data: dendrogram" in text and "States: face/valley, edge, fast. (c)" in text
    assert text.count("Maps: every point is one atom") == 1 and text.count("Dendrograms: ") == 1
    assert "Figure S1a. Clusters of the structure alone" in text
    movie = [tag["href"] for tag in content.of("a") if tag.get("href", "").endswith("movies/movie_s1.gif")]
    assert len(movie) >= 2 and "Watch the movie" in text and "Movie S1. The path of the atom of Figure 2c" in text


@pytest.mark.parametrize("name", [name for name in PAGES if "parts" in captions.TEXTS["figures"][name]])
def test_every_lettered_page_has_words_for_its_letters(name):
    """Each letter that is set on a page has words, and no word stands for a letter that is not set."""
    set_letters = [letter for row in PAGES[name]["rows"] for letter, *_ in row["cells"] if letter]
    assert set_letters == list(captions.parts(name, {}))


def test_tables_are_shown(page):
    """With their caption and notes, and both files."""
    content = Page(page)
    text = " ".join(content.text.split())
    assert f"Table S1. {captions.caption('tables1')}" in text and "copper 4" in text and "A note." in text
    links = [tag["href"] for tag in content.of("a") if "/tables/" in tag.get("href", "")]
    assert {link.rpartition("/")[2] for link in links} == {"tables1.csv", "tables1.tex"}


def test_the_measured_matrix_is_shown_whole(results, page):
    """With its intervals, states that were not published included; what was not measured has no counterpart."""
    matrix = report._matrices(CELLS_OF_A_MATRIX, RESULTS)["cu211.joint"]
    assert (matrix["lacking"], matrix["besides"]) == (["face"], ["face/valley", "fast"])
    assert matrix["measured"]["names"] == ["face/valley", "edge", "fast"]
    assert matrix["measured"]["cells"] == [
        [("93.00", "92.00–94.00"), ("7.00", "6.00–8.00"), ("0", "")],
        [("7.00", "6.00–8.00"), ("93.00", "91.00–94.00"), ("<0.01", "0.00–0.01")],
        [("–", "")] * 3,
    ]
    text = " ".join(Page(report.build(results, CELLS_OF_A_MATRIX)).text.split())
    report.build(results, JUDGEMENTS)
    assert "No counterpart: face; only measured: face/valley, fast," in text
    assert "1 of 4 cells have a counterpart" in text


def test_matrices_and_rows_of_numbers():
    """Rows and columns by the names of the cells; a list of numbers is a matrix of one row without a name."""
    fields = {"cell_of": "cu211.v", "title": "Share of the variance", "quantity": "v"}
    cells = [judgement(k, "reproduced", cell=("", str(k)), **fields) for k in (1, 2)]
    matrices = report._matrices([*JUDGEMENTS, *cells], None)
    assert {name: (matrix["rows"], matrix["columns"]) for name, matrix in matrices.items()} == {
        "cu211.matrix": (["edge", "fast"], ["edge", "fast"]),
        "cu211.v": ([""], ["1", "2"]),
    }
    assert matrices["cu211.matrix"]["cells"]["fast", "edge"] is JUDGEMENTS[6]
    assert matrices["cu211.v"]["title"] == "Share of the variance"


def test_nothing_is_written_twice(results, page):
    """The same runs and verdicts leave the page alone; another verdict, another page."""
    written = page.stat().st_mtime_ns
    assert report.build(results, JUDGEMENTS) == page and page.stat().st_mtime_ns == written
    before = page.read_bytes()
    report.build(results, JUDGEMENTS[:2])
    assert page.read_bytes() != before
    report.build(results, JUDGEMENTS)
    assert page.read_bytes() == before
    assert [path.name for path in page.parent.iterdir()] == ["index.html"]


def test_it_links_to_the_explorer_of_the_run(results):
    """When it was made, and not to that of another run; the page is made anew for that."""
    explorer = results / "explore" / "01_cu211.html"
    explorer.parent.mkdir()
    linked = []
    for run_id in ("c0ffee", "another"):
        explorer.write_text(f"<html><!-- {run_id} -->")
        linked.append('href="../explore/01_cu211.html"' in report.build(results, JUDGEMENTS).read_text())
    shutil.rmtree(explorer.parent)
    assert linked == [True, False]


def test_no_runs_no_report(tmp_path):
    """One message that says what to do, and nothing is made."""
    result = CliRunner().invoke(main, ["report", "--results", str(tmp_path)])
    assert (
        result.exit_code == 1 and "holds no complete run to report on: run `soaplens reproduce` first" in result.output
    )
    assert list(tmp_path.iterdir()) == []


def test_the_command_judges_and_reports(results, monkeypatch):
    """It prints where the page is."""
    monkeypatch.setattr(claims, "judge", lambda folder: JUDGEMENTS)
    result = CliRunner().invoke(main, ["report", "--results", str(results)])
    assert result.output.strip() == str(results / "report" / "index.html")


def test_every_page_has_words_and_every_kind_of_picture_too():
    """A caption for each page; for each plot function, what it shows or a caption for each of its figures."""
    assert all(captions.caption(page) for page in PAGES)
    kinds = {name.removeprefix("plot_") for name in dir(plots) if name.startswith("plot_")}
    assert kinds - {"costs", "findings", "robustness", "path"} <= set(captions.TEXTS["kinds"])
    assert all(captions.PLACES[panel][0] == page for page, layout in PAGES.items() for row in layout["rows"]
               for _, _, *panels in row["cells"] for panel in panels)  # fmt: skip


# From here on in a browser.


NOISE = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Network.loadingFailed")
ASKED = "Network.requestWillBeSent"


class Browser:
    """A page in Debian's Chromium, with what happens in it. Scripts run past the page's policy, which forbids eval."""

    def __init__(self, program):
        self._manager = sync_playwright().start()
        self._chromium = self._manager.chromium.launch(executable_path=program, args=["--no-sandbox"])
        self.page, self.events = self._chromium.new_page(), []
        self._session = self.page.context.new_cdp_session(self.page)
        for name in (*NOISE, ASKED):
            self._session.on(name, lambda event, name=name: self.events.append((name, event)))
        for domain in ("Runtime", "Network", "Log"):
            self._session.send(f"{domain}.enable")

    def run(self, script):
        """The value of a line of JavaScript."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self._session.send("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def open(self, path, size=DESK, scheme="light"):
        """Load a page in a window of some size, with the colors that the user prefers."""
        self.page.set_viewport_size({"width": size[0], "height": size[1]})
        self.page.emulate_media(media="screen", color_scheme=scheme)
        self.page.goto("about:blank")  # also where only the fragment of the address would change
        self.events.clear()
        self.page.goto(path.as_uri())

    def press(self, key):
        """Press a key."""
        self.page.keyboard.press(key)

    def close(self):
        """End the browser."""
        self._chromium.close()
        self._manager.stop()


@pytest.fixture(scope="module")
def browser():
    """A browser; where there is none the tests are left out, unless SOAPLENS_BROWSER says that it is required."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        if os.environ.get("SOAPLENS_BROWSER") == "required":
            pytest.fail("SOAPLENS_BROWSER=required, but there is no Chromium (Debian: apt install chromium)")
        pytest.skip("no Chromium: the report was not tried in a browser (Debian: apt install chromium)")
    browser = Browser(program)
    yield browser
    browser.close()


def test_it_loads_in_silence(browser, page):
    """No error on the console, nothing refused, and nothing is asked for but the page itself."""
    browser.open(page)
    browser.run("new Promise(done => setTimeout(done, 200))")
    asked = [event["request"]["url"] for name, event in browser.events if name == ASKED]
    assert asked[0] == page.as_uri() and [url for url in asked[1:] if not url.startswith("data:")] == []
    assert [(name, event) for name, event in browser.events if name in NOISE] == []


def test_nothing_can_be_loaded_from_elsewhere(browser, page):
    """The page's own policy refuses it, should somebody add a picture from the web."""
    browser.open(page)
    browser.run(
        "refused = []; addEventListener('securitypolicyviolation', e => refused.push(e.violatedDirective));"
        "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}));"
        "fetch('http://127.0.0.1:9/').catch(() => 0)"
    )
    browser.run("new Promise(done => setTimeout(done, 100))")
    assert sorted(browser.run("refused")) == ["connect-src", "img-src"]


def test_pictures_are_there(browser, page):
    """Each has pixels, and words for those who cannot see it."""
    browser.open(page)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    seen = browser.run("Promise.all([...document.images].map(i => i.decode().then(() => [i.naturalWidth, i.alt])))")
    assert len(seen) == 5 and all(width > 100 and len(alt) > 10 for width, alt in seen)


def rows(browser):
    """Numbers of the claims that are shown."""
    names = browser.run("[...document.querySelectorAll('.claims tbody tr')].filter(r => r.offsetHeight).map(r => r.id)")
    return [int(name.rpartition("-")[2]) for name in names]


def test_claims_are_filtered(browser, page):
    """By words in any order, study and verdict; cells of matrices on request; the count says how many are left."""
    browser.open(page)

    def choose(field, value):
        kind = "checked" if isinstance(value, bool) else "value"
        browser.run(f"field.{field}.{kind} = {json.dumps(value)}; field.{field}.dispatchEvent(new Event('input'))")
        return rows(browser), browser.run("document.getElementById('shown').textContent")

    assert rows(browser) == [1, 2, 3, 4, 9]
    assert choose("text", "edges FAST") == ([1], "1 of 5")
    assert choose("text", "") == ([1, 2, 3, 4, 9], "5 of 5")
    assert choose("study", "icewater") == ([2, 9], "2 of 5")
    assert choose("study", "") == ([1, 2, 3, 4, 9], "5 of 5")
    assert choose("verdict", "not evaluated") == ([3], "1 of 5")
    assert choose("cells", True) == ([3, 5], "2 of 9")
    assert choose("text", "no such words") == ([], "0 of 9")
    assert browser.run("document.getElementById('none').offsetHeight > 0")
    browser.run("document.getElementById('clear').click()")
    assert rows(browser) == [1, 2, 3, 4, 9] and browser.run("document.activeElement.id") == "text"


def test_a_link_leads_to_a_claim_that_is_filtered_out(browser, page):
    """It is shown, with its details open."""
    browser.open(page)
    browser.run("location.hash = '#claim-cu211.claim-6'; new Promise(done => setTimeout(done, 50))")
    assert rows(browser) == [1, 2, 3, 4, 6, 9]
    assert browser.run("document.getElementById('claim-cu211.claim-6').querySelector('details').open")


@pytest.mark.parametrize("size", [PHONE, (320, 600), DESK])
def test_nothing_is_wider_than_the_window(browser, page, size):
    """Also with everything open, on the smallest phone; wide tables scroll in themselves."""
    browser.open(page, size)
    browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
    browser.run("cells.checked = true; cells.dispatchEvent(new Event('input'))")
    assert browser.run("document.documentElement.scrollWidth") <= size[0]
    assert browser.run("document.body.scrollWidth") <= size[0]


CONTRAST = """
(() => {
  const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
  const rgb = color => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = color => {
    const [r, g, b] = rgb(color).map(v => linear(v / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = e => {
    while (e && !rgb(getComputedStyle(e).backgroundColor)[3]) e = e.parentElement;
    return e ? getComputedStyle(e).backgroundColor : 'white';
  };
  const says = e => e.offsetHeight && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  const ratios = [...document.querySelectorAll('body *')].filter(says).map(e => {
    const [b, a] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => x - y);
    return [(a + 0.05) / (b + 0.05), e.textContent.slice(0, 30)];
  }).sort((x, y) => x[0] - y[0]);
  return {page: light(getComputedStyle(document.body).backgroundColor), worst: ratios[0], n: ratios.length};
})()
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_both_color_schemes_are_readable(browser, page, scheme):
    """The page follows the system; every text has the contrast that WCAG asks for (4.5); the switch turns it around."""
    browser.open(page, scheme=scheme)
    browser.run("localStorage.clear()")
    browser.open(page, scheme=scheme)
    seen = browser.run(CONTRAST)
    assert (seen["page"] > 0.8) == (scheme == "light") and (seen["page"] < 0.05) == (scheme == "dark")
    assert seen["n"] > 50 and seen["worst"] >= [4.5]
    browser.run("document.getElementById('theme').click()")
    turned = browser.run(CONTRAST)
    assert (turned["page"] > 0.8) == (scheme == "dark") and turned["worst"] >= [4.5]
    browser.run("localStorage.clear()")


def test_the_keyboard_is_enough(browser, page):
    """The first stop is the link over the contents, visible when reached; every stop shows that it is reached."""
    browser.open(page)
    browser.press("Tab")
    assert browser.run("document.activeElement.className") == "skip"
    assert browser.run("document.activeElement.getBoundingClientRect().left >= 0")
    browser.press("Enter")
    assert browser.run("location.hash") == "#verdicts"
    stops = []
    for _ in range(12):
        browser.press("Tab")
        stops.append(
            browser.run("[document.activeElement.tagName, getComputedStyle(document.activeElement).outlineStyle]")
        )
    assert {style for _, style in stops} == {"solid"}
    assert {"INPUT", "SELECT", "BUTTON", "SUMMARY"} <= {tag for tag, _ in stops}


@pytest.mark.parametrize("size", [PHONE, DESK])
def test_a_picture_is_enlarged_by_mouse_and_keyboard(browser, page, size):
    """As large as it is embedded, in a window that scrolls; closing leads back to where it was."""
    browser.open(page, size)
    before = browser.run("document.querySelector('.sheet img').getBoundingClientRect().width")
    browser.run("document.querySelector('.sheet').focus()")
    browser.press("Enter")
    assert browser.run("large.open && document.activeElement.textContent") == "Close"
    shown = browser.run("(p => [p.getBoundingClientRect().width, p.naturalWidth])(large.querySelector('img'))")
    assert shown[0] == shown[1] > before
    assert browser.run("document.documentElement.scrollWidth") <= size[0]
    browser.press("Enter")
    assert browser.run("large.open || document.activeElement.className") == "sheet"
    browser.run("document.querySelector('.sheet img').click()")
    assert browser.run("large.open && document.getElementById('file').getAttribute('href')").endswith("fig2.png")


def test_it_can_be_printed(browser, page):
    """On white, without what only works on a screen, with all figures and verdicts."""
    browser.open(page, scheme="dark")
    browser.page.emulate_media(media="print", color_scheme="dark")
    shown = "e => document.querySelector(e).offsetHeight > 0"
    assert browser.run(f"['nav', '.filter', '.skip', '.panels'].map({shown})") == [False] * 4
    assert browser.run(f"['h1', '.counts', '.claims', 'figure img', '.record'].map({shown})") == [True] * 5
    assert browser.run(CONTRAST)["page"] == 1
    assert browser.page.pdf(print_background=True).startswith(b"%PDF")


def test_verdicts_are_told_apart_without_color():
    """By a sign each, as they stand in a grey print."""
    assert len(set(report.MARKS.values())) == len(VERDICTS) == len(report.MEANINGS)
