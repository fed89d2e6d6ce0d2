"""Repairs: found, proved from the text, no larger than what undoes the fault, and none cheaper by brute force."""

from itertools import combinations
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from tests.engine.asking import admits, policy
from tests.mending.faults import faults_of, proved_set, verdicts
from tests.mending.trial import SETTING, read, tried_on
from verifier.engine.check.check import check
from verifier.engine.diff.compare import compare
from verifier.engine.problem.switches import settle
from verifier.engine.results.check import Verdict
from verifier.engine.results.diff import Relation
from verifier.errors import InputError
from verifier.ir.labels import EVERYTHING
from verifier.ir.pods import PodPeer
from verifier.ir.policy import Action, Direction
from verifier.ir.property import Isolated, Property
from verifier.ir.trace import Leg, Step
from verifier.manifests.documents.editing import NotEditable
from verifier.manifests.documents.source import Source
from verifier.manifests.notation.expression import parse_expression
from verifier.mending import edits
from verifier.mending.result import Outcome
from verifier.mending.search import mend_all


def mended(folder: Path, text: str, *claims: str | Property) -> tuple[list[Outcome], str]:
    """What becomes of the claims, and all text after it."""
    file = folder / "k8s.yaml"
    file.write_text(text)
    outcomes, changes = mend_all(SETTING, (Source.read(str(file)),), list(map(asked, claims)))
    return outcomes, "".join(change.after for change in changes)


def asked(claim: str | Property) -> Property:
    return parse_expression(claim) if isinstance(claim, str) else claim


def is_proved(text: str, claim: str | Property) -> bool:
    return verdicts(text, [asked(claim)]) == [Verdict.PROVED]


ONLY = "only shop/role=web -> shop/app=db : TCP/5432"
ALWAYS = "always shop/role=web -> shop/app=db : TCP/5432"
WEB, OUTSIDE = "{podSelector: {matchLabels: {role: web}}}", "{ipBlock: {cidr: 203.0.113.0/24}}"
ANYWHERE = "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}"
ON_ALL = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {role: job}}}]}]}"
RULE = "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [%s], ports: [{port: 5432}]}]}"


EXACTLY = "exactly shop/role=web -> shop/app=db : TCP/5432"
CONFINED = "confined shop/app=job -> kube-system/k8s-app=kube-dns : UDP/53"
OUT = "{podSelector: {matchLabels: {app: job}}, policyTypes: [Egress], egress: [%s]}"
DNS = "{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}], ports: [{port: 53, protocol: UDP}]}"  # noqa: E501


IN_BLOCKS = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress:
  - ports:
    - port: 5432
