// A way to a broker that tests can cut: connections through it end, new ones come through again.
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface SeverableProxy {
  readonly port: number
  /** Where connections go; set before the first comes. */
  target: number
  /** Ends all connections, as a network does. Says how many there were. */
  sever(): number
  close(): Promise<void>
}

/** Listens on 127.0.0.1, on a port of the system's choice. */
export async function startSeverableProxy(): Promise<SeverableProxy> {
  const open = new Set<Socket>()
  const server = createServer((client) => {
    const broker = connect(proxy.target, '127.0.0.1')
    open.add(client)
    for (const [from, to] of [
      [client, broker],
      [broker, client],
    ] as const) {
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
      from.pipe(to)
    }
    client.on('close', () => open.delete(client))
  })
  const sever = (): number => {
    const count = open.size
    for (const socket of open) socket.destroy()
    return count
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy = {
    port: (server.address() as AddressInfo).port,
    target: 0,
    sever,
    close: () => {
      sever()
      return new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
  return proxy
}
