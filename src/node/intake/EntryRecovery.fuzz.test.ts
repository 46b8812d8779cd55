import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, Prng, toBigInt } from '../../lib/index.ts'
import {
  addressOfPublicKey,
  authorizationHash,
  encodeTransaction,
  FORKS,
  ManySigners,
  preparedEntries,
  publicKeyOf,
  signHash,
  signingHash,
  type Transaction,
} from '../../protocol/index.ts'
import type { EntryRun } from '../../sequencer/index.ts'
import { EntryRecovery } from './EntryRecovery.ts'
import { IntakeReader } from './IntakeReader.ts'
import { IntakeRing } from './IntakeRing.ts'
import { IntakeWriter } from './IntakeWriter.ts'
import { prepareTransaction } from './prepareTransactions.ts'

const RULES = { chainId: 31337n, blockGasLimit: 20_000_000n }
const KEYS = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte))
const SENDERS = KEYS.map((key) => addressOfPublicKey(publicKeyOf(key, false)))

describe('EntryRecovery', () => {
  it('gives what the readable path gives, in order, whatever comes', () => {
    const seed = Number(process.env.FUZZ_SEED ?? 1)
    const random = new Prng(seed)
    const ring = new IntakeRing()
    const writer = new IntakeWriter(ring)
    const reader = new IntakeReader(ring.memory)
    const many = new ManySigners()
    const recovery = new EntryRecovery(ring, RULES, many)
    const seen = new Set<string>()
    for (let round = 0; round < 60; round++) {
      const fork = random.pick(FORKS.slice(1))
      const raws = Array.from({ length: 1 + random.nextInt(20) }, () => randomRaw(random))
      const expected = raws.map((raw) => prepareTransaction(raw, { ...RULES, fork }))
      const cells = raws.map((raw, i) => writer.add(raw, randomClaim(expected[i]!, random))!)
      const frame = writer.publish(fork)
      const { refusals } = recovery.recover(frame)
      const entries = reader.take()!.flatMap((run) => entriesOf(run))
      const accepted = expected.flatMap((item, i) => (item.kind === 'ready' ? [{ item, i }] : []))
      const message = `seed ${seed}, round ${round}`
      assert.deepEqual(
        entries.map(({ transaction }) => transaction),
        accepted.map(({ item }) => item.transaction),
        message,
      )
      assert.deepEqual(
        entries.map(({ ticket }) => ticket % 32),
        accepted.map(({ i }) => i),
        message,
      )
      assert.deepEqual(
        refusals,
        expected.flatMap((item, i) => (item.kind === 'refused' ? [{ cell: cells[i], refusal: item }] : [])),
        message,
      )
      for (const cell of cells) writer.free(cell)
      many.learn()
      for (const item of expected) seen.add(item.kind === 'refused' ? item.code : item.kind)
    }
    // The generator reaches what it is made for.
    for (const code of ['ready', ...REFUSALS]) assert.ok(seen.has(code), `seed ${seed} never gave ${code}`)
  })
})

/** The right sender mostly, or none, or another that is known, or one that begins alike. */
function randomClaim(item: ReturnType<typeof prepareTransaction>, random: Prng): Uint8Array | undefined {
  const right = item.kind === 'ready' ? item.transaction.sender : SENDERS[0]!
  const alike = concatBytes(right.subarray(0, 6), random.nextBytes(14))
  return random.pick([right, right, right, right, undefined, random.pick(SENDERS), alike])
}

const REFUSALS = [
  'INVALID_CHAINID',
  'INTRINSIC_GAS_TOO_LOW',
  'INTRINSIC_GAS_BELOW_FLOOR_GAS_COST',
  'GAS_LIMIT_EXCEEDS_MAXIMUM',
  'PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS',
  'INVALID_SIGNATURE_VRS',
  'NONCE_IS_MAX',
].map((name) => `TransactionException.${name}`)

function entriesOf({ firstTicket, entries }: EntryRun) {
  return Array.from(preparedEntries(entries.slice()), ({ transaction }, i) => ({
    ...{ ticket: firstTicket! + i, transaction },
  }))
}

/** Mostly valid; some with one thing wrong, some with damaged bytes. */
function randomRaw(random: Prng): Uint8Array {
  const raw = encodeTransaction(sign(randomTransaction(random), random))
  if (random.nextInt(6) !== 0) return raw
  const damaged = raw.slice(0, random.nextInt(4) === 0 ? random.nextInt(raw.length) : raw.length)
  for (let i = random.nextInt(3); i >= 0 && damaged.length > 0; i--)
    damaged[random.nextInt(damaged.length)] = random.nextInt(256)
  return damaged
}

function randomTransaction(random: Prng): Transaction {
  const type = random.pick([0, 0, 1, 2, 2, 2, 4] as const)
  const accessList = Array.from({ length: random.nextInt(3) }, () => ({
    address: random.nextBytes(20),
    storageKeys: Array.from({ length: random.nextInt(3) }, () => random.nextBytes(32)),
  }))
  const common = {
    nonce: random.pick([0n, 1n, 300n, 2n ** 40n, 2n ** 64n - 2n, 2n ** 64n - 1n]),
    gasLimit: random.pick([
      21_000n,
      23_000n,
      25_000n,
      60_000n,
      2n ** 24n,
      2n ** 24n + 1n,
      19_000_000n,
      30_000_000n,
    ]),
    to: random.nextInt(8) === 0 ? undefined : random.nextBytes(20),
    value: random.nextBigInt(random.nextInt(128) + 1),
    data: concatBytes(random.nextBytes(random.nextInt(200)), new Uint8Array(random.nextInt(100))),
    ...{ yParity: 0 as const, r: 1n, s: 1n },
  }
  const chainId = random.nextInt(10) === 0 ? 1n : RULES.chainId
  const gasPrice = random.nextBigInt(60)
  const fees = { maxFeePerGas: 1000n, maxPriorityFeePerGas: random.pick([0n, 1000n, 1001n]) }
  if (type === 0) return { ...common, type, chainId: random.nextBool() ? chainId : undefined, gasPrice }
  if (type === 1) return { ...common, type, chainId, gasPrice, accessList }
  if (type === 2) return { ...common, type, chainId, ...fees, accessList }
  const authorizationList = Array.from({ length: random.nextInt(3) }, () => randomAuthorization(random))
  const to = common.to ?? EMPTY_ADDRESS
  return { ...common, type, to, chainId, ...fees, accessList, authorizationList }
}

const EMPTY_ADDRESS = new Uint8Array(20)

function randomAuthorization(random: Prng) {
  const unsigned = { chainId: RULES.chainId, address: random.nextBytes(20), nonce: random.nextBigInt(16) }
  const signature = signHash(authorizationHash({ ...unsigned, yParity: 0, r: 0n, s: 0n }), random.pick(KEYS))
  const isVoid = random.nextInt(3) === 0
  return {
    ...unsigned,
    yParity: isVoid ? 7 : signature.yParity,
    r: toBigInt(signature.r),
    s: toBigInt(signature.s),
  }
}

function sign(transaction: Transaction, random: Prng): Transaction {
  // r that is no x coordinate of the curve, for instance.
  if (random.nextInt(12) === 0)
    return { ...transaction, r: random.nextBigInt(256), s: random.nextBigInt(254) }
  const { r, s, yParity } = signHash(signingHash(transaction), random.pick(KEYS))
  return { ...transaction, r: toBigInt(r), s: toBigInt(s), yParity }
}
