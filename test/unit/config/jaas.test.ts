import { describe, expect, test } from 'vitest'
import { parseJaas, parseLoginFile } from '../../../src/config/jaas.ts'

function entriesOf(text: string): unknown {
  const outcome = parseJaas(text)
  if (!outcome.ok) throw new Error(outcome.reason)
  return outcome.entries.map(({ module, options }) => [module, Object.fromEntries(options)])
}

describe('a login module line', () => {
  test('is a module, a flag and options, quoted or not', () => {
    const text = 'a.b.PlainLoginModule required user_alice="a;b=\\"c\\"" debug=true\n  x=\'y\';'
    const options = { user_alice: 'a;b="c"', debug: 'true', x: 'y' }
    expect(entriesOf(text)).toEqual([['a.b.PlainLoginModule', options]])
  })

  test('may stand with others, and with comments between', () => {
    expect(entriesOf('A required; // one\n/* two */ B OPTIONAL k=v ;')).toEqual([
      ['A', {}],
      ['B', { k: 'v' }],
    ])
  })

  test.each([
    ['', 'names no login module'],
    ['A', 'expected behind the login module at character 2'],
    ['A perhaps;', 'expected behind the login module'],
    ['A required user_a;', '= is expected'],
    ['A required user_a="x', 'value of an option'],
    ['A required user_a=x', 'a semicolon is expected'],
  ])('that is none is refused with the place and no secret: %s', (text, reason) => {
    const outcome = parseJaas(text)
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
  })
})

describe('a login file', () => {
  test('holds login module lines by context', () => {
    const text = `// for brokers
      KafkaServer { P required user_a="x}" ; S required; };
      "out.KafkaServer" { P required user_b=y; };
      Client{};`
    const outcome = parseLoginFile(text)
    if (!outcome.ok) throw new Error(outcome.reason)
    const found = [...outcome.contexts].map(([name, entries]) => [
      name,
      entries.map(({ module, options }) => [module, ...options.keys()]),
    ])
    expect(found).toEqual([
      ['KafkaServer', [['P', 'user_a'], ['S']]],
      ['out.KafkaServer', [['P', 'user_b']]],
      ['Client', []],
    ])
  })

  test.each([
    ['{ P required; };', 'the name of a context is expected at character 1'],
    ['KafkaServer P required;', '{ is expected'],
    ['KafkaServer { P };', 'expected behind the login module'],
    ['KafkaServer { P required user_a=secret;', 'a login module is expected'],
    ['KafkaServer { P required; }', '; is expected behind a context'],
  ])('that is none is refused with the place and no secret: %s', (text, reason) => {
    const outcome = parseLoginFile(text)
    expect(outcome).toMatchObject({ ok: false, reason: expect.stringContaining(reason) })
    expect(JSON.stringify(outcome)).not.toContain('secret')
  })
})
