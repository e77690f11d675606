'use strict'

const AGENT = '`http.Agent` → uvicorn'
const STATIC = "Node's static answer"
const PROXY = 'reverse proxy'

/**
 * The targets: one of the conditions is enough.
 *
 * @typedef {object} Target
 * @property {string} work
 * @property {Condition[]} any
 */

/**
 * @typedef {object} Condition
 * @property {string} of the id of a row, whose value is measured
 * @property {'node' | 'python' | 'both'} [cpu] instead of its value: the CPU time of that thread for each request, in µs
 * @property {string} [over] the id of another row that the value is divided by
 * @property {string} [minus] the id of another row whose value is taken off
 * @property {string} [than] what the other row is called
 * @property {number} [least]
 * @property {number} [most]
 */

const least = (of, number, over, than) => ({ of, least: number, over, than })
const most = (of, number, over, than) => ({ of, most: number, over, than })

/** @type {Target[]} */
const TARGETS = [
  target('varied calls, 64 in flight', least('varied-calls/own/64', 14, 'varied-calls/agent/64', AGENT)),
  target('CPU of both threads for a varied call, 64 in flight', { ...most('varied-calls/own/64', 4.5), cpu: 'both' }),
  target('CPU of both threads for a varied call of a `new Request`, 64 in flight', {
    ...most('varied-calls/request/64', 6),
    cpu: 'both',
  }),
  target('CPU of the Node thread for a varied answer of `listener`, 64 connections', {
    ...most('varied-http/own/64', 1.2, 'varied-http/plain/64', 'the same answer without Python'),
    cpu: 'node',
  }),
  target(
    'varied answers of `python-node serve`, 64 connections',
    least('varied-http/serve/64', 2.2, 'varied-http/uvicorn/64', 'uvicorn'),
  ),
  target(
    'varied answers of `python-node serve`, 64 connections',
    least('varied-http/serve/64', 0.95, 'varied-http/peregrine/64', 'peregrine'),
  ),
  target(
    'varied answers of `python-node serve`, 1 connection',
    least('varied-http/serve/1', 1.3, 'varied-http/uvicorn/1', 'uvicorn'),
  ),
  target(
    'varied answers of `python-node serve`, 1,000 connections',
    least('varied-http/serve/1000', 2.2, 'varied-http/uvicorn/1000', 'uvicorn'),
  ),
  target(
    'varied answers of `python-node serve`, 1,000 connections, p99',
    most('varied-http/p99-serve/1000', 1.5, 'varied-http/p99-peregrine/1000', 'peregrine'),
  ),
  target('failures of `python-node serve`, 8,000 connections', most('varied-http/failed-serve/8000', 0)),
  target('CPU of the other threads for a varied answer of `python-node serve`, 64 connections', {
    ...most('varied-http/serve/64', 10.5),
    cpu: 'node',
  }),
  target('CPU of the Python thread for a varied answer of `python-node serve`, 64 connections', {
    ...most('varied-http/serve/64', 3.5),
    cpu: 'python',
  }),
  target(
    'FastAPI JSON POST of `python-node serve`, 64 connections',
    least('fastapi/native', 1.1, 'fastapi/peregrine', 'peregrine'),
  ),
  target(
    'FastAPI JSON POST of `python-node serve`, 64 connections',
    least('fastapi/native', 2, 'fastapi/uvicorn', 'uvicorn'),
  ),
  target(
    '4 MiB response of `python-node serve`',
    least('streams/download-native', 1.3, 'streams/download-uvicorn', 'uvicorn'),
  ),
  target(
    '64 MiB upload to `python-node serve`',
    least('streams/upload-native', 2, 'streams/upload-uvicorn', 'uvicorn'),
  ),
  target(
    'varied answers of `createServer` while JavaScript is blocked for 50 of every 100 ms',
    least('steadiness/blocked', 0.9, 'steadiness/free', 'the same unblocked'),
  ),
  target('the health path while Python computes, p99', most('steadiness/health', 5)),
  target('10,000 idle connections of `createServer`, each', most('steadiness/idle-native', 8)),
  target(
    'varied answers of `python-node serve` with an access log',
    least('steadiness/logging', 0.9, 'steadiness/quiet', 'without'),
  ),
  target('CPU of both threads for hello, 64 in flight', { ...most('calls/own/64', 3.6), cpu: 'both' }),
  target('in-process hello, 64 in flight', least('calls/own/64', 25, 'calls/agent/64', AGENT)),
  target('in-process hello, 64 in flight', least('calls/own/64', 80, 'calls/fetch/64', '`fetch` → uvicorn')),
  target('in-process hello, 1 in flight', least('calls/own/1', 3, 'calls/agent/1', AGENT)),
  target('in-process hello, 1 in flight', least('calls/own/1', 5, 'calls/fetch/1', '`fetch` → uvicorn')),
  target(
    "in-process hello, 1 in flight, `thread: 'node'`, each in its own turn",
    least('calls/node-turns/1', 30, 'calls/agent/1', AGENT),
  ),
  target("in-process hello, 64 in flight, `thread: 'node'`", least('calls/node/64', 1, 'calls/own/64', 'own thread')),
  target('CPU of the Python thread for hello, 64 in flight', {
    ...most('floor/own', 0.8, 'floor/python', 'a task each in plain Python'),
    cpu: 'python',
  }),
  target(
    'CPU of the Node thread for hello, 64 in flight',
    { ...most('floor/own', 1.5), cpu: 'node' },
    { ...most('floor/own', 8, 'floor/nothing', 'an empty Node-API call'), cpu: 'node' },
  ),
  target(
    'Starlette hello in-process, 64 in flight',
    least('calls/starlette-own/64', 5, 'calls/starlette-agent/64', AGENT),
  ),

  target('`listener`, 64 connections', least('wrk/own/64', 0.9, 'wrk/immediate/64', `${STATIC} in \`setImmediate\``)),
  target('`listener`, 64 connections', least('wrk/own/64', 4, 'wrk/proxy/64', PROXY)),
  target("`listener`, 1 connection, `thread: 'node'`", least('wrk/node/1', 0.85, 'wrk/static/1', STATIC)),
  target("`listener`, 1 connection, `thread: 'node'`", least('wrk/node/1', 2.5, 'wrk/proxy/1', PROXY)),
  target('`listener`, 1 connection', least('wrk/own/1', 1.2, 'wrk/proxy/1', PROXY)),
  target('FastAPI JSON POST, 64 connections', least('fastapi/own', 1.1, 'fastapi/uvicorn', 'uvicorn')),
  target('FastAPI JSON POST, 64 connections', least('fastapi/own', 1.5, 'fastapi/proxy', PROXY)),

  target('CPU of both threads for an inline `add(1, 2)`, 64 in flight', {
    ...most('functions/add', 1, 'functions/hello', 'hello'),
    cpu: 'both',
  }),
  target('8 MiB of a `Float32Array` out and back', least('functions/echo', 2)),

  target('4 MiB response in-process', least('streams/download-own', 2)),
  target('4 MiB response in-process', least('streams/download-own', 2, 'streams/download-agent', AGENT)),
  target(
    '4 MiB response through `listener`',
    least('streams/download-own-listener', 1, 'streams/download-uvicorn', 'uvicorn'),
  ),
  target('64 MiB upload in-process', least('streams/upload-own', 2)),
  target('64 MiB upload in-process, in one piece', least('streams/upload-own-whole', 2)),
  target(
    '64 MiB upload through `listener`',
    least('streams/upload-own-listener', 1, 'streams/upload-uvicorn', 'uvicorn'),
  ),

  target('WebSocket echo on the wire, 64 sockets', ...echoes(64)),
  target('WebSocket echo on the wire, 1 socket', ...echoes(1)),
  target(
    'WebSocket echo in-process, 64 sockets',
    least('websocket/in-process/64', 10, 'websocket/uvicorn/64', 'uvicorn'),
  ),
  target(
    "WebSocket echo in-process, 64 sockets, `thread: 'node'`",
    least('websocket/in-process-node/64', 10, 'websocket/uvicorn/64', 'uvicorn'),
  ),

  target('10,000 requests that wait, each', above('memory/waiting-own', 4, 'memory/waiting-python', 'plain Python')),
  ...Object.entries({
    'download-own': 'response in-process',
    'upload-own': 'upload in-process',
    'download-listener': 'response through `listener`',
    'upload-listener': 'upload through `listener`',
  }).map(([key, what]) => target(`1 GiB through a slow reader, ${what}`, most(`memory/slow-${key}`, 16))),
  target('10,000 idle WebSockets, each', above('memory/idle-own', 20, 'memory/idle-alone', '`ws` alone')),

  target(
    'mixed: 1 in 10 of 64 takes 100 ms, p99 of the quick ones',
    most('latency/among-own', 2, 'latency/alone-own', 'their p99 alone'),
  ),
  target(
    'mixed: 64 quick ones at all times, thousands of 100 ms beside them, p99 of the quick ones',
    most('latency/mixed-own', 2, 'latency/alone-own', 'their p99 alone'),
  ),
  target('mixed: 64 of 100 µs each, p50 of the batch', most('latency/batch-own', 0.6)),
  target(
    '`require` until a handler is ready',
    most('startup/own', 1.5, 'startup/python', '`python3 -c "import asyncio; import app"`'),
  ),
]

function target(work, ...any) {
  return { work, any }
}

function echoes(sockets) {
  return ['own', 'node'].map((thread) => {
    const than = `uvicorn (${thread === 'own' ? 'own thread' : "`thread: 'node'`"})`
    return least(`websocket/${thread}/${sockets}`, 1, `websocket/uvicorn/${sockets}`, than)
  })
}

function above(of, number, minus, than) {
  return { of, most: number, minus, than }
}

module.exports = { TARGETS }
