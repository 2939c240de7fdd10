// Every golden vector, both ways: what `npm run golden` checks, on the copied vectors.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkFiles, findVectorFiles } from '../support/golden.ts'

const vectors = fileURLToPath(new URL('./vectors/', import.meta.url))

describe.each([
  { folder: 'golden', linesMin: 11_600 },
  { folder: 'golden-legacy', linesMin: 550 },
])('$folder', ({ folder, linesMin }) => {
  test('every vector decodes as Java decoded it and encodes to the same bytes', async () => {
    const result = await checkFiles(findVectorFiles(`${vectors}${folder}`))
    expect(result.failures.slice(0, 10)).toEqual([])
    expect(result.passed).toBeGreaterThan(linesMin)
  })
})

describe('the checker', () => {
  const heartbeat = { message: 'HeartbeatResponse', apiKey: 12, version: 0, kind: 'x' }
  const mutated = { message: 'HeartbeatRequest', apiKey: 12, version: 0, mutation: 'x' }

  async function reasonsFor(...lines: object[]): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'ottla-golden-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const text = lines.map((line) => JSON.stringify(line)).join('\n')
    writeFileSync(join(folder, 'x.jsonl.gz'), gzipSync(text))
    const { failures } = await checkFiles(findVectorFiles(folder))
    return failures.map(({ line, reason }) => `${line}: ${reason}`)
  }

  test('passes what is right', async () => {
    expect(await reasonsFor({ ...heartbeat, json: { errorCode: 27 }, hex: '001b' })).toEqual([])
    expect(await reasonsFor({ ...mutated, hex: '00', error: 'X' })).toEqual([])
  })

  test('names the line and the field that differ', async () => {
    const right = { ...heartbeat, json: { errorCode: 27 }, hex: '001b' }
    const reasons = await reasonsFor(right, { ...right, json: { errorCode: 28 } })
    expect(reasons).toEqual(['2: HeartbeatResponse v0 x: decoded .errorCode: 27 instead of 28'])
  })

  test('refuses bytes left over, unknown messages, unknown versions and what is no JSON', async () => {
    const json = { errorCode: 27 }
    const reasons = await reasonsFor(
      { ...heartbeat, json, hex: '001b00' },
      { ...heartbeat, json, hex: '001b', message: 'NoSuchResponse' },
      { ...heartbeat, json, hex: '001b', version: 99 },
      { ...heartbeat, json, hex: '00' },
    )
    expect(reasons).toHaveLength(4)
  })

  test('holds damaged requests against what Java did', async () => {
    const json = { groupId: '', generationId: 1, memberId: '' }
    const hex = '0000' + '00000001' + '0000'
    const read = { ...mutated, hex: `${hex}ff`, error: null, trailing: 1, json }
    expect(await reasonsFor(read)).toEqual([])
    expect(await reasonsFor({ ...read, trailing: 0 })).toHaveLength(1)
    expect(await reasonsFor({ ...read, error: 'X' })).toHaveLength(1)
    expect(await reasonsFor({ ...read, hex: '00' })).toHaveLength(1)
  })
})
