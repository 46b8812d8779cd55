import type { Message } from '../../execution/index.ts'
import { recoverAuthority, type Transaction } from '../../protocol/index.ts'
import { type CallParams, ERROR_CODES } from '../../rpc/index.ts'
import { SimulationError } from './SimulationError.ts'

const ZERO_ADDRESS: Uint8Array = new Uint8Array(20)

/** What a call leaves out is taken from here. */
export type MessageDefaults = { chainId: bigint; nonce: bigint; gas: bigint }

/**
 * The transaction that a call stands for, as a message and without signature (go-ethereum, TransactionArgs.CallDefaults
 * and ToTransaction with EIP-1559 as default).
 *
 * @throws SimulationError for what contradicts itself.
 */
export function messageOf(
  call: CallParams,
  defaults: MessageDefaults,
): { message: Message; transaction: Transaction } {
  const { gasPrice } = call
  if (
    gasPrice !== undefined &&
    (call.maxFeePerGas !== undefined || call.maxPriorityFeePerGas !== undefined)
  ) {
    throw new SimulationError(
      ERROR_CODES.nodeError,
      'both gasPrice and (maxFeePerGas or maxPriorityFeePerGas) specified',
    )
  }
  if (call.chainId !== undefined && call.chainId !== defaults.chainId) {
    throw new SimulationError(
      ERROR_CODES.nodeError,
      `chainId does not match node's (have=${call.chainId}, want=${defaults.chainId})`,
    )
  }
  const transaction = transactionOf(call, defaults)
  const message: Message = {
    type: transaction.type,
    from: call.from ?? ZERO_ADDRESS,
    ...{ to: transaction.to, nonce: transaction.nonce, gas: transaction.gasLimit },
    ...{ value: transaction.value, data: transaction.data },
    maxFeePerGas: gasPrice ?? call.maxFeePerGas ?? 0n,
    maxPriorityFeePerGas: gasPrice ?? call.maxPriorityFeePerGas ?? 0n,
    accessList: call.accessList,
    maxFeePerBlobGas: call.maxFeePerBlobGas ?? 0n,
    blobVersionedHashes: call.blobVersionedHashes ?? [],
    authorizations: (call.authorizations ?? []).map((authorization) => ({
      ...authorization,
      authority: recoverAuthority(authorization),
    })),
  }
  return { message, transaction }
}

function transactionOf(call: CallParams, { chainId, nonce, gas }: MessageDefaults): Transaction {
  const common = {
    nonce: call.nonce ?? nonce,
    gasLimit: gas,
    ...{ to: call.to, value: call.value ?? 0n, data: call.data },
    ...{ yParity: 0 as const, r: 0n, s: 0n },
  }
  if (call.gasPrice !== undefined) {
    return { type: 0, chainId: undefined, gasPrice: call.gasPrice, ...common } as Transaction
  }
  const market = {
    chainId,
    maxPriorityFeePerGas: call.maxPriorityFeePerGas ?? 0n,
    maxFeePerGas: call.maxFeePerGas ?? 0n,
    accessList: call.accessList,
  }
  if (call.authorizations !== undefined) {
    const to = requireRecipient(call, 'set code')
    return { type: 4, ...common, ...market, to, authorizationList: call.authorizations }
  }
  if (call.blobVersionedHashes !== undefined) {
    return {
      ...{ type: 3, ...common, ...market, to: requireRecipient(call, 'blob') },
      maxFeePerBlobGas: call.maxFeePerBlobGas ?? 0n,
      blobVersionedHashes: call.blobVersionedHashes,
    }
  }
  return { type: 2, ...common, ...market }
}

function requireRecipient({ to }: CallParams, kind: string): Uint8Array {
  if (to === undefined)
    throw new SimulationError(ERROR_CODES.invalidParams, `a ${kind} transaction can't create a contract`)
  return to
}
