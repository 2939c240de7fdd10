// Which topics Kafka Streams has made for an application of its own.

const endings = [
  '-changelog',
  '-repartition',
  '-subscription-registration-topic',
  '-subscription-response-topic',
]
const joinEnding = /.+-KTABLE-FK-JOIN-SUBSCRIPTION-(REGISTRATION|RESPONSE)-\d+-topic$/

/** Whether the name is one that Kafka Streams gives to internal topics of the application. */
export function isInternalTopic(topic: string, applicationId: string): boolean {
  if (!topic.startsWith(`${applicationId}-`)) return false
  return endings.some((ending) => topic.endsWith(ending)) || joinEnding.test(topic)
}
