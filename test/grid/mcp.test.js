'use strict'

const assert = require('node:assert/strict')
const { compareClients } = require('./clients')
const { compareGrid } = require('./support')

const app = {
  target: 'mcp_tools:make_app',
  modules: ['mcp'],
  uvicorn: { factory: true },
  handler: { factory: true },
}

/** Looks at what a client has seen in either version of the protocol. */
function check(seen) {
  assert.equal(seen.server, 'Grid')
  assert.equal(seen.instructions, 'Grüße')
  assert.equal(seen.tools.length, 12)
  assert.deepEqual(seen.tools[0].slice(0, 2), ['add', 'Add two numbers.'])
  assert.deepEqual(seen.read, ['nichts Neues', 'Hello, Zoë!'])
  assert.equal(seen.prompt, 'Please review: x = 1')
  assert.deepEqual(seen.add, { result: 3 })
  assert.deepEqual(seen.total, { value: 3.5, terms: [1.5, 2] })
  assert.deepEqual(seen.headers, ['grid=grid'])
  assert.equal(seen.large, 300_000)
  assert.equal(seen.fail[0], true)
  assert.deepEqual(seen.wrong, [true, true])
  assert.match(seen['no such resource'], /nothing:\/\/here/)
  const [text, progress] = seen.work
  assert.deepEqual(text, ['25 steps'])
  assert.deepEqual(progress, Array.from({ length: 25 }, (_, index) => [index + 1, 25, `Schritt ${index + 1}`]))
  assert.deepEqual(seen.together, Array.from({ length: 20 }, (_, index) => index * 2))
  assert.equal(seen.ended.length, 1)
  assert.deepEqual(seen.touch, ['touched'])
  assert.equal(seen.heard.length, 2)
}

compareClients(app, 'mcp_client.py', {
  'MCP with a session: tools, progress, questions to the client, a stream that is resumed, notifications': {
    values: ['legacy'],
    check(seen) {
      check(seen)
      assert.deepEqual(seen.ask, ['accept: the one asked: Who are you?'])
      assert.deepEqual(seen.interrupt, [['resumed'], [[1, 3, 'before'], [2, 3, 'while away'], [3, 3, 'back']]])
      assert.deepEqual(seen.heard, ['notifications/resources/updated', 'notifications/tools/list_changed'])
      // The stream of the session, the one that was resumed, and the session's end.
      for (const each of ['["GET", true, false]', '["GET", true, true]', '["DELETE", true, false]']) {
        assert.ok(seen.requests.includes(each), `${seen.requests}`)
      }
    },
  },
  'MCP without a session, as of 2026: tools, progress, a call that is given up, a subscription': {
    values: ['auto'],
    check(seen) {
      check(seen)
      assert.deepEqual(seen.heard, ['ResourceUpdated', 'ToolsListChanged'])
      assert.deepEqual(seen.requests, ['["POST", false, false]'])
    },
  },
})

const JSON_TYPE = ['Content-Type', 'application/json']
const ACCEPT = ['Accept', 'application/json, text/event-stream']
const VERSION = ['MCP-Protocol-Version', '2025-06-18']

/** A message of JSON-RPC as a request. */
function rpc(method, params, { id = 1, headers = [], ...expected } = {}) {
  const body = JSON.stringify({ jsonrpc: '2.0', ...(id !== null && { id }), method, params })
  return { method: 'POST', path: '/mcp', headers: [JSON_TYPE, ACCEPT, ...headers], body, ...expected }
}

const INITIALIZE = rpc('initialize', {
  protocolVersion: '2025-06-18',
  capabilities: {},
  clientInfo: { name: 'raw', version: '0' },
}, { says: '"serverInfo":{"name":"Grid","version":"1.2.3"}' })

// Every answer within a session names it.
const session = (last) => [['Mcp-Session-Id', last.header('mcp-session-id')], VERSION]
const within = (method, params, expected) => (last) => rpc(method, params, { headers: session(last), ...expected })
const call = (name, values, expected) => within('tools/call', { name, arguments: values }, expected)

compareGrid({
  ...app,
  plain: (text) => text.replaceAll(/\b[0-9a-f]{32}\b/g, 'session'),
}, {
  'MCP: a session is opened, used and deleted with the same octets': [
    INITIALIZE,
    within('notifications/initialized', undefined, { id: null, status: 202 }),
    within('tools/list', {}, { says: '"name":"add"' }),
    call('add', { a: 20, b: 22 }, { says: '"structuredContent":{"result":42}' }),
    call('large', { size: 20_000 }, { says: 'grüße' }),
    call('nothing', {}, { says: 'Unknown tool' }),
    call('interrupt', {}, { says: 'id: ' }),
    // No events follow an unknown one.
    (last) => ({
      path: '/mcp',
      headers: [['Accept', 'text/event-stream'], ['Last-Event-ID', 'none'], ...session(last)],
    }),
    within('ping', undefined, { says: '"result":{}' }),
    (last) => ({ method: 'DELETE', path: '/mcp', headers: session(last) }),
    within('ping', undefined, { status: 404 }),
  ],
  'MCP: requests that cannot be are refused alike': [
    rpc('tools/list', {}, { status: 400 }),
    { ...INITIALIZE, headers: [JSON_TYPE, ['Accept', 'application/json']], status: 406, says: '' },
    { ...INITIALIZE, headers: [['Content-Type', 'text/plain'], ACCEPT], status: 400, says: '' },
    { ...INITIALIZE, headers: [JSON_TYPE, ACCEPT, ['Origin', 'http://example.org']], status: 403, says: '' },
    rpc('tools/list', {}, { headers: [['Mcp-Session-Id', 'nobody']], status: 404 }),
    rpc('tools/list', {}, { headers: [['MCP-Protocol-Version', '1999-01-01']], status: 400 }),
    { method: 'POST', path: '/mcp', headers: [JSON_TYPE, ACCEPT], body: '{"broken', status: 400 },
    { method: 'POST', path: '/mcp', headers: [JSON_TYPE, ACCEPT], body: 'x'.repeat((4 << 20) + 1), status: 413 },
    { method: 'PUT', path: '/mcp', body: '{}', status: 405 },
    { path: '/mcp', headers: [['Accept', 'text/event-stream']], status: 400 },
    { method: 'DELETE', path: '/mcp', status: 400 },
    { path: '/mcp/', status: 307 },
    { path: '/absent', status: 404 },
  ],
})
