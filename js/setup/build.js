'use strict'

const { command } = require('./command')
const { prepare } = require('./steps')

command(async (console) => {
  const started = Date.now()
  await prepare(console)
  console.outcome('ok', 'python-node.node is up to date', Date.now() - started)
})
