import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  type Hex,
  hexToBytes,
  keccak256,
  parseTransaction,
  serializeTransaction,
  type TransactionSerializable,
  toHex,
  toRlp,
} from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { compileKernel } from './build.ts'
import { readPack } from './readPack.ts'
import { TRANSACTION_DECODE_ERRORS } from './transactionErrors.ts'

const wasm = await compileKernel({
  name: 'transactionTest',
  entry: 'assembly/transaction.ts',
  flags: ['--initialMemory', '32'],
})
const kernel = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports
const memory: WebAssembly.Memory = kernel.memory
const TX = 65_536
const RAW = TX + 1024
const SCRATCH = 1024 * 1024

// Hardhat's first account; signatures are deterministic (RFC 6979).
const account = privateKeyToAccount('0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80')
const ADDRESS: Hex = '0x1122334455667788990011223344556677889900'
const KEY: Hex = `0x${'ab'.repeat(32)}`
const accessList = [
  { address: ADDRESS, storageKeys: [KEY, KEY] },
  { address: ADDRESS, storageKeys: [] },
]
const fees = { maxFeePerGas: 2n ** 200n + 7n, maxPriorityFeePerGas: 9n }
const common = {
  nonce: 300,
  gas: 2n ** 63n,
  to: ADDRESS,
  value: 2n ** 255n + 3n,
  data: `0x${'cd'.repeat(100)}` as Hex,
}
const authorization = await account.signAuthorization({ contractAddress: ADDRESS, chainId: 1, nonce: 7 })

const TRANSACTIONS: Record<string, TransactionSerializable> = {
  'legacy with a chain id': { ...common, type: 'legacy', chainId: 31337, gasPrice: 5n },
  'legacy without a chain id': { ...common, type: 'legacy', gasPrice: 0n },
  'legacy creation': { type: 'legacy', chainId: 1, nonce: 0, gas: 21_000n, gasPrice: 1n, data: '0x00' },
  'access list': { ...common, type: 'eip2930', chainId: 1, gasPrice: 127n, accessList },
  'fee market': { ...common, ...fees, type: 'eip1559', chainId: 2 ** 40, accessList },
  'fee market, all empty': { type: 'eip1559', chainId: 1 },
  blob: {
    ...{ ...common, ...fees, type: 'eip4844', chainId: 1, accessList, maxFeePerBlobGas: 2n ** 64n },
    ...{ blobVersionedHashes: [`0x01${'ab'.repeat(31)}`, `0x01${'00'.repeat(31)}`], sidecars: false },
  } as TransactionSerializable,
  'set code': {
    ...common,
    ...fees,
    type: 'eip7702',
    chainId: 1,
    authorizationList: [authorization, authorization],
  },
}

