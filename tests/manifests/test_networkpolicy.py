"""NetworkPolicy specs: the normal form of every null and default, and every rule of validation with its place."""

import textwrap

import pytest

from verifier.errors import Diagnostic, InputError, Severity
from verifier.ir.labels import EVERYTHING, Operator, Requirement, Selector
from verifier.ir.network import AddressSet, Protocol
from verifier.ir.policy import Direction
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.kubernetes.fields import Field, Report
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.kubernetes.networkpolicy import Peer, Port, Rule, Spec, read_spec

EVERYONE = Rule((), ())


def spec(text: str, **strict: bool) -> Spec:
    """The spec in flow style or block style, read without a fault."""
    (document,) = read_documents(Source.text_of("f.yaml", "spec: " + textwrap.dedent(text)))
    report = Report(**strict)
    assert isinstance(document.value, dict)
    result = read_spec(Field(document.value["spec"], ("spec",), report))
    assert [p for p in report.problems if p.severity is Severity.ERROR] == []
    return result


def policy(body: str) -> str:
    """A policy whose spec starts at line 6, column 3."""
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: p\nspec:\n"
    return head + textwrap.indent(textwrap.dedent(body).strip("\n"), "  ") + "\n"


def mistakes(text: str, **options: bool) -> list[Diagnostic]:
    with pytest.raises(InputError) as caught:
        load_text(text, "f.yaml", Options(**options))  # type: ignore[arg-type]
    return list(caught.value.diagnostics)


def codes(text: str) -> list[str]:
    return [m.code for m in mistakes(text)]


def rule_of(text: str) -> Rule:
    """The only rule of a spec with this one ingress rule."""
    result = spec("{ingress: [" + text + "]}")
    assert result.ingress is not None
    (rule,) = result.ingress
    return rule


# Normalisation (3.1)


@pytest.mark.parametrize("text", ["", "{}", "null", "{podSelector: null}", "{podSelector: {}}", "{ingress: null}"])
def test_an_empty_spec_isolates_every_pod_for_ingress(text: str) -> None:
    """A03."""
    assert spec(text) == Spec(EVERYTHING, (), None)


@pytest.mark.parametrize("text", ["{egress: []}", "{egress: null}", "{egress: [], policyTypes: []}"])
def test_an_empty_egress_list_isolates_no_egress(text: str) -> None:
    """A04, A08."""
    assert spec(text).egress is None


def test_an_egress_rule_isolates_both_directions_where_policy_types_are_missing() -> None:
    """A05."""
    assert spec("{egress: [{}]}") == Spec(EVERYTHING, (), (EVERYONE,))


def test_rules_of_an_unlisted_direction_are_inert() -> None:
    """A06, A07."""
    assert spec("{policyTypes: [Egress], ingress: [{}]}") == Spec(EVERYTHING, None, ())
    assert spec("{policyTypes: [Ingress], egress: [{}]}") == Spec(EVERYTHING, (), None)


@pytest.mark.parametrize("types", ["[]", "null", "[Ingress]", "[Ingress, Ingress]"])
def test_policy_types_default_to_ingress_and_may_repeat(types: str) -> None:
    """A08."""
    assert spec("{policyTypes: " + types + "}") == Spec(EVERYTHING, (), None)


def test_an_empty_rule_restricts_nothing() -> None:
    """A09."""
    assert spec("{ingress: [{}]}").ingress == (EVERYONE,)


def test_no_rule_lets_nothing_in() -> None:
    """A10."""
    assert spec("{policyTypes: [Ingress], ingress: []}").ingress == ()


def test_a_null_rule_allows_everything_and_is_warned_about() -> None:
    """A11."""
    loaded = load_text(policy("ingress:\n- "), "f.yaml")

    assert spec("{ingress: [null]}").ingress == (EVERYONE,)
    assert [(d.severity, d.code, d.line) for d in loaded.diagnostics] == [(Severity.WARNING, "null-rule", 7)]


