import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { concatBytes } from '../lib/index.ts'
import { SnapshotReader } from './SnapshotReader.ts'
import {
  encodeFrameHead,
  encodeSnapshotHead,
  FILE_HEAD_BYTES,
  FRAME_KIND,
  type SnapshotHead,
} from './snapshotFormat.ts'

/**
 * Says in a snapshot that another log goes on behind it, where the same records stand elsewhere: the snapshot of another
 * node. All else stays as it is. Throws SnapshotError if the file is none.
 */
export function moveSnapshot(path: string, place: { segment: number; offset: number }): SnapshotHead {
  const reader = new SnapshotReader(path)
  reader.close()
  const head = { ...reader.head, log: { ...reader.head.log, ...place } }
  // Places have a fixed length.
  const payload = encodeSnapshotHead(head)
  const file = openSync(path, 'r+')
  try {
    const bytes = concatBytes(encodeFrameHead(FRAME_KIND.head, payload), payload)
    writeSync(file, bytes, 0, bytes.length, FILE_HEAD_BYTES)
    fdatasyncSync(file)
  } finally {
    closeSync(file)
  }
  return head
}
