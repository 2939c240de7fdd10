import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { advertisedEndpoint, parseGateways, plainAddress } from '../../../src/network/advertised.ts'

const onHost = { inContainer: false, gatewayAddresses: new Set<string>() }
const inContainer = { inContainer: true, gatewayAddresses: new Set(['172.17.0.1']) }
const config = brokerConfigWith({})

describe('the advertised address', () => {
  test('a loopback client is told the address and port that it reached', () => {
    const socket = {
      localAddress: '::ffff:127.0.0.1',
      localPort: 9092,
      remoteAddress: '::ffff:127.0.0.1',
    }
    expect(advertisedEndpoint(config, 'PLAINTEXT', socket, onHost)).toEqual({
      host: '127.0.0.1',
      port: 9092,
    })
  })

  test('a client that came over IPv6 is told the IPv6 address', () => {
    const socket = { localAddress: '::1', localPort: 9092, remoteAddress: '::1' }
    expect(advertisedEndpoint(config, 'PLAINTEXT', socket, onHost)).toEqual({
      host: '::1',
      port: 9092,
    })
  })

  test('a client on the same network is told the address of that network', () => {
    const socket = { localAddress: '192.168.1.5', localPort: 9092, remoteAddress: '192.168.1.9' }
    expect(advertisedEndpoint(config, 'PLAINTEXT', socket, onHost)).toEqual({
      host: '192.168.1.5',
      port: 9092,
    })
  })

  test('a client that came through the gateway of a container is told localhost', () => {
    const socket = { localAddress: '172.17.0.2', localPort: 9092, remoteAddress: '172.17.0.1' }
    expect(advertisedEndpoint(config, 'PLAINTEXT', socket, inContainer)).toEqual({
      host: 'localhost',
      port: 9092,
    })
    expect(advertisedEndpoint(config, 'PLAINTEXT', socket, onHost).host).toBe('172.17.0.2')
  })

  test('advertised.listeners wins over what the socket says', () => {
    const configured = brokerConfigWith({
      'advertised.listeners': 'PLAINTEXT://kafka.example:19092',
    })
    const socket = { localAddress: '127.0.0.1', localPort: 9092, remoteAddress: '127.0.0.1' }
    expect(advertisedEndpoint(configured, 'PLAINTEXT', socket, onHost)).toEqual({
      host: 'kafka.example',
      port: 19092,
    })
  })

  test('zones and mapped prefixes are no part of an address', () => {
    expect(plainAddress('fe80::1%eth0')).toBe('fe80::1')
    expect(plainAddress('::ffff:10.0.0.7')).toBe('10.0.0.7')
  })

  test('default gateways are read from the kernel route table', () => {
    const table = [
      'Iface\tDestination\tGateway\tFlags',
      'eth0\t00000000\t010011AC\t0003',
      'eth0\t000011AC\t00000000\t0001',
    ].join('\n')
    expect(parseGateways(table)).toEqual(new Set(['172.17.0.1']))
  })
})
