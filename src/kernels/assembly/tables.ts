// The tables of accounts and slots as a whole: empty, and searched by hashes that nobody outside can foresee.

import { accountLimit, describeAccounts, resetAccounts } from './accounts'
import { coldLimit, resetCold } from './cold'
import { resetJournal } from './journal'
import { codeBytes, codeBytesEnd, codeLimit, codeRecords, recordLimit, records, speculation } from './layout'
import { resetMoveOut } from './moveOut'
import { resetRecords } from './records'
import { describeSlots, resetSlots } from './slots'
import {
  TABLE_CODE_BYTES,
  TABLE_CODE_BYTES_END,
  TABLE_CODE_LIMIT,
  TABLE_CODE_RECORDS,
  TABLE_RECORD_LIMIT,
  TABLE_RECORDS,
  TABLES,
} from './speculation'

const seeds: usize = memory.data(64, 16)

export function seedTables(s0: f64, s1: f64, s2: f64, s3: f64): void {
  store<f64>(seeds, s0)
  store<f64>(seeds, s1, 8)
  store<f64>(seeds, s2, 16)
  store<f64>(seeds, s3, 24)
}

/** Forgets all accounts and slots, and what was to be listed of them. */
export function emptyTables(): void {
  const a = load<u64>(seeds) * 0x9e3779b97f4a7c15
  const b = load<u64>(seeds, 8) * 0xbf58476d1ce4e5b9
  const c = load<u64>(seeds, 16) * 0x94d049bb133111eb
  const d = load<u64>(seeds, 24) * 0xd6e8feb86659fd93
  resetCold()
  resetMoveOut()
  resetRecords(coldLimit == 0 ? 0 : min(accountLimit(), recordLimit / 2))
  resetAccounts(a, b, c)
  resetSlots(b ^ c, c ^ d, d ^ a, a ^ b)
  resetJournal()
  if (speculation != 0) describeTables(speculation + TABLES)
}

/** For speculators, which search here too. */
function describeTables(at: usize): void {
  describeAccounts(at)
  describeSlots(at)
  store<u32>(at, <u32>records, TABLE_RECORDS)
  store<u32>(at, recordLimit, TABLE_RECORD_LIMIT)
  store<u32>(at, <u32>codeRecords, TABLE_CODE_RECORDS)
  store<u32>(at, codeLimit, TABLE_CODE_LIMIT)
  store<u32>(at, <u32>codeBytes, TABLE_CODE_BYTES)
  store<u32>(at, <u32>codeBytesEnd, TABLE_CODE_BYTES_END)
}
