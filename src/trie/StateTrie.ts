import { keccak256 } from '../kernels/index.ts'
import { bytesToHex, equalBytes, fromBigIntMinimal, padLeft, toBigInt } from '../lib/index.ts'
import { ACCOUNT_DELETED, EMPTY_CODE_HASH } from '../protocol/index.ts'
import { decodeList } from './nodeCodec.ts'
import { Trie } from './Trie.ts'
import { WitnessError, type WitnessNodes } from './WitnessNodes.ts'

/**
 * Ethereum's state trie with the storage tries below it (Yellow Paper section 4.1), immutable like {@link Trie}: `apply`
 * returns the state after a diff, and older states stay readable and provable as long as somebody holds them.
 * Code is not kept, only its hash.
 */
export class StateTrie {
  readonly #accounts: Trie<Account>

  private constructor(accounts: Trie<Account>) {
    this.#accounts = accounts
  }

  static empty(): StateTrie {
    return new StateTrie(Trie.emptyOf<Account>())
  }

  /**
   * The part of a state that a witness shows (CompactStateTrie.witness): all that it was made for can be read, changed and
   * deleted, and the root computed. Nodes that don't belong to the state are passed over.
   *
   * All methods throw MissingNodeError where a walk leaves the witness, and WitnessError at a node that is none.
   *
   * @param root - 32 bytes, of the whole state.
   */
  static fromWitness(root: Uint8Array, nodes: WitnessNodes): StateTrie {
    return new StateTrie(nodes.trie(root, (value) => accountFrom(value, nodes)))
  }

  /**
   * The state after an encoded diff (protocol/StateDiff.ts). Slots may belong to accounts that the diff does not list;
   * those of an account that it deletes are passed over.
   *
   * @throws StateTrieError if the diff is malformed, or sets a slot of an account that does not exist.
   */
  apply(diff: Uint8Array): StateTrie {
    const reader = new DiffReader(diff)
    const changes = new Map<string, PendingAccount>()
    this.#readAccounts(reader, changes)
    this.#readSlots(reader, changes)
    reader.checkCodes()
    let accounts = this.#accounts
    for (const { key, account } of changes.values()) {
      accounts = account === undefined ? accounts.delete(key) : accounts.put(key, account)
    }
    return accounts === this.#accounts ? this : new StateTrie(accounts)
  }

  #readAccounts(reader: DiffReader, changes: Map<string, PendingAccount>): void {
    for (let left = reader.count(ACCOUNT_BYTES); left > 0; left--) {
      const address = reader.take(20)
      const flags = reader.take(1)[0]!
      const nonce = toBigInt(reader.take(8))
      const balance = toBigInt(reader.take(32))
      // A copy, so that the trie does not keep the whole diff alive.
      const codeHash = reader.take(32).slice()
      const key = keccak256(address)
      const storage = this.#accounts.get(key)?.storage ?? Trie.empty
      const account =
        (flags & ACCOUNT_DELETED) !== 0 ? undefined : new Account(nonce, balance, codeHash, storage)
      changes.set(mapKey(address), { key, account, listed: true })
    }
  }

  #readSlots(reader: DiffReader, changes: Map<string, PendingAccount>): void {
    let address: Uint8Array | undefined
    let pending: PendingAccount | undefined
    for (let left = reader.count(SLOT_BYTES); left > 0; left--) {
      const slotAddress = reader.take(20)
      const slot = reader.take(32)
      const value = reader.take(32)
      // Slots of one account mostly stand together.
      if (pending === undefined || address === undefined || !equalBytes(slotAddress, address)) {
        address = slotAddress
        pending = this.#pendingAccount(address, changes)
      }
      if (pending.account !== undefined) pending.account = pending.account.withSlot(slot, value)
      else if (!pending.listed && !isZero(value)) {
        throw new StateTrieError(
          'NO_ACCOUNT',
          `sets slot ${bytesToHex(slot)} of ${bytesToHex(address)}, which is neither in the state nor in the diff`,
        )
      }
    }
  }

  #pendingAccount(address: Uint8Array, changes: Map<string, PendingAccount>): PendingAccount {
    let pending = changes.get(mapKey(address))
    if (pending === undefined) {
      const key = keccak256(address)
      pending = { key, account: this.#accounts.get(key), listed: false }
      changes.set(mapKey(address), pending)
    }
    return pending
  }

  /** 32 bytes. Hashes what changed since the last root. */
  root(): Uint8Array {
    return this.#accounts.root()
  }

  /** Undefined if the account does not exist. */
  account(address: Uint8Array): TrieAccount | undefined {
    const account = this.#accounts.get(keccak256(address))
    if (account === undefined) return undefined
    const { nonce, balance, codeHash } = account
    return { nonce, balance, codeHash, storageRoot: account.storage.root() }
  }

  /** 32 bytes, zero if the slot or the account does not exist. `key` has 32 bytes. */
  storage(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.#accounts.get(keccak256(address))?.slot(key) ?? new Uint8Array(32)
  }

  /**
   * EIP-1186 proof of an account and of some of its slots, present or absent; `keys` and `value`s have 32 bytes. An
   * account that does not exist has the code hash and storage root of an empty one.
   */
  proof(address: Uint8Array, keys: readonly Uint8Array[]): StateProof {
    const hashedAddress = keccak256(address)
    const account = this.#accounts.get(hashedAddress) ?? new Account(0n, 0n, EMPTY_CODE_HASH, Trie.empty)
    return {
      nonce: account.nonce,
      balance: account.balance,
      codeHash: account.codeHash,
      storageHash: account.storage.root(),
      accountProof: this.#accounts.prove(hashedAddress),
      storageProof: keys.map((key) => ({
        key,
        value: account.slot(key),
        proof: account.storage.prove(keccak256(key)),
      })),
    }
  }
}

