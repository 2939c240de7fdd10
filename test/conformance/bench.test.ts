import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'

const run = promisify(execFile)
const script = fileURLToPath(new URL('../../bench/run.ts', import.meta.url))
const out = mkdtempSync(join(tmpdir(), 'ottla-bench-test-'))
const tiny = ['--scale', '0.01', '--rounds', '1', '--no-kafka', '--out', out]

afterAll(() => rmSync(out, { recursive: true, force: true }))

async function bench(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', script, ...args, ...tiny])
  return stdout
}

function dataOf(part: string): unknown {
  expect(readFileSync(join(out, `${part}.svg`), 'utf8')).toContain('</svg>')
  const result = JSON.parse(readFileSync(join(out, `${part}.json`), 'utf8')) as { data: unknown }
  return result.data
}

test('versus runs every kind of load and gives all the figures of its table', async () => {
  const names = ['raw-produce-16k', 'raw-fetch-1k', 'unbatched-10', 'e2e', 'groups-200']
  const others = ['sustained-2g', 'conns-10000', 'parts-1000', 'durable-unbatched-100', 'restart']
  await bench('versus', '--loads', [...names, ...others].join(','))
  const { rows } = dataOf('versus') as { rows: { load: string; medians: (number | null)[] }[] }
  expect(new Set(rows.map(({ load }) => load))).toEqual(new Set([...names, ...others]))
  expect(rows.filter(({ medians }) => medians[0] === null)).toEqual([])
})

test('cold runs the loads that it is told on a broker that has just started', async () => {
  await bench('cold', '--loads', 'unbatched-1')
  const { cold, rows } = dataOf('cold') as { cold: boolean; rows: { medians: number[] }[] }
  expect(cold).toBe(true)
  expect(rows.every(({ medians: [rate = 0] }) => rate > 0)).toBe(true)
})

test('scale measures a point for every size', async () => {
  await bench('scale', '--loads', 'connections,spread')
  const curves = dataOf('scale') as { name: string; points: unknown[] }[]
  expect(curves.map(({ name }) => name)).toEqual(['connections', 'spread'])
  expect(curves.every(({ points }) => points.length >= 3)).toBe(true)
})

test('micro gives time and bytes of every operation', async () => {
  const stdout = await bench('micro', '--loads', 'framing,offset-index,request')
  const figures = dataOf('micro') as { name: string; nsPerOp: number; bytesPerOp: number }[]
  expect(figures.every(({ nsPerOp, bytesPerOp }) => nsPerOp > 0 && bytesPerOp >= 0)).toBe(true)
  expect(stdout).toContain('request: OffsetCommit')
})

test('soak judges what it watched', async () => {
  await bench('soak', '--minutes', '0.02')
  const { samples, trends } = dataOf('soak') as { samples: unknown[]; trends: unknown[] }
  expect(samples.length).toBeGreaterThan(0)
  expect(trends).toHaveLength(5)
})

test('what is not known is refused with what there is', async () => {
  const refused = run(process.execPath, ['--import', 'tsx', script, 'versus', '--loads', 'no-such'])
  await expect(refused).rejects.toThrow('none of no-such is among raw-produce-16k')
})
