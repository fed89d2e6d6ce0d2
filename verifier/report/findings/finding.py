"""What a report for programs lists: one entry for each thing that is wrong, with its place and its identity."""

import hashlib
from collections.abc import Iterable, Iterator
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from verifier.engine.results.check import Result, Verdict
from verifier.engine.results.diff import OneSided
from verifier.engine.results.region import Region
from verifier.engine.results.witness import Witness
from verifier.errors import Diagnostic, Severity
from verifier.ir.acceptance import Acceptance
from verifier.ir.endpoint import Endpoint
from verifier.ir.notation import say
from verifier.ir.origin import Origin
from verifier.ir.policy import Direction
from verifier.ir.property import PropertySeverity
from verifier.report.words import region as words
from verifier.report.words.acceptance import said
from verifier.report.words.cause import now, place_of_change
from verifier.report.words.endpoint import short
from verifier.report.words.legs import guilts, legs, sentence
from verifier.report.words.legs import place as decider
from verifier.report.words.place import Mark, Place, first, place, place_of_diagnostic
from verifier.report.words.result import block_of, touched, wrong


class Sort(StrEnum):
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    VACUOUS = "vacuous"
    OPENED = "opened"
    CLOSED = "closed"
    TERMS = "terms"
    LINT = "lint"
    COVERAGE = "coverage"


class Rule(Struct, frozen=True):
    """What a finding is a breach of: a property, or that a change opens and closes nothing. page: the file of the
    project that is about it."""

    id: str
    title: str
    description: str
    severity: Severity
    page: str | None = None


OPENED = Rule(
    "traffic-opened", "A change opens no traffic", "Connections are allowed that were not before.", Severity.WARNING
)
CLOSED = Rule(
    "traffic-closed", "A change closes no traffic", "Connections are blocked that were allowed before.", Severity.NOTE
)
NEW_WORKLOAD = Rule(
    "workload-new", "A change brings no workload", "Workloads are there whose like was not before.", Severity.NOTE
)
GONE_WORKLOAD = Rule(
    "workload-gone", "A change takes no workload", "Workloads were there whose like is not any more.", Severity.NOTE
)
COMPARISON = Rule(
    "comparison-undecided", "The comparison is decided", "It is not known what the change does.", Severity.WARNING
)


TERMS = Rule(
    "terms-changed",
    "A change leaves the terms as they are",
    "Properties, the universe, switches or what is read are others than before.",
    Severity.WARNING,
)


class Replacement(Struct, frozen=True):
    """What is to stand in a place."""

    place: Place
    text: str


class Fix(Struct, frozen=True):
    """What can be done about it, all of it at once, in places of the files as they are."""

    text: str
    replacements: tuple[Replacement, ...]


class Finding(Struct, frozen=True):
    """`message`: its first sentence is the whole finding. `detail`: the text report about it. `place`: where to look;
    None: nowhere in the repository. `related`: what else to look at. `way`: the connection's way, end to end.
    `fingerprint`: the same for the same finding, whichever witness the solver chose, and
    whatever else is wrong besides. `regions`: all that is wrong, if that was asked for; `complete`: nothing else is.
    `fixes`: each mends it."""

    rule: Rule
    sort: Sort
    severity: Severity
    message: str
    detail: str
    place: Place | None
    fingerprint: str
    related: tuple[Mark, ...] = ()
    way: tuple[Mark, ...] = ()
    regions: tuple[str, ...] = ()
    complete: bool = False
    fixes: tuple[Fix, ...] = ()


def rule_of(result: Result) -> Rule:
    claimed = result.property
    severity = Severity.ERROR if claimed.severity is PropertySeverity.ERROR else Severity.WARNING
    return Rule(claimed.name, claimed.text, claimed.description or claimed.text, severity)


