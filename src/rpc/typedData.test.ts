import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { hashTypedData } from 'viem'
import { bytesToHex } from '../lib/index.ts'
import { ParamError } from './params.ts'
import { parseTypedData, typedDataHash } from './typedData.ts'

const DOMAIN = {
  name: 'Ether Mail',
  version: '1',
  chainId: 1,
  verifyingContract: '0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC',
} as const

describe('typedDataHash', () => {
  it('gives the hash of the example in EIP-712', () => {
    const person = [
      { name: 'name', type: 'string' },
      { name: 'wallet', type: 'address' },
    ]
    const data = parseTypedData({
      types: {
        Person: person,
        Mail: [
          { name: 'from', type: 'Person' },
          { name: 'to', type: 'Person' },
          { name: 'contents', type: 'string' },
        ],
      },
      primaryType: 'Mail',
      domain: DOMAIN,
      message: {
        from: { name: 'Cow', wallet: '0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826' },
        to: { name: 'Bob', wallet: '0xbBbBBBBbbBBBbbbBbbBbbbbBBbBbbbbBbBbbBBbB' },
        contents: 'Hello, Bob!',
      },
    })
    assert.equal(
      bytesToHex(typedDataHash(data)),
      '0xbe609aee343fb3c4b28e1df9e632fca64fcfaede20f02e86244efddf30957bd2',
    )
  })

  it('agrees with viem on every kind of value', () => {
    const types = {
      Inner: [{ name: 'flags', type: 'bool[2]' }],
      Outer: [
        { name: 'signed', type: 'int64' },
        { name: 'wide', type: 'uint256' },
        { name: 'short', type: 'bytes4' },
        { name: 'long', type: 'bytes' },
        { name: 'inners', type: 'Inner[][]' },
      ],
    }
    const message = {
      signed: -5n,
      wide: 2n ** 255n,
      short: '0x01020304',
      long: '0x0a0b0c',
      inners: [[{ flags: [true, false] }], []],
    } as const
    const json = { ...message, signed: '-5', wide: `0x${(2n ** 255n).toString(16)}` }
    const common = { types, primaryType: 'Outer', domain: DOMAIN } as const
    assert.equal(
      bytesToHex(typedDataHash(parseTypedData(JSON.stringify({ ...common, message: json })))),
      hashTypedData({ ...common, message }),
    )
  })

  it('refuses what is not such data', () => {
    const types = { A: [{ name: 'a', type: 'A[]' }] }
    const nested = Array.from({ length: 70 }).reduce((inner) => ({ a: [inner] }), { a: [] })
    const bad: [unknown, RegExp][] = [
      ['{', /typed data is JSON/],
      [{}, /has the members types/],
      [{ types: { A: [{}] }, primaryType: 'A', domain: {}, message: {} }, /have a name and a type/],
      [{ types, primaryType: 'B', domain: {}, message: {} }, /unknown type B/],
      [{ types, primaryType: 'A', domain: {}, message: { a: 1 } }, /a list of A is expected/],
      [{ types, primaryType: 'A', domain: {}, message: nested }, /nested deeper than 64/],
      [
        {
          types: { C: [{ name: 'c', type: 'bytes33' }] },
          primaryType: 'C',
          domain: {},
          message: { c: `0x${'00'.repeat(33)}` },
        },
        /unknown type bytes33/,
      ],
    ]
    for (const [value, reason] of bad) {
      assert.throws(
        () => typedDataHash(parseTypedData(value)),
        (error) => error instanceof ParamError && reason.test(error.message),
      )
    }
  })
})
