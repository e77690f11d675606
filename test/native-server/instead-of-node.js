'use strict'

// Preloaded into a test file with `node --require`: replaces http.createServer(handler.listener) with
// handler.createServer(). A file that does not call it fails.

const http = require('node:http')
const { PythonHandler } = require('../..')

const { createServer } = http
const listener = Object.getOwnPropertyDescriptor(PythonHandler.prototype, 'listener')
const handlers = new WeakMap()
let count = 0

/** Options of node:http that the handler's server has as well. */
const SHARED = new Set(['headersTimeout', 'keepAliveTimeout', 'maxHeaderSize', 'requestTimeout'])

Object.defineProperty(PythonHandler.prototype, 'listener', {
  ...listener,
  get() {
    const own = listener.get.call(this)
    handlers.set(own, this)
    return own
  },
})

http.createServer = (...args) => {
  const handler = handlers.get(args.at(-1))
  if (handler === undefined) return createServer(...args)
  const options = args.length === 1 ? {} : args[0] ?? {}
  if (!Object.keys(options).every((name) => SHARED.has(name))) return createServer(...args)
  try {
    const server = handler.createServer(options)
    count++
    return server
  } catch (error) {
    // The handler needs JavaScript for each request.
    if (error.code === 'ERR_ASGI_INVALID_OPTION') return createServer(...args)
    throw error
  }
}

// The runner itself has a file's name for its first argument, too.
if (process.env.NODE_TEST_CONTEXT !== undefined && process.argv[1]?.endsWith('.test.js')) {
  process.on('exit', () => {
    if (count > 0) return
    console.error(`${process.argv[1]} has served nothing with a server of a handler`)
    process.exitCode = 1
  })
}
