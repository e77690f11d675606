// Copies short runs of bytes fast.
'use strict'

/** Bytes up to which a loop copies faster than a call. */
const FEW = 64

/** Copies `length` bytes of a source, from `start`, into a target at `at`. */
function copy(source, start, length, target, at) {
  if (length <= FEW) { for (let i = 0; i < length; i++) target[at + i] = source[start + i] }
  else target.set(length === source.length ? source : source.subarray(start, start + length), at)
}

module.exports = { copy }
