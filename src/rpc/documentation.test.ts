import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { ERROR_CODES } from './errors.ts'
import { DEFAULT_RPC_LIMITS, type RpcLimits } from './limits.ts'
import { METHODS } from './methods/index.ts'

const page = readFileSync(new URL('../../docs/rpc.md', import.meta.url), 'utf8')

/** Every match's captured groups. */
const find = (pattern: RegExp): string[][] => [...page.matchAll(pattern)].map((match) => match.slice(1))

describe('docs/rpc.md', () => {
  it('describes every method with its parameters, and no other', () => {
    const described = find(/^### `(\w+)`\n\nParameters: (.*?)\. Result/gm).map(([name, params]) => [
      name,
      params === 'none' ? '' : params!.replaceAll('`', ''),
    ])
    const table = [...METHODS].map(([name, { params }]) => [
      name,
      params.map((param) => param.name + (param.optional ? '?' : '')).join(', '),
    ])
    assert.deepEqual(described.sort(), table.sort())
    assert.equal(find(/^### /gm).length, table.length)
  })

  it('lists every error code, and no other', () => {
    const listed = find(/^\| (-?\d+) \| `(\w+)` \|/gm).map(([code, name]) => [name, Number(code)])
    assert.deepEqual(listed.sort(), Object.entries(ERROR_CODES).sort())
  })

  it('lists every numeric limit with its default', () => {
    const listed = find(/^\| `(\w+)` \| (\d+) \|/gm)
    const numbers = Object.entries(DEFAULT_RPC_LIMITS).filter(
      ([name, value]) =>
        /^(?:number|bigint)$/.test(typeof value) &&
        name !== ('suggestedPriorityFeeWei' satisfies keyof RpcLimits),
    )
    assert.deepEqual(listed.sort(), numbers.map(([name, value]) => [name, String(value)]).sort())
  })
})
