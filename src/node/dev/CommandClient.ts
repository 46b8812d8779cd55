import { keccak256 } from '../../kernels/index.ts'
import type { PreparedTransaction } from '../../protocol/index.ts'
import { DevError, type SubmitOutcome } from '../../rpc/index.ts'
import type { ChainCommand, CommandAnswer } from '../../sequencer/index.ts'

/** Most commands that may be under way. */
export const COMMAND_LIMIT = 4096

/** Sends commands to the sequencer. */
export class CommandClient {
  readonly #post: (id: number, command: ChainCommand) => void
  readonly #pending = new Map<number, (answer: CommandAnswer) => void>()
  #nextId = 0

  /** @param post - has the sequencer carry it out; the answer comes with {@link settle}, perhaps before it returns. */
  constructor(post: (id: number, command: ChainCommand) => void) {
    this.#post = post
  }

  /**
   * Resolves once its records are in the log and followed, with what the command is answered with (0 where that is
   * nothing). @throws DevError with the reason why it was refused.
   */
  send(command: ChainCommand): Promise<bigint> {
    return this.#ask(command).then(({ value }) => value ?? 0n)
  }

  /** Has a transaction taken for a sender; resolves to what came of it. */
  async submit(transaction: PreparedTransaction): Promise<SubmitOutcome> {
    const { outcome } = await this.#ask({ kind: 'submit', ...transaction })
    return { ...outcome!, hash: keccak256(transaction.raw) }
  }

  #ask(command: ChainCommand): Promise<Extract<CommandAnswer, { ok: true }>> {
    if (this.#pending.size >= COMMAND_LIMIT) {
      return Promise.reject(new DevError(`too many commands are under way (limit ${COMMAND_LIMIT})`))
    }
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#pending.set(id, (answer) => {
        if (answer.ok) resolve(answer)
        else reject(new DevError(answer.message))
      })
      this.#post(id, command)
    })
  }

  /** Takes a step's answers; its records must have been followed before. */
  settle(answers: readonly CommandAnswer[]): void {
    for (const answer of answers) {
      this.#pending.get(answer.id)?.(answer)
      this.#pending.delete(answer.id)
    }
  }
}
