import { keccak256Into } from '../../kernels/index.ts'
import { DIFF_ACCOUNT_BYTES, DIFF_SLOT_BYTES, EMPTY_CODE_HASH } from '../../protocol/index.ts'
import {
  ACCOUNT_BALANCE_AT,
  ACCOUNT_CODE_AT,
  ACCOUNT_NONCE_AT,
  CODE_EMPTY,
  CODE_OF_DIFF,
  CODE_TOLD,
  DIFF_AS_IT_IS,
  DIFF_CORRECTED,
  type ExpectedAccount,
  MAX_TOLD_NONCE,
  TELLS_BALANCE,
  TELLS_DELETION,
  TELLS_NONCE,
} from './accountForms.ts'
import { BodyError } from './BodyError.ts'
import type { ColumnReader, ColumnReaders } from './columns.ts'
import type { Dictionary } from './Dictionary.ts'
import { readValue } from './diffForms.ts'
import { CORRECT, DROP, EXCEPTION_KINDS } from './diffScript.ts'
import type { OldState } from './OldState.ts'
import type { Output } from './Output.ts'
import { oldAccount } from './oldAccount.ts'
import type { Prediction } from './Prediction.ts'
import { readOldSlot } from './SlotOverlay.ts'
import { copyAddress, copyWord, viewOf } from './words256.ts'

/** Told of an account beside its code's hash. */
const CODE_FORMS = CODE_TOLD
const KNOWN_FORMS = TELLS_DELETION | TELLS_NONCE | TELLS_BALANCE | CODE_FORMS

type Code = { hash: Uint8Array; code: Uint8Array }

/** Reads what a DiffEncoder wrote, and writes the diff behind the transactions. */
export class DiffDecoder {
  readonly #dictionary: Dictionary
  readonly #columns: ColumnReaders
  readonly #oldState: OldState
  readonly #output: Output
  readonly #word = new Uint8Array(32)
  readonly #name = new Uint8Array(52)
  readonly #old = new Uint8Array(32)

  constructor(
    dictionary: Dictionary,
    columns: ColumnReaders,
    { oldState, output }: { oldState: OldState; output: Output },
  ) {
    this.#dictionary = dictionary
    this.#columns = columns
    this.#oldState = oldState
    this.#output = output
  }

  /** Writes length and diff. */
  next(prediction: Prediction): void {
    const { diffs, diffTexts } = this.#columns
    const output = this.#output
    const form = diffs.u8()
    if (form === DIFF_AS_IT_IS) {
      const length = diffs.varint()
      const at = diffTexts.take(length)
      output.u32(length)
      output.copy(diffTexts.bytes, at, at + length)
      return
    }
    if (form !== DIFF_CORRECTED) throw new BodyError('VALUE', `a diff of form ${form}`)
    const codes = this.#readCodes()
    const start = output.grow(4)
    this.#writeAccounts(prediction, codes)
    this.#writeSlots(prediction)
    output.u32(codes.length)
    for (const { hash, code } of codes) {
      output.copy(hash, 0, 32)
      output.u32(code.length)
      output.copy(code, 0, code.length)
    }
    output.u32At(start, output.length - start - 4)
  }

