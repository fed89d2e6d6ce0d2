"""A session answers after every change as a run does that reads everything afresh."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from verifier.engine.check.check import check, summed_up
from verifier.engine.problem.declared import World
from verifier.errors import Diagnostic, InputError
from verifier.ir.policy import NO_POLICIES
from verifier.ir.universe import INVENTORY, OPEN, LabelDomain, Universe
from verifier.manifests.kubernetes import joining
from verifier.manifests.kubernetes.joining import Homes
from verifier.manifests.kubernetes.load import Options, load_text
from verifier.manifests.notation.expression import parse_expression
from verifier.manifests.specs.properties import starter_properties
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN
from verifier.session import Session

CLAIMS = (
    "never a/* -> b/app=x : TCP/80",
    "never app=x -> app=w",
    "only a/app=x -> b/app=w : TCP/80",
    "always a/* -> c/app=w : TCP/81",
    "exactly {team=red}/* -> c/* : TCP/80",
    "never 8.8.8.8 -> a/*",
)
PROPERTIES = (*map(parse_expression, CLAIMS), starter_properties()[0])
SPACES = ("a", "b", "c")


ADMIN = """\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: first}
spec:
  priority: 1
  subject: {namespaces: {matchLabels: {team: red}}}
  ingress: [{action: Deny, from: [{namespaces: {matchLabels: {team: blue}}}]}]
"""
"""Beside which no policy can be taken for one of a namespace alone."""


def namespace(name: str, team: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{team: {team}}}}}\n"


def pod(home: str, name: str, app: str) -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {home}, labels: {{app: {app}}}}}\n"
        "spec: {containers: [{name: main, image: example.org/app}]}\n"
    )


def policy(draw: random.Random, home: str, name: str) -> str:
    """A small policy that collides with others."""
    peers = (
        "podSelector: {}",
        "podSelector: {matchLabels: {app: x}}",
        "namespaceSelector: {matchLabels: {team: red}}",
        "namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}",
        "ipBlock: {cidr: 8.8.0.0/16, except: [8.8.4.0/24]}",
    )
    subject = draw.choice(("{}", "{matchLabels: {app: x}}", "{matchLabels: {app: w}}"))
    way, end = draw.choice((("ingress", "from"), ("egress", "to")))
    rule = draw.choice(
        ("", f"- {end}: [{{{draw.choice(peers)}}}]", f"- ports: [{{port: {draw.choice((80, 81, 'web'))}}}]", "- {}")
    )
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {home}}}\n"
        f"spec:\n  podSelector: {subject}\n  policyTypes: [{way.title()}]\n  {way}: [{rule.removeprefix('- ')}]\n"
    )


def cluster(draw: random.Random) -> dict[str, list[str]]:
    """Documents by file: a file for each namespace."""
    files = {}
    for home in SPACES:
        documents = [namespace(home, draw.choice(("red", "blue")))] if draw.random() < 0.8 else []
        documents += [pod(home, f"pod-{n}", draw.choice("xw")) for n in range(draw.randrange(3))]
        documents += [policy(draw, home, f"policy-{n}") for n in range(draw.randrange(1, 4))]
        draw.shuffle(documents)
        files[f"{home}.yaml"] = documents
    return files


def change(draw: random.Random, files: dict[str, list[str]]) -> set[str]:
    """Changes some file, most often a policy of it; gives the names of those that changed."""
    home = draw.choice(SPACES)
    documents = files.setdefault(f"{home}.yaml", [])
    policies = [i for i, text in enumerate(documents) if "NetworkPolicy" in text]
    match draw.choices(
        ("edit", "more", "fewer", "line", "other", "file", "copy", "tier", "none"), (6, 3, 3, 3, 1, 1, 1, 1, 1)
    )[0]:
        case "edit" if policies:
            at = draw.choice(policies)
            documents[at] = policy(draw, home, documents[at].partition("name: ")[2].partition(",")[0])
        case "more":
            documents.insert(draw.randrange(len(documents) + 1), policy(draw, home, f"new-{draw.randrange(9)}"))
        case "fewer" if policies:
            del documents[draw.choice(policies)]
        case "line":
            documents.insert(0, "# a comment, which moves all below\n# a line\n")
        case "other":
            documents.append(pod(home, f"new-{draw.randrange(9)}", "x"))
        case "file":
            del files[f"{home}.yaml"]
        case "copy" if policies:
            documents.append(documents[draw.choice(policies)])
        case "tier":
            if ADMIN in documents:
                documents.remove(ADMIN)
            elif not any(ADMIN in others for others in files.values()):
                documents.append(ADMIN)
        case "none":  # all policies of a namespace go at once
            documents[:] = [text for text in documents if "kind: NetworkPolicy" not in text]
        case _:
            pass
    return {f"{home}.yaml"}


def text_of(documents: list[str]) -> str:
    return "---\n" + "---\n".join(documents)


def texts_of(files: dict[str, list[str]]) -> dict[str, str]:
    return {name: text_of(documents) for name, documents in files.items()}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from((OPEN, INVENTORY)))
def test_answers_are_those_of_a_fresh_run(seed: int, universe: Universe) -> None:
    draw = random.Random(seed)
    files = cluster(draw)
    assume(not mistakes(files, universe))
    session = Session(texts_of(files), PROPERTIES, universe)
    for _ in range(4):
        kept = {name: list(documents) for name, documents in files.items()}
        names = change(draw, files)
        changed = {name: text_of(files[name]) if name in files else None for name in names}
        wrong = mistakes(files, universe)
        if wrong:
            with pytest.raises(InputError) as raised:
                session.update(changed)
            assert raised.value.diagnostics == wrong
            files = kept
            continue
        afresh = Session(texts_of(files), PROPERTIES, universe)
        session.update(changed)
        assert session.cluster == afresh.cluster
        assert session.diagnostics == afresh.diagnostics
        assert session.doubtful == afresh.doubtful
        assert told_of(session) == told_of(afresh)
        assert report_of(session, universe) == report_of(afresh, universe)


def told_of(session: Session) -> object:
    """What is kept beside the results, each part of it."""
    world, homes = session.world, session.homes
    kept = (world.cluster, world.declared, world.residents, world.told_keys, world.pods, world.hostpods)
    more = world.by_namespace, world.by_port_name, world.workload_count, world.has_public_pods
    policies = None if homes is None else [homes.all, homes.inhabited, *(homes.among({home}) for home in SPACES)]
    return *kept, *more, policies


@pytest.fixture(autouse=True)
def groups_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few namespaces make several groups."""
    monkeypatch.setattr(joining, "_MOST", 2)