def of_result(result: Result) -> Finding | None:
    """None iff the property is proved."""
    rule, claimed = rule_of(result), result.property
    detail = "\n".join(block_of(result))
    own = place(claimed.origin)
    match result.verdict:
        case Verdict.PROVED:
            return None
        case Verdict.VIOLATED if result.witness is not None:
            return _violation(result, result.witness, rule, detail)
        case Verdict.ACCEPTED if result.witness is not None:
            found = _violation(result, result.witness, rule, detail)
            return replace(found, severity=Severity.NOTE, message=f"{found.message} {accepted(result.accepted)}")
        case Verdict.ACCEPTED:
            sort, severity = Sort.VIOLATED, Severity.NOTE
            message = f"{claimed.name} is broken only by what is accepted. {accepted(result.accepted)}"
        case Verdict.VIOLATED:
            sort, severity, message = Sort.VIOLATED, rule.severity, f"{claimed.name} is violated."
        case Verdict.UNKNOWN:
            sort, severity, message = Sort.UNKNOWN, Severity.WARNING, _undecided(result)
        case Verdict.VACUOUS:
            sort = Sort.VACUOUS
            severity = Severity.NOTE if claimed.optional else Severity.WARNING
            message = f"{claimed.name} is vacuous: {result.reason or 'nothing meets its premise'}."
    blamed = tuple(_blamed(result.witness)) if result.witness is not None else ()
    where = own or first(mark.place for mark in blamed)
    related = tuple(mark for mark in blamed if mark.place != where)
    return Finding(
        rule, sort, severity, message, detail, where, fingerprint_of(rule.id, sort, say(claimed.claim)), related
    )


def accepted(acceptances: Iterable[Acceptance]) -> str:
    """Who accepted it, in a sentence."""
    return f"Accepted: {'; '.join(map(said, acceptances))}."


def _undecided(result: Result) -> str:
    hangs = f" It depends on {', '.join(result.depends_on)}." if result.depends_on else ""
    return f"{result.property.name} is undecided: {result.reason or 'no answer was found'}.{hangs}"


def _violation(result: Result, witness: Witness, rule: Rule, detail: str) -> Finding:
    claimed = result.property
    blamed = tuple(_blamed(witness))
    own = place(claimed.origin)
    where = blamed[0].place if blamed else own
    marks = [*blamed[1:], *([Mark("the property", own)] if own is not None else []), *_workloads(witness)]
    legwork = " ".join(f"{leg.direction.capitalize()}: {sentence(leg, end)}." for leg, end in legs(witness))
    claim = f" Claimed: {claimed.text}." if claimed.text != claimed.name else ""
    told = touched(result)
    extent = f" {told[:1].upper()}{told[1:]}." if told is not None else ""
    return Finding(
        rule,
        Sort.VIOLATED,
        rule.severity,
        f"{claimed.name}: {wrong(claimed, witness)}{claim}{extent} {legwork}".rstrip(),
        detail,
        where,
        fingerprint_of(rule.id, *_identity(witness), say(claimed.claim)),
        tuple(mark for mark in dict.fromkeys(marks) if mark.place != where),
        tuple(_way(witness)),
        tuple(map(words.line, result.regions)),
        result.complete,
    )


def _blamed(witness: Witness) -> Iterator[Mark]:
    """The lines that decide, ingress first: who is reached is what a property protects."""
    found = guilts(witness)
    for direction in (Direction.INGRESS, Direction.EGRESS):
        guilt = found.get(direction)
        where = place(guilt.origin) if guilt is not None else None
        if guilt is not None and where is not None:
            yield Mark(f"{direction}: {guilt.note}", where)


def cause_of(result: Result) -> object:
    """The same for violations that the same policies and rules decide; where none does, the property's own."""
    if result.witness is None or result.verdict is not Verdict.VIOLATED:
        return result.property.name
    decided = tuple(_identity(result.witness))
    return decided if any(" " in part for part in decided) else result.property.name


def _identity(witness: Witness) -> Iterator[str]:
    """The policies and rules that decide; nothing about the witness itself, which differs between solvers."""
    for leg, _ in legs(witness):
        citation = leg.steps[-1].citation
        if leg.allowed is witness.allowed:
            yield f"{leg.direction} {citation} {citation.rule}" if citation is not None else f"{leg.direction}"