describe('decodeTransaction kernel', () => {
  for (const [name, transaction] of Object.entries(TRANSACTIONS)) {
    it(`decodes what viem signs: ${name}`, async () => {
      const raw = await account.signTransaction(transaction)
      assert.equal(decode(raw), 0)
      assertFields(transaction)
      const unsigned = serializeTransaction(transaction)
      assert.equal(bytesAt(TX + 304, 32), keccak256(unsigned), 'signing hash')
      assert.equal(bytesAt(TX + 336, 32), keccak256(raw), 'transaction hash')
    })
  }

  it('finds r, s and the y parity', async () => {
    for (let nonce = 0; nonce < 8; nonce++) {
      const raw = await account.signTransaction({ type: 'eip1559', chainId: 1, nonce })
      assert.equal(decode(raw), 0)
      const { r, s, yParity } = parseTransaction(raw)
      assert.deepEqual([wordAt(TX + 240), wordAt(TX + 272), u32(236)], [BigInt(r!), BigInt(s!), yParity])
    }
  })

  it('refuses every truncation and every appended byte', async () => {
    for (const transaction of Object.values(TRANSACTIONS)) {
      const raw = await account.signTransaction(transaction)
      for (let end = 2; end < raw.length; end += 2) assert.notEqual(decode(raw.slice(0, end) as Hex), 0)
      assert.equal(message(decode(`${raw}00`)), 'rlp: bytes follow the transaction')
    }
  })

  it('names each error', () => {
    const r = `0x${'11'.repeat(32)}` as Hex
    const fields: Hex[] = ['0x01', '0x02', '0x5208', ADDRESS, '0x', '0x', '0x1b', r, r]
    const legacy = (index: number, value: Hex) => toRlp(fields.with(index, value))
    assert.equal(decode(toRlp(fields)), 0)
    const cases: [Hex, string][] = [
      ['0x', 'RLP_ERROR_SIZE'],
      ['0x05c0', 'TYPE_NOT_SUPPORTED'],
      ['0x00c0', 'TYPE_NOT_SUPPORTED'],
      ['0x8101', 'RLP_INVALID_HEADER'],
      ['0xc0', 'RLP_TOO_FEW_ELEMENTS'],
      [toRlp([...fields, '0x']), 'RLP_TOO_MANY_ELEMENTS'],
      [legacy(0, '0x00'), 'RLP_LEADING_ZEROS_NONCE'],
      [legacy(0, '0x010000000000000000'), 'NONCE_OVERFLOW'],
      [legacy(1, `0x01${'00'.repeat(32)}`), 'GASPRICE_OVERFLOW'],
      [legacy(2, '0x010000000000000000'), 'GASLIMIT_OVERFLOW'],
      [legacy(3, '0x1122'), 'ADDRESS_TOO_SHORT'],
      [legacy(3, `${ADDRESS}00`), 'ADDRESS_TOO_LONG'],
      [legacy(4, `0x01${'00'.repeat(32)}`), 'VALUE_OVERFLOW'],
      [legacy(6, '0x1d'), 'INVALID_SIGNATURE_VRS'],
      [legacy(6, '0x22'), 'INVALID_SIGNATURE_VRS'],
      [legacy(6, '0x010000000000000000'), 'INVALID_CHAINID'],
      [legacy(7, '0x'), 'INVALID_SIGNATURE_VRS'],
      [
        legacy(7, '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141'),
        'INVALID_SIGNATURE_VRS',
      ],
      [
        legacy(8, '0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1'),
        'INVALID_SIGNATURE_VRS',
      ],
      [legacy(8, `0x01${'00'.repeat(32)}`), 'RLP_INVALID_SIGNATURE_S'],
    ]
    for (const [raw, code] of cases) assert.equal(name(decode(raw)), code, raw)
    assert.equal(decode(legacy(7, '0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140')), 0)
    assert.equal(decode(legacy(8, '0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0')), 0)
  })
})

