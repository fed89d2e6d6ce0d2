"""Universe files."""

from pathlib import Path
from textwrap import dedent

import pytest

from verifier.errors import InputError
from verifier.ir.labels import EVERYTHING, NAMESPACE_NAME, Selector
from verifier.ir.network import ALL_ADDRESSES, AddressSet
from verifier.ir.pods import PodPeer
from verifier.ir.policy import Direction, NewNamespaces
from verifier.ir.universe import INVENTORY, OPEN, LabelDomain, Universe
from verifier.manifests.documents.document import read_documents
from verifier.manifests.documents.source import Source
from verifier.manifests.specs.universe import load_universe, universe_from_document

HEAD = "apiVersion: netpol-verifier/v1\nkind: Universe\n"


def universe(spec: str) -> Universe:
    (document,) = read_documents(Source.text_of("u.yaml", f"{HEAD}spec: {spec}\n"))
    return universe_from_document(document)


def faults(spec: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        universe(spec)
    return [str(d).replace("\nhint: ", " | ") for d in caught.value.diagnostics]


def test_the_two_universes_with_a_name_need_no_file() -> None:
    assert load_universe("open") is OPEN
    assert load_universe("inventory") is INVENTORY


def test_what_a_file_leaves_out_is_as_in_the_open_universe() -> None:
    assert universe("{}") == Universe(name="u")


def test_the_example_of_the_documentation_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "default-deny.yaml").write_text(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n"
    )
    path = tmp_path / "universe.yaml"
    path.write_text(
        HEAD
        + dedent("""\
        metadata: {name: production}
        spec:
          namespaces:
            known: [{name: kube-system, labels: {team: platform}}]
            others: true
            labels: {tenant: {values: [a, b], others: false, required: true}}
          pods: {others: true, labels: {role: {values: [frontend, monitoring, db], others: true}}}
          invariants:
          - {name: only-monitoring-ns, pods: {podSelector: {matchLabels: {role: monitoring}}},
             onlyIn: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: monitoring}}}}
          newNamespacesGet: [templates/default-deny.yaml]
          nodes: false
          families: [4, 6]
          addresses: {pods: [10.0.0.0/8], nodes: [192.168.0.0/24], services: [10.96.0.0/12]}
          switches: {ipblock_pods: never}
        """)
    )

    read = load_universe(str(path))

    assert read.name == "production"
    (known,) = read.known
    assert known.name == "kube-system"
    assert known.labels == {"team": "platform", NAMESPACE_NAME: "kube-system"}
    assert known.origin is not None
    assert str(known.origin.position) == f"{path}:6:13"
    assert (read.other_namespaces, read.other_pods, read.nodes) == (True, True, False)
    assert read.namespace_labels == {"tenant": LabelDomain(("a", "b"), others=False, required=True)}
    assert read.pod_labels == {"role": LabelDomain(("frontend", "monitoring", "db"))}
    (invariant,) = read.invariants
    assert invariant.name == "only-monitoring-ns"
    assert invariant.pods == PodPeer(Selector.of({"role": "monitoring"}))
    assert invariant.only_in == PodPeer(EVERYTHING, None, Selector.of({NAMESPACE_NAME: "monitoring"}))
    assert read.families == {4, 6}
    assert read.pod_addresses == AddressSet(AddressSet.of(["10.0.0.0/8"]).v4, ALL_ADDRESSES.v6)
    assert read.node_addresses == AddressSet(AddressSet.of(["192.168.0.0/24"]).v4, ALL_ADDRESSES.v6)
    assert read.service_addresses == AddressSet.of(["10.96.0.0/12"])
    assert read.switches == {"ipblock_pods": "never"}
    stage, _ = read.templates.pipe(Direction.INGRESS).stages
    assert stage.applies is not None
    assert [who.namespace for who in stage.applies] == [NewNamespaces.ALL]


def test_every_value_that_may_be_cited_has_its_origin() -> None:
    read = universe("""{namespaces: {labels: {a: {}}}, pods: {labels: {b: {}}},
      invariants: [{name: i, pods: {podSelector: {}}, onlyIn: {namespaces: [m]}}]}""")

    origins = [
        read.namespace_labels["a"].origin,
        read.pod_labels["b"].origin,
        read.invariants[0].origin,
        read.origin,
    ]
    assert [str(origin and origin.position) for origin in origins] == [
        "u.yaml:3:33",
        "u.yaml:3:58",
        "u.yaml:4:20",
        "u.yaml:1:1",
    ]


def test_an_address_list_restricts_only_the_families_it_contains() -> None:
    assert universe("{addresses: {pods: [fd00::/8]}}").pod_addresses == AddressSet(
        ALL_ADDRESSES.v4, AddressSet.of(["fd00::/8"]).v6
    )
    assert universe("{addresses: {pods: [fd00::/8, 10.0.0.0/8]}}").pod_addresses == AddressSet.of(
        ["fd00::/8", "10.0.0.0/8"]
    )
    assert universe("{addresses: {pods: any}}").pod_addresses == ALL_ADDRESSES
    assert universe("{addresses: {nodes: [10.0.0.0/8]}}").pod_addresses is None


