import { expect, test } from 'vitest'
import { ClientError, clientError, throwOnError } from '../../../src/client/errors.ts'

test.each([
  ['GROUP_ID_NOT_FOUND', 'GroupIdNotFoundException: The group id does not exist.'],
  ['NON_EMPTY_GROUP', 'GroupNotEmptyException: The group is not empty.'],
  ['TOPIC_ALREADY_EXISTS', 'TopicExistsException: Topic with this name already exists.'],
] as const)('%s prints as Java prints it', (name, text) => {
  expect(new ClientError(name).toString()).toBe(`org.apache.kafka.common.errors.${text}`)
})

test("the broker's message counts more than the general one", () => {
  expect(clientError(36, "Topic 'a' already exists.").message).toBe("Topic 'a' already exists.")
  expect(() => throwOnError(0)).not.toThrow()
  expect(() => throwOnError(3)).toThrow('This server does not host this topic-partition.')
})

test('only what may pass is tried again', () => {
  expect(clientError(5).retriable).toBe(true)
  expect(clientError(36).retriable).toBe(false)
})
