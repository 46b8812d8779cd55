// The trie's own limits: the host throws, so that the call does not return. What it was doing is then half done.

// @ts-ignore: decorator
@external("host", "fail")
declare function hostFail(reason: u32): void

export const NODES_FULL: u32 = 1
export const SCRATCH_FULL: u32 = 2

export function fail(reason: u32): void {
  hostFail(reason)
  unreachable()
}
