// What goes in and out of topics: plain numbers that handlers add to and scrapes read.

/** Of one topic, or of all. */
export class Traffic {
  messagesIn = 0
  bytesIn = 0
  bytesOut = 0
  /** Appends to a partition that clients asked for, the refused ones included. */
  produceRequests = 0
  failedProduceRequests = 0
  /** Reads of a partition that clients asked for, the refused ones included. */
  fetchRequests = 0
  failedFetchRequests = 0
  /** Records whose format or compression was changed on their way in. */
  convertedIn = 0
  /** Records that were made into message sets for old clients. */
  convertedOut = 0
}

const nothing: Readonly<Traffic> = new Traffic()

export class TopicTraffic {
  /** Of all topics, those that are gone included: never falls. */
  readonly all = new Traffic()
  readonly #byTopic = new Map<string, Traffic>()
  /** Requests tend to name the topic that the last one named. */
  #lastTopic = ''
  #last = new Traffic()

  /** The numbers of an existing topic. */
  of(topic: string): Traffic {
    if (topic === this.#lastTopic) return this.#last
    let traffic = this.#byTopic.get(topic)
    if (traffic === undefined) this.#byTopic.set(topic, (traffic = new Traffic()))
    this.#lastTopic = topic
    this.#last = traffic
    return traffic
  }

  /** The topic's numbers without making them. */
  peek(topic: string): Readonly<Traffic> {
    return this.#byTopic.get(topic) ?? nothing
  }

  topics(): Iterable<readonly [topic: string, traffic: Traffic]> {
    return this.#byTopic
  }

  /** The topic was deleted. */
  forget(topic: string): void {
    this.#byTopic.delete(topic)
    if (topic === this.#lastTopic) this.#lastTopic = ''
  }

  appended(topic: string, messageCount: number, byteLength: number): void {
    const { all } = this
    const traffic = this.of(topic)
    traffic.produceRequests += 1
    traffic.messagesIn += messageCount
    traffic.bytesIn += byteLength
    all.produceRequests += 1
    all.messagesIn += messageCount
    all.bytesIn += byteLength
  }

  convertedWhenAppended(topic: string, messageCount: number): void {
    this.of(topic).convertedIn += messageCount
    this.all.convertedIn += messageCount
  }

  convertedWhenRead(topic: string, messageCount: number): void {
    this.of(topic).convertedOut += messageCount
    this.all.convertedOut += messageCount
  }

  appendFailed(topic: string): void {
    const traffic = this.of(topic)
    traffic.produceRequests += 1
    traffic.failedProduceRequests += 1
    this.all.produceRequests += 1
    this.all.failedProduceRequests += 1
  }

  read(topic: string, byteLength: number): void {
    const traffic = this.of(topic)
    traffic.fetchRequests += 1
    traffic.bytesOut += byteLength
    this.all.fetchRequests += 1
    this.all.bytesOut += byteLength
  }

  readFailed(topic: string): void {
    const traffic = this.of(topic)
    traffic.fetchRequests += 1
    traffic.failedFetchRequests += 1
    this.all.fetchRequests += 1
    this.all.failedFetchRequests += 1
  }
}
