'use strict'

// Loaded into the programs of the documents before they start. They listen where the document says, which another program may do
// too: here each gets a free port of 127.0.0.1 instead, and the test hears which.

const dgram = require('node:dgram')
const net = require('node:net')

const { listen } = net.Server.prototype
const { bind } = dgram.Socket.prototype

net.Server.prototype.listen = function (...args) {
  const wanted = typeof args[0] === 'object' ? args[0].port : args[0]
  if (typeof wanted !== 'number') return listen.apply(this, args)
  this.once('listening', () => tell(wanted, this.address()))
  return listen.call(this, { port: 0, host: '127.0.0.1' }, ...callbackAmong(args))
}

dgram.Socket.prototype.bind = function (...args) {
  const wanted = typeof args[0] === 'object' ? args[0].port : args[0]
  // Without a port it is the socket of a client.
  if (typeof wanted !== 'number') return bind.apply(this, args)
  this.once('listening', () => tell(wanted, this.address()))
  return bind.call(this, { port: 0, address: '127.0.0.1' }, ...callbackAmong(args))
}

function callbackAmong(args) {
  const last = args.at(-1)
  return typeof last === 'function' ? [last] : []
}

function tell(wanted, { port }) {
  process.send({ wanted, port })
}
