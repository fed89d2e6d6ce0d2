"""Property files: what they mean, and that every mistake in them is listed once, at its place."""

from pathlib import Path
from textwrap import dedent

import pytest

from verifier.errors import InputError
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Operator, Requirement, Selector
from verifier.ir.network import PORTS, AddressSet, Intervals, Protocol
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Direction, Or, PortIn, PortNamed
from verifier.ir.property import (
    AddressPeer,
    Always,
    Claim,
    Exactly,
    ExternalPeer,
    Isolated,
    LabelOf,
    Never,
    NodePeer,
    Only,
    Peers,
    PropertySeverity,
    Reach,
    Separate,
    ServicePeer,
    Unlabelled,
)
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import (
    load_properties,
    properties_from_document,
    refuse_namesakes,
    starter_properties,
)

HEAD = "apiVersion: netpol-verifier/v1\nkind: Properties\n"


def claims(items: str, namespace: str = "") -> list[Claim]:
    """The claims of properties given as the items of a flow list."""
    text = f"{HEAD}spec: {{{namespace and f'namespace: {namespace}, '}properties: [{items}]}}\n"
    (document,) = read_documents(Source.text_of("p.yaml", text))
    return [property_.claim for property_ in properties_from_document(document)]


def peers(text: str, namespace: str = "") -> Peers:
    (claim,) = claims(f"{{name: x, never: {{to: {text}}}}}", namespace)
    assert isinstance(claim, Never)
    return claim.destinations


