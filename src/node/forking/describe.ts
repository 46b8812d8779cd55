import { bytesToHex } from '../../lib/index.ts'
import type { StateRequest } from '../bridging/index.ts'

/** In words, for errors; different for each request. */
export function describe(request: StateRequest): string {
  switch (request.kind) {
    case 'account':
      return `account ${bytesToHex(request.address)}`
    case 'slot':
      return `slot ${bytesToHex(request.key)} of ${bytesToHex(request.address)}`
    case 'code':
      return `code ${bytesToHex(request.codeHash)}`
    case 'blockHash':
      return `hash of block ${request.number}`
  }
}
