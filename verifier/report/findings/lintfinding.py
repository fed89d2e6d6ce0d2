"""What `lint` found, as the entries of reports for programs."""

from collections.abc import Iterator

from verifier.engine.lint.rules import RULES
from verifier.engine.results.lint import LintFinding, LintReport
from verifier.engine.results.witness import Witness
from verifier.errors import Severity
from verifier.ir.endpoint import Endpoint
from verifier.ir.prose import number
from verifier.ir.trace import Leg
from verifier.report.findings.finding import Finding, Rule, Sort, fingerprint_of
from verifier.report.words.endpoint import both, in_words, namespace_labels, on_port
from verifier.report.words.place import Mark, place


def rule_of(name: str) -> Rule:
    rule = RULES[name]
    return Rule(name, rule.title, f"{rule.title} (docs/lint/{name}.md)", rule.severity, f"docs/lint/{name}.md")


def of_smell(smell: LintFinding) -> Finding:
    detail = "\n".join(sentences(smell))
    rule = smell.message.partition(" ")[0]
    return Finding(
        rule_of(smell.rule),
        Sort.LINT,
        smell.severity,
        f"{_capital(smell.message)}. {' '.join(f'{_capital(text)}.' for text in sentences(smell)[1:])}".rstrip(),
        detail,
        place(smell.origin),
        fingerprint_of(smell.rule, str(smell.about), rule if "[" in rule else ""),
        tuple(_related(smell)),
    )


def _related(smell: LintFinding) -> Iterator[Mark]:
    """The rules that decide about the example."""
    witness = smell.witness
    for leg in (witness.egress, witness.ingress) if witness is not None else ():
        citation = leg.steps[-1].citation if leg is not None else None
        where = place(citation.origin) if citation is not None else None
        if leg is not None and citation is not None and where is not None and where != place(smell.origin):
            yield Mark(f"{leg.direction}: {citation}", where)


def sentences(smell: LintFinding) -> list[str]:
    """All that is to be said, the finding itself first."""
    told = [smell.message, *smell.why]
    if smell.witness is not None:
        told.append(example(smell.witness))
    if smell.guess:
        told.append("this is a guess")
    return told


def example(witness: Witness) -> str:
    """The connection that shows it, and what the policies make of it."""
    source, destination = witness.source, witness.destination
    if source is None or destination is None:
        pod = source or destination
        assert pod is not None
        return f"for example {both(pod, pod)[0]}"
    start, end = (_placed(*ends) for ends in zip(both(source, destination), (source, destination), strict=True))
    fates = {a and b for a in _outcomes(witness.egress) for b in _outcomes(witness.ingress)}
    verdict = "is allowed or blocked" if len(fates) > 1 else "is allowed" if witness.allowed else "is blocked"
    return f"for example {start} to {end}{on_port(witness.protocol, witness.port)} {verdict}"


def _placed(name: str, end: Endpoint) -> str:
    """A pod that nobody has written is known by the labels of its namespace too."""
    labels = namespace_labels(end)
    return f"{name} (namespace {in_words(labels)})" if labels and end.is_hypothetical else name


def _outcomes(leg: Leg | None) -> frozenset[bool]:
    return frozenset({True}) if leg is None else leg.outcomes


def summary(report: LintReport) -> str:
    """`2 errors, 1 warning, 0 notes; 1 silenced`."""
    counts = {severity: sum(smell.severity is severity for smell in report.smells) for severity in Severity}
    told = ", ".join(number(count, str(severity)) for severity, count in counts.items())
    return f"{told}; {len(report.silenced)} silenced" if report.silenced else told


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
