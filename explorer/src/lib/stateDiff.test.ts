import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ZERO_HASH } from './hex.ts'
import { mappingPlaces } from './mappingPlaces.ts'
import { accountChanges } from './stateDiff.ts'
import { mappingSlot, parseSlot, readWord, SlotError } from './storageKey.ts'

const word = (value: number): `0x${string}` => `0x${value.toString(16).padStart(64, '0')}`

describe('accountChanges', () => {
  it('gives before and after of what is different, and nothing of what is the same', () => {
    const [account] = accountChanges({
      pre: {
        '0x1': {
          balance: '0x5',
          nonce: 1,
          code: '0x60',
          storage: { [word(1)]: word(7), [word(2)]: word(8) },
        },
      },
      post: { '0x1': { nonce: 2, storage: { [word(1)]: word(9), [word(3)]: word(1) } } },
    })
    assert.deepEqual(account, {
      address: '0x1',
      fate: 'changed',
      balance: undefined,
      nonce: { before: 1, after: 2 },
      code: undefined,
      slots: [
        { key: word(1), before: word(7), after: word(9) },
        { key: word(2), before: word(8), after: ZERO_HASH },
        { key: word(3), before: ZERO_HASH, after: word(1) },
      ],
    })
  })

  it('knows accounts that were made and deleted', () => {
    const changes = accountChanges({
      pre: { '0x2': { balance: '0x5', nonce: 3 } },
      post: { '0x1': { balance: '0x6', code: '0x60' }, '0x3': {} },
    })
    assert.deepEqual(
      changes.map(({ address, fate, balance }) => [address, fate, balance]),
      [
        ['0x1', 'made', { before: undefined, after: 6n }],
        ['0x2', 'deleted', { before: 5n, after: undefined }],
      ],
    )
    assert.deepEqual(changes[1]!.nonce, { before: 3, after: undefined })
  })
})

describe('storage keys', () => {
  it('read numbers as slots', () => {
    assert.equal(parseSlot(' 42 '), word(42))
    assert.equal(parseSlot('0x2a'), word(42))
    for (const text of ['', 'x', '-1', '1.5', (2n ** 256n).toString()])
      assert.throws(() => parseSlot(text), SlotError, text)
  })

  it('find the slot of a key of a mapping as Solidity does', () => {
    // keccak256(abi.encode(address(1), uint256(0))), and of number 0 in slot 0, as cast index gives them.
    const ofOne = '0xada5013122d395ba3c54772283fb069b10426056ef8ca54750cb9bb552a59e7d'
    assert.equal(mappingSlot(`0x${'0'.repeat(39)}1`, word(0)), ofOne)
    assert.equal(mappingSlot('1', word(0)), ofOne)
    assert.equal(
      mappingSlot('0', word(0)),
      '0xad3228b676f7d3cd4284a5443f17f1962b36e491b30a40b2405849e597ba5fb5',
    )
    assert.throws(() => mappingSlot('hare', word(0)), SlotError)
  })

  it('are found backwards for the addresses that are at hand, also two deep', () => {
    const [owner, spender] = [`0x${'ab'.repeat(20)}`, `0x${'cd'.repeat(20)}`] as const
    const places = mappingPlaces([owner, spender])
    assert.deepEqual(places.get(mappingSlot(owner, word(3))), { slot: 3, keys: [owner] })
    const allowance = mappingSlot(spender, mappingSlot(owner, word(1)))
    assert.deepEqual(places.get(allowance), { slot: 1, keys: [owner, spender] })
    assert.equal(places.get(word(3)), undefined)
    assert.equal(mappingPlaces(Array.from({ length: 50 }, () => owner)).size, 24)
  })

  it('guess what a word means', () => {
    const address = `0x${'cd'.repeat(20)}` as const
    assert.equal(readWord(`0x${'0'.repeat(24)}${address.slice(2)}`).address, address)
    assert.equal(readWord(word(1000)).address, undefined)
    assert.equal(readWord(word(1000)).decimal, '1000')
    const text = Buffer.from('Hare').toString('hex').padEnd(62, '0')
    assert.equal(readWord(`0x${text}08`).text, 'Hare')
    assert.equal(readWord(`0x${text}0a`).text, undefined)
    assert.equal(readWord(word(0)).text, undefined)
  })
})
