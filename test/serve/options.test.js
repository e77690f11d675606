'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const http = require('node:http')
const http2 = require('node:http2')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { core } = require('../../js/binding')
const { AppServer } = require('../../js/serve/app-server')
const { listen: listenAsToldTo } = require('../../js/serve/listening')
const { Log } = require('../../js/serve/log')
const { parse } = require('../../js/serve/settings')
const { interpreter } = require('../../js/setup/virtual-environment')
const { makeFolder, selfSigned, send, sendHTTP2, temporaryFolder } = require('../support')
const { apps, runToEnd, serve } = require('./support')

const program = path.join(__dirname, '..', '..', 'js', 'cli.js')

test('a server listens with the backlog of the settings', async () => {
  const server = new net.Server()
  const given = []
  server.listen = (options, listening) => {
    given.push(options)
    listening()
  }
  await listenAsToldTo(server, { host: '127.0.0.1', port: 1, uds: null, fd: null, backlog: 7 })
  await listenAsToldTo(server, { host: '', port: 1, uds: null, fd: null, backlog: 8 })
  assert.deepEqual(given, [{ host: '127.0.0.1', port: 1, backlog: 7 }, { port: 1, backlog: 8 }])
})

for (const more of [[], ['--workers', '2']]) {
  test(`an empty host is every address of the machine ${more.join(' ')}`, async (t) => {
    const { port } = await serve(t, 'answers_with_scope:app', ['--host', '', ...more])
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    const { client, server } = JSON.parse((await send({ port, headers })).body)
    // As Node names an address of IPv4 on a socket for both; it is a trusted proxy's all the same.
    assert.match(server[0], /^(::ffff:)?127\.0\.0\.1$/)
    assert.deepEqual([server[1], client[0]], [port, '203.0.113.9'])
  })
}

/** Opens a socket, at a path or a free port, and becomes the program of the other arguments with it as descriptor 3. */
const OPENER = `
import os, socket, sys
place = sys.argv[1]
listening = socket.socket(socket.AF_UNIX if place else socket.AF_INET)
listening.bind(place or ("127.0.0.1", 0))
listening.listen()
os.dup2(listening.fileno(), 3)
os.set_inheritable(3, True)
os.execv(sys.argv[2], sys.argv[2:])
`

/** Runs the command with a socket that listens as its descriptor 3. */
function serveInherited(t, place, args) {
  const command = [
    process.execPath,
    program,
    'serve',
    'answers_with_scope:app',
    '--app-dir',
    apps,
    '--fd',
    '3',
    ...args,
  ]
  const child = spawn(interpreter, ['-c', OPENER, place, ...command], { stdio: ['ignore', 'pipe', 'pipe'] })
  t.after(() => child.kill('SIGKILL'))
  const said = { text: '' }
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => (said.text += text))
  }
  const says = async (pattern) => {
    while (!pattern.test(said.text)) {
      assert.equal(child.exitCode, null, said.text)
      await Promise.race([once(child.stdout, 'data'), once(child.stderr, 'data'), once(child, 'exit')])
    }
    return pattern.exec(said.text)
  }
  return { child, says }
}

for (const more of [[], ['--workers', '2'], ['--reload']]) {
  test(`a socket that was inherited is listened on ${more.join(' ')}`, async (t) => {
    const { child, says } = serveInherited(t, '', more)
    const [, port] = await says(/Listening on http:\/\/127\.0\.0\.1:(\d+) /)
    assert.equal((await send({ port })).status, 200)
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [0, null])
  })
}

test('a Unix socket that was inherited is listened on', async (t) => {
  const file = path.join(temporaryFolder(t), 'socket')
  const { says } = serveInherited(t, file, [])
  // Node does not know its path.
  await says(
    process.env.PYTHON_NODE_HTTP === 'node' ? /Listening on the inherited socket / : /Listening on unix:\S+\/socket /,
  )
  const request = http.request({ socketPath: file, agent: false })
  request.end()
  const [response] = await once(request, 'response')
  assert.equal(response.resume().statusCode, 200)
})

test('a descriptor that is no socket is reported in one line', async (t) => {
  for (const number of ['0', '1000']) {
    const { code, stderr } = await runToEnd(t, ['serve', 'answers_with_scope:app', '--app-dir', apps, '--fd', number])
    assert.match(
      stderr,
      new RegExp(
        `^ERROR: {4}--fd: descriptor ${number} is not a socket to listen on \\(\\w+\\): pass a listening one\n$`,
      ),
    )
    assert.equal(code, 1)
  }
})

test('colours are on or off as configured', async (t) => {
  const { says } = await serve(t, 'answers_with_scope:app', ['--use-colors'], { env: { NO_COLOR: '1' } })
  await says(/\x1b\[32mINFO\x1b\[0m: {5}Listening/) // eslint-disable-line no-control-regex
  const plain = await serve(t, 'answers_with_scope:app', ['--no-use-colors'])
  assert.doesNotMatch(plain.output.stdout, /\x1b/) // eslint-disable-line no-control-regex
})

function certificate(t) {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'key.pem': key, 'cert.pem': cert })
  return ['--ssl-certfile', path.join(folder, 'cert.pem'), '--ssl-keyfile', path.join(folder, 'key.pem')]
}

