import { keccak256 } from '../../../kernels/index.ts'
import { concatBytes, fromBigInt } from '../../../lib/index.ts'
import { encodeTransaction, madeUpSignature, signingHash, type Transaction } from '../../../protocol/index.ts'
import { type CallParams, parseCall } from '../../callParams.ts'
import type { DevChain, DevSignature } from '../../DevChain.ts'
import { invalidParams, nodeError } from '../../errors.ts'
import { type Hex, hexData } from '../../format.ts'
import { type Method, method, type RpcContext, required } from '../../method.ts'
import { type Parser, parseAddress, parseBoolean, parseData } from '../../params.ts'
import type { ReceiptJson } from '../../shapes/index.ts'
import type { SubmitOutcome } from '../../TransactionIntake.ts'
import { parseTypedData, typedDataHash } from '../../typedData.ts'
import { fillTransaction } from '../fill.ts'
import { receiptOf, syncTimeout } from '../submit.ts'
import { devMethod } from './devMethod.ts'

const MESSAGE_PREFIX = '\x19Ethereum Signed Message:\n'

/** What is signed of a message (EIP-191, version 0x45). */
function messageHash(message: Uint8Array): Uint8Array {
  return keccak256(concatBytes(new TextEncoder().encode(`${MESSAGE_PREFIX}${message.length}`), message))
}

/** r ‖ s ‖ v, 65 bytes. */
function signatureJson({ r, s, yParity }: DevSignature): Hex {
  return hexData(concatBytes(fromBigInt(r, 32), fromBigInt(s, 32), Uint8Array.of(27 + yParity)))
}

/** @throws RpcError where the node has no key. */
function sign({ accounts }: DevChain, address: Uint8Array, hash: Uint8Array): DevSignature {
  const signature = accounts.sign(address, hash)
  if (signature === undefined) throw invalidParams('No Signer available')
  return signature
}

/** Who sends where nobody is named. */
function senderOf({ accounts }: DevChain, { from }: CallParams): Uint8Array {
  const sender = from ?? accounts.addresses[0]
  if (sender === undefined) throw invalidParams('No Signer available')
  return sender
}

function signed(transaction: Transaction, signature: DevSignature): Uint8Array {
  return encodeTransaction({ ...transaction, ...signature })
}

type Sent = { raw: Uint8Array; outcome: SubmitOutcome }

/** Completes, signs and submits. */
function sendSigned(dev: DevChain, context: RpcContext, call: CallParams): Promise<Sent> {
  const from = senderOf(dev, call)
  const { accounts } = dev
  if (!accounts.has(from) && !accounts.isImpersonated(from)) throw invalidParams('No Signer available')
  return dev.inTurn(async () => {
    const transaction = fillTransaction(context, { ...call, from })
    const signature = accounts.sign(from, signingHash(transaction))
    if (signature === undefined) return await sendAs(dev, from, transaction)
    const raw = signed(transaction, signature)
    return { raw, outcome: await context.view.submit(raw) }
  })
}

async function sendAs(dev: DevChain, from: Uint8Array, transaction: Transaction): Promise<Sent> {
  const raw = signed(transaction, madeUpSignature(from))
  return { raw, outcome: await dev.submitAs(from, raw) }
}

/** Completes, signs and submits; gives the hash. */
export async function send(dev: DevChain, context: RpcContext, call: CallParams): Promise<Hex> {
  return hashOf((await sendSigned(dev, context, call)).outcome)
}

/** The same; gives the receipt. */
async function sendSync(dev: DevChain, context: RpcContext, call: CallParams): Promise<ReceiptJson> {
  const { raw, outcome } = await sendSigned(dev, context, call)
  const patience = { timeoutMs: context.limits.syncTimeoutMs, timeoutError: syncTimeout }
  return await receiptOf(context, raw, Promise.resolve(outcome), patience)
}

/** Of what was taken. @throws RpcError -32000 for what was refused. */
export function hashOf(outcome: SubmitOutcome): Hex {
  if (outcome.kind === 'refused') throw nodeError(outcome.message)
  return hexData(outcome.hash)
}

const addresses = method([], ({ view }) => view.dev?.accounts.addresses.map(hexData) ?? [])

/** Values that are not of their types are found as they are hashed. */
const parseTypedDataHash: Parser<Uint8Array> = (value) => typedDataHash(parseTypedData(value))

const signTypedData = devMethod(
  [required('address', parseAddress), required('data', parseTypedDataHash)],
  (dev, _, address, hash) => signatureJson(sign(dev, address, hash)),
)

function impersonating(answer: unknown): Record<'impersonate' | 'stop' | 'all', Method> {
  return {
    impersonate: devMethod([required('address', parseAddress)], ({ accounts }, _, address) => {
      accounts.impersonate(address)
      return answer
    }),
    stop: devMethod([required('address', parseAddress)], ({ accounts }, _, address) => {
      const was = accounts.stopImpersonating(address)
      // Hardhat says whether it was, anvil nothing.
      return answer === null ? null : was
    }),
    all: devMethod([required('enabled', parseBoolean)], ({ accounts }, _, isOn) => {
      accounts.impersonateAll(isOn)
      return answer
    }),
  }
}

const ANVIL = impersonating(null)
const HARDHAT = impersonating(true)

/** Sign and send for the developer's accounts, and for those that are impersonated. */
export const DEV_ACCOUNT_METHODS: Record<string, Method> = {
  eth_accounts: addresses,
  eth_requestAccounts: addresses,
  eth_sendTransaction: devMethod([required('transaction', parseCall)], send),
  eth_sendTransactionSync: devMethod([required('transaction', parseCall)], sendSync),
  eth_sendUnsignedTransaction: devMethod([required('transaction', parseCall)], (dev, context, call) =>
    dev.inTurn(async () => {
      const from = senderOf(dev, call)
      return hashOf((await sendAs(dev, from, fillTransaction(context, { ...call, from }))).outcome)
    }),
  ),
  eth_signTransaction: devMethod([required('transaction', parseCall)], (dev, context, call) => {
    const from = senderOf(dev, call)
    const transaction = fillTransaction(context, { ...call, from })
    return hexData(signed(transaction, sign(dev, from, signingHash(transaction))))
  }),
  eth_sign: devMethod(
    [required('address', parseAddress), required('message', parseData)],
    (dev, _, address, message) => signatureJson(sign(dev, address, messageHash(message))),
  ),
  personal_sign: devMethod(
    [required('message', parseData), required('address', parseAddress)],
    (dev, _, message, address) => signatureJson(sign(dev, address, messageHash(message))),
  ),
  eth_signTypedData: signTypedData,
  eth_signTypedData_v3: signTypedData,
  eth_signTypedData_v4: signTypedData,
  anvil_impersonateAccount: ANVIL.impersonate,
  anvil_stopImpersonatingAccount: ANVIL.stop,
  anvil_autoImpersonateAccount: ANVIL.all,
  hardhat_impersonateAccount: HARDHAT.impersonate,
  hardhat_stopImpersonatingAccount: HARDHAT.stop,
  hardhat_autoImpersonateAccount: HARDHAT.all,
}
