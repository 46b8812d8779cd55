import { type LogPlace, TOPIC_STRIDE } from '../../protocol/index.ts'
import { hexData, hexQuantity } from '../format.ts'
import type { ViewBlockPart, ViewTransaction } from '../ViewBlock.ts'
import { placeOf } from './log.ts'

/**
 * Writes the logs of one transaction as the text of `logJson`, straight from its receipt's bytes: an answer may have
 * tens of thousands, and no object is made for any of them.
 */
export class LogWriter {
  /** The receipt in hexadecimal digits, from a log on: what each says is cut out of it. */
  readonly #digits: string
  readonly #start: number
  /** The members that say where the transaction is. */
  readonly #place: string

  /** @param first - of the logs that are to be written; the bloom before them is most of a small receipt. */
  constructor(part: ViewBlockPart, transaction: ViewTransaction, index: number, first: LogPlace) {
    this.#start = first.addressAt
    this.#digits = hexData(transaction.receipt.subarray(this.#start))
    const place = placeOf(part, transaction, index)
    this.#place =
      `"blockNumber":"${place.blockNumber}","transactionHash":"${place.transactionHash}",` +
      `"transactionIndex":"${place.transactionIndex}","blockHash":"${place.blockHash}",` +
      `"blockTimestamp":"${place.blockTimestamp}"`
  }

  /** @param logIndex - position among all logs of the block. */
  text({ addressAt, firstTopicAt, topicCount, dataAt, dataEnd }: LogPlace, logIndex: number): string {
    let topics = ''
    for (let i = 0; i < topicCount; i++) {
      const at = firstTopicAt + i * TOPIC_STRIDE
      topics += i === 0 ? `"0x${this.#cut(at, at + 32)}"` : `,"0x${this.#cut(at, at + 32)}"`
    }
    return (
      `{"address":"0x${this.#cut(addressAt, addressAt + 20)}","topics":[${topics}],` +
      `"data":"0x${this.#cut(dataAt, dataEnd)}",${this.#place},` +
      `"logIndex":"${hexQuantity(logIndex)}","removed":false}`
    )
  }

  /** The digits of bytes `from` to `end`; `0x` stands before all of them. */
  #cut(from: number, end: number): string {
    return this.#digits.slice(2 + 2 * (from - this.#start), 2 + 2 * (end - this.#start))
  }
}
