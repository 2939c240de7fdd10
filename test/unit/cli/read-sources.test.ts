import { expect, test } from 'vitest'
import { readSources } from '../../../src/cli/read-sources.ts'

const environment = { KAFKA_OPTS: '-Djava.security.auth.login.config=/etc/jaas.conf' }

test('the login file that the environment names is read with the configuration', () => {
  const { loginFile } = readSources(
    { file: null, overrides: [] },
    { environment, readText: (path) => `text of ${path}` },
  )
  expect(loginFile).toEqual({
    origin: '/etc/jaas.conf, named by the environment variable KAFKA_OPTS',
    text: 'text of /etc/jaas.conf',
  })
})

test('a login file that cannot be read refuses no start of itself, and says why it is empty', () => {
  const readText = (): string => {
    throw new Error('ENOENT')
  }
  const { loginFile } = readSources({ file: null, overrides: [] }, { environment, readText })
  expect(loginFile?.text).toBe('')
  expect(loginFile?.origin).toMatch(/cannot be read: ENOENT$/)
})
