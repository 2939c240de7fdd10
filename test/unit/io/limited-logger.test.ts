import { expect, test } from 'vitest'
import { limitRepeats } from '../../../src/io/limited-logger.ts'
import { silentLogger, type LogFields, type Logger } from '../../../src/io/logger.ts'

interface Line {
  readonly fields: LogFields
  readonly event: string
}

function recorded(): { readonly lines: Line[]; readonly logger: Logger; pass(ms: number): void } {
  const lines: Line[] = []
  let nowMs = 0
  const keep = (fields: LogFields, event: string): void => void lines.push({ fields, event })
  const inner: Logger = { ...silentLogger, debug: keep, info: keep, warn: keep, error: keep }
  return {
    lines,
    logger: limitRepeats({ ...inner, child: () => inner }, () => nowMs),
    pass: (ms) => {
      nowMs += ms
    },
  }
}

test('a client that fails again and again is written of three times', () => {
  const { lines, logger } = recorded()
  for (let i = 0; i < 100; i++) logger.warn({ client: '10.0.0.1' }, 'log-in failed')
  logger.warn({ client: '10.0.0.2' }, 'log-in failed')
  logger.warn({ client: '10.0.0.1' }, 'connection refused')
  expect(lines.map(({ fields }) => fields['client'])).toEqual([
    '10.0.0.1',
    '10.0.0.1',
    '10.0.0.1',
    '10.0.0.2',
    '10.0.0.1',
  ])
})

test('an event that many clients cause is written thirty times', () => {
  const { lines, logger } = recorded()
  for (let i = 0; i < 100; i++) logger.info({ client: `10.0.0.${i}` }, 'connection refused')
  expect(lines).toHaveLength(30)
})

test('what was left out is told with the next line, and the count begins anew', () => {
  const { lines, logger, pass } = recorded()
  for (let i = 0; i < 10; i++) logger.error({ client: 'a' }, 'connection refused')
  pass(10_000)
  logger.warn({ client: 'a' }, 'log-in failed')
  logger.warn({ client: 'a' }, 'connection refused')
  expect(lines.slice(3)).toEqual([
    { fields: { lines: { 'connection refused': 7 } }, event: 'repeated lines were left out' },
    { fields: { client: 'a' }, event: 'log-in failed' },
    { fields: { client: 'a' }, event: 'connection refused' },
  ])
  pass(10_000)
  logger.warn({ client: 'a' }, 'log-in failed')
  expect(lines).toHaveLength(7)
})

test('who debugs sees every line, and changes the level for all', () => {
  const { lines, logger } = recorded()
  for (let i = 0; i < 100; i++) logger.debug({ client: 'a' }, 'connection closed')
  expect(lines).toHaveLength(100)
  logger.level = 'debug'
  expect(logger.level).toBe('debug')
})
