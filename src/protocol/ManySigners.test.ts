import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { RecoveryKernel } from '../kernels/index.ts'
import { bytesToHex, concatBytes, Prng, toBigInt } from '../lib/index.ts'
import { ManySigners } from './ManySigners.ts'
import { encodePrepared, preparedEntries } from './preparedTransaction.ts'
import { recoverUsual } from './recoverUsual.ts'
import { publicKeyOf, signHash } from './secp256k1.ts'
import { addressOfPublicKey } from './sender.ts'
import { decodeTransaction, encodeTransaction, signingHash, type Transaction } from './Transaction.ts'

type Signer = { key: Uint8Array; address: Uint8Array }

function signerOf(number: number): Signer {
  const key = new Prng(number).nextBytes(32)
  return { key, address: addressOfPublicKey(publicKeyOf(key, false)) }
}

let nonce = 0n

/** A transaction by a signer, with a claim of whose it is: mostly his. */
function entryOf({ key, address }: Signer, claim: Uint8Array = address) {
  const unsigned: Transaction = {
    ...{ type: 2, chainId: 31337n, nonce: nonce++, gasLimit: 21_000n, to: new Uint8Array(20).fill(7) },
    ...{ value: 1n, data: new Uint8Array(0), maxFeePerGas: 9n, maxPriorityFeePerGas: 0n, accessList: [] },
    ...{ yParity: 0, r: 1n, s: 1n },
  }
  const { r, s, yParity } = signHash(signingHash(unsigned), key)
  const raw = encodeTransaction({ ...unsigned, r: toBigInt(r), s: toBigInt(s), yParity })
  return { raw, sender: claim, authorities: [] }
}

/** With an r that is the x of no point. */
function withoutKey(raw: Uint8Array): Uint8Array {
  const decoded = decodeTransaction(raw)
  assert.ok(decoded.ok)
  return encodeTransaction({ ...decoded.transaction, r: 5n })
}

/** What recovery makes of frames, one after the other. */
class Frames {
  readonly #many = new ManySigners()
  readonly #kernel = new RecoveryKernel()

  constructor() {
    this.#kernel.setRules(31337n, 1n << 24n, 3)
    // With the first long frame it begins.
    const many = Array.from({ length: 12 }, (_, i) => signerOf(1_000_000 + i))
    this.recover(many.map((signer) => entryOf(signer, new Uint8Array(20))))
  }

