/**
 * DescribeConfigs (32), v0-4: the configs of topics, brokers, groups, client metrics and loggers.
 * v1 sources and synonyms instead of isDefault (KIP-226) · v3 types and documentation (KIP-569) ·
 * v4 flexible.
 * Differs from Kafka: v0 is still served; besides `root`, loggers are named after our parts.
 */
import type {
  DescribeConfigsRequest,
  DescribeConfigsResource,
  DescribeConfigsResourceResultInput,
  DescribeConfigsResponseInput,
  DescribeConfigsResultInput,
} from '../../protocol/codecs/describe-configs.ts'
import { errorCode, errorText, KafkaError } from '../../protocol/errors.ts'
import type { ErrorName } from '../../protocol/errors.ts'
import { topicNameProblem } from '../catalog/topic-names.ts'
import { clientMetricsTable } from '../config/client-metrics-config.ts'
import {
  configSource,
  configTypeCodes,
  describeBrokerConfigs,
  describeClusterConfigs,
  describeGroupConfigs,
  describeTopicConfigs,
} from '../config/describe.ts'
import type { DescribedConfig } from '../config/describe.ts'
import { clusterResource } from './authorized-operations.ts'
import { configResourceKind } from './config-resources.ts'
import type { ConfigResourceKind } from './config-resources.ts'
import { configStateOf } from './config-state.ts'
import type { BrokerServices, Handler, RequestContext } from './context.ts'
import { loggerLevels } from './logger-levels.ts'

const loggerSource = 6
const clientMetricsSource = 7
/** Not null where nothing is wrong: so does Kafka. */
const noMessage = ''

type Call = {
  readonly broker: BrokerServices
  readonly request: DescribeConfigsRequest
  readonly context: RequestContext
}

export const handleDescribeConfigs: Handler<
  DescribeConfigsRequest,
  DescribeConfigsResponseInput
> = (broker, request, context) => {
  const call = { broker, request, context }
  const unknown = request.resources.find(
    ({ resourceType }) => configResourceKind(resourceType) === null,
  )
  const results = request.resources.map((resource) => {
    const kind = configResourceKind(resource.resourceType)
    // One resource of an unknown type fails the request, as in Kafka.
    if (kind === null || unknown !== undefined) {
      const message = `Unexpected resource type ${unknown?.resourceType ?? resource.resourceType}.`
      return refuse(resource, 'INVALID_REQUEST', message)
    }
    return describeResource(call, resource, kind)
  })
  return { throttleTimeMs: 0, results }
}

function describeResource(
  call: Call,
  resource: DescribeConfigsResource,
  kind: ConfigResourceKind,
): DescribeConfigsResultInput {
  const forbidden = authorizationProblem(call, resource.resourceName, kind)
  if (forbidden !== null) return refuse(resource, forbidden)
  try {
    const configs = describersOf[kind](call.broker, resource)
    return {
      errorCode: 0,
      errorMessage: noMessage,
      resourceType: resource.resourceType,
      resourceName: resource.resourceName,
      configs: configs.map((config) => presented(call, config)),
    }
  } catch (error) {
    if (error instanceof KafkaError) return refuse(resource, error.errorName, error.detail)
    throw error
  }
}

function authorizationProblem(
  { broker, context }: Call,
  name: string,
  kind: ConfigResourceKind,
): ErrorName | null {
  const may = (type: 'topic' | 'group' | 'cluster', resource: string): boolean =>
    broker.authorize(context, 'describe-configs', type, resource)
  if (kind === 'topic') return may('topic', name) ? null : 'TOPIC_AUTHORIZATION_FAILED'
  if (kind === 'group') return may('group', name) ? null : 'GROUP_AUTHORIZATION_FAILED'
  return may('cluster', clusterResource) ? null : 'CLUSTER_AUTHORIZATION_FAILED'
}

type Describer = (
  broker: BrokerServices,
  resource: DescribeConfigsResource,
) => readonly DescribedConfigLike[]

/** As config describes it; loggers have a source of their own. */
type DescribedConfigLike = Omit<DescribedConfig, 'configSource' | 'synonyms'> & {
  readonly configSource: number
  readonly synonyms: readonly { name: string; value: string | null; source: number }[]
}

