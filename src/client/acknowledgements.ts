// What is to be said of the records that a share consumer has acquired, in ranges of offsets as the wire has them.

/** `gap`: there is no record at this offset. */
export type AcknowledgeType = keyof typeof acknowledgeTypes

/** The numbers on the wire. */
const acknowledgeTypes = { gap: 0, accept: 1, release: 2, reject: 3 } as const

export interface OffsetRange {
  readonly firstOffset: number
  readonly lastOffset: number
}

interface Acknowledged extends OffsetRange {
  readonly type: AcknowledgeType
}

/** The verdicts on one partition that are not sent yet. */
export class Acknowledgements {
  #ranges: Acknowledged[] = []

  get isEmpty(): boolean {
    return this.#ranges.length === 0
  }

  /** Notes a verdict; what was said of the same offsets before is still sent, and refused. */
  add({ firstOffset, lastOffset }: OffsetRange, type: AcknowledgeType): void {
    const last = this.#ranges.at(-1)
    if (last?.type === type && last.lastOffset + 1 === firstOffset) {
      this.#ranges[this.#ranges.length - 1] = { ...last, lastOffset }
    } else this.#ranges.push({ firstOffset, lastOffset, type })
  }

  /** All of it in order, for a request; nothing is left. */
  take(): readonly (OffsetRange & { readonly acknowledgeTypes: readonly number[] })[] {
    const sorted = this.#ranges.sort((left, right) => left.firstOffset - right.firstOffset)
    this.#ranges = []
    return sorted.map(({ firstOffset, lastOffset, type }) => ({
      firstOffset,
      lastOffset,
      acknowledgeTypes: [acknowledgeTypes[type]],
    }))
  }
}

/** The acquired offsets at which there is no record: markers, and what compaction took. `offsets` ascend. */
export function gapsIn(
  acquired: readonly OffsetRange[],
  offsets: readonly number[],
): readonly OffsetRange[] {
  const gaps: OffsetRange[] = []
  let next = 0
  for (const { firstOffset, lastOffset } of acquired) {
    let from = firstOffset
    while ((offsets[next] ?? Infinity) < firstOffset) next += 1
    for (let at = offsets[next] ?? Infinity; at <= lastOffset; at = offsets[next] ?? Infinity) {
      if (at > from) gaps.push({ firstOffset: from, lastOffset: at - 1 })
      from = at + 1
      next += 1
    }
    if (from <= lastOffset) gaps.push({ firstOffset: from, lastOffset })
  }
  return gaps
}
