// Who runs the broker of a simulated world, and what happens to it: clean restarts, kill -9 and power loss,
// also in the middle of a call to the disk, during start and stop; disks that refuse for a while.
import type { Clock } from '../../src/io/clock.ts'
import type { Disk } from '../../src/io/disk.ts'
import type { DiskCall, SimDisk } from '../../src/testing/sim-disk.ts'
import type { Stage } from './client.ts'
import type { Draw } from './draw.ts'
import type { Ending } from './history.ts'
import { SimProcess } from './process.ts'
import type { LogExtent } from './process.ts'

export interface OperatorOptions {
  readonly stage: Stage
  readonly draw: Draw
  readonly random: Draw
  readonly settings: Readonly<Record<string, string>>
  readonly disk: SimDisk
  readonly endings: readonly Ending[]
  readonly diskTrouble: boolean
  readonly disguise: ((disk: SimDisk, clock: Clock) => Disk) | undefined
}

/** A life's end that the next start has not yet been held against. */
interface Death {
  readonly ending: Ending
  readonly atMs: number
  readonly extents: readonly LogExtent[]
}

const troubles: readonly (readonly [DiskCall, string])[] = [
  ['write', 'ENOSPC'],
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
  ['sync', 'EIO'],
  ['open', 'EMFILE'],
  ['read', 'EIO'],
  ['truncate', 'EIO'],
  ['rename', 'ENOSPC'],
  ['make', 'ENOSPC'],
]
const troubledPaths = [
  'plain-0',
  'keys-0',
  'ledger-',
  'input-0',
  '__transaction',
  '.index',
  '/data',
]

export class Operator {
  readonly #options: OperatorOptions
  #disk: SimDisk
  #process: SimProcess | null = null
  #death: Death | null = null
  #hadDiskTrouble = false
  #restarts = 0
  #lifeBeganMs = 0
  /** What was acknowledged before this was on the device when the last life ended. */
  #syncedUntilMs = -Infinity
  readonly #counts = { stopped: 0, killed: 0, powerLost: 0, inTheMiddle: 0, troubles: 0 }

  constructor(options: OperatorOptions) {
    this.#options = options
    this.#disk = options.disk
  }

  get counts(): Readonly<Record<string, number>> {
    return this.#counts
  }

  /** Lives so far. */
  get restarts(): number {
    return this.#restarts
  }

