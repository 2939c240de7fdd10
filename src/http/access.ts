// Which pages the ports of Kafka clients give to whoever comes by HTTP. HTTP asks nobody to log in, so
// that it must not tell what a client would have to log in for.
import type { BrokerConfig, Listener } from '../config/broker-config.ts'
import type { HttpAccess } from './app.ts'

/** Null: HTTP is not spoken on this listener. */
export function httpAccessOn(
  listener: Pick<Listener, 'security'>,
  config: Pick<BrokerConfig, 'ottlaHttpOnKafkaPort' | 'authorizerClassName'>,
): HttpAccess | null {
  switch (config.ottlaHttpOnKafkaPort) {
    case 'off':
      return null
    case 'on':
      return 'full'
    case 'auto': {
      const isOpenToAll = listener.security.sasl === null && config.authorizerClassName === 'none'
      return isOpenToAll ? 'full' : 'health'
    }
  }
}
