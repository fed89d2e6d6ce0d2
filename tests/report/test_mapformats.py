"""Maps in every format."""

import csv
import json
import re
from io import StringIO

import pytest
from msgspec.structs import replace

from tests.engine.asking import DENY_ALL, cluster, deployment, namespace, policy, universe
from verifier.engine.map.classes import Member
from verifier.engine.map.map import draw
from verifier.engine.map.result import Map, Node
from verifier.errors import Diagnostic, Undecided
from verifier.ir.endpoint import Workload
from verifier.report.formats import Failed, formats_of
from verifier.report.words.paint import PLAIN

SHOP = (
    namespace("shop")
    + deployment("shop", "web", "{app: web}")
    + deployment("shop", "api", "{app: api}")
    + policy("shop", "deny", DENY_ALL)
    + policy("shop", "web", "{podSelector: {matchLabels: {app: web}}, ingress: [{}], egress: [{}]}")
    + policy("shop", "api", "{podSelector: {matchLabels: {app: api}},"
                            " ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]}")
)  # fmt: skip


def drawn(of: str = "inventory", manifests: str = SHOP) -> Map:
    return draw(cluster(manifests), universe(of))


def shown(name: str, found: Map, quiet: bool = True) -> str:
    return formats_of("map")[name](found, PLAIN, quiet)


def test_text() -> None:
    assert (
        shown("text", drawn(), False)
        == """\
2 workloads, 1 namespace, 3 policies
open to everybody: nobody

shop
  api
    <- web: TCP 80
  web
    <- web, outside: every port

elsewhere
  outside
    <- web: every port

Universe: inventory (the workloads of the manifests as they are, and external addresses)
Not covered: nodes, and hostNetwork pods other than those of the manifests
             protocols other than TCP, UDP and SCTP
"""
    )


def test_text_of_pods_that_could_exist() -> None:
    assert (
        shown("text", drawn("open"))
        == """\
shop
  app=api
    <- app=web: TCP 80
  app=web
    <- app=web, any pod of undeclared namespaces, outside: every port
  other pods
    nothing reaches it

elsewhere
  any pod of undeclared namespaces
    <- app=web, any pod of undeclared namespaces, outside: every port
  outside
    <- app=web, any pod of undeclared namespaces: every port
"""
    )


def test_namespaces_in_which_the_same_holds_are_told_once() -> None:
    own = "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
    each = "".join(namespace(n) + policy(n, "own", own) + deployment(n, "api", "{app: api}") for n in ("dev", "prod"))

    assert (
        shown("text", drawn(manifests=each))
        == """\
in each of dev, prod
  api
    <- api: every port

elsewhere
  outside
    <- every pod: every port
"""
    )


def test_workloads_of_several_namespaces_that_talk_alike_stand_together() -> None:
    free = deployment("dev", "api", "{app: api}") + deployment("prod", "api", "{app: api}")

    assert shown("text", drawn(manifests=free)).startswith("several namespaces\n  dev/api, prod/api\n    <- anything")


def test_mermaid() -> None:
    assert (
        shown("mermaid", drawn())
        == """\
flowchart LR
  subgraph s0["shop"]
    n0["api"]
    n1["web"]
  end
  n2(["outside"])
  n1 -->|"TCP 80"| n0
  n1 -->|"every port"| n1
  n1 -->|"every port"| n2
  n2 -->|"every port"| n1
"""
    )


def test_dot() -> None:
    text = shown("dot", drawn())

    assert text.startswith("digraph map {\n  rankdir=LR;\n")
    assert '  n1 -> n0 [label="TCP 80"];\n' in text
    assert text.endswith("}\n")


def test_what_is_open_to_everybody_is_one_edge() -> None:
    manifests = namespace("shop")
    for name, port in (("a", 1), ("b", 2), ("c", 3)):
        spec = f"{{podSelector: {{matchLabels: {{app: {name}}}}}, ingress: [{{ports: [{{port: {port}}}]}}]}}"
        manifests += deployment("shop", name, f"{{app: {name}}}") + policy("shop", name, spec)
    text = shown("mermaid", drawn(manifests=manifests))

    assert '  w0{{"anything"}}' in text
    assert text.count('  w0 -->|"TCP') == 3
    assert text.count("-->") == 4