def test_a_null_namespace_selector_is_absent() -> None:
    """C05."""
    rule = rule_of("{from: [{namespaceSelector: null, podSelector: {matchLabels: {a: b}}}]}")

    assert rule.peers == (Peer(pods=Selector.of({"a": "b"})),)


@pytest.mark.parametrize("text", ["{from: [], ports: [{port: 80}]}", "{from: null, ports: [{port: 80}]}"])
def test_empty_peers_are_any_peer(text: str) -> None:
    """C06."""
    assert rule_of(text) == Rule((), (Port(Protocol.TCP, 80),))


def test_the_dash_makes_two_peers() -> None:
    one = rule_of("{from: [{namespaceSelector: {matchLabels: {ns: x}}, podSelector: {matchLabels: {p: w}}}]}")
    two = rule_of("{from: [{namespaceSelector: {matchLabels: {ns: x}}}, {podSelector: {matchLabels: {p: w}}}]}")

    assert one.peers == (Peer(Selector.of({"p": "w"}), Selector.of({"ns": "x"})),)
    assert two.peers == (Peer(namespaces=Selector.of({"ns": "x"})), Peer(pods=Selector.of({"p": "w"})))


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("{}", Port(Protocol.TCP)),
        ("null", Port(Protocol.TCP)),
        ("{protocol: UDP}", Port(Protocol.UDP)),
        ("{protocol: null, port: 53}", Port(Protocol.TCP, 53)),
        ("{port: http}", Port(Protocol.TCP, "http")),
        ("{port: 80, endPort: 90}", Port(Protocol.TCP, 80, 90)),
        ("{port: 80, endPort: 80}", Port(Protocol.TCP, 80)),
        ("{port: 80, endPort: null}", Port(Protocol.TCP, 80)),
        ("{port: 80.0}", Port(Protocol.TCP, 80)),
        ("{port: 0x50, protocol: SCTP}", Port(Protocol.SCTP, 80)),
        ("{port: 1}", Port(Protocol.TCP, 1)),
        ("{port: 65535}", Port(Protocol.TCP, 65535)),
        ("{port: a23456789012345}", Port(Protocol.TCP, "a23456789012345")),
    ],
)
def test_ports(text: str, port: Port) -> None:
    """D02 to D05."""
    assert rule_of("{ports: [" + text + "]}").ports == (port,)


@pytest.mark.parametrize("text", ["{}", "{matchLabels: {}}", "{matchExpressions: []}", "{matchLabels: null}"])
def test_an_empty_selector_selects_everything(text: str) -> None:
    """B06."""
    assert spec("{podSelector: " + text + "}").pods is EVERYTHING


def test_labels_and_expressions_are_conjoined() -> None:
    pods = spec(
        "{podSelector: {matchLabels: {a: x}, matchExpressions: ["
        "{key: b, operator: NotIn, values: [w, z, w]}, {key: c, operator: Exists}, "
        "{key: d.io/e, operator: DoesNotExist}]}}"
    ).pods

    assert pods.requirements == {
        Requirement("a", Operator.IN, frozenset({"x"})),
        Requirement("b", Operator.NOT_IN, frozenset({"w", "z"})),
        Requirement("c", Operator.EXISTS),
        Requirement("d.io/e", Operator.DOES_NOT_EXIST),
    }


def test_a_null_label_is_the_empty_value() -> None:
    """B08."""
    assert spec("{podSelector: {matchLabels: {k: null}}}").pods == Selector.of({"k": ""})


def test_the_values_of_an_ip_block() -> None:
    rule = rule_of(
        "{from: [{ipBlock: {cidr: 172.17.0.0/16, except: [172.17.1.0/24]}}, {ipBlock: {cidr: '2001:db8::/32'}}]}"
    )

    assert [peer.block for peer in rule.peers] == [
        AddressSet.of(["172.17.0.0/16"]).subtract(AddressSet.of(["172.17.1.0/24"])),
        AddressSet.of(["2001:db8::/32"]),
    ]


