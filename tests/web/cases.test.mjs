// What is proved here is proved in the page: cases of the suite, in the Pyodide, Z3 and wheel that the playground is
// built of, against what `python -m tests.web.cases` had the package say natively.
import assert from 'node:assert/strict'
import {readFileSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {before, test} from 'node:test'
import {fileURLToPath, pathToFileURL} from 'node:url'
import {gunzipSync} from 'node:zlib'
import {SITE, unpack} from '../../playground/page/unpack.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(process.env.PLAYGROUND, readdirSync(process.env.PLAYGROUND).find((name) => name.startsWith('v-')))
const native = JSON.parse(readFileSync(join(process.env.REPORTS, 'cases.json'), 'utf8'))
let python
before(async () => {
  const pyodide = join(root, 'playground/node_modules/pyodide')
  const {loadPyodide} = await import(pathToFileURL(join(pyodide, 'pyodide.mjs')).href)
  python = await loadPyodide({indexURL: pyodide, stdLibURL: join(folder, 'stdlib.zip')})
  unpack(python.FS, new Uint8Array(gunzipSync(readFileSync(join(folder, 'python.tar.gz')))))
  python.FS.mkdirTree('/here/tests')
  python.FS.mount(python.FS.filesystems.NODEFS, {root: join(root, 'tests')}, '/here/tests')
  python.runPython('import sys\nsys.path.append("/here")\nsys.dont_write_bytecode = True')
})

test('the wheel of this checkout is what runs', () => {
  const source = python.FS.readFile(`${SITE}/verifier/semantics.py`, {encoding: 'utf8'})
  assert.equal(source, readFileSync(join(root, 'verifier/semantics.py'), 'utf8'))
  assert.equal(python.runPython('import verifier\nverifier.__file__'), `${SITE}/verifier/__init__.py`)
})

test('cases of the suite have the same verdicts, mistakes and warnings as natively', () => {
  const here = JSON.parse(python.runPython('import json\nfrom tests.web import cases\njson.dumps(cases.answers())'))
  const verdicts = native.filter(([, said]) => typeof said[0] === 'string')
  assert.ok(verdicts.length >= 700)
  assert.deepEqual(new Set(verdicts.map(([, said]) => said[0])), new Set(['proved', 'violated', 'unknown', 'vacuous']))
  assert.deepEqual(here, native)
})

test('a command line ends here as elsewhere, though there are no threads', () => {
  const code = python.runPython(`
from verifier.cli.main import main
sys.argv = ["netpol", "--version"]
try:
    main()
except SystemExit as end:
    code = end.code
code`)
  assert.equal(code, 0)
})
