import { addressOfPublicKey, publicKeyOf } from '../../protocol/index.ts'
import { NO_STATE } from '../compact/index.ts'
import {
  EntryMaker,
  type EntryMakerStart,
  encodeEntry,
  type FeedEntry,
  type RecordSigner,
  signEntry,
  signWithKey,
} from '../entries/index.ts'
import { encodeRecord, payloadOf } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'
import { GENESIS_HASH, validLog } from '../testLog.ts'

/** What the tests of streams share: signers, and short valid streams. */
export function testSigner(fill = 0x46): RecordSigner {
  const key = new Uint8Array(32).fill(fill)
  return {
    address: addressOfPublicKey(publicKeyOf(key, false)),
    sign: (digest) => signWithKey(digest, key),
  }
}

/** The signed entries of some records of a log, from the chain's start on unless said otherwise. */
export async function entriesOf(
  records: readonly LogRecord[],
  start: Partial<EntryMakerStart> & { signer?: RecordSigner } = {},
): Promise<FeedEntry[]> {
  const maker = new EntryMaker({
    genesisHash: GENESIS_HASH,
    epoch: 1n,
    nextRecord: 0n,
    parentDigest: GENESIS_HASH,
    miniBlockNumber: 0n,
    // It is not changed by what the records of validLog say.
    oldState: NO_STATE,
    ...start,
  })
  const entries: FeedEntry[] = []
  for (const record of records) {
    const entry = maker.add(record, payloadOf(encodeRecord(record)))
    const signer = start.signer ?? testSigner()
    if (entry !== undefined) entries.push(await signEntry(entry, { genesisHash: GENESIS_HASH, signer }))
  }
  return entries
}

/** The encoded entries of a {@link validLog}: three a block, of three, one and one records. */
export async function encodedEntries(blockCount: number, raw?: Uint8Array): Promise<Uint8Array[]> {
  return (await entriesOf(validLog(blockCount, raw))).map(encodeEntry)
}
