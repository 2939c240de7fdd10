// `ottla start` in this process: the broker on the real network, disk and clock. Loaded by nothing else, so
// that it is one file when it is built (scripts/bundle.mjs), and other commands do not wait for the broker.
import { Broker } from '../broker.ts'
import { processEnvironment } from '../config/sources.ts'
import { SystemClock } from '../io/clock.ts'
import { createLogger } from '../io/logger.ts'
import { SystemRandom } from '../io/random.ts'
import { SystemDisk } from '../io/system-disk.ts'
import type { StartCommand } from './flags.ts'
import { serve } from './serve.ts'

/** Serves until a signal or a failure ends the process. */
export async function start(command: StartCommand): Promise<void> {
  const [clock, disk, random] = [new SystemClock(), new SystemDisk(), new SystemRandom()]
  // A reader of the ready line that goes away (`ottla start | head -1`) must not end the broker.
  process.stdout.on('error', () => undefined)
  await serve(command, {
    environment: processEnvironment(),
    clock,
    readText: (path) => disk.readFile(path).toString('utf8'),
    createLogger: (config) =>
      createLogger({ level: config.ottlaLogLevel, format: config.ottlaLogFormat }),
    createBroker: (config, logger) => {
      if (config.ottlaOpenFilesMax > 0) disk.limitOpenFiles(config.ottlaOpenFilesMax)
      return Promise.resolve(new Broker({ config, logger, clock, disk, random }))
    },
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    exit: (code) => process.exit(code),
    onSignal: (run) => {
      process.on('SIGTERM', run)
      process.on('SIGINT', run)
    },
    onUncaught: (run) => {
      process.on('uncaughtException', run)
      process.on('unhandledRejection', run)
    },
    onDrained: (run) => process.on('beforeExit', run),
  })
}
