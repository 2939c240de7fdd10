import { expect, test } from 'vitest'
import { devCerts } from '../../../src/cli/dev-certs.ts'
import { parseCommand } from '../../../src/cli/flags.ts'
import { SystemRandom } from '../../../src/io/random.ts'

test('dev-certs takes one directory and names', () => {
  expect(parseCommand(['dev-certs', 'd', '--host', 'a', '--host', 'b'])).toEqual({
    kind: 'dev-certs',
    directory: 'd',
    hosts: ['a', 'b'],
  })
  expect(parseCommand(['dev-certs']).kind).toBe('misuse')
  expect(parseCommand(['dev-certs', 'a', 'b']).kind).toBe('misuse')
})

test('dev-certs writes its files once, and replaces none', () => {
  const written = new Map<string, Buffer>()
  const errors: string[] = []
  const run = () =>
    devCerts(
      { kind: 'dev-certs', directory: 'd', hosts: [] },
      {
        clock: { nowMs: () => 0 },
        random: new SystemRandom(),
        hostNames: ['box'],
        absolutePath: (path) => `/${path}`,
        exists: (path) => written.has(path),
        writePrivate: (path, bytes) => written.set(path, bytes),
        writeOut: () => undefined,
        writeError: (text) => errors.push(text),
      },
    )
  expect(run()).toBe(0)
  expect([...written.keys()]).toContain('/d/server.p12')
  const before = new Map(written)
  expect(run()).toBe(1)
  expect(written).toEqual(before)
  expect(errors.join('')).toContain('/d already holds')
})

test('dev-certs says where it may not write', () => {
  const errors: string[] = []
  const refused = Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
  const code = devCerts(
    { kind: 'dev-certs', directory: 'd', hosts: [] },
    {
      clock: { nowMs: () => 0 },
      random: new SystemRandom(),
      hostNames: [],
      absolutePath: (path) => `/${path}`,
      exists: () => false,
      writePrivate: () => {
        throw refused
      },
      writeOut: () => undefined,
      writeError: (text) => errors.push(text),
    },
  )
  expect(code).toBe(1)
  expect(errors).toEqual(['ottla: /d cannot be written to: EACCES: permission denied\n'])
})
