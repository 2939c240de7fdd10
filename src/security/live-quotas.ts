// The quotas as the catalog has them now: built from the configuration, and told of every change.
import { secondMs } from '../base/units.ts'
import type { Catalog } from '../catalog/catalog.ts'
import type { EntityQuotas } from '../catalog/quota-image.ts'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { Clock } from '../io/clock.ts'
import { ClientQuotas } from './client-quotas.ts'
import { ConnectionQuotas } from './connection-quotas.ts'
import type { QuotaWindows } from './quota-sensors.ts'

/** What users and client ids may use. */
export function liveClientQuotas(
  catalog: Catalog,
  { config, clock }: { readonly config: BrokerConfig; readonly clock: Clock },
): ClientQuotas {
  const quotas = new ClientQuotas({
    windows: clientWindows(config),
    controllerWindows: {
      sampleCount: config.controllerQuotaWindowNum,
      sampleMs: config.controllerQuotaWindowSizeSeconds * secondMs,
    },
    // In whole ms, as throttle times are: a client that waited for one must find nothing left of it.
    nowMs: () => Math.floor(clock.monotonicMs()),
  })
  follow(catalog, quotas)
  return quotas
}

/** How fast connections may come. */
export function liveConnectionQuotas(catalog: Catalog, config: BrokerConfig): ConnectionQuotas {
  const quotas = new ConnectionQuotas(clientWindows(config))
  follow(catalog, quotas)
  return quotas
}

function clientWindows(config: BrokerConfig): QuotaWindows {
  const sampleMs = config.quotaWindowSizeSeconds * secondMs
  return { sampleCount: config.quotaWindowNum, sampleMs }
}

interface FollowsRules {
  setRules(quotas: Iterable<EntityQuotas>): void
}

function follow(catalog: Catalog, quotas: FollowsRules): void {
  const take = (): void => quotas.setRules(catalog.image.quotas.all())
  take()
  catalog.subscribe({ quotasChanged: take })
}
