'use strict'

const { execFileSync } = require('node:child_process')
const os = require('node:os')
const { interpreter } = require('../../js/setup/virtual-environment')

const PACKAGES = ['uvicorn', 'uvloop', 'httptools', 'websockets', 'starlette', 'fastapi']
const SCRIPT = `
import json, platform
from importlib.metadata import version
print(json.dumps({"python": platform.python_version(), **{name: version(name) for name in ${
  JSON.stringify(PACKAGES)
}}}))
`

/** The hardware and software that a run's figures depend on. */
function describeMachine() {
  const cores = os.cpus()
  return {
    processor: cores[0].model.trim(),
    cores: cores.length,
    system: `${os.type()} ${os.release()}`,
    date: new Date().toISOString().slice(0, 10),
    versions: {
      node: process.versions.node,
      ...JSON.parse(execFileSync(interpreter, ['-c', SCRIPT], { encoding: 'utf8' })),
    },
  }
}

/** The same in a line. */
function machineText({ processor, cores, system, date, versions }) {
  const { node, python, ...packages } = versions
  const named = Object.entries(packages).map(([name, version]) => `${name} ${version}`)
  const all = [`Node ${node}`, `Python ${python}`, ...named, system].join(', ')
  return `${processor}, ${cores} cores; ${all}; ${date}`
}

module.exports = { describeMachine, machineText }
