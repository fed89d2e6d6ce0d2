"""The JSON Schemas, held against the parsers."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from verifier.cli.commands.schema import KINDS, schema_of
from verifier.errors import InputError
from verifier.manifests.documents.document import Document, read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.specs.acceptances import acceptances_from_document
from verifier.manifests.specs.builtin import builtin_names, builtin_path
from verifier.manifests.specs.configform import ConfigForm
from verifier.manifests.specs.fleetform import FleetForm
from verifier.manifests.specs.form import fill
from verifier.manifests.specs.propertyform import properties_from_document
from verifier.manifests.specs.schema import form_schema, schema
from verifier.manifests.specs.universe import universe_from_document

GOOD = {
    "properties": [
        "{properties: [{name: a, only: {}}]}",
        "{namespace: shop, properties: [{name: a, severity: warning, description: b, isolated: {directions: egress}}]}",
        "{properties: [{name: a, confined: {pods: [{namespaces: [p]}], reach: []}}]}",
        """{properties: [{name: a, confined: {pods: [{podSelector: {}}],
            reach: [{to: [{external: {}}], ports: [{port: 443}]}, {ports: [{port: a}]}, {to: [{node: {}}]}]}}]}""",
        "{properties: [{name: a, separate: {byPodLabel: x.io/t, unlabelled: ignore}}]}",
        """{properties: [{name: a, exactly: {
            from: [{podSelector: {matchLabels: {x.io/a: b, c: ""}}, namespaceSelector: {}, namespaces: [p, q]}],
            to: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {external: {}}, {node: {}}, {namespaces: [p]}],
            ports: [{}, {port: 80, endPort: 90}, {protocol: UDP, port: dns-1}]}}]}""",
        "{properties: [{name: a, always: {to: [{service: {namespace: a, name: b.c}}, {node: {}}]}}]}",
        """{properties: [{name: a, confined: {pods: [{namespaces: [a]}], reach: [{to: [{service: {
            anyOf: [{namespace: a, name: b}], otherwise: {to: [{external: {}}], ports: [{port: 53}]}}}]}]}}]}""",
        """{properties: [{name: a, always: {to: [{podSelector: {matchExpressions: [
            {key: a, operator: In, values: [b]}, {key: a, operator: Exists}]}}]}}]}""",
    ],
    "universe": [
        "{}",
        "{namespaces: {known: [{name: a, labels: {b: c}}], others: false, labels: {t: {values: [x], required: true}}}}",
        "{pods: {others: false, labels: {role: {}}}, nodes: true, families: [4], addresses: {pods: any}}",
        "{addresses: {pods: [10.0.0.0/8], nodes: [fd00::/8], services: [10.96.0.0/12]}}",
        "{invariants: [{name: a, pods: {podSelector: {}}, onlyIn: {namespaces: [m], namespaceSelector: {}}}]}",
        "{switches: {sctp: no, endport: 'yes', host_network: open, ipblock_pods: never, strict_cidr: off}}",
    ],
    "config": [
        "{}",
        "{manifests: k8s, universe: inventory, profile: calico, output: [text, json=a.json], exclude: [a, b]}",
        "{namespace: shop, switches: {sctp: 'no'}, skipUnknown: true, color: auto, timeout: 1.5, rlimit: 1, limit: 2}",
        "{lint: {rules: near-miss, noRules: [allow-all], failOn: warning}}",
    ],
    "acceptances": [
        "{acceptances: []}",
        "{acceptances: [{flows: ['* -> a=b : TCP/1', 'x/*  ->  external'], reason: a, owner: b, expires: 2027-01-31}]}",
        "{acceptances: [{property: p q, flows: ['* -> *'], reason: a, owner: b, expires: '2027-01-31'}]}",
    ],
    "fleet": [
        "{clusters: [{name: a, manifests: a}]}",
        """{properties: never a=b -> c=d, profile: calico, universe: u.yaml, switches: {sctp: no}, namespace: shop,
            exclude: a, skipUnknown: true, clusters: [{name: a b, manifests: [a, 'main:b'], profile: k8s,
            properties: [p.yaml, builtin:default-deny], universe: open, switches: {endport: 'no'}, namespace: web,
            exclude: [a], skipUnknown: false}]}""",
    ],
}

BAD = {
    "properties": [
        "{}",
        "{properties: []}",
        "{properties: [{only: {}}]}",
        "{properties: [{name: a}]}",
        "{properties: [{name: '', only: {}}]}",
        "{properties: [{name: a, onyl: {}}]}",
        "{properties: [{name: a, only: {}, never: {}}]}",
        "{properties: [{name: a, only: null}]}",
        "{properties: [{name: a, only: {}, severity: fatal}]}",
        "{properties: [{name: a, only: {from: []}}]}",
        "{properties: [{name: a, only: {from: null}}]}",
        "{properties: [{name: a, only: {to: [{}]}}]}",
        "{properties: [{name: a, only: {to: [{podSelecter: {}}]}}]}",
        "{properties: [{name: a, only: {to: [{podSelector: null}]}}]}",
        "{properties: [{name: a, only: {to: [{external: {}, podSelector: {}}]}}]}",
        "{properties: [{name: a, only: {to: [{ipBlock: {cidr: 10.0.0.0}}]}}]}",
        "{properties: [{name: a, only: {from: [{service: {namespace: a, name: b}}]}}]}",
        "{properties: [{name: a, only: {to: [{service: {namespace: a}}]}}]}",
        "{properties: [{name: a, only: {to: [{service: {name: a, anyOf: [{namespace: a, name: b}]}}]}}]}",
        "{properties: [{name: a, only: {to: [{service: {anyOf: []}}]}}]}",
        "{properties: [{name: a, only: {to: [{service: {namespace: a, name: b}, node: {}}]}}]}",
        "{properties: [{name: a, only: {to: [{service: {namespace: a, name: A}}]}}]}",
        "{properties: [{name: a, only: {to: [{podSelector: {matchLabels: {a: 5}}}]}}]}",
        "{properties: [{name: a, only: {to: [{podSelector: {matchLabels: {-a: b}}}]}}]}",
        "{properties: [{name: a, only: {to: [{podSelector: {matchLabels: {a: b c}}}]}}]}",
        "{properties: [{name: a, only: {to: [{podSelector: {matchExpressions: [{key: a, operator: Gt}]}}]}}]}",
        "{properties: [{name: a, only: {ports: [{protocol: tcp}]}}]}",
        "{properties: [{name: a, only: {ports: [{port: 0}]}}]}",
        "{properties: [{name: a, only: {ports: [{port: '80'}]}}]}",
        "{properties: [{name: a, only: {ports: [{endPort: 80}]}}]}",
        "{properties: [{name: a, only: {ports: [{port: http, endPort: 80}]}}]}",
        "{properties: [{name: a, confined: {reach: []}}]}",
        "{properties: [{name: a, confined: {pods: [{namespaces: [p]}]}}]}",
        "{properties: [{name: a, confined: {pods: [], reach: []}}]}",
        "{properties: [{name: a, confined: {pods: [{namespaces: [p]}], reach: [{}]}}]}",
        "{properties: [{name: a, confined: {pods: [{namespaces: [p]}], reach: [{from: [{node: {}}]}]}}]}",
        "{properties: [{name: a, separate: {}}]}",
        "{properties: [{name: a, separate: {byPodLabel: a, byNamespaceLabel: b}}]}",
        "{properties: [{name: a, isolated: {directions: in}}]}",
        "{namespace: A, properties: [{name: a, only: {}}]}",
    ],
    "universe": [
        "[]",
        "{pod: {}}",
        "{pods: null}",
        "{namespaces: {known: [{}]}}",
        "{namespaces: {known: [{name: A}]}}",
        "{namespaces: {labels: {-a: {}}}}",
        "{pods: {labels: {a: {values: b}}}}",
        "{families: [5]}",
        "{families: []}",
        "{addresses: {pods: none}}",
        "{addresses: {nodes: []}}",
        "{invariants: [{name: a, pods: {}, onlyIn: {podSelector: {}}}]}",
        "{invariants: [{name: a, pods: {podSelector: {}}}]}",
        "{switches: {sctp: maybe}}",
        "{switches: {strict_cidr: open}}",
        "{switches: {no_such: open}}",
    ],
    "config": [
        "{manifest: a}",
        "{manifests: []}",
        "{universe: 5}",
        "{profile: none}",
        "{color: red}",
        "{timeout: 0}",
        "{limit: 0}",
        "{limit: 1.5}",
        "{lint: {failOn: fatal}}",
        "{lint: {rule: near-miss}}",
        "{skipUnknown: maybe}",
        "{switches: {sctp: 5}}",
    ],
    "acceptances": [
        "{}",
        "{acceptances: [{flows: [], reason: a, owner: b, expires: 2027-01-31}]}",
        "{acceptances: [{flows: ['*->*'], reason: a, owner: b, expires: 2027-01-31}]}",
        "{acceptances: [{flows: ['* -> *'], reason: ' ', owner: b, expires: 2027-01-31}]}",
        "{acceptances: [{flows: ['* -> *'], reason: a, expires: 2027-01-31}]}",
        "{acceptances: [{flows: ['* -> *'], reason: a, owner: b, expires: 2027-1-31}]}",
        "{acceptances: [{flows: ['* -> *'], reason: a, owner: b, expires: 2027-01-31, until: never}]}",
    ],
    "fleet": [
        "{}",
        "{clusters: []}",
        "{clusters: [{name: a}]}",
        "{clusters: [{manifests: a}]}",
        "{clusters: [{name: a, manifests: []}]}",
        "{clusters: [{name: a/b, manifests: a}]}",
        "{clusters: [{name: a, manifests: a, manifest: b}]}",
        "{clusters: [{name: a, manifests: a, properties: []}]}",
        "{clusters: [{name: a, manifests: a, profile: none}]}",
        "{clusters: [{name: a, manifests: a, switches: {sctp: maybe}}]}",
        "{profil: k8s, clusters: [{name: a, manifests: a}]}",
        "{namespace: A, clusters: [{name: a, manifests: a}]}",
    ],
}


def document(kind: str, spec: str) -> Document:
    text = f"apiVersion: netpol-verifier/v1\nkind: {kind.capitalize()}\nspec: {spec}\n"
    (found,) = read_documents(Source.text_of("file.yaml", text))
    return found


def parse(kind: str, found: Document) -> object:
    match kind:
        case "properties":
            return properties_from_document(found)
        case "universe":
            return universe_from_document(found)
        case "acceptances":
            return acceptances_from_document(found)
        case "fleet":
            return fill(FleetForm, found)
    return fill(ConfigForm, found)


def pairs(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(kind, spec) for kind, specs in table.items() for spec in specs]


def is_valid(kind: str, value: Any) -> bool:
    return bool(Draft202012Validator(schema(kind)).is_valid(value))


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_a_schema_and_plain_json(kind: str) -> None:
    Draft202012Validator.check_schema(schema_of(kind))
    assert json.loads(json.dumps(schema_of(kind))) == schema_of(kind)


@pytest.mark.parametrize(("kind", "spec"), pairs(GOOD))
def test_what_the_parser_accepts_is_valid(kind: str, spec: str) -> None:
    found = document(kind, spec)

    parse(kind, found)

    assert is_valid(kind, found.value)


@pytest.mark.parametrize(("kind", "spec"), pairs(BAD))
def test_what_the_schema_refuses_the_parser_refuses(kind: str, spec: str) -> None:
    found = document(kind, spec)

    assert not is_valid(kind, found.value)
    with pytest.raises(InputError):
        parse(kind, found)


@pytest.mark.parametrize("kind", ["properties", "universe", "config", "acceptances", "fleet"])
def test_the_kind_and_version_belong_to_the_schema(kind: str) -> None:
    found = document(kind, GOOD[kind][0])
    assert isinstance(found.value, dict)

    assert not is_valid(kind, {**found.value, "kind": "Other"})
    assert not is_valid(kind, {**found.value, "apiVersion": "netpol-verifier/v2"})
    assert not is_valid(kind, {**found.value, "metdata": {}})
    assert not is_valid(kind, {key: value for key, value in found.value.items() if key != "spec"})


@pytest.mark.parametrize("kind", ["properties", "universe", "config"])
def test_the_schema_of_config_is_that_of_each_document_of_netpol_yaml(kind: str) -> None:
    for spec in GOOD[kind]:
        assert is_valid("config", document(kind, spec).value)
    for spec in BAD[kind]:
        assert not is_valid("config", document(kind, spec).value)


@pytest.mark.parametrize("kind", ["acceptances", "fleet"])
def test_the_schema_of_config_refuses_what_stands_in_files_of_its_own(kind: str) -> None:
    for spec in GOOD[kind]:
        assert not is_valid("config", document(kind, spec).value)


def test_definitions_that_forms_share_are_the_same() -> None:
    shared = schema("config")["$defs"]

    for kind in ("properties", "universe", "config"):
        definitions = form_schema(kind).get("$defs", {})
        assert definitions.items() <= shared.items()


@pytest.mark.parametrize("name", builtin_names())
def test_ready_made_properties_are_valid(name: str) -> None:
    (found,) = read_documents(Source.read(str(builtin_path(name))))

    assert is_valid("properties", found.value)


def test_the_properties_shown_in_the_documentation_are_valid() -> None:
    pages = Path(__file__).parent.parent.parent / "docs"
    blocks = [
        block.partition("```")[0]
        for page in ("properties.md", "universe.md", "config.md", "fleet.md")
        for block in (pages / page).read_text().split("```yaml\n")[1:]
    ]

    shown = [found for block in blocks for found in read_documents(Source.text_of("page", block))]

    kinds_shown = [found.value["kind"].lower() for found in shown if isinstance(found.value, dict)]
    assert set(kinds_shown) == {"properties", "universe", "config", "fleet"}
    for kind, found in zip(kinds_shown, shown, strict=True):
        assert is_valid(kind, found.value), found.value
        if kind != "fleet":
            assert is_valid("config", found.value), "a document of any kind that netpol.yaml holds"
        if kind != "universe":  # the page names files that are not there
            parse(kind, found)
