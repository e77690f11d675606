'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder, send } = require('../support')
const { apps, begin, serve } = require('./support')

/** Matches if the text appears that many times. */
const times = (count, text) => new RegExp(`(?:${text}[^]*){${count}}`)

/** An app that answers with a text. */
const answering = (text, more = '') =>
  `${more}
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": ${text}.encode()})
`

/** Serves a folder with these files, and starts anew when one changes. */
async function start(t, files, args = [], target = 'main:app') {
  const folder = makeFolder(t, files)
  const server = await serve(t, target, ['--app-dir', folder, '--reload', '--no-access-log', ...args])
  const file = (name) => path.join(folder, name)
  return {
    ...server,
    folder,
    file,
    write: (name, text) => fs.writeFileSync(file(name), text),
    ready: (count) => server.says(times(count, 'Ready in \\d+ ms')),
    async get(options) {
      const { status, body } = await send({ port: server.port, path: '/', agent: false, ...options })
      return { status, text: body.toString() }
    },
  }
}

test('a saved file is served, and its name is logged', async (t) => {
  const { get, ready, says, write } = await start(t, { 'main.py': answering('"one"') })
  await ready(1)
  assert.deepEqual(await get(), { status: 200, text: 'one' })
  write('main.py', answering('"two"'))
  await says(/main\.py changed, restarting/)
  // It waits for the new worker.
  assert.deepEqual(await get(), { status: 200, text: 'two' })
  await ready(2)
})

test('requests during a restart are all answered', async (t) => {
  const { get, ready, write } = await start(t, { 'main.py': answering('"one"') })
  await ready(1)
  const texts = new Set()
  const clients = Array.from({ length: 4 }, async () => {
    let text
    do {
      const answer = await get()
      assert.equal(answer.status, 200)
      texts.add(text = answer.text)
    } while (text === 'one')
  })
  while (!texts.has('one')) await new Promise(setImmediate)
  write('main.py', answering('"two"'))
  await Promise.all(clients)
  assert.deepEqual([...texts], ['one', 'two'])
})

test('saves of the same length in the same second are all served', async (t) => {
  const { get, ready, write } = await start(t, { 'main.py': 'from part import app\n', 'part.py': answering('"a0"') })
  await ready(1)
  for (let save = 1; save <= 4; save++) {
    write('part.py', answering(`"a${save}"`))
    await ready(save + 1)
    assert.equal((await get()).text, `a${save}`)
  }
})

const BREAKS = [
  ['cannot be read', 'async def app(:\n', /SyntaxError/],
  ['raises when it is imported', 'raise LookupError("not here")\n', /Traceback[^]*LookupError: not here/],
  ['has no app', 'other = 1\n', /has no attribute 'app'/],
  [
    'fails to start',
    'async def app(scope, receive, send):\n    await receive()\n    raise OSError("no database")\n',
    /Traceback[^]*no database/,
  ],
]

