"""A session answers after every change as a run does that reads everything afresh."""

import random
from collections.abc import Sequence

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from verifier.engine.check.check import check, summed_up
from verifier.errors import Diagnostic, InputError
from verifier.ir.universe import INVENTORY, OPEN, Universe
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


def namespace(name: str, team: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{team: {team}}}}}\n"


def pod(home: str, name: str, app: str) -> str:
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: {home}, labels: {{app: {app}}}}}\n"
        "spec: {containers: [{name: main, image: example.org/app}]}\n"
    )


def policy(draw: random.Random, home: str, name: str) -> str:
    """A small policy that collides with others."""
    peers = ("podSelector: {}", "podSelector: {matchLabels: {app: x}}", "namespaceSelector: {matchLabels: {team: red}}")
    subject = draw.choice(("{}", "{matchLabels: {app: x}}", "{matchLabels: {app: w}}"))
    way, end = draw.choice((("ingress", "from"), ("egress", "to")))
    rule = draw.choice(
        ("", f"- {end}: [{{{draw.choice(peers)}}}]", f"- ports: [{{port: {draw.choice((80, 81))}}}]", "- {}")
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
    match draw.choices(("edit", "more", "fewer", "line", "other", "file", "copy"), (6, 3, 3, 3, 1, 1, 1))[0]:
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
        assert report_of(session, universe) == report_of(afresh, universe)


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
