// Regular expressions over names (topics, KIP-848; transactional ids, KIP-1152), in RE2's syntax.
// They come from clients, so they run on a list of states, never by backtracking: a match takes time
// in proportion to the name and the pattern, whatever the pattern. Parsing is pattern-parser.ts;
// nothing is captured.
import { assert, defined } from './assert.ts'
import { parsePattern } from './pattern-parser.ts'
import type { CharTest, PatternNode } from './pattern-parser.ts'

export { PatternRefused } from './pattern-parser.ts'

/** Whether a whole name fits. */
export type NamePattern = (name: string) => boolean

type Instruction =
  | { readonly op: 'char'; readonly test: CharTest }
  | { readonly op: 'split'; readonly to: number[] }
  | { readonly op: 'assert'; readonly holds: (name: string, at: number) => boolean }
  | { readonly op: 'match' }

/** RE2 gives up on patterns that grow too large as well. */
const instructionsMax = 20_000
/** A code point beyond it is two units of a string. */
const unitMax = 0xffff

/** @throws PatternRefused saying what is wrong with the pattern. */
export function compilePattern(pattern: string): NamePattern {
  const program: Instruction[] = []
  emit(program, parsePattern(pattern, instructionsMax))
  program.push({ op: 'match' })
  assert(program.length <= 3 * instructionsMax, 'a pattern is as large as it was measured')
  return (name) => run(program, name)
}

function emit(program: Instruction[], node: PatternNode): void {
  switch (node.kind) {
    case 'char':
      program.push({ op: 'char', test: node.test })
      return
    case 'assert':
      program.push({ op: 'assert', holds: node.holds })
      return
    case 'sequence':
      for (const part of node.parts) emit(program, part)
      return
    case 'choice':
      emitChoice(program, node.options)
      return
    case 'repeat':
      emitRepeat(program, node)
  }
}

function emitChoice(program: Instruction[], options: readonly PatternNode[]): void {
  const to: number[] = []
  const ends: number[][] = []
  program.push({ op: 'split', to })
  for (const option of options) {
    to.push(program.length)
    emit(program, option)
    const end: number[] = []
    ends.push(end)
    program.push({ op: 'split', to: end })
  }
  for (const end of ends) end.push(program.length)
}

function emitRepeat(
  program: Instruction[],
  { part, min, max }: Extract<PatternNode, { kind: 'repeat' }>,
): void {
  for (let count = 0; count < min; count++) emit(program, part)
  if (max === null) {
    const again = program.length
    const to = [again + 1]
    program.push({ op: 'split', to })
    emit(program, part)
    program.push({ op: 'split', to: [again] })
    to.push(program.length)
    return
  }
  const exits: number[][] = []
  for (let count = min; count < max; count++) {
    const to = [program.length + 1]
    exits.push(to)
    program.push({ op: 'split', to })
    emit(program, part)
  }
  for (const to of exits) to.push(program.length)
}

function run(program: readonly Instruction[], name: string): boolean {
  let states = new Set<number>()
  follow(program, states, 0, name, 0)
  for (let at = 0; at < name.length;) {
    const code = defined(name.codePointAt(at), 'the name has not ended')
    at += code > unitMax ? 2 : 1
    const next = new Set<number>()
    for (const state of states) {
      const instruction = program[state]
      if (instruction?.op === 'char' && instruction.test(code)) {
        follow(program, next, state + 1, name, at)
      }
    }
    if (next.size === 0) return false
    states = next
  }
  return states.has(program.length - 1)
}

/** Adds the instruction and all that can be reached from it without reading on. */
function follow(
  program: readonly Instruction[],
  states: Set<number>,
  first: number,
  name: string,
  at: number,
): void {
  const stack = [first]
  for (let state = stack.pop(); state !== undefined; state = stack.pop()) {
    if (states.has(state)) continue
    assert(state < program.length, 'every path ends in a match')
    states.add(state)
    const instruction = defined(program[state], 'a state is an instruction')
    if (instruction.op === 'split') stack.push(...instruction.to)
    else if (instruction.op === 'assert' && instruction.holds(name, at)) stack.push(state + 1)
  }
}
