"""Bugs in reports: what a reader of one format alone is not told, or is sent to the wrong place."""

from tests.mutants.fault import Fault

REPORTS = (
    Fault(
        "lint: a rule that was not decided counts as clean",
        "verifier/cli/commands/lint.py",
        "    return Exit.UNDECIDED if open_ones & report.failing() else Exit.OK\n",
        "    return Exit.OK\n",
    ),
    Fault(
        "what was passed over is told in no machine format",
        "verifier/report/words/coverage.py",
        "for entry in (*self.unread, *self.not_covered)",
        "for entry in self.not_covered",
    ),
    Fault(
        "a gate tells what is not covered of the head alone",
        "verifier/report/words/coverage.py",
        "for part in (each.head, each.difference, each.base)",
        "for part in (each.head,)",
    ),
    Fault(
        "-q leaves out whatever an answer does not cover",
        "verifier/engine/results/standing.py",
        "if entry not in STANDING)",
        "if entry in ())",
    ),
    Fault(
        "-q hides why something is unknown",
        "verifier/report/text/check.py",
        "if not quiet or r.verdict is not Verdict.PROVED]",
        "if not quiet or r.verdict is Verdict.VIOLATED]",
    ),
    Fault(
        "a gate that only warns of a new violation says that there is none",
        "verifier/engine/diff/outcome.py",
        "judged.change is Change.NEWLY_VIOLATED for each in both",
        "judged.change is None for each in both",
    ),
    Fault(
        "the first object of an undeclared namespace counts as its declaration",
        "verifier/ir/endpoint.py",
        "        return self.origin if self.labels is not None else None\n",
        "        return self.origin\n",
    ),
    Fault(
        "a witness is shown at the first object of its undeclared namespace",
        "verifier/encoding/decode.py",
        "labels=labels, origin=namespace.declaration)",
        "labels=labels)",
    ),
    Fault(
        "map: a word that stands for many is its own identifier",
        "verifier/report/graph.py",
        'wholes.setdefault(whole, f"w{len(wholes)}")',
        'wholes.setdefault(whole, whole.replace(" ", "_"))',
    ),
    Fault(
        "exclude: at a revision patterns count from the root alone",
        "verifier/manifests/documents/revision.py",
        "    return exclude.of(str(git.root() / path)) if exclude.patterns else exclude.of(path)\n",
        "    return exclude.of(path)\n",
    ),
    Fault(
        "exclude: patterns count from the working directory alone",
        "verifier/manifests/documents/excludes.py",
        "for folder in (here, self.folder or here))",
        "for folder in (here,))",
    ),
    Fault(
        "exclude: a pattern that takes back leaves out",
        "verifier/manifests/documents/excludes.py",
        'return last is not None and not last.startswith("!")',
        "return last is not None",
    ),
    Fault(
        "exclude: a pattern that fits on one side only is said to fit nothing",
        "verifier/cli/inputs/exclusions.py",
        "for loaded in read)))",
        "for loaded in list(read)[:1])))",
    ),
    Fault(
        "the action: grew is false where nothing was compared",
        "verifier/report/findings/githuboutputs.py",
        '"grew": None, "terms-changed": None}',
        '"grew": False, "terms-changed": False}',
    ),
    Fault(
        "the action: a pull request is judged against the base of the event",
        "action.yml",
        "then BASE=${parents[0]}; else",
        "then BASE=$TARGET; else",
    ),
    Fault(
        "the hooks: a push is judged against HEAD",
        ".pre-commit-hooks.yaml",
        'exec netpol gate "$@" --base "$PRE_COMMIT_FROM_REF"',
        'exec netpol gate "$@" --base HEAD',
    ),
    Fault(
        "regions: what is taken out of one is not told",
        "verifier/engine/diff/compare.py",
        "        excluding=tuple(_part(taken, context) for taken in box.excluding),\n",
        "",
    ),
    Fault(
        "regions: a workload that is taken out counts as in",
        "verifier/engine/diff/compare.py",
        "    return tuple(w for w in inside if not any(_may_fall_into(w, gone, context) for gone in barred))\n",
        "    return tuple(inside)\n",
    ),
    Fault(
        "regions: a wide one takes in one that excludes something else",
        "verifier/engine/diff/merging.py",
        "        and all(taken in part.excluding for taken in whole.excluding)\n",
        "",
    ),
    Fault(
        "regions: what is taken out holds the other boxes' connections",
        "verifier/engine/diff/regions.py",
        "            while (answer := self.ask(*wide, opposite)) is Answer.SAT:\n",
        "            while (answer := self.ask(*wide, opposite)) is Answer.SAT and len(found) < 2:\n",
    ),
    Fault(
        "regions: the proof at the end knows nothing of what is taken out",
        "verifier/encoding/pair.py",
        "                *(neg(claim(taken)) for taken in claimed.excluding),\n",
        "",
    ),
    Fault(
        "the extent of isolated counts the other end's namespaces",
        "verifier/engine/check/extent.py",
        "is Direction.INGRESS else of_source",
        "is Direction.EGRESS else of_source",
    ),
    Fault(
        "the extent counts workloads whose ports do not break it",
        "verifier/engine/check/extent.py",
        "            if _breaks(real, end, kind, kinds, some, limits):\n",
        "            if some:\n",
    ),
    Fault(
        "the extent leaves sources out where the destination is no pod",
        "verifier/engine/check/extent.py",
        "for end, kinds in of_source if kinds[1] not in PODLIKE)]",
        "for end, kinds in of_source if kinds[1] in ())]",
    ),
    Fault(
        "the extent counts what may break it and need not",
        "verifier/engine/check/extent.py",
        "asked.values(variable, asked.goals.surely_broken, *_pins",
        "asked.values(variable, asked.goals.premises[0], *_pins",
    ),
    Fault(
        "gate: properties that different rules break are told as one",
        "verifier/report/findings/finding.py",
        'return decided if any(" " in part for part in decided) else result.property.name',
        'return len(decided) if any(" " in part for part in decided) else result.property.name',
    ),
    Fault(
        "wrapping: colours count as columns",
        "verifier/report/words/wrapping.py",
        '        long = len(_CODE.sub("", word))\n',
        "        long = len(word)\n",
    ),
)
