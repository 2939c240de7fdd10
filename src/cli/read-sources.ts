// The configuration that a command line names, with the environment: the same for `ottla start` and
// for the commands that explain it.
import { ConfigRefused } from '../config/refused.ts'
import { loginFilePath, type ConfigSources, type LoginFile } from '../config/sources.ts'

/** What reading a configuration needs of the process. */
export interface SourcesHost {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The text of a file. Errors are Node's. */
  readonly readText: (path: string) => string
}

/** @throws ConfigRefused when the file cannot be read */
export function readSources(
  command: { readonly file: string | null; readonly overrides: readonly string[] },
  host: SourcesHost,
): ConfigSources {
  return {
    file: command.file === null ? null : readProperties(command.file, host),
    loginFile: readLoginFile(host),
    environment: host.environment,
    overrides: command.overrides,
  }
}

function readProperties(
  path: string,
  host: SourcesHost,
): { readonly path: string; readonly text: string } {
  try {
    return { path, text: host.readText(path) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const remedy = 'Give the path of a readable server.properties, or none'
    const origin = 'command line'
    throw new ConfigRefused([{ key: 'server.properties', value: path, origin, reason, remedy }])
  }
}

/** A file that cannot be read is the business of a listener that needs it. */
function readLoginFile(host: SourcesHost): LoginFile | null {
  const path = loginFilePath(host.environment)
  if (path === null) return null
  const origin = `${path}, named by the environment variable KAFKA_OPTS`
  try {
    return { origin, text: host.readText(path) }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { origin: `${origin}, cannot be read: ${reason}`, text: '' }
  }
}
