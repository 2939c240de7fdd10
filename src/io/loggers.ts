// The loggers of the broker's parts: children of one logger that carry their name in each line, and whose
// levels are set apart while the broker runs.
import { assert } from '../base/assert.ts'
import type { Logger, LogLevel } from './logger.ts'

export const rootLoggerName = 'root'

/** The parts that log on their own. */
export const partNames = [
  'ottla.catalog',
  'ottla.groups',
  'ottla.http',
  'ottla.metrics',
  'ottla.network',
  'ottla.requests',
  'ottla.security',
  'ottla.share',
  'ottla.storage',
  'ottla.transactions',
] as const

export type PartName = (typeof partNames)[number]

interface Part {
  readonly logger: Logger
  /** Null: as the root's. */
  ownLevel: LogLevel | null
}

export class Loggers {
  /** What belongs to no part. */
  readonly root: Logger
  readonly #parts: ReadonlyMap<string, Part>

  constructor(root: Logger) {
    this.root = root
    this.#parts = new Map(
      partNames.map((name) => {
        const logger = root.child({ logger: name }, { level: root.level })
        return [name, { logger, ownLevel: null }]
      }),
    )
  }

  of(name: PartName): Logger {
    const part = this.#parts.get(name)
    assert(part !== undefined, 'every part has its logger')
    return part.logger
  }

  /** The names of all, the root's first. */
  get names(): readonly string[] {
    return [rootLoggerName, ...partNames]
  }

  /** The least that the logger writes; undefined: there is none of this name. */
  levelOf(name: string): LogLevel | undefined {
    if (name === rootLoggerName) return this.root.level
    const part = this.#parts.get(name)
    return part && (part.ownLevel ?? this.root.level)
  }

  /** The root's level holds for all parts that have none of their own. Null: a part has none any more. */
  setLevel(name: string, level: LogLevel | null): void {
    const part = this.#parts.get(name)
    if (part === undefined) {
      assert(
        name === rootLoggerName && level !== null,
        'there is such a logger; the root has a level',
      )
      this.root.level = level
    } else {
      part.ownLevel = level
    }
    for (const { logger, ownLevel } of this.#parts.values()) {
      logger.level = ownLevel ?? this.root.level
    }
  }
}
