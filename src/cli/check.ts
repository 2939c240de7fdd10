// `ottla check DIR`: says what is wrong with a data directory, what the next start would do about it
// and what that costs. Reads only. Knows the process through its port, so that a test runs it.
import { join } from 'node:path'
import { MiB, secondMs } from '../base/units.ts'
import type { Clock } from '../io/clock.ts'
import { diskErrorCode } from '../io/disk.ts'
import type { Disk, DiskLock } from '../io/disk.ts'
import { lockFile } from '../log/checkpoint.ts'
import { bytesToCheck, checkDirectory, isDataDirectory } from '../storage/check-directory.ts'
import type { CheckTotals, Finding } from '../storage/check-directory.ts'
import type { CheckCommand } from './flags.ts'
import { mebibytesOf, PassingLine } from './passing-line.ts'

/** How `ottla check` ends. */
export const checkExitCodes = { sound: 0, repaired: 1, lost: 2, unusable: 3 } as const

export interface CheckHost {
  readonly disk: Disk
  readonly clock: Clock
  readonly writeOut: (text: string) => void
  readonly writeError: (text: string) => void
  /** stderr is a terminal: progress is shown there. */
  readonly isTerminal: boolean
}

/** The exit code. */
export async function check(command: CheckCommand, host: CheckHost): Promise<number> {
  const { disk } = host
  const missing = command.directories.find((path) => !disk.isDirectory(path))
  if (missing !== undefined) {
    host.writeError(`ottla: ${missing} is no directory\n`)
    return checkExitCodes.unusable
  }
  const run = new CheckRun(command, host)
  try {
    const foreign = command.directories.find((path) => !isDataDirectory(disk, path))
    if (foreign !== undefined) {
      const remedy = 'name what log.dirs names, or one partition in it'
      host.writeError(`ottla: no broker has kept data in ${foreign}: ${remedy}\n`)
      return checkExitCodes.unusable
    }
    for (const path of command.directories) await run.directory(path)
  } catch (error) {
    if (diskErrorCode(error) === 'UNKNOWN') throw error
    host.writeError(`ottla: the check ended early: ${String(error)}\n`)
    return checkExitCodes.unusable
  }
  return run.end()
}

class CheckRun {
  readonly #command: CheckCommand
  readonly #host: CheckHost
  readonly #counts = { note: 0, repaired: 0, lost: 0 }
  readonly #totals = { partitions: 0, segments: 0, batches: 0, bytes: 0 }
  readonly #startedMs: number
  #bytesRead = 0
  #bytesToRead = 0
  readonly #line: PassingLine

  constructor(command: CheckCommand, host: CheckHost) {
    this.#command = command
    this.#host = host
    this.#startedMs = host.clock.monotonicMs()
    this.#line = new PassingLine(host.clock, host.writeError, host.isTerminal)
  }

  async directory(path: string): Promise<void> {
    const { disk } = this.#host
    const lock = tryLock(disk, join(path, lockFile))
    if (lock === 'held') {
      this.#say(`${path}: a broker is running; what it writes now may look torn`)
    }
    this.#bytesToRead += bytesToCheck(disk, path)
    try {
      const totals = await checkDirectory(disk, path, {
        found: (finding) => this.#found(finding),
        read: (bytes) => this.#progress(bytes),
      })
      this.#add(totals)
    } finally {
      if (lock !== 'held') lock?.release()
    }
  }

  #add(totals: CheckTotals): void {
    this.#totals.partitions += totals.partitions
    this.#totals.segments += totals.segments
    this.#totals.batches += totals.batches
    this.#totals.bytes += totals.bytes
  }

  #found(finding: Finding): void {
    this.#counts[finding.level]++
    this.#line.clear()
    if (this.#command.asJson) {
      this.#host.writeOut(`${JSON.stringify(finding)}\n`)
      return
    }
    const { level, file, position, what, atStart } = finding
    const where = position === null ? file : `${file} at position ${position}`
    this.#host.writeOut(`${level.padEnd(8)} ${where}: ${what}. At the next start: ${atStart}.\n`)
  }

  #progress(bytes: number): void {
    this.#bytesRead += bytes
    this.#line.show(() => mebibytesOf(this.#bytesRead, this.#bytesToRead))
  }

  end(): number {
    this.#line.clear()
    const { note, repaired, lost } = this.#counts
    const elapsedMs = this.#host.clock.monotonicMs() - this.#startedMs
    const code =
      lost > 0 ? checkExitCodes.lost : repaired > 0 ? checkExitCodes.repaired : checkExitCodes.sound
    if (this.#command.asJson) {
      const summary = { ...this.#totals, notes: note, repaired, lost, elapsedMs, exitCode: code }
      this.#host.writeOut(`${JSON.stringify(summary)}\n`)
      return code
    }
    const { partitions, segments, batches, bytes } = this.#totals
    const read = `${partitions} partitions, ${segments} segments, ${batches} batches`
    const size = `${(bytes / MiB).toFixed(1)} MiB in ${(elapsedMs / secondMs).toFixed(1)} s`
    const verdict = ['sound', 'the next start puts it right', 'records are lost or unreadable'][
      code
    ]
    const counts = `${lost} lost, ${repaired} repaired, ${note} notes`
    this.#host.writeOut(`${read}, ${size}: ${verdict} (${counts})\n`)
    return code
  }

  #say(text: string): void {
    this.#host.writeError(`${text}\n`)
  }
}

/** 'held': by a broker. Null: nothing to lock, as on read-only media. */
function tryLock(disk: Disk, path: string): DiskLock | 'held' | null {
  if (!disk.exists(path)) return null
  try {
    return disk.lock(path) ?? 'held'
  } catch (error) {
    if (diskErrorCode(error) === 'UNKNOWN') throw error
    return null
  }
}
