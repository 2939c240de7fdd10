import { expect, test } from 'vitest'
import { readReadme, withTables } from '../support/readme-tables.ts'

test("README's tables of APIs and configuration say what the code does (npm run docs)", () => {
  expect(withTables(readReadme())).toBe(readReadme())
})
