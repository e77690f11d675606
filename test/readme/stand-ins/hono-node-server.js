'use strict'

// What README asks of Hono's adapter for Node, and no more: fetch behind a server of node:http.

const http = require('node:http')

function serve({ fetch, port }) {
  const server = http.createServer(async (req, res) => {
    const request = new Request(`http://${req.headers.host}${req.url}`, { method: req.method, headers: req.headers })
    const response = await fetch(request)
    res.writeHead(response.status, Object.fromEntries(response.headers))
    res.end(Buffer.from(await response.arrayBuffer()))
  })
  return server.listen(port)
}

module.exports = { serve }
