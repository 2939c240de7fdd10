import { expect, test } from 'vitest'
import { RequestTimings } from '../../../src/metrics/request-timings.ts'

test('requests are counted by API and version, with the time that they waited apart', () => {
  const requests = new RequestTimings()
  requests.answeredAtOnce(0, 9, 100, 101)
  requests.answeredLater({ apiKey: 1, apiVersion: 12 }, { startMs: 0, parkedMs: 2, endMs: 502 })
  requests.answeredAtOnce(0, 3, 100, 101)
  const [produce, fetch] = [...requests.apis()]
  expect(produce?.apiKey).toBe(0)
  expect(produce?.countByVersion[9]).toBe(1)
  expect(produce?.countByVersion[3]).toBe(1)
  expect(produce?.total.count).toBe(2)
  expect(produce?.remote.sumMs).toBe(0)
  expect(fetch?.local.sumMs).toBe(2)
  expect(fetch?.remote.sumMs).toBe(500)
  expect(fetch?.total.sumMs).toBe(502)
})
