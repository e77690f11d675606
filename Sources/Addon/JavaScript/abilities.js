// What a transport can do, sent with each request as flags.
'use strict'

const {
  flag_trailers: TRAILERS,
  flag_earlyHints: EARLY_HINTS,
  flag_pathSend: PATH_SEND,
  flag_zeroCopySend: ZERO_COPY_SEND,
  flag_readsOnly: READS_ONLY,
  flag_awaitsContinue: AWAITS_CONTINUE,
  borrowSize,
} = require('native').records

module.exports = Object.freeze({
  /** Each is offered to the application as an ASGI extension. */
  abilities: Object.freeze({ TRAILERS, EARLY_HINTS, PATH_SEND, ZERO_COPY_SEND }),
  /** The transport keeps the body's Buffers to itself and does not change them. */
  READS_ONLY,
  /** Bytes from which such a Buffer may be the memory of the application's bytes object, without a copy. */
  borrowSize,
  /** The client waits for `100 Continue` before it sends the body: see `onContinue`. */
  AWAITS_CONTINUE,
  /** Abilities that need file access. */
  FILES: PATH_SEND | ZERO_COPY_SEND,
})
