import { strict as assert } from 'node:assert'
import { describe, it } from 'node:test'
import { createBlock, type HeaderData } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { bytesToHex, fromBigInt } from '../lib/index.ts'
import { decodeBlock, type EvmBlock, encodeBlock, encodedBlockLength } from './EvmBlock.ts'
import { ExecutedTransactions } from './ExecutedTransactions.ts'
import {
  decodeHeader,
  EMPTY_OMMERS_HASH,
  EMPTY_TRIE_ROOT,
  encodeHeader,
  type Header,
  headerHash,
} from './Header.ts'
import { rlpEncode } from './rlp.ts'

const bytes = (fill: number, length: number) => new Uint8Array(length).fill(fill)

const LONDON: Header = {
  parentHash: bytes(1, 32),
  ommersHash: EMPTY_OMMERS_HASH,
  coinbase: bytes(2, 20),
  stateRoot: bytes(3, 32),
  transactionsRoot: EMPTY_TRIE_ROOT,
  receiptsRoot: EMPTY_TRIE_ROOT,
  logsBloom: bytes(0, 256),
  difficulty: 0n,
  number: 5n,
  gasLimit: 30_000_000n,
  gasUsed: 21_000n,
  timestamp: 1_700_000_000n,
  extraData: bytes(9, 3),
  prevRandao: bytes(4, 32),
  nonce: bytes(0, 8),
  baseFeePerGas: 7n,
}
const SHANGHAI: Header = { ...LONDON, withdrawalsRoot: EMPTY_TRIE_ROOT }
const CANCUN: Header = {
  ...SHANGHAI,
  blobGasUsed: 0n,
  excessBlobGas: 131072n,
  parentBeaconBlockRoot: bytes(5, 32),
}
const PRAGUE: Header = { ...CANCUN, requestsHash: bytes(6, 32) }

describe('Header', () => {
  for (const [fork, header, hardfork] of [
    ['London', LONDON, Hardfork.Paris],
    ['Shanghai', SHANGHAI, Hardfork.Shanghai],
    ['Cancun', CANCUN, Hardfork.Cancun],
    ['Prague', PRAGUE, Hardfork.Prague],
  ] as const) {
    it(`hashes as ethereumjs does and decodes to itself: ${fork}`, () => {
      const common = new Common({ chain: Mainnet, hardfork })
      const { ommersHash, transactionsRoot, receiptsRoot, prevRandao, ...rest } = header
      const named = { uncleHash: ommersHash, transactionsTrie: transactionsRoot, receiptTrie: receiptsRoot }
      const theirs = createBlock(
        { header: { ...rest, ...named, mixHash: prevRandao } as HeaderData },
        { common },
      )
      assert.equal(bytesToHex(headerHash(header)), bytesToHex(theirs.hash()))
      assert.deepEqual(decodeHeader(encodeHeader(header)), { ok: true, header })
    })
  }

  it('has the hash of the main network genesis', () => {
    const genesis: Header = {
      ...LONDON,
      parentHash: bytes(0, 32),
      coinbase: bytes(0, 20),
      stateRoot: fromBigInt(0xd7f8974fb5ac78d9ac099b9ad5018bedc2ce0a72dad1827a1709da30580f0544n, 32),
      difficulty: 17179869184n,
      number: 0n,
      gasLimit: 5000n,
      gasUsed: 0n,
      timestamp: 0n,
      extraData: fromBigInt(0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fan, 32),
      prevRandao: bytes(0, 32),
      nonce: fromBigInt(66n, 8),
      baseFeePerGas: undefined,
    }
    const hash = '0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3'
    assert.equal(bytesToHex(headerHash(genesis)), hash)
  })

  it('refuses fields of the wrong size, leading zeros and counts that no fork has', () => {
    const fields = () => [1, 32, 20, 32, 32, 32, 256].map((size, i) => bytes(1, i === 0 ? 32 : size))
    const tail = [
      bytes(0, 0),
      bytes(5, 1),
      bytes(1, 4),
      bytes(0, 0),
      bytes(1, 4),
      bytes(0, 0),
      bytes(1, 32),
      bytes(0, 8),
    ]
    assert.equal(decodeHeader(rlpEncode([...fields(), ...tail])).ok, true)
    assert.equal(decodeHeader(rlpEncode([...fields(), ...tail.slice(1)])).ok, false)
    assert.equal(decodeHeader(rlpEncode([...fields(), bytes(0, 1), ...tail.slice(1)])).ok, false)
    assert.equal(decodeHeader(rlpEncode([...fields().slice(1), bytes(1, 32), ...tail])).ok, false)
    const cut = [...fields(), ...tail, bytes(1, 1), bytes(1, 32), bytes(1, 1)]
    assert.equal(decodeHeader(rlpEncode(cut)).ok, false)
    assert.equal(decodeHeader(rlpEncode([...cut, bytes(1, 1), bytes(1, 32)])).ok, true)
  })
})

/** As a block's RLP has them. */
function lengthOf(raws: Uint8Array[]): number {
  const other = { sender: bytes(0, 20), hash: bytes(0, 32), receipt: bytes(0, 0) }
  return ExecutedTransactions.of(raws.map((raw) => ({ ...other, raw }))).rlpLength()
}

describe('EvmBlock', () => {
  const legacy = rlpEncode([bytes(0, 0), bytes(1, 1), bytes(0x52, 2), bytes(1, 20), [], bytes(1, 60)])
  const typed = new Uint8Array([2, ...rlpEncode([bytes(1, 3)])])
  const withdrawals = [{ index: 1n, validatorIndex: 2n, address: bytes(3, 20), amountGwei: 4n }]
  const block: EvmBlock = { header: PRAGUE, transactions: [legacy, typed], ommers: [], withdrawals }

  it('keeps legacy and typed envelopes and withdrawals byte for byte', () => {
    assert.deepEqual(decodeBlock(encodeBlock(block)), { ok: true, block })
  })

  it('knows the length of its encoding without encoding it', () => {
    const long = new Uint8Array([2, ...rlpEncode([bytes(7, 300)])])
    for (const count of [0, 1, 2, 30, 300]) {
      for (const one of [legacy, typed, long]) {
        const transactions = Array.from({ length: count }, () => one)
        for (const each of [
          { ...block, transactions },
          { ...block, transactions, header: LONDON, withdrawals: undefined, ommers: [LONDON] },
        ])
          assert.equal(
            encodedBlockLength(each, lengthOf(transactions)),
            encodeBlock(each).length,
            `${count} of ${one.length} bytes`,
          )
      }
    }
  })

  it('asks for withdrawals exactly when the header has their root', () => {
    const result = decodeBlock(encodeBlock({ ...block, withdrawals: undefined }))
    assert.equal(result.ok, false)
    assert.equal(decodeBlock(encodeBlock({ ...block, header: LONDON, withdrawals: undefined })).ok, true)
  })

  it('refuses a transaction that is an empty byte string', () => {
    const result = decodeBlock(encodeBlock({ ...block, transactions: [bytes(0, 0)] }))
    assert.equal(result.ok ? 'accepted' : result.code, 'BlockException.RLP_STRUCTURES_ENCODING')
  })
})
