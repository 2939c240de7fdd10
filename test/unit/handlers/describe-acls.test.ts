// Access rules: none are kept, and the answers say so.
import { expect, test } from 'vitest'
import { handleCreateAcls } from '../../../src/handlers/create-acls.ts'
import { handleDeleteAcls } from '../../../src/handlers/delete-acls.ts'
import { handleDescribeAcls } from '../../../src/handlers/describe-acls.ts'
import { answerOf, createAdminBroker } from '../../support/admin-broker.ts'
import type { AdminBroker } from '../../support/admin-broker.ts'

const names = { resourceName: 'x', principal: 'User:a', host: '*' }
const creation = {
  ...names,
  resourceType: 2,
  resourcePatternType: 3,
  operation: 3,
  permissionType: 3,
}
const filter = {
  resourceTypeFilter: 2,
  resourceNameFilter: 'x',
  patternTypeFilter: 3,
  principalFilter: null,
  hostFilter: null,
  operation: 1,
  permissionType: 1,
}

async function errorsOf({ services, context }: AdminBroker) {
  const described = await answerOf(handleDescribeAcls(services, filter, context(3)))
  const creations = { creations: [creation, creation] }
  const created = await answerOf(handleCreateAcls(services, creations, context(3)))
  const deleted = await answerOf(handleDeleteAcls(services, { filters: [filter] }, context(3)))
  return [
    described.errorCode,
    ...created.results.map(({ errorCode }) => errorCode),
    ...deleted.filterResults.map(({ errorCode }) => errorCode),
  ]
}

test('every item is answered as by Kafka without an authorizer', async () => {
  expect(await errorsOf(await createAdminBroker())).toEqual([54, 54, 54, 54])
})

test('the unauthorized do not learn even that', async () => {
  const broker = await createAdminBroker()
  broker.denied.add('describe cluster *').add('alter cluster *')
  expect(await errorsOf(broker)).toEqual([31, 31, 31, 31])
})
