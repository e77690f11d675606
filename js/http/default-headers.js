'use strict'

const { Http2ServerResponse } = require('node:http2')
const { kTakesList } = require('./own-headers')
const { isSentOnce } = require('./single-headers')

/**
 * Makes a server's class of responses, with the headers of the settings, and without `Date` if so configured.
 *
 * @param {Function} ServerResponse of node:http, or Http2ServerResponse of node:http2.
 * @param {{ headers: [string, string][], dateHeader: boolean }} settings
 * @returns {Function} the same class if nothing changes.
 */
function responseClass(ServerResponse, { headers, dateHeader }) {
  const Response = dateHeader ? ServerResponse : withoutDate(ServerResponse)
  if (headers.length === 0) return Response
  return ServerResponse === Http2ServerResponse ? withHeadersHTTP2(Response, headers) : withHeaders(Response, headers)
}

function withoutDate(ServerResponse) {
  return class extends ServerResponse {
    constructor(...args) {
      super(...args)
      this.sendDate = false
    }
  }
}

/**
 * Makes a response class of node:http that sends these headers before the app's. A header that the app sends too is sent
 * twice.
 *
 * @param {typeof import('node:http').ServerResponse} ServerResponse
 * @param {[string, string][]} headers
 * @returns {typeof import('node:http').ServerResponse}
 */
function withHeaders(ServerResponse, headers) {
  const flat = headers.flat()
  const Response = class extends ServerResponse {
    writeHead(status, ...rest) {
      const given = rest.at(-1)
      const reason = typeof rest[0] === 'string' ? [rest[0]] : []
      if (Array.isArray(given)) return super.writeHead(status, ...reason, [...flat, ...given])
      for (const [name, value] of headers) addHeader(this, name, value)
      return super.writeHead(status, ...rest)
    }
  }
  Response.prototype.writeHead[kTakesList] = true
  return Response
}

/**
 * Like withHeaders, for node:http2. Of headers that it sends only once, the app's win, then the first.
 *
 * @param {typeof import('node:http2').Http2ServerResponse} ServerResponse
 * @param {[string, string][]} headers
 * @returns {typeof import('node:http2').Http2ServerResponse}
 */
function withHeadersHTTP2(ServerResponse, headers) {
  return class extends ServerResponse {
    writeHead(status, ...rest) {
      const given = rest.at(-1)
      // Headers of the server's own responses. They are set first, because setting them later would replace the others.
      if (typeof given === 'object') { for (const [name, value] of Object.entries(given)) this.setHeader(name, value) }
      for (const [name, value] of headers) {
        if (!isSentOnce(name.toLowerCase())) addHeader(this, name, value)
        else if (!this.hasHeader(name)) this.setHeader(name, value)
      }
      return super.writeHead(status)
    }
  }
}

function addHeader(res, name, value) {
  const there = res.getHeader(name)
  res.setHeader(name, there === undefined ? value : [value].concat(there))
}

module.exports = { responseClass, withHeadersHTTP2 }
