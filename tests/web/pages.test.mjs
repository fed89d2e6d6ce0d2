// Opens the reports that `python -m tests.web.reports` wrote in Chromium, and walks them. A request, a violation of the
// page's own policy, an error or a dialog fails any test.
import assert from 'node:assert/strict'
import {readFileSync, readdirSync} from 'node:fs'
import {join} from 'node:path'
import {after, before, test} from 'node:test'
import {pathToFileURL} from 'node:url'
import axe from 'axe-core'
import {chromium} from 'playwright-core'

const folder = process.env.REPORTS
const shots = process.env.SCREENSHOTS
const names = readdirSync(folder).filter((name) => name.endsWith('.html')).map((name) => name.slice(0, -5)).sort()
const hostile = JSON.parse(readFileSync(join(folder, 'hostile.json'), 'utf8'))
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
]
// In these stands every colour there is.
const DARK = /^(check-claim|diff-cilium|gate-violated|hostile-gate|explain-denied|lint|coverage-(calico|below)|failed)/
let browser
before(async () => {
  browser = await chromium.launch({executablePath: process.env.CHROMIUM, args: FLAGS})
})
after(() => browser.close())

// A page in a context of its own, and what went wrong in it.
const opened = async (name, options = {}) => {
  const context = await browser.newContext({viewport: {width: 1200, height: 900}, offline: true, ...options})
  const page = await context.newPage()
  const wrong = []
  const url = pathToFileURL(join(folder, `${name}.html`)).href
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && wrong.push(message.text()))
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('dialog', (dialog) => { wrong.push(`dialog: ${dialog.message()}`); dialog.dismiss() })
  page.on('request', (request) => request.url() !== url && wrong.push(`request: ${request.url()}`))
  if (options.javaScriptEnabled !== false) {
    await page.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) => console.error(`policy: ${event.violatedDirective}`))
    })
  }
  await page.goto(url)
  return {page, close: async () => { await context.close(); assert.deepEqual(wrong, [], name) }}
}
const drawn = (page) => page.locator('#picture svg')

test('there are reports of every command', () => {
  for (const command of ['check', 'diff', 'gate', 'map', 'explain', 'lint', 'coverage', 'hostile', 'many', 'failed']) {
    assert.ok(names.some((name) => name.startsWith(command)), command)
  }
})

for (const name of names) {
  test(`${name}: opens, draws and can be walked`, async () => {
    const {page, close} = await opened(name)
    assert.notEqual(await page.locator('h1').innerText(), '')
    for (const link of await page.locator('nav a').all()) await link.click()
    const scripts = await page.locator('script').count()
    const has = await page.locator('#picture').count()
    assert.equal(scripts, has ? 3 : 1)
    if (has) {
      await drawn(page).waitFor()
      const nodes = await drawn(page).locator('.node').count()
      assert.ok(nodes > 0)
      const boxes = await drawn(page).locator('.node').evaluateAll((all) => all.map((node) => {
        const {x, y, width, height} = node.getBBox()
        return Number.isFinite(x + y) && width > 10 && height > 10
      }))
      assert.ok(boxes.every(Boolean))
      await drawn(page).locator('.node').first().focus()
      await page.keyboard.press('Enter')
      assert.equal(await drawn(page).locator('[aria-pressed=true]').count(), 1)
      await page.keyboard.press('Escape')
      assert.equal(await drawn(page).locator('[aria-pressed=true]').count(), 0)
      for (const option of await page.getByLabel('Show').locator('option').all()) {
        await page.getByLabel('Show').selectOption(await option.getAttribute('value'))
        assert.ok(await drawn(page).locator('.node').count() > 0)
      }
    }
    await close()
  })

  if (/^hostile-map-[1-9]/.test(name)) continue // one of them is enough

  test(`${name}: axe finds nothing`, async () => {
    for (const colorScheme of DARK.test(name) ? ['light', 'dark'] : ['light']) {
      const {page, close} = await opened(name, {bypassCSP: true, colorScheme})
      for (const each of await page.locator('details').all()) await each.evaluate((node) => { node.open = true })
      await page.evaluate(axe.source)
      const found = await page.evaluate(() => axe.run({resultTypes: ['violations']}))
      const said = found.violations.map((each) => `${each.id}: ${each.nodes[0].html.slice(0, 200)} ${each.nodes[0].failureSummary}`)
      assert.deepEqual(said, [])
      await close()
    }
  })

  test(`${name}: says the same without scripts`, async () => {
    const {page, close} = await opened(name, {javaScriptEnabled: false})
    const bare = await page.locator('main').innerText()
    assert.ok(bare.length > 40)
    assert.equal(await page.locator('table button').count(), 0)
    if (await page.locator('#picture').count()) assert.match(bare, /A script draws the picture/)
    await page.emulateMedia({media: 'print'})
    assert.equal(await page.locator('nav').isVisible(), false)
    for (const each of await page.locator('details:not([open]) > :not(summary)').all()) {
      assert.ok((await each.evaluate((node) => node.getBoundingClientRect().height)) > 0, 'paper has no clicks')
    }
    await close()
  })
}

