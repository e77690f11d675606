'use strict'

const assert = require('node:assert/strict')
const { once } = require('node:events')
const http = require('node:http')
const { test } = require('node:test')
const { PythonHandler: AddonHandler } = require('../../python-node.node')
const { listen, send } = require('../support')
const { WAYS, answerOf, docroot, driver, open, textOf, turn } = require('./support')

/** A handler of the addon alone, whose streams go to callbacks. */
function openAddon(t) {
  const handler = new AddonHandler('answers_when:app', { docroot, ...driver })
  t.after(() => handler.close({ timeout: 0 }))
  return handler
}

/** Streams an answer through callbacks; `onData` gets each piece. Gives the whole text, once. */
function stream(handler, url, onData = () => undefined) {
  return new Promise((resolve, reject) => {
    let text = ''
    let ends = 0
    const callbacks = {
      onData(chunk) {
        assert.equal(ends, 0)
        text += chunk
        onData(chunk.toString())
      },
      onEnd() {
        assert.equal(++ends, 1)
        resolve(text)
      },
      onError: reject,
    }
    handler.handleStream({ url }, callbacks).catch(reject)
  })
}

/** Notes answers by their name, to see that each comes once. */
class Answers {
  #expected = new Map()
  #promises = []

  /** @param {string} the expected text @param {Promise<string>} answer */
  expect(text, answer) {
    assert.ok(!this.#expected.has(text))
    this.#expected.set(text, 0)
    this.#promises.push(this.#note(text, answer))
  }

  async #note(text, answer) {
    assert.equal(await answer, text)
    this.#expected.set(text, this.#expected.get(text) + 1)
  }

