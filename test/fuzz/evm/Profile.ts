import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { createEVM } from '@ethereumjs/evm'
import { Account, createAddressFromString, createZeroAddress } from '@ethereumjs/util'
import { opcodeName } from '../../../src/evm/index.ts'
import { fromBigInt } from '../../../src/lib/index.ts'
import { BALANCE, minimumGas, SENDER } from './CaseRunner.ts'
import { codesOf, contractAddress, type FuzzCase } from './FuzzCase.ts'

/** Instructions that one case may take here: it is a slow machine. */
const MAX_STEPS = 20_000
const MAX_GAS = 10_000_000n

/**
 * What the programs do: instructions and opcodes executed, counted on @ethereumjs/evm for a sample of the cases. The
 * engines under test can't say it, and should not be asked.
 */
export class Profile {
  readonly opcodes = new Map<number, number>()
  /** Instructions of each case, in order. */
  readonly steps: number[] = []
  /** Why cases ended early that this peer could not run to their end. */
  readonly failures: string[] = []

  async add(fuzzCase: FuzzCase): Promise<void> {
    const common = new Common({ chain: Mainnet, hardfork: Hardfork[fuzzCase.fork] })
    const evm = await createEVM({ common })
    let steps = 0
    evm.events!.on('step', ({ opcode }, done) => {
      steps++
      this.opcodes.set(opcode.code, (this.opcodes.get(opcode.code) ?? 0) + 1)
      // Steps can't be refused: what takes too long is cut off by an error.
      if (steps > MAX_STEPS) throw new TooLong()
      done?.()
    })
    try {
      await runOn(evm, fuzzCase)
    } catch (error) {
      // This peer has no library for point evaluation, and does not take every memory offset.
      if (!(error instanceof TooLong)) this.failures.push(String(error))
    }
    this.steps.push(steps)
  }

  /** Opcodes that this fork has and that no case of the sample executed. */
  missing(known: readonly ({ code: number } | undefined)[]): string[] {
    return known.flatMap((opcode) =>
      opcode === undefined || this.opcodes.has(opcode.code) ? [] : [opcodeName(opcode.code)],
    )
  }

  /** Share of the cases that executed more than some instructions. */
  shareBeyond(steps: number): number {
    return this.steps.filter((count) => count > steps).length / Math.max(1, this.steps.length)
  }
}

const BLOCK = {
  header: {
    number: 1000n,
    coinbase: createZeroAddress(),
    timestamp: 1n,
    difficulty: 0n,
    prevRandao: new Uint8Array(32),
    gasLimit: 200_000_000n,
    baseFeePerGas: 7n,
    getBlobGasPrice: () => 5n,
  },
}

class TooLong extends Error {}

type EthereumjsEvm = Awaited<ReturnType<typeof createEVM>>

async function runOn(evm: EthereumjsEvm, fuzzCase: FuzzCase): Promise<void> {
  const codes = codesOf(fuzzCase)
  for (const [index, { storage }] of fuzzCase.contracts.entries()) {
    const address = createAddressFromString(textOf(contractAddress(index)))
    await evm.stateManager.putAccount(address, new Account(1n, BALANCE))
    await evm.stateManager.putCode(address, codes[index]!)
    for (const [key, value] of storage)
      await evm.stateManager.putStorage(address, fromBigInt(key, 32), fromBigInt(value, 32))
  }
  const sender = createAddressFromString(textOf(BigInt(`0x${Buffer.from(SENDER).toString('hex')}`)))
  await evm.stateManager.putAccount(sender, new Account(0n, 1n << 100n))
  await evm.runCall({
    caller: sender,
    block: BLOCK,
    gasLimit: fuzzCase.gas < MAX_GAS ? fuzzCase.gas - minimumGas(fuzzCase) : MAX_GAS,
    value: fuzzCase.value,
    ...(fuzzCase.creates
      ? { data: Buffer.concat([codes[0]!, fuzzCase.data]) }
      : { to: createAddressFromString(textOf(contractAddress(0))), data: fuzzCase.data }),
  })
}

function textOf(address: bigint): `0x${string}` {
  return `0x${address.toString(16).padStart(40, '0')}`
}
