"""`netpol check --watch`: it answers again after every change, of whatever file, and outlives bad input."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests import test_session
from tests.cli.process import GOOD, PROVED, VIOLATED, environment, netpol
from tests.programs import script
from tests.repository import Repository
from verifier.cli.commands import check as check_command
from verifier.cli.commands.watch import Watching
from verifier.cli.group import netpol as group
from verifier.cli.inputs import watched
from verifier.cli.inputs.watched import Files
from verifier.engine.check.check import report as fresh_report
from verifier.engine.results.check import CheckReport
from verifier.errors import InputError
from verifier.manifests.kubernetes.load import load
from verifier.manifests.notation.expression import parse_expression
from verifier.report.formats import formats_of
from verifier.report.words.paint import PLAIN

OPEN = GOOD.replace("role: monitoring", "role: anybody")
PROPERTIES = """\
apiVersion: netpol-verifier/v1
kind: Properties
spec:
  properties:
  - name: {name}
    never: {{from: [{{external: {{}}}}], to: [{{namespaces: [shop], podSelector: {{matchLabels: {{app: api}}}}}}]}}
"""
UNIVERSE = """\
apiVersion: netpol-verifier/v1
kind: Universe
metadata: {name: ours}
spec:
  pods: {labels: {role: {values: [%s], others: false}}}
