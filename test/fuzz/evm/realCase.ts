/** Cases around contracts as they are in use, called with arguments that may well mean something to them. */
import { fromBigInt, type Prng } from '../../../src/lib/index.ts'
import { SENDER } from './CaseRunner.ts'
import { type Contract, contractAddress, type FuzzCase, NOBODY, PERSON, type Slot } from './FuzzCase.ts'
import { itemsWithLabels } from './items.ts'
import { realCodes, selectorsOf } from './realCodes.ts'
import { interestingWord } from './words.ts'

const MOST_ARGUMENTS = 9
const STORAGE_SLOTS = 16

export function realCase(random: Prng, harm: (code: Uint8Array) => Uint8Array): FuzzCase {
  const code = random.pick(realCodes())
  const others = Array.from({ length: 1 + random.nextInt(2) }, () => random.pick(realCodes()))
  const contracts: Contract[] = [code, ...others].map((each) => ({
    items: itemsWithLabels(random.nextInt(6) === 0 ? harm(each) : each),
    storage: storage(random),
  }))
  return {
    fork: 'Osaka',
    contracts,
    creates: false,
    data: callData(random, code),
    value: random.nextInt(4) === 0 ? BigInt(random.nextInt(1000)) : 0n,
    gas: 1_000_000n,
    parentHashPending: false,
  }
}

/** An address of the case, a small number, an offset into the arguments, or anything. */
function argument(random: Prng): bigint {
  const choice = random.nextInt(12)
  if (choice < 3) return contractAddress(random.nextInt(3))
  if (choice === 3) return random.pick([PERSON, NOBODY, BigInt(`0x${Buffer.from(SENDER).toString('hex')}`)])
  if (choice < 6) return BigInt(random.nextInt(1000))
  if (choice < 10) return BigInt(32 * random.nextInt(MOST_ARGUMENTS))
  return interestingWord(random)
}

function callData(random: Prng, code: Uint8Array): Uint8Array {
  const selectors = selectorsOf(code)
  const selector = selectors.length === 0 ? random.nextUint32() : random.pick(selectors)
  const words = Array.from({ length: random.nextInt(MOST_ARGUMENTS + 1) }, () => argument(random))
  return Uint8Array.from(
    Buffer.concat([fromBigInt(BigInt(selector), 4), ...words.map((word) => fromBigInt(word, 32))]),
  )
}

function storage(random: Prng): Slot[] {
  const slots: Slot[] = []
  for (let key = 0n; key < STORAGE_SLOTS; key++) {
    if (random.nextInt(3) !== 0) slots.push([key, argument(random)])
  }
  return slots
}
