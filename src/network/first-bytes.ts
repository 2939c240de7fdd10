// Decides by the first bytes of a connection who reads it: a Kafka connection, or HTTP. Once decided it
// is out of the way.
import type { Socket } from 'node:net'
import { HttpStream, beginsWithHttp } from './http-stream.ts'
import type { Intake } from './socket-intake.ts'

export interface FirstBytesOptions {
  readonly socket: Socket
  /** Who reads what is not HTTP. */
  readonly connection: Intake
  /** Hands the reading to somebody else. */
  readonly become: (intake: Intake) => void
  readonly enterHttp: (stream: HttpStream) => void
}

export class FirstBytes implements Intake {
  readonly #options: FirstBytesOptions

  constructor(options: FirstBytesOptions) {
    this.#options = options
  }

  readTarget(scratch: Buffer): Buffer {
    return scratch
  }

  onBytes(bytes: Buffer): void {
    const { socket, connection, become, enterHttp } = this.#options
    if (!beginsWithHttp(bytes)) {
      become(connection)
      connection.onBytes(bytes)
      return
    }
    const stream = new HttpStream(socket)
    become(stream)
    enterHttp(stream)
    stream.onBytes(bytes)
  }
}
