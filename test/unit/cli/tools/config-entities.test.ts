import { expect, test } from 'vitest'
import { configOptions, entitiesOf } from '../../../../src/cli/tools/config-entities.ts'
import { commonOptions, parseOptions } from '../../../../src/cli/tools/options.ts'

const entities = (line: string) =>
  entitiesOf(parseOptions({ ...configOptions, ...commonOptions }, line.split(' ')))

test('names and defaults belong to the types in the order in which they were typed', () => {
  expect(
    entities('--entity-type users --entity-default --entity-type clients --entity-name app'),
  ).toEqual([
    { type: 'users', name: '' },
    { type: 'clients', name: 'app' },
  ])
  expect(
    entities('--entity-type users --entity-name ann --entity-type clients --entity-default'),
  ).toEqual([
    { type: 'users', name: 'ann' },
    { type: 'clients', name: '' },
  ])
  expect(entities('--entity-type users --entity-type clients')).toEqual([
    { type: 'users', name: null },
    { type: 'clients', name: null },
  ])
})
