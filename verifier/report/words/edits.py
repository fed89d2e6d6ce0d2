"""Edits of policies, and what becomes of them, in words."""

from collections.abc import Mapping

from verifier.engine.results.check import Verdict
from verifier.engine.results.coverage import CoverageReport, Effect, Fate, Judged, OfProperty
from verifier.ir.prose import number
from verifier.report.words.region import line
from verifier.report.words.tally import read

OPENS: Mapping[bool, str] = {True: "would open", False: "would close"}


def percent(share: float) -> str:
    """A share, never told larger than it is.

    >>> percent(99.99), percent(2.0)
    ('99.9 %', '2 %')
    """
    tenths = int(share * 10)
    return f"{tenths // 10} %" if tenths % 10 == 0 else f"{tenths / 10:.1f} %"


def headline(report: CoverageReport) -> str:
    """The whole run in one sentence."""
    since = "" if report.since is None else f" on lines that {report.since} does not have"
    if report.share is None:
        return f"no edit of a policy{since} changes anything" if report.judged else f"no policy line{since}"
    noticed, undecided = report.count(Fate.NOTICED), report.count(Fate.UNDECIDED)
    doubt = f", {undecided} undecided" if undecided else ""
    doubt += f", {number(report.unknown, 'property', 'properties')} unknown" if report.unknown else ""
    told = f"{noticed} of {number(report.edits, 'edit')}{since} noticed ({percent(report.share)}){doubt}"
    return f"{told}{_wanted(report)}"


def _wanted(report: CoverageReport) -> str:
    if report.fail_under is None:
        return ""
    wanted = percent(report.fail_under)
    if report.fails:
        return f": below the {wanted} that are wanted"
    return f": undecided whether {wanted} are" if report.may_fail else f": at least the {wanted} that are wanted"


def read_of(report: CoverageReport) -> str:
    """What was read, asked and edited."""
    equivalent = report.count(Fate.EQUIVALENT)
    far = ", as far as was read" if report.passed_over else ""
    return read(
        report.counts,
        number(len(report.properties), "property", "properties"),
        f"{number(len(report.judged), 'edit')}, of which {equivalent} change nothing{far}",
    )


def edit(judged: Judged) -> str:
    """What is done to which policy."""
    made = judged.edit
    return made.text if made.is_new else f"{made.policy} {made.text}"


def effect(found: Effect) -> str:
    """What an edit would open, or close."""
    more = "" if found.is_whole else ", and more"
    both = " (and close something, too)" if found.both else ""
    return f"{OPENS[found.opens]} {line(found.region)}{more}{both}"


def of_property(each: OfProperty) -> str:
    """Why a property notices nothing, if it does not."""
    if each.verdict is not Verdict.PROVED:
        return "only what is proved notices anything"
    return "" if each.noticed else "nothing that could be edited would break it"
