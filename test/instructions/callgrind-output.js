'use strict'

/**
 * What one function cost in a profile.
 *
 * @typedef {object} Cost
 * @property {number} self instructions of its own
 * @property {number} calls how often others called it; a function on the stack as the counting began counts once less
 */

// `fn=(12) name`, later `fn=(12)` alone; a function that is called has the prefix c.
const FUNCTION = /^(c?)fn=\((\d+)\)(?: (.*))?$/
const CALLS = /^calls=(\d+) /
// `+3 2048`: a line's number, absolute, relative or `*` for the same, and the instructions that belong to it.
const COST = /^(?:[+-]?\d+|\*) (\d+)$/

/**
 * Reads a profile that callgrind wrote for one thread: the format that its manual describes, with one event (`Ir`) and
 * compressed names. Calls that a function makes to itself are left out.
 *
 * @param {string} text
 * @returns {{ instructions: number, functions: Map<string, Cost> }}
 */
function readProfile(text) {
  const names = new Map()
  const functions = new Map()
  let instructions = 0
  let current
  let callee
  let isCallCost = false
  for (const line of text.split('\n')) {
    const cost = COST.exec(line)
    if (cost !== null) {
      // Behind `calls=` stands what the call cost in all, which its callee's own lines say again.
      if (!isCallCost) {
        current.self += Number(cost[1])
        instructions += Number(cost[1])
      }
      isCallCost = false
      continue
    }
    const named = FUNCTION.exec(line)
    if (named !== null) {
      const [, prefix, id, name] = named
      if (name !== undefined) names.set(id, name)
      const found = costOf(functions, names.get(id))
      if (prefix === '') current = found
      else callee = found
      continue
    }
    const calls = CALLS.exec(line)
    if (calls !== null) {
      if (callee !== current) callee.calls += Number(calls[1])
      isCallCost = true
    }
  }
  return { instructions, functions }
}

function costOf(functions, name) {
  if (name === undefined) throw new Error('a function is named by a number that stands for no name')
  const known = functions.get(name)
  if (known !== undefined) return known
  const cost = { self: 0, calls: 0 }
  functions.set(name, cost)
  return cost
}

module.exports = { readProfile }
