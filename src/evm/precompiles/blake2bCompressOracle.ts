/**
 * F of BLAKE2b (RFC 7693 section 3.2) on a state of 64 bytes, changed in place; `block` 128 bytes, `counter` 16, all
 * little-endian words of 64 bits. The readable twin of the kernel of that name, which is 20 times as fast. Each word is two halves of 32 bits, low half first: V8 computes these in registers.
 */
export function blake2bCompressOracle(
  state: Uint8Array,
  block: Uint8Array,
  counter: Uint8Array,
  options: { isFinal: boolean; rounds: number },
): void {
  const h = readWords(state)
  const m = readWords(block)
  const t = readWords(counter)
  const v = new Int32Array(32)
  v.set(h, 0)
  v.set(IV, 16)
  for (let i = 0; i < 4; i++) v[24 + i]! ^= t[i]!
  if (options.isFinal) {
    v[28] = ~v[28]!
    v[29] = ~v[29]!
  }
  for (let round = 0; round < options.rounds; round++) mixRound(v, m, (round % 10) * 16)
  for (let i = 0; i < 16; i++) h[i]! ^= v[i]! ^ v[i + 16]!
  writeWords(h, state)
}

function mixRound(v: Int32Array, m: Int32Array, s: number): void {
  mix(v, m, 0, 8, 16, 24, SIGMA[s]!, SIGMA[s + 1]!)
  mix(v, m, 2, 10, 18, 26, SIGMA[s + 2]!, SIGMA[s + 3]!)
  mix(v, m, 4, 12, 20, 28, SIGMA[s + 4]!, SIGMA[s + 5]!)
  mix(v, m, 6, 14, 22, 30, SIGMA[s + 6]!, SIGMA[s + 7]!)
  mix(v, m, 0, 10, 20, 30, SIGMA[s + 8]!, SIGMA[s + 9]!)
  mix(v, m, 2, 12, 22, 24, SIGMA[s + 10]!, SIGMA[s + 11]!)
  mix(v, m, 4, 14, 16, 26, SIGMA[s + 12]!, SIGMA[s + 13]!)
  mix(v, m, 6, 8, 18, 28, SIGMA[s + 14]!, SIGMA[s + 15]!)
}

/**
 * G of RFC 7693 section 3.1; a, b, c, d index low halves in `v`, x and y in `m`.
 * Rotations right: 32 (swap the halves), 24, 16 and 63.
 */
function mix(
  v: Int32Array,
  m: Int32Array,
  a: number,
  b: number,
  c: number,
  d: number,
  x: number,
  y: number,
): void {
  let bl = v[b]!
  let bh = v[b + 1]!
  let low = (v[a]! >>> 0) + (bl >>> 0) + (m[x]! >>> 0)
  let ah = (v[a + 1]! + bh + m[x + 1]! + Math.floor(low / TWO_32)) | 0
  let al = low | 0

  let dl = v[d + 1]! ^ ah
  let dh = v[d]! ^ al

  low = (v[c]! >>> 0) + (dl >>> 0)
  let ch = (v[c + 1]! + dh + Math.floor(low / TWO_32)) | 0
  let cl = low | 0

  let l = bl ^ cl
  let h = bh ^ ch
  bl = (l >>> 24) | (h << 8)
  bh = (h >>> 24) | (l << 8)

  low = (al >>> 0) + (bl >>> 0) + (m[y]! >>> 0)
  ah = (ah + bh + m[y + 1]! + Math.floor(low / TWO_32)) | 0
  al = low | 0

  l = dl ^ al
  h = dh ^ ah
  dl = (l >>> 16) | (h << 16)
  dh = (h >>> 16) | (l << 16)

  low = (cl >>> 0) + (dl >>> 0)
  ch = (ch + dh + Math.floor(low / TWO_32)) | 0
  cl = low | 0

  l = bl ^ cl
  h = bh ^ ch
  v[a] = al
  v[a + 1] = ah
  v[b] = (l << 1) | (h >>> 31)
  v[b + 1] = (h << 1) | (l >>> 31)
  v[c] = cl
  v[c + 1] = ch
  v[d] = dl
  v[d + 1] = dh
}

const TWO_32 = 0x100000000

/** RFC 7693 section 2.6, as halves. */
const IV = Int32Array.of(
  ...[0xf3bcc908, 0x6a09e667, 0x84caa73b, 0xbb67ae85, 0xfe94f82b, 0x3c6ef372, 0x5f1d36f1, 0xa54ff53a],
  ...[0xade682d1, 0x510e527f, 0x2b3e6c1f, 0x9b05688c, 0xfb41bd6b, 0x1f83d9ab, 0x137e2179, 0x5be0cd19],
)

/** RFC 7693 section 2.7: which message words a round uses, doubled to index halves. */
const SIGMA = Uint8Array.of(
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  ...[14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3],
  ...[11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4],
  ...[7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8],
  ...[9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13],
  ...[2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9],
  ...[12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11],
  ...[13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10],
  ...[6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5],
  ...[10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0],
).map((word) => 2 * word)

function readWords(bytes: Uint8Array): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Int32Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true))
}

function writeWords(words: Int32Array, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (const [i, word] of words.entries()) view.setInt32(4 * i, word, true)
}
