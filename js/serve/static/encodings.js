'use strict'

/** The encodings of files that may lie beside a file: the first is preferred where a client takes several alike. */
const ENCODINGS = [{ name: 'br', suffix: '.br' }, { name: 'gzip', suffix: '.gz' }]

const ITEM = /^([!#$%&'*+.^_`|~\w-]+)(?:[ \t]*;[ \t]*q=([01](?:\.\d{0,3})?))?$/i

/**
 * Gives the encodings that a client takes at least as gladly as the plain file, best first.
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
