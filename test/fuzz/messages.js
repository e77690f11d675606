'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { WebSocket } = require('ws')
const { Request } = require('../..')
const { HTTPModel, SocketModel } = require('./model')
const { planOf } = require('./plans')
const { open, settled } = require('./world')

/** Apps that send messages right and wrong from several tasks: each is judged as ASGI says, each request ends once. */
class Messages {
  #handler = open('sends_by_plan')
  #server = http.createServer({ maxHeaderSize: 1 << 20 }, this.#handler.listener)
  #agent = new http.Agent({ keepAlive: true })

  async open() {
    this.#handler.on('error', () => undefined)
    this.#server.on('upgrade', this.#handler.upgrade)
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  async close() {
    await settled([this.#handler])
    this.#agent.destroy()
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
    await this.#handler.close()
  }

  async run(random, number) {
    const isSocket = random.once(4)
    const { plan, messages, subprotocol } = planOf(random, number, isSocket)
    const method = isSocket || !random.once(10) ? 'GET' : 'HEAD'
    const url = `/${number}?${encoded(plan)}`
    const port = this.#server.address().port
    const ask = random.of(isSocket ? [socketInProcess, socketOnWire] : [whole, stream, fetched, overHTTP])
    const seen = isSocket
      ? await ask(this.#handler, url, port, subprotocol)
      : await ask(this.#handler, { method, url }, port, this.#agent)
    try {
      return await this.#judge({ seen, messages, method, number, isSocket })
    } catch (error) {
      error.stack = `asked with ${ask.name}: ${error.stack}`
      throw error
    }
  }

  async #judge({ seen, messages, method, number, isSocket }) {
    const log = await this.#log(number)
    // An earlier response was cut off, and its connection closed with this request on its way.
    if (seen.isReused) return 'connection lost'
    // With the head a client has all of it, and its connection goes on to the next request, which may lose it.
    if (seen.isWire && method === 'HEAD' && log?.some(([, , outcome]) => outcome === 'OSError')) {
      return 'connection lost'
    }
    assert.notEqual(log, null, 'the app was not called')
    const model = isSocket ? new SocketModel() : new HTTPModel(method)
    replay(log, messages, model)
    assert.equal(model.isOver ?? (model.state === 'closed'), true, 'not over in the model')
    if (isSocket) checkSocket(seen, model)
    else checkResponse(seen, model)
    return model.error ?? (isSocket ? 'socket' : 'response')
  }

  async #log(id) {
    const { body } = await this.#handler.handleRequest({ url: `/report?${encoded({ id })}` })
    return JSON.parse(body)
  }
}

function encoded(plan) {
  return Buffer.from(JSON.stringify(plan)).toString('base64url') + '=='
}

/** Follows the actions of the app, and checks the outcome of each message. */
function replay(log, messages, model) {
  let ends = 0
  for (const [what, number, outcome] of log) {
    if (what === 'send') {
      const right = model.apply(messages[number])
      const isRight = outcome === 'unknown' || right.includes(outcome)
      assert.ok(isRight, `${JSON.stringify(messages[number].spec).slice(0, 300)} gave ${outcome}, wanted ${right}`)
    } else if (what === 'returned' || what === 'raised') {
      model.end(what === 'raised')
      ends++
    } else {
      assert.equal(what, 'received nothing')
    }
  }
  assert.equal(ends, 1, `ended ${ends} times`)
}

// The ways to ask. Each gives `{ status, headers, trailers, body }`, or `{ code }` of the error, with what came before.

async function whole(handler, options) {
  try {
    return shown(await handler.handleRequest(options))
  } catch (error) {
    return { code: error.code ?? error }
  }
}

async function stream(handler, options) {
  let response
  const chunks = []
  try {
    response = await handler.handleStream(options)
    for await (const chunk of response) chunks.push(chunk)
    return { ...shown(response), body: Buffer.concat(chunks) }
  } catch (error) {
    return { code: error.code ?? error, status: response?.status, body: Buffer.concat(chunks) }
  }
}

function shown({ status, headers, trailers, body }) {
  return { status, headers: headers.entries(), trailers: trailers?.entries() ?? [], body }
}

async function fetched(handler, { method, url }) {
  try {
    const response = await handler.fetch(new globalThis.Request(`http://127.0.0.1${url}`, { method }))
    const body = Buffer.from(await response.arrayBuffer())
    return { status: response.status, body }
  } catch (error) {
    return { code: error.code ?? error }
  }
}

function overHTTP(_handler, { method, url }, port, agent) {
  return new Promise((resolve) => {
    const request = http.request({ host: '127.0.0.1', port, agent, method, path: url }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', (cut) => {
        const { statusCode: status } = response
        resolve({ cut, isReused: request.reusedSocket, status, body: Buffer.concat(chunks) })
      })
      response.on('end', () => {
        const headers = []
        const { rawHeaders } = response
        for (let i = 0; i < rawHeaders.length; i += 2) {
          if (/^(x-|content-length)/.test(rawHeaders[i])) headers.push([rawHeaders[i], rawHeaders[i + 1].trim()])
        }
        resolve({ isWire: true, status: response.statusCode, headers, body: Buffer.concat(chunks) })
      })
    })
    request.on('error', (cut) => resolve({ cut, isReused: request.reusedSocket }))
    request.end()
  })
}

