"""Objects of one name that differ, of which the last that is read counts: of every kind, in the order of reading."""

from pathlib import Path

import pytest

from tests.repository import Repository
from verifier import check, parse_expression
from verifier.errors import InputError, Severity
from verifier.manifests.kubernetes.load import Loaded, Options, load, load_text

LAST = Options(last_counts=True)

POLICY = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: api, namespace: shop}}
spec: {{podSelector: {{}}, policyTypes: [Ingress], ingress: {rules}}}
"""
OPEN, CLOSED = POLICY.format(rules="[{}]"), POLICY.format(rules="[]")
KINDS = {
    "NetworkPolicy": (OPEN, CLOSED),
    "Namespace": tuple(f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: one, labels: {{a: {v}}}}}\n" for v in "vw"),
    "Node": tuple(f"apiVersion: v1\nkind: Node\nmetadata: {{name: one, labels: {{a: {v}}}}}\n" for v in "vw"),
    "Pod": tuple(f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p, labels: {{a: {v}}}}}\n" for v in "vw"),
    "Service": tuple(
        f"apiVersion: v1\nkind: Service\nmetadata: {{name: s}}\nspec: {{selector: {{a: {v}}}, ports: [{{port: 80}}]}}\n"
        for v in "vw"
    ),
    "AdminNetworkPolicy": tuple(
        "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: a}\n"
        f"spec: {{priority: {n}, subject: {{namespaces: {{}}}}}}\n"
        for n in (1, 2)
    ),
    "CiliumNetworkPolicy": tuple(
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\n"
        f"spec: {{endpointSelector: {{matchLabels: {{a: {v}}}}}, ingress: [{{}}]}}\n"
        for v in "vw"
    ),
    "CiliumCIDRGroup": tuple(
        "apiVersion: cilium.io/v2\nkind: CiliumCIDRGroup\nmetadata: {name: g}\n"
        f"spec: {{externalCIDRs: [10.{n}.0.0/16]}}\n---\n"
        "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\n"
        "spec: {endpointSelector: {}, ingress: [{fromCIDRSet: [{cidrGroupRef: g}]}]}\n"
        for n in (1, 2)
    ),
    "GlobalNetworkPolicy": tuple(
        "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: g}\n"
        f"spec: {{selector: a == '{v}', types: [Ingress]}}\n"
        for v in "vw"
    ),
    "AuthorizationPolicy": tuple(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: m, namespace: shop}\n"
        f"spec: {{action: {a}, rules: [{{}}]}}\n"
        for a in ("ALLOW", "DENY")
    ),
}


def read(*texts: str, options: Options = LAST) -> Loaded:
    return load_text("---\n".join(texts), options=options)


@pytest.mark.parametrize("kind", KINDS)
def test_the_last_of_two_that_differ_is_the_only_one(kind: str) -> None:
    """Whatever the kind, the answer is that of a file which holds the last one only, but for what is said of it."""
    first, second = KINDS[kind]

    both, alone = read(first, second), read(second)

    assert len(both.cluster.overwritten) == 1
    assert both.cluster.overwritten[0].startswith(kind)
    assert f"only the last one read counts: {kind} " in both.cluster.assumptions[-1]
    for name in ("namespaces", "workloads", "nodes", "services", "policies"):
        assert getattr(both.cluster, name) == getattr(alone.cluster, name), name
    told = [d for d in both.diagnostics if d.code == "duplicate-object" and "read last" in d.message]
    assert [d.severity for d in told] == [Severity.WARNING]
    assert both.cluster != read(second, first).cluster


@pytest.mark.parametrize("kind", KINDS)
def test_copies_overwrite_nothing(kind: str) -> None:
    first, _ = KINDS[kind]

    assert read(first, first).cluster.overwritten == ()


def test_one_that_comes_back_counts_again() -> None:
    loaded = read(OPEN, CLOSED, OPEN)

    assert loaded.cluster.policies == read(OPEN).cluster.policies
    told = [d.message.partition("too, ")[2] for d in loaded.diagnostics]
    assert told == ["with another meaning, which is read last and counts", "with the same meaning"]


def test_the_order_is_that_of_the_paths(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "a.yaml").write_text(CLOSED)
    (tmp_path / "b" / "a.yaml").write_text(OPEN)
    claim = parse_expression("never external -> shop/*")
    verdicts = []

    for paths in (["."], ["b", "a.yaml"], ["a.yaml", "b"]):
        [result] = check(load([str(tmp_path / path) for path in paths], LAST).cluster, [claim])
        verdicts.append(str(result.verdict))

    assert verdicts == ["violated", "proved", "violated"]


def test_nobody_settles_it_unasked() -> None:
    with pytest.raises(InputError) as caught:
        read(OPEN, CLOSED, options=Options())

    [found] = caught.value.diagnostics
    assert "`--duplicates last`" in (found.hint or "")


def test_what_has_a_generated_name_is_never_overwritten() -> None:
    generated = [text.replace("name: api", "generateName: api-") for text in (OPEN, CLOSED)]

    loaded = read(*generated)

    assert (loaded.policies, loaded.cluster.overwritten) == (2, ())


OPENED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {podSelector: {}%s}
"""
OF_CALICO = """\
apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: {name: api, namespace: shop}
spec: {selector: all()%s}
"""
EGRESS = {OPENED: ", egress: [{to: [{podSelector: {}}]}]", OF_CALICO: ", egress: [{action: Allow}]"}
TYPES = {OPENED: ", policyTypes: [Ingress]", OF_CALICO: ", types: [Ingress]"}
ALL_TYPES = {OPENED: ", policyTypes: [Ingress, Egress]", OF_CALICO: ", types: [Ingress, Egress]"}


