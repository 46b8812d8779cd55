import { FeedSourceError, type SubmitAnswer } from '../../feed/index.ts'
import { bytesToHex, sha256 } from '../../lib/index.ts'

type Submit = (raw: readonly Uint8Array[]) => Promise<SubmitAnswer[]>

/** Transactions that are on their way to the sequencer at once. */
const UNDER_WAY_LIMIT = 65_536

/**
 * Hands transactions on to the source that is followed: this node's, and those of nodes that follow it. Where nodes follow
 * each other in a circle, as they may for some seconds, none goes round twice.
 */
export class SubmitRelay {
  readonly #submit: Submit
  readonly #underWay = new Set<string>()

  constructor(submit: Submit) {
    this.#submit = submit
  }

  /** @throws FeedSourceError */
  async submit(raw: readonly Uint8Array[]): Promise<SubmitAnswer[]> {
    const digests = raw.map((transaction) => bytesToHex(sha256(transaction)))
    const isNew = digests.map((digest, i) => !this.#underWay.has(digest) && digests.indexOf(digest) === i)
    if (this.#underWay.size + raw.length > UNDER_WAY_LIMIT)
      throw new FeedSourceError('LIMIT', 'too many transactions are on their way')
    const added = digests.filter((_, i) => isNew[i])
    for (const digest of added) this.#underWay.add(digest)
    try {
      const some = raw.filter((_, i) => isNew[i])
      const answers = (some.length === 0 ? [] : await this.#submit(some)).values()
      return isNew.map((is): SubmitAnswer => (is ? answers.next().value! : UNDER_WAY))
    } finally {
      for (const digest of added) this.#underWay.delete(digest)
    }
  }
}

const UNDER_WAY: SubmitAnswer = {
  code: 'UNDER_WAY',
  message: 'the transaction is on its way to the sequencer already',
}
