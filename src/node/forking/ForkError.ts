import { RemoteDownError, RemoteError } from './RemoteRpc.ts'

/** A chain can't be forked. */
export class ForkError extends Error {
  override readonly name = 'ForkError'

  constructor(
    remote: string,
    reason: string,
    next = 'check the address of the remote, and the number of the block',
  ) {
    super(`The chain can't be forked: ${reason}.\n  remote: ${remote}\n  next: ${next}.`)
  }

  /** What a remote's error means to who forks; any other stays what it is. */
  static of(error: unknown, remote: string): unknown {
    const isRemotes = error instanceof RemoteDownError || error instanceof RemoteError
    return isRemotes ? new ForkError(remote, error.message) : error
  }
}