@pytest.mark.parametrize("policy", [OPENED, OF_CALICO])
def test_directions_that_were_filled_in_for_what_is_overwritten_are_no_guess(policy: str) -> None:
    """`kubectl apply` leaves `policyTypes: [Ingress]` of the first, which nobody had written: the egress rules of the
    second then mean nothing on a cluster."""
    first, second = policy % "", policy % EGRESS[policy]
    with pytest.raises(InputError) as caught:
        read(first, second)

    [found] = [d for d in caught.value.diagnostics if d.severity is Severity.ERROR]
    assert "stays when this one is applied after it" in found.message
    assert (found.line, found.hint) == (8, f"write `{TYPES[policy].split(':')[0][2:]}` into the one that counts")


@pytest.mark.parametrize("policy", [OPENED, OF_CALICO])
def test_directions_that_are_written_decide(policy: str) -> None:
    """What the first wrote itself is taken out with it; what the second writes counts."""
    assert read(policy % TYPES[policy], policy % EGRESS[policy]).policies == 1
    assert read(policy % "", policy % (EGRESS[policy] + ALL_TYPES[policy])).policies == 1
    assert read(policy % "", policy % ", ingress: []").policies == 1


@pytest.mark.parametrize(
    ("files", "links", "paths"),
    [
        ({"k/a/x.yaml": OPEN, "k/a.yaml": CLOSED}, {}, ["k"]),
        ({"k/a.yaml": CLOSED, "k/m.yaml": OPEN}, {"k/z.yaml": "a.yaml"}, ["k"]),
        ({"k/m.yaml": OPEN, "k/z.yaml": CLOSED}, {"k/a.yaml": "z.yaml"}, ["k"]),
        ({"k/a.yaml": CLOSED, "k/m.yaml": OPEN}, {}, ["k", "k/a.yaml"]),
    ],
)
def test_a_revision_is_read_in_the_order_of_a_directory_and_a_file_where_it_is_met_last(
    files: dict[str, str], links: dict[str, str], paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    made = Repository.at(tmp_path)
    made.write(files)
    for name, target in links.items():
        Path(name).symlink_to(target)
    made.commit({})

    for read_at in (paths, [f"main:{path}" for path in paths]):
        [result] = check(load(read_at, LAST).cluster, [parse_expression("never external -> shop/*")])
        assert str(result.verdict) == "proved", read_at


@pytest.mark.parametrize("paths", [["main:k", "a.yaml"], ["a.yaml", "main:k"]])
def test_nothing_counts_last_where_the_order_is_not_that_of_the_command_line(
    paths: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Repository.at(tmp_path).commit({"k/a.yaml": CLOSED, "a.yaml": OPEN})

    with pytest.raises(InputError, match="which counts is not known"):
        load(paths, LAST)
