'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')

/** The first line of a block that says which file it is: `# main.py`, `// server.js`. */
const NAME = /^(?:#|\/\/) ([^\s]*\.\w+)$/

/** What a reader sees of README.md: its headings, its blocks of code, its tables and its links. */
class Markdown {
  /** The titles, in order. */
  headings = []
  /** `{ language, name, text, heading, line }`; `name` is `null` where the block names no file. */
  blocks = []
  /** The rows below each heading, as cells; the two lines of a table's head are not among them. */
  rows = []
  /** What links lead to. */
  links = []

  /** @param {string} [file] */
  constructor(file = path.join(root, 'README.md')) {
    const lines = fs.readFileSync(file, 'utf8').split('\n')
    for (let at = 0; at < lines.length; at++) {
      if (lines[at].startsWith('```')) at = this.#block(lines, at)
      else this.#line(lines[at])
    }
  }

  /** Gives the cells of the tables below a heading. */
  tableOf(heading) {
    return this.rows.filter((row) => row.heading === heading).map(({ cells }) => cells)
  }

  /** Gives the fragment with which a link finds a heading, as GitHub makes it. */
  static fragmentOf(heading) {
    return heading.toLowerCase().replace(/[^\w\- ]/g, '').replaceAll(' ', '-')
  }

  #block(lines, first) {
    const end = lines.indexOf('```', first + 1)
    if (end === -1) throw new Error(`README.md:${first + 1}: the block has no end`)
    const text = lines.slice(first + 1, end)
    this.blocks.push({
      language: lines[first].slice(3),
      name: NAME.exec(text[0])?.[1] ?? null,
      text: `${text.join('\n')}\n`,
      heading: this.headings.at(-1),
      line: first + 1,
    })
    return end
  }

  #line(text) {
    const heading = /^#+ (.*)$/.exec(text)
    if (heading !== null) this.headings.push(heading[1])
    for (const [, target] of text.matchAll(/\]\(([^)]+)\)/g)) this.links.push(target)
    if (!text.startsWith('|')) return
    const cells = text.slice(1, -1).split(' |').map((cell) => cell.trim())
    this.rows.push({ heading: this.headings.at(-1), cells })
  }
}

module.exports = { Markdown, root }
