// Which addresses `ottla health` asks, and how it ends.
import { expect, test } from 'vitest'
import { health, probeTargets } from '../../../src/cli/health.ts'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import type { ProbeTarget } from '../../../src/network/probe.ts'

const listeners = 'PLAINTEXT://:9092,INSIDE://10.0.0.1:29092,ANY://localhost:0'
const map = 'PLAINTEXT:PLAINTEXT,INSIDE:PLAINTEXT,ANY:PLAINTEXT'

test('a listener on every interface is asked on loopback; port 0 cannot be asked', () => {
  const config = brokerConfigWith({ listeners, 'listener.security.protocol.map': map })
  expect(probeTargets(config)).toEqual([
    { host: '127.0.0.1', port: 9092, tls: false },
    { host: '10.0.0.1', port: 29092, tls: false },
  ])
})

test.each([
  [null, 0, '127.0.0.1:9092 answers'],
  ['connect ECONNREFUSED', 1, '127.0.0.1:9092 does not answer: connect ECONNREFUSED'],
])('an answer of %o ends with %i', async (reason, code, text) => {
  let written = ''
  const asked: ProbeTarget[] = []
  const ended = await health(
    { kind: 'health', file: null, overrides: [] },
    {
      environment: {},
      readText: () => '',
      writeOut: (line) => (written += line),
      writeError: (line) => (written += line),
      probe: (target) => {
        asked.push(target)
        return Promise.resolve(reason)
      },
    },
  )
  expect(ended).toBe(code)
  expect(written).toContain(text)
  expect(asked).toEqual([{ host: '127.0.0.1', port: 9092, tls: false }])
})
