// Checks of a transaction before it runs (Yellow Paper section 6.2). Each returns 0 or a REFUSED_ code; the numbers that a
// message needs are left in RESULT_DETAIL_A and RESULT_DETAIL_B.

import {
  cells,
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  ENV_BLOB_GAS_USED,
  ENV_CHAIN_ID,
  ENV_CUMULATIVE_GAS,
  ENV_FORK,
  ENV_GAS_LIMIT,
  ENV_MAX_BLOB_GAS,
  ENV_MAX_BLOBS_PER_TRANSACTION,
  MODE_ANY_NONCE,
  MODE_MESSAGE,
  MODE_SIMULATE,
  MODE_SKIP_FEES,
  RESULT_DETAIL_A,
  RESULT_DETAIL_B,
  TX,
  TX_BLOB_GAS,
  TX_GAS_PRICE,
  TX_MODE,
  TX_SENDER_ID,
} from './layout'
import {
  TX_BLOB_HASH_COUNT,
  TX_BLOB_HASHES,
  TX_CHAIN_ID,
  TX_DATA,
  TX_FLAG_CHAIN_ID,
  TX_FLAG_CREATION,
  TX_FLAGS,
  TX_GAS_LIMIT,
  TX_MAX_BLOB_FEE,
  TX_MAX_FEE,
  TX_NONCE,
  TX_PRIORITY_FEE,
  TX_TYPE,
  TX_VALUE,
} from './transaction'
import {
  REFUSED_BLOB_COUNT,
  REFUSED_BLOB_FEE,
  REFUSED_BLOB_GAS,
  REFUSED_BLOB_HASH,
  REFUSED_BLOCK_GAS,
  REFUSED_CHAIN_ID,
  REFUSED_FLOOR_GAS,
  REFUSED_FUNDS,
  REFUSED_GAS_CAP,
  REFUSED_INIT_CODE_SIZE,
  REFUSED_INTRINSIC_GAS,
  REFUSED_MAX_FEE,
  REFUSED_NONCE_HIGH,
  REFUSED_NONCE_LOW,
  REFUSED_NONCE_MAX,
  REFUSED_PRIORITY_FEE,
  REFUSED_SENDER_CODE,
  REFUSED_TYPE_3_PRE_FORK,
  REFUSED_TYPE_4_PRE_FORK,
} from './refusals'
import {
  CANCUN,
  GAS_PER_BLOB,
  MAX_INIT_CODE_SIZE,
  OSAKA,
  PRAGUE,
  TRANSACTION_GAS_CAP,
} from './gas'
import { calldataTokens, floorGasOf, intrinsicGasOf } from './intrinsicGas'
import { ACCOUNT_BALANCE, ACCOUNT_CODE_ID, ACCOUNT_NONCE, account } from './accounts'
import { code, CODE_FLAG_DELEGATION, CODE_FLAGS } from './codes'
import * as u256 from './u256'

/** Gas that the transaction takes before anything runs, and the least that it pays (EIP-7623; 0 before Prague). */
export let intrinsicGas: u64 = 0
export let floorGas: u64 = 0

const factor: usize = memory.data(32, 16)
const product: usize = memory.data(32, 16)
const quotient: usize = memory.data(32, 16)
const cost: usize = memory.data(32, 16)

function detail(a: u64, b: u64): void {
  u256.setU64(a, cells + RESULT_DETAIL_A)
  u256.setU64(b, cells + RESULT_DETAIL_B)
}

function detailWords(a: usize, b: usize): void {
  u256.copy(a, cells + RESULT_DETAIL_A)
  u256.copy(b, cells + RESULT_DETAIL_B)
}

/** All checks in order; 0 when the transaction may run. Sets the effective gas price and the blob gas. */
export function validateTransaction(): i32 {
  const mode = load<u32>(cells, TX_MODE)
  let refused = checkForm(mode)
  if (refused == 0) refused = checkIntrinsicGas()
  if (refused == 0) refused = checkFees(mode)
  if (refused == 0) refused = checkBlobs(mode)
  if (refused == 0 && (mode & MODE_SIMULATE) == 0) refused = checkSender(mode)
  if (refused == 0) refused = checkFunds(mode)
  return refused
}

