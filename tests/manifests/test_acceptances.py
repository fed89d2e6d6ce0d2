"""Acceptance files: what they say, what is refused, and which have expired."""

from datetime import date

import pytest

from verifier.errors import InputError, Severity
from verifier.ir.acceptance import Acceptance, Flow
from verifier.ir.labels import EVERYTHING, Selector
from verifier.ir.network import Intervals, Protocol
from verifier.ir.pods import PodPeer
from verifier.ir.policy import TRUE, Or, PortIn
from verifier.ir.property import ExternalPeer
from verifier.manifests.documents.source import Source
from verifier.manifests.notation.expression import parse_flow
from verifier.manifests.specs.acceptances import expired, in_force, read_acceptances, unused

HEAD = "apiVersion: netpol-verifier/v1\nkind: Acceptances\n"
WHO = "reason: debt, owner: '@team-dev', expires: 2027-01-31"


def read(acceptances: str) -> tuple[Acceptance, ...]:
    return read_acceptances(Source.text_of("netpol.accept.yaml", f"{HEAD}spec: {{acceptances: {acceptances}}}\n"))


def faults(acceptances: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(acceptances)
    return [str(d).removeprefix("netpol.accept.yaml:") for d in caught.value.diagnostics]


def test_an_acceptance_says_which_flows_why_who_and_until_when() -> None:
    flow = "shop/app=web -> external : TCP/443"

    [accepted] = read(f"[{{property: no-leak, flows: ['{flow}', 'dev/* -> *'], {WHO}}}]")

    web = PodPeer(Selector.of({"app": "web"}), names=frozenset({"shop"}))
    https = Or((PortIn(Protocol.TCP, Intervals(((443, 443),))),))
    dev = PodPeer(EVERYTHING, names=frozenset({"dev"}))
    assert accepted == Acceptance(
        "no-leak",
        (Flow((web,), (ExternalPeer(),), https, flow), Flow((dev,), None, TRUE, "dev/* -> *")),
        "debt",
        "@team-dev",
        date(2027, 1, 31),
    )
    assert str(accepted.origin and accepted.origin.position) == "netpol.accept.yaml:3:22"


def test_without_a_property_growth_is_accepted() -> None:
    [accepted] = read(f"[{{flows: ['* -> *'], {WHO}}}]")

    assert accepted.property is None


def test_a_file_may_accept_nothing_and_hold_several_documents() -> None:
    document = f"{HEAD}spec:\n  acceptances:\n  - {{flows: ['* -> *'], {WHO}}}\n"

    assert read("[]") == ()
    assert len(read_acceptances(Source.text_of("a.yaml", f"{document}---\n{document}"))) == 2


def test_every_mistake_is_listed_at_its_place() -> None:
    found = faults("[{flow: [], reason: '', owner: me, expires: 31.1.2027}]")

    assert [fault.partition("\nhint")[0] for fault in found] == [
        "3:22: `flows` is missing",
        "3:23: unknown field `flow`",
        "3:41: this says nothing",
        "3:65: `31.1.2027` is no date",
    ]


@pytest.mark.parametrize(
    ("flow", "fault"),
    [
        ("never a=b -> c=d", "a flow makes no claim: `never`\n  never a=b -> c=d\n  ^"),
        ("a=b", "` -> ` and a second peer are missing\n  a=b\n     ^\nhint: a flow looks like"),
        ("a=b -> c=d : tcp", "unknown protocol `tcp`\n  a=b -> c=d : tcp\n               ^\nhint: did you mean `TCP`?"),
        ("", "the flow is empty"),
    ],
)
def test_a_flow_that_cannot_be_read_is_shown_with_a_caret(flow: str, fault: str) -> None:
    [found] = faults(f"[{{flows: ['{flow}'], {WHO}}}]")

    assert found.startswith(f"3:31: {fault}")


@pytest.mark.parametrize("text", ["20270131", "2027-W01-1", "2027-02-30", "tomorrow"])
def test_a_date_is_a_day_of_the_calendar(text: str) -> None:
    [found] = faults(f"[{{flows: ['* -> *'], reason: a, owner: b, expires: '{text}'}}]")

    assert found == f"3:72: `{text}` is no date\nhint: written like 2027-01-31"


def test_other_documents_are_refused() -> None:
    with pytest.raises(InputError, match="kind Universe where acceptances are expected"):
        read_acceptances(Source.text_of("a.yaml", HEAD.replace("Acceptances", "Universe")))
    with pytest.raises(InputError, match="not a document of netpol-verifier"):
        read_acceptances(Source.text_of("a.yaml", "apiVersion: v1\nkind: Namespace\n"))


def test_an_acceptance_holds_through_its_last_day() -> None:
    accepted = read(f"[{{flows: ['* -> *'], {WHO}}}]")

    assert in_force(accepted, date(2027, 1, 31)) == (accepted, ())
    assert in_force(accepted, date(2027, 2, 1)) == ((), accepted)
    error = expired(accepted[0])
    assert str(error) == (
        "netpol.accept.yaml:3:85: this acceptance of growth expired on 2027-01-31 (owner: @team-dev)\n"
        "hint: mend what it excused, or agree with its owner on a later day: the change that says so passes"
    )
    assert error.severity is Severity.ERROR


def test_an_unused_acceptance_is_warned_of_at_its_line() -> None:
    [warning] = unused(read(f"[{{property: no-leak, flows: ['* -> *'], {WHO}}}]"))

    assert warning.severity is Severity.WARNING
    assert str(warning).startswith("netpol.accept.yaml:3:22: this acceptance of `no-leak` excuses nothing any more")


def test_a_flow_may_be_a_mapping() -> None:
    block = "{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}"

    [accepted] = read(f"[{{flows: [{{from: [{block}], to: [{{podSelector: {{}}}}], ports: [{{port: 80}}]}}], {WHO}}}]")

    [flow] = accepted.flows
    [like] = (parse_flow("external -> x=y : TCP/80"),)
    assert flow.text == "10.0.0.0/8 except 10.1.0.0/16 -> every pod of declared namespaces : TCP/80"
    assert (flow.destinations, flow.ports) == ((PodPeer(EVERYTHING),), like.ports)
    assert read(f"[{{flows: [{flow.mapping}], {WHO}}}]")[0].flows == (flow,)


def test_a_mapping_that_is_no_flow_is_refused_where_it_stands() -> None:
    found = faults(f"[{{flows: [{{}}, {{form: []}}, 7, [a]], {WHO}}}]")

    assert [text.partition("\n")[0] for text in found] == [
        "3:31: a flow must say something",
        "3:36: unknown field `form`",
        "3:47: `flows[2]` must be a string, not the number 7",
        "3:50: `flows[3]` must be a string, not a list",
    ]
