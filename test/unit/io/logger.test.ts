// The level of the log changes while the broker runs, for children too.
import { afterEach, expect, test, vi } from 'vitest'
import { createLogger } from '../../../src/io/logger.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

test('a new level holds at once, for children that were made before it too', () => {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    lines.push(String(line).replace(/^\S+ /, '').trim())
    return true
  })
  const logger = createLogger({ level: 'info', format: 'text' })
  const child = logger.child({ topic: 't' })
  child.debug({ step: 1 }, 'not written')
  child.info({ step: 2 }, 'written')
  logger.level = 'debug'
  child.debug({ step: 3 }, 'written')
  child.level = 'silent'
  logger.error({ step: 4 }, 'not written')
  expect(logger.level).toBe('silent')
  expect(lines).toEqual(['INFO written topic=t step=2', 'DEBUG written topic=t step=3'])
})

test('a child with a level of its own keeps it, for its children too', () => {
  const lines: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((line) => {
    lines.push(String(line).replace(/^\S+ /, '').trim())
    return true
  })
  const logger = createLogger({ level: 'info', format: 'text' })
  const part = logger.child({ logger: 'p' }, { level: 'debug' })
  part.child({ topic: 't' }).debug({}, 'written')
  logger.level = 'silent'
  part.info({}, 'written')
  part.level = 'error'
  part.info({}, 'not written')
  expect(lines).toEqual(['DEBUG written logger=p topic=t', 'INFO written logger=p'])
})
