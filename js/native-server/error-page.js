'use strict'

const { core } = require('../binding')
const { errorAnswer } = require('../error-page')

/**
 * Reads the description of a request that has failed.
 *
 * @param {Buffer} octets see PageRequest in ErrorPage.swift.
 * @returns {{ error: Error, request: object }} `request` has the properties of one of node:http that its page shows.
 */
function failedRequest(octets) {
  const [failure, , , method, url, httpVersion, , ...rawHeaders] = octets.latin1Slice().split('\0')
  const headers = new Headers()
  for (let i = 0; i < rawHeaders.length; i += 2) headers.append(rawHeaders[i], rawHeaders[i + 1])
  const accept = headers.get('accept') ?? undefined
  return {
    error: core.errors.fromJSON(Buffer.from(failure, 'latin1').toString()),
    request: { method, url, httpVersion, rawHeaders, headers: { accept } },
  }
}

/**
 * Makes the page for a client.
 *
 * @param {Error} error
 * @param {object} request
 * @returns {string[]} the body, then names and values of the headers.
 */
function pageOf(error, request) {
  const { headers, text } = errorAnswer(error, request)
  return [text, ...Object.entries(headers).flat()]
}

module.exports = { failedRequest, pageOf }
