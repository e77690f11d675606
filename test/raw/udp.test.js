'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const dgram = require('node:dgram')
const { once } = require('node:events')
const path = require('node:path')
const { test } = require('node:test')
const { PythonHandler } = require('../..')
const { core } = require('../../python-node.node')
const { UDPServer } = require('../../Fixtures/udp/server')
const { missing } = require('../frameworks/servers')
const { until } = require('../support')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'udp')
const root = path.join(docroot, '..', '..')

/** Serves an app of Fixtures/udp until the end of the test. */
async function serve(t, target = 'main:app', options = {}) {
  const handler = new PythonHandler(target, { docroot })
  const server = new UDPServer(handler, options)
  const errors = []
  // Not the errors themselves: an error keeps what the functions of its stack have, and so a datagram.
  handler.on('error', ({ code, pythonType }) => errors.push({ code, pythonType }))
  const { port } = await server.listen()
  const ending = new AbortController()
  const running = server.run(ending.signal)
  const end = async () => {
    ending.abort()
    await running
  }
  t.after(async () => {
    await end()
    await handler.close()
  })
  return { handler, server, port, errors, end, client: () => openClient(t, port) }
}

/** A socket that sends datagrams and receives the answers. */
async function openClient(t, port) {
  const socket = dgram.createSocket('udp4')
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  t.after(() => socket.close())
  const heard = []
  const waiting = []
  socket.on('message', (data) => {
    if (waiting.length > 0) waiting.shift()(data.toString())
    else heard.push(data.toString())
  })
  const say = (data) => socket.send(data)
  const hear = () => heard.length > 0 ? heard.shift() : new Promise((resolve) => waiting.push(resolve))
  const ask = (data) => {
    say(data)
    return hear()
  }
  return { say, hear, ask, id: `127.0.0.1:${socket.address().port}` }
}

test('each client of a UDP server has its own run of the app', async (t) => {
  const { server, client } = await serve(t)
  const [ann, bob] = await Promise.all([client(), client()])
  assert.equal(await ann.ask('add milk'), '1 items')
  assert.equal(await ann.ask('add tea'), '2 items')
  assert.equal(await bob.ask('add nails'), '1 items')
  assert.equal(await ann.ask('list'), 'milk, tea')
  assert.equal(await bob.ask('list'), 'nails')
  assert.deepEqual([...server.applicationInstances.keys()], [ann.id, bob.id])
})

test('a hundred clients at once get their own answers', async (t) => {
  const { server, client } = await serve(t)
  const clients = await Promise.all(Array.from({ length: 100 }, client))
  for (const item of ['milk', 'tea']) {
    const answers = await Promise.all(clients.map(({ ask }, number) => ask(`add ${item}${number}`)))
    assert.deepEqual(new Set(answers), new Set([item === 'milk' ? '1 items' : '2 items']))
  }
  const lists = await Promise.all(clients.map(({ ask }) => ask('list')))
  assert.deepEqual(lists, clients.map((_, number) => `milk${number}, tea${number}`))
  assert.equal(server.applicationInstances.size, 100)
})

test('a client whose app has returned begins anew', async (t) => {
  const { client, server } = await serve(t)
  const ann = await client()
  assert.equal(await ann.ask('add milk'), '1 items')
  assert.equal(await ann.ask('bye'), 'bye')
  // A datagram for an app that is about to return is lost.
  await until(() => !server.applicationInstances.get(ann.id)?.isOpen, 'the app has ended')
  assert.equal(await ann.ask('list'), '')
})

