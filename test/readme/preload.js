'use strict'

// Loaded into the programs of README.md before they start. They listen where README says, which another program may do
// too: here each gets a free port of 127.0.0.1 instead, and reports it to the test.

const dgram = require('node:dgram')
const Module = require('node:module')
const net = require('node:net')

const patched = new Set()
const { bind } = dgram.Socket.prototype
const { _load: load } = Module

listenElsewhere(net.Server.prototype)

// The servers of handlers, where a program loads them: not every one loads the addon.
Module._load = function (request, ...rest) {
  const exports = load.call(this, request, ...rest)
  const servers = request.endsWith('/server') ? exports.PythonServer?.prototype : undefined
  if (servers !== undefined && !patched.has(servers)) listenElsewhere(servers)
  return exports
}

dgram.Socket.prototype.bind = function (...args) {
  const wanted = typeof args[0] === 'object' ? args[0].port : args[0]
  // Without a port it is the socket of a client.
  if (typeof wanted !== 'number') return bind.apply(this, args)
  this.once('listening', () => tell(wanted, this.address()))
  return bind.call(this, { port: 0, address: '127.0.0.1' }, ...callbackAmong(args))
}

function listenElsewhere(prototype) {
  const { listen } = prototype
  patched.add(prototype)
  prototype.listen = function (...args) {
    const wanted = typeof args[0] === 'object' ? args[0].port : args[0]
    if (typeof wanted !== 'number') return listen.apply(this, args)
    this.once('listening', () => tell(wanted, this.address()))
    return listen.call(this, { port: 0, host: '127.0.0.1' }, ...callbackAmong(args))
  }
}

function callbackAmong(args) {
  const last = args.at(-1)
  return typeof last === 'function' ? [last] : []
}

function tell(wanted, { port }) {
  process.send({ wanted, port })
}
