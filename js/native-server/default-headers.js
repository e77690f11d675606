'use strict'

/**
 * Makes a response class of node:http with default headers, which the app can replace.
 *
 * @param {typeof import('node:http').ServerResponse} ServerResponse
 * @param {[string, string][]} headers
 * @param {boolean} dateHeader whether responses have a Date.
 * @returns {typeof import('node:http').ServerResponse} the same class if nothing changes.
 */
function withDefaults(ServerResponse, headers, dateHeader) {
  if (headers.length === 0 && dateHeader) return ServerResponse
  const values = new Map()
  for (const [name, value] of headers) values.set(name, [...values.get(name) ?? [], value])
  return class extends ServerResponse {
    constructor(...args) {
      super(...args)
      this.sendDate = dateHeader
      for (const [name, list] of values) this.setHeader(name, list.length === 1 ? list[0] : list)
    }
  }
}

module.exports = { withDefaults }
