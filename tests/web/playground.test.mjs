// Opens the playground in Chromium: loads, types, proves, compares, shares, goes offline. A request for anything but the
// files of the page, a violation of its policy, an error, a dialog or a cookie fails any test.
import assert from 'node:assert/strict'
import {readFileSync, readdirSync} from 'node:fs'
import {createServer} from 'node:http'
import {extname, join, normalize} from 'node:path'
import {after, before, test} from 'node:test'
import axe from 'axe-core'
import {chromium} from 'playwright-core'

const folder = process.env.PLAYGROUND
const shots = process.env.SCREENSHOTS
const examples = JSON.parse(readFileSync(join(process.env.REPORTS, 'examples.json'), 'utf8'))
const hostile = JSON.parse(readFileSync(join(process.env.REPORTS, 'hostile.json'), 'utf8'))
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]
// What any host would know without being told; what is packed is sent as it is.
const TYPES = {'.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json'}
const SLOW = 180_000 // a machine that does much else
const files = readdirSync(folder, {recursive: true, withFileTypes: true}).filter((each) => each.isFile())
  .map((each) => join(each.parentPath ?? each.path, each.name).slice(folder.length))
const sockets = new Set()
const server = createServer((request, response) => {
  const path = normalize(request.url).replace(/\/$/, '/index.html')
  if (!files.includes(path)) return response.writeHead(404).end()
  response.writeHead(200, {'content-type': TYPES[extname(path)] ?? 'application/octet-stream'})
  response.end(readFileSync(join(folder, path)))
}).on('connection', (socket) => { sockets.add(socket); socket.on('close', () => sockets.delete(socket)) })
let browser
let base
before(async () => {
  await new Promise((listens) => server.listen(0, '127.0.0.1', listens))
  base = `http://127.0.0.1:${server.address().port}/`
  browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: FLAGS})
})
after(async () => {
  await browser.close()
  sockets.forEach((socket) => socket.destroy())
  server.close()
})

