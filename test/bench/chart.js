'use strict'

const { machineText } = require('./machine')
const { PANELS } = require('./panels')
const { inWords } = require('./units')

// All lengths are pixels.
const WIDTH = 860
const MARGIN = 28
/** The left end of all bars, and the right end of the longest, which its number follows. */
const BARS_LEFT = 312
const BARS_RIGHT = 740
const BAR = 16
const BAR_STEP = 24
/** Between bars of different work. */
const CLUSTER_GAP = 8
const HEAD = 112
const PANEL_TITLE = 34
const PANEL_GAP = 22
const FOOTER_LINE = 17
/** Characters of a footer's line. */
const FOOTER_WIDTH = 135

const LEGEND = [
  { kind: 'own', label: 'python-node' },
  { kind: 'node', label: "python-node, thread: 'node'" },
  { kind: 'other', label: 'others' },
]
const LEGEND_X = { own: MARGIN, node: MARGIN + 136, other: MARGIN + 366 }

const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #24292f }
  .paper { fill: #ffffff }
  .title { font-size: 18px; font-weight: 600 }
  .panel { font-size: 14px; font-weight: 600 }
  .quiet { fill: #656d76; font-weight: 400 }
  .small { font-size: 11px }
  .label { text-anchor: end }
  .axis { stroke: #d0d7de }
  .own { fill: #0969da }
  .node { fill: #1a7f9c }
  .other { fill: #afb8c1 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .paper { fill: #0d1117 }
    .quiet { fill: #9198a1 }
    .axis { stroke: #3d444d }
    .own { fill: #4493f8 }
    .node { fill: #3fb8c9 }
    .other { fill: #59636e }
  }`

/**
 * Draws a run as horizontal bars, one diagram for each panel whose rows were measured.
 *
 * @param {{ machine: object, command: string, rows: import('./summary').Summary[] }} run
 * @param {string} rounds how often was measured, in words.
 * @param {import('./panels').Panel[]} [panels] the diagrams to draw.
 * @returns {string} SVG.
 */
function drawChart({ machine, command, rows }, rounds, panels = PANELS) {
  const parts = []
  let top = HEAD
  for (const { title, clusters } of panels) {
    const bars = place(clusters, rows)
    if (bars.length === 0) continue
    parts.push(...drawPanel(title, bars, top))
    top += PANEL_TITLE + bars.at(-1).y + BAR_STEP + PANEL_GAP
  }
  const footer = wrap(`${machineText(machine)}; ${rounds}; ${command}`, FOOTER_WIDTH)
  parts.push(...footer.map((line, index) => text(MARGIN, top + 14 + index * FOOTER_LINE, line, 'quiet small')))
  const height = top + footer.length * FOOTER_LINE + MARGIN
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" ` +
    'role="img" aria-labelledby="chart-title">',
    `<title id="chart-title">${escape('python-node beside other ways from Node to Python')}</title>`,
    `<style>${STYLE}\n</style>`,
    `<rect class="paper" width="${WIDTH}" height="${height}" rx="8"/>`,
    ...drawHead(rounds),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function drawHead(rounds) {
  return [
    text(MARGIN, 40, 'python-node beside other ways from Node to Python', 'title'),
    text(MARGIN, 62, `longer is better; ${rounds}`, 'quiet'),
    ...LEGEND.flatMap(({ kind, label }) => [
      `<rect class="${kind}" x="${LEGEND_X[kind]}" y="77" width="12" height="12" rx="2"/>`,
      text(LEGEND_X[kind] + 18, 88, label),
    ]),
  ]
}

/** The bars of rows that were measured, each with its value and its place below the first. */
function place(clusters, rows) {
  const bars = []
  let y = 0
  for (const cluster of clusters) {
    for (const bar of cluster) {
      const row = rows.find(({ id }) => id === bar.id)
      if (row === undefined) continue
      bars.push({ ...bar, y, value: row.value, unit: row.unit })
      y += BAR_STEP
    }
    if (y > 0) y += CLUSTER_GAP
  }
  return bars
}

function drawPanel(title, bars, top) {
  const [{ unit }] = bars
  const first = top + PANEL_TITLE
  const bottom = first + bars.at(-1).y + BAR
  const scale = (BARS_RIGHT - BARS_LEFT) / Math.max(...bars.map(({ value }) => value))
  return [
    `<text class="panel" x="${MARGIN}" y="${top + 18}">${
      escape(title)
    }<tspan class="quiet" dx="8">${unit}</tspan></text>`,
    `<path class="axis" d="M${BARS_LEFT - 0.5} ${first - 4}V${bottom + 4}"/>`,
    ...bars.flatMap(({ label, kind, value, y }) => {
      const width = Math.max(1, value * scale).toFixed(1)
      const baseline = first + y + 12.5
      return [
        text(BARS_LEFT - 10, baseline, label, 'label'),
        `<rect class="${kind}" x="${BARS_LEFT}" y="${first + y}" width="${width}" height="${BAR}" rx="2"/>`,
        text((BARS_LEFT + Number(width) + 8).toFixed(1), baseline, inWords(value)),
      ]
    }),
  ]
}

function text(x, y, content, className) {
  const attribute = className === undefined ? '' : ` class="${className}"`
  return `<text${attribute} x="${x}" y="${y}">${escape(content)}</text>`
}

/** Breaks a line between words. */
function wrap(line, width) {
  const lines = ['']
  for (const word of line.split(' ')) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`
    if (longer.length > width && lines.at(-1) !== '') lines.push(word)
    else lines[lines.length - 1] = longer
  }
  return lines
}

const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

function escape(content) {
  return content.replace(/[&<>"]/g, (character) => ENTITIES[character])
}

module.exports = { drawChart }
