import type { MiningMode } from '../../../protocol/index.ts'
import type { DevChain } from '../../DevChain.ts'
import { invalidParams } from '../../errors.ts'
import { type Method, optional, type Param, type RpcContext, required } from '../../method.ts'
import { isObject, ParamError, type Parser, parseBoolean } from '../../params.ts'
import { blockJson } from '../../shapes/index.ts'
import { devMethod, parseLooseBig, parseTime } from './devMethod.ts'

/** From here on an interval is one of milliseconds, as Hardhat's is; below, of seconds, as anvil's. */
const MILLISECONDS_FROM = 1000
const MAX_INTERVAL_MS = 3_600_000

type MineOptions = { timestamp: bigint | undefined; blocks: bigint }

/** A timestamp, or an object with one and a count. */
const parseMineOptions: Parser<MineOptions> = (value, field) => {
  if (!isObject(value)) return { timestamp: parseTime(value, field), blocks: 1n }
  const { timestamp, blocks } = value
  return {
    timestamp: timestamp == null ? undefined : parseTime(timestamp, '.timestamp'),
    blocks: blocks == null ? 1n : parseLooseBig(blocks, '.blocks'),
  }
}

/** In seconds, also parts of them. */
const parseSeconds: Parser<MiningMode | 'off'> = (value) => intervalOf(value, (seconds) => seconds * 1000)

/** In seconds as anvil has it, or in milliseconds as Hardhat has it. */
const parseEitherInterval: Parser<MiningMode | 'off'> = (value) =>
  intervalOf(value, (number) => (number >= MILLISECONDS_FROM ? number : number * 1000))

function intervalOf(value: unknown, toMs: (number: number) => number): MiningMode | 'off' {
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isFinite(number) || number < 0)
    throw new ParamError(`an interval is a number of seconds, not ${JSON.stringify(value)}`)
  if (number === 0) return 'off'
  const ms = Math.max(1, Math.round(toMs(number)))
  if (ms > MAX_INTERVAL_MS) throw new ParamError(`an interval is at most ${MAX_INTERVAL_MS} ms, not ${ms}`)
  return { kind: 'interval', ms }
}

async function setInterval(dev: DevChain, mode: MiningMode | 'off'): Promise<null> {
  if (mode !== 'off') await dev.setMining(mode)
  else if (dev.mining.kind === 'interval') await dev.setMining({ kind: 'manual' })
  return null
}

const automine = devMethod([], ({ mining }) => mining.kind === 'auto')

const setAutomine = devMethod([required('enabled', parseBoolean)], async (dev, _, isOn) => {
  if (isOn) await dev.setMining({ kind: 'auto' })
  else if (dev.mining.kind === 'auto') await dev.setMining({ kind: 'manual' })
  return null
})

/** The blocks that were made, with their transactions. */
async function mineDetailed(
  dev: DevChain,
  { view }: RpcContext,
  { timestamp, blocks }: MineOptions,
): Promise<object[]> {
  const last = await dev.mine({ count: countOf(blocks), timestamp })
  return Array.from({ length: countOf(blocks) }, (_, i) => last - blocks + 1n + BigInt(i)).flatMap(
    (number) => {
      const block = view.getBlock({ number })
      return block === undefined ? [] : [blockJson(block, true)]
    },
  )
}

function countOf(blocks: bigint): number {
  if (blocks > BigInt(Number.MAX_SAFE_INTEGER)) throw invalidParams(`too many blocks: ${blocks}`)
  return Number(blocks)
}

const MINE_OPTIONS: Param<MineOptions> = optional('options', parseMineOptions, {
  timestamp: undefined,
  blocks: 1n,
})

const mineAndShow = devMethod([MINE_OPTIONS], mineDetailed)

/** When blocks come. */
export const DEV_MINING_METHODS: Record<string, Method> = {
  evm_mine: devMethod([MINE_OPTIONS], async (dev, _, { timestamp, blocks }) => {
    await dev.mine({ count: countOf(blocks), timestamp })
    return '0x0'
  }),
  evm_mine_detailed: mineAndShow,
  anvil_mine_detailed: mineAndShow,
  anvil_mine: devMethod(
    [optional('blocks', parseLooseBig, 1n), optional('interval', parseTime, 0n)],
    async (dev, _, blocks, stepS) => {
      await dev.mine({ count: countOf(blocks), stepS })
      return null
    },
  ),
  hardhat_mine: devMethod(
    [optional('blocks', parseLooseBig, 1n), optional('interval', parseTime, 1n)],
    async (dev, _, blocks, stepS) => {
      await dev.mine({ count: countOf(blocks), stepS, stepsFirst: false })
      return true
    },
  ),
  anvil_getAutomine: automine,
  hardhat_getAutomine: automine,
  evm_setAutomine: setAutomine,
  anvil_setAutomine: setAutomine,
  anvil_getIntervalMining: devMethod([], ({ mining }) =>
    mining.kind === 'interval' ? mining.ms / 1000 : null,
  ),
  anvil_setIntervalMining: devMethod([required('seconds', parseSeconds)], (dev, _, mode) =>
    setInterval(dev, mode),
  ),
  evm_setIntervalMining: devMethod([required('interval', parseEitherInterval)], (dev, _, mode) =>
    setInterval(dev, mode),
  ),
}