export type TrieAccount = {
  nonce: bigint
  /** Wei. */
  balance: bigint
  codeHash: Uint8Array
  storageRoot: Uint8Array
}

/** EIP-1186; proofs are RLP nodes from the root on. */
export type StateProof = {
  nonce: bigint
  balance: bigint
  codeHash: Uint8Array
  storageHash: Uint8Array
  accountProof: Uint8Array[]
  storageProof: { key: Uint8Array; value: Uint8Array; proof: Uint8Array[] }[]
}

type PendingAccount = { key: Uint8Array; account: Account | undefined; listed: boolean }

/** An account with its storage trie: leaf of the state trie, encoded (which needs the storage root) only when hashed. */
class Account {
  readonly nonce: bigint
  readonly balance: bigint
  readonly codeHash: Uint8Array
  readonly storage: Trie

  constructor(nonce: bigint, balance: bigint, codeHash: Uint8Array, storage: Trie) {
    this.nonce = nonce
    this.balance = balance
    this.codeHash = codeHash
    this.storage = storage
  }

  slot(key: Uint8Array): Uint8Array {
    const stored = this.storage.get(keccak256(key))
    if (stored === undefined) return new Uint8Array(32)
    return padLeft(stored[0]! < 0x80 ? stored : stored.subarray(1), 32)
  }

  withSlot(key: Uint8Array, value: Uint8Array): Account {
    const hashedKey = keccak256(key)
    const storage = isZero(value)
      ? this.storage.delete(hashedKey)
      : this.storage.put(hashedKey, rlpWord(value))
    if (storage === this.storage) return this
    return new Account(this.nonce, this.balance, this.codeHash, storage)
  }

  /** rlp([nonce, balance, storageRoot, codeHash]), Yellow Paper equation 10. */
  encode(): Uint8Array {
    const nonce = rlpInteger(this.nonce)
    const balance = rlpInteger(this.balance)
    const payloadLength = nonce.length + balance.length + 66
    const encoded = new Uint8Array(2 + payloadLength)
    encoded[0] = 0xf8
    encoded[1] = payloadLength
    encoded.set(nonce, 2)
    encoded.set(balance, 2 + nonce.length)
    const rootOffset = 2 + nonce.length + balance.length
    encoded[rootOffset] = 0xa0
    encoded.set(this.storage.root(), rootOffset + 1)
    encoded[rootOffset + 33] = 0xa0
    encoded.set(this.codeHash, rootOffset + 34)
    return encoded
  }
}

/** Inverse of {@link Account.encode}. */
function accountFrom(encoded: Uint8Array, nodes: WitnessNodes): Account {
  const [nonce, balance, storageRoot, codeHash] = decodeList(encoded) ?? []
  if (storageRoot?.payload.length !== 32 || codeHash?.payload.length !== 32)
    throw new WitnessError('a leaf of the state holds no account')
  const storage = nodes.trie(storageRoot.payload, (value) => value)
  return new Account(toBigInt(nonce!.payload), toBigInt(balance!.payload), codeHash.payload, storage)
}

function rlpInteger(value: bigint): Uint8Array {
  return rlpShort(fromBigIntMinimal(value))
}

/** RLP of a big-endian 32-byte integer that is not zero. */
function rlpWord(value: Uint8Array): Uint8Array {
  let start = 0
  while (value[start] === 0) start++
  return rlpShort(value.slice(start))
}

function rlpShort(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes
  const encoded = new Uint8Array(1 + bytes.length)
  encoded[0] = 0x80 + bytes.length
  encoded.set(bytes, 1)
  return encoded
}

function isZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false
  return true
}

function mapKey(address: Uint8Array): string {
  let key = ''
  for (const byte of address) key += String.fromCharCode(byte)
  return key
}

const ACCOUNT_BYTES = 93
const SLOT_BYTES = 84

/** Reads an encoded StateDiff in order, without making objects of it. */
class DiffReader {
  readonly #diff: Uint8Array
  #offset = 0

  constructor(diff: Uint8Array) {
    this.#diff = diff
  }

  /** A little-endian u32 that counts items of at least `itemBytes`. */
  count(itemBytes: number): number {
    const [a, b, c, d] = this.take(4)
    const count = (a! | (b! << 8) | (c! << 16) | (d! << 24)) >>> 0
    if (count * itemBytes > this.#diff.length - this.#offset) {
      throw new StateTrieError('MALFORMED_DIFF', `ends before ${count} items of ${itemBytes} bytes`)
    }
    return count
  }

  take(length: number): Uint8Array {
    const end = this.#offset + length
    if (end > this.#diff.length) {
      throw new StateTrieError('MALFORMED_DIFF', `has ${this.#diff.length} bytes where ${end} are needed`)
    }
    const bytes = this.#diff.subarray(this.#offset, end)
    this.#offset = end
    return bytes
  }

  checkCodes(): void {
    for (let left = this.count(36); left > 0; left--) {
      this.take(32)
      this.take(this.count(1))
    }
    if (this.#offset !== this.#diff.length) {
      throw new StateTrieError(
        'MALFORMED_DIFF',
        `has ${this.#diff.length - this.#offset} bytes after its end`,
      )
    }
  }
}

/** A state diff that can't be applied: the state it was made for is another one, or its bytes are damaged. */
export class StateTrieError extends Error {
  override readonly name = 'StateTrieError'
  readonly code: 'MALFORMED_DIFF' | 'NO_ACCOUNT'

  constructor(code: 'MALFORMED_DIFF' | 'NO_ACCOUNT', what: string) {
    super(
      `State diff can't be applied: it ${what}.\n  next: rebuild the trie from the log's start; if this repeats, the log is damaged.`,
    )
    this.code = code
  }
}
