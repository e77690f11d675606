'use strict'

const fs = require('node:fs/promises')
const { family } = require('./families')

/** When the process started, in seconds since 1970. */
const STARTED = Date.now() / 1000 - process.uptime()

/**
 * Returns the metrics that Prometheus' clients have for every process, under their names, for Node and Python together.
 */
async function processFamilies() {
  const { user, system } = process.cpuUsage()
  const { heapTotal, heapUsed, rss } = process.memoryUsage()
  return [
    family(
      'process_cpu_seconds_total',
      'counter',
      'Processor time, of the user and the system.',
      (user + system) / 1e6,
    ),
    family('process_start_time_seconds', 'gauge', 'When the process started, in seconds since 1970.', STARTED),
    family('process_resident_memory_bytes', 'gauge', 'Resident memory.', rss),
    family('nodejs_heap_size_total_bytes', 'gauge', 'Memory that JavaScript has.', heapTotal),
    family('nodejs_heap_size_used_bytes', 'gauge', 'Memory that JavaScript uses.', heapUsed),
    ...process.platform === 'linux' ? await linuxFamilies() : [],
  ]
}

async function linuxFamilies() {
  const [stat, limits, open] = await Promise.all([
    contentsOf('/proc/self/stat'),
    contentsOf('/proc/self/limits'),
    descriptors(),
  ])
  // The second field, the program's name in parentheses, may have spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const most = Number(/^Max open files +(\d+)/m.exec(limits)?.[1])
  return [
    family('process_virtual_memory_bytes', 'gauge', 'Virtual memory.', Number(fields[20])),
    family('process_threads', 'gauge', 'Threads of the system.', Number(fields[17])),
    family('process_open_fds', 'gauge', 'Open file descriptors.', open),
    family('process_max_fds', 'gauge', 'The most file descriptors that can be open.', most),
  ].filter(({ samples: [[, , value]] }) => Number.isFinite(value))
}

/** Reads a file; empty if it cannot be read: there is no /proc or no free descriptor, or it is not permitted. */
async function contentsOf(file) {
  try {
    return await fs.readFile(file, 'latin1')
  } catch (error) {
    return withoutFile(error, '')
  }
}

/** Counts the open descriptors, including the one used for counting; NaN if they cannot be counted. */
async function descriptors() {
  try {
    return (await fs.readdir('/proc/self/fd')).length
  } catch (error) {
    return withoutFile(error, NaN)
  }
}

/** Returns a substitute for what could not be read because of the system or of Node's permissions. */
function withoutFile(error, value) {
  if (error.code === undefined) throw error
  return value
}

module.exports = { processFamilies }
