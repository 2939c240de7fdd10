// Bugs that are planted on purpose, to see that the simulation finds them. They live here only: some stand between
// the broker and its disk, the others replace a method for as long as a test runs.
import { vi } from 'vitest'
import type { Clock } from '../../src/io/clock.ts'
import { diskErrorCode } from '../../src/io/disk.ts'
import type { Disk, DiskFile } from '../../src/io/disk.ts'
import { OffsetIndex } from '../../src/log/offset-index.ts'
import { PartitionLog } from '../../src/log/partition-log.ts'
import { encodeProducerSnapshot } from '../../src/log/producer-snapshot.ts'
import { ProducerState } from '../../src/log/producer-state.ts'
import { Segment } from '../../src/log/segment.ts'
import type { SimDisk } from '../../src/testing/sim-disk.ts'
import type { WorldOptions } from './world.ts'

export interface PlantedBug {
  /** The first world that shows it, in the order of seeds. */
  readonly seed: number
  readonly options?: Omit<WorldOptions, 'seed'>
  /** Puts the bug in; `vi.restoreAllMocks` takes it out again. */
  readonly plant?: () => void
}

const writeBehindMs = 30

/** Keeps what is written to logs in memory for a while: a process that is killed takes it along. */
function writesLater(disk: SimDisk, clock: Clock): Disk {
  return disguised(disk, {
    open(path, mode) {
      const file = disk.open(path, mode)
      return path.endsWith('.log') ? behind(file, clock) : file
    },
  })
}

function behind(file: DiskFile, clock: Clock): DiskFile {
  let waiting: { bytes: Uint8Array; position: number }[] = []
  let isClosed = false
  const writeNow = (): void => {
    for (const { bytes, position } of waiting) file.write(bytes, position)
    waiting = []
  }
  return {
    path: file.path,
    fd: file.fd,
    size: () => (writeNow(), file.size()),
    write(bytes, position) {
      waiting.push({ bytes: Buffer.from(bytes), position })
      clock.after(writeBehindMs, () => {
        try {
          if (!isClosed) writeNow()
        } catch (error) {
          // Nobody is there to hear that a late write failed.
          if (diskErrorCode(error) === 'UNKNOWN') throw error
        }
      })
    },
    writeAll: (buffers, position) => file.writeAll(buffers, position),
    read: (into, offset, length, position) => (
      writeNow(),
      file.read(into, offset, length, position)
    ),
    readLater: (into, offset, length, at) => (writeNow(), file.readLater(into, offset, length, at)),
    lend: () => null,
    truncate: (byteLength) => (writeNow(), file.truncate(byteLength)),
    syncData: () => (writeNow(), file.syncData()),
    syncNow: () => (writeNow(), file.syncNow()),
    close() {
      writeNow()
      isClosed = true
      file.close()
    },
  }
}

/** Snapshots are written, without anyone in them. */
function forgetsProducers(disk: SimDisk): Disk {
  return disguised(disk, {
    replaceFile(path, bytes, options) {
      const content = path.endsWith('.snapshot') ? encodeProducerSnapshot([]) : bytes
      disk.replaceFile(path, content, options)
    },
  })
}

/** The disk, with some calls replaced. */
function disguised(disk: SimDisk, changes: Partial<Disk>): Disk {
  return new Proxy<Disk>(disk, {
    get(target, name) {
      const replaced: unknown = Reflect.get(changes, name)
      if (replaced !== undefined) return replaced
      const own: unknown = Reflect.get(target, name, target)
      return typeof own === 'function' ? (own.bind(target) as unknown) : own
    },
  })
}

function getter(target: object, name: string, get: (this: never) => unknown): void {
  const original = Object.getOwnPropertyDescriptor(target, name)
  if (original === undefined) throw new Error(`no ${name} to replace`)
  Object.defineProperty(target, name, { ...original, get })
  undo.push(() => Object.defineProperty(target, name, original))
}

const undo: (() => void)[] = []

/** Takes every planted bug out again. */
export function unplant(): void {
  vi.restoreAllMocks()
  for (const each of undo.splice(0)) each()
}

export const plantedBugs: Readonly<Record<string, PlantedBug>> = {
  'a record is acknowledged before it is written': {
    seed: 1,
    options: { disguise: writesLater, endings: ['killed'], diskTrouble: false },
  },
  'the index runs ahead of the log': {
    seed: 1,
    plant: () => {
      const append = OffsetIndex.prototype.append
      vi.spyOn(OffsetIndex.prototype, 'append').mockImplementation(function (
        this: OffsetIndex,
        offset: number,
        position: number,
      ) {
        // As if the entry were made when the batch is already behind it.
        append.call(this, offset, position === 0 ? position : position + 1)
      })
    },
  },
  'producer snapshots are skipped': {
    seed: 2,
    options: { disguise: forgetsProducers, endings: ['stopped', 'killed'] },
  },
  'a full segment counts as synced and is not': {
    seed: 2,
    options: { durability: 'interval', endings: ['power lost'], diskTrouble: false },
    plant: () => {
      const sealed = new WeakSet<Segment>()
      const seal = Segment.prototype.seal
      vi.spyOn(Segment.prototype, 'seal').mockImplementation(function (this: Segment) {
        sealed.add(this)
        seal.call(this)
      })
      getter(Segment.prototype, 'isDirty', function (this: Segment) {
        return !sealed.has(this) && this.unsyncedBytes > 0
      })
    },
  },
  'a producer of an old epoch may write on': {
    seed: 1,
    options: {
      endings: ['stopped', 'killed'],
      diskTrouble: false,
      settings: { 'transaction.partition.verification.enable': 'false' },
    },
    plant: () => {
      const check = ProducerState.prototype.check
      vi.spyOn(ProducerState.prototype, 'check').mockImplementation(function (
        this: ProducerState,
        ...args
      ) {
        try {
          return check.apply(this, args)
        } catch (error) {
          if (String(error).includes('EPOCH')) return null
          throw error
        }
      })
    },
  },
  'the last stable offset ignores open transactions': {
    seed: 5,
    options: { endings: ['stopped', 'killed'], diskTrouble: false },
    plant: () =>
      getter(PartitionLog.prototype, 'lastStableOffset', function (this: PartitionLog) {
        return this.logEndOffset
      }),
  },
}
