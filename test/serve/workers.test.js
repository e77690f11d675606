'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const path = require('node:path')
const { test } = require('node:test')
const { WebSocket } = require('ws')
const { listen, makeFolder, selfSigned, send, sendHTTP2, temporaryFolder, until } = require('../support')
const { apps, begin, close, run, runToEnd, serve } = require('./support')

const APP = 'tells_its_process:app'
const QUIET = ['--no-access-log']

const startWorkers = (t, args = [], options = {}) => serve(t, APP, ['--workers', '2', ...QUIET, ...args], options)

/** The process that answers a request, and how its connection goes on: one of its own, if no agent is given. */
async function ask(port, options) {
  const { status, headers, body } = await send({ port, path: '/', agent: false, ...options })
  assert.equal(status, 200)
  return { pid: JSON.parse(body).pid, connection: headers.connection }
}

/** An agent that keeps connections, until the end of the test. */
function agentOf(t, options) {
  const agent = new http.Agent({ keepAlive: true, ...options })
  t.after(() => agent.destroy())
  return agent
}

/** The processes that answer, in the order of their first answers, once there are that many. */
async function pidsOf(port, count, options) {
  const pids = new Set()
  await until(async () => pids.add((await ask(port, options)).pid).size === count, `${count} workers answer`)
  return [...pids]
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    if (error.code === 'ESRCH') return false
    throw error
  }
}

/** Matches if the text appears that many times. */
const times = (count, text) => new RegExp(`(?:${text}[^]*){${count}}`)

test('their number comes from WEB_CONCURRENCY too', async (t) => {
  const { port, says } = await serve(t, APP, QUIET, { env: { WEB_CONCURRENCY: '3' } })
  await says(/in 3 workers/)
  assert.equal((await pidsOf(port, 3)).length, 3)
})

test('SIGHUP replaces the workers, and no request of clients that keep their connections fails', async (t) => {
  const { child, port, says } = await startWorkers(t)
  const agent = agentOf(t, { maxSockets: 8 })
  const pids = new Set()
  let isOver = false
  let count = 0
  const client = async () => {
    while (!isOver) {
      pids.add((await ask(port, { agent, path: '/after/0.002' })).pid)
      count++
    }
  }
  const clients = Promise.all(Array.from({ length: 8 }, client))
  const before = await pidsOf(port, 2)
  for (const round of [1, 2]) {
    child.kill('SIGHUP')
    await Promise.race([clients, says(times(round, 'All workers are replaced'))])
  }
  const after = await pidsOf(port, 2)
  isOver = true
  await clients
  // The kept connections are not shared out evenly: each worker may have none of them.
  assert.ok(pids.size > 2 && count > pids.size)
  for (const pid of before) assert.ok(!after.includes(pid) && !isAlive(pid))
})

test('an idle connection gets one more answer, with the word that it ends', async (t) => {
  const { child, port, says } = await startWorkers(t)
  const agent = agentOf(t, { maxSockets: 1 })
  const { pid } = await ask(port, { agent })
  child.kill('SIGHUP')
  await until(async () => {
    const answer = await ask(port, { agent })
    assert.equal(answer.pid, pid)
    return answer.connection === 'close'
  }, 'the connection ends')
  await says(/All workers are replaced/)
  assert.notEqual((await ask(port, { agent })).pid, pid)
})

test('a request that takes longer is answered by the worker that is replaced', async (t) => {
  const { child, port, says } = await startWorkers(t)
  const slow = begin(port, { method: 'GET', path: '/stream' })
  const response = await slow.response
  slow.request.end()
  const answer = ask(port, { path: '/after/1' })
  child.kill('SIGHUP')
  const { pid } = await answer
  response.destroy()
  await says(/All workers are replaced/)
  assert.ok(!isAlive(pid))
})

test('a worker that dies is replaced, and its exit is reported', async (t) => {
  const { port, says } = await startWorkers(t)
  const [first, second] = await pidsOf(port, 2)
  process.kill(first, 'SIGKILL')
  await says(new RegExp(`Worker [12] \\(pid ${first}\\) was ended by SIGKILL; another one starts\n`))
  await assert.rejects(ask(port, { path: '/crash/3' }), { code: 'ECONNRESET' })
  await says(/Worker [12] \(pid \d+\) ended with exit code 3; another one starts/)
  const pids = new Set([first, second])
  await until(async () => pids.add((await ask(port)).pid).size === 4, 'two other workers answer')
})

test('connections wait while there is no worker, and the port stays', async (t) => {
  const { port } = await startWorkers(t)
  const pids = await pidsOf(port, 2)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await until(() => !pids.some(isAlive), 'the workers have ended')
  assert.ok(!pids.includes((await ask(port)).pid))
})

