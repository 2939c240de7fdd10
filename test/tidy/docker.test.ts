// What a good image is held to, read out of its Dockerfiles: bases of fixed versions, no root, nothing copied that is
// not there or not let through by .dockerignore, signals and health declared.
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { instructionsOf } from '../support/dockerfile.ts'
import { projectRoot } from './sources.ts'

const folder = join(projectRoot, 'docker')
const files = readdirSync(folder).filter((name) => name.endsWith('Dockerfile'))
const ignored = readFileSync(join(projectRoot, '.dockerignore'), 'utf8').split('\n')

describe.each(files)('docker/%s', (name) => {
  const instructions = instructionsOf(readFileSync(join(folder, name), 'utf8'))
  const all = (keyword: string) => instructions.filter((one) => one.keyword === keyword)

  test('is based on images of a fixed version', () => {
    const bases = all('FROM').map(({ text }) => text.split(' ')[0])
    expect(bases.length).toBeGreaterThan(0)
    expect(bases.filter((base) => !/^[a-z]+:\d+\.\d+\.\d+-[a-z0-9-]+$/.test(base ?? ''))).toEqual(
      [],
    )
  })

  test('ends as a user without rights, given as a number', () => {
    const last = all('USER').at(-1)
    expect(Number(last?.text)).toBeGreaterThan(0)
    const after = instructions.slice(instructions.findLastIndex((one) => one === last))
    expect(after.filter(({ keyword }) => keyword === 'RUN' || keyword === 'COPY')).toEqual([])
  })

  test('copies only what is there and what .dockerignore lets through', () => {
    const sources = all('COPY')
      .filter(({ text }) => !text.startsWith('--from='))
      .flatMap(({ text }) => text.split(' ').slice(0, -1))
    expect(sources.filter((path) => !existsSync(join(projectRoot, path)))).toEqual([])
    const top = sources.map((path) => `!${path.split('/')[0]}`)
    expect(top.filter((pattern) => !ignored.includes(pattern))).toEqual([])
  })

  test('leaves no package lists, downloads or secrets behind', () => {
    const texts = all('RUN').map(({ text }) => text)
    const aptWithoutEnd = texts.filter(
      (text) => /apt-get/.test(text) && !/rm -rf \/var\/lib\/apt\/lists/.test(text),
    )
    expect(aptWithoutEnd).toEqual([])
    expect(texts.filter((text) => /\bpip install\b(?!.*--no-cache-dir)/.test(text))).toEqual([])
    expect(texts.filter((text) => /\b(sudo|curl|wget)\b/.test(text))).toEqual([])
    expect(all('ADD')).toEqual([])
    expect(
      [...all('ENV'), ...all('ARG')].filter(({ text }) => /PASS|SECRET|TOKEN/.test(text)),
    ).toEqual([])
  })
})

test('the broker gets the engine’s signals itself, and says whether it is healthy', () => {
  const instructions = instructionsOf(readFileSync(join(folder, 'Dockerfile'), 'utf8'))
  const of = (keyword: string) => instructions.find((one) => one.keyword === keyword)?.text ?? ''
  expect(of('STOPSIGNAL')).toBe('SIGTERM')
  expect(of('ENTRYPOINT')).toMatch(/^\[".*"\]$/)
  expect(of('HEALTHCHECK')).toMatch(/CMD \[".*health"\]$/)
  const entrypoint = readFileSync(join(folder, 'entrypoint.sh'), 'utf8')
  expect(entrypoint).toContain('set -eu')
  const starts = entrypoint.split('\n').filter((line) => /^\s*ottla /.test(line))
  expect(starts, 'every command takes the shell’s place').toEqual([])
  expect(statSync(join(folder, 'entrypoint.sh')).mode & 0o111).toBe(0o111)
})
