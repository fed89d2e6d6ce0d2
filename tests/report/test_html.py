"""The pages: self-contained, readable, and nothing that comes from manifests is anything but text in them."""

import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from msgspec.structs import replace

from tests.engine.asking import cluster, deployment, namespace, policy, universe
from tests.report.comparisons import CHECKS, CLOSED, DIFFS, GATES, INCOMPARABLE, OPENED, gated, judged
from tests.report.samples import PAGE, PROVED, STRANGER, VIOLATED, leak, prop, report
from tests.report.test_formats import EVIL, EVIL_DIFF, EVIL_GATE, EVIL_RESULT
from tests.report.test_mapformats import SHOP, drawn
from verifier.engine.explain.explain import explain
from verifier.engine.map.classes import Member
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map
from verifier.engine.map.result import Node as MapNode
from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.coverage import CoverageReport, Effect, Fate, Judged, OfPolicy, OfProperty, Proposal
from verifier.engine.results.diff import Change
from verifier.errors import Diagnostic
from verifier.ir.endpoint import Endpoint, Workload
from verifier.ir.labels import Selector
from verifier.ir.mutant import Edit, Sort
from verifier.ir.origin import Origin
from verifier.ir.policy import Citation
from verifier.manifests.notation.connection import parse_connection_query
from verifier.report.formats import Failed, formats_of
from verifier.report.html import assets, frame, ofregions
from verifier.report.html.check import ways
from verifier.report.html.markup import data, element, inline
from verifier.report.html.ofmap import node_of, views
from verifier.report.html.picture import MOST_EDGES, Edge, Node, View, is_worth_it
from verifier.report.words.paint import PLAIN
from verifier.report.words.steering import heard_by_nobody

FOLDER = Path(assets.__file__).parent
LAYOUT = "/* a library that lays out */"

HOSTILE = (
    EVIL,
    "</script><script>alert(1)</script>",
    "</title></style><img src=x onerror=alert(1)>",
    "--><!--<script>",
    "\"' onmouseover=alert(1) x='",
    "javascript:alert(1)",
    "]]>\u202e\u2066&lt;b&gt;&#60;",
    "${alert(1)}`\\u003cscript\\u003e",
    "{{7*7}}<svg/onload=alert(1)>",
)
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "a", "header", "main", "footer", "nav", "section", "noscript"),
    *("h1", "h2", "h3", "p", "span", "strong", "code", "pre", "figure", "figcaption", "details", "summary", "div"),
    *("ul", "ol", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tr", "th", "td", "script"),
}
ATTRIBUTES = {
    *("class", "id", "href", "lang", "charset", "http-equiv", "content", "name", "scope", "tabindex", "role", "open"),
    *("type", "aria-hidden", "aria-label", "aria-labelledby"),
}


class Reading(HTMLParser):
    """What a page is made of, as a reader of HTML that is not ours takes it."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.declared: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def handle_decl(self, decl: str) -> None:
        self.declared.append(decl)


@pytest.fixture(autouse=True)
def with_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever this checkout has fetched."""
    monkeypatch.setattr(frame, "layout", lambda: LAYOUT)


def page(command: str, value: object, **more: object) -> str:
    return formats_of(command)["html"](value, PLAIN, False, **more)


def evil_map(name: str) -> Map:
    """The workloads of the sample, one of them called as somebody hostile calls it."""
    found = drawn()
    first = found.nodes[0]
    mine = replace(first.members[0], workloads=(Workload(name, "shop", name, {name: name}),), namespace=name)
    return replace(found, nodes=(replace(first, members=(mine,)), *found.nodes[1:]), assumptions=(name,))


def covered(name: str, fate: Fate = Fate.UNNOTICED, **more: object) -> CoverageReport:
    """One edit of a policy of that name, and one of which it is known what it would open."""
    edit = Edit(Sort.RULE, Citation(name, name, name), name, Origin(PAGE, ("metadata", "name")))
    told = Judged(edit, fate, effect=Effect(True, OPENED, is_whole=False, both=True), suggestion=name)
    noticed = Judged(edit, Fate.NOTICED, by=(name,))
    values: dict[str, object] = {
        "judged": (told, Judged(edit, fate), noticed, Judged(edit, Fate.EQUIVALENT)),
        "properties": (OfProperty(prop(name=name), Verdict.PROVED, 1, 1), OfProperty(prop(name=name), Verdict.UNKNOWN)),
        "policies": (OfPolicy(edit.policy, 4, 1, 0, 1),),
        "proposals": (Proposal(name, 3),),
        "assumptions": (name,),
    }
    return CoverageReport("open", **(values | more))  # type: ignore[arg-type]