function checkForm(mode: u32): i32 {
  const tx = cells + TX
  const fork = load<u32>(cells, ENV_FORK)
  const gasLimit = load<u64>(tx, TX_GAS_LIMIT)
  if (load<u32>(tx, TX_TYPE) == 4 && fork < PRAGUE) return REFUSED_TYPE_4_PRE_FORK
  if (load<u32>(tx, TX_TYPE) == 3 && fork < CANCUN) return REFUSED_TYPE_3_PRE_FORK
  if ((load<u32>(tx, TX_FLAGS) & TX_FLAG_CHAIN_ID) != 0) {
    u256.setU64(load<u64>(tx, TX_CHAIN_ID), factor)
    if (!u256.eq(factor, cells + ENV_CHAIN_ID)) {
      detailWords(factor, cells + ENV_CHAIN_ID)
      return REFUSED_CHAIN_ID
    }
  }
  const isCreate = (load<u32>(tx, TX_FLAGS) & TX_FLAG_CREATION) != 0
  if (isCreate && <u64>load<u32>(tx, TX_DATA + 4) > MAX_INIT_CODE_SIZE) {
    detail(load<u32>(tx, TX_DATA + 4), MAX_INIT_CODE_SIZE)
    return REFUSED_INIT_CODE_SIZE
  }
  if ((mode & MODE_SIMULATE) != 0) return 0
  if (fork >= OSAKA && gasLimit > TRANSACTION_GAS_CAP && (mode & MODE_MESSAGE) == 0) {
    detail(TRANSACTION_GAS_CAP, gasLimit)
    return REFUSED_GAS_CAP
  }
  if (load<u64>(tx, TX_NONCE) == 0xffffffffffffffff && (mode & MODE_ANY_NONCE) == 0) return REFUSED_NONCE_MAX
  const used = load<u64>(cells, ENV_CUMULATIVE_GAS)
  const limit = load<u64>(cells, ENV_GAS_LIMIT)
  if (used > limit || gasLimit > limit - used) {
    detail(limit - used, gasLimit)
    return REFUSED_BLOCK_GAS
  }
  return 0
}

function checkIntrinsicGas(): i32 {
  const tx = cells + TX
  const tokens = calldataTokens(tx)
  intrinsicGas = intrinsicGasOf(tx, tokens)
  floorGas = floorGasOf(tokens, load<u32>(cells, ENV_FORK))
  const gasLimit = load<u64>(tx, TX_GAS_LIMIT)
  if (gasLimit < intrinsicGas) {
    detail(gasLimit, intrinsicGas)
    return REFUSED_INTRINSIC_GAS
  }
  if (gasLimit < floorGas) {
    detail(gasLimit, floorGas)
    return REFUSED_FLOOR_GAS
  }
  return 0
}

/** EIP-1559. Sets the effective gas price. */
function checkFees(mode: u32): i32 {
  const tx = cells + TX
  const maxFee = tx + TX_MAX_FEE
  const priority = tx + TX_PRIORITY_FEE
  const baseFee = cells + ENV_BASE_FEE
  const price = cells + TX_GAS_PRICE
  if ((mode & MODE_SKIP_FEES) != 0) {
    u256.copy(maxFee, price)
    return 0
  }
  if (u256.lt(maxFee, priority)) {
    detailWords(priority, maxFee)
    return REFUSED_PRIORITY_FEE
  }
  if (u256.lt(maxFee, baseFee)) {
    detailWords(maxFee, baseFee)
    return REFUSED_MAX_FEE
  }
  // A carry means more than any max fee.
  const overflow = u256.addCarry(baseFee, priority, price) != 0
  if (overflow || u256.lt(maxFee, price)) u256.copy(maxFee, price)
  return 0
}

