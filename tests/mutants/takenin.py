"""Faults of what a gate compares because kustomizations take it in."""

from tests.mutants.fault import Fault

_TAKEN_IN = "verifier/cli/inputs/takenin.py"
_TOUCHED = "verifier/manifests/kubernetes/touched.py"
_MENTIONS = "verifier/manifests/kubernetes/mentions.py"
_UNJUDGED = "verifier/cli/inputs/unjudged.py"

TAKEN_IN = (
    Fault(
        "a kustomization that moves may leave behind what it takes in",
        _UNJUDGED,
        'whole="\\0".join(f"{name}\\0{held.id_of(path)}" for name, path in taken.all)',
        'whole=""',
    ),
    Fault(
        "a kustomization that moves may leave another in its place",
        _UNJUDGED,
        "    if any(posixpath.join(folder, name) in held.known for name in FILES for held in others):\n",
        "    if False:\n",
    ),
    Fault(
        "of what was read nothing counts that a kustomization looks into",
        _TAKEN_IN,
        "        elif path in self.resources and self.touched:\n",
        "        elif False:\n",
    ),
    Fault(
        "what other kustomizations make never counts",
        _TAKEN_IN,
        "(path in self.made and are_made_touched(self.touched))",
        "False",
    ),
    Fault(
        "what other kustomizations make always counts",
        _TAKEN_IN,
        "(path in self.made and are_made_touched(self.touched))",
        "path in self.made",
    ),
    Fault(
        "configurations that were read do not count",
        _TAKEN_IN,
        "        if way.of_configs or (not way.within and (way.beside or path not in self.read)):\n",
        "        if not way.within and (way.beside or path not in self.read):\n",
    ),
    Fault(
        "what components look into does not count",
        _TAKEN_IN,
        "        if not within and not way.of_configs:\n",
        "        if False:\n",
    ),
    Fault(
        "another layer counts as what takes it in",
        _TAKEN_IN,
        "        within = way.within or (inside in self.read and not way.of_configs and not way.beside)\n",
        "        within = False\n",
    ),
    Fault(
        "files with patches are not looked into",
        _TAKEN_IN,
        "            self.touched.update(merged(self._values(text, folders)))\n",
        "            pass\n",
    ),
    Fault(
        "files with replacements are not looked into",
        _TAKEN_IN,
        "            self.touched.update(replaced(self._values(text, folders)))\n",
        "            pass\n",
    ),
    Fault(
        "a selector finds no name with a prefix",
        _TOUCHED,
        "(not self.name or name in self.name)",
        '(self.name in ("", name))',
    ),
    Fault(
        "a selector means its letters",
        _TOUCHED,
        '    return value if isinstance(value, str) and _LITERAL.match(value) else ""\n',
        '    return value if isinstance(value, str) else ""\n',
    ),
    Fault(
        "fields that are not known touch nothing",
        _TOUCHED,
        "    if name in _ALIKE or entries is None:\n",
        "    if name not in _READERS:\n",
    ),
    Fault(
        "the source of a replacement does not count",
        _TOUCHED,
        '    if "source" in entry:\n',
        "    if False:\n",
    ),
    Fault(
        "a generator has no default home of charts",
        _MENTIONS,
        "    if any(name in value for name in (*_CHARTS, *_CONFIGS)):\n",
        "    if any(name in value for name in _CHARTS):\n",
    ),
    Fault(
        "a generator fetches nothing",
        _MENTIONS,
        '    return Mentions(possible, frozenset(_fields(values, "repo")), possible)\n',
        "    return Mentions(possible, frozenset(), possible)\n",
    ),
)
