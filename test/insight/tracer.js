'use strict'

const { randomBytes } = require('node:crypto')
const { subscribe, unsubscribe } = require('node:diagnostics_channel')

/** The parts of a header `traceparent`: trace and parent. */
const TRACEPARENT = /^00-([\da-f]{32})-([\da-f]{16})-01$/

/**
 * Makes a span of each request of a handler, as instrumentations of Node do: from its channels alone. It is the parent of
 * what Python makes.
 *
 * @param {object} t the test; it ends with it.
 * @param {() => object} handlerOf gives the handler.
 * @returns {object[]} the spans that have ended.
 */
function trace(t, handlerOf) {
  const open = new Map()
  const ended = []
  const listeners = {
    'request:start': ({ request }) => {
      if (request.handler !== handlerOf()) return
      const [, trace, parent] = TRACEPARENT.exec(request.headers.get('traceparent')) ?? []
      const span = {
        name: `${request.method} ${request.url}`,
        trace: trace ?? randomBytes(16).toString('hex'),
        id: randomBytes(8).toString('hex'),
        parent: parent ?? null,
      }
      open.set(request, span)
      request.headers.set('traceparent', `00-${span.trace}-${span.id}-01`)
    },
    'request:end': ({ request, status, aborted }) => end(request, { status, aborted }),
    'request:error': ({ request, status, error }) => end(request, { status, error: error.code }),
  }
  const end = (request, outcome) => {
    if (!open.has(request)) return
    ended.push({ ...open.get(request), ...outcome })
    open.delete(request)
  }
  for (const [name, listener] of Object.entries(listeners)) {
    subscribe(`python-node:${name}`, listener)
    t.after(() => unsubscribe(`python-node:${name}`, listener))
  }
  return ended
}

module.exports = { trace }