COVERAGES = {
    "unnoticed": covered("api"),
    "undecided": covered("api", Fate.UNDECIDED),
    "below": covered("api", fail_under=90, properties=()),
    "enough": covered("api", fail_under=10),
    "nothing": CoverageReport("open"),
}


def pages() -> dict[str, str]:
    """Every run, and what hostile names make of it."""
    shown = {f"check {run}": page("check", value) for run, value in CHECKS.items()}
    shown |= {f"diff {run}": page("diff", value) for run, value in DIFFS.items()}
    shown |= {f"gate {run}": page("gate", value) for run, value in GATES.items()}
    shown["check evil"] = page("check", report(EVIL_RESULT, VIOLATED), drawn=drawn())
    shown["diff evil"] = page("diff", EVIL_DIFF)
    shown["gate evil"] = page("gate", EVIL_GATE)
    shown |= {f"coverage {run}": page("coverage", value) for run, value in COVERAGES.items()}
    for count, name in enumerate(HOSTILE):
        shown[f"coverage {count}"] = page("coverage", covered(name))
        wrong = Diagnostic(name, name, name, 1, 1, name)
        shown[f"map {count}"] = page("map", evil_map(name))
        shown[f"check map {count}"] = page("check", report(VIOLATED), drawn=evil_map(name))
        shown[f"failed {count}"] = page("explain", Failed(name, (wrong,)))
    return shown


@pytest.fixture(scope="module")
def every() -> dict[str, str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frame, "layout", lambda: LAYOUT)
        return pages()


def test_nothing_is_markup_but_what_we_write(every: dict[str, str]) -> None:
    for run, shown in every.items():
        found = Reading(shown)
        assert found.declared == ["doctype html"]
        assert {tag for tag, _ in found.tags} <= TAGS, run
        assert {name for _, attributes in found.tags for name in attributes} <= ATTRIBUTES, run
        links = [attributes["href"] for _, attributes in found.tags if "href" in attributes]
        assert all(link is not None and re.fullmatch("#[a-z-]+", link) for link in links), run


def test_a_page_asks_nothing_of_anybody_and_runs_only_what_it_holds(every: dict[str, str]) -> None:
    for run, shown in every.items():
        found = Reading(shown)
        [policy_] = [a["content"] or "" for _, a in found.tags if a.get("http-equiv") == "Content-Security-Policy"]
        rules = dict(rule.partition(" ")[::2] for rule in policy_.split("; "))
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == rules["trusted-types"] == "'none'"
        scripts = re.findall(r"<script>(.*?)</script>", shown, re.DOTALL)
        styles = re.findall(r"<style>(.*?)</style>", shown, re.DOTALL)
        assert set(rules["script-src"].split()) == {hashed(text) for text in scripts}, run
        assert rules["style-src"].split() == [hashed(text) for text in styles], run
        assert [a for tag, a in found.tags if tag == "script" and a] in (
            [],
            [{"type": "application/json", "id": "picture-data"}],
        )


