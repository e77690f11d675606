// The states of an exchange, in their order.
'use strict'

module.exports = Object.freeze({
  /** Not handed over. */
  NEW: 'new',
  /** Handed over. */
  OPEN: 'open',
  /** The application has sent `http.response.start`. */
  STARTED: 'started',
  /** Complete, failed or given up. */
  ENDED: 'ended',
})