async function socketInProcess(handler, url) {
  let response
  const messages = []
  try {
    const request = new Request({ websocket: true, url })
    response = await handler.handleStream(request)
    for (let next = await response.nextMessage(); next !== null; next = await response.nextMessage()) {
      messages.push(next)
    }
    const { status, subprotocol, closeCode, closeReason } = response
    return { status, subprotocol, messages, closeCode, closeReason }
  } catch (error) {
    const { status, subprotocol, closeCode } = response ?? {}
    return { code: error.code ?? error, status, subprotocol, messages, closeCode }
  }
}

function socketOnWire(_handler, url, port, subprotocol) {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${url}`, subprotocol === '' ? [] : [subprotocol], {
      perMessageDeflate: false,
    })
    const messages = []
    let isOpen = false
    socket.on('open', () => (isOpen = true))
    socket.on('message', (data, isBinary) => messages.push(isBinary ? data : data.toString()))
    socket.on('unexpected-response', (_request, response) => {
      const chunks = []
      const settle = (cut) => {
        resolve({ isWire: true, status: response.statusCode, body: Buffer.concat(chunks), cut })
        socket.terminate()
      }
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', settle)
      response.on('end', () => settle(null))
    })
    socket.on('error', (cut) => isOpen ? undefined : resolve({ isWire: true, cut }))
    socket.on('close', (code, reason) => {
      const { protocol } = socket
      resolve({ isWire: true, status: 101, subprotocol: protocol, messages, closeCode: code, closeReason: `${reason}` })
    })
  })
}

// The expected scope.

function checkResponse(seen, model) {
  const body = Buffer.from(model.body, 'latin1')
  if (model.error === null) {
    assert.equal(seen.code, undefined, `failed with ${seen.code?.stack ?? seen.code}`)
    assert.equal(seen.cut, undefined, `cut off: ${seen.cut}`)
    assert.equal(seen.status, model.status)
    assert.ok(seen.body.equals(body), `another body: ${seen.body.length} of ${body.length} bytes`)
    if (seen.headers !== undefined) assert.deepEqual(seen.headers, model.headers)
    if (seen.trailers !== undefined) assert.deepEqual(seen.trailers, model.trailers)
    return
  }
  if (seen.code !== undefined) {
    assert.equal(seen.code, model.error)
    if (seen.body !== undefined) assert.ok(seen.body.equals(body))
    return
  }
  if (model.status === 0) {
    assert.equal(seen.status, 500)
    assert.equal(seen.body.toString(), seen.body.length === 0 ? '' : 'Internal Server Error')
  } else if (seen.cut === undefined) {
    assert.ok(model.looksComplete, 'a response that was cut off looks complete')
  }
}

function checkSocket(seen, model) {
  if (model.isAccepted) {
    const messages = model.messages.map(({ text, isText }) => isText ? text : Buffer.from(text, 'latin1'))
    assert.equal(seen.status, 101)
    assert.equal(seen.subprotocol, model.subprotocol)
    assert.deepEqual(seen.messages, messages)
    assert.equal(seen.closeCode, model.code)
    if (model.error === null) assert.equal(seen.closeReason, model.reason)
    else if (!seen.isWire) assert.equal(seen.code, model.error)
    return
  }
  const { denial } = model
  if (denial.state === 'complete') {
    assert.equal(seen.status, denial.status)
    const body = seen.body ?? Buffer.concat(seen.messages)
    assert.ok(body.equals(Buffer.from(denial.body, 'latin1')))
  } else if (model.error === null) {
    assert.equal(seen.status, 403)
  } else if (!seen.isWire) {
    assert.equal(seen.code, model.error)
  } else if (denial.status === 0) {
    assert.equal(seen.status, 500)
  } else {
    assert.ok(
      seen.cut !== null || denial.looksComplete || seen.cut === undefined,
      'a denial that was cut off looks complete',
    )
  }
}

module.exports = { Messages }
