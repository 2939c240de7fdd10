// FindCoordinator answers.
import { describe, expect, test } from 'vitest'
import { handleFindCoordinator } from '../../../src/handlers/find-coordinator.ts'
import { atOnce, createGroupBroker } from '../../support/group-broker.ts'

async function find(version: number, keyType: number, keys: string[], denied: string[] = []) {
  const broker = await createGroupBroker()
  for (const each of denied) broker.admin.denied.add(each)
  const request = { key: keys[0] ?? '', keyType, coordinatorKeys: keys }
  return atOnce(handleFindCoordinator(broker.services, request, broker.context(version)))
}

const here = { nodeId: 1, host: 'here', port: 19092, errorCode: 0, errorMessage: 'NONE' }
const nowhere = { nodeId: -1, host: '', port: -1 }

describe('FindCoordinator', () => {
  test('answers this node under the address that the client reached, in old form and new', async () => {
    expect(await find(3, 0, ['g'])).toMatchObject(here)
    const { coordinators } = await find(4, 0, ['g', 'h'])
    expect(coordinators).toEqual([
      { key: 'g', ...here },
      { key: 'h', ...here },
    ])
  })

  test('accepts an empty group id, and transactional ids', async () => {
    expect(await find(3, 0, [''])).toMatchObject(here)
    expect((await find(4, 1, ['x'])).coordinators).toEqual([{ key: 'x', ...here }])
  })

  test('refuses unknown key types, and share keys that are none or come too early', async () => {
    expect(await find(3, 9, ['x'])).toMatchObject({ errorCode: 42, ...nowhere })
    expect((await find(5, 2, ['x'])).coordinators).toMatchObject([{ errorCode: 42, ...nowhere }])
    expect((await find(6, 2, ['x'])).coordinators).toMatchObject([{ errorCode: 42 }])
    const key = 'group:with:colons:AAAAAAAAAAAAAAAAAAAAcQ:3'
    expect((await find(6, 2, [key])).coordinators).toEqual([{ key, ...here }])
  })

  test('tells nothing of groups that the client may not see', async () => {
    const { coordinators } = await find(4, 0, ['g', 'h'], ['describe group g'])
    expect(coordinators).toMatchObject([{ errorCode: 30, ...nowhere }, { errorCode: 0 }])
    const denied = ['describe transactional-id x']
    expect((await find(4, 1, ['x'], denied)).coordinators).toMatchObject([{ errorCode: 53 }])
  })
})