  /** Waits for all that are expected, also for those that are added meanwhile. @returns {Promise<number>} of them. */
  async all() {
    for (let seen = 0; seen < this.#promises.length;) {
      seen = this.#promises.length
      await Promise.all(this.#promises)
    }
    for (const [text, times] of this.#expected) assert.equal(times, 1, text)
    return this.#expected.size
  }
}

for (const way of WAYS) {
  test(`requests made in the callbacks of a streamed answer are answered: ${way}`, async (t) => {
    const handler = openAddon(t)
    const answers = new Answers()
    // Each piece asks twice more, to a depth of five.
    const ask = (name) => {
      const pieces = []
      const answer = stream(handler, `/${way}/${name}`, (piece) => {
        pieces.push(piece)
        if (pieces.length > 1 || name.length >= 5) return
        ask(`${name}0`)
        ask(`${name}1`)
      })
      answers.expect(answerOf(way, name), answer)
    }
    ask('x')
    assert.equal(await answers.all(), 31)
    assert.equal(handler.stats().requests, 31)
    assert.equal(handler.stats().inFlight, 0)
  })

  test(`requests made in the then of an answer are answered: ${way}`, async (t) => {
    const handler = open(t, 'answers_when')
    const answers = new Answers()
    const ask = (name) => {
      answers.expect(
        answerOf(way, name),
        textOf(handler, `/${way}/${name}`).then((text) => {
          if (name.length === 8) return text
          for (const more of '01') ask(name + more)
          return text
        }),
      )
    }
    ask('x')
    assert.equal(await answers.all(), 255)
    assert.equal(handler.stats().requests, 255)
  })
}

test('requests of every way made in the callbacks of each other are all answered, once', async (t) => {
  const handler = openAddon(t)
  const answers = new Answers()
  let count = 0
  const ask = (depth) => {
    const way = WAYS[count % WAYS.length]
    const name = `q${count++}.`
    let isFirst = true
    const onData = () => {
      if (!isFirst || depth === 6) return
      isFirst = false
      for (let more = 0; more < 2; more++) ask(depth + 1)
    }
    answers.expect(answerOf(way, name), stream(handler, `/${way}/${name}`, onData))
  }
  for (let number = 0; number < 4; number++) ask(0)
  assert.equal(await answers.all(), 4 * 127)
  assert.equal(handler.stats().inFlight, 0)
})

test('a synchronous request in the callback of an answer leaves those in flight alone', async (t) => {
  const handler = openAddon(t)
  const answers = new Answers()
  for (let number = 0; number < 24; number++) {
    const way = WAYS[number % WAYS.length]
    const name = `outer${number}.`
    let isFirst = true
    const onData = () => {
      if (!isFirst) return
      isFirst = false
      for (const inner of WAYS) {
        const { body } = handler.handleRequestSync({ url: `/${inner}/${name}` })
        assert.equal(body.toString(), answerOf(inner, name))
      }
    }
    answers.expect(answerOf(way, name), stream(handler, `/${way}/${name}`, onData))
  }
  assert.equal(await answers.all(), 24)
  assert.equal(handler.stats().requests, 24 * (1 + WAYS.length))
  assert.equal(handler.stats().inFlight, 0)
})

test('an answer can be given up in the callback of another one', async (t) => {
  const handler = new AddonHandler('notice_disconnect:app', { docroot, ...driver })
  t.after(() => handler.close({ timeout: 0 }))
  const pieces = []
  const kept = await handler.handleStream({ url: '/stream/nested-kept' }, { onData: (chunk) => pieces.push(chunk) })
  await new Promise((resolve, reject) => {
    const onData = () => {
      kept.destroy()
      own.then((response) => resolve(response.destroy()), reject)
    }
    const own = handler.handleStream({ url: '/stream/nested-own' }, { onData })
  })
  for (const key of ['nested-kept', 'nested-own']) {
    const { body } = await handler.handleRequest({ url: `/seen/${key}` })
    assert.equal(body.toString(), 'http.disconnect')
  }
  assert.deepEqual(pieces.map(String), ['first'])
})

test("requests made in the 'data' handlers of a listener are answered", async (t) => {
  const handler = open(t, 'answers_when')
  const inner = new Answers()
  const server = http.createServer((request, response) => {
    let chunks = 0
    request.on('data', () => {
      const name = `${request.url.slice(6)}-${chunks++}`
      for (const way of WAYS) {
        const text = `${name}-${way}`
        inner.expect(answerOf(way, text), textOf(handler, `/${way}/${text}`))
        assert.equal(handler.handleRequestSync({ url: `/now/${text}` }).body.toString(), text)
      }
    })
    handler.listener(request, response)
  })
  const port = await listen(t, server)
  const clients = [1, 2, 3].map(async (number) => {
    const request = http.request({ host: '127.0.0.1', port, method: 'POST', path: `/body/${number}` })
    request.write('one')
    await turn()
    request.end('two')
    const [response] = await once(request, 'response')
    let text = ''
    response.on('data', (chunk) => {
      text += chunk
      for (const way of WAYS) {
        const name = `client${number}-${way}-${text.length}`
        inner.expect(answerOf(way, name), textOf(handler, `/${way}/${name}`))
      }
    })
    await once(response, 'end')
    return text
  })
  assert.deepEqual(await Promise.all(clients), ['1onetwo', '2onetwo', '3onetwo'])
  // At least; how many pieces a body comes in is the network's affair.
  assert.ok(await inner.all() >= 2 * 3 * WAYS.length)
})

test('a thread of the application may ask the server that serves it', async (t) => {
  const handler = open(t, 'answers_when')
  const port = await listen(t, http.createServer(handler.listener))
  // One after the other: the pool of threads is small, and each request keeps up to three of them.
  for (const way of WAYS) {
    const { body } = await send({ port, path: `/fetch/${port}/fetch/${port}/${way}/text` })
    assert.equal(body.toString(), answerOf(way, 'text'))
  }
})

test('a request made while another one is refused, fails or times out is answered', async (t) => {
  const handler = open(t, 'answers_when', { responseTimeout: 1000 })
  const controller = new AbortController()
  const outcomes = await Promise.all([
    handler.handleRequest({ url: '/fails/on purpose' }).catch(({ message }) => {
      return `${message}, ${handler.handleRequestSync({ url: '/timer/sync' }).body}, still here`
    }),
    handler.handleRequest({ url: '/never/' }, controller.signal).catch(async (error) => {
      return [error, await textOf(handler, '/turn/aborted')]
    }),
    handler.handleRequest({ url: '/never/' }).catch(async ({ code }) => {
      return [code, await textOf(handler, '/thread/timeout')]
    }),
    textOf(handler, '/now/other').then(() => controller.abort('reason')),
  ])
  assert.deepEqual(outcomes, [
    'Python error: ValueError: on purpose, sync, still here',
    ['reason', 'aborted'],
    ['ERR_ASGI_NO_RESPONSE', 'TIMEOUT'],
    undefined,
  ])
  assert.equal(handler.stats().inFlight, 0)
})