/** The headers of an answer by HTTP/1, by HTTP/2, and of a WebSocket that is refused. */
async function headersOf(t, args) {
  const { port } = await serve(t, 'answers_with_scope:app', ['--http2', ...certificate(t), ...args])
  const secure = { rejectUnauthorized: false, agent: false }
  const { headers: old } = await send({ port, protocol: 'https:', ...secure })
  const session = http2.connect(`https://127.0.0.1:${port}`, secure)
  t.after(() => session.destroy())
  const { headers: now } = await sendHTTP2(session, { ':path': '/' })
  const socket = new WebSocket(`wss://127.0.0.1:${port}/deny`, secure)
  socket.on('error', () => {})
  const [, { headers: refused }] = await once(socket, 'unexpected-response')
  return [old, now, refused]
}

test('responses have Date and no Server, unless configured otherwise', async (t) => {
  for (const headers of await headersOf(t, [])) {
    assert.ok(!Number.isNaN(Date.parse(headers.date)))
    assert.equal(headers.server, undefined)
  }
  for (const headers of await headersOf(t, ['--no-date-header', '--server-header'])) {
    assert.equal(headers.date, undefined)
    assert.equal(headers.server, 'python-node')
  }
  for (const headers of await headersOf(t, ['--no-date-header'])) assert.equal(headers.date, undefined)
  for (const headers of await headersOf(t, ['--server-header', '--header', 'Server: front'])) {
    assert.equal(headers.server, 'front')
  }
})

test('the head of a request may have as many bytes as configured', async (t) => {
  const status = async (port, length) => (await send({ port, headers: { 'x-long': 'x'.repeat(length) } })).status
  const { port } = await serve(t, 'answers_with_scope:app')
  assert.deepEqual([await status(port, 15_000), await status(port, 20_000)], [200, 431])
  const wide = await serve(t, 'answers_with_scope:app', ['--h11-max-incomplete-event-size', '65536'])
  assert.deepEqual([await status(wide.port, 60_000), await status(wide.port, 70_000)], [200, 431])
  const narrow = await serve(t, 'answers_with_scope:app', ['--limit-header-size', '2048'])
  assert.deepEqual([await status(narrow.port, 1000), await status(narrow.port, 3000)], [200, 431])
})

test('the head of a request over HTTP/2 has the same limit', async (t) => {
  const { port } = await serve(t, 'answers_with_scope:app', [
    '--http2',
    ...certificate(t),
    '--limit-header-size',
    '4096',
  ])
  const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  const ask = (length) => sendHTTP2(session, { ':path': '/', 'x-long': 'x'.repeat(length) })
  assert.equal((await ask(3000)).headers[':status'], 200)
  await assert.rejects(ask(6000), { code: 'ERR_HTTP2_STREAM_ERROR' })
  assert.equal((await ask(3000)).headers[':status'], 200)
})

/** Opens a WebSocket to a server. */
async function open(t, port, options = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, options)
  t.after(() => socket.terminate())
  await once(socket, 'open')
  return socket
}

test('messages of WebSockets are compressed, unless configured otherwise', async (t) => {
  for (const [args, extensions] of [[[], 'permessage-deflate'], [['--ws-per-message-deflate', 'false'], '']]) {
    const { port } = await serve(t, 'echoes_messages:app', args)
    const socket = await open(t, port)
    assert.equal(socket.extensions, extensions)
    const text = 'again and '.repeat(10_000)
    socket.send(text)
    const [message] = await once(socket, 'message')
    assert.equal(message.toString(), text)
  }
})

test('a client that does not answer a ping is given up after the time of the command', async (t) => {
  const { port } = await serve(t, 'echoes_messages:app', ['--ws-ping-interval', '0.1', '--ws-ping-timeout', '0.1'])
  const socket = await open(t, port, { autoPong: false })
  // Of versions of `ws` that do not know the option.
  socket.pong = () => {}
  const [code] = await once(socket, 'close')
  assert.equal(code, 1006)
})

test('the options of WebSockets reach the handler', async (t) => {
  const args = ['answers_with_scope:app', '--app-dir', apps, '--port', '0', '--ws-max-queue', '7', '--ws-max-size', '9']
  const settings = parse([...args, '--ws-ping-interval', '0.5', '--ws-ping-timeout', '1.5'], {})
  const server = new AppServer(settings, new Log({ ...settings, logLevel: 'critical' }))
  await server.start()
  t.after(() => server.stop())
  const { wsQueue, wsMaxPayload, wsPingInterval, wsPingTimeout, perMessageDeflate } =
    server.handler[core.symbols.application].options
  assert.deepEqual({ wsQueue, wsMaxPayload, wsPingInterval, wsPingTimeout, perMessageDeflate }, {
    wsQueue: 7,
    wsMaxPayload: 9,
    wsPingInterval: 500,
    wsPingTimeout: 1500,
    perMessageDeflate: true,
  })
})

test('how many requests a server answers is drawn from the jitter', async (t) => {
  const args = ['--limit-max-requests', '3', '--limit-max-requests-jitter', '2']
  const { port, ended } = await serve(t, 'answers_with_scope:app', args)
  let answered = 0
  const gone = ended.then(() => true)
  while (true) {
    const isGone = await Promise.race([gone, send({ port, agent: false }).then(() => false, () => true)])
    if (isGone) break
    answered++
  }
  const { stdout, code } = await ended
  assert.equal(code, 0)
  const count = Number(/Closing after (\d+) requests/.exec(stdout)[1])
  assert.ok(count >= 3 && count <= 5, stdout)
  assert.ok(answered >= count, `${answered} of ${count}`)
})

test('requests see nothing that start-up or another request has set in its context', async (t) => {
  const { port } = await serve(t, 'sets_context:app', ['--lifespan', 'on'])
  for (let i = 0; i < 2; i++) assert.deepEqual(JSON.parse((await send({ port })).body), ['at import', null])
})
