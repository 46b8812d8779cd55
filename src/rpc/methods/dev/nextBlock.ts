import type { BlockWishes } from '../../../protocol/index.ts'
import { invalidParams } from '../../errors.ts'
import { type Method, required } from '../../method.ts'
import { type Parser, parseAddress, parseHash } from '../../params.ts'
import { devMethod, parseLooseBig, parseTime } from './devMethod.ts'

/** From here on a time is one of milliseconds: as seconds it would be in the year 33658. */
const MILLISECONDS_FROM = 1_000_000_000_000n

const parseGas: Parser<bigint> = parseTime

/** A method that has one wish. @param answer - what it answers once it is granted. */
function wishing<T>(
  name: string,
  parse: Parser<T>,
  wishesOf: (value: T) => BlockWishes,
  answer: unknown,
): Method {
  return devMethod([required(name, parse)], async (dev, _, value) => {
    await dev.wish(wishesOf(value))
    return answer
  })
}

const increaseTime = devMethod([required('seconds', parseTime)], async (dev, _, seconds) =>
  Number(await dev.increaseTime(seconds)),
)

const setTime = devMethod([required('time', parseTime)], async (dev, _, time) =>
  Number(await dev.setTime(time >= MILLISECONDS_FROM ? time / 1000n : time)),
)

const nextTimestamp = wishing('timestamp', parseTime, (timestamp) => ({ timestamp }), null)
const blockGasLimit = wishing('gasLimit', parseGas, (gasLimit) => ({ gasLimit }), true)

const nextBaseFee = (answer: unknown): Method =>
  wishing('baseFee', parseLooseBig, (baseFeePerGas) => ({ baseFeePerGas }), answer)

const setCoinbase = (answer: unknown): Method =>
  wishing('address', parseAddress, (coinbase) => ({ coinbase }), answer)

const minGasPrice = devMethod([required('gasPrice', parseLooseBig)], () => {
  throw invalidParams('anvil_setMinGasPrice is not supported when EIP-1559 is active')
})

/** The time, and what the next block says. */
export const DEV_NEXT_BLOCK_METHODS: Record<string, Method> = {
  evm_increaseTime: increaseTime,
  anvil_increaseTime: increaseTime,
  evm_setTime: setTime,
  anvil_setTime: setTime,
  evm_setNextBlockTimestamp: nextTimestamp,
  anvil_setNextBlockTimestamp: nextTimestamp,
  anvil_setBlockTimestampInterval: wishing(
    'seconds',
    parseTime,
    (timestampInterval) => ({ timestampInterval }),
    null,
  ),
  anvil_removeBlockTimestampInterval: devMethod([], async (dev) => {
    const was = dev.timestampInterval
    await dev.wish({ timestampInterval: null })
    return was !== undefined
  }),
  anvil_setNextBlockBaseFeePerGas: nextBaseFee(null),
  hardhat_setNextBlockBaseFeePerGas: nextBaseFee(true),
  hardhat_setPrevRandao: wishing('prevRandao', parseHash, (prevRandao) => ({ prevRandao }), true),
  anvil_setCoinbase: setCoinbase(null),
  hardhat_setCoinbase: setCoinbase(true),
  evm_setBlockGasLimit: blockGasLimit,
  anvil_setBlockGasLimit: blockGasLimit,
  anvil_setMinGasPrice: minGasPrice,
  hardhat_setMinGasPrice: minGasPrice,
}
