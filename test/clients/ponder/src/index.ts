import { ponder } from 'ponder:registry'
import { account } from 'ponder:schema'

ponder.on('Token:Transfer', async ({ event, context }) => {
  const { from, to, value } = event.args
  const add = async (address: typeof from, amount: bigint): Promise<void> => {
    await context.db
      .insert(account)
      .values({ address, balance: amount })
      .onConflictDoUpdate(({ balance }) => ({ balance: balance + amount }))
  }
  await add(from, -value)
  await add(to, value)
})
