// `ottla check` as its users see it: lines or JSON, a summary, an exit code; a running broker is said
// so and not disturbed.
import { describe, expect, test } from 'vitest'
import { check } from '../../../src/cli/check.ts'
import { parseCommand } from '../../../src/cli/flags.ts'
import type { SimDisk } from '../../../src/testing/sim-disk.ts'
import { append, batch, HandClock, world } from '../log/fixtures.ts'

const logFile = '/data/t-0/00000000000000000000.log'

async function diskWithLog(): Promise<SimDisk> {
  const around = world()
  const log = around.create()
  for (let n = 0; n < 10; n++) append(log, batch())
  await log.close()
  const marker = Buffer.from('{"version":0,"brokerEpoch":-1}')
  around.disk.replaceFile('/data/.kafka_cleanshutdown', marker, { durable: true })
  return around.disk
}

async function run(disk: SimDisk, directory = '/data', asJson = false) {
  const [out, errors]: [string[], string[]] = [[], []]
  const host = {
    disk,
    clock: new HandClock(),
    writeOut: (text: string) => void out.push(text),
    writeError: (text: string) => void errors.push(text),
    isTerminal: false,
  }
  const code = await check({ kind: 'check', directories: [directory], asJson }, host)
  return { code, out: out.join(''), errors: errors.join('') }
}

function damage(disk: SimDisk, position: number): void {
  const file = disk.open(logFile, 'write')
  file.write(Buffer.from([0xff]), position)
  file.close()
}

test('a directory in which no broker has kept data is not called sound', async () => {
  const disk = await diskWithLog()
  disk.makeDirectory('/other/logs')
  disk.replaceFile('/other/logs/start.log', Buffer.from('no segment'), { durable: true })
  for (const directory of ['/other', '/other/logs']) {
    const { code, out, errors } = await run(disk, directory)
    expect([code, out]).toEqual([3, ''])
    expect(errors).toContain(`no broker has kept data in ${directory}`)
  }
})

describe('ottla check', () => {
  test('ends with 0 for a sound directory, and for a partition alone', async () => {
    const disk = await diskWithLog()
    const whole = await run(disk)
    expect(whole).toMatchObject({ code: 0, errors: '' })
    expect(whole.out).toContain('1 partitions, 1 segments, 10 batches')
    expect((await run(disk, '/data/t-0')).code).toBe(0)
  })

  test('ends with 1 for what a start puts right, and with 2 for what is lost', async () => {
    const disk = await diskWithLog()
    disk.remove('/data/t-0/00000000000000000000.timeindex')
    expect((await run(disk)).code).toBe(1)
    damage(disk, batch().length * 4 + 70)
    const lost = await run(disk)
    expect(lost.code).toBe(2)
    expect(lost.out).toContain(`lost     ${logFile} at position ${batch().length * 4}`)
  })

  test('says it as JSON, a finding a line and a summary', async () => {
    const disk = await diskWithLog()
    damage(disk, 70)
    const lines = (await run(disk, '/data', true)).out.trim().split('\n')
    const parsed = lines.map((line): unknown => JSON.parse(line))
    expect(parsed.at(-1)).toMatchObject({ batches: 9, lost: 1, exitCode: 2 })
    const finding = { level: 'lost', file: logFile, position: 0, lostFrom: 0, lostTo: 0 }
    expect(parsed).toContainEqual(expect.objectContaining(finding))
  })

  test('goes on beside a running broker, and says that it runs', async () => {
    const disk = await diskWithLog()
    const lock = disk.lock('/data/.lock')
    const { code, errors } = await run(disk)
    expect({ code, says: errors.includes('a broker is running') }).toEqual({ code: 0, says: true })
    lock?.release()
  })

  test('ends with 3 where there is nothing to check', async () => {
    expect((await run(await diskWithLog(), '/nowhere')).code).toBe(3)
  })

  test('takes one directory or more', () => {
    expect(parseCommand(['check', 'a', 'b', '--json'])).toEqual({
      kind: 'check',
      directories: ['a', 'b'],
      asJson: true,
    })
    expect(parseCommand(['check'])).toMatchObject({ kind: 'misuse' })
  })
})
