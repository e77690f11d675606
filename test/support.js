'use strict'

const { execFileSync } = require('node:child_process')
const { once } = require('node:events')
const fs = require('node:fs')
const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const os = require('node:os')
const path = require('node:path')
const { PythonHandler } = require('..')

const docroot = path.join(__dirname, '..', 'Fixtures', 'apps')

/**
 * Makes a handler for one of Fixtures/apps, closed after the test.
 *
 * @param {object} t the test.
 * @param {string} name the app's file, without its extension.
 * @param {object} [options] the handler's.
 * @returns {PythonHandler}
 */
function openApp(t, name, options) {
  const handler = new PythonHandler(`${name}:app`, { docroot, ...options })
  t.after(() => handler.close({ timeout: 0 }))
  return handler
}

/**
 * Listens on a free port, until the end of the test.
 *
 * @param {object} t the test.
 * @param {import('node:net').Server} server
 * @param {string} [socketPath] a Unix socket instead of a port.
 * @returns {Promise<number>} the port.
 */
async function listen(t, server, socketPath) {
  const sockets = new Set()
  const keep = (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  }
  server.on('connection', keep)
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
    server.closeAllConnections?.()
  })
  if (socketPath === undefined) server.listen(0, '127.0.0.1')
  else server.listen(socketPath)
  await once(server, 'listening')
  return server.address().port
}

/**
 * Sends a request over HTTP/1 and reads the response to its end.
 *
 * @param {object} options http.request's, and `body`.
 * @returns {Promise<{ status: number, headers: object, rawHeaders: string[], trailers: object, body: Buffer }>}
 */
function send({ body, protocol = 'http:', ...options }) {
  return new Promise((resolve, reject) => {
    const request = (protocol === 'https:' ? https : http).request({ host: '127.0.0.1', ...options }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const { statusCode: status, headers, rawHeaders, trailers } = response
        resolve({ status, headers, rawHeaders, trailers, body: Buffer.concat(chunks) })
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/**
 * Sends a request over an HTTP/2 session and reads the response to its end.
 *
 * @param {import('node:http2').ClientHttp2Session} session
 * @param {object} headers pseudo headers among them.
 * @param {Buffer | string} [body]
 * @returns {Promise<{ status: number, headers: object, trailers: object, body: Buffer }>}
 */
function sendHTTP2(session, headers, body) {
  return new Promise((resolve, reject) => {
    const stream = session.request(headers, { endStream: body === undefined })
    const chunks = []
    let received
    let trailers = {}
    stream.on('response', (each) => (received = each))
    stream.on('trailers', (each) => (trailers = each))
    stream.on('data', (chunk) => chunks.push(chunk))
    stream.on('error', reject)
    stream.on('end', () => {
      if (received === undefined) reject(new Error('The stream has ended without a response'))
      else resolve({ status: received[':status'], headers: received, trailers, body: Buffer.concat(chunks) })
    })
    if (body !== undefined) stream.end(body)
  })
}

/** Makes a folder, removed after the test. */
function temporaryFolder(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'python-node-'))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * Makes a folder with files in it, which is there until the end of the test.
 *
 * @param {object} t the test.
 * @param {Record<string, string>} files their text by their path.
 * @returns {string} the folder.
 */
function makeFolder(t, files) {
  const folder = temporaryFolder(t)
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  return folder
}

let certificate

/** Makes a self-signed certificate for localhost, once a process. */
function selfSigned() {
  if (certificate !== undefined) return certificate
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'certificate-'))
  try {
    const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')]
    const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
    execFileSync('openssl', [...args, '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'pipe' })
    certificate = { key: fs.readFileSync(key), cert: fs.readFileSync(cert) }
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
  return certificate
}

/**
 * Serves a listener over one of the protocols, until the end of the test.
 *
 * @param {object} t the test.
 * @param {'http' | 'https' | 'h2c' | 'h2'} protocol
 * @param {Function} listener
 * @returns {Promise<(options: { method?: string, path: string, headers?: object, body?: any }) => Promise<object>>}
 *   sends a request.
 */
async function serve(t, protocol, listener) {
  if (protocol === 'http' || protocol === 'https') {
    const isSecure = protocol === 'https'
    const port = await listen(t, isSecure ? https.createServer(selfSigned(), listener) : http.createServer(listener))
    const agent = new (isSecure ? https : http).Agent({ keepAlive: true })
    t.after(() => agent.destroy())
    return (options) => send({ protocol: `${protocol}:`, port, agent, rejectUnauthorized: false, ...options })
  }
  const isSecure = protocol === 'h2'
  const server = isSecure ? http2.createSecureServer(selfSigned(), listener) : http2.createServer(listener)
  const port = await listen(t, server)
  // Room for the largest body: a session counts what waits to be sent, in megabytes.
  const options = { rejectUnauthorized: false, maxSessionMemory: 64 }
  const session = http2.connect(`${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`, options)
  t.after(() => session.destroy())
  return ({ method = 'GET', path: target, headers, body }) => {
    return sendHTTP2(session, { ':method': method, ':path': target, ...headers }, body)
  }
}

// Kept at load, because tests replace the globals with fake timers.
const { performance, setImmediate } = globalThis

/** ms that `until` waits at most: longer than the busiest machine needs. */
const LONGEST_WAIT = 60_000

/**
 * Waits until a condition holds, which it checks in each turn of the event loop.
 *
 * @param {() => any} condition may be asynchronous.
 * @param {string} what the condition in words, for the error.
 * @returns {Promise<any>} the condition's value.
 */
async function until(condition, what) {
  const end = performance.now() + LONGEST_WAIT
  for (;;) {
    const value = await condition()
    if (value) return value
    if (performance.now() > end) throw new Error(`Waited ${LONGEST_WAIT / 1000} s in vain: ${what}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Hides what the listener says about errors of apps, which these tests provoke, and collects it. */
function quiet(t) {
  const said = []
  t.mock.method(console, 'error', (...args) => said.push(args))
  return said
}

module.exports = {
  docroot,
  listen,
  makeFolder,
  openApp,
  quiet,
  selfSigned,
  send,
  sendHTTP2,
  serve,
  temporaryFolder,
  until,
}
