/** The node from which a chain was forked. */
export type RemoteView = {
  /** Its address, without what may be secret in it; undefined when none is given. */
  readonly name: string | undefined
  /** Blocks up to this one are the remote's. */
  readonly blockNumber: bigint
  /**
   * JSON text of the result of a request about those blocks.
   *
   * @throws RemoteAnswerError with what the remote says; ExecutionError when it says nothing.
   */
  request(method: string, params: unknown): Promise<string>
}

/** An error with which the remote has answered. */
export class RemoteAnswerError extends Error {
  override readonly name = 'RemoteAnswerError'
  readonly code: number
  readonly data: unknown

  constructor(message: string, code: number, data: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

/** A read of state that has to be asked of the remote: to be repeated once it has arrived. */
export class StateOnItsWayError extends Error {
  override readonly name = 'StateOnItsWayError'
  /** Rejects with an ExecutionError or a RemoteAnswerError when it does not come. */
  readonly arrival: Promise<void>

  constructor(arrival: Promise<void>) {
    super("The state is being asked of the fork's remote.")
    this.arrival = arrival
  }
}
