/**
 * base^exponent mod modulus, exponent as big-endian bytes, modulus above 1.
 *
 * Fixed windows of four bits: 1.25 multiplications a bit instead of 1.5.
 */
export function modularPower(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  const start = exponent.findIndex((byte) => byte !== 0)
  if (start < 0) return 1n
  if (exponent.length - start <= SHORT_EXPONENT_BYTES)
    return squareAndMultiply(base, exponent, start, modulus)
  const powers = [1n, base % modulus]
  for (let i = 2; i < 16; i++) powers.push((powers[i - 1]! * powers[1]!) % modulus)
  let result = 1n
  for (let i = start; i < exponent.length; i++) {
    const byte = exponent[i]!
    result = timesWindow(result, powers[byte >> 4]!, modulus)
    result = timesWindow(result, powers[byte & 15]!, modulus)
  }
  return result
}

/** Below this the table of powers costs more than it saves. */
const SHORT_EXPONENT_BYTES = 8

function timesWindow(value: bigint, power: bigint, modulus: bigint): bigint {
  let result = (value * value) % modulus
  result = (result * result) % modulus
  result = (result * result) % modulus
  result = (result * result) % modulus
  return power === 1n ? result : (result * power) % modulus
}

function squareAndMultiply(base: bigint, exponent: Uint8Array, start: number, modulus: bigint): bigint {
  const factor = base % modulus
  let result = 1n
  for (let i = start; i < exponent.length; i++) {
    for (let bit = 0x80; bit > 0; bit >>= 1) {
      if (result !== 1n) result = (result * result) % modulus
      if ((exponent[i]! & bit) !== 0) result = (result * factor) % modulus
    }
  }
  return result
}
