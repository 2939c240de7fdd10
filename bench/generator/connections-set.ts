// Connections of one load that end together, and the time for which a load is measured.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Figures } from '../figures.ts'
import { Connection } from './connection.ts'
import type { Meter } from './meter.ts'
import type { Target } from './tasks.ts'

/** Connections that end together; the first error ends the run. */
export class Connections {
  readonly #open: Connection[] = []
  readonly failed: Promise<never>
  #fail: (error: Error) => void = () => undefined

  constructor() {
    this.failed = new Promise((_, reject) => (this.#fail = reject))
    this.failed.catch(() => undefined) // whoever waits for the run learns of it
  }

  readonly fail = (error: Error): void => this.#fail(error)

  async add(
    port: number,
    onFrame: (head: Buffer, frameBytes: number) => void,
  ): Promise<Connection> {
    const connection = await Connection.open(port, { onFrame, onBroken: this.fail })
    this.#open.push(connection)
    return connection
  }

  end(): void {
    for (const connection of this.#open) connection.end()
  }
}

/** Warm-up, then the measured time. */
export async function measured(
  task: Target,
  connections: Connections,
  meter: Meter,
): Promise<Figures> {
  try {
    await Promise.race([sleep(task.warmUpSeconds * 1000), connections.failed])
    meter.start()
    await Promise.race([sleep(task.seconds * 1000), connections.failed])
    return meter.stop()
  } finally {
    connections.end()
  }
}
