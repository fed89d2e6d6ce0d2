"""Bugs in the webhook: each lets something through that nobody judged, or that opens."""

from tests.mutants.fault import Fault

_DESK = "verifier/admission/desk.py"
_WHOLE = "verifier/admission/whole.py"
_SERVER = "verifier/admission/server.py"
_CLUSTER = "verifier/admission/cluster.py"

ADMISSION = (
    Fault(
        "a request that was allowed and may not be stored excuses the next one",
        _DESK,
        "        sizes = range(len(numbers), -1, -1) if self.follows else (len(numbers),)\n",
        "        sizes = (len(numbers),)\n",
    ),
    Fault(
        "what was allowed does not count until it is seen",
        _DESK,
        "        if ruling.allowed and not request.dry_run:\n",
        "        if ruling.allowed and request.dry_run and False:\n",
    ),
    Fault(
        "a dry run counts as if it were stored",
        _DESK,
        "        if ruling.allowed and not request.dry_run:\n",
        "        if ruling.allowed:\n",
    ),
    Fault(
        "what was allowed counts for ever",
        _DESK,
        "if now - each.since > self._keep]",
        "if now - each.since > 1e9]",
    ),
    Fault(
        "a watch that is lost leaves its state current",
        _DESK,
        "                    self.missing[scope] = reason\n",
        "                    pass\n",
    ),
    Fault(
        "growth is looked for in no namespace",
        _DESK,
        "        homes = {key.namespace for key in change}\n",
        '        homes = {"none"}\n',
    ),
    Fault(
        "policies may go from every namespace as if it were going",
        _DESK,
        "self._stored.is_going(home) and made.isdisjoint((home, key))",
        "made.isdisjoint((home, key))",
    ),
    Fault(
        "policies may go from a namespace that was made again while the old one is told as going",
        _DESK,
        "self._stored.is_going(home) and made.isdisjoint((home, key))",
        "self._stored.is_going(home)",
    ),
    Fault(
        "a Namespace that is deleted leaves its policies in force",
        _DESK,
        "        gone = self._within(key.name) if",
        "        gone = () and self._within(key.name) if",
    ),
    Fault(
        "a Namespace that is deleted leaves policies in force that were allowed and not seen yet",
        _DESK,
        "        return [*self._stored.within(namespace), *unseen]\n",
        "        return self._stored.within(namespace)\n",
    ),
    Fault(
        "a policy that goes is taken for the end of its namespace",
        _DESK,
        " in touching if next(iter(each.change)) == key]\n",
        " in touching]\n",
    ),
    Fault(
        "objects without a name are taken for the same one",
        _WHOLE,
        "        if not (isinstance(name, str) and name):\n",
        "        if False:\n",
    ),
    Fault(
        "an object that names no namespace is not read in that of its request",
        _WHOLE,
        "        return value\n    return {**value,",
        "        return value\n    return value or {**value,",
    ),
    Fault(
        "an object may be in another namespace than its request says",
        _WHOLE,
        "    if len(homes) > 1:\n",
        "    if False:\n",
    ),
    Fault(
        "a request that knows more than the watch is judged against what is older",
        _DESK,
        "        if old.text in texts or is_going(request.old_object):\n",
        "        if True:\n",
    ),
    Fault(
        "what fails inside is allowed",
        _SERVER,
        '            return Ruling(Why.ERROR, f"internal error: {type(error).__name__}")\n',
        "            return Ruling(Why.PASSES)\n",
    ),
    Fault(
        "a full queue allows",
        _SERVER,
        '            return Ruling(Why.LIMIT, f"{self._waiting} requests wait to be judged: try again")\n',
        "            return Ruling(Why.PASSES)\n",
    ),
    Fault(
        "a new process judges at once, whatever one before it has allowed",
        _SERVER,
        "        left = self._started + self._how.keep - time.monotonic()\n",
        "        left = 0.0\n",
    ),
    Fault(
        "a watch that is too old goes on from its list",
        _CLUSTER,
        "                    if item.get(\"code\") == _GONE:\n                        raise _Gone\n",
        "                    if item.get(\"code\") == _GONE:\n                        return\n",
    ),
    Fault(
        "a watch that is lost goes on from where it was",
        _CLUSTER,
        "            except Exception as error:\n                version = \"\"\n",
        "            except Exception as error:\n",
    ),
    Fault(
        "only the first page of a list is read",
        _CLUSTER,
        "            if not onward:\n",
        "            if True:\n",
    ),
    Fault(
        "what a session knows is believed of a head that is judged as another one",
        "verifier/engine/diff/gate.py",
        "asked_already = None if running or head.unproven else known",
        "asked_already = known",
    ),
    Fault(
        "what is being deleted excuses what opens",
        "verifier/admission/desk.py",
        "product(ways_to_leave(self._stored.going()), self._choices())",
        "product(((),), self._choices())",
    ),
    Fault(
        "of what is being deleted all is gone or nothing",
        "verifier/admission/leaving.py",
        "sizes = range(1, number) if number <= _MOST else (1, number - 1)",
        "sizes = range(0)",
    ),
    Fault(
        "what is in a namespace that is being deleted may stay when that is gone",
        "verifier/admission/leaving.py",
        "home if home in homes else key",
        "key",
    ),
    Fault(
        "what is created is as stored, though that is being deleted",
        _DESK,
        "if self._is_as_stored(change) and made.isdisjoint(self._stored.going()):",
        "if self._is_as_stored(change):",
    ),
    Fault(
        "what is created is gone with what is being deleted",
        _DESK,
        "{key: None for key in before if key not in made}",
        "before",
    ),
    Fault(
        "what was created and not seen yet is gone with what is being deleted",
        _DESK,
        "{key: None for key in going if key not in anew}",
        "dict.fromkeys(going)",
    ),
    Fault(
        "what was not looked for counts as not opened",
        "verifier/report/text/admission.py",
        'if result.code or fail_on != "none":',
        "if True:",
    ),
    Fault(
        "what is in a namespace that is going stays for good",
        "verifier/admission/stored.py",
        "(*marked, *with_them)",
        "marked",
    ),
)  # fmt: skip
