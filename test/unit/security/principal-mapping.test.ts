import { expect, test } from 'vitest'
import { mapName, parseMappingRules } from '../../../src/security/principal-mapping.ts'

function mapped(rules: string, name: string): string | null {
  const parsed = parseMappingRules(rules)
  if ('reason' in parsed) throw new Error(parsed.reason)
  return mapName(name, parsed)
}

const alice = 'CN=Alice,OU=ServiceUsers,O=Unknown,C=DE'

test.each([
  ['DEFAULT', alice],
  ['', alice],
  ['RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/', 'Alice'],
  ['RULE:^CN=(.*?),OU=ServiceUsers.*$/$1/L', 'alice'],
  [
    'RULE:^CN=(.*?),OU=Other.*$/$1/, RULE:^CN=(.*?),OU=(.*?),O=(.*?),C=(.*?)$/$1@$2/U',
    'ALICE@SERVICEUSERS',
  ],
  ['RULE:^CN=Bob.*$/bob/,DEFAULT', alice],
  ['RULE:^CN=Bob.*$/bob/', null],
  ['RULE:CN=(\\w+).*/\\$$1\\/x/', '$Alice/x'],
  ['RULE:CN=Alice/part/', null],
])('the rules %j make the name %j', (rules, name) => {
  expect(mapped(rules, alice)).toBe(name)
})

test.each(['RULE:a', 'DEFAULT x', 'RULE:(/x/', 'other'])('the rules %j are refused', (rules) => {
  expect(parseMappingRules(rules)).toHaveProperty('reason')
})
