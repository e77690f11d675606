// What was made of the heads of responses: most of an application's are equal.
;(function (core) {
  'use strict'

  /** How many heads are kept, and how long they may be. */
  const MOST = 256
  const LONGEST = 512

  /** What was made of heads before, by their text. */
  class HeadCache {
    #made = new Map()

    /** What was made of a head; undefined for one that is not known. */
    get(head) {
      return this.#made.get(head)
    }

    /** Whether a head is short enough to be kept. */
    takes(head) {
      return head.length <= LONGEST
    }

    /** Keeps what was made of a head that it takes. */
    keep(head, made) {
      // Heads that never come again have taken all places.
      if (this.#made.size >= MOST) this.#made.clear()
      this.#made.set(ownText(head), made)
    }
  }

  /** A text of its own, in latin-1: what was cut out of a batch keeps all of it. */
  function ownText(text) {
    return Buffer.from(text, 'latin1').toString('latin1')
  }

  core.HeadCache = HeadCache
  core.ownText = ownText
})
//# sourceURL=python-node/core/head-cache.js
