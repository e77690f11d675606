'use strict'

let number = 0

/**
 * The next request as clients send them: its path, query, cookie and id are its own.
 *
 * The headers are a plain literal: V8 makes a new hidden class for each `{ ...headers, cookie }`, and that would be measured
 * with the call.
 *
 * @returns {{ target: string, headers: Record<string, string> }}
 */
function nextRequest() {
  number++
  const headers = {
    'host': '127.0.0.1',
    'accept': '*/*',
    'accept-encoding': 'gzip, deflate, br',
    'accept-language': 'en',
    'user-agent': 'python-node-bench/1.0',
    'cache-control': 'no-cache',
    'x-forwarded-for': '203.0.113.7',
    'cookie': `theme=dark; session=${number}`,
    'x-request-id': number.toString(16).padStart(16, '0'),
  }
  return { target: `/items/${number}?page=${number}`, headers }
}

/** Checks the status and the first byte of a response, which is cheap. */
function expectAnswer(status, body) {
  if (status !== 200 || body[0] !== 97 /* a */) throw new Error(`a wrong answer: ${status}, ${body}`)
}

/** Whether a body is one of those that Fixtures/apps/varied_answers.py sends. */
const isAnswer = (text) => /^answer \d+$/.test(text)

/**
 * Makes a listener for node:http that answers as that app does, without Python.
 *
 * @returns {(request: object, response: object) => void}
 */
function variedListener() {
  let answers = 0
  return (request, response) => {
    const number = answers++
    const body = Buffer.from(`answer ${number}`)
    response.writeHead(200, {
      'content-type': 'text/plain',
      'content-length': body.length,
      'etag': `"${number.toString(16)}"`,
      'set-cookie': `session=${number}; Path=/; HttpOnly`,
      'x-request-id': request.headers['x-request-id'] ?? '',
    })
    response.end(body)
  }
}

module.exports = { expectAnswer, isAnswer, nextRequest, variedListener }