  get #stage(): Stage {
    return this.#options.stage
  }

  get #draw(): Draw {
    return this.#options.draw
  }

  #note(what: string): void {
    this.#stage.trace.note('operator', what)
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#stage.clock.after(ms, resolve))
  }

  /** Starts the broker; again, where it was killed meanwhile. */
  async start(): Promise<void> {
    for (;;) {
      this.#lifeBeganMs = this.#stage.clock.nowMs()
      const process = await this.#startOnce()
      if (this.#death?.ending !== undefined && process.isDead) continue
      this.#process = process
      this.#restarts += 1
      this.#compare(process)
      this.#stage.network.listen(process)
      this.#note('serves')
      return
    }
  }

  async #startOnce(): Promise<SimProcess> {
    const { settings, random, disguise, stage } = this.#options
    const disk = this.#disk
    const onBug = (error: unknown): void => {
      if (this.#disk !== disk) return
      const detail = error instanceof Error ? (error.stack ?? error.message) : String(error)
      stage.history.broken(`the broker met a bug: ${detail}`)
    }
    const onErrorLogged = (text: string): void => {
      if (this.#disk !== disk) return
      this.#note(`the broker says: ${text}`)
      if (this.#options.diskTrouble) return
      stage.history.broken(`with nothing wrong the broker says: ${text}`)
    }
    const options = { clock: stage.clock, disk, random, settings, onBug, onErrorLogged }
    const process = await SimProcess.start(disguise ? { ...options, disguise } : options)
    if (this.#disk !== disk) process.die()
    return process
  }

  #compare(process: SimProcess): void {
    const death = this.#death
    this.#death = null
    if (death === null) return
    const { ending, atMs, extents: before } = death
    const hadDiskTrouble = this.#hadDiskTrouble
    this.#hadDiskTrouble = false
    const after = process.extents()
    const safeUntilMs = this.#syncedUntilMs
    this.#stage.history.restarted({ ending, atMs, hadDiskTrouble, before, after, safeUntilMs })
  }

  /** Until the world is over; leaves a broker that serves. */
  async run(): Promise<void> {
    while (!this.#stage.isOver) {
      await this.#sleep(this.#draw.between(300, 4000))
      if (this.#stage.isOver) break
      if (this.#options.diskTrouble && this.#draw.chance(50)) await this.#trouble()
      else await this.#restart()
    }
    this.#disk.heal()
    await this.#restart('killed')
  }

  async restartAtTheEnd(): Promise<void> {
    const endings = this.#options.endings.filter((ending) => ending !== 'power lost')
    await this.#restart(this.#draw.pick(endings.length === 0 ? ['killed'] : endings))
  }

  async #restart(wanted?: Ending): Promise<void> {
    const ending = wanted ?? this.#draw.pick(this.#options.endings)
    if (wanted === undefined && ending !== 'stopped' && this.#draw.chance(60)) {
      await this.#endInTheMiddle(ending)
    } else if (ending === 'stopped') await this.#stop()
    else this.#end(ending)
    await this.#sleep(this.#draw.pick([1, 50, 800]))
    await this.start()
  }

  async #stop(): Promise<void> {
    const process = this.#process
    if (process === null) return
    this.#note('stops the broker')
    this.#stage.network.listen(null)
    await process.stop()
    if (this.#process !== process) return
    this.#counts.stopped += 1
    this.#buried('stopped', process.lastExtents)
    this.#disk = this.#disk.inherit()
  }

  /** Dies at one of the next calls to the disk; in time without one, between two. */
  async #endInTheMiddle(ending: Ending): Promise<void> {
    const disk = this.#disk
    let calls = this.#draw.between(1, 60)
    disk.onChange = (tear) => {
      calls -= 1
      if (calls > 0 || this.#disk !== disk) return
      disk.onChange = null
      if (this.#draw.chance(50)) tear?.(this.#draw.below(200))
      this.#counts.inTheMiddle += 1
      this.#end(ending)
    }
    const step = 20
    for (let waited = 0; waited < 1500 && this.#disk === disk; waited += step)
      await this.#sleep(step)
    disk.onChange = null
    if (this.#disk === disk) this.#end(ending)
  }

  /** The broker is gone, now. */
  #end(ending: Ending): void {
    const process = this.#process
    this.#note(`the broker is ${ending}`)
    if (ending === 'killed') this.#counts.killed += 1
    else this.#counts.powerLost += 1
    this.#buried(ending, process?.extents() ?? [])
    process?.die()
    this.#disk = ending === 'killed' ? this.#disk.inherit() : this.#unplugged()
    if (ending === 'killed') this.#stage.network.listen(null)
    else this.#stage.network.blackOut()
  }

  #unplugged(): SimDisk {
    const draw = this.#draw
    const keepsAll = draw.chance(20)
    const keepsNothing = draw.chance(30)
    const left = this.#disk.losePower({
      keep: (_path, bytes) => (keepsNothing ? 0 : keepsAll ? bytes : draw.between(0, bytes)),
      keepName: () => (keepsNothing ? false : keepsAll ? true : draw.chance(50)),
    })
    this.#disk.inherit()
    return left
  }

  #buried(ending: Ending, extents: readonly LogExtent[]): void {
    const atMs = this.#stage.clock.nowMs()
    const { intervalMs } = this.#stage.history.promises
    if (ending === 'stopped') this.#syncedUntilMs = atMs
    else if (!this.#hadDiskTrouble && atMs - this.#lifeBeganMs > intervalMs) {
      this.#syncedUntilMs = atMs - intervalMs
    }
    this.#death = { ending, atMs, extents }
    this.#process = null
  }

  /** Some calls fail for a while. */
  async #trouble(): Promise<void> {
    const draw = this.#draw
    const [call, code] = draw.pick(troubles)
    const path = draw.pick(troubledPaths)
    const fault = { call, code, path, after: draw.below(10), partialBytes: draw.below(100) }
    const isShort = draw.chance(60)
    this.#note(`${call} of ${path} fails with ${code} after ${fault.after}`)
    this.#counts.troubles += 1
    this.#hadDiskTrouble = true
    this.#disk.fail(isShort ? { ...fault, times: draw.between(1, 3) } : fault)
    await this.#sleep(draw.between(100, 2000))
    this.#disk.heal()
    this.#note('the disk is well again')
  }
}
