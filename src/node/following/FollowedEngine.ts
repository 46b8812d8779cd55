import type { Engine } from '../../execution/index.ts'
import type { LogRecord, OldAccount } from '../../feed/index.ts'
import type { FollowedState } from '../../replica/index.ts'

/** The state of a followed chain in an engine; what a record means to it is said by who extends this. */
export abstract class FollowedEngine implements FollowedState {
  protected readonly engine: Engine

  constructor(engine: Engine) {
    this.engine = engine
  }

  account(address: Uint8Array): OldAccount | undefined {
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

  abstract take(record: LogRecord, payload: Uint8Array): void

  /** Takes a record in that the log has. */
  abstract replay(record: LogRecord, payload: Uint8Array): void

  /** The log's end is reached. */
  endReplay(): void {}

  protected apply(record: LogRecord): void {
    if (record.kind === 'chunk' || record.kind === 'rewind') this.engine.applyDiff(record.diff)
  }
}

/** A replica's: takes in what the records say changes. */
export class AppliedState extends FollowedEngine {
  take(record: LogRecord): void {
    this.apply(record)
  }

  replay(record: LogRecord): void {
    this.apply(record)
  }
}
