'use strict'

const http = require('node:http')
const { grouped } = require('./wire')

const { writeHead: plainWriteHead } = http.ServerResponse.prototype

/** Marks a `writeHead` that accepts a flat list of headers, like Node's. */
const kTakesList = Symbol('takes list')

/** Headers that a response may have several times. */
const REPEATABLE = new Set([
  'link',
  'proxy-authenticate',
  'server-timing',
  'set-cookie',
  'vary',
  'via',
  'warning',
  'www-authenticate',
])

/**
 * Whether `writeHead` can be called with a flat list: the response has no headers yet, and no middleware has replaced the
 * method. Most replacements read the headers from the response, and some treat a list as an object.
 *
 * @param {import('node:http').ServerResponse} res of HTTP/1.
 * @returns {boolean}
 */
function takesList(res) {
  return (res.writeHead === plainWriteHead || res.writeHead[kTakesList] === true) && res.getHeaderNames().length === 0
}

/**
 * Writes the head of a response that may already have headers. The app's headers replace those of the same name, except
 * repeatable ones. If it fails, the response's headers are restored.
 *
 * @param {object} res of node:http or of node:http2's compatibility API.
 * @param {number} status
 * @param {string[]} list `[name, value, …]`
 */
function writeHeadBesideOwn(res, status, list) {
  const groups = grouped(list)
  const own = new Map()
  try {
    for (const [name, value] of groups) {
      const before = res.getHeader(name)
      own.set(name, before)
      res.setHeader(name, before !== undefined && REPEATABLE.has(name) ? united(before, value) : value)
    }
    res.writeHead(status)
  } catch (error) {
    if (!res.headersSent) restore(res, own)
    throw error
  }
}

function united(before, value) {
  return [...new Set([before, value].flat().map(String))]
}

function restore(res, own) {
  for (const [name, value] of own) {
    if (value === undefined) res.removeHeader(name)
    else res.setHeader(name, value)
  }
}

module.exports = { kTakesList, takesList, writeHeadBesideOwn }