def test_rules_by_direction() -> None:
    both = spec("{policyTypes: [Ingress, Egress], egress: [{}]}")

    assert (both.rules(Direction.INGRESS), both.rules(Direction.EGRESS)) == ((), (EVERYONE,))


# Validation (3.7)

REJECTED = [
    ("V1", "ingress: [{from: [{}]}]", "ingress: [{from: [", "names no peer"),
    ("V1", "ingress: [{from: [{namespaceSelector: }]}]", "ingress: [{from: [", "names no peer"),
    ("V1", "egress: [{to: [null]}]", "egress: [{to: [", "names no peer"),
    ("V2", "ingress: [{from: [{podSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]", "ingress: [{from: [", "together"),
    ("V2", "egress: [{to: [{namespaceSelector: {}, ipBlock: {cidr: 10.0.0.0/8}}]}]", "egress: [{to: [", "together"),
    ("V3", "ingress: [{from: [{ipBlock: {}}]}]", "ingress: [{from: [{ipBlock: ", "without a `cidr`"),
    ("V3", "ingress: [{from: [{ipBlock: {cidr: ''}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "without a `cidr`"),
    ("V3", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.5}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "no CIDR"),
    ("V3", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "no CIDR"),
    ("V3", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/255.0.0.0}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "no"),
    ("V3", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [x]}}]}]",
     "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [", "no CIDR"),
    ("V4", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]",
     "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [", "not smaller"),
    ("V4", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}}]}]",
     "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [", "outside"),
    ("V4", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: ['fd00::/16']}}]}]",
     "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [", "another address family"),
    ("V4", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [0.0.0.0/0]}}]}]",
     "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [", "outside"),
    ("V5", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.5/24}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "behind"),
    ("V5", "ingress: [{from: [{ipBlock: {cidr: 010.0.0.0/8}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "zeros"),
    ("V5", "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/08}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "zeros"),
    ("V5", "ingress: [{from: [{ipBlock: {cidr: '::ffff:10.0.0.0/104'}}]}]",
     "ingress: [{from: [{ipBlock: {cidr: ", "IPv4"),
    ("V6", "ingress: [{ports: [{protocol: tcp}]}]", "ingress: [{ports: [{protocol: ", "`tcp`"),
    ("V6", "ingress: [{ports: [{protocol: ICMP}]}]", "ingress: [{ports: [{protocol: ", "`ICMP`"),
    ("V6", "ingress: [{ports: [{protocol: ''}]}]", "ingress: [{ports: [{protocol: ", "``"),
    ("V7", "ingress: [{ports: [{port: 0}]}]", "ingress: [{ports: [{port: ", "out of range"),
    ("V7", "ingress: [{ports: [{port: 65536}]}]", "ingress: [{ports: [{port: ", "out of range"),
    ("V7", "ingress: [{ports: [{port: 80, endPort: 79}]}]", "ingress: [{ports: [{port: 80, endPort: ", "below"),
    ("V7", "ingress: [{ports: [{port: 80, endPort: 65536}]}]", "ingress: [{ports: [{port: 80, endPort: ", "range"),
    ("V8", "ingress: [{ports: [{endPort: 90}]}]", "ingress: [{ports: [{endPort: ", "without port"),
    ("V8", "ingress: [{ports: [{port: http, endPort: 90}]}]", "ingress: [{ports: [{port: http, endPort: ", "`http`"),
    ("V9", "ingress: [{ports: [{port: '80'}]}]", "ingress: [{ports: [{port: ", "`80`"),
    ("V9", "ingress: [{ports: [{port: HTTP}]}]", "ingress: [{ports: [{port: ", "`HTTP`"),
    ("V9", "ingress: [{ports: [{port: a--b}]}]", "ingress: [{ports: [{port: ", "`a--b`"),
    ("V9", "ingress: [{ports: [{port: -a}]}]", "ingress: [{ports: [{port: ", "`-a`"),
    ("V9", "ingress: [{ports: [{port: ''}]}]", "ingress: [{ports: [{port: ", "``"),
    ("V9", "ingress: [{ports: [{port: a234567890123456}]}]", "ingress: [{ports: [{port: ", "port name"),
    ("V10", "policyTypes: [ingress]", "policyTypes: [", "`ingress`"),
    ("V10", "policyTypes: [Ingress, Egress, Ingress]", "policyTypes: ", "3 entries"),
    ("V10", "policyTypes: [Ingress, null]", "policyTypes: [Ingress, ", "policy type"),
    ("V11", "podSelector: {matchExpressions: [{key: a, operator: In, values: []}]}",
     "podSelector: {matchExpressions: [{key: a, operator: In, values: ", "at least one"),
    ("V11", "podSelector: {matchExpressions: [{key: a, operator: NotIn, values: }]}",
     "podSelector: {matchExpressions: [{key: a, operator: NotIn, values: ", "at least one"),
    ("V11", "podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}",
     "podSelector: {matchExpressions: [{key: a, operator: Exists, values: ", "no values"),
    ("V11", "podSelector: {matchExpressions: [{key: a, operator: Gt, values: [b]}]}",
     "podSelector: {matchExpressions: [{key: a, operator: ", "`Gt`"),
    ("V11", "podSelector: {matchExpressions: [{key: a}]}", "podSelector: {matchExpressions: [", "without an operator"),
    ("V11", "podSelector: {matchExpressions: [{operator: Exists}]}",
     "podSelector: {matchExpressions: [", "no label key"),
    ("V11", f"podSelector: {{matchLabels: {{a: {'x' * 64}}}}}", "podSelector: {matchLabels: {a: ", "no label value"),
    ("V11", "podSelector: {matchLabels: {-a: b}}", "podSelector: {matchLabels: {-a: ", "`-a`"),
    ("V11", "podSelector: {matchLabels: {a/b/c: d}}", "podSelector: {matchLabels: {a/b/c: ", "`a/b/c`"),
    ("V11", "ingress: [{from: [{namespaceSelector: {matchLabels: {a: b c}}}]}]",
     "ingress: [{from: [{namespaceSelector: {matchLabels: {a: ", "`b c`"),
    ("V13", "podSelector: {matchLabels: {v: 1.0}}", "podSelector: {matchLabels: {v: ", "a string, not a number"),
    ("V13", "podSelector: {matchLabels: {v: yes}}", "podSelector: {matchLabels: {v: ", "a string, not a boolean"),
    ("V13", "podSelector: {matchLabels: [a]}", "podSelector: {matchLabels: ", "a mapping, not a list"),
    ("V13", "podSelector: web", "podSelector: ", "a mapping, not a string"),
    ("V13", "policyTypes: Ingress", "policyTypes: ", "a list, not a string"),
    ("V13", "ingress: {from: []}", "ingress: ", "a list, not a mapping"),
    ("V13", "ingress: [{ports: [{port: 80, endPort: '90'}]}]",
     "ingress: [{ports: [{port: 80, endPort: ", "whole number"),
    ("V13", "ingress: [{ports: [{port: 80.5}]}]", "ingress: [{ports: [{port: ", "whole number"),
    ("V13", "ingress: [{ports: [{port: true}]}]", "ingress: [{ports: [{port: ", "whole number"),
    ("V13", "ingress: [{from: [{ipBlock: {cidr: 10}}]}]", "ingress: [{from: [{ipBlock: {cidr: ", "a string"),
    ("V13", "ingress: [text]", "ingress: [", "a mapping, not a string"),
    ("unknown-field", "podSelecter: {}", "", "`podSelecter`"),
    ("unknown-field", "ingress: [{form: []}]", "ingress: [{", "`form`"),
    ("unknown-field", "ingress: [{to: []}]", "ingress: [{", "`to`"),
    ("unknown-field", "ingress: [{from: [{podSelector: {}, IPBlock: {}}]}]",
     "ingress: [{from: [{podSelector: {}, ", "IPB"),
    ("unknown-field", "ingress: [{ports: [{port: 80, endport: 81}]}]", "ingress: [{ports: [{port: 80, ", "`endport`"),
    ("unknown-field", "podSelector: {app: web}", "podSelector: {", "`app`"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "body", "before", "words"), REJECTED)
def test_what_the_api_server_rejects(code: str, body: str, before: str, words: str) -> None:
    """E04, E06, D05, D06, D18, C07, F01, F03, F04: code, place and words of the one mistake."""
    (found,) = mistakes(policy(body))

    assert (found.code, found.file, found.line, found.column) == (code, "f.yaml", 6, 3 + len(before))
    assert words in found.message
    assert not found.message[0].isupper()
    assert not found.message.endswith(".")


@pytest.mark.parametrize(
    ("body", "hint"),
    [
        ("podSelecter: {}", "did you mean `podSelector`?"),
        ("ingress: [{form: []}]", "did you mean `from`?"),
        ("ingress: [{to: []}]", "ingress rules say `from`"),
        ("egress: [{from: []}]", "egress rules say `to`"),
        ("ingress: [{ports: [{protocol: TPC}]}]", "did you mean `TCP`?"),
        ("ingress: [{ports: [{protocol: tcp}]}]", "did you mean `TCP`?"),
        ("policyTypes: [ingress]", "did you mean `Ingress`?"),
        ("podSelector: {matchExpressions: [{key: a, operator: NotEquals}]}", "one of In, NotIn, Exists, DoesNotExist"),
        ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.5/24}}]}]", "write `10.0.0.0/24`"),
        ("ingress: [{from: [{ipBlock: {cidr: '::ffff:10.0.0.0/104'}}]}]", "write `10.0.0.0/8`"),
        ("ingress: [{from: [{ipBlock: {cidr: 10.0.0.5}}]}]", "an address needs a prefix length: `10.0.0.5/32`"),
        ("ingress: [{ports: [{port: '80'}]}]", "remove the quotes: a number in quotes is a name"),
        ("ingress: {from: []}", "put a dash in front of its first field"),
    ],
)
def test_hints_say_what_to_do(body: str, hint: str) -> None:
    assert [m.hint for m in mistakes(policy(body))] == [hint]


