'use strict'

const { Http2ServerResponse } = require('node:http2')
const { kTakesList } = require('./own-headers')
const { isSentOnce } = require('./single-headers')

/**
 * Gives the class of a server's responses: with the headers of the settings, and without `Date` where they say so.
 *
 * @param {Function} ServerResponse of node:http, or Http2ServerResponse of node:http2.
 * @param {{ headers: [string, string][], dateHeader: boolean }} settings
 * @returns {Function} the same class where there is nothing to do.
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
 * Makes a response class of node:http that sends headers of its own before those it is given. They are added: a header
 * that the app sends too is there twice.
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
 * As withHeaders, for node:http2. Of a header that it sends once, the app's counts, then the first.
 *
 * @param {typeof import('node:http2').Http2ServerResponse} ServerResponse
 * @param {[string, string][]} headers
 * @returns {typeof import('node:http2').Http2ServerResponse}
 */
function withHeadersHTTP2(ServerResponse, headers) {
  return class extends ServerResponse {
    writeHead(status, ...rest) {
      const given = rest.at(-1)
      // Of the server's own answers. In place before others are added: they would be replaced.
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
