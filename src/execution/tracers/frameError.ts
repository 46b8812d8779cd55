import { precompileAt } from '../../evm/index.ts'
import { ENDING } from '../../kernels/index.ts'
import { toBigInt } from '../../lib/index.ts'
import { FORK_RULES, type Fork } from '../../protocol/index.ts'
import type { FrameStart } from './Tracer.ts'

export const EXECUTION_REVERTED = 'execution reverted'

/** Why a frame failed that no instruction has halted, in geth's words; undefined for success and for those. */
export function frameError(
  ending: number,
  { frame, outputLength, fork }: { frame: FrameStart; outputLength: number; fork: Fork },
): string | undefined {
  switch (ending) {
    case ENDING.revert:
      return EXECUTION_REVERTED
    case ENDING.maxCodeSize:
      return `max code size exceeded: code size ${outputLength} limit ${FORK_RULES[fork].maxCodeSize}`
    case ENDING.invalidCode:
      return 'invalid code: must not begin with 0xef'
    case ENDING.codeStoreOutOfGas:
      return 'contract creation code storage out of gas'
    case ENDING.collision:
      return 'contract address collision'
    case ENDING.depth:
      return 'max call depth exceeded'
    case ENDING.insufficientBalance:
      return 'insufficient balance for transfer'
    case ENDING.nonceOverflow:
      return 'nonce uint64 overflow'
    case ENDING.precompile:
      return precompileError(frame, fork)
    default:
      return undefined
  }
}

/** What a precompile says that fails. Which of a curve's conditions its input breaks isn't told apart: see docs/rpc.md. */
function precompileError({ to, input, gas }: FrameStart, fork: Fork): string {
  const address = Number(toBigInt(to!))
  const precompile = precompileAt(address, fork)
  if (precompile === undefined || precompile.gas(input, fork) > gas) return 'out of gas'
  switch (address) {
    case 0x06:
    case 0x07:
      return 'bn256: malformed point'
    case 0x08:
      return input.length % 192 === 0 ? 'bn256: malformed point' : 'bad elliptic curve pairing size'
    case 0x09:
      return input.length === 213 ? 'invalid final flag' : 'invalid input length'
    case 0x0a:
      return input.length === 192 ? 'error verifying kzg proof' : 'invalid input length'
    default:
      return isWholeBls(address, input.length) ? 'invalid point' : 'invalid input length'
  }
}

/** Whether a BLS precompile (EIP-2537) takes inputs of so many bytes. */
function isWholeBls(address: number, length: number): boolean {
  const item = { 11: 256, 12: 160, 13: 512, 14: 288, 15: 384, 16: 64, 17: 128 }[address]
  if (item === undefined) return true
  const isList = address === 0x0c || address === 0x0e || address === 0x0f
  return isList ? length > 0 && length % item === 0 : length === item
}
