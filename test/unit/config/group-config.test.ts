// What a group's configuration may hold.
import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { effectiveText } from '../../../src/config/describe.ts'
import { validateGroupConfigs } from '../../../src/config/group-config.ts'

const state = { broker: brokerConfigWith(), dynamic: { broker: new Map(), cluster: new Map() } }
const problem = (values: Record<string, string>) =>
  validateGroupConfigs(new Map(Object.entries(values)), (name) => effectiveText(name, state))

describe('validateGroupConfigs', () => {
  test('values within the broker’s bounds are taken', () => {
    expect(problem({})).toBeNull()
    expect(problem({ 'consumer.session.timeout.ms': '50000' })).toBeNull()
    expect(problem({ 'share.auto.offset.reset': 'by_duration:PT1H' })).toBeNull()
  })

  test.each<[Record<string, string>, RegExp]>([
    [{ foo: '1' }, /^Unknown group config name: foo$/],
    [{ 'consumer.session.timeout.ms': 'abc' }, /Not a number/],
    [{ 'consumer.session.timeout.ms': '5000000' }, /equal to group.consumer.max.session.timeout/],
    [{ 'consumer.session.timeout.ms': '50' }, /equal to group.consumer.min.session.timeout/],
    [{ 'share.record.lock.duration.ms': '10000000' }, /group.share.max.record.lock.duration.ms/],
    [{ 'streams.num.standby.replicas': '100' }, /group.streams.max.standby.replicas/],
  ])('%o is refused', (values, message) => {
    expect(problem(values)).toMatch(message)
  })

  test('a session must outlast a heartbeat', () => {
    const values = {
      ...state,
      broker: brokerConfigWith({ 'group.share.min.session.timeout.ms': '1' }),
    }
    const overrides = new Map([['share.session.timeout.ms', '5000']])
    expect(validateGroupConfigs(overrides, (name) => effectiveText(name, values))).toMatch(
      /must be greater than share.heartbeat.interval.ms/,
    )
  })
})
