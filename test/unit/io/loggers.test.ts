import { expect, test } from 'vitest'
import type { LogFields, Logger, LogLevel } from '../../../src/io/logger.ts'
import { Loggers } from '../../../src/io/loggers.ts'

/** As pino's loggers are: a level, and children that keep their own. */
function recorder(level: LogLevel, lines: unknown[], bindings: LogFields = {}): Logger {
  const ranks = ['trace', 'debug', 'info', 'warn', 'error', 'silent']
  const write = (at: LogLevel) => (fields: LogFields, event: string) => {
    if (ranks.indexOf(at) >= ranks.indexOf(logger.level)) {
      lines.push({ ...bindings, ...fields, event })
    }
  }
  const logger: Logger = {
    level,
    trace: write('trace'),
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (more, options) =>
      recorder(options?.level ?? logger.level, lines, { ...bindings, ...more }),
  }
  return logger
}

test('each line of a part says which', () => {
  const lines: unknown[] = []
  const loggers = new Loggers(recorder('info', lines))
  loggers.of('ottla.storage').info({ topic: 'a' }, 'segment rolled')
  loggers.root.info({}, 'starting')
  expect(lines).toEqual([
    { logger: 'ottla.storage', topic: 'a', event: 'segment rolled' },
    { event: 'starting' },
  ])
})

test('a part that is set to a lower level than the root tells more than the others', () => {
  const lines: unknown[] = []
  const loggers = new Loggers(recorder('warn', lines))
  loggers.setLevel('ottla.network', 'debug')
  for (const part of ['ottla.network', 'ottla.http'] as const) loggers.of(part).debug({}, part)
  expect(lines).toEqual([{ logger: 'ottla.network', event: 'ottla.network' }])
  expect(loggers.levelOf('root')).toBe('warn')
})

test('the root’s level is that of every part without its own, also of one that lost it', () => {
  const loggers = new Loggers(recorder('info', []))
  loggers.setLevel('ottla.groups', 'error')
  loggers.setLevel('root', 'trace')
  expect(loggers.levelOf('ottla.groups')).toBe('error')
  expect(loggers.of('ottla.catalog').level).toBe('trace')
  loggers.setLevel('ottla.groups', null)
  expect(loggers.of('ottla.groups').level).toBe('trace')
  expect(loggers.levelOf('ottla')).toBeUndefined()
})
