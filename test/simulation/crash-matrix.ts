// The crash matrix: what each fault may cost under each durability setting, in the words of docs/durability.md,
// and the worlds that show it.
import type { Durability } from './history.ts'
import type { WorldOptions } from './world.ts'

export interface CrashRow {
  readonly fault: string
  /** What is kept of what was acknowledged. */
  readonly keeps: Readonly<Record<Durability, string>>
  /** Worlds in which this is what happens. */
  readonly options: Omit<WorldOptions, 'seed'>
  /** What the worlds count of it. */
  readonly counted: 'stopped' | 'killed' | 'powerLost' | 'troubles'
}

const all = { interval: 'all', fsync: 'all', os: 'all' }

export const crashMatrix: readonly CrashRow[] = [
  {
    fault: 'the broker is stopped',
    keeps: all,
    options: { endings: ['stopped'], diskTrouble: false },
    counted: 'stopped',
  },
  {
    fault: 'the process is killed, also in the middle of a call to the disk',
    keeps: all,
    options: { endings: ['killed'], diskTrouble: false },
    counted: 'killed',
  },
  {
    fault: 'the power fails',
    keeps: {
      interval: 'all that is older than `ottla.durability.interval.ms` and the syncs under way',
      fsync: 'all with acks=all, transactions as a whole; the rest as `interval`',
      os: 'all that was synced: full segments, `flush.messages`, `flush.ms`',
    },
    options: { endings: ['power lost'], diskTrouble: false },
    counted: 'powerLost',
  },
  {
    fault: 'the disk refuses calls (ENOSPC, EIO, EMFILE) for a while',
    keeps: all,
    options: { endings: ['stopped', 'killed'], diskTrouble: true },
    counted: 'troubles',
  },
  {
    fault: 'the disk refuses calls, then the power fails',
    keeps: {
      interval: 'all that was synced',
      fsync: 'all with acks=all, transactions as a whole',
      os: 'all that was synced',
    },
    options: { endings: ['power lost'], diskTrouble: true },
    counted: 'troubles',
  },
]

/** The matrix as a table for people. */
export function documentCrashMatrix(): string {
  const rows = crashMatrix.map(
    ({ fault, keeps }) => `| ${fault} | ${keeps.interval} | ${keeps.fsync} | ${keeps.os} |`,
  )
  return ['| fault | `interval` | `fsync` | `os` |', '| --- | --- | --- | --- |', ...rows].join(
    '\n',
  )
}
