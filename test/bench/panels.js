'use strict'

/**
 * One of the chart's diagrams. Its bars share a scale; those that do the same work stand together.
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {Array<Bar[]>} clusters
 * @property {true} [isInReadme] it is one of the three in README's picture.
 */

/**
 * @typedef {object} Bar
 * @property {string} id of a row
 * @property {string} label
 * @property {'own' | 'node' | 'other'} kind one of our drivers, Node, or another server
 */

const own = (id, label) => ({ id, label, kind: 'own' })
const node = (id, label) => ({ id, label, kind: 'node' })
const other = (id, label) => ({ id, label, kind: 'other' })

/** @type {Panel[]} */
const PANELS = [
  {
    title: 'Calls from JavaScript that all differ, 64 in flight',
    isInReadme: true,
    clusters: [
      [
        own('varied-calls/own/64', 'in-process'),
        node('varied-calls/node/64', "in-process, thread: 'node'"),
        other('varied-calls/agent/64', 'http.Agent → uvicorn'),
        other('varied-calls/fetch/64', 'fetch → uvicorn'),
      ],
    ],
  },
  {
    title: 'HTTP requests that all differ, 64 connections',
    isInReadme: true,
    clusters: [
      [
        own('varied-http/serve/64', 'python-node serve'),
        own('varied-http/own/64', 'Node, listener'),
        node('varied-http/node/64', "Node, listener, thread: 'node'"),
        other('varied-http/plain/64', 'Node, the same answer, no Python'),
        other('varied-http/uvicorn/64', 'uvicorn'),
        other('varied-http/granian/64', 'granian'),
        other('varied-http/h2corn/64', 'h2corn'),
        other('varied-http/peregrine/64', 'peregrine'),
        other('varied-http/freastal/64', 'freastal'),
      ],
    ],
  },
  {
    title: 'Calls from JavaScript, one at a time',
    clusters: [
      [
        own('calls/own/1', 'in-process'),
        node('calls/node-turns/1', "in-process, thread: 'node'"),
        other('calls/agent/1', 'http.Agent → uvicorn'),
        other('calls/fetch/1', 'fetch → uvicorn'),
      ],
    ],
  },
  {
    title: 'Calls from JavaScript, 64 in flight',
    clusters: [
      [
        own('calls/own/64', 'in-process'),
        node('calls/node/64', "in-process, thread: 'node'"),
        other('calls/agent/64', 'http.Agent → uvicorn'),
        other('calls/fetch/64', 'fetch → uvicorn'),
      ],
    ],
  },
  {
    title: 'HTTP under wrk, 64 connections',
    clusters: [
      [
        own('wrk/own/64', 'Node, listener'),
        node('wrk/node/64', "Node, listener, thread: 'node'"),
        other('wrk/static/64', 'Node, static answer, no Python'),
        other('wrk/proxy/64', 'Node, reverse proxy → uvicorn'),
        other('wrk/uvicorn/64', 'uvicorn'),
      ],
    ],
  },
  {
    title: 'FastAPI, JSON POST under wrk, 64 connections',
    isInReadme: true,
    clusters: [
      [
        own('fastapi/native', 'python-node serve'),
        own('fastapi/own', 'Node, listener'),
        node('fastapi/node', "Node, listener, thread: 'node'"),
        other('fastapi/proxy', 'Node, reverse proxy → uvicorn'),
        other('fastapi/uvicorn', 'uvicorn'),
        other('fastapi/granian', 'granian'),
        other('fastapi/peregrine', 'peregrine'),
      ],
    ],
  },
  {
    title: 'Response of 4 MiB, in chunks of 64 KiB',
    clusters: [
      [
        own('streams/download-own', 'in-process'),
        node('streams/download-node', "in-process, thread: 'node'"),
        other('streams/download-agent', 'http.Agent → uvicorn'),
      ],
      [
        own('streams/download-native', 'socket → python-node serve'),
        own('streams/download-own-listener', 'socket → Node, listener'),
        node('streams/download-node-listener', "socket → Node, listener, thread: 'node'"),
        other('streams/download-uvicorn', 'socket → uvicorn'),
      ],
    ],
  },
  {
    title: 'Upload of 64 MiB',
    clusters: [
      [
        own('streams/upload-own', 'in-process'),
        node('streams/upload-node', "in-process, thread: 'node'"),
        other('streams/upload-agent', 'http.Agent → uvicorn'),
      ],
      [
        own('streams/upload-native', 'socket → python-node serve'),
        own('streams/upload-own-listener', 'socket → Node, listener'),
        node('streams/upload-node-listener', "socket → Node, listener, thread: 'node'"),
        other('streams/upload-uvicorn', 'socket → uvicorn'),
      ],
    ],
  },
  {
    title: 'WebSocket echo of 128 bytes, 64 sockets',
    clusters: [
      [
        own('websocket/in-process/64', 'in-process'),
        node('websocket/in-process-node/64', "in-process, thread: 'node'"),
      ],
      [
        own('websocket/own/64', 'Node, upgrade'),
        node('websocket/node/64', "Node, upgrade, thread: 'node'"),
        other('websocket/uvicorn/64', 'uvicorn'),
        other('websocket/alone/64', 'Node, ws alone, no Python'),
      ],
    ],
  },
]

module.exports = { PANELS }
