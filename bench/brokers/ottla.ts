// Ottla as `npm start` runs it: the built program, default settings but for address and directory.
import { fileURLToPath } from 'node:url'
import { freePort, launch, scratchDirectory, type BrokerKind } from './broker.ts'

const mainScript = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

/** What makes acks=all wait for the disk. */
const durable = ['ottla.durability=fsync']

export const ottla: BrokerKind = {
  name: 'Ottla',
  start: async (options = {}) => {
    const [port, directory] = [await freePort(), scratchDirectory()]
    const settings = [
      `listeners=PLAINTEXT://127.0.0.1:${port}`,
      `log.dirs=${directory}/data`,
      ...(options.durable === true ? durable : []),
      ...(options.settings ?? []),
    ]
    const overrides = settings.flatMap((setting) => ['--override', setting])
    const args = [mainScript, 'start', ...overrides]
    return launch({ command: process.execPath, args, port, directory })
  },
}
