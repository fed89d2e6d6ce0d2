// Python, Z3 and netpol, in a worker of their own. It is told where its files are; gets a question, gives an answer.
import {loadPyodide} from './pyodide.mjs'
import {SITE, unpack} from './unpack.mjs'

const home = new URL('.', import.meta.url).href

const file = async (name) => {
  const response = await fetch(home + name)
  if (!response.ok) throw new Error(`${name}: ${response.status}`)
  return response
}
const unzipped = (response) => response.body.pipeThrough(new DecompressionStream('gzip'))

const compile = async () => WebAssembly.compileStreaming(
  new Response(unzipped(await file('pyodide.asm.wasm.gz')), {headers: {'content-type': 'application/wasm'}}),
)

const boot = async (given) => {
  const packed = file('python.tar.gz').then((response) => new Response(unzipped(response)).arrayBuffer())
  const inside = file('inside.py').then((response) => response.text())
  const compiled = given ?? compile()
  // Pyodide would fetch and compile it anew, unpacked.
  const fetching = globalThis.fetch
  globalThis.fetch = (url, ...more) => String(url).endsWith('/pyodide.asm.wasm') ? Promise.resolve(new Response()) : fetching(url, ...more)
  WebAssembly.instantiateStreaming = async (_, imports) => {
    const module = await compiled
    return {module, instance: await WebAssembly.instantiate(module, imports)}
  }
  const python = await loadPyodide({
    indexURL: home,
    stdLibURL: `${home}stdlib.zip`,
    lockFileContents: '{"info": {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.2", "version": "314.0.7"}, "packages": {}}',
    packageBaseUrl: home,
    env: {HOME: '/home/pyodide', PYTHONHASHSEED: '0'},
  })
  if (!given) postMessage({compiled: await compiled})
  unpack(python.FS, new Uint8Array(await packed))
  python.FS.writeFile(`${SITE}/inside.py`, await inside)
  return python.runPython('import inside\ninside.answered')
}

let answered = null
onmessage = async ({data}) => {
  try {
    if ('question' in data) {
      postMessage({number: data.number, answer: JSON.parse(answered(JSON.stringify(data.question)))})
    } else {
      answered = await boot(data.compiled)
      postMessage({ready: true})
    }
  } catch (error) {
    postMessage({lost: `${error.name}: ${error.message.trim().split('\n').at(-1)}`})
  }
}
