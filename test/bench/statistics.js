'use strict'

/** The median of numbers. */
function median(numbers) {
  if (numbers.length === 0) throw new Error('there is nothing to take the middle of')
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

module.exports = { median }