"""
TALLY = r"(?:\d+ (?:proved|violated|unknown|vacuous)(?:, )?)+\n"


class Watched:
    """A run that stays, and what it says, on both streams together."""

    def __init__(self, folder: Path, *arguments: str, **env: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "verifier", "check", *arguments, "--watch"],
            cwd=folder, env=environment(**env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        self._said = ""
        self._at = 0
        self.listener = threading.Thread(target=self._listen, daemon=True)
        self.listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        while text := self.process.stdout.readline():
            self._said += text

    def until(self, pattern: str = TALLY) -> str:
        """What it says up to the next line that holds `pattern`."""
        for _ in range(600):
            found = re.compile(pattern).search(self._said, self._at)
            if found is not None:
                said, self._at = self._said[self._at : found.end()], found.end()
                return said
            assert self.process.poll() is None, self._said
            time.sleep(0.05)
        raise AssertionError(f"no {pattern!r} in {self._said[self._at :]!r}")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@pytest.fixture
def runs() -> Iterator[list[Watched]]:
    started: list[Watched] = []
    yield started
    for run in started:
        run.process.kill()
        run.process.wait()
        run.listener.join()
        assert run.process.stdout is not None
        run.process.stdout.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s/shop.yaml").write_text(GOOD)
    return tmp_path


def start(runs: list[Watched], folder: Path, *arguments: str, **env: str) -> Watched:
    """Started, and waiting for the first change."""
    run = Watched(folder, *arguments, **env)
    runs.append(run)
    run.until("watching .*\n")
    return run


def replace(path: Path, text: str) -> None:
    """As many editors write: beside, then renamed."""
    beside = path.with_name(f".{path.name}.swp")
    beside.write_text(text)
    beside.replace(path)


def test_what_is_newly_violated_and_what_is_fixed_comes_first(runs: list[Watched], folder: Path) -> None:
    run = start(runs, folder, "k8s", "-e", PROVED)
    (folder / "k8s/shop.yaml").write_text(OPEN)
    broken = run.until()
    replace(folder / "k8s/shop.yaml", GOOD)
    mended = run.until()

    lines = broken.strip().splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d  k8s/shop.yaml", lines[0])
    assert lines[1] == f"newly violated  {PROVED} (was proved)"
    assert f"VIOLATED  {PROVED}" in broken
    assert "k8s/shop.yaml:13" in broken
    assert broken.endswith("\n1 violated\n")
    assert mended.strip().splitlines()[1:] == [
        f"fixed           {PROVED}", "", "1 proved"
    ]  # fmt: skip


def test_what_is_as_it_was_takes_a_line(runs: list[Watched], folder: Path) -> None:
    run = start(runs, folder, "k8s", "-e", PROVED, "-e", VIOLATED)
    (folder / "k8s/more.yaml").write_text("apiVersion: v1\nkind: Namespace\nmetadata: {name: more}\n")
    said = run.until()

    assert said.strip().splitlines()[1:] == [
        "no verdict has changed", "", f"VIOLATED  {VIOLATED}  (as before)", "",
        "1 proved, 1 violated",
    ]  # fmt: skip


def test_bad_input_is_told_and_outlived(runs: list[Watched], folder: Path) -> None:
    run = start(runs, folder, "k8s", "-e", PROVED)
    (folder / "k8s/shop.yaml").write_text(OPEN.replace("podSelector:", "podSelecter:"))
    said = run.until("waiting for a change; the verdicts above are of what was there before\n")
    (folder / "k8s/shop.yaml").write_text(OPEN)
    after = run.until()

    assert "k8s/shop.yaml:9:3: unknown field `podSelecter`" in said
    assert "proved" not in said
    assert f"newly violated  {PROVED}" in after
    assert run.end() == 130


def test_it_waits_for_input_that_is_bad_from_the_beginning(runs: list[Watched], folder: Path) -> None:
    (folder / "k8s/shop.yaml").write_text("kind: [\n")
    run = Watched(folder, "k8s", "-e", PROVED)
    runs.append(run)
    run.until("waiting for a change\n")
    (folder / "k8s/shop.yaml").write_text(GOOD)

    assert f"PROVED    {PROVED}" in run.until()


def test_files_come_and_go_and_so_do_folders(runs: list[Watched], folder: Path) -> None:
    run = start(runs, folder, "k8s", "-e", PROVED)
    (folder / "k8s/more").mkdir()
    (folder / "k8s/more/open.yaml").write_text(OPEN.partition("---\n")[2].replace("name: api,", "name: more,"))
    assert f"newly violated  {PROVED}" in run.until()
    shutil.rmtree(folder / "k8s/more")
    assert f"fixed           {PROVED}" in run.until()
    (folder / "k8s").rename(folder / "elsewhere")
    assert "k8s: no such file or directory" in run.until("waiting .*\n")
    (folder / "k8s").mkdir()
    assert "k8s: a directory without manifests" in run.until("waiting .*\n")
    (folder / "k8s/other.yaml").write_text(OPEN)
    assert f"newly violated  {PROVED}" in run.until()


def test_properties_change_too(runs: list[Watched], folder: Path) -> None:
    (folder / "properties").mkdir()
    (folder / "properties/one.yaml").write_text(PROPERTIES.format(name="one"))
    run = start(runs, folder, "k8s", "-p", "properties")
    (folder / "properties/two.yaml").write_text(PROPERTIES.format(name="two"))
    assert "new, proved     two" in run.until()
    (folder / "properties/one.yaml").unlink()
    assert "gone            one (was proved)" in run.until()
    replace(folder / "properties/two.yaml", PROPERTIES.format(name="two").replace("never:", "always:"))
    assert "newly violated  two (was proved)" in run.until()
    replace(folder / "properties/two.yaml", PROPERTIES.format(name="two").replace("never:", "newer:"))
    assert "did you mean `never`?" in run.until("waiting .*\n")
    replace(folder / "properties/two.yaml", PROPERTIES.format(name="two"))
    assert "fixed           two" in run.until()


def test_universes_and_their_templates_change_too(runs: list[Watched], folder: Path) -> None:
    (folder / "ours.yaml").write_text(UNIVERSE % "front")
    claim = "never role=monitoring -> shop/app=api"
    run = start(runs, folder, "k8s", "-e", claim, "-u", "ours.yaml")
    replace(folder / "ours.yaml", UNIVERSE % "monitoring")
    assert f"newly violated  {claim}" in run.until()
    replace(folder / "ours.yaml", UNIVERSE % "monitoring" + "  newNamespacesGet: [deny.yaml]\n")
    assert "`deny.yaml`: no such file or directory" in run.until("waiting .*\n")
    deny = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny}\nspec: {podSelector: {}}\n"
    (folder / "deny.yaml").write_text(deny)
    assert "no verdict has changed" in run.until()
    (folder / "deny.yaml").write_text(deny.replace("podSelector", "podSelecter"))
    assert "deny.yaml:4" in run.until("waiting .*\n")


def test_the_configuration_may_change_and_come_later(runs: list[Watched], folder: Path) -> None:
    run = start(runs, folder, "k8s", NO_COLOR="1")
    config = "apiVersion: netpol-verifier/v1\nkind: Config\nspec: {output: json=report.json}\n---\n"
    (folder / "netpol.yaml").write_text(config + PROPERTIES.format(name="ours"))
    assert "new, proved     ours" in run.until()
    (folder / "netpol.yaml").unlink()
    assert "gone            ours" in run.until()
    assert not (folder / "report.json").exists()


def test_a_file_that_looks_the_same_is_read_nevertheless(runs: list[Watched], folder: Path) -> None:
    """The same size, and a time in the past: `cp -p`, or two writes within a tick of the clock."""
    path = folder / "k8s/shop.yaml"
    path.write_text(GOOD.replace("monitoring", "x-monitors"))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    run = start(runs, folder, "k8s", "-e", "only shop/role=x-monitors -> shop/app=api")
    path.write_text(GOOD)
    os.utime(path, (1_000_000_000, 1_000_000_000))

    assert "newly violated" in run.until()


def test_quiet_says_what_has_changed_and_verbose_what_was_asked(runs: list[Watched], folder: Path) -> None:
    quiet = Watched(folder, "k8s", "-e", PROVED, "-q")
    runs.append(quiet)
    quiet.until()
    verbose = start(runs, folder, "k8s", "-e", PROVED, "-e", "never other/* -> another/*", "-v")
    (folder / "k8s/shop.yaml").write_text(OPEN)

    assert quiet.until() == f"newly violated  {PROVED} (was proved)\n\n1 violated\n"
    assert "asked 1 of 2 properties" in verbose.until("asked .*\n")


def test_several_processes_may_answer(runs: list[Watched], folder: Path) -> None:
    run = start(runs, folder, "k8s", "-e", PROVED, "-e", VIOLATED, "--jobs", "2")
    (folder / "k8s/shop.yaml").write_text(OPEN)

    assert f"newly violated  {PROVED}" in run.until()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=lambda n: str(int(n)))
def test_a_signal_ends_it_and_is_no_verdict(
    runs: list[Watched], folder: Path, number: signal.Signals, code: int
) -> None:
    assert start(runs, folder, "k8s", "-e", PROVED).end(number) == code


@pytest.mark.parametrize(("claim", "text", "code"), [(PROVED, OPEN, 1), (PROVED, GOOD + "# x\n", 0)])
def test_it_ends_when_nobody_reads_it_with_the_code_of_the_last_answer(
    folder: Path, claim: str, text: str, code: int
) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "verifier", "check", "k8s", "-e", claim, "--watch"],
        cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        process.stderr.readline()
        process.stdout.close()
        (folder / "k8s/shop.yaml").write_text(text)

        assert process.wait(timeout=30) == code


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["k8s", "-o", "json"], "--watch writes text to standard output only"),
        (["k8s", "-o", "text", "-o", "json=x"], "--watch writes text to standard output only"),
        (["k8s", "--dump-smt2", "scripts"], "--watch and --dump-smt2 do not go together"),
        (["-"], "--watch cannot read standard input"),
        (["/dev/null"], "--watch cannot read `/dev/null` again"),
        (["HEAD:k8s"], "--watch cannot wait for a change of `HEAD:k8s`"),
        ([], "no manifests"),
    ],
)
def test_what_makes_no_sense_is_refused_at_once(folder: Path, arguments: list[str], says: str) -> None:
    Repository.at(folder).commit({"x": "y"})
    done = netpol("check", *arguments, "-e", PROVED, "--watch", cwd=folder)

    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr


# In this process


def flags(*arguments: str) -> dict[str, Any]:
    """As the command line reads them: within the group, whose settings a command takes over and keeps."""
    above = click.Context(group, **group.context_settings)
    return check_command.command.make_context("check", [*arguments], parent=above).params


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("universe", ["open", "inventory"])
def test_answers_are_those_of_a_fresh_run_whatever_came_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], seed: int, universe: str
) -> None:
    """Changes as in the tests of sessions, with bad input in between, which is sometimes mended in another way."""
    monkeypatch.chdir(tmp_path)
    draw = random.Random(seed)
    (tmp_path / "k8s").mkdir()
    files = test_session.cluster(draw)
    claims = [word for claim in test_session.CLAIMS for word in ("-e", claim)]
    watching = Watching(flags("k8s", *claims, "-u", universe, "--watch"))
    write(files)
    watching.answer(watching.look())
    answers = 0
    for _ in range(12):
        test_session.change(draw, files)
        write(files)
        bad = draw.random() < 0.3
        if bad:
            (tmp_path / f"k8s/{draw.choice('abc')}.yaml").write_text("kind: NetworkPolicy\n")
        watching.answer(watching.look())
        wanted = fresh(universe)
        assert (watching.wrong is not None) is (wanted is None)
        if wanted is not None:
            answers += 1
            assert rendered(watching.report) == rendered(wanted)

    assert answers > 3
    capsys.readouterr()


def write(files: dict[str, list[str]]) -> None:
    for path in Path("k8s").iterdir():
        if path.name not in files:
            path.unlink()
    for name, text in test_session.texts_of(files).items():
        path = Path("k8s", name)
        if not path.exists() or path.read_text() != text:
            path.write_text(text)


def fresh(universe: str) -> CheckReport | None:
    from verifier.cli.inputs.inputs import is_something
    from verifier.manifests.specs.universe import load_universe

    try:
        loaded = load(["k8s"])
        if not is_something(loaded):
            return None
        claims = [parse_expression(claim) for claim in test_session.CLAIMS]
        return fresh_report(loaded.cluster, claims, load_universe(universe), diagnostics=loaded.diagnostics)
    except InputError:
        return None


def rendered(report: CheckReport | None) -> list[str]:
    assert report is not None
    return [formats_of("check")[form](report, PLAIN, False) for form in ("text", "json")]


def test_an_update_that_a_universe_forbids_may_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The session has taken it in by then: what is on disk, and not what it has been told, counts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "k8s").mkdir()
    (tmp_path / "k8s/shop.yaml").write_text(GOOD)
    (tmp_path / "ours.yaml").write_text(UNIVERSE % "monitoring")
    watching = Watching(flags("k8s", "-e", PROVED, "-u", "ours.yaml", "--watch"))
    watching.answer(watching.look())
    wrong = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop, labels: {role: other}}\n"
    (tmp_path / "k8s/shop.yaml").write_text(GOOD + "  - {}\n" + wrong)
    watching.answer(watching.look())
    assert "`role: other`, which the universe does not admit" in capsys.readouterr().err
    (tmp_path / "k8s/shop.yaml").write_text(GOOD)
    watching.answer(watching.look())

    assert "no verdict has changed" in capsys.readouterr().out
    assert watching.code == 0


def test_files_that_are_as_they_were_are_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("a")
    monkeypatch.setattr(watched, "_UNSETTLED", -1e9)
    files = Files()
    assert files.look([str(path)]) == [str(path)]
    monkeypatch.setattr(watched.Source, "read", lambda _path: pytest.fail("it was read"))

    assert files.look([str(path)]) == []


CLAIM = "never * -> shop/app=db"
DB_CLOSED = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  ingress: []
"""
DB_OPEN = DB_CLOSED.replace("ingress: []", "ingress: [{}]")


