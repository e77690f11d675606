'use strict'

const path = require('node:path')
const { command } = require('./command')
const { root } = require('./paths')
const { SetupError } = require('./setup-error')
const { prepare } = require('./steps')
const { interpreter } = require('./virtual-environment')

const folder = path.join(root, 'Fixtures', 'example')

command(async (console, release) => {
  const port = portFrom(process.env.PORT || '8000')
  const host = process.env.HOST || '127.0.0.1'
  await prepare(console)
  // The packages of the example are in .venv, even if another virtual environment is activated.
  process.env.PYTHON_NODE_PYTHON = interpreter
  // From here on `serve` handles Ctrl-C. It is required only now, because it loads the addon, which may just have been
  // built.
  release()
  const { httpWay } = require('../serve/http-way')
  const { Log } = require('../serve/log')
  const { serveHere } = require('../serve/run')
  const { parse } = require('../serve/settings')
  const options = ['--app-dir', folder, '--host', host, '--port', String(port), '--timeout-graceful-shutdown', '5']
  try {
    const settings = parse(['main:app', ...options], process.env)
    const onListening = (server) => describeServer(console, server.address, httpWay(settings))
    process.exit(await serveHere(settings, new Log(settings), { onListening }))
  } catch (error) {
    throw setupErrorOf(error, host, port)
  }
})

/** Reads the port. Node would take other text for the path of a Unix socket. */
function portFrom(text) {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  throw new SetupError(`PORT is ${JSON.stringify(text)}; expected a number from 0 to 65535`)
}

/** Converts a failure of serve, so that its advice fits `npm start`. Errors of Python keep their message. */
function setupErrorOf(error, host, port) {
  if (error.name !== 'ServeFailure') return error
  return new SetupError(error.code === undefined ? error.message : whyNotListening(error, host, port), error.details)
}

function whyNotListening(error, host, port) {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Choose another one: PORT=${port + 1} npm start`
    case 'EACCES':
      return `Port ${port} on ${host} may not be used by this user. Choose another one: PORT=8000 npm start`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is not an address of this machine. Choose another one: HOST=127.0.0.1 npm start`
    default:
      return error.message
  }
}

function describeServer(console, { address, family, port }, way) {
  // Older Node 18 gives the family as a number.
  const base = `http://${family === 'IPv6' || family === 6 ? `[${address}]` : address}:${port}`
  const order = '{"item":"tea","quantity":3,"unit_price":"4.50"}'
  const lines = [
    '',
    `The example is at ${base}`,
    `HTTP: ${way}`,
    '',
    'A JSON POST, checked by a pydantic model:',
    `  curl ${base}/orders --json '${order}'`,
    'A streamed download of 64 MiB, and the checksum it must have:',
    `  curl -s ${base}/download/67108864 | sha256sum`,
    `  curl -s ${base}/download/67108864/sha256`,
    'An upload, streamed; and a form with files:',
    `  curl -T package.json ${base}/upload`,
    `  curl -F note=hello -F files=@package.json ${base}/form`,
    'Events as they happen:',
    `  curl -N ${base}/events`,
    'The interactive documentation:',
    `  ${base}/docs`,
    '',
    'Ctrl-C ends it.',
  ]
  for (const line of lines) console.line(line)
}