def _workloads(witness: Witness) -> Iterator[Mark]:
    for role, end in (("from", witness.source), ("to", witness.destination)):
        where = place(end.workload.origin) if end is not None and end.workload is not None else None
        if end is not None and where is not None:
            yield Mark(f"{role} {short(end)}", where)


def _way(witness: Witness) -> Iterator[Mark]:
    """Source, egress, ingress, destination: those that stand somewhere."""
    yield from _stop("from", witness.source)
    for leg, end in legs(witness):
        where = place(decider(leg))
        if where is not None:
            yield Mark(f"{leg.direction}: {sentence(leg, end)}", where)
    yield from _stop("to", witness.destination)


def _stop(role: str, end: Endpoint | None) -> Iterator[Mark]:
    if end is None:
        return
    written = end.workload.origin if end.workload is not None else None
    declared = end.namespace.declaration if end.namespace is not None else None
    where = place(written if written is not None else declared)
    if where is not None:
        yield Mark(f"{role} {short(end)}", where)


def of_region(region: Region, opened: bool, severity: Severity) -> Finding:
    rule, sort = (OPENED, Sort.OPENED) if opened else (CLOSED, Sort.CLOSED)
    line = words.line(region)
    verb = "let through by" if opened else "blocked by"
    causes = [f"{verb} {cause.text}" if cause.origin is not None else cause.text for cause in now(region, opened)]
    hangs = f" Since {' and '.join(region.since)} differ." if region.since else ""
    message = f"Traffic is {sort}: {line}. {_sentence(causes)}".rstrip() + hangs
    where = place_of_change(region, opened)
    others = (place(cause.origin) for cause in now(region, opened))
    related = tuple(Mark("decided here too", other) for other in others if other is not None and other != where)
    return Finding(
        rule, sort, severity, message, message, where, fingerprint_of(rule.id, line), related,
        tuple(_way(region.witness)) if opened else (),
    )  # fmt: skip


def of_workload(workload: OneSided, new: bool, severity: Severity) -> Finding:
    """That a workload is new, or gone, and what it may reach, or could."""
    rule, sort = (NEW_WORKLOAD, Sort.OPENED) if new else (GONE_WORKLOAD, Sort.CLOSED)
    reached = "; ".join(words.reach_lines(workload, str))
    message = f"{workload} is {'new, and reaches' if new else 'gone, and reached'}: {reached}."
    where = place(workload.workload.origin)
    return Finding(rule, sort, severity, message, message, where, fingerprint_of(rule.id, str(workload)))


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def undecided(reason: str) -> Finding:
    """That a comparison has no answer."""
    return _of_comparison(f"The comparison is undecided: {reason}.")


def incomplete(sentence: str) -> Finding:
    """That more differs, or may, than what is listed."""
    return _of_comparison(sentence)


def _of_comparison(message: str) -> Finding:
    return Finding(COMPARISON, Sort.UNKNOWN, Severity.WARNING, message, message, None, fingerprint_of(COMPARISON.id))


def of_terms(text: str, origin: Origin | None, severity: Severity) -> Finding:
    """That the terms changed in one way."""
    message = f"Terms changed: {text}."
    return Finding(TERMS, Sort.TERMS, severity, message, message, place(origin), fingerprint_of(TERMS.id, text))


def of_blocked(diagnostic: Diagnostic) -> Finding:
    """That a change cannot be judged under the terms of one side."""
    hint = f" {diagnostic.hint[:1].upper()}{diagnostic.hint[1:]}." if diagnostic.hint is not None else ""
    message = f"Not judged {diagnostic.message}.{hint}"
    where = place_of_diagnostic(diagnostic)
    fingerprint = fingerprint_of(TERMS.id, diagnostic.message)
    return Finding(TERMS, Sort.TERMS, Severity.ERROR, message, message, where, fingerprint)


def apart(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, fingerprints that clash made different."""
    seen: set[str] = set()
    told = []
    for finding in findings:
        fingerprint = finding.fingerprint
        while fingerprint in seen:
            fingerprint = fingerprint_of(fingerprint)
        seen.add(fingerprint)
        told.append(replace(finding, fingerprint=fingerprint))
    return tuple(told)


def fingerprint_of(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:32]