  /** The senders that entries have afterwards, and whether each was confirmed. */
  recover(entries: ReturnType<typeof entryOf>[]): { senders: string[]; confirmed: boolean[] } {
    const bytes = encodePrepared(entries)
    recoverUsual(this.#kernel, bytes, entries.length, this.#many)
    const senders = Array.from(preparedEntries(bytes), ({ transaction }) => bytesToHex(transaction.sender))
    const confirmed = entries.map((_, place) => this.#kernel.isConfirmed(place))
    this.#many.learn()
    return { senders, confirmed }
  }

  /** Has keys come as often as it takes to learn them. */
  teach(signers: Signer[]): void {
    for (let start = 0; start < signers.length; start += 8)
      for (let i = 0; i < 4; i++)
        this.recover(signers.slice(start, start + 8).map((signer) => entryOf(signer)))
  }
}

const addressesOf = (signers: Signer[]) => signers.map(({ address }) => bytesToHex(address))

describe('ManySigners', () => {
  it('finds the signers of any number of transactions, unusual and refused ones between', () => {
    const signers = Array.from({ length: 128 }, (_, i) => signerOf(i))
    const frames = new Frames()
    const unclaimed = (signer: Signer) => entryOf(signer, new Uint8Array(20))
    for (const count of [1, 11, 12, 13, 31, 128]) {
      const some = signers.slice(0, count)
      assert.deepEqual(frames.recover(some.map(unclaimed)).senders, addressesOf(some))
      // A signature that leads to no key, and bytes that are no transaction: they stay as they are.
      const entries = some.map(unclaimed)
      entries[0] = { ...entries[0]!, raw: withoutKey(entries[0]!.raw) }
      if (count > 5) entries[5] = { ...entries[5]!, raw: entries[5]!.raw.slice(0, 50) }
      const expected = addressesOf(some).map((address, i) =>
        i === 0 || i === 5 ? bytesToHex(new Uint8Array(20)) : address,
      )
      assert.deepEqual(frames.recover(entries).senders, expected, `${count}`)
    }
  })

  it('confirms senders that came four times, six together or more', () => {
    const signers = Array.from({ length: 8 }, (_, i) => signerOf(i))
    const frames = new Frames()
    for (let i = 0; i < 6; i++) {
      const { senders, confirmed } = frames.recover(signers.map((signer) => entryOf(signer)))
      assert.deepEqual(senders, addressesOf(signers))
      assert.deepEqual(confirmed, Array(8).fill(i >= 4), `frame ${i}`)
    }
    const few = frames.recover(signers.slice(0, 5).map((signer) => entryOf(signer)))
    assert.deepEqual(few, { senders: addressesOf(signers.slice(0, 5)), confirmed: Array(5).fill(false) })
    // Of 128, the most that a frame has.
    const many = Array.from({ length: 128 }, (_, i) => signers[i % 8]!)
    const { senders, confirmed } = frames.recover(many.map((signer) => entryOf(signer)))
    assert.deepEqual(senders, addressesOf(many))
    assert.deepEqual(confirmed, Array(128).fill(true))
  })

  it('finds who has signed whatever is claimed, and does not learn from wrong claims', () => {
    const random = new Prng(1)
    const signers = Array.from({ length: 12 }, (_, i) => signerOf(i))
    const [known, unknown] = [signers.slice(0, 8), signers.slice(8)]
    const frames = new Frames()
    frames.teach(known)
    const [victim, ...others] = known as [Signer, ...Signer[]]
    for (let i = 0; i < 6; i++) {
      const wrong = [
        // Another who is known; nobody at all; one whose address begins like the one who is known.
        entryOf(unknown[0]!, victim.address),
        entryOf(unknown[1]!, random.nextBytes(20)),
        entryOf(victim, concatBytes(victim.address.slice(0, 6), random.nextBytes(14))),
        entryOf(victim, others[0]!.address),
        entryOf(unknown[2]!, new Uint8Array(20)),
      ]
      const { senders, confirmed } = frames.recover([...wrong, ...others.map((signer) => entryOf(signer))])
      const expected = [unknown[0]!, unknown[1]!, victim, victim, unknown[2]!, ...others]
      assert.deepEqual(senders, addressesOf(expected))
      assert.deepEqual(confirmed, [false, false, false, false, false, ...Array(7).fill(true)])
    }
  })

  it('keeps the keys that are used, and gives up one that was not for long', () => {
    const frames = new Frames()
    const all = Array.from({ length: 1024 }, (_, i) => signerOf(i))
    const late = Array.from({ length: 8 }, (_, i) => signerOf(2000 + i))
    frames.teach(all)
    const isKnown = (signers: Signer[]) => frames.recover(signers.map((signer) => entryOf(signer))).confirmed
    for (let i = 0; i < 8; i++) assert.deepEqual(isKnown(late), Array(8).fill(false), 'there is no room')
    assert.deepEqual(isKnown(all.slice(0, 8)), Array(8).fill(true))
    // Others come 65,536 times and more.
    const frame = Array.from({ length: 128 }, (_, i) => entryOf(all[512 + i]!))
    for (let i = 0; i < 530; i++) frames.recover(frame)
    for (let i = 0; i < 5; i++) isKnown(late)
    assert.deepEqual(isKnown(late), Array(8).fill(true))
    assert.deepEqual(isKnown(all.slice(512, 520)), Array(8).fill(true), 'they were used')
    assert.deepEqual(isKnown(all.slice(0, 8)), Array(8).fill(true), 'others have gone: they were used later')
    assert.equal(isKnown(all.slice(8, 16)).filter((confirmed) => confirmed).length, 0)
  })
})

describe('ManySigners where no binary of the library fits the platform', () => {
  it('finds even one signer', () => {
    const { raw } = entryOf(signerOf(3))
    const script = `
      import { registerHooks } from 'node:module'
      registerHooks({
        resolve(specifier, context, next) {
          if (specifier === 'secp256k1/bindings.js') throw new Error('no native build was found')
          return next(specifier, context)
        },
      })
      const { encodePrepared, ManySigners } = await import('./src/protocol/index.ts')
      const { RecoveryKernel } = await import('./src/kernels/index.ts')
      const kernel = new RecoveryKernel()
      kernel.setRules(31337n, 1n << 24n, 3)
      const raw = Buffer.from('${Buffer.from(raw).toString('hex')}', 'hex')
      kernel.take(encodePrepared([{ raw, sender: new Uint8Array(20), authorities: [] }]), 1)
      new ManySigners().find(kernel, 1)
      console.log(kernel.needsKey(0), Buffer.from(kernel.slots[0].publicKey.slice(1)).toString('hex'))`
    const told = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(import.meta.dirname, '../..'),
      encoding: 'utf8',
    })
    const key = Buffer.from(publicKeyOf(signerOf(3).key, false).slice(1)).toString('hex')
    assert.equal(told.trim(), `false ${key}`)
  })
})
