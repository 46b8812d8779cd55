import { EMPTY_BYTES, toBigInt } from '../lib/index.ts'
import type { AccessListEntry } from './AccessListEntry.ts'
import type { Authorization } from './Authorization.ts'
import type { RlpValue } from './rlp.ts'
import {
  type TransactionExceptionCode,
  type TransactionFailure,
  transactionFailure,
} from './TransactionException.ts'

type FailureName = TransactionExceptionCode extends `TransactionException.${infer Name}` ? Name : never

/** How an integer field fails: too many bytes, or leading zeros. */
type IntegerRule = { field: string; size: number; tooLarge: FailureName; leadingZeros: FailureName }

const ADDRESS_SIZE = 20
const HASH_SIZE = 32

const NONCE = integerRule('nonce', 8, 'NONCE_OVERFLOW', 'RLP_LEADING_ZEROS_NONCE')
const GAS_LIMIT = integerRule('gasLimit', 8, 'GASLIMIT_OVERFLOW', 'RLP_LEADING_ZEROS_GASLIMIT')
const GAS_PRICE = integerRule('gasPrice', 32, 'GASPRICE_OVERFLOW', 'RLP_LEADING_ZEROS_GASPRICE')
const MAX_FEE = integerRule('maxFeePerGas', 32, 'GASPRICE_OVERFLOW', 'RLP_LEADING_ZEROS_BASEFEE')
const PRIORITY = integerRule(
  'maxPriorityFeePerGas',
  32,
  'PRIORITY_OVERFLOW',
  'RLP_LEADING_ZEROS_PRIORITY_FEE',
)
const BLOB_FEE = integerRule('maxFeePerBlobGas', 32, 'RLP_INVALID_VALUE', 'RLP_INVALID_VALUE')
const VALUE = integerRule('value', 32, 'VALUE_OVERFLOW', 'RLP_LEADING_ZEROS_VALUE')
const CHAIN_ID = integerRule('chainId', 32, 'INVALID_CHAINID', 'RLP_INVALID_VALUE')
const V = integerRule('v', 32, 'INVALID_SIGNATURE_VRS', 'RLP_LEADING_ZEROS_V')
const R = integerRule('r', 32, 'RLP_INVALID_SIGNATURE_R', 'RLP_LEADING_ZEROS_R')
const S = integerRule('s', 32, 'RLP_INVALID_SIGNATURE_S', 'RLP_LEADING_ZEROS_S')

const AUTHORIZATION = 'TYPE_4_INVALID_AUTHORIZATION_FORMAT'
const AUTHORIZATION_CHAIN_ID = integerRule('authorization chainId', 32, AUTHORIZATION, AUTHORIZATION)
const AUTHORIZATION_NONCE = integerRule('authorization nonce', 8, AUTHORIZATION, AUTHORIZATION)
const AUTHORIZATION_PARITY = integerRule('authorization yParity', 1, AUTHORIZATION, AUTHORIZATION)
const AUTHORIZATION_R = integerRule('authorization r', 32, AUTHORIZATION, AUTHORIZATION)
const AUTHORIZATION_S = integerRule('authorization s', 32, AUTHORIZATION, AUTHORIZATION)

/**
 * Reads a transaction's RLP items in order, each by the rule of its field. The first broken rule stays in `failure`;
 * what is read after it has no meaning.
 */
export class FieldReader {
  failure: TransactionFailure | undefined
  readonly #items: readonly RlpValue[]
  #next = 0

  constructor(items: readonly RlpValue[]) {
    this.#items = items
  }

  nonce(): bigint {
    return this.#integer(this.#take(), NONCE)
  }

  gasLimit(): bigint {
    return this.#integer(this.#take(), GAS_LIMIT)
  }

  gasPrice(): bigint {
    return this.#integer(this.#take(), GAS_PRICE)
  }

  maxFeePerGas(): bigint {
    return this.#integer(this.#take(), MAX_FEE)
  }

  maxPriorityFeePerGas(): bigint {
    return this.#integer(this.#take(), PRIORITY)
  }

  maxFeePerBlobGas(): bigint {
    return this.#integer(this.#take(), BLOB_FEE)
  }

  value(): bigint {
    return this.#integer(this.#take(), VALUE)
  }

  chainId(): bigint {
    return this.#integer(this.#take(), CHAIN_ID)
  }

  data(): Uint8Array {
    return this.#bytes(this.#take(), 'data', 'RLP_INVALID_DATA')
  }

  recipient(): Uint8Array | undefined {
    const bytes = this.#bytes(this.#take(), 'to', 'RLP_INVALID_TO')
    if (bytes.length === 0) return undefined
    this.#checkSize(bytes, ADDRESS_SIZE, 'to', 'ADDRESS_TOO_SHORT', 'ADDRESS_TOO_LONG')
    return bytes
  }

  requiredRecipient(missing: FailureName): Uint8Array {
    const to = this.recipient()
    if (to !== undefined) return to
    this.#fail(missing, 'this type of transaction cannot create a contract')
    return EMPTY_BYTES
  }

