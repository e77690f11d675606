'use strict'

// Uses the packages that are named inside this process, one after the other.

const path = require('node:path')
const { PythonHandler } = require('../..')

const docroot = path.join(__dirname, '..', '..', 'Fixtures', 'packages')

async function main(names) {
  const python = new PythonHandler('uses_packages:app', { docroot, responseTimeout: 0 })
  for (const name of names) {
    const { body } = await python.handleRequest({ url: `/${name}` })
    process.stdout.write(`${body} ${name}\n`)
  }
  await python.close()
}

main(process.argv.slice(2)).catch((error) => {
  process.stderr.write(`${error.pythonTraceback ?? error.stack}\n`)
  process.exitCode = 1
})
