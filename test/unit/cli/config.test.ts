// What `ottla config` prints, and where it says that values come from.
import { expect, test } from 'vitest'
import { printConfig } from '../../../src/cli/config.ts'

const file = 'num.partitions=3\n\nlog.retention.hours=5\nssl.key.password=secret\n'

function run(given: { all?: boolean; asJson?: boolean; overrides?: readonly string[] } = {}) {
  let [out, error] = ['', '']
  const { all = false, asJson = false, overrides = [] } = given
  const code = printConfig(
    { kind: 'config', file: 'server.properties', overrides, all, asJson },
    {
      environment: { KAFKA_NUM_PARTITIONS: '4', KAFKA_BROKER_ID: '9' },
      readText: () => file,
      writeOut: (text) => (out += text),
      writeError: (text) => (error += text),
    },
  )
  return { code, out, error }
}

test('each value stands under its source, the strongest one; defaults are left out', () => {
  const { code, out } = run({ overrides: ['auto.create.topics.enable=false'] })
  expect(code).toBe(0)
  expect(out).toContain('# environment variable KAFKA_NUM_PARTITIONS\nnum.partitions=4\n')
  expect(out).toContain('# server.properties line 3\nlog.retention.hours=5\n')
  expect(out).toContain('# --override\nauto.create.topics.enable=false\n')
  expect(out).not.toContain('log.segment.bytes')
})

test('secrets are hidden', () => {
  const { out } = run()
  expect(out).toContain('#ssl.key.password= (hidden)')
  expect(out).not.toContain('secret')
})

test('with --all defaults are there too; JSON names key, value and source', () => {
  expect(run({ all: true }).out).toContain('# default\nlog.segment.bytes=1073741824\n')
  const rows: unknown = JSON.parse(run({ asJson: true }).out)
  expect(rows).toContainEqual({
    key: 'num.partitions',
    value: '4',
    source: 'environment variable KAFKA_NUM_PARTITIONS',
    hidden: false,
  })
})

test('what start would refuse is refused', () => {
  const { code, error } = run({ overrides: ['num.io.threads=x'] })
  expect(code).toBe(1)
  expect(error).toContain('num.io.threads=x (--override) is refused')
})
