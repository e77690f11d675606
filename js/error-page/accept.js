'use strict'

/**
 * Chooses a content type by the header `Accept`.
 *
 * @param {string | undefined} accept
 * @param {string[]} types the first one is the default.
 * @returns {string} the one with the highest weight; wildcards are ignored.
 */
function preferredType(accept, types) {
  let best = types[0]
  let most = 0
  for (const part of (accept ?? '').split(',')) {
    const [name, ...parameters] = part.split(';').map((each) => each.trim().toLowerCase())
    if (!types.includes(name)) continue
    const weight = weightOf(parameters)
    if (weight > most) [best, most] = [name, weight]
  }
  return best
}

function weightOf(parameters) {
  const found = parameters.find((each) => each.startsWith('q='))
  const weight = found === undefined ? 1 : Number(found.slice(2))
  return weight >= 0 && weight <= 1 ? weight : 0
}

module.exports = { preferredType }
