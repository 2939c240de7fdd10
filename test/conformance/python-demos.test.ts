// The demos of examples/ as a user runs them, with unmodified Python clients, old and new: every
// message arrives once, in order per key, within a second.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { newDataDirectory, startTestBroker, type TestBroker } from '../support/broker.ts'
import { expectOnceAndInOrder, expectPromptDelivery, linesMatching } from '../support/demo-lines.ts'
import { projectRoot, runProgram, runToExit } from '../support/program.ts'
import { pythonEnv, type PythonEnvName } from '../support/python-env.ts'

const count = 30
const fast = ['--count', String(count), '--interval', '0.02']
const nobodyListens = '127.0.0.1:1'

let broker: TestBroker

beforeAll(async () => {
  broker = await startTestBroker({ overrides: { 'num.partitions': 3 } })
})

afterAll(async () => {
  await broker?.stop()
})

async function runDemo(env: PythonEnvName, script: string, args: readonly string[]) {
  const python = await pythonEnv(env)
  const run = await runProgram(python, [`examples/${script}`, ...args], {
    KAFKA_BOOTSTRAP: broker.bootstrap,
  })
  expectPromptDelivery(run.lines)
  return run
}

const kafkaPythons: readonly [string, PythonEnvName][] = [
  ['the newest kafka-python', 'newest'],
  ['kafka-python 2.0.2', 'legacy'],
]

describe.each(kafkaPythons)('with %s', (_, env) => {
  it('each order reaches payment and inventory, and each payment the notification', async () => {
    const { lines } = await runDemo(env, 'order-payment/run.py', fast)
    const sent = linesMatching(lines, /^\[order\] order (\d+) of user (\d+)/)
    expectOnceAndInOrder(sent, count)
    for (const service of ['payment', 'inventory', 'notification']) {
      const handled = linesMatching(
        lines,
        new RegExp(`^\\[${service}\\] order (\\d+) of user (\\d+)`),
      )
      expectOnceAndInOrder(handled, count)
      expect(handled.toSorted(byNumber)).toEqual(sent)
    }
    const declined = linesMatching(lines, /^\[payment\] order (\d+) .* DECLINED/)
    const told = linesMatching(lines, /^\[notification\] order (\d+) .* your payment was declined/)
    expect(told.toSorted(byNumber)).toEqual(declined.toSorted(byNumber))
  })

  it('each reading of three sensors reaches the reader, with an alert above 30 degrees', async () => {
    const { lines } = await runDemo(env, 'weather/run.py', ['--headless', ...fast])
    const shown = linesMatching(lines, /^\[console\] (\S+) at \S+ ([\d.]+) C, ([\d.]+) %/)
    for (const sensor of ['sensor-1', 'sensor-2', 'sensor-3']) {
      const measured = linesMatching(
        lines,
        new RegExp(`^\\[(${sensor})\\] reading \\d+: ([\\d.]+) C, ([\\d.]+) %`),
      )
      expect(measured).toHaveLength(count)
      expect(shown.filter(([id]) => id === sensor)).toEqual(measured)
    }
    const alerts = linesMatching(lines, /^\[console\] ALERT (\S+): ([\d.]+) C/)
    const hot = shown.filter(([, temperature]) => Number(temperature) > 30)
    expect(alerts).toEqual(hot.map(([id, temperature]) => [id, temperature]))
    expect(alerts.length).toBeGreaterThan(0)
  })

  it('each chat message reaches every other user in the order in which it was said', async () => {
    const { lines } = await runDemo(env, 'chat/run.py', fast)
    for (const user of ['alice', 'bob', 'carol']) {
      const seen = linesMatching(
        lines,
        new RegExp(`^\\[${user}'s screen\\] (\\w+): message (\\d+)`),
      )
      for (const other of ['alice', 'bob', 'carol'].filter((name) => name !== user)) {
        const ofOther = seen.filter(([name]) => name === other).map(([, number]) => [number ?? ''])
        expectOnceAndInOrder(ofOther, count)
      }
    }
  })

  it('each stock price reaches the logger, the moving average and the alert', async () => {
    const csv = join(newDataDirectory(), 'prices.csv')
    const { lines } = await runDemo(env, 'stock-prices/run.py', [
      ...fast,
      ...['--headless', '--csv', csv],
    ])
    const rows = readFileSync(csv, 'utf8').trim().split(/\r?\n/)
    const alerts = linesMatching(lines, /^\[alert\] (\w+) ([\d.]+) -> ([\d.]+)/)
    for (const symbol of ['ACME', 'GLOBEX', 'INITECH']) {
      const sent = linesMatching(lines, new RegExp(`^\\[producer\\] ${symbol} ([\\d.]+)`))
        .flat()
        .map(Number)
      const logged = rows
        .filter((row) => row.startsWith(`${symbol},`))
        .map((row) => Number(row.split(',')[1]))
      expect(sent).toHaveLength(count)
      expect(logged).toEqual(sent)
      const averages = linesMatching(lines, new RegExp(`^\\[average\\] ${symbol} ([\\d.]+)`))
        .flat()
        .map(Number)
      expect(averages).toHaveLength(count)
      movingAverages(sent).forEach((average, at) => expect(averages[at]).toBeCloseTo(average, 1))
      const alerted = alerts
        .filter(([name]) => name === symbol)
        .map(([, from, to]) => [Number(from), Number(to)])
      expect(alerted).toEqual(jumps(sent))
    }
  })

  it('a broker that is not running is a plain message', async () => {
    const python = await pythonEnv(env)
    const run = await runToExit(python, ['examples/order-payment/run.py'], {
      KAFKA_BOOTSTRAP: nobodyListens,
    })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain(`No Kafka broker at ${nobodyListens}`)
    expect(run.stderr).not.toContain('Traceback')
  })
})

