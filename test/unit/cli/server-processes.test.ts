import { expect, test } from 'vitest'
import { serversAmong, stopRequest } from '../../../src/cli/server-processes.ts'

const lines = [
  '    1 /sbin/init',
  '   20 node /usr/lib/node_modules/ottla/dist/src/cli/main.js start --override node.id=7',
  '  300 /usr/bin/node --max-old-space-size=64 /opt/ottla/bin/kafka-server-start.sh /etc/s.properties',
  ' 4000 node /usr/local/bin/ottla start',
  ' 4001 node /usr/local/bin/ottla topics list',
  ' 4002 vi cli/main.js start',
  ' 4003 java -cp kafka.jar kafka.Kafka server.properties',
  ' 4004 node /usr/local/bin/kafka-server-stop',
  '',
]
const readText = (path: string): string => {
  if (path === '/etc/s.properties') return 'node.id=3\n'
  throw new Error(`no ${path}`)
}

test('brokers are known by their command lines, however they were started', () => {
  expect(serversAmong(lines, { nodeId: null }, readText)).toEqual([20, 300, 4000])
})

test('one broker is known by its node.id, from its overrides, its file or the default', () => {
  expect(serversAmong(lines, { nodeId: 7 }, readText)).toEqual([20])
  expect(serversAmong(lines, { nodeId: 3 }, readText)).toEqual([300])
  expect(serversAmong(lines, { nodeId: 1 }, readText)).toEqual([4000])
  const unreadable = [' 5 node /a/kafka-server-start /gone.properties']
  expect(serversAmong(unreadable, { nodeId: 1 }, readText)).toEqual([])
})

test('what kafka-server-stop takes is a role and an id', () => {
  expect(stopRequest([])).toEqual({ nodeId: null })
  expect(stopRequest(['--process-role=broker', '--node-id=12'])).toEqual({ nodeId: 12 })
  expect(stopRequest(['--node-id=one'])).toBeNull()
  expect(stopRequest(['now'])).toBeNull()
})
