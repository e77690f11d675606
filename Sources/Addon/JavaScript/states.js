// The states of an exchange, in their order.
'use strict'

module.exports = Object.freeze({
  /** Not sent. */
  NEW: 'new',
  /** Sent to the application. */
  OPEN: 'open',
  /** The application has sent `http.response.start`. */
  STARTED: 'started',
  /** Complete, failed or aborted. */
  ENDED: 'ended',
})