def hashed(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def test_what_somebody_hostile_wrote_can_be_read(every: dict[str, str]) -> None:
    for count, name in enumerate(HOSTILE[1:], 1):
        text = "".join(t for tag, some in Reading(every[f"map {count}"]).texts.items() if tag != "script" for t in some)
        shown = name.replace("\u202e", "\\u202e").replace("\u2066", "\\u2066")
        assert shown in text


def test_pages_are_not_changed_on_their_way_into_a_file(every: dict[str, str]) -> None:
    """Else the hashes of what is in them would be others."""
    assert [run for run, shown in every.items() if heard_by_nobody(shown) != shown] == []


def test_every_part_that_is_linked_is_there_once(every: dict[str, str]) -> None:
    for run, shown in every.items():
        tags = Reading(shown).tags
        ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
        assert len(ids) == len(set(ids)), run
        assert {str(a["href"])[1:] for _, a in tags if "href" in a} <= set(ids), run


def test_markup_is_made_in_one_file() -> None:
    made = [path.name for path in FOLDER.glob("*.py") if re.search(r"\bMarkup\(", path.read_text())]

    assert made == ["markup.py"]
    script = (FOLDER / "page.js").read_text().replace("http://www.w3.org/2000/svg", "")
    assert "//" not in re.sub(r"^ *//.*|;?// .*", "", script, flags=re.MULTILINE)
    assert not re.search(r"url\(|@import|//", (FOLDER / "page.css").read_text())
    assert not re.search(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval|Function\(|fetch|import", script)


@pytest.mark.parametrize(
    "attributes",
    [{"onclick": "x"}, {"style": "x"}, {"src": "x"}, {"href": "javascript:x"}, {"href": "//x"}, {"A": "x"}],
)
def test_no_attribute_can_run_or_fetch_anything(attributes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="report"):
        element("a", **attributes)


def test_no_text_ends_an_attribute() -> None:
    for name in HOSTILE:
        [(_, attributes)] = Reading(element("p", name, aria_label=name).source).tags
        assert set(attributes) == {"aria-label"}


@pytest.mark.parametrize("source", ["a</script >", "a</SCRIPT>", "<!--"])
def test_a_script_that_would_end_early_is_refused(source: str) -> None:
    with pytest.raises(ValueError, match="does not fit"):
        inline("script", source)


def test_data_ends_no_script() -> None:
    for name in HOSTILE:
        inside = data("x", {name: name}).source.partition(">")[2].removesuffix("</script>")
        assert not set(inside) & set("<>&#")


def test_without_the_library_the_tables_are_there_and_say_how_to_get_the_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame, "layout", lambda: None)

    shown = page("map", drawn())

    assert "make web-assets" in shown
    assert 'id="picture-data"' not in shown
    assert "TCP 80" in shown


def test_another_library_than_the_pinned_one_is_not_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "vendor").mkdir()
    library = tmp_path / assets.LAYOUT
    monkeypatch.setattr(assets, "files", lambda _: tmp_path)
    for text, taken in (("evil()", False), ("ours()", True)):
        library.write_text(text)
        monkeypatch.setattr(assets, "LAYOUT_SHA256", sha256(b"ours()").hexdigest())
        assets.layout.cache_clear()
        assert (assets.layout() is not None) is taken
    library.unlink()
    assets.layout.cache_clear()
    assert assets.layout() is None
    assets.layout.cache_clear()


# What a page says


def test_the_verdicts_come_first_and_what_is_not_covered_before_the_tables() -> None:
    order = [Reading(page("check", CHECKS[run])).tags for run in ("violated",) if run in CHECKS] or [
        Reading(page("check", report(VIOLATED, PROVED))).tags
    ]
    ids = [str(a["id"]) for _, a in order[0] if "id" in a and not str(a["id"]).endswith("-title")]

    assert ids[:3] == ["main", "verdicts", "coverage"]


def test_a_violation_stands_open_with_its_line_marked_and_a_proof_is_folded() -> None:
    shown = page("check", report(VIOLATED, PROVED))

    assert '<details open class="violated">' in shown
    assert '<details class="proved">' in shown
    assert re.search(r'class="line guilty"><span class="number">&gt; 14 </span>', shown)
    assert "this item of `from` lets it in" in shown


def test_what_was_opened_and_closed_differs_by_sign_and_word() -> None:
    view = ofregions.view(INCOMPARABLE)
    shown = page("diff", INCOMPARABLE)

    assert [edge.sign for edge in view.edges] == ["+", "-"]
    assert view.boxes == ("shop", "outside the cluster")
    for word, sign in (("OPENED", "+"), ("CLOSED", "−")):
        assert f'<span aria-hidden="true">{sign}</span> {word}' in shown


def test_a_list_that_is_not_complete_is_marked() -> None:
    assert "INCOMPLETE" in page("diff", replace(INCOMPARABLE, complete=False))
    assert "INCOMPLETE" not in page("diff", INCOMPARABLE)


def test_ends_that_are_said_alike_are_one_node() -> None:
    view = ofregions.view(replace(INCOMPARABLE, added=(OPENED, replace(OPENED, ports={})), removed=(CLOSED,)))

    assert (len(view.nodes), len(view.edges)) == (4, 3)


def test_a_gate_says_what_becomes_of_the_change_and_shows_what_breaks() -> None:
    shown = page("gate", gated(judged(VIOLATED, Change.NEWLY_VIOLATED), results=(VIOLATED,), difference=INCOMPARABLE))

    assert re.search(r'<h1><span class="badge violated">.*?FAILS</span>', shown)
    assert "NEWLY VIOLATED" in shown
    assert '<details open class="violated">' in shown


def test_a_fate_that_is_not_decided_is_never_green() -> None:
    for run, value in CHECKS.items():
        if any(result.verdict is not Verdict.PROVED for result in value.results):
            assert '<h1><span class="badge proved">' not in page("check", value), run
    for run, value in DIFFS.items():
        if value.relation != "equivalent":
            assert '<h1><span class="badge proved">' not in page("diff", value), run


def test_what_no_property_notices_stands_with_its_line_and_what_it_would_open() -> None:
    shown = page("coverage", COVERAGES["unnoticed"])
    told = Reading(shown).texts

    assert re.search(r'<details open class="opened"><summary>.*?OPENS', shown)
    assert any("would open" in text for text in told["p"])
    assert re.search(r'<figure class="excerpt"><figcaption><code class="place">k8s/shop/api.yaml', shown)
    assert "By property" in told["caption"]
    assert {"1 of 3 edits noticed (33.3 %), 1 property unknown"} <= {text.strip() for text in told["h1"]}


@pytest.mark.parametrize(
    ("run", "kind", "word"),
    [
        ("unnoticed", "unknown", "UNDECIDED"),
        ("undecided", "unknown", "UNDECIDED"),
        ("below", "violated", "FAILS"),
        ("enough", "proved", "PASSES"),
        ("nothing", "note", "NOTHING"),
    ],
)
def test_a_share_that_is_not_known_is_never_green(run: str, kind: str, word: str) -> None:
    (head,) = re.findall(r"<h1>.*?</h1>", page("coverage", COVERAGES[run]))

    assert re.search(rf'<span class="badge {kind}">.*{word}</span>', head)


def test_a_share_that_is_known_is_neither_good_nor_bad_where_none_is_wanted() -> None:
    known = covered("api", properties=(OfProperty(prop(), Verdict.PROVED, 1, 1),))

    assert '<h1><span class="badge note">' in page("coverage", known)


def test_an_explanation_shows_both_sides_with_their_lines() -> None:
    found = cluster(SHOP)
    query = parse_connection_query("shop/web -> shop/api : TCP/81", found.workloads, found.nodes, (), found.services)

    shown = page("explain", explain(found, query))

    assert re.search(r'<h1><span class="badge denied">', shown)
    assert "<h3>Egress</h3>" in shown
    assert "<h3>Ingress</h3>" in shown
    assert "selects the pod, and no rule lets it in" in shown


# Pictures of maps


def test_what_breaks_a_claim_is_lit_from_the_node_it_comes_from() -> None:
    found = drawn()
    web = next(w for node in found.nodes for m in node.members for w in m.workloads if w.name == "web")
    api = next(w for node in found.nodes for m in node.members for w in m.workloads if w.name == "api")
    ends = [Endpoint(STRANGER.kind, STRANGER.address, None, w.labels, workload=w) for w in (web, api)]
    witness = leak(source=ends[0], destination=ends[1])

    [view, *_] = views(found, ways([replace(VIOLATED, witness=witness, regions=())]))

    [lit] = [edge for edge in view.edges if edge.claims]
    assert (view.nodes[lit.source].name, view.nodes[lit.destination].name, lit.sign) == ("web", "api", "!")


def test_who_is_not_on_the_map_is_drawn_as_possible() -> None:
    [view, *_] = views(drawn(), ways([VIOLATED]))

    assert [node.kind for node in view.nodes if "possible" in node.name] == ["possible"]
    assert [edge.claims for edge in view.edges if edge.sign] == [(0,)]


def test_only_a_class_that_surely_holds_a_pod_is_its_node() -> None:
    found = drawn("open", SHOP)
    home = next(ns for ns in cluster(SHOP).namespaces if ns.name == "shop")
    inside = node_of(found, Endpoint(STRANGER.kind, STRANGER.address, home, {"app": "web"}))
    other = node_of(found, Endpoint(STRANGER.kind, STRANGER.address, home, {"app": "none"}))

    assert inside is not None
    assert other is not None
    assert {str(r) for m in found.nodes[inside].members for r in m.pods} != {
        str(r) for m in found.nodes[other].members for r in m.pods
    }
    assert node_of(found, Endpoint(STRANGER.kind, STRANGER.address, None, {"app": "web"})) is None


def test_a_class_does_not_hold_what_it_leaves_out() -> None:
    home = next(ns for ns in cluster(SHOP).namespaces if ns.name == "shop")
    web = Selector.of({"app": "web"})
    rest = MapNode((Member("class", "shop", but_not=(web,)),))
    found = replace(drawn(), nodes=(rest,), links=())

    assert node_of(found, Endpoint(STRANGER.kind, STRANGER.address, home, {"app": "web"})) is None
    assert node_of(found, Endpoint(STRANGER.kind, STRANGER.address, home, {"app": "api"})) == 0


def test_what_policies_restrict_on_either_side_is_never_hidden_as_free() -> None:
    free = namespace("free") + deployment("free", "probe", "{app: probe}")
    into_one_port = "{podSelector: {matchLabels: {app: api}}, ingress: [{ports: [{port: 80}]}]}"
    out_to_one_port = "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 80}]}]}"
    pods = namespace("shop") + deployment("shop", "web", "{app: web}") + deployment("shop", "api", "{app: api}")
    manifests = free + pods + policy("shop", "in", into_one_port) + policy("shop", "out", out_to_one_port)
    view = next(view for view in views(drawn(manifests=manifests)) if view.title == "everything")
    found = {(view.nodes[e.source].name, view.nodes[e.destination].name): e.unrestricted for e in view.edges}

    assert found["anything", "api"] is found["web", "outside"] is found["web", "probe"] is False
    assert found["probe", "outside"] is True
    assert {node.name: node.unguarded for node in view.nodes if node.kind == "workload"} == {
        "api": False,
        "probe": True,
        "web": True,
    }


def test_namespaces_that_are_alike_are_one_box_and_nothing_gets_lost() -> None:
    manifests = SHOP
    for name in ("a", "b", "c"):
        manifests += namespace(name) + deployment(name, "x", "{app: x}")
        manifests += policy(name, "same", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")
    manifests += namespace("d") + deployment("d", "x", "{app: x}")
    found = drawn(manifests=manifests)

    full, alike, boxes = (
        next(view for view in views(found) if view.title.startswith(word)) for word in ("every", "namespaces", "one")
    )

    assert "each of 3 namespaces: a, b, c" in alike.boxes
    assert len([node for node in full.nodes if node.name == "x"]) == 4
    assert len([node for node in alike.nodes if node.name == "x"]) == 2
    assert {node.name for node in boxes.nodes} >= {"a", "b", "c", "d", "shop"}
    reached = lambda view: {(view.nodes[e.destination].name, e.label) for e in view.edges}  # noqa: E731
    assert reached(alike) == reached(full)


def test_a_picture_that_nobody_could_see_is_not_drawn() -> None:
    nodes = (Node("a", "workload"), Node("b", "workload"))
    small = View("x", "y", nodes, (Edge(0, 1, "TCP 1"),))

    assert is_worth_it(small)
    assert not is_worth_it(replace(small, edges=small.edges * (MOST_EDGES + 1)))
    assert not is_worth_it(replace(small, edges=()))


def test_a_map_beside_verdicts_says_of_whom_it_is_and_what_it_leaves_out() -> None:
    found = replace(drawn(), not_covered=("pods that only the map leaves out",))

    shown = page("check", report(VIOLATED), drawn=found)

    assert "The map is of the universe inventory" in shown
    assert "not covered by the map: pods that only the map leaves out" in shown
    assert "too many" in page("check", report(PROVED), undrawn="1 workloads are too many")


def test_a_map_that_is_not_whole_says_so_in_its_headline() -> None:
    whole, part = drawn(), replace(drawn(), complete=False)

    assert "INCOMPLETE" in page("map", part)
    assert "INCOMPLETE" not in page("map", whole)


def test_a_result_without_ends_has_no_way() -> None:
    pod = replace(leak(), source=None)

    assert ways([Result(VIOLATED.property, Verdict.VIOLATED, pod)]) == ()


def test_maps_of_possible_pods_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    found = draw(cluster(SHOP), universe("open"))

    assert "every pod" in page("map", found)
    monkeypatch.undo()
