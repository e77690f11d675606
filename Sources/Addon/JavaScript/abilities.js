// What a transport says of itself with each request: flags beside those of the request itself.
'use strict'

const {
  flag_trailers: TRAILERS,
  flag_earlyHints: EARLY_HINTS,
  flag_pathSend: PATH_SEND,
  flag_zeroCopySend: ZERO_COPY_SEND,
  flag_readsOnly: READS_ONLY,
  flag_awaitsContinue: AWAITS_CONTINUE,
  lendSize,
} = require('native').records

module.exports = Object.freeze({
  /** What it can do beyond bodies; each is offered to the application as an extension. */
  abilities: Object.freeze({ TRAILERS, EARLY_HINTS, PATH_SEND, ZERO_COPY_SEND }),
  /** Nobody but the transport gets the body's Buffers, and it only reads them. */
  READS_ONLY,
  /** Bytes from which such a Buffer may be the application's own memory. */
  lendSize,
  /** The client sends the body when it is told that the application wants it, see `onContinue`. */
  AWAITS_CONTINUE,
  /** Abilities that need files to be read. */
  FILES: PATH_SEND | ZERO_COPY_SEND,
})
