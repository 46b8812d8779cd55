import { stateNotKept, stateNumberOf, stateOf } from '../blockSelection.ts'
import type { ChainView, ViewProof } from '../ChainView.ts'
import { invalidParams } from '../errors.ts'
import { hexData, hexQuantity } from '../format.ts'
import { type Method, method, optional, type RpcContext, required } from '../method.ts'
import {
  type BlockParam,
  isObject,
  jsonKind,
  mismatch,
  ParamError,
  type Parser,
  parseAddress,
  parseBlock,
  parseList,
  storageKey,
} from '../params.ts'

/** An account's key as the caller wrote it, which a proof repeats. */
type RequestedKey = { key: Uint8Array; isWord: boolean }

const parseStorageKey: Parser<Uint8Array> = (value) => {
  try {
    return storageKey(value)
  } catch (error) {
    if (error instanceof ParamError) throw new ParamError(`unable to decode storage key: ${error.message}`)
    throw error
  }
}

const parseStorageKeys: Parser<RequestedKey[]> = (value) => {
  if (!Array.isArray(value)) throw mismatch(jsonKind(value), '[]string')
  return value.map((item) => ({ key: parseStorageKey(item), isWord: String(item).length === 66 }))
}

const parseStorageRequests: Parser<{ address: Uint8Array; keys: Uint8Array[] }[]> = (value) => {
  if (!isObject(value)) throw mismatch(jsonKind(value), 'map[common.Address][]common.Hash')
  return Object.entries(value).map(([address, keys]) => ({
    address: parseAddress(address),
    keys: parseList(keys, parseStorageKey, '[]common.Hash'),
  }))
}

/** Reads accounts. */
export const STATE_METHODS: Record<string, Method> = {
  eth_getBalance: method(
    [required('address', parseAddress), optional('block', parseBlock, 'latest')],
    ({ view }, address, block) => hexQuantity(stateOf(view, block).balance(address)),
  ),
  eth_getTransactionCount: method(
    [required('address', parseAddress), optional('block', parseBlock, 'latest')],
    ({ view }, address, block) => {
      if (block === 'pending') return hexQuantity(view.pendingNonce(address))
      return hexQuantity(stateOf(view, block).nonce(address))
    },
  ),
  eth_getCode: method(
    [required('address', parseAddress), optional('block', parseBlock, 'latest')],
    ({ view }, address, block) => hexData(stateOf(view, block).code(address)),
  ),
  eth_getAccountInfo: method(
    [required('address', parseAddress), optional('block', parseBlock, 'latest')],
    ({ view }, address, block) => {
      const reader = stateOf(view, block)
      return {
        balance: hexQuantity(reader.balance(address)),
        nonce: hexQuantity(reader.nonce(address)),
        code: hexData(reader.code(address)),
      }
    },
  ),
  eth_getAccount: method(
    [required('address', parseAddress), optional('block', parseBlock, 'latest')],
    async ({ view }, address, block) => {
      const { balance, nonce, codeHash, storageHash } = await proofOf(view, address, [], block)
      return {
        ...{ balance: hexQuantity(balance), nonce: hexQuantity(nonce) },
        ...{ codeHash: hexData(codeHash), storageRoot: hexData(storageHash) },
      }
    },
  ),
  eth_getStorageAt: method(
    [
      required('address', parseAddress),
      required('key', parseStorageKey),
      optional('block', parseBlock, 'latest'),
    ],
    ({ view }, address, key, block) => hexData(stateOf(view, block).storage(address, key)),
  ),
  eth_getStorageValues: method(
    [required('requests', parseStorageRequests), optional('block', parseBlock, 'latest')],
    ({ view, limits }, requests, block) => {
      const count = requests.reduce((sum, { keys }) => sum + keys.length, 0)
      if (count === 0) throw invalidParams('empty request')
      if (count > limits.maxProofKeys)
        throw invalidParams(`too many slots: ${count} (max ${limits.maxProofKeys})`)
      const reader = stateOf(view, block)
      const values: Record<string, string[]> = {}
      for (const { address, keys } of requests) {
        const list: string[] = []
        for (const key of keys) list.push(hexData(reader.storage(address, key)))
        values[hexData(address)] = list
      }
      return values
    },
  ),
  eth_getProof: method(
    [
      required('address', parseAddress),
      required('storageKeys', parseStorageKeys),
      optional('block', parseBlock, 'latest'),
    ],
    getProof,
  ),
}

async function getProof(
  { view, limits }: RpcContext,
  address: Uint8Array,
  keys: RequestedKey[],
  block: BlockParam,
): Promise<object> {
  if (keys.length > limits.maxProofKeys) {
    throw invalidParams(`too many keys: ${keys.length} (max ${limits.maxProofKeys})`)
  }
  const proof = await proofOf(
    view,
    address,
    keys.map(({ key }) => key),
    block,
  )
  return proofJson(address, keys, proof)
}

/** @throws RpcError where the state is not kept. */
async function proofOf(
  view: ChainView,
  address: Uint8Array,
  keys: Uint8Array[],
  block: BlockParam,
): Promise<ViewProof> {
  const number = stateNumberOf(view, block)
  const proof = await view.getProof(address, keys, number)
  if (proof === undefined) throw stateNotKept(view, number)
  return proof
}

/** EIP-1186; a key is repeated in the form that it was asked for. */
function proofJson(address: Uint8Array, keys: RequestedKey[], proof: ViewProof): object {
  return {
    address: hexData(address),
    accountProof: proof.accountProof.map(hexData),
    balance: hexQuantity(proof.balance),
    codeHash: hexData(proof.codeHash),
    nonce: hexQuantity(proof.nonce),
    storageHash: hexData(proof.storageHash),
    storageProof: proof.storageProof.map(({ key, value, proof: nodes }, i) => ({
      key: keys[i]?.isWord === false ? hexQuantity(BigInt(hexData(key))) : hexData(key),
      value: hexQuantity(value.length === 0 ? 0n : BigInt(hexData(value))),
      proof: nodes.map(hexData),
    })),
  }
}
