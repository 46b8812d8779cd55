import type { Connection, ResumePoint } from './Connection.ts'
import { hexQuantity } from './format.ts'

/** Of a close frame (RFC 6455, section 5.5). */
const MAX_CLOSE_REASON_BYTES = 123

/** What a client is told whose connection is dropped: in a last message, and in the reason of the closing. */
export type DropNotice = { message: string; closeReason: string }

/** @param reason - short, in ASCII. */
export function dropNotice(connection: Connection, reason: string): DropNotice {
  const resume: Record<string, object> = {}
  let oldest: ResumePoint | undefined
  for (const [id, { resumePoint }] of connection.subscriptions) {
    const point = resumePoint()
    if (point === undefined) continue
    resume[id] = { fromMiniBlock: hexQuantity(point.miniBlock), fromIndex: hexQuantity(point.index) }
    if (oldest === undefined || point.miniBlock < oldest.miniBlock) oldest = point
  }
  const message = JSON.stringify({ jsonrpc: '2.0', method: 'leveret_dropped', params: { reason, resume } })
  const hint = oldest === undefined ? '' : `; resume with fromMiniBlock ${hexQuantity(oldest.miniBlock)}`
  return { message, closeReason: (reason + hint).slice(0, MAX_CLOSE_REASON_BYTES) }
}
