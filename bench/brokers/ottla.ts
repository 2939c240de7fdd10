// Ottla as `npm start` runs it: the built program, default settings but for address and directory.
import { fileURLToPath } from 'node:url'
import { freePort, launch, scratchDirectory, type BrokerKind } from './broker.ts'

const mainScript = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

export const ottla: BrokerKind = {
  name: 'Ottla',
  start: async () => {
    const [port, directory] = [await freePort(), scratchDirectory()]
    const settings = [`listeners=PLAINTEXT://127.0.0.1:${port}`, `log.dirs=${directory}/data`]
    const overrides = settings.flatMap((setting) => ['--override', setting])
    const args = [mainScript, 'start', ...overrides]
    return launch({ command: process.execPath, args, port, directory })
  },
}