def test_yes_and_no_are_values_of_switches_though_yaml_reads_booleans() -> None:
    read = universe("{switches: {sctp: no, endport: yes, other_protocols: on, strict_cidr: off, host_network: open}}")

    assert read.switches == {
        "sctp": "no",
        "endport": "yes",
        "other_protocols": "on",
        "strict_cidr": "off",
        "host_network": "open",
    }


def test_known_namespaces_have_exactly_the_labels_given() -> None:
    assert universe("{namespaces: {known: [{name: a}]}}").known[0].labels == {NAMESPACE_NAME: "a"}


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("{pod: {}}", "3:8: unknown field `pod` | did you mean `pods`?"),
        ("{pods: }", "3:8: `pods` has no value | leave it out, or give it a value"),
        ("{pods: {others: 'no'}}", "3:23: `others` must be true or false, not the string `no`"),
        (
            "{namespaces: {known: [{name: a}, {name: a}]}}",
            "3:47: a second namespace named `a`",
        ),
        (
            f"{{namespaces: {{known: [{{name: a, labels: {{{NAMESPACE_NAME}: b}}}}]}}}}",
            f"3:77: `{NAMESPACE_NAME}` must be `a` | every namespace carries its own name in this label; leave it out",
        ),
        (
            "{namespaces: {labels: {a: [x]}}}",
            "3:33: expected a mapping, not a list",
        ),
        ("{pods: {labels: {a: {values: [1]}}}}", "3:37: `values[0]` must be a string, not the number 1 | quote it"),
        ("{families: [5]}", "3:19: `5` cannot stand in `families` | one of 4, 6"),
        ("{families: []}", "3:18: `families` is an empty list | list at least one"),
        ("{addresses: {pods: none}}", "3:26: `none` is no list of addresses | write `any`, or a list of CIDRs"),
        ("{addresses: {nodes: []}}", "3:27: `nodes` is an empty list | list at least one"),
        (
            "{addresses: {pods: [10.0.0.1/8]}}",
            "3:27: `10.0.0.1/8` has bits set beyond its prefix | did you mean `10.0.0.0/8`?",
        ),
        ("{switches: {ipblock_pod: never}}", "3:19: unknown switch `ipblock_pod` | did you mean `ipblock_pods`?"),
        ("{switches: {sctp: maybe}}", "3:25: switch `sctp` cannot be the string `maybe` | one of yes, no, open"),
        (
            "{switches: {host_network: yes}}",
            "3:33: switch `host_network` cannot be the boolean true | one of as_node, as_pod, as_peer, open",
        ),
        (
            "{switches: {strict_cidr: open}}",
            "3:32: switch `strict_cidr` cannot be left open | it decides how manifests are read: on or off",
        ),
        ("{switches: {service_nat: open}}", "3:32: switch `service_nat` cannot be the string `open` | one of after"),
        (
            "{invariants: [{name: a, pods: {}, onlyIn: {podSelector: {}}}]}",
            "3:37: this says nothing about pods | every pod is `podSelector: {}`",
        ),
        ("{invariants: [{name: a, pods: {podSelector: {}}}]}", "3:21: `onlyIn` is missing"),
        (
            "{invariants: [{name: a, pods: {podSelector: {}}, onlyIn: {external: {}}}]}",
            "3:65: unknown field `external` | one of namespaceSelector, namespaces, podSelector",
        ),
        ("{newNamespacesGet: [none.yaml]}", "3:27: `none.yaml`: no such file or directory"),
    ],
)
def test_one_mistake_gives_one_message_at_its_place(spec: str, message: str) -> None:
    assert faults(spec) == [f"u.yaml:{message}"]


def test_a_reserved_name_is_refused() -> None:
    (document,) = read_documents(Source.text_of("u.yaml", f"{HEAD}metadata: {{name: inventory}}\nspec: {{}}\n"))

    with pytest.raises(InputError, match=r"u\.yaml:3:18: `inventory` names a universe of its own"):
        universe_from_document(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{HEAD}spec: {{}}\n---\n{HEAD}spec: {{}}\n", "u.yaml:6:7: a second universe in one file"),
        ("apiVersion: netpol-verifier/v1\nkind: Config\nspec: {}\n", "u.yaml: no document of `kind: Universe` here"),
        ("apiVersion: v1\nkind: Pod\n", "u.yaml:1:13: not a document of netpol-verifier"),
        ("a: [\n", "u.yaml:2:1: "),
    ],
)
def test_a_file_must_hold_one_universe(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "u.yaml").write_text(text)

    with pytest.raises(InputError) as caught:
        load_universe(str(tmp_path / "u.yaml"))

    assert str(caught.value).removeprefix(f"{tmp_path}/").startswith(message)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("inventroy", "inventroy: no such file\nhint: did you mean `inventory`?"),
        ("nowhere.yaml", "nowhere.yaml: no such file\nhint: a universe is `open`, `inventory` or a file"),
    ],
)
def test_a_missing_file_and_a_misspelt_name_are_told_apart(name: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        load_universe(name)

    assert str(caught.value) == message


def test_documents_of_other_kinds_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "netpol.yaml").write_text(
        f"apiVersion: netpol-verifier/v1\nkind: Config\nspec: {{}}\n---\n{HEAD}spec: {{nodes: true}}\n"
    )

    assert load_universe(str(tmp_path / "netpol.yaml")).nodes
