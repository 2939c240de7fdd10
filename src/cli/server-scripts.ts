// Kafka's scripts around the server: kafka-server-start is `ottla start`, in the background if asked; kafka-server-stop
// finds the brokers of this machine and asks them to stop.
import { execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { processEnvironment } from '../config/sources.ts'
import { SystemDisk } from '../io/system-disk.ts'
import { runCommand } from './run-command.ts'
import { serversAmong, stopRequest } from './server-processes.ts'

const usage = 'USAGE: kafka-server-start [-daemon] server.properties [--override property=value]*\n'

/** kafka-server-start. */
export async function startServer(args: readonly string[]): Promise<void> {
  if (args.length === 0) {
    process.stderr.write(usage)
    process.exitCode = 1
    return
  }
  const [first, ...rest] = args
  if (first === '-daemon') startInBackground(rest)
  else await runCommand(first === '--version' ? args : ['start', ...args])
}

/** What it prints goes to kafkaServer.out in LOG_DIR, ./logs without. */
function startInBackground(args: readonly string[]): void {
  const directory = processEnvironment()['LOG_DIR'] ?? 'logs'
  const disk = new SystemDisk()
  disk.makeDirectory(directory)
  const output = disk.open(join(directory, 'kafkaServer.out'), 'write')
  output.truncate(0)
  const script = process.argv[1] ?? ''
  const child = spawn(process.execPath, [script, ...args], {
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  })
  child.unref()
  output.close()
}

/** kafka-server-stop: SIGTERM, as a service manager would send it. Does not wait. */
export function stopServers(args: readonly string[]): void {
  const request = stopRequest(args)
  if (request === null) {
    process.stderr.write('USAGE: kafka-server-stop [--process-role=role] [--node-id=id]\n')
    process.exitCode = 1
    return
  }
  const listing = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'args='], { encoding: 'utf8' })
  const disk = new SystemDisk()
  const readText = (path: string): string => disk.readFile(path).toString('utf8')
  const pids = serversAmong(listing.split('\n'), request, readText).filter(
    (pid) => pid !== process.pid,
  )
  if (pids.length === 0) {
    process.stdout.write('No kafka server to stop\n')
    process.exitCode = 1
    return
  }
  for (const pid of pids) process.kill(pid, 'SIGTERM')
}