const opened = async (fragment = '', options = {}) => {
  const context = await browser.newContext({viewport: {width: 1300, height: 900}, ...options})
  const page = await context.newPage()
  page.setDefaultTimeout(SLOW)
  const wrong = []
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && wrong.push(message.text()))
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss() })
  context.on('request', (request) => {
    const url = request.url()
    const own = url.startsWith(`blob:${base}`) || url.startsWith('data:image/svg+xml')
      || (url.startsWith(base) && files.includes(new URL(url).pathname.replace(/\/$/, '/index.html')))
    if (!own) wrong.push(`request: ${url.slice(0, 200)}`)
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
  })
  await page.goto(base + fragment)
  const done = async () => {
    assert.deepEqual(await context.cookies(), [])
    await context.close()
    assert.deepEqual(wrong, [])
  }
  return {page, context, done, wrong}
}
// A page that has answered before, for tests that need no visit of their own.
let common
const again = async () => {
  common ??= await opened()
  const {page, wrong} = common
  await asked(page, 0)
  await page.setViewportSize({width: 1300, height: 900})
  await answered(page)
  return {page, done: () => assert.deepEqual(wrong.splice(0), [])}
}
// The answer to what stands there now: a status that is final, and verdicts that are not stale.
const answered = async (page) => {
  await page.waitForFunction(() => !document.querySelector('#answer').classList.contains('stale')
    && !/^(Starting|Loading|Asking)/.test(document.querySelector('#status').textContent), undefined, {timeout: SLOW})
  return page.locator('#status').innerText()
}
const verdicts = (page) => page.locator('#verdicts .badge').allInnerTexts()
const area = (page, name) => page.locator(`#${name} .cm-content`)
const pasted = async (page, name, text) => {
  await area(page, name).focus()
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.press('Delete')
  if (text) await area(page, name).evaluate((node, said) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', said)
    node.dispatchEvent(new ClipboardEvent('paste', {clipboardData, bubbles: true, cancelable: true}))
  }, text)
}
const written = (page, name) => area(page, name).evaluate((node) => node.cmTile?.view?.state.doc.toString() ?? node.cmView.view.state.doc.toString())
const report = (page) => page.frameLocator('#report iframe:last-child')
const asked = (page, number) => page.locator('#example').selectOption(String(number))
const MONITORING = examples.findIndex(({title}) => /5000/.test(title))
const POLICY = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{podSelector: {matchLabels: {app: proxy}}}]
`
const CLAIM = 'only shop/app=proxy -> shop/app=web'

test('the folder is small, and names no host', () => {
  const sizes = files.map((file) => readFileSync(join(folder, file)).length)
  assert.ok(sizes.reduce((sum, size) => sum + size) < 20_000_000)
  for (const file of ['/index.html', '/offline.js']) assert.doesNotMatch(readFileSync(join(folder, file), 'utf8'), /https?:/)
})

test('the first visit ends with a verdict, a report and a picture', async () => {
  const {page, done} = await opened()
  await answered(page)
  assert.deepEqual((await verdicts(page)).map((word) => word.toLowerCase()), examples[0].verdicts)
  await report(page).locator('h1').waitFor()
  assert.equal(await report(page).locator('h1 .badge').innerText(), '✗ VIOLATED')
  await page.getByRole('button', {name: 'Picture'}).click()
  await report(page).locator('#picture svg .node').first().waitFor()
  assert.ok(await report(page).locator('#picture svg .edge.lit').count() > 0)
  await done()
})

test('every example is answered as it is natively, one after the other', async () => {
  const {page, done} = await again()
  for (const [number, {verdicts: expected, relation, mode}] of examples.entries()) {
    await asked(page, number)
    const words = await answered(page)
    const badges = (await verdicts(page)).filter((badge) => badge !== 'WARNING')
    if (mode === 'check') assert.deepEqual(badges.map((badge) => badge.toLowerCase()), expected)
    else assert.match(words, relation === 'wider' ? /opened, nothing is closed/ : / /)
  }
  done()
})

test('what is pasted is proved, and violated after one word is another', async () => {
  const {page, done} = await again()
  await pasted(page, 'text', POLICY)
  await pasted(page, 'claims', CLAIM)
  await answered(page)
  assert.deepEqual(await verdicts(page), ['PROVED'])
  assert.equal(await page.locator('#text .cm-lint-marker').count(), 0)
  await pasted(page, 'claims', CLAIM.replace('proxy', 'monitor'))
  assert.equal(await page.locator('#answer.stale').count(), 1, 'an answer to something else is not shown as one')
  await answered(page)
  assert.deepEqual(await verdicts(page), ['VIOLATED'])
  assert.ok(await page.locator('#text .cm-lint-marker').count() > 0)
  await page.locator('#verdicts button').click()
  const line = await page.locator('#text .cm-activeLine').innerText()
  assert.match(line, /from: .*proxy/)
  done()
})

test('without claims the starter set is asked, and comments are no claims', async () => {
  const {page, done} = await again()
  await pasted(page, 'claims', '# nothing')
  await answered(page)
  assert.equal((await verdicts(page)).length, 3)
  assert.match(await page.locator('#verdicts').innerText(), /default-deny/)
  done()
})

test('mistakes stand at their line and column, with what to write', async () => {
  const {page, done} = await again()
  await pasted(page, 'text', POLICY.replace('podSelector: {match', 'podSelecter: {match'))
  assert.match(await answered(page), /mistakes? in what you wrote/)
  assert.match(await page.locator('#verdicts').innerText(), /policies\.yaml:5:3\nunknown field `podSelecter` in `spec`\nhint: did you mean `podSelector`\?/)
  assert.ok(!(await verdicts(page)).includes('PROVED'))
  await page.locator('#verdicts button').first().click()
  assert.match(await page.locator('#text .cm-activeLine').innerText(), /podSelecter/)
  const marked = await page.locator('#text .cm-lintRange-error').first().innerText()
  assert.match(marked, /^podSelecter/)
  await pasted(page, 'text', POLICY)
  await pasted(page, 'claims', 'only shop/app=proxy => shop/app=web')
  await answered(page)
  assert.match(await page.locator('#verdicts').innerText(), /a property looks like/)
  done()
})

test('two versions are compared', async () => {
  const {page, done} = await again()
  await pasted(page, 'text', POLICY)
  await page.locator('#mode').selectOption('compare')
  await answered(page)
  assert.match(await page.locator('#status').innerText(), /Nothing changes/)
  await pasted(page, 'text', POLICY.replace('app: proxy}', '}'))
  assert.match(await answered(page), /Something is opened, nothing is closed/)
  assert.deepEqual([...new Set(await verdicts(page))], ['+ OPENED'])
  await report(page).locator('h1').waitFor()
  await pasted(page, 'before', '')
  assert.match(await answered(page), /closed/)
  done()
})

test('what is asked can be shared, and only in the part of the address that is sent to nobody', async () => {
  const {page, done} = await again()
  await pasted(page, 'text', POLICY)
  await pasted(page, 'claims', CLAIM)
  await page.locator('#universe').selectOption('inventory')
  await answered(page)
  await page.locator('#share').click()
  await page.waitForFunction(() => location.hash)
  const {hash, search, pathname} = await page.evaluate(() => ({...['hash', 'search', 'pathname'].reduce((all, key) => ({...all, [key]: location[key]}), {})}))
  assert.equal(search + pathname, '/')
  const first = await verdicts(page)
  done()

  const other = await opened(hash)
  await answered(other.page)
  assert.equal(await written(other.page, 'text'), POLICY)
  assert.equal(await written(other.page, 'claims'), CLAIM)
  assert.equal(await other.page.locator('#universe').inputValue(), 'inventory')
  assert.deepEqual(await verdicts(other.page), first)
  await other.done()
})

test('an address that somebody else made up is text, or nothing', async () => {
  const packed = async (page, value) => page.evaluate(async (said) => {
    const stream = new Blob([said]).stream().pipeThrough(new CompressionStream('deflate-raw'))
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
    let letters = ''
    for (const byte of bytes) letters += String.fromCharCode(byte)
    return `#1.${btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')}`
  }, value)
  const {page, done} = await opened('#1.%%%')
  await answered(page)
  assert.deepEqual((await verdicts(page)).map((word) => word.toLowerCase()), examples[0].verdicts)
  const far = JSON.stringify({mode: 'check', text: 'a'.repeat(3_000_000), claims: ''})
  for (const fragment of ['#', '#2.abc', await packed(page, '[1'), await packed(page, far)]) {
    await page.evaluate((hash) => { location.hash = hash }, fragment)
  }
  assert.equal(await written(page, 'text'), examples[0].text)
  const odd = {mode: '../x', text: ['a'], before: 1, claims: '--output=text=/tmp/x\n-p /etc/passwd', universe: '/etc/passwd', profile: '<b>'}
  await page.evaluate((hash) => { location.hash = hash }, await packed(page, JSON.stringify(odd)))
  await page.waitForFunction(() => document.querySelector('#answer').classList.contains('stale'))
  assert.match(await answered(page), /mistake/)
  assert.equal(await page.locator('#universe').inputValue(), '')
  assert.equal(await page.locator('#mode').inputValue(), 'check')
  assert.doesNotMatch(await page.locator('#verdicts').innerText(), /root:/)
  await done()
})

