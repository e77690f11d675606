'use strict'

const { ending, run, which } = require('./child-processes')

/**
 * Finds out how this user can install Debian packages.
 *
 * @returns {Promise<{ prefix?: string[], reason?: string }>} `prefix`: the words before `apt-get`; `reason`: why it is
 *   impossible.
 */
async function access() {
  if (which('apt-get') === undefined) return { reason: 'there is no apt-get here' }
  if (process.getuid() === 0) return { prefix: [] }
  if (which('sudo') === undefined) return { reason: 'that needs root, and there is no sudo' }
  const { code } = await run('sudo', ['-n', 'true'])
  return code === 0 ? { prefix: ['sudo', '-n'] } : { reason: 'that needs root, and sudo asks for a password' }
}

/**
 * Installs Debian packages if this user may, and shows the output of apt-get. The caller checks the result.
 *
 * @param {import('./console').Console} console
 * @param {string[]} names
 * @returns {Promise<{ tried: boolean, reason?: string }>} `reason`: why some are not installed.
 */
async function installPackages(console, names) {
  const { prefix, reason } = await access()
  if (reason !== undefined) return { tried: false, reason }
  const step = console.step(`Installing ${names.join(', ')} with apt-get`)
  const aptGet = (...args) => {
    // env, because sudo does not pass variables on.
    const command = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]
    return run(command[0], command.slice(1), { onLine: (line) => step.progress(line) })
  }
  // --no-remove, so that a conflicting package does not replace an installed one, such as another Node.
  const install = (...some) => aptGet('install', '-y', '--no-install-recommends', '--no-remove', ...some)

  // A failure is ignored, because the old list of packages may be sufficient.
  await aptGet('update')
  let result = await install(...names)
  if (result.code !== 0 && names.length > 1) {
    // Installs them one by one, so that an unavailable package does not prevent the others.
    const failures = []
    for (const name of names) {
      const alone = await install(name)
      if (alone.code !== 0) failures.push({ name, alone })
    }
    if (failures.length > 0) result = failures[0].alone
    else result = { ...result, code: 0 }
  }
  if (result.code === 0) {
    step.done()
    return { tried: true }
  }
  const error = result.lines.find((line) => line.startsWith('E: ')) ?? ending(result)
  step.failed(error)
  return { tried: true, reason: `apt-get refused: ${error.replace(/^E: |\.$/g, '')}` }
}

module.exports = { installPackages, access }