def write(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return str(path)


def mistakes(*paths: str) -> list[str]:
    """Each complaint in one line, without the folder."""
    with pytest.raises(InputError) as caught:
        load_properties(paths)
    folder = str(Path(paths[0]).parent) + "/"
    return [str(d).replace("\nhint: ", " | ").replace(folder, "") for d in caught.value.diagnostics]


def faults(tmp_path: Path, text: str) -> list[str]:
    return mistakes(write(tmp_path, "p.yaml", HEAD + dedent(text)))


def test_the_example_of_the_documentation_is_the_one_liner_it_says(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "shop.yaml",
        HEAD
        + dedent("""\
        metadata: {name: shop}
        spec:
          namespace: shop
          properties:
          - name: only-monitoring-reaches-5000
            description: Nothing but role=monitoring reaches port 5000 of the API servers.
            severity: warning
            only:
              from: [{podSelector: {matchLabels: {role: monitoring}}}]
              to:   [{podSelector: {matchLabels: {app: apiserver}}}]
              ports: [{protocol: TCP, port: 5000}]
        """),
    )

    (property_,) = load_properties([path])

    assert property_.text == "only shop/role=monitoring -> shop/app=apiserver : TCP/5000"
    assert property_.claim == parse_expression(property_.text).claim
    assert property_.severity is PropertySeverity.WARNING
    assert property_.description == "Nothing but role=monitoring reaches port 5000 of the API servers."
    assert property_.origin is not None
    assert str(property_.origin.position) == f"{path}:7:5"


def test_each_claim_is_read() -> None:
    both = frozenset(Direction)

    assert claims("""
        {name: a, never: {}}, {name: b, always: {}}, {name: c, only: {}}, {name: d, exactly: {}},
        {name: e, isolated: {}}, {name: f, isolated: {directions: ingress}}, {name: g, isolated: {directions: both}},
        {name: h, separate: {byNamespaceLabel: tenant}},
        {name: i, separate: {byPodLabel: x.io/t, unlabelled: ignore}}
    """) == [
        Never(None, None, TRUE),
        Always(None, None, TRUE),
        Only(None, None, TRUE),
        Exactly(None, None, TRUE),
        Isolated(None, both),
        Isolated(None, frozenset({Direction.INGRESS})),
        Isolated(None, both),
        Separate("tenant", LabelOf.NAMESPACE, Unlabelled.OWN),
        Separate("x.io/t", LabelOf.POD, Unlabelled.IGNORE),
    ]


SELECTOR = "{matchLabels: {app: x}}"
APP = Selector.of({"app": "x"})


@pytest.mark.parametrize(
    ("text", "peer"),
    [
        (f"{{podSelector: {SELECTOR}}}", PodPeer(APP)),
        ("{podSelector: {}}", PodPeer()),
        ("{podSelector: {matchLabels: {}, matchExpressions: []}}", PodPeer()),
        (f"{{namespaceSelector: {SELECTOR}}}", PodPeer(EVERYTHING, namespaces=APP)),
        ("{namespaceSelector: {}}", PodPeer(EVERYTHING, namespaces=EVERYTHING)),
        ("{namespaceSelector: {}, podSelector: {}}", PodPeer(EVERYTHING, namespaces=EVERYTHING)),
        ("{namespaces: [a, b]}", PodPeer(EVERYTHING, names=frozenset({"a", "b"}))),
        (f"{{namespaces: [a], podSelector: {SELECTOR}}}", PodPeer(APP, names=frozenset({"a"}))),
        (f"{{namespaces: [a], namespaceSelector: {SELECTOR}}}", PodPeer(EVERYTHING, frozenset({"a"}), APP)),
        ("{namespaces: [a], namespaceSelector: {}}", PodPeer(EVERYTHING, names=frozenset({"a"}))),
        ("{external: {}}", ExternalPeer()),
        ("{node: {}}", NodePeer()),
        ("{ipBlock: {cidr: 10.0.0.0/8}}", AddressPeer(AddressSet.of(["10.0.0.0/8"]), "10.0.0.0/8")),
        (
            "{ipBlock: {cidr: 10.0.0.0/8, except: [10.128.0.0/9]}}",
            AddressPeer(AddressSet.of(["10.0.0.0/9"]), "10.0.0.0/8 except 10.128.0.0/9"),
        ),
    ],
)
def test_peers_are_those_of_a_network_policy_and_a_few_more(text: str, peer: object) -> None:
    assert peers(f"[{text}]") == (peer,)
    assert peers(f"[{text}, {{external: {{}}}}]") == (peer, ExternalPeer())


def test_expressions_and_labels_of_a_selector_all_hold() -> None:
    text = """[{podSelector: {matchLabels: {a: x}, matchExpressions: [
        {key: a, operator: In, values: [x, z]}, {key: b, operator: NotIn, values: [""]},
        {key: c, operator: Exists}, {key: d, operator: DoesNotExist, values: []}]}}]"""

    assert peers(text) == (
        PodPeer(
            Selector(
                frozenset(
                    {
                        Requirement("a", Operator.IN, frozenset({"x"})),
                        Requirement("a", Operator.IN, frozenset({"x", "z"})),
                        Requirement("b", Operator.NOT_IN, frozenset({""})),
                        Requirement("c", Operator.EXISTS),
                        Requirement("d", Operator.DOES_NOT_EXIST),
                    }
                )
            )
        ),
    )


def test_the_namespace_of_a_file_is_meant_by_a_pod_selector_alone_only() -> None:
    assert peers("[{podSelector: {}}]", "shop") == (PodPeer(names=frozenset({"shop"})),)
    assert peers("[{podSelector: {}, namespaceSelector: {}}]", "shop") == (PodPeer(namespaces=EVERYTHING),)
    assert peers("[{namespaces: [other], podSelector: {}}]", "shop") == (PodPeer(names=frozenset({"other"})),)
    assert claims("{name: x, only: {}}", "shop") == [Only()]


def test_ports_are_those_of_a_network_policy() -> None:
    (claim,) = claims("""{name: x, never: {ports: [
        {port: 80}, {port: 80, endPort: 90}, {protocol: UDP, port: dns}, {protocol: SCTP}, {}]}}""")

    assert claim == Never(
        None,
        None,
        Or(
            (
                PortIn(Protocol.TCP, Intervals(((80, 80),))),
                PortIn(Protocol.TCP, Intervals(((80, 90),))),
                PortNamed("dns", Protocol.UDP),
                PortIn(Protocol.SCTP, PORTS),
                PortIn(Protocol.TCP, PORTS),
            )
        ),
    )


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("never: {to: [{external: {}}]}", "never * -> external"),
        ("only: {from: [{namespaces: [a]}], to: [{podSelector: {}}]}", "only a/* -> every pod of declared namespaces"),
        ("never: {to: [{namespaces: [a, b]}]}", f"never * -> {{{NAMESPACE_NAME} in (a,b)}}/*"),
        (
            "never: {from: [{namespaceSelector: {}}, {node: {}}], ports: [{port: 80}, {protocol: UDP}]}",
            "never */* or node -> * : TCP/80,UDP",
        ),
        ("isolated: {}", "isolated every pod of declared namespaces for ingress and egress"),
        ("isolated: {pods: [{namespaces: [a]}], directions: egress}", "isolated a/* for egress"),
        ("confined: {pods: [{namespaces: [a]}], reach: []}", "confined a/* -> nothing"),
        (
            "confined: {pods: [{podSelector: {}}], reach: [{to: [{podSelector: {}}, {node: {}}], ports: [{port: 1}]}]}",
            "confined */* -> */* : TCP/1 + node : TCP/1",
        ),
        ("confined: {pods: [{podSelector: {}}], reach: [{ports: [{port: 1}]}]}", "confined */* -> * : TCP/1"),
        ("separate: {byPodLabel: t}", "separate by pod label t"),
        (
            "separate: {byNamespaceLabel: t, unlabelled: ignore}",
            "separate by namespace label t, ignoring pods without it",
        ),
    ],
)
def test_the_text_of_a_property_says_its_claim_in_one_line(tmp_path: Path, item: str, text: str) -> None:
    path = write(tmp_path, "p.yaml", f"{HEAD}spec: {{properties: [{{name: x, {item}}}]}}")

    assert load_properties([path])[0].text == text


