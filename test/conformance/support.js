'use strict'

const http = require('node:http')
const http2 = require('node:http2')
const https = require('node:https')
const { finished } = require('node:stream/promises')
const { once } = require('node:events')
const path = require('node:path')
const { PythonHandler } = require('../..')
const { listen, selfSigned } = require('../support')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'apps')

/** The protocols over which what concerns the wire is proved. */
const PROTOCOLS = ['http', 'https', 'h2c', 'h2']

/** Sends a request through the API and gives the body of the response, read as JSON. */
async function json(handler, url, more) {
  const response = await handler.handleRequest({ url, ...more })
  return JSON.parse(response.body)
}

/**
 * Makes clients of one server over one of the protocols that can be cut off in the middle.
 *
 * @param {object} t the test.
 * @param {'http' | 'https' | 'h2c' | 'h2'} protocol
 * @param {Function} listener
 * @returns {Promise<(target: string, options?: object) => Promise<object>>} sends a request and gives its stream, which
 *   may be written to when `options.method` is POST, the `response` as a stream, and `leave`, which cuts both off.
 */
async function connect(t, protocol, listener) {
  const isSecure = protocol === 'https' || protocol === 'h2'
  if (protocol === 'http' || protocol === 'https') {
    const port = await listen(t, isSecure ? https.createServer(selfSigned(), listener) : http.createServer(listener))
    return (target, { method = 'GET' } = {}) => {
      const { request: make } = isSecure ? https : http
      const request = make({ host: '127.0.0.1', port, path: target, method, rejectUnauthorized: false })
      if (method === 'GET') request.end()
      else request.flushHeaders()
      return client(request, once(request, 'response').then(([response]) => response), (r) => r.statusCode)
    }
  }
  const server = isSecure ? http2.createSecureServer(selfSigned(), listener) : http2.createServer(listener)
  const port = await listen(t, server)
  const session = http2.connect(`${isSecure ? 'https' : 'http'}://127.0.0.1:${port}`, { rejectUnauthorized: false })
  t.after(() => session.destroy())
  return (target, { method = 'GET' } = {}) => {
    const stream = session.request({ ':path': target, ':method': method }, { endStream: method === 'GET' })
    let status
    return client(
      stream,
      once(stream, 'response').then(([headers]) => {
        status = headers[':status']
        return stream
      }),
      () => status,
    )
  }
}

function client(request, response, statusOf) {
  const ignore = () => undefined
  request.on('error', ignore)
  return {
    request,
    /** The status, once the head of the response has come. */
    status: async () => statusOf(await response),
    /** The next chunk of the response's body, null when it has ended or was cut off. */
    async next() {
      const stream = await response
      stream.on('error', ignore)
      for (;;) {
        const chunk = stream.read()
        if (chunk !== null) return chunk.toString()
        if (stream.readableEnded || stream.destroyed) return null
        await Promise.race(['readable', 'end', 'close'].map((event) => once(stream, event).catch(ignore)))
      }
    },
    /** Ends when the response has ended; rejects when it was cut off. */
    async end() {
      const stream = await response
      stream.resume()
      await finished(stream, { writable: false })
    },
    /** Leaves in the middle. */
    leave: () => request.destroy(),
  }
}

/**
 * Opens an application of lifespan_apps, and the one that reports its events.
 *
 * @param {object} t the test.
 * @param {string} name the application's.
 * @param {object} [options] its handler's.
 */
function openLifespan(t, name, options) {
  const handler = new PythonHandler('lifespan_apps', name, { docroot, ...options })
  t.after(() => handler.close({ timeout: 0 }).catch(() => undefined))
  const witness = new PythonHandler('lifespan_apps:report', { docroot })
  t.after(() => witness.close())
  const ask = (url) => json(witness, url)
  return {
    handler,
    /** The notes of the application so far. */
    log: () => ask(`/log/${name}`),
    /** The same, once it has written a certain entry. */
    until: (entry) => ask(`/until/${name}/${encodeURIComponent(entry)}`),
    /** Opens a gate that the application waits at. */
    go: (gate) => ask(`/go/${name}/${gate}`),
    /** A name of the event loop. */
    loop: () => ask('/loop/'),
  }
}

/** Whether a promise is settled now. */
async function isSettled(promise) {
  let settled = false
  const settle = () => (settled = true)
  promise.then(settle, settle)
  await new Promise(setImmediate)
  return settled
}

module.exports = { PROTOCOLS, connect, docroot, isSettled, json, openLifespan }
