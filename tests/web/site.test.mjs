// Opens the site that `make site` built in Chromium, from the disk and from a server: every page, and what people do on it. A
// request to anything but the site itself, a violation of a page's own policy or an error fails any test.
import assert from 'node:assert/strict'
import {readFileSync, readdirSync, statSync} from 'node:fs'
import {createServer} from 'node:http'
import {extname, join, relative, resolve} from 'node:path'
import {after, before, test} from 'node:test'
import {pathToFileURL} from 'node:url'
import axe from 'axe-core'
import {chromium} from 'playwright-core'

const site = resolve(process.env.SITE)
const version = process.env.SITE_VERSION || 'main'
const [, newest] = readFileSync(join(site, 'index.html'), 'utf8').match(/url=([^/]+)\//)
const KINDS = {'.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript', '.png': 'image/png'}
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]
const pages = readdirSync(join(site, version), {recursive: true})
  .filter((name) => name.endsWith('.html') && !name.startsWith('playground/')).sort()
let browser
let server
let places
before(async () => {
  browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: FLAGS})
  server = createServer((request, response) => {
    const path = join(site, decodeURIComponent(new URL(request.url, 'http://here').pathname))
    if (relative(site, path).startsWith('..') || !statSync(path, {throwIfNoEntry: false})?.isFile()) {
      response.writeHead(404).end()
    } else {
      response.writeHead(200, {'content-type': KINDS[extname(path)] || 'application/octet-stream'}).end(readFileSync(path))
    }
  })
  await new Promise((started) => server.listen(0, '127.0.0.1', started))
  places = {disk: pathToFileURL(`${site}/`).href, server: `http://127.0.0.1:${server.address().port}/`}
})
after(async () => {
  await browser.close()
  server.close()
})

// A page in a context of its own, and what went wrong in it.
const opened = async (where) => {
  const context = await browser.newContext({viewport: {width: 1200, height: 900}})
  const page = await context.newPage()
  const wrong = []
  // What Sphinx shows of a page below a result it fetches from there, which browsers refuse to files.
  const refused = (text) => where === 'disk' && /fetch at 'file:|net::ERR_FAILED|Failed to fetch/.test(text)
  const heard = (text) => refused(text) || wrong.push(text)
  page.on('console', (message) => message.type() === 'error' && !/favicon/.test(message.location().url) && heard(message.text()))
  page.on('pageerror', (error) => heard(`error: ${error.message}`))
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(places[where]) && !url.startsWith('data:')) wrong.push(`request: ${url}`)
  })
  await page.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`))
  })
  const go = (name) => page.goto(new URL(name, places[where]).href)
  return {page, go, close: async () => { await context.close(); assert.deepEqual(wrong, []) }}
}

for (const where of ['disk', 'server']) {
  test(`from the ${where}: the front leads to the documents, and these to other versions`, async () => {
    const {page, go, close} = await opened(where)
    await go('index.html')
    await page.waitForURL(`**/${newest}/index.html`)
    await page.locator('.sidebar-tree a', {hasText: 'other versions'}).click()
    assert.match(await page.locator('h1').innerText(), /versions/)
    await page.locator('li a').first().click()
    await page.locator('.sidebar-tree a', {hasText: 'Properties'}).first().click()
    assert.match(await page.locator('article h1').innerText(), /Properties/)
    await close()
  })

  test(`from the ${where}: what is searched is found`, async () => {
    for (const [word, found] of [['metadata', 'docs/properties'], ['near-miss', 'docs/lint/near-miss'], ['webhook', 'docs/admission']]) {
      const {page, go, close} = await opened(where)
      await go(`${version}/docs/map.html`)
      await page.locator('input.sidebar-search').fill(word)
      await page.keyboard.press('Enter')
      await page.locator(`#search-results a[href*="${found}"]`).first().waitFor({timeout: 20000})
      await close()
    }
  })
}

test('every page opens and asks nothing of another host', async () => {
  assert.ok(pages.length > 90, `${pages.length} pages`)
  const {page, go, close} = await opened('server')
  for (const name of pages) {
    await go(`${version}/${name}`)
    assert.notEqual(await page.title(), '', name)
  }
  await close()
})

test('what a page may load is what its own host has, and the browser sees to that', async () => {
  const {page, go, close} = await opened('server')
  await go(`${version}/index.html`)
  const stopped = await page.evaluate(async () => {
    const heard = []
    addEventListener('securitypolicyviolation', (event) => { event.stopImmediatePropagation(); heard.push(event.effectiveDirective) }, true)
    await fetch('http://127.0.0.1:9/').catch(() => {})
    document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))
    await new Promise((later) => setTimeout(later, 300))
    return heard.sort()
  })
  assert.deepEqual(stopped, ['connect-src', 'img-src'])
  await close().catch((error) => assert.match(String(error.message), /Content Security Policy|policy/))
})

// What is left to the theme, or is how the documents write tables; the rest is ours.
const LEFT = ['empty-table-header', 'landmark-unique', 'page-has-heading-one', 'scrollable-region-focusable']
for (const name of ['index.html', 'docs/properties.html', 'docs/lint/and-or.html', 'docs/decisions.html', 'search.html']) {
  test(`${name}: axe finds nothing to complain of but what is the theme's`, async () => {
    const {page, go, close} = await opened('server')
    await go(`${version}/${name}`)
    await page.evaluate(axe.source)
    const {violations} = await page.evaluate(() => window.axe.run(document))
    assert.deepEqual(violations.filter((each) => !LEFT.includes(each.id)).map((each) => `${each.id}: ${each.nodes.length} ${each.nodes[0].html.slice(0, 200)}`), [])
    await close()
  })
}