test('a hostile name stays text in the picture, too', async () => {
  for (const [count, name] of hostile.entries()) {
    const {page, close} = await opened(`hostile-map-${count}`)
    await drawn(page).waitFor()
    const said = await drawn(page).locator('.node title').allTextContents()
    if (count) assert.ok(said.some((text) => text.includes(name.slice(0, 3))), name)
    assert.equal(await page.locator('img, iframe, object, embed, base, form, link').count(), 0)
    assert.equal(await page.locator('svg *').evaluateAll((all) => all.filter((each) =>
      [...each.attributes].some(({name}) => name.startsWith('on') || name.includes('href'))).length), 0)
    await close()
  }
})

test('the policy of a page lets nothing in, even if a script wanted it', async () => {
  const {page} = await opened('check-claim')
  // In a task of its own: what a debugger evaluates may do more than a page.
  const tried = await page.evaluate(() => new Promise((done) => setTimeout(async () => {
    const found = []
    const attempt = async (name, act) => {
      try { await act(); found.push(name) } catch { /* refused */ }
    }
    await attempt('markup', () => { document.body.innerHTML = '<b>x</b>' })
    await attempt('fetch', () => fetch('data:text/plain,x'))
    await attempt('code', () => new Function('return 1')())
    const script = document.createElement('script')
    await attempt('script', () => { script.textContent = 'window.pwned = 1'; document.body.append(script) })
    if (window.pwned) found.push('ran')
    done(found)
  })))
  assert.deepEqual(tried, [])
  await page.context().close()
})

test('tables sort both ways and filter, and say how much is left', async () => {
  const {page, close} = await opened('map-wordpress-mysql')
  const table = page.locator('table.sortable').first()
  const column = async () =>
    (await table.locator('tbody tr:visible td:nth-child(2)').allInnerTexts()).map((text) => text.split('\n')[0])
  const sorted = (texts) => [...texts].sort(new Intl.Collator('en', {numeric: true}).compare)
  await table.getByRole('button', {name: 'to'}).click()
  const up = await column()
  assert.deepEqual(up, sorted(up))
  assert.equal(await table.locator('th[aria-sort=ascending]').count(), 1)
  await table.getByRole('button', {name: 'to'}).click()
  assert.deepEqual(await column(), up.reverse())
  assert.equal(await table.locator('th[aria-sort=descending]').count(), 1)
  await close()

  const large = await opened('map-admin-tiers')
  const rows = large.page.locator('table.sortable tbody tr:visible')
  const all = await rows.count()
  assert.ok(all >= 8)
  await large.page.getByLabel('Filter').first().fill((await rows.last().locator('td').nth(1).innerText()).split('\n')[0])
  const left = await rows.count()
  assert.ok(left > 0 && left < all)
  await large.page.getByLabel('Filter').first().fill('no such thing')
  assert.equal(await rows.count(), 0)
  await large.page.getByText(`0 of ${all} rows`).waitFor()
  await large.close()
})

