/** Why a transaction was not taken. `message` is geth's wording, so that clients raise their typed errors. */
export type Refusal = { kind: 'refused'; code: RefusalCode; message: string }

/** Named as execution-spec-tests name them where there is a name, else after the pool's rule. */
export type RefusalCode = `TransactionException.${string}` | `Pool.${string}`

export function refuse(code: RefusalCode, message: string): Refusal {
  return { kind: 'refused', code, message }
}

export function nonceTooLow(stateNonce: bigint, txNonce: bigint): Refusal {
  return refuse(
    'TransactionException.NONCE_MISMATCH_TOO_LOW',
    `nonce too low: next nonce ${stateNonce}, tx nonce ${txNonce}`,
  )
}

export function insufficientFunds(balance: bigint, cost: bigint): Refusal {
  return refuse(
    'TransactionException.INSUFFICIENT_ACCOUNT_FUNDS',
    `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`,
  )
}

/** It could never be executed in a block. */
export function beyondBlockGas(): Refusal {
  return refuse('TransactionException.GAS_ALLOWANCE_EXCEEDED', 'exceeds block gas limit')
}

export function alreadyKnown(): Refusal {
  return refuse('Pool.ALREADY_KNOWN', 'already known')
}

export function replacementUnderpriced(): Refusal {
  return refuse('Pool.REPLACEMENT_UNDERPRICED', 'replacement transaction underpriced')
}

export function poolFull(held: number, limit: number): Refusal {
  return refuse('Pool.FULL', `txpool is full: ${held} transactions wait, limit ${limit}`)
}

export function accountLimitExceeded(pooled: number): Refusal {
  return refuse('Pool.ACCOUNT_LIMIT_EXCEEDED', `account limit exceeded: pooled ${pooled} txs`)
}

/** @param reason - what can't be read. */
export function stateUnavailable(reason: string): Refusal {
  return refuse('Pool.STATE_UNAVAILABLE', reason)
}
