'use strict'

const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..', '..')

/** The first line of a block that says which file it is: `# main.py`, `// server.js`. */
const NAME = /^(?:#|\/\/) ([^\s]*\.\w+)$/

/** What a reader sees of a document: its headings, its blocks of code, its tables and its links. */
class Markdown {
  /** The titles, in order. */
  headings = []
  /** `{ file, language, name, text, heading, line }`; `name` is `null` where the block names no file. */
  blocks = []
  /** The rows below each heading, as cells; without the two lines of a table's head. */
  rows = []
  /** The targets of links. */
  links = []

  /** @param {string} file its path from the root of the repository. */
  constructor(file) {
    this.file = file
    this.text = fs.readFileSync(path.join(root, file), 'utf8')
    const lines = this.text.split('\n')
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
    if (end === -1) throw new Error(`${this.file}:${first + 1}: the block has no end`)
    const text = lines.slice(first + 1, end)
    this.blocks.push({
      file: this.file,
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
    if (/^\|[ :|-]+\|$/.test(text)) {
      // The line above is the head of the table.
      this.rows.pop()
      return
    }
    const cells = text.slice(1, -1).split(' |').map((cell) => cell.trim())
    this.rows.push({ heading: this.headings.at(-1), cells })
  }
}

module.exports = { Markdown, root }
