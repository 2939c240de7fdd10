// Unmodified Python clients doing what their users do: each check is a function without parameters
// in test/support/python/*_checks.py, run in a process of its own against one broker.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestBroker, type TestBroker } from '../support/broker.ts'
import { projectRoot, runToExit } from '../support/program.ts'
import { pythonEnv, type PythonEnvName } from '../support/python-env.ts'

const suites: readonly { title: string; env: PythonEnvName; script: string }[] = [
  { title: 'the newest kafka-python', env: 'newest', script: 'kafka_python_checks.py' },
  { title: 'kafka-python 2.0.2', env: 'legacy', script: 'kafka_python_checks.py' },
  { title: 'confluent-kafka', env: 'newest', script: 'confluent_checks.py' },
]

let broker: TestBroker

beforeAll(async () => {
  broker = await startTestBroker()
  await limitProducer('throttled-client', 20_000)
})

afterAll(async () => {
  await broker?.stop()
})

describe.each(suites)('$title', ({ env, script }) => {
  const path = join('test/support/python', script)
  it.each(checksIn(path))('%s', async (sentence) => {
    const python = await pythonEnv(env)
    const check = sentence.replaceAll(' ', '_')
    const run = await runToExit(python, ['-W', 'ignore', path, broker.bootstrap, check], {})
    expect(run.code, run.stderr).toBe(0)
  })
})

/** As users set quotas, who have no call for it in Python. */
async function limitProducer(clientId: string, bytesPerSecond: number): Promise<void> {
  const tool = join(projectRoot, 'dist/src/cli/bin/kafka-configs.js')
  const run = await runToExit(
    process.execPath,
    [
      ...[tool, '--bootstrap-server', broker.bootstrap, '--alter'],
      ...['--entity-type', 'clients', '--entity-name', clientId],
      ...['--add-config', `producer_byte_rate=${bytesPerSecond}`],
    ],
    {},
  )
  expect(run.code, run.stderr).toBe(0)
}

/** The names of a script's functions without parameters, as sentences. */
function checksIn(path: string): string[] {
  const source = readFileSync(join(projectRoot, path), 'utf8')
  return [...source.matchAll(/^def (\w+)\(\):/gm)].map(([, name = '']) => name.replaceAll('_', ' '))
}
