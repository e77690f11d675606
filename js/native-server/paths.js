'use strict'

/** Scheme and authority of a target in absolute form, which proxies receive. */
const AUTHORITY = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i

/**
 * Returns the path of a request's target, as sent.
 *
 * @param {string} target `/path?query`, `http://host/path`, or `*`.
 * @returns {string}
 */
function pathOf(target) {
  const rest = target.startsWith('/') ? target : target.replace(AUTHORITY, '')
  const query = rest.indexOf('?')
  const path = query === -1 ? rest : rest.slice(0, query)
  return path === '' ? '/' : path
}

/**
 * Makes a function that checks whether a path is one of the prefixes or below one.
 *
 * @param {string[]} prefixes without a trailing slash; `/` for all paths and for `*`.
 * @returns {(path: string) => boolean}
 */
function matcherOf(prefixes) {
  if (prefixes.includes('/')) return () => true
  return (path) =>
    prefixes.some((prefix) => path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/'))
}

module.exports = { matcherOf, pathOf }
