"""What lets the traffic of a region through now or blocks it now, and what did before."""

from msgspec import Struct

from verifier.engine.results.region import Region
from verifier.ir.origin import Origin
from verifier.ir.policy import Action
from verifier.ir.trace import Step
from verifier.report.words.legs import guilts
from verifier.report.words.place import Place, file_of, first, place


class Cause(Struct, frozen=True):
    """A rule or policy, where it stands, or else in words why nothing decides."""

    text: str
    origin: Origin | None = None

    def where(self) -> str:
        """`k8s/api.yaml:14`; empty where it stands nowhere."""
        return "" if self.origin is None else self.origin.position.place


def now(region: Region, opened: bool) -> tuple[Cause, ...]:
    """What decides in NEW."""
    return _causes(region.after, Action.ALLOW if opened else Action.DENY)


def before(region: Region, opened: bool) -> tuple[Cause, ...]:
    """What decided in OLD."""
    return _causes(region.before, Action.DENY if opened else Action.ALLOW)


def _causes(steps: tuple[Step, ...], decision: Action) -> tuple[Cause, ...]:
    """The rules that decided so; where none did, why."""
    deciding = [step for step in steps if step.decision is decision]
    cited = [_cited(step) for step in deciding if step.citation is not None]
    found = cited or [Cause(step.because) for step in deciding] or [Cause(step.because) for step in steps]
    return tuple(dict.fromkeys(found))


def _cited(step: Step) -> Cause:
    citation = step.citation
    if citation is None:
        return Cause(step.because)
    if citation.rule is not None:
        return Cause(f"{citation}, {citation.rule}", citation.origin)
    selects = "selects" if step.partly else "isolates"
    isolates = f" ({selects} the pod, and no rule matches)" if step.decision is Action.DENY else ""
    return Cause(f"{citation}{isolates}", citation.origin)


def place_of_change(region: Region, opened: bool) -> Place | None:
    """What a reader should look at: the line that decides now; else the file in which the line stood that decided
    before; else the namespace or workload that no policy protects."""
    decided = [place(cause.origin) for cause in reversed(now(region, opened))]
    stood = [file_of(cause.origin) for cause in reversed(before(region, opened))]
    bare = [place(guilt.origin) for guilt in guilts(region.witness).values()] if opened else []
    return first((*decided, *(file for file in stood if file is not None and file.is_there()), *bare, *stood))