/** EIP-4844, EIP-7594. */
function checkBlobs(mode: u32): i32 {
  const tx = cells + TX
  store<u64>(cells, 0, TX_BLOB_GAS)
  if (load<u32>(tx, TX_TYPE) != 3) return 0
  const count = load<u32>(tx, TX_BLOB_HASH_COUNT)
  const most = load<u32>(cells, ENV_MAX_BLOBS_PER_TRANSACTION)
  if (count > most) {
    detail(count, most)
    return REFUSED_BLOB_COUNT
  }
  const hashes = <usize>load<u32>(tx, TX_BLOB_HASHES)
  for (let i: u32 = 0; i < count; i++) {
    if (load<u8>(hashes + <usize>i * 33 + 1) != 1) return REFUSED_BLOB_HASH
  }
  const blobGas = <u64>count * GAS_PER_BLOB
  if (load<u64>(cells, ENV_BLOB_GAS_USED) + blobGas > load<u64>(cells, ENV_MAX_BLOB_GAS)) {
    detail(blobGas, load<u64>(cells, ENV_MAX_BLOB_GAS))
    return REFUSED_BLOB_GAS
  }
  const isFree = (mode & MODE_SKIP_FEES) != 0 && u256.isZero(tx + TX_MAX_BLOB_FEE)
  if (!isFree && u256.lt(tx + TX_MAX_BLOB_FEE, cells + ENV_BLOB_BASE_FEE)) {
    detailWords(tx + TX_MAX_BLOB_FEE, cells + ENV_BLOB_BASE_FEE)
    return REFUSED_BLOB_FEE
  }
  store<u64>(cells, blobGas, TX_BLOB_GAS)
  return 0
}

/** EIP-3607 (but delegations, EIP-7702), and the nonce. */
function checkSender(mode: u32): i32 {
  const record = account(load<u32>(cells, TX_SENDER_ID))
  const expected = load<u64>(record, ACCOUNT_NONCE)
  const nonce = load<u64>(cells + TX, TX_NONCE)
  if (nonce != expected && (mode & MODE_ANY_NONCE) == 0) {
    detail(nonce, expected)
    return nonce < expected ? REFUSED_NONCE_LOW : REFUSED_NONCE_HIGH
  }
  if ((mode & MODE_MESSAGE) != 0) return 0
  const codeId = load<u32>(record, ACCOUNT_CODE_ID)
  if (codeId != 0 && (load<u32>(code(codeId), CODE_FLAGS) & CODE_FLAG_DELEGATION) == 0) return REFUSED_SENDER_CODE
  return 0
}

/** The sender can pay for the value, all gas at the highest price, and the blobs. */
function checkFunds(mode: u32): i32 {
  const tx = cells + TX
  const balance = account(load<u32>(cells, TX_SENDER_ID)) + ACCOUNT_BALANCE
  u256.copy(tx + TX_VALUE, cost)
  let overflow = false
  if ((mode & MODE_SKIP_FEES) == 0) {
    overflow = multiply(tx + TX_MAX_FEE, load<u64>(tx, TX_GAS_LIMIT))
    overflow = u256.addCarry(cost, product, cost) != 0 || overflow
    if (load<u64>(cells, TX_BLOB_GAS) != 0) {
      overflow = multiply(tx + TX_MAX_BLOB_FEE, load<u64>(cells, TX_BLOB_GAS)) || overflow
      overflow = u256.addCarry(cost, product, cost) != 0 || overflow
    }
  }
  if (!overflow && !u256.lt(balance, cost)) return 0
  if (overflow) memory.fill(cost, 0xff, 32)
  detailWords(balance, cost)
  return REFUSED_FUNDS
}

/** product = word * small. True when it does not fit 256 bits. */
function multiply(word: usize, small: u64): bool {
  u256.setU64(small, factor)
  u256.mul(word, factor, product)
  if (load<u64>(word, 24) == 0 || small == 0) return false
  u256.div(product, factor, quotient)
  return !u256.eq(quotient, word)
}
