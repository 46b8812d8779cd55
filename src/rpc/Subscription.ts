import type { ResumePoint } from './Connection.ts'
import { hexQuantity } from './format.ts'
import type { Topic } from './topics.ts'

/**
 * One subscription: numbers its notifications, and knows how far it has come. A notification's place in the stream is
 * the mini-block that it belongs to and its index among this topic's notifications of that mini-block: the same for
 * everybody with the same topic, and after a restart.
 */
export class Subscription {
  readonly id: string
  readonly topic: Topic
  /** Gets what the chain tells; until then, a replay brings it there. */
  isLive = false
  readonly #send: (text: string) => void
  /** Before it, nothing is sent. */
  readonly #from: ResumePoint
  /** Of the next notification. */
  #at: ResumePoint
  #sequence = 0
  /** Notifications until the client has the id; undefined once it has. */
  #backlog: string[] | undefined = []
  #hasEnded = false

  constructor({
    id,
    topic,
    send,
    from,
  }: { id: string; topic: Topic; send: (text: string) => void; from: ResumePoint }) {
    this.id = id
    this.topic = topic
    this.#send = send
    this.#from = from
    this.#at = { miniBlock: from.miniBlock, index: 0 }
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  end(): void {
    this.#hasEnded = true
    this.#backlog = undefined
  }

  /** The client has the id. */
  activate(): void {
    const backlog = this.#backlog ?? []
    this.#backlog = undefined
    for (const text of backlog) this.#send(text)
  }

  /** What follows belongs to a mini-block. */
  enter(miniBlock: bigint): void {
    if (miniBlock !== this.#at.miniBlock) this.#at = { miniBlock, index: 0 }
  }

  /** So many notifications were there of this mini-block before it began. */
  pass(count: number): void {
    this.#at.index += count
  }

  /** @param json - the result, which many may share. */
  notify(miniBlock: bigint, json: string): void {
    if (this.#hasEnded) return
    this.enter(miniBlock)
    const { index } = this.#at
    if (miniBlock > this.#from.miniBlock || index >= this.#from.index) this.#deliver(this.#text(json))
    this.#at.index++
  }

  #text(json: string): string {
    const { miniBlock, index } = this.#at
    const place = `"sequence":"${hexQuantity(this.#sequence++)}","miniBlock":"${hexQuantity(miniBlock)}","index":"${hexQuantity(index)}"`
    return `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${this.id}",${place},"result":${json}}}`
  }

  #deliver(text: string): void {
    if (this.#backlog === undefined) this.#send(text)
    else this.#backlog.push(text)
  }

  /** @param reached - the mini-block up to which the chain has told everything before. */
  resumePoint(reached: bigint): ResumePoint | undefined {
    if (this.topic.kind === 'newPendingTransactions') return undefined
    if (this.isLive && this.#at.miniBlock < reached) return { miniBlock: reached, index: 0 }
    const { miniBlock, index } = this.#at
    return {
      miniBlock,
      index: miniBlock === this.#from.miniBlock ? Math.max(index, this.#from.index) : index,
    }
  }
}
