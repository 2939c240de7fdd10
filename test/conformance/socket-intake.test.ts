// How bytes are read from accepted sockets: needs sockets, and internals of the Node that runs.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { acceptFrom } from '../../src/network/socket-intake.ts'
import type { Accepted, Intake } from '../../src/network/socket-intake.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function listen(): Promise<Server> {
  const server = createServer({ pauseOnConnect: true })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ends.push(() => server.close())
  return server
}

/** A client's socket and what the server has of it. */
async function connected(server: Server, isPlain: boolean): Promise<[Socket, Accepted]> {
  const arrived = new Promise<Accepted>((resolve) => acceptFrom(server, isPlain, resolve))
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const accepted = await arrived
  ends.push(
    () => client.destroy(),
    () => accepted.socket.destroy(),
  )
  return [client, accepted]
}

/** Notes what it reads, and where it wanted it: in the buffer of all, or in one of its own. */
function noting(own: Buffer | null = null): Intake & { text: string; buffers: Set<unknown> } {
  return {
    text: '',
    buffers: new Set(),
    readTarget: (scratch) => own ?? scratch,
    onBytes(bytes) {
      this.text += bytes.toString()
      this.buffers.add(bytes.buffer)
    },
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

describe.each([
  ['made with targets of our own', true],
  ['made by Node', false],
])('a socket %s', (_, isPlain) => {
  test('is read by who was chosen, and then by who takes over', async () => {
    const [client, accepted] = await connected(await listen(), isPlain)
    const [first, second] = [noting(), noting()]
    let become: (next: Intake) => void = () => undefined
    accepted.readFor((handOver) => {
      become = handOver
      return first
    })
    client.write('one')
    await until(() => first.text === 'one')
    become(second)
    client.write('two')
    await until(() => second.text === 'two')
    expect(first.text).toBe('one')
    accepted.socket.write('back')
    expect(String((await once(client, 'data'))[0])).toBe('back')
  })

  test('is not read before somebody reads it', async () => {
    const [client, accepted] = await connected(await listen(), isPlain)
    client.write('early')
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(accepted.socket.bytesRead).toBe(0)
    const reader = noting()
    accepted.readFor(() => reader)
    await until(() => reader.text === 'early')
    expect(accepted.socket.remotePort).toBe(client.localPort)
  })

  test('ends when its client does', async () => {
    const [client, accepted] = await connected(await listen(), isPlain)
    accepted.readFor(() => noting())
    const closed = once(accepted.socket, 'close')
    client.end()
    await closed
    expect(accepted.socket.destroyed).toBe(true)
  })
})

test('bytes are read to where the reader wants them', async () => {
  const [client, accepted] = await connected(await listen(), true)
  const own = Buffer.alloc(100)
  const reader = noting(own)
  accepted.readFor(() => reader)
  client.write('one')
  await until(() => reader.text === 'one')
  client.write('two')
  await until(() => reader.text === 'onetwo')
  // The first read was prepared before there was a reader.
  expect(reader.buffers).toContain(own.buffer)
  expect(own.toString('latin1', 0, 3)).toBe('two')
})

test('a server whose internals are not what we know is read by events', () => {
  const server = createServer()
  Object.assign(server, { _handle: { onconnection: 'no function' } })
  acceptFrom(server, true, () => undefined)
  expect(server.listenerCount('connection')).toBe(1)
})
