import assert from 'node:assert/strict'
import { Engine } from '../../src/execution/index.ts'
import { BodyEncoder, encodeRecord, type LogRecord, type OldState, payloadOf } from '../../src/feed/index.ts'
import { TwinDecoder } from '../../src/feed/testing/index.ts'

export type Body = { body: Uint8Array; beginsAnew: boolean; recordCount: number }

/** A follower's engine, as the codec of bodies reads it. */
export class FollowerState implements OldState {
  readonly engine: Engine

  constructor(engine: Engine = new Engine({ memoryMiB: 320 })) {
    this.engine = engine
  }

  account(address: Uint8Array): ReturnType<OldState['account']> {
    return this.engine.getAccount(address)
  }

  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    return this.engine.getStorage(address, key)
  }

  readAccount(source: DataView, at: number, target: DataView, targetAt: number): boolean {
    return this.engine.readAccount(source, at, target, targetAt)
  }

  readSlot(source: DataView, at: number, target: DataView, targetAt: number): void {
    this.engine.readSlot(source, at, target, targetAt)
  }

  readAccounts(addresses: Uint8Array, target: Uint8Array): void {
    this.engine.readAccounts(addresses, target)
  }

  readSlots(names: Uint8Array, target: Uint8Array): void {
    this.engine.readSlots(names, target)
  }

  follow(record: LogRecord): void {
    if (record.kind === 'chunk' || record.kind === 'rewind') this.engine.applyDiff(record.diff)
  }
}

/** Writes records into bodies, reads them again elsewhere, and holds both against each other. */
export class BodyRoundTrip {
  readonly #writer: FollowerState
  readonly #reader: FollowerState
  readonly #encoder: BodyEncoder
  readonly #decoder: TwinDecoder
  readonly bodies: Body[] = []

  /**
   * @param makeState - the state before the first record, an own one at each call.
   * @param options - see BodyEncoder.
   */
  constructor(makeState: () => FollowerState, options?: { dictionaryBytes: number }) {
    this.#writer = makeState()
    this.#reader = makeState()
    this.#encoder = new BodyEncoder(this.#writer, options)
    this.#decoder = new TwinDecoder(this.#reader)
  }

  /** One entry. */
  pass(records: readonly LogRecord[]): Body {
    const frames = records.map((record) => encodeRecord(record))
    for (const [i, record] of records.entries()) {
      this.#encoder.add(record, payloadOf(frames[i]!))
      this.#writer.follow(record)
    }
    const body = { ...this.#encoder.finish(), recordCount: records.length }
    this.bodies.push(body)
    assertDecodes(this.#decoder, body, { frames, state: this.#reader })
    return body
  }
}

/** Decodes an entry and applies its diffs. */
export function assertDecodes(
  decoder: TwinDecoder,
  body: Body,
  { frames, state }: { frames: readonly Uint8Array[]; state: FollowerState },
): void {
  let count = 0
  for (const { frame, record } of decoder.records(body)) {
    assert.ok(Buffer.compare(frame, frames[count]!) === 0, `record ${count}, a ${record.kind}, is another`)
    count++
    state.follow(record)
  }
  assert.equal(count, frames.length)
}