def mistakes(files: dict[str, list[str]], universe: Universe) -> Sequence[Diagnostic]:
    """What a fresh run has to say against the files."""
    try:
        Session(texts_of(files), PROPERTIES[:1], universe)
    except InputError as error:
        return error.diagnostics
    return ()


def report_of(session: Session, universe: Universe) -> tuple[object, str]:
    """The results but for their seconds, and how they are reported, with all positions."""
    results = [replace(result, stats=type(result.stats)()) for result in session.results]
    report = summed_up(session.cluster, results, universe, session.diagnostics)
    return results, formats_of("check")["json"](report, PLAIN, False)


def test_session_holds_what_a_run_over_one_text_says() -> None:
    files = cluster(random.Random(1))
    session = Session(texts_of(files), PROPERTIES)
    loaded = load_text(text_of([text for documents in files.values() for text in documents]), options=Options())

    assert session.cluster == loaded.cluster
    assert [r.verdict for r in session.results] == [r.verdict for r in check(loaded.cluster, PROPERTIES)]


def test_only_what_a_change_bears_on_is_asked_again() -> None:
    texts = {f"{home}.yaml": text_of([namespace(home, "red"), policy(random.Random(0), home, "p")]) for home in SPACES}
    deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: q, namespace: c}\n"
    deny += "spec: {podSelector: {}, policyTypes: [Ingress]}\n"
    claims = [parse_expression("never 8.8.8.8 -> a/*"), parse_expression("never 8.8.8.8 -> c/*")]
    session = Session(texts, claims)

    session.update({"c.yaml": texts["c.yaml"] + "---\n" + deny})

    assert session.asked == (claims[1],)
    assert session.results[1].verdict == "proved"


def test_update_that_is_wrong_changes_nothing() -> None:
    texts = {"a.yaml": text_of([namespace("a", "red"), policy(random.Random(0), "a", "p")])}
    session = Session(texts, PROPERTIES)
    before = session.results

    with pytest.raises(InputError):
        session.update({"a.yaml": "kind: NetworkPolicy\napiVersion: networking.k8s.io/v1\n"})

    assert session.results == before
    assert session.update(texts) == before


def test_what_the_universe_forbids_is_seen_where_there_are_no_properties() -> None:
    texts = {"a.yaml": text_of([namespace("a", "red")])}
    closed = replace(OPEN, pod_labels={"app": LabelDomain(("x",), others=False)})
    session = Session(texts, (), closed)

    with pytest.raises(InputError, match="does not admit"):
        session.update({"b.yaml": text_of([pod("a", "one", "w")])})


def test_homes_are_the_policies_of_each_namespace() -> None:
    draw = random.Random(3)
    policies = {f"n{number}": load_text(policy(draw, f"n{number}", "p")).cluster.policies for number in range(9)}
    homes = Homes.of({name: some for name, some in policies.items() if name != "n4"}).but({"n4": policies["n4"]})

    assert [citation.namespace for citation in homes.all.objects] == sorted(policies)
    assert homes.at("n4") == policies["n4"]
    assert homes.at("n99") == homes.at("a") == NO_POLICIES
    assert homes.but({"n4": NO_POLICIES}).inhabited == frozenset(policies) - {"n4"}


def test_what_policies_tell_apart_is_not_kept_where_they_change() -> None:
    plain = load_text(text_of([namespace("a", "red"), pod("a", "one", "x")])).cluster
    more = load_text(
        policy(random.Random(0), "a", "p").replace("podSelector: {}", "podSelector: {matchLabels: {k: v}}")
    )
    before = World(plain, OPEN)
    known = before.told_keys, before.declared

    after = before.with_policies(replace(plain, policies=more.cluster.policies))

    assert after.declared is known[1]
    assert after.told_keys == World(after.cluster, OPEN).told_keys
    assert after.told_keys != known[0]


def test_namespaces_that_rules_without_effect_name_stay_named() -> None:
    """Only namespaces that nobody names get the policies of new ones (`newNamespacesGet`)."""
    spec = "spec: {podSelector: {}, policyTypes: [Ingress], egress: [{to: [{namespaceSelector: {matchLabels: {%s}}}]}]}"
    head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: "
    idle = f"{head}{{name: p, namespace: shop}}\n{spec % 'kubernetes.io/metadata.name: x'}\n"
    more = f"{head}{{name: q, namespace: shop}}\nspec: {{podSelector: {{matchLabels: {{a: b}}}}}}\n"
    held = Session({"n": namespace("shop", "a"), "p": idle}, [parse_expression("never * -> {}/*")])

    held.update({"q": more})

    fresh = load_text("---\n".join((namespace("shop", "a"), idle, more))).cluster.policies
    assert len(held.cluster.policies.idle) == 1
    assert [w.namespace for w in held.cluster.policies.idle] == [w.namespace for w in fresh.idle]
