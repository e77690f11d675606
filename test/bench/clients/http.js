'use strict'

// Asks a server on loopback in the ways that Node has. Started by rivals.js.

const { once } = require('node:events')
const http = require('node:http')
const { pathOf, pauses } = require('../bodies')
const { HEADERS, expectHello, keepInFlight, keepMoving, serveTasks } = require('../flight')
const { expectAnswer, nextRequest } = require('../varied')

const CHUNK = Buffer.alloc(65536)

// fetch sets the host itself.
const OWN_HEADERS = { ...HEADERS }
delete OWN_HEADERS.host

const ways = {
  agent({ url, inFlight, isVaried, ...task }) {
    const options = optionsFor(url, inFlight)
    const call = (path, headers, expect) =>
      new Promise((resolve, reject) => {
        const request = http.get({ ...options, path, headers }, (response) => {
          const chunks = []
          response.on('data', (chunk) => chunks.push(chunk))
          response.on('end', () => {
            try {
              resolve(expect(response.statusCode, Buffer.concat(chunks)))
            } catch (error) {
              reject(error)
            }
          })
          response.on('error', reject)
        })
        request.on('error', reject)
      })
    const callVaried = () => {
      const { target, headers } = nextRequest()
      return call(target, headers, expectAnswer)
    }
    const callHello = () => call(options.path, HEADERS, (status, body) => expectHello(status, body.length))
    return keepInFlight(isVaried ? callVaried : callHello, { inFlight, ...task })
  },

  fetch({ url, isVaried, ...task }) {
    const options = { headers: OWN_HEADERS }
    const callHello = async () => {
      const response = await fetch(url, options)
      expectHello(response.status, (await response.arrayBuffer()).byteLength)
    }
    const callVaried = async () => {
      const { target, headers } = nextRequest()
      delete headers.host
      const response = await fetch(url + target, { headers })
      expectAnswer(response.status, Buffer.from(await response.arrayBuffer()))
    }
    return keepInFlight(isVaried ? callVaried : callHello, task)
  },

  download({ url, isSlow = false, ...task }) {
    const options = optionsFor(new URL(pathOf('download', task), url), 1)
    return keepMoving(async () => {
      const [response] = await once(http.get(options), 'response')
      const pause = pauses(isSlow)
      let length = 0
      for await (const chunk of response) {
        length += chunk.length
        await pause(chunk.length)
      }
      expect(response.statusCode === 200 && length === task.bytes, `${response.statusCode}, ${length} bytes`)
    }, task)
  },

  upload({ url, isSlow, ...task }) {
    const options = { ...optionsFor(new URL(pathOf('upload', { isSlow }), url), 1), method: 'POST' }
    options.headers = { ...HEADERS, 'content-length': task.bytes }
    return keepMoving(async () => {
      const request = http.request(options)
      const answer = once(request, 'response')
      for (let left = task.bytes; left > 0; left -= CHUNK.length) {
        if (!request.write(CHUNK)) await once(request, 'drain')
      }
      request.end()
      const [response] = await answer
      let text = ''
      for await (const chunk of response.setEncoding('latin1')) text += chunk
      expect(response.statusCode === 200 && Number(text) === task.bytes, `${response.statusCode}, ${text}`)
    }, task)
  },
}

const agents = new Map()

/** One agent for each number of connections, so that a round finds the connections of the last one open. */
function agentFor(connections) {
  if (!agents.has(connections)) {
    agents.set(connections, new http.Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections }))
  }
  return agents.get(connections)
}

function optionsFor(url, connections) {
  const { hostname, port, pathname: path } = new URL(url)
  return { agent: agentFor(connections), hostname, port, path, headers: HEADERS }
}

function expect(isRight, answer) {
  if (!isRight) throw new Error(`a wrong answer: ${answer}`)
}

serveTasks(({ way, ...task }) => ways[way](task))
