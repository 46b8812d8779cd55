import { KINDS } from '../recordCodec.ts'
import type { LogRecord } from '../records.ts'

// How records are told: the first byte of each.

export const OPEN_FORM = 1
export const CHUNK_FORM = 2
export const SEAL_FORM = 3
export const CLOSE_FORM = 4
/** No record: what a dictionary that begins in the middle of a block must know. */
export const CONTEXT_FORM = 7
/** Plus a record's kind: varint length, and the payload as it is among the texts. */
export const AS_IT_IS_FORM = 16

export const KIND_NUMBERS: Readonly<Record<LogRecord['kind'], number>> = Object.fromEntries(
  KINDS.map((kind, i) => [kind, i + 1]),
) as Record<LogRecord['kind'], number>
