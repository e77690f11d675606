'use strict'

const { EventEmitter, once } = require('node:events')
const { WebSocket } = require('ws')
const { afterwards } = require('./afterwards')

/** A client in a room of the chat, which reconnects when the connection is closed. */
class Member extends EventEmitter {
  /** The code with which each connection so far was closed. */
  closeCodes = []
  /** The messages, in order. */
  said = []
  /** The instance that serves the connection now, undefined while there is none. */
  instance
  #url
  #socket
  #hasLeft = false

  /**
   * @param {object} t the test; the member leaves after it.
   * @param {number} port
   * @param {string} room
   */
  constructor(t, port, room) {
    super()
    this.#url = `ws://127.0.0.1:${port}/chat/${room}`
    this.#connect()
    afterwards(t, 'clients', () => this.leave())
  }

  /** Lets members join a room until both instances serve some. */
  static async atBoth(t, port, room) {
    const members = []
    do {
      const member = new Member(t, port, room)
      await member.servedBy(() => true)
      members.push(member)
    } while (new Set(members.map(({ instance }) => instance)).size < 2)
    return members
  }

  /** Resolves when an instance serves this member that a function says yes to. */
  async servedBy(isIt) {
    while (this.instance === undefined || !isIt(this.instance)) await once(this, 'welcome')
  }

  /** Resolves when a text has been said here. */
  async hears(text) {
    while (!this.said.some((message) => message.text === text)) await once(this, 'said')
  }

  say(text) {
    this.#socket.send(text)
  }

  async leave() {
    this.#hasLeft = true
    if (this.#socket.readyState === WebSocket.CLOSED) return
    // Not `once` of node:events: a socket that is being connected has an error first.
    const closed = new Promise((resolve) => this.#socket.once('close', resolve))
    this.#socket.terminate()
    await closed
  }

  #connect() {
    this.#socket = new WebSocket(this.#url)
    this.#socket.on('message', (data) => {
      const message = JSON.parse(data)
      if (message.type === 'said') this.said.push(message)
      else this.instance = message.instance
      this.emit(message.type)
    })
    this.#socket.on('error', (error) => {
      if (!this.#hasLeft) this.emit('error', error)
    })
    this.#socket.on('close', (code) => {
      this.instance = undefined
      this.closeCodes.push(code)
      if (!this.#hasLeft) this.#connect()
    })
  }
}

module.exports = { Member }
