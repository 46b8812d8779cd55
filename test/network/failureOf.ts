/** Why a node fails, be it while it starts or later; once its start has ended. */
export async function failureOf(
  start: (onFailure: (error: Error) => void) => Promise<unknown>,
): Promise<Error> {
  const failed = Promise.withResolvers<Error>()
  await start(failed.resolve).catch(failed.resolve)
  return await failed.promise
}