test('a worker that dies soon after its start again and again is replaced ever later', async (t) => {
  const { port, output, says } = await serve(t, APP, ['--workers', '2', ...QUIET])
  for (let death = 1; death <= 6; death++) {
    // Both have started again: killing a worker that still starts would have another message.
    await pidsOf(port, 2)
    await assert.rejects(ask(port, { path: '/crash/5' }), { code: 'ECONNRESET' })
    await says(times(death, 'exit code 5'))
  }
  const deaths = [...output.stderr.matchAll(/Worker ([12]) .*; another one starts(?: in ([\d.]+) s)?/g)]
  const delays = ['1', '2'].map((worker) => {
    return deaths.filter(([, number]) => number === worker).map(([, , delay]) => Number(delay ?? 0))
  })
  for (const seconds of delays) assert.deepEqual(seconds, [0, 0.1, 0.2, 0.4, 0.8, 1.6].slice(0, seconds.length))
  // The system shares the connections out: one of the two has died three times at least.
  assert.ok(Math.max(...delays.map(({ length }) => length)) >= 3)
})

test('an app that cannot be imported ends the command, with its traceback once', async (t) => {
  const args = ['serve', 'raises_on_import:app', '--app-dir', apps, '--port', '0', '--workers', '3']
  const { code, stdout, stderr } = await runToEnd(t, args)
  assert.equal(code, 1)
  assert.equal(stderr.match(/Traceback/g).length, 1)
  assert.match(stderr, /^ERROR: {4}Traceback [^]*\nRuntimeError: the configuration is missing\n/)
  assert.match(stderr, /\nERROR: {4}Application startup failed\. Exiting\.\n$/)
  assert.doesNotMatch(stdout, /Listening/)
})

test('an app that exits during startup ends the command, and the exit is reported', async (t) => {
  const folder = makeFolder(t, { 'main.py': 'import os\nos._exit(9)\n' })
  const { code, stderr } = await runToEnd(t, ['serve', '--app-dir', folder, '--port', '0', '--workers', '2'])
  assert.equal(code, 1)
  assert.match(stderr, /^ERROR: {4}Worker [12] \(pid \d+\) ended with exit code 9 before it was ready\n$/)
})

test('a new worker that does not start leaves the old ones serving', async (t) => {
  const folder = temporaryFolder(t)
  const file = path.join(folder, 'main.py')
  fs.copyFileSync(path.join(apps, 'tells_its_process.py'), file)
  const args = ['--app-dir', folder, '--workers', '2', ...QUIET]
  const { child, output, port, says } = await serve(t, 'main:app', args)
  const before = await pidsOf(port, 2)
  fs.writeFileSync(file, 'raise LookupError("moved away")\n')
  child.kill('SIGHUP')
  await says(/so the old ones go on: fix the app, then send SIGHUP again/)
  assert.match(output.stderr, /LookupError: moved away/)
  assert.deepEqual((await pidsOf(port, 2)).sort(), before.sort())
})

test('a worker that has answered as many requests as it should is replaced, and no request fails', async (t) => {
  const { port } = await startWorkers(t, ['--limit-max-requests', '20'])
  const agent = agentOf(t, { maxSockets: 4 })
  const pids = new Set()
  await until(async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => ask(port, { agent })))
    for (const { pid } of answers) pids.add(pid)
    return pids.size >= 6
  }, 'six workers have answered')
})

test('a worker that is asked to end by itself is replaced', async (t) => {
  const { port } = await startWorkers(t)
  const [pid] = await pidsOf(port, 2)
  process.kill(pid, 'SIGTERM')
  await until(async () => {
    await ask(port)
    return !isAlive(pid)
  }, 'the worker has ended')
  assert.equal((await pidsOf(port, 2)).includes(pid), false)
})

for (const signal of ['SIGTERM', 'SIGINT']) {
  test(`${signal} lets requests end, and then the command`, async (t) => {
    const server = await startWorkers(t)
    const agent = agentOf(t)
    const answer = ask(server.port, { agent, path: '/after/0.5' })
    const pids = await pidsOf(server.port, 2)
    await close(server, signal)
    assert.equal((await answer).connection, 'close')
    const { code } = await server.ended
    assert.equal(code, 0)
    for (const pid of pids) assert.ok(!isAlive(pid))
  })
}

test('a request that does not end is cut off when its time is over', async (t) => {
  const { child, ended, port } = await startWorkers(t, ['--timeout-graceful-shutdown', '0.5'])
  const { request, response } = begin(port, { method: 'GET', path: '/stream' })
  request.end()
  const body = await response
  const cut = once(body, 'error')
  body.resume()
  child.kill('SIGTERM')
  await cut
  assert.equal((await ended).code, 0)
})

test('an app that keeps Python busy is killed after its timeout, and that is reported', async (t) => {
  const args = ['--workers', '2', '--timeout-graceful-shutdown', '0.5', ...QUIET]
  const { child, ended, port, says } = await serve(t, 'keeps_python_busy:app', args)
  const { request, response } = begin(port, { method: 'GET' })
  response.catch(() => {})
  request.on('error', () => {})
  request.end()
  await says(/^busy$/m)
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal(code, 0)
  assert.match(stderr, /Worker [12] \(pid \d+\) did not end in time and was killed/)
})

