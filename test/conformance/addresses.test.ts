// Clients reach a broker in a container from three places, and nobody has configured an address: each
// is told one that works where it is. Where network namespaces cannot be made one line says so.
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newDataDirectory } from '../support/broker.ts'
import { makeBridgedNetwork, type BridgedNetwork, type Place } from '../support/namespaces.ts'
import { projectRoot, runProgram } from '../support/program.ts'
import { pythonEnv } from '../support/python-env.ts'

const port = 9092
const network = makeBridgedNetwork()

if ('missing' in network) {
  test('there are no network namespaces here', () => {
    console.log(`The tests of advertised addresses did not run: ${network.missing}.`)
    expect(network.missing).not.toBe('')
  })
} else describe('a client without any configuration of addresses', () => runIn(network))

const inNode = (script: string, ...args: readonly string[]): readonly string[] => [
  process.execPath,
  '--import',
  'tsx',
  join('test/support', script),
  ...args,
]

function runIn({ brokerAddress, within, remove }: BridgedNetwork): void {
  const children: ChildProcess[] = []

  /** Runs beside the tests, once it has printed `sign`. */
  async function keepRunning(line: readonly string[], sign: RegExp): Promise<void> {
    const [file = '', ...args] = line
    const child = spawn(file, args, { cwd: projectRoot, stdio: ['ignore', 'pipe', 'pipe'] })
    children.push(child)
    let text = ''
    await new Promise<void>((resolve, reject) => {
      child.once('close', (code) => reject(new Error(`${args.join(' ')} ended: ${code}\n${text}`)))
      const take = (bytes: Buffer): void => {
        text += bytes.toString('utf8')
        if (sign.test(text)) resolve()
      }
      child.stdout.on('data', take)
      child.stderr.on('data', take)
    })
  }

  beforeAll(async () => {
    const start = [
      ...[process.execPath, 'dist/src/cli/main.js', 'start'],
      ...['--override', `listeners=PLAINTEXT://:${port}`],
      ...['--override', `log.dirs=${newDataDirectory()}`],
    ]
    // /run is this process's own within the namespace: there it bears the mark of a container.
    const marked = 'mount -t tmpfs tmpfs /run && : > /run/.containerenv && exec "$@"'
    await keepRunning(within('broker', ['sh', '-c', marked, 'sh', ...start]), /^ottla ready on/m)
    const mapping = inNode('port-mapping.ts', String(port), brokerAddress)
    await keepRunning(within('machine', mapping), /^mapped/m)
  })

  afterAll(() => {
    for (const child of children) child.kill('SIGKILL')
    remove()
  })

  const ways: readonly { who: string; place: Place; bootstrap: string; told: string }[] = [
    { who: 'in the same container', place: 'broker', bootstrap: 'localhost', told: '127.0.0.1' },
    {
      who: 'in another container of the same network',
      place: 'neighbour',
      bootstrap: brokerAddress,
      told: brokerAddress,
    },
    {
      who: 'on the machine, through a published port',
      place: 'machine',
      bootstrap: 'localhost',
      told: 'localhost',
    },
  ]

  describe.concurrent.each(ways)('$who', ({ place, bootstrap, told }) => {
    test('kafkajs writes, and reads in a group', async () => {
      const program = inNode('kafkajs-round-trip.ts', `${bootstrap}:${port}`)
      const [file = '', ...args] = within(place, program)
      expect((await runProgram(file, args, {})).lines).toEqual([`${told}:${port} hello`])
    })

    test('kafka-python writes and reads', async () => {
      const script = 'test/support/python/kafka_python_checks.py'
      const check = 'message_parts_survive'
      const python = await pythonEnv('newest')
      const program = [python, script, `${bootstrap}:${port}`, check]
      const [file = '', ...args] = within(place, program)
      expect((await runProgram(file, args, {})).code).toBe(0)
    })
  })
}
