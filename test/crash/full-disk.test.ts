// A real file system that is full, and has room again: a small tmpfs where we may mount one.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { toTopicId } from '../../src/base/brands.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import { topicConfigWith } from '../../src/config/topic-config.ts'
import { SystemClock } from '../../src/io/clock.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { SystemRandom } from '../../src/io/random.ts'
import { SystemDisk } from '../../src/io/system-disk.ts'
import type { PartitionStore } from '../../src/storage/engine.ts'
import { LocalStorageEngine } from '../../src/storage/local.ts'
import { buildRecordBatch } from '../../protocol/records.ts'

const mountPoint = mkdtempSync(join(tmpdir(), 'ottla-full-'))
const isMounted = mountSmall()
if (!isMounted) console.log('no tmpfs can be mounted here: the tests of a full disk did not run')
afterAll(() => {
  if (isMounted) execFileSync('umount', [mountPoint])
  rmSync(mountPoint, { recursive: true, force: true })
})

function mountSmall(): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'ottla-test', mountPoint], {
      stdio: 'ignore',
    })
    return true
  } catch (error) {
    if (!(error instanceof Error)) throw error
    return false
  }
}

async function open(): Promise<{ engine: LocalStorageEngine; store: PartitionStore }> {
  const config = brokerConfigWith({
    'log.dirs': join(mountPoint, 'data'),
    'ottla.durability.interval.ms': '20',
  })
  const ports = { disk: new SystemDisk(), clock: new SystemClock(), random: new SystemRandom() }
  const bug = (error: unknown): void => {
    throw error
  }
  const engine = LocalStorageEngine.open({ config, logger: silentLogger, ...ports }, bug)
  const topicId = toTopicId('aaaaaaaaaaaaaaaaaaaaaA')
  const spec = { topic: 't', partition: 0, topicId, leaderEpoch: 0 }
  const store = engine.createPartition(spec, topicConfigWith({ segmentBytes: 300_000 }))
  engine.setAsideStrays()
  engine.startBackground()
  await Promise.resolve()
  return { engine, store }
}

async function produce(store: PartitionStore): Promise<number> {
  const records = [{ timestamp: 1, key: null, value: Buffer.alloc(40_000, 'x') }]
  const options = { origin: 'client', acksAll: true, nowMs: 1 } as const
  const { baseOffset } = await store.append(buildRecordBatch({ records }), options)
  return baseOffset
}

test.runIf(isMounted)(
  'writing stops with KAFKA_STORAGE_ERROR, reading goes on, and freed space is used at once',
  async () => {
    const ballast = join(mountPoint, 'ballast')
    writeFileSync(ballast, Buffer.alloc(2_000_000))
    const { engine, store } = await open()
    let written = 0
    let refusal: unknown = null
    while (refusal === null && written < 1000) {
      try {
        expect(await produce(store)).toBe(written)
        written += 1
      } catch (error) {
        refusal = error
      }
    }
    expect(String(refusal)).toContain('KAFKA_STORAGE_ERROR')
    // The sync in the background meets the full disk as well.
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(store.online).toBe(true)
    expect(store.logEndOffset).toBe(written)
    const { records } = await store.read({
      offset: written - 1,
      maxBytes: 1,
      minOneBatch: true,
      limit: 'log-end',
    })
    expect(records.byteLength).toBeGreaterThan(40_000)
    records.release()
    rmSync(ballast)
    expect(await produce(store)).toBe(written)
    await engine.close()
    const again = await open()
    expect(again.store.logEndOffset).toBe(written + 1)
    await again.engine.close()
  },
)

test.runIf(isMounted)(
  'a directory that is removed under the broker ends its partition',
  async () => {
    const { engine, store } = await open()
    await produce(store)
    rmSync(join(mountPoint, 'data', 't-0'), { recursive: true })
    await produce(store)
    await expect.poll(() => store.online, { timeout: 5000 }).toBe(false)
    await expect(produce(store)).rejects.toThrow('KAFKA_STORAGE_ERROR')
    expect(existsSync(join(mountPoint, 'data', 't-0'))).toBe(false)
    await engine.close()
  },
)
