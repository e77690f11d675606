'use strict'

const { Readable } = require('node:stream')
const { ReadableStream } = require('node:stream/web')
const { core } = require('../binding')

const { create } = core.errors

/**
 * Converts the body of a dispatched request to bytes if possible, else to an iterable.
 *
 * @param {any} body undici's: a string, bytes, a Readable or any iterable of these, a Blob, a FormData.
 * @returns {{ bytes: Buffer | null, stream: AsyncIterable | Iterable | null, type: string | null }} `type`: the content
 *   type of a Blob or a FormData.
 * @throws {AsgiError} `ERR_ASGI_INVALID_BODY`.
 */
function bodyOf(body) {
  if (body === undefined || body === null) return { bytes: null, stream: null, type: null }
  if (body instanceof globalThis.FormData || body instanceof globalThis.Blob) {
    // Response can encode them.
    const encoded = new globalThis.Response(body)
    return { bytes: null, stream: Readable.fromWeb(encoded.body), type: encoded.headers.get('content-type') }
  }
  // Unlike a ReadableStream, a Readable can be destroyed while a read is pending.
  if (body instanceof ReadableStream) return { bytes: null, stream: Readable.fromWeb(body), type: null }
  const isBytes = typeof body === 'string' || ArrayBuffer.isView(body) || body instanceof ArrayBuffer
  if (isBytes) return { bytes: core.checks.body(body), stream: null, type: null }
  if (typeof body[Symbol.asyncIterator] === 'function' || typeof body[Symbol.iterator] === 'function') {
    return { bytes: null, stream: body, type: null }
  }
  const text = 'Invalid body: expected a string, a Buffer, a Uint8Array, a Readable, an iterable, a Blob or a FormData'
  throw create('ERR_ASGI_INVALID_BODY', text, { input: typeof body })
}

/**
 * Sends a body chunk by chunk, with backpressure. Never rejects.
 *
 * @param {AsyncIterable | Iterable} stream
 * @param {object} body the request's RequestBody.
 * @param {object} exchange destroyed when the stream fails.
 * @param {object} events notified of what was sent.
 */
async function upload(stream, body, exchange, events) {
  try {
    for await (const chunk of stream) {
      await body.write(chunk)
      // The response is complete, so the rest is not needed. Leaving the loop ends the stream.
      if (body.isReleased) return
      events.sent(chunk)
    }
    body.end()
    events.allSent()
  } catch (error) {
    exchange.destroy(error)
  }
}

module.exports = { bodyOf, upload }