const describersOf: Readonly<Record<ConfigResourceKind, Describer>> = {
  topic: describeTopic,
  broker: describeBroker,
  logger: describeLoggers,
  clientMetrics: describeClientMetrics,
  group: describeGroup,
}

function describeTopic(
  broker: BrokerServices,
  { resourceName, configurationKeys }: DescribeConfigsResource,
): readonly DescribedConfig[] {
  const problem = topicNameProblem(resourceName)
  if (problem !== null) throw new KafkaError('INVALID_TOPIC_EXCEPTION', problem)
  const topic = broker.catalog.topic(resourceName)
  if (topic === undefined) throw new KafkaError('UNKNOWN_TOPIC_OR_PARTITION')
  return describeTopicConfigs(topic.configs, configStateOf(broker), configurationKeys)
}

function describeBroker(
  broker: BrokerServices,
  { resourceName, configurationKeys }: DescribeConfigsResource,
): readonly DescribedConfig[] {
  const state = configStateOf(broker)
  if (resourceName === '') return describeClusterConfigs(state, configurationKeys)
  checkBrokerName(broker, resourceName, 'or empty string')
  return describeBrokerConfigs(state, configurationKeys)
}

function describeLoggers(
  broker: BrokerServices,
  { resourceName, configurationKeys }: DescribeConfigsResource,
): readonly DescribedConfigLike[] {
  checkBrokerName(broker, resourceName, 'for its loggers')
  const keys = configurationKeys ?? []
  const asked = loggerLevels(broker.loggers).filter(
    ({ name }) => keys.length === 0 || keys.includes(name),
  )
  return asked.map(({ name, level }) => ({
    name,
    value: level,
    readOnly: false,
    isSensitive: false,
    synonyms: [],
    configSource: loggerSource,
    configType: 0,
    documentation: '',
  }))
}

function checkBrokerName(broker: BrokerServices, name: string, alternative: string): void {
  const expected = String(broker.config.nodeId)
  if (name === expected) return
  const message = `Unexpected broker id: expected ${expected} ${alternative}, but received '${name}'.`
  throw new KafkaError('INVALID_REQUEST', message)
}

function describeClientMetrics(
  broker: BrokerServices,
  { resourceName, configurationKeys }: DescribeConfigsResource,
): readonly DescribedConfigLike[] {
  if (resourceName === '') {
    throw new KafkaError('INVALID_REQUEST', 'Client metrics subscription name must not be empty.')
  }
  const keys = configurationKeys ?? []
  const set = broker.catalog.configs('clientMetrics', resourceName)
  return Object.entries(clientMetricsTable)
    .filter(([name]) => keys.length === 0 || keys.includes(name))
    .map(([name, { type, fallback }]) => ({
      name,
      value: set.get(name) ?? fallback,
      readOnly: false,
      configSource: set.has(name) ? clientMetricsSource : configSource.fallback,
      isSensitive: false,
      synonyms: set.has(name)
        ? [{ name, value: set.get(name) ?? null, source: clientMetricsSource }]
        : [],
      configType: configTypeCodes[type],
      documentation: null,
    }))
}

function describeGroup(
  broker: BrokerServices,
  { resourceName, configurationKeys }: DescribeConfigsResource,
): readonly DescribedConfig[] {
  if (resourceName === '') {
    throw new KafkaError('INVALID_REQUEST', 'Group name must not be empty.')
  }
  const overrides = broker.catalog.configs('group', resourceName)
  return describeGroupConfigs(overrides, configStateOf(broker), configurationKeys)
}

function presented(
  { request }: Call,
  config: DescribedConfigLike,
): DescribeConfigsResourceResultInput {
  return {
    ...config,
    isDefault: config.configSource === configSource.fallback,
    synonyms: request.includeSynonyms ? config.synonyms : [],
    documentation: request.includeDocumentation ? config.documentation : null,
  }
}

function refuse(
  { resourceType, resourceName }: DescribeConfigsResource,
  error: ErrorName,
  errorMessage = errorText(error),
): DescribeConfigsResultInput {
  return { errorCode: errorCode(error), errorMessage, resourceType, resourceName, configs: [] }
}
