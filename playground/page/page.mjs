// The page: editors and choices make a question, a worker answers it, and what it says is shown.
import {diagnostics, headline, lines} from './answers.mjs'
import {claims, manifests} from './editors.mjs'
import {runs} from './runs.mjs'
import {read, written} from './share.mjs'

const PAUSE = 250
const home = new URL('.', import.meta.url).href
const at = (id) => document.getElementById(id)
const trusted = trustedTypes.createPolicy('playground', {
  createScriptURL: (url) => url,
})

let timer = 0
const changed = () => {
  at('answer').classList.add('stale')
  at('report').toggleAttribute('inert', true)
  if (isStarted) say(isReady ? 'Asking…' : LOADING)
  running.drop()
  clearTimeout(timer)
  timer = setTimeout(ask, PAUSE)
}
const editors = {
  'policies.yaml': null,
  'before.yaml': manifests(at('before'), 'Manifests before the change, as YAML', () => changed()),
}
const text = manifests(at('text'), 'Manifests, as YAML', () => changed())
editors['policies.yaml'] = editors['after.yaml'] = text
const asked = claims(at('claims'), 'Claims, one to a line', () => text.view.state, () => changed())

const LOADING = 'Loading Python and Z3: once, some 15 MB…'
let isReady = false
let isStarted = false
const say = (words, kind = '') => {
  at('status').textContent = words
  at('status').className = kind
}

const question = () => ({
  mode: at('mode').value,
  text: text.text(),
  before: at('mode').value === 'compare' ? editors['before.yaml'].text() : '',
  claims: asked.text(),
  universe: at('universe').value,
  profile: at('profile').value,
})
const ask = () => {
  isStarted = true
  say(isReady ? 'Asking…' : LOADING)
  at('stop').hidden = !isReady
  running.ask(question())
}
const worker = () => {
  // A worker made from text has the policy of the page; one made from a file would have none.
  const source = URL.createObjectURL(new Blob([`import ${JSON.stringify(`${home}worker.js`)}`], {type: 'text/javascript'}))
  return new Worker(trusted.createScriptURL(source), {type: 'module'})
}
const running = runs({
  start: worker,
  ready: () => {
    isReady = true
    if (running.busy()) say('Asking…')
  },
  answered: (answer) => {
    const {text: words, kind} = headline(answer)
    show(answer)
    at('answer').classList.remove('stale')
    at('report').toggleAttribute('inert', false)
    at('stop').hidden = true
    say(words, kind)
    performance.mark('answered')
    keep()
  },
  failed: (why) => {
    show({data: null, page: null})
    at('stop').hidden = true
    say(`No answer: ${why}`, 'error')
  },
})

const show = (answer) => {
  const found = diagnostics(answer)
  editors['before.yaml'].told(found['before.yaml'] ?? [])
  text.told([...(found['policies.yaml'] ?? []), ...(found['after.yaml'] ?? [])])
  at('verdicts').replaceChildren(...lines(answer).map(line))
  frame(answer.page)
}
const line = ({badge, kind, text: words, at: where}) => {
  const item = document.createElement('li')
  const sign = document.createElement('span')
  sign.className = `badge ${kind}`
  sign.textContent = badge
  item.append(sign)
  const target = where?.line && editors[where.file]
  if (!target) item.append(words)
  else {
    const button = document.createElement('button')
    button.type = 'button'
    button.textContent = words
    button.title = `go to line ${where.line}`
    button.addEventListener('click', () => target.go(where.line, where.column))
    item.append(button)
  }
  return item
}
// A report shows up when it is there, in the place of the one before. It is in a frame that is of nobody's origin, with
// the policy of this page and its own.
let report = ''
let part = ''
const frame = (page) => {
  const gone = [...at('report').children]
  report = page ? URL.createObjectURL(new Blob([page], {type: 'text/html;charset=utf-8'})) : ''
  at('views').hidden = !page
  const clear = () => gone.forEach((each) => {
    URL.revokeObjectURL(each.src.replace(/#.*/, ''))
    each.remove()
  })
  if (!page) return clear()
  const next = document.createElement('iframe')
  next.title = 'The report'
  next.setAttribute('sandbox', 'allow-scripts')
  next.addEventListener('load', clear, {once: true})
  next.src = report + part
  at('report').append(next)
}
for (const button of document.querySelectorAll('#views button')) {
  button.addEventListener('click', () => {
    part = button.dataset.part
    document.querySelectorAll('#views button').forEach((each) => each.setAttribute('aria-pressed', String(each === button)))
    const shown = at('report').lastElementChild
    if (shown) shown.src = report + part
  })
}

const put = (given) => {
  at('mode').value = given.mode
  at('universe').value = given.universe ?? ''
  at('profile').value = given.profile ?? ''
  for (const name of ['universe', 'profile']) if (at(name).selectedIndex < 0) at(name).value = ''
  editors['before.yaml'].set(given.before)
  text.set(given.text)
  asked.set(given.claims)
  arrange()
  changed()
}
const arrange = () => {
  const compares = at('mode').value === 'compare'
  at('before-part').hidden = !compares
  at('claims-part').hidden = compares
  at('text-title').textContent = compares ? 'After' : 'Policies, and what else is there'
}

const offline = async () => {
  try {
    await navigator.serviceWorker?.register(trusted.createScriptURL(new URL('../offline.js', home).href), {scope: new URL('..', home).pathname})
  } catch (error) {
    console.info(`works online only: ${error.message}`)
  }
}
let isKept = false
const keep = () => {
  if (!isKept) offline()
  isKept = true
}

at('stop').addEventListener('click', () => {
  running.stop()
  isReady = false
  at('stop').hidden = true
  say('Stopped: there is no answer', 'unknown')
})
at('mode').addEventListener('change', () => {
  if (at('mode').value === 'compare' && !editors['before.yaml'].text()) editors['before.yaml'].set(text.text())
  arrange()
  changed()
})
for (const name of ['universe', 'profile']) at(name).addEventListener('change', changed)
at('choices').addEventListener('submit', (event) => event.preventDefault())
at('share').addEventListener('click', async () => {
  const fragment = await written(question())
  history.replaceState(null, '', fragment)
  let copied = true
  try {
    await navigator.clipboard.writeText(location.href)
  } catch {
    copied = false
  }
  at('share').textContent = copied ? 'Copied' : 'It is in the address bar'
  setTimeout(() => { at('share').textContent = 'Copy a link to this' }, 2500)
})

const begin = async () => {
  const examples = await (await fetch(`${home}examples.json`)).json()
  examples.forEach(({title}, number) => at('example').append(new Option(title, number)))
  at('example').addEventListener('change', () => { if (at('example').value) put(examples[at('example').value]) })
  const shared = await read(location.hash)
  if (!shared) at('example').value = '0'
  put(shared ?? examples[0])
  clearTimeout(timer)
  ask()
  addEventListener('hashchange', async () => {
    const other = await read(location.hash)
    if (other) put(other)
  })
}
begin()
