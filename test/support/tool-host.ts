// A process for tools that is none: what they print is kept, what they read is given.
import type { ToolHost } from '../../src/cli/tools/tool.ts'
import { exitCodeOf } from '../../src/cli/run-tool.ts'
import type { ToolName } from '../../src/cli/tools/index.ts'
import { SystemClock } from '../../src/io/clock.ts'
import { SystemRandom } from '../../src/io/random.ts'
import { SystemDisk } from '../../src/io/system-disk.ts'

export interface ToolRun {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A host on the real disk and clock; `printed` says what a tool has written to it. */
export function memoryHost(input = ''): {
  readonly host: ToolHost
  readonly printed: () => { readonly out: string; readonly err: string }
} {
  let [out, err] = ['', '']
  const host: ToolHost = {
    clock: new SystemClock(),
    disk: new SystemDisk(),
    random: new SystemRandom(),
    out: (text) => {
      out += text.toString()
      return Promise.resolve()
    },
    err: (text) => void (err += text),
    input: chunksOf(input),
    isInteractive: false,
    isOutputSeen: false,
    showProgress: () => undefined,
    onInterrupt: () => undefined,
    exit: (code) => {
      throw new Error(`the tool ended the process with ${code}`)
    },
  }
  return { host, printed: () => ({ out, err }) }
}

async function* chunksOf(text: string): AsyncGenerator<Buffer> {
  await Promise.resolve()
  if (text !== '') yield Buffer.from(text)
}

/** Runs a tool in this process: no start-up to wait for. */
export async function runTool(
  name: ToolName,
  args: readonly string[],
  input = '',
): Promise<ToolRun> {
  const { host, printed } = memoryHost(input)
  const code = await exitCodeOf(name, args, host)
  return { code, ...printed() }
}
