// Carries out a command line of `ottla` in this process. Gives each command the real process, clock, disk and
// network, and loads no more than it needs; decides nothing itself.
import type { Disk } from '../io/disk.ts'
import { version } from '../base/version.ts'
import type { ExplainHost } from './config.ts'
import { parseCommand, usage } from './flags.ts'
import type { CheckCommand, ConfigCommand, DevCertsCommand } from './flags.ts'
import type { DoctorCommand, HealthCommand } from './flags.ts'

const misuseExitCode = 1

/** Runs the command; the exit code of the process is its own. */
export async function runCommand(args: readonly string[]): Promise<void> {
  const command = parseCommand(args)
  switch (command.kind) {
    case 'tool': {
      const { runTool } = await import('./run-tool.ts')
      await runTool(command.tool, command.args)
      break
    }
    case 'report': {
      const { runInProcess } = await import('./run-tool.ts')
      const { runReport } = await import('./reports/run.ts')
      await runInProcess((host) => runReport(command.report, command.args, host))
      break
    }
    case 'completion': {
      const { completionScript, completionWords } = await import('./completion.ts')
      process.stdout.write(completionScript(command.shell, await completionWords()))
      break
    }
    case 'version':
      process.stdout.write(`${version}\n`)
      break
    case 'help':
      process.stdout.write(usage)
      break
    case 'misuse':
      process.stderr.write(`ottla: ${command.reason}\nottla --help shows how it is used.\n`)
      process.exitCode = misuseExitCode
      break
    case 'dev-certs':
      await makeCertificates(command)
      break
    case 'start':
      await (await import('./start.ts')).start(command)
      break
    case 'config':
    case 'doctor':
    case 'health':
      process.exitCode = await explain(command)
      break
    case 'check':
      process.exitCode = await runCheck(command)
      break
  }
}

async function runCheck(checkCommand: CheckCommand): Promise<number> {
  const [{ check }, { SystemDisk }, { SystemClock }] = await Promise.all([
    import('./check.ts'),
    import('../io/system-disk.ts'),
    import('../io/clock.ts'),
  ])
  return check(checkCommand, {
    disk: new SystemDisk(),
    clock: new SystemClock(),
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
    isTerminal: process.stderr.isTTY,
  })
}

async function explain(given: ConfigCommand | DoctorCommand | HealthCommand): Promise<number> {
  const [{ processEnvironment }, { SystemDisk, mayWriteIn }] = await Promise.all([
    import('../config/sources.ts'),
    import('../io/system-disk.ts'),
  ])
  const disk = new SystemDisk()
  const host = {
    environment: processEnvironment(),
    readText: (path: string) => disk.readFile(path).toString('utf8'),
    writeOut: (text: string) => process.stdout.write(text),
    writeError: (text: string) => process.stderr.write(text),
  }
  if (given.kind === 'config') return explainConfig(given, host, disk)
  const { probe } = await import('../network/probe.ts')
  if (given.kind === 'health')
    return (await import('./health.ts')).health(given, { ...host, probe })
  const [{ doctor }, { canBind, resolves }, { SystemClock }] = await Promise.all([
    import('./doctor.ts'),
    import('../network/probe.ts'),
    import('../io/clock.ts'),
  ])
  const clock = new SystemClock()
  return doctor(given, { ...host, disk, mayWriteIn, clock, probe, canBind, resolves })
}

async function explainConfig(
  command: ConfigCommand,
  host: ExplainHost,
  disk: Disk,
): Promise<number> {
  const [{ printConfig }, { readMetadata }, { SystemClock }, { createLogger }] = await Promise.all([
    import('./config.ts'),
    import('../storage/read-metadata.ts'),
    import('../io/clock.ts'),
    import('../io/logger.ts'),
  ])
  const logger = createLogger({ level: 'error', format: 'auto' })
  const ports = { disk, clock: new SystemClock(), logger }
  return printConfig(command, { ...host, readMetadata: (paths) => readMetadata(paths, ports) })
}

async function makeCertificates(devCertsCommand: DevCertsCommand): Promise<void> {
  const [{ devCerts }, { SystemClock }, { SystemRandom }, { writePrivateFile }] = await Promise.all(
    [
      import('./dev-certs.ts'),
      import('../io/clock.ts'),
      import('../io/random.ts'),
      import('../io/private-file.ts'),
    ],
  )
  const [{ SystemDisk }, { hostname }, { resolve }] = await Promise.all([
    import('../io/system-disk.ts'),
    import('node:os'),
    import('node:path'),
  ])
  const disk = new SystemDisk()
  process.exitCode = devCerts(devCertsCommand, {
    clock: new SystemClock(),
    random: new SystemRandom(),
    hostNames: [hostname()],
    absolutePath: (path) => resolve(path),
    exists: (path) => disk.exists(path),
    writePrivate: writePrivateFile,
    writeOut: (text) => process.stdout.write(text),
    writeError: (text) => process.stderr.write(text),
  })
}