def test_what_has_to_be_rendered_is_rendered_again_when_a_part_of_it_changes(
    tmp_path: Path, runs: list[Watched]
) -> None:
    tree, tools = tmp_path / "tree", tmp_path / "tools"
    script(tools, "kustomize", f'exec /bin/cat "{tree}/part.txt"')
    script(tools, "helm", f'exec /bin/cat "{tree}/chart/files/any.bin"')
    files = {
        "part.txt": DB_OPEN,
        "kustomization.yaml": "resources: [db.yaml]\nnamePrefix: a\npatches: [{path: part.txt}]\n",
        "db.yaml": DB_CLOSED,
        "chart/Chart.yaml": "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "chart/templates/a.yaml": "",
        "chart/files/any.bin": DB_CLOSED.replace("name: db", "name: other"),
    }
    for name, text in files.items():
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(text)

    run = start(runs, tree, ".", "-e", CLAIM, PATH=str(tools))
    assert "1 violated" in run._said
    (tree / "part.txt").write_text(DB_CLOSED)
    assert "1 proved" in run.until()
    (tree / "chart/files/any.bin").write_text(DB_OPEN.replace("name: db", "name: other"))
    assert "1 violated" in run.until()
    (tree / "kustomization.yaml").write_text(files["kustomization.yaml"].replace("part.txt", "late.txt"))
    assert "`late.txt`: no such file" in run.until("waiting for a change")
    (tree / "chart/files/any.bin").write_text(DB_CLOSED.replace("name: db", "name: other"))
    (tree / "late.txt").write_text("")
    assert "1 proved" in run.until()