def test_metadata_is_checked() -> None:
    """V12."""
    head, spec_part = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n", "spec: {}\n"

    for metadata, place, words in [
        ("", (1, 1), "without `metadata.name`"),
        ("metadata: {namespace: a}\n", (3, 11), "without `metadata.name`"),
        ("metadata: {name: A}\n", (3, 18), "`A`"),
        ("metadata: {name: a, namespace: a.b}\n", (3, 32), "`a.b`"),
    ]:
        (found,) = mistakes(head + metadata + spec_part)
        assert (found.code, (found.line, found.column)) == ("V12", place)
        assert words in found.message


@pytest.mark.parametrize(
    ("metadata", "code"),
    [("{name: p, lables: {}}", "unknown-field"), ("{name: p, labels: {a: 1}}", "V13"), ("{name: 5}", "V13")],
)
def test_metadata_is_typed(metadata: str, code: str) -> None:
    assert codes(policy("{}").replace("metadata:\n  name: p\n", f"metadata: {metadata}\n")) == [code]


def test_a_generated_name_will_do() -> None:
    text = policy("{}").replace("name: p", "generateName: p-")

    assert load_text(text + "---\n" + text).policies == 2


def test_everything_else_of_an_object_as_the_cluster_stores_it_is_accepted() -> None:
    text = policy("podSelector: {}").replace(
        "name: p",
        "name: p\n  uid: x\n  annotations: {a: '1'}\n  creationTimestamp: null\n  managedFields: [{operation: Update}]",
    )

    assert load_text(text + "status: {}\n").policies == 1


