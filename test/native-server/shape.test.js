'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const net = require('node:net')
const path = require('node:path')
const { test } = require('node:test')
const { Worker } = require('node:worker_threads')
const { docroot, openApp, send, temporaryFolder, until } = require('../support')
const { closed, connect, serveNatively } = require('./support')

const HELLO = 'Hello, World!'
const fixture = (name) => path.join(__dirname, '..', 'fixtures', name)

const textOf = async (options) => (await send({ agent: false, ...options })).body.toString()

test('a server listens, responds, has an address, and closes', async (t) => {
  const server = openApp(t, 'hello').createServer()
  const events = []
  for (const name of ['listening', 'close']) server.on(name, () => events.push(name))
  assert.equal(server.listening, false)
  assert.equal(server.address(), null)
  assert.equal(server.listen(0, '127.0.0.1', 10, () => events.push('callback')), server)
  await once(server, 'listening')
  const { port, ...rest } = server.address()
  assert.deepEqual(rest, { address: '127.0.0.1', family: 'IPv4' })
  assert.equal(server.listening, true)
  assert.equal(await textOf({ port }), HELLO)
  const end = once(server, 'close')
  assert.equal(server.close(() => events.push('closed')), server)
  assert.equal(server.listening, false)
  await end
  assert.equal(server.address(), null)
  assert.deepEqual(events, ['listening', 'callback', 'close', 'closed'])
})

test('every form of the arguments of listen is understood', async (t) => {
  const handler = openApp(t, 'hello')
  const folder = temporaryFolder(t)
  const forms = [
    [],
    [0],
    ['0'],
    [undefined],
    [0, 5],
    [0, 'localhost'],
    [0, '127.0.0.1', 5],
    [{ port: 0 }],
    [{ port: 0, host: '127.0.0.1', backlog: 5 }],
    [{ port: 0, host: '127.0.0.1', reusePort: true }],
    [path.join(folder, 'a')],
    [path.join(folder, 'b'), 5],
    [{ path: path.join(folder, 'c') }],
  ]
  for (const form of forms) {
    const server = handler.createServer()
    await new Promise((resolve, reject) => server.on('error', reject).listen(...form, resolve))
    const address = server.address()
    const place = typeof address === 'string' ? { socketPath: address } : { port: address.port }
    assert.equal(await textOf(place), HELLO, JSON.stringify(form))
    await closed(server)
  }
})

test('without a host it listens on every address, and at once', async (t) => {
  const server = openApp(t, 'hello').createServer().listen(0)
  t.after(() => closed(server))
  const told = once(server, 'listening')
  assert.equal(server.listening, true)
  const { address, port } = server.address()
  assert.ok(['::', '0.0.0.0'].includes(address), address)
  await told
  assert.equal(await textOf({ port }), HELLO)
})

test('a Unix socket is there while the server listens, for whom it shall be', async (t) => {
  const file = path.join(temporaryFolder(t), 'socket')
  const server = openApp(t, 'hello').createServer()
  server.listen({ path: file, readableAll: true, writableAll: true })
  await once(server, 'listening')
  assert.equal(server.address(), file)
  assert.equal(fs.statSync(file).mode & 0o666, 0o666)
  assert.equal(await textOf({ socketPath: file }), HELLO)
  await closed(server)
  assert.equal(fs.existsSync(file), false)
})

test('a socket that listens already is taken by its descriptor', async (t) => {
  const python = openApp(t, 'hello')
  const listen = python.function('gives_sockets:listen')
  const [fd, port] = await listen()
  const server = python.createServer().listen({ fd })
  t.after(() => closed(server))
  await once(server, 'listening')
  assert.equal(server.address().port, port)
  assert.equal(await textOf({ port }), HELLO)
})

test('a server that was closed listens again', async (t) => {
  const server = openApp(t, 'hello').createServer()
  for (let round = 0; round < 3; round++) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    assert.equal(await textOf({ port: server.address().port }), HELLO)
    await closed(server)
  }
})

test('close() of a server that looks up its name keeps it from listening', async (t) => {
  const server = openApp(t, 'hello').createServer()
  server.on('listening', () => assert.fail('it listens'))
  server.listen(0, 'localhost')
  const error = await new Promise((resolve) => server.close(resolve))
  assert.equal(error, undefined)
  assert.equal(server.listening, false)
  // After the answer for the name.
  await new Promise((resolve) => require('node:dns').lookup('localhost', resolve))
  assert.equal(server.address(), null)
})

test('close() of a server that does not listen passes an error to its callback', async (t) => {
  const server = openApp(t, 'hello').createServer()
  const error = await new Promise((resolve) => server.close(resolve))
  assert.equal(error.code, 'ERR_SERVER_NOT_RUNNING')
})

test('a signal closes the server', async (t) => {
  const controller = new AbortController()
  const server = openApp(t, 'hello').createServer()
  server.listen({ port: 0, host: '127.0.0.1', signal: controller.signal })
  await once(server, 'listening')
  const end = once(server, 'close')
  controller.abort()
  await end
  assert.equal(server.listening, false)
})

