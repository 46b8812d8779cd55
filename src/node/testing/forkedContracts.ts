type Ask = (method: string, params: unknown[]) => Promise<unknown>

/** What tests of forks find on the remote: two counters, and somebody with 100 wei. */
export const FORKED = {
  /** Without call data it adds one to its slot 0 and logs the sum as a topic; with some it returns the slot that they name. */
  code: '0x366010575f54600101805f555f5fa1005b5f35545f5260205ff3',
  counter: '0x00000000000000000000000000000000000c0de1',
  /** Stands at 41; its slot 5 has 5. */
  other: '0x00000000000000000000000000000000000c0de2',
  rich: '0x00000000000000000000000000000000000000aa',
} as const

export const word = (value: number | bigint): string => `0x${value.toString(16).padStart(64, '0')}`

/** Puts all of it into the chain. */
export async function writeForked(ask: Ask): Promise<void> {
  const { code, counter, other, rich } = FORKED
  for (const address of [counter, other]) await ask('anvil_setCode', [address, code])
  await ask('anvil_setStorageAt', [other, '0x0', word(41)])
  await ask('anvil_setStorageAt', [other, '0x5', word(5)])
  await ask('anvil_setBalance', [rich, '0x64'])
}