test('a broken claim lights its way, and choosing it leaves only that', async () => {
  const {page, close} = await opened('check-claim')
  const lit = drawn(page).locator('.edge.lit')
  assert.ok(await lit.count() > 0)
  const strong = () => drawn(page).locator('.edge:not(.faint)').count()
  const before = await strong()
  await page.getByLabel('Light up').selectOption({index: 1})
  const claims = await page.getByLabel('Light up').locator('option').allTextContents()
  const only = claims.findIndex((text) => text.startsWith('only'))
  await page.getByLabel('Light up').selectOption({index: only})
  assert.equal(await strong(), await lit.count())
  assert.ok(await strong() < before)
  assert.match(await page.locator('.says').innerText(), /! TCP 5000/)
  assert.match(await page.locator('details.violated .guilty').last().innerText(), /port: 5000/)
  await close()
})

test('what nothing restricts can be hidden', async () => {
  const {page, close} = await opened('check-claim')
  const arrows = () => drawn(page).locator('.edge').count()
  const before = await arrows()
  await page.getByLabel('Hide what nothing restricts').check()
  assert.ok(await arrows() < before)
  await close()
})

test('opened and closed differ by sign, not by colour alone', async () => {
  const both = names.filter((name) => name.startsWith('diff-') || name.startsWith('gate-'))
  let opens = 0
  let closes = 0
  for (const name of both) {
    const {page, close} = await opened(name)
    if (await page.locator('#picture').count()) {
      for (const text of await drawn(page).locator('.label.opened text').allTextContents()) { assert.match(text, /^\+ /); opens++ }
      for (const text of await drawn(page).locator('.label.closed text').allTextContents()) { assert.match(text, /^\u2212 /); closes++ }
    }
    await close()
  }
  assert.ok(opens > 0 && closes > 0)
})

test('1,464 namespaces fold into kinds that can be seen', async () => {
  const {page, close} = await opened('many')
  await drawn(page).waitFor()
  assert.ok(await drawn(page).locator('.node').count() < 20)
  assert.match((await drawn(page).locator('.box').allTextContents()).join(), /each of 1459 namespaces/)
  await close()
})

test('arrow keys go from node to node, and zoom changes the size', async () => {
  const {page, close} = await opened('map-wordpress-mysql')
  await drawn(page).locator('.node[tabindex="0"]').focus()
  const first = await page.evaluate(() => document.activeElement.querySelector('title').textContent)
  await page.keyboard.press('ArrowRight')
  assert.notEqual(await page.evaluate(() => document.activeElement.querySelector('title').textContent), first)
  const width = () => drawn(page).evaluate((svg) => Number(svg.getAttribute('width')))
  const before = await width()
  await page.getByRole('button', {name: 'Larger'}).click()
  assert.ok(await width() > before)
  await close()
})

test('the picture fits into a page that becomes narrower or wider, unless somebody chose its size', async () => {
  const {page, close} = await opened('check-claim')
  const width = () => drawn(page).evaluate((svg) => Number(svg.getAttribute('width')))
  const resized = async (to) => {
    await page.setViewportSize({width: to, height: 900})
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
    return width()
  }
  const wide = await width()
  const narrow = await resized(500)
  assert.ok(narrow < wide && narrow > 200)
  assert.equal(await resized(1200), wide)
  await page.getByRole('button', {name: 'Smaller'}).click()
  const chosen = await width()
  assert.equal(await resized(700), chosen)
  await close()
})

if (shots) {
  test('screenshots for the documentation', async () => {
    for (const [name, clip] of [['check-claim', 'page'], ['check-claim', 'picture'], ['diff-helidon-and-or', 'page']]) {
      const {page, close} = await opened(name, {viewport: {width: 1000, height: 760}, deviceScaleFactor: 1})
      const path = join(shots, `${name}-${clip}.png`)
      if (clip === 'picture') await page.locator('#picture .canvas').screenshot({path})
      else await page.screenshot({path})
      await close()
    }
  })
}