"""


@pytest.mark.parametrize(
    ("text", "claim", "edit"),
    [
        (policy("shop", "db", RULE % "{podSelector: {}}"), ONLY, "narrow ingress[0].from[0]"),
        (policy("shop", "db", RULE % "{namespaceSelector: {}}"), ONLY, "narrow ingress[0].from[0]"),
        (policy("shop", "db", RULE % f"{WEB}, {OUTSIDE}"), ONLY, "drop ingress[0].from[1]"),
        (policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, ingress: [{}]}"), ONLY, "a rule on these"),
        (policy("shop", "other", "{podSelector: {matchLabels: {app: x}}, ingress: []}"), ONLY, "a new NetworkPolicy"),
        (policy("shop", "out", ANYWHERE), "never shop/* -> 169.254.169.254", "except 169.254.169.254/32"),
        (policy("shop", "in", admits("{namespaceSelector: {}}")), "never {}/team=ops -> shop/*", "exclude team"),
        (policy("shop", "in", "{podSelector: {}, ingress: []}"), ALWAYS, "a new NetworkPolicy"),
        (policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, ingress: []}"), ALWAYS, "shop/db: let in"),
        (policy("shop", "db", RULE % OUTSIDE), "never external -> shop/app=db", "drop ingress[0]"),
        (policy("shop", "db", ON_ALL), ONLY, "not on the ports of the property"),
        (policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, ingress: [null]}"), ONLY, "a rule on these"),
        (policy("shop", "db", "{podSelector: , ingress: [{ports: [null]}]}"), ONLY, "only from whom"),
        (IN_BLOCKS, "never external -> shop/app=db : TCP/5432", "drop ingress[0]"),
        (policy("shop", "db", RULE % "{podSelector: {}}"), EXACTLY, "narrow ingress[0].from[0]"),
        (policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, ingress: []}"), EXACTLY, "shop/db: let in"),
        (policy("shop", "x", "{podSelector: {matchLabels: {app: x}}}"), CONFINED, "a new NetworkPolicy"),
        (policy("shop", "job", OUT % "{}"), CONFINED, "leaves open alone"),
        (policy("shop", "job", OUT % "{to: [{namespaceSelector: {}}]}"), CONFINED, "leaves open alone"),
        (
            policy(
                "shop", "job", OUT % "{to: [{namespaceSelector: {}}], ports: [{port: 53, protocol: UDP}, {port: 80}]}"
            ),
            CONFINED,
            "leaves open alone",
        ),
        (
            policy("shop", "job", OUT % f"{{to: [{{podSelector: {{}}}}]}}, {DNS}"),
            CONFINED,
            "which another rule says better",
        ),
        (policy("shop", "job", OUT % "{}"), "confined shop/app=job -> nothing", "drop egress[0]"),
        (
            policy("shop", "job", OUT % "{ports: [{port: 53, protocol: UDP}, {port: 443}]}"),
            "confined shop/app=job -> {}/k8s-app=kube-dns : UDP/53 + external : TCP/443",
            "drop egress[0]",
        ),
    ],
)
def test_each_sort_of_edit_is_found_and_proved(tmp_path: Path, text: str, claim: str, edit: str) -> None:
    (outcome,), after = mended(tmp_path, text, claim)

    assert outcome.found is not None
    assert outcome.found.witness is not None
    assert edits.may_mend(outcome.found.property.claim, outcome.found.witness)
    assert outcome.repair is not None, outcome
    assert any(edit in what for what in outcome.repair.edits), outcome.repair.edits
    whole = after if "kind: NetworkPolicy" in after and text.split("\n")[1] in after else f"{text}---\n{after}"
    assert is_proved(whole, claim)
    assert not is_proved(text, claim)


@pytest.mark.parametrize(
    "claim", [ONLY, "never shop/role=job -> shop/app=web", "always shop/x=y -> shop/app=db : TCP/1"]
)
def test_an_outcome_says_what_its_verdict_does_not_cover(tmp_path: Path, claim: str) -> None:
    text = policy("shop", "db", RULE % "{podSelector: {}}") + policy("shop", "web", "{podSelector: {}, ingress: []}")
    (outcome,), after = mended(tmp_path, text, claim)
    cluster = read((Source.text_of("k8s.yaml", after or text),))
    (result,) = check(cluster, [asked(claim)], switches=settle("calico"), limit=0)

    assert result.not_covered
    assert result.verdict is Verdict.PROVED
    assert (outcome.not_covered, outcome.assumptions) == (result.not_covered, result.assumptions)


ISOLATED = Property("denied", Isolated((PodPeer(EVERYTHING, frozenset({"shop", "bank"})),)), "isolated")


def test_a_default_deny_is_put_where_one_is_missing_and_nowhere_else(tmp_path: Path) -> None:
    """In two namespaces and two directions, less what is there."""
    text = (
        policy("shop", "all", "{podSelector: {}, policyTypes: [Egress]}")
        + policy("bank", "db", "{podSelector: {matchLabels: {app: db}}, ingress: []}")
        + policy("free", "x", "{podSelector: {matchLabels: {app: x}}, ingress: []}")
    )
    (outcome,), after = mended(tmp_path, text, ISOLATED)

    assert outcome.repair is not None, outcome
    assert outcome.repair.difference.relation is Relation.NARROWER
    assert sorted(outcome.repair.edits) == [
        "a new NetworkPolicy bank/fix-egress-all that denies egress",
        "a new NetworkPolicy bank/fix-ingress-all that denies ingress",
        "a new NetworkPolicy shop/fix-ingress-all that denies ingress",
    ]
    assert is_proved(after, ISOLATED)


def test_what_has_to_work_keeps_a_default_deny_from_being_all(tmp_path: Path) -> None:
    """The `always` held, since nothing was isolated; a deny alone would turn it, and nothing else is tried."""
    text = policy("shop", "all", "{podSelector: {}, policyTypes: [Egress], egress: [{}]}")
    claim = Property("in", Isolated((PodPeer(EVERYTHING, frozenset({"shop"})),), frozenset({Direction.INGRESS})), "in")
    (outcome, held), after = mended(tmp_path, text, claim, ALWAYS)

    assert outcome.repair is None
    assert held.holds
    assert after == ""


def test_always_is_mended_on_both_legs(tmp_path: Path) -> None:
    text = policy("shop", "all", "{podSelector: {}, policyTypes: [Ingress, Egress]}")
    (outcome,), _ = mended(tmp_path, text, "always shop/role=web -> shop/app=db : TCP/5432")

    assert outcome.repair is not None
    assert len(outcome.repair.edits) == 2
    assert outcome.repair.difference.relation is Relation.WIDER
    assert outcome.repair.difference.removed == ()


def test_a_repair_of_an_only_opens_nothing(tmp_path: Path) -> None:
    """To narrow the peer by a namespace would be cheaper, and would let others in."""
    text = policy("shop", "db", RULE % "{podSelector: {matchLabels: {app: prometheus}}}")
    (outcome,), _ = mended(tmp_path, text, "only monitoring/app=prometheus -> shop/app=db : TCP/5432")

    assert outcome.repair is not None
    assert outcome.repair.difference.relation is Relation.NARROWER


def test_a_repair_of_an_always_closes_nothing(tmp_path: Path) -> None:
    """A policy of its own for all pods would be cheaper, and would isolate those that no policy governs."""
    text = policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, ingress: []}")
    (outcome,), _ = mended(tmp_path, text, "always shop/role=web -> shop/* : TCP/80")

    assert outcome.repair is not None
    assert outcome.repair.edits == ("NetworkPolicy shop/db: let in what the property wants",)
    assert outcome.repair.difference.relation is Relation.WIDER


def test_an_exactly_that_lets_in_too_many_and_too_few_is_not_mended(tmp_path: Path) -> None:
    """Its repair would open and close: what was one thing to be done is two, and a person should see both."""
    text = policy("shop", "db", RULE % "{podSelector: {matchLabels: {role: job}}}")
    (outcome,), _ = mended(tmp_path, text, EXACTLY)

    assert outcome.repair is None
    assert not outcome.holds


def test_a_repair_turns_no_property_that_held(tmp_path: Path) -> None:
    """Dropping the peer would be cheaper than what is left when others have to stay."""
    text = policy("shop", "db", RULE % "{namespaceSelector: {}}")
    kept = "always shop/role=job -> shop/app=db : TCP/5432"
    outcomes, after = mended(tmp_path, text, "never {}/role=web -> shop/app=db : TCP/5432", kept)

    assert outcomes[1].holds
    assert outcomes[0].repair is not None
    assert is_proved(after, kept)


def test_two_that_contradict_each_other_are_not_both_mended(tmp_path: Path) -> None:
    text = policy("shop", "db", RULE % "{podSelector: {}}")
    outcomes, _ = mended(
        tmp_path, text, "never shop/role=web -> shop/app=db", "always shop/role=web -> shop/app=db : TCP/5432"
    )

    assert outcomes[1].holds
    assert outcomes[0].repair is None
    assert outcomes[0].why


def test_what_stands_in_no_plain_file_is_said_and_left(tmp_path: Path) -> None:
    text = policy("shop", "db", RULE % "{podSelector: {}}")
    (tmp_path / "real.yaml").write_text(text)
    (tmp_path / "link.yaml").symlink_to(tmp_path / "real.yaml")
    (tmp_path / "dos.yaml").write_bytes(text.replace("\n", "\r\n").encode())
    for source in (
        Source.text_of("k8s.yaml", text),
        Source.read(str(tmp_path / "link.yaml")),
        Source.read(str(tmp_path / "dos.yaml")),
    ):
        outcomes, changes = mend_all(SETTING, (source,), [parse_expression(ONLY)])

        assert outcomes[0].repair is None
        assert outcomes[0].places
        assert changes == []


# Alternatives


def every(folder: Path, text: str, claim: str, wanted: int, *others: str) -> tuple[Outcome, ...]:
    file = folder / "k8s.yaml"
    file.write_text(text)
    claims = [parse_expression(each) for each in (claim, *others)]
    return tuple(mend_all(SETTING, (Source.read(str(file)),), claims, wanted)[0])


def test_alternatives_are_proved_each_from_its_text_and_come_in_the_order_of_their_cost(tmp_path: Path) -> None:
    text = policy("shop", "db", RULE % "{podSelector: {}}, {namespaceSelector: {}}")
    (outcome,) = every(tmp_path, text, ONLY, 4)

    costs = [repair.cost for repair in outcome.repairs()]
    assert len(costs) >= 3
    assert costs == sorted(costs)
    texts = [change.after for repair in outcome.repairs() for change in repair.changes]
    assert len(set(texts)) == len(costs)
    for after in texts:
        assert is_proved(after, ONLY)
        assert not compare(read((Source.text_of("k", text),)), read((Source.text_of("k", after),)), switches=settle("calico")).added  # fmt: skip  # noqa: E501


def test_no_alternative_holds_all_edits_of_another(tmp_path: Path) -> None:
    """The two rules are mended in either order, and one of them by dropping it, too."""
    text = policy("shop", "db", RULE % "{podSelector: {}}") + policy("shop", "more", admits("{namespaceSelector: {}}"))
    (outcome,) = every(tmp_path, text, ONLY, 12)

    sets = [frozenset(repair.edits) for repair in outcome.repairs()]
    assert len(sets) >= 4
    assert not any(one <= other for one, other in combinations(sets, 2))


def test_what_suffices_on_one_leg_is_no_alternative_with_half_of_the_other(tmp_path: Path) -> None:
    """On ingress two policies let it through; one edit on egress, or one of each of these, suffices."""
    text = (
        policy("shop", "out", "{podSelector: {matchLabels: {role: web}}, policyTypes: [Egress], egress: [{}]}")
        + policy("shop", "db", RULE % "{podSelector: {}}")
        + policy("shop", "more", RULE % "{podSelector: {}}")
    )
    (outcome,) = every(tmp_path, text, "never shop/role=web -> shop/app=db : TCP/5432", 20)

    sets = [frozenset(repair.edits) for repair in outcome.repairs()]
    assert {len(each) for each in sets} == {1, 2}
    assert not any(one <= other or other <= one for one, other in combinations(sets, 2))


def test_what_one_edit_does_is_no_alternative_with_another_one(tmp_path: Path) -> None:
    text = policy("shop", "all", "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{}], egress: [{}]}")
    (outcome,) = every(tmp_path, text, "never shop/role=web -> shop/app=db : TCP/5432", 20)

    sets = [frozenset(repair.edits) for repair in outcome.repairs()]
    assert {len(each) for each in sets} == {1}
    assert len(sets) == len(set(sets)) >= 2


def test_the_first_of_several_is_the_one_that_is_found_alone(tmp_path: Path) -> None:
    text = policy("shop", "db", RULE % "{podSelector: {}}")
    (alone,), (first,) = (every(tmp_path, text, ONLY, wanted) for wanted in (1, 3))

    assert alone.repair is not None
    assert first.repair is not None
    assert (alone.repair.edits, alone.repair.changes) == (first.repair.edits, first.repair.changes)
    assert alone.alternatives == ()
    assert first.alternatives != ()


def test_what_a_repair_mends_besides_says_with_which_and_the_next_one_builds_on_it(tmp_path: Path) -> None:
    text = policy("shop", "db", RULE % "{podSelector: {}}")
    other = "never external -> shop/app=web"
    first, second, third = every(tmp_path, text, ONLY, 1, "never shop/role=x -> shop/app=db", other)

    assert first.repair is not None
    assert third.repair is not None
    assert second.repaired_with == (ONLY,)
    assert second.found is not None
    assert second.found.verdict is Verdict.VIOLATED
    assert third.repair.builds_on == (ONLY,)
    (change,) = third.repair.changes
    assert change.before == text
    assert is_proved(change.after, ONLY)
    assert is_proved(change.after, other)


# Seeded faults


def test_faults_are_repaired_within_what_they_opened(tmp_path: Path) -> None:
    """A half of those of `make fixes`, which has numbers, too."""
    tried = [tried_on(fault, tmp_path) for fault in list(faults_of(proved_set()))[::2]]

    assert len(tried) >= 6
    assert set(tried) == {"repaired"}


# Brute force


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (policy("shop", "db", RULE % "{podSelector: {}}, {podSelector: {matchLabels: {role: web}}}"), ONLY),
        (
            policy("shop", "db", RULE % "{podSelector: {}}")
            + policy("shop", "more", admits("{namespaceSelector: {}}")),
            ONLY,
        ),
        (policy("shop", "in", admits("{namespaceSelector: {}}", "{podSelector: {}}")), "never {}/team=ops -> shop/*"),
    ],
)
def test_no_two_edits_of_any_rule_are_cheaper(text: str, claim: str, tmp_path: Path) -> None:
    file = tmp_path / "k8s.yaml"
    file.write_text(text)
    source = Source.read(str(file))
    (outcome,), _ = mend_all(SETTING, (source,), [parse_expression(claim)])
    assert outcome.repair is not None
    found = _cost(outcome, text, claim)

    cheapest = min(_proved_by_two(source, claim), default=None)

    assert cheapest is None or found <= cheapest


def _cost(outcome: Outcome, text: str, claim: str) -> int:
    costs = {edit.what: edit.cost for edit in _every_edit(Source.text_of("k8s.yaml", text), claim)}
    assert outcome.repair is not None
    return sum(costs.get(what, 1) for what in outcome.repair.edits)


def _every_edit(source: Source, claim: str) -> list[edits.Edit]:
    """Edits of every rule there is, and not only of those that a counterexample led to."""
    claimed = parse_expression(claim)
    cluster = read((source,))
    (result,) = check(cluster, [claimed], switches=settle("calico"))
    witness = result.witness
    assert witness is not None
    found: dict[str, edits.Edit] = {}
    for direction in Direction:
        for stage in cluster.policies.pipe(direction).stages:
            for rung in (rung for block in stage.blocks() for rung in block.rungs):
                step = Step(stage.name, Action.ALLOW, "", rung.citation)
                leg = Leg(direction, (step,), frozenset({True}))
                legs = (
                    {"ingress": leg, "egress": None}
                    if direction is Direction.INGRESS
                    else {"ingress": None, "egress": leg}
                )
                found |= {edit.what: edit for edit in edits.edits_for(claimed.claim, _with(witness, legs))}
    return list(found.values())


def _with(witness: object, legs: dict[str, Leg | None]) -> edits.Witness:
    from msgspec.structs import replace

    return replace(witness, **legs)  # type: ignore[type-var]


def _proved_by_two(source: Source, claim: str) -> list[int]:
    """The costs of single edits, and of pairs, after which the claim is proved and nothing is opened."""
    before = read((source,))
    found = []
    every = _every_edit(source, claim)
    for some in [
        *((edit,) for edit in every),
        *combinations(every, 2),
        *(pair[::-1] for pair in combinations(every, 2)),
    ]:
        text = source.text
        try:
            for edit in some:
                assert edit.change is not None
                assert edit.at is not None
                document = edit.at.document
                text = _applied(text, edit, document)
            after = read((Source.text_of("k8s.yaml", text),))
        except (NotEditable, InputError, LookupError, TypeError, yaml.YAMLError):
            continue
        if is_proved(text, claim) and not compare(before, after, switches=settle("calico")).added:
            found.append(sum(edit.cost for edit in some))
    return found


def _applied(text: str, edit: edits.Edit, document: object) -> str:
    """The text of all documents after the edit of one; earlier edits of others only move it."""
    pieces = text.split("\n---\n")
    number = document.source.text[: document.start].count("\n---\n")  # type: ignore[attr-defined]
    assert edit.change is not None
    assert edit.at is not None
    pieces[number] = edit.change(pieces[number].removeprefix("---\n"), edit.at.path)
    return "\n---\n".join(pieces)


@pytest.mark.parametrize("claim", [ONLY, ALWAYS])
def test_what_nobody_knows_to_change_only_what_it_has_to_is_no_repair(
    claim: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A comparison that reached its limit lists nothing."""
    text = policy("shop", "db", "{podSelector: {matchLabels: {app: db}}, ingress: [%s]}" % ("{}" * (claim == ONLY)))
    (found,), _ = mended(tmp_path, text, claim)
    assert found.repair is not None

    given_up = replace(found.repair.difference, relation=Relation.UNKNOWN, complete=False, added=(), removed=())
    monkeypatch.setattr("verifier.mending.search.compare", lambda *_, **__: given_up)
    (found,), _ = mended(tmp_path, text, claim)
    assert found.repair is None
