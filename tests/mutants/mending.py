"""Bugs in repairs: what is offered without a proof, changed beyond what was meant, or larger than it need be."""

from tests.mutants.fault import Fault

_SEARCH = "verifier/mending/search.py"
_PLACING = "verifier/mending/placing.py"
_EDITS = "verifier/mending/edits.py"
_POLICIES = "verifier/mending/networkpolicies.py"
_CHANGES = "verifier/mending/changes.py"
_CALICO = "verifier/mending/calico.py"
_CILIUM = "verifier/mending/cilium.py"
_FINDING = "verifier/report/findings/fixfinding.py"
_STEPS = "verifier/cli/inputs/nextsteps.py"
_EDITING = "verifier/manifests/documents/editing.py"
MENDING = (
    Fault(
        "fix: a comparison that was given up proves that nothing else changes",
        "verifier/mending/search.py",
        "    if amiss or not (difference.complete or difference.relation in meant):\n",
        "    if amiss:\n",
    ),
    Fault(
        "fix: a new file is offered that the same arguments do not read",
        _PLACING,
        "if free and is_behind_no_link(name) and is_plain(name) and is_taken(name):",
        "if free and is_behind_no_link(name) and is_plain(name):",
    ),
    Fault(
        "fix: a new file is offered that an exclude leaves out",
        _PLACING,
        "            and not excluded(exclude.of(top), path.relative_to(PurePosixPath(top)).as_posix(), set())\n",
        "",
    ),
    Fault(
        "fix: a new policy is put where a kustomization does not list it",
        _PLACING,
        "if not is_manifest(path.name) or owner(name) is not None:",
        "if not is_manifest(path.name):",
    ),
    Fault(
        "fix: a policy is added to a file that no kustomization lists",
        _PLACING,
        "in FILES or not _is_listed(source.place):",
        "in FILES:",
    ),
    Fault(
        "fix: a text that says something else than was meant is taken",
        _EDITING,
        "    if said != wanted:\n",
        "    if said == wanted and said is None:\n",
    ),
    Fault(
        "fix: what anchors share is changed",
        _EDITING,
        'if any(isinstance(e, AliasEvent) or getattr(e, "anchor", None) for e in',
        "if any(e is None for e in",
    ),
    Fault(
        "fix: a repair may turn what held",
        _SEARCH,
        "results = _ask(setting, after, (claimed, *goal.held))",
        "results = _ask(setting, after, (claimed,))",
    ),
    Fault(
        "fix: a repair of an only may open",
        _SEARCH,
        "amiss = difference.removed if opens else difference.added",
        "amiss = difference.removed if opens else ()",
    ),
    Fault(
        "fix: a repair of an always may close",
        _SEARCH,
        "amiss = difference.removed if opens else difference.added",
        "amiss = () if opens else difference.added",
    ),
    Fault(
        "fix: whatever edit comes to mind first",
        _SEARCH,
        "heapq.heappush(waiting, (after.cost, next(number), after))",
        "heapq.heappush(waiting, (-next(number), next(number), after))",
    ),
    Fault(
        "fix: a file behind a link is written",
        _PLACING,
        "plain = is_plain(place) and is_behind_no_link(place)",
        "plain = is_plain(place)",
    ),
    Fault(
        "fix: Windows line breaks are lost",
        _SEARCH,
        "if as_read is not None and raw(source.place) != as_read.encode():",
        "if as_read is not None and raw(source.place) is None:",
    ),
    Fault(
        "fix: a rule for everybody is closed on every port",
        _POLICIES,
        "NARROW_BEYOND if beyond else NARROW)",
        "NARROW)",
    ),
    Fault(
        "fix: the only rule goes with its list, and lets everybody in",
        _CHANGES,
        "return emptied(text, path[:-1])",
        "return replaced(text, path[:-1], [{}])",
    ),
    Fault(
        "fix: a file that was changed meanwhile is written over",
        "verifier/cli/commands/fix.py",
        "if there or now != (None if change.before is None else change.before.encode()):",
        "if there or (now is None and change.before is not None):",
    ),
    Fault(
        "fix: what a verdict does not cover is left out",
        _SEARCH,
        "assumptions=result.assumptions, not_covered=result.not_covered)",
        "assumptions=result.assumptions)",
    ),
    Fault(
        "fix: a vacuous property is one without a repair",
        "verifier/cli/commands/fix.py",
        "    if outcome.vacuous:\n",
        "    if outcome.vacuous and outcome.undecided:\n",
    ),
    Fault(
        "fix: of several files one is written before all can be",
        "verifier/cli/commands/fix.py",
        "            _write_beside(Path(change.file), change.after, beside)\n",
        "            _write_beside(Path(change.file), change.after, beside)\n"
        "            beside[-1].replace(change.file)\n",
    ),
    Fault(
        "fix: a patch of files outside of the working directory names them from there",
        "verifier/cli/commands/fix.py",
        "        if all(path.is_relative_to(root) for path in real):\n",
        "        if False:\n",
    ),
    Fault(
        "fix: what is more than another repair is one besides it",
        _SEARCH,
        "if texts in seen or any(state.holds_all_of(other) for other, _, _ in repairs):",
        "if texts in seen:",
    ),
    Fault(
        "fix: of several repairs the dearest one is written",
        _SEARCH,
        "(state, first, found), *more = repairs",
        "*more, (state, first, found) = repairs",
    ),
    Fault(
        "fix: a repair does not say on which others it builds",
        _SEARCH,
        "        goal.earlier,\n",
        "        (),\n",
    ),
    Fault(
        "fix: a property of severity warning fails the run",
        "verifier/cli/commands/fix.py",
        " or outcome.property.severity is PropertySeverity.WARNING:\n        return Exit.OK",
        ":\n        return Exit.OK",
    ),
    Fault(
        "fix: lines that a repair replaces are told one too high",
        "verifier/mending/hunks.py",
        "yield Hunk(change.file, first + 1,",
        "yield Hunk(change.file, first,",
    ),
    Fault(
        "fix: the line that goes along with what is added gets lost",
        "verifier/mending/hunks.py",
        "line, line + hunk.after)",
        "line, hunk.after)",
    ),
    Fault(
        "fix: half of a repair is carried as a fix, without the file that it makes",
        _FINDING,
        "any(each is None for each in replaced)",
        "all(each is None for each in replaced)",
    ),
    Fault(
        "fix: a line is joined to the one below it",
        _FINDING,
        '        if before.endswith("\\n") and after.endswith("\\n"):\n',
        '        if after.endswith("\\n"):\n',
    ),
    Fault(
        "fix: each file of a fix gets the lines of all",
        "verifier/report/findings/sarif.py",
        "                    if each.place.file == file\n",
        "",
    ),
    Fault(
        "fix: the first of several stretches is suggested as if it were the whole repair",
        "verifier/report/markdown/fix.py",
        "if len(found) != 1 or found[0].is_new",
        "if not found or found[0].is_new",
    ),
    Fault(
        "fix: what nobody sees is suggested",
        "verifier/report/markdown/fix.py",
        "if any(visible(line) != line for line in lines) or not hunk.after:",
        "if not hunk.after:",
    ),
    Fault(
        "check: a repair is offered beside policies that are passed over",
        _STEPS,
        "if broken and not report.passed_over else",
        "if broken else",
    ),
    Fault(
        "check: the line that looks for a repair forgets the configuration",
        _STEPS,
        '_SINGLE = (("--config", "config", None), ',
        "_SINGLE = (",
    ),
    Fault(
        "check: a repair is offered of what no edit is known for",
        _EDITS,
        "return cited.kind in _KINDS and cited.origin is not None and _is_plain(cited.origin)",
        "return cited.origin is not None and _is_plain(cited.origin)",
    ),
    Fault(
        "check: a repair is offered of a file that is not written",
        _EDITS,
        "return isinstance(source.place, str) and raw(source.place) == source.text.encode()",
        "return isinstance(source.place, str)",
    ),
    Fault(
        "gate: a repair is offered that would read other terms",
        "verifier/cli/commands/gate.py",
        "    if report.under is TermsOf.BASE:\n",
        "    if report.under is TermsOf.BASE and report.blocked:\n",
    ),
    Fault(
        "gate: a repair is offered of what merging gives",
        "verifier/cli/commands/gate.py",
        'elsewhere = this.flags["merge"] or ',
        "elsewhere = ",
    ),
    Fault(
        "gate: a repair is offered of what is accepted",
        "verifier/cli/commands/gate.py",
        'r if r.property.name in broken else replace(r, repair="")',
        "r",
    ),
    Fault(
        "check: the line to type is broken at a terminal",
        "verifier/report/words/wrapping.py",
        "        or _TYPED.match(plain)\n",
        "",
    ),
    Fault(
        "coverage: a share that is not known is told as measured",
        "verifier/report/html/coverage.py",
        "if report.may_fail or (report.fail_under is None and not report.is_known):",
        "if report.may_fail:",
    ),
    Fault(
        "fix: what is confined is narrowed to whatever the property leaves open, on any port",
        _POLICIES,
        'numbers = [shared_ports(each.ports, rule.get("ports") or ()) for each in reach]',
        'numbers = [list(rule.get("ports") or ()) for each in reach]',
    ),
    Fault(
        "fix: a default deny is put into the namespace that comes first",
        _POLICIES,
        'yield _new_policy(way, subject.namespace.name, _meant(mine, subject), [], f"that denies {way}", ISOLATE)',
        'yield _new_policy(way, "default", _meant(mine, subject), [], f"that denies {way}", ISOLATE)',
    ),
    Fault(
        "fix: a rule of Calico is put behind the one that decided",
        _EDITING,
        "_step(wanted, path[:-1]).insert(number, value)",
        "_step(wanted, path[:-1]).append(value)",
    ),
    Fault(
        "fix: a rule of the cluster is for pods of any namespace",
        _CALICO,
        'if home is not None or found.get("namespaceSelector") == "all()":',
        "if found:",
    ),
    Fault(
        "fix: a rule of Calico is narrowed to what nobody is",
        _CALICO,
        'if one and two and one["key"] == two["key"]:',
        "if one and two and one is two:",
    ),
    Fault(
        "fix: the namespace of Cilium's endpoints is that of the policy",
        _CILIUM,
        "return _NAME if key == NAMESPACE_NAME else",
        "return key if key == NAMESPACE_NAME else",
    ),
    Fault(
        "fix: an entry of Cilium for nobody goes, and with it the default deny",
        _CILIUM,
        '    yield Edit(f"{cited}: {whole} for nobody", DROP_RULE, at, replacing(inner, {}))\n',
        "",
    ),
    Fault(
        "fix: what an exactly lacks is looked for among what closes",
        "verifier/mending/edits.py",
        "half = Only if witness.allowed else Always",
        "half = Only",
    ),
)
