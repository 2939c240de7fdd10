import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { compile } from '../../../protocol/compile.ts'
import { messagesOf } from '../../../protocol/compiler/tables.ts'
import { loadDefinitions } from '../../../protocol/generate.ts'
import {
  array,
  defineApi,
  defineMessage,
  int32,
  nullable,
  since,
  string,
  struct,
  tagged,
  until,
} from '../../../protocol/schema.ts'

const codecsFolder = new URL('../../../protocol/codecs/', import.meta.url)

describe('protocol/codecs', () => {
  test('is what the definitions generate (else: npm run generate)', async () => {
    const output = compile(await loadDefinitions())
    expect(readdirSync(codecsFolder).toSorted()).toEqual([...output.keys()].toSorted())
    const stale = [...output].filter(
      ([name, text]) => readFileSync(new URL(name, codecsFolder), 'utf8') !== text,
    )
    expect(stale.map(([name]) => name)).toEqual([])
  })

  test('exports no type name twice, so that names can be searched for', () => {
    const names = readdirSync(codecsFolder).flatMap((name) => {
      const text = readFileSync(new URL(name, codecsFolder), 'utf8')
      return [...text.matchAll(/^export interface (\w+)/gm)].map((match) => match[1])
    })
    expect(names.length).toBeGreaterThan(500)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})

describe('the definitions', () => {
  test('give each message one name and each api one key', async () => {
    const files = await loadDefinitions()
    const names = files.flatMap(messagesOf).map((message) => message.name)
    expect(new Set(names).size).toBe(names.length)
    const keys = files.flatMap((file) => file.apis.map((api) => api.key))
    expect(new Set(keys).size).toBe(keys.length)
  })

  test('tag fields in flexible versions only, and no tag twice', async () => {
    for (const message of (await loadDefinitions()).flatMap(messagesOf)) {
      const tagged = Object.values(message.fields).filter((field) => field.tag !== null)
      expect(new Set(tagged.map((field) => field.tag)).size).toBe(tagged.length)
      for (const { versions } of tagged) {
        const from = Math.max(versions.from, message.versions.from)
        expect(from).toBeGreaterThanOrEqual(message.flexibleFrom)
      }
    }
  })
})

describe('a compiled message', () => {
  const compiled = (definition: ReturnType<typeof defineMessage>) => {
    const output = compile([{ stem: 'x', apis: [], messages: [definition] }])
    return output.get('x.ts') ?? ''
  }

  test('checks versions only where there is something to check', () => {
    const text = compiled(
      defineMessage({ name: 'Example', versions: [2, 5], fields: { a: since(2, int32()) } }),
    )
    expect(text).not.toContain('version >=')
    expect(text).toContain('_version: number')
  })

  test('asks for the fields of all versions and lets the others be left out', () => {
    const text = compiled(
      defineMessage({
        name: 'Example',
        versions: [0, 5],
        flexibleFrom: 3,
        fields: {
          always: int32(),
          later: since(2, int32()),
          earlier: until(1, string()),
          marked: since(3, tagged(0, nullable(string()), null)),
        },
      }),
    )
    expect(text).toContain('readonly always: number\n')
    expect(text).toContain('readonly later?: number | undefined')
    expect(text).toContain('readonly earlier?: string | undefined')
    expect(text).toContain('readonly marked?: string | null | undefined')
  })

  test('names a struct with the message where the name alone says too little', () => {
    const text = compiled(
      defineMessage({
        name: 'Example',
        versions: [0, 0],
        fields: {
          one: array(struct('Node', { id: int32() })),
          two: array(struct('TopicThing', { id: int32() })),
        },
      }),
    )
    expect(text).toContain('export interface ExampleNode {')
    expect(text).toContain('export interface TopicThing {')
  })

  test('uses names of its own where a field is called like a local', () => {
    const text = compiled(
      defineMessage({ name: 'Example', versions: [0, 0], fields: { version: int32() } }),
    )
    expect(text).toContain('const versionValue = reader.int32()')
    expect(text).toContain('version: versionValue,')
  })
})

test('apis stand in the table in the order of their keys, gaps included', () => {
  const api = (key: number, name: string) =>
    defineApi({ key, name, versions: [0, 0], request: {}, response: {} })
  const apis = [api(3, 'Third'), api(1, 'First')]
  const table = compile([{ stem: 'x', apis, messages: [] }]).get('index.ts') ?? ''
  expect(table).toContain("[\n  undefined,\n  'First',\n  undefined,\n  'Third',\n]")
})