test('beyond maxApplications the client that was silent for the longest time is forgotten', async (t) => {
  const { server, client, handler } = await serve(t, 'main:app', { maxApplications: 2 })
  const [ann, bob, cy] = await Promise.all([client(), client(), client()])
  await ann.ask('add milk')
  await bob.ask('add nails')
  await ann.ask('add tea')
  assert.equal(await cy.ask('add rope'), '1 items')
  assert.deepEqual([...server.applicationInstances.keys()], [ann.id, cy.id])
  assert.equal(await ann.ask('list'), 'milk, tea')
  assert.equal(await bob.ask('list'), '')
  assert.deepEqual([...server.applicationInstances.keys()], [ann.id, bob.id])
  assert.equal(handler.stats().inFlight, 2)
})

test('an app that raises for one client is reported, and the others go on', async (t) => {
  const { client, errors, server } = await serve(t)
  const [ann, bob] = await Promise.all([client(), client()])
  await Promise.all([ann.ask('add milk'), bob.ask('add nails')])
  bob.say('drop rope')
  assert.equal(await ann.ask('add tea'), '2 items')
  await until(() => errors.length > 0, 'an error is reported')
  assert.deepEqual(errors.map(({ code, pythonType }) => [code, pythonType]), [['ERR_ASGI_PYTHON', 'ValueError']])
  assert.deepEqual([...server.applicationInstances.keys()], [ann.id])
  assert.equal(await ann.ask('list'), 'milk, tea')
  assert.equal(await bob.ask('list'), '')
})

test('a datagram that cannot be sent is reported, and the others go on', async (t) => {
  const { client, errors, server } = await serve(t)
  const [ann, bob] = await Promise.all([client(), client()])
  await ann.ask('add milk')
  for (let i = 0; i < 3; i++) await bob.ask(`add ${'x'.repeat(30_000)}`)
  bob.say('list')
  await until(() => errors.length > 0, 'an error is reported')
  assert.deepEqual(errors.map(({ code }) => code), ['EMSGSIZE'])
  assert.deepEqual([...server.applicationInstances.keys()], [ann.id])
  assert.equal(await ann.ask('list'), 'milk')
  assert.equal(await bob.ask('list'), '')
})

test('when the run ends, nothing is left', async (t) => {
  const { client, end, handler, server } = await serve(t)
  const clients = await Promise.all([client(), client()])
  for (const { ask } of clients) await ask('add milk')
  assert.equal(handler.stats().inFlight, 2)
  await end()
  assert.equal(handler.stats().inFlight, 0)
  assert.equal(core.slots.live, 0)
  assert.equal(server.applicationInstances.size, 0)
  assert.throws(() => server.socket.address())
})

const absent = missing(['channels', 'django'])
const skip = absent === '' ? false : `absent: ${absent}`

test('a consumer of Channels serves datagrams, and its layer reaches all clients', { skip }, async (t) => {
  const { client, handler, end, errors } = await serve(t, 'consumer:app')
  const [ann, bob] = await Promise.all([client(), client()])
  assert.equal(await ann.ask('Ann'), 'Ann: is here')
  assert.equal(await bob.ask('Bob'), 'Bob: is here')
  assert.equal(await ann.hear(), 'Bob: is here')
  ann.say('hello')
  assert.deepEqual(await Promise.all([ann.hear(), bob.hear()]), ['Ann: hello', 'Ann: hello'])
  bob.say('bye')
  assert.equal(await ann.hear(), 'Bob: has left')
  await until(() => handler.stats().inFlight === 1, 'one app runs')
  await end()
  assert.equal(core.slots.live, 0)
  assert.deepEqual(errors, [])
})

test('the example runs as a program, and a signal ends it in good order', async (t) => {
  const child = spawn(process.execPath, [path.join(docroot, 'server.js')], {
    env: { ...process.env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: root,
  })
  t.after(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit')
  const [line] = await once(child.stdout, 'data')
  const [, port] = /^Listening on 127\.0\.0\.1:(\d+)\n$/.exec(line.toString())
  const ann = await openClient(t, Number(port))
  assert.equal(await ann.ask('add milk'), '1 items')
  assert.equal(await ann.ask('what?'), 'say add, drop, list or bye')
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
})
