import { expect, test } from 'vitest'
import { TopicTraffic } from '../../../src/metrics/topic-traffic.ts'

test('what goes through a topic counts for it and for all', () => {
  const topics = new TopicTraffic()
  topics.appended('a', 3, 100)
  topics.appended('b', 1, 10)
  topics.read('a', 70)
  topics.appendFailed('b')
  topics.readFailed('a')
  expect(topics.peek('a')).toMatchObject({ messagesIn: 3, bytesIn: 100, bytesOut: 70 })
  expect(topics.peek('a')).toMatchObject({ fetchRequests: 2, failedFetchRequests: 1 })
  expect(topics.peek('b')).toMatchObject({ produceRequests: 2, failedProduceRequests: 1 })
  expect(topics.all).toMatchObject({ messagesIn: 4, bytesIn: 110, produceRequests: 3 })
})

test('a deleted topic begins anew when it is made again, and the sum never falls', () => {
  const topics = new TopicTraffic()
  topics.appended('a', 3, 100)
  topics.forget('a')
  expect([...topics.topics()]).toEqual([])
  expect(topics.peek('a').messagesIn).toBe(0)
  topics.appended('a', 1, 1)
  expect(topics.peek('a').messagesIn).toBe(1)
  expect(topics.all.messagesIn).toBe(4)
})