test('Symbol.asyncDispose closes the server', { skip: Symbol.asyncDispose === undefined }, async (t) => {
  const { server, port } = await serveNatively(t, 'hello')
  assert.equal(await textOf({ port }), HELLO)
  await server[Symbol.asyncDispose]()
  assert.equal(server.listening, false)
  await server[Symbol.asyncDispose]()
})

test('close() closes idle connections at once', async (t) => {
  const { server, port } = await serveNatively(t, 'hello')
  const wire = connect(t, port)
  wire.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await wire.until(HELLO)
  const end = once(server, 'close')
  server.close()
  assert.equal(await wire.rest(), '')
  await end
})

test('closeIdleConnections() leaves a connection with a request alone, and closeAllConnections() does not', async (t) => {
  const { server, port } = await serveNatively(t, 'waits_for_gate')
  const [idle, busy] = [connect(t, port), connect(t, port)]
  idle.write('GET /waiting HTTP/1.1\r\nHost: a\r\n\r\n')
  await idle.until('\r\n\r\n')
  busy.write('GET /wait HTTP/1.1\r\nHost: a\r\n\r\n')
  const waiting = () => textOf({ port, path: '/waiting' })
  await until(async () => await waiting() === '1', 'the request waits')
  server.closeIdleConnections()
  await idle.rest()
  assert.equal(await waiting(), '1')
  server.closeAllConnections()
  assert.equal(await busy.rest(), '')
  assert.equal(server.listening, true)
})

test('the counters are those of the server and of its handler', async (t) => {
  const { handler, server, ask } = await serveNatively(t, 'hello')
  for (let i = 0; i < 3; i++) assert.equal((await ask('/')).text, HELLO)
  const counted = { requests: 3, errors: 0, disconnects: 0, bytesIn: 0, bytesOut: 3 * HELLO.length }
  const own = { inFlight: 0, files: 0, handedOver: 0, refused: 0 }
  const ofHandler = { ...handler.stats(), loopLag: 0 }
  assert.deepEqual(server.stats(), { connections: 1, ...counted, ...own })
  assert.deepEqual(ofHandler, { ...counted, inFlight: 0, websockets: 0, loopLag: 0 })
  await closed(server)
  assert.deepEqual(server.stats(), { connections: 0, ...counted, ...own })
  assert.deepEqual({ ...handler.stats(), loopLag: 0 }, ofHandler)
})

/** Runs a program with a server. Returns its exit code and its output. */
async function program(t, code) {
  const text = `const { PythonHandler } = require(${JSON.stringify(path.join(__dirname, '..', '..'))})
const python = new PythonHandler('hello:app', { docroot: ${JSON.stringify(docroot)} })
${code}`
  const child = spawn(process.execPath, ['-e', text], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (more) => (output += more))
  return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) }
}

test('a server keeps its process alive until it is closed', async (t) => {
  const { child, ended } = await program(
    t,
    `const server = python.createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))
process.on('SIGTERM', () => server.close(() => console.log('closed')))`,
  )
  const [port] = await once(child.stdout, 'data')
  assert.equal(await textOf({ port: Number(port) }), HELLO)
  assert.equal(child.exitCode, null)
  child.kill('SIGTERM')
  assert.deepEqual(await ended, { code: 0, output: `${port}closed\n` })
})

test('a process with a server that was unreferenced ends in good order', async (t) => {
  const { ended } = await program(
    t,
    `const server = python.createServer().unref().listen(0, '127.0.0.1', () => console.log('listening'))
server.on('close', () => console.log('closed'))`,
  )
  const { code, output } = await ended
  assert.equal(code, 0)
  assert.match(output, /^listening\n/)
})

test('a server in a worker thread answers, and is gone with its worker', async (t) => {
  const worker = new Worker(fixture('serve-in-worker.js'), { workerData: { target: 'hello:app', docroot } })
  t.after(() => worker.terminate())
  const [port] = await once(worker, 'message')
  assert.equal(await textOf({ port, path: '/python' }), HELLO)
  assert.equal(await textOf({ port, path: '/node' }), 'from the worker')
  await worker.terminate()
  // Its thread may accept one more connection before it is notified of the end, and closes it.
  await until(async () => await connecting(port) === 'ECONNREFUSED', 'connections are refused')
})

/** Opens a connection; gives the code of its error when it is closed, null where it was accepted. */
async function connecting(port) {
  const socket = net.connect(port, '127.0.0.1')
  let code = null
  socket.on('error', (error) => (code = error.code)).resume()
  await new Promise((resolve) => socket.once('close', resolve))
  return code
}

test('a connection that a blocked worker was to take over is closed when the worker is terminated', async (t) => {
  const worker = new Worker(fixture('serve-in-worker.js'), { workerData: { target: 'hello:app', docroot } })
  t.after(() => worker.terminate())
  const [port] = await once(worker, 'message')
  worker.postMessage('block')
  assert.deepEqual(await once(worker, 'message'), ['blocked'])
  const wire = connect(t, port)
  wire.write('GET /node HTTP/1.1\r\nHost: a\r\n\r\n')
  // The same thread reads both connections; neither JavaScript nor Python takes part.
  for (let i = 0; i < 10; i++) assert.equal(await textOf({ port, path: '/health' }), 'ok')
  assert.equal(await textOf({ port, path: '/python' }), HELLO)
  await worker.terminate()
  assert.equal(await wire.rest(), '')
})
