"""`coverage`: what is edited, what an edit changes, which property notices it, and what is said of that."""

from .fault import Fault

_MUTANTS = "verifier/manifests/kubernetes/mutants"
_ENGINE = "verifier/engine/coverage"

EDITS = (
    Fault(
        "coverage: edits with a stage of their own are asked about as if new namespaces had their policies",
        "verifier/engine/coverage/coverage.py",
        "    asked = watched.everything - untold\n",
        "    asked = watched.everything\n",
    ),
    Fault(
        "what a mark says of several stretches of versions counts for the first only",
        "verifier/encoding/marks.py",
        "script.define(about, version.within(ranges))",
        "script.define(about, version.within(ranges[:1]))",
    ),
    Fault(
        "a rule that an edit takes away stays",
        f"{_ENGINE}/versions.py",
        "            growing.blocks[place].gone[number].add(version)\n    if rungs:",
        "            pass\n    if rungs:",
    ),
    Fault(
        "in an ordered stage an edit changes no selection",
        f"{_ENGINE}/versions.py",
        "growing.applies.changed(version, mine.applies, stage.applies, _key_of_whom)",
        "pass",
    ),
    Fault(
        "in an ordered stage a rule that does something else counts as the same",
        f"{_ENGINE}/versions.py",
        "return rung.action, rung.guard, whom",
        "return rung.guard, whom",
    ),
    Fault(
        "stages of single versions have the name of the one that they stand for",
        f"{_ENGINE}/versions.py",
        'Stage(f"{stage.name} (version {version})", mine.applies',
        "Stage(stage.name, mine.applies",
    ),
    Fault(
        "an edit is noticed where a property breaks under one setting of a switch",
        f"{_ENGINE}/noticing.py",
        "if anyhow or all(self._is_broken(number, setting) for setting in settings)",
        "if anyhow or any(self._is_broken(number, setting) for setting in settings)",
    ),
    Fault(
        "an edit is noticed by a pod with labels that nobody has said",
        f"{_ENGINE}/noticing.py",
        "if self._query.goals.surely_broken != self._query.goals.broken:",
        "if self._query is None:",
    ),
    Fault(
        "what is suggested need not be proved today",
        f"{_ENGINE}/noticing.py",
        "return noticing.answer(among).noticed if noticing.holds() else frozenset()",
        "return noticing.answer(among).noticed",
    ),
    Fault(
        "what an edit changes is told of any of them",
        f"{_ENGINE}/effects.py",
        "return (*super()._assuming(goals, setting), *self._pin)",
        "return super()._assuming(goals, setting)",
    ),
    Fault(
        "an edit that only closes something counts as one that changes nothing",
        f"{_ENGINE}/effects.py",
        "closed, second = self._meeting(goals.removed, asked - opened)",
        "closed, second = self._meeting(goals.added, asked - opened)",
    ),
    Fault(
        "a property that is violated notices edits",
        f"{_ENGINE}/coverage.py",
        "is_proved = result.verdict is Verdict.PROVED",
        "is_proved = result.verdict in (Verdict.PROVED, Verdict.VIOLATED)",
    ),
    Fault(
        "what another property notices, too, counts as noticed alone",
        f"{_ENGINE}/coverage.py",
        "for number, each in enumerate(found) if number != place))",
        "for number, each in enumerate(found) if number < 0))",
    ),
    Fault(
        "where there is no NetworkPolicy a new one stands in no stage",
        f"{_MUTANTS}/mutants.py",
        "self._alone = bool(found.policies) and not by_plugin",
        "self._alone = not by_plugin",
    ),
    Fault(
        "what a NetworkPolicy of Cilium's cluster says stands in a stage that there is not",
        f"{_MUTANTS}/mutants.py",
        "by_plugin = dialect is CILIUM or (",
        "by_plugin = (",
    ),
    Fault(
        "the only peer of a rule is taken out as if others were left",
        f"{_MUTANTS}/networkpolicy.py",
        "        if len(listed) > 1:",
        "        if len(listed) > 0:",
    ),
    Fault(
        "expressions of selectors are not edited",
        f"{_MUTANTS}/selectors.py",
        'enumerate(items(said.get("matchExpressions")))',
        'enumerate(items(said.get("matchExpression")))',
    ),
    Fault(
        "a block is made four times as large",
        f"{_MUTANTS}/selectors.py",
        "str(network.supernet()) if network.prefixlen > 0",
        "str(network.supernet(2)) if network.prefixlen > 1",
    ),
    Fault(
        "what is undecided fails a run",
        "verifier/cli/exits.py",
        "    if report.fails:\n",
        "    if report.may_fail:\n",
    ),
    Fault(
        "a share of which nobody knows how large it is passes where none is wanted",
        "verifier/cli/exits.py",
        "    is_open = not report.is_known if",
        "    is_open = False if",
    ),
    Fault(
        "a property that is unknown leaves no doubt about a share that is too small",
        "verifier/engine/results/coverage.py",
        "(Fate.UNDECIDED, Fate.UNNOTICED) if self.unknown else",
        "(Fate.UNDECIDED, Fate.UNDECIDED) if self.unknown else",
    ),
    Fault(
        "a number that is none passes every bound",
        "verifier/cli/inputs/ranges.py",
        "        if math.isnan(found):\n",
        "        if False:\n",
    ),
    Fault(
        "only lines that a change adds count as changed",
        "verifier/cli/inputs/changedlines.py",
        'if tag != "equal")',
        'if tag == "insert")',
    ),
    Fault(
        "a file that the base does not have counts as unchanged",
        "verifier/cli/inputs/changedlines.py",
        "return lines is None or not lines.isdisjoint(",
        "return lines is not None and not lines.isdisjoint(",
    ),
    Fault(
        "a share is told larger than it is",
        "verifier/report/words/edits.py",
        "tenths = int(share * 10)",
        "tenths = round(share * 10)",
    ),
    Fault(
        "a line of which one edit is noticed counts as run once for each of them",
        "verifier/report/lcov.py",
        'f"DA:{line},{sum(edits)}"',
        'f"DA:{line},{len(edits)}"',
    ),
)