def test_matrix() -> None:
    assert (
        shown("matrix", drawn())
        == """\
open to everybody: nobody

          1 2 3
1 api     . . .
2 web     b * *
3 outside . * .

rows open connections to columns; . nothing
 * every port
 b TCP 80
"""
    )


def test_markdown() -> None:
    assert "| api | web | TCP 80 |" in shown("markdown", drawn())


def test_csv() -> None:
    rows = list(csv.reader(StringIO(shown("csv", drawn()))))

    assert rows[0] == ["source", "destination", "protocol", "from", "to", "name", "surely", "when"]
    assert ["web", "api", "TCP", "80", "80", "", "yes", ""] in rows


def test_json() -> None:
    found = json.loads(shown("json", drawn()))

    assert (found["version"], found["command"], found["universe"]) == (1, "map", "inventory")
    api = [c for c in found["connections"] if c["destination"]["workload"] == "Deployment shop/api"]
    assert [(c["source"]["workload"], c["ports"]) for c in api] == [
        ("Deployment shop/web", [{"protocol": "TCP", "from": 80, "to": 80}])
    ]
    outside = [n for n in found["nodes"] if n["kind"] == "external"]
    assert [n["cidrs"] for n in outside] == [["0.0.0.0/0", "::/0"]]


def test_json_of_pods_that_could_exist_has_their_selectors() -> None:
    found = json.loads(shown("json", drawn("open")))
    web = [n for n in found["nodes"] if n["podSelector"] is not None and n["workloads"] == ["Deployment shop/web"]]

    assert [n["podSelector"] for n in web] == [
        {"matchExpressions": [{"key": "app", "operator": "In", "values": ["web"]}]}
    ]
    assert web[0]["kind"] == "class"


@pytest.mark.parametrize("name", formats_of("map"))
def test_every_format_ends_with_a_line_and_is_the_same_twice(name: str) -> None:
    text = shown(name, drawn("open"))

    assert text.endswith("\n")
    assert text == shown(name, drawn("open"))


@pytest.mark.parametrize("name", formats_of("map"))
def test_every_format_can_say_that_the_input_is_at_fault(name: str) -> None:
    assert isinstance(formats_of("map")[name](Failed("open", ()), PLAIN, False), str)


NOT_B = "{namespaceSelector: {}, podSelector: {matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}"
IDENTIFIER = r"[nswu]\d+|cluster_\d+"


def test_no_word_of_the_input_is_an_identifier() -> None:
    """A word that stands for many may hold labels: `every pod but app=web`."""
    manifests = "".join(map(namespace, ("a-b", "ab", "end")))
    places = [(place, f"app-{letter}") for place in ("a-b", "ab", "end") for letter in "abcd"]
    for number, (place, name) in enumerate(places, 1):
        label = f"app.kubernetes.io/name: {name}"
        rule = f"{{from: [{NOT_B}], ports: [{{port: {number}}}]}}"
        manifests += policy(place, name, f"{{podSelector: {{matchLabels: {{{label}}}}}, ingress: [{rule}]}}")
        manifests += deployment(place, name, f"{{{label}{', a: b' if number < 3 else ''}}}")
    for name in ("mermaid", "dot"):
        assert " but " in shown(name, drawn(manifests=manifests))
        bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", shown(name, drawn(manifests=manifests)))
        words = set(re.findall(r"[A-Za-z_][\w.-]*", bare))
        known = (
            {"flowchart", "LR", "subgraph", "end"}
            if name == "mermaid"
            else {
                "digraph",
                "map",
                "rankdir",
                "LR",
                "node",
                "shape",
                "box",
                "subgraph",
                "label",
                "ellipse",
                "hexagon",
                "note",
            }
        )
        assert [word for word in words - known if not re.fullmatch(IDENTIFIER, word)] == []
    assert len(set(re.findall(r"subgraph (s\d+)", shown("mermaid", drawn(manifests=manifests))))) == 3


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mermaid", 'flowchart LR\n  e0>"error: k8s/a.yaml:3: no #34;x#34;"]\n'),
        ("dot", 'digraph map {\n  node [shape=box];\n  e0 [label="error: k8s/a.yaml:3: no \\"x\\"", shape=note];\n}\n'),
    ],
)
def test_a_picture_of_a_run_that_failed_is_a_picture(name: str, text: str) -> None:
    assert formats_of("map")[name](Failed("open", (Diagnostic("V1", 'no "x"', "k8s/a.yaml", 3),)), PLAIN, False) == text


