'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { which } = require('../../js/setup/child-processes')
const { ask, lacksParser } = require('../serve/prometheus')
const { serve } = require('../serve/support')
const { makeFolder } = require('../support')

const root = path.join(__dirname, '..', '..')
const folder = path.join(root, 'Fixtures', 'deployment')
const alerts = path.join(folder, 'alerts.yaml')
const dashboard = JSON.parse(fs.readFileSync(path.join(folder, 'dashboard.json'), 'utf8'))

const lacksPromtool = which('promtool') === undefined && "there is no promtool on PATH (Debian's prometheus)"

const promtool = (...args) => execFileSync('promtool', args, { encoding: 'utf8' })

/** The expressions of the dashboard, with values for what Grafana fills in. */
function expressions() {
  const targets = dashboard.panels.flatMap(({ targets }) => targets)
  return targets.map(({ expr }) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$job', 'app'))
}

/** Metrics that a text names, without the suffixes of a histogram. */
function namesIn(text) {
  const names = text.match(/\b(?:python_node|nodejs|process)_\w+/g)
  return new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))
}

test('the dashboard, the alerts and the document name metrics that there are', { skip: lacksParser }, async (t) => {
  const { port } = await serve(t, 'tells_its_process:app', ['--workers', '2', '--metrics-path', '/metrics'])
  const { families } = await ask(port)
  // The parser has counters without their suffix.
  const there = new Set(families.map(({ name, type }) => type === 'counter' ? `${name}_total` : name))
  const document = fs.readFileSync(path.join(root, 'Fixtures', 'deployment', 'README.md'), 'utf8')
  const [, section] = /\n## Metrics for Prometheus\n([^]*?)\n## /.exec(document)
  const texts = [JSON.stringify(dashboard.panels), fs.readFileSync(alerts, 'utf8'), section]
  for (const text of texts) {
    for (const name of namesIn(text)) {
      if (name !== 'process_') assert.ok(there.has(name), name)
    }
  }
  for (const name of there) {
    if (!name.startsWith('process_')) assert.ok(namesIn(section).has(name), `the document does not name ${name}`)
  }
})

test('the panels of the dashboard have places and queries of their own', () => {
  const { panels, templating } = dashboard
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  assert.equal(new Set(panels.map(({ gridPos: { x, y } }) => `${x},${y}`)).size, panels.length)
  for (const { title, gridPos: { x, w }, targets, datasource } of panels) {
    assert.ok(x + w <= 24, title)
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
    assert.equal(datasource.uid, `\${${templating.list[0].name}}`, title)
    for (const { expr } of targets) assert.match(expr, /job="\$job"/, title)
  }
})

test('the alerts fire when they should, and the queries of the dashboard can be read', { skip: lacksPromtool }, (t) => {
  promtool('check', 'rules', alerts)
  promtool('test', 'rules', path.join(__dirname, 'alerts.yaml'))
  // JSON is YAML.
  const rules = expressions().map((expr, at) => ({ record: `panel:query:${at}`, expr }))
  const made = makeFolder(t, { 'rules.yaml': JSON.stringify({ groups: [{ name: 'dashboard', rules }] }) })
  assert.match(promtool('check', 'rules', path.join(made, 'rules.yaml')), new RegExp(`${rules.length} rules found`))
})
