// A head's text, `name NUL value NUL name NUL value` in latin-1, and what JavaScript makes of it.
;(function (core) {
  'use strict'

  /** `[name, value, name, value, …]` */
  function flat(head) {
    return head === '' ? [] : head.split('\0')
  }

  /**
   * Heads that were read before: most of an application's are equal. (0.3 µs of 2 µs of this thread's time per request.)
   * Only those without repeated names, which a shallow copy gives whole.
   */
  const known = new Map()
  const MOST_KNOWN = 256
  const LONGEST_KNOWN = 512

  /** `{ name: value }`, an array where a name has several values. */
  function object(head) {
    if (head === '') return {}
    const found = known.get(head)
    if (found !== undefined) return { ...found }
    const headers = parsed(head)
    if (head.length <= LONGEST_KNOWN && known.size < MOST_KNOWN && Object.values(headers).every(isString)) {
      // A string of its own: the head is a slice that keeps its whole batch.
      known.set(Buffer.from(head, 'latin1').toString('latin1'), { ...headers })
    }
    return headers
  }

  function isString(value) {
    return typeof value === 'string'
  }

  function parsed(head) {
    const headers = {}
    const parts = head.split('\0')
    for (let i = 0; i < parts.length; i += 2) {
      const name = parts[i]
      const value = parts[i + 1]
      const given = headers[name]
      if (given === undefined || !Object.hasOwn(headers, name)) {
        define(headers, name, value)
      } else if (typeof given === 'string') {
        define(headers, name, [given, value])
      } else {
        given.push(value)
      }
    }
    return headers
  }

  function define(headers, name, value) {
    // A header of that name is no prototype.
    if (name === '__proto__') {
      Object.defineProperty(headers, name, { value, writable: true, enumerable: true, configurable: true })
    } else {
      headers[name] = value
    }
  }

  /** Adds a request's headers to `parts`: a flat array, a `Headers`, a plain object or pairs. Returns their number. */
  function append(parts, headers) {
    if (headers === undefined || headers === null) return 0
    if (typeof headers[core.symbols.flat] === 'function') headers = headers[core.symbols.flat]()
    if (Array.isArray(headers)) return appendArray(parts, headers)
    if (typeof headers[Symbol.iterator] === 'function') return appendPairs(parts, headers)
    if (typeof headers !== 'object') {
      throw core.errors.create('ERR_ASGI_EXPECTED_REQUEST', `Expected Request: headers is a ${typeof headers}`)
    }
    let count = 0
    for (const name in headers) {
      const value = headers[name]
      if (typeof value === 'string') {
        parts.push(name, value)
        count++
      } else if (Array.isArray(value)) {
        for (const one of value) parts.push(name, core.checks.headerValue(one))
        count += value.length
      } else if (value !== undefined) {
        parts.push(name, core.checks.headerValue(value))
        count++
      }
    }
    return count
  }

  function appendArray(parts, headers) {
    if (headers.length > 0 && typeof headers[0] !== 'string') return appendPairs(parts, headers)
    for (let i = 0; i < headers.length; i++) parts.push(headers[i])
    return headers.length >> 1
  }

  function appendPairs(parts, headers) {
    let count = 0
    for (const [name, value] of headers) {
      parts.push(core.checks.headerName(name), core.checks.headerValue(value))
      count++
    }
    return count
  }

  core.headers = Object.freeze({ flat, object, append })
  core.symbols = Object.freeze({
    flat: Symbol('flat headers'),
    attach: Symbol('attach'),
    bodyOpen: Symbol('body open'),
  })
})
//# sourceURL=python-node/core/heads.js
