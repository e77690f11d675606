'use strict'

// Loaded before a program: there is no `ws` then, also where Debian has installed one.
const Module = require('node:module')

const resolve = Module._resolveFilename

Module._resolveFilename = function (request, ...rest) {
  if (!/(^|\/)ws$/.test(request)) return resolve.call(this, request, ...rest)
  const error = new Error(`Cannot find module '${request}'`)
  error.code = 'MODULE_NOT_FOUND'
  throw error
}
