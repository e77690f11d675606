'use strict'

const assert = require('node:assert/strict')
const http = require('node:http')
const { test } = require('node:test')
const { listen, openApp, quiet, send } = require('../support')
const { openHostApp } = require('./support')

/**
 * Fastify's behaviour as a handler of raw requests sees it: it finds the route, lets a content
 * type parser take the body of methods that have one, and calls the handler with `request.raw` and `reply.raw`. After
 * `reply.hijack()` it leaves the response alone.
 */
class FastifyShape {
  #routes = []
  #parsers = new Map([['application/json', parseJSON]])

  route(methods, prefix, handler) {
    this.#routes.push({ methods, prefix, handler })
  }

  addContentTypeParser(type, parser) {
    this.#parsers.set(type, parser)
  }

  removeAllContentTypeParsers() {
    this.#parsers.clear()
  }

  listener = async (req, res) => {
    const route = this.#routes.find(({ methods, prefix }) => {
      return req.url.startsWith(prefix) && (methods === '*' || methods.includes(req.method))
    })
    const request = { raw: req, url: req.url, method: req.method, body: undefined }
    const reply = { raw: res, isHijacked: false, hijack: () => ((reply.isHijacked = true), reply) }
    const type = req.headers['content-type']
    if (type !== undefined && !['GET', 'HEAD'].includes(req.method)) {
      const parser = this.#parsers.get(type) ?? this.#parsers.get('*')
      if (parser === undefined) {
        res.writeHead(415).end()
        return
      }
      request.body = await parser(request, req)
    }
    const value = await route.handler(request, reply)
    if (!reply.isHijacked) res.end(JSON.stringify(value))
  }
}

async function buffer(stream) {
  const chunks = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const parseJSON = async (_request, payload) => JSON.parse(await buffer(payload))

/** Leaves the body to the handler of the request: `(request, payload, done) => done(null)` in Fastify. */
const leaveBody = async () => undefined

const handOver = (python) => (request, reply) => {
  reply.hijack()
  python.listener(request.raw, reply.raw)
}

async function serveShape(t, fastify) {
  const port = await listen(t, http.createServer(fastify.listener))
  return (options) => send({ port, ...options })
}

test('a hijacked reply is the response of the app, and other routes stay those of Fastify', async (t) => {
  const fastify = new FastifyShape()
  fastify.route(['GET'], '/native', () => 'Fastify')
  fastify.route('*', '/', handOver(openHostApp(t, 'keeps_items')))
  const request = await serveShape(t, fastify)
  assert.equal((await request({ path: '/native' })).body.toString(), '"Fastify"')
  const { by, path } = JSON.parse((await request({ path: '/items/5?q' })).body)
  assert.deepEqual({ by, path }, { by: 'Python', path: '/items/5' })
})

test('one path is GET in Fastify and POST in Python', async (t) => {
  const fastify = new FastifyShape()
  fastify.addContentTypeParser('*', leaveBody)
  fastify.route(['GET'], '/fastify-items', () => 'Fastify')
  fastify.route(['POST'], '/fastify-items', handOver(openHostApp(t, 'keeps_items')))
  const request = await serveShape(t, fastify)
  assert.equal((await request({ path: '/fastify-items' })).body.toString(), '"Fastify"')
  const headers = { 'content-type': 'text/plain' }
  const posted = await request({ method: 'POST', path: '/fastify-items', headers, body: 'item' })
  assert.deepEqual(JSON.parse(posted.body).items, ['item'])
})

test('a content type parser that leaves the body alone lets the app stream it', async (t) => {
  const fastify = new FastifyShape()
  fastify.removeAllContentTypeParsers()
  fastify.addContentTypeParser('*', leaveBody)
  fastify.route('*', '/', handOver(openApp(t, 'echo_stream')))
  const request = await serveShape(t, fastify)
  const body = Buffer.alloc(1024 * 1024, 'fastify ')
  const headers = { 'content-type': 'application/json' }
  const response = await request({ method: 'POST', path: '/', headers, body })
  assert.ok(response.body.equals(body))
})

test('a body that was parsed into a Buffer reaches the app through raw.body', async (t) => {
  const fastify = new FastifyShape()
  // { parseAs: 'buffer' } in Fastify.
  fastify.addContentTypeParser('application/json', (_request, payload) => buffer(payload))
  const python = openApp(t, 'echo_stream')
  fastify.route('*', '/', (request, reply) => {
    request.raw.body = request.body
    handOver(python)(request, reply)
  })
  const request = await serveShape(t, fastify)
  const headers = { 'content-type': 'application/json' }
  const response = await request({ method: 'POST', path: '/', headers, body: '{"a": 1}' })
  assert.equal(response.body.toString(), '{"a": 1}')
})

test('a body that was parsed into values is a 500 whose message has the remedy', async (t) => {
  const said = quiet(t)
  const fastify = new FastifyShape()
  fastify.route('*', '/', handOver(openApp(t, 'echo_stream')))
  const request = await serveShape(t, fastify)
  const headers = { 'content-type': 'application/json' }
  const response = await request({ method: 'POST', path: '/', headers, body: '{"a": 1}' })
  assert.equal(response.status, 500)
  assert.equal(response.body.toString(), 'Internal Server Error')
  assert.match(said.join(''), /already read and parsed.*body\s+parser/)
})

test('an error of the app is a 500 of the listener, because only it can answer after hijack', async (t) => {
  const said = quiet(t)
  const fastify = new FastifyShape()
  fastify.route('*', '/', handOver(openApp(t, 'raises')))
  const response = await (await serveShape(t, fastify))({ path: '/before' })
  assert.equal(response.status, 500)
  assert.match(said[0].join(' '), /ValueError: not today/)
})
