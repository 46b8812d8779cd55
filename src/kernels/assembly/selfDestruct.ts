// SELFDESTRUCT (0xff): moves the balance. Since Cancun (EIP-6780) it deletes the account only in the transaction that
// created it.

import { ACCOUNT_BALANCE, ACCOUNT_CREATED, account, FLAG_DESTRUCTED, getAccount } from './accounts'
import { addBalance, isEmptyAccount, serial, setBalance, setFlag, touch, warmAccount } from './journal'
import { cells, ENV_FORK } from './layout'
import { forbidSpeculation, isSpeculating } from './overlay'
import { CANCUN, GAS_COLD_ACCOUNT_ACCESS, GAS_NEW_ACCOUNT } from './gas'
import { EXIT_STOP } from './frame'
import { traceEnter, traceRefusal } from './tracing'
import * as u256 from './u256'

const amount: usize = memory.data(32, 16)
const zero: usize = memory.data(32, 16)

/** Returns the gas left beyond the static cost, negative when it does not suffice. */
export function selfDestruct(accountId: u32, beneficiary: usize, gas: i64): i64 {
  if (isSpeculating) forbidSpeculation()
  const to = getAccount(beneficiary)
  let left = warmAccount(to) ? gas : gas - GAS_COLD_ACCOUNT_ACCESS
  u256.copy(account(accountId) + ACCOUNT_BALANCE, amount)
  if (!u256.isZero(amount) && isEmptyAccount(to)) left -= GAS_NEW_ACCOUNT
  if (left < 0) return left
  traceEnter(0xff, account(accountId), beneficiary, 0, 0, 0, amount)
  traceRefusal(EXIT_STOP)
  const isDeleted = load<u32>(cells, ENV_FORK) < CANCUN || load<u32>(account(accountId), ACCOUNT_CREATED) == serial
  if (to != accountId) {
    u256.setZero(zero)
    setBalance(accountId, zero)
    addBalance(to, amount)
  } else if (isDeleted) {
    u256.setZero(zero)
    setBalance(accountId, zero)
  }
  touch(accountId)
  touch(to)
  if (isDeleted) setFlag(accountId, FLAG_DESTRUCTED)
  return left
}
