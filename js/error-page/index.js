'use strict'

const { preferredType } = require('./accept')
const { pageOf } = require('./html')
const { problemOf } = require('./problem')

/** The headers for all types: no caching, no scripts. */
const HEADERS = {
  'cache-control': 'no-store',
  vary: 'accept',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
}

/**
 * Makes the response that shows an error: HTML for browsers, JSON for clients that accept it, and text for others.
 *
 * @param {any} error an AsgiError, a ServeFailure, or any thrown value.
 * @param {object} req of node:http or node:http2.
 * @returns {{ headers: Record<string, string>, text: string }} `headers` without content-length.
 */
function errorAnswer(error, req) {
  const problem = problemOf(error)
  const type = preferredType(req.headers?.accept, ['text/plain', 'text/html', 'application/json'])
  const text = type === 'text/html'
    ? pageOf(problem, requestOf(req))
    : type === 'application/json'
    ? jsonOf(problem, req)
    : problem.traceback ?? problem.message
  return { headers: { 'content-type': `${type}; charset=utf-8`, ...HEADERS }, text }
}

function jsonOf({ type, message, traceback, frames }, { method, url }) {
  const places = frames.map(({ name, file, line, column }) => ({ function: name, file, line, column }))
  return JSON.stringify({ type, message, frames: places, traceback, request: { method, url } })
}

/** The names and values that the page shows for a request. */
function requestOf(req) {
  // The request of a mock has no raw headers.
  const { method, url, httpVersion = '1.1', rawHeaders = [] } = req
  const headers = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (!rawHeaders[i].startsWith(':')) headers.push([rawHeaders[i], rawHeaders[i + 1]])
  }
  return { line: `${method} ${url} HTTP/${httpVersion}`, headers }
}

module.exports = { errorAnswer }
