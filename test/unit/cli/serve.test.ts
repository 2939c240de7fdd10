// A run of `ottla start`: what is printed, and which exit code each end has.
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { AssertionFailure } from '../../../src/base/assert.ts'
import { addressTaken, StartupRefused } from '../../../src/base/startup-refused.ts'
import { version } from '../../../src/base/version.ts'
import { readyLine, serve, type ServeHost } from '../../../src/cli/serve.ts'
import type { BrokerConfig } from '../../../src/config/broker-config.ts'
import type { LogFields } from '../../../src/io/logger.ts'
import type { Logger } from '../../../src/io/logger.ts'

type Send<T> = (value: T) => void

interface Deferred {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

function deferred(): Deferred {
  let [resolve, reject]: [() => void, (error: unknown) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((onResolve, onReject) => {
    ;[resolve, reject] = [onResolve, onReject]
  })
  return { promise, resolve, reject }
}

/** A process in which nothing is real. */
class FakeHost implements ServeHost {
  environment: Record<string, string> = {}
  files: Record<string, string> = {}
  out = ''
  errors = ''
  exits: number[] = []
  events: string[] = []
  stops = 0
  config: BrokerConfig | undefined
  signal: Send<string> = () => {}
  uncaught: Send<unknown> = () => {}
  drained: () => void = () => {}
  startFails: Error | null = null
  readonly closing = deferred()
  readonly stopping = deferred()
  elapsedMs = 123.4
  readonly clock = { nowMs: () => 0, monotonicMs: () => this.elapsedMs, after: () => () => {} }

  readText = (path: string): string => {
    const text = this.files[path]
    if (text === undefined) throw new Error(`ENOENT: no such file ${path}`)
    return text
  }
  createLogger = (config: BrokerConfig): Logger => {
    this.config = config
    const log = (_: LogFields, event: string): void => void this.events.push(event)
    const logger: Logger = {
      trace: log,
      debug: log,
      info: log,
      warn: log,
      error: log,
      child: () => logger,
      level: 'info',
    }
    return logger
  }
  createBroker: ServeHost['createBroker'] = () =>
    Promise.resolve({
      start: () => {
        if (this.startFails !== null) return Promise.reject(this.startFails)
        return Promise.resolve({ addresses: ['127.0.0.1:9092', '[::1]:9092'] })
      },
      stop: () => {
        this.stops++
        return this.stopping.promise
      },
      closed: this.closing.promise,
    })
  writeOut = (text: string): void => void (this.out += text)
  writeError = (text: string): void => void (this.errors += text)
  exit = (code: number): void => void this.exits.push(code)
  onSignal = (run: Send<string>): void => void (this.signal = run)
  onUncaught = (run: Send<unknown>): void => void (this.uncaught = run)
  onDrained = (run: () => void): void => void (this.drained = run)
}

async function started(overrides: string[] = [], file: string | null = null): Promise<FakeHost> {
  const host = new FakeHost()
  host.files['a.properties'] = 'num.partitions=3\nno.such=1\n'
  await serve({ kind: 'start', file, overrides }, host)
  return host
}

/** Lets every promise that is settled run its callbacks. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('when it serves', () => {
  test('it says so in one line, with its addresses and the time since the process began', async () => {
    const host = await started()
    expect(host.out).toBe('ottla ready on 127.0.0.1:9092, [::1]:9092 in 123 ms\n')
    expect(host.exits).toEqual([])
  })

  test('it says so in JSON where that is asked for', async () => {
    const host = await started(['ottla.log.format=json'])
    expect(JSON.parse(host.out)).toEqual({
      event: 'ready',
      addresses: ['127.0.0.1:9092', '[::1]:9092'],
      ms: 123,
    })
    expect(readyLine({ ottlaLogFormat: 'json' }, [], 1)).toMatch(/^\{.*\}\n$/)
  })

  test('it has read the file, and logged what it does not know', async () => {
    const host = await started([], 'a.properties')
    expect(host.config?.numPartitions).toBe(3)
    expect(host.events).toEqual(['starting', 'unknown configuration key'])
  })
})

describe('signals', () => {
  test('the first stops cleanly: exit 0', async () => {
    const host = await started()
    host.signal('SIGTERM')
    expect(host.exits).toEqual([])
    host.stopping.resolve()
    await settled()
    expect(host.exits).toEqual([0])
    expect(host.events).toEqual(['starting', 'stopping', 'stopped'])
  })

  test('a later one does not wait: exit 130', async () => {
    const host = await started()
    host.signal('SIGINT')
    host.elapsedMs += 1000
    host.signal('SIGINT')
    expect(host.exits).toEqual([130])
    expect(host.stops).toBe(1)
  })

  test('the same one passed on by npm changes nothing: the stop stays clean', async () => {
    const host = await started()
    host.signal('SIGINT')
    host.signal('SIGINT')
    expect(host.exits).toEqual([])
    host.stopping.resolve()
    await settled()
    expect(host.exits).toEqual([0])
    expect(host.stops).toBe(1)
  })

  test('a stop that fails is an internal error: exit 70', async () => {
    const host = await started()
    host.signal('SIGTERM')
    host.stopping.reject(new Error('disk full'))
    await settled()
    expect(host.exits).toEqual([70])
  })
})

describe('refusals', () => {
  test('of configuration name key and reason on stderr: exit 1', async () => {
    const host = await started(['num.partitions=many'])
    expect(host.errors).toMatch(/^ottla: num\.partitions=many \(--override\) is refused: Not a/)
    expect(host.exits).toEqual([1])
    expect(host.out).toBe('')
  })

  test('of a file that cannot be read name it: exit 1', async () => {
    const host = await started([], 'missing.properties')
    expect(host.errors).toContain('missing.properties')
    expect(host.errors).toContain('ENOENT')
    expect(host.exits).toEqual([1])
  })

  test.each([
    [addressTaken('127.0.0.1:9092'), 1, 'already in use'],
    [new StartupRefused(2, '/d/.lock is held by process 7'), 2, '/d/.lock'],
  ])('of the start have the exit code that they carry: %s', async (error, code, words) => {
    const host = new FakeHost()
    host.startFails = error
    await serve({ kind: 'start', file: null, overrides: [] }, host)
    expect(host.exits).toEqual([code])
    expect(host.errors).toContain(words)
    expect(host.out).toBe('')
  })
})

describe('our own bugs', () => {
  test('in a running broker end it at once, without a clean stop: exit 70', async () => {
    const host = await started()
    host.closing.reject(new AssertionFailure('offsets run backwards'))
    await settled()
    expect(host.exits).toEqual([70])
    expect(host.stops).toBe(0)
    expect(host.events).toEqual(['starting', 'internal error, the broker stops at once'])
  })

  test('that nobody caught do the same', async () => {
    const host = await started()
    host.uncaught(new Error('lost promise'))
    expect(host.exits).toEqual([70])
  })

  test('that leave a stop waiting for what never comes are not taken for a clean stop', async () => {
    const host = await started()
    host.signal('SIGTERM')
    host.drained()
    expect(host.exits).toEqual([70])
  })

  test('before there is a log go to stderr', async () => {
    const host = new FakeHost()
    host.createLogger = () => {
      throw new Error('no log')
    }
    await serve({ kind: 'start', file: null, overrides: [] }, host)
    expect(host.errors).toContain('ottla: internal error: Error: no log')
    expect(host.exits).toEqual([70])
  })
})

test('the version is that of package.json', () => {
  const text = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')
  expect(JSON.parse(text)).toHaveProperty('version', version)
})
