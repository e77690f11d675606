'use strict'

const fs = require('node:fs')
const path = require('node:path')
const setup = require('../../js/setup/command')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { EXAMPLE_PACKAGES } = require('../../js/setup/virtual-environment')
const { drawChart } = require('./chart')
const { evaluate } = require('./evaluate')
const { describeMachine, machineText } = require('./machine')
const { measureGroup } = require('./measure')
const { readOptions } = require('./options')
const { PANELS } = require('./panels')
const { GROUPS } = require('./rows')
const { compareWithBases } = require('./summary')
const { asMarkdown, asText, rowTable, targetTable } = require('./table')
const { TARGETS } = require('./targets')
const { provideServers } = require('./python-servers')
const { provideWrk } = require('./wrk')

const PACKAGES = ['uvicorn', 'httptools', 'websockets', 'starlette']

setup.command(async (console) => {
  if (process.platform !== 'linux') throw new SetupError('The benchmark reads CPU times from /proc: it needs Linux.')
  const options = readOptions()
  await prepare(console, { packages: [...EXAMPLE_PACKAGES, ...PACKAGES] })
  await provideServers(console)
  await provideWrk(console)
  const rows = []
  for (const name of options.groups) rows.push(...await measureGroup(console, name, GROUPS[name], options))
  report(console, options, compareWithBases(rows))
})

function report(console, { command, rounds, seconds, markdown, json, svg, readmeSvg, groups }, rows) {
  const run = {
    machine: describeMachine(),
    command,
    rounds,
    seconds,
    rows,
    targets: evaluate(TARGETS, rows),
  }
  const show = (title, table) => {
    console.line()
    console.line(markdown ? `**${title}**` : title)
    console.line()
    for (const line of markdown ? asMarkdown(table) : asText(table)) console.line(line)
  }
  console.line()
  console.line(`${machineText(run.machine)}; ${roundsText(run)}; \`${run.command}\``)
  for (const name of groups) show(GROUPS[name].title, rowTable(rows.filter(({ group }) => group === name)))
  const met = run.targets.filter(({ isMet }) => isMet).length
  show(`Targets: ${met} of ${run.targets.length} met`, targetTable(run.targets))
  console.line()
  console.line('Ratios are taken round by round; the median of them is shown.')
  if (json !== undefined) write(console, json, `${JSON.stringify(run, null, 2)}\n`)
  if (svg !== undefined) write(console, svg, drawChart(run, roundsText(run)))
  if (readmeSvg !== undefined) {
    write(console, readmeSvg, drawChart(run, roundsText(run), PANELS.filter(({ isInReadme }) => isInReadme)))
  }
}

function roundsText({ rounds, seconds }) {
  return `${rounds === 1 ? 'one round' : `medians of ${rounds} interleaved rounds`} of ${seconds} s`
}

function write(console, file, text) {
  fs.mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  fs.writeFileSync(file, text)
  console.line(`Written: ${path.relative(process.cwd(), file)}`)
}
