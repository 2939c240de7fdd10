// Every moment at which the broker may die while it moves a partition to another log directory: what
// a killed process or a power failure leaves must open in one place, with all that was promised.
import { expect, test } from 'vitest'
import { isPromise } from '../../src/base/maybe-promise.ts'
import type { SimDisk } from '../../src/testing/sim-disk.ts'
import {
  UnhurriedDisk,
  directoriesOn,
  openTwoDirectories,
  topic,
} from '../support/two-directories.ts'
import { allBaseOffsets, batch, startMs } from '../unit/log/fixtures.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

interface Moment {
  readonly how: string
  readonly disk: SimDisk
  /** Acknowledged with `ottla.durability=fsync`: kept through power loss. */
  readonly acknowledged: number
  readonly sent: number
}

async function record(): Promise<Moment[]> {
  const disk = new UnhurriedDisk()
  const world = openTwoDirectories(disk, { 'ottla.durability': 'fsync' })
  const moments: Moment[] = []
  let [sent, acknowledged] = [0, 0]
  const send = (): Promise<void> => {
    sent += 1
    const result = world.log.append(batch(), { origin: 'client', acksAll: true, nowMs: startMs })
    if (!isPromise(result)) throw new Error('expected to wait for the disk')
    return result.then(({ baseOffset }) => {
      acknowledged = Math.max(acknowledged, baseOffset + 1)
    })
  }
  for (let n = 0; n < 14; n++) await send()
  await world.log.deleteRecordsBefore(8)
  await world.engine.checkpoint()
  let call = 0
  disk.onChange = () => {
    call += 1
    const some = (index: number): boolean => ((call * 7 + index * 13) >> 2) % 2 === 0
    const left: [string, SimDisk][] = [
      ['killed', disk.kill()],
      ['power lost', disk.losePower()],
      ['power lost, all names left', disk.losePower({ keepName: () => true })],
      ['power lost, some left', disk.losePower({ keepName: some, keep: (_, bytes) => bytes >> 1 })],
    ]
    for (const [how, state] of left) {
      moments.push({ how: `call ${call}: ${how}`, disk: state, acknowledged, sent })
    }
  }
  for (const path of ['/two', '/one']) {
    world.engine.movePartition(topic, 0, path)
    for (let n = 0; world.log.directory !== `${path}/${topic}-0`; n++) {
      if (n > 1000) throw new Error('the move does not end')
      if (n % 4 === 0) void send()
      await turn()
    }
    await send()
    world.clock.advance(60_000)
    await turn()
  }
  disk.onChange = null
  return moments
}

/** Why the moment breaks a promise; null when it keeps all. */
async function broken({ disk, acknowledged, sent }: Moment): Promise<string | null> {
  const { log, engine } = openTwoDirectories(disk)
  const offsets = allBaseOffsets(log)
  if (log.logStartOffset !== 8) return `the log begins at ${log.logStartOffset}`
  if (log.logEndOffset < acknowledged)
    return `${acknowledged} promised, ends at ${log.logEndOffset}`
  if (log.logEndOffset > sent) return `the log ends at ${log.logEndOffset}, ${sent} were sent`
  const expected = Array.from({ length: log.logEndOffset - 8 }, (_, at) => at + 8)
  if (offsets.join() !== expected.join()) return `has ${offsets.join()}`
  const named = directoriesOn(disk).filter((path) => path.endsWith(`${topic}-0`))
  if (named.length !== 1) return `lies in ${named.join()}`
  await engine.close()
  const again = openTwoDirectories(disk)
  return allBaseOffsets(again.log).join() === expected.join() ? null : 'is another after a restart'
}

test('a crash in the middle of a move ends in one place, and nothing is lost', async () => {
  const moments = await record()
  expect(moments.length).toBeGreaterThan(400)
  const failures: string[] = []
  for (const moment of moments) {
    const why = await broken(moment).catch((error: unknown) => String(error))
    if (why !== null) failures.push(`${moment.how}: ${why}`)
  }
  expect(failures.slice(0, 5)).toEqual([])
  expect(failures).toHaveLength(0)
}, 30_000)
