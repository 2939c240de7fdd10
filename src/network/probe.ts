// Looks at addresses from outside, as a client does: whether a broker answers there, whether the
// address is free, whether a name is known. For `ottla health` and `ottla doctor`.
import { lookup } from 'node:dns/promises'
import { connect, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

export interface ProbeTarget {
  readonly host: string
  readonly port: number
  /** The listener speaks TLS. Its certificate is not checked. */
  readonly tls: boolean
}

const timeoutMs = 3000
const correlationId = 1
const apiVersionsKey = 18
const clientId = 'ottla-probe'
const sizeBytes = 4
/** Size, key, version, correlation id, length of the client id. */
const requestHeadBytes = 14
/** Length, correlation id, error code. */
const answerHeadBytes = 10
const correlationIdAt = 4
const errorCodeAt = 8

/** Null when a broker answers an ApiVersions request, otherwise why not. */
export function probe(target: ProbeTarget): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = open(target)
    let answer = Buffer.alloc(0)
    const end = (reason: string | null): void => {
      socket.destroy()
      resolve(reason)
    }
    socket.setTimeout(timeoutMs, () => end(`nothing came within ${timeoutMs} ms`))
    socket.on('error', (error) => end(error.message))
    socket.on('close', () => end('the connection was closed'))
    socket.on(target.tls ? 'secureConnect' : 'connect', () => socket.write(apiVersionsRequest()))
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes])
      if (answer.length >= answerHeadBytes) end(problemIn(answer))
    })
  })
}

function open({ host, port, tls }: ProbeTarget): Socket {
  if (!tls) return connect({ host, port })
  return connectTls({ host, port, rejectUnauthorized: false })
}

/** Version 0: what every broker since Kafka 0.10 answers, before any login. */
function apiVersionsRequest(): Buffer {
  const client = Buffer.from(clientId)
  const body = Buffer.alloc(requestHeadBytes)
  body.writeInt16BE(apiVersionsKey, sizeBytes)
  body.writeInt32BE(correlationId, 8)
  body.writeInt16BE(client.length, 12)
  body.writeInt32BE(body.length - sizeBytes + client.length, 0)
  return Buffer.concat([body, client])
}

function problemIn(answer: Buffer): string | null {
  if (answer.readInt32BE(correlationIdAt) !== correlationId) return 'it does not speak Kafka'
  const code = answer.readInt16BE(errorCodeAt)
  return code === 0 ? null : `it answers with error ${code}`
}

/** Null when the address can be listened on, otherwise the error's code (EADDRINUSE, …). */
export function canBind(host: string, port: number): Promise<string | null> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    server.listen({ host, port, ipv6Only: host.includes(':') }, () =>
      server.close(() => resolve(null)),
    )
  })
}

/** Whether this machine knows the address of a name. */
export async function resolves(host: string): Promise<boolean> {
  try {
    await lookup(host)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error) return false
    throw error
  }
}
