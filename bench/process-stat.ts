// What /proc tells of a process: CPU time, memory, descriptors. Null on systems without it.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** What the kernel counts CPU time in for its readers, on every Linux. */
const ticksPerSecond = 100
const utimeField = 11
const stimeField = 12
const bytesPerKiB = 1024
const nanosecondsPerSecond = 1e9

/** User and system time of a process so far, in seconds. */
export function cpuSeconds(pid: number): number | null {
  const text = readProc(`/proc/${pid}/stat`)
  if (text === null) return null
  // The name in parentheses may hold spaces; the fields after it are counted from there.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[utimeField]) + Number(fields[stimeField])) / ticksPerSecond
}

/** Seconds that the threads of a process were ready to run and waited for a core, in all. */
export function coreWaitSeconds(pid: number): number | null {
  try {
    const threads = readdirSync(`/proc/${pid}/task`)
    const waits = threads.map((thread) => {
      const fields = readProc(`/proc/${pid}/task/${thread}/schedstat`)?.split(' ')
      return Number(fields?.[1] ?? 0) / nanosecondsPerSecond
    })
    return waits.reduce((sum, seconds) => sum + seconds, 0)
  } catch {
    return null // as in readProc
  }
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number | null {
  return statusBytes(pid, /^VmRSS:\s+(\d+) kB$/m)
}

/** The most that was resident since `forgetPeak`. */
export function peakResidentBytes(pid: number): number | null {
  return statusBytes(pid, /^VmHWM:\s+(\d+) kB$/m)
}

/** Lets the peak begin anew. */
export function forgetPeak(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5')
  } catch {
    return // as in readProc: the peak is then that of the whole life
  }
}

/** How many descriptors a process has open. */
export function descriptorCount(pid: number): number | null {
  try {
    return readdirSync(`/proc/${pid}/fd`).length
  } catch {
    return null // as in readProc
  }
}

function statusBytes(pid: number, pattern: RegExp): number | null {
  const line = pattern.exec(readProc(`/proc/${pid}/status`) ?? '')
  return line?.[1] === undefined ? null : Number(line[1]) * bytesPerKiB
}

/** Runnable processes over the last minute. */
export function loadAverage(): number | null {
  const first = readProc('/proc/loadavg')?.split(' ')[0]
  return first === undefined ? null : Number(first)
}

function readProc(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null // no such process any more, or no /proc
  }
}
