// What every request has before its headers: method, target, mount, addresses, TLS.
;(function (core) {
  'use strict'

  /** How many parts these are, and the last four of them where they are empty. */
  const COUNT = 6
  const NO_ADDRESSES = '\0\0\0'

  /** Longer targets are not kept, and no octets of longer parts made. */
  const LONGEST_TARGET = 512
  const LONGEST = 4096
  const NO_BLOCK = Buffer.alloc(0)

  /** The parts of a request that was sent before, and their octets once they have come again. */
  class Sent {
    method = ''
    target = ''
    rootPath = ''
    clientHost = ''
    serverHost = ''
    tls = ''
    block = NO_BLOCK
    isRepeated = false

    is(head) {
      return head.target === this.target && head.method === this.method && head.clientHost === this.clientHost &&
        head.serverHost === this.serverHost && head.rootPath === this.rootPath && head.tls === this.tls
    }

    keep(head) {
      this.method = head.method
      this.target = head.target
      this.rootPath = head.rootPath
      this.clientHost = head.clientHost
      this.serverHost = head.serverHost
      this.tls = head.tls
      this.block = NO_BLOCK
      this.isRepeated = false
    }
  }

  /** By the length of the target. */
  const sent = Array.from({ length: 64 }, () => new Sent())

  /**
   * The octets of the parts, with a NUL behind each: empty the first time, and where they cannot be sent.
   *
   * What comes again is copied as it is, as headers are: a text is joined, flattened, copied and narrowed each time.
   */
  function block(head) {
    const { length } = head.target
    const known = sent[length & 63]
    if (!known.is(head)) {
      if (length <= LONGEST_TARGET) known.keep(head)
      return NO_BLOCK
    }
    if (!known.isRepeated) {
      known.isRepeated = true
      const parts = list(known)
      const text = `${parts.join('\0')}\0`
      if (text.length <= LONGEST && parts.every(core.checks.isSendable)) known.block = Buffer.from(text, 'latin1')
    }
    return known.block
  }

  /** Adds the parts to the pieces of a text. */
  function push(head, pieces) {
    if (head.clientHost === '' && head.serverHost === '' && head.rootPath === '' && head.tls === '') {
      pieces.push(head.method, head.target, NO_ADDRESSES)
    } else {
      pieces.push(head.method, head.target, head.rootPath, head.clientHost, head.serverHost, head.tls)
    }
  }

  /** The parts one by one. */
  function list({ method, target, rootPath, clientHost, serverHost, tls }) {
    return [method, target, rootPath, clientHost, serverHost, tls]
  }

  core.fixedParts = Object.freeze({ COUNT, block, push, list })
})
//# sourceURL=python-node/core/fixed-parts.js
