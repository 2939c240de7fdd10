// A storage engine over two log directories, for tests of moves between them.
import { toTopicId } from '../../src/base/brands.ts'
import { brokerConfigWith } from '../../src/config/broker-config.ts'
import { topicConfigWith } from '../../src/config/topic-config.ts'
import type { DiskFile, OpenMode } from '../../src/io/disk.ts'
import { silentLogger } from '../../src/io/logger.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { LocalStorageEngine } from '../../src/storage/local.ts'
import type { LocalStorageOptions } from '../../src/storage/local.ts'
import { SimDisk } from '../../src/testing/sim-disk.ts'
import { CountingRandom, HandClock } from '../unit/log/fixtures.ts'

/** Reads off the main thread take a turn of the event loop, as they do on a real disk. */
export class UnhurriedDisk extends SimDisk {
  override open(path: string, mode: OpenMode): DiskFile {
    const file = super.open(path, mode)
    const readLater = file.readLater.bind(file)
    return Object.assign(file, {
      async readLater(...range: Parameters<DiskFile['readLater']>): Promise<number> {
        await new Promise((resolve) => setImmediate(resolve))
        return readLater(...range)
      },
    })
  }
}

export const topic = 'orders'
export const topicId = toTopicId('aaaaaaaaaaaaaaaaaaaaaA')
const config = topicConfigWith({ segmentBytes: 500, indexIntervalBytes: 200 })

export interface TwoDirectories {
  readonly engine: LocalStorageEngine
  readonly log: PartitionLog
  readonly clock: HandClock
}

export function openTwoDirectories(
  disk: SimDisk,
  settings: Readonly<Record<string, string>> = {},
  onPlaced: LocalStorageOptions['onPlaced'] = () => undefined,
): TwoDirectories {
  const clock = new HandClock()
  const engine = LocalStorageEngine.open(
    {
      config: brokerConfigWith({ 'log.dirs': '/one,/two', ...settings }),
      disk,
      clock,
      random: new CountingRandom(),
      logger: silentLogger,
      onPlaced,
    },
    (error) => {
      throw error
    },
  )
  const spec = { topic, partition: 0, topicId, leaderEpoch: 0 }
  const log = engine.createPartition(spec, config)
  if (!(log instanceof PartitionLog)) throw new Error('the partition is offline')
  engine.setAsideStrays()
  return { engine, log, clock }
}

/** Partition directories, those that are not in use included, by log directory. */
export function directoriesOn(disk: SimDisk): string[] {
  return ['/one', '/two'].flatMap((path) =>
    disk
      .list(path)
      .filter((name) => disk.isDirectory(`${path}/${name}`))
      .map((name) => `${path}/${name.replace(/\.[0-9a-f]{32}-/, '-')}`),
  )
}
