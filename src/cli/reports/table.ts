// Every report under the noun and verb of its command line.
import { aclsList, tokensDescribe, usersDescribe } from './access.ts'
import {
  clusterEndpoints,
  clusterId,
  featuresDescribe,
  transactionsDescribe,
  transactionsList,
} from './cluster.ts'
import { groupsDescribe, groupsList, shareGroupsDescribe, shareGroupsList } from './groups.ts'
import type { Report } from './report.ts'
import { configsDescribe, offsetsGet, topicsDescribe, topicsList } from './topics.ts'

/** `noun verb` → report. */
export const reports: ReadonlyMap<string, Report> = new Map([
  ['topics list', topicsList],
  ['topics describe', topicsDescribe],
  ['groups list', groupsList],
  ['groups describe', groupsDescribe],
  ['share-groups list', shareGroupsList],
  ['share-groups describe', shareGroupsDescribe],
  ['configs describe', configsDescribe],
  ['offsets get', offsetsGet],
  ['acls list', aclsList],
  ['users describe', usersDescribe],
  ['tokens describe', tokensDescribe],
  ['transactions list', transactionsList],
  ['transactions describe', transactionsDescribe],
  ['features describe', featuresDescribe],
  ['cluster id', clusterId],
  ['cluster endpoints', clusterEndpoints],
])
