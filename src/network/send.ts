// Sends answers. A response frame is a list of chunks: bytes of ours, and record batches on loan
// from the log, which go out as they lie there and are given back once the kernel has them.
import type { Socket } from 'node:net'
import type { Encoded, Records } from '../../protocol/writer.ts'
import type { Outcome } from '../handlers/served-api.ts'
import type { RecordsLoan } from '../storage/engine.ts'

function isLoan(chunk: Records): chunk is RecordsLoan {
  return 'release' in chunk
}

/** Writes the whole frame; loans are released when written or when the connection is gone. */
export function writeFrame(socket: Pick<Socket, 'write'>, frame: Encoded): void {
  for (const chunk of frame.chunks) {
    if (isLoan(chunk)) socket.write(chunk.bytes, () => chunk.release())
    else if (chunk instanceof Buffer) socket.write(chunk)
  }
}

/** Gives back the loans of an answer that is not sent. */
export function releaseFrame(outcome: Outcome): void {
  if (typeof outcome === 'string') return
  for (const chunk of outcome.chunks) if (isLoan(chunk)) chunk.release()
}