describe('with confluent-kafka', () => {
  it('each sentence passes the stream processor once, spread over partitions by author', async () => {
    const { lines } = await runDemo('newest', 'stream-processing/run.py', fast)
    const sent = linesMatching(lines, /^\[producer\] (\d+) (\w+): (.*)$/)
    const processed = linesMatching(lines, /^\[processor\] (\d+) (\w+): /)
    const read = linesMatching(
      lines,
      /^\[consumer\] partition [0-2]: (\d+) (\w+): (.*) \(\d+ ms\)$/,
    )
    expectOnceAndInOrder(sent, count)
    expectOnceAndInOrder(processed, count)
    expectOnceAndInOrder(read, count)
    expect(read.toSorted(byNumber)).toEqual(
      sent.map(([number, author, text = '']) => [number, author, text.toUpperCase()]),
    )
    const homes = linesMatching(lines, /^\[consumer\] partition ([0-2]): \d+ (\w+)/)
    const homeOf = new Map(homes.map(([partition, author]) => [author, partition]))
    expect(homes.every(([partition, author]) => homeOf.get(author) === partition)).toBe(true)
    expect(new Set(homeOf.values()).size).toBeGreaterThan(1)
  })

  it('a broker that is not running is a plain message', async () => {
    const python = await pythonEnv('newest')
    const run = await runToExit(python, ['examples/stream-processing/run.py'], {
      KAFKA_BOOTSTRAP: nobodyListens,
    })
    expect(run.code).toBe(1)
    expect(run.stderr).toContain(`No Kafka broker at ${nobodyListens}`)
    expect(run.stderr).not.toContain('Traceback')
  })
})

describe('the folders of the demos', () => {
  it('hold the same kafka_client.py, so that each can be copied alone', () => {
    const read = (folder: string) =>
      readFileSync(join(projectRoot, 'examples', folder, 'kafka_client.py'), 'utf8')
    for (const folder of ['weather', 'login-events', 'chat', 'stock-prices']) {
      expect(read(folder), folder).toBe(read('order-payment'))
    }
  })
})

function byNumber([a]: readonly string[], [b]: readonly string[]): number {
  return Number(a) - Number(b)
}

/** The average of each price and up to four before it. */
function movingAverages(prices: readonly number[]): number[] {
  return prices.map((_, at) => {
    const window = prices.slice(Math.max(0, at - 4), at + 1)
    return window.reduce((sum, price) => sum + price, 0) / window.length
  })
}

/** The pairs of successive prices that differ by 3 % or more. */
function jumps(prices: readonly number[]): number[][] {
  return prices.flatMap((price, at) => {
    const before = prices[at - 1]
    if (before === undefined) return []
    return Math.abs(((price - before) / before) * 100) >= 3 ? [[before, price]] : []
  })
}
