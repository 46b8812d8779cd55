import { bytesToHex, hexToBytes } from '../../src/lib/index.ts'
import {
  decodeTransaction,
  type Fork,
  intrinsicGas,
  maxFeePerGas,
  recoverAuthorities,
  recoverSender,
  type Transaction,
  transactionHash,
} from '../../src/protocol/index.ts'
import { blockEnv, namedFork } from '../environment.ts'
import { failed, PASSED, type TestCase, type TestContext, type Verdict } from '../testCase.ts'

type TransactionTest = { txbytes: string; result: Record<string, Outcome> }
type Outcome = { hash?: string; sender?: string; intrinsicGas?: string; exception?: string }

const BLOCK_GAS_LIMIT = (1n << 64n) - 1n
/** The richest account that there can be. Some valid transactions cost more still: that isn't their own fault. */
const BALANCE = (1n << 256n) - 1n
/** Results recorded under older forks are checked by the rules of the oldest that the engine has. */
const OLDEST_FORK: Fork = 'Shanghai'

/** Transaction tests: what a transaction is without any state: decoding, hash, signer, and what refuses it. */
export function* transactionCases(json: Record<string, TransactionTest>): Generator<TestCase> {
  for (const [name, test] of Object.entries(json)) {
    for (const [forkName, outcome] of Object.entries(test.result)) {
      const fork = namedFork(forkName, undefined)?.fork ?? OLDEST_FORK
      yield {
        name,
        kind: 'transaction',
        fork: forkName,
        run: (context) => runTransaction(test, outcome, fork, context),
      }
    }
  }
}

function runTransaction(test: TransactionTest, outcome: Outcome, fork: Fork, context: TestContext): Verdict {
  const raw = hexToBytes(test.txbytes)
  const decoded = decodeTransaction(raw)
  const sender = decoded.ok ? recoverSender(decoded.transaction) : undefined
  const refusal = !decoded.ok
    ? decoded.code
    : sender === undefined
      ? 'TransactionException.EC_RECOVERY_FAIL'
      : validate(raw, decoded.transaction, { sender, fork, context })
  if (outcome.exception !== undefined) {
    return refusal === undefined
      ? failed('an invalid transaction was accepted', outcome.exception, 'accepted')
      : PASSED
  }
  if (refusal !== undefined || !decoded.ok || sender === undefined)
    return failed('refused', 'accepted', refusal)
  const hash = bytesToHex(transactionHash(decoded.transaction))
  if (hash !== outcome.hash) return failed('hash differs', outcome.hash, hash)
  const gas = intrinsicGas(decoded.transaction)
  if (gas !== BigInt(outcome.intrinsicGas ?? 0))
    return failed('intrinsic gas differs', outcome.intrinsicGas, gas)
  const signer = bytesToHex(sender)
  return signer === outcome.sender ? PASSED : failed('sender differs', outcome.sender, signer)
}

type Signed = { sender: Uint8Array; fork: Fork; context: TestContext }

/** Runs it as the account that it wants its sender to be. The reason when it is refused. */
function validate(
  raw: Uint8Array,
  transaction: Transaction,
  { sender, fork, context }: Signed,
): string | undefined {
  const { engine } = context
  engine.setAccount(sender, { nonce: transaction.nonce, balance: BALANCE })
  engine.beginBlock(blockEnv({ fork, gasLimit: BLOCK_GAS_LIMIT }), () => undefined)
  const outcome = engine.executeTransaction(raw, sender, recoverAuthorities(transaction))
  if (outcome.kind !== 'invalid') return undefined
  const feeFits = transaction.gasLimit * maxFeePerGas(transaction) <= BALANCE
  return feeFits && outcome.code === 'TransactionException.INSUFFICIENT_ACCOUNT_FUNDS'
    ? undefined
    : outcome.code
}
