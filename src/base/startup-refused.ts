// The broker cannot start, and the user can do something about it. Not a bug and not a client's
// business: the CLI prints the message and ends with the exit code; an embedded broker rejects its
// start promise with it.

/**
 * 1: the configuration is refused (or its port is taken). 2: the data directory is in use or
 * damaged beyond repair.
 */
export type StartupExitCode = 1 | 2

/**
 * Why the broker does not start; the message names the key, address or file, the reason and a
 * remedy.
 */
export class StartupRefused extends Error {
  override readonly name: string = 'StartupRefused'
  readonly exitCode: StartupExitCode

  constructor(exitCode: StartupExitCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

/** The refusal of a listener whose address another process holds. */
export function addressTaken(address: string, options?: ErrorOptions): StartupRefused {
  return new StartupRefused(
    1,
    `listeners: the address ${address} is already in use by another process. ` +
      `Stop that process, or choose another port, for example: --override listeners=PLAINTEXT://localhost:19092`,
    options,
  )
}