def test_all_mistakes_of_all_files_are_listed_once_and_in_order(tmp_path: Path) -> None:
    first = write(
        tmp_path,
        "a.yaml",
        HEAD
        + dedent("""\
        spec:
          properties:
          - name: x
            only:
              from: [{podSelecter: {matchLabels: {role: monitoring}}}]
              ports: [{protocol: TPC, port: 70000}]
              to: [{podSelector: {matchLabels: [app]}}]
          - name: x
            sevrity: error
            never: {}
        """),
    )
    second = write(tmp_path, "b.yaml", HEAD + "spec: {properties: []}\n")

    assert mistakes(first, second, str(tmp_path / "missing.yaml")) == [
        "a.yaml:7:15: unknown field `podSelecter` | did you mean `podSelector`?",
        "a.yaml:8:26: unknown protocol `TPC` | one of TCP, UDP, SCTP",
        "a.yaml:8:37: port 70000 is out of range | a port is 1 to 65535",
        "a.yaml:9:40: `matchLabels` must be a mapping, not a list",
        "a.yaml:11:5: unknown field `sevrity` | did you mean `severity`?",
        "b.yaml:3:20: `properties` is an empty list | list at least one",
        "missing.yaml: no such file or directory",
        "a.yaml:10:11: a second property named `x` | the first one is at a.yaml:5:11",
    ]


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ("{never: {}}", "p.yaml:3:21: `name` is missing"),
        ("{name: 5, never: {}}", "p.yaml:3:28: `name` must be a string, not the number 5 | quote it"),
        ("{name: ' a', never: {}}", "p.yaml:3:28: invalid name `a` | one line of text, without blanks around it"),
        ("5", "p.yaml:3:21: expected a mapping, not the number 5"),
        (
            "{name: x}",
            "p.yaml:3:21: a property needs a claim | one of never, always, only, exactly, isolated, confined, separate",
        ),
        (
            "{name: x, never: {to: [{external: {cidr: x}}]}}",
            "p.yaml:3:56: unknown field `cidr` | it takes none: `{}`",
        ),
        ("{name: x, onyl: {}}", "p.yaml:3:31: unknown field `onyl` | did you mean `only`?"),
        (
            "{name: x, only: {}, never: {}}",
            "p.yaml:3:41: a second claim `never` in one property, besides `only` | write two properties",
        ),
        ("{name: x, only: }", "p.yaml:3:31: `only` has no value | leave it out, or give it a value"),
        ("{name: x, only: []}", "p.yaml:3:37: expected a mapping, not a list"),
        ("{name: x, severity: fatal, only: {}}", "p.yaml:3:41: unknown severity `fatal` | one of error, warning"),
        ("{name: x, only: {form: []}}", "p.yaml:3:38: unknown field `form` | did you mean `from`?"),
        ("{name: x, only: {from: []}}", "p.yaml:3:44: `from` is an empty list | leave it out for anything"),
        ("{name: x, only: {from: }}", "p.yaml:3:38: `from` has no value | leave it out, or give it a value"),
        ("{name: x, only: {ports: []}}", "p.yaml:3:45: `ports` is an empty list | leave it out for every port"),
        ("{name: x, only: {to: {}}}", "p.yaml:3:42: `to` must be a list, not a mapping"),
        (
            "{name: x, only: {to: [{}]}}",
            "p.yaml:3:43: a peer must say something | every pod is `namespaceSelector: {}`",
        ),
        (
            "{name: x, only: {to: [{namespaceSelector: }]}}",
            "p.yaml:3:44: `namespaceSelector` has no value | leave it out, or give it a value",
        ),
        (
            "{name: x, only: {to: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}}",
            "p.yaml:3:44: `ipBlock` cannot stand with `podSelector` | write two peers",
        ),
        (
            "{name: x, only: {to: [{external: {}, node: {}}]}}",
            "p.yaml:3:44: `external` cannot stand with `node` | write two peers",
        ),
        ("{name: x, only: {to: [{external: true}]}}", "p.yaml:3:54: expected a mapping, not the boolean true"),
        (
            "{name: x, only: {to: [{namespaces: []}]}}",
            "p.yaml:3:56: `namespaces` is an empty list | leave it out for any",
        ),
        (
            "{name: x, only: {to: [{namespaces: [a.b]}]}}",
            "p.yaml:3:57: invalid namespace name `a.b` | at most 63 of a-z, 0-9 and `-`, the first and last no `-`",
        ),
        ("{name: x, only: {to: [{ipBlock: {}}]}}", "p.yaml:3:53: `cidr` is missing"),
        (
            "{name: x, only: {to: [{ipBlock: {cidr: 10.0.0.5/24}}]}}",
            "p.yaml:3:60: `10.0.0.5/24` has bits set beyond its prefix | did you mean `10.0.0.0/24`?",
        ),
        (
            "{name: x, only: {to: [{ipBlock: {cidr: 10.0.0.5}}]}}",
            "p.yaml:3:60: `10.0.0.5` has no prefix length | for this one address write `10.0.0.5/32`",
        ),
        (
            "{name: x, only: {to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}}",
            "p.yaml:3:81: `10.0.0.0/8` is no smaller part of `10.0.0.0/8`",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchLabels: {a: 1}}}]}}",
            "p.yaml:3:75: `a` must be a string, not the number 1 | quote it",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchLabels: {a: yes}}}]}}",
            "p.yaml:3:75: `a` must be a string, not the boolean true | quote it",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchLabels: {-a: b}}}]}}",
            "p.yaml:3:72: invalid label key `-a` | a key is `name` or `prefix/name`",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchLabels: {a: b c}}}]}}",
            (
                "p.yaml:3:75: invalid label value `b c` | at most 63 letters, digits, `-`, `_` or `.`, "
                "the first and last a letter or digit"
            ),
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchLabels: {a: }}}]}}",
            "p.yaml:3:75: `a` must be a string, not null",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchExpressions: [{key: a, operator: in}]}}]}}",
            "p.yaml:3:96: unknown operator `in` | did you mean `In`?",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchExpressions: [{key: a, operator: In}]}}]}}",
            "p.yaml:3:77: operator `In` needs `values` | list at least one",
        ),
        (
            "{name: x, only: {to: [{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}]}}",
            "p.yaml:3:104: operator `Exists` takes no values | leave `values` out",
        ),
        ("{name: x, only: {ports: [{port: '80'}]}}", "p.yaml:3:53: invalid port name `80` | leave the quotes out"),
        (
            "{name: x, only: {ports: [{port: 1.5}]}}",
            "p.yaml:3:53: a port must be a number or a name, not the number 1.5",
        ),
        ("{name: x, only: {ports: [{port: 90, endPort: 80}]}}", "p.yaml:3:66: `endPort` 80 is less than `port` 90"),
        ("{name: x, only: {ports: [{endPort: 80}]}}", "p.yaml:3:47: `endPort` without `port`"),
        ("{name: x, only: {ports: [{port: a, endPort: 80}]}}", "p.yaml:3:56: `endPort` with a named port"),
        ("{name: x, only: {ports: [{protocol: tcp}]}}", "p.yaml:3:57: unknown protocol `tcp` | did you mean `TCP`?"),
        (
            "{name: x, isolated: {pods: [{external: {}}]}}",
            "p.yaml:3:50: `external` is no pod | `isolated` speaks of pods",
        ),
        (
            "{name: x, confined: {pods: [{podSelector: {}}, {node: {}}], reach: []}}",
            "p.yaml:3:69: `node` is no pod | `confined` speaks of pods",
        ),
        ("{name: x, confined: {reach: []}}", "p.yaml:3:41: `pods` is missing"),
        ("{name: x, confined: {pods: [{podSelector: {}}]}}", "p.yaml:3:41: `reach` is missing"),
        (
            "{name: x, confined: {pods: [], reach: []}}",
            "p.yaml:3:48: `pods` is an empty list | every pod is `namespaceSelector: {}`",
        ),
        (
            "{name: x, confined: {pods: [{podSelector: {}}], reach: [{}]}}",
            "p.yaml:3:77: a flow must say something | `to`, `ports` or both; `reach: []` is nothing at all",
        ),
        (
            "{name: x, isolated: {directions: in}}",
            "p.yaml:3:54: unknown directions `in` | one of both, ingress, egress",
        ),
        (
            "{name: x, separate: {}}",
            "p.yaml:3:41: `separate` needs a label | `byNamespaceLabel: KEY` or `byPodLabel: KEY`",
        ),
        (
            "{name: x, separate: {byPodLabel: a, byNamespaceLabel: b}}",
            "p.yaml:3:42: `byPodLabel` cannot stand with `byNamespaceLabel`",
        ),
    ],
)
def test_one_mistake_gives_one_message_at_its_place(tmp_path: Path, item: str, message: str) -> None:
    assert faults(tmp_path, f"spec: {{properties: [{item}]}}\n") == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "apiVersion: netpol-verifier/v1\nkind: Propertys\n",
            "2:7: unknown kind `Propertys` | did you mean `Properties`?",
        ),
        (
            "apiVersion: netpol-verifier/v1\n",
            "1:1: `kind` is missing | one of Acceptances, Config, Fleet, Properties, Universe",
        ),
        (
            "apiVersion: netpol-verifier/v2\nkind: Properties\nspec: {properties: [{name: a, only: {}}]}\n",
            "1:13: unknown apiVersion `netpol-verifier/v2` | did you mean `netpol-verifier/v1`?",
        ),
        (
            "apiVersion: v1\nkind: Namespace\n",
            (
                "1:13: not a document of netpol-verifier | "
                "it begins with `apiVersion: netpol-verifier/v1` and `kind: Properties`"
            ),
        ),
        (
            "- a\n",
            (
                "1:1: not a document of netpol-verifier | "
                "it begins with `apiVersion: netpol-verifier/v1` and `kind: Properties`"
            ),
        ),
        (HEAD, "1:1: `spec` is missing"),
        (HEAD + "spec: {}\n", "3:7: `properties` is missing"),
        (HEAD + "spec: 5\n", "3:7: expected a mapping, not the number 5"),
    ],
)
def test_what_is_no_property_file_says_what_it_lacks(tmp_path: Path, text: str, message: str) -> None:
    assert mistakes(write(tmp_path, "p.yaml", text)) == [f"p.yaml:{message}"]


