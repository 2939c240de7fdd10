// What does it cost to check a batch's CRC-32C?
import { crc32c } from '../../protocol/crc.ts'
import type { MicroBench } from './measure.ts'

export function crc(): MicroBench {
  const cases = [200, 1024, 16 << 10, 1 << 20].map((byteLength) => {
    const bytes = Buffer.alloc(byteLength, 0xa5)
    return { name: `${byteLength} B`, run: () => crc32c(bytes) }
  })
  return { name: 'crc', question: 'What does it cost to check a batch’s CRC-32C?', cases }
}
