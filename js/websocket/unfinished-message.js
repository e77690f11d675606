'use strict'

/**
 * The maximum number of pieces of an unfinished message: fragments, or chunks of a frame. Each piece costs memory beyond
 * its bytes. Conformance suites send 65,536 fragments in one message.
 */
const MAX_PIECES = 1 << 17

/** A large message may have one piece per this number of bytes, if that is more than MAX_PIECES. */
const LARGE_PIECE = 1024

/** Bytes that a message may keep beyond its payload: heads of frames, and control frames in between. */
const OVERHEAD = 4 << 20

/**
 * Limits the memory that the package `ws` keeps for an unfinished message. `maxPayload` does not: a fragment of one byte
 * keeps an object and the network chunk that contains it.
 */
class UnfinishedMessage {
  #receiver
  #most
  // Bytes read since the last message.
  #bytes = 0

  /**
   * @param {object} receiver of `ws`: its arrays `_fragments` and `_buffers` are the pieces. Versions without them have the
   *   option `maxFragments`.
   * @param {number} maxPayload bytes of a message; 0 for no limit.
   */
  constructor(receiver, maxPayload) {
    this.#receiver = receiver
    this.#most = maxPayload === 0 ? Infinity : maxPayload + OVERHEAD
  }

  /**
   * Counts a chunk that `ws` has read.
   *
   * @param {number} bytes
   * @returns {boolean} whether it is within the limits.
   */
  grow(bytes) {
    const { _fragments, _buffers } = this.#receiver
    const pieces = (_fragments?.length ?? 0) + (_buffers?.length ?? 0)
    this.#bytes = pieces === 0 ? 0 : this.#bytes + bytes
    return this.#bytes <= this.#most && pieces <= MAX_PIECES + this.#bytes / LARGE_PIECE
  }

  /** The message is complete. */
  end() {
    this.#bytes = 0
  }
}

module.exports = { MAX_PIECES, UnfinishedMessage }
