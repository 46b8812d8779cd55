import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { FrameEnd, FrameStart } from '../../execution/index.ts'
import { TransferTracer } from './TransferTracer.ts'

const address = (n: number): Uint8Array => new Uint8Array(20).fill(n)
const call = (value: bigint | undefined, kind = 0xf1): FrameStart => ({
  ...{ kind, from: address(1), to: address(2), input: new Uint8Array(0), gas: 0n, value },
})
const end = (error?: string): FrameEnd => ({ output: new Uint8Array(0), gasUsed: 0n, error })
const log = { address: address(9), topics: [], data: new Uint8Array(0) }
const heard = (tracer: TransferTracer) => tracer.takeLogs().map((entry) => [entry.address[0], entry.index])

it('tells logs and transfers in order, and forgets those of what failed, but not their numbers', () => {
  const tracer = new TransferTracer(true)
  tracer.begin()
  tracer.enter(call(5n)) // 0
  tracer.enter(call(1n)) // 1, fails
  tracer.log(log) // 2, fails
  tracer.exit(end('execution reverted'))
  tracer.log(log) // 3
  tracer.enter(call(7n, 0xf4)) // a delegate call moves nothing
  tracer.exit(end())
  tracer.exit(end())
  assert.deepEqual(heard(tracer), [
    [0xee, 0],
    [9, 3],
  ])
  tracer.begin()
  tracer.enter(call(5n)) // 4
  tracer.exit(end('out of gas'))
  assert.deepEqual(heard(tracer), [])
})

it('tells no transfers unless they are wanted', () => {
  const tracer = new TransferTracer(false)
  tracer.begin()
  tracer.enter(call(5n))
  tracer.log(log)
  tracer.exit(end())
  assert.deepEqual(heard(tracer), [[9, 0]])
})
