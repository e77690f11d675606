// The native HTTP servers, for the layer above.
;(function (core, native) {
  'use strict'

  core.servers = Object.freeze({
    /** Makes a server that listens, or says why not: see Environment+Servers.swift. */
    listen: native.serverListen,
    /** Closes connections. @param {number} id @param {number} mode 0 soon, 1 idle ones, 2 now */
    close: native.serverClose,
    /** `{ connections, requests, handedOver, refused }` @param {number} id */
    stats: native.serverStats,
    /** Sets what is called with `(id, kind, number, bytes)` for each event of this thread's servers. */
    events: native.serverEvents,
  })
})
//# sourceURL=python-node/core/servers.js
