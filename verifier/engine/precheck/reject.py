"""`same_priority: reject` (docs/semantics.md 4.4): no two policies of equal priority may disagree."""

from pathlib import Path

from msgspec.structs import replace

from verifier.engine.problem.problem import Context
from verifier.errors import InputError
from verifier.smt.limits import Limits


def free_of_conflicts(context: Context, limits: Limits, dump_to: Path | None = None) -> Context:
    """The context of all other questions where `same_priority` is `reject` (4.4): once it is proved that no two
    policies of equal priority disagree, it makes no difference which of them applies. dump_to: a folder, and how the
    files of these questions begin.

    Raises InputError with those that do, and those of which nobody can say; Undecided where the solver cannot say.
    """
    if context.switches["same_priority"] != "reject":
        return context
    from verifier.engine.precheck.conflicts import refusals  # it loads the solver, which not every command needs

    context = replace(context, switches={**context.switches, "same_priority": "any"})
    found, opinions = refusals(context, limits, dump_to)
    if found:
        raise InputError(found)
    return replace(context, opinions=opinions)