  accessList(): AccessListEntry[] {
    return this.#list(this.#take(), 'accessList', 'RLP_INVALID_DATA').map((item) => {
      const fields = this.#tuple(item, 2, 'accessList entry', 'RLP_INVALID_DATA')
      const address = this.#bytes(fields[0], 'accessList address', 'RLP_INVALID_DATA')
      this.#checkSize(
        address,
        ADDRESS_SIZE,
        'accessList address',
        'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT',
        'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG',
      )
      return { address, storageKeys: this.#storageKeys(fields[1]) }
    })
  }

  blobVersionedHashes(): Uint8Array[] {
    const name = 'blobVersionedHashes'
    return this.#list(this.#take(), name, 'RLP_INVALID_DATA').map((item) => {
      const hash = this.#bytes(item, name, 'RLP_INVALID_DATA')
      const wrong = 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH'
      this.#checkSize(hash, HASH_SIZE, name, wrong, wrong)
      return hash
    })
  }

  authorizationList(): Authorization[] {
    return this.#list(this.#take(), 'authorizationList', AUTHORIZATION).map((item) => {
      const fields = this.#tuple(item, 6, 'authorization', AUTHORIZATION)
      const address = this.#bytes(fields[1], 'authorization address', AUTHORIZATION)
      this.#checkSize(address, ADDRESS_SIZE, 'authorization address', AUTHORIZATION, AUTHORIZATION)
      return {
        chainId: this.#integer(fields[0], AUTHORIZATION_CHAIN_ID),
        address,
        nonce: this.#integer(fields[2], AUTHORIZATION_NONCE),
        yParity: Number(this.#integer(fields[3], AUTHORIZATION_PARITY)),
        r: this.#integer(fields[4], AUTHORIZATION_R),
        s: this.#integer(fields[5], AUTHORIZATION_S),
      }
    })
  }

  yParity(): 0 | 1 {
    const parity = this.#integer(this.#take(), V)
    if (parity > 1n)
      this.#fail('INVALID_SIGNATURE_VRS', `invalid transaction v, r, s values: yParity ${parity}`)
    return parity === 1n ? 1 : 0
  }

  legacyV(): { chainId: bigint | undefined; yParity: 0 | 1 } {
    const v = this.#integer(this.#take(), V)
    if (v === 27n || v === 28n) return { chainId: undefined, yParity: v === 28n ? 1 : 0 }
    if (v < 35n) this.#fail('INVALID_SIGNATURE_VRS', `invalid transaction v, r, s values: v ${v}`)
    return { chainId: (v - 35n) / 2n, yParity: v % 2n === 0n ? 1 : 0 }
  }

  signature(): { r: bigint; s: bigint } {
    return { r: this.#integer(this.#take(), R), s: this.#integer(this.#take(), S) }
  }

  #storageKeys(item: RlpValue | undefined): Uint8Array[] {
    return this.#list(item, 'storageKeys', 'RLP_INVALID_DATA').map((keyItem) => {
      const key = this.#bytes(keyItem, 'storage key', 'RLP_INVALID_DATA')
      this.#checkSize(
        key,
        HASH_SIZE,
        'storage key',
        'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT',
        'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG',
      )
      return key
    })
  }

  #take(): RlpValue | undefined {
    return this.#items[this.#next++]
  }

  #bytes(item: RlpValue | undefined, field: string, wrong: FailureName): Uint8Array {
    if (item instanceof Uint8Array) return item
    this.#fail(wrong, `${field} is a list where a byte string belongs`)
    return EMPTY_BYTES
  }

  #list(item: RlpValue | undefined, field: string, wrong: FailureName): RlpValue[] {
    if (item !== undefined && !(item instanceof Uint8Array)) return item
    this.#fail(wrong, `${field} is a byte string where a list belongs`)
    return []
  }

  #tuple(item: RlpValue | undefined, length: number, field: string, wrong: FailureName): RlpValue[] {
    const items = this.#list(item, field, wrong)
    if (items.length !== length) this.#fail(wrong, `${field} has ${items.length} fields instead of ${length}`)
    return items
  }

  #integer(item: RlpValue | undefined, rule: IntegerRule): bigint {
    const bytes = this.#bytes(item, rule.field, rule.tooLarge)
    if (bytes[0] === 0) {
      this.#fail(rule.leadingZeros, `${rule.field} has leading zeros`)
    } else if (bytes.length > rule.size) {
      this.#fail(rule.tooLarge, `${rule.field} has ${bytes.length} bytes; at most ${rule.size} are allowed`)
    } else {
      return toBigInt(bytes)
    }
    return 0n
  }

  #checkSize(
    bytes: Uint8Array,
    size: number,
    field: string,
    tooShort: FailureName,
    tooLong: FailureName,
  ): void {
    if (bytes.length === size) return
    this.#fail(
      bytes.length < size ? tooShort : tooLong,
      `${field} has ${bytes.length} bytes instead of ${size}`,
    )
  }

  #fail(name: FailureName, message: string): void {
    this.failure ??= transactionFailure(name, message)
  }
}

function integerRule(
  field: string,
  size: number,
  tooLarge: FailureName,
  leadingZeros: FailureName,
): IntegerRule {
  return { field, size, tooLarge, leadingZeros }
}
