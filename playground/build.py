"""Builds the playground: a folder of static files that any host can serve.

python -m playground.build FOLDER, after `npm ci --prefix playground` (`make playground` does both).
"""

import gzip
import hashlib
import io
import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from playground.examples import EXAMPLES, told
from verifier.ir.profiles import PROFILES
from verifier.report.html.assets import layout, own
from verifier.report.html.markup import hashed, text

HERE = Path(__file__).parent
ROOT = HERE.parent
PYODIDE = HERE / "node_modules/pyodide"
PLATFORMS = ("pyemscripten_2026_0_wasm32", "manylinux2014_x86_64")
"""Of the wheels: what Pyodide runs, and whence the pure Python of PyYAML comes."""
LEFT_OUT = ("z3/include/", "z3/lib/libz3.so.", "yaml/_yaml.", "netpol_verifier-0.1.0.data/")
"""What nothing in a page asks for: headers, the second copy of a library, another platform's code, man pages."""
BUNDLES = {"page.mjs": "page.js", "worker.mjs": "worker.js"}


def build(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        made, site = Path(scratch, "made"), Path(scratch, "site")
        made.mkdir()
        for wheel in (own_wheel(Path(scratch, "own")), *fetched_wheels(Path(scratch, "fetched"))):
            unpack(wheel, site)
        compiled(site, made / "stdlib.zip")
        (made / "python.tar.gz").write_bytes(gzip.compress(tar_of(site), 9, mtime=0))
        wasm = (PYODIDE / "pyodide.asm.wasm").read_bytes()
        (made / "pyodide.asm.wasm.gz").write_bytes(gzip.compress(wasm, 9, mtime=0))
        for name in ("pyodide.mjs", "pyodide.asm.mjs"):
            shutil.copyfile(PYODIDE / name, made / name)
        shutil.copyfile(HERE / "inside.py", made / "inside.py")
        (made / "examples.json").write_text(json.dumps([told(example, ROOT) for example in EXAMPLES]), encoding="utf-8")
        (made / "licences.txt").write_text("\n".join(licences(site)), encoding="utf-8")
        for source, bundle in BUNDLES.items():
            bundled(HERE / "page" / source, made / bundle)
        shutil.copyfile(HERE / "page/page.css", made / "page.css")
        published(made, folder)


def own_wheel(into: Path) -> Path:
    """The wheel that anybody would install, of this checkout."""
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", into, ROOT)
    (wheel,) = into.glob("*.whl")
    return wheel


def fetched_wheels(into: Path) -> list[Path]:
    """What it stands on, by the hashes of `requirements.lock`."""
    tags = [word for platform in PLATFORMS for word in ("--platform", platform)]
    tags += [word for abi in ("cp314", "abi3", "none") for word in ("--abi", abi)]
    how = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:", "--require-hashes"]
    python = ["--implementation=cp", "--python-version=3.14"]
    lock = ("--requirement", HERE / "requirements.lock")
    run(sys.executable, "-m", "pip", "download", *how, *python, *tags, "--dest", into, *lock)
    return sorted(into.glob("*.whl"))


def unpack(wheel: Path, site: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site, [name for name in archive.namelist() if not name.startswith(LEFT_OUT)])


def compiled(site: Path, standard: Path) -> None:
    """Bytecode beside every source of `site`, and the standard library as bytecode, both by the Python of the page."""
    run("node", HERE / "compile.mjs", site, standard)


def tar_of(site: Path) -> bytes:
    """All files, the same bytes each time."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(site.rglob("*")):
            if path.is_file():
                entry = tarfile.TarInfo(path.relative_to(site).as_posix())
                content = path.read_bytes()
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    return into.getvalue()


def bundled(source: Path, into: Path) -> None:
    options = ("--bundle", "--format=esm", "--minify", "--target=es2022", "--legal-comments=none")
    run(HERE / "node_modules/.bin/esbuild", source, *options, "--external:./pyodide.mjs", f"--outfile={into}")


def licences(site: Path) -> Iterator[str]:
    """Of all that the folder is copied from."""
    for path in sorted(site.glob("*.dist-info/**/*")):
        if path.is_file() and path.name.upper().startswith(("LICEN", "COPYING", "NOTICE")):
            yield f"=== {path.relative_to(site)}\n\n{path.read_text(encoding='utf-8', errors='replace')}"
    for path in sorted((HERE / "node_modules").glob("**/LICENSE*")):
        if "esbuild" not in path.parts:
            yield f"=== npm: {path.parent.relative_to(HERE / 'node_modules')}\n\n{path.read_text(encoding='utf-8')}"
    pyodide = json.loads((PYODIDE / "package.json").read_text(encoding="utf-8"))
    yield f"=== npm: pyodide {pyodide['version']}\n\n{pyodide['license']}: {pyodide['homepage']}\n"
    yield f"=== dagre, in reports\n\n{(layout() or '').partition('*/')[0]}"


def published(made: Path, folder: Path) -> None:
    """Puts the files under a name that changes with what is in them, and beside them the page and what serves it
    offline."""
    digest = hashlib.sha256()
    names = sorted(path.name for path in made.iterdir())
    for name in names:
        digest.update(name.encode() + b"\0" + (made / name).read_bytes())
    digest.update((HERE / "page/index.html").read_bytes() + (HERE / "page/offline.js").read_bytes())
    home = f"v-{digest.hexdigest()[:16]}"
    for older in folder.glob("v-????????????????"):
        shutil.rmtree(older)
    shutil.copytree(made, folder / home)
    index = (HERE / "page/index.html").read_text(encoding="utf-8")
    filled = {"@HOME@": home, "@POLICY@": policy(), "@PROFILES@": profiles()}
    offline = (HERE / "page/offline.js").read_text(encoding="utf-8")
    listed = json.dumps(["./", *(f"{home}/{name}" for name in names)])
    for mark, value in filled.items():
        index = index.replace(mark, value)
    (folder / "index.html").write_text(index, encoding="utf-8")
    (folder / "offline.js").write_text(offline.replace("'@HOME@'", f"'{home}'").replace("['@FILES@']", listed))


def policy() -> str:
    """The Content-Security-Policy of the page, of its worker, and of the reports in it: files of this host and nothing
    else; and of what stands in a report, its own script and style, which are known by their hashes."""
    library = layout()
    if library is None:
        raise SystemExit("playground: `make web-assets` comes first")
    scripts = " ".join((hashed(own("page.js")), hashed(library)))
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'wasm-unsafe-eval' {scripts}",
            f"style-src 'self' {hashed(own('page.css'))}",
            "img-src data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "frame-src blob:",
            "base-uri 'none'",
            "form-action 'none'",
            "require-trusted-types-for 'script'",
            "trusted-types playground",
        )
    )


def profiles() -> str:
    return "".join(f"<option>{text(name)}</option>" for name in sorted(PROFILES))


def run(*command: str | Path) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        name = Path(command[0]).name
        raise SystemExit(f"playground: {name} failed\n{done.stdout}{done.stderr}".rstrip())


if __name__ == "__main__":
    build(Path(sys.argv[1]))
