'use strict'

const hono = require('./hono-node-server')

/** Serves with web-standard requests and responses, where the preloaded module says. */
function serve(respond) {
  hono.serve({ fetch: (request) => respond(new URL(request.url), request), port: 3000 })
}

module.exports = { serve }
