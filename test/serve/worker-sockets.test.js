'use strict'

// How workers get their connections: each accepts on a socket that it has inherited.

const assert = require('node:assert/strict')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { makeFolder, send, temporaryFolder, until } = require('../support')
const { apps, runToEnd, serve, socketsOf } = require('./support')

const APP = 'tells_its_process:app'
const WAYS = ['node', 'native']
const skip = fs.existsSync('/proc/self/fd') ? false : 'the system does not tell what a process has open'

const start = (t, args, app = APP) => serve(t, app, ['--no-access-log', ...args])

/** The process that answers a request, on a connection of its own if no agent is given. */
async function ask(place, options) {
  const { status, body } = await send({ path: '/', agent: false, ...place, ...options })
  assert.equal(status, 200)
  return JSON.parse(body).pid
}

/** The processes that answer, once there are that many. */
async function pidsOf(place, count) {
  const pids = new Set()
  await until(async () => pids.add(await ask(place)).size === count, `${count} processes answer`)
  return [...pids]
}

/** Matches if the text appears that many times. */
const times = (count, text) => new RegExp(`(?:${text}[^]*){${count}}`)

/** The numbers of all sockets of TCP that listen or are connected. */
function connectionsOfAll() {
  const lines = ['tcp', 'tcp6'].flatMap((name) =>
    fs.readFileSync(`/proc/net/${name}`, 'utf8').trim().split('\n').slice(1)
  )
  return new Set(lines.map((line) => line.trim().split(/ +/)[9]))
}

/** Stops a process until SIGCONT or its end. */
async function stop(pid) {
  process.kill(pid, 'SIGSTOP')
  await until(() => /^\d+ \(.*\) T /.test(fs.readFileSync(`/proc/${pid}/stat`, 'utf8')), 'the process stops')
}

function isAlive(pid) {
  return fs.existsSync(`/proc/${pid}`)
}

/** Clients that send requests until they are stopped, half of them on one connection each. */
class Clients {
  #place
  #agent
  #isOver = false
  #all
  count = 0
  pids = new Set()
  failures = []

