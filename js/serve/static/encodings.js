'use strict'

/** Encodings of compressed files next to a file. If a client accepts several equally, the first is used. */
const ENCODINGS = [{ name: 'br', suffix: '.br' }, { name: 'gzip', suffix: '.gz' }]

const ITEM = /^([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?$/i

/**
 * Returns the encodings that a client prefers to the plain file, or accepts equally; the best first (RFC 9110, 12.5.3).
 *
 * @param {string | undefined} header `Accept-Encoding`.
 * @returns {Array<{ name: string, suffix: string }>}
 */
function encodingsFor(header) {
  if (header === undefined) return []
  const weights = new Map()
  for (const item of header.split(',')) {
    const match = ITEM.exec(item.trim())
    if (match !== null) weights.set(match[1].toLowerCase().replace(/^x-/, ''), Number(match[2] ?? 1))
  }
  const weightOf = ({ name }) => weights.get(name) ?? weights.get('*') ?? 0
  const plain = weights.get('identity') ?? 0
  return ENCODINGS.filter((each) => weightOf(each) > 0 && weightOf(each) >= plain)
    .sort((one, other) => weightOf(other) - weightOf(one))
}

module.exports = { encodingsFor }
