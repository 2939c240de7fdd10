// Waits until a broker has done what it does behind the scenes after many changes, such as the first syncs
// of new partitions: a steady load that is measured meanwhile is charged for them.
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuSeconds } from '../process-stat.ts'
import { say } from '../say.ts'

const windowMs = 500
/** Two ticks of /proc in a window: what an idle broker may use. */
const idleCpuSeconds = 0.02
/** Syncs that are due within a second come in waves: one quiet window proves nothing. */
const quietWindows = 3
const settleMillisMax = 60_000

/** After a minute it says that the broker is still busy, and lets the measurement begin. */
export async function untilSettled(brokerPid: number): Promise<void> {
  const deadline = performance.now() + settleMillisMax
  let before = cpuSeconds(brokerPid)
  for (let quiet = 0; quiet < quietWindows;) {
    if (performance.now() > deadline) return say('still busy behind the scenes: figures hold that')
    await sleep(windowMs)
    const now = cpuSeconds(brokerPid)
    if (now === null || before === null) return // no /proc: nothing to wait for
    quiet = now - before <= idleCpuSeconds ? quiet + 1 : 0
    before = now
  }
}
