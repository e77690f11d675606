// The flags of a request's record: what the request is, and what its transport can do.
'use strict'

const { FILES } = require('./abilities')
const { FileReader } = require('./files')
const {
  flag_end: END,
  flag_buffered: BUFFERED,
  flag_secure: SECURE,
  flag_http10: HTTP10,
  flag_http2: HTTP2,
  flag_webSocket: SOCKET,
  flag_raw: RAW,
  flag_function: FUNCTION,
  flag_keys: KEYS,
} = require('native').records

/** The flags of a head. @param {object} head a RequestHead, see requests.js */
function flagsOf(head) {
  let flags = kindOf(head)
  if (!head.bodyOpen) flags |= END
  if (head.buffered) flags |= BUFFERED
  if (head.scheme === 'https') flags |= SECURE
  if (head.httpVersion !== '1.1') {
    if (head.httpVersion === '2' || head.httpVersion === '2.0') flags |= HTTP2
    else if (head.httpVersion === '1.0') flags |= HTTP10
  }
  return head.keys ? flags | KEYS : flags
}

/** The flags of a call, of a WebSocket, or of the transport of any other request. */
function kindOf(head) {
  if (head.raw === true) return head.function === true ? RAW | FUNCTION : RAW
  if (head.webSocket === true) return SOCKET
  const abilities = head.abilities ?? 0
  return FileReader.fs === undefined ? abilities & ~FILES : abilities
}

module.exports = { flagsOf }
