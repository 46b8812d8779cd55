import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Abi,
  encodeAbiParameters,
  encodeErrorResult,
  encodeEventTopics,
  encodeFunctionData,
  parseAbi,
  toFunctionSelector,
} from 'viem'
import { AbiBook, MAX_CONTRACTS } from './AbiBook.ts'
import { type Artifact, parseArtifact } from './artifact.ts'
import { COMMON_ABI, COMMON_INDEXED_ABI } from './commonAbi.ts'
import { consoleAbi } from './consoleAbi.ts'
import {
  decodeCall,
  decodeError,
  decodeLog,
  decodeOutput,
  functionName,
  signatureText,
  unknownError,
} from './decode.ts'
import { example, parseEtherAmount, parseValue, ValueError } from './parseValue.ts'
import { showValue } from './showValue.ts'

const ADDRESS = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'
const ABI = parseAbi(['function set(uint256 value)', 'event Set(uint256 value)']) as Abi

describe('parseArtifact', () => {
  it('reads an ABI, and artifacts of Hardhat, Foundry and solc', () => {
    assert.deepEqual(read(ABI), { name: undefined, abi: ABI, bytecode: undefined })
    assert.deepEqual(read({ contractName: 'Box', abi: ABI, bytecode: '0x6001' }), {
      ...{ name: 'Box', abi: ABI, bytecode: '0x6001' },
    })
    const metadata = { settings: { compilationTarget: { 'src/Box.sol': 'Box' } } }
    assert.deepEqual(read({ abi: ABI, bytecode: { object: '0x6001' }, metadata }).name, 'Box')
    assert.equal(read({ abi: ABI, evm: { bytecode: { object: '6001' } } }).bytecode, '0x6001')
    assert.equal(read({ abi: ABI, bytecode: '0x' }).bytecode, undefined, 'an interface has none')
  })

  it('reads signatures, one a line', () => {
    const parsed = parseArtifact('function set(uint256 value);\n\nevent Set(uint256 value)')
    assert.deepEqual(parsed, { ok: true, artifact: { name: undefined, abi: ABI, bytecode: undefined } })
  })

  it('says what is wrong', () => {
    for (const [text, reason] of [
      ['', /nothing to read/],
      ['{', /no JSON/],
      ['"x"', /Expected an ABI/],
      ['{}', /no member "abi"/],
      ['[{"type":"function","inputs":{}}]', /Item 0/],
      ['{"abi":[],"bytecode":"0x60__$abc$__"}', /libraries/],
      ['hares', /Neither JSON nor signatures/],
      [' '.repeat(9_000_000).concat('x'.repeat(8_000_001)), /too long/],
    ] as const) {
      const parsed = parseArtifact(text)
      assert.ok(!parsed.ok)
      assert.match(parsed.reason, reason)
    }
  })
})

function read(json: object): Artifact {
  const parsed = parseArtifact(JSON.stringify(json))
  assert.ok(parsed.ok)
  return parsed.artifact
}