  constructor(t, place, count, path = '/') {
    this.#place = { ...place, path }
    this.#agent = new http.Agent({ keepAlive: true, maxSockets: count / 2 })
    t.after(() => this.#agent.destroy())
    this.#all = Promise.all(Array.from({ length: count }, (_, at) => this.#run(at % 2 === 0 ? this.#agent : false)))
  }

  end() {
    this.#isOver = true
    return this.#all
  }

  async #run(agent) {
    while (!this.#isOver) {
      try {
        this.pids.add(await ask(this.#place, { agent }))
        this.count++
      } catch (error) {
        this.failures.push(error)
      }
    }
  }
}

for (const way of WAYS) {
  test(`no request fails when SIGHUP replaces four workers twice, ${way}`, async (t) => {
    const { child, port, says } = await start(t, ['--workers', '4', '--http', way])
    const clients = new Clients(t, { port }, 16)
    for (const round of [1, 2]) {
      child.kill('SIGHUP')
      await says(times(round, 'All workers are replaced'))
    }
    await until(() => clients.count >= (way === 'native' ? 20_000 : 5_000), 'the clients are answered')
    await clients.end()
    assert.deepEqual(clients.failures, [])
    assert.ok(clients.pids.size >= 8, `${clients.pids.size} processes answered`)
  })

  test(`a worker that is killed fails only the requests that it has in flight, ${way}`, { skip }, async (t) => {
    const { port, says } = await start(t, ['--workers', '4', '--http', way])
    const pids = await pidsOf({ port }, 4)
    const clients = new Clients(t, { port }, 16, '/after/0.01')
    await until(() => clients.pids.size === 4, 'four processes answer')
    const [killed] = pids
    process.kill(killed, 'SIGKILL')
    await says(/was ended by SIGKILL; another one starts/)
    const before = clients.count
    await until(() => clients.pids.size === 5 && clients.count > before + 500, 'a fifth process answers')
    await clients.end()
    // Each client has one request at a time.
    assert.ok(clients.failures.length <= 16, `${clients.failures.length} failed`)
    for (const { code } of clients.failures) assert.equal(code, 'ECONNRESET')
  })

  test(`connections that wait for a worker that is killed are its successor's, ${way}`, { skip }, async (t) => {
    const { port } = await start(t, ['--workers', '2', '--http', way])
    const pids = await pidsOf({ port }, 2)
    for (const pid of pids) await stop(pid)
    const sockets = Array.from({ length: 16 }, () => net.connect(port, '127.0.0.1'))
    t.after(() => sockets.forEach((socket) => socket.destroy()))
    const answers = sockets.map((createdSocket) => ask({ port }, { createConnection: () => createdSocket }))
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const pid of pids) process.kill(pid, 'SIGKILL')
    for (const pid of await Promise.all(answers)) assert.ok(!pids.includes(pid))
  })

  test(`another worker accepts the connections of one that does not come back, ${way}`, async (t) => {
    const folder = temporaryFolder(t)
    const file = path.join(folder, 'main.py')
    const text = fs.readFileSync(path.join(apps, 'tells_its_process.py'), 'utf8')
    fs.writeFileSync(file, text)
    const args = ['--workers', '2', '--http', way, '--app-dir', folder]
    const { port, says } = await start(t, args, 'main:app')
    const [killed, left] = await pidsOf({ port }, 2)
    fs.writeFileSync(file, 'raise LookupError("moved away")\n')
    process.kill(killed, 'SIGKILL')
    await says(/LookupError: moved away/)
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask({ port })))
    assert.deepEqual([...new Set(answers)], [left])
    fs.writeFileSync(file, text)
    const pids = await pidsOf({ port }, 2)
    assert.ok(pids.includes(left) && !pids.includes(killed))
  })

  test(`all workers get connections, and the process that starts them none, ${way}`, { skip }, async (t) => {
    const { child, port } = await start(t, ['--workers', '4', '--http', way])
    const before = socketsOf(child.pid)
    const agent = new http.Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    const pids = new Set()
    // Four and then all of them are open at once.
    await until(async () => {
      for (const pid of await Promise.all(Array.from({ length: 8 }, () => ask({ port }, { agent })))) pids.add(pid)
      agent.destroy()
      return pids.size === 4
    }, 'four processes answer')
    await Promise.all(Array.from({ length: 32 }, () => ask({ port }, { agent, path: '/after/0.1' })))
    assert.equal(socketsOf(child.pid), before)
    assert.ok(!pids.has(child.pid))
    assert.ok(pids.size === 4)
  })

  test(`restarts leave no socket open anywhere, ${way}`, { skip }, async (t) => {
    const { child, port, says } = await start(t, ['--workers', '2', '--http', way])
    const state = async () => {
      const pids = await pidsOf({ port }, 2)
      // Connections of the questions are closed a moment later.
      const counts = () => [child.pid, ...pids].map(socketsOf)
      let last = counts()
      await until(() => {
        const before = last
        last = counts()
        return before.join() === last.join() && last[1] === last[2]
      })
      return { pids, counts: last }
    }
    const first = await state()
    for (const round of [1, 2]) {
      child.kill('SIGHUP')
      await says(times(round, 'All workers are replaced'))
    }
    const { pids: [pid] } = await state()
    process.kill(pid, 'SIGKILL')
    await until(() => !isAlive(pid), 'the process has ended')
    const last = await state()
    assert.deepEqual(last.counts, first.counts)
    for (const each of first.pids) assert.ok(!isAlive(each))
  })

  for (const workers of ['1', '2']) {
    const args = ['--workers', workers, '--http', way]
    test(`programs that an app starts do not inherit the server's sockets, ${args.join(' ')}`, { skip }, async (t) => {
      const text = `
import subprocess

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    text = subprocess.run(["ls", "-l", "/proc/self/fd"], stdout=subprocess.PIPE, close_fds=False).stdout
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text})
`
      const folder = makeFolder(t, { 'main.py': text })
      const { port } = await start(t, [...args, '--app-dir', folder], 'main:app')
      const answer = await send({ port, path: '/', agent: false })
      const open = Array.from(answer.body.toString().matchAll(/-> (\w+):\[(\d+)\]/g), ([, , number]) => number)
      assert.ok(open.length > 0)
      assert.deepEqual(open.filter((number) => connectionsOfAll().has(number)), [])
    })
  }

  test(`workers share a Unix socket, which stays when they are replaced, ${way}`, async (t) => {
    const socketPath = path.join(temporaryFolder(t), 'socket')
    const { child, ended, says } = await start(t, ['--workers', '2', '--http', way, '--uds', socketPath])
    const clients = new Clients(t, { socketPath }, 8)
    for (const round of [1, 2]) {
      child.kill('SIGHUP')
      await says(times(round, 'All workers are replaced'))
    }
    await clients.end()
    assert.deepEqual(clients.failures, [])
    assert.equal(fs.statSync(socketPath).mode & 0o777, 0o777)
    child.kill('SIGTERM')
    assert.equal((await ended).code, 0)
    assert.ok(!fs.existsSync(socketPath))
  })

  test(`--backlog limits the connections that wait for workers, ${way}`, { skip }, async (t) => {
    const socketPath = path.join(temporaryFolder(t), 'socket')
    await start(t, ['--workers', '2', '--http', way, '--backlog', '300', '--uds', socketPath])
    const pids = await pidsOf({ socketPath }, 2)
    for (const pid of pids) await stop(pid)
    const sockets = Array.from({ length: 250 }, () => net.connect(socketPath))
    t.after(() => sockets.forEach((socket) => socket.destroy()))
    // One too many is refused at once.
    await Promise.all(sockets.map((socket) => once(socket, 'connect')))
    for (const pid of pids) process.kill(pid, 'SIGCONT')
    assert.ok(pids.includes(await ask({ socketPath })))
  })

  test(`the scope of a worker's request names the Unix socket, ${way}`, async (t) => {
    const socketPath = path.join(temporaryFolder(t), 'socket')
    await start(t, ['--workers', '2', '--http', way, '--uds', socketPath], 'answers_with_scope:app')
    assert.deepEqual(JSON.parse((await send({ socketPath, path: '/' })).body).server, [socketPath, null])
  })
}

test('workers do not share the port of another server with workers', async (t) => {
  const { port } = await start(t, ['--workers', '2'])
  const args = ['serve', APP, '--app-dir', apps, '--port', String(port), '--workers', '2']
  const { code, stderr } = await runToEnd(t, args)
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^ERROR: {4}Port ${port} on 127\\.0\\.0\\.1 is in use\\. .*\n$`))
})
