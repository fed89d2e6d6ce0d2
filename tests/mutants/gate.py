"""Bugs in what a gate trusts: each is a way past it that somebody had found."""

from tests.mutants.fault import Fault

GATE = (
    Fault(
        "what was resolved is parsed again, where a file of that name wins",
        "verifier/manifests/kubernetes/load.py",
        "places = [path if isinstance(path, Target) else target_of(path) or path for path in paths]",
        "places = [str(path) if __import__('os').path.exists(str(path)) else "
        "path if isinstance(path, Target) else target_of(path) or path for path in paths]",
    ),
    Fault(
        "a file that is called like a path at a revision wins",
        "verifier/manifests/documents/revision.py",
        "    if not is_revision(target.revision):\n        return None\n",
        "    if True:\n        return None\n",
    ),
    Fault(
        "of two revisions of one name git's first choice is taken",
        "verifier/manifests/documents/refs.py",
        "    _refuse_namesakes(name)\n",
        "",
    ),
    Fault(
        "z3 looks for its library where it likes",
        "verifier/smt/library.py",
        "    setattr(builtins, _TOLD, _places())\n",
        "    setattr(builtins, _TOLD, ['.', *_places()])\n",
    ),
    Fault(
        "programs are looked for in the working directory",
        "verifier/processes/programs.py",
        "if os.path.isabs(entry) and not _is_here(entry)",
        "if True",
    ),
    Fault(
        "modules of the working directory are imported",
        "verifier/__main__.py",
        "        _leave_out_here()\n",
        "",
    ),
    Fault(
        "what the base lacks counts as empty",
        "verifier/cli/inputs/gitbase.py",
        "            elif target.path not in fresh:\n",
        "            elif False:\n",
    ),
    Fault(
        "a file that a shell cannot name is not missed",
        "verifier/cli/inputs/gitbase.py",
        "    mistakes += _unnamed(revision, places, targets, exclude)\n",
        "",
    ),
    Fault(
        "a submodule of the base is only warned of",
        "verifier/manifests/documents/revision.py",
        '    return Diagnostic("submodule", message, name, hint=_EXCLUDE)\n',
        "    from verifier.errors import Severity\n\n"
        '    return Diagnostic("submodule", message, name, hint=_EXCLUDE, severity=Severity.WARNING)\n',
    ),
    Fault(
        "a base without policies is as good as any",
        "verifier/cli/inputs/gatereading.py",
        "        if not is_something(loaded) and not new:\n",
        "        if False:\n",
    ),
    Fault(
        "what is left out may change unseen",
        "verifier/cli/inputs/unjudged.py",
        "        if path not in before or before[path] != after.get(path):\n",
        "        if False:\n",
    ),
    Fault(
        "the terms of the head alone count",
        "verifier/cli/commands/gate.py",
        "{TermsOf.BASE: before, TermsOf.HEAD: after} if differ else {None: after}",
        "{None: after}",
    ),
    Fault(
        "limits of the head count",
        "verifier/cli/inputs/gateterms.py",
        "    return replace(mine, timeout=base.timeout, rlimit=base.rlimit, limit=base.limit, jobs=base.jobs)\n",
        "    return mine\n",
    ),
    Fault(
        "property files are those of the head",
        "verifier/cli/inputs/gateterms.py",
        '    files = [place for text in flags["properties"] if (place := _at(text, revision)) is not None]\n',
        '    files = [*flags["properties"]]\n',
    ),
    Fault(
        "an excluded file is no change of terms",
        "verifier/cli/inputs/gateterms.py",
        "    for glob in after.exclude.value:\n        if glob not in before.exclude.value:\n",
        "    for glob in after.exclude.value:\n        if False:\n",
    ),
    Fault(
        "what has to change first does not count",
        "verifier/engine/diff/outcome.py",
        "    if report.blocked:\n        yield 1,",
        "    if False:\n        yield 1,",
    ),
    Fault(
        "a prolonged acceptance excuses what is new",
        "verifier/engine/diff/gate.py",
        "        if past is Verdict.VIOLATED and longer:\n",
        "        if longer:\n",
    ),
    Fault(
        "a prolonged acceptance may have other flows",
        "verifier/cli/inputs/gatereading.py",
        "    return acceptance.property, tuple(flow.text for flow in acceptance.flows)\n",
        "    return acceptance.property, ()\n",
    ),
    Fault(
        "accepted is whom labels mean after the change",
        "verifier/encoding/pair.py",
        "    if problem.relabelled or problem.pods_changed:\n",
        "    if False:\n",
    ),
    Fault(
        "a bare selector of an accepted flow means what the change declares",
        "verifier/engine/diff/compare.py",
        "    world = contexts[1 if old == NOTHING else 0].world\n",
        "    world = contexts[1].world\n",
    ),
    Fault(
        "policies that nobody understands are the same if they are passed over",
        "verifier/engine/diff/partial.py",
        "    if not passed_over:\n",
        "    if True:\n",
    ),
    Fault(
        "kustomizations may trade places",
        "verifier/manifests/kubernetes/kustomization.py",
        "    altered = [name for name in old if name in new and old[name] != new[name]]\n",
        "    altered: list[str] = []\n",
    ),
    Fault(
        "labels that are not said any more are as they were",
        "verifier/engine/problem/pairing.py",
        "        if name in lost:\n",
        "        if False:\n",
    ),
    Fault(
        "a region names the namespace, not the labels that nobody knows",
        "verifier/engine/diff/regions.py",
        "                    if not (of_namespace and self._is_forgotten(here)):\n",
        "                    if True:\n",
    ),
    Fault(
        "a property about one namespace that is gone is gone",
        "verifier/engine/diff/turned.py",
        "    return bool(names) and names <= gone\n",
        "    return bool(names & gone)\n",
    ),
    Fault(
        "reports are written through links",
        "verifier/cli/terminal/streams.py",
        "    if tree is not None and path != here and not _is_inside(path, tree):\n",
        "    if False:\n",
    ),
    Fault(
        "a configuration names any file for a report",
        "verifier/cli/terminal/streams.py",
        "    if within is not None and not _is_inside(path, within):\n",
        "    if False:\n",
    ),
    Fault(
        "a property is retired by the terms that were asked for",
        "verifier/cli/commands/gate.py",
        "retired(before, after)",
        "frozenset(p.name for p in before.terms.properties) if flags['terms'] == 'base' else retired(before, after)",
    ),
    Fault(
        "what may not reach a living namespace is gone with one that is dead",
        "verifier/engine/diff/turned.py",
        "all(_name_only(peers, gone) for peers in named)",
        "any(_name_only(peers, gone) for peers in named)",
    ),
)
