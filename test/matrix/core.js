'use strict'

/**
 * The tests that every pair of a Python and a Node runs, with either driver: what the package promises to applications and
 * to programs. Tests that choose a Python themselves, count, measure, or run frameworks are not among them.
 */
const CORE = [
  'test/abort.test.js',
  'test/binding.test.js',
  'test/body.test.js',
  'test/conformance.test.js',
  'test/conformance/application.test.js',
  'test/conformance/asyncio.test.js',
  'test/conformance/lifespan-modes.test.js',
  'test/conformance/lifespan.test.js',
  'test/conformance/messages.test.js',
  'test/conformance/receive.test.js',
  'test/conformance/scope.test.js',
  'test/conformance/send.test.js',
  'test/conformance/tasks.test.js',
  'test/continue.test.js',
  'test/errors.test.js',
  'test/extensions/files.test.js',
  'test/extensions/hints.test.js',
  'test/extensions/log.test.js',
  'test/extensions/tls.test.js',
  'test/extensions/trailers.test.js',
  'test/faults/children.test.js',
  'test/faults/output.test.js',
  'test/faults/signals.test.js',
  'test/fetch.test.js',
  'test/handlers.test.js',
  'test/headers.test.js',
  'test/host-throws.test.js',
  'test/hostile/driving.test.js',
  'test/hostile/events.test.js',
  'test/hostile/lifespans.test.js',
  'test/hostile/odd-apps.test.js',
  'test/hostile/pipelining.test.js',
  'test/hostile/streams.test.js',
  'test/hostile/turns.test.js',
  'test/hosts/async-context.test.js',
  'test/hosts/made-requests.test.js',
  'test/hosts/mounts.test.js',
  'test/hosts/request-headers.test.js',
  'test/hosts/request-scope.test.js',
  'test/hosts/response-headers.test.js',
  'test/imports.test.js',
  'test/borrowed-bodies.test.js',
  'test/listener-head.test.js',
  'test/listener.test.js',
  'test/odd-heads.test.js',
  'test/polluted.test.js',
  'test/raw/values.test.js',
  'test/reports-once.test.js',
  'test/request.test.js',
  'test/require-again.test.js',
  'test/response.test.js',
  'test/rewrite.test.js',
  'test/serve/client-errors.test.js',
  'test/serve/python-end.test.js',
  'test/serve/sessions.test.js',
  'test/serve/signals.test.js',
  'test/websocket/denial.test.js',
  'test/websocket/in-process.test.js',
  'test/websocket/receive.test.js',
  'test/websocket/scope.test.js',
  'test/written-heads.test.js',
]

/** Tests that only concern an event loop on JavaScript's thread. */
const ON_NODE = [
  'test/node-thread/asyncio.test.js',
  'test/node-thread/streams.test.js',
  'test/node-thread/sync.test.js',
  'test/node-thread/turns.test.js',
]

/** The test files for a driver, `own` or `node`. */
const filesFor = (thread) => thread === 'node' ? [...CORE, ...ON_NODE] : CORE

module.exports = { filesFor }