def test_a_directory_is_read_recursively_and_may_hold_manifests_too(tmp_path: Path) -> None:
    write(tmp_path, "d/b.yml", HEAD + "spec: {properties: [{name: b, only: {}}]}\n")
    write(tmp_path, "d/a/a.json", '{"apiVersion": "netpol-verifier/v1", "kind": "Properties", '
          '"spec": {"properties": [{"name": "a", "only": {}}]}}')  # fmt: skip
    write(tmp_path, "d/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n")
    write(tmp_path, "d/.git/c.yaml", "not: ours\n")

    assert [p.name for p in load_properties([str(tmp_path / "d")])] == ["a", "b"]


def test_a_place_without_properties_is_refused(tmp_path: Path) -> None:
    manifests = write(tmp_path, "d/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x}\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "void.yaml").write_text("# nothing\n")

    for place in (Path(manifests).parent, tmp_path / "empty", tmp_path / "void.yaml"):
        assert mistakes(str(place)) == [f"{place.name}: no properties here | they are documents of `kind: Properties`"]


def test_a_file_that_is_named_twice_counts_once(tmp_path: Path) -> None:
    path = write(tmp_path, "p.yaml", HEAD + "spec: {properties: [{name: a, only: {}}]}\n")

    assert len(load_properties([path, str(tmp_path), path])) == 1


def test_names_are_unique_over_files_and_one_liners(tmp_path: Path) -> None:
    one = write(tmp_path, "a.yaml", HEAD + "spec: {properties: [{name: only * -> *, only: {}}]}\n")
    two = write(tmp_path, "b.yaml", HEAD + "spec:\n  properties:\n  - {name: only * -> *, never: {}}\n")

    assert mistakes(one, two) == [
        "b.yaml:5:12: a second property named `only * -> *` | the first one is at a.yaml:3:28"
    ]
    with pytest.raises(
        InputError, match="a second property named `only \\* -> \\*`\nhint: the first one is given by `-e`"
    ):
        refuse_namesakes([parse_expression("only * -> *"), *load_properties([one])])


def test_the_starter_set_is_optional() -> None:
    starters = starter_properties()

    assert [property_.name for property_ in starters] == ["default-deny", "no-cloud-metadata", "dns-always-works"]
    assert all(property_.optional for property_ in starters)


def test_a_destination_may_be_a_service() -> None:
    assert peers("[{service: {namespace: shop, name: api}}]") == (ServicePeer((("shop", "api"),)),)
    several = "{anyOf: [{namespace: a, name: x}, {namespace: b, name: y.z}], otherwise: {to: [{external: {}}]}}"
    assert peers(f"[{{service: {several}}}]") == (
        ServicePeer((("a", "x"), ("b", "y.z")), Reach((ExternalPeer(),), TRUE)),
    )


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("never: {from: [{service: {namespace: a, name: b}}]}", "unknown field `service`"),
        ("isolated: {pods: [{service: {namespace: a, name: b}}]}", "unknown field `service`"),
        ("never: {to: [{service: {namespace: a}}]}", "a Service has a namespace and a name"),
        ("never: {to: [{service: {}}]}", "a Service has a namespace and a name"),
        ("never: {to: [{service: {name: b, anyOf: [{namespace: a, name: b}]}}]}", "`name` cannot stand with `anyOf`"),
        ("never: {to: [{service: {anyOf: []}}]}", "`anyOf` is an empty list"),
        ("never: {to: [{service: {namespace: a, name: B}}]}", "invalid name of a Service `B`"),
        ("never: {to: [{service: {namespace: a, name: b}, node: {}}]}", "`node` cannot stand with `service`"),
        ("never: {to: [{service: {namespace: a, name: b, otherwise: {}}}]}", "`to` is missing"),
        (
            "never: {to: [{service: {namespace: a, name: b, otherwise: {to: [{service: {namespace: a, name: b}}]}}}]}",
            "unknown field `service`",
        ),
    ],
)  # fmt: skip
def test_what_is_no_service_is_refused(claim: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        claims(f"{{name: x, {claim}}}")

    assert refused.value.diagnostics[0].message == message
