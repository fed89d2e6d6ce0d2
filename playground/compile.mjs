// Compiles by the Python of the page: our own package gets bytecode beside its sources; of others in SITE, and of the
// standard library, which becomes ZIP, bytecode takes the place of the sources.
// node compile.mjs SITE ZIP
import {readFileSync, writeFileSync} from 'node:fs'
import {dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {loadPyodide} from 'pyodide'

const [site, zip] = process.argv.slice(2)
const home = join(dirname(fileURLToPath(import.meta.url)), 'node_modules/pyodide')
const python = await loadPyodide()
python.FS.mkdirTree('/site')
python.FS.mount(python.FS.filesystems.NODEFS, {root: site}, '/site')
python.FS.writeFile('/standard.zip', new Uint8Array(readFileSync(join(home, 'python_stdlib.zip'))))
python.runPython(`
import compileall, io, py_compile, zipfile
from pathlib import Path

UNCHECKED = py_compile.PycInvalidationMode.UNCHECKED_HASH
OWN = Path("/site/verifier")
for legacy, places in ((False, [OWN]), (True, [path for path in Path("/site").iterdir() if path != OWN])):
    for place in places:
        how = {"quiet": 1, "force": True, "legacy": legacy, "invalidation_mode": UNCHECKED}
        compile_one = compileall.compile_dir if place.is_dir() else compileall.compile_file
        if not compile_one(str(place), stripdir="/site", **how):
            raise SystemExit(f"{place} does not compile")
        for source in [*place.rglob("*.py"), *([place] if place.suffix == ".py" else [])] if legacy else ():
            source.unlink()

# What needs a terminal, a server or a window of its own, or tests and documents Python itself.
UNUSED = ("_pyrepl/", "doctest.", "ensurepip/", "ftplib.", "idlelib/", "imaplib.", "mailbox.", "pdb.", "poplib.", "pydoc.", "pydoc_data/",
          "smtplib.", "sqlite3/", "turtle", "unittest/", "venv/", "wsgiref/", "xmlrpc/")
with zipfile.ZipFile("/standard.zip") as old, zipfile.ZipFile("/compiled.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
    for name in sorted(old.namelist()):
        if name.endswith("/") or name.startswith(UNUSED):
            continue
        content = old.read(name)
        if name.endswith(".py"):
            Path("/one.py").write_bytes(content)
            py_compile.compile("/one.py", "/one.pyc", dfile=name, doraise=True, optimize=2, invalidation_mode=UNCHECKED)
            name, content = name + "c", Path("/one.pyc").read_bytes()
        new.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED, 9)
`)
writeFileSync(zip, python.FS.readFile('/compiled.zip'))