def test_without_rendering_what_would_have_to_be_is_refused_and_waited_out(folder: Path, runs: list[Watched]) -> None:
    (folder / "k8s/kustomization.yaml").write_text("resources: [shop.yaml]\nnamePrefix: a-\n")
    runs.append(Watched(folder, "k8s", "-e", PROVED, "--render-with", "never"))

    told = runs[0].until("waiting for a change")

    assert "would be read together" in told
    assert "PROVED" not in told
    (folder / "k8s/kustomization.yaml").write_text("resources: [shop.yaml]\n")
    assert "1 proved" in runs[0].until()


def test_acceptances_count_as_soon_as_they_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("k8s.yaml").write_text(GOOD)
    claim = "never shop/* -> shop/app=api"
    watching = Watching(flags("k8s.yaml", "-e", claim, "--watch"))
    watching.answer(watching.look())
    before = watching.code

    Path("netpol.accept.yaml").write_text(
        "apiVersion: netpol-verifier/v1\nkind: Acceptances\nspec:\n  acceptances:\n"
        f"  - {{property: '{claim}', flows: ['* -> *'], reason: debt, owner: '@team', expires: 9999-12-31}}\n"
    )
    changed = watching.look()
    watching.answer(changed)
    after = watching.code
    Path("netpol.accept.yaml").unlink()
    watching.answer(watching.look())

    assert changed == ["netpol.accept.yaml"]
    assert (before, after, watching.code) == (1, 0, 1)
    shown = capsys.readouterr().out
    assert f"now accepted    {claim} (was violated)" in shown
    assert "netpol.accept.yaml:5" in shown
