import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import {
  type BlockRules,
  Engine,
  executeBlock,
  type ImportOutcome,
  importBlock,
} from '../../src/execution/index.ts'
import { bytesToHex, hexToBytes, toBigInt } from '../../src/lib/index.ts'
import {
  addressOfPublicKey,
  DEVELOPER_ACCOUNTS,
  type EvmBlock,
  encodeBlock,
  encodeTransaction,
  type FeeMarketTransaction,
  FORK_RULES,
  genesisHeader,
  type Header,
  headerHash,
  localGenesis,
  nextBaseFee,
  recoverPublicKey,
  signHash,
  signingHash,
  WITHDRAWAL_REQUESTS_CONTRACT,
} from '../../src/protocol/index.ts'
import { orderedTrieRoot, StateTrie } from '../../src/trie/index.ts'
import { genesisDiff } from '../lib/genesisDiff.ts'

const RULES: BlockRules = { fork: 'Osaka', blobSchedule: FORK_RULES.Osaka.blobSchedule }
const GENESIS = localGenesis()
const CHAIN_ID = GENESIS.config.chainId
const GENESIS_DIFF = genesisDiff(GENESIS.accounts)
const GENESIS_TRIE = StateTrie.empty().apply(GENESIS_DIFF)
const PARENT = genesisHeader(GENESIS, GENESIS_TRIE.root())
const [ALICE, BOB] = DEVELOPER_ACCOUNTS.map(({ address }) => hexToBytes(address))
const PAID = new Uint8Array(20).fill(0x77)
const EMPTY_DIFF = new Uint8Array(12)

function engineAtGenesis(): Engine {
  const engine = new Engine({ memoryMiB: 256 })
  engine.applyDiff(GENESIS_DIFF)
  return engine
}

function signed(fields: Partial<FeeMarketTransaction>): Uint8Array {
  const tx: FeeMarketTransaction = {
    type: 2,
    chainId: CHAIN_ID,
    nonce: 0n,
    gasLimit: 100_000n,
    to: BOB,
    value: 5n,
    data: new Uint8Array(0),
    maxPriorityFeePerGas: 1n,
    maxFeePerGas: 10n ** 10n,
    accessList: [],
    yParity: 0,
    r: 0n,
    s: 0n,
    ...fields,
  }
  const { r, s, yParity } = signHash(signingHash(tx), hexToBytes(DEVELOPER_ACCOUNTS[0]!.privateKey))
  return encodeTransaction({ ...tx, r: toBigInt(r), s: toBigInt(s), yParity })
}

/** Emits an empty log, so that the bloom is not empty; keeps a slot. */
const INIT_CODE = hexToBytes('0x5f5fa0600160015500')
const TRANSACTIONS = [signed({}), signed({ nonce: 1n, to: undefined, value: 0n, data: INIT_CODE })]
const WITHDRAWALS = [
  { index: 0n, validatorIndex: 3n, address: PAID, amountGwei: 2n },
  { index: 1n, validatorIndex: 4n, address: new Uint8Array(20).fill(0x78), amountGwei: 0n },
]

/** The block that these give on the genesis, its header filled in from an execution of its own. */
function build(transactions: Uint8Array[]): EvmBlock {
  const header: Header = {
    ...PARENT,
    parentHash: headerHash(PARENT),
    number: 1n,
    timestamp: PARENT.timestamp + 12n,
    baseFeePerGas: nextBaseFee({ ...PARENT, baseFeePerGas: PARENT.baseFeePerGas! }),
    transactionsRoot: orderedTrieRoot(transactions),
    withdrawalsRoot: withdrawalsRoot(),
    coinbase: new Uint8Array(20).fill(0xcb),
  }
  const block: EvmBlock = { header, transactions, ommers: [], withdrawals: WITHDRAWALS }
  const engine = engineAtGenesis()
  const outcome = executeBlock(engine, block, {
    chainId: CHAIN_ID,
    rules: RULES,
    blockHash: () => headerHash(PARENT),
  })
  if (outcome.kind === 'executed') {
    header.gasUsed = outcome.gasUsed
    header.logsBloom = outcome.logsBloom
    header.receiptsRoot = orderedTrieRoot(outcome.receipts)
    header.requestsHash = outcome.requestsHash
    header.stateRoot = GENESIS_TRIE.apply(engine.takeDiff()).root()
  }
  return block
}

function withdrawalsRoot(): Uint8Array {
  // rlp([index, validatorIndex, address, amount]) by hand: 1 + 1 + 21 + 1 bytes.
  const encoded = WITHDRAWALS.map(({ index, validatorIndex, address, amountGwei }) =>
    Uint8Array.of(
      0xd8,
      Number(index) || 0x80,
      Number(validatorIndex),
      0x94,
      ...address,
      Number(amountGwei) || 0x80,
    ),
  )
  return orderedTrieRoot(encoded)
}

function importInto(engine: Engine, block: EvmBlock | Uint8Array): ImportOutcome {
  return importBlock(engine, block instanceof Uint8Array ? block : encodeBlock(block), {
    chainId: CHAIN_ID,
    rulesAt: () => RULES,
    parent: PARENT,
    blockHash: (number) => (number === 0n ? headerHash(PARENT) : undefined),
    commitment: {
      orderedRoot: orderedTrieRoot,
      stateRootAfter: (diff) => GENESIS_TRIE.apply(diff).root(),
    },
  })
}

