// Powers of field elements that take a fixed chain of products: inverses and square roots.
import { copyElement, ELEMENT, multiply, square } from './field'

// Of at most 64 elements at once.
const x2s: usize = memory.data(80 * 64, 16)
const x3s: usize = memory.data(80 * 64, 16)
const x22s: usize = memory.data(80 * 64, 16)
const x44s: usize = memory.data(80 * 64, 16)
const x88s: usize = memory.data(80 * 64, 16)
const powers: usize = memory.data(80 * 64, 16)

/** out = 1 / a, the power p - 2; of zero it is zero. */
export function invert(a: usize, out: usize): void {
  raiseToOnes(a, 1)
  // 223 ones, a zero, 22 ones, 0000101101.
  appendAll(23, x22s, 1)
  appendAll(5, a, 1)
  appendAll(3, x2s, 1)
  appendAll(2, a, 1)
  copyElement(powers, out)
}

/** Writes the powers (p + 1) / 4 of `count` elements: their square roots, where they have one. */
export function squareRoots(elements: usize, count: u32, out: usize): void {
  raiseToOnes(elements, count)
  // 223 ones, a zero, 22 ones, 00001100.
  appendAll(23, x22s, count)
  appendAll(6, x2s, count)
  squareAll(2, count)
  copyAll(powers, out, count)
}

/** Makes the powers of 223 ones: xN is the one whose exponent has N. Step by step for all, none of which waits for another. */
function raiseToOnes(elements: usize, count: u32): void {
  copyAll(elements, powers, count)
  appendAll(1, elements, count)
  copyAll(powers, x2s, count)
  appendAll(1, elements, count)
  copyAll(powers, x3s, count)
  appendAll(3, x3s, count) // x6
  appendAll(3, x3s, count) // x9
  appendAll(2, x2s, count) // x11
  copyAll(powers, x22s, count)
  appendAll(11, x22s, count)
  copyAll(powers, x22s, count)
  appendAll(22, x22s, count)
  copyAll(powers, x44s, count)
  appendAll(44, x44s, count)
  copyAll(powers, x88s, count)
  appendAll(88, x88s, count) // x176
  appendAll(44, x44s, count) // x220
  appendAll(3, x3s, count) // x223
}

/** Puts the bits of other powers' exponents, or zeros and these, behind those of the powers'. */
function appendAll(bits: u32, others: usize, count: u32): void {
  squareAll(bits, count)
  for (let i: u32 = 0; i < count; i++) {
    const at = powers + <usize>i * ELEMENT
    multiply(at, others + <usize>i * ELEMENT, at)
  }
}

function squareAll(times: u32, count: u32): void {
  for (let time: u32 = 0; time < times; time++)
    for (let i: u32 = 0; i < count; i++) square(powers + <usize>i * ELEMENT, powers + <usize>i * ELEMENT)
}

function copyAll(from: usize, to: usize, count: u32): void {
  for (let i: u32 = 0; i < count; i++) copyElement(from + <usize>i * ELEMENT, to + <usize>i * ELEMENT)
}
