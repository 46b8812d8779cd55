import { hexToBytes } from 'viem'
import { compileSolidity } from '../../test/lib/index.ts'

/** Functions that make about 24 KB, a little below the limit of a contract (EIP-170). */
const FULL_SIZE_FUNCTIONS = 107
const TINY_FUNCTIONS = 3
const compiled = new Map<number, Uint8Array>()

/** Runtime code of a contract that is as large as may be: many functions, no two alike. Compiled once per run. */
export function syntheticContract({ tiny }: { tiny: boolean }): Uint8Array {
  const count = tiny ? TINY_FUNCTIONS : FULL_SIZE_FUNCTIONS
  const known = compiled.get(count)
  if (known !== undefined) return known
  const { runtime } = compileSolidity({ 'Synthetic.sol': sourceOf(count) }).get('Synthetic')!
  const code = hexToBytes(runtime)
  compiled.set(count, code)
  return code
}

function sourceOf(count: number): string {
  const functions = Array.from({ length: count }, (_, index) => functionSource(index))
  return `// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;
contract Synthetic {
  mapping(uint256 => uint256) private values;
  mapping(address => uint256) private counts;
  event Done(uint256 indexed which, uint256 value);
${functions.join('\n')}
}
`
}

/** By turns a loop, storage with an event, and an array in memory; the constants differ. */
function functionSource(index: number): string {
  const [a, b, c] = [index * 7 + 3, index * 13 + 11, (index % 5) + 2]
  const head = `  function f${index}(uint256 x) external`
  switch (index % 3) {
    case 0:
      return `${head} pure returns (uint256 r) {
    for (uint256 i = 0; i < x % ${a}; i++) { r += i * ${b}; if (r > ${a * 1000}) r -= x / ${c}; }
  }`
    case 1:
      return `${head} returns (uint256) {
    require(x > ${c}, "too small ${index}");
    values[x + ${a}] += ${b};
    counts[msg.sender] -= counts[msg.sender] > ${a} ? ${c} : 0;
    emit Done(${index}, values[x] ^ ${b});
    return values[x];
  }`
    default:
      return `${head} pure returns (bytes32) {
    uint256[] memory list = new uint256[](x % ${b} + ${c});
    for (uint256 i = 1; i < list.length; i++) list[i] = list[i - 1] * ${a} % ${b * 31} + (x >> ${c});
    return keccak256(abi.encode(list, ${index}));
  }`
  }
}
