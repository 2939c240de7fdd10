// Sends answers. A response frame is a list of chunks: bytes of ours, and record batches on loan
// from the log, which go out as they lie there and are given back once the kernel has them.
import type { Socket } from 'node:net'
import type { Encoded, Records } from '../../protocol/writer.ts'
import type { Outcome } from '../handlers/served-api.ts'
import type { RecordsLoan } from '../storage/engine.ts'

type Target = Pick<Socket, 'write' | 'writableLength'>

/** What a socket without a descriptor says it is. */
export const noDescriptor = -1

function isLoan(chunk: Records): chunk is RecordsLoan {
  return 'release' in chunk
}

/**
 * Writes the whole frame; loans are released when written or when the connection is gone. Throws
 * when records that stayed in their file cannot be read; all loans are released then.
 * `descriptor` is the socket's, for what the kernel sends by itself.
 */
export function writeFrame(socket: Target, frame: Encoded, descriptor: () => number): void {
  let written = 0
  try {
    for (const chunk of frame.chunks) {
      if (isLoan(chunk)) writeLoan(socket, chunk, descriptor)
      else if (chunk instanceof Buffer) socket.write(chunk)
      written += 1
    }
  } catch (error) {
    for (const chunk of frame.chunks.slice(written)) if (isLoan(chunk)) chunk.release()
    throw error
  }
}

function writeLoan(socket: Target, loan: RecordsLoan, descriptor: () => number): void {
  if (loan.sendTo !== undefined && socket.writableLength === 0) {
    const fd = descriptor()
    if (fd !== noDescriptor && loan.sendTo(fd)) {
      loan.release()
      return
    }
  }
  socket.write(loan.bytes, () => loan.release())
}

/** Gives back the loans of an answer that is not sent. */
export function releaseFrame(outcome: Outcome): void {
  if (typeof outcome === 'string') return
  for (const chunk of outcome.chunks) if (isLoan(chunk)) chunk.release()
}
