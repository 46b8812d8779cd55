/** anvil with a long chain: its anvil_mine takes a time that grows with the square of the blocks, a dump that is loaded does not. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { bytes, HttpRpc, startChain } from '../../test/lib/index.ts'

type DumpedBlock = { header: { number: string; timestamp: string } }
type Dump = {
  blocks: DumpedBlock[]
  block: { number: string }
  best_block_number: number
  historical_states: unknown
}

/**
 * What an anvil has, with copies of its newest block, which must be empty, behind it up to the block `last`; on a new one.
 *
 * @param url - of the anvil that is copied.
 */
export async function startLongAnvil(
  url: string,
  last: number,
): Promise<{ port: number; stop: () => Promise<unknown> }> {
  const folder = mkdtempSync(join(tmpdir(), 'leveret-anvil-'))
  try {
    const file = join(folder, 'state.json')
    writeFileSync(file, JSON.stringify(lengthened(await dumpOf(url), last)))
    return await startChain({ target: 'anvil', extraArguments: ['--load-state', file] })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function dumpOf(url: string): Promise<Dump> {
  const rpc = new HttpRpc(url)
  try {
    return JSON.parse(gunzipSync(bytes(await rpc.call('anvil_dumpState'))).toString())
  } finally {
    rpc.close()
  }
}

function lengthened(dump: Dump, last: number): Dump {
  const newest = dump.blocks.reduce((a, b) => (Number(a.header.number) > Number(b.header.number) ? a : b))
  const { header } = newest
  const copies = Array.from({ length: last - Number(header.number) }, (_, i) => ({
    ...newest,
    header: {
      ...header,
      number: `0x${(Number(header.number) + i + 1).toString(16)}`,
      timestamp: `0x${(Number(header.timestamp) + i + 1).toString(16)}`,
    },
  }))
  return {
    ...dump,
    blocks: [...dump.blocks, ...copies],
    ...{ block: { ...dump.block, number: `0x${last.toString(16)}` }, best_block_number: last },
    historical_states: null,
  }
}
