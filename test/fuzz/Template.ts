/** Bytes, with places for addresses that are known only when the action runs. */
export type Template = (Uint8Array | Ref)[]

/** Who is meant. */
export type Ref =
  | { kind: 'signer'; index: number }
  /** What the action with this id creates. */
  | { kind: 'contract'; action: number }
  /** What that contract creates with its n-th CREATE. */
  | { kind: 'child'; action: number; nonce: bigint }
  | { kind: 'precompile'; number: number }
  /** Nobody was there before. */
  | { kind: 'fresh'; number: number }
