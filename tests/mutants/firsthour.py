"""Bugs in what a first run is told: a line that does not help, and silence about what was left out or overwritten."""

from tests.mutants.fault import Fault

SETTLING = "verifier/manifests/kubernetes/settling.py"
FIRST_HOUR = (
    Fault(
        "of objects that differ the first one counts where the last one should",
        SETTLING,
        "        counts, rest = group[-1], []\n        for other in group[:-1]:\n",
        "        counts, rest = group[0], []\n        for other in group[1:]:\n",
    ),
    Fault(
        "that an object is overwritten is no assumption",
        SETTLING,
        "            self.overwritten[what] = None\n",
        "",
    ),
    Fault(
        "what is left out on purpose is nobody's assumption",
        "verifier/manifests/kubernetes/load.py",
        "    cluster = replace(loaded.cluster, left_out=left_out)\n",
        "    cluster = loaded.cluster\n",
    ),
    Fault(
        "a change can have the last of two policies count without a word about the terms",
        "verifier/cli/inputs/gateterms.py",
        "    if before.duplicates.value != after.duplicates.value:\n",
        "    if before.duplicates.value != after.duplicates.value and before.duplicates.value == LAST:\n",
    ),
    Fault(
        "a line is offered with a name as it stands",
        "verifier/cli/inputs/shellwords.py",
        "        return shlex.quote(word)\n",
        "        return word\n",
    ),
    Fault(
        "characters that mean something in a pattern are not escaped",
        "verifier/cli/inputs/waysout.py",
        'f"\\\\{c}" if c in _SPECIAL else c',
        "c",
    ),
    Fault(
        "a map of too many classes passes for the whole",
        "verifier/engine/map/map.py",
        "        not census.partly,\n",
        "        True,\n",
    ),
    Fault(
        "a plain class of pods does not meet what goes with its selector",
        "verifier/engine/map/podclasses.py",
        "            met = (*met, selector)\n",
        "            unmet = (*unmet, selector)\n",
    ),
    Fault(
        "a quiet report does not say what was left out on purpose",
        "verifier/engine/results/standing.py",
        "_NOT_READ = (LAST_COUNTS, LEFT_OUT)",
        "_NOT_READ = (LAST_COUNTS,)",
    ),
)
