'use strict'

const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const { parseArgs } = require('node:util')
const { command } = require('../../js/setup/command')
const { SetupError } = require('../../js/setup/setup-error')
const { prepare } = require('../../js/setup/steps')
const { EXAMPLE_PACKAGES, interpreter } = require('../../js/setup/virtual-environment')
const { measureThreads } = require('./cpu')
const { CONNECTIONS, startRows } = require('./rows')
const { IDLE, measureIdleSockets, startSocketRows } = require('./socket-rows')
const { asMarkdown, asText, summarize } = require('./table')
const { provideWrk } = require('./wrk')

const USAGE = 'npm run bench -- [--only http|websocket] [--quick] [--markdown] [--json FILE] [--rounds N] [--seconds N]'
/** The parts of the table, by what `--only` calls them. */
const PARTS = { http: startRows, websocket: startSocketRows }
const FULL = { rounds: 5, seconds: 2, warmUp: 1 }
// To see that it works; wrk rounds up to a second.
const QUICK = { rounds: 1, seconds: 0.4, warmUp: 0.1 }

command(async (console) => {
  if (process.platform !== 'linux') throw new SetupError('The benchmark reads CPU times from /proc: it needs Linux.')
  const options = parsedOptions()
  await prepare(console, { packages: [...EXAMPLE_PACKAGES, 'uvicorn', 'httptools', 'websockets'] })
  await provideWrk(console)
  const processes = []
  try {
    const results = await measure(console, options, processes)
    report(console, options, results)
    if (options.only !== 'http') await reportIdleSockets(console, processes)
  } finally {
    for (const { stop } of processes) stop()
  }
})

function parsedOptions() {
  const types = {
    only: { type: 'string' },
    quick: { type: 'boolean' },
    markdown: { type: 'boolean' },
    json: { type: 'string' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
  }
  let values
  try {
    values = parseArgs({ options: types }).values
  } catch (error) {
    throw new SetupError(error.message, [USAGE])
  }
  const { only, quick, markdown, json } = values
  if (only !== undefined && !Object.hasOwn(PARTS, only)) throw new SetupError(`There is no part ${only}.`, [USAGE])
  const options = { ...(quick ? QUICK : FULL), only, markdown, json }
  for (const name of ['rounds', 'seconds']) {
    if (values[name] === undefined) continue
    // wrk takes whole seconds.
    if (!/^[1-9]\d*$/.test(values[name])) {
      throw new SetupError(`--${name} is ${values[name]}; expected a whole number above 0`, [USAGE])
    }
    options[name] = Number(values[name])
  }
  return options
}

/** Measures every row once in each round, so that what else the machine does falls on all of them alike. */
async function measure(console, { only, rounds, seconds, warmUp }, processes) {
  const rows = []
  for (const [part, start] of Object.entries(PARTS)) {
    if (only === undefined || only === part) rows.push(...await start(processes))
  }
  const results = rows.map(() => [])
  const step = console.step(`Measuring ${rows.length} rows, ${rounds} × ${seconds} s each`)
  const measureOnce = async (row, forSeconds, progress) => {
    step.progress(`${progress}: ${row.name}, ${row.inFlight} in flight`)
    const { result, nanoseconds } = await measureThreads(row.threads, () => row.load(forSeconds))
    return { ...result, nanoseconds }
  }
  for (const row of rows) await measureOnce(row, warmUp, 'warming up')
  for (let round = 1; round <= rounds; round++) {
    for (const [index, row] of rows.entries()) {
      results[index].push(await measureOnce(row, seconds, `round ${round} of ${rounds}`))
    }
  }
  step.done()
  return rows.map((row, index) => summarize(row, results[index]))
}

function report(console, { rounds, seconds, markdown, json }, rows) {
  const machine = describeMachine()
  console.line()
  console.line(
    `${machine.processor}, ${machine.cores} cores; Node ${machine.node}, Python ${machine.python}, ` +
      `uvicorn ${machine.uvicorn}, ${machine.system}; ${machine.date}; ` +
      `${rounds === 1 ? 'one round' : `medians of ${rounds} interleaved rounds`} of ${seconds} s; \`npm run bench\``,
  )
  console.line()
  for (const line of markdown ? asMarkdown(rows) : asText(rows)) console.line(line)
  console.line()
  const bases = rows.filter((row) => row.isBase && row.inFlight === CONNECTIONS).map(({ name }) => name)
  console.line(`times base: req/s over that of ${bases.join(' or ')}, with as many in flight`)
  if (json !== undefined) {
    fs.writeFileSync(json, `${JSON.stringify({ machine, rounds, seconds, rows }, null, 2)}\n`)
  }
}

async function reportIdleSockets(console, processes) {
  console.line()
  for (const { name, kibibytes } of await measureIdleSockets(processes)) {
    console.line(`${IDLE.toLocaleString('en')} idle WebSockets, ${name}: ${kibibytes.toFixed(1)} KiB each`)
  }
}

function describeMachine() {
  const versions = execFileSync(interpreter, [
    '-c',
    'import platform, uvicorn; print(platform.python_version(), uvicorn.__version__)',
  ])
  const [python, uvicorn] = versions.toString().trim().split(' ')
  const cores = os.cpus()
  return {
    processor: cores[0].model.trim(),
    cores: cores.length,
    system: `${os.type()} ${os.release()}`,
    node: process.versions.node,
    python,
    uvicorn,
    date: new Date().toISOString().slice(0, 10),
  }
}
