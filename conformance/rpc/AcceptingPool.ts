import { keccak256 } from '../../src/kernels/index.ts'
import type { Chain } from '../../src/node/chain.ts'
import { PoolView } from '../../src/node/intake/PoolView.ts'
import type { NodeView } from '../../src/node/NodeView.ts'
import { recoverSender } from '../../src/protocol/index.ts'
import type { OutcomeReceiver, SubmitOutcome, TransactionIntake } from '../../src/rpc/index.ts'
import { checkTransaction } from '../../src/sequencer/index.ts'

/**
 * Takes transactions like a node between two blocks: they are checked and wait, for ever. The recorded exchanges expect
 * that the head stays where it is.
 */
export class AcceptingPool implements TransactionIntake {
  readonly view = new PoolView()
  readonly isFull = false
  readonly #chainView: NodeView
  readonly #chain: Chain

  constructor(chainView: NodeView, chain: Chain) {
    this.#chainView = chainView
    this.#chain = chain
  }

  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number): void {
    receiver.settle(position, this.#take(raw))
  }

  async submitOne(raw: Uint8Array): Promise<SubmitOutcome> {
    return this.#take(raw)
  }

  whenRoom(callback: () => void): void {
    callback()
  }

  #take(raw: Uint8Array): SubmitOutcome {
    const { chainId, forkAt, gasLimit } = this.#chain.schedule
    const head = this.#chainView.getBlock({ number: this.#chainView.headNumber })
    const fork = forkAt(head?.timestamp ?? 0n)
    const checked = checkTransaction(raw, { chainId, fork, blockGasLimit: head?.gasLimit ?? gasLimit })
    if (checked.kind === 'refused') return checked
    const hash = keccak256(raw)
    const sender = recoverSender(checked.transaction)
    if (sender === undefined)
      return { kind: 'refused', code: 'InvalidSender', message: 'invalid sender', hash }
    const { nonce } = checked.transaction
    this.view.add({ hash, sender, raw, nonce } as Parameters<PoolView['add']>[0])
    return { kind: 'queued', hash, expectedNonce: nonce }
  }
}