for (const [title, text, pattern] of BREAKS) {
  test(`an app that ${title} is an error page, until it is fixed`, async (t) => {
    const args = ['--lifespan', 'on']
    const good = answering('"good"').replace('raise NotImplementedError', LIFESPAN)
    const { get, output, ready, says, write } = await start(t, { 'main.py': text }, args)
    await says(pattern)
    const first = await get()
    assert.equal(first.status, 500)
    assert.match(first.text, pattern)
    const page = await get({ headers: { accept: 'text/html' } })
    assert.match(page.text, /^<!doctype html>[^]*<h1>(The app did not start|\w+Error)<\/h1>/)
    // Where the place is known, with its line.
    if (title !== 'has no app') {
      assert.match(page.text, /<li class="here" value="[13]"><code>(async def app\(:| *raise )/)
    }
    write('main.py', good)
    await ready(1)
    assert.deepEqual(await get(), { status: 200, text: 'good' })
    write('main.py', text)
    await says(times(2, 'changed, restarting'))
    const second = await get()
    assert.equal(second.status, 500)
    assert.match(second.text, pattern)
    write('main.py', good)
    await ready(2)
    assert.deepEqual(await get(), { status: 200, text: 'good' })
    assert.equal(output.stderr.match(/^ERROR/gm).length, title === 'has no app' ? 2 : 4)
  })
}

const LIFESPAN = `
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return`

test('an app that ends its process during startup is shown as a page', async (t) => {
  const { get, ready, says, write } = await start(t, { 'main.py': 'import os\nos._exit(4)\n' })
  await says(/The app's process ended with exit code 4 while the app started/)
  const { status, text } = await get()
  assert.equal(status, 500)
  assert.match(text, /exit code 4/)
  write('main.py', answering('"good"'))
  await ready(1)
  assert.equal((await get()).text, 'good')
})

test('an app that ends its process later is started again', async (t) => {
  const { get, ready, says } = await start(t, {
    'main.py': fs.readFileSync(path.join(apps, 'tells_its_process.py'), 'utf8'),
  })
  await ready(1)
  await assert.rejects(get({ path: '/crash/7' }), { code: 'ECONNRESET' })
  await says(/The app's process ended with exit code 7; another one starts/)
  assert.equal((await get()).status, 200)
})

test('a file that is removed, made again and renamed is followed', async (t) => {
  const { file, get, ready, says, write } = await start(t, { 'main.py': answering('"one"') })
  await ready(1)
  fs.rmSync(file('main.py'))
  await says(/no module named 'main'/)
  assert.equal((await get()).status, 500)
  write('main.py', answering('"two"'))
  await ready(2)
  assert.equal((await get()).text, 'two')
  // As some editors save.
  write('.main.py.swp', answering('"three"'))
  fs.renameSync(file('.main.py.swp'), file('main.py'))
  await ready(3)
  assert.equal((await get()).text, 'three')
})

test('new folders are watched with their contents', async (t) => {
  const { file, folder, get, ready, write } = await start(t, { 'main.py': answering('"one"') })
  await ready(1)
  fs.mkdirSync(path.join(folder, 'inner', 'most'), { recursive: true })
  write('inner/most/part.py', 'TEXT = "two"\n')
  await ready(2)
  write('main.py', answering('TEXT', 'from inner.most.part import TEXT'))
  await ready(3)
  assert.equal((await get()).text, 'two')
  fs.appendFileSync(file('inner/most/part.py'), 'TEXT = "three"\n')
  await ready(4)
  assert.equal((await get()).text, 'three')
})

test('other files and folders count when they are named', async (t) => {
  const other = makeFolder(t, { 'words.txt': 'one', 'words.md': 'x' })
  const words = path.join(other, 'words.txt')
  const text = `open(${JSON.stringify(words)}).read()`
  const args = [
    '--reload-dir',
    other,
    '--reload-include',
    '*.txt',
    '--reload-include',
    '*.md',
    '--reload-exclude',
    '*.md',
  ]
  const { get, output, ready, says } = await start(t, { 'main.py': answering('TEXT', `TEXT = ${text}`) }, args)
  await ready(1)
  fs.writeFileSync(path.join(other, 'words.md'), 'y')
  fs.writeFileSync(words, 'two')
  await says(/words\.txt changed, restarting/)
  await ready(2)
  assert.equal((await get()).text, 'two')
  assert.doesNotMatch(output.stdout, /words\.md/)
})

test('an environment file that is watched gives its new values', async (t) => {
  const text = 'import os\nfrom pathlib import Path\nTEXT = os.environ.get("TEXT", "none") + os.environ.get("MORE", "")'
  const folder = makeFolder(t, { '.env': 'TEXT=one\nMORE=${TEXT}\n' })
  const envFile = path.join(folder, '.env')
  const args = ['--reload-dir', folder, '--reload-include', '.env', '--env-file', envFile]
  const { get, output, ready, says } = await start(t, { 'main.py': answering('TEXT', text) }, args)
  await ready(1)
  assert.equal((await get()).text, 'oneone')
  fs.writeFileSync(envFile, 'TEXT=two\n')
  await says(/\.env changed, restarting/)
  await ready(2)
  assert.equal((await get()).text, 'two')
  fs.writeFileSync(envFile, 'no such thing\n')
  await says(/ERROR: {4}--env-file: line 1 of .*\.env is not KEY=value/)
  await ready(3)
  assert.equal((await get()).text, 'two', 'what could not be read changes nothing')
  assert.equal(output.stderr.match(/env-file/g).length, 1)
})

test('open streams do not hold a restart up', async (t) => {
  const text = fs.readFileSync(path.join(apps, 'tells_its_process.py'), 'utf8')
  const { file, get, port, ready } = await start(t, { 'main.py': text })
  await ready(1)
  const { request, response } = begin(port, { method: 'GET', path: '/stream' })
  request.end()
  const body = await response
  const cut = once(body, 'error')
  body.resume()
  fs.appendFileSync(file('main.py'), '# changed\n')
  await ready(2)
  assert.equal((await get()).status, 200)
  await cut
})

test('it ends while an app starts that never does', async (t) => {
  const text = fs.readFileSync(path.join(apps, 'never_starts.py'), 'utf8')
  const { child, ended, says } = await start(t, { 'main.py': text })
  await says(/startup begins/)
  child.kill('SIGINT')
  assert.equal((await ended).code, 0)
})

test('a save replaces an app that does not come to an end of its start', async (t) => {
  const text = fs.readFileSync(path.join(apps, 'never_starts.py'), 'utf8')
  const { get, says, write } = await start(t, { 'main.py': text })
  await says(/startup begins/)
  const answer = get()
  write('main.py', answering('"mended"'))
  assert.equal((await answer).text, 'mended')
})

test('with --reload an exception of the app is a page for a browser, and its traceback for others', async (t) => {
  const app = answering('text').replace('    await', '    text = missing\n    await')
  const { get, ready } = await start(t, { 'main.py': app })
  await ready(1)
  const page = await get({ headers: { accept: 'text/html' } })
  assert.equal(page.status, 500)
  assert.match(page.text, /<h1>NameError<\/h1>[^]*<th>scope<\/th>/)
  assert.match((await get()).text, /^Traceback[^]*NameError: name 'missing' is not defined\n$/)
})
