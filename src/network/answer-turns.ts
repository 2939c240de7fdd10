// Answers of many connections go out together, at the end of the event loop's turn in which they
// were made: the first one wakes the clients' process, and the others are there when it looks. Sent
// one by one, most of them would find it asleep again, and waking it costs more than the request.
// For a lone connection the end of a turn is only a cost, so its answers go at once.

/** A connection whose answers are held back. */
export interface HeldAnswers {
  /** Sends them. */
  flush(): void
}

/** Turns with fewer reads than this are no crowd. */
const crowdMin = 3
/** While answers go at once, the reads of one turn are counted every so many reads. */
const readsPerLook = 32
/** After so many turns in a row without a crowd answers go at once again. */
const quietTurnsMax = 32
/** An answer waits for no more connections than these. */
const heldMax = 128

/** The turns of the event loop, as all connections share them. */
export class AnswerTurns {
  readonly #afterTurn: (run: () => void) => void
  #held: HeldAnswers[] = []
  #isCrowded = false
  #quietTurns = 0
  #readsSinceLook = 0
  /** Reads of the turn that is looked at; 0 when none is. */
  #readsSeen = 0

  /** `afterTurn` runs its argument when everything that is ready now was read. */
  constructor(afterTurn: (run: () => void) => void = (run) => void setImmediate(run)) {
    this.#afterTurn = afterTurn
  }

  /** Whether the answers to what was just read are held until `flush`; otherwise they go at once. */
  holds(answers: HeldAnswers): boolean {
    if (!this.#isCrowded) {
      this.#look()
      return false
    }
    if (this.#held.length === heldMax) this.#flush()
    if (this.#held.push(answers) === 1) this.#afterTurn(this.#end)
    return true
  }

  #look(): void {
    if (this.#readsSeen > 0) this.#readsSeen += 1
    this.#readsSinceLook += 1
    if (this.#readsSinceLook < readsPerLook) return
    this.#readsSinceLook = 0
    if (this.#readsSeen > 0) return
    this.#readsSeen = 1
    this.#afterTurn(() => {
      this.#isCrowded = this.#readsSeen >= crowdMin
      this.#readsSeen = 0
    })
  }

  readonly #end = (): void => {
    const isCrowd = this.#held.length >= crowdMin
    this.#quietTurns = isCrowd ? 0 : this.#quietTurns + 1
    this.#isCrowded = this.#quietTurns < quietTurnsMax
    if (!this.#isCrowded) this.#quietTurns = 0
    this.#flush()
  }

  #flush(): void {
    const held = this.#held
    this.#held = []
    for (const answers of held) answers.flush()
  }
}