test('Ctrl-C again ends it at once', async (t) => {
  const { child, ended, port, says } = await startWorkers(t)
  const { request, response } = begin(port, { method: 'GET', path: '/stream' })
  request.end()
  const body = await response
  body.on('error', () => {}).resume()
  child.kill('SIGINT')
  await says(/Press Ctrl-C again/)
  const timer = setInterval(() => child.kill('SIGINT'), 50)
  const { code } = await ended.finally(() => clearInterval(timer))
  // The workers have ended too: their output is the same.
  assert.equal(code, 130)
})

test('it ends while its workers start', async (t) => {
  const args = ['serve', 'never_starts:app', '--app-dir', apps, '--port', '0', '--workers', '2', '--log-level', 'debug']
  const { child, ended, says } = run(t, args)
  await says(/Starting 2 workers/)
  child.kill('SIGTERM')
  const { code, stdout } = await ended
  assert.equal(code, 0)
  assert.doesNotMatch(stdout, /Listening/)
})

test('workers end when the process that has started them is killed', async (t) => {
  const { child, ended } = await startWorkers(t)
  child.kill('SIGKILL')
  // Their output is the same: it closes when all of them have ended.
  assert.equal((await ended).signal, 'SIGKILL')
})

// While Python computes on the JavaScript thread, a worker receives no messages.
const blocked = process.env.PYTHON_NODE_THREAD === 'node'

test('they end also when Python is busy in them', { skip: blocked }, async (t) => {
  const { child, ended, port, says } = await serve(t, 'keeps_python_busy:app', ['--workers', '2', ...QUIET])
  const { request, response } = begin(port, { method: 'GET' })
  response.catch(() => {})
  request.on('error', () => {})
  request.end()
  await says(/^busy$/m)
  child.kill('SIGKILL')
  assert.equal((await ended).signal, 'SIGKILL')
})

test('a failed shutdown is reported, and the command exits with 0', async (t) => {
  const text = `
async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.failed", "message": "cannot save"})
`
  const folder = makeFolder(t, { 'main.py': text })
  const { child, ended } = await serve(t, 'main:app', ['--app-dir', folder, '--workers', '2'])
  child.kill('SIGTERM')
  const { code, stderr } = await ended
  assert.equal(code, 0)
  assert.match(stderr, /cannot save/)
  assert.doesNotMatch(stderr, /^ +at /m)
})

test('a port in use is reported once, before any worker starts', async (t) => {
  const port = await listen(t, http.createServer())
  const args = ['serve', APP, '--app-dir', apps, '--port', String(port), '--workers', '2']
  const { code, stderr } = await runToEnd(t, args)
  assert.equal(code, 1)
  assert.equal(stderr.trimEnd().split('\n').length, 1)
  assert.match(stderr, new RegExp(`Port ${port} on 127\\.0\\.0\\.1 is in use`))
})

test('an open WebSocket is closed with a restart code when its worker is replaced', async (t) => {
  const { child, port, says } = await startWorkers(t)
  const socket = new WebSocket(`ws://127.0.0.1:${port}`)
  t.after(() => socket.terminate())
  const [pid] = await once(socket, 'message')
  child.kill('SIGHUP')
  const [code] = await once(socket, 'close')
  assert.equal(code, 1012)
  await says(/All workers are replaced/)
  assert.ok(!isAlive(Number(pid)))
})

test('HTTP/2 streams end well when their worker is replaced, and the next session has another one', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'key.pem': key, 'cert.pem': cert })
  const files = ['--ssl-keyfile', path.join(folder, 'key.pem'), '--ssl-certfile', path.join(folder, 'cert.pem')]
  const { child, port, says } = await startWorkers(t, [...files, '--http2'])
  const open = () => {
    const session = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false })
    t.after(() => session.destroy())
    return session
  }
  const session = open()
  const pidOf = ({ body }) => JSON.parse(body).pid
  const first = pidOf(await sendHTTP2(session, { ':path': '/' }))
  const answer = sendHTTP2(session, { ':path': '/after/1' })
  child.kill('SIGHUP')
  await once(session, 'goaway')
  assert.equal(pidOf(await answer), first)
  await says(/All workers are replaced/)
  assert.notEqual(pidOf(await sendHTTP2(open(), { ':path': '/' })), first)
})

test('workers serve TLS, and a Unix socket', async (t) => {
  const { key, cert } = selfSigned()
  const folder = makeFolder(t, { 'key.pem': key, 'cert.pem': cert })
  const files = ['--ssl-keyfile', path.join(folder, 'key.pem'), '--ssl-certfile', path.join(folder, 'cert.pem')]
  const secure = await startWorkers(t, files)
  const options = { protocol: 'https:', rejectUnauthorized: false }
  const before = await pidsOf(secure.port, 2, options)
  secure.child.kill('SIGHUP')
  await secure.says(/All workers are replaced/)
  const after = await pidsOf(secure.port, 2, options)
  assert.ok(before.every((pid) => !after.includes(pid)))

  const socketPath = path.join(folder, 'socket')
  const { child, ended } = await startWorkers(t, ['--uds', socketPath])
  assert.equal((await pidsOf(undefined, 2, { socketPath })).length, 2)
  child.kill('SIGTERM')
  await ended
  assert.ok(!fs.existsSync(socketPath))
})
