import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const FILE = 'peer.key'
const SEED_BYTES = 32
const OWNER_ONLY = 0o600

/** The seed of the node's key among peers (Ed25519, 32 bytes), kept in its folder: so a node stays the same peer. */
export function peerSeed(folder: string): Uint8Array {
  const path = join(folder, FILE)
  if (!existsSync(path)) writeFileSync(path, randomBytes(SEED_BYTES), { mode: OWNER_ONLY })
  const seed = readFileSync(path)
  if (seed.length !== SEED_BYTES) throw new PeerKeyError(path, seed.length)
  return new Uint8Array(seed)
}

export class PeerKeyError extends Error {
  override readonly name = 'PeerKeyError'

  constructor(path: string, length: number) {
    super(
      `The node's key among peers is damaged: ${length} bytes, ${SEED_BYTES} are right.\n  file: ${path}\n` +
        '  next: put it back, or delete it: the node is another peer then.',
    )
  }
}
