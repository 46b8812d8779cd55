/** The sources no longer have the entries that come next here: only a newer snapshot of the state leads on. */
export class BehindError extends Error {
  override readonly name = 'BehindError'
  readonly recovery = 'reset'
  readonly code = 'BEHIND'

  constructor(nextRecord: bigint) {
    super(
      `The sources no longer have the entries that come next here (PRUNED).\n  needed: record ${nextRecord}\n` +
        '  next: a newer snapshot of the state takes the place of this one; blocks before it are not kept. Where they shall ' +
        'be (--history all), nothing is deleted: name another source with --from, or begin anew with --fresh.',
    )
  }
}
