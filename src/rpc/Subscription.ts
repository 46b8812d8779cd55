import type { Outlet, ResumePoint } from './Connection.ts'
import { hexQuantity } from './format.ts'
import { SharedText } from './SharedText.ts'
import { isReplayed, type Topic } from './topics.ts'

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
  readonly #outlet: Outlet
  /** Before it, nothing is sent. */
  readonly #from: ResumePoint
  /** Of the next notification. */
  #at: ResumePoint
  #sequence = 0
  /** Notifications until the client has the id; undefined once it has. */
  #backlog: { head: string; result: SharedText }[] | undefined = []
  #hasEnded = false

  constructor({ id, topic, outlet, from }: { id: string; topic: Topic; outlet: Outlet; from: ResumePoint }) {
    this.id = id
    this.topic = topic
    this.#outlet = outlet
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
    for (const { head, result } of backlog) this.#outlet.sendParts(head, result)
  }

  /** What follows belongs to a mini-block. */
  enter(miniBlock: bigint): void {
    if (miniBlock !== this.#at.miniBlock) this.#at = { miniBlock, index: 0 }
  }

  /** So many notifications were there of this mini-block before it began. */
  pass(count: number): void {
    this.#at.index += count
  }

  /** @param result - as JSON, with what ends the notification: see resultText. */
  notify(miniBlock: bigint, result: SharedText): void {
    if (this.#hasEnded) return
    this.enter(miniBlock)
    const { index } = this.#at
    if (miniBlock > this.#from.miniBlock || index >= this.#from.index) this.#deliver(result)
    this.#at.index++
  }

  #deliver(result: SharedText): void {
    const { miniBlock, index } = this.#at
    const place = `"sequence":"${hexQuantity(this.#sequence++)}","miniBlock":"${hexQuantity(miniBlock)}","index":"${hexQuantity(index)}"`
    const head = `{"jsonrpc":"2.0","method":"eth_subscription","params":{"subscription":"${this.id}",${place},"result":`
    if (this.#backlog === undefined) this.#outlet.sendParts(head, result)
    else this.#backlog.push({ head, result })
  }

  /** @param reached - the mini-block up to which the chain has told everything before. */
  resumePoint(reached: bigint): ResumePoint | undefined {
    if (!isReplayed(this.topic)) return undefined
    if (this.isLive && this.#at.miniBlock < reached) return { miniBlock: reached, index: 0 }
    const { miniBlock, index } = this.#at
    return {
      miniBlock,
      index: miniBlock === this.#from.miniBlock ? Math.max(index, this.#from.index) : index,
    }
  }
}

/** What a notification's own beginning is followed by: its result, and the end. */
export function resultText(result: unknown): SharedText {
  return new SharedText(`${JSON.stringify(result)}}}`)
}
