// What does it cost to find where an offset lies in a segment, and does it grow with the index?
import { OffsetIndex } from '../../src/log/offset-index.ts'
import { SimDisk } from '../../src/testing/sim-disk.ts'
import type { MicroBench } from './measure.ts'

const offsetsPerEntry = 40
const bytesPerEntry = 4096
/** A step that visits every entry in no order that a cache could guess. */
const stride = 7919

export function offsetIndex(): MicroBench {
  const disk = new SimDisk()
  disk.makeDirectory('/bench')
  const cases = [100, 10_000, 250_000].map((entries) => {
    const index = OffsetIndex.empty(disk, `/bench/${entries}.index`, 0)
    for (let entry = 1; entry <= entries; entry++) {
      index.append(entry * offsetsPerEntry, entry * bytesPerEntry)
    }
    let entry = 0
    const run = (): number => {
      entry = (entry + stride) % entries
      return index.positionBefore(entry * offsetsPerEntry + 1)
    }
    return { name: `${entries} entries`, run }
  })
  const question = 'What does it cost to find where an offset lies in a segment?'
  return { name: 'offset-index', question, cases }
}