describe('importBlock', () => {
  const block = build(TRANSACTIONS)

  it('knows who signed', () => {
    const { r, s, yParity } = signHash(
      new Uint8Array(32).fill(1),
      hexToBytes(DEVELOPER_ACCOUNTS[0]!.privateKey),
    )
    const key = recoverPublicKey(new Uint8Array(32).fill(1), Uint8Array.of(...r, ...s), yParity)
    assert.equal(bytesToHex(addressOfPublicKey(key!)), DEVELOPER_ACCOUNTS[0]!.address.toLowerCase())
  })

  it('imports a block and leaves the engine at its state', () => {
    const engine = engineAtGenesis()
    const outcome = importInto(engine, block)
    assert.ok(
      outcome.kind === 'imported',
      JSON.stringify(outcome, (_, v) => (typeof v === 'bigint' ? `${v}` : v)),
    )
    assert.deepEqual(outcome.hash, headerHash(block.header))
    assert.equal(outcome.receipts.length, 2)
    assert.deepEqual(GENESIS_TRIE.apply(outcome.diff).root(), block.header.stateRoot)
    assert.equal(engine.getAccount(PAID)?.balance, 2n * 10n ** 9n)
    assert.equal(
      engine.getAccount(WITHDRAWALS[1]!.address),
      undefined,
      'a withdrawal of nothing makes no account',
    )
    assert.equal(engine.getAccount(ALICE!)?.nonce, 2n)
    assert.deepEqual(engine.takeDiff(), EMPTY_DIFF)
    const follower = engineAtGenesis()
    follower.applyDiff(outcome.diff)
    assert.equal(follower.getAccount(PAID)?.balance, 2n * 10n ** 9n)
  })

  const zero = new Uint8Array(32)
  const headers: [Partial<Header>, string][] = [
    [{ gasUsed: block.header.gasUsed + 1n }, 'INVALID_GAS_USED'],
    [{ blobGasUsed: 131_072n }, 'INCORRECT_BLOB_GAS_USED'],
    [{ logsBloom: new Uint8Array(256) }, 'INVALID_LOG_BLOOM'],
    [{ receiptsRoot: zero }, 'INVALID_RECEIPTS_ROOT'],
    [{ requestsHash: zero }, 'INVALID_REQUESTS'],
    [{ stateRoot: zero }, 'INVALID_STATE_ROOT'],
    [{ transactionsRoot: zero }, 'INVALID_TRANSACTIONS_ROOT'],
    [{ withdrawalsRoot: zero }, 'INVALID_WITHDRAWALS_ROOT'],
    [{ parentHash: zero }, 'UNKNOWN_PARENT'],
    [{ parentBeaconBlockRoot: new Uint8Array(32).fill(1) }, 'INVALID_STATE_ROOT'],
  ]
  const cases: [name: string, block: EvmBlock | Uint8Array, code: string][] = [
    ...headers.map(([change, code]): [string, EvmBlock, string] => [
      `another ${Object.keys(change)[0]}`,
      { ...block, header: { ...block.header, ...change } },
      `BlockException.${code}`,
    ]),
    [
      'a second transaction that is not valid',
      build([TRANSACTIONS[0]!, signed({ nonce: 7n })]),
      'TransactionException.NONCE_MISMATCH_TOO_HIGH',
    ],
    [
      'a transaction of another chain',
      build([TRANSACTIONS[0]!, signed({ nonce: 1n, chainId: 5n })]),
      'TransactionException.INVALID_CHAINID',
    ],
    ['ommers', { ...block, ommers: [PARENT] }, 'BlockException.IMPORT_IMPOSSIBLE_UNCLES_OVER_PARIS'],
    ['a missing byte', encodeBlock(block).subarray(0, -1), 'BlockException.RLP_STRUCTURES_ENCODING'],
    ['no bytes', new Uint8Array(0), 'BlockException.RLP_STRUCTURES_ENCODING'],
  ]
  for (const [name, refused, code] of cases) {
    it(`refuses ${name}, and is as before`, () => {
      const engine = engineAtGenesis()
      const { exports } = engine.kernel
      const before = [exports.accountCount(), exports.slotCount()]
      const outcome = importInto(engine, refused)
      assert.ok(outcome.kind === 'refused')
      assert.equal(outcome.code, code)
      assert.deepEqual(engine.takeDiff(), EMPTY_DIFF)
      assert.deepEqual([exports.accountCount(), exports.slotCount()], before)
      assert.equal(importInto(engine, block).kind, 'imported', 'the true block still follows')
    })
  }

  it('refuses a block whose request contract is missing or fails (EIP-7002)', () => {
    for (const [code, expected] of [
      [new Uint8Array(0), 'SYSTEM_CONTRACT_EMPTY'],
      [Uint8Array.of(0xfe), 'SYSTEM_CONTRACT_CALL_FAILED'],
    ] as const) {
      const engine = engineAtGenesis()
      engine.setAccount(WITHDRAWAL_REQUESTS_CONTRACT.address, { nonce: 1n, balance: 0n, code })
      const outcome = importInto(engine, block)
      assert.ok(outcome.kind === 'refused')
      assert.equal(outcome.code, `BlockException.${expected}`)
      assert.deepEqual(engine.takeDiff(), EMPTY_DIFF)
    }
  })
})
