import { StateOnItsWayError } from '../../rpc/index.ts'
import type { AnsweringState, StateAnswers, StateRequest } from '../bridging/index.ts'
import { StateGoneError } from '../past/index.ts'

/**
 * Answers what a thread reads of a past state: later, where it has to be asked of a fork's remote.
 *
 * @throws what the state throws, but for one that is not kept any longer; the thread is told.
 */
export function answerRead(answers: StateAnswers, request: StateRequest, state: AnsweringState): void {
  try {
    answers.answer(request, state)
  } catch (error) {
    if (error instanceof StateGoneError) answers.tellGone()
    else if (error instanceof StateOnItsWayError)
      error.arrival.then(
        () => answerRead(answers, request, state),
        (reason: Error) => answers.fail(reason.message),
      )
    else {
      answers.fail((error as Error).message)
      throw error
    }
  }
}