describe('decodeTransaction kernel: typed transactions', () => {
  const r = `0x${'11'.repeat(32)}` as Hex
  type Rlp = Hex | Rlp[]
  const typed = (type: number, fields: Rlp[]) => `0x0${type}${toRlp(fields as Hex[]).slice(2)}` as Hex
  const head: Rlp[] = ['0x01', '0x', '0x', '0x', '0x5208', ADDRESS, '0x', '0x', []]
  const signature: Rlp[] = ['0x01', r, r]
  const tuple: Rlp[] = ['0x', ADDRESS, '0x', '0x', '0x', '0x']

  it('names each error of EIP-2930', () => {
    const withList = (list: Rlp) => name(decode(typed(2, [...head.with(8, list), ...signature])))
    assert.equal(withList([[ADDRESS, [KEY]]]), '')
    assert.equal(withList('0x'), 'RLP_INVALID_DATA')
    assert.equal(withList([ADDRESS]), 'RLP_INVALID_DATA')
    assert.equal(withList([[]]), 'RLP_INVALID_DATA')
    assert.equal(withList([[ADDRESS]]), 'RLP_INVALID_DATA')
    assert.equal(withList([[ADDRESS, KEY]]), 'RLP_INVALID_DATA')
    assert.equal(withList([[ADDRESS, [], '0x']]), 'RLP_INVALID_DATA')
    assert.equal(withList([['0x11', []]]), 'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_SHORT')
    assert.equal(withList([[KEY, []]]), 'RLP_INVALID_ACCESS_LIST_ADDRESS_TOO_LONG')
    assert.equal(withList([[ADDRESS, [KEY, '0x']]]), 'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_SHORT')
    assert.equal(withList([[ADDRESS, [`${KEY}00`]]]), 'RLP_INVALID_ACCESS_LIST_STORAGE_TOO_LONG')
    assert.equal(name(decode(typed(2, [...head, '0x02', r, r]))), 'INVALID_SIGNATURE_VRS')
  })

  it('names each error of EIP-4844', () => {
    const blob = (hashes: Rlp, fields = head) =>
      name(decode(typed(3, [...fields, '0x01', hashes, ...signature])))
    assert.equal(blob([KEY]), '')
    assert.equal(blob([]), 'TYPE_3_TX_ZERO_BLOBS')
    assert.equal(blob(['0x11']), 'TYPE_3_TX_INVALID_BLOB_VERSIONED_HASH')
    assert.equal(blob([[KEY]]), 'RLP_INVALID_DATA')
    assert.equal(blob([KEY], head.with(5, '0x')), 'TYPE_3_TX_CONTRACT_CREATION')
    assert.equal(
      name(decode(typed(3, [[...head, '0x01', [KEY], ...signature], [], [], []]))),
      'TYPE_3_TX_WITH_FULL_BLOBS',
    )
  })

  it('names each error of EIP-7702, and lets pass what makes only an authorization void', () => {
    const setCode = (list: Rlp, fields = head) => name(decode(typed(4, [...fields, list, ...signature])))
    const format = 'TYPE_4_INVALID_AUTHORIZATION_FORMAT'
    assert.equal(setCode([tuple]), '')
    assert.equal(
      setCode([[KEY, ADDRESS, '0xffffffffffffffff', '0xff', `0x${'ff'.repeat(32)}`, `0x${'ff'.repeat(32)}`]]),
      '',
    )
    assert.equal(setCode([]), 'TYPE_4_EMPTY_AUTHORIZATION_LIST')
    assert.equal(setCode([tuple], head.with(5, '0x')), 'TYPE_4_TX_CONTRACT_CREATION')
    assert.equal(setCode([tuple.slice(1)]), format)
    assert.equal(setCode([[...tuple, '0x']]), format)
    assert.equal(setCode([ADDRESS]), format)
    const tooLong = [
      `0x01${'00'.repeat(32)}`,
      KEY,
      '0x010000000000000000',
      '0x0100',
      `${KEY}00`,
      `${KEY}00`,
    ] as Hex[]
    tooLong.forEach((value, index) => {
      assert.equal(setCode([tuple, tuple.with(index, value)]), format, `field ${index}`)
    })
    for (const index of [0, 2, 3, 4, 5])
      assert.equal(setCode([tuple.with(index, '0x00')]), format, `field ${index}`)
  })
})

describe('decodeTransaction kernel against published vectors', () => {
  it('decodes and refuses as the transaction tests say', (context) => {
    const files = readPack('transaction')
    if (files === undefined) return context.skip('the pack of transaction tests is missing')
    for (const [file, text] of files) {
      for (const { txbytes, result } of Object.values(JSON.parse(text) as Record<string, TransactionTest>)) {
        for (const outcome of Object.values(result)) assertOutcome(file, decode(txbytes), outcome)
      }
    }
  })
})

describe('TRANSACTION_DECODE_ERRORS', () => {
  it('has the codes of the kernel', () => {
    const source = readFileSync(join(import.meta.dirname, 'assembly/transactionError.ts'), 'utf8')
    const codes = [...source.matchAll(/^ {2}\w+ = (\d+),$/gm)].map((match) => Number(match[1]))
    assert.deepEqual(codes, [...TRANSACTION_DECODE_ERRORS.keys()])
  })
})

type TransactionTest = { txbytes: Hex; result: Record<string, { hash?: string; exception?: string }> }

