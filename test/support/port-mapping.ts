// `port-mapping.ts PORT HOST`: what a container engine does for a published port: takes connections on
// this machine's loopback address and carries them to the same port of the container.
import { connect, createServer } from 'node:net'

const port = Number(process.argv[2])
const host = process.argv[3] ?? ''

createServer((client) => {
  const broker = connect(port, host)
  for (const [from, to] of [
    [client, broker],
    [broker, client],
  ] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
    from.pipe(to)
  }
}).listen(port, '127.0.0.1', () => process.stdout.write('mapped\n'))