@pytest.mark.parametrize(
    "body",
    [
        "",
        "policyTypes: [Ingress, Ingress]",
        "policyTypes: [Ingress]\negress: [{}]",
        "ingress: [{from: [{podSelector: {}}, {podSelector: {}}], ports: [{port: 1}, {port: 1}]}]",
        "podSelector: {matchLabels: {a: b}, matchExpressions: [{key: a, operator: NotIn, values: [b]}]}",
        "ingress: [{ports: [{port: nobody-has-it}]}]",
    ],
)
def test_what_is_easily_mistaken_for_an_error_is_accepted(body: str) -> None:
    loaded = load_text(policy(body))

    assert (loaded.policies, loaded.diagnostics) == (1, ())


def test_all_mistakes_are_listed() -> None:
    text = policy("podSelecter: {}\ningress:\n- from: [{}]\n  ports: [{port: 0, protocol: tcp}]")
    other = policy("policyTypes: [Nothing]").replace("name: p", "name: q")

    assert sorted(codes(text + "---\n" + other)) == ["V1", "V10", "V6", "V7", "unknown-field"]


def test_positions_count_in_the_file_for_every_document() -> None:
    (found,) = mistakes(policy("{}") + "---\n" + policy("policyTypes: [x]").replace("name: p", "name: q"))

    assert (found.line, found.column) == (13, 17)