describe('parseValue', () => {
  it('reads what people type', () => {
    for (const [type, text, value] of [
      ['uint256', '42', 42n],
      ['uint256', '1_000_000', 1_000_000n],
      ['uint256', '0x2a', 42n],
      ['uint256', '1.5 ether', 1_500_000_000_000_000_000n],
      ['uint64', '3gwei', 3_000_000_000n],
      ['int8', '-128', -128n],
      ['bool', 'yes', true],
      ['bool', '0', false],
      ['address', ` ${ADDRESS.toUpperCase().replace('X', 'x')}`, ADDRESS],
      ['bytes', '', '0x'],
      ['bytes4', '0x12345678', '0x12345678'],
      ['string', ' as it is ', ' as it is '],
      [
        'uint256[]',
        '[1, "2", 115792089237316195423570985008687907853269984665640564039457584007913129639935]',
        [1n, 2n, 2n ** 256n - 1n],
      ],
      ['uint8[2]', '[1,2]', [1n, 2n]],
      ['string[]', '["a b", "c"]', ['a b', 'c']],
      ['bool[][]', '[[true],[false,true]]', [[true], [false, true]]],
    ] as const) {
      assert.deepEqual(parseValue({ type }, text), value, `${type} ${text}`)
    }
  })

  it('reads tuples as lists and by name', () => {
    const point = {
      type: 'tuple',
      components: [
        { name: 'x', type: 'uint256' },
        { name: 'to', type: 'address' },
      ],
    }
    const value = { x: 1n, to: ADDRESS }
    assert.deepEqual(parseValue(point, `[1, "${ADDRESS}"]`), value)
    assert.deepEqual(parseValue(point, `{"to": "${ADDRESS}", "x": 1}`), value)
    assert.deepEqual(parseValue({ ...point, type: 'tuple[]' }, `[[1, "${ADDRESS}"]]`), [value])
    const nameless = { type: 'tuple', components: [{ type: 'uint256' }, { type: 'bool' }] }
    assert.deepEqual(parseValue(nameless, '[1, true]'), [1n, true])
    assert.equal(example(point), '[1, "0x…"]')
  })

  it('says what is wrong with a value', () => {
    for (const [type, text, reason] of [
      ['uint256', '', /whole number/],
      ['uint256', '-1', /negative/],
      ['uint8', '256', /too large/],
      ['int8', '-129', /too small/],
      ['uint256', '1.5', /whole number/],
      ['uint256', '1.23 wei', /places/],
      ['bool', 'maybe', /true or false/],
      ['address', '0x12', /address/],
      ['bytes', '0x1', /hex digits/],
      ['bytes4', '0x12', /4 bytes, got 1/],
      ['uint256[]', '1,2', /JSON/],
      ['uint256[2]', '[1]', /2 items, got 1/],
      ['uint256[]', '{}', /list/],
      ['string[]', '[1]', /quotes/],
      ['uint256[]', '[[1]]', /uint256/],
      ['function', '0x', /can't be typed/],
    ] as const) {
      assert.throws(
        () => parseValue({ type }, text),
        (error: Error) => error instanceof ValueError && reason.test(error.message),
        `${type} ${text}`,
      )
    }
    const point = { type: 'tuple', components: [{ name: 'x', type: 'uint256' }] }
    assert.throws(() => parseValue(point, '{"y": 1}'), /x is missing/)
  })

  it('reads amounts of ether', () => {
    assert.equal(parseEtherAmount('10'), 10n ** 19n)
    assert.equal(parseEtherAmount('0.5'), 5n * 10n ** 17n)
    assert.equal(parseEtherAmount(''), 0n)
    assert.equal(parseEtherAmount('500 gwei'), 500n * 10n ** 9n)
    assert.throws(() => parseEtherAmount('-1 ether'), ValueError)
    assert.throws(() => parseEtherAmount('much'), ValueError)
  })
})

describe('decoding', () => {
  const transfer = encodeFunctionData({ abi: COMMON_ABI, functionName: 'transfer', args: [ADDRESS, 5n] })

  it('gives functions with their arguments and results', () => {
    const decoded = decodeCall([ABI, COMMON_ABI], transfer)!
    assert.equal(decoded.name, 'transfer')
    assert.deepEqual(
      decoded.values.map(({ name, type, value }) => [name, type, String(value).toLowerCase()]),
      [
        ['to', 'address', ADDRESS],
        ['amount', 'uint256', '5'],
      ],
    )
    assert.equal(signatureText(decoded.item), 'transfer(address to, uint256 amount)')
    const output = encodeAbiParameters([{ type: 'bool' }], [true])
    assert.deepEqual(
      decodeOutput(decoded.item, output)!.map(({ value }) => value),
      [true],
    )
    assert.equal(decodeOutput(decoded.item, '0x'), undefined)
  })

  it('names functions by their selector alone', () => {
    assert.equal(functionName([ABI, COMMON_ABI], transfer.slice(0, 10) as `0x${string}`), 'transfer')
    assert.equal(functionName([ABI], transfer), undefined)
  })

  it('tells overloads apart', () => {
    const args = [ADDRESS, ADDRESS, 1n, '0x12'] as const
    const data = encodeFunctionData({ abi: COMMON_ABI, functionName: 'safeTransferFrom', args })
    assert.equal(decodeCall([COMMON_ABI], data)!.values.length, 4)
  })

  it('gives nothing for what it does not know', () => {
    assert.equal(decodeCall([ABI], transfer), undefined)
    assert.equal(decodeCall([COMMON_ABI], '0x'), undefined)
    assert.equal(decodeCall([COMMON_ABI], transfer.slice(0, 20) as `0x${string}`), undefined)
    assert.equal(decodeLog([COMMON_ABI], { topics: [], data: '0x' }), undefined)
    assert.equal(decodeError([COMMON_ABI], '0x'), undefined)
  })

  it("knows ERC-20's and ERC-721's logs of the same topic apart", () => {
    const topics = encodeEventTopics({ abi: COMMON_ABI, eventName: 'Transfer', args: [ADDRESS, ADDRESS] })
    const abis = [COMMON_ABI, COMMON_INDEXED_ABI]
    const five = `0x${'5'.padStart(64, '0')}` as const
    const erc20 = decodeLog(abis, { topics: topics as `0x${string}`[], data: five })!
    assert.deepEqual([erc20.name, erc20.values[2]!.name, erc20.values[2]!.value], ['Transfer', 'value', 5n])
    const erc721 = decodeLog(abis, { topics: [...(topics as `0x${string}`[]), five], data: '0x' })!
    assert.deepEqual([erc721.values[2]!.name, erc721.values[2]!.value], ['id', 5n])
  })

  it('gives errors of contracts, and of Solidity itself', () => {
    const own = encodeErrorResult({
      ...{ abi: COMMON_ABI, errorName: 'ERC20InsufficientBalance', args: [ADDRESS, 1n, 2n] },
    })
    assert.deepEqual(
      decodeError([COMMON_ABI], own)!.values.map(({ name }) => name),
      ['sender', 'balance', 'needed'],
    )
    const said = encodeErrorResult({ abi: COMMON_ABI, errorName: 'Error', args: ['no carrots'] })
    assert.equal(decodeError([COMMON_ABI], said)!.values[0]!.value, 'no carrots')
    assert.equal(decodeError([ABI], said), undefined)
  })

  it('says of an error that no ABI has which it is', () => {
    const own = encodeErrorResult({
      abi: parseAbi(['error TooLate(uint256)']),
      errorName: 'TooLate',
      args: [1n],
    })
    assert.equal(unknownError(own), `custom error ${toFunctionSelector('TooLate(uint256)')}`)
    assert.equal(unknownError('0x'), undefined)
  })

  it('reads what a contract says to the console', () => {
    const abi = consoleAbi()
    assert.equal(abi.length, 4 + 16 + 64 + 256 + 3)
    // The selectors of console.sol: log(string,uint256), log(bool), log(uint256,string,address,bool).
    const of = (types: string[]) =>
      abi.find(
        ({ type, ...item }) =>
          type === 'function' &&
          'inputs' in item &&
          item.inputs.map((input) => input.type).join() === types.join(),
      )
    const args = ['carrots', 5n] as const
    const data = encodeFunctionData({ abi: [of(['string', 'uint256'])!] as Abi, functionName: 'log', args })
    assert.equal(data.slice(0, 10), '0xb60e72cc')
    assert.deepEqual(
      decodeCall([abi], data)!.values.map(({ value }) => value),
      ['carrots', 5n],
    )
    assert.deepEqual(
      decodeCall([abi], `0x32458eed${'1'.padStart(64, '0')}`)!.values.map(({ value }) => value),
      [true],
    )
  })
})

describe('showValue', () => {
  it('shows integers, texts, lists and tuples', () => {
    assert.equal(showValue(2n ** 100n), '1267650600228229401496703205376')
    assert.equal(showValue('Hare'), 'Hare')
    assert.equal(showValue(['Hare', '0x12', 1n, true]), '["Hare", 0x12, 1, true]')
    assert.equal(showValue({ x: 1n, list: [{ y: 'z' }] }), '{ x: 1, list: [{ y: "z" }] }')
    assert.equal(showValue(undefined), '–')
  })
})

describe('AbiBook', () => {
  const shelf = () => {
    const kept = new Map<string, string>()
    return {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    }
  }
  const address = (n: number): `0x${string}` => `0x${n.toString(16).padStart(40, '0')}`

  it('keeps contracts by chain, the newest first', () => {
    const store = shelf()
    const book = new AbiBook(store, 'one')
    book.put({ address: ADDRESS.toUpperCase().replace('X', 'x') as `0x${string}`, name: 'Box', abi: ABI })
    book.put({ address: address(1), name: 'One', abi: ABI })
    const again = new AbiBook(store, 'one')
    assert.deepEqual(
      again.contracts.map(({ name }) => name),
      ['One', 'Box'],
    )
    assert.equal(again.find(ADDRESS)!.name, 'Box')
    assert.equal(new AbiBook(store, 'two').contracts.length, 0)
    again.remove(ADDRESS)
    assert.equal(new AbiBook(store, 'one').find(ADDRESS), undefined)
  })

  it('is bounded, and has no contract twice', () => {
    const book = new AbiBook(shelf(), 'one')
    for (let n = 0; n < MAX_CONTRACTS + 5; n++) book.put({ address: address(n), name: String(n), abi: [] })
    book.put({ address: address(MAX_CONTRACTS), name: 'again', abi: [] })
    assert.equal(book.contracts.length, MAX_CONTRACTS)
    assert.equal(book.contracts[0]!.name, 'again')
  })

  it('lives with a store that is damaged, full or forbidden', () => {
    assert.equal(new AbiBook({ getItem: () => '{', setItem: () => {} }, 'x').contracts.length, 0)
    assert.equal(new AbiBook({ getItem: () => '[1, null, {}]', setItem: () => {} }, 'x').contracts.length, 0)
    const full = {
      getItem: () => null,
      setItem: () => {
        throw new Error('full')
      },
    }
    const book = new AbiBook(full, 'x')
    book.put({ address: ADDRESS, name: 'Box', abi: ABI })
    assert.equal(book.find(ADDRESS)!.name, 'Box')
  })
})