test('after the first visit it works without a network', async () => {
  const {page, context, done} = await opened()
  await answered(page)
  await page.evaluate(() => navigator.serviceWorker.ready)
  await page.waitForFunction(() => navigator.serviceWorker.controller)
  await context.setOffline(true)
  await page.reload()
  await answered(page)
  assert.deepEqual((await verdicts(page)).map((word) => word.toLowerCase()), examples[0].verdicts)
  await pasted(page, 'claims', 'never external -> shop/*')
  await answered(page)
  assert.deepEqual(await verdicts(page), ['PROVED'])
  await done()
})

test('hostile names stay text', async () => {
  const {page, done} = await again()
  for (const [place, name] of hostile.flatMap((name) => [['claim', name], ['manifest', name]])) {
    const said = JSON.stringify(name)
    await pasted(page, 'text', place === 'claim' ? POLICY : POLICY.replace('name: web', `name: ${said}`).replace('app: proxy', `${said}: ${said}`))
    await pasted(page, 'claims', place === 'claim' ? `never */${name} -> *` : CLAIM)
    await answered(page)
    assert.equal(await page.locator('main :is(img:not(.cm-widgetBuffer), object, embed, form, script, link, base)').count(), 0)
    await page.waitForFunction(() => document.querySelectorAll('#report iframe').length <= 1)
    assert.ok(!(await verdicts(page)).includes('PROVED') || place === 'manifest')
    assert.doesNotMatch(await page.locator('#verdicts').innerText(), /[\u202a-\u202e\u2066-\u2069\u200b\u001b]/)
  }
  done()
})

test('a report in the page may ask nobody for anything, and is nobody of this origin', async () => {
  const {page, context} = await opened()
  await answered(page)
  await report(page).locator('h1').waitFor()
  const frame = page.frames().findLast((each) => each.url().startsWith('blob:'))
  const found = await frame.evaluate(() => new Promise((done) => setTimeout(async () => {
    const able = []
    const attempt = async (name, act) => { try { await act(); able.push(name) } catch { /* refused */ } }
    await attempt('fetch', () => fetch('/'))
    await attempt('parent', () => parent.document.title)
    await attempt('storage', () => localStorage.length)
    await attempt('markup', () => { document.body.innerHTML = 'x' })
    done(able)
  })))
  assert.deepEqual(found, [])
  const [worker] = page.workers()
  const reached = await worker.evaluate(() => new Promise((done) => setTimeout(() => {
    addEventListener('securitypolicyviolation', (event) => done(`policy: ${event.violatedDirective}`))
    fetch('http://127.0.0.2:9/').then(() => done('reached'), () => setTimeout(done, 5000, 'tried'))
  })))
  assert.match(reached, /policy: connect-src/)
  await context.close() // with what its console says of this
})

