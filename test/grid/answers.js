'use strict'

const { isUtf8 } = require('node:buffer')
const { createHash } = require('node:crypto')

// Headers that a server adds for itself, and why they may differ.
const OF_THE_SERVER = new Set([
  // The time of the answer and the server's name.
  'date',
  'server',
  // Whether the connection stays open, and how long: each server has its own rules. The client obeys them.
  'connection',
  'keep-alive',
  // The framing of a body without a length. The client decodes it, and reports whether the body is complete.
  'transfer-encoding',
])

// Of a handshake that ends well: what each server writes for itself, at a place of its own.
const OF_THE_HANDSHAKE = new Set([
  'upgrade',
  'sec-websocket-accept',
  // Compared as `protocol`.
  'sec-websocket-protocol',
])

const EXPIRES = /(?<=expires=)[A-Z][a-z]{2}, [^;]+ GMT/gi

/** Frameworks write a time in the past as one of 1970, or as some time before now, at most this many minutes. */
const LONGEST_AGO = 60 * 24 * 366

/** A time that the application has computed from now: the other server may have been asked a second later. */
function soon(text) {
  const distance = Math.round((Date.parse(text) - Date.now()) / 60_000)
  return distance >= -LONGEST_AGO ? `in ${distance} minutes` : text
}

/**
 * What two servers must answer alike.
 *
 * @param {object} answer of `RawClient.send` or of `converse`.
 * @param {(text: string) => string} [plain] makes random parts equal.
 */
function comparable(answer, plain = (text) => text) {
  const header = (name, value) => name.toLowerCase() === 'expires' ? soon(value) : plain(value).replace(EXPIRES, soon)
  const isHandshake = answer.messages !== undefined
  const headers = answer.headers
    .map(([name, value]) => [isHandshake ? name.toLowerCase() : name, value])
    .filter(([name]) => !OF_THE_SERVER.has(name.toLowerCase()) && !(isHandshake && OF_THE_HANDSHAKE.has(name)))
    .map(([name, value]) => `${name}: ${header(name, value)}`)
  if (isHandshake) {
    const messages = answer.messages.map((each) => (typeof each === 'string' ? plain(each) : describe(each, plain)))
    return { ...answer, headers, messages }
  }
  return { ...answer, headers, body: describe(answer.body, plain) }
}

/** A body in a form that a reader of a failed comparison can use. */
function describe(body, plain) {
  if (body.length <= 16_384 && isUtf8(body)) return plain(body.toString())
  return `${body.length} octets, SHA-256 ${createHash('sha256').update(body).digest('hex')}`
}

module.exports = { comparable }
