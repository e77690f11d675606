'use strict'

const http = require('node:http')
const { grouped } = require('./wire')

const { writeHead: plainWriteHead } = http.ServerResponse.prototype

/** Marks a `writeHead` that takes a flat list of headers, as Node's own does. */
const kTakesList = Symbol('takes list')

/** Headers of which a response may have several that do not contradict each other. */
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
 * Tells whether a response may be given its head as a flat list: it has no headers of its own, and nobody who might have
 * is in front. Most functions in front of `writeHead` look at the response for headers, and some take a list for an object.
 *
 * @param {import('node:http').ServerResponse} res of HTTP/1.
 * @returns {boolean}
 */
function takesList(res) {
  return (res.writeHead === plainWriteHead || res.writeHead[kTakesList] === true) && res.getHeaderNames().length === 0
}

/**
 * Writes the head of a response that may have headers of its own. The app's replace those of the same name, but for those
 * of which a response may have several. When it cannot be sent, the response's own headers are as they were.
 *
 * @param {object} res of node:http or of node:http2's compatibility interface.
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
