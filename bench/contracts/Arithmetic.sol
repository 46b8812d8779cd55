// SPDX-License-Identifier: MIT
pragma solidity ^0.8.0;

contract Arithmetic {
    /// secp256k1's field.
    uint256 private constant PRIME = 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f;

    /// Fibonacci number modulo 2^256.
    function fib(uint256 count) external pure returns (uint256 a) {
        unchecked {
            uint256 b = 1;
            for (uint256 i = 0; i < count; i++) (a, b) = (b, a + b);
        }
    }

    /// Sums, products, differences and remainders, all with overflow checks.
    function checkedSum(uint256 count) external pure returns (uint256 sum) {
        for (uint256 i = 1; i <= count; i++) {
            sum += i * 3;
            if (sum > 1_000_000) sum -= i % 1_000;
        }
    }

    /// Squares modulo a 256-bit prime.
    function squareModulo(uint256 count) external pure returns (uint256 value) {
        value = 3;
        for (uint256 i = 0; i < count; i++) value = mulmod(value, addmod(value, i, PRIME), PRIME);
    }
}