/** What only execution can know: these must decode, unless they are refused for another good reason. */
const LATER = /CHAINID|INTRINSIC|PRODUCT_OVERFLOW|NONCE_TOO_BIG|EC_RECOVERY|INITCODE/

function assertOutcome(file: string, code: number, outcome: { hash?: string; exception?: string }): void {
  if (outcome.exception === undefined) {
    assert.equal(code, 0, `${file}: ${message(code)}`)
    assert.equal(bytesAt(TX + 336, 32), outcome.hash, file)
  } else if (!LATER.test(outcome.exception)) {
    assert.notEqual(code, 0, `${file} decodes, but: ${outcome.exception}`)
  }
}

function assertFields(transaction: TransactionSerializable): void {
  const view = new DataView(memory.buffer)
  const types = { legacy: 0, eip2930: 1, eip1559: 2, eip4844: 3, eip7702: 4 }
  const fields = { chainId: 0, nonce: 0, gas: 0n, value: 0n, data: '0x', accessList: [], ...transaction }
  assert.equal(u32(0), types[transaction.type as keyof typeof types])
  assert.equal(u32(4), (fields.to ? 0 : 1) + (transaction.chainId === undefined ? 0 : 2))
  assert.equal(view.getBigUint64(TX + 8, true), BigInt(fields.nonce ?? 0))
  assert.equal(view.getBigUint64(TX + 16, true), fields.gas)
  assert.equal(view.getBigUint64(TX + 24, true), BigInt(fields.chainId ?? 0))
  assert.equal(bytesAt(TX + 32, 32), `${fields.to ?? `0x${'00'.repeat(20)}`}${'00'.repeat(12)}`)
  assert.equal(wordAt(TX + 64), fields.value)
  assert.equal(wordAt(TX + 96), fields.maxFeePerGas ?? fields.gasPrice ?? 0n)
  assert.equal(wordAt(TX + 128), fields.maxPriorityFeePerGas ?? fields.gasPrice ?? 0n)
  assert.equal(wordAt(TX + 160), fields.maxFeePerBlobGas ?? 0n)
  assert.equal(bytesAt(u32(192), u32(196)), fields.data)
  const accessList = fields.accessList ?? []
  assert.equal(u32(208), accessList.length)
  assert.equal(u32(212), accessList.flatMap((entry) => entry.storageKeys).length)
  const encoded = toRlp(accessList.map(({ address, storageKeys }) => [address, [...storageKeys]]))
  if (u32(0) !== 0) assert.ok(encoded.endsWith(bytesAt(u32(200), u32(204)).slice(2)), 'access list')
  const hashes = fields.blobVersionedHashes ?? []
  assert.equal(bytesAt(u32(216), 33 * u32(220)), `0x${hashes.map((hash) => `a0${hash.slice(2)}`).join('')}`)
  assert.equal(u32(232), fields.authorizationList?.length ?? 0)
  if (fields.authorizationList) {
    const tuple = bytesAt(u32(224), u32(228) / 2)
    assert.equal(tuple.slice(6, 8), '01', 'chain id of the first authorization')
    assert.ok(tuple.includes(ADDRESS.slice(2)))
  }
}

function decode(raw: Hex): number {
  const bytes = hexToBytes(raw)
  new Uint8Array(memory.buffer).set(bytes, RAW)
  return kernel.decodeTransaction(RAW, bytes.length, TX, SCRATCH)
}

/** Name of the exception without its prefix, empty for no error. */
function name(code: number): string {
  return TRANSACTION_DECODE_ERRORS[code]?.code.replace('TransactionException.', '') ?? ''
}

function message(code: number): string {
  return TRANSACTION_DECODE_ERRORS[code]?.message ?? ''
}

function u32(offset: number): number {
  return new DataView(memory.buffer).getUint32(TX + offset, true)
}

function wordAt(pointer: number): bigint {
  return new BigUint64Array(memory.buffer, pointer, 4).reduceRight((sum, limb) => (sum << 64n) | limb, 0n)
}

function bytesAt(pointer: number, length: number): Hex {
  return toHex(new Uint8Array(memory.buffer, pointer, length))
}
