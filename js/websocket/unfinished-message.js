'use strict'

/**
 * Pieces, fragments of a message or chunks of a frame, that may be held until they make a message. Each costs some hundred
 * bytes beside its own. Conformance suites send 65,536 fragments in one message.
 */
const MOST_PIECES = 1 << 17

/** Bytes for each further piece: those of a large message are that many because it is large. */
const LARGE_PIECE = 1024

/** Bytes of the network that a message may hold beyond its payload: heads of frames, and control frames in between. */
const OVERHEAD = 4 << 20

/**
 * What the package `ws` holds of a message that has not come to its end, which `maxPayload` alone does not bound: a
 * fragment of one byte keeps an object, and the chunk of the network that it came in.
 */
class UnfinishedMessage {
  #receiver
  #most
  // Bytes of the network since the last message.
  #bytes = 0

  /**
   * @param {object} receiver of `ws`: its arrays `_fragments` and `_buffers` are the pieces. A version that has none of
   *   them counts itself, see `maxFragments` there.
   * @param {number} maxPayload bytes of a message; 0: no limit.
   */
  constructor(receiver, maxPayload) {
    this.#receiver = receiver
    this.#most = maxPayload === 0 ? Infinity : maxPayload + OVERHEAD
  }

  /**
   * Takes note that `ws` has read a chunk of the network.
   *
   * @param {number} bytes
   * @returns {boolean} whether it holds no more than it may.
   */
  grow(bytes) {
    const { _fragments, _buffers } = this.#receiver
    const pieces = (_fragments?.length ?? 0) + (_buffers?.length ?? 0)
    this.#bytes = pieces === 0 ? 0 : this.#bytes + bytes
    return this.#bytes <= this.#most && pieces <= MOST_PIECES + this.#bytes / LARGE_PIECE
  }

  /** The message is complete. */
  end() {
    this.#bytes = 0
  }
}

module.exports = { MOST_PIECES, UnfinishedMessage }
