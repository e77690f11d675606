'use strict'

const fs = require('node:fs')
const { which } = require('../setup/child-processes')
const { command } = require('../setup/command')
const nativeBuild = require('../setup/native-build')
const { addon } = require('../setup/paths')
const { SetupError } = require('../setup/setup-error')
const { buildFromSource } = require('./from-source')
const { describeAddon } = require('./prebuilt')

/** What the addon may weigh, in bytes; with its debugging symbols it weighs more. */
const LIMIT = 16 * 1024 * 1024

// What npm runs before it packs: the addon as the sources are now, without symbols, and its checksum.
command(async (console) => {
  if (!nativeBuild.isCurrent()) {
    if ((which('strip') ?? which('llvm-strip')) === undefined) {
      throw new SetupError('python-node: packing needs strip on PATH (Debian: binutils)')
    }
    await buildFromSource(console, 'the addon is not that of the sources as they are')
  }
  const { size } = fs.statSync(addon)
  if (size > LIMIT) {
    const advice = 'remove it and pack again, with strip on PATH'
    throw new SetupError(`python-node: ${addon} has ${(size / 1e6).toFixed(1)} MB, with symbols as it seems: ${advice}`)
  }
  describeAddon()
})
