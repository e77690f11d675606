'use strict'

const { command } = require('./command')
const { SetupError } = require('./setup-error')
const { prepare } = require('./steps')
const { interpreter } = require('./virtual-environment')

const DRAIN_MS = 5000
// npm passes on the Ctrl-C that the terminal has already sent to the whole group: the same one arrives twice.
const SAME_INTERRUPT_MS = 500

command(async (console, release) => {
  const port = portFrom(process.env.PORT || '8000')
  const host = process.env.HOST || '127.0.0.1'
  await prepare(console)
  // The example reads its settings from the environment. Its packages are in .venv, whatever this shell has activated.
  Object.assign(process.env, { HOST: host, PORT: port, PYTHON_NODE_PYTHON: interpreter })

  const { handler, server } = loadServer()
  await listening(server, host, port, handler)
  await handler.ready()
  closeOnInterrupt(console, server, handler)
  release()
  introduce(console, server.address())
})

/** The port to serve on. Node would take a text that is no number for the name of a socket file. */
function portFrom(text) {
  const port = Number(text)
  if (/^\d+$/.test(text) && port <= 65535) return port
  throw new SetupError(`PORT is ${JSON.stringify(text)}; expected a number from 0 to 65535`)
}

/** Loads the example. What goes wrong inside Python is told as Python tells it. */
function loadServer() {
  try {
    return require('../../Fixtures/example/server.js')
  } catch (error) {
    if (!String(error.code).startsWith('ERR_ASGI_')) throw error
    throw new SetupError(error.message, (error.pythonTraceback ?? '').trimEnd().split('\n'))
  }
}

/** Resolves when the server listens; says in words why it does not. */
async function listening(server, host, port, handler) {
  try {
    await new Promise((resolve, reject) => {
      server.once('listening', resolve)
      server.once('error', reject)
    })
  } catch (error) {
    await handler.close()
    throw new SetupError(whyNotListening(error, host, port))
  }
}

function whyNotListening(error, host, port) {
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use. Choose another one: PORT=${port + 1} npm start`
    case 'EACCES':
      return `Port ${port} on ${host} is not allowed for this user. Choose another one: PORT=8000 npm start`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is ${host}, which is no address of this machine. Choose another one: HOST=127.0.0.1 npm start`
    default:
      return `Cannot listen on ${host}, port ${port}: ${error.message}`
  }
}

/** Ctrl-C lets requests end and Python shut down; a second one ends at once. */
function closeOnInterrupt(console, server, handler) {
  let closingSince
  const close = async () => {
    if (closingSince !== undefined) {
      if (Date.now() - closingSince > SAME_INTERRUPT_MS) process.exit(130)
      return
    }
    closingSince = Date.now()
    console.line('Closing. Press Ctrl-C again to end at once.')
    server.close()
    await handler.close({ timeout: DRAIN_MS })
    process.exit(0)
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      close().catch((error) => {
        console.error(`The example did not close well: ${error.message}`)
        process.exit(1)
      })
    })
  }
}

function introduce(console, { address, family, port }) {
  // Older Node 18 gives the family as a number.
  const base = `http://${family === 'IPv6' || family === 6 ? `[${address}]` : address}:${port}`
  const order = '{"item":"tea","quantity":3,"unit_price":"4.50"}'
  const lines = [
    '',
    `The example is at ${base}`,
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
