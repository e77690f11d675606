'use strict'

const { core } = require('../binding')
const { Headers } = require('../messages/headers')
const { Request, kDerive } = require('../messages/request')
const { assertCondition } = require('./conditions')
const { compile, invalid, text } = require('./pattern')

const { expectedRequest } = core.errors

/** Rewrites requests. `rewrite` returns a new request, which shares the body with the original. */
class RequestRewriter {
  /**
   * Makes a rewriter that applies this one and then another.
   *
   * @param {RequestRewriter} other
   * @returns {SequenceRewriter}
   */
  andThen(other) {
    return new SequenceRewriter([this, other])
  }

  /** The same as andThen. It makes a rewriter look like a promise, so awaiting one, or returning it from an async function, fails. */
  then(other) {
    return this.andThen(other)
  }

  /**
   * Makes a rewriter that applies this one if a condition holds.
   *
   * @param {Condition} condition
   * @returns {ConditionalRewriter}
   */
  when(condition) {
    return new ConditionalRewriter(condition, this)
  }
}

/** Replaces the first match in the path. */
class PathRewriter extends RequestRewriter {
  #pattern
  #replacement

  /**
   * @param {string | RegExp} pattern matched against the path, percent-encoded and without the query.
   * @param {string} replacement `$1` is the first group. A `?` begins a query, to which the original query is appended; a
   *   `#` is part of the path.
   */
  constructor(pattern, replacement) {
    super()
    this.#pattern = compile(pattern, 'PathRewriter')
    this.#replacement = text(replacement, 'replacement', 'PathRewriter')
  }

  /** @returns {Request} a new one. */
  rewrite(request) {
    const { origin, path, query } = split(request)
    if (!this.#pattern.test(path)) return request[kDerive]({})
    const changed = path.replace(this.#pattern, this.#replacement).replace(/#/g, '%23')
    return request[kDerive]({ url: origin + joined(rooted(changed), query) })
  }
}

/** Replaces the first match in path and query. */
class HrefRewriter extends RequestRewriter {
  #pattern
  #replacement

  /**
   * @param {string | RegExp} pattern matched against path and query, percent-encoded.
   * @param {string} replacement `$1` is the first group.
   */
  constructor(pattern, replacement) {
    super()
    this.#pattern = compile(pattern, 'HrefRewriter')
    this.#replacement = text(replacement, 'replacement', 'HrefRewriter')
  }

  /** @returns {Request} a new one. */
  rewrite(request) {
    const { origin, path, query } = split(request)
    const href = path + query
    if (!this.#pattern.test(href)) return request[kDerive]({})
    return request[kDerive]({ url: origin + rooted(href.replace(this.#pattern, this.#replacement)) })
  }
}

/** Replaces the first match in each value of a header. */
class HeaderRewriter extends RequestRewriter {
  #name
  #pattern
  #replacement

  /**
   * @param {string} name
   * @param {string | RegExp} pattern
   * @param {string} replacement `$1` is the first group.
   */
  constructor(name, pattern, replacement) {
    super()
    this.#name = core.checks.headerName(text(name, 'header name', 'HeaderRewriter'))
    this.#pattern = compile(pattern, 'HeaderRewriter')
    this.#replacement = text(replacement, 'replacement', 'HeaderRewriter')
  }

  /** @returns {Request} a new one. */
  rewrite(request) {
    assertRequest(request)
    const headers = new Headers(request.headers)
    if (headers.has(this.#name)) {
      headers.set(
        this.#name,
        headers.getAll(this.#name).map((value) => value.replace(this.#pattern, this.#replacement)),
      )
    }
    return request[kDerive]({ headers })
  }
}

/** Sets the method. */
class MethodRewriter extends RequestRewriter {
  #method

  /** @param {string} method */
  constructor(method) {
    super()
    this.#method = core.checks.method(text(method, 'method', 'MethodRewriter'))
  }

  /** @returns {Request} a new one. */
  rewrite(request) {
    assertRequest(request)
    return request[kDerive]({ method: this.#method })
  }
}

/** Applies rewriters in order. */
class SequenceRewriter extends RequestRewriter {
  #rewriters

  /** @param {RequestRewriter[]} rewriters */
  constructor(rewriters) {
    super()
    if (!Array.isArray(rewriters)) throw invalid('SequenceRewriter', 'an array of rewriters', rewriters)
    for (const rewriter of rewriters) assertRewriter(rewriter, 'SequenceRewriter')
    this.#rewriters = rewriters.slice()
  }

  /** @returns {Request} a new one. */
  rewrite(request, docroot) {
    assertRequest(request)
    return this.#rewriters.reduce((result, rewriter) => rewriter.rewrite(result, docroot), request[kDerive]({}))
  }
}

/** Applies a rewriter if a condition holds. */
class ConditionalRewriter extends RequestRewriter {
  #condition
  #rewriter

  /**
   * @param {Condition} condition
   * @param {RequestRewriter} rewriter
   */
  constructor(condition, rewriter) {
    super()
    assertCondition(condition, 'ConditionalRewriter')
    assertRewriter(rewriter, 'ConditionalRewriter')
    this.#condition = condition
    this.#rewriter = rewriter
  }

  /** @returns {Request} a new one. */
  rewrite(request, docroot) {
    assertRequest(request)
    return this.#condition.matches(request, docroot) ? this.#rewriter.rewrite(request, docroot) : request[kDerive]({})
  }
}

function assertRewriter(value, owner) {
  if (typeof value?.rewrite !== 'function') throw invalid(owner, 'a rewriter', value)
}

function assertRequest(value) {
  if (value instanceof Request) return
  throw expectedRequest(value, 'Request')
}

/** Splits a request's URL into origin, path and query; `origin` is empty for a relative one. */
function split(request) {
  assertRequest(request)
  const { path, url } = request
  const { target } = core.checks.target(url)
  const origin = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(url)
  return { origin: origin === null ? '' : origin[0], path, query: target.slice(path.length) }
}

/** Appends a query to a path, which may already have one. */
function joined(path, query) {
  if (!path.includes('?')) return path + query
  return query.length > 1 ? `${path}${/[?&]$/.test(path) ? '' : '&'}${query.slice(1)}` : path
}

function rooted(path) {
  return path.startsWith('/') ? path : `/${path}`
}

module.exports = {
  ConditionalRewriter,
  HeaderRewriter,
  HrefRewriter,
  MethodRewriter,
  PathRewriter,
  RequestRewriter,
  SequenceRewriter,
}
