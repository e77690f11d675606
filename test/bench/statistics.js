'use strict'

/** The median of numbers. */
function median(numbers) {
  const sorted = inOrder(numbers)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * The smallest of some numbers that a share of them does not exceed.
 *
 * @param {number[]} numbers
 * @param {number} share from 0 to 1.
 */
function percentile(numbers, share) {
  const sorted = inOrder(numbers)
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]
}

function inOrder(numbers) {
  if (numbers.length === 0) throw new Error('there is nothing to take the middle of')
  return [...numbers].sort((a, b) => a - b)
}

module.exports = { median, percentile }
