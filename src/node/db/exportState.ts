import { closeSync, fdatasyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { bytesToHex, quantity } from '../../lib/index.ts'
import { type AccountChange, decodeHeader, decodeStateDiff, type SlotChange } from '../../protocol/index.ts'
import { type SnapshotPiece, SnapshotReader } from '../../state/index.ts'
import type { Progress } from '../genesisSource.ts'

/** Text that is gathered before it is written. */
const BUFFER_CHARACTERS = 1 << 20

/**
 * Writes a snapshot as a geth-style genesis: the chain's own, with the snapshot's state as its `alloc`, and the state's
 * root as `stateHash`, which is checked when it is imported. In memory of the distinct code.
 *
 * @param genesis - text of the folder's genesis.json.
 * @param path - has its name only once it is whole.
 */
export function exportState(
  snapshot: string,
  { genesis, path, onProgress }: { genesis: string; path: string; onProgress?: Progress },
): { accounts: number; slots: number } {
  const out = new TextFile(`${path}.new`)
  try {
    const counts = writeGenesis(snapshot, genesis, { out, onProgress })
    out.finish()
    renameSync(`${path}.new`, path)
    return counts
  } catch (error) {
    out.abort()
    throw error
  }
}

function writeGenesis(
  snapshot: string,
  genesis: string,
  { out, onProgress }: { out: TextFile; onProgress: Progress | undefined },
): { accounts: number; slots: number } {
  const entries = new SnapshotReader(snapshot)
  // The slots stand behind all accounts: a second reader goes along.
  const slotReader = new SnapshotReader(snapshot)
  try {
    const slots = new SlotCursor(slotReader)
    const codes = new Map<string, string>()
    const counts = { accounts: 0, slots: 0 }
    out.write(headText(genesis, stateRootOf(entries)))
    for (const piece of entries.pieces()) {
      const { accounts, codes: newCodes } = decoded(piece)
      for (const { hash, code } of newCodes) codes.set(bytesToHex(hash), bytesToHex(code))
      for (const account of accounts) {
        const storage = slots.of(account.address)
        out.write(`${counts.accounts === 0 ? '' : ','}\n    ${accountText(account, { storage, codes })}`)
        counts.accounts++
        counts.slots += storage.length
      }
      if (piece.kind === 'slots') break
      onProgress?.({ what: 'writing the accounts', done: entries.offset, total: entries.sizeBytes })
    }
    out.write('\n  }\n}\n')
    return counts
  } finally {
    entries.close()
    slotReader.close()
  }
}

/** Everything up to the first account. */
function headText(genesis: string, stateRoot: Uint8Array): string {
  const { messagePasserStorageRoot: _, ...fields } = JSON.parse(genesis)
  const text = JSON.stringify({ ...fields, stateHash: bytesToHex(stateRoot) }, undefined, 2)
  return `${text.slice(0, text.lastIndexOf('\n'))},\n  "alloc": {`
}

function accountText(
  { address, nonce, balance, codeHash }: AccountChange,
  { storage, codes }: { storage: SlotChange[]; codes: Map<string, string> },
): string {
  const code = codes.get(bytesToHex(codeHash))
  return `"${bytesToHex(address)}": ${JSON.stringify({
    balance: quantity(balance),
    ...(nonce === 0n ? {} : { nonce: quantity(nonce) }),
    ...(code === undefined ? {} : { code }),
    ...(storage.length === 0
      ? {}
      : {
          storage: Object.fromEntries(storage.map(({ key, value }) => [bytesToHex(key), bytesToHex(value)])),
        }),
  })}`
}

function stateRootOf({ head }: SnapshotReader): Uint8Array {
  const result = decodeHeader(head.header)
  if (!result.ok) throw new Error(`a snapshot's header can't be read: ${result.message}`)
  return result.header.stateRoot
}

/** Gives the slots of accounts that are asked for in the snapshot's order. */
class SlotCursor {
  readonly #pieces: Iterator<SnapshotPiece, void>
  #slots: SlotChange[] = []
  #at = 0

  constructor(reader: SnapshotReader) {
    this.#pieces = reader.pieces()
  }

  of(address: Uint8Array): SlotChange[] {
    const found: SlotChange[] = []
    for (let slot = this.#peek(); slot !== undefined; slot = this.#peek()) {
      if (Buffer.compare(slot.address, address) !== 0) break
      found.push(slot)
      this.#at++
    }
    return found
  }

  #peek(): SlotChange | undefined {
    while (this.#at === this.#slots.length) {
      const next = this.#pieces.next()
      if (next.done === true) return undefined
      this.#slots = decoded(next.value).slots
      this.#at = 0
    }
    return this.#slots[this.#at]
  }
}

function decoded({ diff }: SnapshotPiece): {
  accounts: AccountChange[]
  slots: SlotChange[]
  codes: CodeOf[]
} {
  const result = decodeStateDiff(diff)
  if (!result.ok) throw new Error(result.message)
  return result.diff
}

type CodeOf = { hash: Uint8Array; code: Uint8Array }

/** Writes text in large pieces. */
class TextFile {
  readonly #path: string
  readonly #file: number
  #text = ''

  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'w')
  }

  write(text: string): void {
    this.#text += text
    if (this.#text.length >= BUFFER_CHARACTERS) this.#flush()
  }

  finish(): void {
    this.#flush()
    fdatasyncSync(this.#file)
    closeSync(this.#file)
  }

  abort(): void {
    closeSync(this.#file)
    rmSync(this.#path, { force: true })
  }

  #flush(): void {
    const bytes = Buffer.from(this.#text)
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#file, bytes, done)
    this.#text = ''
  }
}
