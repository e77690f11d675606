'use strict'

const assert = require('node:assert/strict')
const { OWN_REFUSAL } = require('./bodies')
const { compareClients } = require('./clients')
const { compareGrid } = require('./support')

const app = { target: 'socketio_rooms:combined_asgi_app', modules: ['socketio', 'fastapi', 'aiohttp'] }

/** Looks at what a client has seen: the same for each way of transport, but for what a broken connection is. */
function check(transport, departures) {
  return (seen) => {
    assert.equal(seen.transport, transport)
    assert.deepEqual(seen.welcome, { auth: { name: 'Änn' }, header: 'grid', query: true })
    assert.equal(seen.acks[0], 'grüße 🐍')
    assert.deepEqual(seen.acks[2], { bytes: 8, first: [0, 255, 128, 98, 121, 116, 101, 115] })
    assert.deepEqual(seen.lengths, [300_000])
    assert.equal(seen.acks[5].bytes, 300_000)
    assert.deepEqual(seen.acks[7], ['the client says', 42])
    assert.equal(seen.acks[8].bytes, 256)
    assert.deepEqual(seen.ticks, [...Array(20).keys()])
    assert.equal(seen.flood, true)
    assert.deepEqual(seen.rooms, [['blue'], ['blue']])
    assert.deepEqual(seen['in the room'], { by: 'Änn', what: 'hello blue' })
    assert.deepEqual(seen['in another'].what, { data: { bytes: 3, first: [...Buffer.from('red')] } })
    assert.deepEqual(seen['not heard'], [0, 0, 0])
    assert.deepEqual(seen.reasons, departures)
    assert.deepEqual(seen.refused, { message: 'who are you?', data: { code: 7 } })
    assert.equal(seen.farewells[3], 'One or more namespaces failed to connect: /nowhere')
    assert.deepEqual(seen.request, [200, { announced: 'all' }])
    assert.equal(seen.announced, 'all')
  }
}

const bob = (reason) => [{ name: 'Bob', reason }, 'client disconnect']
const cat = [{ name: 'Cat', reason: 'server disconnect' }, 'server disconnect']
const dan = { name: 'Dan', reason: 'transport close' }

compareClients(app, 'socketio_client.py', {
  'Socket.IO over polling alone: rooms, acknowledgements, bytes, background tasks, reasons of an end': {
    values: [['polling']],
    check: check('polling', [...bob('client disconnect'), ...cat]),
  },
  'Socket.IO over WebSocket alone: the same': {
    values: [['websocket']],
    check: check('websocket', [...bob('transport close'), ...cat, dan]),
  },
  'Socket.IO that begins with polling and goes on over WebSocket: the same': {
    values: [['polling', 'websocket']],
    check: check('websocket', [...bob('transport close'), ...cat, dan]),
  },
})

const ORIGIN = ['Origin', 'http://example.org']
const open = '/socket.io/?EIO=4&transport=polling'
const sid = (text) => text.replaceAll(/(?<=sid\\?":\\?")[\w-]+/g, '…')
const idOf = ({ body }) => JSON.parse(body.toString().slice(1)).sid

compareGrid({ ...app, plain: sid }, {
  'Socket.IO: the app around it, files, and requests that Engine.IO refuses are answered alike': [
    { path: '/hello', says: 'from FastAPI' },
    { path: '/absent', status: 404 },
    { path: '/notes', says: 'quick brown fox' },
    { method: 'HEAD', path: '/hello', status: 405 },
    { path: open, says: '"upgrades":["websocket"]' },
    { path: open, headers: [ORIGIN], says: '0{"sid":' },
    { path: '/socket.io/', status: 400 },
    { path: '/socket.io/?EIO=3&transport=polling', status: 400 },
    { path: '/socket.io/?EIO=4&transport=carrier-pigeon', status: 400 },
    { path: `${open}&sid=nobody`, status: 400 },
    { method: 'POST', path: `${open}&sid=nobody`, body: '40', status: 400 },
    { method: 'PUT', path: open, body: 'x', status: 405 },
    { method: 'OPTIONS', path: open, headers: [ORIGIN] },
    { path: `${open}&j=7`, says: '___eio[7]' },
  ],
  'Socket.IO: packets of a poll are the same octets': [
    { path: open, says: '"maxPayload":1000000' },
    (last) => ({ method: 'POST', path: `${open}&sid=${idOf(last)}`, body: '40{"name":"raw"}', says: 'OK' }),
    { path: open },
    // Engine.IO takes a body without a length for an empty one.
    (last) => ({ method: 'POST', path: `${open}&sid=${idOf(last)}`, chunks: ['40', '{"name":"raw"}'], says: 'OK' }),
  ],
  'Socket.IO: WebSockets that Engine.IO accepts and refuses': [
    {
      websocket: '/socket.io/?EIO=4&transport=websocket',
      steps: [null, '40{"name":"raw"}', null, null, '420["echo","ü"]', null, '421["throw_out"]', null],
      leave: [1000],
      says: String.raw`430["\u00fc"]`,
    },
    { websocket: '/socket.io/?EIO=4&transport=websocket&sid=nobody', status: 403, differs: OWN_REFUSAL },
    { websocket: '/hello', status: 403, differs: OWN_REFUSAL },
  ],
})
