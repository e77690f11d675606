'use strict'

const path = require('node:path')
const { ending, run, which } = require('../../js/setup/child-processes')
const { access, installPackages } = require('../../js/setup/system-packages')

/** Debian's packages by the program that the tests need from each. Its service has the same name. */
const PACKAGES = { haproxy: 'haproxy', 'redis-server': 'redis-server', nginx: 'nginx' }
/** Where Debian has servers, which is not on everybody's PATH. */
const SERVER_FOLDERS = ['/usr/sbin', '/usr/local/sbin']

/**
 * Installs Debian's HAProxy, Redis and nginx where it may: the tests of deployments are left out where there are none.
 *
 * Debian starts what it installs, now and whenever the machine does. The tests start their own, so that is undone for what
 * was installed here, and only for that.
 *
 * @param {import('../../js/setup/console').Console} console
 */
async function provideDeployment(console) {
  if (process.platform !== 'linux') return
  const absent = Object.keys(PACKAGES).filter((program) => !isThere(program))
  if (absent.length === 0) return
  await installPackages(console, absent.map((program) => PACKAGES[program]))
  const { prefix, reason } = await access()
  if (reason !== undefined) return
  for (const program of absent.filter(isThere)) await disable(console, prefix, PACKAGES[program])
}

function isThere(program) {
  return which(program, [process.env.PATH, ...SERVER_FOLDERS].join(path.delimiter)) !== undefined
}

/** Ends a service and keeps it from being started; both commands know systemd as well as older ways. */
async function disable(console, prefix, service) {
  for (const words of [['/usr/sbin/update-rc.d', service, 'disable'], ['/usr/sbin/service', service, 'stop']]) {
    const [command, ...args] = [...prefix, ...words]
    const result = await run(command, args)
    // A container may have nothing that runs services; then there is nothing to end.
    if (result.code !== 0) console.line(`${words.join(' ')}: ${result.lines.at(-1) ?? ending(result)}`)
  }
}

module.exports = { provideDeployment }
