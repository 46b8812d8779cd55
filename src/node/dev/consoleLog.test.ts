import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeFunctionData, parseAbi } from 'viem'
import { hexToBytes } from '../../lib/index.ts'
import { consoleLogText } from './consoleLog.ts'

const ADDRESS = `0x${'ab'.repeat(20)}` as const

describe('consoleLogText', () => {
  for (const [types, args, text] of [
    [[], [], ''],
    [['string'], ['hello'], 'hello'],
    [['uint256'], [2n ** 255n], String(2n ** 255n)],
    [['int256'], [-5n], '-5'],
    [['bytes'], ['0x0102'], '0x0102'],
    [['bytes4'], ['0x01020304'], '0x01020304'],
    [['address', 'bool'], [ADDRESS, true], `${ADDRESS} true`],
    [['string', 'uint256'], ['of %s', 10n ** 30n], `of ${10n ** 30n}`],
    [['string', 'uint256', 'string', 'address'], ['%d of', 3n, 'x', ADDRESS], `3 of x ${ADDRESS}`],
  ] as const) {
    it(`reads log(${types.join(',')})`, () => {
      const abi = parseAbi([`function log(${types.join(', ')})`] as readonly string[])
      const data = encodeFunctionData({ abi, functionName: 'log', args } as never)
      assert.equal(consoleLogText(hexToBytes(data)), text)
    })
  }

  it('reads what old versions have hashed under other names', () => {
    const data = `0xf5b1bba9${'00'.repeat(31)}07`
    assert.equal(consoleLogText(hexToBytes(data)), '7')
  })

  it('leaves what it does not know, and what is cut off', () => {
    assert.equal(consoleLogText(hexToBytes('0x12345678')), undefined)
    assert.equal(consoleLogText(hexToBytes('0x41304fac')), undefined)
    assert.equal(consoleLogText(hexToBytes(`0x41304fac${'ff'.repeat(32)}`)), undefined)
  })
})
