/**
 * Where anvil's traces differ from go-ethereum's, and why: each function takes out of both sides what can't be the same, and
 * nothing else. Leveret is as go-ethereum.
 */
import type { Json } from '../lib/index.ts'

/** go-ethereum's words for what revm has names for. */
const ERRORS: readonly (readonly [RegExp, string])[] = [
  [/^StateChangeDuringStaticCall$/, '(?:out of gas: )?write protection'],
  [/^CallNotAllowedInsideStatic$/, 'out of gas: write protection'],
  [/^invalid opcode$/, 'invalid opcode: .*'],
  [/^StackUnderflow$/, 'stack underflow \\(\\d+ <=> \\d+\\)'],
  [/^OutOfOffset$/, 'return data out of bounds'],
  [/^CreateContractStartingWithEF$/, 'invalid code: must not begin with 0xef'],
  [/^CreateContractSizeLimit$/, 'max code size exceeded: code size \\d+ limit 24576'],
  [/^CreateInitCodeSizeLimit$/, 'out of gas: max initcode size exceeded: code size \\d+ limit 49152'],
  [/^CreateCollision$/, 'contract address collision'],
  // go-ethereum says what a precompile didn't like, and of which of a call's costs there was too little.
  [/^precompiled failed$/, 'invalid input length|bad elliptic curve pairing size'],
  [/^out of gas$/, 'out of gas(?:: out of gas)?|contract creation code storage out of gas'],
]

/** Whether both words say the same. */
export function isSameError(ours: string | undefined, anvils: string | undefined): boolean {
  if (ours === anvils) return true
  if (ours === undefined || anvils === undefined) return false
  const known = ERRORS.find(([pattern]) => pattern.test(anvils))
  return known !== undefined && new RegExp(`^(?:${known[1]})$`).test(ours)
}

/** `logsBefore`: logs of the block before the transaction on Leveret; anvil's block has no other transaction. */
export function sameCalls(ours: Json, anvils: Json, { logsBefore }: { logsBefore: number }): void {
  // anvil's is without the intrinsic gas.
  delete ours.gas
  delete anvils.gas
  // anvil leaves the logs of a transaction that failed.
  if (anvils.error !== undefined) delete anvils.logs
  alignCall(ours, anvils, logsBefore)
}

function alignCall(ours: Json, anvils: Json, logsBefore: number): void {
  if (isSameError(ours.error, anvils.error)) anvils.error = ours.error
  for (const log of ours.logs ?? []) log.index = `0x${(Number(log.index) - logsBefore).toString(16)}`
  // anvil doesn't say who destroys itself in favour of itself.
  const isToItself = ours.type === 'SELFDESTRUCT' && ours.from === ours.to
  if (isToItself)
    for (const side of [ours, anvils]) for (const name of ['from', 'to', 'value']) delete side[name]
  for (const [i, call] of (ours.calls ?? []).entries())
    if (anvils.calls?.[i] !== undefined) alignCall(call, anvils.calls[i], logsBefore)
  if (ours.error === undefined) delete anvils.error
}

/** Traces in Parity's form: the same frames in the same places. */
export function sameFlatTraces(ours: Json, anvils: Json): void {
  for (const [i, trace] of ours.entries()) {
    const other = anvils[i]
    if (other === undefined) continue
    // The nodes have other blocks.
    for (const side of [trace, other])
      for (const name of ['blockHash', 'blockNumber', 'transactionPosition']) delete side[name]
    // Parity has words for few errors; for the others each has its own.
    if (trace.error !== undefined && other.error !== undefined) other.error = trace.error
    // Of a creation that reverts anvil tells where it would have been.
    if (trace.type === 'create' && trace.error !== undefined) delete other.result?.address
    const isToItself = trace.type === 'suicide' && trace.action.address === trace.action.refundAddress
    if (isToItself) for (const side of [trace, other]) side.action = undefined
  }
}

/** Steps that could be executed are the same in every member, but for those named here. */
export function sameSteps(ours: Json, anvils: Json, { delegates }: { delegates: boolean }): void {
  for (const [i, step] of ours.structLogs.entries()) {
    const other = anvils.structLogs[i]
    if (other === undefined) continue
    // Where a step fails anvil charges and names something else, and keeps no storage.
    if (other.error != null || step.error !== undefined) {
      for (const side of [step, other]) for (const name of ['error', 'gasCost', 'storage']) delete side[name]
      if (other.op === 'Unknown') other.op = step.op
    }
    delete other.error
    // anvil counts what a creation passes on as its cost.
    if (step.op === 'CREATE' || step.op === 'CREATE2') for (const side of [step, other]) delete side.gasCost
    // go-ethereum leaves a refund of zero out; anvil leaves that for an authorization out.
    for (const side of [step, other]) if (side.refund === 0 || delegates) delete side.refund
    // anvil tells no slot that was zero all the time.
    for (const side of [step, other]) dropZeros(side, 'storage')
  }
}

/** The same accounts and slots; balances of who pays differ with the base fee. */
export function samePrestate(
  ours: Json,
  anvils: Json,
  { sender, delegate }: { sender: string; delegate?: string },
): void {
  for (const side of [ours, anvils]) {
    delete side[sender]?.balance
    for (const [address, account] of Object.entries<Json>(side)) {
      // anvil has no code hashes, and tells of accounts that were not there, and of slots that a step did not get to.
      delete account.codeHash
      dropZeros(account, 'storage')
      if (Object.keys(account).join() === 'balance' && account.balance === '0x0') delete side[address]
    }
  }
  // go-ethereum looks at delegations as they were before the transaction's own.
  if (delegate !== undefined) delete anvils[delegate]
}

function dropZeros(holder: Json, member: string): void {
  const slots = holder[member]
  if (slots === undefined) return
  for (const [key, value] of Object.entries<string>(slots)) if (BigInt(value) === 0n) delete slots[key]
  if (Object.keys(slots).length === 0) delete holder[member]
}
