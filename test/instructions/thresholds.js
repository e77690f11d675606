'use strict'

const fs = require('node:fs')
const path = require('node:path')
const paths = require('../../js/setup/paths')

const FOLDER = path.join(paths.root, 'Fixtures', 'thresholds')
/**
 * Percent that a number may differ by. What happens before, as Python starts, decides how full the pools of memory are that
 * requests use, and two builds of the same code may differ by where the linker puts things.
 */
const TOLERANCE = 2
/** Allocations a request that are none of the request's: lists and pools that grow, which happens now or later. */
const SLACK = { instructions: 0, mallocs: 0.05 }
const UPDATE = 'npm run thresholds'
const UNITS = { instructions: 'instructions', mallocs: 'allocations' }

/**
 * What a request costs.
 *
 * @typedef {{ instructions: number, mallocs: number }} Cost
 */

/**
 * What the costs depend on besides this repository.
 *
 * @typedef {object} Setting
 * @property {string} python its version, `3.11.7`
 * @property {string} build the machine's architecture, and how this Python was built for it
 * @property {string} swift the compiler's version, for information
 */

const fileOf = ({ python }) => path.join(FOLDER, `${python}.json`)

/** The name of a Python's file, for messages. */
const nameOf = (setting) => path.relative(paths.root, fileOf(setting))

function readFile(setting) {
  const file = fileOf(setting)
  return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, 'utf8')) : {}
}

/**
 * The costs that are kept for this Python on this kind of machine.
 *
 * @param {Setting} setting
 * @returns {{ swift: string, costs: Record<string, Cost> } | undefined}
 */
function readThresholds(setting) {
  const all = readFile(setting)
  return Object.hasOwn(all, setting.build) ? all[setting.build] : undefined
}

/** Keeps the costs from now on; what other builds of this Python cost stays. */
function writeThresholds(setting, costs) {
  fs.mkdirSync(FOLDER, { recursive: true })
  const all = { ...readFile(setting), [setting.build]: { swift: setting.swift, costs } }
  fs.writeFileSync(fileOf(setting), `${JSON.stringify(all, null, 2)}\n`)
}

/**
 * Compares the cost of a scenario with its threshold. A lower cost is reported, too, so that the threshold follows it.
 *
 * @param {string} scenario
 * @param {Cost} cost
 * @param {Cost} [kept] `undefined` for a scenario that is new
 * @returns {string[]} what is wrong, a sentence for each number
 */
function compare(scenario, cost, kept) {
  if (kept === undefined) return [`${scenario} has no threshold yet: ${UPDATE} makes it`]
  return Object.entries(UNITS).flatMap(([key, unit]) => {
    const difference = cost[key] - kept[key]
    if (Math.abs(difference) <= kept[key] * (TOLERANCE / 100) + SLACK[key]) return []
    const percent = kept[key] === 0 ? '' : ` (${((100 * Math.abs(difference)) / kept[key]).toFixed(1)} %)`
    const change = `${scenario}: ${cost[key]} ${unit} a request, ${Math.abs(round(difference))}${percent}`
    const than = `than the ${kept[key]} that are kept`
    return difference > 0
      ? [`${change} more ${than}; if that is meant, update the number on purpose: ${UPDATE}`]
      : [`${change} fewer ${than}; update the number on purpose, so that they do not come back unseen: ${UPDATE}`]
  })
}

/** Rounds a number for the file: an allocation for a whole batch is a fraction per request. */
const round = (number) => Math.round(number * 10000) / 10000

module.exports = { TOLERANCE, UPDATE, compare, nameOf, readThresholds, round, writeThresholds }
