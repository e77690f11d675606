'use strict'

const { MULTIPART, multipart } = require('../frameworks/multipart')

/** The header of a form as browsers send it without files. */
const URL_ENCODED = ['Content-Type', 'application/x-www-form-urlencoded']

/** The header of a body in JSON. */
const JSON_TYPE = ['Content-Type', 'application/json']

/** A form with fields and files, one of them large; for a request with the header `MULTIPART`. */
const UPLOAD = multipart(
  ['name="note"', null, 'grüße'],
  ['name="note"', null, 'second'],
  ['name="files"; filename="first.bin"', 'application/octet-stream', Buffer.alloc(200_000, 'python-node ')],
  ['name="files"; filename="small.txt"', 'text/plain', 'small'],
)

/** The same form in pieces, for sending it chunked. */
const UPLOAD_IN_PIECES = [UPLOAD.subarray(0, 999), UPLOAD.subarray(999, 70_000), UPLOAD.subarray(70_000)]

/** A body of 3 MiB. */
const LARGE = Buffer.alloc(3 << 20, 'python-node ')

/** Pieces of a body, for sending it chunked; together 70006 octets. */
const PIECES = ['one', 'two', Buffer.alloc(70_000, 'three')]

/** What differs, and why, where an app refuses a WebSocket without a response of its own. */
const OWN_REFUSAL = { headers: 'a refusal without a response of the app is written by the server' }

/** Takes the time and the signature, which differ from second to second, out of a signed session. */
function withoutTime(text) {
  return text.replace(/(session=[^.;]+)\.[\w-]+\.[\w-]+/g, '$1')
}

module.exports = {
  JSON_TYPE,
  LARGE,
  MULTIPART,
  OWN_REFUSAL,
  PIECES,
  UPLOAD,
  UPLOAD_IN_PIECES,
  URL_ENCODED,
  withoutTime,
}