def test_copies_of_a_faulty_spec_are_all_reported_at_their_own_place() -> None:
    bad = policy("policyTypes: [x]")

    assert [m.line for m in mistakes(bad + "---\n" + bad.replace("name: p", "name: q"))] == [6, 13]


def test_dropped_fields_are_warned_about_and_open_what_they_restricted() -> None:
    """F01 under `field_validation: drop`."""
    loaded = load_text(policy("ingress: [{form: [{podSelector: {}}]}]"), options=Options(strict_fields=False))

    assert [(d.severity, d.code) for d in loaded.diagnostics] == [(Severity.WARNING, "unknown-field")]
    assert "dropped" in loaded.diagnostics[0].message
    assert spec("{ingress: [{form: []}]}", strict_fields=False).ingress == (EVERYONE,)


def test_of_repeated_fields_the_last_one_wins_where_fields_are_dropped() -> None:
    """F02."""
    text = policy("ingress:\n- from: [{podSelector: {}}]\n  from: []")

    assert codes(text) == ["duplicate-key"]
    loaded = load_text(text, options=Options(strict_fields=False))
    assert [d.code for d in loaded.diagnostics] == ["duplicate-key"]
    (rung,) = loaded.cluster.policies.ingress.stages[0].body[1].rungs
    assert rung.citation.rule == "ingress[0]"


@pytest.mark.parametrize(
    ("cidr", "meant"),
    [("10.0.0.5/24", "10.0.0.0/24"), ("010.0.0.0/8", "10.0.0.0/8"), ("'::ffff:10.0.0.0/104'", "10.0.0.0/8")],
)
def test_lenient_cidrs_are_masked_with_a_warning(cidr: str, meant: str) -> None:
    """E06 under `strict_cidr: off`."""
    body = "ingress: [{from: [{ipBlock: {cidr: " + cidr + "}}]}]"

    loaded = load_text(policy(body), options=Options(strict_cidr=False))

    assert [(d.severity, d.code) for d in loaded.diagnostics] == [(Severity.WARNING, "V5")]
    result = spec("{" + body + "}", strict_cidr=False).ingress
    assert result is not None
    assert result[0].peers[0].block == AddressSet.of([meant])


@pytest.mark.parametrize("value", ["'{{ .Values.x }}'", "'${X}'"])
@pytest.mark.parametrize("body", ["podSelector: {matchLabels: {a: %s}}", "ingress: [{ports: [{port: %s}]}]"])
def test_a_template_in_a_field_that_is_read_is_called_one(body: str, value: str) -> None:
    (found,) = mistakes(policy(body % value))

    assert found.code == "template"
    assert "render it first" in str(found.hint)


def test_user_text_is_shown_printable_and_short() -> None:
    (found,) = mistakes(policy('podSelector: {matchLabels: {a: "\\e[31m' + "x" * 500 + '"}}'))

    assert "\x1b" not in found.message
    assert len(found.message) < 200
