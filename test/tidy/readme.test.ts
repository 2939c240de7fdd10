import { expect, test } from 'vitest'
import { pages, readPage, withTables } from '../support/readme-tables.ts'

test.each(pages)('the tables of $path say what the code does (npm run docs)', (page) => {
  expect(withTables(page)).toBe(readPage(page))
})
