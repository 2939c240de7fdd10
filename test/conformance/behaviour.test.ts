// Apache Kafka's recorded answers, replayed against a fresh broker. Every difference stands in the tables below
// with its reason; one that no longer occurs fails the test, so the tables stay true.
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCases } from '../support/behaviour-cases.ts'
import { replay } from '../support/behaviour-replay.ts'
import type { CaseDifference } from '../support/behaviour-replay.ts'
import { startTestBroker } from '../support/broker.ts'
import type { TestBroker } from '../support/broker.ts'

interface Accepted {
  /** Case names that begin so. */
  readonly cases: string
  /** Where in the answer; everywhere when left out. */
  readonly path?: RegExp
  readonly reason: string
}

const differs: readonly Accepted[] = [
  {
    cases: 'frame/produce-v0-removed',
    reason: 'old versions are served, Kafka 4 dropped them',
  },
  { cases: 'frame/fetch-v3-removed', reason: 'old versions are served, Kafka 4 dropped them' },
  {
    cases: '',
    path: /apiKeys\[\d+\]\.minVersion$/,
    reason: 'old versions are served and advertised, Kafka 4 dropped them',
  },
  {
    cases: 'api-versions/',
    path: /finalizedFeatures\[metadata\.version\]/,
    reason: 'the metadata log is written at level 25 (4.0), so that every Kafka 4 can take it over',
  },
  {
    cases: 'frame/unknown-header-tag',
    path: /finalizedFeatures\[metadata\.version\]/,
    reason: 'the metadata log is written at level 25 (4.0), so that every Kafka 4 can take it over',
  },
  {
    cases: 'frame/api-versions-v99-then-v3',
    path: /finalizedFeatures\[metadata\.version\]/,
    reason: 'the metadata log is written at level 25 (4.0), so that every Kafka 4 can take it over',
  },
  {
    cases: 'api-versions/',
    path: /finalizedFeatures\[kraft\.version\]/,
    reason: 'the quorum names its voters, as storage format --standalone makes it',
  },
  {
    cases: 'frame/unknown-header-tag',
    path: /finalizedFeatures\[kraft\.version\]/,
    reason: 'the quorum names its voters, as storage format --standalone makes it',
  },
  {
    cases: 'frame/api-versions-v99-then-v3',
    path: /finalizedFeatures\[kraft\.version\]/,
    reason: 'the quorum names its voters, as storage format --standalone makes it',
  },
  {
    cases: 'setup/coordinators',
    reason: 'internal topics are there when FindCoordinator answers, no COORDINATOR_NOT_AVAILABLE',
  },
  {
    cases: 'setup/producer-ids',
    reason: 'producer ids are there at once, no COORDINATOR_LOAD_IN_PROGRESS',
  },
  {
    cases: 'metadata/unknown-auto-create',
    reason: 'an auto-created topic is ready when Metadata answers, no UNKNOWN_TOPIC_OR_PARTITION',
  },
  {
    cases: 'txn/concurrent-right-after-end',
    reason:
      'a transaction is complete when its EndTxn is answered, no CONCURRENT_TRANSACTIONS after it',
  },
  {
    cases: 'produce/null-records',
    reason: 'Kafka never answers, which is a defect; ours is INVALID_RECORD',
  },
  {
    cases: 'txn/list',
    path: /\[tf-4qf6\]/,
    reason: 'it is the transaction that txn/concurrent-right-after-end could begin',
  },
  {
    cases: 'txn/list',
    path: /transactionStates\[t[acilm]-/,
    reason: 'transactional ids of cases that are not among the recorded ones',
  },
  {
    cases: 'configs/describe-broker',
    path: /configs\[listeners\]/,
    reason: 'the listeners are those of the test, and there is no controller',
  },
  {
    cases: 'admin/log-dirs',
    path: /usableBytes$/,
    reason: 'the free space is that of the machine',
  },
  {
    cases: 'admin/list-config-resources',
    path: /configResources\[(auto3|col\.x)-/,
    reason: 'topics that no step of the recording makes',
  },
]

const later: readonly Accepted[] = [
  {
    cases: '',
    path: /Features\[share\.version\]/,
    reason: 'level 2 stands for dead-letter queues (KIP-1191), which come later',
  },
  { cases: '', path: /apiKeys\[\d+\]$/, reason: 'APIs that come later are not advertised' },
]

/** Cases whose sleeps only waited for the real broker to get ready. */
const readyAtOnce = /^(setup|configs|metadata)\//

let broker: TestBroker

beforeAll(async () => {
  broker = await startTestBroker({
    overrides: {
      'offsets.topic.num.partitions': 4,
      'transaction.state.log.num.partitions': 4,
      'share.coordinator.state.topic.num.partitions': 4,
      'group.initial.rebalance.delay.ms': 300,
      'ottla.group.disconnect.timeout.ms': -1,
    },
  })
})

afterAll(() => broker.stop())

const accepts = (row: Accepted, difference: CaseDifference): boolean =>
  difference.case.startsWith(row.cases) && (row.path?.test(difference.path) ?? true)

test("answers are Apache Kafka's, save for the listed differences", async () => {
  const recording = new URL('vectors/behaviour.jsonl', import.meta.url)
  const cases = parseCases(readFileSync(recording, 'utf8'))
  const differences = await replay(cases, {
    bootstrap: broker.bootstrap,
    withoutSleeps: (name) => readyAtOnce.test(name),
  })
  const rows = [...differs, ...later]
  const unexpected = differences.filter((one) => !rows.some((row) => accepts(row, one)))
  expect(unexpected).toEqual([])
  const stale = rows.filter((row) => !differences.some((one) => accepts(row, one)))
  expect(stale).toEqual([])
}, 300_000)
