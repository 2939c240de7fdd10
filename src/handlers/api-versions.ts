/**
 * ApiVersions (18), v0-5: which APIs and versions are served, and the cluster's features.
 * v1 throttleTimeMs · v3 flexible, client software name and version (KIP-511), features (KIP-584) ·
 * v4 features with minimum version 0 too · v5 cluster and node that the client believes to reach
 * (KIP-1242).
 * Differs from Kafka: lists what this broker serves, legacy versions included; features that only
 * announce APIs appear with those APIs. The APIs of client telemetry are listed while somebody
 * subscribes to metrics of clients (Kafka: where a plugin takes them).
 */
import type {
  ApiVersionsRequest,
  ApiVersionsResponseInput,
} from '../../protocol/codecs/api-versions.ts'
import { errorCode } from '../../protocol/errors.ts'
import type { Catalog } from '../catalog/catalog.ts'
import { features, kraftVersionFeature } from '../catalog/features.ts'
import type { Handler, RequestContext } from './context.ts'

/** A row of the table of served APIs. */
export interface ApiVersionRange {
  readonly key: number
  readonly minVersion: number
  readonly maxVersion: number
}

const softwareNamesFrom = 3
const zeroMinimumsFrom = 4
const identityFrom = 5
/** GetTelemetrySubscriptions and PushTelemetry. */
const telemetryKeys: readonly number[] = [71, 72]
const softwareName = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

/** The handler for the APIs that `served` lists, asked for at the first request. */
export function createApiVersionsHandler(
  served: () => readonly ApiVersionRange[],
): Handler<ApiVersionsRequest, ApiVersionsResponseInput> {
  let lists: Readonly<Record<'all' | 'withoutTelemetry', ApiList>> | null = null
  return ({ catalog, telemetry }, request, context) => {
    const { apiVersion, connection } = context
    if (apiVersion >= softwareNamesFrom) {
      if (!isSoftwareValid(request)) return { errorCode: errorCode('INVALID_REQUEST'), apiKeys: [] }
      connection.clientSoftwareName = request.clientSoftwareName
      connection.clientSoftwareVersion = request.clientSoftwareVersion
    }
    if (apiVersion >= identityFrom && isMisdirected(request, catalog)) {
      return { errorCode: errorCode('REBOOTSTRAP_REQUIRED'), apiKeys: [] }
    }
    lists ??= listApis(served())
    const apiKeys = telemetry.isWanted ? lists.all : lists.withoutTelemetry
    return { errorCode: 0, apiKeys, ...describeFeatures(catalog, context) }
  }
}

function isSoftwareValid(request: ApiVersionsRequest): boolean {
  return (
    softwareName.test(request.clientSoftwareName) &&
    softwareName.test(request.clientSoftwareVersion)
  )
}

/** The client holds a stale address: this is another cluster or node than the one it means. */
function isMisdirected({ clusterId, nodeId }: ApiVersionsRequest, catalog: Catalog): boolean {
  if (clusterId !== null && clusterId !== catalog.clusterId) return true
  return nodeId !== -1 && nodeId !== catalog.nodeId
}

type ApiList = ApiVersionsResponseInput['apiKeys']

function listApis(served: readonly ApiVersionRange[]) {
  const all = served
    .map(({ key, minVersion, maxVersion }) => ({ apiKey: key, minVersion, maxVersion }))
    .sort((a, b) => a.apiKey - b.apiKey)
  return { all, withoutTelemetry: all.filter(({ apiKey }) => !telemetryKeys.includes(apiKey)) }
}

function describeFeatures(
  catalog: Catalog,
  { apiVersion }: RequestContext,
): Partial<ApiVersionsResponseInput> {
  const supported = features.filter(
    (feature) => feature.minSupported > 0 || apiVersion >= zeroMinimumsFrom,
  )
  const finalized = features.flatMap(({ name }) => {
    const level =
      name === kraftVersionFeature ? catalog.kraftVersion || undefined : catalog.features.get(name)
    return level === undefined ? [] : [{ name, maxVersionLevel: level, minVersionLevel: level }]
  })
  return {
    supportedFeatures: supported.map(({ name, minSupported, maxSupported }) => ({
      name,
      minVersion: minSupported,
      maxVersion: maxSupported,
    })),
    finalizedFeaturesEpoch: catalog.lastOffset,
    finalizedFeatures: finalized,
  }
}
