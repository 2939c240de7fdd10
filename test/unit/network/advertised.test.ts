import { describe, expect, test } from 'vitest'
import { brokerConfigWith } from '../../../src/config/broker-config.ts'
import { advertisedEndpoint, parseGateways, plainAddress } from '../../../src/network/advertised.ts'

const onHost = { inContainer: false, gatewayAddresses: new Set<string>() }
const inContainer = { inContainer: true, gatewayAddresses: new Set(['172.17.0.1']) }
const config = brokerConfigWith({})

const plain = { serverName: null }

describe('the advertised address', () => {
  test('a loopback client is told the address and port that it reached', () => {
    const arrival = {
      ...plain,
      localAddress: '::ffff:127.0.0.1',
      localPort: 9092,
      remoteAddress: '::ffff:127.0.0.1',
    }
    expect(advertisedEndpoint(config, 'PLAINTEXT', arrival, onHost)).toEqual({
      host: '127.0.0.1',
      port: 9092,
    })
  })

  test('a client that came over IPv6 is told the IPv6 address', () => {
    const arrival = {
      ...plain,
      localAddress: '::1',
      localPort: 9092,
      remoteAddress: '::1',
    }
    expect(advertisedEndpoint(config, 'PLAINTEXT', arrival, onHost)).toEqual({
      host: '::1',
      port: 9092,
    })
  })

  test('a client on the same network is told the address of that network', () => {
    const arrival = {
      ...plain,
      localAddress: '192.168.1.5',
      localPort: 9092,
      remoteAddress: '192.168.1.9',
    }
    expect(advertisedEndpoint(config, 'PLAINTEXT', arrival, onHost)).toEqual({
      host: '192.168.1.5',
      port: 9092,
    })
  })

  test('a client that came through the gateway of a container is told localhost', () => {
    const arrival = {
      ...plain,
      localAddress: '172.17.0.2',
      localPort: 9092,
      remoteAddress: '172.17.0.1',
    }
    expect(advertisedEndpoint(config, 'PLAINTEXT', arrival, inContainer)).toEqual({
      host: 'localhost',
      port: 9092,
    })
    expect(advertisedEndpoint(config, 'PLAINTEXT', arrival, onHost).host).toBe('172.17.0.2')
  })

  test('a TLS client is told the name that it asked for, however it came', () => {
    const arrival = {
      localAddress: '172.17.0.2',
      localPort: 9093,
      remoteAddress: '172.17.0.1',
      serverName: 'kafka.example',
    }
    const expected = { host: 'kafka.example', port: 9093 }
    expect(advertisedEndpoint(config, 'SSL', arrival, onHost)).toEqual(expected)
    expect(advertisedEndpoint(config, 'SSL', arrival, inContainer)).toEqual(expected)
  })

  test('advertised.listeners wins over what the socket says', () => {
    const configured = brokerConfigWith({
      'advertised.listeners': 'PLAINTEXT://kafka.example:19092',
    })
    const arrival = {
      ...plain,
      localAddress: '127.0.0.1',
      localPort: 9092,
      remoteAddress: '127.0.0.1',
    }
    expect(advertisedEndpoint(configured, 'PLAINTEXT', arrival, onHost)).toEqual({
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
