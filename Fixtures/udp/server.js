'use strict'

const dgram = require('node:dgram')
const { once } = require('node:events')
const { PythonHandler, StatelessServer } = require('../..') // in a project of your own: require('python-node')

/** Serves datagrams: each client, known by its address, has its own run of the app. */
class UDPServer extends StatelessServer {
  socket = dgram.createSocket('udp4')

  async handle(signal) {
    this.socket.on('message', (data, { address, port }) => {
      const scope = { type: 'udp', client: [address, port] }
      this.getOrCreateApplicationInstance(`${address}:${port}`, scope).put({ type: 'udp.datagram', data })
    })
    try {
      await once(this.socket, 'close', { signal })
    } catch (error) {
      this.socket.close()
      if (!signal.aborted) throw error
    }
  }

  /** Listens; resolves with the address. */
  async listen(port = 0, host = '127.0.0.1') {
    this.socket.bind(port, host)
    await once(this.socket, 'listening')
    return this.socket.address()
  }

  applicationSend({ client: [address, port] }, { data }) {
    return new Promise((resolve, reject) => {
      this.socket.send(data, port, address, (error) => error === null ? resolve() : reject(error))
    })
  }
}

async function main({ PORT = '5300', APP = 'main:app' } = process.env) {
  const ending = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => ending.abort())
  const handler = new PythonHandler(APP, { docroot: __dirname })
  const server = new UDPServer(handler)
  const { address, port } = await server.listen(Number(PORT))
  console.log(`Listening on ${address}:${port}`)
  await server.run(ending.signal)
  await handler.close()
}

if (require.main === module) main()

module.exports = { UDPServer }
