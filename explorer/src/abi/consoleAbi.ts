import type { Abi } from 'viem'

/** Where `console.log` of Hardhat and Foundry calls: "console.log" in ASCII. Nothing is there; who traces reads along. */
export const CONSOLE_ADDRESS = '0x000000000000000000636f6e736f6c652e6c6f67'

const TYPES = ['string', 'uint256', 'bool', 'address'] as const
const MOST_ARGUMENTS = 4
/** Those with one argument of another type. */
const SINGLE_TYPES = ['int256', 'bytes', 'bytes32']

let abi: Abi | undefined

/** `log` with one to four arguments of the usual types: 343 functions, made when the first is needed. */
export function consoleAbi(): Abi {
  abi ??= [...combinations(MOST_ARGUMENTS), ...SINGLE_TYPES.map((type) => [type])].map((types) => ({
    ...{ type: 'function' as const, name: 'log', stateMutability: 'view' as const, outputs: [] },
    inputs: types.map((type) => ({ name: '', type })),
  }))
  return abi
}

function combinations(most: number): string[][] {
  if (most === 1) return TYPES.map((type) => [type])
  const shorter = combinations(most - 1)
  const longest = shorter.filter((types) => types.length === most - 1)
  return [...shorter, ...longest.flatMap((types) => TYPES.map((type) => [...types, type]))]
}