def test_what_is_not_covered_stands_in_a_note_of_its_own_each() -> None:
    left = replace(drawn(), not_covered=("what a decides", "what b does"))

    assert shown("mermaid", left).endswith('  u0>"Not covered: what a decides"]\n  u1>"Not covered: what b does"]\n')
    assert '  u1 [label="Not covered: what b does", shape=note];\n}' in shown("dot", left)


def test_names_cannot_break_out_of_a_graph() -> None:
    nasty = Map(
        "open", False, (Node((Member("workload", "shop", workloads=(Workload("Pod", "shop", 'a"]]\n<b>'),)),)),), ()
    )

    assert 'n0["a#34;#93;#93;#92;n#60;b#62;"]' in shown("mermaid", nasty)
    assert 'n0 [label="a\\"]]\\\\n<b>"]' in shown("dot", nasty)


def test_a_map_that_costs_too_much_is_not_begun() -> None:
    """`most` counts each class once for every setting of the open switches, before the work is done."""
    rules = "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}"
    found = cluster(SHOP + policy("shop", "block", rules))

    with pytest.raises(Undecided, match="in 2 settings of open switches are too many"):
        draw(found, universe("inventory"), {"ipblock_pods": "open"}, most=7)
    assert draw(found, universe("inventory"), {"ipblock_pods": "never"}, most=7).nodes


OWN = "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}"
TENANTS = "".join(namespace(n) + policy(n, "own", OWN) + deployment(n, "api", "{app: api}") for n in "abcdefg")
ALIKE = "Alike: a and b stand for 7 namespaces: a, b, c, d, e and 2 more"


def by_kind(manifests: str = TENANTS) -> Map:
    return draw(cluster(manifests), universe("inventory"), by_kind=True)


def test_text_says_which_namespaces_stand_for_others() -> None:
    assert (
        shown("text", by_kind())
        == f"""\
{ALIKE}

in each of a, b
  api
    <- api: every port

elsewhere
  outside
    <- every pod: every port
"""
    )


def test_what_stands_for_others_is_counted_as_all_of_them() -> None:
    assert shown("text", by_kind(), quiet=False).startswith("7 workloads, 7 namespaces, 7 policies\n")
    assert shown("text", by_kind(SHOP), quiet=False).startswith("2 workloads, 1 namespace, 3 policies\n")


@pytest.mark.parametrize("name", ["text", "html", "matrix", "mermaid", "dot", "svg", "markdown"])
@pytest.mark.parametrize("quiet", [False, True])
def test_no_format_is_silent_about_which_namespaces_stand_for_others(name: str, quiet: bool) -> None:
    text = re.sub(r"</text><text[^>]*>|&#160;|\s+", " ", shown(name, by_kind(), quiet))

    assert ALIKE.removeprefix("Alike: ") in text
    assert "Alike" not in shown(name, drawn(manifests=TENANTS), quiet)


def test_json_lists_all_namespaces_for_which_two_stand() -> None:
    assert json.loads(shown("json", by_kind()))["kinds"] == [{"drawn": ["a", "b"], "namespaces": [*"abcdefg"]}]
    assert json.loads(shown("json", drawn(manifests=TENANTS)))["kinds"] == []


def test_every_kind_is_told_of() -> None:
    homes = [(kind, f"kind{kind}-{number}") for kind in range(10, 24) for number in range(3)]
    several = "".join(namespace(h) + policy(h, "own", OWN) + deployment(h, f"api{k}", "{app: api}") for k, h in homes)
    told = [line for line in shown("text", by_kind(several)).splitlines() if line.startswith("Alike")]

    assert told == [
        f"Alike: kind{k}-0 and kind{k}-1 stand for 3 namespaces: kind{k}-0, kind{k}-1, kind{k}-2" for k in range(10, 24)
    ]


def test_of_namespaces_that_are_not_drawn_none_stands_for_others() -> None:
    empty = "".join(namespace(h) + policy(h, "deny", DENY_ALL) for h in ("x1", "x2", "x3"))

    assert [kind.drawn for kind in by_kind(TENANTS + empty).kinds] == [("a", "b")]