  #readCodes(): Code[] {
    const { diffs, diffTexts } = this.#columns
    const codes: Code[] = []
    for (let left = diffs.varint(); left > 0; left--) {
      const code = diffTexts.part(diffs.varint())
      const hash = new Uint8Array(32)
      keccak256Into(code, hash, 0)
      codes.push({ hash, code })
    }
    return codes
  }

  // ---------------------------------------------------------------------------------------------------- accounts

  #writeAccounts(prediction: Prediction, codes: readonly Code[]): void {
    const { accounts: overlay } = prediction
    const { diffs } = this.#columns
    const { addresses } = this.#dictionary
    const output = this.#output
    const countAt = output.grow(4)
    const expectedOf = (place: number): ExpectedAccount => ({
      nonce: overlay.nonces[place]!,
      balance: overlay.balances,
      balanceAt: place * 32,
      codeHash: overlay.codeHash(place),
    })
    this.#follow(overlay, {
      keep: (place) => {
        const at = output.grow(DIFF_ACCOUNT_BYTES)
        const target = output.view
        copyAddress(target, at, addresses.view, overlay.ids[place]! * 20)
        target.setUint8(at + 20, 0)
        writeNonce(target, at + ACCOUNT_NONCE_AT, overlay.nonces[place]!)
        copyWord(target, at + ACCOUNT_BALANCE_AT, overlay.balancesView, place * 32)
        overlay.copyCodeHash(place, target, at + ACCOUNT_CODE_AT)
      },
      correct: (place) => {
        const { ids } = overlay
        output.copy(addresses.bytes, ids[place]! * 20, ids[place]! * 20 + 20)
        this.#readAccount(expectedOf(place), codes)
      },
      insert: () => {
        const address = this.#readReference(diffs)
        output.copy(address, 0, 20)
        this.#readAccount(oldAccount(this.#oldState, address), codes)
      },
    })
    output.u32At(countAt, (output.length - countAt - 4) / DIFF_ACCOUNT_BYTES)
  }

  /** Writes an account behind its address. */
  #readAccount(expected: ExpectedAccount, codes: readonly Code[]): void {
    const { diffs, values } = this.#columns
    const output = this.#output
    const told = diffs.u8()
    const at = output.grow(DIFF_ACCOUNT_BYTES - 20) - 20
    output.bytes.fill(0, at + 20, at + DIFF_ACCOUNT_BYTES)
    if (told === TELLS_DELETION) {
      output.bytes[at + 20] = 1
      return
    }
    if ((told & ~KNOWN_FORMS) !== 0 || (told & TELLS_DELETION) !== 0)
      throw new BodyError('VALUE', `an account of form ${told}`)
    const nonce = expected.nonce + ((told & TELLS_NONCE) !== 0 ? diffs.signed() : 0)
    if (nonce < 0 || nonce > MAX_TOLD_NONCE) throw new BodyError('VALUE', `a nonce of ${nonce}`)
    writeNonce(output.view, at + ACCOUNT_NONCE_AT, nonce)
    const { balance, balanceAt } = expected
    if ((told & TELLS_BALANCE) !== 0) readValue({ forms: diffs, values }, balance, balanceAt, this.#word)
    else this.#word.set(balance.subarray(balanceAt, balanceAt + 32))
    output.bytes.set(this.#word, at + ACCOUNT_BALANCE_AT)
    output.bytes.set(this.#codeHash(told & CODE_FORMS, expected, codes), at + ACCOUNT_CODE_AT)
  }

  #codeHash(form: number, expected: ExpectedAccount, codes: readonly Code[]): Uint8Array {
    if (form === CODE_TOLD) return this.#columns.values.part(32)
    if (form === CODE_EMPTY) return EMPTY_CODE_HASH
    if (form !== CODE_OF_DIFF) return expected.codeHash
    const index = this.#columns.diffs.varint()
    const code = codes[index]
    if (code === undefined) throw new BodyError('REFERENCE', `code ${index} of ${codes.length}`)
    return code.hash
  }

  // ------------------------------------------------------------------------------------------------------- slots

  #writeSlots({ slots: overlay }: Prediction): void {
    const { diffs, values } = this.#columns
    const output = this.#output
    const countAt = output.grow(4)
    this.#follow(overlay, {
      keep: (place) => {
        const at = output.grow(DIFF_SLOT_BYTES)
        copyAddress(output.view, at, overlay.namesView, place * 52)
        copyWord(output.view, at + 20, overlay.namesView, place * 52 + 20)
        copyWord(output.view, at + 52, overlay.valuesView, place * 32)
      },
      correct: (place) => {
        readValue({ forms: diffs, values }, overlay.values, place * 32, this.#word)
        output.copy(overlay.names, place * 52, place * 52 + 52)
        output.copy(this.#word, 0, 32)
      },
      insert: () => {
        const name = this.#readSlot()
        readOldSlot(this.#oldState, viewOf(name), 0, viewOf(this.#old), 0)
        readValue({ forms: diffs, values }, this.#old, 0, this.#word)
        output.copy(name, 0, 52)
        output.copy(this.#word, 0, 32)
      },
    })
    output.u32At(countAt, (output.length - countAt - 4) / DIFF_SLOT_BYTES)
  }

  #readSlot(): Uint8Array {
    const { diffSlots } = this.#dictionary
    const number = this.#columns.diffs.varint()
    if (number > 0) return diffSlots.item(diffSlots.check(number - 1))
    readSlotName(this.#columns.diffSlots, (column) => this.#readReference(column), this.#name)
    diffSlots.add(this.#name, 0)
    return this.#name
  }

  #readReference(column: ColumnReader): Uint8Array {
    const { diffAddresses } = this.#dictionary
    const number = column.varint()
    if (number === diffAddresses.count * 2 + 1) {
      const { diffAddresses: told } = this.#columns
      diffAddresses.add(told.bytes, told.take(20))
    }
    return addressAt(this.#dictionary, number)
  }

  /** Goes through what was predicted and the exceptions to it. */
  #follow(
    overlay: { count: number; isChanged(place: number): boolean },
    told: { keep(place: number): void; correct(place: number): void; insert(): void },
  ): void {
    const { diffs } = this.#columns
    let place = nextChanged(overlay, 0)
    for (let left = diffs.varint(); left > 0; left--) {
      const step = diffs.varint()
      const kind = step % EXCEPTION_KINDS
      for (let kept = (step - kind) / EXCEPTION_KINDS; kept > 0; kept--) {
        told.keep(expectedPlace(overlay, place))
        place = nextChanged(overlay, place + 1)
      }
      if (kind === CORRECT || kind === DROP) {
        expectedPlace(overlay, place)
        if (kind === CORRECT) told.correct(place)
        place = nextChanged(overlay, place + 1)
      } else told.insert()
    }
    for (; place < overlay.count; place = nextChanged(overlay, place + 1)) told.keep(place)
  }
}

/** Reads the description of a slot: its contract, its key without leading zeros. */
export function readSlotName(
  column: ColumnReader,
  readReference: (column: ColumnReader) => Uint8Array,
  name: Uint8Array,
): void {
  name.fill(0)
  name.set(readReference(column))
  const length = column.u8()
  if (length > 32) throw new BodyError('VALUE', `a key of ${length} bytes`)
  name.set(column.part(length), 52 - length)
}

/** An address among those of transactions (even numbers) or of diffs (odd). */
export function addressAt({ addresses, diffAddresses }: Dictionary, number: number): Uint8Array {
  const id = Math.floor(number / 2)
  return number % 2 === 0
    ? addresses.address(addresses.check(id))
    : diffAddresses.item(diffAddresses.check(id))
}

function nextChanged(overlay: { count: number; isChanged(place: number): boolean }, from: number): number {
  let place = from
  while (place < overlay.count && !overlay.isChanged(place)) place++
  return place
}

function expectedPlace({ count }: { count: number }, place: number): number {
  if (place >= count) throw new BodyError('REFERENCE', 'more entries are kept than are expected')
  return place
}

function writeNonce(target: DataView, at: number, nonce: number): void {
  target.setUint32(at, Math.floor(nonce / 2 ** 32))
  target.setUint32(at + 4, nonce % 2 ** 32)
}
