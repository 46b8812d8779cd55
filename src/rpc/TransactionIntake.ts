/** Hears what came of transactions that it has submitted, each by the number that it gave it, in any order. */
export type OutcomeReceiver = {
  settle(position: number, outcome: SubmitOutcome): void
  /** Instead of `settle`, for nearly all: it was executed. Its hash is `bytes[at .. at + 32)`, only during the call. */
  executed(position: number, bytes: Uint8Array, at: number): void
}

/**
 * Takes many transactions without a promise for each. All that are submitted in one turn of the event loop go on
 * together, in order.
 */
export interface TransactionIntake {
  /** The next transaction would be refused for want of room. */
  readonly isFull: boolean
  /**
   * Submits one; `receiver.settle(position, …)` or `executed` is called once, perhaps before this returns.
   *
   * @param sender - 20 bytes: who is said to have signed it. It costs less then where he is known, and nothing else changes.
   */
  submit(raw: Uint8Array, receiver: OutcomeReceiver, position: number, sender?: Uint8Array): void
  /** Calls back once, when there is room again. */
  whenRoom(callback: () => void): void
}

export type SubmitOutcome =
  | { kind: 'executed'; hash: Uint8Array }
  | { kind: 'queued'; hash: Uint8Array; expectedNonce: bigint }
  /** `message` is geth's wording, e.g. `nonce too low: address 0x…, tx: 3 state: 5`. */
  | { kind: 'refused'; code: string; message: string; hash?: Uint8Array }
