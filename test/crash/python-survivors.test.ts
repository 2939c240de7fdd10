// Python clients that produce and consume while the broker is killed (SIGKILL) and started again on
// the same data: they carry on by themselves, nothing acknowledged is missing, the order holds, the
// group resumes.
import { expect, it } from 'vitest'
import { startTestBroker } from '../support/broker.ts'
import { runProgram } from '../support/program.ts'
import { pythonEnv, type PythonEnvName } from '../support/python-env.ts'

const count = 2000

interface Survivor {
  readonly title: string
  readonly env: PythonEnvName
  readonly client: 'kafka-python' | 'confluent'
  /**
   * An idempotent producer stores each message once; the others may repeat what a crash left
   * unanswered.
   */
  readonly idempotent: boolean
}

const survivors: readonly Survivor[] = [
  { title: 'confluent-kafka', env: 'newest', client: 'confluent', idempotent: true },
  { title: 'the newest kafka-python', env: 'newest', client: 'kafka-python', idempotent: true },
  { title: 'kafka-python 2.0.2', env: 'legacy', client: 'kafka-python', idempotent: false },
]

it.each(survivors)('$title lives through kill -9 and a restart', async (survivor) => {
  const python = await pythonEnv(survivor.env)
  const first = await startTestBroker()
  let restarted: ReturnType<typeof startTestBroker> | undefined
  const script = ['test/support/python/survivor.py', survivor.client, first.bootstrap, 'survivors']
  const run = await runProgram(python, ['-W', 'ignore', ...script, String(count)], {}, (line) => {
    if (line !== 'halfway') return
    restarted = new Promise((resolve) => setTimeout(resolve, 100))
      .then(() => first.kill())
      .then(() => startTestBroker({ dataDir: first.dataDir, port: first.port }))
  })
  const second = await restarted
  await second?.stop()
  const { acknowledged, consumed, stored } = parseReport(run.lines.at(-1) ?? '')
  const everything = Array.from({ length: count }, (_, at) => at)
  expect(acknowledged).toEqual(everything)
  expect(firstOccurrences(consumed)).toEqual(everything)
  expect(survivor.idempotent ? stored : firstOccurrences(stored)).toEqual(everything)
})

function parseReport(json: string): Record<'acknowledged' | 'consumed' | 'stored', number[]> {
  return JSON.parse(json) as Record<'acknowledged' | 'consumed' | 'stored', number[]>
}

function firstOccurrences(numbers: readonly number[]): number[] {
  return [...new Set(numbers)]
}
