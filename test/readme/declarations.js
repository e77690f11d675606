'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./markdown')

const text = fs.readFileSync(path.join(root, 'js', 'index.d.ts'), 'utf8')

/** A member with the comment right before it, where it has one. */
const MEMBER = /(?:^ {2}\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^ {2}(?:readonly )?(\w+)\??[(:<]/gm

/**
 * Gives the members of a class or an interface of js/index.d.ts.
 *
 * @param {string} head `class PythonHandler`, say.
 * @returns {Map<string, string>} names, and the comments of each; '' where it has none.
 */
function membersOf(head) {
  const from = text.indexOf(`export ${head} `)
  if (from === -1) throw new Error(`js/index.d.ts has no ${head}`)
  const members = new Map()
  for (const [, comment = '', name] of text.slice(from, text.indexOf('\n}\n', from)).matchAll(MEMBER)) {
    // Of overloads, one comment is enough.
    members.set(name, `${members.get(name) ?? ''} ${plain(comment)}`.trim())
  }
  members.delete('constructor')
  return members
}

/** Gives the codes of errors in js/index.d.ts, and the comment of each. */
function codes() {
  const pattern = /(?:^ {2}\/\*\*((?:(?!\*\/)[^])*)\*\/\n)?^ {2}\| '(ERR_ASGI_\w+)'/gm
  return new Map(Array.from(text.matchAll(pattern), ([, comment = '', code]) => [code, plain(comment).trim()]))
}

const plain = (comment) => comment.replace(/\s*\n\s*\*?\s*/g, ' ')

module.exports = { codes, membersOf }
