import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { hexData } from '../../format.ts'
import { type Method, optional, required } from '../../method.ts'
import { parseBoolean, parseData } from '../../params.ts'
import { DumpError, dumpText, parseDump } from '../../stateDump/index.ts'
import { devMethod } from './devMethod.ts'

/** Bytes that a dump may have once it is unpacked. */
const UNPACKED_LIMIT_BYTES = 256 * 1024 * 1024

const dump = devMethod([optional('historicalStates', parseBoolean, false)], async (dev) => {
  const text = await dumpText(await dev.dumps.dump())
  return hexData(await promisify(gzip)(text))
})

const load = devMethod([required('dump', parseData)], async (dev, _, bytes) => {
  await dev.dumps.load(parseDump(await unpacked(bytes)))
  return true
})

/** The JSON itself is taken, too. */
async function unpacked(bytes: Uint8Array): Promise<string> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes)
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: UNPACKED_LIMIT_BYTES })).toString()
  } catch (error) {
    throw new DumpError((error as Error).message)
  }
}

/** Take state and blocks to another chain. */
export const DEV_DUMP_METHODS: Record<string, Method> = {
  anvil_dumpState: dump,
  anvil_loadState: load,
}
