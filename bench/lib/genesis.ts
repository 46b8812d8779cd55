const FORKS_BEFORE_THE_MERGE = [
  'homestead',
  'eip150',
  'eip155',
  'eip158',
  'byzantium',
  'constantinople',
  'petersburg',
  'istanbul',
  'berlin',
  'london',
]

export type GenesisAccount = {
  balance: string
  nonce?: string
  code?: string
  storage?: Record<string, string>
}

/** A geth-style genesis under Osaka from the start, which Leveret and anvil take alike. Addresses have no 0x. */
export function benchGenesis(
  alloc: Record<string, GenesisAccount>,
  { gasLimit }: { gasLimit: number },
): object {
  return {
    config: {
      chainId: 31337,
      ...Object.fromEntries(FORKS_BEFORE_THE_MERGE.map((fork) => [`${fork}Block`, 0])),
      terminalTotalDifficulty: 0,
      ...Object.fromEntries(['shanghai', 'cancun', 'prague', 'osaka'].map((fork) => [`${fork}Time`, 0])),
    },
    gasLimit: `0x${gasLimit.toString(16)}`,
    difficulty: '0x0',
    timestamp: '0x0',
    extraData: '0x',
    baseFeePerGas: '0x3b9aca00',
    alloc,
  }
}