test('a run that has become stale is ended, and the newest question is answered', async () => {
  const {page, done} = await opened()
  await answered(page)
  // The browser takes its time to end a worker that is busy.
  const ended = async (isEnded) => {
    for (let tries = 0; !isEnded() && tries < 100; tries++) await page.waitForTimeout(200)
    assert.ok(isEnded())
  }
  // Many times what a fast machine answers within the patience that a stale run gets.
  const many = Array.from({length: 6000}, (_, number) => POLICY.replace('namespace: shop', `namespace: shop-${number}`)
    .replace('app: proxy', `app: proxy-${number}`)).join('---\n')
  await pasted(page, 'text', many)
  await page.waitForFunction(() => document.querySelector('#status').textContent.startsWith('Asking'))
  await page.waitForTimeout(1500) // until what was pasted is asked: the page waits for more to come
  assert.ok(await page.locator('#answer.stale').count())
  const slow = page.workers()[0]
  await pasted(page, 'text', POLICY)
  await pasted(page, 'claims', CLAIM)
  await answered(page)
  assert.deepEqual(await verdicts(page), ['PROVED'])
  await ended(() => !page.workers().includes(slow))
  await pasted(page, 'text', many)
  await page.getByRole('button', {name: 'Stop'}).click()
  assert.match(await page.locator('#status').innerText(), /^Stopped: there is no answer/)
  assert.ok(await page.locator('#answer.stale').count())
  await ended(() => !page.workers().length)
  await done()
})

test('the keyboard gets everywhere, out of the editors too, and is offered words', async () => {
  const {page, done} = await again()
  await page.locator('.skip').focus()
  const reached = new Set()
  for (let count = 0; count < 25; count++) {
    await page.keyboard.press('Tab')
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.dataset?.part || document.activeElement.tagName))
  }
  for (const each of ['example', 'mode', 'universe', 'profile', 'share', 'text', 'claims', 'IFRAME']) assert.ok(reached.has(each), each)
  await pasted(page, 'claims', '')
  await page.keyboard.type('on')
  await page.locator('.cm-tooltip-autocomplete').waitFor()
  await page.waitForTimeout(300) // what has just shown up is not taken by a key that was meant for something else
  await page.keyboard.press('Enter')
  await page.keyboard.type('shop/app=w')
  await page.locator('.cm-tooltip-autocomplete').waitFor()
  assert.match(await page.locator('.cm-tooltip-autocomplete').innerText(), /shop\/app=web/)
  await page.waitForTimeout(300)
  await page.keyboard.press('Enter')
  assert.equal(await written(page, 'claims'), 'only shop/app=web')
  done()
})

test('axe finds nothing, whatever is shown, light and dark', async () => {
  for (const colorScheme of ['light', 'dark']) {
    const {page, context} = await opened('', {bypassCSP: true, colorScheme})
    const clean = async (what) => {
      await answered(page)
      await page.evaluate(axe.source)
      const found = await page.evaluate(() => axe.run({resultTypes: ['violations'], iframes: false}))
      assert.deepEqual(found.violations.map((each) => `${what}: ${each.id}: ${each.nodes[0].html.slice(0, 200)} ${each.nodes[0].failureSummary}`), [])
    }
    await clean('violated')
    await asked(page, MONITORING + 3)
    await clean('unknown')
    await asked(page, examples.findIndex(({mode}) => mode === 'compare'))
    await clean('compared')
    await page.locator('#mode').selectOption('check')
    await pasted(page, 'claims', '')
    await pasted(page, 'text', POLICY.replace('podSelector: {m', 'podSelecter: {m'))
    await clean('mistakes')
    await context.close()
  }
})

test('an answer to what is no longer there is not shown', async () => {
  const {page, done} = await again()
  for (let count = 0; count < 12; count++) {
    const claims = Array.from({length: 1 + count % 3}, (_, number) => `never external -> shop/app=a${number}`)
    await pasted(page, 'claims', claims.join('\n'))
    await page.waitForTimeout(40 * count) // some of these fall between an answer and the next question
    await pasted(page, 'claims', 'never external -> shop/app=last')
    await answered(page)
    assert.match(await page.locator('#verdicts').innerText(), /^[A-Z]+\s*never external -> shop\/app=last$/)
  }
  done()
})

test('a narrow window has all of it, below each other', async () => {
  const {page, done} = await again()
  await page.setViewportSize({width: 390, height: 800})
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth) <= 390)
  assert.ok(await page.locator('#report').evaluate((node) => node.getBoundingClientRect().height) > 300)
  done()
})

if (shots) {
  test('screenshots of the playground for the documentation', async () => {
    const {page, done} = await opened('', {viewport: {width: 1200, height: 760}, deviceScaleFactor: 1})
    await answered(page)
    await asked(page, MONITORING)
    await answered(page)
    await page.getByRole('button', {name: 'Picture'}).click()
    await report(page).locator('#picture svg .node').first().waitFor()
    await page.waitForTimeout(1500)
    await page.screenshot({path: join(shots, 'playground.png')})
    done()
  })
}
