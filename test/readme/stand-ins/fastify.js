'use strict'

// What README asks of Fastify, and no more: routes, parsers of bodies, a reply that is hijacked.

const http = require('node:http')

class Fastify {
  #routes = []
  #parsers = new Map([['application/json', () => undefined]])
  #server = http.createServer((req, res) => this.#answer(req, res))

  get(path, handler) {
    this.#routes.push({ method: 'GET', path, handler })
  }

  all(path, handler) {
    this.#routes.push({ method: null, path, handler })
  }

  removeAllContentTypeParsers() {
    this.#parsers.clear()
  }

  addContentTypeParser(type, parser) {
    this.#parsers.set(type, parser)
  }

  listen({ port, host = 'localhost' }) {
    this.#server.listen({ port, host })
  }

  async #answer(req, res) {
    const route = this.#routes.find(({ method, path }) => {
      if (method !== null && method !== req.method) return false
      return path.endsWith('*') ? req.url.startsWith(path.slice(0, -1)) : req.url === path
    })
    if (route === undefined) {
      res.writeHead(404).end()
      return
    }
    const type = req.headers['content-type']
    const parser = this.#parsers.get(type) ?? this.#parsers.get('*')
    if (type !== undefined) await new Promise((resolve) => parser(req, req, resolve))
    const reply = { raw: res, isHijacked: false, hijack: () => (reply.isHijacked = true) }
    const value = await route.handler({ raw: req }, reply)
    if (!reply.isHijacked) res.end(value)
  }
}

module.exports = () => new Fastify()
