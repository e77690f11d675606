'use strict'

const assert = require('node:assert/strict')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, test } = require('node:test')
const { Browser, chromium } = require('./browser')
const { describeBoth } = require('./clients')

// What NiceGUI stores goes here, and the pictures of the pages.
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nicegui-'))
process.once('exit', () => fs.rmSync(folder, { recursive: true }))
process.env.NICEGUI_STORAGE_PATH = path.join(folder, 'storage')

/** What was asked for, in an order that does not depend on what came first. */
function asked(page, url) {
  const requests = page.requests.filter((each) => each.url.startsWith(url))
  return requests.map((each) => `${each.method} ${each.url.slice(url.length)} ${each.status} ${each.mimeType}`).sort()
}

/** Uses the first page as a visitor, and returns its content. */
async function use(visitor, url, picture) {
  const page = await visitor.openPage(url)
  const seen = {}
  seen.ticks = await page.untilText('#ticks', '3 ticks')
  seen.before = await page.text('#pressed')
  await page.click('#press')
  seen.once = await page.untilText('#pressed', 'pressed 1 times')
  seen.notified = (await page.untilText('body', 'heard in Python')).includes('heard in Python')
  await page.click('#press')
  seen.twice = await page.untilText('#pressed', 'pressed 2 times')
  await page.click('input[aria-label=Name]')
  await page.type('Zoë 🐍')
  seen.hello = await page.untilText('#hello', 'Zoë')
  seen.forgotten = await page.text('#remembered')
  await page.click('.remember')
  seen.remembered = await page.untilText('#remembered', 'True')
  await page.screenshot(picture)
  seen.title = await page.evaluate('document.title')
  seen.api = await page.evaluate('fetch("/api/hello").then((response) => response.json())')
  await page.settled()
  seen.asked = asked(page, url)
  seen.sockets = page.sockets.map(({ url, status }) => `${new URL(url).pathname} ${status}`)
  seen.errors = page.errors
  return { page, seen }
}

const app = {
  target: 'nicegui_counter:fastapi_app',
  modules: ['nicegui'],
  skip: chromium === undefined && 'there is no chromium on PATH',
}

describeBoth(app, (urls) => {
  let browser
  const visitors = {}

  before(async () => {
    browser = await Browser.start()
    for (const name of Object.keys(urls)) visitors[name] = await browser.makeVisitor()
  })

  // Before the servers stop, which wait for its sockets.
  after(() => browser?.close())

  test('NiceGUI in Chromium: a button, a field, a timer and storage work alike over its WebSocket', async () => {
    const [expected, got] = await Promise.all(
      Object.entries(urls).map(([name, url]) => {
        return use(visitors[name], url, path.join(folder, `${name}.png`))
      }),
    )
    const { seen } = expected
    assert.deepEqual([seen.before, seen.once, seen.twice], ['not pressed', 'pressed 1 times', 'pressed 2 times'])
    assert.deepEqual([seen.ticks, seen.hello], ['3 ticks', 'Hello, Zoë 🐍!'])
    assert.deepEqual([seen.forgotten, seen.remembered], ['remembered: False', 'remembered: True'])
    assert.deepEqual(seen.api, { hello: 'from FastAPI' })
    assert.equal(seen.notified, true)
    assert.equal(seen.title, 'NiceGUI')
    // All goes over one WebSocket, and nothing by polling.
    assert.deepEqual(seen.sockets, ['/_nicegui_ws/socket.io/ 101'])
    assert.ok(seen.asked.every((each) => !each.includes('transport=polling')), `${seen.asked}`)
    assert.ok(seen.asked.length > 5, `${seen.asked}`)
    assert.deepEqual(seen.errors, [])
    assert.deepEqual(got.seen, seen)
    for (const { page } of [expected, got]) {
      const [socket] = page.sockets
      assert.ok(socket.sent > 3 && socket.received > 3, `${socket.sent} sent, ${socket.received} received`)
    }
  })

  test('NiceGUI in Chromium: a page asks the browser, and one that is opened again remembers', async () => {
    const seen = {}
    for (const [name, url] of Object.entries(urls)) {
      const page = await visitors[name].openPage(`${url}/other`)
      const answer = await page.untilText('#answer', 'says')
      await page.open(url)
      const remembered = await page.untilText('#remembered', 'remembered')
      await page.untilText('#ticks', '3 ticks')
      const pressed = await page.text('#pressed')
      seen[name] = { answer, remembered, pressed, errors: page.errors }
    }
    const { answer, remembered, pressed } = seen.uvicorn
    assert.deepEqual([answer, remembered, pressed], ['the browser says 42', 'remembered: True', 'not pressed'])
    assert.deepEqual(seen.node, seen.uvicorn)
  })
})
